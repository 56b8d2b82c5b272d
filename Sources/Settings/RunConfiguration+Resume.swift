// What may change between two attempts at a run.

extension RunConfiguration {
  /// The keys of settings that change places, frequencies of saving, speed and rounding, and nothing else
  /// of what a run learns.
  package static let withoutEffect: Set<String> = [
    "trainer.save_freq", "trainer.max_ckpt_to_keep", "trainer.rollout_dump_freq",
    "trainer.log_samples", "trainer.device", "trainer.log_prob_bounds.mean",
    "trainer.log_prob_bounds.tail", "trainer.threads", "trainer.default_local_dir",
    "trainer.experiment_name", "trainer.logger", "trainer.project_name", "trainer.nproc",
    "trainer.sharding", "trainer.max_restarts", "trainer.resume_mode",
    "trainer.rank_timeout", "trainer.heartbeat_timeout", "trainer.nccl", "trainer.offload_weights",
    "rollout.servers", "rollout.remote.weights_folder", "rollout.remote.dtype",
    "rollout.remote.untie_embeddings", "rollout.remote.merge_adapter", "rollout.remote.transfer",
    "rollout.remote.nccl_library",
    "rollout.remote.max_in_flight",
    "rollout.remote.request_seconds", "rollout.remote.load_seconds", "rollout.remote.retries",
    "rollout.remote.heartbeat_seconds",
    "rollout.remote.probe_tokens", "rollout.launch.number", "rollout.launch.run",
    "rollout.launch.arguments", "rollout.launch.port", "rollout.launch.devices",
    "rollout.launch.start_seconds",
    "rollout.max_num_seqs", "actor.ppo_max_token_len",
    "actor.optim.offload", "critic.optim.offload", "warm_start.optim.offload",
    "reward_model.optim.offload", "value_pretraining.optim.offload",
    "critic.ppo_max_token_len", "actor.activation_checkpointing", "critic.activation_checkpointing",
  ]

  /// Changes that would make a resumed run neither the old one nor a new one, a line each.
  ///
  /// Lengths, frequencies, places and threads may change. What shapes the model, the data or the
  /// stages already trained may not; a new run is the honest way to change those.
  ///
  /// - Parameter before: the configuration the run was started with.
  /// - Returns: none where the run may go on.
  public func changes(from before: RunConfiguration) -> [String] {
    let free = Self.withoutEffect.union([
      "trainer.total_training_steps", "trainer.total_response_tokens", "trainer.test_freq",
    ])
    return ConfigurationLoader.differences(between: before, and: self)
      .filter { !free.contains($0.key) }.map { "\($0)" }
  }

  /// Refuses changes that would make a resumed run neither the old one nor a new one.
  ///
  /// - Parameter before: the configuration the run was started with.
  /// - Throws: ``ConfigurationError`` that lists every such change.
  public func checkResumable(from before: RunConfiguration) throws {
    let refused = changes(from: before)
    guard refused.isEmpty else {
      throw ConfigurationError.refused(
        "a run cannot be resumed with these changed; start a new run for them:\n"
          + refused.map { "  \($0)" }.joined(separator: "\n"))
    }
  }
}
