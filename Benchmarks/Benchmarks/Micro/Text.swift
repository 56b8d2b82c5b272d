// Text in and out: encoding and decoding by a byte-pair tokenizer, and grading answers.

import Benchmark
import Foundation
import Tokenizers
import Verifiers

/// The root of the main package.
private let root = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A tokenizer of the tests, trained on a small text; "each" is a byte.
func text() {
  let file = root.appending(path: "Tests/Goldens/tokenizers-trained-file.json")
  guard let tokenizer = try? Tokenizer(contentsOf: file) else {
    fatalError("\(file.path) is no tokenizer")
  }
  let lines = (0..<2000).map {
    "Let x\($0) be the number of apples; then 3 * x\($0) + \($0 % 97) = \(7 * $0), so naïvely…\n"
  }
  let text = lines.joined()
  benchmark("tokenizer: encoding, a byte", count: text.utf8.count) {
    blackHole(tokenizer.encode(text))
  }
  let tokens = tokenizer.encode(text)
  benchmark("tokenizer: decoding, a byte", count: text.utf8.count) {
    blackHole(tokenizer.decode(tokens))
  }
}

/// Responses of about 3 KB with a boxed answer; "each" is a response.
func grading() {
  let steps = String(repeating: "We add 12 and 30, which makes 42, and go on. ", count: 64)
  let responses = (0..<256).map { steps + "The answer is \\boxed{\\frac{\($0)}{4}}." }
  let verifier = NumericVerifier(extraction: .auto)
  benchmark("verifier: numbers, a response", count: responses.count) {
    for response in responses {
      blackHole(try? verifier.verify(response: response, finish: .stop, truth: "10.5"))
    }
  }
}
