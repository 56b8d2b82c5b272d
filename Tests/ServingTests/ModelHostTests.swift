// The line of requests for the model: who leaves it frees it.

import Foundation
import Generation
import Serving
import Testing
import TestSupport
import Tokenizers

@Suite struct ModelHostTests {
  @Test func `a job that is cancelled ends early, beside another that does not notice`()
    async throws
  {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try TinyFolder.write(to: folder)
    let host = try ModelHost(folder: folder, name: "tiny")
    let prompt = host.facts.tokenizer.encode("go on:")
    func job(_ samples: Int, _ seed: Int) -> Job {
      Job(
        prompts: [prompt], samples: samples, sampling: SamplingSettings(), limits: [120],
        seed: seed)
    }
    func finished(_ events: AsyncStream<JobEvent>) async -> [FinishedResponse] {
      var all: [FinishedResponse] = []
      for await case .ended(let response) in events { all.append(response) }
      return all
    }
    let alone = await finished(host.answer(job(4, 1)).events).map(\.tokens)
    #expect(alone.count == 4)

    // Cancelled before its turn, cancelled at its first word, and not at all.
    let (never, cancelNever) = host.answer(job(4, 2))
    cancelNever()
    let (short, cancelShort) = host.answer(job(4, 3))
    let other = host.answer(job(4, 1))
    for await _ in short {
      cancelShort()
      break
    }
    #expect(await finished(never).isEmpty)
    #expect(await finished(other.events).map(\.tokens) == alone)
    host.close()
  }
}
