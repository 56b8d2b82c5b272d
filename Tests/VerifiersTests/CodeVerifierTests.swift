// Programs as answers: finding them, reading their tests, and running them where a sandbox can be made.

import Records
import Testing
import Verifiers

@Suite struct CodeVerifierTests {
  /// Whether generated code can be run here at all.
  private static func hasSandbox() async -> Bool {
    guard let verifier = try? CodeVerifier(CodeSettings()) else { return false }
    return (try? await verifier.check()) != nil
  }

  private func completion(_ text: String, _ truth: String) -> Completion {
    let prompt = Prompt(id: "p", place: 0, source: "code", text: "?", tokens: [1], truth: truth)
    return Completion(
      prompt: prompt, sample: 0, tokens: [2], logProbs: [0], text: text, finish: .stop)
  }

  @Test(
    "The last block of Python is the program",
    arguments: [
      ("so\n```python\nprint(1)\n```\ndone", "print(1)\n"),
      ("```python\nx = 1\n```\nno:\n```py\nx = 2\n```\n", "x = 2\n"),
      ("```python\nx = 1\n```\nwhich prints\n```\n1\n```", "x = 1\n"),
      ("```\nx = 3\n```", "x = 3\n"), ("``` Python\n  x = 4\n\n```", "  x = 4\n\n"),
      ("x = 5", nil), ("```python\nx = 6", nil), ("```python\n\n```", nil), ("", nil),
    ] as [(String, String?)])
  func blocks(response: String, code: String?) {
    #expect(codeBlock(in: response) == code)
  }

  @Test(
    "Tests that cannot be read are an error of the data",
    arguments: [
      ("", "JSON"), ("[]", "object"), ("{}", "lists"),
      (#"{"inputs": [], "outputs": []}"#, "0 inputs"),
      (#"{"inputs": ["1"], "outputs": []}"#, "1 inputs and 0"),
      (#"{"inputs": [1], "outputs": ["1"]}"#, "texts"),
      (#"{"inputs": ["x"], "outputs": [1], "fn_name": "f"}"#, "arguments"),
      (#"{"inputs": [[1]], "outputs": [1], "fn_name": 3}"#, "fn_name"),
      (#"["assert f(1) == 2"]"#, "object"),
    ])
  func unusable(truth: String, words: String) throws {
    let complaint = try #require(try CodeVerifier(CodeSettings()).complaint(about: truth))
    #expect(complaint.contains(words), "\(complaint)")
  }

  @Test(
    "Programs are graded by what they print and return",
    .enabled("no sandbox can be made here") { await hasSandbox() })
  func graded() async throws {
    let sums = #"{"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}"#
    let calls = #"{"inputs": [[[1, 2]], [[]]], "outputs": [[3], [0]], "fn_name": "total"}"#
    let lines = #"{"inputs": ["[5]\n", "[1, 1]"], "outputs": ["5", "2"], "fn_name": "total"}"#
    let good = "```python\nprint(sum(map(int, input().split())))\n```"
    let total = "```python\nclass Solution:\n  def total(self, x: List[int]): return sum(x)\n```"
    var settings = CodeSettings()
    settings.seconds = 2
    let verifier = try CodeVerifier(settings)
    var found: [Verdict] = []
    for (text, truth) in [
      (good, sums), ("```python\nprint(3)\n```", sums), (total, calls), (total, lines),
      ("```python\nwhile True: pass\n```", sums), ("```python\n1/0\n```", calls), ("none", sums),
    ] { found.append(try await verifier.verify(completion(text, truth))) }
    #expect(
      found.map(\.status) == [.correct, .wrong, .correct, .correct, .wrong, .wrong, .noAnswer])
    #expect(found[1].reason.contains("test 2"))
    #expect(found[4].reason.contains("out of time"))
    #expect(found[5].reason.contains("ZeroDivisionError"))
  }
}
