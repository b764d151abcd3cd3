"""What earns nothing, because it is known to deceive rules: each guard says in words what it found, or "".

Sources of the tricks: huge boxes (GUI-G1, 2505.15810: a reward of hits alone is gamed by the size of the box),
many candidates (InfiGUI-G1), answers without content in the right form (TON), length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from action_space.formats.grounding import count_places
from action_space.geometry import Box
from model.training.data.records import Episode, GroundingItem
from model.training.rewards.base import Case, action_of, place_of


@dataclass(frozen=True)
class Bounds:
    """How far an answer may go.

    Attributes:
        largest_box: area of an answered box, in areas of the right one.
        longest: tokens of an answer; 0: only the limit at which it is cut.
        thinking_only: whether an answer that is nothing but thinking may earn something.
    """

    largest_box: float = 9.0
    longest: int = 0
    thinking_only: bool = False


def empty(case: Case, bounds: Bounds) -> str:
    """Nothing was said, or nothing but thinking."""
    text = case.text.strip()
    if not text:
        return "empty"
    _, closed, rest = text.rpartition("</think>")
    if not bounds.thinking_only and text.startswith("<think>") and not (closed and rest.strip()):
        return "nothing but thinking"
    return ""


def too_long(case: Case, bounds: Bounds) -> str:
    """It was cut at the limit, or is longer than allowed."""
    if not case.ended:
        return "cut at the limit"
    return "too long" if bounds.longest and case.tokens > bounds.longest else ""


def many_candidates(case: Case, bounds: Bounds) -> str:
    """It names several places, or asks for several actions: one of them is likely to be right."""
    if isinstance(case.record, GroundingItem) and case.frame is not None:
        sizes = {(float(w), float(h)) for w, h in (case.frame.model_size, case.frame.screen)}
        return "several places" if count_places(case.text, sizes) > 1 else ""
    if isinstance(case.record, Episode) and case.frame is not None:
        parsed = action_of(case)
        more = parsed is not None and any("first" in note and "taken" in note for note in parsed.repairs)
        return "several actions" if more else ""
    return ""


def huge_box(case: Case, bounds: Bounds) -> str:
    """A box so large that its middle, or its overlap, says little."""
    if not isinstance(case.record, GroundingItem) or case.record.absent or case.frame is None:
        return ""
    box = place_of(case).box
    largest = max(Box(*right).area for right in case.record.boxes)
    return "huge box" if box is not None and box.area > bounds.largest_box * largest else ""


GUARDS: tuple[Callable[[Case, Bounds], str], ...] = (empty, too_long, many_candidates, huge_box)


BOUNDS = Bounds()
"""The usual ones."""


def deceit(case: Case, bounds: Bounds) -> str:
    """What the first guard that minds the answer says of it; "": none does."""
    return next((found for guard in GUARDS if (found := guard(case, bounds))), "")
