// The tensors that a configuration makes, under their checkpoint names: what a file must hold, what
// a fresh model draws, and which linear layers an adapter can sit on.

/// A linear layer by its path in the model: `[outputs, inputs]`, and perhaps a bias.
struct LinearShape {
  let path: String
  let outputs: Int
  let inputs: Int
  var hasBias = false

  var tensors: [(name: String, shape: [Int])] {
    [("\(path).weight", [outputs, inputs])] + (hasBias ? [("\(path).bias", [outputs])] : [])
  }
}

extension ModelConfiguration {
  /// The four projections of a layer's attention.
  private func attentionLinears(_ layer: Int) -> [LinearShape] {
    let prefix = "model.layers.\(layer).self_attn."
    let (queries, keys) = (headCount * headSize, keyValueHeadCount * headSize)
    let parts =
      family.fused.queryKeyValue
      ? [("qkv", queries + 2 * keys)] : [("q", queries), ("k", keys), ("v", keys)]
    let projections = parts.map { name, size in
      LinearShape(
        path: "\(prefix)\(name)_proj", outputs: size, inputs: hiddenSize,
        hasBias: biases.queryKeyValue)
    }
    return projections + [
      LinearShape(
        path: "\(prefix)o_proj", outputs: hiddenSize, inputs: queries,
        hasBias: biases.attentionOutput)
    ]
  }

  /// Those of one MLP of some inner width.
  private func mlpLinears(_ path: String, width: Int) -> [LinearShape] {
    let inner =
      family.fused.gateAndUp ? [("gate_up", 2 * width)] : [("gate", width), ("up", width)]
    return (inner.map { ($0, $1, hiddenSize) } + [("down", hiddenSize, width)]).map {
      name, outputs, inputs in
      LinearShape(
        path: "\(path).\(name)_proj", outputs: outputs, inputs: inputs, hasBias: biases.mlp)
    }
  }

  /// Those of a layer's MLP; none where it has experts.
  private func mlpLinears(_ layer: Int) -> [LinearShape] {
    if experts?.layers.contains(layer) == true { return [] }
    return mlpLinears("model.layers.\(layer).mlp", width: intermediateSize)
  }

  /// The router of a layer with experts, and their MLPs; none where it has one MLP.
  private func expertLinears(_ layer: Int) -> [LinearShape] {
    guard let experts, experts.layers.contains(layer) else { return [] }
    let path = "model.layers.\(layer).mlp"
    let router = LinearShape(path: "\(path).gate", outputs: experts.count, inputs: hiddenSize)
    return [router]
      + (0..<experts.count).flatMap {
        mlpLinears("\(path).experts.\($0)", width: experts.width)
      }
  }

  /// Every linear layer of the trunk that an adapter can stand beside: all but routers and experts.
  var trunkLinears: [LinearShape] {
    (0..<layerCount).flatMap { attentionLinears($0) + mlpLinears($0) }
  }

  /// The linear layers of all experts, and what chooses among them.
  var allExpertLinears: [LinearShape] { (0..<layerCount).flatMap(expertLinears) }

  /// The output layer.
  var outputLinear: LinearShape {
    LinearShape(path: "lm_head", outputs: vocabularySize, inputs: hiddenSize)
  }

  /// The trunk's tensors under their checkpoint names, in the order they are used.
  var trunkShapes: [(name: String, shape: [Int])] {
    var shapes = [(name: "model.embed_tokens.weight", shape: [vocabularySize, hiddenSize])]
    for layer in 0..<layerCount {
      let prefix = "model.layers.\(layer)."
      shapes += attentionLinears(layer).flatMap(\.tensors)
      if family.headNorms != .none {
        let isWhole = family.headNorms == .whole
        let sizes = [headCount, keyValueHeadCount].map { isWhole ? $0 * headSize : headSize }
        shapes.append((prefix + "self_attn.q_norm.weight", [sizes[0]]))
        shapes.append((prefix + "self_attn.k_norm.weight", [sizes[1]]))
      }
      shapes += family.norms.names.map { (prefix + "\($0).weight", [hiddenSize]) }
      shapes += (mlpLinears(layer) + expertLinears(layer)).flatMap(\.tensors)
    }
    shapes.append(("model.norm.weight", [hiddenSize]))
    return shapes
  }

  /// The language model's tensors: the trunk's, and the output layer's unless it is tied.
  var languageModelShapes: [(name: String, shape: [Int])] {
    tiesEmbeddings ? trunkShapes : trunkShapes + outputLinear.tensors
  }
}

extension ModelFamily.LayerNorms {
  /// The norms of a layer in the order they act, by what checkpoints call them: the same name stands
  /// before the MLP in one family and behind attention in another.
  var names: [String] {
    switch self {
    case .before: ["input_layernorm", "post_attention_layernorm"]
    case .after: ["post_attention_layernorm", "post_feedforward_layernorm"]
    case .around(let names): names
    }
  }
}
