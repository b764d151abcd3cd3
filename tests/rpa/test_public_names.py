"""The public names are what the reference page shows, and no name means two things."""

from __future__ import annotations

import importlib
import re
from collections import defaultdict
from pathlib import Path

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"


def pages() -> list[str]:
    return re.findall(r"^::: (\S+)$", REFERENCE.read_text("utf-8"), re.M)


def test_the_reference_page_says_every_public_name() -> None:
    """The page shows a package's `__all__`; the list in it is what a reader searches."""
    listed = dict(re.findall(r"^Names of `([\w.]+)`: (.+)$", REFERENCE.read_text("utf-8"), re.M))
    assert set(listed) == set(pages())
    for package in pages():
        names = {name for name in importlib.import_module(package).__all__ if not name.startswith("__")}
        assert set(re.findall(r"`(\w+)`", listed[package])) == names, package


def test_every_public_name_has_a_docstring() -> None:
    for package in pages():
        module = importlib.import_module(package)
        bare = [
            name for name in module.__all__
            if isinstance(thing := getattr(module, name), type) and not (thing.__doc__ or "").strip()
        ]  # fmt: skip
        assert bare == [], package


def test_no_public_name_means_two_things() -> None:
    homes: dict[str, set[int]] = defaultdict(set)
    for package in pages():
        module = importlib.import_module(package)
        for name in module.__all__:
            homes[name].add(id(getattr(module, name)))
    assert {name for name, things in homes.items() if len(things) > 1} <= {"__version__"}
