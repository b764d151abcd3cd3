"""Choosing an option, whatever the control is: list box, radio, swatch, tab, button, slider or field."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.clauses import split_list, strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Adjust, Choose, Find, Goal, Pick, Setting, Target
from model.embedded.language.values import number_word
from model.embedded.language.wording import text_score
from model.embedded.language.words import fold, squash
from model.embedded.matching.match import ENOUGH
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.options import bare, coded, group_of, grouped, headings, told
from model.embedded.matching.pointing import best, name_of
from model.embedded.matching.scene import Thing
from model.embedded.matching.seek import wide
from model.embedded.skills.base import Skill
from model.embedded.skills.means.date_fields import pick
from model.embedded.skills.means.groups import visible
from model.embedded.skills.means.put import put
from model.embedded.skills.means.sliders import adjust
from model.embedded.skills.pages.dragging import SelectText
from model.embedded.skills.pages.opening import Path


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
    seen = visible(goal, now)
    if seen and seen.score >= 0.85 and not (wants_list and lists and seen.thing in lists):
        other = any(told(line) for line in headings(scene, group_of(goal)))  # the heading names another
        if seen.thing.state & {"checked", "selected"} and seen.thing.kind != "text" and not other:
            return Done(f"{option} is chosen already", seen.score)
        return Move(click_at(seen.point, seen.thing.text), f"I choose {name_of(seen.thing)}.", seen.score)
    shown = seen is not None and seen.score >= 0.66 and seen.thing.kind in ("radio", "swatch", "tab", "button")
    if lists and not (shown and not wants_list) and (move := _from_list(goal, now, lists)):
        return move
    number = number_word(option.text)
    if number is not None and (scene.of("slider") or goal.field.role in ("slider", "spinner")):
        return adjust(Adjust(goal.said, value=number, field=goal.field), now)
    if goal.field.text and not isinstance(entered := put(Setting(goal.field, option.text), now), Lost):
        return entered
    if seen and seen.score >= ENOUGH:
        return Move(click_at(seen.point, seen.thing.text), f"I choose {name_of(seen.thing)}.", seen.score)
    return Lost(f"{option} is not to be seen", option)


def _value(thing: Thing) -> str:
    return thing.names[-1] if thing.names else ""


def _named(thing: Thing, field: Target) -> bool:
    """Whether a list may be the one that was named; an unnamed one may be any."""
    if not field.text:
        return True
    return max((text_score(field.text, name)[0] for name in thing.names[:1]), default=0.0) >= ENOUGH


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


_LISTS = r"(?:drop-?down|list|select|scroll|combo|menu|options?|picker)"
_PLACES = rf"\b(?:row|{_LISTS}|section|dialog|table|tab|text|name|label|column|value|page|lowest|highest)\b"


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "choose X from the Y list", "pick X as the Y", "select a path > of > names", a date, a value."""
    rest = strip_purpose(found["rest"])
    if ">" in rest:
        return [
            Path(
                steps=tuple(
                    Target(text=clause.value(s.strip()), quoted=True) for s in rest.split(">") if s.strip()
                )
            )
        ]
    if day := clause.day(rest):
        where = re.search(r"\b(?:in|as|for|into|on|from|using) (?:the )?(.+)$", rest)
        return [Pick(date=day, field=clause.noun(where[1]) if where else Target())]
    if dial := re.match(
        r"^(?P<n>\S+) (?:with|on|using|in|from) (?:the |a )?(?P<f>.*\b(?:slider|spinner|stepper|counter)\b.*)",
        rest,
        re.I,
    ):
        number = clause.number(dial["n"])
        if number is not None:
            return [Adjust(value=number, field=clause.noun(dial["f"]))]
    picker = r"(?:with|on|using|in|from) (?:the |a )?(?P<f>colou?r (?:picker|wheel|chooser|field|palette))"
    if value := re.match(rf"^(?:the )?(?:colou?r )?(?P<c>.+?) {picker}$", rest, re.I):
        return [Choose(option=Target(text=clause.value(value["c"])), field=Target(role=fold(value["f"])))]
    if re.match(r"^(?:the )?(?:text|paragraph|sentence|line)\b", rest, re.I):
        return [SelectText(what=clause.noun(rest))]
    listed = re.match(
        rf"^(?P<what>.+?) (?:from|in|on|using|out of|under|as|for) (?:the |a |an )?(?P<where>.*?\b{_LISTS}(?: (?:box|menu|list))?)$",
        rest,
        re.I,
    )
    if listed and len(split_list(listed["what"])) == 1:
        place = re.sub(rf"\s*{_LISTS}(?: (?:box|menu|list))?$", "", listed["where"], flags=re.I)
        kinds = ("select", "listbox") if not place else ()
        return [Choose(option=clause.noun(listed["what"]), field=Target(text=clause.value(place), kinds=kinds))]
    of_thing = re.match(r"^(?P<what>.+?) for (?:the |a |an )?(?P<where>(?-i:[A-Z])[^,]*)$", rest)
    if of_thing and len(split_list(of_thing["what"])) == 1:  # an option of a thing that has a name
        words = re.sub(r"^(?:the|a|an)\s+", "", of_thing["what"])
        field = Target(text=words.split()[-1]) if " " in words else Target()
        thing = Find(what=clause.noun(of_thing["where"]), opened=True)
        return [
            thing,
            Choose(option=Target(text=clause.value(words)), field=field, said=clause.value(of_thing["what"])),
        ]
    owner = re.match(r"^(?P<what>.+?) (?:as|for|under) (?:the |your |my |its )?(?P<where>[^,]+)$", rest, re.I)
    if owner and len(split_list(owner["what"])) == 1 and not re.search(r"\brow|words?\b", rest):
        return [Choose(option=clause.noun(owner["what"]), field=Target(text=clause.value(owner["where"])))]
    if dressed := attributes(rest, clause):
        return dressed
    if len(split_list(rest)) > 1:
        return []
    return [Choose(option=clause.noun(rest))]


def attributes(rest: str, clause: Clause) -> list[Goal]:
    """ "a T-shirt in dark red with the long sleeves and the round collar": a thing, then its options."""
    found = re.match(r"^(?:an?|the|one) (?P<thing>[^,]+?)\s+(?:in|with)\s+(?P<rest>.+)$", rest, re.I) or re.match(
        r"^(?P<thing>(?-i:[A-Z])[^,]*?)\s+(?:in|with)\s+(?P<rest>.+)$", rest, re.I
    )
    if not found or re.search(_PLACES, rest, re.I):
        return []
    commas = r"\s*,\s*(?:and\s+)?(?:with\s+|in\s+)?"
    parts = re.split(rf"{commas}|\s+(?:and|with|in)\s+(?:in\s+|with\s+)?", found["rest"])
    goals: list[Goal] = [Find(what=clause.noun(found["thing"]), opened=True)]
    for part in (p for p in parts if p.strip()):
        words = clause.value(re.sub(r"^(?:the|a|an|its)\s+", "", part)).split()
        noun = len(words) > 1 and part.lower().startswith(("the ", "a ", "an "))
        field = Target(text=words[-1]) if noun else Target()
        goals.append(Choose(option=Target(text=" ".join(words)), field=field, said=clause.value(part)))
    return goals


def _dial(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "set the volume slider to 7", "set the sliders to [3, 5, 1]"."""
    value = clause.value(found["value"])
    also = r"\s*(?:,\s*and\b|,|\band\b)\s*"
    listed = re.fullmatch(rf"(?:the )?(?:\w+ )?[\[(]?(-?[\d.]+(?:{also}-?[\d.]+)+)[\])]?", value, re.I)
    if listed and re.search(r"\bsliders\b", found["field"], re.I):
        return [
            Adjust(value=float(n), field=Target(role="slider", nth=at))
            for at, n in enumerate(re.split(also, listed[1]), 1)
        ]
    number = number_word(value)
    return [Adjust(value=number, field=clause.noun(found["field"]))] if number is not None else []


def _dressed_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    rest = found["rest"]
    if day := clause.day(rest):
        return [Pick(date=day)]
    dressed = re.match(
        r"^(?:一[辆台款个件])?(?P<thing>.+?)[，,]?(?:配有|配上|配|带有|带|搭配|要)(?P<rest>.+)$", rest
    )
    if dressed:
        head = dressed["thing"]
        parts = [p for p in re.split(r"[、，,]|和|与|及|以及|配|加", dressed["rest"]) if p]
        if coloured := re.match(r"^(.+?)的(.+)$", head):
            parts, head = [coloured[1], *parts], coloured[2]
        return [Find(what=clause.noun(head), opened=True), *(_option_chinese(p, clause) for p in parts)]
    coloured = re.match(r"^(?:一[辆台款个件])(.+?)的(.+)$", rest) or re.match(
        r"^([\u3400-\u9fff]+?)的([A-Za-z].*)$", rest
    )
    if coloured:
        return [Find(what=clause.noun(coloured[2]), opened=True), _option_chinese(coloured[1], clause)]
    if len([n for n in re.split(r"[、，,]|和|与|及|以及", rest) if n]) > 1:
        return []
    return [Choose(option=clause.noun(rest))]


def _option_chinese(text: str, clause: Clause) -> Goal:
    text = re.sub(r"^(?:的|一个|一套|颜色为|颜色是)|(?:的)$", "", text)
    noun = re.match(r"^(.+?)的?(内饰|轮毂|轮圈|车漆|颜色|外观|座椅|版本|尺寸|配置)$", text)
    field = Target(text=noun[2]) if noun else Target()
    return Choose(option=Target(text=clause.value(text)), field=field, said=clause.value(text))


def _set_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    value, field = clause.value(found["value"]), clause.noun(found["field"])
    number = number_word(value)
    if number is not None and field.role == "滑块":
        return [Adjust(value=number, field=field)]
    return [Choose(option=Target(text=value), field=field)]


def _chosen_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [
        Choose(
            option=clause.noun(found["rest"]),
            field=clause.noun(re.sub(r"(?:下拉框|下拉列表|列表|栏)$", "", found["field"])),
        )
    ]


_PICK = "select|choose|pick|configure|opt for"
SKILL = Skill(
    "choose",
    {Choose: choose, Adjust: adjust, Pick: pick},
    verbs=_PICK,
    english=(
        Form(
            r"^(?:set|change|adjust|move|drag|slide|turn) (?P<field>.*\b(?:sliders?|spinner|stepper|counter)\b.*?) to (?P<value>.+)$",
            _dial,
        ),
        Form(
            r"^(?:use|using) (?:the )?(?P<field>.+?) to (?:select|choose|pick|set|reach)(?: the)?(?: (?:value|number))? (?:to )?(?P<value>\S+)$",
            _dial,
        ),
        Form(rf"^(?:{_PICK})\s+(?P<rest>.+)$", _read),
    ),
    chinese=(
        Form(
            r"^(?:把|将)(?P<field>.+?)(?:设为|设置为|设置成|设成|改为|改成|调到|调整到|切换为|切换到)(?P<value>.+)$",
            _set_chinese,
        ),
        Form(r"^(?:在|从)(?P<field>.+?)(?:中|里|内)?(?:选择|选中|选)(?P<rest>.+)$", _chosen_chinese),
        Form(r"^(?P<field>[\u3400-\u9fff]{2,6})(?:选择|选)(?P<rest>.+)$", _chosen_chinese),
        Form(r"^(?:选择|选中|选取|挑选|选)(?P<rest>.+)$", _dressed_chinese),
    ),
    touches="enter",
    most_steps=60,
)
