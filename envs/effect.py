"""What an action changed, found by comparing two observations, without a model.

The rule for pixels: every pixel that differs in any colour channel by more than `TOLERANCE` counts, so that one
typed letter is a change. Only a blinking caret is none: when all that differs lies in one upright bar at most
`CARET_WIDTH` device points wide and `CARET_HEIGHT` high, at least `CARET_RATIO` times higher than wide, and each
of the two pictures shows it in one flat colour, nothing changed. (An antialiased letter is not flat.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from action_space.geometry import Box
from envs.base import Effect, Observation

TOLERANCE = 2
CARET_WIDTH, CARET_HEIGHT, CARET_RATIO = 2, 60, 6


def compare(before: Observation, after: Observation) -> Effect:
    """What changed from `before` to `after`."""
    changed, region = changed_pixels(before.screenshot, after.screenshot, after.frame.pixel_ratio[0])
    dialog_before, dialog_after = before.dialog, after.dialog
    dialog: Any = None
    # The default of a prompt follows what is typed, so it does not tell one dialog from another.
    if dialog_after is not None and (
        dialog_before is None
        or (dialog_after.kind, dialog_after.message) != (dialog_before.kind, dialog_before.message)
    ):
        dialog = "opened"
    elif dialog_before is not None and dialog_after is None:
        dialog = "closed"
    known = set(before.downloads)
    return Effect(
        changed=changed,
        region=region,
        url=after.url if after.url != before.url else None,
        title=after.title if after.title != before.title else None,
        tabs=len(after.tabs) - len(before.tabs),
        active_tab=_other_tab(before, after),
        dialog=dialog,
        downloads=tuple(path for path in after.downloads if path not in known),
        file_chooser=after.file_chooser and not before.file_chooser,
    )


def _other_tab(before: Observation, after: Observation) -> bool:
    def active(observation: Observation) -> int:
        return next((index for index, tab in enumerate(observation.tabs) if tab.active), -1)

    return bool(before.tabs and after.tabs) and active(before) != active(after)


def changed_pixels(
    before: Image.Image, after: Image.Image, pixel_ratio: float = 1.0, tolerance: int = TOLERANCE
) -> tuple[float, Box | None]:
    """Share of pixels that changed, 0–1, and the box around them; (0.0, None) where only a caret blinked.

    Pictures of different size have changed wholly.
    """
    if before is after:
        return 0.0, None
    if before.size != after.size:
        return 1.0, Box(0, 0, *after.size)
    first, second = np.asarray(before.convert("RGB")), np.asarray(after.convert("RGB"))
    rows = np.flatnonzero(_differing_rows(first, second))
    if not len(rows):
        return 0.0, None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    first, second = first[top:bottom], second[top:bottom]
    # Unsigned arithmetic without a wider type: max - min is the absolute difference.
    mask = (np.maximum(first, second) - np.minimum(first, second) > tolerance).any(axis=2)
    columns = np.flatnonzero(mask.any(axis=0))
    if not len(columns):
        return 0.0, None
    inner = np.flatnonzero(mask.any(axis=1))
    left, right = int(columns[0]), int(columns[-1]) + 1
    low, high = int(inner[0]), int(inner[-1]) + 1
    part = slice(low, high), slice(left, right)
    if is_caret(first[part], second[part], pixel_ratio):
        return 0.0, None
    return float(np.count_nonzero(mask)) / (after.width * after.height), Box(left, top + low, right, top + high)


def _differing_rows(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rows that differ at all; compares eight bytes at a time where the row length allows it."""
    first, second = (np.ascontiguousarray(side).reshape(side.shape[0], -1) for side in (first, second))
    if first.shape[1] % 8 == 0:
        first, second = first.view(np.uint64), second.view(np.uint64)
    return (first != second).any(axis=1)


def is_caret(first: np.ndarray, second: np.ndarray, pixel_ratio: float = 1.0) -> bool:
    """Whether two pictures of a small region differ as a caret that is there and one that is not."""
    height, width = first.shape[:2]
    if width > CARET_WIDTH * pixel_ratio or height > CARET_HEIGHT * pixel_ratio or height < CARET_RATIO * width:
        return False
    return all((side == side[0, 0]).all() for side in (first, second))


def describe(effect: Effect) -> str:
    """The effect in one line for a person or a model, such as "12 % of the screen changed; a new tab opened"."""
    parts = []
    if effect.url is not None:
        parts.append(f"the address is now {effect.url[:200]}")
    if effect.title is not None and effect.url is None:
        parts.append(f"the title is now {effect.title[:100]!r}")
    if effect.changed > 0:
        percent = effect.changed * 100
        share = "less than 1" if percent < 1 else f"{percent:.0f}"
        parts.insert(0, f"{share} % of the screen changed")
    if effect.tabs:
        count, verb = abs(effect.tabs), "opened" if effect.tabs > 0 else "closed"
        what = ("a new tab" if effect.tabs > 0 else "a tab") if count == 1 else f"{count} tabs"
        parts.append(f"{what} {verb}")
    if effect.active_tab:
        parts.append("another tab is in front")
    if effect.dialog:
        parts.append(f"a dialog {effect.dialog}")
    if effect.downloads:
        names = ", ".join(path.replace("\\", "/").rpartition("/")[2] for path in effect.downloads)
        parts.append(f"downloaded {names}")
    if effect.file_chooser:
        parts.append("a file chooser opened")
    return "; ".join(parts) or "nothing changed"
