"""Sign in with a name and a password, or out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Goal, Setting, Target, Use
from model.embedded.language.nouns import QUOTED
from model.embedded.language.settings import settings
from model.embedded.language.words import concept_of, concepts_within
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS
from model.embedded.matching.whereabouts import way_to
from model.embedded.skills.base import Skill
from model.embedded.skills.means import messages
from model.embedded.skills.means.put import put


@dataclass(frozen=True)
class LogIn(Goal):
    """Sign in with a name and a password."""

    do = "login"
    saves = True
    user: str = ""
    password: str = ""


PASSWORD, USER = Target(text="password", kinds=("field",)), Target(text="username")


def log_in(goal: LogIn, now: Now) -> Answer:
    """To the form, name, password, the button; done when the form is gone."""
    sent = now.tagged("save")
    form = _password_in_view(now)
    if sent:
        last = sent[-1]
        if wrong := messages.fresh_errors(now.scene, list(last.memo.get("known") or [])):
            return Lost(f"the page says “{wrong[0][:140]}”", final=True)
        if not last.idle and (not form or last.moved):
            return Done(f"the form took {goal.user} and is gone", 0.96)
        if len(sent) > 1:
            return Lost("the page did not sign in", final=True)
    if not form and not any("field" in s.memo for s in now.past):
        if len(now.tagged("section")) < 3:
            for place in ("sign in", "account"):
                if way := way_to(place, now):
                    said = f"I go to “{place}” by “{way[0].text or way[0].name}”."
                    return Move(click_at(way[0].point, way[0].text), said, way[1], last=False, tag="section")
        return Lost("there is no form to sign in with", PASSWORD)
    for one in (Setting(USER, goal.user), Setting(Target(text="password"), goal.password)):
        if one.value:
            answer = put(one, now)
            if not isinstance(answer, Done):
                return answer
    memo = {"known": messages.told(now.scene)}
    buttons = [
        t for t in now.scene.of("button", "link", "text")
        if concept_of(t.text) & {"sign in", "submit", "next"} and not now.tried(t.point)
    ]  # fmt: skip
    entered = max((s.point[1] for s in now.past if "field" in s.memo and s.point), default=0)
    below = sorted(
        buttons, key=lambda t: (t.kind != "button", t.box.center[1] < entered, abs(t.box.center[1] - entered))
    )
    if below:
        thing = below[0]
        return Move(
            click_at(thing.point, thing.text),
            f"I sign in with {name_of(thing)}.",
            0.95,
            last=False,
            tag="save",
            memo=memo,
        )
    if "press" in now.actions:
        return Move(
            {"action": "press", "keys": ["enter"]}, "I sign in with Enter.", 0.9, last=False, tag="save", memo=memo
        )
    return Lost("there is no button to sign in with", final=True)


def _password_in_view(now: Now) -> bool:
    fields = now.scene.of(*FIELDS)
    return any("password" in concepts_within(n) for f in fields for n in f.names) or (
        bool(fields) and any("password" in concept_of(re.sub(r"[:：*]", "", t.text)) for t in now.scene.of("text"))
    )


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "sign in as X with the password Y", "log in using X / Y"."""
    rest = re.sub(
        r"^(?:to|at|on|into) (?:the |your |my )?[\w '’.-]+? (?=with|as|using)", "", found["rest"] or "", flags=re.I
    )
    rest = re.sub(r"^(?:me )?(?:in )?(?:first )?(?:with|as|using|by using|by)?\s*", "", rest, flags=re.I)
    if (
        pair := re.match(
            rf"^(?:the (?:credentials|account|login)s?\s+)?({QUOTED}|\S+?)\s*(?:/|,? and|:)\s*({QUOTED}|\S+)$",
            rest,
        )
    ) and not re.match(r"(?:user|password|name)", pair[1]):
        return [LogIn(user=clause.value(pair[1]), password=clause.value(pair[2]))]
    rest = re.sub(r"\s+(?:and|with|,)\s+(?=(?:the |a |my )?pass(?:word|phrase|code)?\b)", ", ", rest, flags=re.I)
    user = password = ""
    values, left = settings(rest, clause.quotes)
    for one in values:
        if re.search(r"pass", one.field.text, re.I):
            password = one.value
        else:
            user = one.value
    return [
        LogIn(user=user or clause.value(re.sub(r"^(?:the )?(?:user(?:name)?)\s+", "", left)), password=password)
    ]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    said = {}
    for name, pattern in (
        ("user", rf"(?:用户名?|账号|帐号|邮箱|用)\s*(?:为|是|：)?\s*({QUOTED}|[A-Za-z0-9@._+-]+)"),
        ("password", rf"密码\s*(?:为|是|：)?\s*({QUOTED}|[A-Za-z0-9@._+-]+)"),
    ):
        hit = re.search(pattern, clause.text)
        said[name] = clause.value(hit[1]) if hit else ""
    return [LogIn(user=said["user"], password=said["password"])]


def _out(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [Use(how="sign out")]


SKILL = Skill(
    "login",
    {LogIn: log_in},
    verbs="log in|sign in|log me in|sign me in|login|log out|sign out|logout|log off",
    english=(
        Form(r"^(?:log|sign)[ -]?(?:me |us )?(?:out|off)\b.*", _out),
        Form(r"^(?:log|sign)[ -]?(?:me |us )?(?:in|on)(?:to)?\b\s*(?P<rest>.*)$", _read),
    ),
    chinese=(Form(r"^(?:退出登录|登出|注销|退出账号)$", _out), Form(r"^(?:用|使用|以).*登录.*|^登录.*", _chinese)),
    touches="send",
    most_steps=20,
)
