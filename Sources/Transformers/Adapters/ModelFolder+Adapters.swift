// Adapter folders in PEFT's form: adapter_config.json, and adapter_model.safetensors with every
// layer's A and B under "base_model.model.<path>" and, of a critic, its head.

public import Foundation
import Torch

extension ModelFolder {
  private static let (settingsFile, weightsFile) = (
    "adapter_config.json", "adapter_model.safetensors"
  )

  /// Whether a folder holds an adapter rather than a model.
  public static func holdsAdapter(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: settingsFile).path)
  }

  /// The folder or hub name of the model that an adapter was made for, as its file states it.
  public static func base(ofAdapterAt folder: URL) throws(ModelError) -> String? {
    try JSONFile(folder.appending(path: settingsFile)).string("base_model_name_or_path")
  }

  /// Puts a stored adapter beside a policy's weights, which are shared and frozen.
  ///
  /// - Parameters:
  ///   - folder: adapter_config.json and adapter_model.safetensors.
  ///   - model: the policy it was made for, without an adapter.
  ///   - training: whether it goes on learning, which an adapter with dropout cannot here.
  /// - Returns: the policy with the adapter.
  /// - Throws: what is wrong, by file and key or tensor.
  public static func adapter(
    at folder: URL, on model: LanguageModel, training: Bool = false
  ) throws(ModelError) -> LanguageModel {
    precondition(model.adapter == nil, "the model has an adapter")
    let (settings, targets) = try settings(folder, model.configuration, isCritic: false, training)
    let files = try WeightFiles(file: folder.appending(path: weightsFile))
    let requirements = requirements(targets)
    // PEFT stores the output layer beside its adapter, in case the vocabulary had grown.
    let copied = WeightFiles.Requirement(
      name: "lm_head.weight", stored: stored("lm_head.base_layer.weight"),
      shape: model.configuration.outputLinear.tensors[0].shape)
    let output =
      files.contains(copied.stored) && !model.configuration.tiesEmbeddings ? [copied] : []
    try files.check(requirements + output, ignoring: [])
    try requireEqual(output, files, model.parameters)
    let entries = try files.load(requirements, type: .float32, device: model.decoder.device)
    model.parameters.requireGradients(false)
    return LanguageModel(
      model.configuration, model.parameters, computeType: model.decoder.computeType,
      adapter: Adapter(settings, targets, Parameters(entries)),
      notes: model.notes + notes(settings, folder))
  }

  /// Puts a stored adapter beside a critic's trunk, which is shared and frozen; the head is the
  /// adapter's where it stored one.
  ///
  /// - Parameters:
  ///   - folder: adapter_config.json and adapter_model.safetensors.
  ///   - critic: the critic it was made for, without an adapter.
  ///   - training: whether it goes on learning, which an adapter with dropout cannot here.
  /// - Returns: the critic with the adapter.
  /// - Throws: what is wrong, by file and key or tensor.
  public static func adapter(
    at folder: URL, on critic: ValueModel, training: Bool = false
  ) throws(ModelError) -> ValueModel {
    precondition(critic.adapter == nil, "the critic has an adapter")
    let configuration = critic.configuration
    let (settings, targets) = try settings(folder, configuration, isCritic: true, training)
    let files = try WeightFiles(file: folder.appending(path: weightsFile))
    let heads = [("score.weight", [1, configuration.hiddenSize]), ("score.bias", [1])]
      .map { WeightFiles.Requirement(name: $0, stored: stored($0), shape: $1) }
      .filter { files.contains($0.stored) }
    let requirements = requirements(targets)
    try files.check(requirements + heads, ignoring: [])
    let device = critic.decoder.device
    let entries = try files.load(requirements, type: .float32, device: device)
    let head = try files.load(heads, type: .float32, device: device)
    critic.parameters.requireGradients(false)
    let table = critic.withWideHead
    withoutGradient {
      for (name, tensor) in head { table[name].copy(from: tensor) }
    }
    return ValueModel(
      configuration, table, computeType: critic.decoder.computeType,
      adapter: Adapter(settings, targets, Parameters(entries)),
      notes: critic.notes + notes(settings, folder))
  }

  /// Writes a policy's adapter.
  ///
  /// - Parameters:
  ///   - model: a policy with an adapter.
  ///   - files: further files by name, as a tokenizer's, copied as they are.
  ///   - folder: made if it does not exist; files of these names are replaced.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func saveAdapter(
    of model: LanguageModel, tokenizer files: [String: Data] = [:], to folder: URL
  ) throws(ModelError) {
    try saveAdapter(model.adapter, model.trainable, isCritic: false, files, folder)
  }

  /// Writes a critic's adapter and its head.
  ///
  /// - Parameters:
  ///   - critic: a critic with an adapter.
  ///   - folder: made if it does not exist; files of these names are replaced.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func saveAdapter(of critic: ValueModel, to folder: URL) throws(ModelError) {
    try saveAdapter(critic.adapter, critic.trainable, isCritic: true, [:], folder)
  }

  private static func saveAdapter(
    _ adapter: Adapter?, _ parameters: Parameters, isCritic: Bool, _ files: [String: Data],
    _ folder: URL
  ) throws(ModelError) {
    guard let adapter else { fatalError("a model without an adapter has none to save") }
    var files = files
    files[settingsFile] = adapter.configuration.json(isCritic: isCritic).data
    try write(
      files, pending(parameters.entries.map { (name: stored($0.name), tensor: $0.tensor) }),
      as: weightsFile, to: folder)
  }

  private static func settings(
    _ folder: URL, _ configuration: ModelConfiguration, isCritic: Bool, _ training: Bool
  ) throws(ModelError) -> (LoRAConfiguration, [LoRATarget]) {
    let file = try JSONFile(folder.appending(path: settingsFile))
    let settings = try LoRAConfiguration(file, isCritic: isCritic)
    if training { try settings.requireTrainable() }
    let targets = try settings.resolved(in: configuration, isCritic: isCritic, file: file.file)
    return (settings, targets)
  }

  /// Refuses base weights in an adapter that are not the model's own.
  private static func requireEqual(
    _ requirements: [WeightFiles.Requirement], _ files: WeightFiles, _ table: Parameters
  ) throws(ModelError) {
    for requirement in requirements {
      let own = table[requirement.name]
      let found = try files.load([requirement], type: own.type, device: own.device)
      guard found[0].tensor.equal(to: own).all() else {
        throw .badValue(
          file: files.listing, key: requirement.stored,
          reason: "is not the model's \(requirement.name): the adapter was made for another model")
      }
    }
  }

  private static func notes(_ settings: LoRAConfiguration, _ folder: URL) -> [String] {
    guard settings.dropout > 0 else { return [] }
    return ["\(folder.path): lora_dropout \(settings.dropout) is not applied"]
  }

  /// PEFT's name of a tensor.
  private static func stored(_ name: String) -> String { "base_model.model.\(name)" }

  private static func requirements(_ targets: [LoRATarget]) -> [WeightFiles.Requirement] {
    targets.flatMap { target in
      [
        (Adapter.down(target.path), target.shapes.down),
        (Adapter.up(target.path), target.shapes.up),
      ].map { WeightFiles.Requirement(name: $0, stored: stored($0), shape: $1) }
    }
  }
}
