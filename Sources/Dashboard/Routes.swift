// What there is to ask for: questions about runs, steps, responses and studies, each answered from the index.

import Alarms
import Foundation
import Hummingbird
import JSON
import RunIndex
import WebServer

/// The dashboard's routes.
struct Routes: Sendable {
  let index: RunIndex
  let events: EventHub
  let texts: TokenTexts
  let alarms = KnownAlarms()
  /// What a metric means, and what to try where it looks wrong.
  let meaning: @Sendable (String) -> (words: String, advice: String)?

  /// The most metrics of a question, the most points of a curve.
  private static let mostNames = 64
  private static let mostPoints = 20_000

  /// Adds all of them.
  func add(to router: Router<WebContext>) {
    let api = router.group("api")
    api.get("runs") { _, _ in try await answered { try await runs() } }
    api.get("runs/:id") { _, context in
      try await answered { try await run(try number("id", context)) }
    }
    api.get("runs/:id/metrics") { request, context in
      try await answered { try await metrics(try number("id", context), request) }
    }
    api.get("runs/:id/rows") { request, context in
      try await answered { try await rows(try number("id", context), request) }
    }
    api.get("runs/:id/response") { request, context in
      try await answered { try await response(try number("id", context), request) }
    }
    api.get("runs/:id/audit") { request, context in
      try await answered { try await audit(try number("id", context), request) }
    }
    api.get("runs/:id/calibration") { request, context in
      try await answered { try await calibration(try number("id", context), request) }
    }
    api.get("studies/:id") { _, context in
      try await answered { try await study(try number("id", context)) }
    }
    api.get("studies/:id/curves") { request, context in
      try await answered { try await curves(ofStudy: try number("id", context), request) }
    }
    api.get("studies/:id/pictures/:place") { _, context in
      try await answered {
        try await picture(try number("place", context), of: try number("id", context))
      }
    }
    api.get("events") { _, context in try await events.stream(context) }
  }

  /// An answer, or why there is none.
  private func answered(_ answer: () async throws -> Response) async throws -> Response {
    do {
      return try await answer()
    } catch let error as BadRequest {
      return Answers.failure(error.status, error.words)
    } catch let error as RunIndexError {
      return Answers.failure(500, error.description)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      return Answers.failure(500, "the index cannot be read: \(error)")
    }
  }

  private func number(_ name: String, _ context: WebContext) throws -> Int {
    guard let text = context.parameters.get(name), let number = Int(text) else {
      throw BadRequest("\(name) should be a whole number", status: 404)
    }
    return number
  }

  // MARK: Runs

  private func runs() async throws -> Response {
    var runs = try await index.runs()
    let studies = try await index.studies(of: &runs)
    for place in runs.indices { runs[place].alarms = try await alarms(of: runs[place]).count }
    let progress = try await index.progress()
    return Answers.json(
      RunsReply(
        root: index.root.path, runs: runs, studies: studies,
        indexing: .init(done: progress.done, total: progress.total)))
  }

  private func run(_ id: Int) async throws -> Response {
    guard let (summary, settings) = try await index.run(Int64(id)) else {
      throw BadRequest.missing("run \(id)")
    }
    let names = try await index.metricNames(of: summary.id)
    let meanings = names.reduce(into: [:]) { found, name in
      found[name] = meaning(name).map {
        RunReply.Meaning(words: plain($0.words), advice: plain($0.advice))
      }
    }
    return Answers.json(
      RunReply(
        summary: summary, settings: settings, stages: try await index.stages(of: summary.id),
        metrics: names, meanings: meanings, dumps: try await index.dumps(of: summary.id),
        alarms: try await alarms(of: summary),
        gae: CreditReply(settings, hasValues: names.contains("critic/values/mean"))))
  }

  /// Words without the marks of code that pages of reference have.
  private func plain(_ words: String) -> String { words.replacing("`", with: "") }

  private func alarms(of run: RunSummary) async throws -> [AlarmReply] {
    if let known = alarms.known(run) { return known }
    let curves = try await index.reinforcement(of: run.id, AlarmRule.metrics)
    let found = AlarmReply.all(
      curves.mapValues { Curve(steps: $0.map(\.step), values: $0.map(\.value)) })
    alarms.keep(found, run)
    return found
  }

  private func metrics(_ id: Int, _ request: Request) async throws -> Response {
    let names = request.texts("name")
    guard names.count <= Self.mostNames else {
      throw BadRequest("at most \(Self.mostNames) metrics can be asked for at a time")
    }
    let points = try request.number("points") ?? 1500
    guard (1...Self.mostPoints).contains(points) else {
      throw BadRequest("points should be from 1 to \(Self.mostPoints)")
    }
    guard try await index.run(Int64(id)) != nil else { throw BadRequest.missing("run \(id)") }
    return Answers.json(try await index.curves(of: Int64(id), names, points: points))
  }

  // MARK: Responses

  private func dump(_ request: Request) throws -> (kind: DumpKind, step: Int) {
    guard let step = try request.number("step") else { throw BadRequest("step is missing") }
    return (try kind(request), step)
  }

  private func kind(_ request: Request) throws -> DumpKind {
    guard let kind = DumpKind(rawValue: request.text("kind") ?? DumpKind.rollouts.rawValue) else {
      throw BadRequest("kind should be rollouts or validation")
    }
    return kind
  }

  private func rows(_ id: Int, _ request: Request) async throws -> Response {
    struct Reply: Encodable {
      var rows: [ResponseRow]
      var total: Int
      var left_out: Int
    }
    let (kind, step) = try dump(request)
    guard let found = try await index.rows(of: Int64(id), kind, step: step) else {
      throw BadRequest.missing("dump of step \(step) in \(kind.rawValue) of run \(id)")
    }
    return Answers.json(
      Reply(rows: found.rows, total: found.total, left_out: found.total - found.rows.count))
  }

  private func response(_ id: Int, _ request: Request) async throws -> Response {
    let (kind, step) = try dump(request)
    guard let place = try request.number("place") else { throw BadRequest("place is missing") }
    guard let whole = try await index.response(of: Int64(id), kind, step: step, place: place),
      let model = try await index.run(Int64(id))?.summary.model
    else { throw BadRequest.missing("response \(place) of step \(step) in run \(id)") }
    let reply = ResponseReply(whole, kind: kind, step: step) {
      texts.texts(of: $0, folder: whole.folder, model: model)
    }
    return Answers.json(reply.value)
  }

  private func steps(_ request: Request) throws -> ClosedRange<Int> {
    let (from, to) = (try request.number("from") ?? 0, try request.number("to") ?? Int.max)
    guard from <= to else { throw BadRequest("from should not be above to") }
    return from...to
  }

  private func calibration(_ id: Int, _ request: Request) async throws -> Response {
    let steps = try steps(request)
    guard try await index.run(Int64(id)) != nil else { throw BadRequest.missing("run \(id)") }
    return Answers.json(["places": try await index.calibration(of: Int64(id), steps: steps)])
  }

  private func audit(_ id: Int, _ request: Request) async throws -> Response {
    let kind = try kind(request)
    guard let audit = try await index.audit(of: Int64(id), kind, steps: try steps(request)) else {
      throw BadRequest.missing("run \(id)")
    }
    return Answers.json(audit)
  }

  // MARK: Studies

  private func study(_ id: Int) async throws -> Response {
    guard let study = try await index.study(id) else { throw BadRequest.missing("study \(id)") }
    return Answers.json(StudyReply(study))
  }

  private func curves(ofStudy id: Int, _ request: Request) async throws -> Response {
    guard let study = try await index.study(id) else { throw BadRequest.missing("study \(id)") }
    let name = request.text("name") ?? RunSummary.heldOut
    var arms: [StudyCurvesReply.Arm] = []
    for arm in study.arms {
      var runs: [StudyCurvesReply.Run] = []
      for (_, summary) in arm.runs {
        let curve = try await index.known(name, of: summary.id)
        runs.append(
          .init(
            id: summary.id, steps: curve.map(\.step), tokens: curve.map(\.tokens),
            values: curve.map(\.value)))
      }
      arms.append(.init(name: arm.name, runs: runs))
    }
    return Answers.json(StudyCurvesReply(arms: arms))
  }

  private func picture(_ place: Int, of study: Int) async throws -> Response {
    guard let picture = try await index.picture(place, of: study) else {
      throw BadRequest.missing("picture \(place) of study \(study)")
    }
    // A picture that is opened by itself is a page: it may do nothing.
    return Answers.bytes(
      picture, type: "image/svg+xml",
      policy: "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  }
}
