"""The sections of an application: where a menu leads, and the tab on which the records of a section are."""

# ruff: noqa: E501 (a table of words, a condition that is broken up cannot be read)

from __future__ import annotations

from collections import Counter

from model.embedded.language.goals import Delete, Edit, Find, Read, Target, Use
from model.embedded.language.words import STOP, concept_of, fold, squash, tokens
from model.embedded.matching.memory import Move, Now, Step, click_at
from model.embedded.matching.scene import Scene, Thing
from model.embedded.matching.whereabouts import in_head, within_place

LANGUAGES = frozenset("en de fr es zh 中文 english deutsch français español 日本語 简体中文 language".split())
_MOST_SECTIONS = 6

_DATA = frozenset(
    "content contents data rows records entries items browse list all overview 内容 数据 列表".split()
)

_NO_SECTION = frozenset(
    (
        "sign out",
        "sign in",
        "sign up",
        "help",
        "language",
        "search",
        "cart",
        "delete",
        "edit",
        "submit",
        "close",
        "cancel",
    )
)

_DOES = frozenset(
    "add new create edit change delete remove save cancel log sign search go apply reset view show hide import export upload "
    "download print share close open submit update copy move rename back next previous select clear run drop".split()
)
"""Words that begin what does something rather than leads somewhere."""

_ENTERS = ("data_tab", "kept_in", "sections", "catalogue", "spoken_of", "openers", "about", "pages")


def data_tab(now: Now, target: Target) -> Move | None:
    """The tab with the records themselves, where the section opens on another one."""
    if not target.called and not target.most:
        return None
    for thing in now.scene.of("tab", "link", "button"):
        if fold(thing.text) not in _DATA or "selected" in thing.state or now.tried(thing.point):
            continue
        row = [
            t
            for t in now.scene.row_of(thing.box)
            if t is not thing and t.text and abs(t.box.height - thing.box.height) < 4
        ]
        if len(row) > 1:
            said = f"{target} is not in view, I look under “{thing.text}”."
            return Move(click_at(thing.point, thing.text), said, 0.8, last=False)
    return None


def sections(now: Now, target: Target) -> Move | None:
    """The sections of the application one after another, where nothing says which of them holds it."""
    goal = now.goal
    if not isinstance(goal, Find | Use | Edit | Delete | Read) or goal.in_form or not target.called:
        return None
    if any(s.memo.get("by") == "kept_in" for s in now.past) or concept_of(target.text) or within_place(now):
        return None
    done = [s for s in now.past if s.memo.get("by") == "sections"]
    tried = {squash(s.text) for s in now.past if s.kind == "click"}
    for thing in navigation(now.scene) if len(done) < _MOST_SECTIONS else ():
        if squash(thing.text) not in tried:
            said = f"{target} is not in view, perhaps under “{thing.text}”."
            return Move(click_at(thing.point, thing.text), said, 0.8, last=False)
    return None


def navigation(scene: Scene) -> list[Thing]:
    """The entries of menus and lists of sections in view, those at the side and at the top of the page first."""
    texts = Counter(squash(t.text) for t in scene.things if t.text and t.kind != "panel")
    found = []
    for thing in scene.of("link", "tab", "text", "button"):
        words = tokens(thing.text)
        if not words or len(words) > 3 or len(thing.text) > 26 or texts[squash(thing.text)] > 1:
            continue
        if "selected" in thing.state or not words[0][:1].isalpha() or words[0] in _DOES or words[-1] in STOP:
            continue
        if {"password", "logout", "profile"} & set(words) or "/" in thing.text:
            continue
        if concept_of(thing.text) & _NO_SECTION or fold(thing.text) in LANGUAGES:
            continue
        found.append(thing)

    def column(thing: Thing) -> list[Thing]:
        return [
            t for t in found
            if abs(t.box.left - thing.box.left) < 4 and abs(t.box.height - thing.box.height) < 0.5 * scene.scale
            and t.color == thing.color
        ]  # fmt: skip

    usual = _usual_colour(scene)
    leads = [t for t in found if t.kind in ("link", "tab") or (t.color != usual and _coloured(t.color))]
    side = [t for t in leads if t.box.right < 0.25 * scene.screen.size.width and len(column(t)) > 1]
    head = [t for t in found if in_head(t, scene) and t.kind in ("link", "tab") and t not in side]
    rest = [
        t for t in leads if t not in side and t not in head and len(column(t)) > 1 and t.kind in ("link", "text")
    ]
    return [*side, *(t for t in rest if not side), *head]


def _usual_colour(scene: Scene) -> tuple[int, int, int] | None:
    """The colour of most text."""
    colours = Counter(line.color for _, line in scene.lines)
    return colours.most_common(1)[0][0] if colours else None


def _coloured(colour: tuple[int, int, int] | None) -> bool:
    """Whether a text has a colour, as links have, and is not grey."""
    return colour is not None and max(colour) - min(colour) > 50


def here(now: Now) -> list[Step]:
    """What was done for this goal since the search went to where it is now."""
    past = now.past
    at = next((i for i, s in reversed(list(enumerate(past))) if s.memo.get("by") in _ENTERS and not s.idle), -1)
    return past[at + 1 :]
