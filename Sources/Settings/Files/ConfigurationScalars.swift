// What a written word means. The setting's own type decides, so nothing is guessed: `1e-6` is a
// number, `no` is not quietly false, `1_000`, `017` and `12:30` mean what nobody expects in
// YAML 1.1 and are refused with the way to write them.

import Foundation
import Records

extension ConfigurationTree.Scalar {
  /// A refusal in words that follow the key, such as "wants a whole number, not 1.5".
  struct Refusal: Error {
    var reason: String
  }

  /// The value of this word where `kind` is wanted; without one, the word decides.
  ///
  /// `isVerbatim` says whether any word may be a text, as on the command line, where the shell has
  /// already taken the quotes away.
  func value(as kind: ScalarKind?, isVerbatim: Bool) throws(Refusal) -> ConfigurationValue {
    guard let kind else { return try naturalValue(isVerbatim: isVerbatim) }
    let unfit = Refusal(reason: "wants \(kind.words), not \(isQuoted ? "the text " : "")\(shown)")
    if kind == .text {
      if isQuoted || isVerbatim { return .text(text) }
      if let trap { throw Refusal(reason: "wants text, and \(trap); quote it: \"\(shown)\"") }
      return .text(text)
    }
    guard !isQuoted else { throw unfit }
    switch kind {
    case .boolean:
      if let value = boolean { return .boolean(value) }
      throw Self.loose.contains(text.lowercased())
        ? Refusal(reason: "wants true or false, spelled out, not \(shown)") : unfit
    case .integer:
      if let value = try integer() { return .integer(value) }
      if let value = try number(), value == value.rounded(), abs(value) < 1e15 {
        throw Refusal(reason: "wants a whole number, not \(shown); write \(Int(value))")
      }
      throw unfit
    case .number:
      if let value = try number() { return .number(value) }
      throw unfit
    case .text:
      throw unfit
    }
  }

  private func naturalValue(isVerbatim: Bool) throws(Refusal) -> ConfigurationValue {
    if isQuoted { return .text(text) }
    if let value = boolean { return .boolean(value) }
    if let value = try integer() { return .integer(value) }
    if let value = try number() { return .number(value) }
    return try value(as: .text, isVerbatim: isVerbatim)
  }

  /// Whether the word stands for no value: `key:` with nothing after it, `~` or `null`.
  var isNothing: Bool { !isQuoted && ["", "~", "null"].contains(text) }

  private var shown: String { text.isEmpty ? "nothing" : shortened(text) }

  /// The words that YAML 1.1 takes for true and false and that people write for text.
  private static let loose: Set<String> = ["yes", "no", "on", "off", "y", "n"]

  private var boolean: Bool? {
    if ["true", "True", "TRUE"].contains(text) { return true }
    return ["false", "False", "FALSE"].contains(text) ? false : nil
  }

  private func integer() throws(Refusal) -> Int128? {
    try refuseOddNumbers()
    guard Numeral(text) == .whole else { return nil }
    guard let value = Int128(text.hasPrefix("+") ? String(text.dropFirst()) : text) else {
      throw Refusal(reason: "is too large: \(shown)")
    }
    return value
  }

  private func number() throws(Refusal) -> Double? {
    try refuseOddNumbers()
    if [".inf", "+.inf"].contains(text) { return .infinity }
    if text == "-.inf" { return -.infinity }
    guard [.whole, .decimal].contains(Numeral(text)), let value = Double(text) else { return nil }
    guard value.isFinite else { throw Refusal(reason: "is too large: \(shown)") }
    return value
  }

  /// Numbers of YAML 1.1 that are not what they look like.
  private func refuseOddNumbers() throws(Refusal) {
    switch Numeral(text) {
    case .none, .whole, .decimal:
      return
    case .underscored:
      throw Refusal(reason: "has underscores; write \(text.filter { $0 != "_" })")
    case .octal:
      throw Refusal(reason: "starts with 0, which YAML 1.1 reads in base 8: \(shown)")
    case .prefixed:
      throw Refusal(reason: "is written in decimal digits, not \(shown)")
    case .sexagesimal:
      throw Refusal(reason: "has colons, which YAML 1.1 reads in base 60: \(shown)")
    }
  }

  /// What YAML would take this unquoted word for instead of text.
  private var trap: String? {
    if isNothing { return "\(shown) is no value" }
    if boolean != nil || Self.loose.contains(text.lowercased()) {
      return "YAML 1.1 reads \(shown) as true or false"
    }
    do {
      return try number() == nil ? nil : "\(shown) is a number"
    } catch {
      return "YAML 1.1 reads \(shown) as a number"
    }
  }
}

/// What kind of number a word is, by its letters alone.
private enum Numeral: Equatable {
  case none, whole, decimal
  /// `1_000`
  case underscored
  /// `017`
  case octal
  /// `0x1F`
  case prefixed
  /// `12:30`
  case sexagesimal

  init(_ text: String) {
    var bytes = Substring(text).utf8
    if let sign = bytes.first, "+-".utf8.contains(sign) { bytes.removeFirst() }
    guard let first = bytes.first, isDigit(first) || first == UInt8(ascii: ".") else {
      self = .none
      return
    }
    let zero = UInt8(ascii: "0")
    if bytes.allSatisfy(isDigit) {
      self = first == zero && bytes.count > 1 ? .octal : .whole
    } else if Self.isDecimal(bytes) {
      self = .decimal
    } else if bytes.contains(UInt8(ascii: "_")),
      bytes.allSatisfy({ isDigit($0) || "_.".utf8.contains($0) })
    {
      self = .underscored
    } else if first == zero, let base = bytes.dropFirst().first, "xob".utf8.contains(base),
      bytes.count > 2, bytes.dropFirst(2).allSatisfy(isHexadecimalDigit)
    {
      self = .prefixed
    } else if bytes.contains(UInt8(ascii: ":")),
      bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        .allSatisfy({ !$0.isEmpty && $0.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") } })
    {
      self = .sexagesimal
    } else {
      self = .none
    }
  }

  /// Digits with a point among, before or behind them, and perhaps an exponent.
  private static func isDecimal(_ bytes: Substring.UTF8View) -> Bool {
    let parts = bytes.split(
      maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { $0 | 0x20 == 0x65 })
    var points = 0
    for byte in parts[0] where !isDigit(byte) {
      guard byte == UInt8(ascii: ".") else { return false }
      points += 1
    }
    guard points <= 1, parts[0].count > points else { return false }
    guard parts.count == 2 else { return true }
    var exponent = parts[1]
    if let sign = exponent.first, "+-".utf8.contains(sign) { exponent.removeFirst() }
    return !exponent.isEmpty && exponent.allSatisfy(isDigit)
  }
}

/// Whether a byte is one of 0 to 9.
func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
  isDigit(byte) || (0x61...0x66).contains(byte | 0x20)
}
