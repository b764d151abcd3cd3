"""What the embedded model sees: the screenshot turned into lines of text and elements.

Pure values. `see/` makes them from pixels, `understand/` decides on them; neither knows the other.
All boxes are in screenshot pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from action_space.geometry import Box, Size

Kind = Literal[
    "text",  # a line of plain text that is in no other element
    "link",  # text that looks like a link: coloured or underlined beside text that is not
    "button",  # a filled or outlined box around a short text or an icon
    "field",  # an empty or filled text field
    "textarea",  # a tall text field
    "select",  # a closed list box: a field with an arrow at its end
    "listbox",  # an open list box: rows of options in one frame
    "checkbox",
    "radio",
    "switch",
    "tab",
    "menu_item",  # a row of a menu, of a list of places to go to, or of an open list box
    "slider",
    "scrollbar",
    "swatch",  # a small area of one colour without text
    "icon",  # a small picture; `name` tells which, "" if it is not known
    "shape",  # a drawn geometric shape; `name` tells which
    "image",  # a larger picture
    "panel",  # a card, dialog or other box that holds elements
]


@dataclass(frozen=True)
class Word:
    """One word as it was read."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True)
class Line:
    """One line of text as it was read, with its words where their places are known.

    Attributes:
        color, background: of the glyphs and of what lies behind them, RGB 0–255.
        bold: strokes heavier than its neighbours'.
        underlined: a thin line in the text's own colour runs below it.
    """

    text: str
    box: Box
    words: tuple[Word, ...] = ()
    confidence: float = 1.0
    color: tuple[int, int, int] = (0, 0, 0)
    background: tuple[int, int, int] = (255, 255, 255)
    bold: bool = False
    underlined: bool = False


@dataclass(frozen=True)
class Element:
    """Something on the screen that can be looked at or acted upon.

    Attributes:
        kind: what it looks like.
        box: its extent.
        text: the text inside it, "" if there is none.
        label: the text beside or above it that names it (check boxes, fields, icons), "" if there is none.
        name: icon class, shape name; "" if not known.
        color: main colour, RGB.
        state: of "checked", "unchecked", "selected", "disabled", "focused", "expanded", "collapsed", those seen.
        confidence: 0–1, of its kind.
        parent: index in `Screen.elements` of the smallest panel or listbox around it, -1 for none.
        value: slider position 0–1 where known.
        lines: indices in `Screen.lines` of the text inside.
    """

    kind: Kind
    box: Box
    text: str = ""
    label: str = ""
    name: str = ""
    color: tuple[int, int, int] | None = None
    state: frozenset[str] = frozenset()
    confidence: float = 1.0
    parent: int = -1
    value: float | None = None
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class Screen:
    """Everything seen on one screenshot, in reading order.

    Attributes:
        changed: share of the pixels that had to be looked at anew, 0–1.
        scale: height in pixels of ordinary text, the unit for "near" and "small".
        seconds: CPU seconds by part ("detect", "network", "read", "boxes").
    """

    size: Size
    lines: tuple[Line, ...]
    elements: tuple[Element, ...]
    changed: float = 1.0
    scale: float = 14.0
    seconds: dict[str, float] = field(default_factory=dict)
