"""Traces and results that are damaged in any way, or that somebody has prepared: said, never a traceback."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.evaluate.compare import compare
from agent.evaluate.report import show
from agent.evaluate.report.page import build, build_comparison
from agent.evaluate.report.tree import write_tree
from agent.evaluate.results import EpisodeResult, NoResults, OtherRun, Results, Unwritable, read
from agent.evaluate.summary import summary_of
from agent.report.marks import draw
from agent.report.page import build_report, effect_words
from agent.trace.reader import read_trace
from agent.trace.writer import TraceError
from tests.report import make

FILES = ("run.json", "traj.jsonl", "result.json")
HUGE = int("9" * 400)
VALUES = (
    "null", "true", "0", "-1", "1.5", "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e308", "9" * 400,
    "9" * 5000, '""', '"x"', '"\\ud800"', '"\\u001b[2J"', '"a\\u0000b"', f'"{"x" * 5000}"', "[]", "[1, [2]]", "{}",
    '{"a": [1]}', "[" * 5000 + "]" * 5000, '"../../x"', '".."', '"/"', '"/dev/zero"',
)  # fmt: skip
"""JSON texts that may stand in place of any value."""


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value within a JSON value."""
    yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from places(item, (*way, key))


def damaged(value: Any, way: tuple[Any, ...], text: str) -> str:
    """The JSON text of `value` with `text` at that place."""
    if not way:
        return text
    copy = json.loads(json.dumps(value))
    at = copy
    for key in way[:-1]:
        at = at[key]
    at[way[-1]] = "\0HERE\0"
    return json.dumps(copy).replace(json.dumps("\0HERE\0"), text)


def _objects(path: Path) -> list[str]:
    text = path.read_text("utf-8")
    return [line for line in text.split("\n") if line] if path.suffix == ".jsonl" else [text]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trace") / "run"
    make.write(folder, [make.record(action) for action in make.ACTIONS], result=make.VERIFIED)
    for picture in folder.glob("*.png"):  # what is in them does not matter here
        Image.new("RGB", (40, 30)).save(picture)
    return folder


@pytest.mark.parametrize("name", FILES)
def test_any_value_of_a_trace_may_be_anything(whole: Path, tmp_path: Path, name: str) -> None:
    lines = [json.loads(line) for line in _objects(whole / name)]
    chance = random.Random(0)
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    tried = 0
    for text in VALUES:
        ways = [(line, way) for line in lines for way in places(line)]
        for line, way in chance.sample(ways, min(3, len(ways))):
            written = damaged(line, way, text)
            (folder / name).write_text(written + "\n", "utf-8")
            html = build_report(folder).read_text("utf-8")
            assert "<h1" in html
            assert "\x1b" not in html
            tried += 1
    assert tried > 50


@pytest.mark.parametrize("text", VALUES[:22], ids=range(22))
def test_any_field_of_an_action_or_effect_may_be_anything(text: str) -> None:
    from agent.text import loads

    try:
        value = loads(text)
    except ValueError:
        value = HUGE
    for action in make.ACTIONS:
        for key in action:
            assert draw({**action, key: value}, (20, 20)).words
    for key in ("changed", "region", "url", "title", "tabs", "active_tab", "dialog", "downloads", "file_chooser"):
        assert isinstance(effect_words({key: value}), str)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), HUGE, -HUGE, 10**5000], ids=range(6))
def test_numbers_that_no_screen_has_are_drawn_nowhere(value: Any) -> None:
    for action in (
        {"action": "click", "start_point": [value, 5]}, {"action": "drag", "start_point": [1, 1], "end_point":
        [2, value]},
        {"action": "wait", "duration_ms": value}, {"action": "scroll", "scroll_distance": value},
        {"action": "switch_tab", "index": value}, {"action": "click", "clicks": value, "start_point": [1, 1]},
    ):  # fmt: skip
        assert draw(action, (20, 20)).words


def test_a_report_replaces_a_link_and_never_writes_through_it(whole: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim.txt"
    victim.write_text("precious")
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    (folder / "report.html").symlink_to(victim)
    assert "<h1" in build_report(folder).read_text("utf-8")
    assert victim.read_text() == "precious"
    assert not (folder / "report.html").is_symlink()
    assert [path.name for path in folder.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize(
    "name", ["report.html", "run.json", "traj.jsonl", "result.json", "step_1.png", "final.png"]
)
def test_a_pipe_in_place_of_a_file_is_not_waited_for(whole: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    (folder / name).unlink(missing_ok=True)
    os.mkfifo(folder / name)
    if name == "report.html":
        with pytest.raises(TraceError, match="something that is not a file stands there"):
            build_report(folder)
    else:
        assert "<h1" in build_report(folder).read_text("utf-8")


@pytest.mark.parametrize("name", [*FILES, "step_1.png"])
@pytest.mark.parametrize("target", ["/dev/zero", "/proc/self/environ", "outside"])
def test_links_out_of_a_trace_are_not_followed(whole: Path, tmp_path: Path, name: str, target: str) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    if target == "outside":
        target = str(tmp_path / "private.png")
        Image.new("RGB", (50, 50), "red").save(target)
    (folder / name).unlink()
    (folder / name).symlink_to(target)
    html = build_report(folder).read_text("utf-8")
    assert "cannot be read" in html
    assert "PATH=" not in html


def test_a_picture_of_many_pixels_is_not_decoded(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    Image.new("1", (30_000, 30_000)).save(folder / "step_1.png")
    assert "step_1.png is too large to be shown" in build_report(folder).read_text("utf-8")


# -- results ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, whole: Path) -> Path:
    folder = tmp_path_factory.mktemp("results") / "run"
    with Results(folder, {"suite": "demo", "model": "m", "kind": "items", "data": {"skipped": 1}}) as written:
        written.note("sessions", [{"started": "2026", "machine": {"cores": 2}, "versions": {"python": "3"}}])
        for number in range(4):
            shutil.copytree(whole, folder / "traces" / f"t{number}")
            written.add(
                EpisodeResult(
                    f"t{number}", 0, "failed", reason="why", trace=f"traces/t{number}", strict=1,
                    details={"groups": {"tag": ["a", "b"]}, "metrics": {"hit": 1.0}, "chances": {"random": 0.1},
                             "picture": f"traces/t{number}/step_1.png", "predicted": [1, 2], "box": [0, 0, 5, 5],
                             "episode": "e", "number": number, "cause": "limit", "answer": "x"},
                )
            )  # fmt: skip
    return folder


def look_at(folder: Path, other: Path) -> None:
    """Everything that reads results: typed refusals only."""
    from rich.console import Console

    try:
        run = read(folder)
    except NoResults:
        return
    summary = summary_of(run)
    json.dumps(summary, allow_nan=False)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(file=nowhere)
        for part in (show.scores, show.groups, show.tasks):
            part(console, summary)
        show.outcomes(console, run.rows, 20)
        try:
            found = compare(run, read(other))
        except ValueError:
            found = None
        if found is not None:
            show.comparison(console, found, 30)
            build_comparison(run, read(other), found, folder / "both.html")
    build(folder, trace_reports=False)
    try:
        write_tree(run, folder / "tree")
    except ValueError:
        return


def resume(folder: Path) -> None:
    try:
        with Results(folder, {"suite": "demo"}) as found:
            list(found.rows())
    except (OtherRun, Unwritable):
        return


def test_any_cell_of_the_results_may_be_anything(results: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(results, folder)
    details = json.loads(
        sqlite3.connect(results / "results.sqlite").execute("SELECT details FROM results").fetchone()[0]
    )
    cells: list[Any] = [
        None,
        -1,
        0,
        2**62,
        1e300,
        float("inf"),
        "",
        "x",
        "\x1b[2J",
        b"\xff\x00",
        "../..",
        "/etc",
        "a\0b",
    ]
    columns = [row[1] for row in sqlite3.connect(results / "results.sqlite").execute("PRAGMA table_info(results)")]
    changes: list[Callable[[sqlite3.Connection], Any]] = [
        lambda db, name=name, cell=cell: db.execute(f"UPDATE results SET {name} = ? WHERE task = 't1'", (cell,))
        for name in columns
        for cell in cells
    ]
    chance = random.Random(1)
    ways = [way for way in places(details) if way]
    changes += [
        lambda db, written=written: db.execute("UPDATE results SET details = ?", (written,))
        for written in [damaged(details, way, text) for text in VALUES for way in chance.sample(ways, 3)]
    ]
    changes += [
        lambda db, key=key, text=text: db.execute("UPDATE meta SET value = ? WHERE key = ?", (text, key))
        for key in ("config", "sessions")
        for text in (
            *VALUES,
            '{"format": 1}',
            '{"format": 1, "data": 5, "blind": "x", "suite": [1], "kind": {}}',
            "[5]",
        )
    ]
    changes += [lambda db: db.execute("DROP TABLE meta"), lambda db: db.execute("DROP TABLE results")]
    assert len(changes) > 350
    for change in chance.sample(changes, 60):
        shutil.copy(results / "results.sqlite", folder)
        with sqlite3.connect(folder / "results.sqlite") as db:
            change(db)
        db.close()
        look_at(folder, results)
    resume(folder)


@pytest.mark.parametrize("share", [0, 10, 100, 4096, 5000])
def test_a_cut_or_overwritten_file_is_named(results: Path, tmp_path: Path, share: int) -> None:
    folder = tmp_path / "run"
    shutil.copytree(results, folder)
    path = folder / "results.sqlite"
    data = bytearray(path.read_bytes())
    data[share : share + 200] = random.Random(share).randbytes(200)
    path.write_bytes(data)
    look_at(folder, results)
    resume(folder)
    path.write_bytes(bytes(data)[:share])
    look_at(folder, results)


def test_traces_that_lead_out_of_the_folder_get_no_report_and_no_link(
    results: Path, whole: Path, tmp_path: Path
) -> None:
    folder, outside = tmp_path / "run", tmp_path / "outside"
    shutil.copytree(results, folder)
    shutil.copytree(whole, outside)
    with sqlite3.connect(folder / "results.sqlite") as db:
        db.execute("UPDATE results SET trace = '../outside', details = '{}' WHERE task = 't0'")
        db.execute("UPDATE results SET trace = ?, details = '{}' WHERE task = 't1'", (str(outside),))
    db.close()
    (folder / "traces" / "link").symlink_to(outside)
    html = build(folder).read_text("utf-8")
    assert not (outside / "report.html").exists()
    assert "outside/report.html" not in html
    assert (folder / "traces" / "t2" / "report.html").exists()
    tree = write_tree(read(folder), tmp_path / "tree")
    assert len(list(tree.glob("*/t0/*"))) == 1, "the score alone"


def test_an_evaluations_report_replaces_a_link(results: Path, tmp_path: Path) -> None:
    folder, victim = tmp_path / "run", tmp_path / "victim"
    shutil.copytree(results, folder)
    victim.write_text("precious")
    (folder / "report.html").symlink_to(victim)
    build(folder, trace_reports=False)
    assert victim.read_text() == "precious"


def test_the_reader_says_what_is_wrong(whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(whole, folder)
    (folder / "result.json").write_text('{"steps": NaN, "timings": {"total_s": 1e999}, "n": ' + "9" * 400 + "}")
    trace = read_trace(folder)
    assert trace.result == {"steps": None, "timings": {"total_s": None}, "n": None}
