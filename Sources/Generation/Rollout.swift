// A rollout: the responses in the making, the cache they share, and who comes and goes when.

import Records
import Torch
import Transformers

/// One response in the making.
struct Response {
  /// The index of its prompt.
  let prompt: Int
  /// Which of the prompt's samples it is.
  let sample: Int
  /// What its tokens are drawn with, by position.
  let random: RandomSource
  /// The most tokens it may have.
  var limit: Int
  var tokens: [Int] = []
  var logProbs: [Float] = []
  /// What its tokens were drawn from; nil where nothing was left out, or nobody asks.
  var mask: SamplingMask?
  /// Why it ended; nil while it grows.
  var finish: FinishReason?

  /// The number that draws its next token.
  var uniform: Double { random.uniform(at: tokens.count) }

  mutating func append(_ drawn: Draws, _ place: Int, stopping: Set<Int>) {
    let token = drawn.tokens[place]
    tokens.append(token)
    logProbs.append(drawn.logProbs[place])
    if let masks = drawn.masks { mask?.append(masks[place]) }
    if stopping.contains(token) {
      finish = .stop
    } else if tokens.count >= limit {
      finish = .length
    }
  }
}

/// What has been drawn from some rows, one a place.
struct Draws {
  var tokens: [Int] = []
  var logProbs: [Float] = []
  var masks: [ArraySlice<UInt32>]?
}

/// A batch that decodes until every response is done.
///
/// The running responses are the rows of the cache, in its order. No row that has finished is ever
/// decoded: it leaves at once, and the last row takes its place.
final class Rollout {
  private let model: LanguageModel
  private let prompts: [[Int]]
  private let samples: Int
  /// How many tokens all prompts begin with, which are read once each time that prompts are.
  private let opening: Int
  private let sampling: SamplingSettings
  private let stopTokens: Set<Int>
  private let limits: GenerationLimits
  /// The most rows decoded together: what the limits say, or what their memory is enough for.
  private var mostRows: Int
  /// Whether responses keep what their tokens were drawn from.
  private let keepsMasks: Bool
  /// Whether a response goes on after a token.
  private let goesOn: ((DrawnToken) -> Bool)?

  /// All responses, prompt by prompt; those before `entered` have been let in.
  private var waiting: [Response]
  private var entered = 0
  private var running: [Response] = []
  /// The last token of every running response.
  private var last: [Int] = []
  private var done: [Response?]
  /// Those that have ended since somebody asked, by their places in `done`.
  private var ended: [Int] = []
  private let cache: KeyValueCache
  /// The most tokens that any row may come to have.
  private var furthest = 0
  private(set) var progress: GenerationProgress

  /// How many tokens of prompts are read at once, at least one prompt.
  private static let prefillTokens = 8192
  /// How many times as many they may be with what they begin with, which each of their caches holds.
  private static let mostHeld = 2

  /// - Parameters:
  ///   - model: what decodes.
  ///   - prompts: token ids.
  ///   - waiting: `samples` responses to every prompt, in order.
  ///   - samples: responses a prompt.
  ///   - opening: how many tokens all prompts begin with, fewer than any of them has.
  ///   - sampling: how tokens are drawn.
  ///   - stopTokens: what ends a response.
  ///   - limits: the most rows decoded together, and how the cache grows.
  ///   - keepsMasks: whether responses keep what their tokens were drawn from, where that is not the
  ///     whole vocabulary.
  ///   - goesOn: hears of every token, and says whether its response goes on.
  init(
    model: LanguageModel, prompts: [[Int]], waiting: [Response], samples: Int,
    opening: Int, sampling: SamplingSettings, stopTokens: Set<Int>, limits: GenerationLimits,
    keepsMasks: Bool = false, goesOn: ((DrawnToken) -> Bool)? = nil
  ) {
    precondition(limits.maximumRows > 0, "a batch of no rows")
    self.model = model
    self.prompts = prompts
    self.samples = samples
    // Where libtorch's operators attend, every text is padded to the longest, and an opening is one.
    let heads = HeadShape(
      queries: model.configuration.headCount, groups: model.configuration.keyValueHeadCount,
      size: model.configuration.headSize)
    let sharesRows = heads.attendsInside(model.decoder.computeType, on: model.decoder.device)
    self.opening = sharesRows ? opening : 0
    self.sampling = sampling
    self.stopTokens = stopTokens
    self.limits = limits
    mostRows = limits.maximumRows
    self.keepsMasks = keepsMasks && sampling.isFiltered && !sampling.isGreedy
    self.goesOn = goesOn
    self.waiting = waiting
    if self.keepsMasks {
      for index in waiting.indices { self.waiting[index].mask = SamplingMask() }
    }
    let positions = model.configuration.readablePositions
    for index in waiting.indices {
      let length = prompts[waiting[index].prompt].count
      precondition(length > 0, "an empty prompt cannot be answered")
      precondition(
        length < positions, "a prompt of \(length) tokens, of a model with \(positions) positions")
      self.waiting[index].limit = min(waiting[index].limit, positions - length)
    }
    done = Array(repeating: nil, count: waiting.count)
    progress = GenerationProgress(
      total: waiting.count, mostTokens: self.waiting.reduce(0) { $0 + $1.limit })
    cache = KeyValueCache(
      model.configuration, rows: 0, capacity: 0, type: model.decoder.computeType,
      device: model.decoder.device)
    furthest = self.waiting.reduce(0) { max($0, reach($1)) }
    // While a cache grows, the old one is there too.
    let row =
      2 * max(1, furthest)
      * KeyValueCache.bytesPerPosition(model.configuration, type: model.decoder.computeType)
    mostRows = min(mostRows, max(1, limits.mostCacheBytes / row))
  }

  /// Whether every response has ended.
  var isDone: Bool { progress.finished == progress.total }

  /// The responses that have ended, prompt by prompt, sample by sample.
  var finished: [Response] { done.compactMap(\.self) }

  /// The responses that have ended since the last call, in the order of ending.
  func takeEnded() -> [Response] {
    defer { ended = [] }
    return ended.compactMap { done[$0] }
  }

  /// Lets waiting responses in if there is room, or else gives every running one a token.
  func advance() {
    let count = entering
    if count > 0 { admit(count) } else { step() }
  }

  /// How many of those that wait are to enter now.
  ///
  /// Groups enter whole, so that a prompt is read once, unless one alone is more than all rows. As
  /// reading a few prompts costs about what a step of decoding does, free rows wait for each other
  /// until they are an eighth of the batch or take all that is left.
  private var entering: Int {
    let left = waiting.count - entered
    var room = min(left, mostRows - running.count)
    if samples <= mostRows { room -= room % samples }
    return running.isEmpty || room >= min(left, max(1, mostRows / 8)) ? room : 0
  }

  /// Reads prompts and draws the first token of each of their responses.
  private func admit(_ most: Int) {
    var read: [[Int]] = []
    var owners: [Int] = []
    var tokens = 0
    let first = entered
    while entered < first + most {
      let prompt = waiting[entered].prompt
      if entered == first || prompt != waiting[entered - 1].prompt {
        let own = prompts[prompt].count - opening
        let held = (read.count + 1) * (opening + own)
        if !read.isEmpty
          && (tokens + own > Self.prefillTokens || held > Self.mostHeld * Self.prefillTokens)
        {
          break
        }
        read.append(prompts[prompt])
        tokens += own
      }
      owners.append(read.count - 1)
      entered += 1
    }
    var fresh = Array(waiting[first..<entered])
    let group = KeyValueCache(
      model.configuration, rows: read.count, capacity: read.reduce(0) { max($0, $1.count) },
      type: model.decoder.computeType, device: model.decoder.device)
    let hidden = model.decoder.prefill(read, opening: opening, cache: group)  // [prompts, D]
    let drawn = draw(after: hidden, owners: owners, uniforms: fresh.map(\.uniform))
    take(drawn, &fresh)
    let lasting = fresh.indices.filter { fresh[$0].finish == nil }
    makeRoom(for: lasting.map { fresh[$0] })
    cache.append(lasting.map { owners[$0] }, of: group)
    running += lasting.map { fresh[$0] }
    last += lasting.map { drawn.tokens[$0] }
  }

  /// Gives every running response a token.
  private func step() {
    if cache.isFull { makeRoom(for: []) }
    let hidden = model.decoder.decode(Tensor(last, device: model.decoder.device), cache: cache)
    let drawn = draw(after: hidden, owners: nil, uniforms: running.map(\.uniform))
    let before = progress.finished
    take(drawn, &running)
    last = drawn.tokens
    guard progress.finished > before else { return }
    let order = cache.remove { running[$0].finish != nil }
    running = order.map { running[$0] }
    last = order.map { last[$0] }
  }

  /// Appends one token to each response, and files those that end with it.
  private func take(_ drawn: Draws, _ responses: inout [Response]) {
    for place in responses.indices {
      responses[place].append(drawn, place, stopping: stopTokens)
      let response = responses[place]
      if let goesOn,
        !goesOn(
          DrawnToken(
            question: response.prompt, sample: response.sample, token: drawn.tokens[place],
            finish: response.finish))
      {
        responses[place].finish = response.finish ?? .length
      }
      guard responses[place].finish != nil else { continue }
      let index = responses[place].prompt * samples + responses[place].sample
      done[index] = responses[place]
      ended.append(index)
      progress.finished += 1
    }
    progress.tokens += responses.count
  }

  /// Draws tokens from what follows hidden states.
  ///
  /// - Parameters:
  ///   - hidden: `[R, D]`.
  ///   - owners: the row each draw is from, ascending; nil draws once from every row.
  ///   - uniforms: one number a draw.
  /// - Returns: a token a draw, its log-probability, and what it could have been.
  private func draw(after hidden: Tensor, owners: [Int]?, uniforms: [Double]) -> Draws {
    let rows = hidden.size(0)
    let most = max(1, limits.logitBytes / (4 * model.configuration.vocabularySize))
    var all = Draws(masks: keepsMasks ? [] : nil)
    func draw(_ hidden: Tensor, _ owners: [Int]?, _ uniforms: [Double]) {
      let drawn = sample(
        logits: model.logits(hidden), rows: owners, settings: sampling, uniforms: uniforms,
        masks: keepsMasks)
      all.tokens += drawn.tokens
      all.logProbs += drawn.logProbs
      if let masks = drawn.masks { all.masks? += (0..<masks.count).map { masks[$0] } }
    }
    guard rows > most else {
      draw(hidden, owners, uniforms)
      return all
    }
    let owners = owners ?? Array(0..<rows)
    for start in stride(from: 0, to: rows, by: most) {
      let part = start..<min(start + most, rows)
      let draws = owners.indices.filter { part.contains(owners[$0]) }
      draw(
        hidden.narrowed(0, part), draws.map { owners[$0] - start }, draws.map { uniforms[$0] })
    }
    return all
  }

  /// Gives the cache memory for all running responses, for some that join them, and for one token
  /// more of each.
  ///
  /// A cache of moderate size is made as long as any row may become. A larger one doubles when a
  /// row is full, by when the shorter responses have left.
  private func makeRoom(for joining: [Response]) {
    let responses = running + joining
    let needed = responses.reduce(0) { max($0, prompts[$1.prompt].count + $1.tokens.count) }
    if needed <= cache.capacity && responses.count <= cache.rowCapacity { return }
    let rows = min(mostRows, responses.count + waiting.count - entered)
    let position = KeyValueCache.bytesPerPosition(
      model.configuration, type: model.decoder.computeType)
    var capacity = cache.capacity
    if rows * furthest * position <= limits.cacheBytes {
      capacity = furthest
    } else if needed > capacity {
      let most = responses.reduce(0) { max($0, reach($1)) }
      capacity = min(most, max(needed + 64, 2 * capacity))
    }
    cache.reserve(rows: rows, capacity: capacity)
  }

  /// The most tokens of a response's row; its last token is never read.
  private func reach(_ response: Response) -> Int {
    prompts[response.prompt].count + response.limit - 1
  }
}
