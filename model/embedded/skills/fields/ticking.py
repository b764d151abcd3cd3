"""Tick boxes, turn switches: what is so already is left alone."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.clauses import split_list
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Goal, Target, Tick
from model.embedded.language.words import fold
from model.embedded.matching.match import ENOUGH, find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import best, name_of
from model.embedded.matching.whereabouts import section_for
from model.embedded.skills.base import Skill

_BOXES = ("checkbox", "switch", "radio")


def tick(goal: Tick, now: Now) -> Answer:
    """The next step; a setting is looked for among the settings too."""
    if goal.setting:
        return _turn(goal, now)
    return _tick(goal, now)


def _turn(goal: Tick, now: Now) -> Answer:
    """One switch, box or pair of buttons for a setting, wherever it is."""
    target, on = goal.what[0], goal.on
    scene = now.scene
    acts = now.tagged("turned")
    boxes = scene.of("switch", "checkbox")
    found = [c for c in find(replace(target, kinds=()), scene, boxes) if c.score >= 0.75]
    if not found:  # the name stands beside the box, or is part of a longer label
        labels = [
            c
            for c in find(replace(target, kinds=(), role=""), scene)
            if c.score >= 0.8 and c.thing.kind in ("text", "link", "panel")
        ]
        for label in labels:
            row = [b for b in scene.row_of(label.thing.box) if b.kind in ("switch", "checkbox")]
            if row:
                near = min(row, key=lambda b: abs(b.box.center[0] - label.thing.box.center[0]))
                found = [replace(label, thing=near)]
                break
    if found:
        thing, state = found[0].thing, found[0].thing.state & {"checked", "unchecked"}
        if state and ("checked" in state) == on:
            return Done(
                f"{name_of(thing)} is {'on' if on else 'off'}",
                max(0.93, found[0].score) if acts else found[0].score,
            )
        if acts and not acts[-1].idle and not state:
            return Done("the switch was turned", 0.85)
        if len(acts) < 2:
            said = f"I turn {name_of(thing)} {'on' if on else 'off'}."
            return Move(click_at(thing.point, thing.text), said, found[0].score, last=False, tag="turned")
        return Lost(f"{name_of(thing)} stays as it is", final=True)
    words = {"on": ("enable", "turn on", "activate", "on"), "off": ("disable", "turn off", "deactivate", "off")}[
        "on" if on else "off"
    ]
    for word in words[:3]:
        named = best(Target(text=f"{word} {target.called}"), now)
        if named and named.score >= 0.85 and named.thing.kind in ("button", "link", "icon", "text"):
            return Move(click_at(named.point, named.thing.text), f"I use {name_of(named.thing)}.", named.score)
    if acts and not acts[-1].idle:
        return Done("the switch was turned", 0.85)
    control = best(target, now) if on else None
    if control and control.score >= 0.85 and control.thing.kind in ("button", "icon", "tab", "radio", "link"):
        said = f"I use {name_of(control.thing)}."
        return Move(click_at(control.point, control.thing.text), said, min(0.9, control.score))
    if (way := section_for("settings", now)) and not now.tagged("section"):
        said = f"I look for it under “{way[0].text or way[0].name}”."
        return Move(click_at(way[0].point, way[0].text), said, 0.85, last=False, tag="section")
    return Lost(f"there is no switch for {target}", target)


def _tick(goal: Tick, now: Now) -> Answer:
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
    for at, target in enumerate(goal.what):
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
        rest = [t for t in goal.what[at + 1 :] if t.text not in done]
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


def _switch(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "turn on dark mode", "switch off X in the settings", "disable X"."""
    word = fold(found["on"])
    on = word in ("on", "enable", "activate", "switch on", "turn on")
    rest, place = found["rest"], clause.place
    if where := re.match(
        r"^(?P<r>.+?)\s+(?:in|on|under)\s+(?:the |my )?(?P<p>[^,]*?(?:settings|preferences|options|page|section|menu|tab)|[A-Z][^,]*)$",
        rest,
    ):
        rest, place = where["r"], clause.value(re.sub(r"\s+(?:page|section|tab|menu)$", "", where["p"]))
    rest = re.sub(r"\s+(?:option|setting|feature|switch|toggle)$", "", rest)
    what = re.sub(r"^(?:the|my|your)\s+", "", clause.value(rest))
    return [
        Tick(what=(Target(text=what, quoted=bool(clause.quotes.first(rest))),), on=on, setting=True, place=place)
    ]


_OFF = ("uncheck", "deselect", "untick", "unselect", "unmark", "clear")


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "tick the boxes A and B", "uncheck C", "check all"."""
    rest, verb = found["rest"].strip(), fold(found["verb"])
    on = verb not in _OFF
    picks = verb in ("select", "choose", "pick", "mark")
    if re.fullmatch(
        r"(?:nothing|none|no (?:items?|options?|boxes|checkbox(?:es)?)|none of (?:them|the .*))", rest, re.I
    ):
        return [Tick(what=(), on=True)]
    if every := re.fullmatch(r"(?:all|every|each)(?: of)?(?: the)?(?: (.*))?", rest, re.I):
        return [Tick(what=(clause.noun(every[1] or ""),), on=on, every=True)]
    boxes = re.match(
        r"^(?:the )?(?:check ?box(?:es)?|boxes|options?|items?)\s+(?:for |labell?ed |named )?(.+)$", rest, re.I
    )
    names = split_list(boxes[1] if boxes else rest)
    if picks and (len(names) < 2 or re.search(r"\b(?:from|as|in|with|for)\b", rest) or verb == "mark"):
        return []
    if verb == "check" and re.match(r"(?:out|that|in|the (?:page|site|status|price))\b", rest):
        return []
    names = [re.sub(r"\s+(?:check ?box(?:es)?|boxes)$", "", n) for n in names]
    return [Tick(what=tuple(clause.noun(n) for n in names), on=on)]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    names = [n for n in re.split(r"[、，,]|和|与|及", found["rest"]) if n]
    return [Tick(what=tuple(Target(text=clause.value(n)) for n in names), on=found["verb"] == "勾选")]


def _picked_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    names = [n for n in re.split(r"[、，,]|和|与|及|以及", found["rest"]) if n]
    if len(names) < 2 or re.search(r"配|搭", found["rest"]):
        return []
    return [Tick(what=tuple(clause.noun(n) for n in names))]


def _switch_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    on = found["verb"] in ("打开", "开启", "启用")
    return [Tick(what=(Target(text=clause.value(found["rest"])),), on=on, setting=True, place=clause.place)]


_MODES = r".*(?:模式|通知|提醒|开关|功能|同步|推送|验证|备份|保存)"
SKILL = Skill(
    "tick",
    {Tick: tick},
    verbs="tick|check|uncheck|deselect|untick|unselect|toggle|turn on|turn off|switch on|switch off|enable|disable|activate|deactivate",
    english=(
        Form(r"^(?:turn|switch) (?P<on>on|off) (?P<rest>.+)$", _switch),
        Form(r"^(?:turn|switch) (?P<rest>.+?) (?P<on>on|off)$", _switch),
        Form(r"^(?:set) (?P<rest>.+?) to (?P<on>on|off)$", _switch),
        Form(r"^(?P<on>enable|disable|activate|deactivate) (?P<rest>.+)$", _switch),
        Form(
            r"^(?P<verb>tick|check|uncheck|deselect|untick|unselect|unmark|select|choose|pick|mark)(?: off)?\s+(?P<rest>.+)$",
            _read,
        ),
    ),
    chinese=(
        Form(rf"^(?P<verb>打开|开启|启用|关闭|停用|禁用)(?P<rest>{_MODES})$", _switch_chinese),
        Form(r"^(?P<verb>勾选|取消勾选|取消选择)(?P<rest>.+)$", _chinese),
        Form(r"^(?:选择|选中|选取|挑选|选)(?P<rest>.+)$", _picked_chinese),
    ),
    touches="change",
    most_steps=60,
)
