// Alarms of the critic and of updates.

extension AlarmRule {
  static let updates = [
    AlarmRule(
      name: "critic-blind", level: .alarm,
      title: "The critic is blind",
      when:
        "the mean explained variance of the last 10 steps is under 0.05, where there is something to explain: "
        + "accuracy is under 90%, and 5% of the groups or more have right and wrong responses",
      advice: """
        Its values say no more than their mean would, so advantages are the returns with noise added. Give it more \
        steps before the policy moves (value_pretraining.steps), a larger critic.optim.lr than the actor's, and \
        returns without bias (algorithm.lam_critic=1). If responses are nearly all right or nearly all wrong there \
        is nothing to explain: see the groups.
        """,
      metrics: ["critic/vf_explained_var", "vapo/accuracy", "vapo/group/mixed"]
    ) { curves in
      guard let curve = curves["critic/vf_explained_var"], let mean = curve.mean(last: window),
        mean < 0.05, !curves.isSolved, curves["vapo/group/mixed"]?.mean(last: window) ?? 1 >= 0.05
      else { return nil }
      return Finding(
        words:
          "Explained variance is \(short(mean)) in the mean of the last \(window) steps "
          + "(last: \(short(curve.values[curve.count - 1]))).",
        metric: "critic/vf_explained_var", since: curve.since { $0 < 0.05 })
    },
    AlarmRule(
      name: "entropy-collapse", level: .alarm,
      title: "Entropy has collapsed",
      when:
        "the mean entropy of the last 10 steps is under a fifth of the first 10 steps', or under 0.01, and accuracy "
        + "is under 90%",
      advice: """
        The policy draws nearly the same response every time, and nothing new can be found. Clip higher \
        (actor.clip_ratio_high=0.28), lower actor.optim.lr, draw at temperature 1, add actor.entropy_coeff.
        """,
      metrics: ["actor/entropy", "vapo/accuracy"]
    ) { curves in
      guard let curve = curves["actor/entropy"], curve.count >= 2 * window,
        let first = curve.mean(first: window), let now = curve.mean(last: window),
        now < 0.2 * first || now < 0.01, !curves.isSolved
      else { return nil }
      return Finding(
        words: "It was \(short(first)) a token at first and is \(short(now)) now.",
        metric: "actor/entropy",
        since: curve.since { $0 < 0.2 * first || $0 < 0.01 })
    },
    AlarmRule(
      name: "entropy-explosion", level: .alarm,
      title: "Entropy has exploded",
      when:
        "the mean entropy of the last 10 steps is over twice the first 10 steps', and accuracy has fallen",
      advice: """
        The policy is turning to noise. Tokens of small probability that are pushed down spread their mass over \
        all others: lower actor.optim.lr, take away actor.entropy_coeff, keep a positive-example loss, and see \
        that advantages are not all negative.
        """,
      metrics: ["actor/entropy", "vapo/accuracy"]
    ) { curves in
      guard let curve = curves["actor/entropy"], curve.count >= 2 * window,
        let first = curve.mean(first: window), let now = curve.mean(last: window), now > 2 * first,
        let accuracy = curves["vapo/accuracy"], let before = accuracy.mean(first: window),
        let after = accuracy.mean(last: window), after < before
      else { return nil }
      return Finding(
        words:
          "It was \(short(first)) a token at first and is \(short(now)) now; accuracy went from "
          + "\(percent(before)) to \(percent(after)).", metric: "actor/entropy",
        since: curve.since { $0 > 2 * first })
    },
    AlarmRule(
      name: "clipping", level: .note,
      title: "Many tokens are clipped",
      when: "the mean clip fraction of the last 10 steps is over 0.3",
      advice: """
        The policy moves further in one rollout than its clip allows, and most of a rollout teaches nothing any \
        more: lower actor.optim.lr, or take fewer updates a rollout (a larger actor.ppo_mini_batch_size, fewer \
        actor.ppo_epochs).
        """,
      metrics: ["actor/pg_clipfrac"]
    ) { curves in
      guard let curve = curves["actor/pg_clipfrac"], let mean = curve.mean(last: window), mean > 0.3
      else { return nil }
      return Finding(
        words:
          "\(percent(mean)) of the tokens were clipped in the mean of the last \(window) steps.",
        metric: "actor/pg_clipfrac", since: curve.since { $0 > 0.3 })
    },
    AlarmRule(
      name: "large-kl", level: .alarm,
      title: "The policy jumps",
      when: "the mean KL of an update from the policy that drew, of the last 10 steps, is over 0.1",
      advice: """
        A rollout's updates take the policy far from the one that drew it, so its responses no longer say where \
        to go. Lower actor.optim.lr or the number of updates a rollout.
        """,
      metrics: ["actor/ppo_kl"]
    ) { curves in
      guard let curve = curves["actor/ppo_kl"], let mean = curve.mean(last: window), mean > 0.1
      else { return nil }
      return Finding(
        words: "It is \(short(mean)) a token in the mean of the last \(window) steps.",
        metric: "actor/ppo_kl",
        since: curve.since { $0 > 0.1 })
    },
    AlarmRule(
      name: "skipped-updates", level: .alarm,
      title: "Updates are skipped",
      when: "one of the last 10 steps skipped an update whose gradient was not finite",
      advice: """
        A single one now and then is harmless. More of them say that numbers overflow: lower the learning rate, \
        compute in bfloat16 rather than float16 (model.compute_dtype), and look for responses with extreme \
        log-probabilities.
        """,
      metrics: ["vapo/skipped_updates"]
    ) { curves in
      guard let curve = curves["vapo/skipped_updates"], curve.count > 0 else { return nil }
      let last = curve.values.suffix(window)
      // The metric counts those of the run so far.
      let skipped =
        (last.last ?? 0) - (curve.count > window ? curve.values[curve.count - window - 1] : 0)
      guard skipped > 0 else { return nil }
      return Finding(
        words: "\(short(skipped)) of them in the last \(last.count) steps.",
        metric: "vapo/skipped_updates",
        since: nil)
    },
  ]
}
