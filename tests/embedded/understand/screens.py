"""Screens built by hand, for tests of matching and planning."""

from __future__ import annotations

from typing import Any

from action_space.geometry import Box, Size
from model.embedded.language.goals import Goal
from model.embedded.planner import Decision, plan
from model.embedded.screen import Element, Kind, Line, Screen

ALL = ("click", "scroll", "input", "drag", "press", "hover", "select", "finished", "wait", "back", "navigate")


def line(text: str, x: float, y: float, height: float = 14, width: float | None = None) -> Line:
    """A line of text with its top left corner at (x, y)."""
    return Line(text, Box(x, y, x + (width or 8 * len(text)), y + height))


def thing(kind: Kind, x: float, y: float, width: float = 100, height: float = 24, **more: Any) -> Element:
    """An element with its top left corner at (x, y)."""
    return Element(kind, Box(x, y, x + width, y + height), **more)


def screen(*parts: Line | Element, size: tuple[int, int] = (400, 300)) -> Screen:
    """A screen of lines and elements, in the order given."""
    lines = tuple(p for p in parts if isinstance(p, Line))
    return Screen(Size(*size), lines, tuple(p for p in parts if isinstance(p, Element)), scale=14.0)


def after(decision: Decision, effect: str = "5 % of the screen changed", url: str = "") -> dict[str, Any]:
    """The history's entry for a decision that was carried out."""
    state = decision.details.get("state") or {}
    return step(state, effect, url, thought=decision.thought, **decision.action)


def step(
    state: dict[str, Any],
    effect: str = "5 % of the screen changed",
    url: str = "",
    thought: str = "",
    **action: Any,
) -> dict[str, Any]:
    """One entry of the history: nothing changed where `effect` says so."""
    change = {} if effect.startswith("nothing") else {"changed": 0.05, **({"url": url} if url else {})}
    if "the address is now" in effect:
        change["url"] = effect.rpartition(" ")[2]
    return {"action": action, "thought": thought, "effect": effect, "error": "", "state": state, "change": change}


def note(
    goal: int, mark: str, score: float, said: str = "", tag: str = "", ledger: Any = None, **memo: Any
) -> dict[str, Any]:
    """The state of a step."""
    return {
        "goal": goal, "mark": mark, "score": score, "said": said, "tag": tag, "memo": memo, "ledger": ledger or {}
    }  # fmt: skip


def goals(task: str, on_desktop: bool = False) -> tuple[Goal, ...]:
    """The goals of a task, with the ways to where they are reached."""
    return plan(task, on_desktop)
