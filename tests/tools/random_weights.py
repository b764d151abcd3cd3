"""Checkpoints with random weights, in the hub's layout, for tests and benchmarks where no weights can be had.

`make_checkpoint("qwen2_5_vl", folder)` writes config, weights, tokenizer, image processor and chat template, as a
published model has them, so that the real loading code reads them. The tokenizer is a small one of the same class.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

SPECIAL = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
MINICPM = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "image_start_token": "<image>",
    "image_end_token": "</image>",
    "slice_start_token": "<slice>",
    "slice_end_token": "</slice>",
    "image_id_start_token": "<image_id>",
    "image_id_end_token": "</image_id>",
}
"""Tokens that MiniCPM-V's tokenizer knows by name."""
TEMPLATE = (
    "{% for message in messages %}{% if loop.first and message.role != 'system' %}"
    "<|im_start|>system\nYou are a tiny model.<|im_end|>\n{% endif %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}{% else %}{% for part in message.content %}"
    "{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part.text }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CORPUS = [
    '{"action": "click", "start_point": [640, 400]}',
    '{"action": "scroll", "direction": "down", "scroll_distance": 400}',
    '{"action": "input", "text": "hello world", "start_point": [12, 345]}',
    '{"action": "drag", "start_point": [100, 200], "end_point": [300, 400]}',
    '{"action": "press", "keys": ["ctrl", "a"]}',
    '{"action": "finished", "status": "success", "answer": "42", "reason": "done"}',
    '{"action": "longpress", "start_point": [1, 2], "duration_ms": 800}',
    "You are a GUI agent. You will be provided with a screenshot, a goal, and your action history.",
    "<think>The button is at the top right of the page.</think>",
]


def make_tokenizer(folder: Path, named: dict[str, str] | None = None) -> dict[str, int]:
    """A byte-level BPE tokenizer of about 500 tokens, of the class that Qwen checkpoints have.

    Args:
        named: special tokens that it knows by name, MiniCPM-V's; its template puts pictures between no marks.
    """
    named = named or {}
    from tokenizers import ByteLevelBPETokenizer
    from transformers import Qwen2Tokenizer

    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(CORPUS * 4, vocab_size=500, min_frequency=2)
    model = json.loads(trainer.to_str())["model"]
    # Pairs are what the backend takes; the declared type knows only "left right" in one string.
    merges: Any = [tuple(pair) if isinstance(pair, list) else tuple(pair.split(" ")) for pair in model["merges"]]
    tokenizer = Qwen2Tokenizer(vocab=model["vocab"], merges=merges, extra_special_tokens=named)
    special = [*SPECIAL, *(token for token in named.values() if token not in SPECIAL)]
    tokenizer.add_special_tokens({"additional_special_tokens": special})
    tokenizer.eos_token, tokenizer.pad_token = "<|im_end|>", "<|endoftext|>"
    tokenizer.chat_template = (
        TEMPLATE.replace("<|vision_start|><|image_pad|><|vision_end|>", "<|image_pad|>") if named else TEMPLATE
    )
    tokenizer.save_pretrained(folder)
    known = tokenizer.get_vocab()
    return {name: known[name] for name in special} | {"\n": known["Ċ"], "size": len(tokenizer)}


def make_checkpoint(kind: str, folder: Path, *, seed: int = 0, max_shard_size: str = "50GB") -> Path:
    """Write a checkpoint.

    Args:
        kind: one of `KINDS` (a few hundred thousand weights), "small" (Qwen2.5-VL's class, 12 million) or
            "mimo-vl-7b" (the published sizes of MiMo-VL-7B; 16 GB in bf16).
    """
    make_model(kind, folder, seed=seed).save_pretrained(folder, max_shard_size=max_shard_size)
    return folder


def make_model(kind: str, folder: Path, *, seed: int = 0) -> Any:
    """The same with the weights in memory: the folder gets everything else."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = make_tokenizer(folder, MINICPM if kind.startswith("minicpm") else None)
    torch.manual_seed(seed)
    if kind == "mimo-vl-7b":
        torch.set_default_dtype(torch.bfloat16)
    # Billions of random numbers take minutes on a CPU.
    device = "cuda" if kind == "mimo-vl-7b" and torch.cuda.is_available() else "cpu"
    try:
        with torch.device(device):
            model = _BUILDERS[kind](ids)
    finally:
        torch.set_default_dtype(torch.float32)
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    _processor(kind).save_pretrained(folder)
    return model


def _processor(kind: str) -> Any:
    """The class with the PIL backend: the other one needs torchvision."""
    if kind.startswith("minicpm"):
        from transformers.models.minicpmv4_6.image_processing_pil_minicpmv4_6 import MiniCPMV4_6ImageProcessorPil

        # Slices of 112 × 112 instead of 448 × 448: a small picture is cut, too.
        return MiniCPMV4_6ImageProcessorPil(scale_resolution=112)
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    return Qwen2VLImageProcessorPil(patch_size=UNIT.get(kind, 28) // 2)


def _text(ids: dict[str, int], **more: Any) -> dict[str, Any]:
    return {
        "vocab_size": ids["size"],
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 32768,
        "bos_token_id": ids["<|endoftext|>"],
        "eos_token_id": ids["<|im_end|>"],
        **more,
    }


def _token_ids(ids: dict[str, int]) -> dict[str, Any]:
    return {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }


def _qwen2_5_vl(ids: dict[str, int]) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]}
    vision = {"depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "out_hidden_size": 64,
              "fullatt_block_indexes": [1], "window_size": 112}  # fmt: skip
    config = Qwen2_5_VLConfig(
        text_config=_text(ids, rope_parameters=rope),
        vision_config=vision,
        tie_word_embeddings=False,
        **_token_ids(ids),
    )
    return Qwen2_5_VLForConditionalGeneration(config)


def _small(ids: dict[str, int]) -> Any:
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    rope = {"rope_type": "default", "rope_theta": 1000000.0, "mrope_section": [8, 12, 12]}
    text = _text(ids, hidden_size=256, intermediate_size=768, num_hidden_layers=6, rope_parameters=rope)
    vision = {"depth": 6, "hidden_size": 256, "intermediate_size": 768, "num_heads": 4, "out_hidden_size": 256,
              "fullatt_block_indexes": [2, 5], "window_size": 112}  # fmt: skip
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False, **_token_ids(ids))
    return Qwen2_5_VLForConditionalGeneration(config)


def _mimo_vl_7b(ids: dict[str, int]) -> Any:
    """The sizes of the MiMo-VL report (appendix B) and the MiMo-7B report (section 2.3)."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    rope = {"rope_type": "default", "rope_theta": 640000.0, "mrope_section": [16, 24, 24]}
    text = _text(
        ids | {"size": 151680},
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=36,
        num_attention_heads=32,
        num_key_value_heads=8,
        max_position_embeddings=131072,
        rope_parameters=rope,
    )
    vision = {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3456,
        "num_heads": 16,
        "out_hidden_size": 4096,
    }
    config = Qwen2_5_VLConfig(text_config=text, vision_config=vision, tie_word_embeddings=False, **_token_ids(ids))
    return Qwen2_5_VLForConditionalGeneration(config)


def _qwen2_vl(ids: dict[str, int]) -> Any:
    from transformers import Qwen2VLConfig, Qwen2VLForConditionalGeneration

    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]}
    vision = {"depth": 2, "embed_dim": 64, "hidden_size": 64, "mlp_ratio": 2, "num_heads": 4}
    config = Qwen2VLConfig(
        text_config=_text(ids, rope_parameters=rope),
        vision_config=vision,
        tie_word_embeddings=False,
        **_token_ids(ids),
    )
    return Qwen2VLForConditionalGeneration(config)


def _qwen3_vl(ids: dict[str, int]) -> Any:
    from transformers import Qwen3VLConfig, Qwen3VLForConditionalGeneration

    rope = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3], "mrope_interleaved": True}
    vision = {"depth": 3, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "out_hidden_size": 64,
              "deepstack_visual_indexes": [0, 1], "num_position_embeddings": 256, "patch_size": 16}  # fmt: skip
    config = Qwen3VLConfig(
        text_config=_text(ids, rope_parameters=rope, head_dim=16),
        vision_config=vision,
        tie_word_embeddings=False,
        **_token_ids(ids),
    )
    return Qwen3VLForConditionalGeneration(config)


def _qwen3_5(ids: dict[str, int]) -> Any:
    from transformers import Qwen3_5Config, Qwen3_5ForConditionalGeneration

    vision = {"depth": 3, "hidden_size": 64, "intermediate_size": 128, "num_heads": 4, "out_hidden_size": 64,
              "num_position_embeddings": 256, "patch_size": 16}  # fmt: skip
    config = Qwen3_5Config(
        text_config=_hybrid(ids), vision_config=vision, tie_word_embeddings=False, **_token_ids(ids)
    )
    return Qwen3_5ForConditionalGeneration(config)


def _hybrid(ids: dict[str, int]) -> dict[str, Any]:
    """Three layers of linear attention and one of full attention, as in Qwen3.5."""
    rope = {
        "rope_type": "default",
        "rope_theta": 10000.0,
        "partial_rotary_factor": 0.5,
        "mrope_section": [2, 1, 1],
        "mrope_interleaved": True,
    }
    linear = {f"linear_{name}_head_dim": 16 for name in ("key", "value")}
    heads = {"linear_num_key_heads": 2, "linear_num_value_heads": 4}
    return _text(ids, num_hidden_layers=4, head_dim=16, rope_parameters=rope, **linear, **heads)


def _minicpmv(ids: dict[str, int], config_class: Any, **more: Any) -> Any:
    vision = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 3, "num_attention_heads": 4,
              "patch_size": 14, "image_size": 112}  # fmt: skip
    return config_class(
        text_config={"model_type": "qwen3_5_text", **_hybrid(ids)},
        vision_config=vision,
        insert_layer_id=1,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        **more,
    )


def _minicpmv4_6(ids: dict[str, int]) -> Any:
    from transformers import MiniCPMV4_6Config, MiniCPMV4_6ForConditionalGeneration

    return MiniCPMV4_6ForConditionalGeneration(_minicpmv(ids, MiniCPMV4_6Config))


def _minicpmv4_7(ids: dict[str, int]) -> Any:
    from transformers import MiniCPMV4_7Config, MiniCPMV4_7ForConditionalGeneration

    marks = {
        "image_start_id": ids["<image>"],
        "image_end_id": ids["</image>"],
        "slice_start_id": ids["<slice>"],
        "slice_end_id": ids["</slice>"],
        "newline_id": ids["\n"],
    }
    return MiniCPMV4_7ForConditionalGeneration(_minicpmv(ids, MiniCPMV4_7Config, **marks))


_BUILDERS = {
    "qwen2_5_vl": _qwen2_5_vl,
    "qwen2_vl": _qwen2_vl,
    "qwen3_vl": _qwen3_vl,
    "qwen3_5": _qwen3_5,
    "minicpmv4_6": _minicpmv4_6,
    "minicpmv4_7": _minicpmv4_7,
    "small": _small,
    "mimo-vl-7b": _mimo_vl_7b,
}
QWEN = ("qwen2_5_vl", "qwen2_vl", "qwen3_vl", "qwen3_5")
"""The classes that take a picture as it is, in multiples of `UNIT`."""
KINDS = (*QWEN, "minicpmv4_6", "minicpmv4_7")
"""The classes, as small as they go."""
UNIT = {"qwen3_vl": 32, "qwen3_5": 32}
"""Picture sides are multiples of this, in pixels; 28 where it does not say."""
