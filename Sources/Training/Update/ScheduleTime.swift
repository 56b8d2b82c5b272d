// Where a learning-rate schedule stands, in both units that schedules are counted in.

import Settings

/// A rollout's place among those of its stage.
package struct ScheduleTime {
  /// The rollout, from 1.
  var rollout: Int
  /// The rollouts of the whole stage.
  var rollouts: Int

  /// A place.
  ///
  /// - Parameters:
  ///   - rollout: from 1.
  ///   - rollouts: those of the whole stage.
  package init(rollout: Int, of rollouts: Int) {
    self.rollout = rollout
    self.rollouts = max(1, rollouts)
  }

  /// The same where every rollout serves so many updates.
  func spread(updates: Int) -> UpdateTime {
    UpdateTime(updates: updates * rollouts, rollout: rollout, rollouts: rollouts)
  }
}
