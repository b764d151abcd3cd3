"""Processes that a test has started, found by a mark in their environment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def left_over(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Returns the command lines of processes that this test started and that still run."""
    mark = f"LEFT_OVER_MARK={uuid.uuid4().hex}"
    monkeypatch.setenv(*mark.split("="))

    def find() -> list[str]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark.encode() in (entry / "environ").read_bytes():
                    found.append((entry / "cmdline").read_text().replace("\0", " ")[:80])
            except OSError:
                continue
        return found

    return find
