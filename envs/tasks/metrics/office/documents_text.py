"""Text documents, Word and OpenDocument: what they say (OSWorld's metrics/docs)."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from envs.tasks.metrics.base import Unreadable, listed, of_files, squeezed


def opened_docx(path: str) -> Any:
    """A Word file, opened by python-docx.

    Raises:
        Unreadable: it is none.
    """
    from docx import Document
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import XMLSyntaxError

    try:
        return Document(path)
    except (PackageNotFoundError, zipfile.BadZipFile, XMLSyntaxError, KeyError, ValueError, OSError) as error:
        raise Unreadable(str(error)) from error


def opened_odt(path: str) -> Any:
    """An OpenDocument file, opened by odfpy.

    Raises:
        Unreadable: it is none.
    """
    from xml.sax import SAXException

    from odf.opendocument import load

    try:
        return load(path)
    except (zipfile.BadZipFile, SAXException, KeyError, ValueError, OSError) as error:
        raise Unreadable(str(error)) from error


def paragraphs(path: str) -> list[str]:
    """The text of each paragraph of a .docx or .odt file.

    Raises:
        Unreadable: it is neither.
    """
    kind = Path(path).suffix.lower()
    if kind == ".docx":
        return [one.text for one in opened_docx(path).paragraphs]
    if kind == ".odt":
        from odf.teletype import extractText
        from odf.text import P

        return [extractText(one) for one in opened_odt(path).getElementsByType(P)]
    raise Unreadable(f"{path}: neither .docx nor .odt")


@of_files
def compare_docx_files(
    result: str,
    expected: str,
    *,
    ignore_blanks: bool = True,
    ignore_case: bool = False,
    ignore_order: bool = False,
    content_only: bool = False,
    fuzzy_match: bool = False,
    delete_empty_lines: bool = False,
) -> float:
    """Two .docx or two .odt files say the same.

    Args:
        result, expected: the files.
        ignore_blanks: white space counts as one space, and the limits of paragraphs as white space.
        ignore_case: letters are folded.
        ignore_order: paragraphs are sorted first.
        content_only, fuzzy_match: the likeness of the texts is the score.
        delete_empty_lines: empty paragraphs do not count.
    """
    from rapidfuzz import fuzz

    if Path(result).suffix.lower() != Path(expected).suffix.lower():
        return 0.0
    both = []
    for path in (result, expected):
        lines = [one.lower() if ignore_case else one for one in paragraphs(path)]
        if delete_empty_lines:
            lines = [one for one in lines if one.strip()]
        both.append(sorted(lines) if ignore_order else lines)
    texts = [squeezed("\n".join(lines)) for lines in both]
    if content_only or (fuzzy_match and ignore_blanks):
        return fuzz.ratio(texts[0], texts[1]) / 100
    if ignore_blanks:
        return float(texts[0] == texts[1])
    if len(both[0]) != len(both[1]):
        return 0.0
    if fuzzy_match:
        pairs = list(zip(*both, strict=True))
        return sum(fuzz.ratio(one, other) for one, other in pairs) / 100 / len(pairs) if pairs else 1.0
    return float(both[0] == both[1])


@of_files
def compare_docx_files_and_ignore_new_lines(result: str, expected: str, *, ignore_blanks: bool = True) -> float:
    """As `compare_docx_files` for two Word files, without their empty paragraphs."""
    both = [[one.text for one in opened_docx(path).paragraphs if one.text] for path in (result, expected)]
    if ignore_blanks:
        return float(squeezed("\n".join(both[0])) == squeezed("\n".join(both[1])))
    return float(both[0] == both[1])


@of_files
def compare_init_lines(result: str, expected: str) -> float:
    """The paragraphs of two Word files are the same as far as the shorter goes."""
    texts = [[one.text for one in opened_docx(path).paragraphs] for path in (result, expected)]
    return float(all(one == other for one, other in zip(*texts, strict=False)))


@of_files
def compare_docx_lines(result: str, expected: str) -> float:
    """Two Word files hold the same lines, in any order and any number of times."""
    return float(_lines(result) == _lines(expected))


def _lines(path: str) -> set[str]:
    return {text for one in opened_docx(path).paragraphs if (text := one.text.strip())}


@of_files
def compare_docx_tables(result: str, expected: str) -> float:
    """The tables of two Word files have the same cells."""
    return float(_tables(result) == _tables(expected))


def _tables(path: str) -> list[list[list[str]]]:
    return [[[cell.text.strip() for cell in row.cells] for row in one.rows] for one in opened_docx(path).tables]


@of_files
def compare_references(
    result: str,
    expected: str,
    *,
    content_only: bool = False,
    reference_indicator: str = "References",
    reference_base_result: float | int = 0.5,
) -> float:
    """How alike the paragraphs after the heading `reference_indicator` of two Word files are.

    The mean likeness counts from `reference_base_result`, which is 0, to 1. No such heading in either: 1.
    `content_only` is OSWorld's and changes nothing: only content is compared.
    """
    from rapidfuzz import fuzz

    both = []
    for path in (result, expected):
        texts = [one.text.strip() for one in opened_docx(path).paragraphs]
        if reference_indicator in texts:
            both.append([text for text in texts[texts.index(reference_indicator) + 1 :] if text])
    if not both:
        return 1.0
    if len(both) == 1 or len(both[0]) != len(both[1]):
        return 0.0
    pairs = list(zip(*both, strict=True))
    mean = sum(fuzz.ratio(one, other) for one, other in pairs) / 100 / len(pairs) if pairs else 1.0
    base = float(reference_base_result)
    return (mean - base) / (1 - base) if mean >= base + 0.01 else 0.0


def _trains(path: str) -> list[tuple[str, str]]:
    """(train, line) of each paragraph "time, train, station, platform"."""
    texts = [one.text.strip() for one in opened_docx(path).paragraphs]
    return [(text.split(",")[1].strip(), text) for text in texts if text.count(",") == 3]


@of_files
def get_unique_train_ids(result: str) -> float:
    """How many trains the records of a Word file name."""
    return float(len({train for train, _ in _trains(result)}))


@of_files
def check_no_duplicates(result: str, expected: str) -> float:
    """OSWorld's order: the second Word file has one record for each train of the first, and no other."""
    trains = [train for train, _ in _trains(expected)]
    return float(len(trains) == len(set(trains)) and set(trains) == {train for train, _ in _trains(result)})


@of_files
def compare_unique_train_records(result: str, expected: str | list[str]) -> float:
    """A Word file has one record for each train.

    Args:
        result: the file.
        expected: the right file and the one at the start, or the right file alone. The trains are those of both,
            and each record stands in the last of them.
    """
    files = listed(expected)
    got = _trains(result)
    trains = [train for train, _ in got]
    if not got or len(trains) != len(set(trains)):
        return 0.0
    if any(set(trains) != {train for train, _ in _trains(path)} for path in files):
        return 0.0
    known = {line for _, line in _trains(files[-1])}
    return float(all(line in known for _, line in got))


@of_files
def compare_insert_equation(result: str, expected: str) -> float:
    """Two Word files say the same, and both hold an equation in the same paragraph."""
    if not compare_docx_files(result, expected):
        return 0.0
    marks = (
        "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath",
        ("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}object"),
    )

    def holds(one: Any) -> bool:
        return any(next(one._element.iter(mark), None) is not None for mark in marks)

    both = [opened_docx(path).paragraphs for path in (result, expected)]
    return float(any(holds(one) and holds(other) for one, other in zip(*both, strict=False)))


@of_files
def evaluate_conversion(result: str) -> float:
    """Nothing in a Word file, tables included, is in capitals alone."""
    document = opened_docx(result)
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    runs = [run for one in (document, *cells) for paragraph in one.paragraphs for run in paragraph.runs]
    return float(not any(run.text.isupper() for run in runs))


@of_files
def evaluate_alignment(result: str) -> float:
    """In each sentence of a Word file of more than three words, the first three are parted from the rest by a
    tab or several spaces."""
    import re

    for paragraph in opened_docx(result).paragraphs:
        for sentence in paragraph.text.split("."):
            if len(sentence.split()) > 3 and not re.match(r"\s*\S+\s+\S+\s+\S+(\t|\s{2,})", sentence):
                return 0.0
    return 1.0
