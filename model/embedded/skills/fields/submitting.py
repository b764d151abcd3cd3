"""Confirm what was entered: by the button that is named, else by the one that plainly does it."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Goal, Submit, Target
from model.embedded.language.words import CONCEPTS, concept_of, fold, squash
from model.embedded.matching.clear import uncalled_dialog
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import best, name_of
from model.embedded.matching.scene import Scene, Thing
from model.embedded.matching.seek import wide
from model.embedded.matching.whereabouts import in_head
from model.embedded.skills.base import Skill

_APPLIES = re.compile(r"apply|show (?:\d+ )?(?:results?|products|items)|应用|确定|查看结果")


def submit(goal: Submit, now: Now) -> Answer:
    """By the button that is named; else by what looks like it, nearest below what was entered."""
    before = now.goals[now.index - 1] if now.index else None
    if before is not None and before.saves and not now.past and any(s.goal == now.index - 1 for s in now.steps):
        return Done("it was saved with the step before", 0.95)
    if again := _emptied(now):
        return again
    if any(s.kind == "input" for s in now.steps) and (other := uncalled_dialog(now)):
        return other  # its buttons are not those of the form
    named = goal.what.text
    found = best(replace(goal.what, kinds=goal.what.kinds or ("button",)), now) if named else None
    near = None if found and found.score >= 0.9 else _beside_field(now)
    if near:
        return Move(click_at(near.point, near.text), f"I send it with {name_of(near)} beside the field.", 0.93)
    if found and found.score >= 0.8:
        return Move(click_at(found.point, found.thing.text), f"I press {name_of(found.thing)}.", found.score)
    words = [squash(w) for c in ("submit", *concept_of(named)) for w in CONCEPTS[c][0]]
    ranked = []
    for thing in now.scene.things:
        key = squash(thing.text)
        if (
            thing.kind in ("button", "link", "icon", "text")
            and (key in words or thing.name in ("check", "send"))
            and not now.tried(thing.point)
        ):
            rank = words.index(key) if key in words else len(words)
            ranked.append((thing.kind == "text", rank, -thing.box.center[1], thing))
    if ranked:
        thing = min(ranked, key=lambda r: r[:3])[3]
        return Move(click_at(thing.point, thing.text), f"I confirm with {name_of(thing)}.", 0.85)
    typed = [s for s in now.steps if s.kind == "input" and s.mark == "·" and not s.error]
    pressed = any(s.kind == "press" for s in now.past)
    if now.relaxed and typed and wide(now.scene) and "press" in now.actions and not pressed:
        # On a full page any icon may do anything: no guess.
        return Move({"action": "press", "keys": ["enter"]}, "I see no button, I send it with Enter.", 0.9)
    icons = [
        t for t in now.scene.of("icon", "button") if not t.text and t.name in ("", "send", "check", "arrow-right")
    ]
    icons = [t for t in icons if t.box.height >= 0.8 * now.scene.scale and not now.tried(t.point)]
    if now.relaxed and icons:
        thing = min(icons, key=lambda t: (t.name == "", t.box.top, -t.box.left))
        return Move(click_at(thing.point, "send"), f"I try {name_of(thing)} to send it.", 0.6)
    if any(not s.idle and s.kind != "scroll" for s in now.past) or not named:
        return Done("nothing is left to confirm", 0.8)
    return Lost("there is no button to confirm with", replace(goal.what, kinds=("button",)))


def _beside_field(now: Now) -> Thing | None:
    """The button that stands just behind the field that was filled last, where only one field was filled."""
    typed = [s for s in now.steps if s.kind == "input" and s.mark == "·" and s.point and not s.error]
    if len(typed) != 1 or not typed[0].point or now.past:
        return None
    field = next((f for f in now.scene.of("field", "textarea") if f.box.contains(*typed[0].point)), None)
    if field is None or in_head(field, now.scene):
        return None
    behind = [
        t
        for t in now.scene.row_of(field.box)
        if t.kind == "button" and t.text and 0 <= t.box.left - field.box.right < 3 * now.scene.scale
    ]
    return behind[0] if behind else None


def _emptied(now: Now) -> Move | None:
    """A field that was filled and stands empty again (a dialog came between): fill it once more."""
    for step in now.steps:
        if step.kind != "input" or not step.point or step.error:
            continue
        field = next((f for f in now.scene.of("field", "textarea") if f.box.contains(*step.point)), None)
        element = now.scene.screen.elements[field.element] if field and field.element >= 0 else None
        often = sum(s.kind == "input" and s.text == step.text for s in now.steps)
        inside = element and any(
            t.kind == "shape" and element.box.contains(*t.box.center) for t in now.scene.things
        )
        if element and not element.text and not inside and often < 2:
            action = {"action": "input", "text": step.text, "start_point": list(step.point), "clear": True}
            return Move(action, f"The field is empty again, I type “{step.text}” once more.", 0.85, last=False)
    return None


def apply_button(scene: Scene) -> Thing | None:
    """What has to be pressed before a choice of filters takes effect."""
    return next((t for t in scene.of("button") if _APPLIES.match(fold(t.text))), None)


def implied_submit(now: Now) -> Move | None:
    """After fields were filled and nothing was said about sending: the button that plainly does it."""
    words = {squash(w) for w in CONCEPTS["submit"][0]}
    found = [t for t in now.scene.of("button") if squash(t.text) in words or _APPLIES.match(fold(t.text))]
    if len(found) != 1 or any(s.text == found[0].text and s.kind == "click" for s in now.steps):
        return None
    return Move(
        click_at(found[0].point, found[0].text), f"What I entered is confirmed with {name_of(found[0])}.", 0.9
    )


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "save", "send it", "submit the form", "post it"."""
    verb = fold(found["verb"])
    return [Submit(what=Target() if verb in ("submit", "send") and not found["what"] else Target(text=verb))]


_WHAT = r"(?:(?:the |your |my |this |that |all |all the )?(?:form|answers?|it|them|order|message|changes?|settings|request|review|comment|file|document|post|details|page|reply|email|mail))"
SKILL = Skill(
    "submit",
    {Submit: submit},
    verbs="submit|send|confirm|save|apply|post|publish",
    english=(
        Form(
            rf"^(?P<verb>submit|send|save|apply|post|publish|confirm)(?: (?P<what>{_WHAT}))?(?: off| now)?$", _read
        ),
    ),
    chinese=(
        Form(
            r"^(?P<verb>提交|确认|确定|保存|发送)(?P<what>表单|订单|更改|修改|设置)?$",
            lambda f, c: [Submit(what=Target() if f["verb"] == "提交" else Target(text=f["verb"]))],
        ),
    ),
    touches="send",
)
