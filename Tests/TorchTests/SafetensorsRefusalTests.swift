// Hostile safetensors files: the reference's verdict on each of a stored corpus, and no crash on
// thousands of seeded mutations.

import Foundation
import Testing
import TestSupport
import Torch

@Suite struct SafetensorsRefusalTests {
  /// A file in base 64, and whether the reference accepts it.
  private struct Verdict: Decodable {
    let bytes: Data
    let accepted: Bool

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      bytes = try list.decode(Data.self)
      accepted = try list.decode(Bool.self)
    }
  }

  private func accepts(_ bytes: Data, at url: URL) throws -> Bool {
    try bytes.write(to: url)
    do {
      let file = try SafetensorsFile(url)
      for name in file.names where file.info(name)?.type.elementType != nil {
        _ = try file.tensor(name)
      }
      return true
    } catch {
      return false
    }
  }

  @Test func `our verdict on every file of the corpus is the reference's`() throws {
    let verdicts = try Golden.decode([Verdict].self, from: "transformers-verdicts")
    #expect(verdicts.count > 200)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "case.safetensors")
      for (number, verdict) in verdicts.enumerated() {
        let text = String(decoding: verdict.bytes, as: UTF8.self)
        let ours = try accepts(verdict.bytes, at: url)
        #expect(ours == verdict.accepted, "case \(number): \(text)")
      }
    }
  }

  @Test func `thousands of mutated files are read or refused and none crashes`() throws {
    let original = try Data(
      contentsOf: Golden.folder.appending(path: "transformers-types.safetensors"))
    var generator = Generator(state: 35)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "case.safetensors")
      var accepted = 0
      for _ in 0..<3000 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
          let place = Int.random(in: 0..<min(720, bytes.count), using: &generator)
          switch Int.random(in: 0..<4, using: &generator) {
          case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
          case 1: bytes.remove(at: place)
          case 2: bytes.insert(bytes[place], at: place)
          default: bytes = bytes.prefix(max(place, 1))
          }
        }
        if try accepts(Data(bytes), at: url) { accepted += 1 }
      }
      // A byte of data or of a name may change; most other changes break the file.
      #expect((1..<1500).contains(accepted))
    }
  }

  /// Knuth's multiplicative generator: enough to pick places.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 33
    }
  }
}
