// What of a study is drawn: quantities over the tokens and over the updates of training, and families of
// quantities, such as one a tenth of the response, at one time of it.

import Statistics

/// A picture of every arm.
struct StudyPicture: Sendable {
  /// What is along it.
  enum Content: Sendable {
    /// A quantity over the course of training, a picture an axis.
    case course(String)
    /// Quantities `prefix` + a name, each at its place along the picture.
    case profile(prefix: String, places: [(name: String, x: Double)], StudyMoment)
  }

  /// The file's name, less its ending.
  var file: String
  /// Above the picture.
  var title: String
  var content: Content
  var xLabel = ""
  var yLabel: String
  /// What the y axis holds whatever the lines do.
  var range: ClosedRange<Double>?
  /// Beyond which intervals mean nothing.
  var limits: ClosedRange<Double>?

  /// All of them, in the page's order.
  static let all =
    [
      StudyPicture(
        file: "accuracy", title: "Held-out accuracy", content: .course(StudyResults.accuracy),
        yLabel: "share of right answers (avg@k)", limits: 0...1),
      StudyPicture(
        file: "accuracy-by-difficulty", title: "Held-out accuracy by difficulty, at the end",
        content: .profile(
          prefix: "vapo/held_out/difficulty_", places: difficulties, .last),
        xLabel: "difficulty of the problem (middle of its class)",
        yLabel: "share of right answers", limits: 0...1),
      StudyPicture(
        file: "length", title: "Response length", content: .course("response_length/mean"),
        yLabel: "tokens", limits: 0...Double(Int.max)),
      StudyPicture(
        file: "direct-answers", title: "Answers without working",
        content: .course("vapo/direct_answers"), yLabel: "share of responses", range: 0...0.1),
      StudyPicture(
        file: "entropy", title: "Entropy of the policy", content: .course("actor/entropy"),
        yLabel: "nats", range: 0...0.1),
    ]
    + critic(.before, file: "before", words: "before reinforcement")
    + critic(.late, file: "late", words: "in its second half")
    + [
      StudyPicture(
        file: "explained-variance", title: "What the critic explains of its targets",
        content: .course("critic/vf_explained_var"), yLabel: "explained variance", range: 0...1)
    ]

  /// What the critic knows along the response.
  private static func critic(
    _ moment: StudyMoment, file: String, words: String
  ) -> [StudyPicture] {
    [
      StudyPicture(
        file: "explained-variance-\(file)",
        title: "What the critic explains of the reward, \(words)",
        content: .profile(prefix: "vapo/explained_var/decile_", places: tenths, moment),
        xLabel: "tenth of the response", yLabel: "explained variance", range: 0...1),
      StudyPicture(
        file: "value-bias-\(file)", title: "The critic's calibration, \(words)",
        content: .profile(prefix: "vapo/value_bias/decile_", places: tenths, moment),
        xLabel: "tenth of the response", yLabel: "mean value less mean reward",
        range: -0.1...0.1),
    ]
  }

  private static let tenths = (1...10).map { (name: "\($0)", x: Double($0)) }
  private static let difficulties = (0..<20).map { power in
    let from = 1 << power
    return (name: "\(from)_\(2 * from - 1)", x: Double(3 * from - 1) / 2)
  }

  /// The axes that it is drawn over, a picture each.
  var axes: [CourseAxis] {
    switch content {
    case .course: CourseAxis.allCases
    case .profile: [.tokens]
    }
  }

  /// The name of what is drawn over the course of training, evaluations themselves aside.
  var course: String? {
    guard case .course(let name) = content, name != StudyResults.accuracy else { return nil }
    return name
  }

  /// The names of what is drawn.
  var metrics: [String] {
    switch content {
    case .course(let name): [name]
    case .profile(let prefix, let places, _): places.map { prefix + $0.name }
    }
  }
}

/// When in a run.
package enum StudyMoment: Sendable {
  /// The last reading before the first step of reinforcement.
  case before
  /// The mean of the readings of the second half of all tokens.
  case late
  /// The last reading.
  case last

  /// A curve's value.
  package func value(of curve: Curve) -> Double? {
    switch self {
    case .before: return curve.points.last { $0.step == 0 }?.value
    case .last: return curve.points.last?.value
    case .late:
      let half = (curve.points.last?.tokens ?? 0) / 2
      let late = curve.points.filter { $0.tokens >= half }.map(\.value)
      return late.isEmpty ? nil : late.reduce(0, +) / Double(late.count)
    }
  }
}

extension StudyResults {
  /// The first arm and the others; nil where nothing was read.
  func chart(of picture: StudyPicture, over axis: CourseAxis) -> Chart? {
    let lines = arms.map { line($0, picture, axis) }.filter { !$0.points.isEmpty }
    guard !lines.isEmpty else { return nil }
    return Chart(
      title: picture.title, xLabel: picture.xLabel.isEmpty ? axis.label : picture.xLabel,
      yLabel: picture.yLabel, lines: lines, yRange: picture.range, yLimits: picture.limits,
      trail: axis == .tokens ? "value pretraining" : "")
  }

  /// What the arms come to.
  var outcome: BarChart {
    BarChart(
      title: "Held-out accuracy at the end",
      label: "share of right answers, mean over the last tokens, 95% interval over seeds",
      bars: rows.compactMap { row in
        row.accuracy.map { BarChart.Bar(row.name, $0.mean, low: $0.low, high: $0.high) }
      })
  }

  private func line(_ arm: Arm, _ picture: StudyPicture, _ axis: CourseAxis) -> Chart.Line {
    switch picture.content {
    case .course(let name): return line(arm, name, over: axis)
    case .profile(_, let places, _):
      let profiles = runs(of: arm).compactMap { $0.profiles[picture.file] }
      let points = places.enumerated().compactMap { number, place -> Chart.Line.Point? in
        SeedMean(profiles.compactMap { number < $0.count ? $0[number] : nil })
          .map { Chart.Line.Point(x: place.x, $0) }
      }
      return Chart.Line(arm.name, points)
    }
  }

  /// A quantity of one arm over an axis: mean and interval over its seeds, at places that all have.
  private func line(
    _ arm: Arm, _ name: String, over axis: CourseAxis, places: Int = 40
  ) -> Chart.Line {
    let curves = runs(of: arm).map { $0.curve(name) }.filter { !$0.points.isEmpty }
    let low = curves.compactMap { $0.points.first?.place(on: axis) }.max() ?? 0
    let high = curves.compactMap { $0.points.last?.place(on: axis) }.min() ?? 0
    guard !curves.isEmpty, high > low else { return Chart.Line(arm.name, []) }
    let points = (0...places).compactMap { number -> Chart.Line.Point? in
      let place = low + (high - low) * Double(number) / Double(places)
      let values = curves.compactMap { $0.value(at: place, on: axis) }
      guard values.count == curves.count else { return nil }
      return SeedMean(values).map { Chart.Line.Point(x: place, $0) }
    }
    // Tokens that the critic alone has learned from come before the policy's first.
    return Chart.Line(arm.name, points, isTrailing: axis == .tokens)
  }
}

extension StudyPlan {
  /// The pictures: those of every study, and one a quantity that its file names.
  var pictures: [StudyPicture] {
    StudyPicture.all
      + settings.quantities.map { name in
        StudyPicture(
          file: name.replacing("/", with: "-"), title: name, content: .course(name), yLabel: name)
      }
  }
}

extension Chart.Line.Point {
  /// A mean with its interval as the band.
  init(x: Double, _ mean: SeedMean) {
    self.init(x: x, y: mean.mean, low: mean.low, high: mean.high)
  }
}
