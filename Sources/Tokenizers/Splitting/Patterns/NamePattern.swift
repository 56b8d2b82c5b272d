// Regular expressions over names: what an adapter's settings choose layers by. They come from files of
// strangers, so that the matcher of tokenizers' patterns runs them, whose time is bounded.

/// A regular expression over names of ASCII characters, in the dialect of Python's `re`.
package struct NamePattern: Sendable {
  private let program: PatternProgram

  /// Reads a pattern.
  ///
  /// - Throws: why it is not run.
  package init(_ pattern: String) throws(PatternSyntax.Refusal) {
    let (node, _) = try PatternSyntax.read(pattern, in: .names)
    do throws(PatternProgram.Refusal) {
      program = try PatternProgram(.sequence([node, .textEnd]))
    } catch { throw PatternSyntax.Refusal(reason: error.reason) }
  }

  /// Whether all of `name` matches, as Python's `fullmatch`.
  package func matches(_ name: String) -> Bool {
    PatternMatcher(program, text: name.unicodeScalars.map(\.value)).end(from: 0) != nil
  }
}
