// The alarm for the most common mistake with data: the verifier looks for a mark that the prompt
// never asks for, and the reward is low for ever.

public import Records

/// What to tell the user about a first batch in which nobody answered, or nothing if all is well.
///
/// - Parameters:
///   - episodes: The graded first batch.
///   - settings: What it was graded with.
/// - Returns: Words for the console, or nothing.
public func answerAlarm(_ episodes: [GradedEpisode], settings: RewardSettings) -> String? {
  let judged = episodes.filter(\.verdict.isJudgement)
  guard let sample = judged.first, judged.allSatisfy({ $0.verdict.status == .noAnswer }) else {
    return nil
  }
  let judge = settings.judge(of: sample.completion.prompt.source)
  let end = String(sample.completion.text.suffix(80)).debugDescription
  return """
    no answer was found in any of the first \(judged.count) responses: the verifier \
    '\(judge.verifier.rawValue)' looks for \(judge.words). Does the prompt ask for that? The first \
    response (\(sample.completion.prompt.id)) ends with \(end)
    """
}
