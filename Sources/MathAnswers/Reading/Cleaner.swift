// The first pass: what is written in many ways comes out in one. Works on Unicode scalars, never on
// characters, so that a pile of combining marks is a thousand small things and not one large one.

/// Turns the text of an answer into plain scalars.
enum Cleaner {
  /// The text with signs, digits and fractions of other alphabets replaced, and without NULs, marks
  /// that are not seen and the outermost dressing.
  static func cleaned(_ text: String) throws(MathAnswerError) -> [Unicode.Scalar] {
    guard text.utf8.count <= Limits.text else {
      throw .tooLarge("the answer has \(text.utf8.count) bytes, and \(Limits.text) are looked at")
    }
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.utf8.count)
    var raised = false
    for scalar in undressed(text.unicodeScalars) {
      if let power = superscripts[scalar] {
        // ² is ^{2}, and ¹² one exponent.
        if !raised { result += "^{".unicodeScalars }
        result += power.unicodeScalars
        raised = true
        continue
      }
      if raised {
        result.append("}")
        raised = false
      }
      if let replacement = replacements[scalar] {
        result += replacement.unicodeScalars
      } else if (0xFF01...0xFF5E).contains(scalar.value),
        let narrow = Unicode.Scalar(scalar.value - 0xFEE0)
      {
        result.append(narrow)
      } else if scalar.properties.isWhitespace {
        result.append(" ")
      } else if scalar.properties.generalCategory == .control {
        throw .unparsable("a control character")
      } else if !isUnseen(scalar) {
        result.append(scalar)
      }
    }
    if raised { result.append("}") }
    return result
  }

  /// A text without the stars of bold type around it, and without "the answer is" in Chinese.
  private static func undressed(_ text: String.UnicodeScalarView) -> Substring.UnicodeScalarView {
    func stripped(_ part: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
      let start = part.drop { $0.properties.isWhitespace }
      guard let end = start.lastIndex(where: { !$0.properties.isWhitespace }) else {
        return start.prefix(0)
      }
      return start[...end]
    }
    var part = stripped(text[...])
    for mark in ["答案：", "答案:", "答案是", "答案为", "答：", "：", ":"]
    where part.starts(with: mark.unicodeScalars) {
      part = stripped(part.dropFirst(mark.unicodeScalars.count))
    }
    let stars = "**".unicodeScalars
    if part.count > 4, part.starts(with: stars), part.suffix(2).elementsEqual(stars) {
      part = stripped(part.dropFirst(2).dropLast(2))
    }
    return part
  }

  private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .format || scalar.value == 0xFE0F
  }

  private static let superscripts: [Unicode.Scalar: String] = [
    "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8",
    "⁹": "9", "⁻": "-", "⁺": "+", "ⁿ": "n",
  ]

  private static let replacements: [Unicode.Scalar: String] = [
    "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "∗": "*", "÷": "/",
    "∕": "/", "⁄": "/", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-",
    "±": "\\pm ", "∓": "\\mp ", "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge ",
    "≠": "\\ne ", "≈": "\\approx ", "√": "\\sqrt ", "∛": "\\sqrt[3]", "π": "\\pi ",
    "∞": "\\infty ", "°": "^\\circ ", "º": "^\\circ ", "∪": "\\cup ", "∩": "\\cap ",
    "∈": "\\in ", "∅": "\\emptyset ", "∖": "\\setminus ", "ℝ": "\\mathbb{R}",
    "ℤ": "\\mathbb{Z}", "ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}",
    "½": "\\frac{1}{2}", "⅓": "\\frac{1}{3}", "⅔": "\\frac{2}{3}", "¼": "\\frac{1}{4}",
    "¾": "\\frac{3}{4}", "⅕": "\\frac{1}{5}", "⅖": "\\frac{2}{5}", "⅗": "\\frac{3}{5}",
    "⅘": "\\frac{4}{5}", "⅙": "\\frac{1}{6}", "⅚": "\\frac{5}{6}", "⅛": "\\frac{1}{8}",
    "⅜": "\\frac{3}{8}", "⅝": "\\frac{5}{8}", "⅞": "\\frac{7}{8}", "…": "\\ldots ",
    "⋯": "\\ldots ", "％": "%", "′": "'", "’": "'", "‘": "'", "“": "\"", "”": "\"",
    "⟨": "\\langle ", "⟩": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ",
    "⌈": "\\lceil ", "⌉": "\\rceil ", "∣": "|", "∶": ":", "。": ".", "，": ",", "、": ",",
    "或": " or ", "和": " and ", "且": " and ", "α": "\\alpha ", "β": "\\beta ", "γ": "\\gamma ",
    "θ": "\\theta ", "λ": "\\lambda ",
    "μ": "\\mu ", "φ": "\\phi ", "ω": "\\omega ", "₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3",
    "₄": "_4", "₅": "_5", "₆": "_6", "₇": "_7", "₈": "_8", "₉": "_9",
  ]
}
