"""What has to stand beside a figure so that it can be had again: `card.json`.

Users of other trainers could not reproduce published figures because box format, average, number of items, largest
picture or prompt were not said (docs/reinforcement.md); so they are.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from PIL import Image

from action_space.formats.grounding import PLACES
from action_space.geometry import Frame, Size
from model.family import Family
from model.grounding import question
from model.prompt import PromptContext, build
from model.training.pools.difficulty import PASSED
from model.training.rewards import Mix
from model.training.rl.options import Options
from model.training.rollout.prompts import Items
from model.training.trainer.state import read_log


def write_card(
    folder: Path, options: Options, items: Items, mixes: Mapping[str, Mix], identity: dict[str, Any]
) -> Path:
    """Writes the card of a run, with the newest evaluation in it."""
    log = folder / "steps.jsonl"
    lines = read_log(log) if log.is_file() else []
    evaluated = [line for line in lines if "eval_pass1" in line]
    family = items.family
    card = {
        "figures": {name: value for name, value in evaluated[-1].items() if name.startswith(("eval_", "step"))}
        if evaluated
        else {},
        "average": "over items (micro); figures of a task over its items",
        "items": int(evaluated[-1]["eval_items"]) if evaluated else 0,
        "passed": f"reward of {PASSED} or more",
        "family": family.name,
        "answer": PLACES[family.place] if family.place else family.format_name,
        "box": "left, top, right, bottom in pixels of the original picture; right and bottom outside",
        "max_pixels": _max_pixels(family),
        "prompt_sha256": prompt_hash(family),
        "sampling": {"temperature": options.temperature, "top_p": options.top_p, "most_tokens": options.most},
        "rewards": {
            task: {part.name: part.weight for part in mix.parts} | {"guards": vars(mix.bounds)}
            for task, mix in mixes.items()
        },
        "seed": options.seed,
        "seeds": 1,
        "settings": identity,
        "versions": {name: _version(name) for name in ("gui-agent-toolkit", "torch", "transformers")}
        | {"python": platform.python_version(), "machine": platform.machine()},
    }
    place = folder / "card.json"
    part = place.with_suffix(".part")
    part.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    part.replace(place)
    return place


def prompt_hash(family: Family) -> str:
    """Of the texts of the family's question about "TARGET" on a blank screen of 1280 × 800."""
    image = Image.new("RGB", (1280, 800), "white")
    frame = Frame(Size(1280, 800))
    requests = [question(family, image, frame, "TARGET")[0]]
    if not family.grounds_only:
        requests.append(build(family, PromptContext("TASK", image, frame))[0])
    digest = hashlib.sha256()
    for request in requests:
        for message in request.messages:
            digest.update(f"{message.role}\0{message.text}\0".encode())
    return digest.hexdigest()[:16]


def _max_pixels(family: Family) -> int | None:
    """Pixels of the largest picture that the family's rule gives; None: pictures are not resized."""
    if family.resize is None:
        return None
    width, height = family.resize(20_000, 20_000)
    return width * height


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
