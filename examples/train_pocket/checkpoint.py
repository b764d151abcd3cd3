"""A new checkpoint of Qwen2.5-VL's class, a few million weights, in the hub's layout.

Its tokenizer is one of single bytes, with a token of its own for every word of the pocket world, for the fixed
sentences of the family's prompt, and for each half of an answer: "(63," and "77)".
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from world import (
    CELL,
    CHINESE,
    COLOURS,
    EXTREMES,
    HANZI,
    KINDS,
    ORDINALS,
    RELATIONS,
    SHIFTED,
    SIDES,
    STATED,
)

FAMILY = "gta1"
"""The family in whose words is asked and answered: a point in pixels, negative where the thing is not there."""
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
    "<|video_pad|>",
)  # fmt: skip
# The picture where it stands, no names of roles, and one mark before what is to be answered.
TEMPLATE = (
    "{% for message in messages %}{% if message.content is string %}{{ message.content }}{% else %}"
    "{% for part in message.content %}{% if part.type == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}{% if message.role == 'assistant' %}<|im_end|>"
    "{% elif message.role == 'user' %}<|im_start|>{% endif %}{% endfor %}"
)
LARGEST = 448
"""Side of the largest picture, pixels."""


def vocabulary() -> list[str]:
    """Every token that is more than a byte and not special."""
    from model.families import FAMILIES
    from model.prompt import render

    system = render(FAMILIES[FAMILY].grounding_system, {"target": "", "width": 9999, "height": 8888})
    before, _, rest = system.partition("8888")
    between, _, after = rest.partition("9999")
    sizes = [str(side) for side in (140, 224, 336, 448)]
    phrases = [
        *EXTREMES.values(),
        *ORDINALS,
        *SIDES,
        *RELATIONS.values(),
        *STATED.values(),
        *KINDS,
        *COLOURS,
        *SHIFTED,
    ]
    words = sorted({word for phrase in (*phrases, "the from element") for word in phrase.split()})
    middles = range(CELL // 2, LARGEST, CELL)
    halves = [*(f"({at}," for at in (*middles, -1)), *(f"{at})" for at in (*middles, -1))]
    hanzi = sorted(
        {
            sign
            for text in (*CHINESE.values(), *HANZI, "从左右上下数第一二三个最边方的选中未元素“”")
            for sign in text
        }
    )
    return [before, between, after, *sizes, "the", *(f" {word}" for word in words), *halves, *hanzi]


def make(
    folder: Path, *, seed: int = 0, width: int = 192, layers: int = 4, vision: int = 128, depth: int = 3
) -> None:
    """Writes a checkpoint with random weights.

    Args:
        width, layers: of the language model; `vision`, `depth`: of the vision encoder.
    """
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration, Qwen2Tokenizer
    from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

    folder.mkdir(parents=True, exist_ok=True)
    signs = sorted(ByteLevel.alphabet())
    merges: Any = []
    tokenizer: Any = Qwen2Tokenizer(vocab={sign: number for number, sign in enumerate(signs)}, merges=merges)
    tokenizer.add_special_tokens({"additional_special_tokens": list(SPECIAL)})
    tokenizer.add_tokens(vocabulary())
    tokenizer.eos_token, tokenizer.pad_token = "<|im_end|>", "<|endoftext|>"
    tokenizer.chat_template = TEMPLATE
    tokenizer.save_pretrained(folder)
    ids = tokenizer.get_vocab()

    heads = 4
    rope = {
        "rope_type": "default",
        "rope_theta": 20.0,
        # One frequency each for time, height, width, time, …: every axis has fast and slow ones.
        "mrope_section": [1] * (width // heads // 2),
    }
    text = {
        "vocab_size": len(tokenizer), "hidden_size": width, "intermediate_size": width * 8 // 3 // 64 * 64,
        "num_hidden_layers": layers, "num_attention_heads": heads, "num_key_value_heads": heads,
        "max_position_embeddings": 4096, "rope_parameters": rope, "initializer_range": 0.05,
        "bos_token_id": ids["<|endoftext|>"], "eos_token_id": ids["<|im_end|>"],
    }  # fmt: skip
    sight = {
        "depth": depth, "hidden_size": vision, "intermediate_size": 2 * vision, "num_heads": 4,
        "out_hidden_size": width, "fullatt_block_indexes": list(range(depth)), "window_size": 112,
        "initializer_range": 0.05,
    }  # fmt: skip
    config = Qwen2_5_VLConfig(
        text_config=text,
        vision_config=sight,
        tie_word_embeddings=False,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        initializer_range=0.05,
    )
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(config)
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    # What stands for pixels in a prompt is never said.
    model.generation_config.suppress_tokens = [ids["<|image_pad|>"], ids["<|video_pad|>"]]
    model.save_pretrained(folder)
    Qwen2VLImageProcessorPil().save_pretrained(folder)
