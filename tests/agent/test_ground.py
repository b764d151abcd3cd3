"""`agent ground`, `agent models` and `agent doctor --model` as a person and as a machine use them."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont
from typer.testing import CliRunner

from agent.cli.app import app
from agent.cli.models import fitting, listing
from model.families import FAMILIES
from tests.model.seeing_server import Behaviour, serving

NAME = "mimo-vl-7b-rl-2508"
runner = CliRunner()


@pytest.fixture(autouse=True)
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_PROFILE_DIR", str(tmp_path / "profiles"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def screen(tmp_path: Path) -> Path:
    picture = Image.new("RGB", (1280, 720), (236, 236, 236))
    picture.paste((20, 40, 220), (900, 300, 960, 340))
    path = tmp_path / "screen.png"
    picture.save(path)
    return path


def test_a_point_a_box_and_the_picture_with_the_mark(screen: Path) -> None:
    with serving(Behaviour()) as url:
        args = ["ground", str(screen), "the blue square", "--model", NAME, "--base-url", url]
        told = runner.invoke(app, args)
        data = json.loads(runner.invoke(app, [*args, "--json", "--out", "there/marked.png"]).output)
    assert told.exit_code == 0, told.output
    assert "point" in told.output
    assert max(abs(data["point"][0] - 930), abs(data["point"][1] - 320)) <= 2
    assert max(abs(a - b) for a, b in zip(data["box"], (900, 300, 960, 340), strict=True)) <= 3
    assert data["family"] == "mimo-vl"
    assert screen.with_name("screen-ground.png").is_file()
    before = Image.open(screen)
    changed = ImageChops.difference(Image.open("there/marked.png"), before).getbbox()
    assert changed is not None
    left, top, right, bottom = changed
    assert 880 <= left < 930 < right <= 980
    assert 280 <= top < 320 < bottom <= 360


def test_the_embedded_model_finds_a_button_by_its_words(tmp_path: Path) -> None:
    picture = Image.new("RGB", (640, 400), "white")
    pen = ImageDraw.Draw(picture)
    for text, left in (("Cancel", 60), ("Wish list", 360)):
        pen.rounded_rectangle((left, 180, left + 180, 240), 8, outline="black", width=2, fill=(220, 230, 250))
        pen.text((left + 40, 195), text, fill="black", font=ImageFont.load_default(24))
    picture.save(tmp_path / "page.png")
    done = runner.invoke(app, ["ground", "page.png", "the wish list button", "--json"])
    data = json.loads(done.output)
    assert done.exit_code == 0, data
    assert 360 <= data["point"][0] <= 540
    assert 180 <= data["point"][1] <= 240


def test_what_is_not_there_exits_1_and_leaves_no_picture(screen: Path) -> None:
    with serving(Behaviour(numbers=lambda x, y, w, h: (-1, -1))) as url:
        done = runner.invoke(app, ["ground", str(screen), "x", "--model", NAME, "--base-url", url, "--json"])
    data = json.loads(done.output)
    assert (done.exit_code, data["point"], data["picture"]) == (1, None, None)
    assert "no such element" in data["error"]
    assert not screen.with_name("screen-ground.png").exists()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["no-such.png", "x"], 2, "no-such.png"),
        (["screen.png", "  "], 2, "target"),
        (["screen.png", "x", "--model", "gpt-17"], 2, "gpt-17"),
        (["screen.png", "x", "--model", NAME, "--base-url", "http://127.0.0.1:9/v1"], 3, "cannot be reached"),
        (
            ["screen.png", "x", "--model", "qwen3-vl", "--base-url", "http://127.0.0.1:9/v1", "--think"],
            2,
            "switched",
        ),
    ],
)
def test_bad_usage(args: list[str], code: int, words: str, screen: Path) -> None:
    done = runner.invoke(app, ["ground", *args, "--json"])
    assert done.exit_code == code
    assert words in json.loads(done.output)["error"]


def test_a_model_that_only_grounds_cannot_run_tasks() -> None:
    args = ["run", "buy it", "--model", "gta1-7b", "--base-url", "http://127.0.0.1:9/v1"]
    done = runner.invoke(app, [*args, "--json"])
    assert done.exit_code == 2
    assert "only ground" in json.loads(done.output)["reason"]


def test_the_doctor_tells_and_remembers(tmp_path: Path) -> None:
    thousand = Behaviour(numbers=lambda x, y, w, h: (round(1000 * x / w), round(1000 * y / h)))
    with serving(thousand) as url:
        args = ["doctor", "--model", NAME, "--base-url", url]
        told = runner.invoke(app, [*args, "--save"])
        data = json.loads(runner.invoke(app, [*args, "--json"]).output)
    assert told.exit_code == 0, told.output
    assert "0–1000" in told.output
    assert data["space"]["size"] == [1000, 1000]
    assert data["profile"] is None
    (saved,) = (tmp_path / "profiles").iterdir()
    assert json.loads(saved.read_text())["space"] == [1000, 1000]
    with serving(Behaviour(blind=True)) as url:
        blind = runner.invoke(app, ["doctor", "--model", NAME, "--base-url", url])
    assert blind.exit_code == 1
    assert "sees no pictures" in blind.output


def checkpoint(folder: Path, shape: list[int]) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    size = 2 * shape[0] * shape[1]
    header = json.dumps({"w": {"dtype": "BF16", "shape": shape, "data_offsets": [0, size]}}).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))


def test_models_lists_families_folders_and_what_fits(tmp_path: Path) -> None:
    checkpoint(tmp_path / "mine", [30, 40])
    done = runner.invoke(app, ["models", str(tmp_path / "mine"), str(tmp_path / "nothing"), "--json"])
    assert done.exit_code == 0, done.output
    data = json.loads(done.output)
    assert {row["family"] for row in data["families"]} == set(FAMILIES)
    rows = {row["name"]: row for row in data["models"]}
    mine = rows[str(tmp_path / "mine")]
    assert (mine["parameters"], mine["on_disk"], mine["problem"]) == (1200, True, "")
    assert mine["fits"] == {"bf16": True, "8bit": True, "4bit": True}
    assert "no config.json" in rows[str(tmp_path / "nothing")]["problem"]
    assert rows["XiaomiMiMo/MiMo-VL-7B-RL-2508"]["short"] == "mimo-vl-7b"
    assert rows["XiaomiMiMo/MiMo-VL-7B-RL-2508"]["on_disk"] is False
    told = runner.invoke(app, ["models"])
    assert "mimo-vl-7b" in told.output


def test_models_names_what_is_missing_or_broken(tmp_path: Path) -> None:
    checkpoint(tmp_path / "half", [2, 2])
    index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
    (tmp_path / "half" / "model.safetensors.index.json").write_text(json.dumps(index))
    checkpoint(tmp_path / "broken", [2, 2])
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"no weights at all, but more than eight bytes")
    found = listing([tmp_path / "half", tmp_path / "broken"])
    rows = {Path(row["name"]).name: row["problem"] for row in found["models"]}
    assert rows["half"] == "1 of 2 weight files are missing, model-2.safetensors first"
    assert "cannot be read" in rows["broken"]


def test_what_fits_which_memory() -> None:
    seven, sixteen = 8_300_000_000, 16_000_000_000
    assert fitting(seven, sixteen) == {"bf16": False, "8bit": True, "4bit": True}
    assert fitting(seven, 24_000_000_000)["bf16"]
    assert not any(fitting(seven, 4_000_000_000).values())
