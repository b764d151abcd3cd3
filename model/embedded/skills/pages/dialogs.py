"""Answer what the page asks: its script's dialogs, its own boxes, its banner about cookies."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from typing import Literal

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Create, Delete, Dialog, Edit, Find, Goal, Target
from model.embedded.language.words import fold
from model.embedded.matching.clear import banners, close_controls
from model.embedded.matching.memory import CLEAR, Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.whereabouts import way_to
from model.embedded.skills.base import Skill
from model.embedded.skills.means.controls import dialog_panel

_ACCEPT = (
    "ok",
    "okay",
    "yes",
    "accept",
    "confirm",
    "continue",
    "agree",
    "i agree",
    "allow",
    "delete",
    "got it",
    "确定",
    "确认",
    "是",
    "好的",
)
_DISMISS = (
    "cancel",
    "no",
    "dismiss",
    "close",
    "not now",
    "no thanks",
    "later",
    "never mind",
    "取消",
    "否",
    "关闭",
)


def answer(goal: Dialog, now: Now) -> Answer:
    """The next step."""
    if re.search("cookie", goal.what, re.I):
        return _cookies(goal.answer == "accept", now)
    if any(s.tag == "answer" and not s.error for s in now.past):
        return Done("it was answered", 0.95)
    words = _ACCEPT if goal.answer == "accept" else _DISMISS
    panel = dialog_panel(now.scene)
    things = [
        t for t in now.scene.of("button", "link", "icon", "tab")
        if (not panel or panel.box.contains(*t.box.center)) and not now.tried(t.point)
    ]  # fmt: skip
    for word in words:
        for thing in things:
            if fold(thing.text) == word or fold(thing.text).startswith(f"{word}, "):
                said = f"I answer with {name_of(thing)}."
                return Move(click_at(thing.point, thing.text), said, 0.93, last=False, tag="answer")
    if goal.answer == "dismiss" and (
        closes := [c for c in close_controls(now.scene) if not now.tried(c[0].point)]
    ):
        thing, score = closes[0]
        return Move(
            click_at(thing.point, thing.text),
            f"I close it with {name_of(thing)}.",
            score,
            last=False,
            tag="answer",
        )
    confirmed = any(s.goal == now.index - 1 and s.tag in ("answer", "confirm") for s in now.steps)
    before = now.goals[now.index - 1] if now.index else None
    if confirmed or (before is not None and before.saves):
        return Done("nothing is left to answer", 0.93)
    return Lost("there is no dialog to answer", Target(text=goal.what or "ok"))


def _cookies(accept: bool, now: Now) -> Answer:
    if any(s.tag == "answer" and not s.idle for s in now.past):
        return Done("the banner was answered", 0.96)
    buttons = banners(now.scene, "cookie")
    for thing, accepts in buttons:
        if accepts == accept:
            said = f"I answer the cookies with “{thing.text}”."
            return Move(click_at(thing.point, thing.text), said, 0.96, last=False, tag="answer")
    way = way_to("cookie settings", now)
    if way and not buttons:
        return Move(click_at(way[0].point, way[0].text), "I open the cookie settings.", 0.8, last=False)
    return Lost("there is no question about cookies", Target(text="cookies"))


def of_script(now: Now) -> Move | None:
    """The answer to a dialog of the page's script; it is open, so nothing else can be done before it.

    Yes where the goal at hand has just asked for what it confirms, and to a mere message; else no.
    """
    note = next((n for n in now.notes if n.startswith("A ") and " dialog is open" in n), "")
    if not note:
        return None
    kind, goal = note.split()[1], now.goal
    text: str | None = None
    response: Literal["accept", "dismiss"] = "dismiss"
    acted = any(s.tag in ("delete", "save", "item", "new", "edit", "box") for s in now.past) or bool(now.past)
    asked = next((g for g in now.goals[now.index :] if isinstance(g, Dialog)), None)
    if asked is not None:
        response = asked.answer
    elif (
        kind == "alert"
        or (isinstance(goal, Delete | Create | Edit) and acted)
        or (kind == "beforeunload" and isinstance(goal, Find))
        or (
            now.past
            and kind == "confirm"
            and now.past[-1].mark != CLEAR
            and not re.search(r"delet|remov|pay|buy|send|erase|reset", note, re.I)
        )
    ):
        response = "accept"
    if kind == "prompt":
        if isinstance(goal, Create):
            text = goal.name
        elif isinstance(goal, Edit) and goal.set:
            text = goal.set[0].value
        response = "accept" if text else response
    action: dict[str, object] = {"action": "dialog", "response": response}
    if text and response == "accept":
        action["text"] = text
    said = f"{note[:160]}: I {'say yes' if response == 'accept' else 'say no'}."
    return Move(action, said, 0.9, last=False, tag="answer")


def _asked(reply: Literal["accept", "dismiss"], what: str) -> list[Goal]:
    return [Dialog(answer=reply, what=what)]


_BOX = r"(?:the |this |that |any )?(?:confirmation |alert |cookie )?(?:dialog(?:ue)?(?: box)?|pop-?up|prompt|alert|message box|question|modal|confirmation|banner)"


def _cookie(found: re.Match[str], clause: Clause) -> list[Goal]:
    no = re.match(
        r"(?:decline|reject|refuse|deny|do not|don['’]t|accept only|allow only|only accept|accept no|.*\b(?:necessary|essential))",
        clause.text,
        re.I,
    )
    return _asked("dismiss" if no else "accept", "cookies")


SKILL = Skill(
    "dialog",
    {Dialog: answer},
    verbs="accept|confirm|dismiss|decline|reject|refuse|deny|allow|agree|only accept|cancel",
    english=(
        Form(
            r"^(?:accept|allow|agree to|decline|reject|refuse|deny|only accept|accept only|allow only|accept no)\b.*cookies.*",
            _cookie,
        ),
        Form(
            rf"^(?:accept|confirm|agree to|approve|ok|answer yes to|say yes to) {_BOX}.*$",
            lambda f, c: _asked("accept", ""),
        ),
        Form(
            rf"^(?:dismiss|cancel|decline|reject|close|answer no to|say no to) {_BOX}(?: window)?$",
            lambda f, c: _asked("dismiss", ""),
        ),
        Form(
            r"^(?:confirm|accept|agree)(?: (?:it|this|that|the (?:deletion|removal|change|action)))?$",
            lambda f, c: _asked("accept", ""),
        ),
        Form(r"^(?:cancel|dismiss|decline)(?: (?:it|this|that))?$", lambda f, c: _asked("dismiss", "")),
    ),
    touches="change",
)
