"""Tiny text models with random weights for servers: they cannot see, which servers have to be found out to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

SIZE, HEADS, LAYERS, WIDE = 64, 4, 2, 128


def transformers_folder(folder: Path) -> Path:
    """A checkpoint of the class `Qwen2ForCausalLM`, which does not end by itself: no answer of it is empty."""
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    from tests.tools.random_weights import make_tokenizer

    folder.mkdir(parents=True)
    ids = make_tokenizer(folder)
    config = Qwen2Config(
        vocab_size=ids["size"],
        hidden_size=SIZE,
        intermediate_size=WIDE,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        num_key_value_heads=HEADS,
        max_position_embeddings=8192,
        bos_token_id=ids["<|endoftext|>"],
        eos_token_id=ids["<|im_end|>"],
        tie_word_embeddings=False,
    )
    torch.manual_seed(7)
    model = Qwen2ForCausalLM(config)
    model.generation_config.suppress_tokens = [number for name, number in ids.items() if name.startswith("<|")]
    model.save_pretrained(folder)
    return folder


def gguf_file(path: Path, tokenizer_folder: Path) -> Path:
    """A model for llama.cpp, with the tokenizer of `tokenizer_folder` (as `make_tokenizer` writes it)."""
    import gguf

    whole: Any = json.loads((tokenizer_folder / "tokenizer.json").read_text("utf-8"))
    words: dict[str, int] = dict(whole["model"]["vocab"])
    special = {added["content"]: added["id"] for added in whole["added_tokens"]}
    tokens = [word for word, _ in sorted((words | special).items(), key=lambda item: item[1])]
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in whole["model"]["merges"]]

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(8192)
    writer.add_embedding_length(SIZE)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(WIDE)
    writer.add_head_count(HEADS)
    writer.add_rope_dimension_count(SIZE // HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token in special else 1 for token in tokens])  # control, normal
    writer.add_token_merges(merges)
    writer.add_eos_token_id(special["<|im_end|>"])
    writer.add_bos_token_id(special["<|endoftext|>"])
    writer.add_add_bos_token(False)
    # Without pictures: what a text model's template does with them is to leave them out.
    writer.add_chat_template(
        "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
        "{% endfor %}<|im_start|>assistant\n"
    )
    random = np.random.default_rng(7)
    shapes = {"token_embd.weight": (len(tokens), SIZE), "output.weight": (len(tokens), SIZE)}
    for block in range(LAYERS):
        own = {f"attn_{name}.weight": (SIZE, SIZE) for name in ("q", "k", "v", "output")}
        own |= {"ffn_gate.weight": (WIDE, SIZE), "ffn_up.weight": (WIDE, SIZE), "ffn_down.weight": (SIZE, WIDE)}
        shapes |= {f"blk.{block}.{name}": shape for name, shape in own.items()}
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{block}.{name}.weight", np.ones(SIZE, np.float32))
    writer.add_tensor("output_norm.weight", np.ones(SIZE, np.float32))
    for name, shape in shapes.items():
        writer.add_tensor(name, random.normal(0, 0.2, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
