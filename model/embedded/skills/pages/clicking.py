"""Click a control, press keys, close what is open, go back, wait."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from model.embedded.language.clauses import keys_in, split_list, strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Click, Goal, Submit, Target
from model.embedded.language.nouns import QUOTED
from model.embedded.language.targets import NOTHING
from model.embedded.language.values import number_word
from model.embedded.language.words import fold
from model.embedded.matching.clear import close_controls
from model.embedded.matching.match import ENOUGH, ENTRIES, find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.paging import later_page
from model.embedded.matching.places import distance
from model.embedded.matching.pointing import as_widget, best, name_of
from model.embedded.matching.seek import openers_left
from model.embedded.skills.base import Skill
from model.embedded.skills.pages.opening import Path


@dataclass(frozen=True)
class Press(Goal):
    """Press a key chord."""

    do = "press"
    keys: tuple[str, ...] = ()

    def gold(self) -> dict[str, Any]:
        return {"do": "press", "keys": "+".join(self.keys)}


@dataclass(frozen=True)
class Back(Goal):
    """Go back a page."""

    do = "back"


@dataclass(frozen=True)
class Wait(Goal):
    """Wait for what loads."""

    do = "wait"


@dataclass(frozen=True)
class Close(Goal):
    """Close a window, banner or tab."""

    do = "close"
    what: Target = NOTHING


_DOES = {
    "left": "click",
    "double": "double-click",
    "right": "right-click",
    "long": "press long on",
    "hover": "hover over",
}


def click(goal: Click, now: Now) -> Answer:
    """The next step."""
    target = as_widget(goal.what)
    if target.nth > 0 and not target.text and target.role in ENTRIES:
        page = later_page(target, now)
        if isinstance(page, Move):
            return page
        target = replace(target, nth=page)
    found = best(target, now)
    if found and found.score < 0.9 and target.quoted and not now.relaxed and openers_left(now):
        return Lost(f"{target} may be elsewhere", target)
    if found and found.score >= ENOUGH:
        said = f"I {_DOES[goal.how]} {name_of(found.thing)}."
        return Move(click_at(found.point, found.thing.text, goal.how), said, found.score)
    if any(not s.idle and s.kind == "click" and s.mark == "·" for s in now.past):
        return Done("it was clicked")
    clicked = any(s.kind == "click" and s.mark == "·" and not s.error for s in now.past)
    if clicked and now.index < len(now.goals) - 1:
        return Done("it was clicked, though nothing answered", 0.75)
    return Lost(f"{target} is not to be seen", target)


def press(goal: Press, now: Now) -> Answer:
    """The keys, once."""
    return Move({"action": "press", "keys": list(goal.keys)}, f"I press {'+'.join(goal.keys)}.", 0.95)


def back(goal: Back, now: Now) -> Answer:
    """The browser's way back."""
    return Move({"action": "back"}, "I go back.", 0.95)


def wait(goal: Wait, now: Now) -> Answer:
    """A moment."""
    return Done("I waited", 0.95) if now.past else Move({"action": "wait", "duration_ms": 1500}, "I wait.", 0.95)


def close(goal: Close, now: Now) -> Answer:
    """By the cross, or the button that says so, nearest to what is to be closed."""
    if any(not s.idle and s.mark == "·" for s in now.past):
        return Done("it is closed")
    controls = [(t, s) for t, s in close_controls(now.scene) if not now.tried(t.point)]
    if goal.what.text and controls:
        named = [c for c in find(Target(text=goal.what.text), now.scene) if c.score >= ENOUGH]
        if named:
            controls.sort(key=lambda pair: distance(now.scene, pair[0].box, named[0].thing.box))
    if not controls:
        return Lost("there is no control that closes it", Target(text="close"))
    thing, score = controls[0]
    return Move(click_at(thing.point, thing.text or "close"), f"I close it with {name_of(thing)}.", score)


_HOWS = (
    ("double", "double"),
    ("right", "right"),
    ("long", "long"),
    ("hold", "long"),
    ("hover", "hover"),
    ("mouse", "hover"),
)
_CLICK = (
    r"double[- ]?click|right[- ]?click|long[- ]?press|press and hold|left[- ]?click|click|press|tap|hit|push|focus|toggle"
    r"|hover(?: over)?|mouse over|expand|collapse|unfold|fold"
)


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "click X", "double-click X", "press OK", several names in a row, "… twice"."""
    verb, rest = fold(found["verb"]), strip_purpose(found["rest"])
    times = 1
    if often := re.match(r"^(.+?)\s+(?:twice|(\w+) times)$", rest, re.I):
        count = 2 if not often[2] else number_word(often[2])
        if count and count <= 10:
            rest, times = often[1], int(count)
    how = next((h for key, h in _HOWS if key in verb), "left")
    rest = re.sub(r"^(?:on|in|into|at|onto|over|inside)\s+", "", rest, flags=re.I)
    rest = re.sub(r"^(?:the )?(?:cent(?:er|re)|middle) of\s+", "", rest, flags=re.I)
    if ">" in rest and not re.search(QUOTED, rest):
        return [
            Path(
                steps=tuple(
                    Target(text=clause.value(s.strip()), quoted=True) for s in rest.split(">") if s.strip()
                )
            )
        ]
    names = split_list(rest)
    plural = re.match(r"^(?:the )?(?:buttons|links|items|numbers|letters)\s+", rest, re.I)
    if len(names) > 1 and (plural or all(re.search(QUOTED, n) for n in names)):
        names[0] = names[0][plural.end() :] if plural else names[0]
        return [Click(what=clause.noun(name), how=how) for name in names]  # type: ignore[arg-type]
    if re.fullmatch(r"(?:the )?(?:submit|ok|okay|done)(?: button)?", rest, re.I) and how == "left":
        return (
            [Click(what=clause.noun(rest))] * times
            if not rest.lower().startswith("submit")
            else [Submit(what=clause.noun(rest))]
        )
    what = clause.noun(rest)
    if clause.place and not what.anchor:
        from model.embedded.matching.whereabouts import place_of

        if not place_of(clause.place):
            what = replace(what, relation="in", anchor=Target(text=clause.place))
    return [Click(what=what, how=how)] * times  # type: ignore[arg-type]


def _keys(found: re.Match[str], clause: Clause) -> list[Goal]:
    keys = keys_in(strip_purpose(clause.value(found["rest"])))
    return [Press(keys=keys)] if keys else []


def _close(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [Click(what=clause.noun(found["by"]))] if found["by"] else [Close(what=clause.noun(found["rest"]))]


def _short(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "Advanced settings": the name of a control, when nothing else is said."""
    words = clause.text.split()
    if len(words) > 3 or not (words[0][:1].isupper() or re.match(QUOTED, words[0])):
        return []
    return [Click(what=clause.noun(clause.text))]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    verb, rest = found["verb"], found["rest"]
    how = {"双": "double", "右": "right", "长": "long"}.get(verb[0], "left")
    if re.fullmatch(r"(?:提交|确定|确认)(?:按钮|键)?", rest):
        return [Submit(what=Target(text=rest[:2]))]
    key = {
        "回车": "enter",
        "回车键": "enter",
        "Enter": "enter",
        "Esc": "escape",
        "退出键": "escape",
        "空格键": "space",
        "删除键": "delete",
    }.get(rest)
    if verb in ("按下", "按") and (key or keys_in(rest)):
        return [Press(keys=(key,) if key else keys_in(rest))]
    return [Click(what=clause.noun(rest), how=how)]  # type: ignore[arg-type]


SKILL = Skill(
    "click",
    {Click: click, Press: press, Close: close, Back: back, Wait: wait},
    verbs=rf"{_CLICK}|close|hide|shut|exit|go back|wait|return",
    english=(
        Form(r"^(?:go back|navigate back|return to the previous page|back)\b.*$", lambda f, c: [Back()]),
        Form(r"^wait\b.*$", lambda f, c: [Wait()]),
        Form(
            r"^(?:press|hit|use|push|type|send)(?: down)?(?: the)?(?: keyboard)?(?: shortcut| keys?| key combination)?\s+(?P<rest>.+)$",
            _keys,
        ),
        Form(
            r"^(?:close|dismiss|exit|hide|shut)\s+(?P<rest>.+?)(?: by (?:clicking|pressing|tapping)(?: on)? (?P<by>.+))?$",
            _close,
        ),
        Form(rf"^(?P<verb>{_CLICK})\s+(?P<rest>.+)$", _read),
    ),
    chinese=(
        Form(r"^返回(?:上一页)?$", lambda f, c: [Back()]),
        Form(r"^(?P<verb>双击|右击|右键点击|长按|点击|单击|点选|点一下|点开|按下|按|点)(?P<rest>.+)$", _chinese),
        Form(r"^(?:关闭)(?P<rest>.*)$", lambda f, c: [Close(what=c.noun(f["rest"]))]),
        Form(r"^(?:展开|收起)(?P<rest>.+)$", lambda f, c: [Click(what=c.noun(f["rest"]))]),
    ),
    touches="change",
)
LAST = Skill("name", {}, english=(Form(r"^.+$", _short),))
"""A clause that is nothing but a name: tried after all others."""
__all__ = ["LAST", "SKILL"]
