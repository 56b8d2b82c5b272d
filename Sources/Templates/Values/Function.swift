// What can be called: macros, methods bound to their value, and the environment's own functions.

/// A value that can be called.
final class Function {
  enum Kind {
    case macro(MacroClosure)
    case method(of: Value, name: Text)
    case global(Global)
    case joiner(Joiner)
    case cycler(Cycler)
  }

  let kind: Kind
  let depth: Int

  init(_ kind: Kind) {
    self.kind = kind
    depth =
      switch kind {
      case .method(let receiver, _): receiver.depth + 1
      case .cycler(let cycler): 1 + (cycler.items.lazy.map(\.depth).max() ?? 0)
      case .macro, .global, .joiner: 1
      }
  }
}

/// The functions that every template finds.
enum Global: String, CaseIterable {
  case range, dict, namespace, joiner, cycler, lipsum
  case raiseException = "raise_exception"
  case timeNow = "strftime_now"
}

/// A macro and the scope it was written in, whose names it sees.
struct MacroClosure {
  let macro: Macro
  let scope: Scope
}

/// Gives nothing the first time and its separator ever after.
final class Joiner {
  let separator: Value
  var isUsed = false

  init(separator: Value) {
    self.separator = separator
  }
}

/// Goes round its items.
final class Cycler {
  let items: [Value]
  var place = 0

  init(items: [Value]) {
    self.items = items
  }
}

/// What a call was given.
struct CallValues {
  var positional: [Value] = []
  var keywords: [(name: Text, value: Value)] = []

  /// Takes out the keyword `name`.
  mutating func take(_ name: Text) -> Value? {
    guard let place = keywords.firstIndex(where: { $0.name == name }) else { return nil }
    return keywords.remove(at: place).value
  }
}

/// The names of one body of the template.
final class Scope {
  let parent: Scope?
  private var names: [(id: Int, value: Value)] = []

  init(in parent: Scope?) {
    self.parent = parent
  }

  func set(_ id: Int, _ value: Value) {
    if let place = names.firstIndex(where: { $0.id == id }) {
      names[place].value = value
    } else {
      names.append((id, value))
    }
  }

  /// The value of the nearest `id`, here or in a scope around.
  func find(_ id: Int) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      for name in current.names where name.id == id { return name.value }
      scope = current.parent
    }
    return nil
  }

  /// Lets go of everything, so that a macro and its scope do not keep each other alive.
  func clear() { names = [] }
}
