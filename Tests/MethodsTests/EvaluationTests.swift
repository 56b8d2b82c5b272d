// pass@k against counting every subset, avg@k and maj@k by hand, and which groups teach anything.

import Methods
import Records
import Testing

@Suite("Evaluation")
struct EvaluationTests {
  @Test("pass@k is the share of k-subsets with a right sample", arguments: 1...9)
  func passAgainstCounting(samples: Int) {
    for correct in 0...samples {
      for k in 1...samples {
        // Samples 0..<correct are right; a subset passes if it meets them.
        let subsets = (0..<(1 << samples)).filter { $0.nonzeroBitCount == k }
        let passing = subsets.filter { $0 & ((1 << correct) - 1) != 0 }
        let share = Double(passing.count) / Double(subsets.count)
        #expect(isClose(passAtK(k, correct: correct, of: samples), share, within: 1e-12))
      }
    }
  }

  @Test("pass@k stays a number where binomials overflow")
  func passOfManySamples() {
    // One right of n: a k-subset meets it with chance k/n.
    #expect(isClose(passAtK(5000, correct: 1, of: 20_000), 0.25, within: 1e-12))
    #expect(passAtK(1, correct: 0, of: 20_000) == 0)
    #expect(passAtK(20_000, correct: 1, of: 20_000) == 1)
  }

  @Test("avg@k looks at the first k samples")
  func average() {
    #expect(averageAtK(4, correct: [true, false, false, true]) == 0.5)
    #expect(averageAtK(3, correct: [true, false, false, true]) == 1.0 / 3)
  }

  @Test("avg@n equals pass@1")
  func averageIsPassOne() {
    let correct = [true, false, true, false, false]
    #expect(isClose(averageAtK(5, correct: correct), passAtK(1, correct: 2, of: 5), within: 1e-12))
  }

  @Test(
    "maj@k by hand",
    arguments: [
      (["7", "7", "3"], [true, true, false], 1.0),
      (["3", "7", "3"], [false, true, false], 0.0),
      (["3", "7"], [false, true], 0.5),
      (["", "", "7"], [false, false, true], 1.0),
      (["", ""], [false, false], 0.0),
      (["7", "3", "5", "3"], [true, false, false, false], 0.0),
    ])
  func majority(answers: [String], correct: [Bool], expected: Double) {
    #expect(majorityAtK(answers.count, answers: answers, correct: correct) == expected)
  }

  @Test("maj@k counts the first k only, and answers byte by byte")
  func majorityDetails() {
    #expect(majorityAtK(1, answers: ["7", "3", "3"], correct: [true, false, false]) == 1)
    // é as one scalar and as two: equal for Swift, two answers here.
    let answers = ["\u{E9}", "e\u{301}", "x", "x"]
    #expect(majorityAtK(4, answers: answers, correct: [true, true, false, false]) == 0)
  }

  @Test("more samples than there are stop the program")
  func tooFewSamples() async {
    await #expect(processExitsWith: .failure) { _ = passAtK(3, correct: 1, of: 2) }
  }
}

@Suite("Groups")
struct GroupTests {
  @Test("a tally counts graded answers only")
  func tallies() {
    let tallies = groupTallies(of: [
      episode(place: 4, length: 1, reward: 1), episode(place: 4, length: 1, reward: 0),
      episode(place: 4, length: 1, reward: 0, status: .timeout),
      episode(place: 9, length: 1, reward: 0, status: .error),
    ])
    #expect(tallies[4]?.correct == 1 && tallies[4]?.graded == 2)
    #expect(tallies[9]?.graded == 0)
    #expect(tallies[9]?.isMixed == false && tallies[9]?.isAllWrong == false)
  }

  @Test("only groups with some right and some not are mixed")
  func mixed() {
    let batch = [
      episode(place: 1, length: 1, reward: 1), episode(place: 1, length: 1, reward: 1),
      episode(place: 2, length: 1, reward: 1), episode(place: 2, length: 1, reward: 0),
      episode(place: 3, length: 1, reward: 0), episode(place: 3, length: 1, reward: 0),
      episode(place: 5, length: 1, reward: 1),
      episode(place: 5, length: 1, reward: 0, status: .error),
    ]
    #expect(mixedGroups(of: batch) == [2])
    let tallies = groupTallies(of: batch)
    #expect(tallies[1]?.isAllCorrect == true && tallies[3]?.isAllWrong == true)
    #expect(tallies[5]?.isAllCorrect == true)
  }
}
