"""Comparing over a list of cards, and things that a site does not have."""

from __future__ import annotations

from typing import Any

import numpy as np

from model.embedded.eyes.graphics import without_badge
from model.embedded.language.goals import Read, Submit, Target
from model.embedded.matching.scene import Scene
from model.embedded.matching.seek import MOST_LOOKS
from model.embedded.planner import decide
from model.embedded.screen import Element, Line, Screen
from model.embedded.skills.records.comparing import cards
from tests.embedded.understand.screens import ALL, goals, line, note, screen, step, thing

WIDE = (1280, 800)
_HEAD = (
    line("Lamps", 200, 20, 14), line("Chairs", 300, 20, 14), line("Shop all", 400, 20, 14),
    line("Offers", 500, 20, 14), thing("field", 860, 12, 180, 36, label="Search"),
)  # fmt: skip


def _card(x: float, y: float, name: str, small: str, cost: str) -> tuple[Line | Element, ...]:
    return line(name, x, y, 15), line(small, x, y + 24, 12), line(cost, x, y + 44, 13)


def _shop(*more: Line | Element) -> Screen:
    return screen(*_HEAD, *more, size=WIDE)


def _list() -> Screen:
    parts = [
        *_card(60, 200, "Tall Lamp", "Oak · 700 km · 4 s", "from ¥5,200"),
        *_card(400, 200, "Low Lamp", "Pine · 910 km · 5 s", "from ¥3,100"),
    ]
    return _shop(*parts)


def test_cards_have_a_figure_and_a_name() -> None:
    scene = Scene(_list(), "")
    assert cards(scene, Target(most="cheapest")) == [(5200.0, "Tall Lamp"), (3100.0, "Low Lamp")]
    assert cards(scene, Target(text="range", most="longest")) == [(700.0, "Tall Lamp"), (910.0, "Low Lamp")]


def _scrolled(tag: str, value: float, name: str, effect: str) -> dict[str, Any]:
    return step(
        note(0, "…", 0.93, "I look.", tag, value=value, name=name),
        effect,
        action="scroll",
        direction="down",
        scroll_distance=400,
    )


def test_a_list_is_seen_to_its_end_before_one_is_named() -> None:
    task = "Which lamp has the longest range?"
    went = step(
        note(0, "…", 0.93, "I go to “Shop all”, to compare them all.", "list"),
        action="click",
        start_point=[430, 27],
    )
    first = decide(task, _list(), [went], (), ALL)
    assert first.action["action"] == "scroll"
    assert "the best so far 910 is “Low Lamp”" in first.thought
    better = _scrolled("view", 950.0, "Old Lamp", "nothing changed")
    last = decide(task, _list(), [went, better], (), ALL)
    assert (last.action["action"], last.action["answer"]) == ("finished", "Old Lamp")


def test_the_cheapest_is_named_and_then_used() -> None:
    went = step(
        note(0, "…", 0.93, "I go to “Shop all”, to compare them all.", "list"),
        action="click",
        start_point=[430, 27],
    )
    seen = _scrolled("best", 3100.0, "Low Lamp", "40 % of the screen changed")
    heart = thing("icon", 480, 270, 20, 20, name="heart")
    shown = _shop(*_card(400, 200, "Low Lamp", "Pine", "from ¥3,100"), heart)
    move = decide("Put the cheapest lamp on the wish list.", shown, [went, seen], (), ALL)
    assert move.action["start_point"] == [490, 280]


def test_what_the_search_does_not_bring_cannot_be_done() -> None:
    asked = step(note(0, "…", 0.75, "“Zed Lamp” is not in view, I search for “Zed Lamp”."),
        action="input", text="Zed Lamp", start_point=[952, 31],
    )  # fmt: skip
    looks = [
        step(
            note(0, "…", 0.8, "“Zed Lamp” is not in view, I scroll down.", "look", by="scroll"),
            "nothing changed",
            action="scroll",
            direction="down",
        )
    ] * MOST_LOOKS
    task = "Add the Zed Lamp to the wish list."
    assert decide(task, _list(), [asked, *looks], (), ALL).action["status"] == "infeasible"
    assert decide(task, _list(), looks, (), ALL).action["status"] == "failed", "nobody asked the search"


def test_a_chinese_question_names_a_property_of_a_thing() -> None:
    (read,) = goals("Kite 3 的重量是多少公斤？")
    assert isinstance(read, Read)
    assert (read.what.whose, read.what.text) == ("Kite 3", "重量")


def test_the_button_beside_a_field_of_any_look_sends_it() -> None:
    task = "Subscribe to the newsletter with the address a@b.org."
    field = thing("textarea", 727, 621, 385, 42, text="a@b.org")
    shown = _shop(field, thing("button", 1122, 621, 107, 42, text="Sign up"))
    typed = step(note(1, "·", 0.92, "I type it."), action="input", text="a@b.org", start_point=[919, 642])
    assert isinstance(goals(task)[-1], Submit)
    assert decide(task, shown, [typed], (), ALL).action["text"] == "Sign up"


def test_a_counter_is_taken_off_an_icon_as_a_disc() -> None:
    crop = np.full((39, 39, 3), 255, np.uint8)
    y, x = np.ogrid[:39, :39]
    crop[(y - 24) ** 2 + (x - 14) ** 2 < 90] = 0
    crop[(y - 13) ** 2 + (x - 24) ** 2 < 85] = (10, 120, 110)
    cut, disc = without_badge(crop)
    assert (disc < 100).all(axis=2).sum() > (cut < 100).all(axis=2).sum() > 0


def test_what_only_sounds_alike_is_left_alone() -> None:
    shown = _shop(line("AB7 Pro", 387, 166), thing("button", 873, 160, 130, 40, text="Add to bag"))
    looks = [
        step(
            note(0, "…", 0.8, "“CD7 Pro” is not in view, I scroll down.", "look", by="scroll"),
            "nothing changed",
            action="scroll",
            direction="down",
        )
    ] * MOST_LOOKS
    assert decide("Add the CD7 Pro to the cart.", shown, looks, (), ALL).action["action"] == "finished"
