// Languages that their script tells.

/// A script that says which language, or which few, a text is in.
enum Script: Equatable, Sendable {
  case arabic, armenian, bengali, burmese, cyrillic, devanagari, ethiopic, georgian, greek, gujarati
  case gurmukhi, hebrew, japanese, kannada, khmer, korean, lao, malayalam, chinese, odia, sinhala
  case tamil, telugu, thai

  /// The script of a language by its ISO 639-1 code; none where the script is Latin, which a hundred
  /// languages share.
  init?(language: String) {
    switch language {
    case "ar", "fa", "ur": self = .arabic
    case "hy": self = .armenian
    case "bn": self = .bengali
    case "my": self = .burmese
    case "ru", "uk", "bg", "mk": self = .cyrillic
    case "hi", "mr", "ne": self = .devanagari
    case "am": self = .ethiopic
    case "ka": self = .georgian
    case "el": self = .greek
    case "gu": self = .gujarati
    case "pa": self = .gurmukhi
    case "he": self = .hebrew
    case "ja": self = .japanese
    case "kn": self = .kannada
    case "km": self = .khmer
    case "ko": self = .korean
    case "lo": self = .lao
    case "ml": self = .malayalam
    case "zh", "zh-cn", "zh-tw": self = .chinese
    case "or": self = .odia
    case "si": self = .sinhala
    case "ta": self = .tamil
    case "te": self = .telugu
    case "th": self = .thai
    default: return nil
    }
  }

  /// What part of the letters must be the script's: names and terms stay in theirs.
  static let share = 0.8

  /// Whether a text is written in it.
  func isWritten(in text: [Unicode.Scalar]) -> Bool {
    var (letters, own, kana) = (0, 0, 0)
    for scalar in text where isLetter(scalar) {
      letters += 1
      if ranges.contains(where: { $0.contains(scalar.value) }) { own += 1 }
      if (0x3040...0x30ff).contains(scalar.value) { kana += 1 }
    }
    guard letters > 0, Double(own) >= Self.share * Double(letters) else { return false }
    // Chinese and Japanese share the characters; only Japanese has kana between them.
    return self == .japanese ? kana > 0 : true
  }

  private var ranges: [ClosedRange<UInt32>] {
    let han: [ClosedRange<UInt32>] = [0x3400...0x4dbf, 0x4e00...0x9fff, 0x20000...0x323af]
    switch self {
    case .arabic:
      return [0x600...0x6ff, 0x750...0x77f, 0x8a0...0x8ff, 0xfb50...0xfdff, 0xfe70...0xfeff]
    case .armenian: return [0x530...0x58f]
    case .bengali: return [0x980...0x9ff]
    case .burmese: return [0x1000...0x109f]
    case .cyrillic: return [0x400...0x52f]
    case .devanagari: return [0x900...0x97f]
    case .ethiopic: return [0x1200...0x139f]
    case .georgian: return [0x10a0...0x10ff, 0x1c90...0x1cbf]
    case .greek: return [0x370...0x3ff, 0x1f00...0x1fff]
    case .gujarati: return [0xa80...0xaff]
    case .gurmukhi: return [0xa00...0xa7f]
    case .hebrew: return [0x590...0x5ff]
    case .japanese: return han + [0x3040...0x30ff, 0x31f0...0x31ff]
    case .kannada: return [0xc80...0xcff]
    case .khmer: return [0x1780...0x17ff]
    case .korean: return [0x1100...0x11ff, 0x3130...0x318f, 0xac00...0xd7af]
    case .lao: return [0xe80...0xeff]
    case .malayalam: return [0xd00...0xd7f]
    case .chinese: return han
    case .odia: return [0xb00...0xb7f]
    case .sinhala: return [0xd80...0xdff]
    case .tamil: return [0xb80...0xbff]
    case .telugu: return [0xc00...0xc7f]
    case .thai: return [0xe00...0xe7f]
    }
  }
}
