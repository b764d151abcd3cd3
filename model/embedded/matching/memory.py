"""What was done so far, as data that travels with the run: nothing is kept between calls.

Each reply carries the `StepState` of its step in `details["state"]`; the history hands it back with what the step
changed. Words are for people: none are read again.
"""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from model.embedded.language.goals import Goal
from model.embedded.matching.scene import Scene

ACT, WAY, CLEAR = "·", "…", "!"
"""Marks: the act that should reach the goal; a step on the way to it; something in the way that is cleared."""
_QUIET = ("hover", "press", "wait")
_CHANGES = ("changed", "url", "title", "tabs", "active_tab", "dialog", "downloads", "downloading", "file_chooser")
LOST = "a pop-up came between"


@dataclass(frozen=True)
class StepState:
    """What the model puts down about a step, to read again later.

    Attributes:
        goal: index of the goal that the step serves.
        mark: `ACT`, `WAY` or `CLEAR`.
        score: how sure the step was, 0–1.
        said: the reason, in words for people.
        tag: what part the step has in its skill ("new", "save", "opened", "searched" …), "" for none.
        memo: values that the skill needs again (JSON values only).
        ledger: what was confirmed so far: of each goal that is done, what was seen and how sure that is.
    """

    goal: int
    mark: str
    score: float
    said: str
    tag: str = ""
    memo: dict[str, Any] = field(default_factory=dict)
    ledger: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As it travels."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> StepState | None:
        """What travelled; None: it is no state of ours."""
        if not isinstance(data, dict) or not isinstance(data.get("goal"), int):
            return None
        if data.get("mark") not in ("·", "…", "!"):
            return None
        memo, ledger = data.get("memo"), data.get("ledger")
        return cls(
            max(0, data["goal"]),
            str(data["mark"]),
            float(data.get("score") or 0.0),
            str(data.get("said") or ""),
            str(data.get("tag") or ""),
            memo if isinstance(memo, dict) else {},
            ledger if isinstance(ledger, dict) else {},
        )


@dataclass(frozen=True)
class Step:
    """One step of the past: its state, what was done, what it changed.

    Attributes:
        action: its canonical JSON, empty if no valid answer came.
        effect, change: what it changed, in words and as data (`envs.base.StateDiff`).
        idle: nothing changed by it, or it was not done at all.
    """

    goal: int
    mark: str
    said: str
    score: float
    action: dict[str, Any]
    effect: str = ""
    error: str = ""
    tag: str = ""
    memo: Mapping[str, Any] = field(default_factory=dict)
    change: Mapping[str, Any] = field(default_factory=dict)
    ledger: Mapping[str, Any] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.action.get("action", ""))

    @property
    def idle(self) -> bool:
        return bool(self.error) or not any(self.change.get(key) for key in _CHANGES)

    @property
    def moved(self) -> bool:
        """Whether it led to another address."""
        return bool(self.change.get("url"))

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
        state = StepState.from_json(entry.get("state"))
        state = state or StepState(steps[-1].goal if steps else 0, WAY, 0.5, "")
        step = Step(
            state.goal,
            state.mark,
            state.said,
            state.score,
            entry.get("action") or {},
            str(entry.get("effect") or ""),
            str(entry.get("error") or ""),
            state.tag,
            state.memo,
            entry.get("change") or {},
            state.ledger,
        )
        steps.append(step)
    return [_swallowed(s, steps[i + 1]) if i + 1 < len(steps) else s for i, s in enumerate(steps)]


def _swallowed(step: Step, following: Step) -> Step:
    """A step before a pop-up was closed that led nowhere: the pop-up got the click, not the page."""
    acted = step.mark != CLEAR and step.kind in ("click", "input", "select", "drag") and not step.error
    if following.mark == CLEAR and following.kind == "click" and acted and not step.moved and not step.idle:
        return replace(step, error=LOST)
    return step


@dataclass(frozen=True)
class Line:
    """One line of the ledger: what was seen that confirms a condition of the task, and how sure it is, 0–1."""

    seen: str
    sure: float


def ledger_of(steps: list[Step]) -> dict[int, Line]:
    """The ledger as the newest step carries it."""
    kept = next((s.ledger for s in reversed(steps) if s.ledger), {})
    return {
        int(at): Line(str(line[0]), float(line[1]))
        for at, line in kept.items()
        if str(at).isdigit() and isinstance(line, list) and len(line) == 2
    }


@dataclass
class Now:
    """Everything a decision is made from.

    Attributes:
        goals, index: all goals, and the one at hand.
        steps: everything done so far; `past` those for the goal at hand.
        notes: facts that no pixel shows.
        actions: names of the actions that can be done here.
        relaxed: every way of looking was tried: what is only like the target will do.
        ledger: what was confirmed of the goals that are done, by index.
    """

    scene: Scene
    goals: tuple[Goal, ...]
    index: int
    steps: list[Step]
    notes: tuple[str, ...] = ()
    actions: frozenset[str] = frozenset()
    relaxed: bool = False
    trace: list[dict[str, Any]] = field(default_factory=list)
    ledger: dict[int, Line] = field(default_factory=dict)

    @property
    def goal(self) -> Goal:
        return self.goals[self.index]

    @property
    def past(self) -> list[Step]:
        return [s for s in self.steps if s.goal == self.index]

    def tagged(self, *tags: str) -> list[Step]:
        """Steps for the goal at hand that have one of these parts in its skill, and were done."""
        return [s for s in self.past if s.tag in tags and not s.error]

    def tried(self, point: tuple[int, int], *, kind: str = "click", near: float = 4.0) -> bool:
        """Whether this point was acted on for this goal already, on this page and view."""
        for step in reversed(self.past):
            if step.error == LOST:
                continue
            if (step.kind == "scroll" and not step.idle) or step.moved:
                spot = step.point
                return bool(
                    step.moved and step.kind == kind and spot
                    and abs(spot[0] - point[0]) <= near and abs(spot[1] - point[1]) <= near
                )  # fmt: skip
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
    """An action to take. `last`: if the screen answers to it, the goal is reached. `tag`, `memo`: see `StepState`."""

    action: dict[str, Any]
    why: str
    score: float
    last: bool = True
    tag: str = ""
    memo: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """The goal is reached without a further action; `answer` is what was read."""

    why: str = ""
    score: float = 1.0
    answer: str | None = None


@dataclass(frozen=True)
class Lost:
    """The goal cannot be acted on with this screen: look elsewhere for `looking_for`, or give up with `reason`.

    Attributes:
        final: looking elsewhere cannot help (the page refused, or changing it further would do harm).
    """

    reason: str
    looking_for: Any = None
    final: bool = False


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
    acts = [s for s in steps if s.mark == ACT]
    if not acts or acts[-1].error:
        return False
    last = acts[-1]
    if last is not [s for s in steps if s.mark != CLEAR][-1]:
        return False
    return not last.idle or last.kind in _QUIET or len([a for a in acts if a.point == last.point and a.idle]) > 1
