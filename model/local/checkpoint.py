"""A checkpoint on disk: is it one, is it whole, does it fit? All said before a byte of weights is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.base import ModelUnavailable, UnknownModel
from model.local.vision import VISION_ADAPTERS
from model.local.weights import count_weights

CLASSES = tuple(VISION_ADAPTERS)
"""Architectures that `model.local` runs."""

_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "vocab.txt")
"""Files of which a tokenizer has at least one; a library makes an empty one up where there is none."""


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds.

    Attributes:
        folder: where it is.
        architecture: class name in its config.
        config: its config.json.
        parameters: number of weights.
        stored_bytes: their size as stored.
    """

    folder: Path
    architecture: str
    config: dict[str, Any]
    parameters: int
    stored_bytes: int


def inspect(folder: Path) -> Checkpoint:
    """Read a checkpoint's headers.

    Raises:
        UnknownModel: the folder is not a checkpoint, or of a class that is not supported.
        ModelUnavailable: a file of it is missing or cut.
    """
    config_file = folder / "config.json"
    if not config_file.is_file():
        raise UnknownModel(f"{folder}: is not a checkpoint: it has no config.json")
    try:
        config = json.loads(config_file.read_text("utf-8"))
        names = config.get("architectures") or ["none"]
    except (ValueError, AttributeError) as error:
        raise UnknownModel(f"{config_file}: is not a JSON object ({error})") from error
    if names[0] not in CLASSES:
        raise UnknownModel(f"{folder}: its class {names[0]} is not supported; supported: {', '.join(CLASSES)}")
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise ModelUnavailable(
            f"{folder}: has no tokenizer ({', '.join(_TOKENIZERS)})",
            hint="Copy the tokenizer's files from the model that it was made of.",
        )
    parameters = stored = 0
    for shard in _shards(folder):
        try:
            count, size = count_weights(shard)
        except ImportError as error:
            raise ModelUnavailable(
                f"{folder}: needs {error.name}", hint='pip install "gui-agent-toolkit[local]"'
            ) from error
        except ValueError as error:
            raise ModelUnavailable(str(error), hint="Download the checkpoint again, or copy the file.") from error
        parameters += count
        stored += size
    return Checkpoint(folder, names[0], config, parameters, stored)


def _shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        try:
            names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
        except (ValueError, KeyError, AttributeError) as error:
            raise ModelUnavailable(f"{index}: is no index of weights ({error})") from error
        missing = [name for name in names if not (folder / name).is_file()]
        if missing:
            raise ModelUnavailable(
                f"{folder}: {len(missing)} of {len(names)} weight files are missing: {', '.join(missing[:5])}",
                hint="Download the checkpoint again, or copy the missing files.",
            )
        return [folder / name for name in names]
    whole = folder / "model.safetensors"
    if not whole.is_file():
        raise ModelUnavailable(f"{folder}: has no weights (model.safetensors or its index)")
    return [whole]


def check_memory(checkpoint: Checkpoint, bytes_each: float, available: int, where: str) -> None:
    """Say before loading that the weights will not fit.

    Args:
        bytes_each: bytes per weight in memory (2 for bf16, 1 for 8 bit, 0.5 for 4 bit).
        available: bytes free at `where`.

    Raises:
        ModelUnavailable: they need more than there is; the hint tells what would fit.
    """
    # A fifth on top: activations and the key/value cache of a few screenshots.
    needed = int(checkpoint.parameters * bytes_each * 1.2)
    if needed <= available:
        return
    fits = [
        name for name, size in (("8bit", 1.0), ("4bit", 0.5)) if checkpoint.parameters * size * 1.2 <= available
    ]
    hint = f"--quantize {fits[0]} would fit." if fits else "A smaller model, or one behind --base-url, would fit."
    raise ModelUnavailable(
        f"{checkpoint.folder}: needs {needed / 1e9:.1f} GB of {where} memory, {available / 1e9:.1f} GB are free",
        hint=hint,
    )
