"""Rewards by their names, as options and curriculum files write them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from model.base import BadModelOption
from model.training.rewards import actions, graded, places, plain
from model.training.rewards.base import Reward
from model.training.rewards.guards import BOUNDS, Bounds
from model.training.rewards.mix import Mix, Part
from model.training.rewards.remote import Remote

NAMES: dict[str, Reward] = {
    "point_in_box": places.point_in_box,
    "distance": places.distance,
    "iou": places.iou,
    "giou": places.giou,
    "graded": graded.strict,
    "graded_soft": graded.soft,
    "exact": actions.exact,
    "partial": actions.partial,
    "success": plain.success,
    "same_text": plain.same_text,
    "format": plain.valid_format,
}
"""What a reward may be called; an address of a reward model stands for itself."""


def parse_rewards(said: str | Mapping[str, float], bounds: Bounds = BOUNDS, *, timeout_s: float = 30.0) -> Mix:
    """From "point_in_box:1,distance:0.5,http://127.0.0.1:9000/score:1", or the same as a table.

    A reward without a weight counts 1, `format` without one counts 0.

    Args:
        timeout_s: seconds that a reward model behind HTTP may take for a batch, all tries together.

    Raises:
        ValueError: there is no such reward, or a weight is no number of 0 or more.
    """
    table = dict(said) if isinstance(said, Mapping) else dict(_entries(said))
    parts = []
    for name, weight in table.items():
        if (
            isinstance(weight, bool)
            or not isinstance(weight, int | float)
            or not math.isfinite(weight)
            or weight < 0
        ):
            raise ValueError(f"reward {name}: weight {weight!r}; accepted: a number of 0 or more")
        if name.startswith(("http://", "https://")):
            try:
                parts.append(Part(name, weight, Remote(name, timeout_s=timeout_s)))
            except BadModelOption as error:
                raise ValueError(f"reward {name}: {error}") from error
        elif name in NAMES:
            parts.append(Part(name, weight, NAMES[name], form=name == "format"))
        else:
            raise ValueError(f"reward {name!r}: accepted: {', '.join(NAMES)}, or the address of a reward model")
    return Mix(parts, bounds)


def _entries(said: str) -> list[tuple[str, float]]:
    found = []
    for entry in said.split(","):
        name, colon, weight = entry.strip().rpartition(":")
        # The last colon of an address without a weight is its own.
        if not colon or "/" in weight or (name in ("http", "https")):
            name, weight = entry.strip(), "0" if entry.strip() == "format" else "1"
        try:
            found.append((name, float(weight)))
        except ValueError:
            raise ValueError(f"reward {entry.strip()}: weight {weight!r}; accepted: NAME or NAME:WEIGHT") from None
    return found
