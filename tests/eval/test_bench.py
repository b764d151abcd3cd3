"""benchmarks.json and the tables that are made from it."""

from __future__ import annotations

import json

import pytest

from tests.bench import record


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "FIGURES", tmp_path / "benchmarks.json")
    monkeypatch.setattr(record, "PAGE", tmp_path / "BENCHMARKS.md")
    record.PAGE.write_text(
        "# Kept\n\n<!-- table: startup -->\nold\n<!-- end -->\n\nkept too\n\n<!-- table: store -->\n<!-- end -->\n"
    )
    return tmp_path


def entry(name: str, value: float, **more: str) -> dict[str, object]:
    return {"name": name, "value": value, "unit": "×", "command": "c", **more}


def test_a_part_replaces_its_own_entries_and_no_others(files) -> None:
    record.store("startup", [entry("startup/ratio", 2.0), entry("startup/gone", 1.0)])
    record.store("store", [entry("store/success_in_words", 80.0, note="8 of 10")])
    record.store("startup", [entry("startup/ratio", 4.0)])
    figures = json.loads(record.FIGURES.read_text())
    values = {name: one["value"] for name, one in figures.items()}
    assert values == {"startup/ratio": 4.0, "store/success_in_words": 80.0}
    assert figures["startup/ratio"].keys() >= {"value", "unit", "command", "date", "commit", "machine"}


def test_tables_show_target_figure_and_misses_and_leave_the_prose(files) -> None:
    record.store("startup", [entry("startup/ratio", 4.0)])
    record.store("store", [entry("store/success_in_words", 92.0, note="92 of 100")])
    record.tables()
    page = record.PAGE.read_text()
    assert "old" not in page
    assert page.startswith("# Kept")
    assert "kept too" in page
    assert "| **4** × | ≤ 3 | **missed** |" in page
    assert "| **92** × (92 of 100) | ≥ 90 | reached |" in page
    record.tables()
    assert record.PAGE.read_text() == page, "writing them again changes nothing"
