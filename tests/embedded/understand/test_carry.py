"""Copying and pasting, tables into forms, sets that are gone through one after the other."""

from __future__ import annotations

from typing import Any

from model.embedded.eyes.controls.labels import add_labels
from model.embedded.planner import Decision, decide
from model.embedded.screen import Element, Screen
from tests.embedded.understand.screens import ALL, after, line, screen, thing


def run(task: str, seen: Screen, count: int, *, vain: tuple[str, ...] = ()) -> list[Decision]:
    """So many decisions on one screen, where only the keys in `vain` change nothing."""
    made: list[Decision] = []
    history: list[dict[str, Any]] = []
    for _ in range(count):
        made.append(decide(task, seen, history, (), ALL))
        quiet = made[-1].action.get("keys", [""])[-1] in vain
        history.append(after(made[-1], "nothing changed" if quiet else "5 % changed"))
    return made


_FORM = screen(
    thing("textarea", 10, 30, 200, 50), line("Grey herons", 14, 34),
    thing("textarea", 10, 90, 200, 50), line("Tall reeds", 14, 94),
    thing("field", 10, 150, 200), thing("button", 10, 190, text="Save"),
)  # fmt: skip


def test_a_text_is_copied_by_the_clipboard() -> None:
    made = run("Copy the text in the 2nd text area and paste it into the text field.", _FORM, 5)
    assert [m.action["action"] for m in made] == ["click", "press", "press", "click", "press"]
    assert made[0].action["start_point"] == [110, 115]
    assert made[3].action["start_point"] == [110, 162]
    assert [m.action["keys"][-1] for m in made if "keys" in m.action] == ["a", "c", "v"]


def test_a_paste_that_shows_nothing_is_not_claimed() -> None:
    made = run("Copy the text in the 1st text area and paste it into the text field.", _FORM, 6, vain=("v",))
    assert made[-1].action["status"] == "failed"


def test_a_label_with_a_colon_names_its_field_though_another_text_is_nearer() -> None:
    parts = [
        Element("text", line("Heron", 104, 84).box, "Heron"),
        Element("text", line("Town:", 10, 104).box, "Town:"),
        thing("field", 100, 100),
    ]
    assert add_labels(parts, 1.0)[-1].label == "Town:"


def test_closed_sections_are_opened_one_after_the_other() -> None:
    heads = [line(f"Chapter {n}", 10, 30 + 30 * n) for n in (1, 2, 3)]
    made = run("Expand the chapters below, to find and click on the link “Harbour”.", screen(*heads), 5)
    assert [d.action["text"] for d in made if d.action["action"] == "click"][:2] == ["Chapter 1", "Chapter 2"]


def test_a_boxed_text_is_the_button_where_there_is_no_other() -> None:
    seen = screen(thing("panel", 40, 60, 60, 60, text="Go on"), line("Go", 50, 66), line("on", 50, 90))
    assert decide("Click the button.", seen, [], (), ALL).action["start_point"] == [70, 90]
