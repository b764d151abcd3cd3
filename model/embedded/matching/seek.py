"""Looking for what is not in view: scroll, open what is closed, search, turn the page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from model.embedded.language.goals import Choose, Create, Delete, Edit, Find, Read, Target, Use
from model.embedded.language.wording import text_score
from model.embedded.language.words import concept_of, concepts_within, fold, squash, tokens
from model.embedded.matching.memory import Move, Now, click_at
from model.embedded.matching.paging import next_page
from model.embedded.matching.scene import Scene, Thing
from model.embedded.matching.sections import LANGUAGES, data_tab, here, sections
from model.embedded.matching.whereabouts import in_head, section_for, way_to, within_place

_EXPAND = re.compile(r"\b(?:expand|unfold|open)(?: up)?(?: (?:the|all|each|every|any|of))* (\w+?)s?\b", re.I)
MOST_LOOKS = 20
"""Steps spent on looking for one thing before it is given up."""


def openers_left(now: Now) -> bool:
    """Whether something closed is in view that was not opened yet for this goal."""
    return _openers(now, Target()) is not None


def look(now: Now, target: Target) -> Move | None:
    """The next step of a search for a target, None when every way has been tried."""
    looks = now.tagged("look")
    if len(looks) >= MOST_LOOKS:
        return None
    ways: tuple[Callable[[Now, Target], Move | None], ...] = (
        _spoken_of,
        _kept_in,
        _openers,
        _scroll,
        _search,
        _pages,
    )
    if wide(now.scene):
        ways = (
            _spoken_of,
            _kept_in,
            _search,
            data_tab,
            _glance,
            _pages,
            _about,
            _catalogue,
            sections,
            _openers,
            _scroll,
        )
    elif now.scene.screen.size.width >= 900:
        ways = (_spoken_of, _kept_in, _search, data_tab, _glance, _pages, sections, _openers, _scroll)
    elif _scrollable(now.scene):
        ways = (_spoken_of, _kept_in, _glance, _search, _openers, _scroll, _pages)
    for way in ways:
        if move := way(now, target):
            return replace(move, tag="look", memo={**move.memo, "by": way.__name__.strip("_")})
    return None


def wide(scene: Scene) -> bool:
    """Whether it is a page of a site at full size rather than a small tool."""
    return scene.screen.size.width >= 900 and bool(scene.things) and _scrollable(scene) and _has_head(scene)


def _has_head(scene: Scene) -> bool:
    """A bar at the top with several things in one row."""
    return len([t for t in scene.things if t.kind != "panel" and in_head(t, scene)]) >= 4


def _about(now: Now, target: Target) -> Move | None:
    """For a question: a link whose name is a word of it ("Warranty")."""
    if not isinstance(now.goal, Read) or _looked(now, "about"):
        return None
    for word in sorted(tokens(target.text), key=len, reverse=True):
        if len(word) > 3 and (way := way_to(word, now)) and way[1] >= 0.8:
            said = f"“{way[0].text}”: perhaps it says how it is with {target}."
            return Move(click_at(way[0].point, way[0].text), said, 0.85, last=False)
    return None


def _kept_in(now: Now, target: Target) -> Move | None:
    """The section whose name is the noun of what is sought ("the user Ada": Users), once."""
    kind = target.role or (now.goal.kind if isinstance(now.goal, Create) else "")
    if not kind or _looked(now, "kept_in") or not isinstance(now.goal, Find | Use | Edit | Delete | Read | Create):
        return None
    way = section_for(kind, now)
    if way is None:
        return None
    said = f"{target} is not in view, perhaps under “{way[0].text}”."
    return Move(click_at(way[0].point, way[0].text), said, 0.85, last=False)


def _catalogue(now: Now, target: Target) -> Move | None:
    """The list of everything, once, for a thing that the search did not bring."""
    if not isinstance(now.goal, Use | Find | Choose | Edit | Delete) or isinstance(now.goal, Choose):
        return None
    if within_place(now) or concept_of(target.text) or _looked(now, "catalogue"):
        return None
    for kind in (target.role, target.text, "catalogue"):
        if kind and (way := section_for(kind, now)):
            said = f"{target} is not in view, I go to the list of everything, “{way[0].text}”."
            return Move(click_at(way[0].point, way[0].text), said, 0.85, last=False)
    return None


def _looked(now: Now, by: str) -> bool:
    """Whether one way of looking was gone for this goal."""
    return any(s.memo.get("by") == by for s in now.past)


def _glance(now: Now, target: Target) -> Move | None:
    """A few views down, before anything is opened for it."""
    done = [s for s in here(now) if s.kind == "scroll"]
    moved = [s for s in done if not s.idle]
    fruitless = (
        (bool(moved) and any(s.idle for s in done)) or (bool(done) and done[-1].idle) or not _goes_on(now.scene)
    )
    return _scroll(now, target) if len(moved) < 3 and len(done) < 5 and not fruitless else None


def _goes_on(scene: Scene) -> bool:
    """Whether the page may go on below the view: it is filled to its lower edge, or there is a scroll bar."""
    height = scene.screen.size.height
    low = max((t.box.bottom for t in scene.things if t.kind != "panel"), default=0)
    return low > 0.9 * height or any(e.kind == "scrollbar" for e in scene.screen.elements)


def _scrollable(scene: Scene) -> bool:
    size = scene.screen.size
    bars = any(e.kind == "scrollbar" for e in scene.screen.elements)
    cut = any(line.box.bottom >= size.height - 3 for line in scene.screen.lines)
    return bars or cut or size.height * size.width > 500 * 500


def _fresh(now: Now, thing: Thing) -> bool:
    return not any(
        s.point
        and s.kind in ("click", "hover")
        and abs(s.point[0] - thing.point[0]) < 5
        and abs(s.point[1] - thing.point[1]) < 5
        and s.text == thing.text[:200]
        for s in now.past
    )


def _spoken_of(now: Now, target: Target) -> Move | None:
    """A closed tab, section or menu whose name the goal speaks of."""
    hints = [w for w in (target.whose, target.anchor.text if target.anchor else "") if w]
    for thing in now.scene.things:
        if thing.kind in ("tab", "link", "button", "text") and _fresh(now, thing):
            if thing.kind == "text" and not {"collapsed"} & thing.state:
                continue
            for hint in hints:
                if text_score(hint, thing.text)[0] >= 0.85 and "selected" not in thing.state:
                    return Move(
                        click_at(thing.point, thing.text),
                        f"{target} is not in view, perhaps under “{thing.text}”.",
                        0.8,
                        last=False,
                    )
    return None


def _openers(now: Now, target: Target) -> Move | None:
    """Closed sections, tabs, tree nodes and menus, in reading order."""
    scene = now.scene
    found: list[tuple[float, Thing]] = []
    tabs = _tab_row(scene)
    site = wide(scene)
    for thing in scene.things:
        rank = 0.0
        if fold(thing.text) in LANGUAGES or thing.box.left > scene.screen.size.width - 2.2 * scene.scale:
            continue  # a language, the arrows of a scroll bar
        if site and (thing.kind == "tab" or thing.name.startswith(("chevron", "arrow"))) and in_head(thing, scene):
            continue
        if "collapsed" in thing.state:
            rank = 3
        elif (thing.kind == "tab" or thing in tabs) and "selected" not in thing.state:
            rank = 2
        elif thing.text[:1] in "▸▶►▹⊞" and thing.text:
            rank = 3
        elif thing.name in (
            "chevron-right",
            "chevron-down",
        ):
            rank = 2.5
        elif thing.name in ("menu", "more-vertical", "more-horizontal") or fold(thing.text) in (
            "menu",
            "more",
            "菜单",
            "更多",
            "show more",
            "load more",
        ):
            rank = 1
        if rank and _fresh(now, thing) and "language" not in concept_of(thing.text):
            found.append((rank, thing))
    if not found and (noun := _EXPAND.search(scene.task)):
        tried = {squash(s.text) for s in now.past if s.kind == "click"}
        heads = _section_heads(scene, fold(noun[1]))
        found = [(2.5, t) for t in heads if squash(t.text[:200]) not in tried]
    if not found and re.search(r"\b(?:tree|folders?|director(?:y|ies))\b", scene.task, re.I):
        unfolded = any("unfolded" in s.memo for s in now.past)
        if toggle := _toggle(now):
            thing, name = toggle
            said = f"{target} is not in view, I unfold “{name}”."
            return Move(click_at(thing.point, name), said, 0.85, last=False, memo={"unfolded": name})
        found = [] if unfolded else [(1, t) for t in scene.of("text", "link", "button") if _fresh(now, t)]
    if not found:
        return None
    top = max(rank for rank, _ in found)
    thing = next(t for rank, t in found if rank == top)
    return Move(
        click_at(thing.point, thing.text),
        f"{target} is not in view, I open “{thing.text or thing.name or thing.kind}”.",
        0.75,
        last=False,
    )


def _section_heads(scene: Scene, noun: str) -> list[Thing]:
    """Heads of sections without a sign: they begin with the noun, or are long bars of the same sides."""
    kinds = ("button", "panel", "field", "tab")
    named = [t for t in scene.of(*kinds, "text", "link") if tokens(t.text)[:1] == [noun] and len(t.text) <= 24]
    if named:
        return named
    bars = [
        t for t in scene.of(*kinds)
        if t.text and t.box.width > 3 * t.box.height and t.box.height < 3.5 * scene.scale
    ]  # fmt: skip
    return [
        t for t in bars
        if any(t is not o and max(abs(t.box.left - o.box.left), abs(t.box.right - o.box.right)) < 5 for o in bars)
    ]  # fmt: skip


def _toggle(now: Now) -> tuple[Thing, str] | None:
    """The box at the start of the first row of a tree that was not unfolded yet, and the name in that row."""
    scene = now.scene
    done = {str(s.memo["unfolded"]) for s in now.past if "unfolded" in s.memo}
    for thing in scene.things:
        drawn = thing.name in ("square", "plus") and thing.kind in ("shape", "icon", "checkbox", "button")
        if not drawn or thing.box.width > 1.8 * scene.scale:
            continue
        row = [t for t in scene.row_of(thing.box) if t.box.left > thing.box.right - 2]
        name = next((t for t in row if t.text and t.kind in ("text", "link")), None)
        between = [t for t in row if name and t.box.left < name.box.left and t.kind in ("icon", "shape", "image")]
        if name and between and name.box.left - thing.box.right < 5 * scene.scale and name.text not in done:
            return thing, name.text
    return None


def _tab_row(scene: Scene) -> list[Thing]:
    """Boxes that touch one another in a row: tabs that do not look like any, but for the first, which is open."""
    buttons = scene.of("button", "tab")
    for first in buttons:
        row = [first]
        for thing in buttons:
            last = row[-1].box
            if abs(thing.box.left - last.right) <= 6 and abs(thing.box.center[1] - last.center[1]) < 4:
                row.append(thing)
        if len(row) > 1 and all(t.text for t in row):
            return row[1:]
    return []


def scroll_on(now: Now, why: str) -> Move | None:
    """The next view of a list that is gone through, None at its end."""
    move = _scroll(now, Target(), ("down",))
    return replace(move, why=why) if move else None


def _scroll(now: Now, target: Target, directions: tuple[str, ...] = ("down", "up")) -> Move | None:
    """Down to the end, then up to the start, where the view is, then in a panel that has a scroll bar."""
    done = [s for s in here(now) if s.kind == "scroll" and not s.error]
    if "scroll" not in now.actions:
        return None
    size = now.scene.screen.size
    spots: list[tuple[list[int] | None, float]] = [(None, size.height)]
    for element in now.scene.screen.elements:
        if element.kind == "scrollbar" and element.box.height < 0.85 * size.height:
            spots.append(
                (
                    [int(max(1, element.box.left - 3 * now.scene.scale)), int(element.box.center[1])],
                    element.box.height,
                )
            )
    bars = len(spots) > 1
    inner = now.scene.of("listbox", "textarea") if not _scrollable(now.scene) else []
    spots += [([int(t.box.center[0]), int(t.box.center[1])], t.box.height) for t in inner]
    texts = sorted((line.box.center for _, line in now.scene.lines), key=lambda p: p[1])
    moved = any(not s.idle and s.point is None for s in done)
    aside = all(e.box.right < size.width / 2 for e in now.scene.screen.elements)
    if texts and not bars and (aside or not moved):  # what is written may stand beside the middle of the view
        x, y = texts[len(texts) // 2]
        spots.insert(0 if aside else len(spots), ([int(x), int(y)], texts[-1][1] - texts[0][1]))
    for spot, height in spots:
        for direction in directions:
            mine = [
                s
                for s in done
                if s.action.get("direction") == direction
                and (
                    s.action.get("start_point") == spot
                    if spot is None
                    else s.point is not None and abs(s.point[1] - spot[1]) < 20
                )
            ]
            if (mine and mine[-1].idle) or (direction == "up" and not any(not s.idle for s in done)):
                continue
            action: dict[str, Any] = {
                "action": "scroll",
                "direction": direction,
                "scroll_distance": max(20, int(0.6 * height)),
            }
            if spot is not None:
                action["start_point"] = spot
            return Move(action, f"{target} is not in view, I scroll {direction}.", 0.8, last=False)
    return None


_LENSES = ("magnifier", "zoom-in", "zoom-out")


def search_field(scene: Scene) -> Thing | None:
    """The field that searches: named so, or beside a magnifier."""
    best: tuple[float, Thing] | None = None
    for thing in scene.of("field", "textarea"):
        score = 0.0
        if any("search" in concepts_within(name) for name in thing.names):
            score = 0.95
        near = [
            t
            for t in scene.row_of(thing.box)
            if t is not thing and ("search" in concept_of(t.text) or t.name in _LENSES)
        ]
        if (
            near
            and min(abs(t.box.center[0] - thing.box.center[0]) for t in near)
            < thing.box.width / 2 + 8 * scene.scale
        ):
            score = max(score, 0.9)
        if score and (best is None or score > best[0]):
            best = (score, thing)
    return best[1] if best else None


def _search(now: Now, target: Target) -> Move | None:
    words = target.whose or target.text
    if now.goal.in_form or isinstance(now.goal, Create) or target.most:
        return None  # what belongs to a form is not found by searching
    if within_place(now) or (isinstance(now.goal, Read) and not target.whose):
        return None
    if (
        not words
        or concept_of(words)
        or any(s.kind == "input" and not s.error for s in here(now))
        or any("field" in s.memo for s in now.past)
    ):
        return None
    field = search_field(now.scene)
    if field is None:
        for thing in now.scene.controls:
            if (
                thing.kind in ("icon", "button", "link")
                and (thing.name in ("magnifier",) or fold(thing.text) in ("search", "搜索"))
                and _fresh(now, thing)
            ):
                return Move(
                    click_at(thing.point, thing.text),
                    f"{target} is not in view, I open the search.",
                    0.75,
                    last=False,
                )
        return None
    action = {"action": "input", "text": words, "start_point": list(field.point), "clear": True, "submit": True}
    return Move(action, f"{target} is not in view, I search for “{words}”.", 0.75, last=False)


def _pages(now: Now, target: Target) -> Move | None:
    """The next page of a list of results."""
    thing = next_page(now.scene)
    turned = [s for s in now.past if s.memo.get("by") == "pages"]
    if thing is None or (turned and turned[-1].idle) or len(turned) > 8:
        return None
    return Move(
        click_at(thing.point, thing.text), f"{target} is not on this page, I turn to the next.", 0.75, last=False
    )
