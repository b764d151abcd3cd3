"""Where a model in this process runs, and in which precision."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Placement:
    """Where a model runs and in which precision, with the reasons.

    Attributes:
        device: torch device name.
        dtype: "bfloat16", "float16" or "float32".
        free_bytes: memory that is free there.
        reason: one line for a person.
    """

    device: str
    dtype: str
    free_bytes: int
    reason: str


def choose_placement(device: str | None = None, dtype: str | None = None) -> Placement:
    """The best device that is there, and the precision that suits it."""
    import torch

    if device is None:
        mps = torch.backends.mps.is_available()
        device = "cuda" if torch.cuda.is_available() else "mps" if mps else "cpu"
    if device.startswith("cuda"):
        # "cuda" spreads the weights over all GPUs, "cuda:1" puts them on one.
        one = torch.device(device).index
        indices = range(torch.cuda.device_count()) if one is None else [one]
        free = sum(torch.cuda.mem_get_info(index)[0] for index in indices)
        native = torch.cuda.is_bf16_supported()
        why = "the GPU computes bf16" if native else "this GPU has no bf16"
        chosen = dtype or ("bfloat16" if native else "float16")
    else:
        free = main_memory()[1]
        chosen = dtype or ("float16" if device == "mps" else "bfloat16" if _cpu_has_bf16() else "float32")
        why = "no GPU was found" if device == "cpu" else "Apple GPU"
    return Placement(device, chosen, free, f"{device}, {chosen}: {why}; {free / 1e9:.1f} GB are free")


def main_memory() -> tuple[int, int]:
    """Bytes of main memory: in all, and free for a new program."""
    import psutil

    memory = psutil.virtual_memory()
    return int(memory.total), int(memory.available)


def _cpu_has_bf16() -> bool:
    try:
        flags = Path("/proc/cpuinfo").read_text("ascii", "replace")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
