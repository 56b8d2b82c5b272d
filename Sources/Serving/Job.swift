// What a request comes down to: tokens, and how to go on from them.

package import Generation

/// What a request asks of the model.
package struct Job: Sendable {
  /// Token ids, none empty.
  package var prompts: [[Int]]
  /// Responses a prompt.
  package var samples: Int
  /// How tokens are drawn.
  package var sampling: SamplingSettings
  /// The most tokens of each prompt's responses; 0 generates nothing.
  package var limits: [Int]
  /// Texts that end a response.
  package var stops: [String] = []
  /// What its randomness comes from; nil for a random one.
  package var seed: Int?
  /// How many of the likeliest tokens to name at every place; nil for no log-probabilities.
  package var top: Int?
  /// Whether log-probabilities are wanted of the prompt too.
  package var scoresPrompt = false

  /// The number of responses.
  package var count: Int { prompts.count * samples }

  /// Puts a job together.
  package init(
    prompts: [[Int]], samples: Int = 1, sampling: SamplingSettings, limits: [Int],
    stops: [String] = [], seed: Int? = nil, top: Int? = nil, scoresPrompt: Bool = false
  ) {
    self.prompts = prompts
    self.samples = samples
    self.sampling = sampling
    self.limits = limits
    self.stops = stops
    self.seed = seed
    self.top = top
    self.scoresPrompt = scoresPrompt
  }
}
