// Programs as answers: finding them, reading their tests, and running them where a sandbox can be made.

import Records
import TestSupport
import Testing
import Verifiers

/// Whether generated code can be run here at all.
@Sendable func hasSandbox() async -> Bool {
  guard let verifier = try? CodeVerifier(CodeSettings()) else { return false }
  return (try? await verifier.check()) != nil
}

/// A response to a problem with these tests.
func completion(_ text: String, _ truth: String) -> Completion {
  let prompt = Prompt(id: "p", place: 0, source: "code", text: "?", tokens: [1], truth: truth)
  return Completion(
    prompt: prompt, sample: 0, tokens: [2], logProbs: [0], text: text, finish: .stop)
}

@Suite struct CodeVerifierTests {
  @Test(
    "The last block of Python is the program",
    arguments: [
      ("so\n```python\nprint(1)\n```\ndone", "print(1)\n"),
      ("```python\nx = 1\n```\nno:\n```py\nx = 2\n```\n", "x = 2\n"),
      ("```python\nx = 1\n```\nwhich prints\n```\n1\n```", "x = 1\n"),
      ("```\nx = 3\n```", "x = 3\n"), ("``` Python\n  x = 4\n\n```", "x = 4\n\n"),
      ("x = 5", nil), ("```python\nx = 6", "x = 6\n"), ("```python\n\n```", nil), ("", nil),
    ] as [(String, String?)])
  func blocks(response: String, code: String?) {
    #expect(codeBlock(in: response) == code)
  }

  @Test(
    "The work to find a program grows with the response's length alone",
    arguments: [
      "```python\n\"\"\"\n", "```\n", "~~~py\n'''\n```\n", "<think>```\n", "`", " ", "\"\"\"", "\\",
      "x ```python\n", "\r\n",
    ])
  func hostile(part: String) {
    let response = String(repeating: part, count: 400_000 / part.utf8.count)
    let time = processorTime {
      for text in [response, "```python\n" + response] {
        _ = codeBlock(in: text)
        _ = codeBlock(in: text, unfenced: true)
      }
    }
    #expect(time < .seconds(5))
  }

  @Test(
    "Tests that cannot be read are an error of the data",
    arguments: [
      ("", "JSON"), ("[]", "object"), ("{}", "lists"),
      (#"{"inputs": [], "outputs": []}"#, "0 inputs"),
      (#"{"inputs": ["1"], "outputs": []}"#, "1 inputs and 0"),
      (#"{"inputs": [true], "outputs": ["1"]}"#, "texts"),
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

  @Test(
    "What the settings allow is said with the key",
    arguments: [
      ("output", "0 is not from 1 to 1024 MiB"), ("output", "1025 is not from 1 to 1024 MiB"),
    ])
  func refused(key: String, reason: String) throws {
    var settings = CodeSettings()
    settings.output = try #require(Int(reason.prefix { $0.isNumber }))
    let error = #expect(throws: VerifierError.self) { try CodeVerifier(settings) }
    let words = try #require(error.map { "\($0)" })
    #expect(words.contains("reward.code.\(key)") && words.contains(reason), "\(words)")
  }

  @Test("An expected output beyond the limit is an error of the data, where its test is run")
  func longOutput() throws {
    let long = String(repeating: "x", count: 3 << 20)
    let tests = #"{"inputs": ["", ""], "outputs": ["1", "\#(long)"]}"#
    let calls = #"{"inputs": [[], []], "outputs": ["1", "\#(long)"], "fn_name": "f"}"#
    var settings = CodeSettings()
    settings.output = 2
    for truth in [tests, calls] {
      let complaint = try #require(try CodeVerifier(settings).complaint(about: truth))
      #expect(complaint.contains("test 2") && complaint.contains("reward.code.output"))
    }
    settings.tests = 1
    for truth in [tests, calls] {
      #expect(try CodeVerifier(settings).complaint(about: truth) == nil)
    }
  }

  @Test(
    "Inputs and outputs of megabytes are graded like small ones",
    .enabled("no sandbox can be made here") { await hasSandbox() })
  func large() async throws {
    let count = 200_000
    let numbers = (0..<count).map { ($0 * 7919) % 1_000_003 }
    let lines = numbers.map(String.init).joined(separator: "\n")
    let list = "[" + numbers.map(String.init).joined(separator: ", ") + "]"
    let sum = numbers.reduce(0, +)
    let ones = "[1" + String(repeating: ",1", count: 1_100_000) + "]"
    let read = "import sys\na = list(map(int, sys.stdin.read().split()))\n"
    let escaped = lines.replacing("\n", with: "\\n")
    let cases: [(String, String, Verdict.Status)] = [
      (read + "print(sum(a))", #"{"inputs": ["\#(escaped)"], "outputs": ["\#(sum)"]}"#, .correct),
      (
        read + "print(*a, sep='\\n')", #"{"inputs": ["\#(escaped)"], "outputs": ["\#(escaped)"]}"#,
        .correct
      ),
      (
        read + "a[-1] += 1\nprint(*a, sep='\\n')",
        #"{"inputs": ["\#(escaped)"], "outputs": ["\#(escaped)"]}"#, .wrong
      ),
      (
        read + "print(*[x + 1e-9 for x in a], sep='\\n')",
        #"{"inputs": ["\#(escaped)"], "outputs": ["\#(escaped)"]}"#, .correct
      ),
      (
        "def f(a): return sum(a)",
        #"{"inputs": [[\#(list)]], "outputs": [\#(sum)], "fn_name": "f"}"#,
        .correct
      ),
      (
        "def f(a): return a", #"{"inputs": ["\#(list)"], "outputs": ["\#(list)"], "fn_name": "f"}"#,
        .correct
      ),
      (
        "def f(a): return a[:-1] + [0.5]",
        #"{"inputs": ["\#(list)"], "outputs": ["\#(list)"], "fn_name": "f"}"#, .wrong
      ),
      (
        "def f(a): return a",
        #"{"inputs": [[\#(ones)]], "outputs": [\#(ones)], "fn_name": "f"}"#, .correct
      ),
    ]
    let verifier = try CodeVerifier(CodeSettings())
    for (place, (program, truth, status)) in cases.enumerated() {
      let verdict = try await verifier.verify(completion("```python\n\(program)\n```", truth))
      #expect(verdict.status == status, "\(place): \(verdict.reason)")
    }
  }

  @Test(
    "A program says no more than the setting allows",
    .enabled("no sandbox can be made here") { await hasSandbox() })
  func cap() async throws {
    let truth = #"{"inputs": [""], "outputs": ["1"]}"#
    let calls = #"{"inputs": [[]], "outputs": [1], "fn_name": "f"}"#
    var settings = CodeSettings()
    for (limit, reason) in [(1, "too much output"), (4, "line 1")] {
      settings.output = limit
      let verifier = try CodeVerifier(settings)
      let printed = try await verifier.verify(
        completion("```python\nprint('x' * 2_000_000)\n```", truth))
      #expect(printed.status == .wrong && printed.reason.contains(reason), "\(printed.reason)")
      let returned = try await verifier.verify(
        completion("```python\ndef f(): return 'x' * 2_000_000\n```", calls))
      #expect(returned.status == .wrong)
      #expect(returned.reason.contains("too much output") == (limit == 1), "\(returned.reason)")
    }
  }
}
