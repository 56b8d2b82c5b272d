// Which files of a data set's repository hold a split: by the names that the hub's own tools give.

public import Foundation

extension HubCache {
  /// What splits are called.
  private static let splitNames = ["train", "test", "validation", "valid", "val", "dev", "eval"]

  /// The files of a split.
  ///
  /// - Parameters:
  ///   - snapshot: the repository.
  ///   - subset: its configuration, the folder that its files are in; empty where there is one only.
  ///   - split: such as `train`.
  /// - Returns: files that can be read, in the order of their names.
  /// - Throws: ``HubError``, which names the subsets and splits that are there.
  public static func files(
    in snapshot: URL, subset: String, split: String
  ) throws(HubError) -> [URL] {
    let base = snapshot.standardizedFileURL.path + "/"
    let names =
      (FileManager.default.enumerator(atPath: snapshot.path)?.compactMap { $0 as? String })
      ?? []
    let files = names.filter { name in
      [".parquet", ".jsonl", ".json"].contains { name.hasSuffix($0) }
        && !name.split(separator: "/").contains { $0.hasPrefix(".") }
    }.sorted()
    // data/train-00000-of-00001.parquet, main/train-….parquet, train.jsonl
    func stem(_ name: String) -> Substring {
      name.split(separator: "/").last?.prefix { $0 != "-" && $0 != "." } ?? ""
    }
    func folder(_ name: String) -> String {
      name.split(separator: "/").dropLast().filter { $0 != "data" }.joined(separator: "/")
    }
    // Where no file is called after a split, all of them are the only one.
    let isDivided = files.contains { splitNames.contains(String(stem($0))) }
    let ofSplit = isDivided ? files.filter { stem($0) == split } : files
    let found = ofSplit.filter { subset.isEmpty || folder($0) == subset }
    guard !found.isEmpty else {
      let splits = Set(files.map { String(stem($0)) }).sorted().prefix(20)
      throw HubError(
        description: "\(snapshot.path) has no file of the split '\(split)'"
          + (subset.isEmpty ? "" : " in '\(subset)'") + "; its files begin with: "
          + (splits.isEmpty ? "nothing that can be read" : splits.joined(separator: ", ")))
    }
    let folders = Set(found.map(folder)).sorted()
    guard folders.count == 1 else {
      throw HubError(
        description:
          "\(snapshot.path) has the split '\(split)' of several subsets; data.name names "
          + "one of: \(folders.joined(separator: ", "))")
    }
    return found.map { URL(filePath: base + $0) }
  }
}
