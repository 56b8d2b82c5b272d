// Finds the chat template of a model's folder: chat_template.jinja, or else the chat_template of
// tokenizer_config.json, which is one text or several with names.

public import Foundation
import JSON
import Templates

extension ChatFormat {
  /// The names under which transformers passes special tokens to a template.
  private static let specialNames = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  /// Reads the chat format of a folder.
  ///
  /// - Parameter folder: a model's folder.
  /// - Returns: the format; nil when the folder has no chat template.
  /// - Throws: `ChatError`, naming the file, when a template does not parse or the configuration
  ///   cannot be read.
  public static func read(from folder: URL) throws(ChatError) -> ChatFormat? {
    let found: Found?
    do {
      found = try Found(in: folder)
    } catch {
      throw .configuration(error)
    }
    guard let found else { return nil }
    var templates: [(name: String, template: Template)] = []
    for (name, source) in found.sources {
      let shown = found.sources.count == 1 ? found.file : "\(found.file) (template \(name))"
      do {
        templates.append((name, try Template(source, name: shown)))
      } catch {
        throw .template(error)
      }
    }
    return ChatFormat(
      file: found.file, templates: templates, specialTokens: found.specialTokens)
  }

  /// What the folder's files say, not yet understood.
  private struct Found {
    var file: String
    var sources: [(name: String, source: String)] = []
    var specialTokens: TemplateObject = [:]

    init?(in folder: URL) throws(TokenizerError) {
      let configurationFile = folder.appending(path: "tokenizer_config.json")
      let templateFile = folder.appending(path: "chat_template.jinja")
      let configuration = try Self.configuration(in: configurationFile)
      if let configuration { specialTokens = try Self.specialTokens(of: configuration) }
      if Self.exists(templateFile) {
        file = templateFile.path(percentEncoded: false)
        let bytes = try TokenizerFile.contents(of: templateFile)
        guard let source = String(bytes: bytes, encoding: .utf8) else {
          throw .unreadable(file: file, reason: "it is not UTF-8")
        }
        sources = [("default", source)]
      } else if let field = try configuration?.optional("chat_template"), !field.isNull {
        file = configurationFile.path(percentEncoded: false)
        sources = try Self.sources(in: field)
      } else {
        return nil
      }
    }

    private static func exists(_ file: URL) -> Bool {
      FileManager.default.fileExists(atPath: file.path(percentEncoded: false))
    }

    private static func configuration(in file: URL) throws(TokenizerError) -> JSONField? {
      guard exists(file) else { return nil }
      let name = file.path(percentEncoded: false)
      let data = try TokenizerFile.contents(of: file)
      do {
        let value = try JSONValue(parsing: data, limits: TokenizerFile.limits)
        return JSONField(value: value, path: "", file: name)
      } catch {
        throw .malformed(file: name, line: error.line, column: error.column, reason: error.reason)
      }
    }

    /// The special tokens by their names: each a text, or an added token with its content.
    private static func specialTokens(
      of configuration: JSONField
    ) throws(TokenizerError) -> TemplateObject {
      var result = TemplateObject()
      for name in specialNames {
        guard let field = try configuration.optional(name), !field.isNull else { continue }
        result[name] = .string(try text(of: field))
      }
      guard let extra = try configuration.optional("extra_special_tokens"),
        case .object(let members) = extra.value
      else { return result }
      for member in members {
        result[member.key] = .string(try text(of: extra.member(member)))
      }
      return result
    }

    private static func text(of field: JSONField) throws(TokenizerError) -> String {
      if case .object = field.value {
        return String(decoding: try field.required("content").string(), as: UTF8.self)
      }
      return String(decoding: try field.string(), as: UTF8.self)
    }

    /// One template, or several with names.
    private static func sources(
      in field: JSONField
    ) throws(TokenizerError) -> [(name: String, source: String)] {
      if case .string(let source) = field.value { return [("default", source)] }
      var result: [(name: String, source: String)] = []
      for (place, element) in try field.elements().enumerated() {
        let named = field.element(element, at: place)
        result.append(
          (
            String(decoding: try named.required("name").string(), as: UTF8.self),
            String(decoding: try named.required("template").string(), as: UTF8.self)
          ))
      }
      guard !result.isEmpty else { throw field.invalid("there is no template in the list") }
      return result
    }
  }
}
