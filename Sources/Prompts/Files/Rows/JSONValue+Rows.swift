// JSON values as rows of data.

import JSON

/// Why a row is not a usable problem.
struct LineFault: Error, Equatable {
  var reason: String
}

extension JSONValue {
  /// Equal keys matter only where they are asked for: rows of published data have them.
  private static let limits = JSONLimits(allowsEqualKeys: true)

  /// The value that a whole line is.
  init(line: ArraySlice<UInt8>) throws(LineFault) {
    do throws(JSONError) {
      self = try JSONValue(parsing: line, limits: Self.limits)
    } catch {
      throw LineFault(
        reason: "not JSON: \(error.reason), at byte \(error.offset + 1) of the line")
    }
  }

  /// The names of an object's members.
  var names: [String] {
    guard case .object(let members) = self else { return [] }
    return members.map(\.key)
  }

  /// The value of a column: of this very key, or else, where the key has dots, of the object in
  /// the object.
  func column(_ path: String) throws(LineFault) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    // Bytes are compared: Swift takes two spellings of one accented letter for the same key.
    let found = members.filter { $0.key.utf8.elementsEqual(path.utf8) }
    guard found.count < 2 else { throw LineFault(reason: "the key '\(path)' occurs twice") }
    if let value = found.first?.value { return value }
    guard let dot = path.firstIndex(of: ".") else { return nil }
    return try column(String(path[..<dot]))?.column(String(path[path.index(after: dot)...]))
  }
}
