// Goldens: small files with numbers from outside the house, made by the scripts in Tools/goldens.

public import Foundation

/// Finds and decodes the files of Tests/Goldens.
public enum Golden {
  /// The root of the tree, found from this file's own place in it.
  public static var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// The folder of all goldens.
  public static var folder: URL { root.appending(path: "Tests/Goldens") }

  /// Decodes `name`.json.
  public static func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value
  {
    let data = try Data(contentsOf: folder.appending(path: "\(name).json"))
    return try JSONDecoder().decode(Value.self, from: data)
  }
}
