// Alarms of rewards and of responses.

extension AlarmRule {
  static let rewards = [
    AlarmRule(
      name: "equal-rewards", level: .alarm,
      title: "Nearly all groups have one reward",
      when:
        "in the last 10 steps fewer than 5% of the prompts had right and wrong responses, and accuracy is under 90%",
      advice: """
        Where all responses to a prompt are worth the same, a group says nothing, and only a critic can still \
        tell tokens apart. If all are wrong, the problems are too hard or the verifier finds no answers: look at \
        a few responses, then take easier problems, a better start, or a reward for parts of the answer. If all \
        are right, take harder problems. Larger rollout.n and algorithm.filter_groups.enable find the mixed ones.
        """,
      metrics: [
        "vapo/group/mixed", "vapo/group/all_wrong", "vapo/group/all_correct", "vapo/accuracy",
      ]
    ) { curves in
      guard let curve = curves["vapo/group/mixed"], let mixed = curve.mean(last: window),
        mixed < 0.05,
        !curves.isSolved
      else { return nil }
      let wrong = curves["vapo/group/all_wrong"]?.mean(last: window) ?? 0
      let right = curves["vapo/group/all_correct"]?.mean(last: window) ?? 0
      return Finding(
        words:
          "\(percent(wrong)) of the groups are all wrong and \(percent(right)) all right, over the last "
          + "\(window) steps.", metric: "vapo/group/mixed", since: curve.since { $0 < 0.05 })
    },
    AlarmRule(
      name: "no-answers", level: .alarm,
      title: "The verifier finds no answer in most responses",
      when: "in the last 10 steps more than half of the responses had none",
      advice: """
        Either the model does not know the form of an answer (say it in the prompt: data.prompt_template), or \
        responses are cut before they get there (raise data.max_response_length), or reward.extraction looks \
        for another form than the model writes: `vapo verify` shows what is found in a response.
        """,
      metrics: ["vapo/verifier/no_answer"]
    ) { curves in
      guard let curve = curves["vapo/verifier/no_answer"], let share = curve.mean(last: window),
        share > 0.5
      else { return nil }
      return Finding(
        words:
          "No answer was found in \(percent(share)) of the responses of the last \(window) steps.",
        metric: "vapo/verifier/no_answer", since: curve.since { $0 > 0.5 })
    },
    AlarmRule(
      name: "verifier-errors", level: .alarm,
      title: "The verifier fails",
      when:
        "in the last 10 steps more than 2% of the responses had no verdict: an error, or out of time",
      advice: """
        Responses without a verdict are left out of training. Look at the reasons in the table of a step. Time \
        limits are in reward.timeout_seconds and in the settings of the verifier; a server that is slow or gone, a \
        sandbox that is missing and right answers that cannot be read are the usual causes.
        """,
      metrics: ["vapo/verifier/error", "vapo/verifier/timeout"]
    ) { curves in
      let (error, timeout) = (curves["vapo/verifier/error"], curves["vapo/verifier/timeout"])
      let shares = (error?.mean(last: window) ?? 0, timeout?.mean(last: window) ?? 0)
      guard shares.0 + shares.1 > 0.02 else { return nil }
      return Finding(
        words: "\(percent(shares.0)) of the last responses ended in an error of the verifier, "
          + "\(percent(shares.1)) in its time limit.",
        metric: shares.0 >= shares.1 ? "vapo/verifier/error" : "vapo/verifier/timeout", since: nil)
    },
    AlarmRule(
      name: "accuracy-falls", level: .alarm,
      title: "Accuracy has fallen",
      when:
        "the mean of the last 10 steps is under 70% of the best mean of 10 steps, and 5 points below it",
      advice: """
        Look at what else moved at that step: entropy that shot up or fell to nothing, responses that were cut, \
        a clip fraction or a gradient norm that jumped. The usual cure is a smaller actor.optim.lr or fewer \
        updates a rollout; go on from a checkpoint before the fall.
        """,
      metrics: ["vapo/accuracy"]
    ) { curves in
      guard let curve = curves["vapo/accuracy"], let now = curve.mean(last: window) else {
        return nil
      }
      var (best, place) = (-Double.infinity, 0)
      for end in window...curve.count {
        let mean = curve.values[(end - window)..<end].reduce(0, +) / Double(window)
        if mean > best { (best, place) = (mean, end - 1) }
      }
      guard now < 0.7 * best, best - now > 0.05 else { return nil }
      return Finding(
        words:
          "It was \(percent(best)) around step \(curve.steps[place]) and is \(percent(now)) now.",
        metric: "vapo/accuracy", since: curve.steps[place])
    },
  ]

  static let responses = [
    AlarmRule(
      name: "truncation", level: .alarm,
      title: "Many responses are cut",
      when: "in the last 10 steps more than 25% of the responses reached the length limit",
      advice: """
        A response that is cut is scored wrong whatever it was about to say, so long thinking is punished. Raise \
        data.max_response_length, or take those responses out of the loss (algorithm.overlong_filtering), or let the \
        price of length rise slowly (reward.overlong_buffer).
        """,
      metrics: ["response_length/clip_ratio"]
    ) { curves in
      guard let curve = curves["response_length/clip_ratio"], let share = curve.mean(last: window),
        share > 0.25
      else { return nil }
      return Finding(
        words:
          "\(percent(share)) of the responses of the last \(window) steps reached the length limit.",
        metric: "response_length/clip_ratio", since: curve.since { $0 > 0.25 })
    },
    AlarmRule(
      name: "length-collapse", level: .alarm,
      title: "Responses have become much shorter",
      when:
        "the last 10 steps' mean length is under 40% of the first 10 steps', and accuracy has not risen",
      advice: """
        The policy has found that it loses less by saying less: a critic that is blind at late positions, a \
        λ that hides the end of long responses from their beginning, or a penalty on length. Look at the value \
        bias by tenths, pretrain the critic longer (value_pretraining.steps), and see that algorithm.lam_policy \
        suits the length.
        """,
      metrics: ["response_length/mean", "vapo/accuracy"]
    ) { curves in
      guard let curve = curves["response_length/mean"], curve.count >= 2 * window,
        let first = curve.mean(first: window), let now = curve.mean(last: window), now < 0.4 * first
      else { return nil }
      let accuracy = curves["vapo/accuracy"]
      if let before = accuracy?.mean(first: window), let after = accuracy?.mean(last: window),
        after > before + 0.02
      {
        return nil
      }
      return Finding(
        words:
          "They had \(short(first)) tokens at first and have \(short(now)) now, and accuracy has not risen.",
        metric: "response_length/mean", since: curve.since { $0 < 0.4 * first })
    },
    AlarmRule(
      name: "mismatch", level: .alarm,
      title: "The engine that draws and the trainer that scores disagree",
      when: "in the last 10 steps the mean |Δ log-probability| of a token was over 0.1",
      advice: """
        Tokens are learned from under another distribution than they were drawn from. Servers may have old \
        weights, another temperature, or fewer bits: `rollout_corr/probe_mean` tells. Rounding alone (bfloat16) \
        makes some 0.02. algorithm.rollout_correction weights tokens by what is left.
        """,
      metrics: ["rollout_corr/abs_log_ratio_mean"]
    ) { curves in
      guard let curve = curves["rollout_corr/abs_log_ratio_mean"],
        let mean = curve.mean(last: window),
        mean > 0.1
      else { return nil }
      return Finding(
        words: "They differ by \(short(mean)) a token in the mean of the last \(window) steps.",
        metric: "rollout_corr/abs_log_ratio_mean", since: curve.since { $0 > 0.1 })
    },
  ]
}
