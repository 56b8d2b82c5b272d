// A mixture of experts: some layers have many small MLPs in place of one, and every token goes through
// the few that a router chooses for it.

/// The experts of a model's layers.
public struct ExpertShape: Equatable, Sendable {
  /// E, the experts of a layer, `num_experts`.
  public var count: Int
  /// How many of them a token goes through, `num_experts_per_tok`.
  public var perToken: Int
  /// The width inside one expert, `moe_intermediate_size`.
  public var width: Int
  /// Whether the shares of the chosen experts are divided by their sum, `norm_topk_prob`.
  public var normalizesShares: Bool
  /// The numbers of the layers that have experts.
  public var layers: Set<Int>

  /// States the numbers.
  public init(
    count: Int, perToken: Int, width: Int, normalizesShares: Bool, layers: Set<Int>
  ) {
    self.count = count
    self.perToken = perToken
    self.width = width
    self.normalizesShares = normalizesShares
    self.layers = layers
  }

  /// The first number that makes no sense, by its key in config.json.
  func fault(layers layerCount: Int) -> (key: String, reason: String)? {
    // Above what is published by an order, and low enough that products of sizes stay small.
    if count < 1 || count > 1 << 12 {
      return ("num_experts", "\(count) is not from 1 to \(1 << 12)")
    }
    // Each is three tensors with names of their own.
    if count * layers.count > 1 << 17 {
      return ("num_experts", "\(count) in \(layers.count) layers are more than \(1 << 17)")
    }
    if perToken < 1 || perToken > count {
      return ("num_experts_per_tok", "\(perToken) is not from 1 to the \(count) experts")
    }
    if width < 1 || width > 1 << 22 {
      return ("moe_intermediate_size", "\(width) is not from 1 to \(1 << 22)")
    }
    if let stray = layers.first(where: { $0 < 0 || $0 >= layerCount }) {
      return ("mlp_only_layers", "\(stray) is no layer of \(layerCount)")
    }
    return nil
  }
}
