"""What a file of weights holds, told by its header alone."""

from __future__ import annotations

import math
from pathlib import Path

_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
"""Bytes of a number, by its name in safetensors files; 1 where it does not stand here."""


def count_weights(shard: Path) -> tuple[int, int]:
    """Numbers in one safetensors file, and their bytes.

    Raises:
        ValueError: it is cut, or no such file.
        ImportError: safetensors is not installed.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(shard, framework="np") as file:
            slices = [file.get_slice(name) for name in file.keys()]  # noqa: SIM118  # it is no dictionary
            sizes = [(math.prod(part.get_shape()), _BYTES.get(part.get_dtype(), 1)) for part in slices]
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{shard}: is cut or no safetensors file ({error})") from error
    return sum(count for count, _ in sizes), sum(count * each for count, each in sizes)
