// A small served model, in a process of its own as users have it, and a client that can misbehave.

import Foundation
import Glibc
import Testing
import TestSupport
import Tokenizers
import Torch
import Transformers

/// A model folder with a character vocabulary and a chat template.
enum TinyFolder {
  static let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz #<>|_:=\n")

  static func write(to folder: URL) throws {
    let tokenizer = try Tokenizer.characters(alphabet, endOfText: "<|endoftext|>")
    var configuration = ModelConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 32, intermediateSize: 48,
      layerCount: 2, headCount: 4, keyValueHeadCount: 2, maximumPositions: 128,
      initializerRange: 0.4, tiesEmbeddings: true, eosTokens: [0])
    configuration.padToken = 0
    let template = """
      {% for m in messages %}<|{{ m.role }}|>{{ m.content }}
      {% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}
      """
    let settings = try JSONSerialization.data(withJSONObject: ["chat_template": template])
    try ModelFolder.save(
      .random(configuration, seed: 3),
      tokenizer: ["tokenizer.json": tokenizer.json, "tokenizer_config.json": settings],
      generation: GenerationConfiguration(eosTokens: [0]), to: folder)
  }
}

/// `vapo serve` on a free port, as long as it is held.
final class Served: WebProcess, @unchecked Sendable {
  let folder: URL

  init(_ arguments: [String] = []) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    try TinyFolder.write(to: folder)
    try super.init(command: ["serve", folder.path, "--name", "tiny", "--port", "0"] + arguments)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Sends a JSON object and returns the status and the object that comes back.
  func ask(_ path: String, _ fields: [String: Any]) async throws -> (
    status: Int, object: [String: Any]
  ) {
    let body = String(
      decoding: try JSONSerialization.data(withJSONObject: fields), as: UTF8.self)
    let (status, text) = try await ask("POST", path, body)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    return (status, try #require(object, "\(text)"))
  }

  /// The texts of a request's choices, in order.
  func texts(_ fields: [String: Any]) async throws -> [String] {
    let (status, object) = try await ask("/v1/completions", fields)
    #expect(status == 200, "\(object)")
    let choices = object["choices"] as? [[String: Any]] ?? []
    return choices.sorted { ($0["index"] as? Int ?? 0) < ($1["index"] as? Int ?? 0) }
      .compactMap { $0["text"] as? String }
  }
}
