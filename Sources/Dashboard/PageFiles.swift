// The page's files, read once at the start: nothing that is asked for becomes a path.

import Foundation
import Hummingbird

/// Why the dashboard cannot start.
public struct DashboardError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, and what helps.
  public var description: String
}

/// Files of the page by their names.
struct PageFiles: Sendable {
  private var files: [String: (bytes: [UInt8], type: String)] = [:]

  private static let types = [
    "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8", "svg": "image/svg+xml",
  ]

  /// Reads all of them.
  ///
  /// - Parameter charts: where plotly.js lies.
  /// - Throws: ``DashboardError`` for what is missing.
  init(charts: URL) throws {
    let folder = Bundle.module.resourceURL?.appending(path: "Page")
    let names =
      folder.flatMap { try? FileManager.default.contentsOfDirectory(atPath: $0.path) } ?? []
    for name in names {
      guard let folder, let type = Self.types[(name as NSString).pathExtension],
        let data = try? Data(contentsOf: folder.appending(path: name))
      else { continue }
      files[name] = ([UInt8](data), type)
    }
    guard files["index.html"] != nil else {
      throw DashboardError(
        description: "the page's files are missing; ./vapo builds the program anew")
    }
    guard let plotly = try? Data(contentsOf: charts) else {
      throw DashboardError(
        description:
          "\(charts.path) is missing, which draws the charts: ./vapo setup dashboard fetches it")
    }
    files["plotly.min.js"] = ([UInt8](plotly), "text/javascript; charset=utf-8")
  }

  /// Adds a route for every file.
  func add(to router: Router<some RequestContext>) {
    for (name, file) in files {
      router.get("/\(name == "index.html" ? "" : name)") { _, _ in
        Answers.bytes(file.bytes, type: file.type)
      }
    }
  }
}
