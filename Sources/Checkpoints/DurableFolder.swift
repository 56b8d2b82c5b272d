// A folder that takes its place whole.

package import Foundation

/// Folders by their paths.
package enum DurableFolder {
  /// Creates or replaces a folder and waits until it is on the disk.
  ///
  /// Whenever the process dies, the folder's place holds the old one, the new one or, for the moment
  /// between two renames, none; never a part of one.
  ///
  /// - Parameters:
  ///   - url: the folder's place.
  ///   - hook: where the work can be cut short.
  ///   - body: fills the folder it is given with files and folders.
  /// - Throws: what `body` throws, and what the disk has against it; the old folder is then as it was.
  package static func replace(
    _ url: URL, hook: FaultHook, body: (URL) throws -> Void
  ) throws {
    let parent = url.deletingLastPathComponent()
    let fresh = parent.appending(path: ".new-\(url.lastPathComponent)")
    let old = parent.appending(path: ".old-\(url.lastPathComponent)")
    let manager = FileManager.default
    for leftover in [fresh, old] { try? manager.removeItem(at: leftover) }
    do {
      try manager.createDirectory(at: fresh, withIntermediateDirectories: true)
      try body(fresh)
      try hook.pass(.exportFilled)
      let contents = try CheckpointManifest.contents(of: fresh.path)
      for file in contents.files {
        try DurableFile.synchronize(file: "\(fresh.path)/\(file.path)")
      }
      for folder in contents.folders + [""] {
        try DurableFile.synchronize(folder: "\(fresh.path)/\(folder)")
      }
      try hook.pass(.exportSynced)
      if manager.fileExists(atPath: url.path) {
        try DurableFile.move(url.path, to: old.path)
        try hook.pass(.exportDisplaced)
      }
      do {
        try DurableFile.move(fresh.path, to: url.path)
      } catch {
        if manager.fileExists(atPath: old.path) { try DurableFile.move(old.path, to: url.path) }
        throw error
      }
    } catch {
      try? manager.removeItem(at: fresh)
      throw error
    }
    try hook.pass(.exportRenamed)
    try DurableFile.synchronize(folder: parent.path)
    try? manager.removeItem(at: old)
  }
}
