// The index of run folders: what a page asks for, found without reading metrics and rollouts anew. It is made of
// the folders alone and may be deleted at any time; nothing of it is ever written into them.

public import Foundation
import GRDB

/// Why an index cannot be had, or has no answer.
public struct RunIndexError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, in words.
  public var description: String

  /// An error in words.
  public init(_ description: String) { self.description = description }
}

/// An embedded database of runs, their metrics and their responses.
public final class RunIndex: Sendable {
  /// The folder of run folders, or one run's.
  public let root: URL
  let pool: DatabasePool

  /// Of another number a database is made anew: it holds nothing that the folders do not.
  private static let version = 3
  /// What a database of ours bears in its header: `vapo`.
  private static let application = 0x7661_706F

  /// Opens or makes an index.
  ///
  /// - Parameters:
  ///   - root: a folder of run folders, at any depth up to ``RunFinder/depth``, or one run's.
  ///   - file: where the database lies.
  ///   - replaces: whether what lies there is replaced where it is no index: only where nothing else can lie.
  /// - Throws: ``RunIndexError`` for a root that is no folder, and for a file that is something else; what SQLite has
  ///   wrong with the file.
  public init(root: URL, file: URL, replaces: Bool = false) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder),
      isFolder.boolValue
    else { throw RunIndexError("\(root.path) is no folder") }
    self.root = root
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    guard replaces || Self.isIndex(file) else {
      throw RunIndexError("\(file.path) is no index of runs, and is left as it is")
    }
    do {
      pool = try Self.opened(file)
    } catch let error as DatabaseError
      where [.SQLITE_NOTADB, .SQLITE_CORRUPT].contains(error.resultCode)
    {
      try Self.remove(file)
      pool = try Self.opened(file)
    }
  }

  /// Whether a file is a database of ours, or not there yet.
  private static func isIndex(_ file: URL) -> Bool {
    guard let handle = try? FileHandle(forReadingFrom: file) else {
      return !FileManager.default.fileExists(atPath: file.path)
    }
    // The database header of SQLite's file format has the application's number at 68.
    let header = (try? handle.read(upToCount: 72)) ?? Data()
    return header.isEmpty
      || header.dropFirst(68).reduce(0) { $0 << 8 | Int($1) } == application && header.count == 72
  }

  private static func opened(_ file: URL) throws -> DatabasePool {
    var configuration = Configuration()
    configuration.label = "vapo.runs"
    // Another dashboard on the same folder may be writing.
    configuration.busyMode = .timeout(10)
    // What the folders hold is not lost with a machine that goes down: an index is made again.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
    let pool = try DatabasePool(path: file.path, configuration: configuration)
    try pool.writeWithoutTransaction { database in
      // One writer at a time looks at the version and makes what is missing.
      try database.inTransaction(.immediate) {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        if found != version {
          let names = try String.fetchAll(
            database,
            sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
          for name in names { try database.drop(table: name) }
          try database.execute(sql: schema)
          try database.execute(sql: "PRAGMA user_version = \(version)")
          try database.execute(sql: "PRAGMA application_id = \(application)")
        }
        return .commit
      }
    }
    return pool
  }

  private static func remove(_ file: URL) throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(atPath: file.path + suffix)
    }
  }

  /// Where a run's folder is.
  func folder(_ path: String) -> URL { path == "." ? root : root.appending(path: path) }

  /// Strict: a column holds what it says, so that reading a row cannot fail.
  private static let schema = """
    CREATE TABLE run (
      id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE,
      settings_mark TEXT NOT NULL DEFAULT '', settings TEXT NOT NULL DEFAULT '[]',
      metrics_mark TEXT NOT NULL DEFAULT '', metrics_offset INTEGER NOT NULL DEFAULT 0,
      metrics_tail BLOB NOT NULL DEFAULT x'', seconds REAL NOT NULL DEFAULT 0, started REAL,
      updated REAL, dumps_mark TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'empty') STRICT;
    CREATE TABLE study (id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE name (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE step (
      run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, step INTEGER NOT NULL,
      seconds REAL NOT NULL, tokens REAL, stage INTEGER, PRIMARY KEY (run, step)) STRICT, WITHOUT ROWID;
    CREATE TABLE metric (
      run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE, name INTEGER NOT NULL,
      step INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (run, name, step)) STRICT, WITHOUT ROWID;
    CREATE TABLE dump (
      id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
      kind TEXT NOT NULL, step INTEGER NOT NULL, mark TEXT NOT NULL, read TEXT,
      UNIQUE (run, kind, step)) STRICT;
    CREATE INDEX unread ON dump (step) WHERE read IS NOT mark;
    CREATE TABLE response (
      dump INTEGER NOT NULL REFERENCES dump ON DELETE CASCADE, place INTEGER NOT NULL,
      offset INTEGER NOT NULL, bytes INTEGER NOT NULL, prompt TEXT, source TEXT, sample INTEGER,
      score REAL, reward REAL, status TEXT, finish TEXT, length INTEGER, extracted TEXT, gold TEXT,
      trained INTEGER, lambda REAL, direct INTEGER, reason TEXT, parts TEXT, form TEXT,
      first_value REAL, middle_value REAL, last_value REAL,
      PRIMARY KEY (dump, place)) STRICT, WITHOUT ROWID;
    """
}
