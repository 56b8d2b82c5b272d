// Why a safetensors file could not be read or written.

/// A failure of reading or writing safetensors; names the file and, where there is one, the tensor.
public enum SafetensorsError: Error, Equatable, CustomStringConvertible {
  /// The file could not be opened or read.
  case unreadable(file: String, reason: String)
  /// The file breaks the format.
  case malformed(file: String, reason: String)
  /// One tensor's entry breaks the format.
  case malformedTensor(file: String, tensor: String, reason: String)
  /// The file holds no tensor of that name.
  case noSuchTensor(file: String, tensor: String)
  /// The tensor is sound but this program has no use for it.
  case unusableTensor(file: String, tensor: String, reason: String)
  /// The file could not be written; nothing is left of it.
  case unwritable(file: String, reason: String)

  /// The failure in words.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
    case .malformed(let file, let reason): "\(file): not a safetensors file: \(reason)"
    case .malformedTensor(let file, let tensor, let reason):
      "\(file): tensor \"\(tensor)\": \(reason)"
    case .noSuchTensor(let file, let tensor): "\(file): holds no tensor \"\(tensor)\""
    case .unusableTensor(let file, let tensor, let reason):
      "\(file): tensor \"\(tensor)\": \(reason)"
    case .unwritable(let file, let reason): "\(file): cannot be written: \(reason)"
    }
  }
}
