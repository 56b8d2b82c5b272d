// One rendering: the machine that walks the tree. This file holds what all of it shares: the
// names, the output, the limits, and how errors find their place.

import Foundation

/// Renders one template once.
final class Renderer {
  let template: Template
  let now: Date
  /// The byte of the source that is being worked on, for errors.
  var place = 0

  private let limits: Limits
  private let stack = StackGuard()
  private var stepsLeft: Int
  private var iterationsLeft: Int
  private var bytesLeft: Int
  private var macroDepth = 0

  /// The variables and functions from outside, by the number of the name.
  private var given: [Value?] = []
  private var output: [UInt8] = []
  /// How many captures are open around the output.
  private var captures = 0
  private var isGenerating = false
  private var generations: [Range<Int>] = []
  private var unplacedGenerations = 0
  /// What can hold on to itself, to be let go at the end.
  private var namespaces: [Namespace] = []
  private var scopes: [Scope] = []

  /// Values that nest deeper are refused.
  static let deepestValue = 100

  init(_ template: Template, limits: Limits, now: Date) {
    self.template = template
    self.limits = limits
    self.now = now
    stepsLeft = limits.steps
    iterationsLeft = limits.iterations
    bytesLeft = limits.allocatedBytes
  }

  func render(_ variables: TemplateObject) throws(TemplateError) -> Rendering {
    for name in template.names {
      given.append(
        try variables[name.string].map { value throws(TemplateError) in
          try imported(value, depth: 0)
        } ?? Global(rawValue: name.string).map { .function(Function(.global($0))) })
    }
    let root = Scope(in: nil)
    scopes.append(root)
    _ = try execute(template.body, in: root)
    return Rendering(
      text: String(decoding: output, as: UTF8.self), generations: generations,
      unplacedGenerations: unplacedGenerations)
  }

  /// Lets go of values that hold on to each other.
  func end() {
    for namespace in namespaces { namespace.attributes = Mapping.Builder() }
    for scope in scopes { scope.clear() }
    given = []
  }

  private func imported(_ value: TemplateValue, depth: Int) throws(TemplateError) -> Value {
    guard depth < Self.deepestValue else {
      throw error(.limit, "data nested deeper than \(Self.deepestValue) levels")
    }
    switch value {
    case .none: return .none
    case .bool(let bool): return .bool(bool)
    case .int(let int): return .int(int)
    case .double(let double): return .double(double)
    case .string(let string): return .string(Text(string))
    case .list(let items):
      var values: [Value] = []
      values.reserveCapacity(items.count)
      for item in items { values.append(try imported(item, depth: depth + 1)) }
      return .list(values)
    case .object(let object):
      var builder = Mapping.Builder()
      for member in object.members {
        let key = Text(member.key)
        builder.set(
          try imported(member.value, depth: depth + 1), for: .text(key), spelled: .string(key))
      }
      return .mapping(builder.build())
    }
  }

  // MARK: Errors and limits

  @inline(never)
  func error(_ kind: TemplateError.Kind, _ reason: String) -> TemplateError {
    template.source.error(kind, reason, at: place)
  }

  @inline(never)
  func failure(_ reason: String) -> TemplateError { error(.failed, reason) }

  /// Counts one step at `place` and looks at the native stack.
  @inline(never)
  func step(at place: Int) throws(TemplateError) {
    self.place = place
    if stack.isSpent { throw error(.limit, "nested too deeply") }
    try work(1)
  }

  func work(_ steps: Int) throws(TemplateError) {
    stepsLeft -= steps
    if stepsLeft < 0 { throw error(.limit, "more than \(limits.steps) steps") }
  }

  /// Pays for looking at `count` bytes.
  func look(at count: Int) throws(TemplateError) { try work(1 + count / 16) }

  /// Pays for making `count` bytes, before they are made.
  func allocate(_ count: Int) throws(TemplateError) {
    bytesLeft -= count
    if bytesLeft < 0 {
      throw error(.limit, "texts and lists of more than \(limits.allocatedBytes) bytes")
    }
    try look(at: count)
  }

  /// Pays for a list of `count` items.
  func allocate(items count: Int) throws(TemplateError) {
    let (bytes, isTooLarge) = count.multipliedReportingOverflow(by: 32)
    try allocate(isTooLarge ? limits.allocatedBytes + 1 : bytes + 64)
  }

  func iterate() throws(TemplateError) {
    iterationsLeft -= 1
    if iterationsLeft < 0 {
      throw error(.limit, "more than \(limits.iterations) passes through loops")
    }
  }

  /// The value, unless it nests too deeply to be worked on.
  @inline(never)
  func checked(_ value: Value) throws(TemplateError) -> Value {
    guard value.depth <= Self.deepestValue else {
      throw error(.limit, "values nested deeper than \(Self.deepestValue) levels")
    }
    return value
  }

  /// Runs `body` one macro deeper.
  func insideMacro<Result>(
    _ body: () throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    guard macroDepth < limits.macroDepth else {
      throw error(.limit, "more than \(limits.macroDepth) macros inside each other")
    }
    macroDepth += 1
    defer { macroDepth -= 1 }
    return try body()
  }

  // MARK: Names

  func value(of id: Int, in scope: Scope) throws(TemplateError) -> Value {
    if let value = scope.find(id) { return value }
    if let value = given[id] { return value }
    let name = template.names[id].string
    if name == "self" { throw error(.unsupported, "the name self") }
    return .undefined(Undefined(reason: "\(name) is undefined"))
  }

  /// Keeps a scope that a macro sees, until the rendering ends.
  func keep(_ scope: Scope) throws(TemplateError) {
    try allocate(64)
    scopes.append(scope)
  }

  func makeNamespace(_ attributes: Mapping.Builder) throws(TemplateError) -> Value {
    try allocate(256)
    let namespace = Namespace(attributes)
    namespaces.append(namespace)
    return .namespace(namespace)
  }

  // MARK: Output

  @inline(never)
  func write(_ text: Text) throws(TemplateError) {
    if captures == 0 { try look(at: text.bytes.count) } else { try allocate(text.bytes.count) }
    guard output.count + text.bytes.count <= limits.outputBytes else {
      throw error(.limit, "more than \(limits.outputBytes) bytes of text")
    }
    output += text.bytes
  }

  /// What `body` writes, kept from the output.
  func capture<Result>(
    _ body: () throws(TemplateError) -> Result
  ) throws(TemplateError) -> (text: Text, result: Result) {
    let outside = output
    output = []
    captures += 1
    defer {
      output = outside
      captures -= 1
    }
    let result = try body()
    return (Text(bytes: output), result)
  }

  /// Notes that what `body` writes was generated by the model.
  func generation(_ body: () throws(TemplateError) -> Void) throws(TemplateError) {
    if isGenerating { return try body() }
    guard captures == 0 else {
      unplacedGenerations += 1
      return try body()
    }
    isGenerating = true
    defer { isGenerating = false }
    let start = output.count
    try body()
    generations.append(start..<output.count)
  }
}
