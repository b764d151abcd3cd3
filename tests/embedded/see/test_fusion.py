"""The network and the outlines together: kinds from the one, edges and states from the others."""

from __future__ import annotations

import numpy as np
import pytest

from action_space.geometry import Box
from model.embedded.eyes.boxes import find_boxes
from model.embedded.eyes.controls.chosen import mark_chosen
from model.embedded.eyes.detector import Detection
from model.embedded.eyes.fusion import fuse, overlap
from model.embedded.eyes.ground import survey
from model.embedded.screen import Element, Line

from .conftest import Render


def framed(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """A white picture with grey frames."""
    picture = np.full((300, 400, 3), 255, np.uint8)
    for left, top, right, bottom in boxes:
        picture[top:bottom, left:right] = 120
        picture[top + 1 : bottom - 1, left + 1 : right - 1] = 255
    return picture


def seen(picture: np.ndarray, *found: Detection, rules: tuple[Element, ...] = (), lines: tuple[Line, ...] = ()):
    ground = survey(picture)
    return fuse(ground, rules, found, find_boxes(ground), lines)


def test_a_box_gets_the_edges_of_the_frame_it_lies_on() -> None:
    (field,) = seen(framed((50, 60, 250, 94)), Detection("field", (44, 57, 253, 98), 0.7))
    assert field.kind == "field"
    assert overlap(field.box, Box(50, 60, 250, 94)) > 0.97


@pytest.mark.parametrize(("score", "count"), [(0.62, 1), (0.4, 0)])
def test_a_frame_lowers_the_score_that_counts(score: float, count: int) -> None:
    detection = Detection("field", (48, 58, 252, 96), score)
    assert len(seen(framed((50, 60, 250, 94)), detection)) == count
    assert not seen(framed(), detection)


def test_a_row_of_a_table_is_no_field() -> None:
    lines = tuple(Line(word, Box(60 + 100 * n, 70, 100 + 100 * n, 84)) for n, word in enumerate(("a", "b", "c")))
    assert not seen(framed((50, 60, 390, 94)), Detection("field", (50, 60, 390, 94), 0.9), lines=lines)


def test_underlined_text_is_no_tab() -> None:
    box = Box(60, 70, 120, 86)
    tab = Detection("tab", (54, 64, 126, 92), 0.9)
    for underlined in (False, True):
        found = seen(framed(), tab, lines=(Line("Price", box, underlined=underlined),))
        assert [element.kind for element in found] == ([] if underlined else ["tab"])


def test_the_rules_word_on_a_list_box_stands_against_the_network() -> None:
    rule = Element("select", Box(50, 60, 250, 94), "Oslo")
    found = seen(framed((50, 60, 250, 94)), Detection("button", (50, 60, 250, 94), 0.95), rules=(rule,))
    assert found == [rule]


def test_a_badge_in_which_the_network_sees_nothing_is_no_button() -> None:
    rule = Element("button", Box(50, 60, 110, 84), "New", confidence=0.9)
    (found,) = seen(framed((50, 60, 110, 84)), rules=(rule,))
    assert found.kind == "panel"


def test_boxes_without_outline_do_not_cross_a_field() -> None:
    field = Element("field", Box(50, 60, 250, 94), confidence=0.9)
    found = seen(framed((50, 60, 250, 94)), Detection("field", (50, 36, 240, 74), 0.9), rules=(field,))
    assert found == [field]


@pytest.mark.parametrize("name", ["tab", "menu_item"])
def test_the_one_that_is_drawn_unlike_the_others_is_chosen(name: str) -> None:
    picture = framed()
    size, across = (60, 0) if name == "tab" else (0, 30)
    boxes = [Box(20 + size * n, 40 + across * n, 80 + size * n, 66 + across * n) for n in range(4)]
    last = boxes[2]
    picture[int(last.top) : int(last.bottom), int(last.left) : int(last.right)] = (20, 90, 200)
    elements = [Element(name, box) for box in boxes]  # type: ignore[arg-type]
    marked = mark_chosen(survey(picture), elements, ())
    assert [("selected" in element.state) for element in marked] == [False, False, True, False]


@pytest.mark.browser
@pytest.mark.parametrize("ratio", [1, 2])
def test_ticks_of_a_look_without_rules_have_their_state(render: Render, ratio: float) -> None:
    """Switches drawn as no rule knows them: a flat bar with a knob that is larger than it."""
    html = """<style>body{font:15px Arial;margin:30px} label{display:block;margin:14px}
    i{display:inline-block;position:relative;width:34px;height:14px;border-radius:7px;background:#bbb;margin-right:9px}
    i::after{content:"";position:absolute;width:20px;height:20px;border-radius:50%;background:#fafafa;top:-3px;left:-2px;
    box-shadow:0 1px 4px #0008} i.on{background:#9cd0c9} i.on::after{left:16px;background:#26a69a}</style>
    <label><i class=on></i>Send a summary</label><label><i></i>Share my calendar</label>
    <label><i class=on></i>Play sounds</label>"""
    switches = [e for e in render(html, ratio, (420, 260)).screen.elements if e.kind == "switch"]
    assert [("checked" in e.state) for e in switches] == [True, False, True]
