// A program that serves as long as this process lives: its words go to a file, and it ends with all it started
// when it is let go, or when this process is gone however that came.

public import Foundation

/// A server that this process has started.
///
/// Not to be used by two threads at once. When it is let go it is ended.
public final class ServerProcess {
  private let process: ChildProcess
  /// Its other end closes when this process dies; whoever reads it then ends the server.
  private let lifeline: Descriptor
  private let log: URL

  // The server and who watches over it are one group. `$$` is the first shell, which leads it.
  private static let script = """
    exec 3<&0
    "$@" </dev/null 3<&- &
    server=$!
    (trap '' TERM; read -r _ <&3; kill -TERM -$$; sleep 10; kill -KILL -$$) &
    trap 'wait "$server"; kill -KILL -$$' TERM
    wait "$server"
    kill -KILL -$$
    """

  /// How long it may take to end when asked to, before it is killed.
  private static let grace = Duration.seconds(10)
  /// The most of its words that a message quotes, in bytes.
  private static let quoted = 2000

  /// Starts a server.
  ///
  /// - Parameters:
  ///   - command: the program and its arguments; no shell reads them.
  ///   - environment: what it may know of this process's environment.
  ///   - log: where its words go; a file that is there is written on at its end.
  /// - Throws: `ChildError.start`.
  public init(
    _ command: [String], environment: ChildEnvironment, log: URL
  ) throws(ChildError) {
    let variables = environment.variables
    let searched = variables["PATH"] ?? "/usr/bin:/bin"
    guard let name = command.first, let program = Launch.find(name, on: searched) else {
      throw .start(reason: "there is no program '\(command.first ?? "")'")
    }
    guard let shell = Launch.find("sh", on: "/bin:/usr/bin") else {
      throw .start(reason: "there is no sh")
    }
    let number = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard number >= 0 else {
      throw .start(reason: "\(log.path) cannot be written")
    }
    let words = Descriptor(owning: number)
    let input = try Descriptor.pipe()
    lifeline = input.writing
    self.log = log
    process = try ChildProcess(
      Launch(
        path: shell, arguments: ["sh", "-c", Self.script, "sh", program] + command.dropFirst(),
        environment: variables),
      descriptors: [input.reading, words, words], isMarked: true)
  }

  deinit { stop() }

  /// Whether nobody listens on a port of this machine's loopback.
  public static func isFree(port: Int) -> Bool {
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0, let port = UInt16(exactly: port) else { return false }
    defer { close(number) }
    // As servers do: connections that are only fading away are no hindrance.
    var yes: Int32 = 1
    setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// Whether it has ended.
  public var hasEnded: Bool { process.hasEnded }

  /// Ends it and all it started.
  public func stop() {
    _ = process.stop(grace: Self.grace)
    lifeline.close()
  }

  /// The end of what it said.
  public var words: String {
    guard let file = try? FileHandle(forReadingFrom: log), let end = try? file.seekToEnd() else {
      return ""
    }
    try? file.seek(toOffset: end - min(end, UInt64(Self.quoted)))
    return String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
  }
}

extension ChildEnvironment {
  /// What a server of models may know: the usual, and what its libraries are told by; no secrets.
  public static func forModels(adding: [String: String]) -> ChildEnvironment {
    let families = [
      "VLLM_", "SGLANG_", "HF_", "CUDA_", "NCCL_", "NVIDIA_", "TORCH_", "PYTORCH_", "TRITON_",
      "OMP_",
      "MKL_", "XDG_", "LD_", "GLOO_", "UCX_", "RAY_", "TRANSFORMERS_",
    ]
    let secrets = ["TOKEN", "SECRET", "PASSWORD", "API_KEY"]
    let names = ProcessInfo.processInfo.environment.keys.filter { name in
      families.contains(where: name.hasPrefix) && !secrets.contains(where: name.contains)
    }
    return ChildEnvironment(passes: Set(names), adds: adding)
  }
}
