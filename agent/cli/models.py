"""`agent models`: families, what is on disk, and what would fit this machine. Loads no weights and no torch."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.cli.console import print_json, say
from model.families import FAMILIES, family_of
from model.local.device import main_memory
from model.local.hub import SHORT_NAMES
from model.local.weights import count_weights

_BYTES = {"bf16": 2.0, "8bit": 1.0, "4bit": 0.55}  # per parameter; 4 bit keeps some layers whole
_ROOM = 1.15  # pictures, keys and values beside the weights


@dataclass(frozen=True)
class Memory:
    """Bytes that are there in all, and free, on the best device."""

    device: str
    total: int
    free: int


def listing(folders: list[Path]) -> dict[str, Any]:
    """Families, checkpoints and memory, as JSON values."""
    memory = find_memory()
    held = {**_cached(), **{str(folder): _folder(folder) for folder in folders}}
    known = {hub_id: billions for row in FAMILIES.values() for hub_id, billions in row.checkpoints}
    short = {hub_id: name for name, hub_id in SHORT_NAMES.items()}
    families = [
        {
            "family": row.name,
            "format": row.format_name,
            "grounds_only": row.grounds_only,
            "checkpoints": [hub_id for hub_id, _ in row.checkpoints],
        }
        for row in FAMILIES.values()
    ]
    models = []
    for name in sorted({*known, *held}):
        here = held.get(name, {})
        parameters = here.get("parameters") or round(known.get(name, 0) * 1e9) or None
        models.append(
            {
                "name": name,
                "short": short.get(name),
                "family": family_of(name),
                "on_disk": name in held,
                "bytes": here.get("bytes"),
                "parameters": parameters,
                "fits": fitting(parameters, memory.total) if parameters else None,
                "problem": here.get("problem", ""),
            }
        )
    device = {"device": memory.device, "total_bytes": memory.total, "free_bytes": memory.free}
    return {"memory": device, "families": families, "models": models}


def fitting(parameters: int, available: int) -> dict[str, bool]:
    """For each precision, whether weights of that many parameters and the room beside them fit."""
    return {name: parameters * each * _ROOM <= available for name, each in _BYTES.items()}


def find_memory() -> Memory:
    """The memory of the GPU with most of it, else the machine's own."""
    try:
        said = subprocess.run(
            ["nvidia-smi", "--query-gpu=memory.total,memory.free", "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=20, check=True,
        ).stdout  # fmt: skip
        rows = [[int(part) for part in line.split(",")] for line in said.splitlines() if line.strip()]
        if rows:
            total, free = max(rows)
            return Memory("GPU", total << 20, free << 20)
    except (OSError, ValueError, subprocess.SubprocessError):
        pass  # no NVIDIA GPU
    total, free = main_memory()
    return Memory("main memory", total, free)


def _cached() -> dict[str, dict[str, Any]]:
    """Hub id → what lies in the cache of the Hugging Face hub, for models of known families."""
    try:
        from huggingface_hub import scan_cache_dir
        from huggingface_hub.errors import CacheNotFound
    except ImportError:
        return {}
    try:
        repositories = scan_cache_dir().repos
    except CacheNotFound:
        return {}
    found = {}
    for repository in repositories:
        known = any(repository.repo_id == hub_id for row in FAMILIES.values() for hub_id, _ in row.checkpoints)
        if repository.repo_type != "model" or not (known or family_of(repository.repo_id) != "generic"):
            continue
        newest = max(repository.revisions, key=lambda revision: revision.last_modified, default=None)
        if newest is not None:
            found[repository.repo_id] = _folder(newest.snapshot_path)
    return found


def _folder(folder: Path) -> dict[str, Any]:
    """Size and parameters of a checkpoint's folder, from the headers of its weights."""
    if not (folder / "config.json").is_file():
        return {"bytes": None, "parameters": None, "problem": "no checkpoint: it has no config.json"}
    weights = sorted(folder.glob("*.safetensors"))
    try:
        size = sum(path.stat().st_size for path in weights)
        parameters = sum(count_weights(path)[0] for path in weights)
    except ImportError:  # without the extra "local" nobody can count them
        parameters = 0
    except (OSError, ValueError) as error:
        return {"bytes": None, "parameters": None, "problem": f"its weights cannot be read: {error}"}
    problem = "" if weights else "it has no weights (*.safetensors)"
    if (index := folder / "model.safetensors.index.json").is_file():
        try:
            needed = set(json.loads(index.read_text("utf-8"))["weight_map"].values())
        except (OSError, ValueError, KeyError, AttributeError):
            needed = set()
        if missing := sorted(needed - {path.name for path in weights}):
            problem = f"{len(missing)} of {len(needed)} weight files are missing, {missing[0]} first"
    return {"bytes": size, "parameters": parameters or None, "problem": problem}


def show(found: dict[str, Any], as_json: bool) -> None:
    """Prints a listing."""
    if as_json:
        print_json(found)
        return
    memory = found["memory"]
    total, free = memory["total_bytes"] / 1e9, memory["free_bytes"] / 1e9
    say(f"{memory['device']}: {total:.1f} GB, {free:.1f} GB free\n")
    width = max(len(model["name"]) for model in found["models"])
    say(f"{'model':{width}}  {'short name':15}  {'family':12}  10⁹ par.  on disk   fits in")
    for model in found["models"]:
        size = f"{model['bytes'] / 1e9:.1f} GB" if model["bytes"] else "yes" if model["on_disk"] else "–"
        parameters = f"{model['parameters'] / 1e9:8.1f}" if model["parameters"] else "       ?"
        fits = model["fits"]
        best = next((name for name, ok in fits.items() if ok), "nothing") if fits else "?"
        end = f"  {model['problem']}" if model["problem"] else ""
        say(
            f"{model['name']:{width}}  {model['short'] or '':15}  {model['family']:12}  {parameters}  "
            f"{size:8}  {best}{end}"
        )
    ground = ", ".join(row["family"] for row in found["families"] if row["grounds_only"])
    say(f"\nOnly for agent ground: {ground}. Without weights: agent run --model embedded.")
