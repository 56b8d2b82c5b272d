// A chat template: read once, rendered for every conversation. What it renders is byte for byte
// what transformers renders with jinja2 from the same template and the same data.

public import Foundation

/// A parsed template.
public struct Template: Sendable {
  /// What the template is called in errors.
  public let name: String
  /// Whether the template says, with generation blocks, what the model wrote.
  public let marksGenerations: Bool
  let source: Source
  let body: [Statement]
  /// The names used, by number.
  let names: [Text]
  /// The number of the name `loop`, when the template uses it.
  let loopID: Int?

  /// The longest source that is read, in bytes.
  static let longestSource = 1 << 20

  /// Reads a template.
  ///
  /// - Parameters:
  ///   - source: the template's text.
  ///   - name: what errors call it, usually its file.
  /// - Throws: `TemplateError` with line and column, for what Jinja refuses as well and for
  ///   what is not supported.
  public init(_ source: String, name: String) throws(TemplateError) {
    self.name = name
    self.source = Source(source, name: name)
    guard self.source.bytes.count <= Self.longestSource else {
      throw self.source.error(
        .limit, "a template of more than \(Self.longestSource) bytes", at: 0)
    }
    var parser = try Parser(self.source)
    body = try parser.template()
    names = parser.names
    marksGenerations = parser.hasGenerations
    loopID = names.firstIndex(of: "loop")
  }

  /// Renders the template.
  ///
  /// - Parameters:
  ///   - variables: the names the template sees beside its own functions.
  ///   - limits: how much the template may do.
  ///   - now: the time that `strftime_now` tells.
  /// - Returns: the text, and where its generation blocks stand.
  /// - Throws: `TemplateError` with line and column.
  public func render(
    _ variables: TemplateObject, limits: Limits = Limits(), now: Date = Date()
  ) throws(TemplateError) -> Rendering {
    let renderer = Renderer(self, limits: limits, now: now)
    defer { renderer.end() }
    return try renderer.render(variables)
  }
}

/// A rendered template.
public struct Rendering: Equatable, Sendable {
  /// The text.
  public let text: String
  /// What `{% generation %}` blocks wrote, as ranges of the text's UTF-8 bytes, in order.
  public let generations: [Range<Int>]
  /// How many generation blocks wrote into something that is not the text itself, such as a
  /// macro's result, so that nobody knows where they ended up.
  public let unplacedGenerations: Int
}
