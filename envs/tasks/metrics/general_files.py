"""Files of text, CSV, JSON, YAML, SQLite and PDF (OSWorld's metrics/general and metrics/pdf)."""

from __future__ import annotations

import csv
import datetime
import difflib
import io
import json
import re
import shutil
import sqlite3
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from envs.tasks.metrics.base import Unreadable, bytes_of, expected_only, matches_rule, of_files, text_of


@of_files
def check_csv(result: str, rules: dict[str, Any]) -> float:
    """A CSV file with headings: each record of `expect` is there, none of `unexpect` is."""
    return float(expected_only(list(csv.DictReader(io.StringIO(text_of(result)))), rules))


@of_files
def check_list(result: str, rules: dict[str, Any]) -> float:
    """A text file: each pattern of `expect` is found in some line, none of `unexpect` in any."""
    lines = text_of(result).splitlines()
    found = all(any(re.search(one, line) for line in lines) for one in rules.get("expect") or [])
    return float(found and not any(re.search(one, line) for one in rules.get("unexpect") or [] for line in lines))


@of_files
def check_json(result: str, rules: dict[str, Any], *, is_yaml: bool = False) -> float:
    """A JSON (`is_yaml`: YAML) file: what lies at the path `key` fits `method` and `ref`, see `matches_rule`.

    Each rule of `expect` must fit, none of `unexpect` may.
    """
    data = _loaded(result, is_yaml)
    for rule in rules.get("expect") or []:
        there, value = _at(data, rule["key"])
        if not there or not matches_rule(value, rule):
            return 0.0
    for rule in rules.get("unexpect") or []:
        there, value = _at(data, rule["key"])
        if there and matches_rule(value, rule):
            return 0.0
    return 1.0


def _loaded(path: str, is_yaml: bool) -> Any:
    text = text_of(path)
    if is_yaml:
        import yaml

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise Unreadable(str(error)) from error
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(str(error)) from error


def _at(data: Any, path: list[Any]) -> tuple[bool, Any]:
    for key in path:
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return False, None
    return True, data


@of_files
def run_sqlite3(result: str, rules: dict[str, Any]) -> float:
    """The first value that the query `rules["sql"]` gives on a database; the query cannot change it.

    What the database's program has not yet moved from the log beside it (`-wal`) counts too.
    """
    if not Path(result).is_file():
        return 0.0
    with tempfile.TemporaryDirectory(prefix="database-") as folder:
        copy = Path(folder, "copy")
        for ending in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{result}{ending}", f"{copy}{ending}")
        connection = sqlite3.connect(copy)
        try:
            connection.execute("PRAGMA query_only = ON")
            row = connection.execute(rules["sql"]).fetchone()
        except sqlite3.DatabaseError as error:
            raise Unreadable(str(error)) from error
        finally:
            connection.close()
    return float((row[0] if row else 0) or 0)


@of_files
def is_included_all_json_objects(result: str, expected: str) -> float:
    """OSWorld's order: every entry of the first JSON file is in the second."""
    wanted, got = _loaded(result, False), _loaded(expected, False)
    return float(all(key in got and got[key] == value for key, value in wanted.items()))


@of_files
def is_gold_text_included_in_pdf(result: str, expected: str) -> float:
    """Every value of the JSON file `expected` stands in the PDF file's text."""
    text = pdf_text(result)
    return float(all(str(value) in text for value in _loaded(expected, False).values()))


def pdf_text(path: str | bytes) -> str:
    """The text of all pages.

    Raises:
        Unreadable: it is no PDF file, or unpacks to too much.
    """
    from pypdf.errors import PyPdfError

    try:
        return "".join(page.extract_text() for page in pdf_reader(path).pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def pdf_reader(path: str | bytes) -> Any:
    """A PDF file, or its content, opened by pypdf.

    Raises:
        Unreadable: it is no PDF file.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        data = path if isinstance(path, bytes) else bytes_of(path)
        reader = PdfReader(io.BytesIO(data))
        len(reader.pages)
    except (OSError, PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(str(error)) from error
    return reader


@of_files
def check_pdf_pages(result: str, rules: dict[str, Any]) -> float:
    """The number of pages stands in `relation` (eq, ne, lt, le, gt, ge) to `ref_value`."""
    rule = {"method": rules["relation"], "ref": rules["ref_value"]}
    return float(matches_rule(len(pdf_reader(result).pages), rule))


@of_files
def file_contains(result: str, rules: dict[str, Any]) -> float:
    """A text file holds every text of `rules["expected"]`."""
    text = text_of(result)
    return float(all(one in text for one in rules["expected"]))


@of_files
def check_line_number(result: str, rules: dict[str, Any]) -> float:
    """`rules["expected"]` lines of a text file hold a time of day (HH:MM:SS)."""
    times = [line for line in text_of(result).splitlines() if re.search(r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d", line)]
    return float(len(times) == int(rules["expected"]))


@of_files
def compare_terminal_and_txt(result: str, expected: str) -> float:
    """A text file holds exactly what the terminal shows."""
    return float(bool(expected) and text_of(result) == expected)


@of_files
def compare_python_pure_text(result: str, expected: str) -> float:
    """Two text files are the same but for white space."""
    return float("".join(text_of(result).split()) == "".join(text_of(expected).split()))


@of_files
def diff_text_file(result: str, expected: str) -> float:
    """The share of lines that two text files have in common (difflib's ratio)."""
    return difflib.SequenceMatcher(None, text_of(result).splitlines(), text_of(expected).splitlines()).ratio()


@of_files
def compare_time_in_speedtest_results(result: str, expected: str | int | float) -> float:
    """In a CSV file of speed tests, the second field of the first record ends in a time less than `expected`
    minutes from now (HH:MM, across midnight too)."""
    rows = list(csv.reader(io.StringIO(text_of(result))))
    if len(rows) < 2 or len(rows[1]) < 2:
        return 0.0
    try:
        then = datetime.datetime.strptime(rows[1][1].strip()[-5:], "%H:%M")
    except ValueError:
        return 0.0
    now = datetime.datetime.now()
    apart = abs((now.hour - then.hour) * 60 + now.minute - then.minute)
    return float(min(apart, 24 * 60 - apart) < float(expected))


@of_files
def fuzzy_place_math(result: str, rules: dict[str, Any]) -> float:
    """A Word file of three words: how alike each is to the nearest of `rules["expected"]`, on average."""
    from rapidfuzz import fuzz

    from envs.tasks.metrics.office.documents_text import opened_docx

    words = [word for one in opened_docx(result).paragraphs for word in one.text.split()]
    if len(words) != 3:
        return 0.0
    return sum(max(fuzz.ratio(word, one) for one in rules["expected"]) for word in words) / 300
