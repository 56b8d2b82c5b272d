// Tokens as texts, by the tokenizer that a run has saved.

import Foundation
import JSON
import RunIndex
import Synchronization
import Tokenizers

/// Reads runs' tokenizers and keeps the last ones.
final class TokenTexts: Sendable {
  private let kept = Mutex<[(path: String, tokenizer: Tokenizer?)]>([])

  /// How many are kept: large vocabularies take tens of megabytes.
  private static let most = 2

  /// The texts of tokens; nil where the run has no tokenizer that can be read.
  ///
  /// Tokens that hold part of a character are empty, but for the last of them, which has it.
  func texts(of tokens: [Int], folder: URL, model: String) -> [String]? {
    guard let file = Self.file(folder, model), let tokenizer = tokenizer(file) else { return nil }
    var waiting: [UInt8] = []
    return tokens.enumerated().map { place, token in
      waiting += tokenizer.bytes(of: token)
      let rest = place == tokens.count - 1 ? 0 : Self.unfinished(waiting)
      defer { waiting.removeFirst(waiting.count - rest) }
      return String(decoding: waiting.dropLast(rest), as: UTF8.self)
    }
  }

  /// How many bytes at the end are the beginning of a character of which more may come.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for (place, byte) in bytes.suffix(3).reversed().enumerated() where byte & 0xC0 != 0x80 {
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return place + 1 < length ? place + 1 : 0
    }
    return 0
  }

  private func tokenizer(_ file: URL) -> Tokenizer? {
    let path = file.path
    if let found = kept.withLock({ $0.first { $0.path == path } }) { return found.tokenizer }
    let tokenizer = try? Tokenizer(contentsOf: file)
    kept.withLock { kept in
      kept.append((path, tokenizer))
      if kept.count > Self.most { kept.removeFirst() }
    }
    return tokenizer
  }

  /// Where a run has one: its exported model, its newest checkpoint, the model that it began with.
  private static func file(_ folder: URL, _ model: String) -> URL? {
    let checkpoints = folder.appending(path: "checkpoints")
    let newest = ((try? FileManager.default.contentsOfDirectory(atPath: checkpoints.path)) ?? [])
      .compactMap { name in name.hasPrefix("step-") ? Int(name.dropFirst(5)) : nil }.max()
    let folders =
      [folder.appending(path: "actor")]
      + (newest.map { [checkpoints.appending(path: "step-\($0)/actor")] } ?? [])
      + (model.hasPrefix("/") ? [URL(filePath: model)] : [])
    return folders.lazy.map { $0.appending(path: "tokenizer.json") }
      .first { file in
        let values = try? file.resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey]
        )
        return values?.isRegularFile == true
      }
  }
}
