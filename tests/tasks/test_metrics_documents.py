"""Metrics over documents that the tests make: what passes and what does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.text import WD_BREAK, WD_COLOR_INDEX, WD_PARAGRAPH_ALIGNMENT
from docx.shared import Cm, Pt, RGBColor
from PIL import Image

from envs.tasks.metrics import METRICS

Change = Callable[[Any], object]


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **METRICS.check(name, options, "options")))


def word(
    path: Path, *changes: Change, lines: tuple[str, ...] = ("First line", "Second line", "Third line")
) -> str:
    document = Document()
    for line in lines:
        document.add_paragraph().add_run(line)
    for change in changes:
        change(document)
    document.save(str(path))
    return str(path)


def _table(words: tuple[str, ...], colours: tuple[int, ...] = ()) -> Change:
    def change(document: Any) -> None:
        cells = document.add_table(rows=1, cols=len(words)).rows[0].cells
        for i, text in enumerate(words):
            run = cells[i].paragraphs[0].add_run(text)
            if colours:
                run.font.color.rgb = RGBColor((colours[i] >> 16) & 255, (colours[i] >> 8) & 255, colours[i] & 255)

    return change


def each_run(name: str, value: Any, place: slice = slice(None)) -> Change:
    def change(document: Any) -> None:
        for paragraph in document.paragraphs[place]:
            for run in paragraph.runs:
                setattr(run.font, name, value)

    return change


def _spacing(*values: float) -> Change:
    def change(document: Any) -> None:
        for paragraph, value in zip(document.paragraphs, values, strict=False):
            paragraph.paragraph_format.line_spacing = value

    return change


def _stop(centimetres: float) -> Change:
    def change(document: Any) -> None:
        for paragraph in document.paragraphs:
            paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(centimetres))

    return change


def _italic(size: float) -> Change:
    def change(document: Any) -> None:
        run = document.paragraphs[0].runs[0]
        run.italic, run.font.size = True, Pt(size)

    return change


def _footer(text: str) -> Change:
    return lambda document: document.sections[0].footer.paragraphs[0].add_run(text)


def _centre(document: Any) -> None:
    document.paragraphs[0].paragraph_format.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER


def _break(document: Any) -> None:
    document.paragraphs[1].runs[0].add_break(WD_BREAK.PAGE)


WORD_PAIRS: list[tuple[str, tuple[Change, ...], tuple[Change, ...], tuple[Change, ...], dict[str, Any]]] = [
    # metric, changes that pass, changes that do not, changes in the expected file, options
    ("compare_docx_files", (), (lambda d: d.add_paragraph("more"),), (), {}),
    ("compare_docx_files", (), (lambda d: d.add_paragraph(),), (), {"ignore_blanks": False}),
    (
        "compare_docx_files_and_ignore_new_lines",
        (lambda d: d.add_paragraph(),),
        (lambda d: d.add_paragraph("x"),),
        (),
        {},
    ),
    (
        "compare_init_lines",
        (lambda d: d.add_paragraph("more"),),
        (lambda d: d.paragraphs[0].add_run("x"),),
        (),
        {},
    ),
    ("compare_docx_lines", (lambda d: d.add_paragraph("First line"),), (lambda d: d.add_paragraph("x"),), (), {}),
    ("compare_docx_tables", (_table(("a", "b ")),), (_table(("a", "c")),), (_table(("a", "b")),), {}),
    ("compare_line_spacing", (_spacing(2.0),), (), (_spacing(2.0),), {}),
    ("compare_subscript_contains", (each_run("subscript", True),), (), (each_run("subscript", True),), {}),
    (
        "compare_highlighted_text",
        (each_run("highlight_color", WD_COLOR_INDEX.YELLOW),),
        (),
        (each_run("highlight_color", WD_COLOR_INDEX.YELLOW),),
        {},
    ),
    ("evaluate_strike_through_last_paragraph", (each_run("strike", True, slice(2, 3)),), (), (), {}),
    ("check_italic_font_size_14", (_italic(14),), (_italic(12),), (), {}),
    ("check_tabstops", (_stop(5),), (), (_stop(5),), {}),
    ("check_tabstops", (), (_stop(5),), (), {"word_number_split_by_tabstop": 2, "index": 0}),
    (
        "evaluate_colored_words_in_tables",
        (_table(("apple", "pear"), (0xFF0000, 0x0000FF)),),
        (_table(("apple", "pear"), (0x0000FF, 0x0000FF)),),
        (_table(("apple", "pear")),),
        {},
    ),
]


@pytest.mark.parametrize(("name", "good", "bad", "expected", "options"), WORD_PAIRS)
def test_two_word_files(
    name: str,
    good: tuple[Change, ...],
    bad: tuple[Change, ...],
    expected: tuple[Change, ...],
    options: dict[str, Any],
    tmp_path: Path,
) -> None:
    gold = word(tmp_path / "gold.docx", *expected)
    assert score(name, word(tmp_path / "good.docx", *good), gold, **options) == 1
    assert score(name, word(tmp_path / "bad.docx", *bad), gold, **options) == 0
    assert score(name, None, gold, **options) == 0
    (tmp_path / "no.docx").write_bytes(b"no document")
    assert score(name, str(tmp_path / "no.docx"), gold, **options) == 0


WORD_ALONE: list[tuple[str, tuple[Change, ...], tuple[Change, ...], dict[str, Any] | None]] = [
    ("contains_page_break", (_break,), (), {}),
    ("contains_page_break", (_break,), (_break, _break), {"page_break_count": 1}),
    ("compare_font_names", (each_run("name", "Arial"),), (), {"font_name": "Arial"}),
    ("has_page_numbers_in_footers", (_footer("3"),), (_footer("x"),), None),
    ("is_first_line_centered", (_centre,), (), None),
    ("evaluate_spacing", (_spacing(1.0, 2.0, 1.5),), (_spacing(1.0, 1.0, 1.0),), None),
    ("evaluate_conversion", (), (lambda d: d.add_paragraph("LOUD"),), None),
]


@pytest.mark.parametrize(("name", "good", "bad", "rules"), WORD_ALONE)
def test_one_word_file(
    name: str, good: tuple[Change, ...], bad: tuple[Change, ...], rules: dict[str, Any] | None, tmp_path: Path
) -> None:
    more = () if rules is None else (rules,)
    assert score(name, word(tmp_path / "good.docx", *good), *more) == 1
    assert score(name, word(tmp_path / "bad.docx", *bad), *more) == 0
    assert score(name, None, *more) == 0


def test_a_drawing_and_pictures_in_documents(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "red").save(tmp_path / "red.png")
    Image.new("RGB", (8, 8), "blue").save(tmp_path / "blue.png")

    def with_picture(name: str) -> Change:
        return lambda d: d.paragraphs[1].add_run().add_picture(str(tmp_path / name))

    red = word(tmp_path / "red.docx", with_picture("red.png"))
    blue, none = word(tmp_path / "blue.docx", with_picture("blue.png")), word(tmp_path / "none.docx")
    assert (score("compare_docx_images", red, red), score("compare_docx_images", blue, red)) == (1, 0)
    assert (score("compare_contains_image", blue, red), score("compare_contains_image", none, red)) == (1, 0)


def test_references_count_from_a_base(tmp_path: Path) -> None:
    gold = word(tmp_path / "g.docx", lines=("x", "References", "Smith 2020. A study.", "Jones 2021. Another."))
    near = word(tmp_path / "n.docx", lines=("y", "References", "Smith 2020. A study!", "Jones 2021. Another."))
    assert score("compare_references", gold, gold, content_only=True, reference_base_result=0.9) == 1
    assert 0 < score("compare_references", near, gold, reference_base_result=0.9) < 1
    assert score("compare_references", word(tmp_path / "o.docx"), gold) == 0


def test_one_record_for_each_train(tmp_path: Path) -> None:
    lines = ("08:00:00, T1, S, 1", "09:00:00, T2, S, 1", "10:00:00, T1, S, 2")
    start = word(tmp_path / "start.docx", lines=lines)
    right, other = word(tmp_path / "r.docx", lines=lines[:2]), word(tmp_path / "o.docx", lines=lines[:1])
    assert score("check_no_duplicates", start, right) == 1
    assert score("check_no_duplicates", start, start) == 0
    assert score("compare_unique_train_records", right, [right, start]) == 1
    assert score("compare_unique_train_records", other, [right, start]) == 0


def test_places_are_named_in_three_words(tmp_path: Path) -> None:
    path = word(tmp_path / "p.docx", lines=("Berlin", "Hamburg Bremen"))
    assert score("fuzzy_place_math", path, {"expected": ["Berlin", "Hamburg", "Bremen"]}) == 1
    assert score("fuzzy_place_math", path, {"expected": ["xyz"]}) < 0.4


def test_highlights_in_an_open_document(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentText
    from odf.style import Style, TextProperties
    from odf.text import P, Span

    def odt(name: str, colour: str) -> str:
        document = OpenDocumentText()
        style = Style(name="T1", family="text")
        style.addElement(TextProperties(backgroundcolor=colour))
        document.automaticstyles.addElement(style)
        paragraph = P(text="some ")
        paragraph.addElement(Span(stylename=style, text="words"))
        document.text.addElement(paragraph)
        document.save(str(tmp_path / name))
        return str(tmp_path / name)

    plain, marked = odt("plain.odt", "#ffffff"), odt("marked.odt", "#ffff00")
    assert score("check_highlighted_words", plain, marked) == 1
    assert score("check_highlighted_words", marked, plain) == 0
