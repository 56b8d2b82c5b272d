// Who runs on this machine and who started whom, as the kernel tells it.

import Glibc

/// One look at all processes.
struct ProcessTable {
  /// What the kernel says about a process.
  struct Entry {
    var id: Int32
    var parent: Int32
    var group: Int32
    var session: Int32
    /// When it was started, in the kernel's clock.
    var start: UInt64
    /// Its memory, shared pages counted in full.
    var residentPages: Int
    /// Whether it has ended and was not reaped.
    var isZombie: Bool
  }

  /// Everybody, in no order.
  let entries: [Entry]

  /// Looks at this moment's processes.
  static func now() -> ProcessTable {
    guard let folder = opendir("/proc") else { return ProcessTable(entries: []) }
    defer { closedir(folder) }
    var entries: [Entry] = []
    while let found = readdir(folder) {
      let id = withUnsafePointer(to: &found.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { atoi($0) }
      }
      if id > 0, let entry = entry(of: id) { entries.append(entry) }
    }
    return ProcessTable(entries: entries)
  }

  private static func entry(of id: Int32) -> Entry? {
    let number = open("/proc/\(id)/stat", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    defer { close(number) }
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { text in
      guard let start = text.baseAddress else { return nil }
      let count = read(number, start, text.count - 1)
      guard count > 0 else { return nil }
      text[count] = 0
      return entry(of: id, in: start)
    }
  }

  /// Reads a line of the kernel: the id, the name in brackets, a letter, numbers.
  ///
  /// This runs for every process whenever a child ends, so it makes no strings.
  private static func entry(of id: Int32, in text: UnsafeMutablePointer<CChar>) -> Entry? {
    // The name is free text and may itself hold brackets and spaces.
    guard let nameEnd = strrchr(text, Int32(UInt8(ascii: ")"))), strlen(nameEnd) > 3 else {
      return nil
    }
    let letter = UInt8(bitPattern: nameEnd[2])
    var place: UnsafeMutablePointer<CChar>? = nameEnd + 3
    func number(skipping count: Int = 0) -> UInt64 {
      for _ in 0..<count { _ = place.map { strtoull($0, &place, 10) } }
      return place.map { strtoull($0, &place, 10) } ?? 0
    }
    let (parent, group, session) = (number(), number(), number())
    let start = number(skipping: 15)
    let pages = number(skipping: 1)
    return Entry(
      id: id, parent: Int32(truncatingIfNeeded: parent),
      group: Int32(truncatingIfNeeded: group), session: Int32(truncatingIfNeeded: session),
      start: start, residentPages: Int(truncatingIfNeeded: pages),
      isZombie: letter == UInt8(ascii: "Z") || letter == UInt8(ascii: "X"))
  }

  /// The processes that came out of a child, the child included.
  ///
  /// That is who has its session or group, who carries its mark in the environment, and everybody
  /// these started, directly or not. Who left the session, lost its parents and wiped its
  /// environment is not found.
  func family(of child: Int32, mark: String) -> [Entry] {
    guard let start = entries.first(where: { $0.id == child })?.start else { return [] }
    let own = getpid()
    var family = Set<Int32>()
    for entry in entries where entry.start >= start && entry.id != own {
      if entry.id == child || entry.session == child || entry.group == child
        || Self.carries(mark, entry.id)
      {
        family.insert(entry.id)
      }
    }
    var size = 0
    while size < family.count {
      size = family.count
      for entry in entries where family.contains(entry.parent) && entry.id != own {
        family.insert(entry.id)
      }
    }
    return entries.filter { family.contains($0.id) }
  }

  /// Whether everybody under a process, itself included, holds more memory than allowed.
  ///
  /// Pages that several share are counted once, where counting them for each would be too much.
  func exceeds(_ limit: Int, under root: Int32) -> Bool {
    var family: Set<Int32> = [root]
    var size = 0
    while size < family.count {
      size = family.count
      for entry in entries where family.contains(entry.parent) { family.insert(entry.id) }
    }
    let members = entries.filter { family.contains($0.id) }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    guard members.map({ $0.residentPages * page }).reduce(0, +) > limit else { return false }
    return members.map { Self.share(of: $0.id) ?? $0.residentPages * page }.reduce(0, +) > limit
  }

  /// A process's memory with its part of shared pages, in bytes.
  private static func share(of id: Int32) -> Int? {
    guard let text = contents("/proc/\(id)/smaps_rollup", limit: 1 << 14) else { return nil }
    let line = text.split(separator: UInt8(ascii: "\n")).first { $0.starts(with: "Pss:".utf8) }
    let number = line?.split(separator: UInt8(ascii: " ")).dropFirst().first
    return number.flatMap { Int(String(decoding: $0, as: UTF8.self)) }.map { $0 << 10 }
  }

  private static func carries(_ mark: String, _ id: Int32) -> Bool {
    guard let environment = contents("/proc/\(id)/environ", limit: 1 << 18) else { return false }
    return environment.split(separator: 0).contains { $0.elementsEqual(mark.utf8) }
  }

  /// What a file of the kernel says.
  static func contents(_ path: String, limit: Int) -> [UInt8]? {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    defer { close(number) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while result.count < limit {
      let count = buffer.withUnsafeMutableBytes { read(number, $0.baseAddress, $0.count) }
      guard count > 0 else { break }
      result += buffer[..<count]
    }
    return result
  }
}
