// Why a model folder could not be read or written.

public import Torch

/// A failure of reading or writing a model folder; names the file and, where there is one, the
/// key or the tensor.
public enum ModelError: Error, Equatable, CustomStringConvertible {
  /// A file could not be opened or read.
  case unreadable(file: String, reason: String)
  /// A file's text is not what it should be.
  case malformed(file: String, reason: String)
  /// A key of a JSON file is missing, mistyped or out of range.
  case badValue(file: String, key: String, reason: String)
  /// The model is of a kind that this program does not compute.
  case unsupported(file: String, key: String, found: String, supported: [String])
  /// The weights lack a tensor that the configuration asks for.
  case missingTensor(file: String, tensor: String)
  /// The weights hold tensors that the configuration has no place for.
  case unknownTensors(file: String, tensors: [String])
  /// A tensor's shape is not the configuration's.
  case wrongShape(file: String, tensor: String, expected: [Int], found: [Int])
  /// A weight file is broken or could not be written.
  case weights(SafetensorsError)
  /// A file could not be written.
  case unwritable(file: String, reason: String)

  /// The failure in words.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .malformed(let file, let reason): "\(file): \(reason)"
    case .badValue(let file, let key, let reason): "\(file): \(key): \(reason)"
    case .unsupported(let file, let key, let found, let supported):
      "\(file): \(key): \(found) is not supported; this program knows "
        + supported.joined(separator: ", ")
    case .missingTensor(let file, let tensor):
      "\(file): holds no tensor \"\(tensor)\", which config.json asks for"
    case .unknownTensors(let file, let tensors):
      "\(file): config.json has no place for \(tensors.count) tensor(s): "
        + tensors.prefix(3).joined(separator: ", ") + (tensors.count > 3 ? ", …" : "")
    case .wrongShape(let file, let tensor, let expected, let found):
      "\(file): tensor \"\(tensor)\" has shape \(found), config.json makes it \(expected)"
    case .weights(let error): error.description
    case .unwritable(let file, let reason): "\(file): cannot be written: \(reason)"
    }
  }
}
