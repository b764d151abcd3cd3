"""The model over a batch: the log-probability of every token that is learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from model.training.trainer.batch import Batch


@dataclass
class Told:
    """What the model says about a batch.

    Attributes:
        logps: log-probability of each learned token, shape (learned,), 32 bit.
        hidden: last states of all tokens, shape (rows, length, size).
    """

    logps: torch.Tensor
    hidden: torch.Tensor


class Learner(nn.Module):
    """A model as the loop calls it: one module, so that what wraps it (DDP, FSDP) sees all of its parameters.

    Args:
        model: a language model or vision-language model of transformers.
        eyes: its sight (`features.Eyes`); None: it reads text only.
        heads: further modules that are trained with it and thrown away after.
    """

    def __init__(self, model: Any, eyes: Any = None, heads: nn.Module | None = None) -> None:
        super().__init__()
        self.model = model
        self.heads = heads
        self._eyes = [eyes]  # in a list: it holds the model, which must not be registered twice

    def forward(self, batch: Batch) -> Told:
        """See `Told`."""
        more: dict[str, Any] = {}
        if self._eyes[0] is None:
            positions = batch.positions[0]
        else:
            positions = batch.positions
            if batch.pictures or batch.features:
                more["mm_encoder_outputs"] = {"image": self._seen(batch)}
        core = self.model.get_base_model() if hasattr(self.model, "peft_config") else self.model
        hidden = core.model(
            input_ids=batch.ids, attention_mask=batch.mask, position_ids=positions, use_cache=False, **more
        )[0]
        # The head is applied to the learned tokens alone: a vocabulary is large, a prompt is long.
        states = hidden[batch.rows, batch.origin]
        logits = core.get_output_embeddings()(states).float()
        logps = -nn.functional.cross_entropy(logits, batch.targets, reduction="none")
        return Told(logps, hidden)

    def _seen(self, batch: Batch) -> Any:
        if batch.features is not None:
            return self._eyes[0].restored(batch.features)
        return self._eyes[0].features_of(batch.pictures)
