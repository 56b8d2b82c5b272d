# Random conversations and mutated templates, the same ones that the Swift tests make: every choice
# is a remainder of the next SplitMix64 number, in a fixed order. Used by template_goldens.py.

MASK = (1 << 64) - 1


class Numbers:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, count):
        return self.next() % count

    def chance(self, percent):
        return self.below(100) < percent

    def pick(self, items):
        return items[self.below(len(items))]


WORDS = [
    "hello", "world", "naïve", "ÜNÏCÖDÉ", "日本語", "😀", "e\u0301", "é", "\n", "\t", "  ", "<b>",
    '"quoted"', "it's", "a\\b", "{{x}}", "</think>", "<think>", "42", "-7.5", "", "ﬁne", "İ", "ß",
    "\u2028", "\r\n", "[INST]", "/no_think", "/think", "<|im_end|>", "{% if %}", "a&b", "ΑΣ", "\u00a0",
    "%s", "{0}", "true", "ǆ",
]
NAMES = ["get_weather", "search", "items", "naïve_tool", "run.code", "keys"]
KEYS = ["city", "unit", "count", "items", "été", "a b", "type", "name", "values", "nested"]


def text(r):
    return " ".join(r.pick(WORDS) for _ in range(r.below(9)))


def value(r, depth):
    kind = r.below(9 if depth < 3 else 6)
    if kind == 0:
        return None
    if kind == 1:
        return r.chance(50)
    if kind == 2:
        return r.below(2001) - 1000
    if kind == 3:
        return (r.below(20001) - 10000) / 64.0
    if kind in (4, 5):
        return text(r)
    if kind == 6:
        return [value(r, depth + 1) for _ in range(r.below(4))]
    return {r.pick(KEYS): value(r, depth + 1) for _ in range(r.below(4))}


def mapping(r):
    return {r.pick(KEYS): value(r, 1) for _ in range(r.below(4))}


def content(r):
    kind = r.below(14)
    if kind == 0:
        return ""
    if kind == 1:
        return None
    if kind == 2:
        parts = []
        for _ in range(r.below(3) + 1):
            if r.chance(30):
                parts.append({"type": "image", "url": text(r)})
            else:
                parts.append({"type": "text", "text": text(r)})
        return parts
    if kind == 3:
        return "<think>\n" + text(r) + "\n</think>\n\n" + text(r)
    return text(r)


def tool_call(r):
    call = {}
    call["id"] = "call%05d" % r.below(100000)
    call["type"] = "function"
    arguments = text(r) if r.chance(20) else mapping(r)
    call["function"] = {"name": r.pick(NAMES), "arguments": arguments}
    return call


def message(r, role):
    result = {"role": role, "content": content(r)}
    if role == "assistant" and r.chance(25):
        result["tool_calls"] = [tool_call(r) for _ in range(r.below(3))]
    if role == "assistant" and r.chance(20):
        result["reasoning_content"] = text(r)
    if role == "tool":
        result["tool_call_id"] = "call%05d" % r.below(100000)
        if r.chance(50):
            result["name"] = r.pick(NAMES)
    if r.chance(5):
        result["name"] = text(r)
    return result


def messages(r):
    result = []
    if r.chance(40):
        result.append(message(r, "system"))
    for _ in range(r.below(5)):
        result.append(message(r, "user"))
        if r.chance(15):
            result.append(message(r, "assistant"))
            result.append(message(r, "tool"))
            if r.chance(30):
                result.append(message(r, "tool"))
        if r.chance(85):
            result.append(message(r, "assistant"))
    if r.chance(50):
        result.append(message(r, "user"))
    return result


def schema(r, depth):
    kind = r.below(6 if depth < 2 else 4)
    if kind < 4:
        result = {"type": ["string", "integer", "number", "boolean"][kind]}
        if r.chance(30):
            result["description"] = text(r)
        if r.chance(20):
            result["enum"] = [value(r, 3) for _ in range(r.below(3))]
        return result
    if kind == 4:
        return {"type": "array", "items": schema(r, depth + 1)}
    if r.chance(20):
        return {"type": ["string", "null"]}
    properties = {r.pick(KEYS): schema(r, depth + 1) for _ in range(r.below(4))}
    return {"type": "object", "properties": properties, "required": list(properties)[:1]}


def tool(r):
    properties = {r.pick(KEYS): schema(r, 0) for _ in range(r.below(4))}
    function = {"name": r.pick(NAMES)}
    if r.chance(80):
        function["description"] = text(r)
    function["parameters"] = {"type": "object", "properties": properties}
    if r.chance(30):
        function["return"] = text(r)
    return {"type": "function", "function": function}


def variables(seed):
    r = Numbers(seed)
    result = {}
    result["messages"] = messages(r)
    result["tools"] = [tool(r) for _ in range(r.below(3))] if r.chance(40) else None
    if r.chance(20):
        result["documents"] = [{"title": text(r), "text": text(r)} for _ in range(r.below(3))]
    else:
        result["documents"] = None
    result["add_generation_prompt"] = r.chance(50)
    result["bos_token"] = "<s>"
    result["eos_token"] = "</s>"
    if r.chance(30):
        result["enable_thinking"] = r.chance(50)
    if r.chance(20):
        result["date_string"] = text(r)
    if r.chance(20):
        result["builtin_tools"] = [r.pick(NAMES), "code_interpreter"]
    if r.chance(20):
        result["controls"] = mapping(r)
    if r.chance(20):
        result["tools_in_user_message"] = r.chance(50)
    if r.chance(20):
        result["thinking"] = r.chance(50)
    return result


PIECES = [
    "{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "{{-", "-}}", " if ", " else ", " endif ",
    " for ", " in ", " endfor ", " set ", " = ", " is ", " not ", " and ", " or ", " defined ", "none",
    "true", "false", "(", ")", "[", "]", "{", "}", ",", ".", ":", "|", "~", "+", "-", "*", "/", "//",
    "%", "**", "==", "!=", "<", ">", "<=", ">=", "'", '"', "\\", "\n", " ", "0", "1", "-1", "2.5",
    "messages", "message", "content", "role", "loop", "loop.index", "ns", "namespace()", "tools",
    "range(3)", "|length", "|trim", "|tojson", "|list", "|first", "|last", "|join(',')", "|upper",
    "|string", "|int", "|default('x')", "|sort", "|reverse", "|unique", "|items", "|map('upper')",
    "[0]", "[-1]", "[1:]", "[::-1]", ".split('a')", ".strip()", ".items()", ".get('role')",
    "{% break %}", "{% continue %}", "{% endif %}", "{% else %}", "{% endfor %}", "{% set x = 1 %}",
    "{{ x }}", "{% generation %}", "{% endgeneration %}", "{% macro m(a) %}", "{% endmacro %}",
    "{{ m(1) }}", "{% raw %}", "{% endraw %}", "é", "日", "\u2028", "{% include 'x' %}", "_x", "#",
]


def mutated(source, r):
    characters = list(source)
    for _ in range(r.below(3) + 1):
        count = len(characters)
        kind = r.below(6)
        place = r.below(count + 1)
        length = r.below(1 + r.below(40))
        end = min(place + length, count)
        if kind == 0:
            del characters[place:end]
        elif kind == 1:
            characters[place:place] = characters[place:end]
        elif kind == 2:
            other = r.below(count + 1)
            piece = characters[place:end]
            characters[other:other] = piece
        elif kind in (3, 4):
            characters[place:place] = list(r.pick(PIECES))
        else:
            characters[place:end] = list(r.pick(PIECES))
    return "".join(characters)
