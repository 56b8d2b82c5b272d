// The YAML that configurations are written in: mappings of single values, lists of them and more
// mappings. Whatever else YAML offers is refused with its line: aliases (a file of 350 bytes can
// stand for gigabytes), tags, merge keys, several documents.

import Foundation
import Records
import Yams

/// A text of YAML and what to call it in errors.
struct ConfigurationFile {
  /// The file's name; nothing for a value of the command line.
  let name: String?
  let text: String

  /// The longest file, in bytes.
  static let largestFile = 1 << 20

  /// The most settings of one file, many times what there are.
  static let mostSettings = 2000

  /// The most lines and commas, which bound the nodes that Yams makes of a file.
  static let mostSeparators = 20_000

  /// The most mappings and lists inside each other.
  static let deepestNesting = 16

  /// Private characters that stand for `*` and for `?` before a space while Yams parses.
  ///
  /// Without them there are no aliases and no keys longer than a line, hence nothing that could
  /// grow while Yams compares keys; texts get theirs back afterwards.
  private let asterisk: Unicode.Scalar
  private let question: Unicode.Scalar

  init(name: String?, text: String) {
    self.name = name
    self.text = text
    // Two that the text holds neither themselves nor as an escape in quotes.
    let bytes = Array(text.uppercased().utf8)
    let free = (0xE000...0xF8FF).lazy.compactMap { Unicode.Scalar($0 as UInt32) }.filter {
      !bytes.contains(sequence: String($0).utf8)
        && !bytes.contains(sequence: String($0.value, radix: 16, uppercase: true).utf8)
    }.prefix(2)
    asterisk = free.first ?? "\u{F8FE}"
    question = free.dropFirst().first ?? "\u{F8FF}"
  }

  /// Reads a file of at most a megabyte of UTF-8.
  init(reading file: URL) throws(ConfigurationError) {
    let name = file.relativePath
    func unreadable(_ reason: String) -> ConfigurationError {
      .unreadable(file: name, reason: reason)
    }
    var information = stat()
    guard stat(file.path(percentEncoded: false), &information) == 0 else {
      throw unreadable(String(cString: strerror(errno)))
    }
    guard information.st_mode & S_IFMT == S_IFREG else { throw unreadable("is not a file") }
    guard information.st_size <= Self.largestFile else {
      throw unreadable("has \(information.st_size) bytes; configurations have at most a megabyte")
    }
    let data: Data
    do { data = try Data(contentsOf: file) } catch { throw unreadable("cannot be read") }
    guard data.count <= Self.largestFile, let text = String(validating: data, as: UTF8.self) else {
      throw unreadable("is not UTF-8 text")
    }
    let mark: Unicode.Scalar = "\u{FEFF}"
    self.init(
      name: name,
      text: text.unicodeScalars.first == mark ? String(text.unicodeScalars.dropFirst()) : text)
  }

  /// The settings of the text, under `path`, in the order of their lines.
  func assignments(under path: [String] = []) throws(ConfigurationError)
    -> [ConfigurationTree.Assignment]
  {
    let separators = text.utf8.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: ",") }
    guard separators <= Self.mostSeparators else {
      throw .malformed(origin(1), reason: "more than \(Self.mostSeparators) lines and commas")
    }
    let parser: Parser
    let root: Node?
    do {
      parser = try Parser(yaml: disarmed, resolver: .basic, encoding: .utf8)
      root = try parser.singleRoot()
    } catch {
      throw explained(error)
    }
    var assignments: [ConfigurationTree.Assignment] = []
    // Nodes hold their anchors weakly: without the parser an anchor would go unnoticed.
    try withExtendedLifetime(parser) { () throws(ConfigurationError) in
      guard let root, !isNothing(root) else { return }
      try flatten(root, path: path, line: line(of: root), into: &assignments)
    }
    return assignments
  }

  private func flatten(
    _ node: Node, path: [String], line: Int, into assignments: inout [ConfigurationTree.Assignment]
  ) throws(ConfigurationError) {
    try refuseDecoration(of: node, line: line)
    guard path.count <= Self.deepestNesting else { throw tooDeep(line) }
    let content: ConfigurationTree.Content
    switch node {
    case .alias:
      throw aliased(line)
    case .scalar(let scalar):
      guard !path.isEmpty else {
        throw .malformed(origin(line), reason: "a configuration is made of lines key: value")
      }
      content = .scalar(try written(scalar, line: line))
    case .sequence(let elements):
      guard !path.isEmpty else {
        throw .malformed(origin(line), reason: "a configuration is not a list")
      }
      content = .list(try list(elements))
    case .mapping(let mapping):
      for (key, value) in mapping {
        let line = self.line(of: key)
        try flatten(
          value, path: path + [try name(of: key, line: line)], line: line, into: &assignments)
      }
      guard mapping.isEmpty, !path.isEmpty else { return }
      content = .emptySection
    }
    guard assignments.count < Self.mostSettings else {
      throw .malformed(origin(line), reason: "more than \(Self.mostSettings) settings")
    }
    assignments.append(.init(path: path, content: content, origin: origin(line)))
  }

  private func list(_ elements: Node.Sequence) throws(ConfigurationError)
    -> [ConfigurationTree.Scalar]
  {
    var list: [ConfigurationTree.Scalar] = []
    for element in elements {
      let line = self.line(of: element)
      try refuseDecoration(of: element, line: line)
      guard case .scalar(let scalar) = element else {
        throw .malformed(origin(line), reason: "lists hold single values, not lists or sections")
      }
      list.append(try written(scalar, line: line))
    }
    return list
  }

  private func name(of key: Node, line: Int) throws(ConfigurationError) -> String {
    guard case .scalar(let scalar) = key else {
      throw .malformed(origin(line), reason: "a key is a word, not a list or a section")
    }
    guard key.anchor == nil else { throw aliased(line) }
    let written = try written(scalar, line: line)
    if written.text == "<<", !written.isQuoted {
      throw .malformed(origin(line), reason: "merge keys (<<) are not accepted; write it out")
    }
    guard !written.text.isEmpty else { throw .malformed(origin(line), reason: "a key is empty") }
    return written.text
  }

  private func written(_ scalar: Node.Scalar, line: Int) throws(ConfigurationError)
    -> ConfigurationTree.Scalar
  {
    let isQuoted = scalar.style != .plain
    if !isQuoted, scalar.string.unicodeScalars.first == asterisk { throw aliased(line) }
    if !isQuoted, scalar.string.unicodeScalars.first == question {
      throw .malformed(origin(line), reason: "a key is one word; explicit keys (?) are refused")
    }
    return .init(text: restored(scalar.string), isQuoted: isQuoted)
  }

  private func refuseDecoration(of node: Node, line: Int) throws(ConfigurationError) {
    if node.anchor != nil { throw aliased(line) }
    let tag =
      switch node {
      case .scalar(let scalar): scalar.tag
      case .sequence(let sequence): sequence.tag
      case .mapping(let mapping): mapping.tag
      case .alias(let alias): alias.tag
      }
    // libYAML itself tags what stands in quotes as text.
    if case .scalar(let scalar) = node, scalar.style != .plain, tag == Tag(.str) { return }
    guard tag == .implicit else {
      throw .malformed(origin(line), reason: "tags such as \(shortened(tag.rawValue)) are refused")
    }
  }

  /// The text that Yams sees.
  ///
  /// It is made scalar by scalar: a keycap asterisk is one `Character` that holds an asterisk.
  private var disarmed: String {
    var disarmed = String.UnicodeScalarView()
    let spaces: [Unicode.Scalar] = [" ", "\t", "\r", "\n"]
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.popFirst() {
      if scalar == "*" {
        disarmed.append(asterisk)
      } else if scalar == "?", rest.first.map(spaces.contains) ?? true {
        disarmed.append(question)
      } else {
        disarmed.append(scalar)
      }
    }
    return String(disarmed)
  }

  private func restored(_ text: String) -> String {
    var restored = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      restored.append(scalar == asterisk ? "*" : scalar == question ? "?" : scalar)
    }
    return String(restored)
  }

  private func isNothing(_ node: Node) -> Bool {
    guard case .scalar(let scalar) = node else { return false }
    return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
  }

  private func line(of node: Node) -> Int { node.mark?.line ?? 1 }

  private func origin(_ line: Int) -> ConfigurationOrigin {
    name.map { .file($0, line: line) } ?? .commandLine
  }

  private func aliased(_ line: Int) -> ConfigurationError {
    .malformed(
      origin(line),
      reason: "anchors (&name) and aliases (*name) are refused; write it out, or quote the text")
  }

  private func tooDeep(_ line: Int) -> ConfigurationError {
    .malformed(origin(line), reason: "more than \(Self.deepestNesting) sections inside each other")
  }

  /// Yams' complaint with our place, without the text it quotes.
  private func explained(_ error: any Error) -> ConfigurationError {
    func malformed(_ problem: String, _ context: YamlError.Context?, _ mark: Mark)
      -> ConfigurationError
    {
      if let tabbed = tabbedLine(upTo: mark.line) {
        return .malformed(origin(tabbed), reason: "tabs do not indent YAML; use spaces")
      }
      let circumstance = context.map { " (\($0.text))" } ?? ""
      return .malformed(origin(mark.line), reason: problem + circumstance)
    }
    switch error {
    case YamlError.scanner(let context, let problem, let mark, _),
      YamlError.parser(let context, let problem, let mark, _),
      YamlError.composer(let context, let problem, let mark, _):
      return malformed(problem, context, mark)
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { shortened(restored($0)) }
      return .malformed(
        origin(context.mark.line),
        reason: "\(names.joined(separator: ", ")) is written twice in one section")
    case YamlError.reader(let problem, _, _, _):
      return .malformed(origin(unprintableLine()), reason: problem)
    default:
      return .malformed(origin(1), reason: "is not YAML")
    }
  }

  /// The first line that is indented with a tab, up to the line Yams stopped at.
  private func tabbedLine(upTo last: Int) -> Int? {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return lines.prefix(last).firstIndex { line in
      line.prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }.map { $0 + 1 }
  }

  /// The line of the first control character.
  private func unprintableLine() -> Int {
    var line = 1
    for scalar in text.unicodeScalars {
      if scalar == "\n" { line += 1 }
      if scalar.value < 32, !["\n", "\r", "\t"].contains(scalar) { break }
    }
    return line
  }
}

extension Collection where Element == UInt8 {
  /// Whether the bytes of `other` stand together somewhere in these.
  fileprivate func contains(sequence other: some Collection<UInt8>) -> Bool {
    guard let first = other.first else { return true }
    return indices.contains { self[$0] == first && self[$0...].starts(with: other) }
  }
}
