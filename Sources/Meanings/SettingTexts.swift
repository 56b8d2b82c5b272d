// Made by dev/make-meanings from the comments on the settings; change them there.

/// Keys with their words; further in, their choices, or what section has the words of what is inside.
let settingTexts = #"""
  trainer: Length, saving, testing, place and seed of the run.
  trainer.seed: The root of all randomness.
  trainer.total_training_steps: Reinforcement-learning steps: rollouts, each with its updates.
  trainer.total_response_tokens: Response tokens sampled in value pretraining and reinforcement learning after which the run ends, when its steps have not ended it; 0 sets no such end.
  trainer.logger: Who is told of the run's numbers beside its folder.
    console: The terminal: a line a step.
    tensorboard: Event files in the run's folder `tensorboard`, for `tensorboard --logdir runs`.
    wandb: Weights & Biases, by its client in the python3 of PATH.
    mlflow: MLflow, by its client in the python3 of PATH.
    trackio: trackio, by its client in the python3 of PATH.
  trainer.project_name: What loggers file the run under.
  trainer.experiment_name: The run folder's name under `default_local_dir`; empty for recipe and time.
  trainer.default_local_dir: Where run folders go.
  trainer.resume_mode: What starting a named run does where its folder is there already.
    disable: It refuses: `vapo resume` goes on with a run.
    auto: It goes on from the newest checkpoint: one command for the first job and all that follow it.
  trainer.save_freq: Global steps between checkpoints; 0 saves only at the end.
  trainer.test_freq: Reinforcement-learning steps between evaluations; 0 evaluates only at the end.
  trainer.val_before_train: Whether the policy is evaluated before the first reinforcement-learning step.
  trainer.max_ckpt_to_keep: Checkpoints kept, besides the best.
  trainer.rollout_dump_freq: Global steps between rollout dumps; 0 dumps none.
  trainer.log_samples: Steps of reinforcement learning between responses that are shown on the console; 0 shows none.
  trainer.critic_warmup: Steps of reinforcement learning in which the critic learns and the policy stands still.
  trainer.async_rollout: How many steps ahead of its own a rollout is drawn, with the weights of then, while the steps between are learned; 0 draws every rollout with the weights of its step.
  trainer.device: "cpu", "cuda" or "cuda:1"; "auto" takes a GPU where there is one.
  trainer.deterministic: Whether a GPU computes the same bits every time, at some cost of speed; a CPU does in any case.
  trainer.threads: Threads of one operator; 0 shares the machine's cores out over its processes.
  trainer.nproc: Processes on this machine, which the run starts and watches by itself; one is the run itself.
  trainer.grains: The parts that sums over responses are made of: the weights are the same bits for any number of processes that divides it.
  trainer.sharding: What processes share out of a model's state.
    none: Nothing: each has weights, gradients and moments of its own.
    optimizer: Each keeps the moments of a part of the weights, and moves that part.
    full: Each keeps a part of weights, gradients and moments; a layer's weights are brought together while it is at work.
  trainer.offload_weights: Whether the weights of all models lie in the host's memory and visit a GPU a layer at a time; `trainer.sharding` must be `full`, of one process too.
  trainer.max_restarts: How often processes are started again after one of them was lost.
  trainer.rank_timeout: Seconds that a process waits for the others before it takes one of them to be lost.
  trainer.nccl: Whether tensors travel between GPUs by NCCL, where each process has a GPU of its own; else over the host's memory.
  trainer.heartbeat_timeout: Seconds without a sign of life after which a process is taken to be lost, though nobody waits for it; 0: never.
  trainer.log_prob_bounds: How far the engine may be from the trainer at the start.
  trainer.log_prob_bounds.mean: The most of the mean difference.
  trainer.log_prob_bounds.tail: The most of the difference that one token in a hundred exceeds.
  trainer.kernels: The house's own kernels in use, where the CPU runs them; libtorch's operators do the rest.
    linear: Products with weights, packed once and used until the weight changes.
    attention: Attention over rows packed without padding, and the rotation of its heads.
    elementwise: Residual sum and norm, the gated activation, embedding.
    head: Output layer, softmax, choice and entropy in one.
    optimizer: AdamW, and the norm that clips it.
    sampler: Drawing tokens.
  model: The policy: a folder to start from, or a shape to start at random.
  model.path: A Hugging Face folder, or an adapter's in PEFT's form; empty starts a model at random from the numbers below.
  model.hidden_size: Width of a random model.
  model.intermediate_size: Width of its gated MLP.
  model.num_hidden_layers: Number of its layers.
  model.num_attention_heads: Number of its query heads.
  model.num_key_value_heads: Number of its key-value heads.
  model.rope_theta: The base of its rotary embedding.
  model.initializer_range: The standard deviation of its weights.
  model.dtype: The type weights are stored and updated in.
    float32, bfloat16, float64, float16
  model.compute_dtype: The type matrix products run in.
    float32, bfloat16, float64, float16
  model.lora_rank: The width of a low-rank adapter that learns in the weights' place; 0 trains all weights.
  model.lora_alpha: The adapter's output is scaled by this over the rank.
  model.target_modules: Which linear layers get an adapter: names, or `all-linear`.
  data: Where problems come from.
  data.train_files: Files of training problems, JSON lines or Parquet, or data sets of the hub; none trains on the generated task.
  data.val_files: The same of evaluation problems; none evaluates on the generated task's held-out problems.
  data.name: Which configuration of a data set on the hub, such as `main`; empty where it has one only.
  data.train_split: Which split of a data set on the hub is trained on.
  data.val_split: Which split of a data set on the hub is evaluated on.
  data.prompt_key: The column of the problem, text or messages. Where it is not set and there is no such column, the schemas of known data sets are tried (`ProblemSchema`).
  data.label_key: The column of the right answer, found like the problem's; dots reach into objects.
  data.reward_fn_key: The column that says which data set a problem is from; where it is missing, the file's name.
  data.id_key: The column of a problem's name; where it is missing, the file's name and the line.
  data.extra_key: The column that reward functions are given beside problem and answer, where rows have it.
  data.system_prompt: A message of the system before every conversation that has none; empty for none.
  data.prompt_template: The problem's text with what goes around it; `{prompt}` is the place of the problem.
  data.apply_chat_template: When the model's chat template is applied.
    auto: Where the model has a chat template.
    always: To every problem; a model without a chat template stops the run.
    never: Never: the model reads the messages' contents as plain text.
  data.apply_chat_template_kwargs: What the chat template is given beside the messages, such as `enable_thinking: false`.
  data.chat_template_date: The day that a chat template is told when it asks for today's, as year-month-day: a run must not depend on when it is made.
  data.on_bad_line: What to do about a line or row that is not a usable problem.
    stop: Stop with the file, the line and the reason.
    skip: Leave the line out and count it.
  data.drop_duplicates: Whether a problem that occurs again, with the same answer, is left out.
  data.shuffle: Whether every epoch has an order of its own.
  data.train_max_samples: The first training problems only; 0, or verl's -1, takes all.
  data.train_batch_size: Prompts a training step.
  data.val_max_samples: Problems of an evaluation, from the start of the data; 0 takes all of a file's.
  data.max_prompt_length: The longest prompt, in tokens.
  data.max_response_length: The longest response, in tokens.
  data.filter_overlong_prompts: Whether longer prompts are left out.
  data.truncation: What to do about longer prompts that are not left out.
    error: Stop.
    left: Leave tokens out at the start.
    right: Leave tokens out at the end, where a chat template asks for the answer.
    middle: Leave tokens out in the middle.
  data.task: The generated task.
  data.task.name: Which task.
    walk: A walk over a ten by ten board, by labeled moves.
    arithmetic: A chain of additions and subtractions modulo ten.
    locks: A corridor of nodes with four doors each, two of them safe by a hidden table: long, of many small decisions that are independent of each other, and with a value that can be worked out.
  data.task.min_moves: The fewest moves that a problem lists; for `locks`, the fewest steps that it asks for.
  data.task.max_moves: The most moves that a problem lists; for `locks`, the most steps that it asks for.
  data.task.max_laps: The most often that the list is to be done.
  data.task.uniform_share: The share of problems whose moves and laps are drawn evenly; the others' logarithms are, so that short problems are many and long ones few.
  data.task.endings: How many signs, or words, may end a step. Which of them does means nothing: it is there to be noise, as the choice of words is in a text.
  data.task.nodes: The nodes of `locks`, each a context of its own to learn.
  data.task.escape_right: The share of problems of `locks` in which a fair guess at a color is right; at most 1/12, where every problem has one lucky color of twelve.
  data.task.mistakes: The mistakes of the answers that the warm start imitates.
  data.task.mistakes.idle: A step is written down with a `?` for its move and changes nothing.
  data.task.mistakes.skip: A step is left out, and the next one done in its place.
  data.task.mistakes.repeat: The step before is done once more.
  data.task.mistakes.stop: The answer is given before all steps are done.
  data.task.mistakes.wrong_digit: A step's result has one digit wrong.
  data.task.mistakes.undo: The share of skipped, repeated and wrong steps that are undone at once, by `!`, and then done right.
  data.task.mistakes.direct_shortest: The share of answers by chance, without working, to the shortest problems.
  data.task.mistakes.direct_longest: The same to the longest ones; between the two it grows with the logarithm of the length.
  warm_start: The supervised first stage.
  warm_start.steps: Optimizer steps; 0 skips the stage.
  warm_start.batch_size: Traces a step.
  warm_start.curriculum: The share of the steps over which the hardest difficulty rises to its full height.
  warm_start.curriculum_start: The hardest difficulty at the start of the curriculum.
  warm_start.report_interval: Optimizer steps between reports; a report is one global step of the run.
  warm_start.optim: The update.
  warm_start.optim.lr: The learning rate after the warm-up.
  warm_start.optim.lr_warmup_steps: Steps over which the rate rises linearly from zero.
  warm_start.optim.lr_steps_unit: What the warm-up and what follows it are counted in.
    update: Optimizer steps.
    rollout: Rollouts, each with all its optimizer steps, as verl counts.
  warm_start.optim.lr_scheduler_type: What follows the warm-up.
    constant, linear, cosine
  warm_start.optim.min_lr_ratio: The share of the rate that a falling schedule ends at.
  warm_start.optim.betas: β₁, β₂ of AdamW.
  warm_start.optim.weight_decay: Decoupled weight decay.
  warm_start.optim.eps: ε of AdamW.
  warm_start.optim.grad_clip: The largest norm of the gradient over all parameters; 0 clips nothing.
  warm_start.optim.moments: How the moments are kept.
    as_weights: In the type of the weights.
    8bit: In eight bits a number.
  warm_start.optim.offload: Whether a GPU's moments lie in the host's memory and visit the GPU when weights are moved.
  rollout: How responses are sampled.
  rollout.name: What draws responses: this program's own engine, or servers.
    native: This program's own engine.
    vllm: Servers of vLLM.
    sglang: Servers of SGLang.
  rollout.servers: The addresses of servers, such as http://127.0.0.1:8000.
  rollout.remote: How servers are asked.
  rollout.remote.weights_folder: The folder that new weights are written into for the servers to read; empty takes the run's own.
  rollout.remote.dtype: What the servers compute in, for the bounds of the probe; empty takes `model.compute_dtype`.
  rollout.remote.untie_embeddings: Writes input and output embeddings as two tensors although the model ties them.
  rollout.remote.merge_adapter: Loads an adapter added to the weights, as whole weights; false loads the adapter alone, in PEFT's form, beside the base that the servers have (vLLM).
  rollout.remote.transfer: How new weights get to the servers: by a folder that they read, or from GPU to GPU by NCCL (vLLM).
    folder: By a folder that they read.
    nccl: From GPU to GPU, by NCCL.
  rollout.remote.nccl_library: NCCL's library, a file or a name to find it by; empty takes libnccl.so.2.
  rollout.remote.max_in_flight: The most requests under way at each server.
  rollout.remote.request_seconds: The most seconds for one response.
  rollout.remote.load_seconds: The most seconds for new weights, and for each of the calls around them.
  rollout.remote.heartbeat_seconds: How long a server may take to say that it is alive; one that twice does not is left out.
  rollout.remote.retries: How often a response is asked for again, and after how many failures in a row a server is left out.
  rollout.remote.probe_tokens: The tokens of the prompt by which servers are probed after every load: several blocks of their cache.
  rollout.launch: Servers that the run starts itself, in place of those above.
  rollout.launch.number: How many; 0 starts none.
  rollout.launch.run: The program and what comes before its options; empty takes the engine's own.
  rollout.launch.arguments: Further options.
  rollout.launch.port: The port of the first; the others follow.
  rollout.launch.devices: The GPUs of each, such as "0,1"; empty lets all see all.
  rollout.launch.start_seconds: How long one may take until it says that it is alive.
  rollout.quantization: How the run's own engine has the weights while it draws what is learned from; evaluations have them as they are.
    none: As the trainer has them.
    int8: As whole numbers of eight bits with a scale an output: half of bfloat16's memory to be read.
  rollout.n: Responses a prompt: the group.
  rollout.temperature: What logits are divided by, in rollouts and in the update.
  rollout.top_k: Keeps the k most likely tokens; 0 or less keeps all.
  rollout.top_p: Keeps the most likely tokens up to this sum; 1 keeps all.
  rollout.min_p: Keeps tokens at least this likely relative to the likeliest; 0 keeps all.
  rollout.max_num_seqs: The most rows decoded together.
  rollout.reuse_log_probs: Takes the log-probabilities that tokens were sampled with for the old policy's, which saves scoring them again.
  rollout.val_kwargs: How evaluation samples.
  rollout.val_kwargs.n: Responses a problem: the k of avg@k.
  rollout.val_kwargs.temperature: What logits are divided by.
  rollout.val_kwargs.top_k: Keeps the k most likely tokens.
  rollout.val_kwargs.top_p: Keeps the most likely tokens up to this sum.
  rollout.val_kwargs.min_p: Keeps tokens at least this likely relative to the likeliest.
  reward: How responses are graded.
  reward.verifier: Which verifier grades.
    auto: The one that the problems are made for: `task` for generated ones, `instructions` where the labels are instructions, `math` for the answers of other files.
    task: The answer of a generated task: what follows the last `#`.
    exact: The same text.
    numeric: The same number.
    math: The same mathematics, in any notation.
    format: Thinking between `<think>` and `</think>`, then an answer, right or wrong.
    instructions: All of a problem's instructions followed, such as a number of words or no commas.
    code: A program's tests, run in a sandbox.
    command: A program's numbers: somebody's reward function.
    http: A server's numbers, asked as OpenRLHF asks one.
    reward_model: A reward model's numbers: a Hugging Face folder with a head of one number.
  reward.extraction: Where `exact`, `numeric` and `math` look for the answer.
    auto: The first of these that occurs in the response, in this order: `<answer>…</answer>`, `boxed`, `hashes`, `answer`, and the last number where nothing is marked.
    last_formula: Like `auto`, but where nothing is marked the last formula comes before the last number.
    boxed: What stands in the last `\boxed{…}` that is not empty.
    hashes: The rest of the line after the last `####`.
    answer: What follows the last `Answer:`, or the last "the answer is".
    dapo: The rest of the line after the last `Answer:`, as DAPO's and verl's `math_dapo` reads it.
    last_number: The last number in the text.
    whole: The whole response.
  reward.fold_case: Whether `exact` takes upper and lower case for the same.
  reward.fold_whitespace: Whether `exact` takes every run of white space for one space.
  reward.instructions: How strictly `instructions` grades.
  reward.instructions.loose: Whether an instruction also counts as followed where the response follows it without its first line, its last line or its asterisks: IFEval's loose reading.
  reward.instructions.partial: Whether the score is the share of the instructions that are followed, from 0 to 1. The verdict stays: right is all of them.
  reward.code: How `code` runs programs.
  reward.code.seconds: How long one test may take, in seconds.
  reward.code.memory: How much memory a program may use, in MiB.
  reward.code.tests: The tests that are run, from the first on; 0 runs all.
  reward.code.workers: How many programs run side by side; 0 takes as many as there are cores.
  reward.code.output: How much a program may print or return, in MiB.
  reward.code.unfenced: Whether a response without a fence is itself the program.
  reward.command: Which program `command` asks.
  reward.command.run: The program and its arguments; no shell is between.
  reward.command.workers: How many of it run side by side.
  reward.command.start_seconds: How long it may take until it is ready, in seconds.
  reward.command.answer_seconds: How long one answer may take, in seconds.
  reward.command.environment: Variables of the environment that it gets beside the usual ones, by name.
  reward.http: Which server `http` asks.
  reward.http.url: Where it listens, such as `http://127.0.0.1:5000/get_reward`.
  reward.http.batch_size: How many samples go into one request.
  reward.http.request_seconds: How long one request may take, in seconds; `reward.timeout_seconds` is for all attempts.
  reward.http.retries: How often a request that failed is sent again.
  reward.http.delay: The wait before the first of them, in seconds; it doubles from one to the next.
  reward.model: Which model `reward_model` asks.
  reward.model.path: Its folder, in any of the forms that critics are read in.
  reward.threshold: From which score on an answer counts as right, where the verifier gives a number and does not say.
  reward.by_source: The verifiers of single sources, by the name in the data (`data_source`).
  reward.parts: Further verifiers of every response, by names of the user's choice: their points, 1 for right and 0 for wrong where they do not say themselves, are added to the score by weight.
  reward.correct: The score of a right answer.
  reward.incorrect: The score of a wrong answer, and of none.
  reward.timeout_seconds: How long one response may be graded by a verifier that keeps no time of its own.
  reward.overlong_buffer: The punishment of long answers.
  reward.overlong_buffer.enable: Whether long answers are punished.
  reward.overlong_buffer.len: How many tokens before the length limit the punishment begins.
  reward.overlong_buffer.penalty_factor: What an answer of the full length pays.
  reward.weight: What one point of the verifier's own adds to the score, beside the parts.
  reward.normalize: Whether the scores of training are taken from their running mean and divided by their running standard deviation.
  reward.clip_range: The least and the largest score that training sees, after that; two numbers, or none for all.
  reward.missing_eos_penalty: What a response pays that reaches the length limit without its end of sequence.
  """#
