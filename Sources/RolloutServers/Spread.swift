// How questions are spread over servers: each of a group to the same one while it has room, so that it reads
// the prompt once; what fails goes elsewhere; who fails over and over, or does not answer when asked whether
// it is alive, is left out.

import Foundation
import Generation
import Records

/// A response that has been believed.
struct BelievedAnswer: Sendable {
  var tokens: [Int]
  var logProbs: [Float]
  var finish: FinishReason
}

/// Questions on their way to servers.
struct Spread {
  private enum Event: Sendable {
    case tick
    case answer(question: Int, place: Int, Result<BelievedAnswer, ServerFault>)
    case lost(place: Int, words: String)
  }

  /// A server in the course of one rollout.
  private struct State {
    var running = 0
    /// Failures since it last answered well.
    var faults = 0
    /// Tells those who wait for the server that nothing will come.
    let isOut: Mark
  }

  private let questions: [ServerQuestion]
  private let servers: [RolloutServer]
  private let places: [Int]
  private let group: Int
  private let settings: RemoteSettings
  private let vocabulary: Int
  private let version: String

  /// How often whoever waits looks around, in seconds.
  private static let tick = 0.25
  /// The wait before a second attempt, in seconds; it doubles from one to the next.
  private static let delay = 0.5
  /// The longest of these waits.
  private static let longest = 30.0

  init(
    _ questions: [ServerQuestion], over servers: [RolloutServer], at places: [Int], group: Int,
    _ settings: RemoteSettings, vocabulary: Int, version: String
  ) {
    self.questions = questions
    self.servers = servers
    self.places = places
    self.group = max(1, group)
    self.settings = settings
    self.vocabulary = vocabulary
    self.version = version
  }

  /// Asks everything.
  ///
  /// - Parameters:
  ///   - say: hears of servers that are left out.
  ///   - watch: called with every response and with every tick; what it throws ends all.
  /// - Returns: an answer a question.
  /// - Throws: ``RolloutServerError``, and what `watch` throws.
  func answers(
    say: (String) -> Void, watch: (GenerationProgress) throws -> Void
  ) async throws -> [BelievedAnswer] {
    var states = Dictionary(uniqueKeysWithValues: places.map { ($0, State(isOut: Mark())) })
    var answers = [BelievedAnswer?](repeating: nil, count: questions.count)
    var failures = [Int](repeating: 0, count: questions.count)
    var waiting = Array(questions.indices.reversed())
    var last: [Int: Int] = [:]
    var homes: [Int: Int] = [:]
    var reasons: [String] = []
    var progress = GenerationProgress(
      total: questions.count, mostTokens: questions.reduce(0) { $0 + $1.limit })

    func leaveOut(_ place: Int, _ words: String) {
      guard let state = states[place], !state.isOut.isSet else { return }
      state.isOut.set()
      reasons.append("\(servers[place].url): \(words)")
      say("left out until the next step: \(servers[place].url): \(words)")
    }

    /// Where a question goes now; nil where all that live are full.
    func place(for question: Int) -> Int? {
      let open = states.filter { !$0.value.isOut.isSet }
      let free = open.filter { $0.value.running < settings.maximumInFlight }.map(\.key)
      if let home = homes[question / group], free.contains(home), home != last[question] {
        return home
      }
      return free.min {
        let (left, right) = (states[$0]?.running ?? 0, states[$1]?.running ?? 0)
        return ($0 == last[question] ? 1 : 0, left, $0) < ($1 == last[question] ? 1 : 0, right, $1)
      }
    }

    return try await withThrowingTaskGroup(of: Event.self) { tasks in
      defer { tasks.cancelAll() }
      func startTick() {
        tasks.addTask {
          try? await Task.sleep(for: .seconds(Self.tick))
          return .tick
        }
      }
      for place in places { tasks.addTask { await watchOver(place) } }
      startTick()
      while progress.finished < questions.count {
        try Task.checkCancellation()
        guard states.contains(where: { !$0.value.isOut.isSet }) else {
          throw RolloutServerError(
            "no server is left that draws responses: "
              + reasons.joined(separator: "; "))
        }
        while let question = waiting.last, let place = place(for: question),
          let mark = states[place]?.isOut
        {
          waiting.removeLast()
          homes[question / group] = homes[question / group] ?? place
          states[place]?.running += 1
          let delay = min(Self.longest, Self.delay * Double((1 << failures[question]) >> 1))
          tasks.addTask { await ask(question, at: place, mark, after: delay) }
        }
        guard let event = try await tasks.next() else { break }
        switch event {
        case .tick: startTick()
        case .lost(let place, let words): leaveOut(place, words)
        case .answer(let question, let place, .success(let answer)):
          states[place]?.running -= 1
          states[place]?.faults = 0
          answers[question] = answer
          progress.finished += 1
          progress.tokens += answer.tokens.count
        case .answer(_, let place, .failure(.refused(let words))):
          throw RolloutServerError("\(servers[place].url): \(words)")
        case .answer(let question, let place, .failure(.failed(let words))),
          .answer(let question, let place, .failure(.silent(let words))):
          states[place]?.running -= 1
          states[place]?.faults += 1
          last[question] = place
          // Where there are others the server pays for it; one that stands alone gets the time of all attempts.
          let isAlone = states.count { !$0.value.isOut.isSet } == 1
          if isAlone, states[place]?.isOut.isSet == false { failures[question] += 1 }
          if (states[place]?.faults ?? 0) > settings.retries, !isAlone { leaveOut(place, words) }
          guard failures[question] <= settings.retries else {
            throw RolloutServerError(
              "a response failed \(failures[question]) times, the last time at "
                + "\(servers[place].url): \(words)")
          }
          waiting.append(question)
        }
        try watch(progress)
      }
      return answers.compactMap(\.self)
    }
  }

  /// One question to one server, given up as soon as the server is.
  private func ask(
    _ question: Int, at place: Int, _ mark: Mark, after delay: Double
  ) async -> Event {
    let result = await withTaskGroup(
      of: Result<BelievedAnswer, ServerFault>?.self
    ) { race in
      race.addTask {
        if delay > 0 { try? await Task.sleep(for: .seconds(delay)) }
        return await believed(questions[question], at: place)
      }
      race.addTask {
        while !mark.isSet && !Task.isCancelled { try? await Task.sleep(for: .seconds(Self.tick)) }
        return nil
      }
      let first = await race.next()?.flatMap(\.self)
      race.cancelAll()
      return first
    }
    return .answer(
      question: question, place: place, result ?? .failure(.failed("it was left out")))
  }

  private func believed(
    _ question: ServerQuestion, at place: Int
  ) async -> Result<BelievedAnswer, ServerFault> {
    do throws(ServerFault) {
      let reply = try await servers[place].ask(question)
      let found = try reply.believed(question, vocabulary: vocabulary, version: version)
      return .success(
        BelievedAnswer(tokens: reply.tokens, logProbs: found.logProbs, finish: found.finish))
    } catch {
      return .failure(error)
    }
  }

  /// Asks a server whether it is alive, until it twice does not say so.
  private func watchOver(_ place: Int) async -> Event {
    var silences = 0
    while !Task.isCancelled {
      do throws(ServerFault) {
        try await servers[place].beat(within: settings.heartbeatSeconds)
        silences = 0
      } catch {
        silences += 1
        if silences > 1 {
          return .lost(place: place, words: "it does not say that it is alive: \(error)")
        }
      }
      try? await Task.sleep(for: .seconds(settings.heartbeatSeconds / 2))
    }
    return .tick
  }
}
