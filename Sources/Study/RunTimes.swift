// How long runs take, by what like ones took.

/// Measured times of runs.
package struct RunTimes {
  /// What a run is like.
  package struct Kind: Hashable {
    package var study: Int
    /// The arm, or the common beginning: a folder, with a slash behind it.
    package var name: String
    /// Whether others begin with it.
    fileprivate var prepares: Bool { name.hasSuffix("/") }

    package init(study: Int, name: String) { (self.study, self.name) = (study, name) }
  }

  private var measured: [(kind: Kind, size: Double, seconds: Double)] = []

  /// Nothing measured yet.
  package init() {}

  /// Takes note of a run.
  ///
  /// - Parameters:
  ///   - kind: what it was like.
  ///   - size: its length, in tokens or steps as its settings give it.
  ///   - seconds: how long it took.
  package mutating func note(_ kind: Kind, size: Double, seconds: Double) {
    measured.append((kind, size, seconds))
  }

  /// The seconds that a run will take: the mean of runs of its kind; where there are none, its size at the
  /// pace of its study's other arms, else of all studies'.
  ///
  /// The size of one beginning is no measure for another: a warm start counts steps, value pretraining tokens.
  ///
  /// - Returns: nil where none of these has been measured.
  package func expected(_ kind: Kind, size: Double) -> Double? {
    let like = measured.filter { $0.kind == kind }
    if !like.isEmpty { return like.reduce(0) { $0 + $1.seconds } / Double(like.count) }
    let comparable = measured.filter {
      kind.prepares ? $0.kind.name == kind.name : !$0.kind.prepares
    }
    let near = comparable.filter { $0.kind.study == kind.study }
    let all = near.isEmpty ? comparable : near
    let total = all.reduce(0) { $0 + $1.size }
    return all.isEmpty || total <= 0 ? nil : size * all.reduce(0) { $0 + $1.seconds } / total
  }
}
