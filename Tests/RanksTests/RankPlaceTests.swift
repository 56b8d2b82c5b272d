// Where a process finds itself: what torchrun, SLURM and our own launcher set.

import Ranks
import Testing

@Suite("A rank's place")
struct RankPlaceTests {
  private static let torchrun = [
    "RANK": "3", "LOCAL_RANK": "1", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "10.0.0.7", "MASTER_PORT": "29500", "TORCHELASTIC_USE_AGENT_STORE": "True",
    "TORCHELASTIC_RESTART_COUNT": "2",
  ]

  @Test("torchrun's variables")
  func torchrun() throws {
    #expect(
      try RankPlace.found(in: Self.torchrun)
        == RankPlace(
          rank: 3, of: 4, localRank: 1, of: 2, host: "10.0.0.7", port: 29500, hasAgent: true,
          attempt: 2))
  }

  @Test("SLURM's variables, where somebody says where to meet")
  func slurm() throws {
    var environment = [
      "SLURM_PROCID": "5", "SLURM_NTASKS": "8", "SLURM_LOCALID": "1",
      "SLURM_NTASKS_PER_NODE": "4",
    ]
    #expect(try RankPlace.found(in: environment) == nil)
    environment["MASTER_ADDR"] = "node1"
    environment["MASTER_PORT"] = "29501"
    #expect(
      try RankPlace.found(in: environment)
        == RankPlace(
          rank: 5, of: 8, localRank: 1, of: 4, host: "node1", port: 29501, hasAgent: false))
  }

  @Test("one process is no group")
  func alone() throws {
    #expect(try RankPlace.found(in: [:]) == nil)
    #expect(try RankPlace.found(in: ["WORLD_SIZE": "1", "RANK": "0"]) == nil)
  }

  @Test(
    "what cannot be is refused by its name",
    arguments: [
      ("RANK", "4"), ("RANK", "-1"), ("RANK", "x"), ("WORLD_SIZE", "x"), ("WORLD_SIZE", "65537"),
      ("MASTER_PORT", "0"), ("MASTER_PORT", "70000"), ("MASTER_ADDR", ""), ("LOCAL_RANK", "4"),
      ("LOCAL_WORLD_SIZE", "5"), ("TORCHELASTIC_RESTART_COUNT", "-1"),
    ])
  func refusals(name: String, value: String) {
    var environment = Self.torchrun
    environment[name] = value
    let error = #expect(throws: RankError.self) { try RankPlace.found(in: environment) }
    #expect(error?.description.contains(name) == true)
  }

  @Test("a missing variable is named", arguments: ["RANK", "MASTER_ADDR", "MASTER_PORT"])
  func missing(name: String) {
    var environment = Self.torchrun
    environment[name] = nil
    let error = #expect(throws: RankError.self) { try RankPlace.found(in: environment) }
    #expect(error?.description.contains(name) == true)
  }
}
