// Twelve ways in which a file of problems is broken, or looks as if it were.

public import Foundation

/// A broken file and what must be said about it.
public struct BrokenProblemFile: CustomStringConvertible, Sendable {
  /// What becomes of it.
  public enum Kind: Sendable {
    /// It is read as it was meant, with a remark.
    case harmless
    /// One row is unusable.
    case row
    /// The whole file is, whatever the settings say about rows.
    case file
  }

  /// What is wrong.
  public var description: String
  /// What becomes of it.
  public var kind: Kind
  /// The line or row that the report names; nothing where it is the file as such.
  public var line: Int?
  /// Words of the reason.
  public var reason: String
  /// How many problems can be used.
  public var usable: Int
  /// The file's ending.
  public var ending = "jsonl"
  /// The content.
  public var bytes: [UInt8]

  /// Writes the file into a folder.
  public func write(into folder: URL) throws -> URL {
    let url = folder.appending(path: "broken.\(ending)")
    try Data(bytes).write(to: url)
    return url
  }

  private init(
    _ description: String, _ kind: Kind, line: Int?, _ reason: String, usable: Int,
    _ content: some Sequence<UInt8>
  ) {
    self.description = description
    self.kind = kind
    self.line = line
    self.reason = reason
    self.usable = usable
    bytes = Array(content)
  }

  /// The twelve; the last one is `parquet`, a good Parquet file of at least a kilobyte, damaged.
  public static func all(parquet: Data) -> [BrokenProblemFile] {
    func line(_ id: Int, _ end: String = "\n") -> String {
      #"{"id": \#(id), "prompt": "\#(id) + 1", "label": "\#(id + 1)"}"# + end
    }
    func text(_ lines: String...) -> String.UTF8View { lines.joined().utf8 }
    var badText = Array(text(line(1), line(2), line(3)))
    badText[badText.count / 2] = 0xFF
    let nul = #"{"id": 2, "prompt": "a"# + "\0" + #"", "label": 1}"# + "\n"
    let long =
      #"{"id": 2, "prompt": ""# + String(repeating: "x", count: 64 << 20) + #"", "label": 1}"#
      + "\n"
    // A gzip file of nothing.
    let gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    var damaged = [
      BrokenProblemFile(
        "corrupt parquet", .file, line: nil, "cannot be read: damaged", usable: 0,
        parquet.prefix(parquet.count / 2) + Data(repeating: 0x55, count: 200)
          + parquet.suffix(parquet.count / 2 - 200))
    ]
    damaged[0].ending = "parquet"
    return [
      .init(
        "bad JSON line", .row, line: 2, "not JSON: a comma or } is missing, at byte 25 of the line",
        usable: 2,
        text(line(1), #"{"id": 2, "prompt": "a" "label": 1}"# + "\n", line(3))),
      .init(
        "missing column", .row, line: 3, "no column 'label'; the columns are: id, prompt, lable",
        usable: 2, text(line(1), line(2), #"{"id": 3, "prompt": "a", "lable": 1}"# + "\n")),
      .init(
        "byte order mark", .harmless, line: 1, "byte order mark", usable: 2,
        text("\u{FEFF}", line(1), line(2))),
      .init(
        "Windows line ends", .harmless, line: 1, "CR LF", usable: 2,
        text(line(1, "\r\n"), line(2, "\r\n"))),
      .init("bad UTF-8", .row, line: 2, "not UTF-8, from byte", usable: 2, badText),
      .init("NUL", .row, line: 2, "a NUL, at byte 23", usable: 2, text(line(1), nul, line(3))),
      .init(
        "line of 64 MB", .row, line: 2, "the line is longer than 67108864 bytes", usable: 2,
        text(line(1), long, line(3))),
      .init("empty file", .file, line: nil, "there are no lines in it", usable: 0, []),
      .init(
        "no final line end", .harmless, line: 2, "no line break", usable: 2,
        text(line(1), line(2, ""))),
      .init(
        "duplicate ids", .row, line: 3, "the id '1' was used before, at broken:1", usable: 2,
        text(line(1), line(2), #"{"id": 1, "prompt": "other", "label": 1}"# + "\n")),
      .init(
        "gzip by mistake", .file, line: nil, "is compressed by gzip; unpack it first", usable: 0,
        gzip),
    ] + damaged
  }
}
