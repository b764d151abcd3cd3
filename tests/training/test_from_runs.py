"""Our own runs as training data: the prompts that were sent, what is learned of them, and what never leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from action_space.actions import AskUser, Back, BaseAction, Click, Finished, Select
from action_space.geometry import Frame, Size
from agent.data.importing import Faulty, Imported, import_data
from agent.data.kinds import KINDS, LEVELS
from agent.data.reading import Options
from agent.loop import Agent
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Verdict
from model.base import Message, Reply, Request
from model.families import FAMILIES
from model.local import LocalModel
from model.scripted import ScriptedModel
from model.training.data.check import check
from model.training.data.dataset import FolderData
from model.training.data.records import Episode
from model.training.data.render import answer, examples
from tests.training.makers import folder, screen

COUNT, OTHER = Click(start_point=(140, 70)), Click(start_point=(60, 212))


class Listening(ScriptedModel):
    """A scripted model that remembers what it was asked."""

    def __init__(self, answers: list[str], family: str) -> None:
        super().__init__(answers, family=family)
        self.asked: list[tuple[Message, ...]] = []

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        self.asked.append(request.messages)
        return super().generate(request, on_text)


def play(
    browser: BrowserEnvironment, trace: Path, family: str, script: list[BaseAction | str], score: float = 1.0
) -> list[tuple[Message, ...]]:
    """A real run whose model says the script in the family's words; what it was asked, repair turns apart."""
    row = FAMILIES[family]
    _, frame = row.view(Image.new("RGB", (640, 400)), Frame(Size(640, 400)))
    said = [one if isinstance(one, str) else answer("", row, one, frame, f"Now {one.action}.") for one in script]
    model = Listening(said, family)
    Agent(
        model,
        browser,
        trace_dir=trace,
        judge=lambda answer, status: Verdict(score, "looked"),
        ask=lambda question: "the red one",
    ).run("Count to two, user@example.com")
    repairs = {place + 1 for place, one in enumerate(said) if one == "nothing of use"}
    return [messages for place, messages in enumerate(model.asked) if place not in repairs]


def imported(source: Path, target: FolderData, level: Any = "verified", **options: Any) -> Imported:
    found = Options(verdicts=LEVELS[level], have=frozenset(target.ids()), **options)
    return import_data(KINDS["from-runs"], source, target, found, skip_bad=True)


def same(one: tuple[Message, ...], other: tuple[Message, ...]) -> bool:
    """Equal roles, texts and pixels."""

    def plain(messages: tuple[Message, ...]) -> list[Any]:
        return [
            (
                message.role,
                [part if isinstance(part, str) else (part.size, part.tobytes()) for part in message.parts],
            )
            for message in messages
        ]

    return plain(one) == plain(other)


@pytest.mark.browser
@pytest.mark.parametrize(
    ("family", "kind"),
    [
        ("generic", "qwen2_5_vl"),
        ("mimo-vl", "qwen2_5_vl"),
        ("qwen2.5-vl", "qwen2_5_vl"),
        ("ui-tars-1.5", "qwen2_5_vl"),
        ("qwen3-vl", "qwen3_vl"),
        ("gui-owl-1.5", "qwen3_vl"),
        ("evocua", "qwen3_vl"),
        ("qwen3.5", "qwen3_5"),
        ("qwen-cua", "qwen3_5"),
    ],
)
def test_a_training_prompt_has_the_tokens_and_pixels_of_the_runs_prompt(
    family: str, kind: str, counter: BrowserEnvironment, tmp_path: Path, checkpoints: dict[str, Path]
) -> None:
    script: list[BaseAction | str] = [COUNT, "nothing of use", COUNT, Click(start_point=(600, 380)), Finished()]
    if family in ("generic", "mimo-vl"):  # those that have words for it
        script.insert(1, AskUser(question="Which one?"))
    asked = play(counter, tmp_path / "runs" / "one", family, script)
    data = folder(tmp_path / "set")
    assert imported(tmp_path / "runs", data).left_out == []
    assert list(check(data)) == []
    (episode,) = data
    taught = list(examples(episode, FAMILIES[family], data.open_picture))
    assert len(taught) == len(asked) == len(script) - 1
    model = LocalModel(checkpoints[kind], family=family, device="cpu", dtype="float32")
    for sent, one in zip(asked, taught, strict=True):
        assert same(sent, one.messages)
        assert model._encode(sent).tokens == model._encode(one.messages).tokens
    # The answers are what the model had said.
    thought = "Now finished." if "{thought}" in FAMILIES[family].spoken else ""
    frame = taught[-1].frame
    assert frame is not None
    assert taught[-1].completion == answer("", FAMILIES[family], Finished(), frame, thought)


@pytest.mark.browser
def test_what_failed_or_was_taken_back_is_history_only(counter: BrowserEnvironment, tmp_path: Path) -> None:
    script: list[BaseAction | str] = [COUNT, Select(text="No such words"), Finished()]
    play(counter, tmp_path / "runs" / "failed-step", "canonical", script)
    counter.goto(counter.observe().url or "")
    back: list[BaseAction | str] = [OTHER, Back(), COUNT, COUNT, Finished()]
    play(counter, tmp_path / "runs" / "back", "canonical", back)
    data = folder(tmp_path / "set")
    done = imported(tmp_path / "runs", data)
    assert (done.records, done.steps) == (2, 8)
    episodes = {len(record.steps): record for record in data if isinstance(record, Episode)}
    failed, taken_back = episodes[3], episodes[5]
    assert [step.learn for step in failed.steps] == [True, False, True]
    assert [step.outcome for step in failed.steps] == ["done", "failed", "done"]
    assert failed.steps[1].error
    assert [step.learn for step in taken_back.steps] == [False, False, True, True, True]
    assert taken_back.verdict == "verified"
    assert taken_back.reward == 1.0
    assert "click" in taken_back.actions
    assert taken_back.origin.platform == "web"
    again = imported(tmp_path / "runs", data)
    assert (again.records, again.before) == (0, 2)


@pytest.mark.browser
def test_only_verified_runs_unless_told(counter: BrowserEnvironment, tmp_path: Path) -> None:
    play(counter, tmp_path / "runs" / "bad", "canonical", [COUNT, Finished()], score=0.0)
    data = folder(tmp_path / "set")
    done = imported(tmp_path / "runs", data)
    assert done.records == 0
    assert "is failed, not verified; --verdict any takes it" in done.left_out[0].why
    assert imported(tmp_path / "runs", data, "any").records == 1


def trace(path: Path, lines: list[dict[str, Any]], status: str = "verified", **run: Any) -> Path:
    """A trace written by hand: what the writer would write, with any content."""
    path.mkdir(parents=True)
    (path / "run.json").write_text(json.dumps({"trace_version": 1, "id": path.name, "task": "Sign in", **run}))
    for number, line in enumerate(lines, 1):
        screen(number).save(path / f"step_{number}.png")
        whole = {
            "step_num": number,
            "screenshot_file": f"step_{number}.png",
            "thought": "",
            "response": "",
            **line,
        }
        with (path / "traj.jsonl").open("a") as file:
            file.write(json.dumps(whole) + "\n")
    (path / "result.json").write_text(json.dumps({"status": status}))
    return path


SECRETS = ("hunter2!", "tok-123456", "s3cr3t-key", "p4ssw0rd", "abc.def.ghi")


def test_secrets_never_leave(tmp_path: Path) -> None:
    password, token, key, login, bearer = SECRETS
    lines: list[dict[str, Any]] = [
        {"action": {"action": "navigate", "url": f"https://me:{login}@shop.example/?token={token}&page=2"},
         "response": f"I open https://me:{login}@shop.example/?token={token}"},
        {"action": {"action": "input", "text": password}, "secret": True, "thought": f"I type {password}.",
         "response": json.dumps({"action": "input", "text": password})},
        {"action": {"action": "input", "text": "<secret:shop>"}, "secret": True},
        {"action": {"action": "click", "start_point": [10, 10]}, "told": [f"Authorization: Bearer {bearer}xyz"],
         "effect": {"text": f"the address is now https://shop.example/#access_token={token}&api_key={key}"},
         "thought": f"The password {password} was right."},
        {"action": {"action": "finished", "answer": f"https://shop.example/?a=1&api_key={key}"}},
    ]  # fmt: skip
    trace(tmp_path / "runs" / "one", lines, task=f"Sign in at https://me:{login}@shop.example with {password}")
    data = folder(tmp_path / "set")
    assert imported(tmp_path / "runs", data).left_out == []
    text = (data.folder / "records.jsonl").read_text("utf-8")
    for secret in SECRETS:
        assert secret not in text
    assert "page=2" in text, "what is no secret stays"
    (episode,) = data
    assert isinstance(episode, Episode)
    assert [step.learn for step in episode.steps] == [False, False, False, True, False]


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda path: (path / "step_2.png").unlink(), "cannot be read"),
        (lambda path: (path / "step_2.png").write_bytes(b"\x89PNG\r\n\x1a\n cut"), "no whole picture"),
        (lambda path: (path / "traj.jsonl").write_text((path / "traj.jsonl").read_text() + '{"cut'), "cut off"),
        (lambda path: (path / "run.json").write_text('{"trace_version": 2, "task": "x"}'), "trace_version: 2"),
        (lambda path: (path / "run.json").unlink(), "no task"),
        (lambda path: (path / "traj.jsonl").write_text(
            (path / "traj.jsonl").read_text().replace("step_2.png", "../../x.png")), "a file of the folder"),
        (lambda path: (path / "traj.jsonl").write_text(
            (path / "traj.jsonl").read_text().replace("[10, 10]", "[9000, 10]")), "start_point"),
        (lambda path: (path / "result.json").unlink(), "is unknown, not verified"),
    ],
)  # fmt: skip
def test_a_damaged_trace_is_left_out_with_its_reason(spoil: Any, told: str, tmp_path: Path) -> None:
    click = {"action": {"action": "click", "start_point": [10, 10]}}
    path = trace(tmp_path / "runs" / "bad", [click, click])
    trace(tmp_path / "runs" / "good", [click, {"action": {"action": "finished"}}])
    spoil(path)
    data = folder(tmp_path / "set")
    done = imported(tmp_path / "runs", data)
    assert done.records == 1
    assert len(done.left_out) == 1
    assert told in done.left_out[0].why
    if done.left_out[0].fault:
        strict = folder(tmp_path / "strict")
        with pytest.raises(Faulty, match="--skip-bad"):
            import_data(KINDS["from-runs"], tmp_path / "runs", strict, Options())


def test_looking_back_and_forth_is_no_mistake(tmp_path: Path) -> None:
    lines = [
        {"action": {"action": "scroll", "direction": "down"}},
        {"action": {"action": "scroll", "direction": "up"}},
        {"action": {"action": "press", "keys": ["ctrl", "c"]}},
        {"action": {"action": "finished"}},
    ]
    path = trace(tmp_path / "runs" / "one", lines)
    for number in (3, 4):
        (path / f"step_{number}.png").write_bytes((path / "step_1.png").read_bytes())
    data = folder(tmp_path / "set")
    imported(tmp_path / "runs", data)
    (episode,) = data
    assert isinstance(episode, Episode)
    assert all(step.learn for step in episode.steps)


def test_a_detour_inside_a_detour_is_taken_back_with_it(tmp_path: Path) -> None:
    click = {"action": {"action": "click", "start_point": [10, 10]}}
    path = trace(tmp_path / "runs" / "one", [click] * 5 + [{"action": {"action": "finished"}}])
    # screens: a b c b a d: into a menu, into a menu of it, out, out, on
    for number, like in ((4, 2), (5, 1)):
        (path / f"step_{number}.png").write_bytes((path / f"step_{like}.png").read_bytes())
    data = folder(tmp_path / "set")
    imported(tmp_path / "runs", data)
    (episode,) = data
    assert isinstance(episode, Episode)
    assert [step.learn for step in episode.steps] == [False, False, False, False, True, True]
    assert np.asarray(data.open_picture(episode.steps[0].picture)).shape == (400, 640, 3)
