"""Decisions on a desktop: applications, text, files."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.planner import Decision, decide, goals_of
from model.embedded.screen import Element, Line
from tests.embedded.understand.screens import after, line, screen, thing

DESKTOP = ("click", "scroll", "input", "press", "open", "appswitch", "finished", "wait")
DIALOG = (
    line("Save As", 100, 40),
    thing("button", 20, 250, text="Cancel"),
    thing("button", 280, 250, text="Save"),
)


class Run:
    """A run on screens that the test gives."""

    def __init__(self, task: str) -> None:
        self.task = task
        self.history: list[dict[str, Any]] = []

    def see(self, *parts: Line | Element, effect: str = "20 % of the screen changed") -> dict[str, Any]:
        made: Decision = decide(self.task, screen(*parts), self.history, (), DESKTOP)
        self.history.append(after(made, effect))
        return made.action


def test_a_text_is_written_and_saved() -> None:
    run = Run("write hello in the text editor and save it as note.txt")
    assert run.see() == {"action": "open", "app": "text editor"}
    assert run.see(line("Untitled", 100, 4)) == {"action": "input", "text": "hello"}
    written = (line("Untitled", 100, 4), line("hello", 10, 40))
    assert run.see(*written) == {"action": "press", "keys": ["ctrl", "s"]}
    assert run.see(*written, *DIALOG) == {"action": "input", "text": "note.txt", "clear": True, "submit": True}
    end = run.see(line("note.txt", 100, 4), line("hello", 10, 40))
    assert (end["action"], end["status"]) == ("finished", "success")


def test_what_cannot_be_read_back_is_no_success() -> None:
    run = Run("write hello in the text editor")
    run.see()
    run.see(line("Untitled", 100, 4))
    assert run.see(line("Untitled", 100, 4))["status"] == "unsure"


def test_a_dialog_that_stays_open_is_no_success() -> None:
    run = Run("save it as note.txt")
    assert run.see()["keys"] == ["ctrl", "s"]
    run.see(*DIALOG)
    assert run.see(*DIALOG) == {"action": "press", "keys": ["enter"]}
    assert run.see(*DIALOG)["action"] == "wait"
    assert run.see(*DIALOG)["status"] == "failed"


def test_an_existing_file_is_not_replaced() -> None:
    run = Run("save it as note.txt")
    run.see()
    run.see(*DIALOG)
    end = run.see(line("A file named note.txt already exists.", 10, 40), line("Replace", 10, 80))
    assert end["status"] == "failed"
    assert "exists" in end["reason"]


def test_an_application_that_cannot_be_opened() -> None:
    run = Run("open the spreadsheet")
    run.see()
    run.history[-1]["error"] = "no application is like 'spreadsheet'"
    end = run.see()
    assert end["status"] == "failed"
    assert "no application" in end["reason"]


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("run ls -l in the terminal and then open Mousepad", ["Launch", "Write", "Launch"]),
        ("switch to the text editor and save the file", ["Launch", "Press"]),
        ("click the Save button in the text editor", ["Click"]),
    ],
)
def test_goals(task: str, kinds: list[str]) -> None:
    assert [type(goal).__name__ for goal in goals_of(task, True)] == kinds
    assert not any(type(goal).__name__ == "Launch" for goal in goals_of(task))
