// What other trainers call a setting. Names in verl are those of its generated configuration of January
// 2026, in TRL those of GRPOConfig and PPOConfig of July 2026; both were read, not remembered.

/// The names of one setting elsewhere.
package struct NamesElsewhere {
  /// In verl; nil where it has none.
  var verl: String?
  /// In TRL; nil where it has none.
  var trl: String?

  init(_ verl: String?, _ trl: String? = nil) { (self.verl, self.trl) = (verl, trl) }

  /// The names of a setting.
  static func of(_ key: String) -> NamesElsewhere {
    var found = renamed[key] ?? NamesElsewhere(nil)
    if found.verl == nil, sameInVerl.contains(key) {
      let section = key.prefix { $0 != "." }
      found.verl =
        ["actor", "rollout", "model"].contains(section) ? "actor_rollout_ref.\(key)" : key
    }
    return found
  }

  /// Settings that verl has under the same name, `actor_rollout_ref` before some of them.
  private static let sameInVerl = Set(
    """
    trainer.logger trainer.project_name trainer.total_training_steps trainer.experiment_name trainer.default_local_dir trainer.save_freq trainer.resume_mode
    trainer.test_freq trainer.val_before_train trainer.critic_warmup trainer.device model.path
    model.lora_rank model.lora_alpha model.target_modules data.train_files data.val_files
    data.prompt_key data.reward_fn_key data.apply_chat_template_kwargs data.shuffle
    data.train_max_samples data.train_batch_size data.val_max_samples data.max_prompt_length
    data.max_response_length data.filter_overlong_prompts data.truncation rollout.name rollout.n
    rollout.temperature rollout.top_k rollout.top_p rollout.max_num_seqs rollout.val_kwargs.n
    rollout.quantization
    rollout.val_kwargs.temperature rollout.val_kwargs.top_k rollout.val_kwargs.top_p
    algorithm.adv_estimator algorithm.gamma algorithm.norm_adv_by_std_in_grpo
    algorithm.use_kl_in_reward algorithm.kl_ctrl.type algorithm.kl_ctrl.target_kl
    algorithm.kl_ctrl.horizon algorithm.kl_penalty algorithm.rollout_correction.rollout_is
    algorithm.rollout_correction.rollout_is_threshold algorithm.rollout_correction.rollout_rs
    algorithm.rollout_correction.rollout_rs_threshold actor.ppo_mini_batch_size actor.ppo_epochs
    actor.policy_loss.loss_mode actor.clip_ratio_low actor.clip_ratio_high actor.clip_ratio_c
    actor.loss_agg_mode actor.entropy_coeff actor.use_kl_loss actor.kl_loss_coef actor.kl_loss_type
    actor.optim.lr actor.optim.lr_warmup_steps actor.optim.lr_scheduler_type
    actor.optim.min_lr_ratio actor.optim.betas actor.optim.weight_decay critic.model.path
    critic.model.lora_rank critic.model.lora_alpha critic.model.target_modules
    critic.ppo_mini_batch_size critic.ppo_epochs critic.cliprange_value critic.loss_agg_mode
    critic.optim.lr critic.optim.lr_warmup_steps critic.optim.lr_scheduler_type
    critic.optim.min_lr_ratio critic.optim.betas critic.optim.weight_decay
    """.split { $0 == " " || $0 == "\n" }.map(String.init))

  /// Settings that have another name elsewhere, or a name in TRL.
  private static let renamed: [String: NamesElsewhere] = [
    "trainer.seed": .init(nil, "seed"),
    "trainer.logger": .init(nil, "report_to"),
    "trainer.project_name": .init(nil, "project"),
    "trainer.total_training_steps": .init(nil, "max_steps"),
    "trainer.experiment_name": .init(nil, "run_name"),
    "trainer.default_local_dir": .init(nil, "output_dir"),
    "trainer.save_freq": .init(nil, "save_steps"),
    "trainer.test_freq": .init(nil, "eval_steps"),
    "trainer.max_ckpt_to_keep": .init("trainer.max_actor_ckpt_to_keep", "save_total_limit"),
    "trainer.rollout_dump_freq": .init(nil, "log_completions"),
    "trainer.log_samples": .init("trainer.log_val_generations", "num_completions_to_print"),
    "trainer.nproc": .init("trainer.n_gpus_per_node"),
    "data.train_batch_size": .init(nil, "generation_batch_size / num_generations"),
    "data.apply_chat_template_kwargs": .init(nil, "chat_template_kwargs"),
    "data.shuffle": .init(nil, "shuffle_dataset"),
    "data.max_response_length": .init(nil, "max_completion_length"),
    "rollout.name": .init(nil, "use_vllm"),
    "rollout.servers": .init(nil, "vllm_server_base_url"),
    "rollout.n": .init(nil, "num_generations"),
    "rollout.temperature": .init(nil, "temperature"),
    "rollout.top_k": .init(nil, "top_k"),
    "rollout.top_p": .init(nil, "top_p"),
    "rollout.min_p": .init(nil, "min_p"),
    "rollout.val_kwargs.n": .init(nil, "num_generations_eval"),
    "reward.parts": .init(nil, "reward_funcs"),
    "reward.weight": .init(nil, "reward_weights"),
    "reward.missing_eos_penalty": .init(nil, "missing_eos_penalty"),
    "reward.overlong_buffer.enable": .init("reward_model.overlong_buffer.enable"),
    "reward.overlong_buffer.len": .init("reward_model.overlong_buffer.len"),
    "reward.overlong_buffer.penalty_factor": .init("reward_model.overlong_buffer.penalty_factor"),
    "algorithm.gamma": .init(nil, "gamma"),
    "algorithm.lam_critic": .init("algorithm.lam", "lam"),
    "algorithm.lam_policy.lam": .init("algorithm.lam", "lam"),
    "algorithm.kl_coef": .init("algorithm.kl_ctrl.kl_coef", "kl_coef"),
    "algorithm.kl_penalty": .init(nil, "kl_estimator"),
    "algorithm.norm_adv_by_std_in_grpo": .init(nil, "scale_rewards"),
    "algorithm.ref_model_sync_steps": .init(nil, "ref_model_sync_steps"),
    "algorithm.filter_groups.enable": .init("algorithm.filter_groups.enable"),
    "algorithm.filter_groups.metric": .init("algorithm.filter_groups.metric"),
    "algorithm.filter_groups.max_num_gen_batches": .init(
      "algorithm.filter_groups.max_num_gen_batches"),
    "algorithm.overlong_filtering": .init(nil, "mask_truncated_completions"),
    "algorithm.rollout_correction.rollout_is": .init(
      nil, "vllm_importance_sampling_correction"),
    "algorithm.rollout_correction.rollout_is_threshold": .init(
      nil, "vllm_importance_sampling_clip_max"),
    "actor.ppo_epochs": .init(nil, "num_iterations"),
    "actor.ppo_max_token_len": .init("actor_rollout_ref.actor.ppo_max_token_len_per_gpu"),
    "actor.activation_checkpointing": .init(
      "actor_rollout_ref.model.enable_gradient_checkpointing", "gradient_checkpointing"),
    "actor.policy_loss.loss_mode": .init(nil, "importance_sampling_level"),
    "actor.clip_ratio_low": .init(nil, "epsilon"),
    "actor.clip_ratio_high": .init(nil, "epsilon_high"),
    "actor.clip_ratio_c": .init(nil, "delta"),
    "actor.loss_agg_mode": .init(nil, "loss_type"),
    "actor.entropy_coeff": .init(nil, "entropy_coef"),
    "actor.router_aux_loss_coef": .init(nil, "router_aux_loss_coef"),
    "actor.kl_loss_coef": .init(nil, "beta"),
    "actor.optim.lr": .init(nil, "learning_rate"),
    "trainer.offload_weights": .init("actor_rollout_ref.actor.fsdp_config.param_offload"),
    "actor.optim.offload": .init("actor_rollout_ref.actor.fsdp_config.optimizer_offload"),
    "critic.optim.offload": .init("critic.model.fsdp_config.optimizer_offload"),
    "actor.optim.lr_warmup_steps": .init(nil, "warmup_steps"),
    "actor.optim.lr_scheduler_type": .init(nil, "lr_scheduler_type"),
    "actor.optim.weight_decay": .init(nil, "weight_decay"),
    "actor.optim.eps": .init(nil, "adam_epsilon"),
    "actor.optim.grad_clip": .init("actor_rollout_ref.actor.grad_clip", "max_grad_norm"),
    "critic.ppo_epochs": .init(nil, "num_ppo_epochs"),
    "critic.ppo_max_token_len": .init("critic.ppo_max_token_len_per_gpu"),
    "critic.activation_checkpointing": .init("critic.model.enable_gradient_checkpointing"),
    "critic.cliprange_value": .init(nil, "cliprange_value"),
    "critic.optim.grad_clip": .init("critic.grad_clip"),
  ]

  /// The keys that this page names, for a test that holds them against the settings.
  package static var keys: Set<String> { sameInVerl.union(renamed.keys) }
}
