// Settings that name repositories of the hub: fetched, and nailed down to the commits they are at.

public import Foundation
public import Hub
public import Prompts
public import Settings
import Transformers
import Verifiers

extension RunConfiguration {
  /// These settings with every repository fetched that the cache lacks, each with its commit: a run
  /// that is resumed must not find another model under the name.
  ///
  /// - Parameter say: where words go.
  /// - Returns: the settings with `org/name@commit` for names; paths stay as they are.
  /// - Throws: why one cannot be had.
  public func pinned(say: @escaping (String) -> Void) throws -> RunConfiguration {
    let hub = HubFetch(say: say)
    var result = try withModels { _, path in
      let pinned = try hub.pinned(path, .model)
      let folder = HubCache().place(of: pinned, .model)
      if ModelFolder.holdsAdapter(folder), let base = try ModelFolder.base(ofAdapterAt: folder) {
        _ = try hub.pinned(base, .model)
      }
      return pinned
    }
    result.data = try data.pinned(hub)
    return result
  }

  /// These settings with the commits of a run that they go on with, where they name a repository and no commit: the
  /// repository may have moved on, and the run is to find what it began with.
  ///
  /// - Parameter before: the run's settings, as they were nailed down.
  /// - Returns: the settings, other names as they are.
  public func keepingCommits(of before: RunConfiguration) -> RunConfiguration {
    var models: [String: String] = [:]
    _ = before.withModels { key, path in
      models[key] = path
      return path
    }
    var result = withModels { key, path in Self.kept(path, among: [models[key] ?? ""]) }
    let (train, validation) = (before.data.trainFiles, before.data.validationFiles)
    result.data.trainFiles = data.trainFiles.map { Self.kept($0, among: train) }
    result.data.validationFiles = data.validationFiles.map { Self.kept($0, among: validation) }
    return result
  }

  /// A name with the only commit that it has among others; the name where it has none, or several.
  private static func kept(_ path: String, among others: [String]) -> String {
    let same = Set(others.filter { $0.hasPrefix(path + "@") })
    return same.count == 1 ? same.first ?? path : path
  }

  /// These settings with other paths of models, each told where it stands.
  private func withModels(
    _ body: (_ place: String, _ path: String) throws -> String
  ) rethrows -> RunConfiguration {
    func model(_ place: String, _ path: String) throws -> String {
      path.isEmpty ? path : try body(place, path)
    }
    var result = self
    result.model.path = try model("model", self.model.path)
    result.critic.model.path = try model("critic", critic.model.path)
    result.reward.verifier.rewardModel.path = try model(
      "reward", reward.verifier.rewardModel.path)
    for (source, verifier) in reward.bySource {
      result.reward.bySource[source]?.rewardModel.path = try model(
        "source \(source)", verifier.rewardModel.path)
    }
    for (name, part) in reward.parts {
      result.reward.parts[name]?.verifier.rewardModel.path = try model(
        "part \(name)", part.verifier.rewardModel.path)
    }
    return result
  }
}

extension DataSettings {
  /// The settings with data sets fetched and nailed down.
  ///
  /// - Parameter hub: what fetches.
  /// - Returns: the settings with `org/name@commit` for names; paths stay as they are.
  /// - Throws: why one cannot be had.
  public func pinned(_ hub: HubFetch) throws -> DataSettings {
    func data(_ paths: [String], _ split: String) throws -> [String] {
      try paths.map { path in
        let kinds = [".parquet", ".jsonl", ".json"]
        let files = kinds.map { "*\(split)*\($0)" } + ["else"] + kinds.map { "*\($0)" }
        return try hub.pinned(path, .dataset, files: files)
      }
    }
    var result = self
    result.trainFiles = try data(trainFiles, trainSplit)
    result.validationFiles = try data(validationFiles, validationSplit)
    return result
  }

  /// The files of paths and repositories.
  ///
  /// - Parameters:
  ///   - paths: of `train_files` or `val_files`.
  ///   - split: which split of a repository.
  /// - Returns: the files, in order.
  /// - Throws: what a repository has instead.
  public func files(_ paths: [String], split: String) throws -> [URL] {
    try paths.flatMap { path -> [URL] in
      let place = HubCache().place(of: path, .dataset)
      guard HubCache.name(path) != nil, place.path != URL(filePath: path).path else {
        return [place]
      }
      return try HubCache.files(in: place, subset: subset, split: split)
    }
  }
}
