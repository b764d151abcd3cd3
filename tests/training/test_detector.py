"""The element detector: what it is taught can be read back, it learns, it goes on, its file says the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from agent.cli.app import app
from model.embedded.eyes.detector import KINDS, LAYERS, STATES, STRIDE, Detection, ElementDetector, decode
from model.training.data.base import DataError
from model.training.data.dataset import FolderData
from model.training.data.records import ELEMENT_KINDS, ELEMENT_STATES, Element, Origin, ParsedScreen
from model.training.detector.evaluate import summary, tally
from model.training.detector.export import export
from model.training.detector.net import Detector, channels
from model.training.detector.targets import Crop, answers, load_screens, read_picture
from model.training.detector.train import Settings, TrainingStopped, train

TINY = Settings(
    steps=8, batch=2, width=192, height=128, fine=16, middle=24, coarse=32, threads=1, save_every=3, log_every=1,
    warmup=4,
)  # fmt: skip


def draw(number: int) -> tuple[Image.Image, tuple[Element, ...]]:
    """A screen of 384×256: two buttons, a wide field, boxes ticked and not, a picture in a row of a menu."""
    shift = 4 * number
    picture = Image.new("RGB", (384, 256), (250, 250, 246))
    pen = ImageDraw.Draw(picture)
    found = []

    def place(kind: str, box: tuple[int, int, int, int], *states: str) -> None:
        found.append(Element(kind=kind, box=box, states=states))  # type: ignore[arg-type]

    for left in (16, 140):
        box = (left + shift, 16, left + shift + 80, 44)
        pen.rounded_rectangle((box[0], box[1], box[2] - 1, box[3] - 1), 5, fill=(30, 100, 220))
        place("button", box)
    pen.rectangle((16, 70, 367, 97), outline=(120, 120, 120), fill="white")
    place("field", (16, 70, 368, 98))
    for row, on in enumerate((True, False, True)):
        left, top = 20 + shift, 116 + 26 * row
        pen.rectangle((left, top, left + 15, top + 15), outline="black", fill=(30, 160, 60) if on else "white")
        place("checkbox", (left, top, left + 16, top + 16), *(["checked"] if on else []))
    pen.rectangle((140, 120, 339, 155), fill=(210, 220, 240))
    place("menu_item", (140, 120, 340, 156))
    pen.ellipse((150, 129, 167, 146), fill=(200, 60, 40))
    place("icon", (150, 129, 168, 147))
    return picture, tuple(found)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("screens")
    target = FolderData(folder, create=True)
    origin = Origin(source="test", licence="MIT", language="en", platform="web")
    for number in range(4):
        picture, elements = draw(number)
        kept = target.add_picture(picture)
        target.append(ParsedScreen(id=f"s{number}", origin=origin, picture=kept, elements=elements, look="drawn"))
    return folder


def test_the_file_and_the_records_mean_the_same_kinds() -> None:
    assert KINDS == ELEMENT_KINDS
    assert STATES == ELEMENT_STATES
    assert sorted(kind for layer in LAYERS for kind in layer) == sorted(KINDS)


def test_what_the_network_is_taught_can_be_read_back(data: Path) -> None:
    """The grid of right answers, decoded, is the screen: nothing is lost between labels and elements."""
    for screen in load_screens([data]):
        blank = np.zeros((screen.height, screen.width, 3), np.uint8)
        grid = answers(Crop(blank, screen.kinds, screen.boxes, screen.states, np.ones(len(screen.kinds))))
        edges = grid["edges"].reshape(-1, *grid["edges"].shape[2:]) / STRIDE
        said = np.concatenate([np.where(grid["kinds"] > 0, 4, -6), edges, np.where(grid["states"] > 0, 4, -4)])
        found = decode(said.astype(np.float32), screen.width, screen.height, dict.fromkeys(KINDS, 0.5))
        truth = [(KINDS[k], tuple(map(float, b))) for k, b in zip(screen.kinds, screen.boxes, strict=True)]
        assert sorted((one.kind, tuple(round(edge) for edge in one.box)) for one in found) == sorted(truth)
        assert sum("checked" in one.states for one in found) == 2


def test_the_file_says_what_the_network_says(tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = Detector(16, 24, 32)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 1.5)
    torch.nn.init.normal_(net.out.weight, std=0.2)
    net.eval()
    limits = dict.fromkeys(KINDS, 0.4)
    detector = ElementDetector(export(net, tmp_path / "net.onnx", limits))
    assert detector.thresholds == limits
    picture = np.random.default_rng(0).integers(0, 256, (128, 192, 3)).astype(np.uint8)
    with torch.no_grad():
        said = net(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)[0].numpy()
    told = detector.grid(picture)
    assert told.shape == said.shape == (channels(), 16, 24)
    assert float(np.abs(said).max()) > 3  # the comparison is about something
    assert np.abs(told - said).max() < 0.02 * np.abs(said).max()  # weights are kept with 11 bits
    assert detector.grid(picture[:100, :150]).shape == (channels(), 16, 24)


def test_it_learns_a_handful_of_screens(data: Path, tmp_path: Path) -> None:
    settings = replace(TINY, steps=800, batch=4, rate=4e-3, save_every=1000, log_every=60, seed=1)
    weights = train([data], tmp_path / "run", settings, validation=[data])
    detector = ElementDetector(weights)
    tallies = [tally(screen, detector.detect(read_picture(screen.path))) for screen in load_screens([data])]
    table = summary(tallies, draws=20)
    assert table["all"]["recall_iou"][1] > 0.8
    assert table["all"]["precision_iou"][1] > 0.6
    assert table["states"]["right"] > 0.8
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert log[-1]["kinds"] < 0.3 * log[0]["kinds"]


def test_a_stopped_run_goes_on_with_the_same_curve(data: Path, tmp_path: Path) -> None:
    def curve(folder: Path) -> list[tuple[float, ...]]:
        lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        return [(line["step"], line["kinds"], line["edges"], line["states"]) for line in lines]

    class Stop(Exception):
        pass

    def stop_at(step: int, steps: int, line: str) -> None:
        if step == 5:  # two steps after the last checkpoint
            raise Stop

    train([data], tmp_path / "whole", TINY)
    with pytest.raises(Stop):
        train([data], tmp_path / "cut", TINY, stop_at)
    train([data], tmp_path / "cut", TINY)
    assert len(curve(tmp_path / "whole")) == TINY.steps
    assert curve(tmp_path / "cut") == curve(tmp_path / "whole")
    assert (tmp_path / "cut" / "detector.onnx").read_bytes() == (tmp_path / "whole" / "detector.onnx").read_bytes()
    with pytest.raises(DataError, match=r"seed 0 then, 1 now"):
        train([data], tmp_path / "cut", replace(TINY, seed=1))


def test_a_loss_that_is_no_number_ends_the_run_with_its_batch(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingStopped, match=r"bad_batch\.pt"):
        train([data], tmp_path, replace(TINY, rate=1e30, warmup=1))
    assert (tmp_path / "bad_batch.pt").is_file()


def test_missing_pictures_and_empty_sets_are_told_of(data: Path, tmp_path: Path) -> None:
    FolderData(tmp_path / "none", create=True)
    with pytest.raises(DataError, match="no parsed screen in it"):
        load_screens([tmp_path / "none"])
    with pytest.raises(DataError, match=r"gone\.png: missing"):
        read_picture(tmp_path / "gone.png")
    ended = CliRunner().invoke(app, ["train", "detector", str(data), "--json"])
    assert ended.exit_code == 2
    assert "--out" in json.loads(ended.stdout)["reason"]


def test_figures_count_each_element_once(data: Path) -> None:
    screen = load_screens([data])[0]
    left, top, right, bottom = (float(edge) for edge in screen.boxes[0])
    box, other = (left, top, right, bottom), (left + 200, top + 100, right + 200, bottom + 100)
    found = [Detection("button", box, score) for score in (0.9, 0.8)]
    found += [Detection("link", box, 0.9), Detection("button", other, 0.4)]
    table = summary([tally(screen, found)], draws=5)
    assert table["button"]["recall_iou"][1] == 0.5
    assert table["button"]["precision_iou"][1] == pytest.approx(1 / 3, abs=1e-3)
    assert table["all"]["n"] == len(screen.kinds)
