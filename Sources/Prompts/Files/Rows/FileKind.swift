// What kind of file it is, by its first bytes.

import Foundation
import Words

/// Files of other kinds than are read, given by mistake.
enum FileKind {
  private static let kinds: [(magic: [UInt8], advice: String)] = [
    ([0x1F, 0x8B], "is compressed by gzip; unpack it first: gunzip FILE"),
    ([0x28, 0xB5, 0x2F, 0xFD], "is compressed by zstd; unpack it first: unzstd FILE"),
    ([0x42, 0x5A, 0x68], "is compressed by bzip2; unpack it first: bunzip2 FILE"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "is compressed by xz; unpack it first: unxz FILE"),
    ([0x50, 0x4B, 0x03, 0x04], "is a zip archive; unpack it first: unzip FILE"),
    (Array("PAR1".utf8), "is Parquet, which cannot be read from a pipe; give the file itself"),
    (
      Array("ARROW1".utf8),
      "is an Arrow file; write it as JSON lines first: in Python, "
        + "pandas.read_feather(FILE).to_json(OUT, orient='records', lines=True)"
    ),
    ([0xFF, 0xFE], "is UTF-16 text; JSON lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE"),
    ([0xFE, 0xFF], "is UTF-16 text; JSON lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE"),
    (
      Array("[".utf8),
      "is one JSON array, which cannot be read from a pipe; give the file itself, or one object a "
        + "line: jq -c '.[]' FILE"
    ),
  ]

  /// What to do about a file that starts like this, or nothing if it may be JSON lines.
  static func advice(for bytes: [UInt8]) -> String? {
    kinds.first { bytes.starts(with: $0.magic) }?.advice
  }

  /// Whether a file is Parquet, by its first bytes or by its name.
  static func isParquet(_ url: URL) -> Bool {
    if url.pathExtension.lowercased() == "parquet" { return true }
    guard let file = try? openedAtWill(url) else { return false }
    defer { try? file.close() }
    return (try? file.read(upToCount: 4)) == Data("PAR1".utf8)
  }
}
