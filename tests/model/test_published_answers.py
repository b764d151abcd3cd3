"""Answers as the publishers' own documents, tests and samples show them, read by their family's format."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from action_space.actions import Click
from action_space.geometry import Frame, Size
from model.families import FAMILIES
from model.family import Family

SCREEN = Size(1920, 1080)
AGENTS = [row for row in FAMILIES.values() if not row.grounds_only]


def qwen_cua(action: str, parameters: str = "") -> str:
    """As `tool_call` of xlang-ai/Qwen-CUA, demo/tests/test_protocol.py, writes it."""
    return (
        "<tool_call>\n<function=computer_use>\n"
        f"<parameter=action>\n{action}\n</parameter>\n{parameters}</function>\n</tool_call>"
    )


# Family, answer, what it means on a screen of 1920×1080, thought.
ANSWERS: list[tuple[str, str, dict[str, Any], str]] = [
    # xlang-ai/Qwen-CUA: README, and demo/tests/test_protocol.py
    (
        "qwen-cua",
        qwen_cua("left_click", "<parameter=coordinate>\n[500, 420]\n</parameter>\n"),
        {"action": "click", "start_point": [961, 454]},
        "",
    ),
    (
        "qwen-cua",
        qwen_cua("type", "<parameter=text>\nHello, 世界\n</parameter>\n"),
        {"action": "input", "text": "Hello, 世界"},
        "",
    ),
    (
        "qwen-cua",
        qwen_cua("key", '<parameter=keys>\n["CTRL", "A"]\n</parameter>\n'),
        {"action": "press", "keys": ["ctrl", "a"]},
        "",
    ),
    (
        "qwen-cua",
        qwen_cua("scroll", "<parameter=pixels>\n-640\n</parameter>\n"),
        {"action": "scroll", "direction": "down", "scroll_distance": 692},
        "",
    ),
    (
        "qwen-cua",
        qwen_cua("terminate", "<parameter=status>\nsuccess\n</parameter>\n"),
        {"action": "finished"},
        "",
    ),
    # the runner's form of an answer with thinking (demo/src/qwen_cua/model_client.py)
    (
        "qwen-cua",
        "<think>\nThe card is there.\n</think>\n" + qwen_cua("screenshot"),
        {"action": "wait"},
        "The card is there.",
    ),
    # xlang-ai/OSWorld, mm_agents/qwen35vl_agent.py: keys held during a click
    (
        "qwen3.5",
        "Action: Add the file to the selection.\n"
        + qwen_cua("left_click", "<parameter=coordinate>\n[100, 200]\n</parameter>\n<parameter=text>\nctrl\n"
                   "</parameter>\n"),
        {"action": "click", "start_point": [192, 216], "modifiers": ["ctrl"]},
        "Add the file to the selection.",
    ),
    # X-PLUG/MobileAgent, Mobile-Agent-v3.5/computer_use: the answer's form, and an action of its own
    (
        "gui-owl-1.5",
        'Action: Close the banner.\n<tool_call>\n{"name": "computer_use", "arguments": {"action": "left_click", '
        '"coordinate": [900, 120]}}\n</tool_call>',
        {"action": "click", "start_point": [1728, 130]},
        "Close the banner.",
    ),
    (
        "gui-owl-1.5",
        '<tool_call>\n{"name": "computer_use", "arguments": {"action": "interact", "text": "Please log in."}}\n'
        "</tool_call>",
        {"action": "ask_user", "question": "Please log in."},
        "",
    ),
    # meituan/EvoCUA, mm_agents/evocua: keys that stay down
    (
        "evocua",
        'Action: Hold Shift.\n<tool_call>\n{"name": "computer_use", "arguments": {"action": "key_down", "keys": '
        '["shift"]}}\n</tool_call>',
        {"action": "key_down", "keys": ["shift"]},
        "Hold Shift.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("family", "answer", "action", "thought"), ANSWERS)
def test_published_answers_are_read(family: str, answer: str, action: dict[str, Any], thought: str) -> None:
    row = FAMILIES[family]
    frame = row.view(Image.new("RGB", (1920, 1080)), Frame(SCREEN))[1]
    parsed = row.format.parse(answer, frame)
    assert parsed.action.to_json() == action
    assert parsed.thought == thought


@pytest.mark.parametrize("row", AGENTS, ids=lambda row: row.name)
def test_a_point_comes_back_within_a_unit_of_the_models_space(row: Family) -> None:
    frame = row.view(Image.new("RGB", (1920, 1080)), Frame(SCREEN))[1]
    unit = max(1.0, SCREEN.width / frame.model_size.width, SCREEN.height / frame.model_size.height)
    for place in range(0, 1080, 7):
        for point in ((place, place), (1919 - place, place), (1919, 1079)):
            said = row.format.render(Click(start_point=point), frame)
            back = row.format.parse(said, frame).action.points()["start_point"]
            assert max(abs(back[0] - point[0]), abs(back[1] - point[1])) <= unit, (said, point)
