"""A checkpoint opened to be trained: model, tokenizer, sight, and how examples become its sequences."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.base import Reply, Request, UnknownModel, Usage
from model.local.model import structural_tokens
from model.local.patches import without_convolution
from model.local.vision import VISION_ADAPTERS, Qwen
from model.training.encode import Encoder
from model.training.trainer.features import Eyes


@dataclass
class Opened:
    """A checkpoint in memory.

    Attributes:
        folder: where it came from.
        model, tokenizer: of transformers.
        eyes: None for a model that reads text only.
        encoder: examples → sequences.
    """

    folder: Path
    model: Any
    tokenizer: Any
    eyes: Eyes | None
    encoder: Encoder


def open_checkpoint(
    folder: Path,
    *,
    dtype: str = "float32",
    device: Any = "cpu",
    limit: int = 8192,
    turns: int = 1,
    model: Any = None,
) -> Opened:
    """Open a checkpoint: a class of `VISION_ADAPTERS`, or any causal language model of transformers.

    Args:
        limit, turns: see `Encoder`.
        model: its weights, where they are in memory already; the folder gives everything else.

    Raises:
        UnknownModel: it is not a checkpoint, or of a class that cannot be trained here.
    """
    try:
        architecture = json.loads((folder / "config.json").read_text("utf-8"))["architectures"][0]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UnknownModel(f"{folder}: is not a checkpoint that can be trained ({error})") from error
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForImageTextToText, AutoTokenizer

    sees = architecture in VISION_ADAPTERS
    if not sees and not str(architecture).endswith("ForCausalLM"):
        raise UnknownModel(
            f"{folder}: {architecture} cannot be trained here; accepted: {', '.join(VISION_ADAPTERS)}, and causal "
            "language models (…ForCausalLM)"
        )
    loader: Any = AutoModelForImageTextToText if sees else AutoModelForCausalLM
    try:
        if model is None:
            model = loader.from_pretrained(folder, dtype=getattr(torch, dtype)).to(device)
        tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        processor = _processor(folder) if sees else None
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise UnknownModel(f"{folder}: cannot be loaded ({str(error)[:300]})") from error
    sight = VISION_ADAPTERS[architecture](model, processor, tokenizer) if sees else None
    if isinstance(sight, Qwen):
        _all_windows_at_once(model)
        without_convolution(model.model.visual)
    config = model.config
    ids = [getattr(config, f"{name}_token_id", None) for name in ("image", "video", "vision_start", "vision_end")]
    encoder = Encoder(
        tokenizer,
        sight,
        config.image_token_id if sees else None,
        frozenset(token for token in ids if token is not None) if sees else frozenset(),
        limit,
        turns,
        structural_tokens(tokenizer, config),
    )
    return Opened(folder, model, tokenizer, Eyes(model, sight, processor) if sees else None, encoder)


def _processor(folder: Path) -> Any:
    from transformers import AutoImageProcessor

    return AutoImageProcessor.from_pretrained(folder, backend="pil")


def _all_windows_at_once(model: Any) -> None:
    """The vision encoder's windows in a few products instead of one each."""
    from transformers import AttentionInterface

    from model.local.attention import WINDOWS, _in_windows

    AttentionInterface.register(WINDOWS, _in_windows)
    model.set_attn_implementation({"vision_config": WINDOWS})


class Asked:
    """An opened checkpoint as a model that answers (`model.base.Model`), by the stock `generate`.

    So that what evaluates models can evaluate one while it is trained.
    """

    def __init__(self, opened: Opened, family: str, *, most: int = 512) -> None:
        self.name, self.family = opened.folder.name, family
        self._opened, self._most = opened, most

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """See `model.base.Model`. Greedy; tokens that stand for pictures are never drawn."""
        import torch

        opened = self._opened
        tokens, pictures = opened.encoder.prompt(request.messages, request.chat_template_kwargs)
        ids = torch.tensor([tokens], device=opened.model.device)
        more: dict[str, Any] = {}
        if pictures and opened.eyes:
            more = opened.eyes.inputs(pictures, ids)
        core = opened.model.get_base_model() if hasattr(opened.model, "peft_config") else opened.model
        training = core.training
        core.eval()
        half = core.dtype == torch.bfloat16  # then adapters, which are 32 bit, need it
        with torch.inference_mode(), torch.autocast(core.device.type, torch.bfloat16, enabled=half):
            said = core.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                max_new_tokens=min(self._most, request.sampling.max_tokens),
                suppress_tokens=sorted(opened.encoder.never) or None,
                pad_token_id=opened.tokenizer.pad_token_id,
                **more,
            )[0, len(tokens) :]
        core.train(training)
        text = str(opened.tokenizer.decode(said, skip_special_tokens=True))
        return Reply(text, Usage(prompt_tokens=len(tokens), completion_tokens=len(said)))

    def close(self) -> None:
        """Nothing: it is not its own."""
