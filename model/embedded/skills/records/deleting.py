"""Remove a record: its own control, its menu, its page, or its box and the list's button; confirm; see it gone."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.clauses import strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Delete, Goal, Target
from model.embedded.language.words import concept_of, fold, squash, tokens
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Thing
from model.embedded.matching.seek import wide
from model.embedded.matching.whereabouts import in_head
from model.embedded.skills.base import Skill
from model.embedded.skills.means import messages
from model.embedded.skills.means.controls import controls_for, dialog_panel, of_owner, of_page, prominent
from model.embedded.skills.means.rows import is_page_of, menu_item, more_menu, open_record, owners, sure_of

_WORDS = (
    "delete",
    "remove",
    "trash",
    "move to trash",
    "discard",
    "erase",
    "cancel booking",
    "删除",
    "移除",
    "delete…",
    "delete...",
)
_YES = re.compile(
    r"^(?:yes\b.*|ok|okay|confirm\b.*|delete\b.*|remove\b.*|i['’]?m sure\b.*|proceed|continue|discard\b.*|确定|确认|是的?|删除|移除)$",
    re.I,
)
_ASKS = re.compile(
    r"are you sure|really (?:want|delete)|cannot be undone|can['’]t be undone|permanently|do you want to|confirm|确定要|确认删除|无法撤销",
    re.I,
)


def delete(goal: Delete, now: Now) -> Answer:
    """The next step."""
    used = now.tagged("delete", "confirm")
    if used and (answer := _after(goal, now)):
        return answer
    if len([s for s in now.past if s.tag == "delete"]) > (40 if goal.every else 4):
        return Lost(f"{goal.name} is still there", final=True)
    if goal.every:
        return _all(goal, now)
    if move := menu_item(_WORDS, now):
        return _deletes(move, now)
    found = owners(goal.name, now)
    on_page = is_page_of(goal.name, now)
    if not sure_of(found, goal.name, now) and not on_page:
        return Lost(f"{goal.name} is not to be seen", goal.name)
    if control := of_owner("delete", found, now):
        return _move(control[0], control[1] if len(found) == 1 else min(control[1], 0.9), goal, now)
    if on_page and (page := of_page("delete", now)) and page[0].box.center[1] > 4.5 * now.scene.scale:
        return _move(page[0], page[1], goal, now)
    if move := more_menu(found, now):
        return move
    if move := _box_of(found, now):
        return move
    if any(s.tag == "box" and not s.idle for s in now.past):
        controls = [(t, s) for t, s in controls_for("delete", now.scene) if not now.tried(t.point)]
        if controls:
            thing, score = prominent(controls, now.scene, None)
            return _move(thing, min(score, 0.92), goal, now)
    if move := open_record(found, now):
        return move
    return Lost(f"there is no control to delete {goal.name}", Target(text="delete") if on_page else None)


def _move(thing: Thing, score: float, goal: Delete, now: Now) -> Move:
    said = f"I use {name_of(thing)} to delete {goal.name}."
    return _deletes(Move(click_at(thing.point, thing.text or "delete"), said, score, last=False), now)


def _deletes(move: Move, now: Now) -> Move:
    from dataclasses import replace

    return replace(move, tag="delete", memo={"known": messages.told(now.scene)})


def _after(goal: Delete, now: Now) -> Answer | None:
    """What came of it: a question to answer, the name gone, a complaint; None: nothing yet, go on."""
    last = now.past[-1]
    known = list(now.tagged("delete")[-1].memo.get("known") or [])
    if last.tag in ("delete", "item") and not last.idle and (button := _question(now)):
        said = f"The page asks, I answer “{button.text}”."
        return Move(click_at(button.point, button.text), said, 0.93, last=False, tag="confirm")
    if (wrong := messages.fresh_errors(now.scene, known)) and not _ASKS.search(wrong[0]):
        return Lost(f"the page says “{wrong[0][:140]}”", final=True)
    if text := messages.success(now.scene, known):
        return None if goal.every else Done(f"the page says “{text[:80]}”", 0.97)
    if goal.every:
        return None
    name = goal.name.called
    gone = bool(name) and not any(squash(name) in squash(t.text) for t in now.scene.things if t.kind != "panel")
    changed = any(not s.idle for s in now.tagged("delete", "confirm"))
    acted = last.tag in ("delete", "confirm", "item") and not last.idle
    if gone and changed and acted:
        return Done(f"“{name}” is gone", 0.96)
    if not name and changed and not last.idle:
        return Done("it was removed", 0.9)
    if changed and not last.idle and last.tag == "confirm":
        left = [c for c in owners(goal.name, now) if c.score >= 0.97 and c.thing.kind in ("text", "link")]
        return Done(f"“{name}” is gone from its list", 0.9) if not left else None
    return None


def _question(now: Now) -> Thing | None:
    """The button that says yes to the page's own question."""
    scene = now.scene
    panel = dialog_panel(scene)
    asked = bool(_ASKS.search(scene.text))
    buttons = [
        t for t in scene.of("button", "link", "tab", "text")
        if t.text and len(tokens(t.text)) <= 5 and _YES.match(t.text.strip()) and not now.tried(t.point)
    ]  # fmt: skip
    if panel:
        buttons = [b for b in buttons if panel.box.contains(*b.box.center)] or (buttons if asked else [])
    elif not asked:
        return None
    buttons = [b for b in buttons if b.kind != "text"] or buttons
    if not buttons:
        return None
    lines = [line.box for _, line in scene.lines if _ASKS.search(line.text)]
    spot = lines[0].center if lines else (panel.box.center if panel else (0, 0))
    return min(buttons, key=lambda t: abs(t.box.center[0] - spot[0]) * 0.5 + abs(t.box.center[1] - spot[1]))


def _box_of(found: list, now: Now) -> Move | None:  # type: ignore[type-arg]
    """The check box at the start of the record's row, where the list has a button that deletes what is ticked."""
    if any(s.tag == "box" for s in now.past) or not found or not controls_for("delete", now.scene):
        return None
    row = now.scene.row_of(found[0].thing.box)
    boxes = [
        t
        for t in row
        if t.kind == "checkbox" and t.box.right <= found[0].thing.box.left + 2 and "checked" not in t.state
    ]
    if not boxes:
        return None
    box = max(boxes, key=lambda t: t.box.left)
    return Move(click_at(box.point), f"I tick the row of {name_of(found[0].thing)}.", 0.9, last=False, tag="box")


def _all(goal: Delete, now: Now) -> Answer:
    """One after another, from the top, until none is left."""
    vain = [s.point for s in now.past if s.idle and s.point]
    controls = [
        (t, s) for t, s in controls_for("delete", now.scene)
        if not any(p and t.box.grown(4).contains(*p) for p in vain) and not in_head(t, now.scene)
    ]  # fmt: skip
    controls.sort(key=lambda pair: (pair[0].kind == "text", pair[0].box.top))
    if not controls:
        if any(not s.idle for s in now.tagged("delete")):
            return Done("nothing is left", 0.95)
        return Lost("there is nothing to delete", Target(text="delete"))
    return _move(controls[0][0], 0.95, goal, now)


_VERBS = "delete|remove|erase|trash|discard|clear|empty|purge|wipe|cancel|drop|take off"
_EVERY = re.compile(r"^(?:everything|all(?: (?:of )?(?:the|my|your))?|every|each)\b\s*", re.I)


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "delete the user Ada Park", "remove the tag X from the article Y", "clear the cart"."""
    verb, rest = fold(found["verb"]), strip_purpose(found["rest"])
    place = clause.place
    where = re.match(
        r"^(?P<what>.+?)\s+(?:from|off|out of|in)\s+(?:the |my |our |your )?(?P<where>[^,]+)$", rest, re.I
    )
    owner = where and re.match(
        r"^(?:the |an? )?\w*(?:mail|message|order|post|comment|letter|e-mail)$", where["what"], re.I
    )
    if where and not owner:
        group = clause.noun(where["where"])
        rest, place = where["what"], (group.called or clause.value(where["where"]))
        place = place if concept_of(place) else re.sub(r"\s+(?:page|list|section)$", "", place)
    if re.match(
        r"^(?:the |my )?(?:filters?|selection|search|dialog|popup)\b|^(?:changes|editing)$", rest, re.I
    ) and verb in ("clear", "cancel", "discard", "drop"):
        return []
    if verb in ("clear", "empty") and concept_of(re.sub(r"^(?:the|my)\s+", "", rest)):
        return [
            Delete(
                name=Target(text="everything"), every=True, place=re.sub(r"^(?:the|my)\s+", "", clause.value(rest))
            )
        ]
    if verb == "drop" and re.search(r"\b(?:on|onto|into|to|in)\b", found["rest"]):
        return []
    if verb == "cancel" and not re.match(r"^(?:the |my |an? )?\w+ (?:of|for|with|on|number|\S*\d|[A-Z])", rest):
        return []
    if every := _EVERY.match(rest):
        left = rest[every.end() :] or "everything"
        return [Delete(name=Target(text=clause.value(left)), every=True, place=place)]
    return [Delete(name=clause.noun(rest), place=place)]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    where = (found.groupdict().get("where") or "").removesuffix("页面") or clause.place
    what = clause.noun(found["what"])
    every = bool(re.match(r"所有|全部", found["what"]))
    return [Delete(name=what, every=every, place=clause.value(where))]


_DROP = r"(?:删除|移除|删掉|去掉|移出|拿掉|清除)"
SKILL = Skill(
    "delete",
    {Delete: delete},
    verbs=_VERBS,
    english=(Form(rf"^(?P<verb>{_VERBS})\s+(?P<rest>.+)$", _read),),
    chinese=(
        Form(rf"^从(?P<where>.+?)(?:中|里)?(?:把|将)?{_DROP}(?P<what>.+)$", _chinese),
        Form(rf"^从(?P<where>.+?)(?:中|里)(?:把|将)?(?P<what>.+?){_DROP}$", _chinese),
        Form(rf"^(?:把|将)(?P<what>.+?)从(?P<where>.+?)(?:中|里)?{_DROP}$", _chinese),
        Form(rf"^(?:把|将)?(?P<what>.+?){_DROP}$", _chinese),
        Form(rf"^{_DROP}(?P<what>.+)$", _chinese),
    ),
    touches="delete",
    most_steps=40,
)

__all__ = ["SKILL", "wide"]
