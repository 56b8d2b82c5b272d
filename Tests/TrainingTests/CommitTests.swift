// Names of the hub, and the commits that a run began with.

import Prompts
import Settings
import Testing
import Training
import Verifiers

@Suite("Commits of repositories")
struct CommitTests {
  private let commit = String(repeating: "a", count: 40)

  @Test("a run that goes on has the models and data that it began with")
  func kept() throws {
    var before = RunConfiguration()
    before.model.path = "org/policy@\(commit)"
    before.critic.model.path = "models/critic"
    before.reward.verifier.rewardModel.path = "org/reward@\(commit)"
    before.data.trainFiles = ["org/sums@\(commit)", "here.jsonl"]
    before.data.validationFiles = ["org/sums@\(commit)"]
    var now = RunConfiguration()
    now.model.path = "org/policy"
    now.critic.model.path = "org/critic"
    now.reward.verifier.rewardModel.path = "org/reward@v2"
    now.data.trainFiles = ["here.jsonl", "org/sums", "org/more"]
    now.data.validationFiles = ["org/sums"]
    let kept = now.keepingCommits(of: before)
    #expect(kept.model.path == "org/policy@\(commit)")
    // Another name, one that says its own revision, and one that was not there before.
    #expect(kept.critic.model.path == "org/critic")
    #expect(kept.reward.verifier.rewardModel.path == "org/reward@v2")
    #expect(kept.data.trainFiles == ["here.jsonl", "org/sums@\(commit)", "org/more"])
    #expect(kept.data.validationFiles == ["org/sums@\(commit)"])
    // Two settings have two commits of one name, and a list two of one name.
    let other = String(repeating: "b", count: 40)
    before.critic.model.path = "org/policy@\(other)"
    before.data.trainFiles = ["org/sums@\(commit)", "org/sums@\(other)"]
    now.critic.model.path = "org/policy"
    let both = now.keepingCommits(of: before)
    #expect(both.model.path == "org/policy@\(commit)")
    #expect(both.critic.model.path == "org/policy@\(other)")
    #expect(both.data.trainFiles[1] == "org/sums")
    // Models and data sets are different things of one name.
    now.data.validationFiles = ["org/reward"]
    #expect(now.keepingCommits(of: before).data.validationFiles == ["org/reward"])
  }
}
