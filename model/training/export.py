"""Checkpoints on disk: adapters merged, folders in the hub's layout that stock transformers open."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from model.base import UnknownModel
from model.local.vision import VISION_ADAPTERS
from model.training.trainer.state import TrainingFault

_NOT_COPIED = ("model", "pytorch_model", "adapter_", "config.json", "generation_config.json", ".")
_ADAPTER = ("adapter_config.json", "adapter_model.safetensors")


def save_checkpoint(model: Any, place: Path, *, base: Path, shard: str = "5GB") -> None:
    """Write a model as a folder in the hub's layout: its weights, and tokenizer and processor as `base` has them.

    Raises:
        TrainingFault: it cannot be written; what was at `place` is as it was.
    """

    def write(part: Path) -> None:
        _never_say_pictures(model)
        model.save_pretrained(part, max_shard_size=shard)
        for path in base.iterdir():
            if path.is_file() and not path.name.startswith(_NOT_COPIED):
                shutil.copy2(path, part / path.name)

    _whole(place, write)


def save_adapter(model: Any, place: Path, *, base: Path) -> None:
    """Write the adapter of a PEFT model. Raises as `save_checkpoint`."""

    def write(part: Path) -> None:
        for config in model.peft_config.values():
            config.base_model_name_or_path = str(base)
        model.save_pretrained(part)

    _whole(place, write)


def merge(base: Path, adapter: Path, place: Path, *, dtype: str = "", shard: str = "5GB") -> int:
    """Put an adapter into the weights of its base; returns how many layers it changed.

    Args:
        dtype: of the weights that are written; "": as the base has them. The product is computed in 32 bit.

    Raises:
        UnknownModel: the base is not a checkpoint.
        TrainingFault: the adapter is not of this base, in whole or in part, or the folder cannot be written.
    """
    import torch
    from peft import PeftModel

    missing = [name for name in _ADAPTER if not (adapter / name).is_file()]
    if missing:
        raise TrainingFault(f"{adapter}: is no adapter: it has no {', '.join(missing)}")
    model, stored = _loaded(base)
    try:
        adapted: Any = PeftModel.from_pretrained(model, adapter)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise TrainingFault(f"{adapter}: is no adapter of {base} ({_line(error)})") from error
    changed = _all_used(adapted, adapter)
    merged = adapted.merge_and_unload(safe_merge=True)
    merged = merged.to(getattr(torch, dtype) if dtype else stored)
    save_checkpoint(merged, place, base=base, shard=shard)
    return changed


def export(run: Path, place: Path, *, base: Path | None = None, dtype: str = "", shard: str = "5GB") -> None:
    """The model of a run, merged if it is an adapter, as a folder in the hub's layout.

    Args:
        run: folder of `agent train sft`, its `model` or `adapter`, or any adapter.
        base: the checkpoint under an adapter; None: the one that it was trained on.

    Raises:
        UnknownModel, TrainingFault: see `merge`.
    """
    import torch

    found = next((run / name for name in ("adapter", "model") if (run / name).is_dir()), run)
    if (found / _ADAPTER[0]).is_file():
        under = base or Path(json.loads((found / _ADAPTER[0]).read_text("utf-8"))["base_model_name_or_path"])
        merge(under, found, place, dtype=dtype, shard=shard)
        return
    if not (found / "config.json").is_file():
        raise TrainingFault(f"{run}: holds neither a finished model nor an adapter; is the run at its end?")
    model, stored = _loaded(found)
    save_checkpoint(model.to(getattr(torch, dtype) if dtype else stored), place, base=found, shard=shard)


def _loaded(folder: Path) -> tuple[Any, Any]:
    """The model in 32 bit, and the type in which it is stored."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

    try:
        config: Any = AutoConfig.from_pretrained(folder)
        architecture = (config.architectures or [""])[0]
        loader: Any = AutoModelForImageTextToText if architecture in VISION_ADAPTERS else AutoModelForCausalLM
        model = loader.from_pretrained(folder, dtype=torch.float32)
    except (OSError, ValueError, RuntimeError) as error:
        raise UnknownModel(f"{folder}: cannot be loaded ({_line(error)})") from error
    stored = config.dtype or torch.float32
    return model, stored


def _all_used(adapted: Any, adapter: Path) -> int:
    """How many layers the adapter changes.

    Raises:
        TrainingFault: some of its weights found no place in the model, which would be dropped silently.
    """
    from safetensors import safe_open

    with safe_open(adapter / _ADAPTER[1], framework="pt") as file:
        held = {_bare(name) for name in file.keys()}  # noqa: SIM118  # no dictionary
    here = {_bare(name) for name, _ in adapted.named_parameters() if "lora_" in name or "modules_to_save" in name}
    if lost := sorted(held - here):
        raise TrainingFault(
            f"{adapter}: {len(lost)} of its {len(held)} weights have no place in this model, such as {lost[0]}"
        )
    return sum(name.endswith("lora_A.weight") for name in held)


def _bare(name: str) -> str:
    return name.replace(".default", "")


def _never_say_pictures(model: Any) -> None:
    """Tokens that stand for pictures are not drawn by whoever generates with the folder's own settings."""
    ids = [getattr(model.config, f"{name}_token_id", None) for name in ("image", "video")]
    never = sorted({token for token in ids if isinstance(token, int)})
    if never and getattr(model, "generation_config", None) is not None:
        model.generation_config.suppress_tokens = never


def _whole(place: Path, write: Callable[[Path], None]) -> None:
    """Written beside and renamed: nobody sees half a folder, and a full disk leaves the old one."""
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        write(part)
        old = place.with_name(f".{place.name}.{os.getpid()}.old")
        if place.exists():
            place.rename(old)
        part.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    except (OSError, RuntimeError) as error:
        raise TrainingFault(
            f"{place}: cannot be written ({_line(error)}); nothing was changed", usage=False
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
