// Foreign text in error messages.

/// Text as an error message shows it: one line, of bounded length.
package func shortened(_ text: String) -> String {
  let line = text.prefix(81).map { $0.isNewline || $0 == "\0" ? " " : $0 }
  return line.count > 80 ? String(line.prefix(77)) + "..." : String(line)
}
