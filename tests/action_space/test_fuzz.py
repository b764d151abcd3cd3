"""Parsing raises nothing but FormatError, and what it gives is a valid action: 52,000 broken answers.

``python -m tests.bench --only parse_fuzz`` takes 100,000 others.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from action_space.formats import FORMATS
from tests.action_space.mutations import FRAMES, GROUNDING, Tally, answers

BATCHES, EACH = 20, 2600
NAMES = [*FORMATS, GROUNDING]
CALLS = (
    "pyautogui.click pyautogui.press pyautogui.scroll pyautogui.write pyautogui.hotkey pyautogui.keyDown "
    "time.sleep computer.terminate click type scroll drag hotkey finished wait mouse_click keyboard_press noop "
    "goto send_msg_to_user"
).split()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_broken_answers(batch: int) -> None:
    tally = Tally()
    for name, text, frame in answers(EACH, seed=batch):
        tally.parse(name, text, frame)
    assert tally.wrong == []
    assert tally.count == EACH
    # Not so broken that nothing is read, nor so whole that nothing is tried.
    assert tally.outcomes["strict"] > 50
    assert tally.outcomes["repaired"] > 50
    assert tally.outcomes["failed"] > 500


words = st.sampled_from(
    "action status type name arguments keys text coordinate start_point end_point path direction pixels time x y "
    "duration duration_ms scroll_x scroll_y scroll_amount button clicks POINT to PRESS TYPE STATUS action_type "
    "parameters dx dy actions modifiers repeat bbox bbox_2d point_2d width height index paths url".split()
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["click", "scroll", "terminate", "wait", "key", "left_click", "success", 10**400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | words, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150)
@given(data=st.dictionaries(words, anything, max_size=6), frame=st.sampled_from(FRAMES), nested=st.booleans())
def test_any_value_in_any_field(name: str, data: dict[str, Any], frame: Any, nested: bool) -> None:
    tally = Tally()
    tally.parse(name, json.dumps({"name": "computer_use", "arguments": data} if nested else data), frame)
    assert tally.wrong == []


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=150)
@given(
    call=st.sampled_from(CALLS),
    args=st.lists(
        (st.text(max_size=10) | st.integers() | st.floats() | st.lists(st.integers(), max_size=3)).map(repr),
        max_size=4,
    ),
    frame=st.sampled_from(FRAMES),
)
def test_any_argument_of_any_call(name: str, call: str, args: list[str], frame: Any) -> None:
    tally = Tally()
    tally.parse(name, f"Action: {call}({', '.join(args)})", frame)
    tally.parse(name, f"{call}({', '.join(args)})", frame)
    assert tally.wrong == []
