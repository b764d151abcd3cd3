"""The rows of the table: names, pictures, prompts, and that what the model answers comes back as an action."""

from __future__ import annotations

import pytest
from PIL import Image

from action_space.actions import Click, Finished, Scroll
from action_space.formats import CannotExpress
from action_space.geometry import Frame, Size
from model.base import Message
from model.families import FAMILIES, assumption, family_of
from model.family import Family
from model.grounding import question
from model.prompt import HistoryStep, PromptContext, build

SCREEN = Size(1920, 1080)
PICTURE = Image.new("RGB", (1920, 1080), "white")
ROWS = list(FAMILIES.values())
AGENTS = [row for row in ROWS if not row.grounds_only]

NAMES = {
    "XiaomiMiMo/MiMo-VL-7B-RL-2508": "mimo-vl",
    "XiaomiMiMo/MiMo-VL-7B-SFT-2508": "mimo-vl",
    "mimo-vl-7b": "mimo-vl",
    "mimo-vl": "mimo-vl",
    "XiaomiMiMo/MiMo-VL-7B-RL": "mimo-vl-2506",
    "XiaomiMiMo/MiMo-VL-7B-RL-GGUF": "mimo-vl-2506",
    "mimo-vl-7b-sft": "mimo-vl",  # the short name
    "Qwen/Qwen2.5-VL-7B-Instruct": "qwen2.5-vl",
    "qwen2.5vl:7b": "qwen2.5-vl",
    "Qwen/Qwen3-VL-8B-Instruct": "qwen3-vl",
    "qwen3-vl:8b": "qwen3-vl",
    "ByteDance-Seed/UI-TARS-1.5-7B": "ui-tars-1.5",
    "ui-tars-7b": "ui-tars-1.5",  # the short name
    "ByteDance-Seed/UI-TARS-7B-DPO": "ui-tars-1.0",
    "ByteDance-Seed/UI-TARS-2B-SFT": "ui-tars-1.0",
    "doubao-1.5-ui-tars-250328": "doubao",
    "ui-tars-2": "doubao",
    "openbmb/MiniCPM-V-4.6": "minicpm-v",
    "openbmb/AgentCPM-GUI": "agentcpm-gui",
    "HelloKKMe/GTA1-7B-2507": "gta1",
    "xlangai/Jedi-7B-1080p": "jedi",
    "xlangai/OpenCUA-32B": "opencua",
    "OS-Copilot/OS-Atlas-Base-7B": "os-atlas",
    "OS-Copilot/OS-Atlas-Pro-7B": "os-atlas-pro",
    "Hcompany/Holo1.5-7B": "holo1.5",
    "Hcompany/Holo2-8B": "holo2",
    "gpt-5": "generic",
    "mimo": "mimo-vl",
    "XiaomiMiMo/MiMo-7B-RL": "generic",  # it reads no pictures
    "EvoCUA-32B": "evocua",
    "meituan/EvoCUA-8B-20260105": "evocua",
    "Qwen/Qwen3.5-9B": "qwen3.5",
    "Qwen3.6-35B-A3B": "qwen3.5",
    "Qwen/Qwen-CUA": "qwen-cua",
    "mPLUG/GUI-Owl-1.5-8B-Instruct": "gui-owl-1.5",
    "GUI-Owl-7B": "generic",  # the first answers in pixels
    "Tongyi-MAI/MAI-UI-8B": "relative",
    "inclusionAI/UI-Venus-1.5-8B": "relative",
    "Hcompany/Holo3.1-35B-A3B": "relative",
    "microsoft/Fara-7B": "qwen2.5-vl",
    "xlangai/OpenCUA-72B": "opencua",
    "llava-1.6": "generic",
}


@pytest.mark.parametrize(("name", "family"), NAMES.items())
def test_the_name_tells_the_family(name: str, family: str) -> None:
    assert family_of(name) == family


@pytest.mark.parametrize("name", NAMES)
def test_what_is_assumed_is_said(name: str) -> None:
    words = assumption(name)
    assumed = any(one.lower() in name.lower() for one in ("Qwen3.6", "GUI-Owl-7B", "MAI-UI", "Venus", "Holo3"))
    assumed |= name in ("mimo", "gpt-5", "llava-1.6", "microsoft/Fara-7B", "XiaomiMiMo/MiMo-7B-RL")
    assert bool(words) == assumed
    if words:
        assert f"(family {family_of(name)})" in words
        assert "coordinates" in words or "MiMo-VL" in words
        assert "--family NAME" in words
    assert assumption(name, "qwen3-vl") == ""


def test_nothing_is_assumed_about_our_own() -> None:
    for name in ("embedded", "scripted:moves.json", "qwen3-vl", "mimo-vl-7b-rl"):
        assert assumption(name) == ""


@pytest.mark.parametrize(("hub_id", "row"), [(hub_id, row) for row in ROWS for hub_id, _ in row.checkpoints])
def test_every_checkpoint_of_the_table_is_known_by_its_name(hub_id: str, row: Family) -> None:
    assert family_of(hub_id) == row.name


def test_pictures_have_the_size_that_the_publisher_gives() -> None:
    """Sizes in the model's facts: 1080p and 4K."""
    expected = {
        "mimo-vl": ((1932, 1092), (2380, 1344)),
        "qwen2.5-vl": ((1932, 1092), (3836, 2156)),
        "qwen3-vl": ((1920, 1088), (3840, 2176)),
        "agentcpm-gui": ((1120, 630), (1120, 630)),
        "jedi": ((1932, 1092), (1932, 1064)),
        "doubao": ((1920, 1080), (3840, 2160)),
        "qwen3.5": ((1920, 1088), (3840, 2176)),
        "gui-owl-1.5": ((1920, 1088), (3840, 2176)),
        "evocua": ((1920, 1088), (3840, 2176)),
    }
    for name, sizes in expected.items():
        row = FAMILIES[name]
        screens = ((1920, 1080), (3840, 2160))
        assert tuple(row.resize(*size) if row.resize else size for size in screens) == sizes, name


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_request_shows_the_picture_and_tells_the_task(row: Family) -> None:
    turn = PromptContext("buy the “SU7”", PICTURE, Frame(SCREEN), notes=("A dialog is open.",))
    request, frame = build(row, turn)
    shown = [part for message in request.messages for part in message.parts if isinstance(part, Image.Image)]
    assert [picture.size for picture in shown] == [row.resize(1920, 1080) if row.resize else (1920, 1080)]
    assert frame.model_size == (row.space or Size(*shown[0].size))
    text = "\n".join(message.text for message in request.messages)
    assert "buy the “SU7”" in text
    assert "{{" not in text
    assert "\ufffc" not in text
    assert row.grounds_only or "A dialog is open." in text
    last = request.messages[-1].parts[-1]
    assert not row.suffix or (isinstance(last, str) and last.endswith(row.suffix.strip(" ")))


@pytest.mark.parametrize("row", AGENTS, ids=lambda row: row.name)
def test_the_past_is_told_with_what_it_changed(row: Family) -> None:
    past = (
        HistoryStep(Click(start_point=(960, 540)), "Open the menu.", "a menu opened", screenshot=PICTURE),
        HistoryStep(Scroll(direction="down"), "Look further.", "nothing changed", screenshot=PICTURE),
    )
    request, _ = build(row, PromptContext("find it", PICTURE, Frame(SCREEN), history=past))
    text = "\n".join(message.text for message in request.messages)
    assert text.index("a menu opened") < text.index("nothing changed")
    middle = ("Open the menu.", "960", "966", "[500")
    assert any(words in text for words in middle), "the action itself is told too"
    pictures = sum(isinstance(part, Image.Image) for message in request.messages for part in message.parts)
    assert pictures == (3 if row.pictures else 1)


@pytest.mark.parametrize("row", AGENTS, ids=lambda row: row.name)
def test_every_action_of_a_row_can_be_said_in_its_format(row: Family) -> None:
    """A prompt must not offer what the parser cannot read."""
    frame = row.view(PICTURE, Frame(SCREEN))[1]
    for action in (Click(start_point=(960, 540)), Finished()):
        written = row.format.render(action, frame)
        back = row.format.parse(written, frame).action
        assert back.action == action.action
        for point in back.points().values():
            assert abs(point[0] - 960) <= 2
            assert abs(point[1] - 540) <= 2
    with pytest.raises(CannotExpress):
        FAMILIES["qwen3-vl"].format.render(
            FAMILIES["generic"].format.parse('{"action":"back"}', frame).action, frame
        )


def test_thinking_is_switched_by_the_last_words() -> None:
    row = FAMILIES["mimo-vl"]
    turn = PromptContext("x", PICTURE, Frame(SCREEN))
    for thinking, end in ((True, " /think"), (False, " /no_think"), (None, " /no_think")):
        request, _ = build(row.with_thinking(thinking), turn)
        assert request.messages[-1].text.endswith(end)
    old = FAMILIES["mimo-vl-2506"].with_thinking(False)
    assert build(old, turn)[0].messages[-1].text.endswith("\n<no_think>\n")
    with pytest.raises(ValueError, match="qwen3-vl: its thinking cannot be switched"):
        FAMILIES["qwen3-vl"].with_thinking(False)


def test_thinking_is_switched_by_a_variable_of_the_chat_template() -> None:
    turn = PromptContext("x", PICTURE, Frame(SCREEN))
    for name, usual in (("qwen3.5", False), ("qwen-cua", True)):
        for thinking in (True, False, None):
            row = FAMILIES[name].with_thinking(thinking)
            wanted = usual if thinking is None else thinking
            assert build(row, turn)[0].chat_template_kwargs == {"enable_thinking": wanted}
            assert question(row, PICTURE, Frame(SCREEN), "x")[0].chat_template_kwargs == {
                "enable_thinking": wanted
            }
            assert row.thinks == wanted
    assert build(FAMILIES["evocua"], turn)[0].chat_template_kwargs == {}


def texts(messages: tuple[Message, ...]) -> list[str]:
    return [message.text for message in messages]


def test_mimo_is_asked_where_in_its_own_words() -> None:
    row = FAMILIES["mimo-vl"]
    english, _ = question(row, PICTURE, Frame(SCREEN), "the wish list button")
    assert texts(english.messages) == [
        'Locate UI components that match the command: "the wish list button". Output a JSON in the format '
        '[{"bbox_2d": [...], "label": "{the_whole_command}"}, ...]. /no_think'
    ]
    chinese, _ = question(row, PICTURE, Frame(SCREEN), "心愿单按钮")
    assert texts(chinese.messages) == [
        '定位如下命令所指定的UI元素："心愿单按钮"。按照如下格式输出JSON：'
        '[{"bbox_2d": [...], "label": "{the_whole_command}"}, ...]。 /no_think'
    ]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_family_can_be_asked_where(row: Family) -> None:
    request, frame = question(row, PICTURE, Frame(SCREEN), "the {{x}} button")
    assert "the {{x}} button" in request.messages[-1].text
    assert frame.screen == SCREEN
    if row.name == "gta1":
        assert "height 1092 and width 1932" in request.messages[0].text
    if row.name == "qwen3-vl":
        assert "resolution is 1000x1000" in request.messages[0].text


def test_a_family_that_only_grounds_says_so() -> None:
    with pytest.raises(ValueError, match="only grounds"):
        _ = FAMILIES["gta1"].format
