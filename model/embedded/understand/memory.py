"""What was done so far, read back from the history of the run, so that nothing need be kept between calls.

A thought begins with its place in the plan: ``2/3 ·`` the act that should reach goal 2 of 3, ``2/3 …`` a step on
the way to it, ``2/3 !`` something in the way that is cleared; it ends with how sure the step was: ``(93 %)``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from model.embedded.understand.goals import Goal
from model.embedded.understand.scene import Scene

_MARK = re.compile(r"^\s*(\d+)/(\d+) ([·…!]) (.*?)(?:\s*\((\d+) %\))?\s*$", re.S)
_QUIET = ("hover", "press", "wait")


LOST = "a pop-up came between"


@dataclass(frozen=True)
class Step:
    """One step of the past.

    Attributes:
        goal: index of the goal that it served.
        mark: "·" the act itself, "…" on the way, "!" clearing.
        action: its canonical JSON, empty if no valid answer came.
        idle: nothing changed by it, or it was not done at all.
    """

    goal: int
    mark: str
    said: str
    score: float
    action: dict[str, Any]
    effect: str = ""
    error: str = ""

    @property
    def kind(self) -> str:
        return str(self.action.get("action", ""))

    @property
    def idle(self) -> bool:
        return bool(self.error) or self.effect.startswith("nothing")

    @property
    def point(self) -> tuple[int, int] | None:
        found = self.action.get("start_point")
        return (int(found[0]), int(found[1])) if found else None

    @property
    def text(self) -> str:
        return str(self.action.get("text") or "")


def recall(history: list[dict[str, Any]]) -> list[Step]:
    """The steps of a history; those that are not from this model's hand count for the goal before them."""
    steps: list[Step] = []
    for entry in history:
        action = entry.get("action") or {}
        found = _MARK.match(str(entry.get("thought") or ""))
        goal = int(found[1]) - 1 if found else (steps[-1].goal if steps else 0)
        sign, said = (found[3], found[4]) if found else ("…", "")
        score = int(found[5] or 0) / 100 if found else 0.5
        effect, error = str(entry.get("effect") or ""), str(entry.get("error") or "")
        steps.append(Step(goal, sign, said, score, action, effect, error))
    return [_swallowed(s, steps[i + 1]) if i + 1 < len(steps) else s for i, s in enumerate(steps)]


def _swallowed(step: Step, following: Step) -> Step:
    """A step before a pop-up was closed that led nowhere: the pop-up got the click, not the page."""
    acted = step.mark != "!" and step.kind in ("click", "input", "select", "drag") and not step.error
    if following.mark == "!" and acted and "address" not in step.effect and not step.idle:
        return replace(step, error=LOST)
    return step


def mark(index: int, count: int, sign: str, said: str, score: float) -> str:
    """The thought of a step, in the form that `recall` reads."""
    return f"{index + 1}/{count} {sign} {said} ({round(100 * score)} %)"


@dataclass
class Now:
    """Everything a decision is made from.

    Attributes:
        goals, index: all goals, and the one at hand.
        steps: everything done so far; `past` those for the goal at hand.
        notes: facts that no pixel shows.
        actions: names of the actions that can be done here.
        relaxed: every way of looking was tried: what is only like the target will do.
    """

    scene: Scene
    goals: tuple[Goal, ...]
    index: int
    steps: list[Step]
    notes: tuple[str, ...] = ()
    actions: frozenset[str] = frozenset()
    relaxed: bool = False
    trace: list[dict[str, Any]] = field(default_factory=list)

    @property
    def goal(self) -> Goal:
        return self.goals[self.index]

    @property
    def past(self) -> list[Step]:
        return [s for s in self.steps if s.goal == self.index]

    def tried(self, point: tuple[int, int], *, kind: str = "click", near: float = 4.0) -> bool:
        """Whether this point was acted on for this goal already, on an unscrolled view."""
        for step in reversed(self.past):
            if step.error == LOST:
                continue
            if step.kind == "scroll" and not step.idle:
                return False
            if (
                step.point
                and step.kind == kind
                and abs(step.point[0] - point[0]) <= near
                and abs(step.point[1] - point[1]) <= near
            ):
                return True
        return False

    def clicked(self, text: str) -> bool:
        """Whether something of this text was clicked for this goal, with effect."""
        return any(
            s.kind in ("click", "select", "hover", "drag") and s.text == text and not s.idle for s in self.past
        )


@dataclass(frozen=True)
class Move:
    """An action to take. `last`: if the screen answers to it, the goal is reached."""

    action: dict[str, Any]
    why: str
    score: float
    last: bool = True


@dataclass(frozen=True)
class Done:
    """The goal is reached without a further action; `answer` is what was read."""

    why: str = ""
    score: float = 1.0
    answer: str | None = None


@dataclass(frozen=True)
class Lost:
    """The goal cannot be acted on with this screen: look elsewhere for `target`, or give up with `reason`."""

    reason: str
    looking_for: Any = None


Answer = Move | Done | Lost


def click_at(point: tuple[int, int], text: str = "", how: str = "left") -> dict[str, Any]:
    """The canonical action for a click of some kind."""
    if how == "hover":
        return {"action": "hover", "start_point": list(point)}
    if how == "long":
        return {"action": "longpress", "start_point": list(point)}
    action: dict[str, Any] = {"action": "click", "start_point": list(point)}
    if text:
        action["text"] = text[:200]
    if how == "double":
        action["clicks"] = 2
    if how == "right":
        action["button"] = "right"
    return action


def goal_reached(steps: list[Step]) -> bool:
    """Whether the steps of one goal reached it: its last act was done and the screen answered."""
    acts = [s for s in steps if s.mark == "·"]
    if not acts or acts[-1].error:
        return False
    last = acts[-1]
    if last is not [s for s in steps if s.mark != "!"][-1]:
        return False
    return not last.idle or last.kind in _QUIET or len([a for a in acts if a.point == last.point and a.idle]) > 1
