// Arrow's C++ library behind our own C functions (Shims/parquet/parquet_shim.h), which
// `./vapo setup parquet` compiles. It is loaded when the first Parquet file is opened: whoever has
// none needs none of it.

import Foundation

/// The functions of the loaded library.
struct ParquetLibrary: Sendable {
  typealias File = OpaquePointer
  typealias Text = UnsafePointer<CChar>

  let arrowVersion: String
  let lastError: @Sendable @convention(c) () -> Text?
  let open: @Sendable @convention(c) (Text) -> File?
  let close: @Sendable @convention(c) (File) -> Void
  let rowCount: @Sendable @convention(c) (File) -> Int64
  let groupCount: @Sendable @convention(c) (File) -> Int32
  let columnCount: @Sendable @convention(c) (File) -> Int32
  let columnName: @Sendable @convention(c) (File, Int32) -> Text
  let columnType: @Sendable @convention(c) (File, Int32) -> Text
  let columnObjection: @Sendable @convention(c) (File, Int32) -> Text?
  let select: @Sendable @convention(c) (File, UnsafePointer<Int32>, Int32) -> Int32
  let next:
    @Sendable @convention(c) (
      File, UnsafeMutablePointer<Text?>, UnsafeMutablePointer<UnsafePointer<Int64>?>,
      UnsafeMutablePointer<UnsafePointer<UInt8>?>
    ) -> Int64

  /// VP_INTERFACE of the header that the types above are written after.
  private static let interface: Int32 = 2

  /// The library, or why there is none; looked for once.
  static let loaded = Result { () throws(LineFault) in try ParquetLibrary() }

  private init() throws(LineFault) {
    guard let path = Self.path else {
      throw LineFault(
        reason:
          "is a Parquet file; `./vapo setup parquet` (once) sets up what reads those. Or write "
          + "it as JSON lines: in Python, "
          + "pandas.read_parquet(FILE).to_json(OUT, orient='records', lines=True)")
    }
    func unusable(_ reason: String) -> LineFault {
      LineFault(
        reason:
          "is a Parquet file, and what reads those does not work any more: \(path): \(reason); "
          + "`./vapo setup parquet` makes it anew")
    }
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw unusable(dlerror().map { String(cString: $0) } ?? "it cannot be loaded")
    }
    func function<Function>(_ name: String, as type: Function.Type) throws(LineFault) -> Function {
      guard let address = dlsym(handle, name) else { throw unusable("it has no \(name)") }
      return unsafeBitCast(address, to: type)
    }
    let found = try function("vp_interface", as: (@convention(c) () -> Int32).self)()
    guard found == Self.interface else {
      throw unusable("it is of another vapo: interface \(found), not \(Self.interface)")
    }
    lastError = try function("vp_last_error", as: type(of: lastError))
    let version = try function("vp_arrow_version", as: (@convention(c) () -> Text?).self)
    guard let text = version() else {
      throw unusable(lastError().map { String(cString: $0) } ?? "it has no version")
    }
    arrowVersion = String(cString: text)
    open = try function("vp_open", as: type(of: open))
    close = try function("vp_close", as: type(of: close))
    rowCount = try function("vp_row_count", as: type(of: rowCount))
    groupCount = try function("vp_group_count", as: type(of: groupCount))
    columnCount = try function("vp_column_count", as: type(of: columnCount))
    columnName = try function("vp_column_name", as: type(of: columnName))
    columnType = try function("vp_column_type", as: type(of: columnType))
    columnObjection = try function("vp_column_objection", as: type(of: columnObjection))
    select = try function("vp_select", as: type(of: select))
    next = try function("vp_next", as: type(of: next))
  }

  /// Where the door script put the library: under the project's root, which it names in VAPO_ROOT;
  /// without the door, under the nearest folder above the program that has one.
  static var path: String? {
    var roots: [URL] = []
    if let root = ProcessInfo.processInfo.environment["VAPO_ROOT"] {
      roots.append(URL(filePath: root))
    }
    var folder = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    while folder.pathComponents.count > 1 {
      folder.deleteLastPathComponent()
      roots.append(folder)
    }
    return roots.map { $0.appending(path: ".vapo/parquet/libvapo_parquet.so").path }
      .first { FileManager.default.fileExists(atPath: $0) }
  }
}

/// Whether Parquet files can be read here, for `vapo doctor` and for tests.
public enum ParquetSupport {
  /// Whether the library is where it belongs and loads.
  public static var isReady: Bool { (try? ParquetLibrary.loaded.get()) != nil }

  /// In a few words what was found.
  public static var summary: String {
    switch ParquetLibrary.loaded {
    case .success(let library): "Arrow \(library.arrowVersion)"
    case .failure:
      ParquetLibrary.path == nil
        ? "not set up: ./vapo setup parquet" : "out of date: ./vapo setup parquet makes it anew"
    }
  }
}
