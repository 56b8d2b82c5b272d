// RunConfiguration: every setting of a run, in the order the data flows. Settings live inside
// what they set; this is the only type that sees them all. Names are verl's where one exists.

package import Generation
public import Methods
public import Prompts
public import RolloutServers
public import Torch
public import Verifiers

/// A whole run.
///
/// Printing it prints the pipeline.
public struct RunConfiguration: Codable, Equatable, Sendable {
  /// Length, saving, testing, place and seed of the run.
  public var trainer = TrainerSettings()
  /// The policy: a folder to start from, or a shape to start at random.
  public var model = ModelSettings()
  /// Where problems come from.
  public var data = DataSettings()
  /// The supervised first stage.
  public var warmStart = WarmStartSettings()
  /// How responses are sampled.
  public var rollout = RolloutSettings()
  /// How responses are graded.
  public var reward = RewardSettings()
  /// The critic's training as a reward model, before value pretraining.
  public var rewardModel = CriticTrainingSettings(steps: 0)
  /// Value pretraining.
  public var valuePretraining = CriticTrainingSettings(steps: 50)
  /// Credit assignment.
  public var algorithm = AlgorithmSettings()
  /// The policy's update.
  public var actor = ActorSettings()
  /// The critic and its update.
  public var critic = CriticSettings()

  /// The defaults: VAPO with the paper's numbers.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case trainer, model, data
    case warmStart = "warm_start"
    case rollout, reward
    case rewardModel = "reward_model"
    case valuePretraining = "value_pretraining"
    case algorithm, actor, critic
  }
}

/// The YAML section `trainer`.
public struct TrainerSettings: Codable, Equatable, Sendable {
  /// The root of all randomness.
  public var seed = 0
  /// Reinforcement-learning steps: rollouts, each with its updates.
  public var totalTrainingSteps = 100
  /// Response tokens sampled in value pretraining and reinforcement learning after which the run
  /// ends, when its steps have not ended it; 0 sets no such end.
  public var totalTokens = 0
  /// Who is told of the run's numbers beside its folder.
  public var loggers: [LoggerKind] = [.console]
  /// What loggers file the run under.
  public var projectName = "vapo"
  /// The run folder's name under `default_local_dir`; empty for recipe and time.
  public var experimentName = ""
  /// Where run folders go.
  public var defaultLocalDirectory = "runs"
  /// What starting a named run does where its folder is there already.
  public var resumeMode = ResumeMode.disable
  /// Global steps between checkpoints; 0 saves only at the end.
  public var saveFrequency = 20
  /// Reinforcement-learning steps between evaluations; 0 evaluates only at the end.
  public var testFrequency = 10
  /// Whether the policy is evaluated before the first reinforcement-learning step.
  public var evaluatesBeforeTraining = true
  /// Checkpoints kept, besides the best.
  public var checkpointsToKeep = 3
  /// Global steps between rollout dumps; 0 dumps none.
  public var rolloutDumpFrequency = 1
  /// Steps of reinforcement learning between responses that are shown on the console; 0 shows none.
  public var sampleFrequency = 10
  /// Steps of reinforcement learning in which the critic learns and the policy stands still.
  public var criticWarmup = 0
  /// How many steps ahead of its own a rollout is drawn, with the weights of then, while the steps between are
  /// learned; 0 draws every rollout with the weights of its step.
  public var asyncRollout = 0
  /// "cpu", "cuda" or "cuda:1"; "auto" takes a GPU where there is one.
  public var device = "auto"
  /// Whether a GPU computes the same bits every time, at some cost of speed; a CPU does in any case.
  public var isDeterministic = true
  /// Threads of one operator; 0 shares the machine's cores out over its processes.
  public var threads = 0
  /// Processes on this machine, which the run starts and watches by itself; one is the run itself.
  public var processes = 1
  /// The parts that sums over responses are made of: the weights are the same bits for any number of
  /// processes that divides it.
  public var grains = 1
  /// What processes share out of a model's state.
  public var sharding = Sharding.none
  /// Whether the weights of all models lie in the host's memory and visit a GPU a layer at a time; `trainer.sharding`
  /// must be `full`, of one process too.
  public var offloadsWeights = false
  /// How often processes are started again after one of them was lost.
  public var restarts = 3
  /// Seconds that a process waits for the others before it takes one of them to be lost.
  public var rankTimeout = 1800
  /// Whether tensors travel between GPUs by NCCL, where each process has a GPU of its own; else over the host's memory.
  public var usesNCCL = true
  /// Seconds without a sign of life after which a process is taken to be lost, though nobody waits for
  /// it; 0: never.
  public var heartbeatTimeout = 600
  /// How far the engine may be from the trainer at the start.
  public var logProbBounds = LogProbBounds()
  /// The house's own kernels in use, where the CPU runs them; libtorch's operators do the rest.
  public var kernels = Kernel.allCases

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case seed
    case totalTrainingSteps = "total_training_steps"
    case totalTokens = "total_response_tokens"
    case loggers = "logger"
    case projectName = "project_name"
    case experimentName = "experiment_name"
    case defaultLocalDirectory = "default_local_dir"
    case resumeMode = "resume_mode"
    case saveFrequency = "save_freq"
    case testFrequency = "test_freq"
    case evaluatesBeforeTraining = "val_before_train"
    case checkpointsToKeep = "max_ckpt_to_keep"
    case rolloutDumpFrequency = "rollout_dump_freq"
    case sampleFrequency = "log_samples"
    case criticWarmup = "critic_warmup"
    case asyncRollout = "async_rollout"
    case device, threads, kernels, grains, sharding
    case offloadsWeights = "offload_weights"
    case processes = "nproc"
    case restarts = "max_restarts"
    case rankTimeout = "rank_timeout"
    case heartbeatTimeout = "heartbeat_timeout"
    case usesNCCL = "nccl"
    case isDeterministic = "deterministic"
    case logProbBounds = "log_prob_bounds"
  }
}

/// Who is told of a run's numbers, under verl's names.
public enum LoggerKind: String, Codable, Sendable, CaseIterable {
  /// The terminal: a line a step.
  case console
  /// Event files in the run's folder `tensorboard`, for `tensorboard --logdir runs`.
  case tensorBoard = "tensorboard"
  /// Weights & Biases, by its client in the python3 of PATH.
  case wandb
  /// MLflow, by its client in the python3 of PATH.
  case mlflow
  /// trackio, by its client in the python3 of PATH.
  case trackio
}

/// What `vapo train` does with a run that is there already, under verl's names.
public enum ResumeMode: String, Codable, Sendable, CaseIterable {
  /// It refuses: `vapo resume` goes on with a run.
  case disable
  /// It goes on from the newest checkpoint: one command for the first job and all that follow it.
  case auto
}

/// What the processes of a run share out of the state of the models that it trains.
///
/// Source: ZeRO, arXiv:1910.02054: its stages 1 and 3.
public enum Sharding: String, Codable, Sendable, CaseIterable {
  /// Nothing: each has weights, gradients and moments of its own.
  case none
  /// Each keeps the moments of a part of the weights, and moves that part.
  case optimizer
  /// Each keeps a part of weights, gradients and moments; a layer's weights are brought together while it
  /// is at work.
  case full
}

/// The YAML section `trainer.log_prob_bounds`: how far the engine's log-probabilities of what it
/// sampled may be from the trainer's before a run refuses to start.
///
/// In units of what rounding makes of them, which grows with the root of the number of layers and with
/// the coarseness of the type that products run in (`LogProbAgreement.rounding`); 0 bounds nothing.
///
/// The defaults lie between what was seen of right engines and of wrong ones. SmolLM2-135M in bfloat16:
/// rounding 0.6 and 5; a stale row of the cache 3.7 and 21, another rotation 10 and 58.
public struct LogProbBounds: Codable, Equatable, Sendable {
  /// The most of the mean difference.
  public var mean = 3.0
  /// The most of the difference that one token in a hundred exceeds.
  public var tail = 20.0

  /// The defaults.
  public init() {}
}

/// The YAML section `model`.
public struct ModelSettings: AdapterSettings, Codable, Equatable, Sendable {
  /// A Hugging Face folder, or an adapter's in PEFT's form; empty starts a model at random from
  /// the numbers below.
  public var path = ""
  /// Width of a random model.
  public var hiddenSize = 128
  /// Width of its gated MLP.
  public var intermediateSize = 384
  /// Number of its layers.
  public var layers = 3
  /// Number of its query heads.
  public var heads = 4
  /// Number of its key-value heads.
  public var keyValueHeads = 2
  /// The base of its rotary embedding.
  public var ropeTheta = 10000.0
  /// The standard deviation of its weights.
  public var initializerRange = 0.02
  /// The type weights are stored and updated in.
  public var type = ElementType.float32
  /// The type matrix products run in.
  public var computeType = ElementType.float32
  /// The width of a low-rank adapter that learns in the weights' place; 0 trains all weights.
  public var loraRank = 0
  /// The adapter's output is scaled by this over the rank.
  public var loraAlpha = 16.0
  /// Which linear layers get an adapter: names, or `all-linear`.
  public var targetModules = ["all-linear"]

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case path
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case layers = "num_hidden_layers"
    case heads = "num_attention_heads"
    case keyValueHeads = "num_key_value_heads"
    case ropeTheta = "rope_theta"
    case initializerRange = "initializer_range"
    case type = "dtype"
    case computeType = "compute_dtype"
    case loraRank = "lora_rank"
    case loraAlpha = "lora_alpha"
    case targetModules = "target_modules"
  }
}

/// The YAML section `rollout`.
public struct RolloutSettings: Codable, Equatable, Sendable {
  /// What draws responses: this program's own engine, or servers.
  public var engine = RolloutEngineKind.native
  /// The addresses of servers, such as http://127.0.0.1:8000.
  public var servers: [String] = []
  /// How servers are asked.
  public var remote = RemoteSettings()
  /// Servers that the run starts itself, in place of those above.
  public var launch = LaunchSettings()
  /// How the run's own engine has the weights while it draws what is learned from; evaluations have them as they are.
  public var quantization = RolloutQuantization.none
  /// Responses a prompt: the group.
  public var samples = 16
  /// What logits are divided by, in rollouts and in the update.
  public var temperature = 1.0
  /// Keeps the k most likely tokens; 0 or less keeps all.
  public var topK = -1
  /// Keeps the most likely tokens up to this sum; 1 keeps all.
  public var topP = 1.0
  /// Keeps tokens at least this likely relative to the likeliest; 0 keeps all.
  public var minP = 0.0
  /// The most rows decoded together.
  public var maximumRows = 512
  /// Takes the log-probabilities that tokens were sampled with for the old policy's, which saves
  /// scoring them again.
  public var reusesLogProbs = false
  /// How evaluation samples.
  public var evaluation = EvaluationSettings()

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case servers, remote, launch, quantization
    case engine = "name"
    case samples = "n"
    case temperature
    case topK = "top_k"
    case topP = "top_p"
    case minP = "min_p"
    case maximumRows = "max_num_seqs"
    case reusesLogProbs = "reuse_log_probs"
    case evaluation = "val_kwargs"
  }

  /// The addresses of all servers.
  public var addresses: [String] { launch.number > 0 ? launch.addresses : servers }

  /// Whether servers draw the responses.
  public var asksServers: Bool { engine != .native }

  /// The rollout's sampling.
  package var sampling: SamplingSettings {
    SamplingSettings(temperature: temperature, topK: topK, topP: topP, minP: minP)
  }
}

/// How the run's own engine has the weights while it draws (`rollout.quantization`).
public enum RolloutQuantization: String, CaseIterable, Codable, Sendable {
  /// As the trainer has them.
  case none
  /// As whole numbers of eight bits with a scale an output: half of bfloat16's memory to be read.
  case int8
}

/// The YAML section `rollout.val_kwargs`.
public struct EvaluationSettings: Codable, Equatable, Sendable {
  /// Responses a problem: the k of avg@k.
  public var samples = 8
  /// What logits are divided by.
  public var temperature = 1.0
  /// Keeps the k most likely tokens.
  public var topK = -1
  /// Keeps the most likely tokens up to this sum.
  public var topP = 1.0
  /// Keeps tokens at least this likely relative to the likeliest.
  public var minP = 0.0

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case samples = "n"
    case temperature
    case topK = "top_k"
    case topP = "top_p"
    case minP = "min_p"
  }

  /// The evaluation's sampling.
  package var sampling: SamplingSettings {
    SamplingSettings(temperature: temperature, topK: topK, topP: topP, minP: minP)
  }
}

/// The YAML section `warm_start`: supervised learning on a task's own traces.
public struct WarmStartSettings: Codable, Equatable, Sendable {
  /// Optimizer steps; 0 skips the stage.
  public var steps = 0
  /// Traces a step.
  public var batchSize = 64
  /// The share of the steps over which the hardest difficulty rises to its full height.
  public var curriculum = 0.0
  /// The hardest difficulty at the start of the curriculum.
  public var curriculumStart = 4
  /// Optimizer steps between reports; a report is one global step of the run.
  public var reportInterval = 100
  /// The update.
  public var optimizer = OptimizerSettings(rate: 1e-3, warmupSteps: 50, schedule: .cosine)

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case steps
    case batchSize = "batch_size"
    case curriculum
    case curriculumStart = "curriculum_start"
    case reportInterval = "report_interval"
    case optimizer = "optim"
  }
}
