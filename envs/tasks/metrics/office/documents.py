"""Text documents: how they look, and Writer's settings (OSWorld's metrics/docs and metrics/libreoffice)."""

from __future__ import annotations

import io
import re
from typing import Any

from envs.tasks.metrics.base import Unreadable, bytes_of, of_files
from envs.tasks.metrics.limits import open_picture
from envs.tasks.metrics.office.documents_text import compare_docx_files, opened_docx, opened_odt

OOR = "{http://openoffice.org/2001/registry}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def office_setting(path: str, item: str, prop: str) -> str | None:
    """The value of a property in LibreOffice's registrymodifications.xcu; None: it is not set.

    Args:
        path: the file.
        item: the end of the item's path, such as `Writer/DefaultFont`.
        prop: the property's name.

    Raises:
        Unreadable: the file is no XML.
    """
    from lxml import etree

    try:
        root = etree.fromstring(bytes_of(path))
    except etree.XMLSyntaxError as error:
        raise Unreadable(str(error)) from error
    found = None
    for one in root.iter("item"):
        if (one.get(f"{OOR}path") or "").endswith(item):
            for entry in one.iter("prop"):
                if entry.get(f"{OOR}name") == prop and (value := entry.find("value")) is not None:
                    found = value.text or ""
    return found


@of_files
def find_default_font(result: str, rules: dict[str, Any]) -> float:
    """Writer's default font is `rules["font_name"]`."""
    return float(office_setting(result, "Writer/DefaultFont", "Standard") == rules["font_name"])


@of_files
def check_libre_locale(result: str, rules: dict[str, Any]) -> float:
    """LibreOffice's locale fits one of the patterns `rules["locale_set"]` (`*` stands for anything)."""
    from fnmatch import fnmatchcase

    locale = office_setting(result, "L10N", "ooSetupSystemLocale")
    if not locale:
        locale = office_setting(result, "L10N", "ooLocale")
    return float(locale is not None and any(fnmatchcase(locale, one) for one in rules["locale_set"]))


@of_files
def contains_page_break(result: str, rules: dict[str, Any] | None = None) -> float:
    """A Word file has a page break; with `page_break_count` exactly so many."""
    breaks = [one for one in opened_docx(result).element.body.iter(f"{W}br") if one.get(f"{W}type") == "page"]
    wanted = (rules or {}).get("page_break_count")
    return float(bool(breaks) and (wanted is None or len(breaks) == int(wanted)))


@of_files
def compare_docx_images(result: str, expected: str) -> float:
    """Two Word files hold the same pictures."""
    return float(_pictures(result) == _pictures(expected))


def _pictures(path: str) -> list[tuple[tuple[int, int], bytes]]:
    found = []
    for relation in opened_docx(path).part.rels.values():
        if "image" in relation.reltype and not relation.is_external:
            with open_picture(io.BytesIO(relation.target_part.blob)) as picture:
                found.append((picture.size, picture.convert("RGBA").tobytes()))
    return sorted(found)


@of_files
def compare_contains_image(result: str, expected: str) -> float:
    """Two Word files hold drawings in the same paragraphs."""
    mark = "{http://schemas.openxmlformats.org/drawingml/2006/main}graphicData"
    both = [
        [next(one._element.iter(mark), None) is not None for one in opened_docx(path).paragraphs]
        for path in (result, expected)
    ]
    return float(all(one == other for one, other in zip(*both, strict=False)))


@of_files
def compare_line_spacing(result: str, expected: str) -> float:
    """Two Word files say the same with the same line spacing."""
    if not compare_docx_files(result, expected):
        return 0.0
    both = [
        [one.paragraph_format.line_spacing for one in opened_docx(path).paragraphs] for path in (result, expected)
    ]
    return float(both[0] == both[1])


@of_files
def evaluate_spacing(result: str) -> float:
    """The first three paragraphs of a Word file have line spacing 1, 2 and 1.5."""
    spacing = [one.paragraph_format.line_spacing for one in opened_docx(result).paragraphs[:3]]
    return float(spacing == [1.0, 2.0, 1.5])


@of_files
def compare_font_names(result: str, rules: dict[str, Any]) -> float:
    """Every run of a Word file has the font `rules["font_name"]`."""
    runs = [run for one in opened_docx(result).paragraphs for run in one.runs]
    return float(all(run.font.name == rules["font_name"] for run in runs))


@of_files
def compare_subscript_contains(result: str, expected: str) -> float:
    """Two Word files have a subscript in the same run."""
    both = [opened_docx(path).paragraphs for path in (result, expected)]
    return float(
        any(
            run.font.subscript and other.font.subscript
            for one, another in zip(*both, strict=False)
            for run, other in zip(one.runs, another.runs, strict=False)
        )
    )


@of_files
def has_page_numbers_in_footers(result: str) -> float:
    """Every section of a Word file has a number in its footer, as text or as a page field."""
    for section in opened_docx(result).sections:
        footer = section.footer
        fields = [one.text or "" for one in footer._element.iter(f"{W}instrText")]
        fields += [one.get(f"{W}instr") or "" for one in footer._element.iter(f"{W}fldSimple")]
        text = "".join(one.text or "" for one in footer._element.iter(f"{W}t"))
        if not re.search(r"\d", text) and not any("PAGE" in one for one in fields):
            return 0.0
    return 1.0


@of_files
def is_first_line_centered(result: str) -> float:
    """The first paragraph of a Word file is centred."""
    from docx.enum.text import WD_PARAGRAPH_ALIGNMENT

    found = opened_docx(result).paragraphs
    return float(bool(found) and found[0].paragraph_format.alignment == WD_PARAGRAPH_ALIGNMENT.CENTER)


@of_files
def check_tabstops(
    result: str, expected: str, *, word_number_split_by_tabstop: int | None = None, index: int = 0
) -> float:
    """Two Word files have the same tab stops; how far they are apart costs its share of the text's width.

    With `word_number_split_by_tabstop`, part `index` of each paragraph, parted by tabs, has so many words.
    """
    from docx.enum.text import WD_TAB_ALIGNMENT

    documents = [opened_docx(path) for path in (result, expected)]
    both = [[one for one in document.paragraphs if one.text.strip()] for document in documents]
    if len(both[0]) != len(both[1]):
        return 0.0
    if word_number_split_by_tabstop is not None:
        for one in both[0]:
            parts = one.text.split("\t")
            if index >= len(parts) or len(parts[index].split()) != word_number_split_by_tabstop:
                return 0.0

    def stops(paragraph: Any) -> list[Any]:
        found = paragraph.paragraph_format.tab_stops
        return [
            one
            for one in found
            if one.alignment != WD_TAB_ALIGNMENT.CLEAR
            and not (one.alignment == WD_TAB_ALIGNMENT.LEFT and one.position == 0)
        ]

    section = documents[1].sections[0]
    width = section.page_width - section.left_margin - section.right_margin
    apart = 0.0
    for one, other in zip(*both, strict=True):
        pairs = stops(one), stops(other)
        if [stop.alignment for stop in pairs[0]] != [stop.alignment for stop in pairs[1]]:
            return 0.0
        apart += sum(abs(a.position - b.position) for a, b in zip(*pairs, strict=True)) / width
    return max(0.0, 1 - apart / len(both[0])) if both[0] else 0.0


@of_files
def evaluate_colored_words_in_tables(result: str, expected: str, *, threshold: float | int = 3.5) -> float:
    """Two Word files say the same; in the tables of the first, words that begin with a vowel are red, others blue.

    `threshold`: how far the colour may be off, as CIEDE2000 measures it.
    """
    from envs.tasks.metrics.media.colours import apart

    if not compare_docx_files(result, expected):
        return 0.0
    cells = [cell for table in opened_docx(result).tables for row in table.rows for cell in row.cells]
    for run in (run for cell in cells for paragraph in cell.paragraphs for run in paragraph.runs):
        if run.text.strip():
            colour = run.font.color.rgb if run.font.color is not None else None
            wanted = (255, 0, 0) if run.text.strip()[0].lower() in "aeiou" else (0, 0, 255)
            if colour is None or apart(tuple(colour), wanted) > threshold:
                return 0.0
    return 1.0


@of_files
def check_highlighted_words(result: str, expected: str) -> float:
    """Two .odt files say the same, and nothing in the first is highlighted in yellow."""
    if not compare_docx_files(result, expected):
        return 0.0
    from odf.style import Style, TextProperties
    from odf.text import Span

    document = opened_odt(result)
    yellow = {
        style.getAttribute("name")
        for style in document.getElementsByType(Style)
        if any(
            (one.getAttribute("backgroundcolor") or "").lower() == "#ffff00"
            for one in style.getElementsByType(TextProperties)
        )
    }
    return float(not any(one.getAttribute("stylename") in yellow for one in document.getElementsByType(Span)))


@of_files
def compare_highlighted_text(result: str, expected: str) -> float:
    """Two Word files have the same texts highlighted."""
    return float(_highlighted(result) == _highlighted(expected))


def _highlighted(path: str) -> set[str]:
    runs = [run for one in opened_docx(path).paragraphs for run in one.runs]
    return {run.text for run in runs if run.font.highlight_color is not None and run.text}


@of_files
def evaluate_strike_through_last_paragraph(result: str, expected: str) -> float:
    """Two Word files say the same, and the last paragraph of the first is struck through."""
    if not compare_docx_files(result, expected):
        return 0.0
    found = opened_docx(result).paragraphs
    return float(bool(found) and all(run.font.strike for run in found[-1].runs))


@of_files
def check_italic_font_size_14(result: str, expected: str) -> float:
    """Two Word files say the same, and whatever is italic in the first has 14 points."""
    if not compare_docx_files(result, expected):
        return 0.0
    runs = [run for one in opened_docx(result).paragraphs for run in one.runs if run.italic]
    return float(all(run.font.size is not None and run.font.size.pt == 14 for run in runs))
