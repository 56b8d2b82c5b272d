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
  let graded = episodes.filter(\.verdict.isGraded)
  guard let sample = graded.first, graded.allSatisfy({ $0.verdict.status == .noAnswer }) else {
    return nil
  }
  let verifier = settings.verifier(of: sample.completion.prompt.source)
  let end = String(sample.completion.text.suffix(80)).debugDescription
  return """
    no answer was found in any of the first \(graded.count) responses: the verifier \
    '\(verifier.kind.rawValue)' looks for \(verifier.words). Does the prompt ask for that? The first \
    response (\(sample.completion.prompt.id)) ends with \(end)
    """
}
