// The rotary keys of config.json: `rope_parameters` of transformers 5, `rope_theta` and
// `rope_scaling` of version 4, the kind named by `rope_type` or, in old files, by `type`.

import JSON

extension RopeScaling {
  /// Reads the base of the frequencies and their scaling.
  ///
  /// As in transformers 5, a `rope_scaling` that is not empty stands in for `rope_parameters`.
  ///
  /// - Parameters:
  ///   - file: config.json.
  ///   - family: whose usual numbers stand where the file is silent. Where layers with a window have a
  ///     rotation of their own, what is read is the other layers'.
  /// - Returns: the base, and how the frequencies are stretched.
  /// - Throws: what is not computed here, by its key.
  static func read(
    _ file: JSONFile, _ family: ModelFamily
  ) throws(ModelError) -> (theta: Double, scaling: RopeScaling) {
    var rope = try stated(file)
    let outer = try file.number("rope_theta") ?? family.usualTheta
    if family.rotatesWindowsApart, let whole = try rope?.object("full_attention") { rope = whole }
    guard let rope else { return (outer, .none) }
    for (key, value) in rope.fields {
      if case .object = value {
        throw .unsupported(
          file: rope.file, key: key, found: "a rotation for some layers alone",
          supported: ["one rotation for all layers"])
      }
    }
    let theta = try rope.number("rope_theta") ?? outer
    let scaling = try RopeScaling(rope, in: file)
    if let fault = scaling.fault {
      throw .badValue(file: rope.file, key: fault.key, reason: fault.reason)
    }
    return (theta, scaling)
  }

  /// Where a file states its rotation; nil where it does not.
  private static func stated(_ file: JSONFile) throws(ModelError) -> JSONFile? {
    if let old = try file.object("rope_scaling"), !old.fields.isEmpty { return old }
    return try file.object("rope_parameters")
  }

  /// The share of a head that rotates.
  static func share(_ file: JSONFile, _ family: ModelFamily) throws(ModelError) -> Double {
    let usual = family.usualRotaryShare ?? 1
    for place in [try stated(file), file].compactMap(\.self) {
      guard let share = try place.number("partial_rotary_factor") else { continue }
      guard family.usualRotaryShare != nil || share == 1 else {
        throw .unsupported(
          file: place.file, key: "partial_rotary_factor", found: "\(share)", supported: ["1"])
      }
      guard share > 0, share <= 1 else {
        throw .badValue(
          file: place.file, key: "partial_rotary_factor", reason: "\(share) is not from 0 to 1")
      }
      return share
    }
    return usual
  }

  /// The base in layers with a window, where `rope_parameters` states it; their frequencies are not
  /// stretched.
  static func windowTheta(_ file: JSONFile) throws(ModelError) -> Double? {
    let own = try file.object("rope_parameters")?.object("sliding_attention")
    let kind = try own?.string("rope_type") ?? "default"
    guard kind == "default" else {
      throw .unsupported(
        file: file.file, key: "rope_parameters.sliding_attention", found: "\"\(kind)\"",
        supported: ["default"])
    }
    return try own?.number("rope_theta")
  }

  private init(_ rope: JSONFile, in file: JSONFile) throws(ModelError) {
    let old = try rope.string("type")
    let name = try rope.string("rope_type") ?? old ?? "default"
    func number(_ key: String) throws(ModelError) -> Double {
      guard let value = try rope.number(key) else {
        throw .badValue(file: rope.file, key: key, reason: "is missing")
      }
      return value
    }
    if name == "default" {
      self = .none
    } else if name == "linear" {
      self = .linear(factor: try number("factor"))
    } else if name == "dynamic" {
      self = .dynamic(factor: try number("factor"))
    } else if name == "llama3" {
      self = .llama3(
        Llama3Scaling(
          factor: try number("factor"), lowFrequencyFactor: try number("low_freq_factor"),
          highFrequencyFactor: try number("high_freq_factor"),
          originalPositions: try Self.originalPositions(rope, in: file)))
    } else if name == "yarn" {
      let factor = try number("factor")
      var attention = try rope.number("attention_factor")
      if attention == nil, let above = try rope.number("mscale"), above != 0,
        let below = try rope.number("mscale_all_dim"), below != 0
      {
        attention = YarnScaling.sharpness(factor, above) / YarnScaling.sharpness(factor, below)
      }
      self = .yarn(
        YarnScaling(
          factor: factor, originalPositions: try Self.originalPositions(rope, in: file),
          fastTurns: try rope.number("beta_fast") ?? 32,
          slowTurns: try rope.number("beta_slow") ?? 1,
          truncates: try rope.flag("truncate") ?? true, attentionFactor: attention))
    } else if name == "longrope" || name == "su" {
      let positions = try Self.originalPositions(rope, in: file)
      let longest = Double(try file.required("max_position_embeddings"))
      self = .longRope(
        LongRopeScaling(
          shortFactors: try rope.numbers("short_factor"),
          longFactors: try rope.numbers("long_factor"), originalPositions: positions,
          factor: try rope.number("factor") ?? longest / Double(max(positions, 1)),
          attentionFactor: try rope.number("attention_factor")))
    } else {
      throw .unsupported(
        file: rope.file, key: "rope_type", found: "\"\(name)\"", supported: RopeScaling.names)
    }
  }

  /// The length before scaling: stated with the scaling, beside it, or the model's own.
  private static func originalPositions(
    _ rope: JSONFile, in file: JSONFile
  ) throws(ModelError) -> Int {
    let key = "original_max_position_embeddings"
    let (inner, outer) = (try rope.integer(key), try file.integer(key))
    if let inner, let outer, inner != outer {
      throw .badValue(file: rope.file, key: key, reason: "\(inner) here and \(outer) outside")
    }
    guard let stated = inner ?? outer else { return try file.required("max_position_embeddings") }
    return stated
  }

  /// The keys of this scaling, without the base; nil for none.
  var json: [String: JSONValue]? {
    switch self {
    case .none: nil
    case .linear(let factor): ["rope_type": .string("linear"), "factor": .number(factor)]
    case .dynamic(let factor): ["rope_type": .string("dynamic"), "factor": .number(factor)]
    case .llama3(let scaling):
      [
        "rope_type": .string("llama3"), "factor": .number(scaling.factor),
        "low_freq_factor": .number(scaling.lowFrequencyFactor),
        "high_freq_factor": .number(scaling.highFrequencyFactor),
        "original_max_position_embeddings": .number(scaling.originalPositions),
      ]
    case .yarn(let scaling):
      [
        "rope_type": .string("yarn"), "factor": .number(scaling.factor),
        "beta_fast": .number(scaling.fastTurns), "beta_slow": .number(scaling.slowTurns),
        "truncate": .boolean(scaling.truncates),
        "attention_factor": .number(scaling.attentionFactor),
        "original_max_position_embeddings": .number(scaling.originalPositions),
      ]
    case .longRope(let scaling):
      [
        "rope_type": .string("longrope"),
        "short_factor": .array(scaling.shortFactors.map(JSONValue.number)),
        "long_factor": .array(scaling.longFactors.map(JSONValue.number)),
        "factor": .number(scaling.factor), "attention_factor": .number(scaling.attentionFactor),
        "original_max_position_embeddings": .number(scaling.originalPositions),
      ]
    }
  }
}

extension ModelConfiguration {
  /// `rope_parameters` of a family whose layers with a window rotate by frequencies of their own.
  var ropeParametersByKind: JSONValue {
    let full = (ropeScaling.json ?? ["rope_type": .string("default")])
      .merging(["rope_theta": .number(ropeTheta)]) { $1 }
    let windowed: JSONValue = [
      "rope_type": "default", "rope_theta": .number(windowTheta ?? ropeTheta),
    ]
    return ["full_attention": .object(JSONObject(full)), "sliding_attention": windowed]
  }
}
