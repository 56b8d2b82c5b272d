// Export: the finished policy and critic, where a user looks for them. The last stage of a run: it
// leaves no checkpoint, for what it writes says by itself whether it is done.

import Checkpoints
import Foundation
import Ranks
import Settings
import Transformers
import Words

/// Writes whole models, and beside them the adapters that were trained.
///
/// Each folder takes its place whole, after its bytes have reached the disk; `export.json` comes last
/// and says of which step they are. A run that dies in between exports again when it is resumed.
@MainActor
struct Export {
  let policy: LanguageModel
  /// The critic, where the method has one.
  let critic: ValueModel?
  let run: RunContext
  /// Whether this process writes; others help it to make what it writes.
  let writes: Bool

  private struct Record: Codable {
    /// The last global step of the run.
    var step: Int
    /// The folders that were written.
    var folders: [String]
  }

  /// Whether the models of a step lie where they belong.
  static func isDone(in folder: RunFolder, step: Int) -> Bool {
    guard let data = try? contents(of: folder.exportRecord, atMost: 1 << 20),
      let record = try? JSONDecoder().decode(Record.self, from: data)
    else { return false }
    return record.step == step
      && record.folders.allSatisfy { name in
        FileManager.default.fileExists(atPath: folder.url.appending(path: name).path)
      }
  }

  /// Writes everything.
  ///
  /// - Parameter step: the last global step of the run.
  /// - Throws: what a write throws, as on a full disk.
  func write(step: Int) throws {
    let (folder, stations) = (run.folder, run.stations)
    var record = Record(step: step, folders: [])
    func put(_ words: String, at place: URL, _ body: (URL?) throws -> Void) throws {
      guard writes else { return try body(nil) }
      try DurableFolder.replace(place, hook: run.faults, body: body)
      record.folders.append(place.lastPathComponent)
      run.console.say("\(words): \(place.path)")
    }
    try put("policy", at: folder.actor) {
      // An adapter is added to all of the weights at once.
      let pending = policy.adapter == nil ? policy.pendingWeights : nil
      try ModelFolder.save(
        pending == nil ? policy.whole : policy, weights: pending,
        tokenizer: stations.tokenizerFiles, generation: stations.generation, to: $0)
    }
    if policy.adapter != nil, writes {
      try put("its adapter", at: folder.actorAdapter) {
        guard let place = $0 else { return }
        try ModelFolder.saveAdapter(of: policy, tokenizer: stations.tokenizerFiles, to: place)
      }
    }
    if let critic {
      try put("critic", at: folder.critic) {
        let pending = critic.adapter == nil ? critic.pendingWeights : nil
        try ModelFolder.save(
          pending == nil ? critic.whole : critic, weights: pending,
          tokenizer: stations.tokenizerFiles, to: $0)
      }
      if critic.adapter != nil, writes {
        try put("its adapter", at: folder.criticAdapter) {
          guard let place = $0 else { return }
          try ModelFolder.saveAdapter(of: critic, to: place)
        }
      }
    }
    guard writes else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try DurableFile.replace(folder.exportRecord.path, with: encoder.encode(record))
    try run.faults.pass(.exported)
  }
}
