"""What was measured about one model at one place, and remembered: `agent doctor --model NAME --save` writes it.

A profile is one JSON file in `folder()`. It overrides what the family's row assumes: where the answers'
coordinates live, and through which parameter a server takes a JSON Schema.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from action_space.geometry import Size
from model.family import Family, Resize, ToMultiple

PROFILE_VERSION = 1


@dataclass(frozen=True)
class Profile:
    """One model at one place.

    Attributes:
        model, base_url: whose profile it is; base_url "" for weights in this process.
        space: width and height of the range in which the answers live; None: pixels of the picture sent, times
            `scale`; False: not known.
        scale: pixels of the answers per pixel sent.
        max_pixels: area up to which the server leaves a picture as it is; None: not known.
        schema_parameter: how the server takes a JSON Schema (`SCHEMA_PARAMETERS`); "": not known.
        measured: time of the measurement, ISO 8601.
        details: the whole finding, for a person.
    """

    model: str
    base_url: str = ""
    space: tuple[float, float] | bool | None = False
    scale: float = 1.0
    max_pixels: int | None = None
    schema_parameter: str = ""
    measured: str = ""
    details: dict[str, Any] | None = None

    def apply(self, family: Family) -> Family:
        """The family's row with what was measured in place of what it assumes."""
        if isinstance(self.space, bool):
            return family
        row = replace(family, space=Size(*self.space) if self.space else None, scale=self.scale)
        return replace(row, resize=_within(row.resize, self.max_pixels)) if self.max_pixels else row

    def save(self) -> Path:
        """Writes the profile, and returns where.

        Raises:
            OSError: it cannot be written.
        """
        path = path_of(self.model, self.base_url)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        text = json.dumps({"profile_version": PROFILE_VERSION, **asdict(self)}, ensure_ascii=False, indent=1)
        part.write_text(text + "\n", "utf-8")
        part.replace(path)
        return path


def _within(resize: Resize | None, max_pixels: int) -> Resize:
    """The family's rule, and where it gives more than `max_pixels`, that of Qwen's encoders below them."""
    side = resize.factor if isinstance(resize, ToMultiple) else 28
    below = ToMultiple(side, 4 * side * side, max_pixels)

    def bounded(width: int, height: int) -> tuple[int, int]:
        size = resize(width, height) if resize else (width, height)
        return size if size[0] * size[1] <= max_pixels else below(width, height)

    return bounded


def folder() -> Path:
    """AGENT_PROFILE_DIR, or the place where this system keeps a program's settings."""
    if chosen := os.environ.get("AGENT_PROFILE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData/Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "gui-agent-toolkit" / "profiles"


def path_of(model: str, base_url: str | None = None) -> Path:
    """Where the profile of that model at that place lies."""
    key = f"{(base_url or '').rstrip('/')} {model}"
    slug = re.sub(r"[^\w.-]+", "-", model).strip("-.")[-60:] or "model"
    return folder() / f"{slug}-{hashlib.sha256(key.encode()).hexdigest()[:10]}.json"


def find(model: str, base_url: str | None = None) -> Profile | None:
    """The profile of that model at that place; None where there is none, or one of another version."""
    try:
        data = json.loads(path_of(model, base_url).read_text("utf-8"))
        if data.pop("profile_version") != PROFILE_VERSION:
            return None
        space = data.pop("space")
        return Profile(**data, space=tuple(space) if isinstance(space, list) else space)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
