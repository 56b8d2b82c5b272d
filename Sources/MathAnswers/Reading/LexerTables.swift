// What the lexer knows of commands.

extension Lexer {
  /// Commands that say how things look.
  static let silent: Set<String> = [
    "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr",
    "middle", "displaystyle", "textstyle", "scriptstyle", "limits", "quad", "qquad", "thinspace",
    "enspace", "medspace", "thickspace", "space", "nobreak", "rm", "bf", "it", "boxed", "fbox",
    "phantom", "mathstrut", "large", "Large", "normalsize", "mathop", "mathrel", "mathop",
    "ensuremath", "angle", "triangle", "measuredangle", "therefore", "boldsymbol", "pmb", "dollar",
    "pounds",
  ]

  /// Commands with words in braces.
  static let texts: Set<String> = [
    "text", "textrm", "textbf", "textit", "texttt", "textnormal", "textsf", "mbox", "hbox",
    "mathrm", "mathit", "mathsf", "operatorname", "emph", "mathord",
  ]

  /// Words between answers.
  static let connectives: Set<String> = ["and", "or", "and/or"]

  /// Commands that are another way to write a sign.
  static let signs: [String: Unicode.Scalar] = [
    "cdot": "*", "times": "*", "ast": "*", "div": "/", "lt": "<", "gt": ">", "mid": "|",
    "vert": "|", "lvert": "|", "rvert": "|", "langle": "(", "rangle": ")", "lbrack": "[",
    "rbrack": "]", "colon": ":", "prime": "'", "lparen": "(", "rparen": ")",
  ]

  /// Commands under one name.
  static let synonyms: [String: String] = [
    "dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom",
    "leq": "le", "leqslant": "le", "geq": "ge", "geqslant": "ge", "neq": "ne", "dots": "ldots",
    "cdots": "ldots", "dotsc": "ldots", "varnothing": "emptyset", "degree": "circ",
    "lbrace": "{", "rbrace": "}", "backslash": "setminus", "smallsetminus": "setminus",
    "R": "mathbb:R", "Z": "mathbb:Z", "N": "mathbb:N", "Q": "mathbb:Q", "bigcup": "cup",
    "isin": "in", "widehat": "hat", "overrightarrow": "vec", "underline": "overline",
    "bar": "overline", "infin": "infty", "textdegree": "circ", "lcm": "lcm", "percent": "%",
  ]

  /// Letters that have names.
  static let greek: Set<String> = [
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta",
    "iota", "kappa", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "varphi",
    "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi",
    "Omega", "ell", "hbar", "checkmark",
  ]
}

extension Function {
  /// The function a command or a word names.
  init?(command: String) {
    switch command {
    case "arsin", "asin": self = .arcsine
    case "acos": self = .arccosine
    case "atan", "arctg": self = .arctangent
    case "tg": self = .tangent
    case "ctg", "ctan": self = .cotangent
    case "lg": self = .decimalLogarithm
    case "Cis": self = .turn
    case "binom", "factorial", "pow": return nil
    default: self.init(rawValue: command)
    }
  }
}
