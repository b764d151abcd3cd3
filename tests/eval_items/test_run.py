"""The run over items: rows, resume, models that die, recorded answers, figures."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from agent.evaluate import EvalConfig, OtherRun, RunBroken, evaluate_items, read
from agent.evaluate.datasets.base import BadData
from agent.evaluate.recorded.summary import figure, over_episodes
from agent.evaluate.results import EpisodeResult
from agent.evaluate.suites import LoadedItems, load_items
from tests.eval_items.samples import BUTTONS, LAYOUTS, own, screenspot, visualwebbench, write


@pytest.fixture
def spots(tmp_path: Path) -> LoadedItems:
    return load_items("screenspot", screenspot(tmp_path / "data"))


@pytest.mark.parametrize("suite", LAYOUTS)
def test_the_oracle_scores_100_percent(tmp_path: Path, suite: str) -> None:
    loaded = load_items(suite, LAYOUTS[suite](tmp_path / "data"))
    summary = evaluate_items(loaded.items, EvalConfig("oracle"), tmp_path / "run", data=loaded.data, suite=suite)
    assert summary["success"]["value"] == 1
    assert summary["score"]["value"] == summary["baselines"]["oracle"]["value"] == pytest.approx(1)
    assert summary["config"]["data"] == loaded.data
    assert summary["record"]["versions"]["python"]
    assert json.loads((tmp_path / "run" / "summary.json").read_text()) == summary


@pytest.mark.parametrize("name", ["centre-point", "always-fail"])
def test_a_played_baseline_is_what_was_computed(tmp_path: Path, name: str) -> None:
    loaded = load_items("osworld-g", LAYOUTS["osworld-g"](tmp_path / "data"))
    summary = evaluate_items(loaded.items, EvalConfig(name), tmp_path / "run")
    computed = summary["baselines"]["always-refuse" if name == "always-fail" else name]["value"]
    assert summary["score"]["value"] == computed
    assert computed == (1 / 3 if name == "always-fail" else 0)


def test_the_embedded_model_finds_buttons_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    loaded = load_items("folder", own(tmp_path / "data"))
    chosen = [item for item in loaded.items if item.id in ("box", "nothing")]
    summary = evaluate_items(chosen, EvalConfig("embedded"), tmp_path / "run")
    assert summary["score"]["hits"] == 2
    first = next(row for row in read(tmp_path / "run").rows if row.task == "box")
    left, top, right, bottom = BUTTONS["Save"]
    x, y = first.details["predicted"]
    assert left <= x <= right
    assert top <= y <= bottom
    assert first.details["box"] == list(BUTTONS["Save"])
    assert (first.model_calls, first.strict) == (1, 1)


def test_the_same_command_goes_on_and_another_is_refused(tmp_path: Path, spots: LoadedItems) -> None:
    first = evaluate_items(spots.items[:4], EvalConfig("oracle"), tmp_path / "run", data=spots.data)
    assert first["items"] == 4
    told = []
    whole = evaluate_items(
        spots.items,
        EvalConfig("oracle"),
        tmp_path / "run",
        data=spots.data,
        on_progress=lambda p: told.append(p.done),
    )
    assert whole["items"] == 9
    assert told == [5, 6, 7, 8, 9]
    assert whole["sessions"] == 2
    with pytest.raises(OtherRun, match="model"):
        evaluate_items(spots.items, EvalConfig("embedded"), tmp_path / "run", data=spots.data)
    with pytest.raises(OtherRun, match="data"):
        evaluate_items(spots.items, EvalConfig("oracle"), tmp_path / "run", data={"hash": "other"})


@contextmanager
def dying(after: int, answer: str, hold: Event | None = None, asked: list[int] | None = None) -> Iterator[str]:
    """An endpoint that answers so many requests and then nothing but 500; with `hold`, it then waits for it."""
    left = [after]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            left[0] -= 1
            if asked is not None:
                asked.append(left[0])
            if hold is not None and left[0] < 0:
                hold.wait()
            body = json.dumps(
                {
                    "choices": [{"message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 5, "completion_tokens": 5},
                }
            ).encode()
            self.send_response(200 if left[0] >= 0 or hold is not None else 500)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            with suppress(OSError):  # whoever asked may have been killed
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_what_was_finished_stays_finished_when_the_model_dies(tmp_path: Path, spots: LoadedItems) -> None:
    with dying(4, "[80, 50]") as url:
        rules = EvalConfig("ui-tars-1.5-7b", base_url=url, opened={"profile": False})
        with pytest.raises(RunBroken, match="500"):
            evaluate_items(spots.items, rules, tmp_path / "run", data=spots.data)
    assert len(read(tmp_path / "run").rows) == 4
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["items"] == 4
    with dying(5, "[80, 50]") as again:
        rules = EvalConfig("ui-tars-1.5-7b", base_url=again, opened={"profile": False})
        with pytest.raises(OtherRun, match="base_url"):
            evaluate_items(spots.items, rules, tmp_path / "run", data=spots.data)


def test_a_killed_run_goes_on_and_asks_nothing_twice(tmp_path: Path) -> None:
    hold, asked = Event(), []
    with dying(4, "[80, 50]", hold, asked) as url:
        command = [
            sys.executable,
            "-m",
            "agent.cli",
            "eval",
            "screenspot",
            "--data",
            str(screenspot(tmp_path / "data")),
        ]
        command += ["--model", "ui-tars-1.5-7b", "--base-url", url, "--out", str(tmp_path / "run"), "--json"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 60
            while len(asked) < 5 and time.monotonic() < deadline:
                process.poll()
                hold.wait(0.05)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        hold.set()
        assert len(read(tmp_path / "run").rows) == 4
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["items"] == 9
    assert len(asked) == 4 + 1 + 5, "the one in flight was asked again, and no other"


def test_answers_that_cannot_be_read_are_counted(tmp_path: Path, spots: LoadedItems) -> None:
    with dying(9, "I cannot see it") as url:
        rules = EvalConfig("ui-tars-1.5-7b", base_url=url, opened={"profile": False})
        summary = evaluate_items(spots.items, rules, tmp_path / "run")
    assert summary["score"]["hits"] == 0
    assert summary["answers"]["unparsed"]["hits"] == 9
    assert "no point in the answer" in read(tmp_path / "run").rows[0].reason


def test_a_model_that_only_grounds_is_asked_no_questions(tmp_path: Path) -> None:
    loaded = load_items("visualwebbench", visualwebbench(tmp_path / "data"))
    with dying(9, "[1, 1]") as url:
        rules = EvalConfig("gta1-7b", base_url=url, opened={"family": "gta1", "profile": False})
        with pytest.raises(ValueError, match="family gta1 only ground"):
            evaluate_items(loaded.items, rules, tmp_path / "run")


def test_questions_are_asked_in_words(tmp_path: Path) -> None:
    loaded = load_items("visualwebbench", visualwebbench(tmp_path / "data"), variant="webqa")
    with dying(1, "<think>one, two</think>three") as url:
        rules = EvalConfig("mimo-vl-7b-rl-2508", base_url=url, opened={"profile": False})
        summary = evaluate_items(loaded.items, rules, tmp_path / "run")
    assert summary["metrics"]["f1"]["value"] == pytest.approx(1)
    (prompt,) = summary["record"]["prompts"].values()
    assert prompt["messages"][0][1].startswith("How many buttons are there?")
    assert len(prompt["sha256"]) == 64


def test_steps_are_asked_with_their_past(tmp_path: Path) -> None:
    loaded = load_items("stepwise", LAYOUTS["stepwise"](tmp_path / "data"))
    with dying(7, 'Thought: on\nAction: scroll(direction="down", point="<point>200 120</point>")') as url:
        rules = EvalConfig("ui-tars-1.5-7b", base_url=url, opened={"profile": False})
        summary = evaluate_items(loaded.items, rules, tmp_path / "run")
    assert summary["groups"]["action"]["scroll"]["hits"] == 1
    assert summary["score"]["hits"] == 1
    assert summary["over_episodes"]["progress"]["value"] == 0, "the first step is wrong"


def test_several_processes_ask_each_item_once(tmp_path: Path, spots: LoadedItems) -> None:
    summary = evaluate_items(spots.items, EvalConfig("centre-point"), tmp_path / "run", workers=2)
    assert summary["items"] == 9
    assert "TARGET" in str(summary["record"]["prompts"]["locate"]["messages"])
    with pytest.raises(ValueError, match="'no-such' is not known"):
        evaluate_items(spots.items, EvalConfig("no-such"), tmp_path / "other", workers=2)


def test_nothing_to_ask_and_doubled_ids_are_refused(tmp_path: Path, spots: LoadedItems) -> None:
    with pytest.raises(ValueError, match="items: there is none"):
        evaluate_items([], EvalConfig("oracle"), tmp_path)
    with pytest.raises(ValueError, match="the same id twice: screenspot_desktop-00000"):
        evaluate_items([spots.items[0]] * 2, EvalConfig("oracle"), tmp_path)
    with pytest.raises(ValueError, match="workers: 0"):
        evaluate_items(spots.items, EvalConfig("oracle"), tmp_path, workers=0)


def test_recorded_answers_are_scored_without_a_model(tmp_path: Path, spots: LoadedItems) -> None:
    answers = [{"id": item.id, "point": [80.5, 49.5]} for item in spots.items]
    answers[1] = {"id": spots.items[1].id}
    answers[2] = {"id": spots.items[2].id, "box": list(BUTTONS["Delete"])}
    path = write(tmp_path / "answers.jsonl", [*answers, {"id": "of another set", "point": [1, 1]}])
    summary = evaluate_items(spots.items, EvalConfig("embedded"), tmp_path / "run", predictions=path)
    right = {row.task for row in read(tmp_path / "run").rows if row.passed}
    assert right == {f"screenspot_{name}-00000" for name in ("mobile", "desktop", "web")} | {spots.items[2].id}
    assert summary["answers"]["unparsed"]["hits"] == 1
    assert summary["config"]["model"] == "recorded:answers.jsonl"
    again = evaluate_items(spots.items, EvalConfig("embedded"), tmp_path / "run", predictions=path)
    assert again["score"] == summary["score"]


def test_negative_points_are_refusals(tmp_path: Path) -> None:
    loaded = load_items("osworld-g", LAYOUTS["osworld-g"](tmp_path / "data"))
    path = write(tmp_path / "answers.jsonl", [{"id": item.id, "point": [-1, -1]} for item in loaded.items])
    summary = evaluate_items(loaded.items, EvalConfig("x"), tmp_path / "run", predictions=path)
    assert {row.task for row in read(tmp_path / "run").rows if row.passed} == {"a3"}
    assert summary["score"]["value"] == summary["baselines"]["always-refuse"]["value"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda answers: answers[:-1], "no prediction for screenspot_web-00002; each of 9"),
        (lambda answers: [*answers, answers[0]], "'screenspot_desktop-00000' stands there twice"),
        (lambda answers: [{**answers[0], "point": [1]}, *answers[1:]], "point: [1]; accepted: 2 numbers"),
        (lambda answers: [{**answers[0], "action": "click"}, *answers[1:]], "action: accepted: an object"),
        (
            lambda answers: [{"id": answers[0]["id"], "answer": "x", "tags": "12"}, *answers[1:]],
            "tags: accepted: a list",
        ),
    ],
)
def test_wrong_predictions_are_named(tmp_path: Path, spots: LoadedItems, change, told: str) -> None:
    answers = change([{"id": item.id, "point": [80, 50]} for item in spots.items])
    path = write(tmp_path / "answers.jsonl", answers)
    with pytest.raises(BadData) as refused:
        evaluate_items(spots.items, EvalConfig("embedded"), tmp_path / "run", predictions=path)
    assert told in str(refused.value)


def test_cells_and_their_plain_mean(tmp_path: Path, spots: LoadedItems) -> None:
    # Right on all texts and on one icon of the web.
    right = {item.id for item in spots.items if item.groups["element"] == "text"} | {"screenspot_web-00001"}
    answers = [{"id": i.id, "box": i.oracle().box if i.id in right else [0, 0, 1, 1]} for i in spots.items]
    path = write(tmp_path / "answers.jsonl", answers)
    summary = evaluate_items(spots.items, EvalConfig("x"), tmp_path / "run", predictions=path)
    cells = summary["cells"]["platform × element"]
    assert {name: cell["value"] for name, cell in cells["cells"].items()} == {
        **{f"{name} text": 1.0 for name in ("desktop", "mobile", "web")},
        **{"desktop icon": 0.0, "mobile icon": 0.0, "web icon": 0.5},
    }
    assert cells["mean_of_cells"] == pytest.approx(3.5 / 6)
    assert summary["score"]["value"] == pytest.approx(4 / 9)
    icons = summary["groups"]["element"]["icon"]
    assert icons["hits"] == 1
    assert icons["metrics"]["accuracy"] == pytest.approx(1 / 6)
    assert summary["mean_over_groups"]["element"] == pytest.approx((1 + 1 / 6) / 2)


def test_figures_know_which_interval_they_have() -> None:
    assert figure([]) == {"value": None, "of": 0, "low": 0.0, "high": 1.0}
    assert figure([1.0, 0.0, 1.0])["hits"] == 2
    mean = figure([0.2, 0.4, 0.9])
    assert mean["value"] == pytest.approx(0.5)
    assert 0.2 <= mean["low"] < 0.5 < mean["high"] <= 0.9
    assert figure([0.2, 0.4, 0.9]) == mean, "the same values, the same interval"


def test_progress_ends_at_the_first_wrong_step() -> None:
    def row(episode: str, number: int, passed: bool) -> EpisodeResult:
        details = {"episode": episode, "number": number}
        return EpisodeResult(f"{episode}{number}", 0, "verified", passed=passed, details=details)

    rows = [row("a", 1, False), row("a", 0, True), row("a", 2, True), row("a", 3, True), row("b", 0, True)]
    found = over_episodes(rows)
    assert found["episode"]["value"] == 0.5
    assert found["progress"]["value"] == pytest.approx((1 / 4 + 1) / 2)


def test_recorded_actions_and_answers_are_scored(tmp_path: Path) -> None:
    loaded = load_items("android-control", LAYOUTS["android-control"](tmp_path / "data"))
    actions: list[dict[str, Any]] = [
        {"action": "open", "app": "notes"},
        {"action": "click", "start_point": [90, 60]},
        {"action": "drag", "start_point": [200, 200]},  # no end
        {"action": "press", "keys": ["home"]},
    ]
    answers = [{"id": item.id, "action": action} for item, action in zip(loaded.items, actions, strict=True)]
    path = write(tmp_path / "answers.jsonl", answers)
    summary = evaluate_items(loaded.items, EvalConfig("x"), tmp_path / "run", predictions=path)
    assert (summary["score"]["hits"], summary["answers"]["unparsed"]["hits"]) == (3, 1)
    assert summary["over_episodes"]["progress"]["value"] == 0.5
    loaded = load_items("websrc", LAYOUTS["websrc"](tmp_path / "web"))
    answers = [{"id": item.id, "answer": "40 dollars", "tags": [7]} for item in loaded.items]
    path = write(tmp_path / "answers.json", answers)
    summary = evaluate_items(loaded.items, EvalConfig("x"), tmp_path / "other", predictions=path)
    assert summary["score"]["hits"] == 1
    assert summary["metrics"]["pos"]["value"] == pytest.approx(3 / 4 / 2)
