"""Records of applications that nobody here has seen: where they are, how they are made, when they are saved."""

from __future__ import annotations

import pytest

from action_space.geometry import Box
from model.embedded.eyes.reader import _is_drawn
from model.embedded.language.nouns import Quotes
from model.embedded.language.statements import stated
from model.embedded.matching.memory import Now
from model.embedded.matching.scene import Scene
from model.embedded.matching.sections import navigation
from model.embedded.matching.whereabouts import bare_place, is_everything, stem
from model.embedded.planner import decide
from model.embedded.screen import Element, Line, Word
from model.embedded.skills.means.adding import new_control
from model.embedded.skills.means.controls import save_button
from tests.embedded.understand.screens import ALL, line, note, screen, step, thing

SIZE = (1280, 800)
BLUE = (40, 100, 200)


def shown(*parts: Line | Element) -> Scene:
    return Scene(screen(*parts, size=SIZE), "")


def now(scene: Scene) -> Now:
    return Now(scene, (), 0, [], actions=frozenset(ALL))


def test_the_sign_in_the_row_of_a_list_begins_its_record() -> None:
    menu = [line("Groups", 40, 170), line("+ Add", 250, 170), line("Teachers", 40, 200), line("+ Add", 250, 200)]
    found = new_control("teacher", now(shown(*menu)))
    assert found is not None
    assert abs(found[0].box.center[1] - 207) < 4


@pytest.mark.parametrize("word", ["Log out", "/ LOG OUT", "Book"])
def test_a_verb_that_is_something_else_begins_no_record(word: str) -> None:
    assert new_control("course", now(shown(line(word, 1000, 20)))) is None


def test_the_button_under_the_form_saves_and_no_tab_over_it() -> None:
    scene = shown(
        thing("tab", 228, 75, 100, 40, text="Structure"), thing("tab", 330, 75, 100, 40, text="Content"),
        thing("button", 1012, 75, 85, 40, text="Import"), thing("field", 436, 300, 800, 40, text="telephone"),
        thing("button", 228, 400, 120, 36, text="Rename column"), thing("button", 360, 400, 70, 36, text="Cancel"),
    )  # fmt: skip
    found = save_button(now(scene), below=340, verb="Rename")
    assert found is not None
    assert found[0].text == "Rename column"


def test_the_name_may_stand_in_two_cells_of_a_row() -> None:
    table = [
        line("LAST NAME", 380, 260), line("FIRST NAME", 505, 260), line("EMAIL", 640, 260),
        line("Dunn", 380, 300), line("Gina", 505, 300), line("gina@example.org", 640, 300),
        line("Dunn", 380, 330), line("Rolf", 505, 330), line("rolf@example.org", 640, 330),
    ]  # fmt: skip
    move = decide("Delete the participant Gina Dunn.", screen(*table, size=SIZE), [], (), ALL)
    assert move.action["action"] == "click"
    assert move.action["start_point"][1] == pytest.approx(307, abs=3)


def test_a_form_that_is_still_open_was_not_saved() -> None:
    form = screen(
        line("price", 229, 470), thing("field", 436, 462, 800, 36, text="39.0"),
        thing("button", 228, 614, 73, 36, text="Update"), line("No data was given", 250, 90), size=SIZE,
    )  # fmt: skip
    typed = step(note(0, "…", 0.93, "", "set", field="price"), action="input", text="42.5", start_point=[850, 480])
    saved = step(
        note(0, "…", 0.9, "", "save", known=[]), action="click", text="Update", start_point=[264, 632]
    )  # fmt: skip
    end = decide("Set the price of the Floor pump to 42.5.", form, [typed, saved], (), ALL)
    assert end.action["status"] == "failed"
    assert "still open" in end.thought


def test_sections_are_the_coloured_names_of_a_list_without_what_does_something() -> None:
    def link(text: str, x: float, y: float) -> Element:
        return thing("link", x, y, 9 * len(text), 14, text=text, color=BLUE)

    names = [
        link(text, 40, 150 + 30 * at) for at, text in enumerate(("Groups", "Courses", "Delete all", "Log out"))
    ]
    assert [t.text for t in navigation(shown(*names))] == ["Groups", "Courses"]


PLURALS = "course courses, status statuses, box boxes, city cities, house houses, user users".split(", ")


@pytest.mark.parametrize("pair", PLURALS)
def test_singular_and_plural_have_one_stem(pair: str) -> None:
    one, many = pair.split()
    assert stem(one) == stem(many)


def test_places_without_the_noun_that_says_what_they_are() -> None:
    assert bare_place("the customers table") == bare_place("table customers") == "customers"
    assert is_everything("shop's database")
    assert not is_everything("customers")


@pytest.mark.parametrize(
    ("text", "name", "field", "value"),
    [
        ("The fee of the course Chess is now 40", "Chess", "fee", "40"),
        ("Ada Park has moved to Graz", "Ada Park", "place", "Graz"),
        ("The meeting Budget is to take place on 2027-03-04", "Budget", "date", "2027-03-04"),
        ("The course Chess is not to be published yet", "Chess", "published", "no"),
    ],
)
def test_statements_say_how_a_field_is_to_be(text: str, name: str, field: str, value: str) -> None:
    found = stated(text, Quotes(text))
    assert found is not None
    assert (found.name.called, found.set[0].field.text, found.set[0].value) == (name, field, value)


def test_what_only_tells_asks_for_nothing() -> None:
    assert stated("We will meet them all", Quotes("")) is None


def test_marks_that_were_read_as_letters_are_drawn() -> None:
    wide = Line("Q", Box(972, 189, 1176, 211))
    marks = Line("十 0 0", Box(972, 152, 1055, 172), tuple(
        Word(text, Box(x, 152, x + 18, 172)) for text, x in (("十", 972), ("0", 1004), ("O!"[0], 1036))
    ))  # fmt: skip
    numbers = Line("1 2", Box(0, 0, 60, 16), (Word("1", Box(0, 0, 8, 16)), Word("2", Box(50, 0, 58, 16))))
    assert _is_drawn(wide)
    assert _is_drawn(marks)
    assert not _is_drawn(numbers)
    assert not _is_drawn(line("Save", 0, 0))
