// TensorBoard's messages in protocol buffers' wire format: the few fields of event.proto and
// summary.proto that curves, histograms and texts have.
// Source: tensorboard/compat/proto, read for the numbers of fields.

import Foundation

/// A message of protocol buffers, growing field by field.
struct WireMessage {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func add(_ field: Int, integer: Int) {
    tag(field, 0)
    varint(UInt64(bitPattern: Int64(integer)))
  }

  mutating func add(_ field: Int, double: Double) {
    tag(field, 1)
    append(double.bitPattern)
  }

  mutating func add(_ field: Int, float: Float) {
    tag(field, 5)
    append(float.bitPattern)
  }

  mutating func add(_ field: Int, _ content: some Collection<UInt8>) {
    tag(field, 2)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func add(_ field: Int, text: String) { add(field, text.utf8) }

  mutating func add(_ field: Int, _ message: WireMessage) { add(field, message.bytes) }

  /// Numbers one after the other under a single tag.
  mutating func add(_ field: Int, packed values: [Double]) {
    tag(field, 2)
    varint(UInt64(8 * values.count))
    for value in values { append(value.bitPattern) }
  }

  private mutating func tag(_ field: Int, _ type: UInt64) { varint(UInt64(field) << 3 | type) }

  private mutating func append(_ bits: some FixedWidthInteger) {
    withUnsafeBytes(of: bits.littleEndian) { bytes += $0 }
  }
}

/// A message of an event file.
enum EventMessage {
  /// What a reader must know before all else.
  static func version(at time: Double) -> WireMessage {
    var event = WireMessage()
    event.add(1, double: time)
    event.add(3, text: "brain.Event:2")
    return event
  }

  /// That what earlier files say of this step and of later ones no longer holds.
  static func restart(at step: Int, time: Double) -> WireMessage {
    var session = WireMessage()
    session.add(1, integer: 1)
    var event = WireMessage()
    event.add(1, double: time)
    event.add(2, integer: step)
    event.add(7, session)
    return event
  }

  /// A step.
  static func summary(of step: LoggedStep) -> WireMessage {
    var summary = WireMessage()
    for number in step.numbers {
      var value = WireMessage()
      value.add(1, text: number.name)
      value.add(2, float: Float(number.value))
      summary.add(1, value)
    }
    for distribution in step.distributions {
      var value = WireMessage()
      value.add(1, text: distribution.name)
      value.add(5, histogram(of: distribution.values))
      summary.add(1, value)
    }
    for sample in step.samples {
      var value = WireMessage()
      value.add(1, text: sample.name)
      value.add(8, tensor(of: sample.text))
      value.add(9, metadata(plugin: "text"))
      summary.add(1, value)
    }
    var event = WireMessage()
    event.add(1, double: step.time)
    event.add(2, integer: step.step)
    event.add(5, summary)
    return event
  }

  /// Thirty buckets of one width from the least to the greatest number, each with its upper end.
  static func histogram(of values: [Double]) -> WireMessage {
    let (least, greatest) = (values.min() ?? 0, values.max() ?? 0)
    let buckets = least == greatest ? 1 : 30
    let width = (greatest - least) / Double(buckets)
    var counts = [Double](repeating: 0, count: buckets)
    for value in values {
      let place = width > 0 && width.isFinite ? Int((value - least) / width) : 0
      counts[min(max(place, 0), buckets - 1)] += 1
    }
    let ends = (1...buckets).map { $0 == buckets ? greatest : least + width * Double($0) }
    var message = WireMessage()
    message.add(1, double: least)
    message.add(2, double: greatest)
    message.add(3, double: Double(values.count))
    message.add(4, double: values.reduce(0, +))
    message.add(5, double: values.reduce(0) { $0 + $1 * $1 })
    message.add(6, packed: ends)
    message.add(7, packed: counts)
    return message
  }

  /// A tensor of one text.
  private static func tensor(of text: String) -> WireMessage {
    var dimension = WireMessage()
    dimension.add(1, integer: 1)
    var shape = WireMessage()
    shape.add(2, dimension)
    var tensor = WireMessage()
    tensor.add(1, integer: 7)  // DT_STRING
    tensor.add(2, shape)
    tensor.add(8, text: text)
    return tensor
  }

  private static func metadata(plugin: String) -> WireMessage {
    var data = WireMessage()
    data.add(1, text: plugin)
    var metadata = WireMessage()
    metadata.add(1, data)
    return metadata
  }
}
