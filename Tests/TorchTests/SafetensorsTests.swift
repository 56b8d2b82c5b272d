// Safetensors files: read what the reference wrote, write what it would have written, and refuse
// what it refuses.

import Foundation
import Testing
import TestSupport
import Torch

@Suite struct SafetensorsTests {
  let reference = Golden.folder.appending(path: "transformers-types.safetensors")

  @Test func `every element type of the reference's file is read`() throws {
    let file = try SafetensorsFile(reference)
    #expect(file.metadata == ["format": "pt"])
    #expect(try file.tensor("z.weight").floats == [0, 1, 2, 3, 4, 5])
    #expect(try file.tensor("z.weight").shape == [2, 3])
    #expect(try file.tensor("a/b").floats == [1.5, -2])
    #expect(try file.tensor("a/b").type == .bfloat16)
    #expect(try file.tensor("half").floats == [0.5])
    #expect(try file.tensor("wide").doubles == [0.1])
    #expect(try file.tensor("count").ints == [-1, 1 << 40])
    #expect(try file.tensor("flag").bools == [true, false, true])
    #expect(try file.tensor("scalar").shape == [])
    #expect(try file.tensor("scalar").item == 3)
    #expect(try file.tensor("empty").shape == [0, 4])
    #expect(try file.tensor("quote \" slash \\ tab \t bell \u{7} del \u{7F}").item == 7)
    #expect(file.info("half")?.type == .float16)
    #expect(file.info("empty")?.shape == [0, 4])
    #expect(file.info("nothing") == nil)
  }

  @Test func `a tensor is read into memory of another type, piece by piece`() throws {
    try withTemporaryFolder { folder in
      // More than one piece of conversion, and not a whole number of them.
      let values = (0..<100_001).map { Float($0 % 251) - 125 }
      let url = folder.appending(path: "wide.safetensors")
      let stored: [(String, Tensor)] = [
        ("half", Tensor(values).to(.bfloat16)), ("wide", Tensor(values).to(.float64)),
        ("scalar", Tensor.full([], 7).to(.float16)), ("empty", .zeros([0, 3], type: .float16)),
      ]
      try Safetensors.write(stored, to: url)
      let file = try SafetensorsFile(url)
      for name in ["half", "wide"] {
        let target = Tensor.full([100_001], 9)
        try file.read(name, into: target)
        #expect(target.floats == values, "\(name)")
      }
      let same = Tensor.zeros([100_001], type: .bfloat16)
      try file.read("half", into: same)
      #expect(same.floats == values)
      let scalar = Tensor.zeros([])
      try file.read("scalar", into: scalar)
      #expect(scalar.item == 7)
      try file.read("empty", into: .zeros([0, 3]))
      #expect(throws: SafetensorsError.self) { try file.read("none", into: scalar) }
    }
  }

  @Test func `a large tensor is converted by several threads into the same numbers`() throws {
    try withTemporaryFolder { folder in
      // Enough for several threads, and no whole number of pieces; up to 256 bfloat16 is exact.
      let numbers = (0..<1_000_003).map { Float($0 % 251) }
      let url = folder.appending(path: "large.safetensors")
      try Safetensors.write([(name: "large", tensor: Tensor(numbers).to(.bfloat16))], to: url)
      let target = Tensor.zeros([numbers.count])
      try SafetensorsFile(url).read("large", into: target)
      #expect(target.floats == numbers)
    }
  }

  @Test func `names that look alike are different names`() throws {
    let file = try SafetensorsFile(reference)
    #expect(try file.tensor("e\u{301}").item == 8)
    #expect(try file.tensor("\u{E9}").item == 9)
    #expect(file.names.count == 12)
  }

  @Test func `our file of the same tensors is the reference's, byte for byte`() throws {
    try withTemporaryFolder { folder in
      let file = try SafetensorsFile(reference)
      let tensors = try file.names.reversed().map { (name: $0, tensor: try file.tensor($0)) }
      let copy = folder.appending(path: "copy.safetensors")
      try Safetensors.write(tensors, to: copy)
      #expect(try Data(contentsOf: copy) == Data(contentsOf: reference))
    }
  }

  @Test func `a tensor that is a view is written as what it shows`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "view.safetensors")
      let table = Tensor([1, 2, 3, 4, 5, 6], shape: [2, 3])
      try Safetensors.write(
        [("turned", table.transposed(0, 1)), ("part", table.narrowed(1, 1..<2))], to: url)
      let file = try SafetensorsFile(url)
      #expect(try file.tensor("turned").ints == [1, 4, 2, 5, 3, 6])
      #expect(try file.tensor("part").ints == [2, 5])
    }
  }

  @Test func `a full disk is an error and nothing is left`() throws {
    let error = #expect(throws: SafetensorsError.self) {
      try Safetensors.write([("a", .zeros([4096]))], to: URL(filePath: "/dev/full"))
    }
    #expect(error?.description.hasPrefix("/dev/full: cannot be written: No space left") == true)
    #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "no/such/folder")
      #expect(throws: SafetensorsError.self) { try Safetensors.write([], to: url) }
    }
  }

  @Test func `a name given twice is not written`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "twice.safetensors")
      #expect(throws: SafetensorsError.self) {
        try Safetensors.write([("a", .zeros([1])), ("a", .zeros([2]))], to: url)
      }
      #expect(!FileManager.default.fileExists(atPath: url.path))
    }
  }

  @Test func `what is no readable file is an error that names it`() throws {
    try withTemporaryFolder { folder in
      for url in [folder, folder.appending(path: "absent")] {
        let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(url) }
        #expect(error?.description.contains(url.path) == true)
      }
    }
  }

  @Test func `a file that becomes shorter after it was opened is an error`() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "short.safetensors")
      try Safetensors.write([("a", .zeros([1000]))], to: url)
      let file = try SafetensorsFile(url)
      let handle = try FileHandle(forWritingTo: url)
      try handle.truncate(atOffset: 500)
      try handle.close()
      #expect(
        throws: SafetensorsError.unreadable(file: url.path, reason: "the file became shorter")
      ) {
        try file.tensor("a")
      }
    }
  }

  @Test func `a type that no tensor here holds is listed but not read`() throws {
    let header = #"{"a":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}"#
    try withFile(header, data: [1, 2]) { file in
      let type = try file().info("a")?.type
      #expect(type == .uint16)
      let error = #expect(throws: SafetensorsError.self) { try file().tensor("a") }
      #expect(error?.description.contains("tensor \"a\": elements of type U16") == true)
    }
  }

  @Test func `bytes are read as such, and not as weights`() throws {
    let header = #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#
    try withFile(header, data: [1, 200]) { file in
      let bytes = try file().tensor("a")
      #expect(bytes.to(.int64).ints == [1, 200])
      let error = #expect(throws: SafetensorsError.self) {
        try file().read("a", into: .zeros([2]))
      }
      #expect(error?.description.contains("of type U8 where float32 is wanted") == true)
    }
  }

  @Test(arguments: [
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "\"a\": data_offsets 4..<8 leave a hole"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
      "\"a\": shape [3] of F32 is 96 bits"
    ),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "goes on after its last tensor"),
    (#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "the file is truncated"),
    (#"{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}"#, "unknown dtype \"Q4\""),
    (
      #"{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},"#
        + #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "\"a\": stands twice"
    ),
    (#"{"a":{"dtype":"F32","shape":[2]}}"#, "needs dtype, shape and data_offsets"),
    (#"{"a":1}"#, "header byte"),
  ])
  func `a broken header is refused in words that name the tensor`(
    header: String, words: String
  ) throws {
    try withFile(header, data: [UInt8](repeating: 0, count: 8)) { file in
      let error = #expect(throws: SafetensorsError.self) { try file() }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "none")")
    }
  }

  private func withFile(
    _ header: String, data: [UInt8], _ body: (() throws -> SafetensorsFile) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "file.safetensors")
      let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) }
      try Data(length + Array(header.utf8) + data).write(to: url)
      try body { try SafetensorsFile(url) }
    }
  }
}
