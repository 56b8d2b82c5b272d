// The manifest of a checkpoint: what is in the folder, with sizes and hashes. A folder without a
// valid one does not exist as far as resuming is concerned.

import Foundation
import Records

/// What a checkpoint consists of.
struct CheckpointManifest: Codable, Equatable {
  struct File: Codable, Equatable {
    /// Relative to the checkpoint's folder, parts joined with `/`.
    var path: String
    /// In bytes.
    var size: Int
    /// In lowercase hexadecimal.
    var sha256: String
  }

  static let name = "manifest.json"
  static let currentFormat = 1
  static let largestFile = 16 << 20

  var format = currentFormat
  var step: Int
  var files: [File]
  var metadata: [String: String]
  var score: Double?

  /// The bytes of all files together.
  var size: Int { files.reduce(0) { $0 + $1.size } }
}

/// Why a folder is no checkpoint, in words that follow its name.
struct InvalidCheckpoint: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}

// MARK: - The file

extension CheckpointManifest {
  private static let opening = #"{"digest":""#
  private static let closing = #"","#

  /// The file's bytes: one JSON object whose first line holds the hash of all the bytes after it.
  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let fields = (try encoder.encode(self)).dropFirst().drop { $0 == UInt8(ascii: "\n") }
    let rest = Data("\n".utf8) + fields + Data("\n".utf8)
    let digest = SHA256.hexadecimal(of: rest)
    return Data((Self.opening + digest + Self.closing).utf8) + rest
  }

  /// Reads the bytes of a manifest and checks them against its own hash.
  init(decoding bytes: [UInt8]) throws {
    guard let newline = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
      throw InvalidCheckpoint("its manifest is cut short")
    }
    let rest = Data(bytes[newline...])
    let digest = SHA256.hexadecimal(of: rest)
    guard bytes[..<newline].elementsEqual((Self.opening + digest + Self.closing).utf8) else {
      throw InvalidCheckpoint("its manifest is damaged")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch {
      throw InvalidCheckpoint("its manifest is of no known format")
    }
    guard format == Self.currentFormat else {
      throw InvalidCheckpoint(
        "its manifest is of format \(format); this program reads format \(Self.currentFormat)")
    }
  }

  /// Reads the manifest in a folder.
  init(in folder: String) throws {
    let path = "\(folder)/\(Self.name)"
    do {
      let bytes = try DurableFile.contents(of: path, atMost: Self.largestFile)
      try self.init(decoding: bytes)
    } catch let failure as SystemFailure where failure.code == ENOENT {
      throw InvalidCheckpoint("it has no manifest")
    } catch let failure as SystemFailure where failure.code == ELOOP || failure.code == EFBIG {
      throw InvalidCheckpoint("its manifest is not a plain file of reasonable size")
    }
  }
}

// MARK: - The folder

extension CheckpointManifest {
  /// The relative paths of all files below a folder, sorted, and of all folders, deepest first.
  ///
  /// Links and anything else that is neither file nor folder are refused.
  static func contents(of folder: String) throws -> (
    files: [(path: String, size: Int)], folders: [String]
  ) {
    var files: [(path: String, size: Int)] = []
    var folders: [String] = []
    func visit(_ relative: String) throws {
      let place = relative.isEmpty ? folder : "\(folder)/\(relative)"
      for name in try DurableFile.names(in: place) {
        let path = relative.isEmpty ? name : "\(relative)/\(name)"
        let kind = try DurableFile.kind(of: "\(folder)/\(path)")
        if kind.isFile {
          files.append((path, kind.size))
        } else if kind.isFolder {
          try visit(path)
          folders.append(path)
        } else {
          throw InvalidCheckpoint("\(shortened(path)) is neither a file nor a folder")
        }
      }
    }
    try visit("")
    return (files.sorted { $0.path < $1.path }, folders)
  }

  /// Checks a folder against its manifest, of the step that the folder's name says.
  ///
  /// A thorough check hashes all contents; otherwise only names and sizes are compared.
  static func verified(in folder: String, step: Int, isThorough: Bool = true) throws -> Self {
    guard try DurableFile.kind(of: folder).isFolder else {
      throw InvalidCheckpoint("it is not a folder")
    }
    let manifest = try Self(in: folder)
    guard manifest.step == step else {
      throw InvalidCheckpoint("its manifest is of step \(manifest.step)")
    }
    guard manifest.files.allSatisfy({ isPlain($0.path) }) else {
      throw InvalidCheckpoint("its manifest names files outside the folder")
    }
    let present = try contents(of: folder).files.filter { $0.path != name }
    let sizes = Dictionary(present.map { (Array($0.path.utf8), $0.size) }) { first, _ in first }
    for file in manifest.files {
      guard let size = sizes[Array(file.path.utf8)] else {
        throw InvalidCheckpoint("\(shortened(file.path)) is missing")
      }
      guard size == file.size else {
        throw InvalidCheckpoint("\(shortened(file.path)) has \(size) bytes instead of \(file.size)")
      }
    }
    let named = Set(manifest.files.map { Array($0.path.utf8) })
    guard named.count == manifest.files.count else {
      throw InvalidCheckpoint("its manifest names a file twice")
    }
    if let extra = present.first(where: { !named.contains(Array($0.path.utf8)) }) {
      throw InvalidCheckpoint("\(shortened(extra.path)) does not belong there")
    }
    guard isThorough else { return manifest }
    for file in manifest.files {
      let found = try DurableFile.digest(of: "\(folder)/\(file.path)")
      guard found.sha256 == file.sha256, found.size == file.size else {
        throw InvalidCheckpoint("\(shortened(file.path)) is damaged")
      }
    }
    return manifest
  }

  /// Whether a path stays in its folder and reads the same everywhere.
  private static func isPlain(_ path: String) -> Bool {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    return path != name && !path.utf8.contains(0)
      && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }
}
