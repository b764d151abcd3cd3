"""Goals that are reached with the keyboard: fields, searches, dates, numbers."""

from __future__ import annotations

import re
from dataclasses import replace

from action_space.geometry import Box
from model.embedded.understand.act import best, name_of
from model.embedded.understand.goals import Adjust, Fit, Search, Target, Type
from model.embedded.understand.language import KINDS, concept_of, concepts_within, fold, squash, tokens
from model.embedded.understand.match import ENOUGH, Candidate, find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import FIELDS, Thing
from model.embedded.understand.seek import search_field
from model.embedded.understand.values import numbers, show

_ANY_FIELD = (
    "",
    "text",
    "input",
    "field",
    "box",
    "answer",
    "form",
    "it",
    "page",
    "provided",
    "below",
    "empty",
    "corresponding",
    "blank",
)


def _behind_label(target: Target, now: Now) -> Candidate | None:
    """The blank behind "to:", where that label stands in what looks like one large text area, or in no field.

    Lines such as the heads of a letter have no border of their own.
    """
    wanted, scene = squash(target.text), now.scene
    line = next(
        (x for _, x in scene.lines if wanted and x.text.strip().endswith(":") and squash(x.text) == wanted), None
    )
    if line is None:
        return None
    box, width = line.box, scene.screen.size.width
    areas = [f.box for f in scene.of("textarea") if f.box.contains(*box.center)]
    row = [t.box for t in scene.row_of(box) if t.line < 0 or scene.screen.lines[t.line] != line]
    behind = [b for b in row if b.left > box.right and b not in areas]
    own = [
        f.box for f in scene.of(*FIELDS)
        if f.box not in areas and abs(f.box.left - box.left) < 2 * scene.scale
        and 0 <= f.box.top - box.bottom < 2 * scene.scale
    ]  # fmt: skip
    if behind or own:  # it has a field of its own, or is filled
        return None
    end = min((b.right for b in areas), default=width)
    left = box.right + 0.5 * scene.scale
    blank = Box(left, box.top, max(left + scene.scale, min(end, left + 8 * scene.scale)), box.bottom)
    return Candidate(Thing("field", blank, (target.text,)), 0.9, f"the blank behind “{line.text}”")


def field_for(target: Target, now: Now) -> Candidate | None:
    """The field that a target names: by its label; an unnamed one is the first that was not filled."""
    if blank := _behind_label(target, now):
        return blank
    fields = now.scene.of(*FIELDS)
    if not fields:
        return None
    if (
        not target.text
        and target.role
        and not KINDS.get(target.role)
        and target.role not in ("text", "word", "line")
    ):
        target = replace(target, text=target.role, role="")  # "the email", "the name"
    if fold(target.text) not in _ANY_FIELD or target.nth or target.anchor:
        named = replace(target, kinds=("field", "textarea"), role="" if target.text else target.role)
        found = best(named, now, fields)
        kind = concept_of(target.text) & {"mail", "phone", "password"}
        of_kind = [f for f in fields if any(kind & concepts_within(n) and len(tokens(n)) <= 5 for n in f.names)]
        if (
            kind
            and len(of_kind) == 1
            and (not found or found.score < 0.92)
            and not now.tried(of_kind[0].point, kind="input")
        ):
            return Candidate(of_kind[0], 0.92, f"the only field for {min(kind)}")
        if found and found.score >= 0.55:
            return found
        beside = [
            c for c in find(replace(named, kinds=()), now.scene) if c.score >= 0.8 and c.thing.kind not in FIELDS
        ]
        if beside:  # a label that the reader did not join to its field
            from model.embedded.understand.places import distance

            filled = [s.point for s in now.steps if s.kind == "input" and s.point and s.goal != now.index]
            free = [f for f in fields if not any(f.box.grown(2).contains(*p) for p in filled)]
            near = min(free or fields, key=lambda f: distance(now.scene, f.box, beside[0].thing.box))
            if distance(now.scene, near.box, beside[0].thing.box) < 6 * now.scene.scale:
                return Candidate(near, beside[0].score * 0.93, f"beside “{beside[0].thing.text}”")
    searching = search_field(now.scene)
    said = fold(target.text) not in _ANY_FIELD
    if said and searching is not None and not now.relaxed:
        return None  # the page has a field, but not for this
    used = [s.point for s in now.steps if s.kind == "input" and s.point]
    fields = [f for f in fields if not said or f != searching]
    free = [f for f in fields if not any(p and f.box.grown(2).contains(*p) for p in used)]
    if not free:
        return None
    if "field" in target.kinds[:1] and (plain := [f for f in free if f.kind == "field"]):
        free = plain
    if "textarea" in target.kinds[:1] and (areas := [f for f in free if f.kind == "textarea"]):
        free = areas
    written = [line.box.center for _, line in now.scene.lines]
    free.sort(key=lambda f: any(f.box.contains(*spot) for spot in written))  # an empty one first
    known = fold(target.text) in _ANY_FIELD
    return Candidate(
        free[0],
        (0.95 if len(fields) == 1 else 0.9) if known else (0.8 if len(fields) == 1 else 0.72),
        "the next field",
    )


def filled(field: Thing, now: Now) -> bool:
    """Whether something was typed into this field for the goal at hand."""
    return any(s.kind == "input" and not s.error and s.point and field.box.contains(*s.point) for s in now.past)


def type_(goal: Type, now: Now) -> Answer:
    """Type the text into its field, or into all of them."""
    scene, text = now.scene, goal.text
    score = 1.0
    if goal.source:
        from model.embedded.understand.answer import read
        from model.embedded.understand.carry import paste

        if carried := paste(goal, now):
            return carried
        said = next((s for s in now.steps if s.kind == "input" and s.goal == now.index and not s.error), None)
        if said:
            return Done("it was entered", said.score)
        answer = read(goal.source, now)
        if not isinstance(answer, Done) or answer.answer is None:
            return answer if not isinstance(answer, Done) else Lost("there is nothing to enter", None)
        text, score = answer.answer, answer.score
    from model.embedded.understand.dates import time_parts

    if move := time_parts(text, now):
        return move
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    if goal.everywhere:
        free = [
            f for f in scene.of(*FIELDS) if not any(s.point and f.box.grown(2).contains(*s.point) for s in typed)
        ]
        if not free:
            return (
                Done("all fields are filled", 0.9)
                if typed
                else Lost("there is no field", Target(kinds=("field",)))
            )
        return Move(
            input_at(text, free[0]), f"I type “{text}” into {name_of(free[0])}.", 0.92, last=len(free) == 1
        )
    field = field_for(goal.field, now)
    if field is None and len(typed) >= 2:
        return Done("it was entered", 0.6)
    if field is None and now.relaxed and goal.field.role == "message" and (spot := _blank(now)):
        action: dict[str, object] = {"action": "input", "text": text, "start_point": list(spot)}
        return Move(action, f"I type “{text}” into the blank below the heads.", 0.65)
    if field is None:
        return Lost(f"there is no field for “{text}”", replace(goal.field, kinds=("field", "textarea")))
    return Move(
        input_at(text, field.thing), f"I type “{text}” into {name_of(field.thing)}.", min(score, field.score)
    )


def _blank(now: Now) -> tuple[int, int] | None:
    """The middle of the empty part below the last line: a text area without a border."""
    lines = [line.box for _, line in now.scene.lines]
    if not lines:
        return None
    top, bottom = max(b.bottom for b in lines), max((e.box.bottom for e in now.scene.screen.elements), default=0.0)
    if bottom - top < 3 * now.scene.scale:
        return None
    widest = max(lines, key=lambda b: b.width)
    return int(widest.center[0]), int((top + bottom) / 2)


def input_at(text: str, field: Thing) -> dict[str, object]:
    """The action that types a text into a field, over what stands in it."""
    action: dict[str, object] = {"action": "input", "text": text, "start_point": list(field.point)}
    if field.names and "focused" not in field.state:
        action["clear"] = True
    return action


def fit(goal: Fit, now: Now) -> Answer:
    """Type the beginning, then take the suggestion that has the rest."""
    field = field_for(goal.field, now)
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    start = goal.starts or goal.contains or goal.ends
    if not typed:
        if field is None:
            return Lost("there is no field", Target(kinds=("field",)))
        action = {"action": "input", "text": start, "start_point": list(field.point), "clear": True}
        return Move(action, f"I type “{start}” to see what is offered.", 0.92, last=False)
    typed_at = typed[-1].point or (0, 0)
    fits = [
        t
        for t in now.scene.things
        if t.text and not t.box.grown(3).contains(*typed_at) and any(_has(goal, name) for name in t.names)
    ]
    if fits:
        rows = [line for _, line in now.scene.lines if fits[0].box.contains(*line.box.center)]
        if len(rows) > 1 and (row := next((line for line in rows if _has(goal, line.text)), None)):
            fits = [Thing("text", row.box, (row.text,))]  # offers that were taken for one
        return Move(click_at(fits[0].point, fits[0].text), f"“{fits[0].text}” fits, I take it.", 0.93)
    if "press" in now.actions and not any(s.kind == "scroll" for s in now.past):
        spot = typed[-1].point or (0, 0)
        action = {
            "action": "scroll",
            "direction": "down",
            "start_point": [spot[0], int(spot[1] + 4 * now.scene.scale)],
        }
        return Move(action, "What is offered goes on below.", 0.7, last=False)
    return Lost("nothing that fits is offered", None)


def _has(goal: Fit, text: str) -> bool:
    key = squash(text)
    if re.fullmatch("[A-Z]{3,4}", goal.starts) and re.search(rf"\b{goal.starts}\b", text):
        return True  # a code stands behind the name: "Oslo (OSL)"
    return key.startswith(squash(goal.starts)) and key.endswith(squash(goal.ends)) and squash(goal.contains) in key


def search(goal: Search, now: Now) -> Answer:
    """Type into the search field and start the search."""
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    field = search_field(now.scene)
    if typed:
        buttons = [
            c
            for c in find(Target(text="search", kinds=("button", "icon")), now.scene)
            if c.score >= 0.8 and c.thing.kind in ("button", "icon") and not now.tried(c.point)
        ]
        if typed[-1].idle and buttons:
            return Move(click_at(buttons[0].point, buttons[0].thing.text), "I start the search.", buttons[0].score)
        return Done("the search was started", 0.9)
    if field is None and (only := now.scene.of("field")) and len(only) == 1:
        field = only[0]
    if field is None:
        icons = [c for c in find(Target(text="search"), now.scene) if c.score >= 0.8 and not now.tried(c.point)]
        if icons:
            return Move(
                click_at(icons[0].point, icons[0].thing.text), "I open the search.", icons[0].score, last=False
            )
        return Lost("there is no search field", Target(text="search"))
    action = {
        "action": "input",
        "text": goal.text,
        "start_point": list(field.point),
        "clear": True,
        "submit": True,
    }
    return Move(action, f"I search for “{goal.text}”.", 0.95)


def adjust(goal: Adjust, now: Now) -> Answer:
    """A slider by dragging and arrow keys, a spinner by typing."""
    scene, past = now.scene, now.past
    sliders = scene.of("slider")
    wanted = show(goal.value)
    if not sliders:
        field = field_for(goal.field, now)
        if field is None:
            return Lost("there is no slider or field for the value", Target(kinds=("slider", "field")))
        if any(s.kind == "input" and not s.error for s in past):
            return Done("the value was entered", 0.9)
        action = {"action": "input", "text": wanted, "start_point": list(field.point), "clear": True}
        return Move(action, f"I enter {wanted} into {name_of(field.thing)}.", field.score)
    named = [c for c in find(replace(goal.field, kinds=("slider",)), scene, sliders) if c.score >= ENOUGH]
    slider = named[0].thing if named else sliders[0]
    shown = _shown(slider, now)
    if shown is not None and abs(shown - goal.value) < 1e-9:
        return Done("the slider shows the value", 0.95)
    knob = slider.point
    element = scene.screen.elements[slider.element]
    if element.value is not None:
        knob = (int(slider.box.left + element.value * slider.box.width), knob[1])
    drags = [s for s in past if s.kind == "drag"]
    if not drags:
        low, high = _range(slider, now)
        share = min(1.0, max(0.0, (goal.value - low) / ((high - low) or 1)))
        end = [int(slider.box.left + share * slider.box.width), knob[1]]
        return Move(
            {"action": "drag", "start_point": list(knob), "end_point": end},
            f"I move the slider to {wanted}.",
            0.85,
            last=shown is None,
        )
    if shown is None or len(past) > 40:
        return Done("the slider was moved", 0.6)
    if not any(s.kind == "click" for s in past):
        return Move(click_at(knob, "slider"), "I focus the slider for fine steps.", 0.8, last=False)
    key = "right" if shown < goal.value else "left"
    return Move(
        {"action": "press", "keys": [key]}, f"It shows {show(shown)}, I step towards {wanted}.", 0.85, last=False
    )


def _shown(slider: Thing, now: Now) -> float | None:
    """The value beside or below a slider: the only number that stands alone near it."""
    near = []
    for _, line in now.scene.lines:
        found = numbers(line.text)
        if len(found) == 1 and len(line.text) < 24:
            dy = abs(line.box.center[1] - slider.box.center[1])
            if dy < 5 * now.scene.scale:
                near.append((dy, found[0]))
    return min(near)[1] if len(near) == 1 else None


def _range(slider: Thing, now: Now) -> tuple[float, float]:
    """Numbers at the two ends of a slider, 0–100 where there are none."""
    left = [
        n
        for t in now.scene.row_of(slider.box)
        if t.box.center[0] < slider.box.left + 5
        for n in numbers(t.text)[-1:]
    ]
    right = [
        n
        for t in now.scene.row_of(slider.box)
        if t.box.center[0] > slider.box.right - 5
        for n in numbers(t.text)[:1]
    ]
    return (left[-1], right[0]) if left and right and right[0] > left[-1] else (0.0, 100.0)
