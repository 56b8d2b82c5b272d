// Feeds broken inputs to one reader, in a process of its own, so that whoever started it sees how it
// ended: fuzz READER SEED FIRST COUNT FOLDER. The input at hand lies in FOLDER/input before it is read.

import Foundation
import Glibc
import TestSupport

@main
enum Main {
  /// Seconds of computing that one input may take.
  private static let mostSeconds = 5.0
  /// How much memory beyond that of sound inputs all may take, in bytes.
  private static let mostMemory = 512 << 20

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 5, let name = arguments.first, let reader = Reader(rawValue: name),
      let seed = UInt64(arguments[2]), let first = Int(arguments[3]), let count = Int(arguments[4])
    else {
      let names = Reader.allCases.map(\.rawValue).joined(separator: ", ")
      fail("fuzz READER SEED FIRST COUNT FOLDER; readers: \(names)")
    }
    let folder = URL(filePath: arguments[5])
    let samples = try reader.samples()
    let mutator = Mutator(samples.map { Array($0) }, seed: seed)
    let read = try reader.prepared(in: folder)
    for sample in samples where !read(sample) {
      fail(
        "\(name): a sound sample was refused: \(String(decoding: sample.prefix(200), as: UTF8.self))"
      )
    }
    let baseline = peakMemory
    var (refused, worst) = (0, 0.0)
    for number in first..<first + count {
      let input = Data(mutator.input(number))
      try input.write(to: folder.appending(path: "input"))
      let start = seconds
      if !read(input) { refused += 1 }
      let took = seconds - start
      worst = max(worst, took)
      if took > mostSeconds { fail("\(name), input \(number): \(took) s of computing") }
      if peakMemory - baseline > mostMemory {
        fail(
          "\(name), input \(number): \((peakMemory - baseline) >> 20) MiB more than sound inputs take"
        )
      }
    }
    let more = (peakMemory - baseline) >> 20
    print(
      "\(name): \(count) inputs, \(refused) refused, at most "
        + "\(worst.formatted(.number.precision(.fractionLength(2)))) s and \(more) MiB more")
  }

  private static func fail(_ words: String) -> Never {
    FileHandle.standardError.write(Data((words + "\n").utf8))
    exit(1)
  }

  /// The processor's time so far.
  private static var seconds: Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let parts = [usage.ru_utime, usage.ru_stime]
    return parts.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
  }

  /// The most memory so far, in bytes.
  private static var peakMemory: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss << 10
  }
}
