"""The row, card or entry of a record in view: where its name stands, and the controls that are its own."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

from dataclasses import replace

from model.embedded.language.goals import Target
from model.embedded.language.wording import text_score
from model.embedded.language.words import KINDS, squash, tokens
from model.embedded.matching.match import ENOUGH, SURE, find
from model.embedded.matching.memory import Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS, Candidate
from model.embedded.matching.seek import wide
from model.embedded.matching.whereabouts import in_head, within_place
from model.embedded.skills.means.controls import of_owner


def owners(target: Target, now: Now) -> list[Candidate]:
    """Where the record's name stands, the surest first; only what is as sure as the best."""
    bare = replace(target, kinds=(), role="" if target.called and not KINDS.get(target.role) else target.role)
    found = [
        c for c in find(bare, now.scene)
        if c.score >= ENOUGH and c.thing.kind not in FIELDS and not (in_head(c.thing, now.scene) and c.thing.kind == "link")
    ]  # fmt: skip
    if target.text and " " in target.text and not (found and found[0].score >= 0.85):
        found = [*_over_cells(target.text, now), *found]
    now.trace += [
        {
            "for": str(target),
            "text": c.thing.text[:60],
            "score": round(c.score, 3),
            "at": list(c.point),
            "why": c.why,
        }
        for c in found[:4]
    ]
    return [c for c in found if c.score >= found[0].score - 0.02] if found else []


def _over_cells(name: str, now: Now) -> list[Candidate]:
    """Rows of which several cells together are the name: first name and last name in columns of their own."""
    scene, wanted = now.scene, sorted(tokens(name))
    found = []
    for thing in scene.of("link", "text", "button"):
        mine = tokens(thing.text)
        if not mine or not set(mine) < set(wanted):
            continue
        cells = [
            t for t in scene.row_of(thing.box)
            if t.kind in ("link", "text", "button") and t.text and set(tokens(t.text)) <= set(wanted)
        ]  # fmt: skip
        said = sorted(w for t in {t.text: t for t in cells}.values() for w in tokens(t.text))
        first = min(cells, key=lambda t: (t.kind != "link", t.box.left), default=None)
        if said == wanted and first is thing:
            found.append(Candidate(thing, 0.93, "its name stands in two cells"))
    return found


def sure_of(found: list[Candidate], target: Target, now: Now) -> bool:
    """Whether what was found is the record that was named, and not only something like it."""
    if not found:
        return False
    if not target.text or target.nth or target.most:
        return True
    least = 0.8 if within_place(now) or target.whose else SURE - 0.02
    return found[0].score >= least or (now.relaxed and found[0].score >= 0.8 and not wide(now.scene))


def is_page_of(target: Target, now: Now) -> bool:
    """Whether the page in view is about the record: it is the title, or was opened for it."""
    if any(s.tag == "record" and not s.idle for s in now.past):
        return True
    title = now.scene.title
    return bool(target.called) and text_score(target.called, title)[0] >= 0.93


def more_menu(found: list[Candidate], now: Now) -> Move | None:
    """The menu of the record's row ("…"), opened once."""
    if now.tagged("menu"):
        return None
    control = of_owner("more", found, now)
    if control is None:
        return None
    said = f"I open the menu of {name_of(found[0].thing)}."
    return Move(click_at(control[0].point, control[0].text), said, 0.85, last=False, tag="menu")


def menu_item(words: tuple[str, ...], now: Now) -> Move | None:
    """The entry of the menu that was opened by the step before."""
    if not now.past or now.past[-1].tag != "menu" or now.past[-1].idle:
        return None
    spot = now.past[-1].point or (0, 0)
    found = [
        (abs(t.box.center[0] - spot[0]) + abs(t.box.center[1] - spot[1]), t)
        for t in now.scene.things
        if t.text and squash(t.text) in {squash(w) for w in words} and t.kind not in FIELDS
    ]
    if not found:
        return None
    thing = min(found, key=lambda pair: pair[0])[1]
    return Move(
        click_at(thing.point, thing.text), f"I take “{thing.text}” of the menu.", 0.9, last=False, tag="item"
    )


def open_record(found: list[Candidate], now: Now) -> Move | None:
    """A click on the record's name, once."""
    if any(s.tag == "record" for s in now.past):
        return None
    fresh = [c for c in found if not now.tried(c.point) and c.thing.kind != "panel"]
    if not fresh:
        return None
    best = min(fresh, key=lambda c: (c.thing.kind not in ("link", "text", "button"), -c.score))
    said = f"I open {name_of(best.thing)}."
    return Move(click_at(best.point, best.thing.text), said, best.score, last=False, tag="record")
