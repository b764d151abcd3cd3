"""Selecting a text by its words on X11, where a program publishes what is selected in it (PRIMARY)."""

from __future__ import annotations

import time
from typing import Any

from envs.base import ActionRefused
from envs.desktop.input_client import InputClient

_TOLD_S, _POLL_S = 0.4, 0.02
_STEPS_AT_MOST = 3000  # presses of an arrow key


def select_text(link: InputClient, text: str, point: tuple[int, int] | None) -> None:
    """Select `text`, a word, line or field, or part of one, at a device point or, without one, where the focus is.

    Each try is checked against what the program says is selected, so that nothing else is left selected unsaid.

    Raises:
        ActionRefused: the text is not there, or is not text that can be selected.
    """
    line = None
    if point is not None:
        for clicks in (2, 3):
            found = selected_by(link, _TOLD_S, "click", at=point, button="left", clicks=clicks, modifiers=())
            if found is not None and _same(found, text):
                return
            line = found or line
        if line is not None and text in line:
            # The caret stands in this line; its start is where the third click's selection begins.
            link.ask("chord", keys=("home",))
            if _select_part(link, text, line.index(text)):
                return
    whole = selected_by(link, _TOLD_S, "chord", keys=("ctrl", "a"))
    if whole is not None and _same(whole, text):
        return
    if whole is not None and text in whole:
        start = whole.index(text)
        if start <= _STEPS_AT_MOST:
            link.ask("chord", keys=("ctrl", "home"))
            link.ask("chord", keys=("home",))
            if _select_part(link, text, start):
                return
    where = "at this point" if point is not None else "where the focus is"
    seen = line if line is not None else whole
    shown = "nothing can be selected" if seen is None else f"what can be selected is {_short(seen)}"
    raise ActionRefused("not_found", f"text: {_short(text)} is not {where}; {shown}")


def selected_by(link: InputClient, limit_s: float, op: str, **given: Any) -> str | None:
    """What is selected after an operation that selects; None: nothing was, or it was not said within the limit."""
    link.ask("forget_selected")
    link.ask(op, **given)
    return _selected(link, limit_s)


def _selected(link: InputClient, limit_s: float, wanted: str | None = None) -> str | None:
    """What is selected, as soon as there is something, or it is what is wanted."""
    deadline = time.monotonic() + limit_s
    while True:
        found: str | None = link.ask("selected")["text"]
        if found and (wanted is None or found == wanted):
            return found
        if time.monotonic() > deadline:
            return found or None
        time.sleep(_POLL_S)


def _select_part(link: InputClient, text: str, start: int) -> bool:
    if start + len(text) > _STEPS_AT_MOST:
        return False
    link.ask("arrows", takes_s=5.0, count=start, extend=False)
    link.ask("forget_selected")
    link.ask("arrows", takes_s=5.0, count=len(text), extend=True)
    return _selected(link, _TOLD_S, text) == text


def _same(found: str, text: str) -> bool:
    return found == text or found.strip() == text.strip()


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "…")
