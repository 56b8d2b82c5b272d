// Which layers of a model an adapter's settings mean, by PEFT's rules of matching: names at the end
// of a path, or a regular expression over all of it.

import Tokenizers

/// A linear layer with the adapter that its model's settings give it.
struct LoRATarget: Equatable {
  let path: String
  let outputs: Int
  let inputs: Int
  let rank: Int
  let scale: Double

  var shapes: (down: [Int], up: [Int]) { ([rank, inputs], [outputs, rank]) }
}

extension LoRAConfiguration {
  /// The number of weights that an adapter adds to a model, a critic's whole head not counted.
  ///
  /// - Throws: settings that name no layer of the model.
  public func parameterCount(
    in configuration: ModelConfiguration, isCritic: Bool
  ) throws(ModelError) -> Int {
    try resolved(in: configuration, isCritic: isCritic).reduce(0) {
      $0 + $1.rank * ($1.inputs + $1.outputs)
    }
  }

  /// The layers that get an adapter, in the model's order.
  ///
  /// - Parameters:
  ///   - configuration: the model's.
  ///   - isCritic: whether the model ends in a value head.
  ///   - file: what errors name.
  /// - Returns: at least one layer.
  /// - Throws: what names no layer, or a layer that cannot have an adapter.
  func resolved(
    in configuration: ModelConfiguration, isCritic: Bool, file: String = unwritten
  ) throws(ModelError) -> [LoRATarget] {
    try checkNumbers(file)
    try checkSaved(isCritic, file)
    let matcher = try Matcher(self, file)
    let linears = configuration.trunkLinears + (isCritic ? [] : [configuration.outputLinear])
    var targets: [LoRATarget] = []
    for linear in linears where matcher.matches(linear.path) {
      if linear.path == configuration.outputLinear.path && configuration.tiesEmbeddings {
        throw .unsupported(
          file: file, key: "target_modules",
          found: "the output layer of a model that ties it to "
            + "the embedding table", supported: ["linear layers with weights of their own"])
      }
      let rank = try matcher.value(self.ranks, of: linear.path, "rank_pattern") ?? self.rank
      let alpha = try matcher.value(self.alphas, of: linear.path, "alpha_pattern") ?? self.alpha
      targets.append(
        LoRATarget(
          path: linear.path, outputs: linear.outputs, inputs: linear.inputs, rank: rank,
          scale: scale(rank: rank, alpha: alpha)))
    }
    let known = Set(linears.compactMap { $0.path.split(separator: ".").last.map(String.init) })
    for path in configuration.otherModules where matcher.matches(path) {
      throw .unsupported(
        file: file, key: "target_modules", found: "\"\(path)\", which is no linear layer",
        supported: known.sorted())
    }
    if self.targets != .allLinear {
      for expert in configuration.allExpertLinears where matcher.matches(expert.path) {
        throw .unsupported(
          file: file, key: "target_modules", found: "\"\(expert.path)\", a part of an expert layer",
          supported: known.sorted())
      }
    }
    guard !targets.isEmpty else {
      throw .badValue(file: file, key: "target_modules", reason: "names no linear layer")
    }
    return targets
  }

  private func checkNumbers(_ file: String) throws(ModelError) {
    for rank in [rank] + ranks.values where rank < 1 || rank > 1 << 16 {
      throw .badValue(file: file, key: "r", reason: "\(rank) is not from 1 to \(1 << 16)")
    }
    for alpha in [alpha] + alphas.values where !alpha.isFinite {
      throw .badValue(file: file, key: "lora_alpha", reason: "\(alpha) is no number")
    }
    if !(dropout >= 0 && dropout < 1) {
      throw .badValue(file: file, key: "lora_dropout", reason: "\(dropout) is not from 0 to 1")
    }
  }

  private func checkSaved(_ isCritic: Bool, _ file: String) throws(ModelError) {
    // PEFT lists both names of a classifier's head for every classifier.
    let known = isCritic ? ["score", "classifier"] : []
    for name in savedModules where !known.contains(name) {
      throw .unsupported(
        file: file, key: "modules_to_save", found: "\"\(name)\"",
        supported: isCritic ? ["score"] : ["none of a policy's"])
    }
  }
}

/// The settings' patterns, compiled.
private struct Matcher {
  private let file: String
  private let configuration: LoRAConfiguration
  private let patterns: [String: NamePattern]

  init(_ configuration: LoRAConfiguration, _ file: String) throws(ModelError) {
    self.configuration = configuration
    self.file = file
    var patterns: [String: NamePattern] = [:]
    for case .pattern(let text) in [configuration.targets, configuration.excluded].compactMap(
      \.self)
    {
      patterns[text] = try Self.compiled(text, "target_modules", file)
    }
    for key in configuration.ranks.keys {
      patterns[Self.ending(key)] = try Self.compiled(Self.ending(key), "rank_pattern", file)
    }
    for key in configuration.alphas.keys {
      patterns[Self.ending(key)] = try Self.compiled(Self.ending(key), "alpha_pattern", file)
    }
    self.patterns = patterns
  }

  /// The pattern of paths that end in a key.
  private static func ending(_ key: String) -> String { "(.*\\.)?(\(key))" }

  private static func compiled(
    _ pattern: String, _ key: String, _ file: String
  ) throws(ModelError) -> NamePattern {
    do throws(PatternSyntax.Refusal) {
      return try NamePattern(pattern)
    } catch {
      throw .badValue(
        file: file, key: key,
        reason: "\"\(pattern.prefix(160))\" is no regular expression that is read here: "
          + error.reason)
    }
  }

  private func whole(_ pattern: String, _ path: String) -> Bool {
    patterns[pattern]?.matches(path) ?? false
  }

  /// Whether the layer of a path gets an adapter.
  func matches(_ path: String) -> Bool {
    switch configuration.excluded {
    case .pattern(let pattern)? where whole(pattern, path): return false
    case .names(let names)? where Self.names(names, path): return false
    default: break
    }
    switch configuration.targets {
    case .allLinear: return path.hasSuffix("_proj")
    case .pattern(let pattern): return whole(pattern, path)
    case .names(let names):
      guard let layers = configuration.layers, !names.contains(path) else {
        return Self.names(names, path)
      }
      guard Self.names(names, path), let number = Self.layer(of: path) else { return false }
      return layers.contains(number)
    }
  }

  private static func names(_ names: [String], _ path: String) -> Bool {
    names.contains { path == $0 || path.hasSuffix(".\($0)") }
  }

  /// The number in "model.layers.7.mlp.up_proj".
  private static func layer(of path: String) -> Int? {
    path.split(separator: ".").lazy.compactMap { Int($0) }.first
  }

  /// What a table of patterns says of a path; nil when no key matches.
  func value<Value: Equatable>(
    _ table: [String: Value], of path: String, _ key: String
  ) throws(ModelError) -> Value? {
    var found: (key: String, value: Value)?
    for (pattern, value) in table where whole(Self.ending(pattern), path) {
      if let found, found.value != value {
        // PEFT takes the first in the file's order, which a table does not keep.
        throw .badValue(
          file: file, key: key,
          reason: "\"\(found.key)\" and \"\(pattern)\" both match \(path) and differ")
      }
      found = (pattern, value)
    }
    return found?.value
  }
}

extension ModelConfiguration {
  /// The paths of what is in the model and is no linear layer.
  fileprivate var otherModules: [String] {
    let parts = ["self_attn", "mlp", "mlp.act_fn"] + family.norms.names
    let norms = family.headNorms != .none ? ["self_attn.q_norm", "self_attn.k_norm"] : []
    return ["model", "model.embed_tokens", "model.layers", "model.norm", "model.rotary_emb"]
      + (0..<layerCount).flatMap { layer in
        ["model.layers.\(layer)"] + (parts + norms).map { "model.layers.\(layer).\($0)" }
      }
  }
}
