// Learning rates over a run, in both units that a schedule is counted in.

import Settings
import Testing

@Suite("Learning-rate schedules")
struct ScheduleTests {
  /// Four optimizer steps a rollout, ten rollouts.
  private func rates(_ settings: OptimizerSettings) -> [Double] {
    (1...40).map { update in
      settings.rate(
        at: update, UpdateTime(updates: 40, rollout: (update + 3) / 4, rollouts: 10))
    }
  }

  @Test func `a warm-up of four updates is done after a rollout, one of four rollouts after four`()
  {
    let byUpdates = rates(OptimizerSettings(rate: 1, warmupSteps: 4))
    #expect(byUpdates.prefix(5) == [0.25, 0.5, 0.75, 1, 1])
    let byRollouts = rates(OptimizerSettings(rate: 1, warmupSteps: 4, unit: .rollout))
    #expect(byRollouts.prefix(4) == [0.25, 0.25, 0.25, 0.25])
    #expect(byRollouts[4] == 0.5 && byRollouts[11] == 0.75 && byRollouts[12] == 1)
  }

  /// Halfway through the cosine the rate is half, at its end the floor.
  @Test func `a falling schedule ends with the stage in either unit`() {
    for unit in OptimizerSettings.Unit.allCases {
      let rates = rates(
        OptimizerSettings(rate: 2, unit: unit, schedule: .cosine, floor: 0.1))
      #expect(abs(rates[19] - 1.1) < 1e-12 && abs(rates[39] - 0.2) < 1e-12)
    }
    let linear = rates(OptimizerSettings(rate: 1, unit: .rollout, schedule: .linear))
    #expect(abs(linear[0] - 0.9) < 1e-12 && linear[0] == linear[3] && linear[39] == 0)
  }
}
