// strftime_now: the one thing a template may ask of the machine, and the caller may answer it.

import Foundation

extension Renderer {
  /// `time` as Python's strftime writes a local time without a zone.
  func formatted(_ time: Date, by format: Text) throws(TemplateError) -> Text {
    guard format.bytes.count <= 1000, !format.bytes.contains(0) else {
      throw error(.limit, "a time format of more than 1000 bytes")
    }
    let seconds = time.timeIntervalSince1970
    guard seconds.magnitude < 1e11 else { throw failure("the time is out of range") }
    var whole = time_t(seconds.rounded(.down))
    var parts = tm()
    guard localtime_r(&whole, &parts) != nil else { throw failure("the time is out of range") }
    let fraction = Int((seconds - seconds.rounded(.down)) * 1_000_000)
    let digits = String(fraction)
    let micro = String(repeating: "0", count: 6 - digits.count) + digits
    let spelled = expanded(format, micro: Text(micro))
    guard !spelled.isEmpty else { return Text() }
    var buffer = [CChar](repeating: 0, count: 64 * 1024)
    let length = strftime(&buffer, buffer.count, spelled.string, &parts)
    return Text(bytes: buffer[..<length].map { UInt8(bitPattern: $0) })
  }

  /// What Python adds to the C library: microseconds, and zones, of which there is none.
  private func expanded(_ format: Text, micro: Text) -> Text {
    var result = Text()
    var place = 0
    let bytes = format.bytes
    while place < bytes.count {
      if bytes[place] == Ascii.percent, place + 1 < bytes.count {
        switch bytes[place + 1] {
        case UInt8(ascii: "f"): result.bytes += micro.bytes
        case UInt8(ascii: "z"), UInt8(ascii: "Z"): break
        default: result.bytes += bytes[place...(place + 1)]
        }
        place += 2
      } else {
        result.bytes.append(bytes[place])
        place += 1
      }
    }
    return result
  }
}
