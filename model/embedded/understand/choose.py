"""Choosing an option, whatever the control is: list box, radio, swatch, tab, button, slider or field."""

from __future__ import annotations

from dataclasses import replace

from model.embedded.understand.act import best, name_of
from model.embedded.understand.enter import adjust, field_for
from model.embedded.understand.goals import Adjust, Choose, Target
from model.embedded.understand.language import fold, squash
from model.embedded.understand.match import ENOUGH, Candidate, find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.options import bare, coded, group_of, grouped, headings, of_group, told
from model.embedded.understand.places import under
from model.embedded.understand.scene import Thing
from model.embedded.understand.seek import wide
from model.embedded.understand.values import number_word
from model.embedded.understand.wording import text_score

_OPTION_KINDS = frozenset("checkbox radio tab swatch button link icon text switch shape image".split())


def choose(goal: Choose, now: Now) -> Answer:
    """Click the option where it is in view; else choose it in the list box; else open what may hold it."""
    scene, option = now.scene, goal.option
    lists = scene.of("select") if wide(scene) else scene.of("select", "listbox")
    wants_list = any(k in ("select", "listbox") for k in goal.field.kinds)
    if fold(option.text) in ("on", "off", "checked", "unchecked") and (move := _switch(goal, now)):
        return move
    if lists and (
        chosen := next(
            (
                t
                for t in lists
                if squash(option.text) and squash(option.text) == squash(_value(t)) and _named(t, goal.field)
            ),
            None,
        )
    ):
        return Done(f"{name_of(chosen)} shows it", 0.95)
    if answer := coded(goal, now) or grouped(goal, now):
        return answer
    visible = _visible(goal, now)
    if visible and visible.score >= 0.85 and not (wants_list and lists and visible.thing in lists):
        other = any(told(line) for line in headings(scene, group_of(goal)))  # the heading names another
        if visible.thing.state & {"checked", "selected"} and visible.thing.kind != "text" and not other:
            return Done(f"{option} is chosen already", visible.score)
        return Move(
            click_at(visible.point, visible.thing.text), f"I choose {name_of(visible.thing)}.", visible.score
        )
    shown = (
        visible is not None
        and visible.score >= 0.66
        and visible.thing.kind in ("radio", "swatch", "tab", "button")
    )
    if lists and not (shown and not wants_list) and (move := _from_list(goal, now, lists)):
        return move
    number = number_word(option.text)
    if number is not None and (scene.of("slider") or goal.field.role in ("slider", "spinner")):
        return adjust(Adjust(goal.said, value=number, field=goal.field), now)
    if (goal.field.text or goal.field.kinds) and (field := field_for(goal.field, now)) and field.score >= 0.85:
        if any(s.kind == "input" and not s.error for s in now.past):
            return Done("it was entered", 0.9)
        action = {"action": "input", "text": option.text, "start_point": list(field.point), "clear": True}
        return Move(action, f"I enter “{option.text}” into {name_of(field.thing)}.", field.score)
    if visible and visible.score >= ENOUGH:
        return Move(
            click_at(visible.point, visible.thing.text), f"I choose {name_of(visible.thing)}.", visible.score
        )
    return Lost(f"{option} is not to be seen", option)


def _value(thing: Thing) -> str:
    return thing.names[-1] if thing.names else ""


def _named(thing: Thing, field: Target) -> bool:
    """Whether a list may be the one that was named; an unnamed one may be any."""
    if not field.text:
        return True
    return max((text_score(field.text, name)[0] for name in thing.names[:1]), default=0.0) >= ENOUGH


def _visible(goal: Choose, now: Now) -> Candidate | None:
    """The option itself, in the group that was named where there is one."""
    scene, option = now.scene, goal.option
    options = [t for t in scene.things if t.kind in _OPTION_KINDS]
    group = [c for c in find(replace(goal.field, kinds=()), scene) if c.score >= 0.8] if goal.field.text else []
    scores: list[Candidate] = []
    short = bare(goal)
    named = group_of(goal)
    heads = headings(scene, named) if named else []
    if heads:
        group += [Candidate(Thing("text", line.box, (line.text,)), 0.92, "heading") for line in heads]
        # what another heading stands over is not meant, however well it fits
        options = [t for t in options if of_group(t, scene, named)] or options
    if group and short:
        heading = min(group, key=lambda c: (-round(c.score, 1), len(c.thing.text)))
        inside = [
            t
            for t in under(scene, heading.thing.box) + scene.row_of(heading.thing.box)
            if t.kind in _OPTION_KINDS and t != heading.thing and (not heads or of_group(t, scene, named))
        ]
        found = best(replace(option, text=short), now, inside)
        if found:
            scores.append(
                replace(
                    found,
                    score=min(found.score, heading.score + 0.05),
                    why=f"{found.why}, under “{heading.thing.text}”",
                )
            )
    found = best(option, now, options) or (None if heads else best(option, now))
    if found:
        scores.append(found)
    if not scores and short != option.text and short:
        found = best(replace(option, text=short), now, options)
        scores += [replace(found, score=found.score * 0.95)] if found else []
    return max(scores, key=lambda c: c.score, default=None)


def _without(text: str, noun: str) -> str:
    """ "black interior" without "interior"."""
    words = [w for w in text.split() if not noun or fold(w) != fold(noun)]
    return " ".join(words)


def _from_list(goal: Choose, now: Now, lists: list[Thing]) -> Move | None:
    named = [t for t in lists if _named(t, goal.field)] or lists
    tried = [s for s in now.past if s.kind in ("select", "click")]
    for thing in named:
        at = [s for s in tried if s.point and thing.box.grown(3).contains(*s.point)]
        if not any(s.kind == "select" for s in at) and "select" in now.actions:
            action = {"action": "select", "text": bare(goal), "start_point": list(thing.point)}
            score = 0.92 if len(named) == 1 else 0.8
            return Move(action, f"I choose “{goal.option.text}” in {name_of(thing)}.", score)
        if thing.kind == "select" and not any(s.kind == "click" and not s.idle for s in at):
            return Move(
                click_at(thing.point, thing.text),
                f"I open {name_of(thing)} to find {goal.option}.",
                0.85,
                last=False,
            )
    return None


def _switch(goal: Choose, now: Now) -> Answer | None:
    """Turn something on or off."""
    on = fold(goal.option.text) in ("on", "checked")
    boxes = now.scene.of("switch", "checkbox")
    found = best(replace(goal.field, kinds=()), now, boxes) if boxes else None
    if not found or found.score < ENOUGH:
        return None
    if ("checked" in found.thing.state) == on and found.thing.state & {"checked", "unchecked"}:
        return Done("it is so already", found.score)
    return Move(
        click_at(found.point, found.thing.text),
        f"I turn {'on' if on else 'off'} {name_of(found.thing)}.",
        found.score,
    )
