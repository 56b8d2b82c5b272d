// Twelve thousand mutated safetensors files, each with the reference's verdict. The files are not
// stored: the script that asked the reference made them by the same arithmetic as this page, and a
// checksum over all their bytes shows that both made the same.

import Foundation
import Testing
import TestSupport
import Torch

@Suite struct SafetensorsFuzzTests {
  private struct Verdicts: Decodable {
    let count: Int
    let seed: UInt64
    let checksum: String
    let accepted: Int
    let verdicts: Data
  }

  @Test func `our verdict on every mutated file is the reference's or a listed refusal`() throws {
    let golden = try Golden.decode(Verdicts.self, from: "transformers-headers")
    var files = MutatedFiles(state: golden.seed)
    var checksum: UInt64 = 0xCBF2_9CE4_8422_2325
    var (accepted, stricter) = (0, 0)
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "case.safetensors")
      for number in 0..<golden.count {
        let file = files.next()
        checksum = file.reduce(checksum) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        let expected = golden.verdicts[number / 8] >> (number % 8) & 1 == 1
        let refusal = try refusal(Data(file), at: url)
        if refusal == nil { accepted += 1 }
        guard (refusal == nil) != expected else { continue }
        // The reference lets a later entry of the same name win and takes an axis beyond Int.max.
        let words = try #require(refusal, "accepted file \(number), which the reference refuses")
        #expect(
          words.contains("stands twice") || words.contains("is not a whole number from 0"),
          "file \(number): \(words)")
        stricter += 1
      }
    }
    #expect(String(checksum, radix: 16) == golden.checksum)
    #expect(accepted + stricter == golden.accepted)
    #expect(stricter * 1000 <= golden.count)
    print(
      "safetensors: \(golden.count) mutated files, \(golden.accepted) accepted by the reference,",
      "\(accepted) here, \(stricter) refused here alone")
  }

  /// Why a file is refused; nil when all of it is read.
  private func refusal(_ bytes: Data, at url: URL) throws -> String? {
    try bytes.write(to: url)
    do throws(SafetensorsError) {
      let file = try SafetensorsFile(url)
      for name in file.names where file.info(name)?.type.elementType != nil {
        _ = try file.tensor(name)
      }
      return nil
    } catch {
      return error.description
    }
  }
}

/// The files of Tools/goldens/transformer_header_goldens.py, byte for byte.
private struct MutatedFiles {
  var state: UInt64

  private static let originals: [(header: String, length: Int)] = [
    (
      #"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]},"#
        + #""c":{"dtype":"U8","shape":[],"data_offsets":[12,13]}}"#, 13
    ),
    (#"{"model.norm.weight":{"dtype":"F16","shape":[4],"data_offsets":[0,8]}}  "#, 8),
    (
      #"{"x":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2],"note":[{"deep":[null,1e3]}]},"#
        + #""y":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[2,5]}}"#, 5
    ),
    (
      "{\"\u{E9}\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[4,12]},"
        + "\"e\u{301}\":{\"dtype\":\"BOOL\",\"shape\":[2,2],\"data_offsets\":[0,4]},"
        + #""":{"dtype":"F64","shape":[0,7],"data_offsets":[12,12]}}"#, 12
    ),
    (
      #"{"a\u0041\n":{"shape":[1,1,1],"data_offsets":[0,4],"dtype":"F32"},"#
        + #""__metadata__":{"k":"v","w":""}}"#, 4
    ),
    ("{}", 0),
  ]
  private static let letters = Array("{}[]\",:\\ 0159-.eEtn\0".utf8) + [0xFF, 0x0A]
  private static let numbers = [
    "0", "1", "2", "3", "4", "8", "12", "13", "-1", "1.5", "1e3", "01", "-0", "2147483648",
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "null", "\"1\"", "[]", "true", "",
  ]
  private static let types = [
    "F32", "F64", "BF16", "F4", "F6_E3M2", "C64", "U64", "I8", "f32", "F33", "", "F8_E8M0", "BOOL",
  ]
  private static let lengths: [UInt64] = [
    0, 1, 7, 100_000_000, 100_000_001, 1 << 31, 1 << 32, 1 << 63, .max,
  ]

  /// Knuth's multiplicative generator: enough to pick places.
  private mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state ^ state >> 33) % UInt64(bound))
  }

  mutating func next() -> [UInt8] {
    let original = Self.originals[below(Self.originals.count)]
    var header = Array(original.header.utf8)
    for _ in 0..<1 + below(5) / 3 { mutate(&header) }
    var (length, stated) = (original.length, UInt64(header.count))
    switch below(20) {
    case 0: length = max(0, length + below(17) - 8)
    case 1: stated = UInt64(max(0, header.count + below(17) - 8))
    case 2: stated = Self.lengths[below(Self.lengths.count)]
    default: break
    }
    return (0..<8).map { UInt8(truncatingIfNeeded: stated >> ($0 * 8)) } + header
      + [UInt8](repeating: 0, count: length)
  }

  /// One change of a header's text.
  private mutating func mutate(_ text: inout [UInt8]) {
    let (kind, place) = (below(7), below(text.count + 1))
    let one = place..<min(place + 1, text.count)
    switch kind {
    case 0: text.replaceSubrange(one, with: [UInt8(below(256))])
    case 1: text.removeSubrange(one)
    case 2: text.insert(Self.letters[below(Self.letters.count)], at: place)
    case 3:
      let range = run(text, place, Array("0123456789".utf8))
      text.replaceSubrange(range, with: Self.numbers[below(Self.numbers.count)].utf8)
    case 4:
      let range = run(text, place, Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_".utf8))
      text.replaceSubrange(range, with: Self.types[below(Self.types.count)].utf8)
    default:
      let span = place..<min(place + 1 + below(20), text.count)
      if kind == 5 {
        text.removeSubrange(span)
      } else {
        text.insert(contentsOf: text[span], at: span.upperBound)
      }
    }
  }

  /// The first run of some letters that begins at or after a place.
  private func run(_ text: [UInt8], _ place: Int, _ letters: [UInt8]) -> Range<Int> {
    let start = text[place...].firstIndex(where: letters.contains) ?? text.count
    let end = text[start...].firstIndex { !letters.contains($0) } ?? text.count
    return start..<end
  }
}
