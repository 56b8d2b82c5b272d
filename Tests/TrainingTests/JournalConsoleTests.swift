// What a person sees, letter by letter.

import Foundation
import Generation
import Records
import Testing
import Training

@Suite("The console")
struct JournalConsoleTests {
  /// A console that writes into a list, on a clock that is set by hand.
  final class Screen {
    var text: [String] = []
    var time = 0.0
    var width = 100

    func console(isTerminal: Bool, hasColor: Bool = true) -> Console {
      Console(
        isTerminal: isTerminal, hasColor: hasColor, write: { self.text.append($0) },
        width: { self.width },
        now: { self.time })
    }
  }

  static var full: StepLine {
    var line = StepLine(step: 12, stage: "RL", done: 7, of: 40)
    line.reward = 0.4124
    line.accuracy = 0.6309
    line.length = 18.34
    line.clipLow = 0.0012
    line.clipHigh = 0.008
    line.entropy = 0.4119
    line.explainedVariance = 0.714
    line.speed = 12345
    line.secondsLeft = 760
    return line
  }

  static var sparse: StepLine {
    var line = StepLine(step: 100_000, stage: "value pretraining", done: 3, of: 8)
    line.reward = -1
    line.explainedVariance = .nan
    line.speed = 4.25
    line.secondsLeft = 100_000
    return line
  }

  static let heading =
    "  step    done  reward    acc    len  clip-  clip+ entropy    ev  tok/s    left"

  private func bold(_ text: String) -> String { "\u{1B}[1m\(text)\u{1B}[0m\n" }

  @Test("steps stand in columns under their stage on a terminal of 80 columns")
  func table() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    console.step(Self.sparse)
    console.step(Self.full)
    #expect(
      screen.text == [
        bold("value pretraining, 8 steps"), bold(Self.heading),
        "100000     3/8  -1.000      -      -      -      -       -   nan    4.2  1d 03h\n",
        bold("RL, 40 steps"), bold(Self.heading),
        "    12    7/40   0.412  63.1%   18.3  0.12%  0.80%   0.412  0.71  12.3k 12m 40s\n",
      ])
    #expect(screen.text.allSatisfy { $0.filter { !$0.isNewline }.count <= 80 + 8 })
  }

  @Test("nothing is bold where NO_COLOR is set")
  func noColor() {
    let screen = Screen()
    let console = screen.console(isTerminal: true, hasColor: false)
    console.step(Self.full)
    #expect(screen.text.first == "RL, 40 steps\n")
    #expect(!screen.text.joined().contains("\u{1B}"))
  }

  @Test("the heading comes again every twenty-five steps, and where a stage begins")
  func headings() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    for step in 1...60 {
      console.step(StepLine(step: step, stage: step <= 5 ? "a" : "b", done: step, of: 60))
    }
    let places = screen.text.indices.filter { screen.text[$0] == bold(Self.heading) }
    #expect(places == [1, 8, 34, 60])
  }

  @Test("away from a terminal every number has its name, and nothing controls anything")
  func plain() {
    let screen = Screen()
    let console = screen.console(isTerminal: false)
    console.step(Self.full)
    console.step(Self.sparse)
    console.progress("rollout", done: 1, of: 512, unit: "samples")
    screen.time = 40
    console.progress("rollout", done: 128, of: 512, unit: "samples", detail: "seven alive")
    screen.time = 50
    console.progress("rollout", done: 200, of: 512, unit: "samples")
    console.endProgress()
    console.say("done")
    #expect(
      screen.text == [
        "step 12  RL 7/40  reward 0.412  acc 63.1%  len 18.3  clip- 0.12%  clip+ 0.80%  entropy 0.412  ev 0.71  tok/s 12.3k  left 12m 40s\n",
        "step 100000  value pretraining 3/8  reward -1.000  ev nan  tok/s 4.2  left 1d 03h\n",
        "rollout  128/512 samples  3.2 samples/s  2m 01s left  seven alive\n",
        "done\n",
      ])
    #expect(!screen.text.joined().unicodeScalars.contains { $0.value < 32 && $0 != "\n" })
  }

  @Test("a bar rewrites its line, gives way to other lines and goes when the phase ends")
  func bar() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    console.progress("rollout", done: 0, of: 8, unit: "samples")
    screen.time = 0.05
    console.progress("rollout", done: 1, of: 8, unit: "samples")
    screen.time = 2
    console.progress("rollout", done: 4, of: 8, unit: "samples", detail: "4 alive")
    console.say("a word")
    console.progress("rollout", done: 8, of: 8, unit: "samples")
    console.progress("update", done: 0, of: 2, unit: "batches")
    console.endProgress()
    console.endProgress()
    #expect(
      screen.text == [
        "\rrollout  [....................]  0/8 samples\u{1B}[K",
        "\rrollout  [##########..........]  4/8 samples  2.0 samples/s  2s left  4 alive\u{1B}[K",
        "\r\u{1B}[K", "a word\n",
        "\rrollout  [####################]  8/8 samples  4.0 samples/s  0s left\u{1B}[K",
        "\r\u{1B}[K", "\rupdate  [....................]  0/2 batches\u{1B}[K", "\r\u{1B}[K",
      ])
  }

  @Test("a rollout's time left is its tokens', and its rate too")
  func rollout() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    var progress = GenerationProgress(total: 4, mostTokens: 400)
    console.progress("rollout", progress)
    (screen.time, progress.tokens) = (1, 100)
    console.progress("rollout", progress)
    // Three of four tokens' worth are done: a mean of 50 for each response is expected.
    (screen.time, progress.tokens, progress.finished) = (3, 150, 3)
    console.progress("rollout", progress, detail: "2 of 3 right")
    #expect(
      screen.text.dropFirst() == [
        "\rrollout  [....................]  0/4 responses  100 tokens/s  3s left\u{1B}[K",
        "\rrollout  [###############.....]  3/4 responses  50 tokens/s  1s left  2 of 3 right\u{1B}[K",
      ])
  }

  @Test("a response is shown without what could move the cursor")
  func example() {
    let prompt = Prompt(
      id: "p:1", place: 0, source: "p", text: "Why?", tokens: [1], truth: "4")
    let completion = Completion(
      prompt: prompt, sample: 0, tokens: [1, 2], logProbs: [0, 0],
      text: "a\u{1B}[2J\r\nb" + String(repeating: "c", count: 2000), finish: .length)
    let verdict = Verdict(.wrong, extracted: "\u{7}5", reason: "5 is not 4")
    let text = Example(
      GradedEpisode(completion: completion, verdict: verdict, score: -1, reward: -1.25)
    ).text
    #expect(
      text == """
        --- prompt p:1
        Why?
        --- response, 2 tokens, cut off
        a\\u{1b}[2J\\u{d}
        b\(String(repeating: "c", count: 1193)) […]
        --- reward -1.25: wrong, found '\\u{7}5', 5 is not 4
        """)
  }

  @Test("a bar is cut to the width of the terminal")
  func narrow() {
    let screen = Screen()
    screen.width = 24
    let console = screen.console(isTerminal: true)
    console.progress("rollout", done: 0, of: 8, unit: "samples")
    #expect(screen.text == ["\rrollout  [.............\u{1B}[K"])
  }

  @Test("odd totals do no harm")
  func oddTotals() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    console.progress("a", done: 0, of: 0, unit: "x")
    console.progress("b", done: 9, of: 3, unit: "x")
    #expect(screen.text.count == 3)
    #expect(screen.text[2] == "\rb  [####################]  9/3 x\u{1B}[K")
  }
}
