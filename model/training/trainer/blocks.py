"""The parts of a model that are trained or frozen by themselves, and adapters in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from model.training.trainer.state import TrainingFault

BLOCKS = ("vision", "projector", "language")
"""Vision encoder; what carries its features over; language model with embeddings and head."""
_PROJECTOR = ("visual.merger", "visual.deepstack_merger_list", "model.merger", "multi_modal_projector")
_VISION = (".visual.", ".vision_tower.", ".vision_model.")


def block_of(name: str) -> str:
    """The block of a parameter or module, by its name in the model."""
    if any(part in name for part in _PROJECTOR):
        return "projector"
    return "vision" if any(part in f".{name}." for part in _VISION) else "language"


def parse_blocks(text: str) -> tuple[str, ...]:
    """Blocks from "projector+vision" or "all".

    Raises:
        TrainingFault: it names something else.
    """
    names = BLOCKS if text == "all" else tuple(text.split("+"))
    wrong = [name for name in names if name not in BLOCKS]
    if wrong:
        raise TrainingFault(f"blocks: {', '.join(wrong)!r}; accepted: {', '.join(BLOCKS)}, joined by +, or all")
    return tuple(name for name in BLOCKS if name in names)


def freeze(model: Any, blocks: Iterable[str]) -> None:
    """Let only these blocks be trained; of a model with adapters, only the adapters in them.

    Raises:
        TrainingFault: a block has nothing to train.
    """
    adapted = hasattr(model, "peft_config")
    trained = dict.fromkeys(blocks, 0)
    for name, weight in model.named_parameters():
        own = block_of(name)
        weight.requires_grad_(own in trained and (not adapted or "lora_" in name))
        if weight.requires_grad:
            trained[own] += weight.numel()
    empty = [name for name, count in trained.items() if not count]
    # "all" is what there is: a model that only reads has no vision encoder.
    if empty and (len(trained) < len(BLOCKS) or len(empty) == len(trained)):
        kind = "adapter" if adapted else "parameter"
        raise TrainingFault(f"blocks: {', '.join(empty)}: this model has no {kind} there")


@dataclass(frozen=True)
class Count:
    """Parameters of a block: how many, and how many of them are trained."""

    block: str
    trained: int
    total: int


def counts(model: Any) -> list[Count]:
    """Of each block that the model has."""
    found = {block: [0, 0] for block in BLOCKS}
    for name, weight in model.named_parameters():
        entry = found[block_of(name)]
        entry[1] += weight.numel()
        entry[0] += weight.numel() if weight.requires_grad else 0
    return [Count(block, *entry) for block, entry in found.items() if entry[1]]


@dataclass(frozen=True)
class Lora:
    """Low-rank adapters (Hu et al. 2021): rank, scale (alpha / rank is what they are multiplied with), dropout."""

    rank: int
    alpha: float
    dropout: float = 0.0


def with_lora(model: Any, lora: Lora, blocks: Iterable[str]) -> Any:
    """The model with an adapter on every linear layer of the blocks, the head apart; all else is frozen.

    Adapters are 32 bit. Those of a model of 16 bit are to be run under autocast.
    """
    import torch
    from peft import LoraConfig, get_peft_model

    head = model.get_output_embeddings()
    wanted = set(blocks)
    targets = [
        name
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and module is not head and block_of(name) in wanted
    ]
    if not targets:
        raise TrainingFault(f"--lora: there is no linear layer in {', '.join(wanted)}")
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,  # type: ignore[arg-type]  # declared as a whole number, used as any
        lora_dropout=lora.dropout,
        target_modules=targets,
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(model, config)
    for name, weight in adapted.named_parameters():
        if "lora_" in name:
            weight.data = weight.data.float()  # steps that are small beside a weight are lost in 16 bit
    if head.weight.dtype != torch.float32:
        # Adapters would have a copy of their input in 32 bit, which autocast turns back into 16.
        for module in adapted.modules():
            if hasattr(module, "lora_A"):
                setattr(module, "cast_input_dtype_enabled", False)  # noqa: B010 - no field of torch's own
    return adapted
