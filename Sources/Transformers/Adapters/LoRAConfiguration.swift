// What a low-rank adapter is told: where it sits, how wide it is, how strongly it speaks. The names
// in quotes are those of PEFT's adapter_config.json.

/// The settings of a low-rank adapter.
///
/// Source: LoRA, arXiv:2106.09685, section 4.1.
public struct LoRAConfiguration: Equatable, Sendable {
  /// Which linear layers of a model.
  public enum Modules: Equatable, Sendable {
    /// Those whose path is a name or ends in one, as "q_proj" or "layers.0.mlp.up_proj".
    case names([String])
    /// Those whose whole path a regular expression matches.
    case pattern(String)
    /// Every one but the output layer and a critic's head, "all-linear".
    case allLinear
  }

  /// The layers that get an adapter, "target_modules".
  public var targets: Modules
  /// Layers that get none all the same, "exclude_modules"; never `allLinear`.
  public var excluded: Modules?
  /// The numbers of the model's layers to which `targets` is held, "layers_to_transform"; nil for
  /// all.
  public var layers: [Int]?
  /// The width between A and B, "r".
  public var rank: Int
  /// The scale is this over the rank, or over its root, "lora_alpha".
  public var alpha: Double
  /// Whether the scale is over the rank's root, "use_rslora"; arXiv:2312.03732.
  public var usesRootScale: Bool
  /// Ranks of layers whose path ends in a key, a regular expression, "rank_pattern".
  public var ranks: [String: Int]
  /// Alphas of such layers, "alpha_pattern".
  public var alphas: [String: Double]
  /// The share of inputs dropped in training, "lora_dropout"; read, and not computed here.
  public var dropout: Double
  /// Layers that are trained and saved whole, "modules_to_save": of a critic "score".
  public var savedModules: [String]
  /// The folder or hub name of the model it was made for, "base_model_name_or_path".
  public var base: String?

  /// Puts settings together.
  public init(
    rank: Int = 8, alpha: Double = 8, targets: Modules = .allLinear, excluded: Modules? = nil,
    layers: [Int]? = nil, usesRootScale: Bool = false, ranks: [String: Int] = [:],
    alphas: [String: Double] = [:], dropout: Double = 0, savedModules: [String] = [],
    base: String? = nil
  ) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
    self.excluded = excluded
    self.layers = layers
    self.usesRootScale = usesRootScale
    self.ranks = ranks
    self.alphas = alphas
    self.dropout = dropout
    self.savedModules = savedModules
    self.base = base
  }

  /// The file that errors name for settings that came from no file.
  static let unwritten = "the adapter's settings"

  /// What the adapter's output is multiplied by.
  func scale(rank: Int, alpha: Double) -> Double {
    alpha / (usesRootScale ? Double(rank).squareRoot() : Double(rank))
  }
}
