// EpisodeExchange: the graded responses of every process, brought together. From here on every process
// has the same list and runs the same code on it.

import Foundation
import Ranks
import Records

/// A process's graded responses, as bytes and back: a line of JSON, then tokens, log-probabilities and
/// masks.
struct EpisodeExchange {
  /// What all processes work on.
  private let prompts: [Prompt]
  private let ranks: Ranks
  /// Where among them the prompt of a place in the data is.
  private let places: [Int: Int]

  /// - Parameters:
  ///   - prompts: of the whole rollout.
  ///   - ranks: the processes.
  init(_ prompts: [Prompt], _ ranks: Ranks) {
    (self.prompts, self.ranks) = (prompts, ranks)
    places = Dictionary(
      prompts.enumerated().map { ($1.place, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The prompts that this process answers, in turns: long ones are spread as chance has them.
  var own: [Prompt] {
    prompts.enumerated().filter { $0.offset % ranks.count == ranks.rank }.map(\.element)
  }

  /// Brings the episodes of all processes together.
  ///
  /// - Parameter mine: those of this process; nil where it was asked to stop before they were there.
  /// - Returns: all, prompt by prompt and sample by sample.
  /// - Throws: ``StopRequested`` in every process when one was asked to stop.
  func gathered(_ mine: [GradedEpisode]?) throws -> [GradedEpisode] {
    guard ranks.count > 1 else {
      guard let mine else { throw StopRequested() }
      return mine
    }
    let parts = ranks.gather(mine.map(encode) ?? [], "the responses")
    guard !parts.contains(where: \.isEmpty) else { throw StopRequested() }
    var all: [(place: Int, episode: GradedEpisode)] = []
    for (rank, part) in parts.enumerated() {
      if rank == ranks.rank, let mine {
        all += mine.map { (places[$0.completion.prompt.place] ?? 0, $0) }
      } else {
        all += decode(part)
      }
    }
    return all.sorted { left, right in
      (left.place, left.episode.completion.sample) < (right.place, right.episode.completion.sample)
    }.map(\.episode)
  }

  /// An episode without what every process knows or what numbers carry better.
  private struct Line: Codable {
    var place: Int
    var sample: Int
    var length: Int
    /// The words of the response's mask; nil where it has none.
    var maskWords: Int?
    var text: String
    var finish: FinishReason
    var verdict: Verdict
    var score: Float
    var reward: Float
    var penalty: Float

    /// How many bytes of numbers follow for it.
    var bytes: Int { 8 * length + (maskWords.map { 4 * (length + $0) } ?? 0) }
  }

  private func encode(_ episodes: [GradedEpisode]) -> [UInt8] {
    let lines = episodes.map { episode in
      let completion = episode.completion
      return Line(
        place: places[completion.prompt.place] ?? 0, sample: completion.sample,
        length: completion.tokens.count, maskWords: completion.mask?.words.count,
        text: completion.text, finish: completion.finish,
        verdict: episode.verdict, score: episode.score, reward: episode.reward,
        penalty: episode.penalty)
    }
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = Self.odd
    // Nothing of it can fail to be encoded: numbers beyond JSON's have names.
    let text = (try? encoder.encode(lines)) ?? Data()
    var bytes = withUnsafeBytes(of: Int64(text.count).littleEndian) { Array($0) } + text
    for episode in episodes {
      bytes += episode.completion.tokens.map { Int32($0) }.withUnsafeBytes { Array<UInt8>($0) }
      bytes += episode.completion.logProbs.bytes
      if let mask = episode.completion.mask {
        bytes += mask.lengths.map { Int32($0) }.withUnsafeBytes { Array<UInt8>($0) }
        bytes += mask.words.withUnsafeBytes { Array<UInt8>($0) }
      }
    }
    return bytes
  }

  private func decode(_ bytes: [UInt8]) -> [(place: Int, episode: GradedEpisode)] {
    let size =
      bytes.count < 8
      ? -1 : bytes.withUnsafeBytes { Int(Int64(littleEndian: $0.loadUnaligned(as: Int64.self))) }
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard (0...max(0, bytes.count - 8)).contains(size),
      let lines = try? decoder.decode([Line].self, from: Data(bytes[8..<8 + size])),
      lines.allSatisfy({
        prompts.indices.contains($0.place) && (0...bytes.count / 8).contains($0.length)
          && (0...bytes.count / 4).contains($0.maskWords ?? 0)
      }),
      bytes.count == lines.reduce(8 + size, { $0 + $1.bytes })
    else { ranks.leave(because: "another process sent responses that cannot be read") }
    var start = 8 + size
    func next<Number: BitwiseCopyable>(_ count: Int, as type: Number.Type) -> [Number] {
      defer { start += 4 * count }
      return bytes.withUnsafeBytes { bytes in
        (0..<count).map { bytes.loadUnaligned(fromByteOffset: start + 4 * $0, as: type) }
      }
    }
    return lines.map { line in
      let tokens = next(line.length, as: Int32.self).map { Int($0) }
      let logProbs = next(line.length, as: Float.self)
      let mask = line.maskWords.map { words in
        let lengths = next(line.length, as: Int32.self).map { Int($0) }
        guard let mask = SamplingMask(lengths: lengths, words: next(words, as: UInt32.self)) else {
          ranks.leave(because: "another process sent a response with the mask of another one")
        }
        return mask
      }
      let completion = Completion(
        prompt: prompts[line.place], sample: line.sample, tokens: tokens, logProbs: logProbs,
        text: line.text, finish: line.finish, mask: mask)
      return (
        line.place,
        GradedEpisode(
          completion: completion, verdict: line.verdict, score: line.score, reward: line.reward,
          penalty: line.penalty)
      )
    }
  }

  private static let odd = JSONEncoder.NonConformingFloatEncodingStrategy.convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
}
