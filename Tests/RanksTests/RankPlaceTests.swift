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

  /// As `srun -N2 -n3` of SLURM 22.05 sets them for its last process.
  private static let srun = [
    "SLURM_PROCID": "2", "SLURM_NTASKS": "3", "SLURM_LOCALID": "0", "SLURM_NODEID": "1",
    "SLURM_STEP_NUM_TASKS": "3", "SLURM_STEP_TASKS_PER_NODE": "2,1", "SLURM_STEP_NUM_NODES": "2",
    "SLURM_STEP_NODELIST": "small[0-1]", "SLURM_JOB_ID": "7", "SLURM_STEP_ID": "4",
  ]

  @Test("srun's variables say where everybody is and where all meet")
  func slurm() throws {
    #expect(
      try RankPlace.found(in: Self.srun)
        == RankPlace(
          rank: 2, of: 3, localRank: 0, of: 1, host: "small0", port: 20_221, hasAgent: false))
    // A place of somebody's own to meet, and a job that SLURM has started again.
    let others = ["MASTER_ADDR": "node1", "MASTER_PORT": "29501", "SLURM_RESTART_COUNT": "2"]
    #expect(
      try RankPlace.found(in: Self.srun.merging(others) { $1 })
        == RankPlace(
          rank: 2, of: 3, localRank: 0, of: 1, host: "node1", port: 29501, hasAgent: false,
          attempt: 2))
    // One machine: nobody needs to know its name.
    let alone = [
      "SLURM_STEP_NUM_NODES": "1", "SLURM_STEP_TASKS_PER_NODE": "3", "SLURM_NODEID": "0",
      "SLURM_LOCALID": "2",
    ]
    let place = try RankPlace.found(in: Self.srun.merging(alone) { $1 })
    #expect(place?.host == "127.0.0.1" && place?.localRank == 2 && place?.localCount == 3)
  }

  @Test("the script of a batch job, and a step of one process, are no group")
  func batch() throws {
    var script = Self.srun.filter { !$0.key.hasPrefix("SLURM_STEP") }
    #expect(try RankPlace.found(in: script) == nil)
    script["SLURM_STEP_NUM_TASKS"] = "1"
    #expect(try RankPlace.found(in: script) == nil)
  }

  @Test(
    "the first of a list of machines",
    arguments: [
      ("node1", "node1"), ("node1,node2", "node1"), ("node[007-012]", "node007"),
      ("node[3,5-6]", "node3"), ("rack[1-2]n[04-05],other", "rack1n04"), ("a[1]b", "a1b"),
    ])
  func machines(list: String, first: String) throws {
    let place = try RankPlace.found(
      in: Self.srun.merging(["SLURM_STEP_NODELIST": list]) { $1 })
    #expect(place?.host == first)
  }

  @Test("processes a machine", arguments: [(0, 2), (1, 2), (2, 2), (3, 1), (4, 3)])
  func tasks(node: Int, count: Int) throws {
    let place = try RankPlace.found(
      in: Self.srun.merging([
        "SLURM_STEP_NUM_TASKS": "10", "SLURM_STEP_TASKS_PER_NODE": "2(x3),1,3",
        "SLURM_NODEID": "\(node)",
      ]) { $1 })
    #expect(place?.localCount == count)
  }

  @Test(
    "what srun cannot have set is refused by its name",
    arguments: [
      ("SLURM_PROCID", "3"), ("SLURM_PROCID", "x"), ("SLURM_STEP_NUM_TASKS", "65537"),
      ("SLURM_STEP_TASKS_PER_NODE", "2"), ("SLURM_STEP_TASKS_PER_NODE", "2(x"),
      ("SLURM_STEP_TASKS_PER_NODE", "2,(x2)"), ("SLURM_STEP_TASKS_PER_NODE", ""),
      ("SLURM_STEP_TASKS_PER_NODE", "2(x9223372036854775808),1"), ("SLURM_STEP_NODELIST", ""),
      ("SLURM_STEP_NODELIST", "[]"), ("SLURM_NODEID", "-1"), ("SLURM_LOCALID", "1"),
      ("MASTER_PORT", "0"),
    ])
  func strange(name: String, value: String) {
    let error = #expect(throws: RankError.self) {
      try RankPlace.found(in: Self.srun.merging([name: value]) { $1 })
    }
    #expect(error?.description.contains(name) == true)
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
