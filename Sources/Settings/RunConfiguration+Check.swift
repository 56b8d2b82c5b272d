// What makes no sense in a configuration, found before anything is loaded.

import Generation
import Methods
import Prompts
import Records
import RolloutServers
import Torch
import Verifiers

extension RunConfiguration {
  /// Refuses values that make no sense.
  ///
  /// - Throws: ``ConfigurationError/refused(_:)`` with a line a setting.
  public func check() throws(ConfigurationError) {
    let problems = problems
    guard problems.isEmpty else {
      throw .refused(problems.map(\.description).joined(separator: "\n"))
    }
  }

  /// What is wrong with these settings, section by section, and between sections.
  private var problems: [SettingsProblem] {
    // The rules below may compute with numbers of a sane size.
    let outlandish = numberProblems
    guard outlandish.isEmpty else { return outlandish }
    var rules = Rules()
    rules.atLeast(
      0,
      [
        "trainer.total_training_steps": trainer.totalTrainingSteps,
        "trainer.total_response_tokens": trainer.totalTokens, "trainer.threads": trainer.threads,
        "trainer.critic_warmup": trainer.criticWarmup,
        "trainer.heartbeat_timeout": trainer.heartbeatTimeout,
      ])
    rules.atLeast(
      1,
      [
        "trainer.max_ckpt_to_keep": trainer.checkpointsToKeep, "trainer.nproc": trainer.processes,
        "trainer.rank_timeout": trainer.rankTimeout,
      ])
    rules.atLeast(0, ["trainer.max_restarts": trainer.restarts])
    rules.require(
      trainer.processes <= 1024, "trainer.nproc", "must be at most 1024, is \(trainer.processes)")
    rules.require(
      (1...1024).contains(trainer.grains) && trainer.grains.nonzeroBitCount == 1, "trainer.grains",
      "must be a power of two from 1 to 1024, is \(trainer.grains)")
    rules.require(
      trainer.threads <= 4096, "trainer.threads", "must be at most 4096, is \(trainer.threads)")
    for (key, bound) in [
      ("mean", trainer.logProbBounds.mean), ("tail", trainer.logProbBounds.tail),
    ] {
      rules.require(
        bound >= 0 && bound.isFinite, "trainer.log_prob_bounds.\(key)",
        "must be 0 or more, is \(bound)")
    }
    rules.add("model", model.adapterProblems)
    rules.add("data", data.problems)
    rules.add("warm_start", warmStart.problems)
    rules.atLeast(
      1,
      [
        "rollout.n": rollout.samples, "rollout.max_num_seqs": rollout.maximumRows,
        "rollout.val_kwargs.n": rollout.evaluation.samples,
      ])
    rules.add("rollout", rollout.sampling.problems + rollout.engineProblems)
    rules.add("rollout.val_kwargs", rollout.evaluation.sampling.problems)
    rules.add("reward", reward.problems(maximumLength: data.maximumResponseLength))
    rules.add("reward_model", rewardModel.problems)
    rules.add("value_pretraining", valuePretraining.problems)
    rules.add("algorithm", algorithm.problems)
    rules.add("actor", actor.problems + actor.loss.problems)
    rules.add("critic", critic.update.problems + critic.update.loss.problems)
    rules.add("critic.model", critic.model.adapterProblems)
    checkTogether(&rules)
    return rules.problems
  }

  /// Checks what one setting asks of another.
  private func checkTogether(_ rules: inout Rules) {
    rules.require(
      actor.loss.routerBalanceCoefficient == 0 || !actor.recomputesActivations,
      "actor.router_aux_loss_coef", "needs actor.activation_checkpointing to be false")
    rules.require(
      actor.loss.routerBalanceCoefficient == 0 || trainer.sharding != .full,
      "actor.router_aux_loss_coef",
      "needs trainer.sharding to be none or optimizer: full makes activations again in the backward"
    )
    rules.require(
      !trainer.offloadsWeights || trainer.sharding == .full, "trainer.offload_weights",
      "needs trainer.sharding=full, of one process too: weights come and go a layer at a time")
    rules.require(
      !rollout.reusesLogProbs || !rollout.sampling.isGreedy, "rollout.reuse_log_probs",
      "needs a temperature above 0: else tokens come from another distribution than the policy's")
    rules.require(
      valuePretraining.steps == 0 || valuePretraining.samples > 1 || !usesCritic
        || algorithm.rewardBaseline == .none,
      "value_pretraining.n",
      "must be at least 2 with algorithm.reward_baseline: a group of one has nothing to be compared "
        + "with, and the critic would learn zeros")
    rules.require(
      trainer.criticWarmup == 0 || usesCritic, "trainer.critic_warmup",
      "needs a critic, hence algorithm.adv_estimator: gae")
    rules.require(
      trainer.resumeMode == .disable || !trainer.experimentName.isEmpty, "trainer.resume_mode",
      "auto needs trainer.experiment_name: a run without one is named by the time, and is always new"
    )
    rules.require(
      (0...64).contains(trainer.asyncRollout), "trainer.async_rollout",
      "\(trainer.asyncRollout) is not from 0 to 64")
    rules.require(
      algorithm.klControl.kind == .fixed || algorithm.usesKLInReward, "algorithm.kl_ctrl.type",
      "adaptive steers the price that the reward pays, and algorithm.use_kl_in_reward is off")
    rules.require(
      model.loraRank <= 0 || !model.path.isEmpty, "model.lora_rank",
      "an adapter stands beside a stored model, and model.path names none")
    rules.require(
      critic.model.loraRank <= 0 || model.loraRank > 0 || !critic.model.path.isEmpty,
      "critic.model.lora_rank",
      "the trunk beside which the critic's adapter learns must stay as it is, and the policy's "
        + "moves: set critic.model.path, or model.lora_rank")
    rules.require(
      warmStart.steps <= 0 || data.trainFiles.isEmpty, "warm_start.steps",
      "only a generated task has answers to imitate, and data.train_files names files; set it to 0")
  }
}

extension WarmStartSettings {
  /// What is wrong with these settings.
  var problems: [SettingsProblem] {
    var rules = Rules()
    rules.atLeast(0, ["steps": steps])
    rules.atLeast(1, ["batch_size": batchSize, "report_interval": reportInterval])
    rules.add("optim", optimizer.problems)
    rules.require(
      optimizer.unit == .update, "optim.lr_steps_unit", "must be update: there are no rollouts here"
    )
    return rules.problems
  }
}

extension CriticTrainingSettings {
  /// What is wrong with these settings.
  var problems: [SettingsProblem] {
    var rules = Rules()
    rules.atLeast(0, ["steps": steps])
    rules.atLeast(
      1,
      [
        "train_batch_size": batchSize, "n": samples, "epochs": epochs,
        "mini_batch_size": miniBatchSize,
      ])
    rules.add("optim", optimizer.problems)
    return rules.problems
  }
}

extension UpdateSettings {
  /// What is wrong with these settings, those of the loss left out.
  var problems: [SettingsProblem] {
    var rules = Rules()
    rules.atLeast(
      1,
      [
        "ppo_mini_batch_size": miniBatchSize, "ppo_epochs": epochs,
        "ppo_max_token_len": maximumTokens,
      ])
    rules.add("optim", optimizer.problems)
    return rules.problems
  }
}

extension RolloutSettings {
  /// What is wrong with who draws responses.
  var engineProblems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      asksServers || addresses.isEmpty, launch.number > 0 ? "launch.number" : "servers",
      "asks for servers, and rollout.name is native: set it to what they are")
    rules.require(
      !asksServers || !addresses.isEmpty, "servers",
      "must name where \(engine.rawValue) listens, such as [http://127.0.0.1:8000]; or "
        + "rollout.launch.number starts some")
    rules.require(
      servers.isEmpty || launch.number == 0, "launch.number",
      "starts servers, and rollout.servers names others: take one of the two")
    rules.require(
      !asksServers || !(sampling.isFiltered || sampling.isGreedy), "name",
      "\(engine.rawValue) does not say which tokens it left out: set top_k: -1, top_p: 1, min_p: 0 and a "
        + "temperature above 0, or take name: native")
    rules.require(
      !asksServers || quantization == .none, "quantization",
      "is of the run's own engine; \(engine.rawValue) has options of its own: rollout.launch.arguments"
    )
    rules.require(
      remote.mergesAdapter || engine == .vllm, "remote.merge_adapter",
      "false is for rollout.name: vllm; \(engine.rawValue) has the adapter added to the weights")
    rules.require(
      remote.transfer == .folder || (engine == .vllm && remote.mergesAdapter), "remote.transfer",
      "nccl is for rollout.name: vllm, and for whole weights: take folder, or merge_adapter: true")
    rules.require(
      remote.transfer == .nccl || remote.ncclLibrary.isEmpty, "remote.nccl_library",
      "is for rollout.remote.transfer: nccl")
    rules.require(
      remote.transfer == .folder || launch.number > 0 || remote.weightsFolder.isEmpty,
      "remote.weights_folder", "is not read where rollout.remote.transfer is nccl: leave it out")
    for problem in RemoteSettings.problems(of: servers) {
      rules.require(false, problem.key, problem.message)
    }
    let types: [ElementType] = [.float32, .bfloat16, .float16]
    rules.require(
      remote.type.isEmpty || types.map(\.rawValue).contains(remote.type), "remote.dtype",
      "'\(shortened(remote.type))' is none of \(types.map(\.rawValue).joined(separator: ", "))")
    rules.add("remote", remote.problems)
    rules.add("launch", launch.problems)
    return rules.problems
  }
}
