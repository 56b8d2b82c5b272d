// Ten thousand damaged templates: none crashes, none runs long, and each gives what jinja2 gives,
// raises where it raises, or is refused for a reason on the list.

import Templates
import Testing
import TestSupport

@Suite("Mutated templates")
struct MutationTests {
  private struct Mutations: Decodable {
    let checksums: String
  }

  @Test("ten thousand mutated templates get jinja2's verdict, or a refusal that is on the list")
  func mutations() throws {
    let expected = try Checksum.unpacked(
      try Golden.decode(Mutations.self, from: "templates-mutations").checksums)
    let sources = try FamilyTests.sources().map { Array($0.source.unicodeScalars) }
    let conversations = (0..<50).map { Conversations.variables(seed: $0) }
    var refusals: [String: Int] = [:]
    var counts = (rendered: 0, raised: 0, skipped: 0)
    var wrong: [String] = []
    for (seed, checksum) in expected.enumerated() {
      var r = Numbers(seed: 1_000_000 + seed)
      let source = Mutation.mutated(r.pick(sources), &r)
      var found: UInt32 = 0
      var reason = ""
      do {
        found = Checksum.of(
          try Template(source, name: "mutated").render(conversations[seed % conversations.count]))
      } catch {
        reason = error.description
        if error.kind == .unsupported || error.kind == .limit {
          refusals[error.reason, default: 0] += 1
          continue
        }
      }
      if checksum == 1 {
        counts.skipped += 1
      } else if found == checksum {
        if checksum == 0 { counts.raised += 1 } else { counts.rendered += 1 }
      } else {
        wrong.append("\(seed): expected \(checksum), found \(found) \(reason)")
      }
    }
    print("templates: mutated: \(counts), refused \(refusals.values.reduce(0, +)): \(refusals)")
    #expect(expected.count == 10_000)
    #expect(wrong.isEmpty, "\(wrong.count) wrong: \(wrong.prefix(20).joined(separator: "\n"))")
    #expect(refusals.values.reduce(0, +) < 500)
  }
}
