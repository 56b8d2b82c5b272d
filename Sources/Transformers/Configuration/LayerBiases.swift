// Which linear layers add a bias: a family has its usual ones, and in some families config.json chooses.

import JSON

/// Which linear layers of a layer add a bias.
public struct LayerBiases: Equatable, Sendable {
  /// The query, key and value projections.
  public var queryKeyValue = false
  /// The projection of attention's output.
  public var attentionOutput = false
  /// The three of the MLP.
  public var mlp = false

  /// Every choice of attention's four projections together, and of the MLP's three.
  static let attentionAndMLP = [
    LayerBiases(), attention, LayerBiases(mlp: true),
    LayerBiases(queryKeyValue: true, attentionOutput: true, mlp: true),
  ]
  /// All four of attention.
  static let attention = LayerBiases(queryKeyValue: true, attentionOutput: true)

  /// No bias unless it is named.
  public init(queryKeyValue: Bool = false, attentionOutput: Bool = false, mlp: Bool = false) {
    self.queryKeyValue = queryKeyValue
    self.attentionOutput = attentionOutput
    self.mlp = mlp
  }

  /// Those of attention that `attention_bias` asks for.
  static func ofAttention(_ file: JSONFile) throws(ModelError) -> LayerBiases {
    try file.flag("attention_bias") ?? false ? attention : LayerBiases()
  }

  /// Those that `attention_bias` and `mlp_bias` ask for.
  static func ofAttentionAndMLP(_ file: JSONFile) throws(ModelError) -> LayerBiases {
    var biases = try ofAttention(file)
    biases.mlp = try file.flag("mlp_bias") ?? false
    return biases
  }

  /// The keys of config.json that ask for them.
  var keys: [String: JSONValue] {
    ["attention_bias": .boolean(queryKeyValue), "mlp_bias": .boolean(mlp)]
  }
}
