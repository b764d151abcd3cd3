"""`agent data …` as a person and a machine call it: messages, exit codes, and a gallery that runs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from agent.data.gallery import build_gallery
from model.training.data.dataset import FolderData, open_data
from model.training.data.records import Element, ParsedScreen, TextItem
from tests.training.makers import ORIGIN, episode, folder, item, screen


@pytest.fixture
def data(tmp_path: Path) -> FolderData:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen(1))
    element = Element(kind="button", box=(10, 10, 50, 30), text="OK")
    data.append(
        item(picture, "item"),
        episode(data),
        ParsedScreen(id="screen", origin=ORIGIN, picture=picture, elements=(element,)),
        TextItem(id="text", origin=ORIGIN, prompt="Press OK.", completion="click OK"),
    )
    return data


def call(*args: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["data", *map(str, args)])
    assert done.exit_code == code, done.output
    return done.output


def read(*args: object, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call(*args, "--json", code=code))
    return found


def test_check_says_one_line_for_each_fault_and_exits_with_1(data: FolderData) -> None:
    assert call("check", data.folder).strip() == "4 records, 0 faults"
    assert read("check", data.folder) == {"records": 4, "faults": [], "exit_code": 0}
    path = data.folder / "records.jsonl"
    path.write_text(path.read_text("utf-8").replace("[[100.0,40.0,180.0,70.0]]", "[[100,40,1800,70]]"), "utf-8")
    lines = call("check", data.folder, code=1).splitlines()
    assert lines[0].startswith("record 1 (item): boxes.0: [100, 40, 1800, 70]; accepted: a box inside the picture")
    assert lines[-1] == "4 records, 1 faults"
    (fault,) = read("check", data.folder, code=1)["faults"]
    assert (fault["number"], fault["id"], fault["field"]) == (1, "item", "boxes.0")


def test_stats_count_what_there_is(data: FolderData) -> None:
    found = read("stats", data.folder)
    assert (found["records"], found["pictures"]) == (4, 4)
    assert found["kind"] == {"episode": 1, "grounding": 1, "screen": 1, "text": 1}
    assert found["action"] == {"click": 3, "finished": 1}
    assert found["element"] == {"button": 1}
    assert found["picture size"] == {"0.25–1 MP": 4}
    assert "grounding" in call("stats", data.folder)


def test_sets_are_packed_merged_and_split(data: FolderData, tmp_path: Path) -> None:
    assert read("pack", data.folder, "--to", tmp_path / "packed") == {"records": 4}
    assert read("check", tmp_path / "packed")["faults"] == []
    other = folder(tmp_path / "other")
    other.append(item(other.add_picture(screen(8)), "new"), item(other.add_picture(screen(9)), "item"))
    merged = tmp_path / "merged"
    assert read("merge", tmp_path / "packed", other.folder, "--to", merged) == {"records": 5}
    assert open_data(merged).ids() == {"item", "episode", "screen", "text", "new"}
    assert read("split", merged, "--to", tmp_path / "split", "--test", 1.0) == {"records": 5}
    assert {record.origin.split for record in open_data(tmp_path / "split")} == {"test"}
    assert "holds records already" in call("split", merged, "--to", tmp_path / "split", code=2)


def test_curate_refuses_test_pictures_unless_told(data: FolderData, tmp_path: Path) -> None:
    test = folder(tmp_path / "test")
    test.append(item(test.add_picture(screen(1)), "t"))
    refused = read("curate", data.folder, "--to", tmp_path / "a", "--against", test.folder, code=2)
    assert "3 training records show test pictures; --drop-contaminated" in refused["reason"]
    report = read("curate", data.folder, "--to", tmp_path / "b", "--against", test.folder, "--drop-contaminated")
    assert report["dropped"] == {"contamination": 3}
    assert open_data(tmp_path / "b").ids() == {"text"}
    assert "'fog'" in call("curate", data.folder, "--to", tmp_path / "c", "--augment", "fog", code=2)


def test_export_says_what_it_left_out(data: FolderData, tmp_path: Path) -> None:
    found = read("export", data.folder, "--to", "ms-swift", "--out", tmp_path / "x", "--family", "gta1", code=0)
    assert found["rows"] == {"train": 2}
    assert (found["screens"], len(found["left_out"])) == (1, 4)
    assert "only ground" in found["left_out"][0]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["export", "SET", "--to", "axolotl", "--out", "x", "--family", "mimo-vl"], "accepted: trl, ms-swift"),
        (["export", "SET", "--to", "trl", "--out", "x", "--family", "gpt"], "family: 'gpt'; accepted: canonical"),
        (["export", "SET", "--to", "trl", "--out", "x", "--family", "opencua", "--think"], "think: opencua"),
        (["import", "magic", ".", "--to", "x"], "KIND: 'magic'; accepted: from-runs"),
        (["import", "from-runs", "nowhere", "--to", "x"], "nowhere: is not there"),
        (["import", "from-runs", ".", "--to", "x", "--verdict", "maybe"], "accepted: verified, claimed, any"),
        (["import", "from-runs", ".", "--to", "x", "--split", "exam"], "accepted: train, validation, test"),
        (["check", "nowhere"], "nowhere: is not a folder"),
        (["stats", "."], "holds no data set"),
        (["split", "SET", "--to", "x", "--test", "0.8", "--validation", "0.8"], "at most 1 together"),
    ],
)
def test_bad_usage_exits_with_2_and_says_what_is_accepted(
    args: list[str], told: str, data: FolderData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    words = [str(data.folder) if word == "SET" else word for word in args]
    assert told in call(*words, code=2)


def test_import_tells_what_it_left_out(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "images").mkdir(parents=True)
    screen(1).save(source / "images" / "a.png")
    good = {"img_filename": "a.png", "instruction": "Close", "bbox": [0, 0, 0.5, 0.5]}
    (source / "web.json").write_text(json.dumps([good, {**good, "bbox": [5, 5]}]))
    to = tmp_path / "set"
    assert "--skip-bad" in read("import", "os-atlas", source, "--to", to, code=1)["reason"]
    found = read("import", "os-atlas", source, "--to", to, "--skip-bad")
    assert (found["records"], found["before"]) == (0, 1)
    assert found["left_out"][0]["where"] == "web.json, item 1, element 0"
    assert "1 were there" in call("import", "os-atlas", source, "--to", to, "--skip-bad")


NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def test_the_gallery_escapes_everything_and_shows_what_is_missing(data: FolderData, tmp_path: Path) -> None:
    picture = data.add_picture(screen(5))
    nasty = episode(data, steps=2, name=NASTY, task=NASTY)
    steps = tuple(one.model_copy(update={"thought": NASTY, "effect": NASTY}) for one in nasty.steps)
    data.append(nasty.model_copy(update={"steps": steps}), item(picture, "lost", instruction=NASTY))
    (data.folder / picture.path).unlink()
    found = read("show", data.folder)
    assert found == {"gallery": str(data.folder / "gallery.html"), "records": 6}
    html = (data.folder / "gallery.html").read_text("utf-8")
    assert "<script" not in html
    assert "<img src=x" not in html
    assert "default-src 'none'" in html
    assert "http" not in html.replace("http-equiv", "")
    assert html.count("<figure") == 1 + 4 + 1 + 2 + 1
    assert '<rect class="box" x="100.0" y="40.0" width="80.0" height="30.0">' in html
    assert '<rect class="box button"' in html
    assert "cannot be read" in html
    assert build_gallery(data, tmp_path / "few.html", limit=2) == 2
    assert "the first of more" in (tmp_path / "few.html").read_text("utf-8")
