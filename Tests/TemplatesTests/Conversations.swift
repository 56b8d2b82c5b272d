// Random conversations and mutated templates: the same ones, choice by choice, as
// Tools/goldens/template_conversations.py makes.

import Templates

/// SplitMix64.
struct Numbers {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

/// Makes the variables of one rendering.
struct Conversations {
  private var r: Numbers

  static func variables(seed: Int) -> TemplateObject {
    var maker = Conversations(r: Numbers(seed: seed))
    return maker.variables()
  }

  private static let words = [
    "hello", "world", "naïve", "ÜNÏCÖDÉ", "日本語", "😀", "e\u{301}", "é", "\n", "\t", "  ", "<b>",
    "\"quoted\"", "it's", "a\\b", "{{x}}", "</think>", "<think>", "42", "-7.5", "", "ﬁne", "İ", "ß",
    "\u{2028}", "\r\n", "[INST]", "/no_think", "/think", "<|im_end|>", "{% if %}", "a&b", "ΑΣ",
    "\u{A0}", "%s", "{0}", "true", "ǆ",
  ]
  private static let names = ["get_weather", "search", "items", "naïve_tool", "run.code", "keys"]
  private static let keys = [
    "city", "unit", "count", "items", "été", "a b", "type", "name", "values", "nested",
  ]

  private mutating func repeated<Item>(
    _ count: Int, _ make: (inout Conversations) -> Item
  ) -> [Item] {
    var items: [Item] = []
    for _ in 0..<count { items.append(make(&self)) }
    return items
  }

  private mutating func text() -> String {
    let count = r.below(9)
    return repeated(count) { $0.r.pick(Self.words) }.joined(separator: " ")
  }

  private mutating func list(
    _ count: Int, _ make: (inout Conversations) -> TemplateValue
  ) -> TemplateValue {
    .list(repeated(count, make))
  }

  private mutating func members(
    _ make: (inout Conversations) -> TemplateValue
  ) -> TemplateObject {
    var object = TemplateObject()
    for _ in 0..<r.below(4) {
      let key = r.pick(Self.keys)
      object[key] = make(&self)
    }
    return object
  }

  private mutating func value(_ depth: Int) -> TemplateValue {
    switch r.below(depth < 3 ? 9 : 6) {
    case 0: return .none
    case 1: return .bool(r.chance(50))
    case 2: return .int(r.below(2001) - 1000)
    case 3: return .double(Double(r.below(20001) - 10000) / 64)
    case 4, 5: return .string(text())
    case 6: return list(r.below(4)) { $0.value(depth + 1) }
    default: return .object(members { $0.value(depth + 1) })
    }
  }

  private mutating func mapping() -> TemplateValue { .object(members { $0.value(1) }) }

  private mutating func content() -> TemplateValue {
    switch r.below(14) {
    case 0: return ""
    case 1: return .none
    case 2:
      return list(r.below(3) + 1) { maker in
        maker.r.chance(30)
          ? ["type": "image", "url": .string(maker.text())]
          : ["type": "text", "text": .string(maker.text())]
      }
    case 3:
      let thought = text()
      return .string("<think>\n" + thought + "\n</think>\n\n" + text())
    default: return .string(text())
    }
  }

  private mutating func callID() -> TemplateValue {
    let digits = String(r.below(100000))
    return .string("call" + String(repeating: "0", count: 5 - digits.count) + digits)
  }

  private mutating func toolCall() -> TemplateValue {
    let id = callID()
    let arguments = r.chance(20) ? .string(text()) : mapping()
    let name = TemplateValue.string(r.pick(Self.names))
    return ["id": id, "type": "function", "function": ["name": name, "arguments": arguments]]
  }

  private mutating func message(_ role: String) -> TemplateValue {
    var result: TemplateObject = ["role": .string(role), "content": content()]
    if role == "assistant" && r.chance(25) {
      result["tool_calls"] = list(r.below(3)) { $0.toolCall() }
    }
    if role == "assistant" && r.chance(20) { result["reasoning_content"] = .string(text()) }
    if role == "tool" {
      result["tool_call_id"] = callID()
      if r.chance(50) { result["name"] = .string(r.pick(Self.names)) }
    }
    if r.chance(5) { result["name"] = .string(text()) }
    return .object(result)
  }

  private mutating func messages() -> TemplateValue {
    var result: [TemplateValue] = []
    if r.chance(40) { result.append(message("system")) }
    for _ in 0..<r.below(5) {
      result.append(message("user"))
      if r.chance(15) {
        result.append(message("assistant"))
        result.append(message("tool"))
        if r.chance(30) { result.append(message("tool")) }
      }
      if r.chance(85) { result.append(message("assistant")) }
    }
    if r.chance(50) { result.append(message("user")) }
    return .list(result)
  }

  private mutating func schema(_ depth: Int) -> TemplateValue {
    let kind = r.below(depth < 2 ? 6 : 4)
    if kind < 4 {
      var result: TemplateObject = [
        "type": .string(["string", "integer", "number", "boolean"][kind])
      ]
      if r.chance(30) { result["description"] = .string(text()) }
      if r.chance(20) { result["enum"] = list(r.below(3)) { $0.value(3) } }
      return .object(result)
    }
    if kind == 4 { return ["type": "array", "items": schema(depth + 1)] }
    if r.chance(20) { return ["type": ["string", "null"]] }
    let properties = members { $0.schema(depth + 1) }
    let required = properties.members.prefix(1).map { TemplateValue.string($0.key) }
    return ["type": "object", "properties": .object(properties), "required": .list(required)]
  }

  private mutating func tool() -> TemplateValue {
    let properties = members { $0.schema(0) }
    var function: TemplateObject = ["name": .string(r.pick(Self.names))]
    if r.chance(80) { function["description"] = .string(text()) }
    function["parameters"] = ["type": "object", "properties": .object(properties)]
    if r.chance(30) { function["return"] = .string(text()) }
    return ["type": "function", "function": .object(function)]
  }

  private mutating func variables() -> TemplateObject {
    var result: TemplateObject = ["messages": messages()]
    result["tools"] = r.chance(40) ? list(r.below(3)) { $0.tool() } : TemplateValue.none
    result["documents"] = TemplateValue.none
    if r.chance(20) {
      result["documents"] = list(r.below(3)) { maker in
        let title = maker.text()
        return ["title": .string(title), "text": .string(maker.text())]
      }
    }
    result["add_generation_prompt"] = .bool(r.chance(50))
    result["bos_token"] = "<s>"
    result["eos_token"] = "</s>"
    if r.chance(30) { result["enable_thinking"] = .bool(r.chance(50)) }
    if r.chance(20) { result["date_string"] = .string(text()) }
    if r.chance(20) {
      result["builtin_tools"] = [.string(r.pick(Self.names)), "code_interpreter"]
    }
    if r.chance(20) { result["controls"] = mapping() }
    if r.chance(20) { result["tools_in_user_message"] = .bool(r.chance(50)) }
    if r.chance(20) { result["thinking"] = .bool(r.chance(50)) }
    return result
  }
}

/// Damages templates.
enum Mutation {
  private static let pieces = [
    "{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "{{-", "-}}", " if ", " else ", " endif ",
    " for ", " in ", " endfor ", " set ", " = ", " is ", " not ", " and ", " or ", " defined ",
    "none", "true", "false", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|", "~", "+", "-", "*",
    "/", "//", "%", "**", "==", "!=", "<", ">", "<=", ">=", "'", "\"", "\\", "\n", " ", "0", "1",
    "-1", "2.5", "messages", "message", "content", "role", "loop", "loop.index", "ns",
    "namespace()", "tools", "range(3)", "|length", "|trim", "|tojson", "|list", "|first", "|last",
    "|join(',')", "|upper", "|string", "|int", "|default('x')", "|sort", "|reverse", "|unique",
    "|items", "|map('upper')", "[0]", "[-1]", "[1:]", "[::-1]", ".split('a')", ".strip()",
    ".items()", ".get('role')", "{% break %}", "{% continue %}", "{% endif %}", "{% else %}",
    "{% endfor %}", "{% set x = 1 %}", "{{ x }}", "{% generation %}", "{% endgeneration %}",
    "{% macro m(a) %}", "{% endmacro %}", "{{ m(1) }}", "{% raw %}", "{% endraw %}", "é", "日",
    "\u{2028}", "{% include 'x' %}", "_x", "#",
  ]

  static func mutated(_ source: [Unicode.Scalar], _ r: inout Numbers) -> String {
    var scalars = source
    for _ in 0..<(r.below(3) + 1) {
      let count = scalars.count
      let kind = r.below(6)
      let place = r.below(count + 1)
      let widest = 1 + r.below(40)
      let end = min(place + r.below(widest), count)
      switch kind {
      case 0: scalars.removeSubrange(place..<end)
      case 1: scalars.insert(contentsOf: Array(scalars[place..<end]), at: place)
      case 2:
        let other = r.below(count + 1)
        scalars.insert(contentsOf: Array(scalars[place..<end]), at: other)
      case 3, 4: scalars.insert(contentsOf: r.pick(pieces).unicodeScalars, at: place)
      default: scalars.replaceSubrange(place..<end, with: r.pick(pieces).unicodeScalars)
      }
    }
    var result = ""
    result.unicodeScalars.append(contentsOf: scalars)
    return result
  }
}
