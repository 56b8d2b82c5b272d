// From a name and its arguments to an instruction.

import JSON
import Records

/// Why an instruction cannot be checked.
struct InstructionFault: Error {
  var reason: String
}

/// Reads the arguments of one instruction; what is null is not there.
struct InstructionReader {
  /// The longest text of an argument, in Unicode scalars.
  static let textLimit = 16 << 10
  /// The longest text that is looked for within responses.
  static let phraseLimit = 256
  /// The most texts of a list.
  static let listLimit = 64

  let name: String
  let arguments: JSONObject

  /// The names that can be read, IFEval's first, then those of sets made after it.
  static let names = [
    "keywords:existence", "keywords:frequency", "keywords:forbidden_words",
    "keywords:letter_frequency", "language:response_language",
    "length_constraints:number_sentences", "length_constraints:number_paragraphs",
    "length_constraints:number_words", "length_constraints:nth_paragraph_first_word",
    "detectable_content:number_placeholders", "detectable_content:postscript",
    "detectable_format:number_bullet_lists", "detectable_format:constrained_response",
    "detectable_format:number_highlighted_sections", "detectable_format:multiple_sections",
    "detectable_format:json_format", "detectable_format:title", "combination:two_responses",
    "combination:repeat_prompt", "startend:end_checker", "startend:quotation",
    "change_case:capital_word_frequency", "change_case:english_capital",
    "change_case:english_lowercase", "punctuation:no_comma",
    "startend:start_checker", "first_word:first_word_answer", "last_word:last_word_answer",
    "letters:letter_counting", "punctuation:punctuation_dot", "punctuation:punctuation_exclamation",
  ]

  /// The instruction.
  func instruction() throws(InstructionFault) -> Instruction {
    switch name {
    case "keywords:existence": .keywords(try phrases("keywords"))
    case "keywords:frequency":
      .keywordCount(try phrase("keyword"), try bound("frequency", "relation"))
    case "keywords:forbidden_words": .forbiddenWords(try phrases("forbidden_words"))
    case "keywords:letter_frequency":
      .letterCount(try letter("letter"), try bound("let_frequency", "let_relation"))
    case "letters:letter_counting": .letters(try bound("N", "relation"))
    case "first_word:first_word_answer": .firstWord(try phrase("first_word"))
    case "last_word:last_word_answer": .lastWord(try phrase("last_word"))
    case "language:response_language": .language(try script("language"))
    case "length_constraints:number_sentences": .sentences(try bound("num_sentences", "relation"))
    case "length_constraints:number_paragraphs": .paragraphs(try number("num_paragraphs"))
    case "length_constraints:number_words": .words(try bound("num_words", "relation"))
    case "length_constraints:nth_paragraph_first_word":
      .paragraphStart(
        paragraphs: try number("num_paragraphs"), place: try number("nth_paragraph"),
        word: try phrase("first_word"))
    default: try instructionOfForm()
    }
  }

  private func instructionOfForm() throws(InstructionFault) -> Instruction {
    switch name {
    case "detectable_content:number_placeholders":
      .placeholders(atLeast: try number("num_placeholders"))
    case "detectable_content:postscript": .postscript(try phrase("postscript_marker"))
    case "detectable_format:number_bullet_lists": .bullets(try number("num_bullets"))
    case "detectable_format:constrained_response": .oneOfThreeAnswers
    case "detectable_format:number_highlighted_sections":
      .highlights(atLeast: try number("num_highlights"))
    case "detectable_format:multiple_sections":
      .sections(mark: try phrase("section_spliter"), atLeast: try number("num_sections"))
    case "detectable_format:json_format": .json
    case "detectable_format:title": .title
    case "combination:two_responses": .twoResponses
    case "combination:repeat_prompt": .repeatsRequest(try text("prompt_to_repeat"))
    case "startend:start_checker": .starts(try text("start_phrase"))
    case "startend:end_checker": .ends(try text("end_phrase"))
    case "startend:quotation": .quoted
    case "change_case:capital_word_frequency":
      .capitalWords(try bound("capital_frequency", "capital_relation"))
    case "change_case:english_capital": .allCapital
    case "change_case:english_lowercase": .allLowercase
    case "punctuation:no_comma": .without(",")
    case "punctuation:punctuation_dot": .without(".")
    case "punctuation:punctuation_exclamation": .without("!")
    default: throw unknown
    }
  }

  private var unknown: InstructionFault {
    let name = clipped(name, to: 80)
    let nearest = Self.names.min { editDistance(name, $0) < editDistance(name, $1) } ?? ""
    return InstructionFault(
      reason: "the instruction '\(name)' is not known; the nearest that is, is '\(nearest)'")
  }

  private func fault(_ key: String, _ reason: String) -> InstructionFault {
    InstructionFault(reason: "\(name): '\(key)' \(reason)")
  }

  private func value(_ key: String) throws(InstructionFault) -> JSONValue {
    guard let value = arguments[key], !value.isNull else { throw fault(key, "is missing") }
    return value
  }

  /// A whole number from 0; tables with gaps write 3 as 3.0.
  private func number(_ key: String) throws(InstructionFault) -> Int {
    guard let number = try value(key).double, number >= 0, number <= 1_000_000,
      number == number.rounded()
    else { throw fault(key, "is not a whole number from 0 to 1000000") }
    return Int(number)
  }

  private func bound(_ number: String, _ relation: String) throws(InstructionFault) -> CountBound {
    guard case .string(let words) = try value(relation),
      let relation = CountBound.Relation(rawValue: words)
    else {
      let known = CountBound.Relation.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw fault(relation, "is not one of \(known)")
    }
    return CountBound(relation: relation, number: try self.number(number))
  }

  private func text(_ key: String) throws(InstructionFault) -> String {
    try text(try value(key), key, Self.textLimit)
  }

  private func phrase(_ key: String) throws(InstructionFault) -> String {
    try text(try value(key), key, Self.phraseLimit)
  }

  private func text(
    _ value: JSONValue, _ key: String, _ limit: Int
  ) throws(InstructionFault) -> String {
    guard case .string(let written) = value else { throw fault(key, "is \(value.kind), not text") }
    let text = string(of: trimmed(Array(written.unicodeScalars)[...]))
    guard !text.isEmpty else { throw fault(key, "is empty") }
    guard text.unicodeScalars.count <= limit else {
      throw fault(key, "has more than \(limit) characters")
    }
    return text
  }

  private func phrases(_ key: String) throws(InstructionFault) -> [String] {
    guard case .array(let values) = try value(key), (1...Self.listLimit).contains(values.count)
    else { throw fault(key, "is not a list of 1 to \(Self.listLimit) texts") }
    return try values.map { value throws(InstructionFault) in
      try text(value, key, Self.phraseLimit)
    }
  }

  private func letter(_ key: String) throws(InstructionFault) -> Unicode.Scalar {
    let scalars = lowercase(try text(key))
    guard scalars.count == 1 else { throw fault(key, "is not one character") }
    return scalars[0]
  }

  private func script(_ key: String) throws(InstructionFault) -> Script {
    let code = try text(key)
    guard let script = Script(language: code.lowercased()) else {
      throw fault(
        key, "is '\(clipped(code, to: 20))': only languages with a script of their own are told")
    }
    return script
  }
}
