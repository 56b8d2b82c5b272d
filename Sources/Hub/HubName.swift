// What names a model or a data set of the hub: `org/name`, or `org/name@revision`.

/// What a repository of the hub holds.
public enum HubKind: String, Sendable {
  case model
  case dataset

  /// What cache folders of the kind begin with.
  var plural: String { "\(rawValue)s" }
}

/// The name of a repository of the hub.
public struct HubName: Equatable, Sendable, CustomStringConvertible {
  /// Who owns it.
  public var owner: String
  /// What it is called.
  public var name: String
  /// A branch, a tag or a commit; `main` where none is named.
  public var revision: String

  /// Reads `org/name` or `org/name@revision`; nil for what can be no such name.
  public init?(_ text: String) {
    let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let parts = halves[0].split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy(Self.isName) else { return nil }
    (owner, name) = (String(parts[0]), String(parts[1]))
    revision = halves.count == 2 ? String(halves[1]) : "main"
    let isRevision =
      revision.utf8.count <= 200 && !revision.isEmpty && !revision.contains("..")
      && revision.first != "/" && revision.first != "-"
      && revision.utf8.allSatisfy { Self.isSign($0) || $0 == UInt8(ascii: "/") }
    guard isRevision else { return nil }
  }

  /// The hub's own rules: letters, digits, `-`, `_` and `.`, at most 96 of them, no sign at the ends.
  private static func isName(_ part: Substring) -> Bool {
    guard (1...96).contains(part.utf8.count), part.utf8.allSatisfy(isSign) else { return false }
    let isBare = ["-", "."].contains { part.hasPrefix($0) || part.hasSuffix($0) }
    return !isBare && !part.contains("..") && !part.contains("--")
  }

  private static func isSign(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Owner and name.
  public var repository: String { "\(owner)/\(name)" }

  /// As it is written in settings.
  public var description: String {
    revision == "main" ? repository : "\(repository)@\(revision)"
  }
}
