// vLLM's words for weights that come by NCCL, as version 0.32 has them. A server must be started with
// `--weight-transfer-config '{"backend": "nccl"}'`. The trainer is rank 0, its workers follow; all of them add up one
// number as they join, and take one broadcast a tensor, in the order in which they are told the names.

import Foundation
import JSON
import Torch

/// A tensor that is going to be sent.
struct SentTensor: Sendable {
  let name: String
  let shape: [Int]
  let type: ElementType

  /// What is said of a tensor that is made when its turn comes.
  init(_ pending: PendingTensor) {
    (name, shape, type) = (pending.name, pending.shape, pending.type)
  }
}

/// The calls by which a server of vLLM joins a channel and takes weights from it.
enum VLLMTransfer {
  /// Answers how many workers a server has.
  static let size = "get_world_size"

  private static let join = "init_weight_transfer_engine"

  /// The most workers of one server.
  private static let mostWorkers = 4096

  /// How many workers an answer says a server has; nil where it says none that can be.
  static func size(_ answer: JSONValue?) -> Int? {
    answer?["world_size"]?.whole.flatMap { (1...mostWorkers).contains($0) ? $0 : nil }
  }

  /// Joins the channel of a name, of so many workers and the trainer.
  static func joining(_ name: [UInt8], workers: Int) -> ServerCall {
    let facts: JSONObject = [
      "rank_offset": .integer(1), "world_size": .integer(workers + 1),
      "nccl_unique_id_b64": .string(Data(name).base64EncodedString()), "packed": .boolean(false),
    ]
    return ServerCall(path: join, body: .object(["init_info": .object(facts)]))
  }

  /// Lets go of whom it has joined before, if of anybody.
  static let parting = ServerCall(path: "shutdown_weight_transfer_engine")

  /// Answers which weights a server has.
  static let version = "weight_info"

  /// The weights that an answer says a server has; nil where it says none.
  static func version(_ answer: JSONValue?) -> String? { answer?["weight_version"]?.words }

  /// Draws nothing until it is told to go on.
  static let pausing = ServerCall(path: "pause?mode=wait")

  /// Says that weights will come.
  static let starting = ServerCall(path: "start_weight_update")

  /// Says that no more will come, as after an update that has failed: it refuses the next one otherwise, and mixes what
  /// it has of both.
  static let stopping = ServerCall(path: "finish_weight_update")

  /// Takes these tensors; it answers when it has them all.
  static func receiving(_ tensors: [SentTensor]) -> ServerCall {
    let facts: JSONObject = [
      "names": .array(tensors.map { .string($0.name) }),
      "dtype_names": .array(tensors.map { .string($0.type.rawValue) }),
      "shapes": .array(tensors.map { .array($0.shape.map { .integer($0) }) }),
    ]
    return ServerCall(path: "update_weights", body: .object(["update_info": .object(facts)]))
  }

  /// Draws with them from now on.
  static func ending(_ version: String) -> [ServerCall] {
    [
      ServerCall(
        path: "finish_weight_update", body: .object(["weight_version": .string(version)])),
      VLLMDialect.forgetting,
    ]
  }

  /// Lets responses be drawn again.
  static let resuming = ServerCall(path: "resume")

  /// What an error of the call that joins may come from.
  static func meaning(of status: Int, at path: String) -> String? {
    status == 500 && path == join
      ? "it needs --weight-transfer-config '{\"backend\": \"nccl\"}', and a GPU that is not the trainer's"
      : nil
  }
}
