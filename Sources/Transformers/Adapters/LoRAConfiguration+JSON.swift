// adapter_config.json, PEFT's file: read, with everything that would change what is computed
// refused by name, and written with every key that its reader expects.

import JSON

extension LoRAConfiguration {
  /// Keys that, when they say anything, ask for a kind of adapter that this program does not
  /// compute.
  private static let foreignKeys = [
    "use_dora", "use_qalora", "use_bdlora", "fan_in_fan_out", "lora_bias", "layer_replication",
    "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "arrow_config",
    "kasa_config", "monteclora_config", "velora_config", "megatron_config",
  ]

  /// Beginnings that leave the base weights as they are; others move part of them into A and B.
  private static let plainBeginnings = ["gaussian", "orthogonal", "eva"]

  /// PEFT's choice for every family of this program, for files that name no layers.
  private static let usualTargets = ["q_proj", "v_proj"]

  /// Reads the file of an adapter.
  init(_ file: JSONFile, isCritic: Bool) throws(ModelError) {
    try Self.refuseForeign(file, isCritic: isCritic)
    let targets = try Self.modules(file, "target_modules") ?? .names(Self.usualTargets)
    self.init(
      rank: try file.integer("r") ?? 8, alpha: try file.number("lora_alpha") ?? 8,
      targets: targets, excluded: try Self.modules(file, "exclude_modules"),
      layers: try Self.layers(file), usesRootScale: try file.flag("use_rslora") ?? false,
      dropout: try file.number("lora_dropout") ?? 0,
      savedModules: try file.strings("modules_to_save"),
      base: try file.string("base_model_name_or_path"))
    if let table = try file.object("rank_pattern") {
      for key in table.fields.keys { ranks[key] = try table.required(key) }
    }
    if let table = try file.object("alpha_pattern") {
      for key in table.fields.keys { alphas[key] = try table.number(key) }
    }
    guard layers == nil || targets.areNames else {
      throw .badValue(
        file: file.file, key: "layers_to_transform", reason: "needs target_modules to be a list")
    }
    if excluded == .allLinear {
      throw .badValue(file: file.file, key: "exclude_modules", reason: "names every layer")
    }
  }

  private static func refuseForeign(_ file: JSONFile, isCritic: Bool) throws(ModelError) {
    let kind = try file.string("peft_type")
    guard kind == "LORA" else {
      throw .unsupported(
        file: file.file, key: "peft_type", found: kind.map { "\"\($0)\"" } ?? "nothing",
        supported: ["LORA"])
    }
    for key in foreignKeys {
      guard let value = file[key], value != .boolean(false), value != .array([]),
        value != .object([:])
      else { continue }
      throw .unsupported(
        file: file.file, key: key, found: value.text, supported: ["adapters without it"])
    }
    let bias = try file.string("bias") ?? "none"
    guard bias == "none" else {
      throw .unsupported(
        file: file.file, key: "bias", found: "\"\(bias)\"", supported: ["none"])
    }
    if case .string(let beginning)? = file["init_lora_weights"],
      !plainBeginnings.contains(beginning)
    {
      throw .unsupported(
        file: file.file, key: "init_lora_weights", found: "\"\(beginning)\"",
        supported: ["true"] + plainBeginnings)
    }
    let tasks = isCritic ? ["TOKEN_CLS", "SEQ_CLS"] : ["CAUSAL_LM"]
    if let task = try file.string("task_type"), !tasks.contains(task) {
      throw .unsupported(
        file: file.file, key: "task_type", found: "\"\(task)\"", supported: tasks)
    }
    let pattern = file["layers_pattern"]
    guard pattern == nil || pattern == .string("layers") || pattern == .array([.string("layers")])
    else {
      throw .unsupported(
        file: file.file, key: "layers_pattern", found: pattern?.text ?? "",
        supported: ["layers"])
    }
  }

  private static func modules(_ file: JSONFile, _ key: String) throws(ModelError) -> Modules? {
    guard case .string(let text)? = file[key] else {
      return file[key] == nil ? nil : .names(try file.strings(key))
    }
    return text.lowercased() == "all-linear" ? .allLinear : .pattern(text)
  }

  private static func layers(_ file: JSONFile) throws(ModelError) -> [Int]? {
    guard case .array? = file["layers_to_transform"] else {
      return try file.integer("layers_to_transform").map { [$0] }
    }
    return try file.tokens("layers_to_transform")
  }

  /// Refuses what can be read and not trained.
  func requireTrainable() throws(ModelError) {
    guard dropout == 0 else {
      throw .unsupported(
        file: base ?? Self.unwritten, key: "lora_dropout", found: "training with \(dropout)",
        supported: ["0"])
    }
  }

  /// The file of an adapter.
  func json(isCritic: Bool) -> JSONValue {
    let linear = ["q", "k", "v", "o", "gate", "up", "down"].map { "\($0)_proj" }
    let targets = targets == .allLinear ? .names(linear) : targets
    let saved = isCritic ? ["score"] : savedModules
    let isWhole = alpha == alpha.rounded() && abs(alpha) < 1e9
    let listedLayers: JSONValue = layers.map { .array($0.map(JSONValue.integer)) } ?? .null
    let fields: [String: JSONValue] = [
      "peft_type": .string("LORA"),
      "task_type": .string(isCritic ? "TOKEN_CLS" : "CAUSAL_LM"),
      "base_model_name_or_path": base.map(JSONValue.string) ?? .null,
      "r": .number(rank),
      "lora_alpha": isWhole ? .number(Int(alpha)) : .number(alpha),
      "lora_dropout": .number(dropout),
      "target_modules": targets.json,
      "exclude_modules": excluded?.json ?? .null,
      "layers_to_transform": listedLayers,
      "layers_pattern": .null,
      "use_rslora": .boolean(usesRootScale),
      "rank_pattern": .object(ranks.mapValues(JSONValue.integer)),
      "alpha_pattern": .object(alphas.mapValues { JSONValue.number($0) }),
      "modules_to_save": saved.isEmpty ? .null : .array(saved.map(JSONValue.string)),
      "bias": .string("none"),
      "fan_in_fan_out": .boolean(false),
      "use_dora": .boolean(false),
      "init_lora_weights": .boolean(true),
      "inference_mode": .boolean(true),
    ]
    return .object(fields)
  }
}

extension LoRAConfiguration.Modules {
  fileprivate var areNames: Bool {
    if case .names = self { true } else { false }
  }

  fileprivate var json: JSONValue {
    switch self {
    case .names(let names): .array(names.sorted().map { .string($0) })
    case .pattern(let pattern): .string(pattern)
    case .allLinear: .string("all-linear")
    }
  }
}
