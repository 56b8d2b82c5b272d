// A rollout in the hands of someone who does something between its steps.

public import Records

/// A rollout that its caller drives, step by step.
public final class RunningRollout {
  private let rollout: Rollout
  private let prompts: [Prompt]
  private let decode: ([Int]) -> String

  init(_ rollout: Rollout, of prompts: [Prompt], decode: @escaping ([Int]) -> String) {
    self.rollout = rollout
    self.prompts = prompts
    self.decode = decode
  }

  /// Whether every response has ended.
  public var isDone: Bool { rollout.isDone }

  /// How far it is.
  public var progress: GenerationProgress { rollout.progress }

  /// Lets waiting responses in if there is room, or else gives every running one a token.
  public func advance() { rollout.advance() }

  /// The completions that have ended since the last call, in the order of ending.
  public func takeFinished() -> [Completion] { rollout.takeEnded().map(completion) }

  /// All completions that have ended, prompt by prompt, sample by sample.
  public var completions: [Completion] { rollout.finished.map(completion) }

  private func completion(_ response: Response) -> Completion {
    let isStopped = response.finish == .stop
    let spoken = isStopped ? Array(response.tokens.dropLast()) : response.tokens
    return Completion(
      prompt: prompts[response.prompt], sample: response.sample, tokens: response.tokens,
      logProbs: response.logProbs, text: decode(spoken), finish: response.finish ?? .length,
      mask: response.mask)
  }
}
