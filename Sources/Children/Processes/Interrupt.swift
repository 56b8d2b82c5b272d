// How somebody else wakes a thread that waits for a child.

import Synchronization

/// A switch that is turned once, and that `poll` sees.
package final class Interrupt: Sendable {
  /// Readable once the switch is turned.
  let signal: Descriptor
  private let trigger: Descriptor
  private let state = Atomic(false)

  package init() throws(ChildError) { (signal, trigger) = try Descriptor.pipe() }

  /// Whether the switch was turned.
  var isFired: Bool { state.load(ordering: .acquiring) }

  /// Turns the switch.
  func fire() {
    state.store(true, ordering: .releasing)
    trigger.close()
  }
}
