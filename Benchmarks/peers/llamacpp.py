"""Generation by llama.cpp on a workload's folder: every prompt read once, its cache shared by the
group, all rows (256 at most) decoded together, tokens drawn by numpy. The weights are written as a
GGUF file next to the folder's own first. Presets: bf16, f32, q8_0, the types of that file.
"""

import ctypes

import numpy as np

from common import Clock, StopRuns, Workload, arguments, report


def convert(workload, target, preset):
    """The folder's weights under llama.cpp's names; no tokenizer."""
    import gguf
    import torch
    from safetensors.torch import load_file

    shape = workload.shape
    writer = gguf.GGUFWriter(target, "qwen2")
    writer.add_vocab_size(shape["vocab_size"])
    writer.add_tokenizer_model("none")
    writer.add_context_length(shape["max_position_embeddings"])
    writer.add_embedding_length(shape["hidden_size"])
    writer.add_block_count(shape["num_hidden_layers"])
    writer.add_feed_forward_length(shape["intermediate_size"])
    writer.add_head_count(shape["num_attention_heads"])
    writer.add_head_count_kv(shape["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(shape["rms_norm_eps"])
    writer.add_rope_freq_base(shape.get("rope_theta") or shape["rope_parameters"]["rope_theta"])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN2, shape["num_hidden_layers"])
    for name, weight in load_file(workload.folder / "model.safetensors").items():
        renamed = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if preset == "bf16" and weight.dim() > 1:
            raw = weight.to(torch.bfloat16).view(torch.uint8).numpy()
            writer.add_tensor(renamed, raw, raw_dtype=gguf.GGMLQuantizationType.BF16)
        elif preset == "q8_0" and weight.dim() > 1:
            raw = gguf.quantize(weight.float().numpy(), gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(renamed, raw, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(renamed, weight.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Decoder:
    def __init__(self, library, path, workload, threads):
        self.library, self.workload = library, workload
        library.llama_backend_init()
        self.model = library.llama_model_load_from_file(
            str(path).encode(), library.llama_model_default_params()
        )
        longest = max(map(len, workload.prompts)) + workload.longest
        if not self.model:
            raise RuntimeError(f"llama.cpp does not load {path}")
        settings = library.llama_context_default_params()
        settings.n_ctx = longest * (len(workload.lengths) + len(workload.prompts))
        settings.n_seq_max = len(workload.lengths) + len(workload.prompts)
        settings.kv_unified = True
        settings.n_batch = settings.n_ubatch = 512
        settings.n_threads = settings.n_threads_batch = threads
        self.context = library.llama_init_from_model(self.model, settings)
        if not self.context:
            raise RuntimeError(f"llama.cpp takes no {settings.n_seq_max} rows at once")
        self.memory = library.llama_get_memory(self.context)
        self.size = workload.shape["vocab_size"]
        self.batch = library.llama_batch_init(512, 0, 1)
        self.random = np.random.default_rng(4)

    def decode(self, entries):
        """Runs tokens, each with a position, a row and whether its logits are wanted."""
        batch = self.batch
        batch.n_tokens = len(entries)
        for place, (token, position, row, wanted) in enumerate(entries):
            batch.token[place] = token
            batch.pos[place] = position
            batch.n_seq_id[place] = 1
            batch.seq_id[place][0] = row
            batch.logits[place] = wanted
        if self.library.llama_decode(self.context, batch) != 0:
            raise RuntimeError("llama_decode failed")

    def logits(self, place):
        pointer = self.library.llama_get_logits_ith(self.context, place)
        return np.ctypeslib.as_array(pointer, shape=(self.size,))

    def draw(self, logits):
        """Tokens of rows [B, V], by the exponential race that needs no cumulative sum."""
        scores = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (scores / self.random.standard_exponential(scores.shape, dtype=np.float32)).argmax(1)

    def generate(self):
        library, workload = self.library, self.workload
        library.llama_memory_clear(self.memory, True)
        count = len(workload.lengths)
        first = []
        for number, prompt in enumerate(workload.prompts):
            row = count + number
            last = len(prompt) - 1
            self.decode([(token, at, row, at == last) for at, token in enumerate(prompt)])
            first.append(self.logits(last).copy())
            for sample in range(workload.samples):
                library.llama_memory_seq_cp(
                    self.memory, row, number * workload.samples + sample, -1, -1
                )
        tokens = self.draw(np.repeat(np.stack(first), workload.samples, axis=0))
        active = np.arange(count)
        lengths = np.array(workload.lengths)
        for step in range(1, workload.longest):
            running = lengths[active] > step
            active, tokens = active[running], tokens[running]
            self.decode(
                [
                    (token, len(workload.prompts[row // workload.samples]) + step - 1, row, True)
                    for token, row in zip(tokens.tolist(), active.tolist())
                ]
            )
            tokens = self.draw(np.stack([self.logits(place) for place in range(len(active))]))


def main():
    options = arguments(["bf16", "f32", "q8_0"]).parse_args()
    import llama_cpp

    # Loading says a great deal; what goes wrong comes as an exception.
    silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silent, ctypes.c_void_p())
    workload = Workload(options.folder)
    path = workload.folder / f"{options.preset}.gguf"
    if not path.exists():
        unfinished = path.with_suffix(".part")
        convert(workload, unfinished, options.preset)
        unfinished.rename(path)
    decoder = Decoder(llama_cpp, path, workload, options.threads)
    clock = Clock(options.paced)
    decoder.generate()
    try:
        for _ in range(options.repeats):
            clock.wait()
            with clock.phase("generation"):
                decoder.generate()
            clock.end()
    except StopRuns:
        pass
    report("llama.cpp", options.preset, workload, clock)


if __name__ == "__main__":
    main()
