// Studies as files: what arms mean, what is refused, and what arms have in common.

import Foundation
import Methods
import Settings
import Testing
import Training

import Study

@Suite struct PlanTests {
  private static let recipe = """
    warm_start:
      steps: 4
    reward_model:
      steps: 2
    value_pretraining:
      steps: 3
    algorithm:
      preset: vapo
    """

  private func plan(_ text: String) throws -> StudyPlan {
    try withPlan(text) { $0 }
  }

  /// The recipe is read anew for every run's settings.
  private func withPlan<Result>(
    _ text: String, _ body: (StudyPlan) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(Self.recipe.utf8).write(to: folder.appending(path: "recipe.yaml"))
    let file = folder.appending(path: "study.yaml")
    try Data(("recipe: recipe.yaml\n" + text).utf8).write(to: file)
    return try body(StudyPlan(file: file))
  }

  @Test func `an arm is a name, overrides and techniques to leave out`() throws {
    let arm = try StudyArm("a-1 rollout.n=4 --without clip-higher actor.optim.lr=1e-5")
    #expect(arm.name == "a-1")
    #expect(arm.overrides == ["rollout.n=4", "actor.optim.lr=1e-5"])
    #expect(arm.techniques == [.clipHigher])
  }

  @Test(arguments: [
    ("arms: [x=1]", "does not begin with a name"),
    ("arms: [../up]", "becomes a folder's name"),
    ("arms: [a --without magic]", "'magic' is none of value-pretraining"),
    ("arms: [a --without]", "names no technique"),
    ("arms: [a, b rollout.n=2, a]", "a is there twice"),
    ("arms: []", "a study needs one at least"),
    ("arms: [a]\nseeds: [1, 1]", "no two alike"),
    ("arms: [a rolout.n=4]", "rollout"),
  ])
  func `what cannot be run is refused before anything runs`(text: String, words: String) {
    let error = #expect(throws: (any Error).self) { try plan(text) }
    #expect(error.map { "\($0)".contains(words) } == true, "\(String(describing: error))")
  }

  @Test func `where nothing is learned before value pretraining, no run stands for it`() throws {
    let jobs = try withPlan(
      """
      seeds: [3]
      arms:
        - vapo warm_start.steps=0 reward_model.steps=0
        - grpo warm_start.steps=0 reward_model.steps=0 algorithm=grpo
        - clip warm_start.steps=0 reward_model.steps=0 --without clip-higher
        - brief warm_start.steps=0 reward_model.steps=0 value_pretraining.steps=1
      """
    ) { try $0.jobs() }
    let origins = Dictionary(uniqueKeysWithValues: jobs.map { ($0.folder, $0.origin) })
    #expect(jobs.map(\.folder) == ["pretraining/3", "vapo/3", "grpo/3", "clip/3", "brief/3"])
    #expect(origins["pretraining/3"] == .scratch)
    #expect(origins["grpo/3"] == .scratch && origins["brief/3"] == .scratch)
    for arm in ["vapo", "clip"] {
      #expect(origins["\(arm)/3"] == .fork(of: "pretraining/3", at: .asItIs, keepsCritic: true))
    }
  }

  @Test func `what arms have in common is learned once a seed`() throws {
    let jobs = try withPlan(
      """
      seeds: [3, 4]
      arms:
        - vapo
        - ppo --without value-pretraining
        - grpo algorithm=grpo
        - clip --without clip-higher
        - wide model.hidden_size=64
        - brief value_pretraining.steps=1
      """
    ) { try $0.jobs() }
    #expect(jobs.count == 2 * (2 + 6))
    let origins = Dictionary(uniqueKeysWithValues: jobs.map { ($0.folder, $0.origin) })
    #expect(origins["base/3"] == .scratch)
    #expect(
      origins["pretraining/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: true))
    for arm in ["vapo", "clip"] {
      #expect(origins["\(arm)/4"] == .fork(of: "pretraining/4", at: .asItIs, keepsCritic: true))
    }
    for arm in ["ppo", "brief"] {
      #expect(origins["\(arm)/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: true))
    }
    #expect(origins["grpo/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: false))
    #expect(origins["wide/3"] == .scratch)
    let third = jobs.filter { $0.folder.hasSuffix("/3") }
    #expect(third.allSatisfy { $0.configuration.trainer.seed == 3 })
  }
}
