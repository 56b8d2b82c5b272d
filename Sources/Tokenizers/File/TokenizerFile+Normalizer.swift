// Reading the normalizer, and the patterns that normalizers, splitting and decoders share.

import Foundation

extension TokenizerFile {
  private enum NormalizerKind: String, CaseIterable {
    case nfc = "NFC", nfd = "NFD", nfkc = "NFKC", nfkd = "NFKD", lowercase = "Lowercase"
    case strip = "Strip", stripAccents = "StripAccents", prepend = "Prepend", replace = "Replace"
    case byteLevel = "ByteLevel", precompiled = "Precompiled", nmt = "Nmt", sequence = "Sequence"
  }

  static func normalizer(
    _ field: JSONField, _ growth: inout Growth
  ) throws(TokenizerError) -> Normalizer {
    try growth.step(field)
    let kind = try field.required("type").choice(NormalizerKind.self)
    switch kind {
    case .nfc, .nfd, .nfkc, .nfkd, .lowercase, .stripAccents, .byteLevel, .nmt:
      try field.allowOnly(["type"])
    default: break
    }
    switch kind {
    case .nfc: return .unicode(.composed)
    case .nfd:
      try growth.grow(by: 3, field)
      return .unicode(.decomposed)
    case .nfkc:
      try growth.grow(by: 11, field)
      return .unicode(.compatibilityComposed)
    case .nfkd:
      try growth.grow(by: 11, field)
      return .unicode(.compatibilityDecomposed)
    case .lowercase: return .lowercase
    case .stripAccents: return .stripAccents
    case .nmt: return .nmt
    case .precompiled:
      let map = try characterMap(field)
      try growth.grow(by: map.longestText, field)
      return .map(map)
    case .byteLevel:
      try growth.grow(by: 2, field)
      return .byteLevel
    case .strip:
      try field.allowOnly(["type", "strip_left", "strip_right"])
      return try .strip(
        left: field.required("strip_left").bool(), right: field.required("strip_right").bool())
    case .prepend:
      try field.allowOnly(["type", "prepend"])
      let text = try field.required("prepend").string()
      try growth.add(text.count, field)
      return .prepend(text)
    case .replace:
      let (pattern, content) = try replacement(field, &growth)
      return .replace(pattern, with: content)
    case .sequence:
      try field.allowOnly(["type", "normalizers"])
      var steps: [Normalizer] = []
      for step in try field.required("normalizers").fields() {
        steps.append(try normalizer(step, &growth))
      }
      return .sequence(steps)
    }
  }

  private static func characterMap(_ field: JSONField) throws(TokenizerError) -> CharacterMap {
    try field.allowOnly(["type", "precompiled_charsmap"])
    let text = try field.required("precompiled_charsmap")
    let base64 = try text.string()
    // Foundation passes over bits that belong to no byte.
    guard let data = Data(base64Encoded: Data(base64)), Array(data.base64EncodedData()) == base64
    else { throw text.invalid("\(shown(base64)) is not base64") }
    guard let map = CharacterMap(Array(data)) else {
      throw text.invalid("the map is cut off, or its texts are not UTF-8")
    }
    return map
  }

  /// The fields of a Replace.
  static func replacement(
    _ field: JSONField, _ growth: inout Growth
  ) throws(TokenizerError) -> (TextPattern, [UInt8]) {
    try field.allowOnly(["type", "pattern", "content"])
    let pattern = try pattern(field.required("pattern"), mayBeEmpty: false)
    let content = try field.required("content").string()
    switch pattern {
    case .literal(let text):
      try growth.grow(by: (content.count + text.count - 1) / text.count, field)
    case .general(let pattern) where pattern.mayBeEmpty:
      try growth.grow(by: 1 + content.count, field)
    default: try growth.grow(by: content.count, field)
    }
    return (pattern, content)
  }

  /// A pattern: `{"String": …}` or `{"Regex": …}`.
  ///
  /// Not every one may match nothing: the library breaks down over replacing that, but for the
  /// beginning of a text.
  static func pattern(
    _ field: JSONField, mayBeEmpty: Bool = true
  ) throws(TokenizerError) -> TextPattern {
    try field.allowOnly(["String", "Regex"])
    guard try field.members().count == 1 else {
      throw field.invalid("either a String or a Regex should stand here")
    }
    if let text = try field.optional("String") {
      let bytes = try text.string()
      guard !bytes.isEmpty else {
        throw text.unsupported("an empty text", supported: "a text to look for")
      }
      return .literal(bytes)
    }
    let regex = try field.required("Regex")
    let bytes = try regex.string()
    if let known = KnownPattern(pattern: bytes) { return .known(known) }
    let text = String(decoding: bytes, as: UTF8.self)
    do throws(PatternSyntax.Refusal) {
      let pattern = try GeneralPattern(text)
      guard mayBeEmpty || !pattern.mayBeEmpty || pattern.isBoundToStart else {
        throw PatternSyntax.Refusal(reason: "it may match nothing, which cannot be replaced")
      }
      return .general(pattern)
    } catch {
      throw regex.unsupported(
        "the pattern \(shown(bytes)) (\(error.reason))", supported: PatternSyntax.supported)
    }
  }
}
