"""Screens built by hand, for tests of matching and planning."""

from __future__ import annotations

from typing import Any

from action_space.geometry import Box, Size
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


def step(thought: str, effect: str = "5 % of the screen changed", **action: Any) -> dict[str, Any]:
    """One entry of the history."""
    return {"action": action, "thought": thought, "effect": effect, "error": ""}
