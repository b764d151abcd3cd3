"""What an action changed, found by comparing two observations, without a model.

The rule for pixels: every pixel that differs in any colour channel by more than `TOLERANCE` counts, so that one
typed letter is a change. Only a blinking caret is none: when all that differs lies in one upright bar at most
`CARET_WIDTH` device points wide and `CARET_HEIGHT` high, at least `CARET_RATIO` times higher than wide, and each
of the two pictures shows it in one flat colour, nothing changed. (An antialiased letter is not flat.)
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from PIL import Image, ImageChops

from action_space.geometry import Box
from envs.base import Observation, StateDiff

TOLERANCE = 2
CARET_WIDTH, CARET_HEIGHT, CARET_RATIO = 2, 60, 6


def compare(before: Observation, after: Observation) -> StateDiff:
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
    return StateDiff(
        changed=changed,
        region=region,
        url=after.url if after.url != before.url else None,
        title=after.title if after.title != before.title else None,
        tabs=len(after.tabs) - len(before.tabs),
        active_tab=_other_tab(before, after),
        dialog=dialog,
        downloads=tuple(path for path in after.downloads if path not in known),
        failed_downloads=after.failed_downloads[len(before.failed_downloads) :],
        downloading=after.downloading > before.downloading,
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
    first, second = before.convert("RGB"), after.convert("RGB")
    region = ImageChops.difference(first, second).getbbox()
    if region is None:
        return 0.0, None
    first, second = first.crop(region), second.crop(region)
    red, green, blue = ImageChops.difference(first, second).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = most.point([0 if value <= tolerance else 255 for value in range(256)])
    inner = mask.getbbox()
    if inner is None or is_caret(first.crop(inner), second.crop(inner), pixel_ratio):
        return 0.0, None
    left, top = region[:2]
    box = Box(left + inner[0], top + inner[1], left + inner[2], top + inner[3])
    return mask.histogram()[255] / (after.width * after.height), box


def is_caret(first: Image.Image, second: Image.Image, pixel_ratio: float = 1.0) -> bool:
    """Whether two RGB pictures of a small region differ as a caret that is there and one that is not."""
    width, height = first.size
    if width > CARET_WIDTH * pixel_ratio or height > CARET_HEIGHT * pixel_ratio or height < CARET_RATIO * width:
        return False
    return all(side.getcolors(1) is not None for side in (first, second))


def _phrase(status: int) -> str:
    try:
        return f" ({HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def describe(effect: StateDiff) -> str:
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
    parts += [f"the download of {lost.name} failed: {lost.message}" for lost in effect.failed_downloads]
    if effect.downloading:
        parts.append("a download is under way")
    if effect.file_chooser:
        parts.append("a file chooser opened")
    if effect.status:
        parts.append(f"the server answered with status {effect.status}{_phrase(effect.status)}")
    if effect.typed == "differs":
        now = "" if effect.field_value is None else f": {effect.field_value[:200]!r}"
        parts.append(f"the field does not hold the text that was typed{now}")
    elif effect.typed == "unknown" and parts:
        parts.append("whether the text arrived cannot be read from the page")
    return "; ".join(parts) or "nothing changed"
