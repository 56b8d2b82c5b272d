// Reading journals as curves over tokens.

import Foundation
import Testing

import Study

@Suite struct CurveTests {
  private func readings(_ lines: [String]) throws -> RunReadings {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data((lines.joined(separator: "\n") + "\n").utf8)
      .write(to: folder.appending(path: "metrics.jsonl"))
    return try RunReadings(of: folder)
  }

  @Test func `tokens are counted from value pretraining, steps from reinforcement`() throws {
    let readings = try readings([
      #"{"step":1,"data":{"training/stage":0,"x":9}}"#,
      #"{"step":2,"data":{"training/stage":1,"vapo/response_tokens":0,"x":9}}"#,
      #"{"step":3,"data":{"training/stage":2,"vapo/response_tokens":100}}"#,
      #"{"step":4,"data":{"training/stage":3,"vapo/response_tokens":100,"x":0.25}}"#,
      #"{"step":5,"data":{"training/stage":4,"vapo/response_tokens":130,"x":null}}"#,
      #"{"step":6,"data":{"training/stage":4,"vapo/response_tokens":200,"x":0.75}}"#,
    ])
    let curve = readings.curve("x")
    #expect(curve.points.map(\.tokens) == [100, 200])
    #expect(curve.points.map(\.step) == [0, 2])
    #expect(curve.points.map(\.value) == [0.25, 0.75])
    #expect(curve.value(at: 150) == 0.5 && curve.value(at: 100) == 0.25)
    #expect(curve.value(at: 99) == nil && curve.value(at: 201) == nil)
    // From 150 tokens at 0.5 to 200 at 0.75.
    #expect(curve.mean(ofLast: 0.25) == 0.625)
    #expect(curve.first(reaching: 0.3)?.tokens == 200 && curve.first(reaching: 0.8) == nil)
  }

  @Test func `updates and seconds are summed`() throws {
    let readings = try readings([
      #"{"step":1,"data":{"training/stage":1,"timing_s/step":50}}"#,
      #"{"step":2,"data":{"training/stage":2,"timing_s/step":10,"vapo/response_tokens":100}}"#,
      #"{"step":3,"data":{"training/stage":3,"timing_s/step":4,"timing_s/testing":4,"x":0}}"#,
      #"{"step":4,"data":{"training/stage":4,"timing_s/step":3,"vapo/actor_updates":8,"x":1}}"#,
      #"{"step":5,"data":{"training/stage":4,"timing_s/step":5,"vapo/actor_updates":2}}"#,
      #"{"step":6,"data":{"training/stage":4,"timing_s/step":5,"timing_s/testing":1,"x":3}}"#,
    ])
    let curve = readings.curve("x")
    #expect(curve.points.map(\.updates) == [0, 8, 10])
    #expect(curve.points.map(\.seconds) == [10, 13, 22])
    #expect(curve.value(at: 9, on: .updates) == 2 && curve.value(at: 11, on: .updates) == nil)
  }

  @Test func `a run is read before reinforcement, in its second half and at its end`() throws {
    let readings = try readings([
      #"{"step":1,"data":{"training/stage":2,"vapo/response_tokens":100,"x":1}}"#,
      #"{"step":2,"data":{"training/stage":3,"vapo/response_tokens":100,"x":2}}"#,
      #"{"step":3,"data":{"training/stage":4,"vapo/response_tokens":200,"x":4}}"#,
      #"{"step":4,"data":{"training/stage":4,"vapo/response_tokens":300,"x":8}}"#,
      #"{"step":5,"data":{"training/stage":4,"vapo/response_tokens":400,"x":16}}"#,
    ])
    let curve = readings.curve("x")
    #expect(StudyMoment.before.value(of: curve) == 2)
    #expect(StudyMoment.late.value(of: curve) == 28.0 / 3)
    #expect(StudyMoment.last.value(of: curve) == 16)
    #expect(StudyMoment.late.value(of: readings.curve("y")) == nil)
  }
}
