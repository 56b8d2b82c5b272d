// Files that are none, and pipes: opening never waits.

import Foundation
import Synchronization
import TestSupport
import Testing
import Words

@Suite("Files that strangers name")
struct OpenedFileTests {
  @Test("An ordinary file is read whole, through links, up to the limit and no byte further")
  func ordinary() throws {
    try withTemporaryFolder { folder in
      let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
      let file = folder.appending(path: "a file")
      let link = folder.appending(path: "link")
      try bytes.write(to: file)
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
      for url in [file, link] {
        #expect(try contents(of: url, atMost: bytes.count) == bytes)
        let opened = try openedInOrder(url)
        #expect(try opened.first.isEmpty && opened.rest.readToEnd() == bytes)
        #expect(try openedAtWill(url).read(upToCount: 3) == bytes.prefix(3))
      }
      #expect(throws: FileFault.tooLarge(bytes.count)) {
        try contents(of: link, atMost: bytes.count - 1)
      }
      // The kernel's files say that they have no bytes.
      #expect(try contents(of: URL(filePath: "/proc/self/status"), atMost: 1 << 20).count > 100)
      #expect(throws: FileFault.self) {
        try contents(of: URL(filePath: "/proc/self/status"), atMost: 100)
      }
    }
  }

  @Test("A file of the kernel's that is longer than a page of memory is read to its end")
  func pages() throws {
    let maps = try #require(kernelText("/proc/self/maps"))
    #expect(maps.utf8.count > 8 << 10 && maps.contains("[stack]"))
    #expect(kernelText("/proc/self/there is no such file") == nil)
  }

  @Test("A folder, a device, a pipe and a file that is not there are refused by name, at once")
  func others() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appending(path: "pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      let link = folder.appending(path: "link")
      try FileManager.default.createSymbolicLink(at: link, withDestinationURL: pipe)
      let start = ContinuousClock.now
      for (url, kind) in [
        (folder, "a folder"), (URL(filePath: "/dev/zero"), "a device"), (pipe, "a pipe"),
        (link, "a pipe"),
      ] {
        let refused = FileFault.unusable("it is \(kind), and no file")
        #expect(throws: refused) { try contents(of: url, atMost: 1 << 20) }
        #expect(throws: refused) { try openedAtWill(url) }
        if kind != "a pipe" {
          #expect(throws: FileFault.unusable("it is \(kind), and no file or pipe")) {
            try openedInOrder(url)
          }
        }
      }
      #expect(throws: FileFault.unusable("No such file or directory")) {
        try contents(of: folder.appending(path: "none"), atMost: 1)
      }
      #expect(ContinuousClock.now - start < .seconds(5))
    }
  }

  @Test("A pipe that nobody writes to is given up; one whose writer is slow is waited for")
  func pipes() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appending(path: "pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      #expect(throws: FileFault.unusable("it is a pipe, and nobody wrote to it for 0 seconds")) {
        try openedInOrder(pipe, patience: .milliseconds(50))
      }
      // The writer comes late, says nothing for longer than the patience lasts, and then speaks twice.
      let written = Mutex(false)
      let writer = Thread {
        usleep(100_000)
        let number = open(pipe.path, O_WRONLY)
        for text in ["first ", "second"] {
          usleep(1_500_000)
          _ = write(number, text, text.utf8.count)
        }
        close(number)
        written.withLock { $0 = true }
      }
      writer.start()
      let opened = try openedInOrder(pipe, patience: .seconds(1))
      let all = opened.first + (try opened.rest.readToEnd() ?? Data())
      #expect(String(decoding: all, as: UTF8.self) == "first second")
      while !written.withLock({ $0 }) { usleep(1000) }
    }
  }

  @Test("What a pipe holds is read after its writer has gone")
  func finishedWriter() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appending(path: "pipe")
      #expect(mkfifo(pipe.path, 0o600) == 0)
      let both = open(pipe.path, O_RDWR)
      _ = write(both, "text", 4)
      let opened = try openedInOrder(pipe)
      close(both)
      let all = opened.first + (try opened.rest.readToEnd() ?? Data())
      #expect(String(decoding: all, as: UTF8.self) == "text")
    }
  }
}
