"""docs/models.md says what the rows say."""

from __future__ import annotations

from model.families import FAMILIES
from tests.tools.docs_models import PATH, table, updated


def test_the_table_is_in_step() -> None:
    text = PATH.read_text("utf-8")
    assert updated(text) == text, "python -m tests.tools.docs_models writes it anew"
    assert table().count("\n") == len(FAMILIES) + 2
