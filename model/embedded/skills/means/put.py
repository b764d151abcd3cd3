"""Putting a value into a field, whatever kind of control it is: text, list, group of options, switch, date, slider.

Every step for a field carries the field's name in its memo, so that what was entered is known without reading
a word of what was said. A field holds its value when the page's own field says so, or when the value can be read
in it; a placeholder is no value.
"""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from model.embedded.language.fieldnames import SAME, synonyms
from model.embedded.language.goals import Adjust, Choose, Pick, Setting, Target
from model.embedded.language.settings import DAY
from model.embedded.language.values import find_date, number_word
from model.embedded.language.wording import text_score
from model.embedded.language.words import concept_of, fold, squash
from model.embedded.matching.match import ENOUGH, find
from model.embedded.matching.memory import ACT, Answer, Done, Lost, Move, Now, Step, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS, Candidate, Thing
from model.embedded.matching.seek import search_field
from model.embedded.skills.means.controls import dialog_panel, save_button
from model.embedded.skills.means.groups import visible

_ON = frozenset(("on", "yes", "true", "checked", "ticked", "enabled", "active", "是", "开", "开启"))
_OFF = frozenset(("off", "no", "false", "unchecked", "disabled", "否", "关", "关闭"))


def put(one: Setting, now: Now, kind: str = "") -> Answer:
    """The next step that puts a value into a field; Done when it holds it.

    Args:
        kind: noun of the record whose field it is ("task"); its name may stand as the label of the name.
    """
    answer = _put(one, now, kind)
    return replace(answer, last=False) if isinstance(answer, Move) else answer


def _put(one: Setting, now: Now, kind: str) -> Answer:
    key = squash(one.field.text) or squash(one.field.role) or "-"
    mine = [s for s in now.past if s.memo.get("field") == key and not s.error]
    failed = [s for s in now.past if s.memo.get("field") == key and s.error]
    if mine and (answer := _after(one, mine, now)):
        return answer
    if len(mine) + len(failed) > 6:
        return Lost(f"“{one.field}” does not take “{one.value}”", final=True)
    if one.field.role == "option" and not one.field.text:
        return _any_list(one, now, key, failed)
    if fold(one.value) in _ON | _OFF and (answer := _switch(one, now, key)):
        return answer
    found = field_named(one.field, now, kind)
    if found is None:
        return _option(one, now, key) or Lost(f"there is no field for “{one.field}”", replace(one.field, kinds=()))
    thing = found.thing
    memo = {"field": key}
    if thing.kind == "select":
        return _listed(one, thing, found.score, now, mine, failed, memo)
    if thing.kind == "slider" and (number := number_word(one.value)) is not None:
        from model.embedded.skills.means.sliders import adjust

        return adjust(Adjust(one.value, number, one.field), now)
    if (
        DAY.fullmatch(one.value)
        and find_date(one.value)
        and (answer := _dated(one, thing, found.score, now, failed, memo))
    ):
        return answer
    action: dict[str, object] = {
        "action": "input",
        "text": one.value,
        "start_point": list(thing.point),
        "clear": True,
    }
    return Move(action, f"I enter “{one.value}” into {name_of(thing)}.", found.score, tag="set", memo=memo)


def _after(one: Setting, mine: list[Step], now: Now) -> Answer | None:
    """Whether the steps made for a field were enough; None: they were not."""
    last = mine[-1]
    if last.kind == "input":
        if last.tag == "typeahead":
            return _offered(one, mine, now)
        held = last.change.get("typed")
        if held == "seen":
            offers = _offers(one, last, now)
            return offers or Done(f"the field {one.field.text} holds “{one.value}”", max(0.93, last.score))
        if held == "differs":
            value = str(last.change.get("field_value") or "")
            same = squash(value) == squash(one.value) or (
                find_date(value) is not None and find_date(value) == find_date(one.value)
            )
            return Done(f"the field holds “{value}”", 0.93) if same else None
        if held == "unknown" and (box := _locked(last, now)):
            said = "The field does not take it; I tick the box before it."
            return Move(
                click_at(box.point), said, 0.85, last=False, tag="unlocked", memo={"field": last.memo["field"]}
            )
        return Done(f"“{one.value}” was entered for {one.field.text or 'the field'}", last.score)
    if last.tag == "unlocked":
        return None
    if last.kind == "select":
        return Done(f"“{one.value}” was chosen", max(last.score, 0.93)) if not last.idle else None
    if last.tag == "opened":
        return _offered(one, mine, now)
    if last.tag in ("set", "took"):
        return Done(f"“{one.value}” was chosen for {one.field.text}", last.score) if not last.idle else None
    return None


def _locked(last: Step, now: Now) -> Thing | None:
    """The box that is to be ticked before a field takes text: it stands in the field's own frame, at its start."""
    x, y = last.point or (0, 0)
    scene = now.scene
    fields = [f for f in scene.of(*FIELDS) if f.box.contains(x, y)]
    if not fields or any(squash(last.text) and squash(last.text) in squash(" ".join(f.names)) for f in fields):
        return None
    field = min(fields, key=lambda f: f.box.area)
    boxes = [
        t for t in scene.of("checkbox")
        if "checked" not in t.state and abs(t.box.center[1] - field.box.center[1]) < scene.scale
        and -2 * scene.scale < field.box.left - t.box.right < 2 * scene.scale and not now.tried(t.point)
    ]  # fmt: skip
    return boxes[0] if boxes else None


def field_named(target: Target, now: Now, kind: str = "") -> Candidate | None:
    """The field of a name: as it was said, by another word for it, by the noun of the record, else the only one left."""
    scene = now.scene
    fields = fields_in_view(now)
    names = synonyms(target.text or target.role)
    if fold(target.text) in SAME[0] and kind:
        names += [
            kind,
            f"{kind} name",
            f"new {kind}",
            f"add {kind}",
            f"add a {kind}",
            f"add a new {kind}",
            "what needs to be done",
        ]
    best: Candidate | None = None
    for rank, name in enumerate(n for n in names if n):
        for thing in fields:
            if _used(thing, now, target):
                continue
            score = max(
                (_label_score(name, label) - (0.06 if at else 0) for at, label in enumerate(thing.names)),
                default=0.0,
            )
            score -= 0.004 * rank + (0.05 if rank else 0)
            if score >= 0.75 and (best is None or score > best.score + 0.001):
                best = Candidate(thing, min(1.0, score), f"labelled “{thing.text}”")
        if best and best.score >= 0.85:
            return best
    if best:
        return best
    labels = [
        c
        for n in names[:3]
        for c in find(Target(text=n), scene)
        if c.score >= 0.85 and c.thing.kind in ("text", "link")
    ]
    for label in labels[:3]:
        box = label.thing.box
        near = [
            f for f in fields
            if not _used(f, now, target)
            and ((abs(f.box.center[1] - box.center[1]) < 1.2 * scene.scale and 0 <= f.box.left - box.right < 25 * scene.scale)
                 or (0 <= f.box.top - box.bottom < 2 * scene.scale and abs(f.box.left - box.left) < 3 * scene.scale))
        ]  # fmt: skip
        if near:
            thing = min(
                near, key=lambda f: abs(f.box.center[1] - box.center[1]) + abs(f.box.left - box.right) * 0.1
            )
            return Candidate(thing, 0.9 * label.score + 0.05, f"beside “{label.thing.text}”")
    if fold(target.text) in SAME[0]:
        free = [f for f in fields if f.kind in FIELDS and not _used(f, now, target)]
        if free and (kind or (len(free) == 1 and _sends(free[0], now))):
            return Candidate(free[0], 0.86 if len(free) == 1 else 0.78, "the first field")
    return None


def _sends(field: Thing, now: Now) -> bool:
    """Whether a button that saves stands with a field: what is typed elsewhere is a search."""
    found = save_button(now, below=field.box.bottom)
    return found is not None and abs(found[0].box.center[1] - field.box.center[1]) < 15 * now.scene.scale


def _label_score(name: str, label: str) -> float:
    label = re.sub(r"[\s*:：]+$|\s*\((?:optional|required)\)$", "", label.strip(), flags=re.I)
    score, _ = text_score(name, label)
    mine, theirs = set(fold(name).split()), set(fold(label).split())
    if mine and mine < theirs and len(theirs) <= len(mine) + 3:
        score = max(score, 0.88 - 0.02 * (len(theirs) - len(mine)))
    if theirs and theirs < mine and fold(name).split()[-1] in theirs | {"number", "address", "name"}:
        score = max(score, 0.84)
    return score


def fields_in_view(now: Now) -> list[Thing]:
    """Fields, lists and sliders of the dialog in front or of the page, without its search."""
    scene = now.scene
    fields: list[Thing] = scene.of(*FIELDS, "select", "slider")
    panel = dialog_panel(scene)
    if panel and (inside := [f for f in fields if panel.box.contains(*f.box.center)]):
        return inside
    search = search_field(scene)
    return [f for f in fields if f != search]


def _used(thing: Thing, now: Now, target: Target) -> bool:
    """Whether another field of this goal was put there."""
    key = squash(target.text) or squash(target.role) or "-"
    return any(
        s.memo.get("field") not in (None, key) and s.kind in ("input", "select") and s.point and not s.error
        and thing.box.grown(3).contains(*s.point) and not any(t.kind == "scroll" and not t.idle for t in now.steps)
        for s in now.past
    )  # fmt: skip


def _listed(
    one: Setting,
    thing: Thing,
    score: float,
    now: Now,
    mine: Sequence[Step],
    failed: Sequence[Step],
    memo: dict[str, str],
) -> Answer:
    """A list box: by its own means, else opened and its option clicked."""
    if thing.names and squash(thing.names[-1]) == squash(one.value):
        return Done(f"{name_of(thing)} shows it", 0.95)
    if not any(s.kind == "select" for s in (*mine, *failed)) and "select" in now.actions:
        action = {"action": "select", "text": one.value, "start_point": list(thing.point)}
        return Move(action, f"I choose “{one.value}” in {name_of(thing)}.", score, tag="set", memo=memo)
    if any(s.tag == "opened" for s in mine):
        return Lost(f"“{one.value}” is not offered in {name_of(thing)}", final=True)
    return Move(
        click_at(thing.point, thing.text), f"I open {name_of(thing)}.", 0.85, last=False, tag="opened", memo=memo
    )


def _offered(one: Setting, mine: list[Step], now: Now) -> Answer | None:
    """The option of a list that was opened, by its text."""
    spot = mine[-1].point or (0, 0)
    found = [
        c for c in find(Target(text=one.value), now.scene)
        if c.score >= 0.85 and c.thing.kind not in ("panel", "field", "textarea", "select") and not c.thing.box.contains(*spot)
    ]  # fmt: skip
    found.sort(key=lambda c: (-round(c.score, 1), abs(c.thing.box.center[1] - spot[1])))
    memo = {"field": mine[-1].memo["field"]}
    if found:
        thing = found[0].thing
        return Move(
            click_at(thing.point, thing.text), f"I take “{thing.text}”.", found[0].score, tag="took", memo=memo
        )
    searching = [
        f
        for f in now.scene.of("field")
        if "focused" in f.state or abs(f.box.center[1] - spot[1]) < 5 * now.scene.scale
    ]
    if searching and mine[-1].tag == "opened":
        action = {"action": "input", "text": one.value, "start_point": list(searching[0].point)}
        return Move(action, f"I look for “{one.value}” in the list.", 0.85, last=False, tag="typeahead", memo=memo)
    return Lost(f"“{one.value}” is not offered for {one.field.text}", Target(text=one.value))


def _offers(one: Setting, last: Step, now: Now) -> Move | None:
    """A list of suggestions that opened under what was typed: the one that is exactly it."""
    spot = last.point or (0, 0)
    below = [
        t for t in now.scene.things
        if squash(t.text) == squash(one.value) and t.kind in ("text", "link", "button", "listbox") and t.kind not in FIELDS
        and 0 < t.box.top - spot[1] < 6 * now.scene.scale and abs(t.box.left - spot[0]) < 20 * now.scene.scale
    ]  # fmt: skip
    lists = [t for t in now.scene.of("listbox", "panel") if any(t.box.contains(*b.box.center) for b in below)]
    if not below or not lists or min(lists, key=lambda t: t.box.area).box.contains(*spot):
        return None
    memo = {"field": last.memo["field"]}
    return Move(click_at(below[0].point, below[0].text), f"I take “{below[0].text}”.", 0.9, tag="took", memo=memo)


def _any_list(one: Setting, now: Now, key: str, failed: Sequence[Step]) -> Answer:
    """The list that offers it, where it is not said which: one after another that no other field took."""
    for thing in now.scene.of("select"):
        if thing.names and squash(one.value) == squash(thing.names[-1]):
            return Done(f"{name_of(thing)} shows it", 0.95)
        vain = any(s.point and thing.box.grown(3).contains(*s.point) for s in failed)
        if not vain and not _used(thing, now, one.field):
            action = {"action": "select", "text": one.value, "start_point": list(thing.point)}
            return Move(
                action, f"I choose “{one.value}” in {name_of(thing)}.", 0.92, tag="set", memo={"field": key}
            )
    return Lost(f"no list offers “{one.value}”", one.field)


def _switch(one: Setting, now: Now, key: str) -> Answer | None:
    """A check box or switch of the field's name."""
    boxes = now.scene.of("switch", "checkbox")
    found = [c for c in find(replace(one.field, kinds=()), now.scene, boxes) if c.score >= ENOUGH]
    if not found:
        return None
    thing, on = found[0].thing, fold(one.value) in _ON
    if thing.state & {"checked", "unchecked"} and ("checked" in thing.state) == on:
        return Done(f"{name_of(thing)} is {'on' if on else 'off'}", found[0].score)
    said = f"I turn {'on' if on else 'off'} {name_of(thing)}."
    return Move(click_at(thing.point, thing.text), said, found[0].score, tag="set", memo={"field": key})


def _option(one: Setting, now: Now, key: str) -> Answer | None:
    """An option that stands in view under the name of its group: radio buttons, tabs, samples, or a box to tick."""
    goal = Choose(option=Target(text=one.value), field=one.field)
    heading = [c for c in find(replace(one.field, kinds=()), now.scene) if c.score >= 0.85]
    found = visible(goal, now) if heading else None
    if (
        found
        and found.score >= 0.8
        and found.thing.kind in ("radio", "checkbox", "tab", "button", "swatch", "switch", "link", "icon")
    ):
        thing = found.thing
        if thing.state & {"checked", "selected"} and _only(thing, now):
            return Done(f"{name_of(thing)} is chosen", found.score)
        return Move(
            click_at(thing.point, thing.text),
            f"I choose {name_of(thing)}.",
            found.score,
            tag="set",
            memo={"field": key},
        )
    opener = [c for c in heading if c.thing.kind in ("button", "link", "icon", "panel") and not now.tried(c.point)]
    if opener:
        thing = opener[0].thing
        return Move(
            click_at(thing.point, thing.text),
            f"I open {name_of(thing)}.",
            0.8,
            last=False,
            tag="opened",
            memo={"field": key},
        )
    return None


def _only(thing: Thing, now: Now) -> bool:
    """Whether no other radio button of the row looks chosen as well: then the look tells nothing."""
    row = [t for t in now.scene.row_of(thing.box) if t.kind == "radio" and t != thing]
    return thing.kind != "radio" or not any("checked" in t.state for t in row)


def _dated(
    one: Setting, thing: Thing, score: float, now: Now, failed: Sequence[Step], memo: dict[str, str]
) -> Answer | None:
    """A date, as the page's own field takes it; a calendar where typing does not do."""
    typed = [s for s in now.past if s.memo.get("field") == memo["field"] and s.kind == "input"]
    day = find_date(one.value)
    assert day is not None
    if not typed:
        action: dict[str, object] = {
            "action": "input",
            "text": day.isoformat(),
            "start_point": list(thing.point),
            "clear": True,
        }
        if not re.search(r"yyyy|jjjj|dd", " ".join(thing.names), re.I) and not concept_of(thing.text) & {
            "calendar"
        }:
            action["text"] = one.value
        return Move(action, f"I enter {action['text']} into {name_of(thing)}.", score, tag="set", memo=memo)
    from model.embedded.skills.means.date_fields import pick

    answer = pick(Pick(one.value, day.isoformat(), one.field), now)
    return replace(answer, memo=memo, tag=answer.tag or "way") if isinstance(answer, Move) else answer


__all__ = ["ACT", "field_named", "fields_in_view", "put"]
