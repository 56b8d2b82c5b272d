// Upper, lower and title case by Unicode's own mappings, as Python's string methods apply them.

extension Text {
  private func mapped(_ transform: (Unicode.Scalar) -> String) -> Text {
    var result = Text()
    for scalar in string.unicodeScalars { result.bytes += transform(scalar).utf8 }
    return result
  }

  var uppercased: Text {
    if isASCII { return Text(bytes: bytes.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }) }
    return mapped { $0.properties.uppercaseMapping }
  }

  var lowercased: Text {
    if isASCII { return Text(bytes: bytes.map(Self.lower)) }
    let scalars = scalars
    var result = Text()
    for place in scalars.indices { result.bytes += Self.lowercase(at: place, in: scalars).utf8 }
    return result
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte + 32 : byte
  }

  /// The lower case of one scalar; a capital sigma at a word's end has a form of its own.
  private static func lowercase(at place: Int, in scalars: [Unicode.Scalar]) -> String {
    guard scalars[place] == "\u{3A3}" else { return scalars[place].properties.lowercaseMapping }
    let before = scalars[..<place].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(place + 1)...].first { !$0.properties.isCaseIgnorable }
    let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
    return isFinal ? "\u{3C2}" : "\u{3C3}"
  }

  /// Python's `capitalize`: the first character in title case, the rest in lower case.
  var capitalized: Text {
    let scalars = scalars
    var result = Text()
    for place in scalars.indices {
      result.bytes +=
        place == 0
        ? Array(scalars[0].properties.titlecaseMapping.utf8)
        : Array(Self.lowercase(at: place, in: scalars).utf8)
    }
    return result
  }

  /// Python's `title`: a letter after anything without case begins a word.
  var titlecased: Text {
    let scalars = scalars
    var result = Text()
    var isInside = false
    for place in scalars.indices {
      result.bytes +=
        isInside
        ? Array(Self.lowercase(at: place, in: scalars).utf8)
        : Array(scalars[place].properties.titlecaseMapping.utf8)
      isInside = scalars[place].properties.isCased
    }
    return result
  }

  var swappedCase: Text {
    let scalars = scalars
    var result = Text()
    for (place, scalar) in scalars.enumerated() {
      if scalar.properties.isUppercase {
        result.bytes += Self.lowercase(at: place, in: scalars).utf8
      } else if scalar.properties.isLowercase {
        result.bytes += scalar.properties.uppercaseMapping.utf8
      } else {
        result.bytes += Text(scalar).bytes
      }
    }
    return result
  }

  /// Whether there is a cased character and all of them satisfy `test`.
  private func hasOnly(_ test: (Unicode.Scalar.Properties) -> Bool) -> Bool {
    let cased = string.unicodeScalars.filter {
      $0.properties.isUppercase || $0.properties.isLowercase
        || $0.properties.generalCategory == .titlecaseLetter
    }
    return !cased.isEmpty && cased.allSatisfy { test($0.properties) }
  }

  var isUpper: Bool { hasOnly(\.isUppercase) }
  var isLower: Bool { hasOnly(\.isLowercase) }

  /// Whether there is a character and all of them satisfy `test`.
  func isAll(_ test: (Unicode.Scalar) -> Bool) -> Bool {
    !isEmpty && string.unicodeScalars.allSatisfy(test)
  }
}

extension Unicode.Scalar {
  /// Python's `str.isalpha` of one character.
  var isLetter: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
    default: false
    }
  }

  /// Python's `str.isdigit` of one character.
  var isDigit: Bool {
    properties.numericType == .decimal || properties.numericType == .digit
  }

  /// Python's `str.isalnum` of one character.
  var isAlphanumeric: Bool { isLetter || properties.numericType != nil }
}
