"""The pages of a list: the control that leads to the next one, by its sign, name, number or place."""

from __future__ import annotations

import re

from model.embedded.language.goals import Target
from model.embedded.language.words import fold
from model.embedded.matching.match import split_words
from model.embedded.matching.memory import Move, Now, click_at
from model.embedded.matching.places import entries
from model.embedded.matching.scene import Scene, Thing

_NEXT = ("next", "next page", "older", "下一页", ">", "›", "»", "→")


def next_page(scene: Scene) -> Thing | None:
    """The control that shows the next page of a list, by its sign or name."""
    for thing in reversed(scene.things):
        if thing.kind == "panel" or "disabled" in thing.state:
            continue
        low = thing.box.center[1] > 0.4 * scene.screen.size.height
        if fold(thing.text) in _NEXT or (thing.name == "chevron-right" and low):
            return thing
    for index, line in reversed(scene.lines):
        words = line.words or split_words(line)
        if words and len(words) <= 12 and fold(words[-1].text) in _NEXT:
            return Thing("link", words[-1].box, (words[-1].text,), line=index)
        pager = line.box.center[1] > 0.5 * scene.screen.size.height and re.fullmatch(r"\W?[\d\s]+V", line.text)
        # "23>": page numbers that were read as one word, the sign perhaps as a letter
        if words and (re.fullmatch(r"\d*[>›»]", words[-1].text) or pager):
            box = words[-1].box
            return Thing(
                "link", box._replace(left=box.right - 0.7 * scene.scale), (words[-1].text[-1],), line=index
            )
    return _sign_behind_number(scene)


def _sign_behind_number(scene: Scene) -> Thing | None:
    """A sign alone behind the number of a page, low in the view, whatever it was read as ("1 V")."""
    for thing in reversed(scene.of("link", "icon", "button")):
        if len(thing.text) > 1 or thing.text.isdigit() or thing.box.center[1] < 0.5 * scene.screen.size.height:
            continue
        before = [
            word
            for _, line in scene.lines
            if abs(line.box.center[1] - thing.box.center[1]) < 0.8 * scene.scale
            for word in line.words or split_words(line)
            if word.box.center[0] < thing.box.left
        ]
        if not before or len(before) > 3 or any(len(w.text) > 3 for w in before):
            continue
        if before[-1].text.isdigit() and thing.box.left - before[-1].box.right < 4 * scene.scale:
            return thing
    return None


def _page(scene: Scene, number: int) -> Thing | None:
    """The control of the page of that number: a number in a row of numbers."""
    for thing in scene.things:
        if thing.text.strip() != str(number) or thing.kind not in ("link", "button", "text", "tab"):
            continue
        if any(t.text.strip() == str(number - 1) for t in scene.row_of(thing.box)):
            return thing
    return None


def _unread_pager(scene: Scene) -> Thing | None:
    """The last of a row of small signs at the end of the page, which could not be read: it leads on."""
    low = [
        t for t in scene.of("icon", "link") if len(t.text) < 2 and t.box.center[1] > 0.5 * scene.screen.size.height
    ]
    for thing in reversed(low):
        row = [t for t in low if abs(t.box.center[1] - thing.box.center[1]) < 0.6 * scene.scale]
        if len(row) > 1:
            return max(row, key=lambda t: t.box.left)
    return None


def later_page(target: Target, now: Now) -> Move | int:
    """The n-th of a list over several pages: the move that turns the page, or its number on this page."""
    turned = [s for s in now.tagged("page") if not s.idle]
    before = sum(int(s.memo.get("here", 0)) for s in turned)
    items, thing = entries(now.scene), next_page(now.scene) or _page(now.scene, len(turned) + 2)
    thing = thing or _unread_pager(now.scene)
    if thing is None or not items or target.nth - before <= len(items):
        return target.nth - before
    said = f"No. {target.nth} is on a later page, after {len(items)} here."
    return Move(click_at(thing.point, thing.text), said, 0.9, last=False, tag="page", memo={"here": len(items)})
