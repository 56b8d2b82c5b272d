// The colors of pictures, light and dark: a viewer that asks for dark gets it from the same file.

/// What pictures are painted with.
enum ChartStyle {
  /// Lines that have a color of their own.
  static let colors = 8

  /// Classes for SVG: paper, words, marks and grid; `s0` to `s7` set the color of a series.
  ///
  /// Source of the light colors: Okabe and Ito, Color Universal Design, 2008, which differ in lightness too;
  /// its yellow, too faint on white, is a gray.
  static let sheet = """
    <style>
    .paper{fill:#fff}.title{fill:#222}.words{fill:#333}.marks{fill:#555}.grid{stroke:#e4e4e4}
    .axis{stroke:#888}.rest{color:#c4c4c4}
    .s0{color:#0072b2}.s1{color:#d55e00}.s2{color:#009e73}.s3{color:#cc79a7}.s4{color:#56b4e9}
    .s5{color:#e69f00}.s6{color:#7a7a7a}.s7{color:#000}
    @media (prefers-color-scheme: dark){
    .paper{fill:#16181c}.title{fill:#f0f0f0}.words{fill:#d4d4d4}.marks{fill:#a8a8a8}
    .grid{stroke:#34373d}.axis{stroke:#777}.rest{color:#4a4e56}
    .s0{color:#4aa8e0}.s1{color:#ff8a3d}.s2{color:#2fc29a}.s3{color:#e39ac6}.s4{color:#9bd6f7}
    .s5{color:#f0b93a}.s6{color:#a0a0a0}.s7{color:#f4f4f4}}
    </style>
    """

  /// The class of a line by its place among the lines.
  static func series(_ place: Int) -> String { "s\(place % colors)" }

  /// A picture of some size, its paper and its title.
  static func opening(width: Double, height: Double, title: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" \
    role="img" aria-label="\(escaped(title))" font-family="system-ui, sans-serif" font-size="12">
    \(sheet)
    <rect class="paper" width="100%" height="100%"/>
    <text class="title" x="16" y="24" font-size="15" font-weight="600">\(escaped(title))</text>
    """
  }

  /// Room for a name, at some 6.8 units a letter.
  static func room(for names: [String]) -> Double {
    6.8 * Double(names.map(\.count).max() ?? 0)
  }
}

/// Text as XML and HTML want it.
func escaped(_ text: String) -> String {
  text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    .replacing("\"", with: "&quot;")
}
