// What a number counts or measures. Units say nothing of the value, so an answer may leave them out;
// two that contradict one another make different answers.

/// The words behind a number.
struct Unit: Hashable, Sendable {
  /// The words in one spelling, without those that say nothing: `m`, `s`, `apples`.
  var words: Set<String> = []
  /// The powers of the measures in it: m/s² has 1 of m and -2 of s.
  private(set) var powers: [String: Int] = [:]
  /// Whether a power, a square or a quotient is in it, so that it is no plain measure.
  var isCompound = false

  static let none = Unit()

  init() {}

  /// A unit of one word.
  init(named word: String) {
    words = [word]
    if Self.isKnown(word) { powers = [word: 1] }
  }

  /// Reads the words behind a number.
  init(reading text: String) throws(NotPlain) {
    let lowered = text.lowercased().replacing("平方", with: " square ")
      .replacing("立方", with: " cubic ")
    let parts = lowered.split { !$0.isLetter }.map(String.init)
    guard parts.count <= 6, !parts.contains(where: Self.isDoubtful) else { throw NotPlain() }
    powers = Self.powers(of: lowered)
    isCompound = lowered.contains { "^/·*-²³".contains($0) || $0.isNumber }
    for part in parts where parts.count == 1 || !Self.fillers.contains(part) {
      if ["square", "sq", "cubic"].contains(part) {
        isCompound = true
      } else if let speed = Self.speeds[part] {
        words.formUnion(speed)
        isCompound = true
      } else {
        words.insert(Measure.spelling[part] ?? part)
      }
    }
    if parts.contains("per") { isCompound = true }
    if isTemperature {
      words.remove("degree")
      powers["degree"] = nil
    }
  }

  /// Whether it measures heat.
  var isTemperature: Bool { !words.isDisjoint(with: ["c", "f"]) }

  /// Why words are no unit.
  struct NotPlain: Error {}

  /// Whether an answer in another unit can be no spelling of one in this unit.
  func contradicts(_ answer: Unit) -> Bool {
    let (mine, other) = (
      words.intersection(Self.opposites), answer.words.intersection(Self.opposites)
    )
    if mine != other, !mine.isEmpty || !other.isSubset(of: ["am", "pm"]) { return true }
    guard !words.isEmpty, !answer.words.isEmpty else { return false }
    // 30° may be degrees of heat.
    if isTemperature, answer.words == ["degree"] { return false }
    let (known, otherKnown) = (words.filter(Self.isKnown), answer.words.filter(Self.isKnown))
    if !known.isEmpty || !otherKnown.isEmpty {
      return known != otherKnown || powers != answer.powers
    }
    return words.isDisjoint(with: answer.words)
  }

  /// What a number in this unit is multiplied by to be one in the other; nothing for other kinds.
  func factor(to other: Unit) -> Rational? {
    guard !isCompound, !other.isCompound, words.count == 1, other.words.count == 1,
      let own = words.first.flatMap({ Measure.byName[$0] }),
      let theirs = other.words.first.flatMap({ Measure.byName[$0] }), own.kind == theirs.kind
    else { return nil }
    return own.size * Rational(theirs.size.denominator, theirs.size.numerator)
  }

  /// The powers of the measures in a text.
  private static func powers(of text: String) -> [String: Int] {
    var result: [String: Int] = [:]
    var (sign, times) = (1, 1)
    var last: String?
    var rest = Substring(text)
    while let first = rest.first {
      if first.isLetter {
        let word = String(rest.prefix(while: \.isLetter))
        rest = rest.dropFirst(word.count)
        switch word {
        case "square", "sq": times = 2
        case "cubic": times = 3
        case "per": sign = -1
        default:
          for part in (speeds[word].map { $0.sorted() } ?? [Measure.spelling[word] ?? word])
          where isKnown(part) {
            // Of the two of a speed the hour is what is divided by.
            let isDivisor = speeds[word] != nil && part == "h"
            result[part, default: 0] += (isDivisor ? -1 : sign) * times
            last = part
          }
          (sign, times) = (1, 1)
        }
        continue
      }
      rest = rest.dropFirst()
      if first == "/" { sign = -1 }
      if first == "^", let word = last, let power = result[word] {
        let digits = rest.drop { "{-".contains($0) }.prefix(while: \.isNumber)
        let isNegative = rest.prefix(2).contains("-")
        if let number = Int(digits), number < 100 {
          result[word] = power * (isNegative ? -number : number)
        }
      }
    }
    return result
  }

  /// Whether a word turns a number into another one, or is none that is known to be a unit.
  private static func isDoubtful(_ word: String) -> Bool {
    if word.unicodeScalars.contains(where: { (0x3040...0xD7FF).contains($0.value) }) {
      return !classifiers.contains(word) && Measure.spelling[word] == nil
    }
    if doubts.contains(word) || word.hasSuffix("s") && doubts.contains(String(word.dropLast())) {
      return true
    }
    return word.unicodeScalars.count < 3 && !isName(word) && !fillers.contains(word)
      && !opposites.contains(word) && Measure.spelling[word] == nil
  }

  /// Words of Chinese, Japanese and Korean that count things; any other may change the number.
  private static let classifiers: Set<String> = [
    "个", "個", "元", "人", "米", "千米", "公里", "厘米", "分米", "毫米", "平方米", "平方厘米",
    "平方千米", "立方米", "立方厘米", "吨", "千克", "公斤", "克", "升", "毫升", "小时", "分钟", "秒", "天",
    "年", "月", "日", "岁", "次", "种", "只", "条", "张", "本", "块", "件", "名", "位", "棵", "台", "辆",
    "页", "题", "度", "角", "円", "원", "명", "개", "組", "通り", "点", "間", "回", "枚", "匹", "头",
    "支", "套", "组", "对", "双", "朵", "颗", "箱", "袋", "瓶", "盒", "斤",
  ]

  private static func isKnown(_ word: String) -> Bool {
    Measure.byName[word] != nil || ["degree", "radian", "percent"].contains(word)
      || word.hasPrefix("base ")
  }

  private static let fillers: Set<String> = [
    "of", "the", "per", "a", "an", "in", "total", "unit", "units",
  ]

  /// Whether a word is a unit wherever it stands, and no unknowns side by side.
  static func isName(_ word: String) -> Bool {
    Measure.spelling[word] != nil || speeds[word] != nil || word == "sq"
  }

  private static let speeds: [String: Set<String>] = [
    "mph": ["mi", "h"], "kph": ["km", "h"], "kmh": ["km", "h"],
  ]

  /// Words that turn a number into another one, or take it back.
  private static let doubts: Set<String> = [
    "not", "no", "isn", "isnt", "wrong", "false", "incorrect", "except", "unless", "if", "either",
    "neither", "nor", "or", "and", "but", "maybe", "perhaps", "possibly", "probably", "guess",
    "mod",
    "modulo", "else", "otherwise", "than", "least", "most", "between", "is", "are", "was", "times",
    "plus", "minus", "over", "divided", "squared", "cubed", "factorial", "root", "power", "pi",
    "percent", "thousand", "million", "billion", "trillion", "hundred", "dozen", "score", "half",
    "halves", "third", "thirds", "quarter", "quarters", "fourth", "fourths", "fifth", "fifths",
    "tenth", "tenths", "hundredth", "hundredths", "where", "when", "for", "with", "any", "all",
    "multiple", "undefined", "base", "to", "from", "one", "two", "three", "four", "five", "six",
    "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty", "thirty", "zero", "th", "st",
    "nd",
    "rd", "answer", "solution", "should", "sixth", "seventh", "eighth", "ninth", "twelfth",
    "sixteenth", "thousandth", "couple", "gross", "myriad", "lakh", "crore", "mil", "mln", "bln",
    "kilo", "permille", "basis", "double", "doubled", "twice", "triple", "tripled", "thrice",
    "reciprocal", "inverse", "negated", "sqrt", "never", "hardly", "unlike", "versus", "instead",
    "nearly", "almost", "upwards", "oder", "seis", "then", "rather", "sorry", "correction",
    "factor",
    "squaring", "exponent", "remainder", "digit", "logarithm", "log", "sum", "product",
  ]

  /// Words that make two numbers of one size different answers.
  private static let opposites: Set<String> = [
    "left", "right", "up", "down", "north", "south", "east", "west", "above", "below", "am", "pm",
    "ad", "bc", "bce", "ce", "more", "less", "fewer", "increase", "decrease", "increased",
    "decreased",
    "gain", "loss", "profit", "positive", "negative", "heads", "tails", "win", "wins", "losses",
    "before", "after", "clockwise", "counterclockwise", "anticlockwise", "early", "late", "ahead",
    "behind", "male", "female", "true", "forward", "backward",
  ]
}

/// A measure, and how much of the first of its kind it is.
struct Measure: Sendable {
  enum Kind: Sendable {
    case length, mass, time, money, volume, force, energy, power, voltage, other
  }

  let kind: Kind
  let size: Rational

  /// Measures by the first of their spellings.
  static let byName: [String: Measure] = {
    var result: [String: Measure] = [:]
    for line in table {
      result[line.names[0]] = Measure(
        kind: line.kind, size: Rational(line.over) * Rational(1, line.under))
    }
    return result
  }()

  /// The first spelling of each.
  static let spelling: [String: String] = {
    var result: [String: String] = [:]
    for line in table {
      for name in line.names { result[name] = line.names[0] }
    }
    for (name, first) in [
      ("radians", "radian"), ("rad", "radian"), ("rads", "radian"), ("degrees", "degree"),
      ("deg", "degree"), ("units", "unit"), ("a.m.", "am"), ("p.m.", "pm"),
    ] {
      result[name] = first
    }
    return result
  }()

  private struct Line {
    let kind: Kind
    let over: Int
    var under = 1
    let names: [String]
  }

  /// Lengths in millimeters; an inch is 25.4 of them.
  private static let table = [
    Line(
      kind: .length, over: 1,
      names: ["mm", "millimeter", "millimeters", "millimetre", "millimetres", "毫米"]),
    Line(
      kind: .length, over: 10,
      names: ["cm", "centimeter", "centimeters", "centimetre", "centimetres", "cms", "厘米"]),
    Line(kind: .length, over: 1000, names: ["m", "meter", "meters", "metre", "metres", "米"]),
    Line(
      kind: .length, over: 1_000_000,
      names: ["km", "kilometer", "kilometers", "kilometre", "kilometres", "kms", "千米", "公里"]),
    Line(kind: .length, over: 254, under: 10, names: ["inch", "inches", "in"]),
    Line(kind: .length, over: 3048, under: 10, names: ["ft", "foot", "feet"]),
    Line(kind: .length, over: 9144, under: 10, names: ["yd", "yard", "yards", "yds"]),
    Line(kind: .length, over: 1_609_344, names: ["mi", "mile", "miles"]),
    Line(kind: .mass, over: 1, under: 1000, names: ["mg", "milligram", "milligrams"]),
    Line(kind: .mass, over: 1, names: ["g", "gram", "grams", "克"]),
    Line(kind: .mass, over: 1000, names: ["kg", "kilogram", "kilograms", "kgs", "千克", "公斤"]),
    Line(kind: .mass, over: 45_359_237, under: 100_000, names: ["lb", "lbs", "pound", "pounds"]),
    Line(kind: .mass, over: 45_359_237, under: 1_600_000, names: ["oz", "ounce", "ounces"]),
    Line(kind: .time, over: 1, names: ["s", "sec", "secs", "second", "seconds", "秒"]),
    Line(kind: .time, over: 60, names: ["min", "mins", "minute", "minutes", "分钟"]),
    Line(kind: .time, over: 3600, names: ["h", "hr", "hrs", "hour", "hours", "小时"]),
    Line(kind: .time, over: 86_400, names: ["day", "days", "天"]),
    Line(kind: .time, over: 604_800, names: ["week", "weeks"]),
    Line(kind: .other, over: 1, names: ["month", "months"]),
    Line(kind: .other, over: 1, names: ["year", "years", "yr", "yrs", "年"]),
    Line(kind: .other, over: 1, names: ["yuan", "元", "rmb"]),
    Line(kind: .money, over: 1, names: ["cent", "cents"]),
    Line(kind: .money, over: 100, names: ["dollar", "dollars", "usd"]),
    Line(
      kind: .volume, over: 1,
      names: ["ml", "milliliter", "milliliters", "millilitre", "millilitres", "毫升"]),
    Line(kind: .volume, over: 1000, names: ["l", "liter", "liters", "litre", "litres", "升"]),
    Line(kind: .force, over: 1, names: ["n", "newton", "newtons"]),
    Line(kind: .energy, over: 1, names: ["j", "joule", "joules"]),
    Line(kind: .power, over: 1, names: ["w", "watt", "watts"]),
    Line(kind: .voltage, over: 1, names: ["v", "volt", "volts"]),
    Line(kind: .other, over: 1, names: ["c", "celsius"]),
    Line(kind: .other, over: 1, names: ["f", "fahrenheit"]),
    Line(kind: .other, over: 1, names: ["k", "kelvin", "kelvins"]),
  ]
}
