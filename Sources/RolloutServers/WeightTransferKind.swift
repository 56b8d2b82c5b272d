// How new weights get to servers.

/// How new weights get to servers (`rollout.remote.transfer`).
public enum WeightTransferKind: String, Codable, Sendable, CaseIterable {
  /// By a folder that they read.
  case folder
  /// From GPU to GPU, by NCCL.
  case nccl
}
