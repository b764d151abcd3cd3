"""Expectations about the last screen: its text, its address, a picture on it."""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agent.expect.base import CannotCheck, short
from agent.text import hide_passwords, redacted
from envs.base import Observation

if TYPE_CHECKING:
    from PIL import Image

    from action_space.geometry import Box
    from model.embedded.eyes.reader import Reader
    from model.embedded.screen import Screen

ENOUGH = 0.86
"""Normalised correlation from which a picture is there."""
_ROUND = ("radio", "icon", "checkbox")
_CJK = 0x2E80
"""Scripts from here on write no spaces between words."""
_eyes: list[Reader] = []


def read(image: Image.Image) -> Screen:
    """What the embedded eyes read on a screenshot."""
    from model.embedded.eyes.reader import Reader

    if not _eyes:
        _eyes.append(Reader())
    return _eyes[0].look(image)


def folded(text: str) -> str:
    """Without what reading a screen cannot tell reliably: capitals, kinds of spaces, quotes and dashes."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-"})
    return " ".join(text.split())


def stands_in(wanted: str, text: str) -> bool:
    """Whether the words stand in the text, as whole words: “Saved” does not stand in “Unsaved”."""
    wanted = folded(wanted)
    before = r"(?<!\w)" if wanted[:1].isalnum() and ord(wanted[0]) < _CJK else ""
    after = r"(?!\w)" if wanted[-1:].isalnum() and ord(wanted[-1]) < _CJK else ""
    return bool(wanted) and re.search(before + re.escape(wanted) + after, folded(text)) is not None


def texts_of(screen: Screen) -> tuple[str, ...]:
    """What can be read, row by row and line by line; () where nothing can."""
    from agent.rpa.reading import text_in

    lines = [line.text for line in screen.lines]
    # A round letter at the beginning of a line is taken for a radio button: “rder saved”.
    for line in screen.lines:
        if any(one.kind in _ROUND and _begins(one.box, line.box) for one in screen.elements):
            lines.append(f"O{line.text}")
    return (text_in(screen, None), " ".join(lines), *lines) if lines else ()


def _begins(mark: Box, line: Box) -> bool:
    gap = line.left - mark.right
    return (
        abs(gap) < 0.35 * line.height
        and mark.top < line.center[1] < mark.bottom
        and mark.height < 1.5 * line.height
    )


def _there(seen: Observation | None) -> Observation:
    if seen is None:
        raise CannotCheck("there is no screen any more")
    return seen


@dataclass(frozen=True)
class TextExpectation:
    """Words that stand on the last screen, or do not (`wanted` False)."""

    words: str
    wanted: bool = True
    on_screen: bool = True

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Whether they are read there by the embedded eyes."""
        texts = texts_of(read(_there(seen).screenshot))
        if not texts:
            raise CannotCheck("no text at all can be read on the last screen")
        if any(stands_in(self.words, text) for text in texts):
            line = next((text for text in texts[2:] if stands_in(self.words, text)), self.words)
            return self.wanted, f"the screen says “{short(line)}”"
        close = difflib.get_close_matches(folded(self.words), [folded(text) for text in texts[2:]], 1, 0.6)
        return not self.wanted, f"it is not on the screen{f'; closest: “{short(close[0])}”' if close else ''}"


@dataclass(frozen=True)
class AddressExpectation:
    """The address of the tab in front contains a text, or is one."""

    how: Literal["contains", "=="]
    wanted: str
    on_screen: bool = True

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Whether the browser is there."""
        address = _there(seen).url
        if address is None:
            raise CannotCheck("this screen has no address")
        hide_passwords((address,))
        met = address == self.wanted if self.how == "==" else self.wanted in address
        return met, f"the address is {short(redacted(address))}"


@dataclass(frozen=True)
class PictureExpectation:
    """A picture that is somewhere on the last screen, at any scale from a half to the double."""

    file: Path
    on_screen: bool = True

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Whether a place of the screen looks like it."""
        from agent.rpa.pictures import find_picture

        try:
            found = find_picture(self.file, _there(seen).screenshot)
        except ValueError as error:
            raise CannotCheck(str(error)) from None
        if not found:
            return False, "nothing on the screen looks like it"
        best = found[0]
        return best.score >= ENOUGH, f"the most like it is at {list(best.point)}, score {best.score:.2f}"
