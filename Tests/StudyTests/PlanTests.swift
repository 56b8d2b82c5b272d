// Studies as files: what arms mean, what is refused, and what arms have in common.

import Foundation
import Methods
import Settings
import Testing
import TestSupport
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
    ("arms: [a rolout.n=4]", "arms: a: command line: unknown key"),
    ("arms: [base]", "base is the name of a folder"),
    ("arms: [a]\nlast_share: 0", "last_share: must be over 0 and at most 1, is 0.0"),
    ("arms: [a]\nlast_share: 1.5", "last_share: must be over 0 and at most 1, is 1.5"),
    ("arms: [a]\nquantities: [accuracy]", "'accuracy' is no name of the journal"),
    ("arms: [a]\ntune: {seeds: [9]}", "tune: needs seeds, arms and a grid"),
    (
      "arms: [a]\ntune: {seeds: [4], arms: [a], grid: [rollout.n=4]}", "4 is one of the study's own"
    ),
    ("arms: [a]\ntune: {seeds: [9, 9], arms: [a], grid: [rollout.n=4]}", "no two may be alike"),
    ("arms: [a]\ntune: {seeds: [9], arms: [b], grid: [rollout.n=4]}", "there is no arm 'b'"),
    ("arms: [a]\ntune: {seeds: [9], arms: [a], grid: [--without]}", "not made of overrides"),
    ("arms: [a]\ntune: {seeds: [9], arms: [a], grid: [rolout.n=4]}", "rollout"),
    ("arms: [a]\ntune: {seeds: [9], arms: [a], grid: [a.b=1, 'a.b=1 ']}", "lines may be alike"),
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
        - myopic algorithm.gamma=0.9
        - zero reward_model.steps=0
        - taught reward_model.steps=9
        - dapo algorithm=dapo
      """
    ) { try $0.jobs() }
    #expect(jobs.count == 2 * (2 + 10))
    let origins = Dictionary(uniqueKeysWithValues: jobs.map { ($0.folder, $0.origin) })
    #expect(origins["base/3"] == .scratch)
    #expect(
      origins["pretraining/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: true))
    for arm in ["vapo", "clip"] {
      #expect(origins["\(arm)/4"] == .fork(of: "pretraining/4", at: .asItIs, keepsCritic: true))
    }
    for arm in ["ppo", "brief", "myopic"] {
      #expect(origins["\(arm)/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: true))
    }
    // DAPO grades otherwise, which the warm start does not; a critic that is not taught as a reward
    // model is made after it.
    for arm in ["grpo", "dapo", "zero"] {
      #expect(
        origins["\(arm)/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: false))
    }
    for arm in ["wide", "taught"] { #expect(origins["\(arm)/3"] == .scratch) }
    let third = jobs.filter { $0.folder.hasSuffix("/3") }
    #expect(third.allSatisfy { $0.configuration.trainer.seed == 3 })
  }

  @Test func `grids come first, and a tuned arm waits for its line`() throws {
    let text = """
      seeds: [3]
      arms: [vapo, grpo algorithm=grpo]
      tune: {seeds: [7, 8], arms: [vapo], grid: [actor.optim.lr=1e-4, actor.optim.lr=2e-4]}
      """
    try withPlan(text) { plan in
      #expect(plan.settings.tune.runs == 4)
      let jobs = try plan.jobs()
      let named = jobs.map(\.name)
      #expect(
        named == [
          "warm start, seed 7", "value pretraining, seed 7",
          "vapo with actor.optim.lr=1e-4, seed 7", "vapo with actor.optim.lr=2e-4, seed 7",
          "warm start, seed 8", "value pretraining, seed 8",
          "vapo with actor.optim.lr=1e-4, seed 8", "vapo with actor.optim.lr=2e-4, seed 8",
          "warm start, seed 3", "value pretraining, seed 3", "vapo, seed 3", "grpo, seed 3",
        ])
      #expect(jobs.filter(\.waitsForGrid).map(\.name) == ["vapo, seed 3"])
      let chosen = try plan.jobs(choices: ["vapo": TuningLine("actor.optim.lr=2e-4")])
      #expect(!chosen.contains { $0.waitsForGrid } && Set(chosen.map(\.folder)).count == 12)
      let rates = chosen.filter { $0.key?.seed == 3 }.map(\.configuration.actor.optimizer.rate)
      #expect(rates[0] == 2e-4 && rates[1] != 2e-4)
      #expect(chosen.first { $0.folder == "base/3" } == jobs.first { $0.folder == "base/3" })
    }
  }

  @Test func `the best mean of a whole grid is chosen`() {
    let whole = TuningResult(arm: "a", numbers: [[0.5, 0.7], [0.2, 1], [0.6, 0.6]])
    #expect(whole.means == [0.6, 0.6, 0.6] && whole.chosen == 0)
    #expect(TuningResult(arm: "a", numbers: [[0.5, 0.7], [0.9, 0.4]]).chosen == 1)
    let open = TuningResult(arm: "a", numbers: [[0.5, nil], [0.9, 0.9]])
    #expect(open.means == [nil, 0.9] && open.chosen == nil)
  }

  @Test func `a warm start has a critic where any arm has one`() throws {
    let jobs = try withPlan("seeds: [3]\narms: [grpo algorithm=grpo, vapo]") { try $0.jobs() }
    let base = jobs.first { $0.folder == "base/3" }
    #expect(base?.configuration.algorithm.preset == .vapo)
    let origins = Dictionary(uniqueKeysWithValues: jobs.map { ($0.folder, $0.origin) })
    #expect(origins["vapo/3"] == .fork(of: "pretraining/3", at: .asItIs, keepsCritic: true))
    #expect(origins["grpo/3"] == .fork(of: "base/3", at: .valuePretraining, keepsCritic: false))
    // Without a critic nobody needs the reward model alone.
    let alone = try withPlan("seeds: [3]\narms: [grpo algorithm=grpo warm_start.steps=0]") {
      try $0.jobs()
    }
    #expect(alone.map(\.folder) == ["grpo/3"])
  }

  @Test func `the hash of settings leaves out the seed, places and speed`() throws {
    try withPlan("arms: [a, b rollout.n=5, c algorithm.gamma=1.0]") { plan in
      let hash = try plan.configuration(of: plan.arms[0], seed: 0).studyHash
      #expect(hash.count == 16)
      var other = try plan.configuration(of: plan.arms[0], seed: 4)
      other.trainer.threads = 7
      other.trainer.defaultLocalDirectory = "elsewhere"
      other.trainer.saveFrequency = 3
      #expect(other.studyHash == hash)
      #expect(try plan.configuration(of: plan.arms[2], seed: 0).studyHash == hash)
      #expect(try plan.configuration(of: plan.arms[1], seed: 0).studyHash != hash)
      other.trainer.testFrequency = 3
      #expect(other.studyHash != hash)
    }
  }

  @Test(arguments: [
    // What is changed, and which of the runs before reinforcement learning are others then.
    ("trainer.test_freq=3", []), ("trainer.total_response_tokens=900", ["pretraining"]),
    ("actor.optim.lr=1e-3", []), ("data.train_batch_size=64", []), ("critic.optim.lr=1e-3", []),
    ("critic.ppo_mini_batch_size=8", []), ("actor.clip_ratio_high=0.3", []),
    ("value_pretraining.optim.lr=1e-3", ["pretraining"]), ("rollout.min_p=0.02", ["pretraining"]),
    ("critic.ppo_max_token_len=512", ["pretraining"]),
    ("actor.ppo_max_token_len=512", ["base", "pretraining"]),
    ("warm_start.steps=5", ["base", "pretraining"]),
  ])
  func `what later stages ask for leaves what was learned before`(
    change: String, others: [String]
  ) throws {
    func runs(_ overrides: String) throws -> [String: RunConfiguration] {
      try withPlan("arms: [a]\nseeds: [7]\noverrides: [reward_model.steps=0\(overrides)]") { plan in
        Dictionary(
          uniqueKeysWithValues: try plan.jobs().filter { $0.key == nil }
            .map { (String($0.folder.prefix { $0 != "/" }), $0.configuration) })
      }
    }
    let (before, after) = (try runs(""), try runs(", \(change)"))
    #expect(before.keys.sorted() == ["base", "pretraining"])
    #expect(before.keys.sorted().filter { before[$0] != after[$0] } == others)
  }

  @Test func `a reward model is another where its rollouts are`() throws {
    func base(_ overrides: String) throws -> RunConfiguration? {
      try withPlan("arms: [a]\nseeds: [7]\noverrides: [\(overrides)]") { plan in
        try plan.jobs().first { $0.folder == "base/7" }?.configuration
      }
    }
    #expect(try base("rollout.min_p=0.02") != base("rollout.min_p=0"))
    #expect(try base("actor.optim.lr=1e-3") == base("actor.optim.lr=2e-3"))
  }

  @Test(arguments: ["ablation", "instructions-smollm2"])
  func `the repository's own studies can be run`(name: String) throws {
    let plan = try StudyPlan(file: Golden.root.appending(path: "Studies/\(name).yaml"))
    #expect(try plan.jobs().count > plan.arms.count * plan.settings.seeds.count - 1)
  }

  @Test func `only the critic is missing in the arm of group means`() throws {
    let plan = try StudyPlan(file: Golden.root.appending(path: "Studies/ablation.yaml"))
    let arm = try #require(plan.arms.first { $0.name == "group-vapo" })
    let changes = ConfigurationLoader.differences(
      between: try plan.configuration(of: plan.arms[0], seed: 0),
      and: try plan.configuration(of: arm, seed: 0))
    #expect(
      changes.map(\.description) == [
        "algorithm.adv_estimator: gae -> grpo",
        "algorithm.norm_adv_by_std_in_grpo: true -> false",
      ])
  }
}
