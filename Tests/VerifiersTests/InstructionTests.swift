// Instructions that a program can check: IFEval's own checkers, cases by hand, hostile labels.

import Records
import Testing
import TestSupport
import Verifiers

/// A label with one instruction.
private func label(_ name: String, _ arguments: String = "{}") -> String {
  #"{"instruction_id_list": ["\#(name)"], "kwargs": [\#(arguments)]}"#
}

private func follows(_ response: String, _ label: String, loose: Bool = false) throws -> Bool {
  var settings = InstructionSettings()
  settings.loose = loose
  return try InstructionVerifier(settings)
    .verify(response: response, finish: .stop, truth: label).status == .correct
}

@Suite("Instructions are graded as IFEval grades them")
struct InstructionGoldenTests {
  /// What Tools/goldens/instruction_goldens.py writes.
  private struct Goldens: Decodable {
    struct Case: Decodable {
      var truth: String
      var strict: String
      var loose: String
    }
    var texts: [String]
    var cases: [Case]
  }

  @Test("Every verdict is the reference's, strict and loose")
  func reference() throws {
    let goldens = try Golden.decode(Goldens.self, from: "instructions")
    #expect(goldens.cases.count >= 39)
    var verdicts = 0
    for golden in goldens.cases {
      for (place, text) in goldens.texts.enumerated() {
        for (loose, verdictsOfAll) in [(false, golden.strict), (true, golden.loose)] {
          let wanted = Array(verdictsOfAll.utf8)[place] == UInt8(ascii: "1")
          #expect(
            try follows(text, golden.truth, loose: loose) == wanted,
            "\(golden.truth) of \(text.debugDescription), loose \(loose)")
          verdicts += 1
        }
      }
    }
    #expect(verdicts == goldens.cases.count * goldens.texts.count * 2)
  }
}

@Suite("What instructions ask for")
struct InstructionTests {
  @Test(
    "Sentences are counted as a reader counts them",
    arguments: [
      ("One. Two! Three?", 3), ("One", 1), ("One... two", 2), ("It is 3.14 meters. Right?", 2),
      ("Dr. Smith met Mrs. J. Doe.", 1), ("1. First point.\n2. Second point.", 2),
      ("\"Yes.\" \"No.\"", 2), ("Wait!!! What?!", 2), ("你好。再见！", 2), ("!!! ???", 0),
      ("No period\n\nhere", 1), ("She has a cat. It sleeps", 2), ("The end (really).", 1),
      ("I met him in 1999. He left.", 2),
    ])
  func sentences(text: String, count: Int) throws {
    for (relation, number) in [("exactly", count), ("at least", count), ("less than", count + 1)] {
      let arguments = #"{"num_sentences": \#(number), "relation": "\#(relation)"}"#
      #expect(
        try follows(text, label("length_constraints:number_sentences", arguments)),
        "\(text) \(relation) \(number)")
    }
    let more = #"{"num_sentences": \#(count + 1), "relation": "at least"}"#
    #expect(try !follows(text, label("length_constraints:number_sentences", more)))
  }

  @Test(
    "Languages are told by their script",
    arguments: [
      ("ru", "Привет, мир.", true), ("ru", "Hello, мир.", false), ("ja", "今日は雨です。", true),
      ("ja", "今天下雨", false), ("zh", "今天下雨", true), ("zh", "今日はとても雨です", false),
      ("ko", "오늘은 하루 종일 비가 옵니다 (GPU)", true), ("hi", "नमस्ते दुनिया", true), ("ar", "مرحبا", true),
      ("ar", "123 !", false), ("el", "Καλημέρα", true), ("he", "שלום", true), ("th", "สวัสดี", true),
    ])
  func languages(code: String, text: String, isRight: Bool) throws {
    let truth = label("language:response_language", #"{"language": "\#(code)"}"#)
    #expect(try follows(text, truth) == isRight)
  }

  @Test(
    "Those made after IFEval's",
    arguments: [
      ("startend:start_checker", #"{"start_phrase": "Dear Reader,"}"#, " dear reader, hi", true),
      ("startend:start_checker", #"{"start_phrase": "Dear Reader,"}"#, "Oh dear reader,", false),
      ("first_word:first_word_answer", #"{"first_word": "River"}"#, "\"River, be quiet\"", true),
      ("first_word:first_word_answer", #"{"first_word": "river"}"#, "rivers", false),
      ("last_word:last_word_answer", #"{"last_word": "END"}"#, "this is the end!", true),
      ("last_word:last_word_answer", #"{"last_word": "end"}"#, "the end is near", false),
      ("letters:letter_counting", #"{"N": 5, "relation": "exactly"}"#, "ab, cdé f.", true),
      ("letters:letter_counting", #"{"N": 5, "relation": "more than"}"#, "abcde", false),
      ("letters:letter_counting", #"{"N": 5, "relation": "at most"}"#, "abcde", true),
      ("punctuation:punctuation_dot", "{}", "no dots!", true),
      ("punctuation:punctuation_dot", "{}", "a dot.", false),
      ("punctuation:punctuation_exclamation", "{}", "a dot.", true),
      ("punctuation:punctuation_exclamation", "null", "hey!", false),
    ])
  func others(name: String, arguments: String, text: String, isRight: Bool) throws {
    #expect(try follows(text, label(name, arguments)) == isRight)
  }

  static let two = """
    [{"instruction_id": ["punctuation:no_comma", "length_constraints:number_words"],
      "kwargs": [null, {"num_words": 3.0, "relation": "less than", "keyword": null}]}]
    """

  @Test("Several are all followed, or a share of them where shares are asked for")
  func several() throws {
    for (text, status, share) in [
      ("two words", Verdict.Status.correct, 1.0), ("two, words", .wrong, 0.5),
      ("three, long, words", .wrong, 0), (" \n", .noAnswer, 0),
    ] {
      let strict = try InstructionVerifier()
        .verify(response: text, finish: .length, truth: Self.two)
      #expect(strict.status == status && strict.score == nil)
      var settings = InstructionSettings()
      settings.partial = true
      let partial = try InstructionVerifier(settings)
        .verify(response: text, finish: .stop, truth: Self.two)
      #expect(partial.status == status && partial.score == share)
    }
    let verdict = try InstructionVerifier()
      .verify(response: "two, words", finish: .stop, truth: Self.two)
    #expect(verdict.reason == "not followed: punctuation:no_comma")
    #expect(verdict.extracted == "1 of 2")
  }

  @Test(
    "What cannot be checked is refused by name",
    arguments: [
      ("", "not JSON"), ("12", "a number, not an object"), ("[]", "does not hold one object"),
      ("{}", "no list 'instruction_id_list'"),
      (#"{"instruction_id_list": [], "kwargs": []}"#, "0 instructions"),
      (#"{"instruction_id_list": ["a", "b"], "kwargs": [{}]}"#, "2 names"),
      (label("punctuation:no_commas"), "the nearest that is, is 'punctuation:no_comma'"),
      (label("keywords:existence"), "'keywords' is missing"),
      (label("keywords:existence", #"{"keywords": "a"}"#), "'keywords' is not a list"),
      (label("keywords:existence", #"{"keywords": [""]}"#), "'keywords' is empty"),
      (
        label("length_constraints:number_words", #"{"num_words": 3, "relation": "about"}"#),
        "'relation' is not one of 'at least'"
      ),
      (
        label("length_constraints:number_words", #"{"num_words": 1e99, "relation": "exactly"}"#),
        "'num_words' is not a whole number"
      ),
      (label("language:response_language", #"{"language": "de"}"#), "a script of their own"),
      (label("keywords:letter_frequency", #"{"letter": "ab"}"#), "'letter' is not one character"),
      (label("punctuation:no_comma", "3"), "its 'kwargs' are a number"),
    ])
  func refusals(truth: String, reason: String) throws {
    let complaint = InstructionVerifier().complaint(about: truth)
    #expect(complaint?.contains(reason) == true, "\(complaint ?? "no complaint")")
    #expect(throws: VerifierError.self) { try follows("text", truth) }
  }

  @Test("A hostile response is graded in a moment")
  func hostile() throws {
    let names = [
      label(
        "keywords:frequency",
        #"{"keyword": "\#(String(repeating: "a", count: 250))b", "frequency": 1, "relation": "at least"}"#
      ),
      label("detectable_content:number_placeholders", #"{"num_placeholders": 1}"#),
      label("detectable_format:number_highlighted_sections", #"{"num_highlights": 1}"#),
      label("detectable_format:title"), label("detectable_format:json_format"),
      label("combination:two_responses"),
      label("startend:end_checker", #"{"end_phrase": "\#(String(repeating: "a", count: 9000))b"}"#),
    ]
    let time = try processorTime {
      for piece in ["a", "[", "*", "* ", "<<", ">", "{\"a\":", "\"", "\n"] {
        let text = String(repeating: piece, count: 50_000)
        for truth in names { _ = try follows(text, truth, loose: true) }
      }
    }
    #expect(time < .seconds(20))
  }
}
