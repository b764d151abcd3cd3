"""Goals that are reached by clicks: click, open, tick, follow a path, close, submit."""

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.understand.clear import close_controls, uncalled_dialog
from model.embedded.understand.goals import (
    Click,
    Close,
    Find,
    Path,
    Reach,
    Read,
    Search,
    Submit,
    Target,
    Tick,
)
from model.embedded.understand.language import CONCEPTS, KINDS, concept_of, fold, squash
from model.embedded.understand.match import ENOUGH, ENTRIES, SURE, Candidate, find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.paging import later_page
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.seek import openers_left, wide
from model.embedded.understand.whereabouts import in_head, place_of, reach
from model.embedded.understand.wording import echoes, text_score

_APPLIES = re.compile(r"apply|show (?:\d+ )?(?:results?|products|items)|应用|确定|查看结果")


def best(target: Target, now: Now, among: list[Thing] | None = None) -> Candidate | None:
    """The best candidate that was not tried in vain; less sure where a rival is as good."""
    found = find(target, now.scene, among)
    if (
        among is None
        and target.kinds[:1] == ("button",)
        and not (target.text or any(c.score >= ENOUGH for c in found))
    ):
        found = find(target, now.scene, _boxed(now.scene))
    if (
        among is None
        and target.role
        and not (target.text or target.whose)
        and not any(c.score >= ENOUGH for c in found)
    ):
        found = find(replace(target, text=target.role, role="", kinds=()), now.scene)
    now.trace += [
        {
            "for": str(target),
            "text": c.thing.text[:60],
            "kind": c.thing.kind,
            "score": round(c.score, 3),
            "why": c.why,
            "at": list(c.point),
        }
        for c in found[:5]
    ]
    here = now.past[next((i for i in range(len(now.past), 0, -1) if "address" in now.past[i - 1].effect), 0) :]
    vain = [s.said for s in here if s.kind == "click" and s.idle and s.text]
    fresh = [c for c in found if not now.tried(c.point) and not any(name_of(c.thing) in said for said in vain)]
    if not fresh:
        return None
    first = fresh[0]
    rivals = [c for c in fresh[1:] if c.score > first.score - 0.015 and c.thing.kind == first.thing.kind]
    if len(fresh) < len(found):
        first = replace(first, score=first.score * 0.9)
    return replace(first, score=first.score * 0.92) if rivals else first


def _boxed(scene: Scene) -> list[Thing]:
    """Small boxes with a word or two in them that look like panels: where nothing else is, they are buttons."""
    most = 10 * scene.scale
    return [
        replace(t, kind="button") for t in scene.of("panel")
        if t.text and len(t.text) <= 24 and t.box.height < most and t.box.width < 2 * most
    ]  # fmt: skip


def as_widget(target: Target) -> Target:
    """ "a “checkbox” widget": the name is that of a kind."""
    if target.role == "widget" and fold(target.text) == "text":
        return replace(target, text="", role="text field", kinds=("field",))
    if (
        target.role in ("widget", "control", "element", "input")
        and fold(target.text) in KINDS
        and KINDS[fold(target.text)]
    ):
        return replace(target, text="", role=fold(target.text), kinds=KINDS[fold(target.text)])
    return target


def click(goal: Click, now: Now) -> Answer:
    target = as_widget(goal.target)
    if goal.source:
        from model.embedded.understand.answer import read

        answer = read(goal.source, now)
        if not isinstance(answer, Done) or answer.answer is None:
            return answer if not isinstance(answer, Done) else Lost("I do not know the answer")
        target = Target(text=answer.answer)
    if target.nth > 0 and not target.text and target.role in ENTRIES:
        page = later_page(target, now)
        if isinstance(page, Move):
            return page
        target = replace(target, nth=page)
    found = best(target, now)
    if found and found.score < 0.9 and target.quoted and not now.relaxed and openers_left(now):
        return Lost(f"{target} may be elsewhere", target)
    if found and found.score >= ENOUGH:
        said = {
            "left": "click",
            "double": "double-click",
            "right": "right-click",
            "long": "press long on",
            "hover": "hover over",
        }[goal.how]
        point = found.point
        return Move(click_at(point, found.thing.text, goal.how), f"I {said} {name_of(found.thing)}.", found.score)
    if any(not s.idle and s.kind == "click" and s.mark == "·" for s in now.past):
        return Done("it was clicked")
    clicked = any(s.kind == "click" and s.mark == "·" and not s.error for s in now.past)
    if clicked and now.index < len(now.goals) - 1:
        return Done("it was clicked, though nothing answered", 0.75)
    return Lost(f"{target} is not to be seen", target)


def name_of(thing: Thing) -> str:
    """A thing in words, for the thought."""
    kind = thing.kind if thing.kind != "text" else "text"
    return f"the {kind} “{thing.text[:60]}”" if thing.text else f"the {thing.name or ''} {kind}".replace("  ", " ")


def submit(goal: Submit, now: Now) -> Answer:
    """By the button that is named; else by what looks like it, nearest below what was entered."""
    if again := _emptied(now):
        return again
    if any(s.kind == "input" for s in now.steps) and (other := uncalled_dialog(now)):
        return other  # its buttons are not those of the form
    named = goal.target.text
    found = best(replace(goal.target, kinds=goal.target.kinds or ("button",)), now) if named else None
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
    return Lost("there is no button to confirm with", replace(goal.target, kinds=("button",)))


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


def _readable(now: Now) -> bool:
    """Whether the question that comes next is answered by this screen already."""
    following = now.goals[now.index + 1] if now.index + 1 < len(now.goals) else None
    if not isinstance(following, Read):
        return False
    from model.embedded.understand.answer import read

    told = read(following, now)
    return isinstance(told, Done) and told.answer is not None and told.score >= 0.85


def open_(goal: Find, now: Now) -> Answer:
    """Bring it into view, or click it until it fills the page."""
    target = goal.target
    if goal.opened and (place := place_of(target.text)) and not (target.nth or target.most):
        return reach(Reach(goal.said, places=(place,)), now)
    if _readable(now):
        return Done("what is asked about it can be read here", 0.9)
    found = best(target, now)
    if not goal.opened:
        if found and found.score >= ENOUGH:
            return Done(f"{target} is in view", found.score)
        return Lost(f"{target} is not to be seen", target)
    clicked = [s for s in now.past if s.kind == "click" and not s.idle and s.mark != "!"]
    if clicked and not echoes(now.scene.title) and text_score(target.text, now.scene.title)[0] >= 0.85:
        return Done("it is open", 0.95)
    if not target.text and not target.role and not target.whose:
        return Done("nothing to open", 0.7)
    found_by = any(isinstance(g, Search) and fold(g.text) == fold(target.text) for g in now.goals)
    least = (
        0.8 if found_by else SURE if wide(now.scene) and target.text else 0.85
    )  # a longer name is another thing: look further
    if found and found.score >= (ENOUGH if now.relaxed else least):
        return Move(click_at(found.point, found.thing.text), f"I open {name_of(found.thing)}.", found.score)
    if not echoes(now.scene.title) and text_score(target.text, now.scene.title)[0] >= 0.9:
        return Done("it is open already", 0.9)
    return Lost(f"{target} is not to be seen", target)


def tick(goal: Tick, now: Now) -> Answer:
    """Click the boxes that are not yet as wanted, one a step."""
    scene = now.scene
    boxes = scene.of("checkbox", "switch", "radio")
    want = "checked" if goal.on else "unchecked"
    if goal.every:
        left = [b for b in boxes if want not in b.state and not now.tried(b.point)]
        if left:
            return Move(
                click_at(left[0].point, left[0].text), f"I tick {name_of(left[0])}.", 0.9, last=len(left) == 1
            )
        return Done("all are ticked") if boxes else Lost("there are no boxes", Target(kinds=("checkbox",)))
    done = {s.text for s in now.past if s.kind == "click" and not s.idle}
    missing: list[Target] = []
    worst = 1.0
    for at, target in enumerate(goal.targets):
        if f"{target.text}" in done:
            continue
        found = best(target, now, boxes) if boxes else None
        if not found or found.score < 0.7:
            found = best(target, now)
        if not found or found.score < ENOUGH:
            missing.append(target)
            continue
        state = found.thing.state
        if found.thing in boxes and want in state and ("unchecked" in state or "checked" in state):
            worst = min(worst, found.score)
            continue
        rest = [t for t in goal.targets[at + 1 :] if t.text not in done]
        last = not rest and not missing
        return Move(
            click_at(found.point, target.text),
            f"I {'tick' if goal.on else 'clear'} {name_of(found.thing)}.",
            found.score,
            last=last,
        )
    if missing:
        return Lost(f"{', '.join(map(str, missing))} not to be seen", missing[0])
    return Done("all are as wanted", worst)


def follow(goal: Path, now: Now) -> Answer:
    """Down a menu or a tree, one name a step: by resting on it, by clicking where that opens nothing."""
    hovered = {s.text: s for s in now.past if s.kind == "hover"}
    steps = [s for s in now.past if s.kind in ("hover", "click")]
    reached = 0
    for step in steps:
        wanted = goal.steps[reached].text if reached < len(goal.steps) else ""
        name = step.text or step.said
        if not step.idle and wanted and wanted in name:
            reached += 1
    if reached >= len(goal.steps):
        return Done("the path was followed")
    target = goal.steps[reached]
    found = best(target, now)
    if (not found or found.score < ENOUGH) and reached and now.past and now.past[-1].kind == "wait":
        parent = best(goal.steps[reached - 1], now)
        if parent:
            action = {"action": "click", "start_point": list(parent.point)}
            return Move(action, "Resting on it opens nothing, I click it.", parent.score, last=False)
    if (not found or found.score < ENOUGH) and reached and now.past and now.past[-1].kind == "hover":
        return Move({"action": "wait", "duration_ms": 600}, "The menu may need a moment to open.", 0.9, last=False)
    if not found or found.score < ENOUGH:
        return Lost(f"{target} is not to be seen", target)
    last = reached == len(goal.steps) - 1
    tried_hover = (
        any(f"“{target.text}”" in s.said for s in now.past if s.kind == "hover") or target.text in hovered
    )
    if last or tried_hover or "hover" not in now.actions:
        return Move(click_at(found.point, target.text), f"I click “{target.text}”.", found.score, last=last)
    return Move(
        click_at(found.point, how="hover"), f"I rest on “{target.text}” to open it.", found.score, last=False
    )


def close(goal: Close, now: Now) -> Answer:
    """By the cross, or the button that says so, nearest to what is to be closed."""
    if any(not s.idle and s.mark == "·" for s in now.past):
        return Done("it is closed")
    controls = [(t, s) for t, s in close_controls(now.scene) if not now.tried(t.point)]
    if goal.target.text and controls:
        named = [c for c in find(Target(text=goal.target.text), now.scene) if c.score >= ENOUGH]
        if named:
            from model.embedded.understand.places import distance

            controls.sort(key=lambda pair: distance(now.scene, pair[0].box, named[0].thing.box))
    if not controls:
        return Lost("there is no control that closes it", Target(text="close"))
    thing, score = controls[0]
    return Move(click_at(thing.point, thing.text or "close"), f"I close it with {name_of(thing)}.", score)
