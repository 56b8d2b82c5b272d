// The weights of a folder: one safetensors file, or several with an index. Everything is checked
// on the headers, names and shapes and types, before the first weight takes memory.

import Foundation
import Torch

/// The open weight files of a folder, and which of them holds what.
struct WeightFiles {
  /// What a model asks of its weights.
  struct Requirement {
    /// The name under which the model keeps the tensor.
    let name: String
    /// The name in the files.
    let stored: String
    let shape: [Int]
  }

  /// What errors name for a tensor that no file holds: the index, or the only file.
  let listing: String
  private let files: [SafetensorsFile]
  private let places: [String: Int]

  init(_ folder: URL) throws(ModelError) {
    let index = folder.appending(path: "model.safetensors.index.json")
    let single = folder.appending(path: "model.safetensors")
    let manager = FileManager.default
    if manager.fileExists(atPath: single.path) || !manager.fileExists(atPath: index.path) {
      try self.init(file: single)
    } else {
      let (files, places) = try Self.sharded(index, in: folder)
      self.init(listing: index.path, files: files, places: places)
    }
  }

  /// One file of any name.
  init(file url: URL) throws(ModelError) {
    let file = try Self.opened(url)
    // Names that differ in bytes can be one text: é is one scalar or two.
    var places: [String: Int] = [:]
    for name in file.names where places.updateValue(0, forKey: name) != nil {
      throw .weights(
        .malformedTensor(
          file: url.path, tensor: name, reason: "stands twice, once in other bytes of the same text"
        ))
    }
    self.init(listing: url.path, files: [file], places: places)
  }

  private init(listing: String, files: [SafetensorsFile], places: [String: Int]) {
    self.listing = listing
    self.files = files
    self.places = places
  }

  private static func opened(_ url: URL) throws(ModelError) -> SafetensorsFile {
    do throws(SafetensorsError) {
      return try SafetensorsFile(url)
    } catch {
      throw .weights(error)
    }
  }

  private static func sharded(
    _ index: URL, in folder: URL
  ) throws(ModelError) -> ([SafetensorsFile], [String: Int]) {
    guard let map = try JSONFile(index).object("weight_map") else {
      throw .badValue(file: index.path, key: "weight_map", reason: "is missing")
    }
    var files: [SafetensorsFile] = []
    var numbers: [String: Int] = [:]
    var places: [String: Int] = [:]
    for tensor in map.fields.keys.sorted() {
      guard let name = try map.string(tensor) else {
        throw .badValue(file: map.file, key: tensor, reason: "is null")
      }
      let plain = name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x2F && $0 != 0x5C && $0 != 0x7F }
      guard plain, !name.hasPrefix("."), name.hasSuffix(".safetensors") else {
        throw .badValue(
          file: map.file, key: tensor, reason: "\"\(name)\" is not a plain file name")
      }
      if numbers[name] == nil {
        numbers[name] = files.count
        files.append(try opened(folder.appending(path: name)))
      }
      guard let number = numbers[name], files[number].info(tensor) != nil else {
        throw .missingTensor(file: folder.appending(path: name).path, tensor: tensor)
      }
      places[tensor] = number
    }
    for file in files {
      let stray = file.names.filter { places[$0] == nil }
      guard stray.isEmpty else { throw .unknownTensors(file: file.path, tensors: stray) }
    }
    return (files, places)
  }

  /// The type of most of the stored numbers; nil where there are none.
  var mainType: ElementType? {
    var counts: [ElementType: Int] = [:]
    for (name, place) in places {
      guard let info = files[place].info(name), let type = info.type.elementType else { continue }
      counts[type, default: 0] += info.shape.reduce(1, *)
    }
    return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key
  }

  func contains(_ name: String) -> Bool { places[name] != nil }

  /// The shape of a stored tensor; nil when no file holds it.
  func shape(_ name: String) -> [Int]? { places[name].flatMap { files[$0].info(name)?.shape } }

  /// Checks that every requirement is filled with its shape by numbers, and that nothing else is stored.
  func check(_ requirements: [Requirement], ignoring ignored: [String]) throws(ModelError) {
    for requirement in requirements {
      guard let place = places[requirement.stored], let info = files[place].info(requirement.stored)
      else {
        throw .missingTensor(file: listing, tensor: requirement.stored)
      }
      guard info.shape == requirement.shape else {
        throw .wrongShape(
          file: files[place].path, tensor: requirement.stored, expected: requirement.shape,
          found: info.shape)
      }
      guard [.float16, .bfloat16, .float32, .float64].contains(info.type) else {
        throw .weights(
          .unusableTensor(
            file: files[place].path, tensor: requirement.stored,
            reason: "weights of type \(info.type.rawValue) are not used"))
      }
    }
    let used = Set(requirements.map(\.stored) + ignored)
    let stray = places.keys.filter { !used.contains($0) }.sorted()
    guard stray.isEmpty else { throw .unknownTensors(file: listing, tensors: stray) }
  }

  /// Reads what was required and checked, straight into the tensors that are kept.
  ///
  /// - Parameters:
  ///   - requirements: what to read.
  ///   - type: what to store it as.
  ///   - device: where it goes.
  ///   - took: gets each tensor as soon as it is read, and may leave it without memory.
  /// - Returns: the tensors under the model's names.
  /// - Throws: what cannot be read, and numbers that are none.
  func load(
    _ requirements: [Requirement], type: ElementType, device: Device,
    took: (_ name: String, Tensor) -> Void = { _, _ in }
  ) throws(ModelError) -> [(name: String, tensor: Tensor)] {
    var entries: [(name: String, tensor: Tensor)] = []
    for requirement in requirements {
      do throws(SafetensorsError) {
        let tensor = Tensor.empty(requirement.shape, type: type, device: device)
        let file = files[places[requirement.stored] ?? 0]
        try file.read(requirement.stored, into: tensor)
        guard tensor.isFinite().all() else {
          throw SafetensorsError.unusableTensor(
            file: file.path, tensor: requirement.stored,
            reason: "holds what is not a number, or infinite")
        }
        took(requirement.name, tensor)
        entries.append((requirement.name, tensor))
      } catch {
        throw .weights(error)
      }
    }
    return entries
  }
}
