// The time that runs will take, by hand.

import Testing

import Study

@Suite struct RunTimesTests {
  @Test func `a run takes what like runs took, else its size at the pace of the nearest`() {
    func kind(_ study: Int, _ name: String) -> RunTimes.Kind {
      RunTimes.Kind(study: study, name: name)
    }
    var times = RunTimes()
    #expect(times.expected(kind(0, "vapo"), size: 100) == nil)
    times.note(kind(0, "vapo"), size: 100, seconds: 30)
    times.note(kind(0, "vapo"), size: 100, seconds: 50)
    times.note(kind(0, "grpo"), size: 200, seconds: 20)
    #expect(times.expected(kind(0, "vapo"), size: 100) == 40)
    // 100 seconds for 400.
    #expect(times.expected(kind(0, "dapo"), size: 80) == 20)
    #expect(times.expected(kind(1, "vapo"), size: 800) == 200)
    times.note(kind(1, "grpo"), size: 10, seconds: 10)
    #expect(times.expected(kind(1, "vapo"), size: 800) == 800)
  }

  @Test func `what arms begin with says nothing of how long they take`() {
    var times = RunTimes()
    times.note(RunTimes.Kind(study: 0, name: "base/"), size: 100, seconds: 1600)
    #expect(times.expected(RunTimes.Kind(study: 0, name: "vapo"), size: 100) == nil)
    #expect(times.expected(RunTimes.Kind(study: 0, name: "base/"), size: 100) == 1600)
    times.note(RunTimes.Kind(study: 0, name: "vapo"), size: 100, seconds: 200)
    #expect(times.expected(RunTimes.Kind(study: 1, name: "grpo"), size: 50) == 100)
    #expect(times.expected(RunTimes.Kind(study: 1, name: "base/"), size: 50) == 800)
    // 40 steps of warm start say nothing of 400,000 tokens of value pretraining.
    #expect(times.expected(RunTimes.Kind(study: 0, name: "pretraining/"), size: 4e5) == nil)
  }
}
