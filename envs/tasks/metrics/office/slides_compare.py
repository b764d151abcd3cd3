"""Two presentations side by side (OSWorld's compare_pptx_files)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from envs.tasks.metrics.base import of_files
from envs.tasks.metrics.office.slides import PICTURE, A, background, opened_pptx

TABLE, FREEFORM, GROUP = 19, 5, 6
BOTTOM, RIGHT, TOP = 3600000, 4320000, 1980000
"""EMU: from where on OSWorld calls a shape low, right, high."""

_FONT = {
    "font_name": "name", "font_size": "size", "font_bold": "bold", "font_italic": "italic",
    "font_underline": "underline",
}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A shape of the result and its counterpart; `slide` counts from 1."""

    slide: int
    one: Any
    other: Any

    @property
    def same_box(self) -> bool:
        """Whether place and size agree to half a percent: applications round when they save."""
        return all(_near(getattr(self.one, side), getattr(self.other, side)) for side in _SIDES)

    def both(self, kind: int) -> bool:
        return bool(self.one.shape_type == kind and self.other.shape_type == kind)

    @property
    def words(self) -> str | None:
        """The text that both have; None: they differ or have none."""
        if not (self.one.has_text_frame and self.other.has_text_frame):
            return None
        text = self.one.text_frame.text
        return str(text) if text == self.other.text_frame.text else None


_SIDES = ("left", "top", "width", "height")


def _near(one: int | None, other: int | None) -> bool:
    if one is None or other is None:
        return one == other
    return abs(one - other) <= 0.005 * max(abs(one), abs(other))


@of_files
def compare_pptx_files(
    result: str,
    expected: str,
    *,
    examine_number_of_slides: bool = True,
    examine_shape: bool = True,
    examine_text: bool = True,
    examine_indent: bool = True,
    examine_font_name: bool = True,
    examine_font_size: bool = True,
    examine_font_bold: bool = True,
    examine_font_italic: bool = True,
    examine_color_rgb: bool = True,
    examine_font_underline: bool = True,
    examine_strike_through: bool = True,
    examine_alignment: bool = True,
    examine_aligment: bool = True,
    examine_bullets: bool = True,
    examine_background_color: bool = True,
    examine_note: bool = True,
    examine_run_count: bool = False,
    examine_title_bottom_position: bool = False,
    examine_table_bottom_position: bool = False,
    examine_right_position: bool = False,
    examine_top_position: bool = False,
    examine_shape_for_shift_size: bool = False,
    examine_image_size: bool = False,
    examine_modify_height: bool = False,
    enable_debug: bool = False,
) -> float:
    """Two presentations are the same: slides, shapes in order, text and its looks.

    Each option takes one thing out of the comparison (false) or adds one (true).

    Args:
        result: the presentation that is judged.
        expected: the right one; for the five `…_position`, `shift_size` and `modify_height`, the one at the start.
        examine_shape: place and size of every shape, to half a percent.
        examine_aligment: OSWorld's files spell `examine_alignment` so, too.
        examine_run_count: text is cut into as many runs.
        examine_title_bottom_position: the title "Product Comparison" moved to the bottom, all else stayed.
        examine_table_bottom_position: the table of slide 3 moved to the bottom, all else stayed.
        examine_right_position: what has no text on slide 2 moved to the right.
        examine_top_position: the picture of slide 2 moved to the top, all else stayed.
        examine_shape_for_shift_size: all stayed but the text "Elaborate on what you want to discuss.".
        examine_image_size: pictures have the same size, all else also the same place.
        examine_modify_height: what has no text, and freeforms, have the same height; all else the same box.
        enable_debug: OSWorld's, without meaning here.
    """
    options = dict(locals())
    books = opened_pptx(result), opened_pptx(expected)
    slides = [list(book.slides) for book in books]
    if examine_number_of_slides and len(slides[0]) != len(slides[1]):
        return 0.0
    for number, (one, other) in enumerate(zip(*slides, strict=False), start=1):
        if examine_background_color and background(one) != background(other):
            return 0.0
        if examine_note and _note(one) != _note(other):
            return 0.0
        shapes = list(_flat(one.shapes)), list(_flat(other.shapes))
        if len(shapes[0]) != len(shapes[1]):
            return 0.0
        pairs = [Pair(number, *both) for both in zip(*shapes, strict=True)]
        if not all(_box_fits(pair, options) and _text_fits(pair, options) for pair in pairs):
            return 0.0
    return 1.0


def _flat(shapes: Any) -> Iterator[Any]:
    """Shapes, and after a group what is in it."""
    for shape in shapes:
        yield shape
        if shape.shape_type == GROUP:
            yield from _flat(shape.shapes)


def _note(slide: Any) -> str:
    frame = slide.notes_slide.notes_text_frame if slide.has_notes_slide else None
    return frame.text.strip() if frame is not None else ""


def _box_fits(pair: Pair, options: dict[str, Any]) -> bool:
    """Whether place and size are as the options want them."""
    one, other = pair.one, pair.other
    texts = one.has_text_frame, other.has_text_frame
    if options["examine_shape"] and not pair.same_box:
        return False
    if options["examine_title_bottom_position"]:
        if pair.words == "Product Comparison":
            if one.top <= other.top or one.top < BOTTOM:
                return False
        elif pair.words is None and not pair.same_box:
            return False
    if options["examine_table_bottom_position"]:
        if pair.slide == 3 and pair.both(TABLE):
            if one.top <= other.top or one.top < BOTTOM:
                return False
        elif not pair.same_box:
            return False
    moved_right = one.left > other.left and one.left >= RIGHT
    if options["examine_right_position"] and pair.slide == 2 and not any(texts) and not moved_right:
        return False
    if options["examine_top_position"]:
        if pair.slide == 2 and pair.both(PICTURE):
            if one.top >= other.top or one.top > TOP:
                return False
        elif not pair.same_box:
            return False
    if options["examine_shape_for_shift_size"] and not pair.same_box:
        return pair.words == "Elaborate on what you want to discuss."
    if options["examine_image_size"]:
        sized = _near(one.width, other.width) and _near(one.height, other.height)
        if not (sized if pair.both(PICTURE) else pair.same_box):
            return False
    if options["examine_modify_height"]:
        loose = not any(texts) or pair.both(FREEFORM)
        return _near(one.height, other.height) if loose else pair.same_box
    return True


def _text_fits(pair: Pair, options: dict[str, Any]) -> bool:
    if pair.both(TABLE):
        cells = [[cell for row in one.table.rows for cell in row.cells] for one in (pair.one, pair.other)]
        if len(cells[0]) != len(cells[1]):
            return False
        frames = [(one.text_frame, other.text_frame) for one, other in zip(*cells, strict=True)]
    elif pair.one.has_text_frame and pair.other.has_text_frame:
        frames = [(pair.one.text_frame, pair.other.text_frame)]
    else:
        frames = []
    return all(_frame_fits(one, other, options) for one, other in frames)


def _frame_fits(one: Any, other: Any, options: dict[str, Any]) -> bool:
    """Whether two texts say the same and look the same."""
    if options["examine_text"] and one.text.strip() != other.text.strip():
        return False
    for first, second in zip(one.paragraphs, other.paragraphs, strict=False):
        if options["examine_text"] and first.text != second.text:
            return False
        aligned = options["examine_alignment"] and options["examine_aligment"]
        if aligned and (first.alignment or 1) != (second.alignment or 1):  # none given: left, which is 1
            return False
        if options["examine_indent"] and first.level != second.level:
            return False
        if options["examine_bullets"] and first.text.strip() and _bullet(first) != _bullet(second):
            return False
        if options["examine_run_count"] and len(first.runs) != len(second.runs):
            return False
        for run, counterpart in zip(first.runs, second.runs, strict=False):
            if not _run_fits(run.font, counterpart.font, options):
                return False
    return True


def _bullet(paragraph: Any) -> tuple[str | None, str | None]:
    """Character (or scheme of numbers) and colour of the bullet."""
    look = paragraph._p.pPr
    if look is None:
        return None, None
    mark, number = look.find(f"{A}buChar"), look.find(f"{A}buAutoNum")
    colour = look.find(f"{A}buClr/{A}srgbClr")
    name = mark.get("char") if mark is not None else number.get("type") if number is not None else None
    return name, colour.get("val") if colour is not None else None


def _run_fits(one: Any, other: Any, options: dict[str, Any]) -> bool:
    for option, name in _FONT.items():
        values = getattr(one, name), getattr(other, name)
        if option in ("font_bold", "font_italic", "font_underline"):
            values = bool(values[0]), bool(values[1])  # not given and given as off look alike
        if options[f"examine_{option}"] and values[0] != values[1]:
            return False
    strikes = [font._element.get("strike", "noStrike") for font in (one, other)]
    if options["examine_strike_through"] and strikes[0] != strikes[1]:
        return False
    return not options["examine_color_rgb"] or _colour(one) == _colour(other)


def _colour(font: Any) -> str | None:
    fill = font._element.find(f"{A}solidFill")
    return fill[0].get("val") if fill is not None and len(fill) else None
