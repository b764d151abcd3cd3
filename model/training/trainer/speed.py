"""How fast it goes: tokens a second, and which share of the machine's arithmetic that uses."""

from __future__ import annotations

import time
from typing import Any

import torch

from model.training.trainer.batch import Batch

# Dense bf16 products a second, 10¹², from the makers' data sheets.
PEAKS = {"H200": 989, "H100": 989, "A100": 312, "L40S": 362, "L4": 121, "4090": 165, "3090": 71, "MI300X": 1307}


def peak(device: torch.device) -> float:
    """Floating-point operations a second that the device can do: by its maker, or by a product that is timed."""
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        for part, value in PEAKS.items():
            if part in name:
                return value * 1e12
    size = 1024 if device.type == "cpu" else 4096
    one = torch.ones(size, size, device=device)  # nothing is drawn: random numbers belong to the run
    torch.mm(one, one)
    begun = time.perf_counter()
    for _ in range(4):
        last = torch.mm(one, one)
    float(last[0, 0])  # waits for the device
    return 4 * 2 * size**3 / (time.perf_counter() - begun)


class Meter:
    """Counts what steps see, and how long they take.

    A pass costs 2 operations a parameter and token, its way back 2 for the states and 2 more for parameters that
    are trained (Kaplan et al. 2020, appendix B), attention's products left out. Patches pass the vision encoder,
    tokens the rest; features that are kept cost nothing.
    """

    def __init__(self, learner: Any, device: torch.device) -> None:
        self._peak = peak(device)
        self._device = device
        self._text = self._vision = 0.0
        for name, weight in learner.named_parameters():
            if "embed_tokens" in name and weight.ndim == 2:
                continue
            cost = weight.numel() * (6 if weight.requires_grad else 4)
            if ".visual." in name or ".vision_tower." in name:
                # Nothing goes back through an encoder of which nothing is trained.
                self._vision += cost if weight.requires_grad else weight.numel() * 2
            else:
                self._text += cost
        self._merge = 4.0  # patches of one picture token

    def begin(self) -> None:
        """A step begins."""
        self._begun, self._tokens, self._work, self._pictures, self._padded = time.perf_counter(), 0, 0.0, 0, 0

    def saw(self, batch: Batch) -> None:
        """A batch of this step."""
        self._tokens += batch.tokens
        self._padded += batch.ids.numel()
        self._pictures += sum(len(sample.pictures) for sample in batch.samples)
        self._work += self._text * batch.tokens
        if batch.features is None:
            patches = sum(seen.tokens for sample in batch.samples for seen in sample.pictures) * self._merge
            self._work += self._vision * patches

    def end(self) -> dict[str, float]:
        """Figures of the step; on a GPU, the most memory that tensors have held so far as well."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        took = max(time.perf_counter() - self._begun, 1e-9)
        memory = {}
        if self._device.type == "cuda":
            memory = {"memory_gib": torch.cuda.max_memory_allocated(self._device) / 2**30}
        return {
            "tokens_s": self._tokens / took,
            "pictures_s": self._pictures / took,
            "mfu": self._work / took / self._peak,
            "padding": 1 - self._tokens / max(1, self._padded),
            **memory,
        }
