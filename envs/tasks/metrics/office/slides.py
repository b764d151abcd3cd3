"""Presentations and Impress's settings (OSWorld's metrics/slides)."""

from __future__ import annotations

import zipfile
from math import dist
from typing import Any

from envs.tasks.metrics.base import Unreadable, of_files
from envs.tasks.metrics.general import ACCESSIBILITY
from envs.tasks.metrics.office.documents import office_setting

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
PICTURE, HALF_INCH = 13, 457200


def opened_pptx(path: str) -> Any:
    """A .pptx file, opened by python-pptx.

    Raises:
        Unreadable: it is none.
    """
    from lxml.etree import XMLSyntaxError
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    try:
        return Presentation(path)
    except (PackageNotFoundError, zipfile.BadZipFile, XMLSyntaxError, KeyError, ValueError, OSError) as error:
        raise Unreadable(str(error)) from error


def background(slide: Any) -> tuple[int, int, int] | str | None:
    """The plain colour behind a slide, its own or else its master's; the name of a theme colour; None: neither.

    Read from the XML: python-pptx changes a slide whose `background.fill` is looked at.
    """
    for part in (slide, slide.slide_layout.slide_master):
        behind = part._element.cSld.find(f"{P}bg")
        if behind is None:
            continue
        fill = behind.find(f"{P}bgPr/{A}solidFill")
        if fill is None or len(fill) == 0:
            return None
        value = fill[0].get("val") or ""
        if fill[0].tag == f"{A}srgbClr":
            return int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16)
        return value
    return None


@of_files
def evaluate_presentation_fill_to_rgb_distance(result: str, rules: dict[str, Any]) -> float:
    """How near the backgrounds of all slides are to `rgb`, on average: 1 the same, 0 as far as black from white
    or not plain. A slide that still has the colour `original_rgb` counts 0."""
    slides = opened_pptx(result).slides
    if len(slides) == 0:
        return 0.0
    far = 0.0
    for slide in slides:
        colour = background(slide)
        same = rules.get("original_rgb") is not None and colour == tuple(rules["original_rgb"])
        plain = isinstance(colour, tuple) and not same
        far += dist(colour, rules["rgb"]) / dist((0, 0, 0), (255, 255, 255)) if plain else 1.0  # type: ignore[arg-type]
    return 1 - far / len(slides)


@of_files
def check_slide_orientation_Portrait(result: str) -> float:
    """Slides are higher than wide."""
    presentation = opened_pptx(result)
    return float(presentation.slide_width < presentation.slide_height)


@of_files
def check_image_stretch_and_center(result: str, expected: str) -> float:
    """The first picture on the first slide of `expected` fills the first slide of `result`, to half an inch."""
    changed, original = opened_pptx(result), opened_pptx(expected)
    pictures = [
        [one for one in book.slides[0].shapes if one.shape_type == PICTURE] for book in (changed, original)
    ]
    if not pictures[1]:
        return 0.0
    wide, high = original.slide_width, original.slide_height
    for one in pictures[0]:
        if one.image.blob == pictures[1][0].image.blob:
            off = (one.width - wide, one.height - high, one.left - (wide - one.width) / 2)
            return float(all(abs(value) <= HALF_INCH for value in (*off, one.top - (high - one.height) / 2)))
    return 0.0


@of_files
def check_strikethrough(result: str, rules: dict[str, Any]) -> float:
    """On the slides `slide_index_s`, in the shapes `shape_index_s`, the paragraphs `paragraph_index_s` are struck
    through."""
    slides = opened_pptx(result).slides
    try:
        for slide in rules["slide_index_s"]:
            for shape in rules["shape_index_s"]:
                for index in rules["paragraph_index_s"]:
                    run = slides[slide].shapes[shape].text_frame.paragraphs[index].runs[0]
                    if run.font._element.get("strike", "noStrike") == "noStrike":
                        return 0.0
    except (IndexError, AttributeError):
        return 0.0
    return 1.0


@of_files
def check_transition(result: str, rules: dict[str, Any]) -> float:
    """The slide `slide_idx` (from 0) comes with the transition `transition_type`."""
    slides = opened_pptx(result).slides
    if not 0 <= rules["slide_idx"] < len(slides):
        return 0.0
    for one in slides[rules["slide_idx"]]._element.iter(f"{P}transition"):
        if any(str(part.tag).rpartition("}")[2] == rules["transition_type"] for part in one.iter()):
            return 1.0
    return 0.0


def _named(colour: str, rgb: tuple[int, int, int]) -> bool:
    """Whether a colour is clearly red, blue, green or black."""
    red, green, blue = rgb
    return {
        "red": red > green + 50 and red > blue + 50,
        "green": green > red + 50 and green > blue + 50,
        "blue": blue > red + 50 and blue > green + 50,
        "black": max(rgb) < 50,
    }[colour]


def _number_colours(path: str) -> list[tuple[int, int, int]]:
    """Colours given to slide numbers: on slides, layouts and masters, the nearest to the slide first."""
    presentation = opened_pptx(path)
    found = []
    parts = [part for slide in presentation.slides for part in (slide, slide.slide_layout)]
    for part in (*parts, *presentation.slide_masters):
        for shape in part._element.iter(f"{P}sp"):
            place = next(shape.iter(f"{P}ph"), None)
            fields = [one for one in shape.iter(f"{A}fld") if one.get("type") == "slidenum"]
            if not fields and (place is None or place.get("type") != "sldNum"):
                continue
            for colour in shape.iter(f"{A}srgbClr"):
                value = colour.get("val")
                found.append((int(value[0:2], 16), int(value[2:4], 16), int(value[4:6], 16)))
    return found


@of_files
def check_page_number_colors(result: str, rules: dict[str, Any]) -> float:
    """Slide numbers are `color`: red, blue, green or black."""
    found = _number_colours(result)
    return float(bool(found) and _named(rules["color"], found[0]))


@of_files
def check_slide_numbers_color(result: str) -> float:
    """Slide numbers are red."""
    found = _number_colours(result)
    return float(bool(found) and _named("red", found[0]))


@of_files
def check_presenter_console_disable(result: str) -> float:
    """registrymodifications.xcu turns the presenter console off."""
    return float(office_setting(result, "Impress/Misc/Start", "EnablePresenterScreen") == "false")


@of_files
def check_auto_saving_time(result: str, rules: dict[str, Any]) -> float:
    """registrymodifications.xcu saves every `rules["minutes"]` minutes."""
    return float(office_setting(result, "Common/Save/Document", "AutoSaveTimeIntervall") == str(rules["minutes"]))


@of_files
def check_left_panel(result: str) -> float:
    """The accessibility tree shows Impress's slide panel on the left."""
    from lxml import etree

    corner, visible = f"{{{ACCESSIBILITY['cp']}}}parentcoord", f"{{{ACCESSIBILITY['st']}}}visible"
    for pane in etree.fromstring(result.encode()).iterfind(".//root-pane//panel//split-pane"):
        if pane.get(corner) == "(0, 0)" and pane.get(visible):
            return 1.0
    return 0.0
