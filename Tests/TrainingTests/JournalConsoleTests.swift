// What a person sees, letter by letter.

import Foundation
import Testing
import Training

@Suite("The console")
struct JournalConsoleTests {
  /// A console that writes into a list, on a clock that is set by hand.
  final class Screen {
    var text: [String] = []
    var time = 0.0
    var width = 100

    func console(isTerminal: Bool) -> Console {
      Console(
        isTerminal: isTerminal, write: { self.text.append($0) }, width: { self.width },
        now: { self.time })
    }
  }

  static var full: StepLine {
    var line = StepLine(step: 12, stage: "policy")
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
    var line = StepLine(step: 100_000, stage: "value-pretraining")
    line.reward = -1
    line.explainedVariance = .nan
    line.speed = 4.25
    line.secondsLeft = 100_000
    return line
  }

  static let heading =
    "\u{1B}[1m   step  stage     reward     acc      len   clip-   clip+  entropy      ev   tok/s     left\u{1B}[0m\n"

  @Test("steps stand in columns under a heading on a terminal")
  func table() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    console.step(Self.full)
    console.step(Self.sparse)
    #expect(
      screen.text == [
        Self.heading,
        "     12  policy     0.412   63.1%     18.3   0.12%   0.80%    0.412    0.71   12.3k  12m 40s\n",
        " 100000  value-pr  -1.000       -        -       -       -        -     nan     4.2   1d 03h\n",
      ])
  }

  @Test("the heading comes again every twenty-five steps")
  func headings() {
    let screen = Screen()
    let console = screen.console(isTerminal: true)
    for step in 1...60 { console.step(StepLine(step: step, stage: "policy")) }
    let places = screen.text.indices.filter { screen.text[$0] == Self.heading }
    #expect(places == [0, 26, 52])
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
        "step 12  policy  reward 0.412  acc 63.1%  len 18.3  clip- 0.12%  clip+ 0.80%  entropy 0.412  ev 0.71  tok/s 12.3k  left 12m 40s\n",
        "step 100000  value-pretraining  reward -1.000  ev nan  tok/s 4.2  left 1d 03h\n",
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
