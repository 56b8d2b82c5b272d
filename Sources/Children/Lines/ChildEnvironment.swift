// What a child may know of this process's environment: what programs need to run, and no secrets.

import Foundation

/// Which variables a child gets.
public struct ChildEnvironment: Sendable, Equatable {
  /// The names that are passed on when they are set here.
  ///
  /// A list of what is allowed, because nobody can list what is secret.
  public static let usual: Set<String> = [
    "PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONPATH",
    "VIRTUAL_ENV", "CONDA_PREFIX", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "CUDA_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
  ]

  /// Names passed on beside the usual ones.
  public var passes: Set<String>
  /// Variables set for the child, whatever they are here.
  public var adds: [String: String]

  /// Allows the usual names and some more.
  public init(passes: Set<String> = [], adds: [String: String] = [:]) {
    (self.passes, self.adds) = (passes, adds)
  }

  /// The child's environment.
  var variables: [String: String] {
    let allowed = Self.usual.union(passes)
    let here = ProcessInfo.processInfo.environment.filter { allowed.contains($0.key) }
    return here.merging(adds) { $1 }
  }
}
