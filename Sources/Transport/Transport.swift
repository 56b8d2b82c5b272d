// What servers are asked by. The library that speaks HTTP takes longer to build than all of this house,
// and most runs ask no server: it lies in a room of its own, `Requests`, which the program with the
// network gives to this one when it starts.

public import Foundation
import Synchronization

/// What a server answered.
public struct TransportAnswer: Sendable {
  /// The status of HTTP.
  public var status: Int
  /// The bytes after the headers.
  public var body: Data

  /// Puts them together.
  public init(status: Int, body: Data) {
    (self.status, self.body) = (status, body)
  }
}

/// Why there is no answer.
public enum TransportFailure: Error, Equatable, CustomStringConvertible {
  /// The answer is longer than may be.
  case tooLong(limit: Int)
  /// The connection failed or took too long.
  case connection(String)
  /// This program was built without HTTP.
  case absent

  /// The failure in words.
  public var description: String {
    switch self {
    case .tooLong(let limit): "the answer is longer than \(limit) bytes"
    case .connection(let words): words
    case .absent: "this program was built without the network"
    }
  }
}

/// Sends requests that end: bounded in time and in the size of the answer, never redirected, so that
/// a server gone wrong costs what was asked of it and no more.
public protocol Transport: Sendable {
  /// Sends a body of JSON and waits for the answer.
  ///
  /// - Parameters:
  ///   - body: what is sent.
  ///   - url: where to.
  ///   - seconds: how long it may take.
  ///   - limit: the longest answer, in bytes.
  /// - Returns: what the server said.
  /// - Throws: ``TransportFailure`` where no whole answer comes in time.
  func post(
    _ body: Data, to url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer

  /// Reads an address.
  ///
  /// - Parameters:
  ///   - url: what to read.
  ///   - seconds: how long it may take.
  ///   - limit: the longest answer, in bytes.
  /// - Returns: what the server said.
  /// - Throws: ``TransportFailure`` where no whole answer comes in time.
  func get(
    _ url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer

  /// Looks whether somebody answers at all, whatever it says.
  ///
  /// - Throws: ``TransportFailure`` where nobody does.
  func probe(_ url: URL, within seconds: Double) async throws(TransportFailure)
}

/// The transport of this process.
public enum Transports {
  private static let installed = Mutex<(any Transport)?>(nil)

  /// The one of a task and of all that it starts, in place of the process's.
  @TaskLocal public static var own: (any Transport)?

  /// The one to use; nil in a program without the network.
  public static var current: (any Transport)? { own ?? installed.withLock { $0 } }

  /// Sets the one to use, before anybody asks a server.
  public static func install(_ transport: some Transport) {
    installed.withLock { $0 = transport }
  }
}
