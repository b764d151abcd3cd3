"""What only a desktop has: applications to open, text to write in them, files to save under a name."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import dataclass

from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Goal, Target
from model.embedded.language.words import squash
from model.embedded.matching.match import ENOUGH, find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now
from model.embedded.skills.base import Skill
from model.embedded.skills.pages.clicking import Press

_APPLICATIONS = frozenset(
    "editor notepad terminal console shell calculator manager viewer browser processor spreadsheet player mailer"
    " app application program document".split()
)
_TERMINAL = re.compile(r"\b(?:terminal|console|shell|command line)\b", re.I)


@dataclass(frozen=True)
class Launch(Goal):
    """Open an application, or bring it to the front."""

    do = "launch"
    app: str = ""
    switch: bool = False


@dataclass(frozen=True)
class Write(Goal):
    """Type a text into the application in front; `submit` presses Enter after it."""

    do = "write"
    text: str = ""
    submit: bool = False


@dataclass(frozen=True)
class SaveAs(Goal):
    """Save what is in front under a name."""

    do = "save as"
    name: str = ""


def on_desktop(actions: frozenset[str] | tuple[str, ...]) -> bool:
    """Whether these are the actions of a desktop: applications can be opened there, addresses cannot."""
    return "open" in actions and "navigate" not in actions


def _application(phrase: str) -> str:
    """The name of the application that a phrase gives; "" if it gives none."""
    phrase = re.sub(r"^(?:the|a|an|my|your)\s+", "", phrase.strip(), flags=re.I)
    name = re.sub(r"\s+(?:app|application|program|window)$", "", phrase, flags=re.I)
    words = name.split()
    known = name != phrase or (words[-1:] and words[-1].lower() in _APPLICATIONS) or name.lower() == "command line"
    proper = name[:1].isupper() and len(words) <= 3
    return name if known or proper else ""


def _write(found: re.Match[str], clause: Clause) -> list[Goal]:
    app = _application(found["app"])
    if not app:
        return []
    text = clause.quotes.first(found["what"]) or re.sub(
        r"^(?:the )?(?:word|text|line|sentence|command)s?\s+", "", found["what"]
    )
    return [Launch(app=app), Write(text=text, submit=bool(_TERMINAL.search(app)))]


def _open(found: re.Match[str], clause: Clause) -> list[Goal]:
    app = clause.quotes.first(found["app"]) or _application(found["app"])
    return [Launch(app=app, switch=found["verb"].lower().startswith(("switch", "go")))] if app else []


def _save(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [SaveAs(name=clause.quotes.first(found["name"]) or found["name"].strip())]


_IT = r"(?:it|this|that|the (?:file|text|document|note|result|changes))"


def launch(goal: Launch, now: Now) -> Answer:
    """Open it once; an application that cannot be opened ends the run."""
    tried = [s for s in now.past if s.kind in ("open", "appswitch")]
    if not tried:
        kind = "appswitch" if goal.switch and "appswitch" in now.actions else "open"
        return Move({"action": kind, "app": goal.app}, f"I open the {goal.app}.", 0.95, last=False)
    if tried[-1].error:
        return Lost(f"the {goal.app} cannot be opened: {tried[-1].error}")
    if tried[-1].idle and not goal.switch:
        return Done(f"{goal.app} was opened, but the screen is as it was", 0.6)
    return Done(f"{goal.app} is open", 0.95)


def write(goal: Write, now: Now) -> Answer:
    """Type, then read it back from the screen."""
    typed = [s for s in now.past if s.kind == "input"]
    if not typed:
        action = {"action": "input", "text": goal.text, **({"submit": True} if goal.submit else {})}
        return Move(action, f"I type “{goal.text[:60]}”.", 0.95, last=False)
    if typed[-1].error:
        return Lost(f"the text could not be typed: {typed[-1].error}")
    if squash(goal.text[:24]) in squash(now.scene.text):
        return Done(f"“{goal.text[:60]}” stands there", 0.97)
    return Done(f"“{goal.text[:60]}” was typed, but cannot be read", 0.7)


def save_as(goal: SaveAs, now: Now) -> Answer:
    """Ask for the dialog, type the name, see that the dialog is gone and the name shows."""
    pressed = [s for s in now.past if s.kind == "press"]
    asked = _asks_for_name(now)
    if not any(s.kind == "input" for s in now.past):
        if asked:
            action = {"action": "input", "text": goal.name, "clear": True, "submit": True}
            return Move(action, f"I save it as {goal.name}.", 0.95, last=False)
        if len(pressed) < 2:
            keys = ["ctrl", "s"] if not pressed else ["ctrl", "shift", "s"]
            return Move({"action": "press", "keys": keys}, "I ask for a name to save under.", 0.93, last=False)
        return Lost("nothing asks for a name to save under")
    if re.search(r"already exists|replace it|overwrite", now.scene.text, re.I):
        return Lost(f"a file named {goal.name} exists already, and replacing it was not asked for")
    if asked and now.past[-1].kind == "input":  # Enter may have come before the window had taken in the name
        return Move({"action": "press", "keys": ["enter"]}, "I confirm the name.", 0.93, last=False)
    if asked and now.past[-1].kind == "press":
        return Move({"action": "wait"}, "I give it a moment.", 0.93, last=False)
    if asked:
        return Lost("the window that asks for a name did not close")
    shown = squash(goal.name.rsplit("/", 1)[-1]) in squash(now.scene.text)
    return Done(f"{goal.name} is saved", 0.95) if shown else Done(f"{goal.name} does not show", 0.7)


def _asks_for_name(now: Now) -> bool:
    """A window with both a button to save and one to cancel."""
    buttons = (find(Target(text=text), now.scene) for text in ("Save", "Cancel"))
    return all(any(c.score >= ENOUGH for c in found) for found in buttons)


_ENTER = r"enter|type(?: in)?|write|input|key in|insert|put"
SKILL = Skill(
    "desktop",
    {Launch: launch, Write: write, SaveAs: save_as},
    verbs="run|execute|save|store|launch|start",
    english=(
        Form(rf"^(?:{_ENTER}|run|execute)\s+(?P<what>.+)\s+(?:in|into|on|with|using)\s+(?P<app>(?:(?! in | into ).)+)$", _write, desktop=True),
        Form(r"^(?P<verb>open|launch|start|run|switch to|go to)\s+(?P<app>.+)$", _open, desktop=True),
        Form(
            rf"^(?:save|store)\s+(?:{_IT}\s+)?(?:as|to|under(?: the name(?: of)?)?|in)\s+(?:the |a )?(?:file\s+)?"
            r"(?:(?:named|called)\s+)?(?P<name>\S.*)$", _save, desktop=True,
        ),
        Form(rf"^save(?: {_IT})?$", lambda found, clause: [Press(keys=("ctrl", "s"))], desktop=True),
    ),
    touches="change",
)  # fmt: skip
