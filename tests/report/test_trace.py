"""Reports of damaged, huge and foreign traces, and their size."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from agent.report.marks import draw
from agent.report.page import build_report
from agent.trace.reader import read_trace
from agent.trace.writer import TraceError
from tests.report import make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make.write(tmp_path / "run", [make.record(action) for action in make.ACTIONS[:3]], result=make.VERIFIED)


def text_of(folder: Path) -> str:
    return build_report(folder).read_text("utf-8")


def test_a_whole_trace_has_no_complaint(folder: Path) -> None:
    assert read_trace(folder).problems == ()
    html = text_of(folder)
    assert 'class="problem"' not in html
    assert html.count('<section class="step"') == 4, "three steps and the end"


def test_a_missing_result_is_said(folder: Path) -> None:
    (folder / "result.json").unlink()
    html = text_of(folder)
    assert "result.json is missing: the run was cut off" in html
    assert "unfinished" in html


def test_a_cut_last_line_loses_only_its_step(folder: Path) -> None:
    path = folder / "traj.jsonl"
    text = path.read_text("utf-8")
    path.write_text(text[:-200], "utf-8")
    html = text_of(folder)
    assert "traj.jsonl: line 3 is cut off; its step is left out." in html
    assert html.count('id="step-') == 4  # two sections, each with its heading
    assert 'id="step-3"' not in html


def test_a_character_cut_in_two_is_no_error(folder: Path) -> None:
    path = folder / "traj.jsonl"
    path.write_bytes(path.read_bytes() + '{"thought": "小'.encode()[:-1])
    assert "line 4 is cut off" in text_of(folder)


def test_a_damaged_line_in_the_middle_is_named(folder: Path) -> None:
    path = folder / "traj.jsonl"
    first, second, third = path.read_text("utf-8").splitlines()
    path.write_text(f"{first}\n{second[:50]}\n[1]\n{third}\n", "utf-8")
    html = text_of(folder)
    assert "line 2 is damaged" in html
    assert "line 3 holds no JSON object" in html
    assert 'id="step-3"' in html


def test_missing_and_damaged_pictures_are_named_and_marks_stay(folder: Path) -> None:
    (folder / "step_1.png").unlink()
    picture = folder / "step_2.png"
    picture.write_bytes(picture.read_bytes()[:100])
    html = text_of(folder)
    assert "step_1.png is missing from the trace." in html
    assert "step_2.png is damaged." in html
    assert html.count('class="at start click"') == 3


def test_a_picture_outside_the_trace_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    make.screen(1).save(secret)
    step = make.record(make.ACTIONS[0], screenshot_file="../secret.png")
    assert "../secret.png is missing from the trace." in text_of(make.write(tmp_path / "run", [step], result=None))


@pytest.mark.parametrize("name", ["run.json", "traj.jsonl", "result.json"])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe\x00", b"[" * 100_000],
    ids=["empty", "open", "list", "null", "no UTF-8", "deep"],
)
def test_any_file_may_hold_rubbish(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    assert read_trace(folder).problems or (name == "traj.jsonl" and content == b"")
    assert "<h1" in text_of(folder)


def test_every_value_may_be_of_a_wrong_type(tmp_path: Path) -> None:
    keys = [*make.record(None), "step_num", "screenshot_file"]
    values = [None, 0, -1.5, True, "x", [], [1, [2]], {}, {"a": [1]}, "\ud800"]
    steps = [json.dumps({**make.record(make.ACTIONS[0]), key: value}) for key in keys for value in values]
    (tmp_path / "traj.jsonl").write_text("\n".join(steps), "utf-8")
    result = {key: [1] for key in make.VERIFIED}
    (tmp_path / "result.json").write_text(json.dumps(result), "utf-8")
    assert text_of(tmp_path).count('<section class="step"') == len(steps)


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, [1], [None, 2], [1, 2, 3], ["a", "b"], True, "\ud800"])
def test_every_field_of_every_action_may_be_wrong(value: object) -> None:
    for action in make.ACTIONS:
        for field in (
            *action,
            "button",
            "clicks",
            "modifiers",
            "duration_ms",
            "index",
            "status",
            "scroll_distance",
        ):
            assert draw({**action, field: value}, (1280, 800)).words


def test_no_trace_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="is not a trace folder"):
        build_report(tmp_path)
    with pytest.raises(TraceError, match="is not a trace folder"):
        build_report(tmp_path / "missing")


def test_a_place_that_cannot_be_written_is_an_error(folder: Path) -> None:
    with pytest.raises(TraceError, match="cannot be written"):
        build_report(folder, folder / "missing" / "report.html")


def test_an_answer_of_a_megabyte_is_shortened(tmp_path: Path) -> None:
    answer = {"text": "x" * 1_000_000, "outcome": "failed", "repairs": [], "error": "no action in it"}
    step = make.record(None, answers=[answer], thought="y" * 1_000_000, details={"z": "z" * 1_000_000})
    html = text_of(make.write(tmp_path, [step], result=None))
    assert len(html) < 300_000
    assert "980,000 more characters in the trace" in html


def test_two_answers_show_the_failure_and_the_repair(tmp_path: Path) -> None:
    answers = [
        {"text": "I would click.", "outcome": "failed", "repairs": [], "error": "no action in it"},
        {"text": "{'action': 'back'}", "outcome": "repaired", "repairs": ["single quotes"], "error": None},
    ]
    html = text_of(make.write(tmp_path, [make.record({"action": "back"}, answers=answers)], result=None))
    for words in ("Raw answer 1", "Raw answer 2", "no action in it", "Repaired: single quotes"):
        assert words in html


def test_actions_as_text_are_read_as_osworld_writes_them(tmp_path: Path) -> None:
    (tmp_path / "traj.jsonl").write_text(
        json.dumps({"step_num": 1, "action": json.dumps(make.ACTIONS[1])})
        + "\n"
        + json.dumps({"step_num": 2, "action": "pyautogui.click(1, 2)"}),
        "utf-8",
    )
    html = text_of(tmp_path)
    assert "double click" in html
    assert "pyautogui.click(1, 2)" in html


@pytest.mark.slow
def test_thirty_dense_steps_stay_below_ten_megabytes(tmp_path: Path) -> None:
    """Pages denser than any shop: text all over and a picture of noise. Unpressed they would be far larger."""
    chance = random.Random(1)
    words = "".join(chance.choice("abcdefghij  klmno pqrstuv") for _ in range(9000))
    image = Image.new("RGB", (make.WIDTH, make.HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    for row in range(50):
        pen.text((20, 4 + row * 16), words[row * 120 :][:200], fill=(20, 20, 60), font_size=12)
    image.paste(Image.effect_noise((800, 500), 60).convert("RGB"), (440, 250))
    image.save(tmp_path / "dense.png", compress_level=1)
    step = {"action": {"action": "click", "start_point": [9, 9]}, "screenshot_file": "dense.png"}
    (tmp_path / "traj.jsonl").write_text("\n".join([json.dumps(step)] * 30), "utf-8")
    report = build_report(tmp_path)
    assert report.stat().st_size < 10_000_000
    pictures = re.findall(r'class="before" src="data:image/webp;base64,([\w+/=]+)"', report.read_text("utf-8"))
    assert len(pictures) == 30
    assert len(pictures[0]) > 40_000, "pressed no harder than the budget asks"
