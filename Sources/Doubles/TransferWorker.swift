// The worker of a server of vLLM's shape that takes weights over NCCL's double, for tests.

import CDouble
import Foundation
public import JSON
import Synchronization
public import Torch

/// One that joins channels and receives tensors as it is told in vLLM's words.
public final class TransferWorker: Sendable {
  /// What it was told that cannot be followed.
  public struct Refusal: Error, CustomStringConvertible {
    /// What, and why.
    public let description: String
  }

  private let channel = Mutex<WeightChannel?>(nil)
  private let joins = Mutex(0)

  /// One that has joined nobody.
  public init() { cdouble_install_channels() }

  /// How often it has joined.
  public var joinCount: Int { joins.withLock { $0 } }

  /// Joins as `/init_weight_transfer_engine` says; waits for the others.
  ///
  /// - Parameters:
  ///   - body: what was sent.
  ///   - rank: of the worker among those of its server, from 0.
  /// - Throws: ``Refusal``, and what the channel has wrong with it.
  public func join(_ body: JSONValue, worker rank: Int = 0) throws {
    let facts = body["init_info"]
    guard let name = facts?["nccl_unique_id_b64"]?.words.flatMap({ Data(base64Encoded: $0) }),
      name.count == WeightChannel.nameLength, let count = facts?["world_size"]?.whole,
      let offset = facts?["rank_offset"]?.whole, facts?["packed"] == .boolean(false)
    else { throw Refusal(description: "no channel can be joined by \(body.text)") }
    let joined = try WeightChannel()
    try joined.join(Array(name), rank: offset + rank, of: count, on: .cpu)
    try wait(for: joined)
    channel.withLock { $0 = joined }
    joins.withLock { $0 += 1 }
  }

  /// Receives what `/update_weights` names.
  ///
  /// - Parameters:
  ///   - body: what was sent.
  ///   - most: how many it takes before it goes away.
  /// - Returns: the tensors by name, in the order in which they came.
  /// - Throws: ``Refusal``, and what the channel has wrong with it.
  public func receive(
    _ body: JSONValue, atMost most: Int = .max
  ) throws -> [(name: String, tensor: Tensor)] {
    let facts = body["update_info"]
    guard let channel = channel.withLock({ $0 }) else {
      throw Refusal(description: "NCCL weight transfer not initialized")
    }
    guard let names = facts?["names"]?.list?.compactMap(\.words),
      let types = facts?["dtype_names"]?.list?.compactMap({ $0.words.flatMap(ElementType.init) }),
      let shapes = facts?["shapes"]?.list?.compactMap({ $0.list?.compactMap(\.whole) }),
      names.count == types.count, names.count == shapes.count
    else { throw Refusal(description: "no tensors are described by \(body.text)") }
    var received: [(name: String, tensor: Tensor)] = []
    for (name, (type, shape)) in zip(names, zip(types, shapes)) {
      guard received.count < most else {
        leave()
        throw Refusal(description: "it went away")
      }
      let tensor = Tensor.zeros(shape, type: type)
      try channel.broadcast(tensor)
      try wait(for: channel)
      received.append((name, tensor))
    }
    return received
  }

  private func wait(for channel: WeightChannel) throws {
    guard try channel.isDone(within: .seconds(600)) else {
      throw Refusal(description: "nothing comes")
    }
  }

  /// Forgets the channel, as one that is started again.
  public func leave() {
    channel.withLock {
      $0?.end()
      $0 = nil
    }
  }
}

extension JSONValue {
  /// A member of an object; nil for anything else.
  package subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  /// A number without point and exponent; nil for anything else.
  package var whole: Int? { if case .integer(let number) = self { number } else { nil } }

  /// A text; nil for anything else.
  package var words: String? { if case .string(let text) = self { text } else { nil } }

  /// The elements of a list; nil for anything else.
  package var list: [JSONValue]? { if case .array(let list) = self { list } else { nil } }
}
