"""docs/models.md says what the rows say."""

from __future__ import annotations

from model.docs import PATH, table, updated
from model.families import FAMILIES


def test_the_table_is_in_step() -> None:
    text = PATH.read_text("utf-8")
    assert updated(text) == text, "python -m model.docs writes it anew"
    assert table().count("\n") == len(FAMILIES) + 2
