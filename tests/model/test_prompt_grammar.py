"""What a prompt offers, its family's parser takes; and published texts are the published ones."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from typing import Any

import pytest
from PIL import Image

from action_space.actions import ACTIONS, HALVES, Click, Input, Navigate, Press, Scroll
from action_space.geometry import Frame, Size
from model.base import Request
from model.families import FAMILIES
from model.family import MIMO_LINES, Family
from model.prompt import HistoryStep, PromptContext, build, neutral, render

FRAME = Frame(Size(1280, 800))
IMAGE = Image.new("RGB", (1280, 800), "white")
TALKING = [row for row in FAMILIES.values() if not row.grounds_only]


def words(request: Request) -> str:
    return "\n".join(part for message in request.messages for part in message.parts if isinstance(part, str))


def turn(**more: Any) -> PromptContext:
    return PromptContext("Buy the SU7", IMAGE, FRAME, **more)


# What a prompt names in prose alone.
_TAKES = {
    "keys": ("key", "key_down", "key_up"),
    "text": ("type", "call_user", "answer"),
    "coordinate": (
        "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click", "double_click",
        "triple_click", "left_mouse_down", "left_mouse_up",
    ),
    "pixels": ("scroll", "hscroll"),
    "time": ("wait",),
}  # fmt: skip


def as_xml(call: dict[str, Any]) -> str:
    fields = "".join(
        f"<parameter={name}>\n{value if isinstance(value, str) else json.dumps(value)}\n</parameter>\n"
        for name, value in call.items()
    )
    return f"<tool_call>\n<function=computer_use>\n{fields}</function>\n</tool_call>"


def examples(family: Family) -> list[str]:
    """Every example and action line of the family's prompt, with numbers and words for its placeholders."""
    text = words(build(family, turn())[0])
    if family.format_name in ("uitars", "doubao"):
        space = text.partition("## Action Space")[2].partition("## Note")[0]
        calls = [line.split(" #")[0].strip() for line in space.splitlines() if "(" in line]
        ways = [call.replace("down or up or right or left", way) for call in calls for way in ("down", "left")]
        return [re.sub(r"[xy]([123])", r"2\1", f"Action: {call}") for call in dict.fromkeys(ways)]
    if family.format_name.startswith("qwen"):
        tool = json.loads(next(line for line in text.splitlines() if line.startswith('{"type": "function"')))
        needed = tool["function"]["parameters"]["properties"]
        given = {"keys": ["ctrl", "s"], "text": "42", "coordinate": [5, 6], "pixels": -5, "time": 2}
        found = []
        for name in needed["action"]["enum"]:
            takes = [f for f in given if f"`action={name}`" in needed.get(f, {}).get("description", "")]
            takes = takes or [field for field in given if name in _TAKES.get(field, ())]
            fields = {field: given[field] for field in takes}
            for status in needed["status"]["enum"] if name == "terminate" else [None]:
                call = {"action": name, **fields, **({"status": status} if status else {})}
                found.append(json.dumps({"name": "computer_use", "arguments": call}))
                if family.format_name == "qwen_xml":
                    found[-1] = as_xml(call)
        return found
    if family.format_name == "mimo":
        filled = {"[x,y]": "[5, 6]", "[key1, key2, ...]": '["ctrl", "s"]', '"direction"}': '"up"}',
                  '"status"}': '"success"}', '"url"': '"https://example.com/"', ": n}": ": 1}",
                  '"accept or dismiss"': '"accept"'}  # fmt: skip
        found = []
        for line in text.partition("## Action Space\n")[2].partition("\n\n##")[0].splitlines():
            name = json.loads(re.sub(r"\[.*?\]|\bn\b(?=})", "0", line))["action"]
            for mark, value in filled.items():
                line = line.replace(mark, value) if mark != '"url"' else re.sub(r'(?<=: )"url"', value, line)
            assert name in line
            found.append(line)
        return found
    if family.format_name == "osatlas":
        return [f"actions:\n{line}" for line in re.findall(r"example usage: (.*)", text)]
    if family.format_name == "agentcpm":
        schema = json.loads(next(line for line in text.splitlines() if line.startswith('{"type":"object"')))
        at = {"thought": "x", "POINT": [5, 6]}
        ways = [{**at, "to": way} for way in (*schema["properties"]["to"]["oneOf"][0]["enum"], [7, 8])]
        keys = [{"thought": "x", "PRESS": key} for key in schema["properties"]["PRESS"]["enum"]]
        ends = [
            {"thought": "x", "STATUS": end} for end in schema["properties"]["STATUS"]["enum"] if end != "continue"
        ]
        more = [at, {**at, "duration": 1000}, {"thought": "x", "TYPE": "a"}, {"thought": "x", "duration": 200}]
        return [json.dumps(one) for one in (*ways, *keys, *ends, *more)]
    if family.format_name == "pyautogui":
        tools = [json.loads(line[2:]) for line in text.splitlines() if line.startswith('- {"name"')]
        assert [tool["name"] for tool in tools] == ["computer.triple_click", "computer.terminate"]
        ends = tools[1]["parameters"]["properties"]["status"]["enum"]
        return ["computer.triple_click(x=5, y=6)", *(f"computer.terminate(status={end!r})" for end in ends)]
    return [line[: line.rindex("}") + 1] for line in text.splitlines() if line.startswith('{"action"')] or [
        json.dumps(ACTIONS[name].EXAMPLE) for name in family.actions
    ]


@pytest.mark.parametrize("family", TALKING, ids=lambda family: family.name)
def test_the_parser_takes_what_the_prompt_offers(family: Family) -> None:
    frame = build(family, turn())[1]
    said = examples(family)
    assert len(said) >= 3
    for example in said:
        action = family.format.parse(example, frame).action
        # No family is offered halves of a click by us; some publish them.
        assert action.action not in HALVES or action.action in family.actions, example


def test_every_line_of_mimos_table_is_offered() -> None:
    assert set(FAMILIES["mimo-vl"].actions) == set(MIMO_LINES)


# Digest of what the publisher's own code gives for English and "do it".
PUBLISHED = {
    # ui_tars/prompt.py of bytedance/UI-TARS (package ui-tars 0.5.1): COMPUTER_USE_DOUBAO, GROUNDING_DOUBAO
    "doubao_agent": ("fcacc2b845e04d3f", {"language": "English", "task": "do it"}),
    "ground_doubao": ("af60b3c1fb8debbb", {"target": "do it"}),
    # The texts of these are put together as their publishers' code does (docs/models.md names it).
    "qwen35_system": ("c1c3178a7b999c21", {"today": date(2026, 1, 2)}),
    "qwen35_agent": ("326815118d7f8b3c", {"task": "do it"}),
    "qwen_cua_system": ("f23c08e99409c801", {"today": date(2026, 1, 2)}),
    "qwen_cua_agent": ("888af132a87f632b", {"task": "do it"}),
    "gui_owl_system": ("c81ce4add7fdc174", {}),
    "gui_owl_agent": ("f07e3f2fe93d07c4", {"task": "do it", "steps": []}),
    "evocua_system": ("708ec379c991d5e9", {}),
    "evocua_agent": ("326815118d7f8b3c", {"task": "do it", "steps": []}),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_texts_byte_for_byte(name: str) -> None:
    digest, context = PUBLISHED[name]
    assert hashlib.sha256(render(name, context).encode()).hexdigest()[:16] == digest


# XiaomiMiMo/lmms-eval, tasks/android_control/utils.py and _task_utils/gui_utils.py, for goal "do it"
MIMO = """You are a GUI agent. You will be provided with a screenshot, a goal, and your action history. \
You need to perform the next action to complete the task.

## Action Space
{"action": "click", "start_point": [x,y]}
{"action": "drag", "start_point": [x,y], "end_point": [x,y]}
{"action": "input", "text": "text"}
{"action": "press", "keys": [key1, key2, ...]}
{"action": "wait"}
{"action": "finished", "status": "status"}

## Goal
do it

## Previous Actions
%s

Now, output the next action in json format [{"action": "{action_name}"}, ...]."""


def test_mimos_prompt_is_that_of_its_evaluation() -> None:
    names = ("click", "drag", "input", "press", "wait", "finished")
    asked = PromptContext("do it", IMAGE, FRAME, actions=names)
    assert words(build(FAMILIES["mimo-vl"], asked)[0]).removesuffix(" /no_think") == MIMO % "None"
    past = (HistoryStep(Press(keys=("home",)), "Go home."), HistoryStep(Input(text="a"), "Type it."))
    told = (
        'Step 0: Go home. {"action": "press", "keys": ["home"]}.Step 1: Type it. {"action": "input", "text": "a"}.'
    )
    request, _ = build(FAMILIES["mimo-vl"], PromptContext("do it", IMAGE, FRAME, history=past, actions=names))
    assert words(request).removesuffix(" /no_think") == MIMO % told


@pytest.mark.parametrize("name", ["ui-tars-1.5", "ui-tars-1.0", "doubao"])
def test_no_escapes_of_python_source_in_a_prompt(name: str) -> None:
    text = words(build(FAMILIES[name], turn())[0])
    assert "use \\n at the end" in text
    assert "\\\\n" not in text


@pytest.mark.parametrize("name", ["ui-tars-1.5", "doubao", "os-atlas-pro", "agentcpm-gui"])
def test_the_past_is_told_in_the_familys_own_words(name: str) -> None:
    past = tuple(
        HistoryStep(action, screenshot=IMAGE)
        for action in (
            Scroll(direction="down", scroll_distance=300, start_point=(5, 6)),
            Navigate(url="https://a.b/"),
        )
    )
    text = words(build(FAMILIES[name], turn(history=past))[0])
    assert '{"action"' not in text
    assert "navigate: url https://a.b/" in text


def test_a_past_point_is_in_the_space_of_its_own_picture() -> None:
    small = Frame(Size(640, 400))
    past = (HistoryStep(Click(start_point=(320, 200)), frame=small), HistoryStep(Click(start_point=(320, 200))))
    row = FAMILIES["qwen3-vl"]
    from dataclasses import replace

    text = words(build(replace(row, pictures=0), turn(history=past))[0])
    assert "[500, 500]" in text  # the middle of the picture that it answered
    assert "[250, 250]" in text


def test_where_the_pointer_is_is_told_by_the_past() -> None:
    _, frame = build(FAMILIES["qwen3-vl"], turn(history=(HistoryStep(Click(start_point=(50, 60))),)))
    assert frame.pointer == (50, 60)
    failed = HistoryStep(Click(start_point=(50, 60)), error="not done")
    assert build(FAMILIES["qwen3-vl"], turn(history=(failed,)))[1].pointer is None


TOKENS = [
    "<|image_pad|>", "<|im_end|>", "<|vision_start|>", "<image>", "</s>", "<slice>", "<start_of_turn>", "[INST]",
    "<|endoftext|>", "<unk>", "<tool_call>", "<｜end▁of▁sentence｜>", "[IMG]", "<|box_start|>",
]  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda family: family.name)
def test_special_tokens_of_a_task_or_a_page_are_mere_text(family: Family) -> None:
    past = (HistoryStep(Click(start_point=(1, 2)), "x", "y"),)
    bare = words(build(family, PromptContext("Buy", IMAGE, FRAME, past, ("note",)))[0])
    for token in TOKENS:
        past = (HistoryStep(Click(start_point=(1, 2)), token, f"a dialog says {token}"),)
        context = PromptContext(f"Buy {token}", IMAGE, FRAME, past, (f"note {token}",))
        assert words(build(family, context)[0]).count(token) <= bare.count(token), token


def test_what_is_no_token_stays() -> None:
    for text in ("a < b and c > d", "if x<y: <b>bold</b>", "<div class=s>", "[1] and [a]", "x |> y", "小米 <SU7>"):
        assert neutral(text) == text
    assert neutral("<|image_pad|>").replace("\u200b", "") == "<|image_pad|>"
