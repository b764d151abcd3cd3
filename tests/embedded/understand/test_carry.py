"""Copying and pasting, tables into forms, sets that are gone through one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.screen import Element, Line, Screen
from model.embedded.see.labels import add_labels
from model.embedded.understand.carry import Transcribe
from model.embedded.understand.feedback import Shell
from model.embedded.understand.goals import Click, Goal, Target
from model.embedded.understand.nouns import Quotes, target
from model.embedded.understand.offers import BestOf
from model.embedded.understand.parse import parse
from model.embedded.understand.plan import Decision, decide
from tests.embedded.understand.screens import ALL, line, screen, step, thing


def run(task: str, seen: Screen, count: int, *, vain: tuple[str, ...] = ()) -> list[Decision]:
    """So many decisions on one screen, where only the keys in `vain` change nothing."""
    made: list[Decision] = []
    history: list[dict[str, Any]] = []
    for _ in range(count):
        made.append(decide(task, seen, history, (), ALL))
        quiet = made[-1].action.get("keys", [""])[-1] in vain
        history.append(step(made[-1].thought, "nothing changed" if quiet else "5 % changed", **made[-1].action))
    return made


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        ("In the shell, delete the file without an extension.", Shell(ending="")),
        ("Type the value that belongs to each field.", Transcribe()),
        ("Buy the ticket with the shortest duration.", BestOf(most="shortest", verb="buy")),
        ("Unfold the panels to find and click on the link “Harbour”.", Click()),
    ],
)
def test_a_task_told_as_a_whole(task: str, wanted: Goal) -> None:
    assert type(parse(task)[0]) is type(wanted)
    if isinstance(wanted, Shell | BestOf):
        first = vars(parse(task)[0])
        assert {k: v for k, v in vars(wanted).items() if k != "said"}.items() <= first.items()


def test_a_kind_said_twice_is_one_kind() -> None:
    assert target("the 2nd input textbox", Quotes("")) == Target(
        role="textbox", kinds=("field", "textarea"), nth=2
    )


@pytest.mark.parametrize("most", ["the cheapest cost", "the lowest price"])
def test_what_costs_least(most: str) -> None:
    assert target(f"the ticket with {most}", Quotes("")).most == "cheapest"


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


def test_values_of_a_table_go_into_the_fields_of_their_labels() -> None:
    seen = screen(
        line("Town", 10, 30), line("Riga", 120, 30), line("Bird", 10, 60), line("Heron", 120, 60),
        line("Bird:", 10, 104), thing("field", 100, 100, label="Bird:"),
    )  # fmt: skip
    made = run("Enter the value that goes with each label.", seen, 1)[0]
    assert made.action["text"] == "Heron"


def test_a_label_with_a_colon_names_its_field_though_another_text_is_nearer() -> None:
    parts = [
        Element("text", line("Heron", 104, 84).box, "Heron"),
        Element("text", line("Town:", 10, 104).box, "Town:"),
        thing("field", 100, 100),
    ]
    assert add_labels(parts, 1.0)[-1].label == "Town:"


def test_members_that_are_covered_are_clicked_where_they_were() -> None:
    spots: tuple[Line, ...] = (line("9", 200, 60), line("4", 60, 150), line("7", 120, 90))
    task = "Click the numbers in ascending order."
    first = decide(task, screen(*spots), [], (), ALL)
    history = [step(first.thought, **first.action)]
    second = decide(task, screen(thing("image", 0, 0, 400, 300)), history, (), ALL)
    history.append(step(second.thought, **second.action))
    third = decide(task, screen(thing("image", 0, 0, 400, 300)), history, (), ALL)
    assert [d.action["text"] for d in (first, second, third)] == ["4", "7", "9"]
    assert third.action["start_point"] == [204, 67]


def test_closed_sections_are_opened_one_after_the_other() -> None:
    heads = [line(f"Chapter {n}", 10, 30 + 30 * n) for n in (1, 2, 3)]
    made = run("Expand the chapters below, to find and click on the link “Harbour”.", screen(*heads), 5)
    assert [d.action["text"] for d in made if d.action["action"] == "click"][:2] == ["Chapter 1", "Chapter 2"]


def test_a_boxed_text_is_the_button_where_there_is_no_other() -> None:
    seen = screen(thing("panel", 40, 60, 60, 60, text="Go on"), line("Go", 50, 66), line("on", 50, 90))
    assert decide("Click the button.", seen, [], (), ALL).action["start_point"] == [70, 90]


def test_a_handle_that_is_read_as_a_letter_is_no_part_of_a_row() -> None:
    rows = [thing("field", 10, 40 + 30 * at, 90, 24, text=f"t {n}") for at, n in enumerate((-3, 12, 5))]
    move = decide("Sort the numbers in increasing order.", screen(*rows), [], (), ALL).action
    assert (move["action"], move["start_point"]) == ("drag", [55, 112])


def test_a_file_without_an_ending_is_the_one_deleted() -> None:
    task = "Use the terminal to delete a file that has no file extension."
    shown = [
        line(text, 10, 20 + 20 * at) for at, text in enumerate(("guest$ ls", "a.png  ledger  b.txt", "guest$"))
    ]
    history = [step("1/1 … I list the files. (93 %)", action="input", text="ls")]
    assert decide(task, screen(*shown), history, (), ALL).action["text"] == "rm ledger"
