"""The control that begins a new record: "Add task", "New", "+", the sign in the row of a list."""

# ruff: noqa: E501 (a table of words, a condition that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.words import tokens
from model.embedded.matching.memory import Now
from model.embedded.matching.scene import Scene, Thing
from model.embedded.matching.whereabouts import stem
from model.embedded.skills.means.controls import dialog_panel

NEW = ("add", "new", "create", "compose", "write", "insert", "register", "make", "book", "log", "schedule", "request", "plus",
        "新建", "新增", "添加", "创建", "增加")  # fmt: skip


_NOUNS_TOO = frozenset(("log", "book", "request", "schedule", "register", "make", "write"))
"""Verbs that alone say nothing of a new record ("Log out", "Book")."""


_ANY = frozenset(("new", "record", "entry", "item", "row", "one", "a", "an", "the", "to", "list"))


def new_control(kind: str, now: Now) -> tuple[Thing, float] | None:
    """The control that begins a new record of a kind: "Add task", "New", "+"."""
    scene, nouns = now.scene, {stem(w) for w in tokens(kind)}
    panel = dialog_panel(scene)
    here = not nouns or bool(nouns & {stem(w) for w in tokens(scene.title)}) or any(
        "selected" in t.state and nouns & {stem(w) for w in tokens(t.text)} for t in scene.of("tab", "link", "button")
    )  # fmt: skip
    here = here or any(s.tag == "section" for s in now.past)
    best: tuple[float, float, Thing] | None = None
    for thing in scene.things:
        if thing.kind not in ("button", "link", "icon", "tab", "text", "image") or now.tried(thing.point):
            continue
        if panel and not panel.box.contains(*thing.box.center):
            continue
        words = [w for w in tokens(thing.text) if any(c.isalnum() for c in w)]
        score = 0.0
        if _adds(words) and nouns and _in_row_of(nouns, thing, scene):
            score = 0.93  # the sign in the row of the list ("Teachers … + Add")
        elif words and len(words) <= 6 and (words[0] in NEW or words[-1] == "new" or thing.text[:1] in "+＋"):
            rest = {stem(w) for w in words if w not in NEW}
            if nouns and nouns <= rest:
                score = 0.97 - 0.02 * len(rest - nouns)
            elif nouns & rest:
                score = 0.88
            elif not rest - {stem(w) for w in _ANY} and words[0] not in _NOUNS_TOO:
                score = 0.92 if here else 0.8
        elif any(thing.text.startswith(w) for w in NEW if not w.isascii()):
            rest_text = re.sub(r"^(?:新建|新增|添加|创建|增加)", "", thing.text)
            score = 0.97 if kind and kind in rest_text else 0.9 if not rest_text else 0.0
        elif thing.text in ("+", "＋") or (thing.name in ("plus", "plus-circle") and not words):
            score = 0.88 if here else 0.76
        elif (
            nouns
            and nouns == {stem(w) for w in words if w not in ("a", "an", "the")}
            and len(nouns) > 1
            and thing.kind != "text"
        ):
            score = 0.86  # "Test drive": what it makes is its whole name
        if not score:
            continue
        score -= 0.06 if thing.kind == "text" and not _boxed(thing, scene) else 0.0
        if best is None or (score, -thing.box.top) > (best[0], best[1]):
            best = (score, -thing.box.top, thing)
    return (best[2], best[0]) if best and best[0] >= 0.7 else None


def _adds(words: list[str]) -> bool:
    """Whether it says nothing but that something is added."""
    return bool(words) and all(w in NEW for w in words)


def _in_row_of(nouns: set[str], thing: Thing, scene: Scene) -> bool:
    """Whether the row of a control begins with the noun of what is made."""
    row = [
        t for t in scene.row_of(thing.box) if t.box.right <= thing.box.left + 2 and t.text and t.kind != "panel"
    ]
    return any({stem(w) for w in tokens(t.text)} == nouns for t in row)


def _boxed(thing: Thing, scene: Scene) -> bool:
    """Whether a text fills a small box of its own, as the words of a button do."""
    return any(
        p.box.contains(*thing.box.center) and p.box.height < 3.6 * scene.scale and p.box.width < thing.box.width + 8 * scene.scale
        for p in scene.of("panel", "shape", "button")
    )  # fmt: skip
