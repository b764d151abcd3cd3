"""What is looked for, and what was found. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from PIL import Image

from action_space.geometry import Box

Kind = Literal[
    "button", "link", "field", "select", "checkbox", "radio", "switch", "tab", "slider", "icon", "image", "text"
]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Match:
    """Something on the screen, at the moment when it was seen.

    Attributes:
        text: what it is called there, "" if it has no words.
        kind: what it looks like, such as "button"; "image": what equals a picture; "place": a model's answer.
        box: its extent, pixels of the screenshot.
        score: 0–1, how well it is what was looked for.
        why: in what respect.
        state: of "checked", "unchecked", "selected", "disabled", "focused", those seen.
        value: the text that stands in a field or list box, "" if none.
    """

    text: str
    kind: str
    box: Box
    score: float = 1.0
    why: str = ""
    state: frozenset[str] = frozenset()
    value: str = ""

    @property
    def point(self) -> tuple[int, int]:
        """Its middle, where it is clicked; pixels of the screenshot."""
        x, y = self.box.center
        return int(x), int(y)

    def __str__(self) -> str:
        x, y = self.point
        return f"{self.kind} “{self.text}” at [{x}, {y}] (score {self.score:.2f})"


@dataclass(frozen=True)
class Query:
    """What is looked for. At least one of `text`, `kind` and `image` is given.

    Attributes:
        text: words on it or beside it; capitals do not matter.
        near: words or a thing close by; among several, the one that is clearly nearest is meant.
        kind: what it looks like.
        nth: which one in reading order, from 1; -1: the last.
        image: a picture of it: a file, or a picture in memory.
        region: left, top, right, bottom in pixels of the screenshot, where its middle must lie.
        exact: the text is these words and no others.

    Raises:
        ValueError: a field cannot be. The message names it and what is accepted.
    """

    text: str = ""
    near: str | Match | None = None
    kind: str | None = None
    nth: int | None = None
    image: str | Path | Image.Image | None = None
    region: tuple[int, int, int, int] | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip() and self.kind is None and self.image is None:
            raise ValueError("text: is empty; say what to find: text, kind or image")
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(f"kind: {self.kind!r} is none; accepted: {', '.join(KINDS)}")
        if self.nth == 0:
            raise ValueError("nth: 0 is no place; 1 is the first, -1 the last")
        if self.image is not None and self.text:
            raise ValueError("image: cannot be joined with text; use near= for the words beside it")
        if isinstance(self.near, str) and not self.near.strip():
            raise ValueError("near: is empty; say the words that stand close by")

    def __str__(self) -> str:
        named = f"“{self.text}”" if self.text else f"any {self.kind or 'thing'}"
        if self.image is not None:
            named = f"the picture {self.image if isinstance(self.image, str | Path) else 'in memory'}"
        parts = [named]
        if self.text and self.kind:
            parts.append(f"kind {self.kind}")
        if self.near is not None:
            parts.append(f"near “{self.near if isinstance(self.near, str) else self.near.text}”")
        if self.nth is not None:
            parts.append(f"no. {self.nth}")
        if self.region is not None:
            parts.append(f"in {list(self.region)}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Found:
    """What a look at one screenshot gave.

    Attributes:
        matches: what is meant, the best first; several: it stands there several times.
        others: what comes next, the best first, for messages.
        note: why nothing can be meant, where there is more to say.
    """

    matches: tuple[Match, ...]
    others: tuple[Match, ...] = ()
    note: str = ""


def inside(region: tuple[int, int, int, int], size: tuple[int, int]) -> Box:
    """The region as a box.

    Raises:
        ValueError: it is empty, or reaches outside a screenshot of `size`.
    """
    left, top, right, bottom = region
    if not (0 <= left < right <= size[0] and 0 <= top < bottom <= size[1]):
        raise ValueError(
            f"region: {list(region)} is no part of the screen; write left, top, right, bottom within "
            f"{size[0]}×{size[1]} pixels"
        )
    return Box(left, top, right, bottom)
