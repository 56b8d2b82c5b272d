// Critics and reward models, in the forms that others publish: a classifier's head `score` with or
// without a bias (transformers, verl, NeMo-RL, TRL), `v_head.summary` on a policy (TRL's older
// form, verl's fallback), a head named by `value_head_prefix`, perhaps normalized (OpenRLHF).

public import Foundation
public import Torch

extension ModelFolder {
  /// Loads a critic: from a token classifier, a reward model, a policy with a value head, or a
  /// plain policy, which gets a fresh head of zeros and a note that says so.
  ///
  /// - Parameters:
  ///   - folder: config.json and model.safetensors, or shards with their index.
  ///   - type: what to store the weights as.
  ///   - computeType: what the trunk computes in; the head computes in float32.
  ///   - device: where the weights go.
  ///   - took: gets each tensor under its name as soon as it is read, and may leave those of the trunk without memory.
  /// - Returns: the model, with `notes` about what was not plain.
  /// - Throws: what is wrong, by file and key or tensor, before weights take memory.
  public static func valueModel(
    at folder: URL, type: ElementType = .float32, computeType: ElementType = .float32,
    device: Device = .cpu, took: (_ name: String, Tensor) -> Void = { _, _ in }
  ) throws(ModelError) -> ValueModel {
    let file = try JSONFile(folder.appending(path: "config.json"))
    let configuration = try ModelConfiguration(file)
    let head = try ModelConfiguration.head(file, of: configuration.family)
    let isClassifier = head == .tokenClassification || head == .sequenceClassification
    if isClassifier { try requireOneLabel(file) }
    let files = try WeightFiles(folder)
    let spelling = TensorSpelling(files)
    var requirements = configuration.trunkShapes.map { spelling.requirement($0.name, $0.shape) }
    var notes = spelling.notes(files)
    let source = try headName(file, files, isClassifier: isClassifier)
    if let source {
      let shape = [1, configuration.hiddenSize]
      requirements.append(.init(name: "score.weight", stored: "\(source).weight", shape: shape))
      if files.contains("\(source).bias") {
        requirements.append(.init(name: "score.bias", stored: "\(source).bias", shape: [1]))
      } else {
        notes.append("\(files.listing): \(source) has no bias; the critic's begins at zero")
      }
    } else {
      notes.append(
        "\(files.listing): a policy without a value head; the critic begins with a fresh head of "
          + "zeros")
    }
    let output = spelling.stored("lm_head.weight")
    if files.contains(output) {
      notes.append("\(files.listing): \(output) is ignored, a critic has no output layer")
    }
    try files.check(requirements, ignoring: [output] + rotary(configuration).map(spelling.stored))
    let scale = source == nil ? nil : try normalization(file, &notes)
    var entries = try files.load(requirements, type: type, device: device, took: took)
    for fresh in ValueModel.freshHead(configuration, type: type, device: device)
    where !entries.contains(where: { $0.name == fresh.name }) {
      entries.append(fresh)
    }
    let parameters = Parameters(entries)
    scale?.fold(into: parameters)
    return ValueModel(configuration, parameters, computeType: computeType, notes: notes)
  }

  /// The name that the files give the value head; nil when they hold none.
  private static func headName(
    _ file: JSONFile, _ files: WeightFiles, isClassifier: Bool
  ) throws(ModelError) -> String? {
    let stated = try file.string("value_head_prefix")
    let names = [stated, "score", "v_head.summary", "value_head"].compactMap(\.self)
    if let name = names.first(where: { files.contains("\($0).weight") }) { return name }
    guard isClassifier || stated != nil else { return nil }
    throw .missingTensor(file: files.listing, tensor: "\(names[0]).weight")
  }

  /// Refuses classifiers of several labels: a value is one number.
  private static func requireOneLabel(_ file: JSONFile) throws(ModelError) {
    let stated = try file.integer("num_labels")
    let named = try file.object("id2label")?.fields.count
    for (key, count) in [("num_labels", stated), ("id2label", named)] {
      guard let count, count != 1 else { continue }
      throw .unsupported(
        file: file.file, key: key, found: "a head of \(count) labels", supported: ["1 label"])
    }
  }

  /// What OpenRLHF takes a value through after its head: (value - mean) / std.
  private struct Normalization {
    let mean: Double
    let deviation: Double

    /// Makes it part of the head, which then gives normalized values by itself.
    func fold(into parameters: Parameters) {
      withoutGradient {
        let (weight, bias) = (parameters["score.weight"], parameters["score.bias"])
        weight.copy(from: weight.to(.float32) / deviation)
        bias.copy(from: (bias.to(.float32) - mean) / deviation)
      }
    }
  }

  private static func normalization(
    _ file: JSONFile, _ notes: inout [String]
  ) throws(ModelError) -> Normalization? {
    guard let mean = try file.number("mean"), let deviation = try file.number("std") else {
      return nil
    }
    guard try file.flag("normalize_reward") ?? false else {
      notes.append(
        "\(file.file): mean and std are not applied, for normalize_reward is not true")
      return nil
    }
    guard deviation > 0, deviation.isFinite, mean.isFinite else {
      throw .badValue(file: file.file, key: "std", reason: "\(deviation) is not above 0")
    }
    notes.append("\(file.file): mean \(mean) and std \(deviation) are now part of the head")
    return Normalization(mean: mean, deviation: deviation)
  }
}
