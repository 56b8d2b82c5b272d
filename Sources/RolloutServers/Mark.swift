// Something that has happened, for those on other threads.

import Synchronization

/// A mark that is set once and seen by all.
package final class Mark: Sendable {
  private let mark = Atomic<Bool>(false)

  /// A mark that is not set.
  package init() {}

  /// Whether it has been set.
  package var isSet: Bool { mark.load(ordering: .acquiring) }

  /// Sets it.
  package func set() { mark.store(true, ordering: .releasing) }
}
