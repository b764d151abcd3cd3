"""Fill a form field by field; type a text into one field, into an editor, or into all."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.clauses import strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Fill, Goal, Pick, Read, Target, Type
from model.embedded.language.nouns import QUOTED
from model.embedded.language.questions import source
from model.embedded.language.settings import FIELD, settings
from model.embedded.language.words import KINDS, fold
from model.embedded.matching.fields import field_for, input_at
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS
from model.embedded.skills.base import Skill
from model.embedded.skills.means.put import put
from model.embedded.skills.pages.clicking import Press
from model.embedded.skills.records.reading import read


def fill(goal: Fill, now: Now) -> Answer:
    """Field after field; what is farther down is scrolled to."""
    for one in goal.set:
        answer = put(one, now)
        if not isinstance(answer, Done):
            return answer
    return Done(f"{len(goal.set)} fields hold what they should", 0.95)


def type_(goal: Type, now: Now) -> Answer:
    """Type the text into its field, or into all of them."""
    scene, text = now.scene, goal.text
    score = 1.0
    if goal.source:
        from model.embedded.skills.means.clipboard import paste

        if carried := paste(goal, now):
            return carried
        said = next((s for s in now.steps if s.kind == "input" and s.goal == now.index and not s.error), None)
        if said:
            return Done("it was entered", said.score)
        answer = read(goal.source, now)
        if not isinstance(answer, Done) or answer.answer is None:
            return answer if not isinstance(answer, Done) else Lost("there is nothing to enter", None)
        text, score = answer.answer, answer.score
    from model.embedded.skills.means.date_fields import time_parts

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


_CASE = r"(?:all )?(?:upper ?case|lower ?case|capital|caps)(?: letters?)?"
_FORM = r"(?:in |out |up )?(?:the |this |a |my )?(?:\w+ ){0,2}?form(?: below)?"
_ENTER = r"enter|type(?: in)?|write|input|key in|insert|put|provide|fill in|re-?enter|retype|fill"
_WORDS = r"(?:the )?(?:following )?(?:word|text|string|value|phrase|keyword|letter|character|sentence|term|number|code|line)s?"


def _form(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "fill in the form with name X, email Y"."""
    values, left = settings(found["rest"], clause.quotes)
    return [Fill(set=tuple(values))] if values and not left else []


def _field(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [Type(text=clause.value(found["text"]), field=clause.noun(found["field"]))]


def _use(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "for the email use X"."""
    return [Type(text=clause.value(found["text"]), field=Target(text=clause.value(found["field"])))]


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "enter X into F", "enter the username X and the password Y", "X as the Y"."""
    rest, more = strip_purpose(found["rest"]), []
    if enters := re.search(r"\s+and (?:hit|press) (?:enter|return)$", rest, re.I):
        rest, more = rest[: enters.start()], [Press(keys=("enter",))]
    return [*(_pairs(rest, clause) or _single(rest, clause)), *more]


def _pairs(rest: str, clause: Clause) -> list[Goal]:
    """ "the username X and the password Y", "X in the first field and Y in the second"."""
    label = r"((?:[A-Za-z][\w-]*\s){0,3}?[A-Za-z][\w-]*)"
    after = r"(?=\s*(?:,|and\b|in\b|into\b|to\b|as\b|$|\())"
    pairs = re.findall(
        rf"(?:the |my |your |a |an )?{label}\s*(?:as |is |of |to be |:|=)?\s*({QUOTED}){after}", rest
    )
    pairs = [(n, q) for n, q in pairs if not re.fullmatch(rf"{_WORDS}|and", n, re.I)]
    if pairs and not re.match(rf"(?:the |my |a |an )?{QUOTED}", rest):
        everywhere = bool(re.search(r"\b(both|all|each)\b", rest[rest.rfind(pairs[-1][1]) :]))
        named = [(re.sub(r"^and ", "", n), q) for n, q in pairs]
        return [Type(text=clause.value(q), field=clause.noun(n), everywhere=everywhere) for n, q in named]
    several = re.findall(
        rf"({QUOTED})\s+(?:in|into|for|as|under|on|to)\s+(?:the )?(.+?)(?=,?\s*(?:,|and)\s+(?:the |with )?{QUOTED}|$)",
        rest,
    )
    if len(several) > 1:
        return [Type(text=clause.value(q), field=clause.noun(f)) for q, f in several]
    values, left = settings(rest, clause.quotes)
    known = [v for v in values if re.fullmatch(rf"(?:{FIELD})(?: (?:{FIELD}))?", v.field.text, re.I)]
    return [Fill(set=tuple(values))] if len(values) > 1 and known == values and not left else []


def _single(rest: str, clause: Clause) -> list[Goal]:
    spoken = rest
    rest = re.sub(rf"\s+in {_CASE}\b", "", rest, flags=re.I)
    where = re.match(
        r"^(?P<what>.+?)\s+(?:in(?:to|side)?|on(?:to)?|to|as|for|under)\s+(?P<field>(?:the |a |an |your |my |both |all |each )?[^,]+)$",
        rest,
        re.I,
    )
    what, field_text = (where["what"], where["field"]) if where else (rest, "")
    field = clause.noun(field_text) if field_text and fold(field_text) not in ("it", "there", "here") else Target()
    if clause.about and not field_text:
        field = clause.noun(clause.about)
    everywhere = bool(re.match(r"(both|all|each|every)\b", field_text, re.I))
    quoted = clause.quotes.first(what)
    if quoted is not None:
        day = clause.day(what)
        if day and (not field_text or "date" in fold(rest)):
            return [Pick(date=day, field=field)]
        return [Type(text=_cased(quoted, spoken), field=field, everywhere=everywhere)]
    if day := clause.day(what):
        return [Pick(date=day, field=field)]
    if described := source(what if field_text else rest, clause.quotes):
        return [Type(field=field, source=described)]
    value = re.sub(rf"^{_WORDS}\s+", "", what, flags=re.I)
    named = re.match(r"^(?:the |my )?([a-z][\w ]*?)\s+(\S*[A-Z\d@]\S*(?:\s\S+)?)$", value)
    if (
        named and not field.text and fold(named[1]) not in KINDS and re.match(r"the |my ", value)
    ):  # "enter the username bob7"
        return [Type(text=clause.value(named[2]), field=replace(field, text=named[1]))]
    if not value or re.match(r"^(?:the|your|an?)\b", value):
        return []
    return [Type(text=_cased(clause.value(value), spoken), field=field, everywhere=everywhere)]


def _cased(value: str, clause: str) -> str:
    if re.search(r"\b(upper ?case|capital|caps)", clause, re.I):
        return value.upper()
    return value.lower() if re.search(r"\blower ?case", clause, re.I) else value


def _copy(found: re.Match[str], clause: Clause) -> list[Goal]:
    what = re.sub(r"^(?:the )?(?:text|contents?)(?: (?:in|of|from|inside))?\s*", "", found["rest"], flags=re.I)
    asked = Read(how="text", what=clause.noun(what))
    to = found.groupdict().get("to")
    return [Type(source=asked, field=clause.noun(to))] if to else [asked]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    what = found["what"].strip("为成：: ")
    named = re.sub(r"(?<=..)(?:栏|框|字段|输入框)$", "", found.groupdict().get("field") or "")
    field = clause.noun(named)
    pairs = re.findall(
        rf"([\u3400-\u9fff]{{2,6}}?)(?:为|是|：|:)?({QUOTED}|[A-Za-z0-9@._+-]+)(?:和|、|以及|$)", what
    )
    if len(pairs) > 1 or (pairs and not field.text and not re.match(QUOTED, what)):
        return [Type(text=clause.value(q), field=Target(text=n)) for n, q in pairs]
    value = clause.quotes.first(what) or clause.value(what)
    if day := clause.day(value):
        return [Pick(date=day, field=field)]
    return [Type(text=value, field=field)]


SKILL = Skill(
    "fill",
    {Fill: fill, Type: type_},
    verbs=f"{_ENTER}|fill in|fill out|fill|complete|copy|paste|use",
    english=(
        Form(rf"^(?:fill|complete) {_FORM}\s*(?:with|using|as follows|by entering|:)?:?\s*(?P<rest>.+)$", _form),
        Form(
            rf"^(?:fill(?: in| out| up)?|complete|enter|use|using) (?:the )?(?P<field>.+?) (?:with|as|to (?:enter|type)) (?P<text>{QUOTED}|\S+)$",
            _field,
        ),
        Form(r"^for (?:the |my )?(?P<field>[\w ]{2,30}?),? (?:use|enter|type|put|write) (?P<text>.+)$", _use),
        Form(
            r"^copy\s+(?P<rest>.+?)(?: (?:and paste (?:it|that|them)|to|into) (?:in(?:to)? )?(?P<to>.+))$", _copy
        ),
        Form(r"^copy\s+(?P<rest>.+)$", _copy),
        Form(
            r"^paste(?: it| that| the text)?\s+(?:in(?:to)?|to)\s+(?P<rest>.+)$",
            lambda f, c: [Type(source=Read(what=Target(text="it")), field=c.noun(f["rest"]))],
        ),
        Form(rf"^(?:{_ENTER})\s+(?P<rest>.+)$", _read),
    ),
    chinese=(
        Form(r"^(?:在|往)(?P<field>.+?)(?:中|里|内|上)?(?:输入|填入|填写|键入)(?P<what>.+)$", _chinese),
        Form(r"^(?:把|将)(?P<what>.+?)(?:输入到?|填入|填到|填写到)(?P<field>.+?)(?:中|里|内)?$", _chinese),
        Form(rf"^(?P<field>[^，]+?)(?:中|里|处|栏)?(?:输入|填写|填入)(?P<what>{QUOTED}.*)$", _chinese),
        Form(r"^(?:输入|填写|填入|键入)(?P<what>.+)$", _chinese),
    ),
    touches="enter",
    most_steps=60,
)
