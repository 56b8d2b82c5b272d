// What a template says, as a tree. Every expression knows the byte it begins at, for errors, and
// its height, which the parser bounds: a tree of bounded height can be walked on any stack.

/// An expression.
struct Expression: Sendable {
  let form: Form
  let at: Int
  let height: Int

  indirect enum Form: Sendable {
    case literal(Literal)
    case name(Int)
    case list([Expression])
    case tuple([Expression])
    case mapping([MappingMember])
    case unary(Unary, Expression)
    case binary(Binary, Expression, Expression)
    case both(Expression, Expression)
    case either(Expression, Expression)
    case concatenation([Expression])
    case comparison(Expression, [Operand])
    case conditional(Expression, then: Expression, otherwise: Expression?)
    case attribute(Expression, Text)
    case item(Expression, Expression)
    case slice(Expression, SliceBounds)
    case call(Expression, Arguments)
    case filter(Expression?, Filter, Arguments)
    case test(Expression, Test, Arguments)
    /// A filter or test that does not exist, in a branch that may never be reached.
    case missing(String)
  }

  init(_ form: Form, at place: Int) {
    self.form = form
    at = place
    height = 1 + Self.children(of: form).reduce(0) { max($0, $1.height) }
  }

  private static func children(of form: Form) -> [Expression] {
    switch form {
    case .literal, .name, .missing: []
    case .list(let items), .tuple(let items), .concatenation(let items): items
    case .mapping(let members): members.flatMap { [$0.key, $0.value] }
    case .unary(_, let operand), .attribute(let operand, _): [operand]
    case .binary(_, let left, let right), .both(let left, let right), .either(let left, let right),
      .item(let left, let right):
      [left, right]
    case .comparison(let first, let operands): [first] + operands.map(\.value)
    case .conditional(let test, let then, let otherwise):
      [test, then] + (otherwise.map { [$0] } ?? [])
    case .slice(let whole, let bounds):
      [whole] + [bounds.start, bounds.stop, bounds.step].compactMap(\.self)
    case .call(let callee, let arguments): [callee] + arguments.all
    case .filter(let value, _, let arguments): (value.map { [$0] } ?? []) + arguments.all
    case .test(let value, _, let arguments): [value] + arguments.all
    }
  }
}

/// A value written down in the template.
enum Literal: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(Text)
}

/// One pair of a mapping written down.
struct MappingMember: Sendable {
  let key: Expression
  let value: Expression
}

/// The operators before one operand.
enum Unary: Sendable { case minus, plus, not }

/// The arithmetic operators; the spelling is Python's, for error texts.
enum Binary: String, Sendable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case floorDivide = "//"
  case remainder = "%"
  case power = "**"
}

/// The comparisons.
enum Comparison: String, Sendable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case contained = "in"
  case notContained = "not in"
}

/// A comparison with what it compares to.
struct Operand: Sendable {
  let comparison: Comparison
  let value: Expression
}

/// The three parts of a slice.
struct SliceBounds: Sendable {
  var start: Expression?
  var stop: Expression?
  var step: Expression?
}

/// The arguments of a call.
struct Arguments: Sendable {
  var positional: [Expression] = []
  var keywords: [Keyword] = []
  var spread: Expression?
  var spreadKeywords: Expression?

  struct Keyword: Sendable {
    let name: Text
    let value: Expression
  }

  var all: [Expression] {
    positional + keywords.map(\.value) + [spread, spreadKeywords].compactMap(\.self)
  }

  var isEmpty: Bool { all.isEmpty }
}

/// What can stand left of an equals sign.
indirect enum Target: Sendable {
  case name(Int)
  case attribute(of: Int, Text)
  case tuple([Target])
}

/// A statement with the byte it begins at.
struct Statement: Sendable {
  let form: Form
  let at: Int

  indirect enum Form: Sendable {
    case text(Text)
    case output([Expression])
    case branch([Branch], otherwise: [Statement])
    case loop(Loop)
    case assign(Target, Expression)
    case capture(Target, filter: Expression?, [Statement])
    case macro(Macro)
    case call(Macro, Expression, Arguments)
    case filter(Expression, [Statement])
    case with([Binding], [Statement])
    case generation([Statement])
    case leave
    case skip
  }
}

/// One condition of an if statement with what it guards.
struct Branch: Sendable {
  let test: Expression
  let body: [Statement]
}

/// A for statement.
struct Loop: Sendable {
  let target: Target
  let items: Expression
  let condition: Expression?
  let body: [Statement]
  let otherwise: [Statement]
}

/// One name of a with statement.
struct Binding: Sendable {
  let target: Target
  let value: Expression
}

/// A macro, or the body of a call block.
struct Macro: Sendable {
  let name: Text
  let id: Int
  let parameters: [Parameter]
  let body: [Statement]
  /// The special names that the body uses without declaring them.
  let callerID: Int?
  let argumentsID: Int?
  let keywordsID: Int?

  struct Parameter: Sendable {
    let id: Int
    let name: Text
    let fallback: Expression?
  }
}
