"""Where is it: relation, state and purpose of the thing that is asked for."""

from __future__ import annotations

import pytest

from model.embedded.language.described import described, purposed
from model.embedded.matching.locate import locate
from model.embedded.screen import Screen
from tests.embedded.understand.screens import line, screen, thing


@pytest.fixture
def toolbar() -> Screen:
    return screen(
        thing("button", 10, 10, 80, 30, text="Draft"),
        thing("button", 100, 10, 80, 30, text="Publish", state={"disabled"}),
        thing("tab", 10, 60, 80, 30, text="Body"),
        thing("tab", 100, 60, 80, 30, text="History", state={"selected"}),
        thing("tab", 190, 60, 80, 30, text="Access"),
        thing("icon", 300, 15, 20, 20, name="printer"),
        thing("icon", 340, 15, 20, 20, name="bin"),
        line("Language", 10, 120),
        thing("select", 10, 150, 160, 30, text="Welsh"),
    )


@pytest.mark.parametrize(
    ("asked", "point"),
    [
        ('the button to the right of "Draft"', (140, 25)),
        ('the icon to the right of "Publish"', (310, 25)),
        ('the tab to the left of "History"', (50, 75)),
        ('the drop-down list below "Language"', (90, 165)),
        ("“Language”下方的下拉框", (90, 165)),
        ("the tab that is selected", (140, 75)),
        ("the active tab", (140, 75)),
        ("当前的标签页", (140, 75)),
        ("the button that cannot be used", (140, 25)),
        ("不可用的按钮", (140, 25)),
        ("the icon to delete", (350, 25)),
        ("Click where one can delete", (350, 25)),
    ],
)
def test_it_is_found_by_what_is_said_of_it(toolbar: Screen, asked: str, point: tuple[int, int]) -> None:
    found = locate(asked, toolbar)
    assert found is not None
    assert found.point == point


@pytest.mark.parametrize(
    "asked",
    [
        "the icon",
        "the tab",
        'the slider to the right of "Draft"',
        "the tab that is disabled",
        "the icon for sharing",
    ],
)
def test_several_or_none_is_no_answer(toolbar: Screen, asked: str) -> None:
    assert locate(asked, toolbar) is None


def test_a_name_that_sounds_like_a_state_is_a_name() -> None:
    links = [thing("link", 10, 10 + 50 * n, 80, 30, text=text) for n, text in enumerate(("Active users", "Users"))]
    shown = screen(*links)
    found = locate("Active users", shown)
    assert found is not None
    assert found.point == (50, 25)


def test_state_and_purpose_are_taken_off_the_phrase() -> None:
    assert described("the box that is not ticked").seen == ("unchecked",)
    assert described("the tab that is selected").phrase == "the tab"
    assert not described("the Active users link next to Home").phrase.startswith("the tab")
    purpose = purposed("the button to go back")
    assert purpose is not None
    assert (purpose.text, purpose.role) == ("go back", "button")
    assert purposed("Back to top") is None
