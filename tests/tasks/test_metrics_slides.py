"""Metrics over presentations that the tests make: what passes and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pptx import Presentation
from pptx.dml.color import RGBColor as SlideColour
from pptx.util import Inches
from pptx.util import Pt as SlidePt

from envs.tasks.metrics import METRICS

Change = Callable[[Any], object]


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **METRICS.check(name, options, "options")))


def show(path: Path, *changes: Change) -> str:
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    box = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1))
    box.text_frame.text = "Title"
    for change in changes:
        change(presentation)
    presentation.save(str(path))
    return str(path)


def _frame(presentation: Any) -> Any:
    return presentation.slides[0].shapes[0].text_frame


def _font(name: str, value: Any) -> Change:
    return lambda p: setattr(_frame(p).paragraphs[0].runs[0].font, name, value)


def _background(presentation: Any) -> None:
    fill = presentation.slides[0].background.fill
    fill.solid()
    fill.fore_color.rgb = SlideColour(0, 0, 255)


def _strike(presentation: Any) -> None:
    _frame(presentation).paragraphs[0].runs[0].font._element.set("strike", "sngStrike")


def _move(presentation: Any) -> None:
    presentation.slides[0].shapes[0].left = Inches(3)


SHOWS: list[tuple[Change, str]] = [
    (_move, "examine_shape"),
    (lambda p: setattr(_frame(p).paragraphs[0].runs[0], "text", "Other"), "examine_text"),
    (_font("size", SlidePt(40)), "examine_font_size"),
    (_font("name", "Arial"), "examine_font_name"),
    (_font("bold", True), "examine_font_bold"),
    (_font("italic", True), "examine_font_italic"),
    (_font("underline", True), "examine_font_underline"),
    (_strike, "examine_strike_through"),
    (
        lambda p: setattr(_frame(p).paragraphs[0].runs[0].font.color, "rgb", SlideColour(255, 0, 0)),
        "examine_color_rgb",
    ),
    (lambda p: setattr(_frame(p).paragraphs[0], "alignment", 2), "examine_alignment"),
    (lambda p: setattr(_frame(p).paragraphs[0], "alignment", 2), "examine_aligment"),
    (lambda p: setattr(_frame(p).paragraphs[0], "level", 1), "examine_indent"),
    (_background, "examine_background_color"),
    (lambda p: setattr(p.slides[0].notes_slide.notes_text_frame, "text", "note"), "examine_note"),
    (lambda p: p.slides.add_slide(p.slide_layouts[6]), "examine_number_of_slides"),
]


@pytest.mark.parametrize(("change", "option"), SHOWS)
def test_each_option_takes_one_thing_out_of_the_comparison(change: Change, option: str, tmp_path: Path) -> None:
    gold, other = show(tmp_path / "gold.pptx"), show(tmp_path / "other.pptx", change)
    assert score("compare_pptx_files", show(tmp_path / "same.pptx"), gold) == 1
    assert score("compare_pptx_files", other, gold) == 0
    assert score("compare_pptx_files", other, gold, **{option: False}) == 1


def test_looks_of_a_presentation(tmp_path: Path) -> None:
    plain, changed = show(tmp_path / "p.pptx"), show(tmp_path / "c.pptx", _background, _strike)
    blue = {"rgb": [0, 0, 255]}
    assert score("evaluate_presentation_fill_to_rgb_distance", changed, blue) == 1
    assert score("evaluate_presentation_fill_to_rgb_distance", plain, blue) == 0
    place = {"slide_index_s": [0], "shape_index_s": [0], "paragraph_index_s": [0]}
    assert (score("check_strikethrough", changed, place), score("check_strikethrough", plain, place)) == (1, 0)
    tall = show(tmp_path / "t.pptx", lambda p: setattr(p, "slide_width", Inches(3)))
    assert score("check_slide_orientation_Portrait", tall) == 1
    assert score("check_slide_orientation_Portrait", plain) == 0


def test_a_transition(tmp_path: Path) -> None:
    from lxml import etree

    space = "http://schemas.openxmlformats.org/presentationml/2006/main"

    def dissolve(presentation: Any) -> None:
        transition = etree.SubElement(presentation.slides[0]._element, f"{{{space}}}transition")
        etree.SubElement(transition, f"{{{space}}}dissolve")

    path = show(tmp_path / "d.pptx", dissolve)
    assert score("check_transition", path, {"slide_idx": 0, "transition_type": "dissolve"}) == 1
    assert score("check_transition", path, {"slide_idx": 0, "transition_type": "fade"}) == 0
    assert score("check_transition", path, {"slide_idx": 7, "transition_type": "dissolve"}) == 0


def test_a_picture_fills_the_slide(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "red.png")

    def picture(width: float) -> Change:
        size = Inches(width), Inches(width * 0.75)
        return lambda p: p.slides[0].shapes.add_picture(str(tmp_path / "red.png"), 0, 0, *size)

    start, full = show(tmp_path / "s.pptx", picture(2)), show(tmp_path / "f.pptx", picture(10))
    assert score("check_image_stretch_and_center", full, start) == 1
    assert score("check_image_stretch_and_center", start, start) == 0
