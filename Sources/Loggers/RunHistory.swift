// The steps of a run from its folder, for loggers that come later.

import Checkpoints
public import Foundation
import JSON

/// What metrics.jsonl and the dumps of rollouts say of a run's steps.
public struct RunHistory {
  private let folder: URL
  private let lines: [(step: Int, numbers: [LoggedStep.Number])]
  private let times: [Double]

  /// The most bytes of a dump that are read for its distributions.
  private static let mostDumpBytes = 1 << 30
  /// The characters of a sample that are kept of prompt and response, each.
  public static let sampleLength = 4000

  /// Reads a run's metrics.
  ///
  /// - Parameter folder: the run's.
  /// - Throws: ``LoggerError`` where there is no run, or a line of it is not one.
  public init(_ folder: URL) throws {
    self.folder = folder
    let file = folder.appending(path: "metrics.jsonl")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw LoggerError("\(folder.path) is no run: it has no metrics.jsonl")
    }
    var lines: [(step: Int, numbers: [LoggedStep.Number])] = []
    // A run that is under way may be in the middle of a line.
    let whole =
      text.hasSuffix("\n") ? text[...] : text[..<(text.lastIndex(of: "\n") ?? text.startIndex)]
    for (place, line) in whole.split(separator: "\n").enumerated() {
      guard case .object(let object)? = try? JSONValue(parsing: Array(line.utf8)),
        case .integer(let step)? = object["step"], case .object(let data)? = object["data"]
      else {
        throw LoggerError("\(file.path), line \(place + 1): no step's numbers")
      }
      lines.append((step, data.compactMap { name, value in value.double.map { .init(name, $0) } }))
    }
    self.lines = lines
    // Steps have no times of their own: they end where the next begins, the last where the file does.
    let end =
      (try? file.resourceValues(forKeys: [.contentModificationDateKey]))?
      .contentModificationDate ?? Date()
    var time = end.timeIntervalSince1970
    times = lines.reversed().map { line in
      defer { time -= line.numbers.first { $0.name == "timing_s/step" }?.value ?? 0 }
      return time
    }.reversed()
  }

  /// How many steps there are.
  public var count: Int { lines.count }

  /// A step, with what its dumped rollout says where there is one.
  ///
  /// - Parameter place: from 0.
  /// - Returns: the step.
  public subscript(place: Int) -> LoggedStep {
    let (step, numbers) = lines[place]
    var (lengths, scores) = ([Double](), [Double]())
    var sample: [LoggedStep.Sample] = []
    let file = folder.appending(path: "rollouts/\(step).jsonl").path
    if let bytes = try? DurableFile.contents(of: file, atMost: Self.mostDumpBytes) {
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        guard case .object(let object)? = try? JSONValue(parsing: Array(line)) else { continue }
        if let length = object["length"]?.double { lengths.append(length) }
        if let score = object["score"]?.double { scores.append(score) }
        if sample.isEmpty, case .string(let prompt)? = object["input"],
          case .string(let response)? = object["output"]
        {
          sample = [Self.sample(prompt: prompt, response: response, score: scores.first)]
        }
      }
    }
    return LoggedStep(
      step: step, time: times[place], numbers: numbers,
      distributions: Self.distributions(lengths: lengths, scores: scores), samples: sample)
  }

  /// What each response of a rollout has.
  public static func distributions(
    lengths: [Double], scores: [Double]
  ) -> [LoggedStep.Distribution] {
    [.init("response_length", lengths), .init("critic/score", scores)]
  }

  /// A prompt, its response and its score, as a text to read.
  public static func sample(
    prompt: String, response: String, score: Double?
  ) -> LoggedStep.Sample {
    func cut(_ text: String) -> String {
      text.count > sampleLength ? "\(text.prefix(sampleLength)) […]" : text
    }
    let grade = score.map { "\n\n--- score \($0)" } ?? ""
    return .init("rollout/sample", "\(cut(prompt))\n\n--- response\n\(cut(response))\(grade)")
  }
}
