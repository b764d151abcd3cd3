"""Decisions on screens built by hand."""

from __future__ import annotations

from model.embedded.planner import Decision, decide
from tests.embedded.understand.screens import ALL, after, line, screen, thing


def act(task: str, *parts: object, history: list[dict[str, object]] | None = None) -> Decision:
    return decide(task, screen(*parts), history or [], (), ALL)  # type: ignore[arg-type]


SAVE = thing("button", 20, 100, text="Save")


def test_a_button_is_clicked_and_success_is_claimed_when_the_screen_answers() -> None:
    first = act('Click "Save"', SAVE)
    assert first.action == {"action": "click", "start_point": [70, 112], "text": "Save"}
    assert first.confidence > 0.9
    last = act('Click "Save"', SAVE, history=[after(first)])
    assert last.action["status"] == "success"


def test_nothing_changed_is_no_success() -> None:
    first = act('Click "Save"', SAVE)
    second = act('Click "Save"', SAVE, history=[after(first, "nothing changed")])
    assert second.action.get("status") != "success"


def test_what_is_not_there_is_looked_for_and_then_given_up() -> None:
    history: list[dict[str, object]] = []
    for _ in range(30):
        decision = act('Click "Launch rocket"', SAVE, history=history)
        if decision.action["action"] == "finished":
            break
        assert decision.action["action"] == "scroll"
        history.append(after(decision, "nothing changed"))
    assert decision.action["status"] == "failed"
    assert "Launch rocket" in decision.action["reason"]


def test_success_is_not_claimed_for_words_that_nothing_accounts_for() -> None:
    task = 'Click "Save". The zeppelin has to be polished thoroughly as well.'
    first = act(task, SAVE)
    last = act(task, SAVE, history=[after(first)])
    assert last.action["status"] == "unsure"
    assert "zeppelin" in last.action["reason"]


def test_a_cookie_banner_is_declined_first() -> None:
    parts = (
        thing("panel", 0, 200, 400, 100), line("We use cookies to improve this site", 10, 210),
        thing("button", 10, 250, text="Accept all"), thing("button", 200, 250, text="Only necessary"), SAVE,
    )  # fmt: skip
    assert act('Click "Save"', *parts).action["text"] == "Only necessary"


def test_the_state_is_rebuilt_from_the_history_alone() -> None:
    parts = (
        thing("field", 20, 20, text="", label="Name"), thing("field", 20, 60, label="Town"),
        thing("button", 20, 100, text="Send"),
    )  # fmt: skip
    task = 'Enter "Ann" into the Name field, enter "Oslo" into the Town field and press Send'
    history: list[dict[str, object]] = []
    done: list[str] = []

    def shown(label: str) -> str:
        return next((t for t, f in (("Ann", "Name"), ("Oslo", "Town")) if t in done and f == label), "")

    for _ in range(3):
        decision = act(task, *parts, history=history)
        done.append(decision.action["text"])
        history.append(after(decision))
        parts = tuple(  # type: ignore[assignment]
            thing("field", 20, 20 if p.label == "Name" else 60, label=p.label, text=shown(p.label))
            if p.kind == "field" else p for p in parts
        )  # fmt: skip
    assert done == ["Ann", "Oslo", "Send"]


def test_only_boxes_that_are_not_yet_ticked_are_clicked() -> None:
    boxes = tuple(
        thing("checkbox", 20, 20 + 30 * i, 14, 14, label=name, state=frozenset({state}))
        for i, (name, state) in enumerate((("Red", "checked"), ("Blue", "unchecked"), ("Green", "unchecked")))
    )
    decision = act("Tick Red and Green and press Save", *boxes, SAVE)
    assert decision.action["start_point"] == [27, 87]


def test_an_answer_is_read_from_a_table() -> None:
    cells = (("Name", "Age"), ("Ann", "31"), ("Bob", "58"))
    rows = [line(text, 20 + 100 * x, 10 + 30 * y) for y, row in enumerate(cells) for x, text in enumerate(row)]
    decision = act("What is the age of Bob?", *rows)
    assert decision.action["answer"] == "58"


def test_an_empty_task_is_infeasible() -> None:
    assert act("", SAVE).action["status"] == "infeasible"
