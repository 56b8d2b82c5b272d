// Templates in the style of thirty published families, rendered for two hundred random
// conversations each and compared with what transformers renders.

import Foundation
import Templates
import Testing
import TestSupport

/// A rendering in one number: 0 when it raises, 1 when it is not compared.
enum Checksum {
  static func of(_ rendering: Rendering) -> UInt32 {
    var bytes = Array(rendering.text.utf8)
    for range in rendering.generations {
      bytes += "|\(range.lowerBound)-\(range.upperBound)".utf8
    }
    return crc32(bytes) | 2
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
    }
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
  }

  /// The numbers that a golden holds in base 64.
  static func unpacked(_ packed: String) throws -> [UInt32] {
    let data = Array(try #require(Data(base64Encoded: packed)))
    return stride(from: 0, to: data.count, by: 4).map { place in
      (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[place + $1]) << (8 * UInt32($1)) }
    }
  }
}

@Suite("Template families")
struct FamilyTests {
  private struct Family: Decodable {
    struct Case: Decodable {
      let seed: Int
      let text: String
      let generations: [[Int]]
    }

    let name: String
    let rendered: Int
    let checksums: String
    let cases: [Case]
  }

  static func sources() throws -> [(name: String, source: String)] {
    let folder = Golden.folder.appending(path: "templates-families")
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "jinja" }
      .sorted { $0.lastPathComponent.utf8.lexicographicallyPrecedes($1.lastPathComponent.utf8) }
      .map {
        ($0.deletingPathExtension().lastPathComponent, try String(contentsOf: $0, encoding: .utf8))
      }
  }

  @Test("thirty-one families give what transformers gives for two hundred conversations each")
  func families() throws {
    let families = try Golden.decode([Family].self, from: "templates-families")
    let sources = try Self.sources()
    #expect(families.count == 31)
    #expect(sources.map(\.name) == families.map(\.name))
    var rendered = 0
    for (family, (name, source)) in zip(families, sources) {
      let template = try Template(source, name: name)
      let expected = try Checksum.unpacked(family.checksums)
      #expect(expected.count == 200)
      var wrong: [Int] = []
      var reasons: [String] = []
      for (seed, checksum) in expected.enumerated() {
        do {
          let rendering = try template.render(Conversations.variables(seed: seed))
          if Checksum.of(rendering) != checksum { wrong.append(seed) }
          rendered += 1
        } catch {
          if checksum != 0 || error.kind == .unsupported || error.kind == .limit {
            wrong.append(seed)
            reasons.append(error.description)
          }
        }
      }
      #expect(wrong.isEmpty, "\(name) differs for the seeds \(wrong): \(reasons.prefix(2))")
    }
    print("templates: \(families.count) families, 6200 conversations, \(rendered) rendered")
    #expect(rendered == families.reduce(0) { $0 + $1.rendered })
  }

  @Test("some conversations in full, with the places of their generation blocks")
  func fullCases() throws {
    let sources = Dictionary(uniqueKeysWithValues: try Self.sources().map { ($0.name, $0.source) })
    for family in try Golden.decode([Family].self, from: "templates-families") {
      let template = try Template(try #require(sources[family.name]), name: family.name)
      for one in family.cases {
        let rendering = try template.render(Conversations.variables(seed: one.seed))
        #expect(rendering.text.utf8.elementsEqual(one.text.utf8), "\(family.name) \(one.seed)")
        #expect(rendering.generations.map { [$0.lowerBound, $0.upperBound] } == one.generations)
      }
    }
  }
}
