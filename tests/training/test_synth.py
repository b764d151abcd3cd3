"""Synthesis in a real browser: labels that the pixels bear out, a seed is a data set, going on after a kill."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from envs.browser.install import find
from envs.display.private import PrivateDisplay, problem
from model.embedded.eyes.detector import ElementDetector
from model.training.data.base import DataError
from model.training.data.dataset import FolderData
from model.training.data.records import Element, GroundingItem, Origin, ParsedScreen, Picture
from model.training.detector.evaluate import evaluate, summary
from model.training.detector.targets import load_screens
from model.training.synth.ask import ask
from model.training.synth.audit import unseen
from model.training.synth.kits import KitError, fill, load_kit
from model.training.synth.labels import Labelled
from model.training.synth.pictures import draw_all
from model.training.synth.produce import Plan, produce
from model.training.synth.render import PageSource, Renderer, View, compose
from model.training.synth.toolkits.draw import ToolkitFailed, draw_toolkit

BROWSER = find()
pytestmark = [pytest.mark.browser, pytest.mark.skipif(BROWSER is None, reason="no Chromium here")]

# A library of our own making: every way in which a kit's parts can be described.
CSS = """
.btn{padding:6px 12px;border:1px solid #345;border-radius:4px;background:#def}
.btn-primary{background:#06c;color:#fff}
.tickbox input{opacity:0;position:absolute}
.tickbox label{position:relative;padding-left:26px}
.tickbox label::before{content:"";position:absolute;left:0;top:1px;width:16px;height:16px;border:1px solid #456}
.tickbox input:checked+label::before{background:#06c}
.card{padding:12px;border:1px solid #ccc}
.field{padding:6px;border:1px solid #999}
"""
PARTS = {
    "css": "kit.css",
    "button": ["btn", "btn btn-primary"],
    "field": "field",
    "card": "card",
    "checkbox": "<span class=tickbox><input type=checkbox id={id} {checked}{dis}>"
    '<label for={id} data-before=checkbox data-for={id} data-n="{t}">{t}</label></span>',
}


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kit")
    (folder / "kit.css").write_text(CSS + "/* " + "filler " * 40 + "*/")
    (folder / "kit.json").write_text(json.dumps(PARTS))
    return folder


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Renderer]:
    assert BROWSER is not None
    with Renderer(BROWSER, tmp_path_factory.mktemp("pages")) as drawn:
        yield drawn


def show(renderer: Renderer, body: str) -> View:
    html = f"<!doctype html><meta charset=utf-8><style>body{{margin:0;font:16px sans-serif}}</style>{body}"
    renderer.load(PageSource(html, "test", "en"), random.Random(5))
    return renderer.capture()


def named(view: View) -> dict[str, Element]:
    return {one.element.text: one.element for one in view.elements}


def piece(x: int, y: int, more: str, text: str = "") -> str:
    """A button with a text, or a sheet without one, of 90×20 CSS pixels at a place."""
    kind = "button data-e=button" if text else "div"
    style = f"position:absolute;left:{x}px;top:{y}px;width:90px;height:20px;{more}"
    return f'<{kind} style="{style}">{text}</{kind.split()[0]}>'


def test_what_cannot_be_seen_has_no_label(renderer: Renderer) -> None:
    view = show(
        renderer,
        piece(10, 10, "", "plain")
        + piece(10, 40, "", "covered")
        + piece(10, 40, "background:#fff")
        + piece(10, 70, "", "veiled")
        + piece(10, 70, "background:rgba(0,0,0,.4)")
        + piece(10, 100, "opacity:0", "clear")
        + piece(10, 130, "visibility:hidden", "hidden")
        + piece(-80, 160, "", "outside")
        + f'<div style="position:absolute;left:10px;top:190px;width:90px;height:8px;overflow:hidden">'
        f"{piece(0, 0, '', 'clipped')}</div>"
        + piece(10, 220, "border:0;background:#fff;color:#fff", "white")
        + '<div style="position:absolute;left:158px;top:10px;width:3px;height:20px;background:red"></div>'
        + '<svg data-e=icon data-n=ghost width=20 height=20 style="position:absolute;left:150px;top:10px;'
        + 'color:transparent" stroke=currentColor><path d="M2 2 18 18"/></svg>'
        + piece(10, 250, "z-index:-1", "behind")
        + piece(10, 250, "z-index:1", "before"),
    )
    assert set(named(view)) == {"plain", "veiled", "before"}
    wanted = [edge * view.scale for edge in (10, 10, 100, 30)]
    assert named(view)["plain"].box == pytest.approx(wanted, abs=1)


def test_pseudo_elements_shadow_trees_and_lines_of_text_are_found_by_their_pixels(
    renderer: Renderer, kit: Path
) -> None:
    ticked = fill(
        PARTS["checkbox"], random.Random(1), ("checked",), {"id": "a", "t": "Ticked", "checked": "checked"}
    )  # type: ignore[arg-type]
    view = show(
        renderer,
        f"<style>{CSS}</style><p style='margin:20px'>{ticked}</p><div id=host style='margin:20px'></div>"
        "<p style='width:140px;margin:20px'>several words that need more than one line</p>"
        "<script>host.attachShadow({mode:'open'}).innerHTML='<button data-e=button>Within</button>'</script>",
    )
    found = named(view)
    assert found["Ticked"].kind in ("checkbox", "text")
    box = next(one.element for one in view.elements if one.element.kind == "checkbox")
    assert (box.box[2] - box.box[0], box.box[3] - box.box[1]) == pytest.approx(
        (18 * view.scale, 18 * view.scale), abs=1
    )
    assert box.states == ("checked",)
    assert found["Within"].kind == "button"
    lines = [one.element for one in view.elements if one.element.kind == "text" and one.element.text != "Ticked"]
    assert len(lines) > 1
    assert " ".join(line.text for line in lines) == "several words that need more than one line"


def test_no_label_is_of_something_hidden(renderer: Renderer, kit: Path, tmp_path: Path) -> None:
    pictures = draw_all(tmp_path, 4, 0)
    kits = [load_kit(kit)]
    screens = 0
    for page in range(6):
        rng = random.Random(page)
        renderer.load(compose(f"3/{page}", kits, pictures), rng)
        for view in renderer.views(rng, 2):
            screens += 1
            assert unseen(renderer, view) == []
    assert screens >= 10


def test_the_check_by_pixels_finds_a_wrong_label(renderer: Renderer) -> None:
    view = show(renderer, '<button data-e=button>Save</button><div style="height:300px"></div>')
    right = view.elements[0]
    wrong = right.element.model_copy(update={"box": (300.0, 200.0, 360.0, 230.0)})
    assert unseen(renderer, view) == []
    assert unseen(
        renderer, View(view.png, [Labelled(wrong, False, right.node)], view.width, view.height, view.scale)
    ) == [wrong]


def test_the_weights_of_the_package_find_what_is_drawn(kit: Path, tmp_path: Path) -> None:
    """In a look that training never saw; weights that have learned nothing find next to nothing."""
    assert BROWSER is not None
    produce(Plan(pages=3, seed=31, views=2, kits=(str(kit),), own=False), tmp_path / "set", BROWSER, 1)
    found = summary(evaluate(load_screens([tmp_path / "set"]), ElementDetector().detect))["all"]
    assert found["n"] > 100
    assert found["recall_centre"][1] > 0.7
    assert found["precision_centre"][1] > 0.7


def lines(folder: Path) -> list[bytes]:
    return [text for _, text in FolderData(folder).lines()]


def test_a_seed_is_a_data_set_whatever_the_number_of_processes(kit: Path, tmp_path: Path) -> None:
    assert BROWSER is not None
    plan = Plan(pages=3, seed=4, views=2, kits=(str(kit),))
    counts = produce(plan, tmp_path / "one", BROWSER, workers=1)
    assert produce(plan, tmp_path / "two", BROWSER, workers=2) == counts
    assert lines(tmp_path / "one") == lines(tmp_path / "two")
    assert counts["screens"] >= 3
    assert counts["instructions"] > counts["screens"]
    for record in FolderData(tmp_path / "one"):
        if isinstance(record, ParsedScreen):
            FolderData(tmp_path / "one").open_picture(record.picture)
    with pytest.raises(DataError, match=r"other settings \(views 2 then, 3 now\)"):
        produce(Plan(pages=3, seed=4, views=3, kits=(str(kit),)), tmp_path / "one", BROWSER)


RUN = """
import sys
from pathlib import Path
from model.training.synth.produce import Plan, produce
if __name__ == "__main__":
    plan = Plan(pages=4, seed=4, views=1)
    produce(plan, Path(sys.argv[1]), Path(sys.argv[2]), 1, lambda done, of: print(done, flush=True))
"""


def test_a_killed_job_goes_on(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(tmp_path / "cut"), str(BROWSER)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as job:
        assert job.stdout is not None
        for line in job.stdout:
            if line.strip() == "1":
                break
        job.kill()  # the workers have to notice
    assert BROWSER is not None
    before = set(lines(tmp_path / "cut"))
    assert before
    produce(Plan(pages=4, seed=4, views=1), tmp_path / "cut", BROWSER, 1)
    produce(Plan(pages=4, seed=4, views=1), tmp_path / "whole", BROWSER, 2)
    assert before < set(lines(tmp_path / "cut"))
    assert lines(tmp_path / "cut") == lines(tmp_path / "whole")


def test_a_folder_that_is_no_library_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="there is no such folder"):
        load_kit(tmp_path / "none")
    (tmp_path / "package.json").write_text('{"name": "thing"}')
    with pytest.raises(KitError, match="no CSS file in it"):
        load_kit(tmp_path)
    (tmp_path / "thing.css").write_text(".nothing{color:red}" * 20)
    with pytest.raises(KitError, match=r"kit\.json"):
        load_kit(tmp_path)
    (tmp_path / "thing.css").write_text(".btn{color:red}.form-control{color:red}" * 20)
    assert load_kit(tmp_path).parts == {"button": ["btn"], "field": "form-control", "textarea": "form-control"}
    (tmp_path / "kit.json").write_text("[")
    with pytest.raises(KitError, match="not JSON"):
        load_kit(tmp_path)


def test_an_instruction_has_every_box_that_is_right() -> None:
    origin = Origin(source="synth", licence="MIT", language="en", platform="web")
    picture = Picture(path="a.png", width=400, height=400, sha256="0" * 64, phash="0" * 16)
    elements = [
        Element(kind="heading", box=(10, 10, 90, 30), text="Prices"),
        Element(kind="button", box=(10, 60, 90, 90), text="Buy"),
        Element(kind="button", box=(210, 60, 290, 90), text="Buy"),
        Element(kind="checkbox", box=(10, 120, 26, 136), text="Gift", states=("checked",)),
        Element(kind="checkbox", box=(10, 160, 26, 176), text="Fast"),
        Element(kind="icon", box=(300, 10, 320, 30), purpose="search"),
    ]
    items: dict[str, list[GroundingItem]] = {}
    for seed in range(60):
        for item in ask(elements, "x", origin, picture, random.Random(seed)):
            items.setdefault(item.asked_by, []).append(item)
    assert set(items) == {"text", "purpose", "relation", "state", "absent"}
    assert {item.boxes for item in items["text"] if item.text == "Buy"} == {(elements[1].box, elements[2].box)}
    assert {item.boxes for item in items["purpose"]} == {(elements[5].box,)}
    assert (elements[3].box,) in {item.boxes for item in items["state"] if "is on" in item.instruction}
    assert {item.boxes for item in items["relation"] if 'button below "Prices"' in item.instruction} == {
        (elements[1].box,)
    }
    seen = " ".join(element.text for element in elements).lower()
    assert all(
        item.absent and item.instruction.split('"')[-2 if '"' in item.instruction else 0].lower() not in seen
        for item in items["absent"]
    )


def test_the_command_says_what_is_wrong_with_its_input(tmp_path: Path) -> None:
    def run(*words: str) -> tuple[int, str]:
        ended = CliRunner().invoke(app, ["data", "synth", *words, "--json"])
        return ended.exit_code, ended.stdout

    (tmp_path / "empty").mkdir()
    code, told = run(str(tmp_path / "out"), "--kit", str(tmp_path / "empty"))
    assert code == 2
    assert "no CSS file in it" in json.loads(told)["reason"]
    code, told = run(str(tmp_path / "out"), "--split", "exam")
    assert code == 2
    assert "accepted: train, validation, test" in json.loads(told)["reason"]
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    code, told = run(str(tmp_path / "other"), "--pages", "1")
    assert code == 2
    assert "letter.txt" in json.loads(told)["reason"]


@pytest.mark.skipif(problem() is not None, reason="no X server here")
def test_windows_of_a_toolkit_are_labelled_by_its_own_geometry(tmp_path: Path) -> None:
    pytest.importorskip("tkinter")
    with PrivateDisplay((1300, 820)) as display:
        counts = draw_toolkit("tk", tmp_path / "tk", 3, seed=2, environ=display.environ)
        assert draw_toolkit("tk", tmp_path / "tk", 3, seed=2, environ=display.environ) == counts
    screens = [record for record in FolderData(tmp_path / "tk") if isinstance(record, ParsedScreen)]
    assert len(screens) == counts["screens"] == 3
    for screen in screens:
        picture = np.asarray(FolderData(tmp_path / "tk").open_picture(screen.picture))
        assert screen.look.startswith("tk-")
        for element in screen.elements:
            if element.kind in ("button", "field", "checkbox", "radio", "tab"):
                left, top, right, bottom = (int(edge) for edge in element.box)
                assert np.ptp(picture[top:bottom, left:right].astype(int)) > 20, element
    with pytest.raises(ToolkitFailed, match="It needs PySide6 in"):
        draw_toolkit("qt", tmp_path / "qt", 1, python=Path(sys.executable), environ={"PYTHONPATH": str(tmp_path)})
