"""What a goal names → what is on the screen."""

from __future__ import annotations

import pytest

from model.embedded.language.goals import Target
from model.embedded.language.values import arithmetic, find_date, numbers, price, unknown
from model.embedded.language.wording import text_score
from model.embedded.matching.locate import locate
from model.embedded.matching.match import find
from model.embedded.matching.scene import Scene
from tests.embedded.understand.screens import line, screen, thing


def best(target: Target, scene: Scene) -> tuple[int, int]:
    return find(target, scene)[0].point


@pytest.mark.parametrize(
    ("wanted", "nearer", "farther"),
    [
        ("K9", "K9", "K9 Max"),
        ("K9", "Lumen K9", "K9 Max"),
        ("Submit", "Submit", "Submit order"),
        ("Save", "SAVE", "Store"),
        ("Ok", "OK", "Oslo"),
        ("l0ve", "love", "live long"),
        ("basket", "Cart", "Card"),
        ("log in", "Sign in", "Sign out"),
        ("心愿单", "收藏", "购物车"),
    ],
)
def test_scores_are_ordered(wanted: str, nearer: str, farther: str) -> None:
    assert text_score(wanted, nearer)[0] > text_score(wanted, farther)[0]


def test_digits_are_never_forgiven() -> None:
    assert text_score("Item 2016", "Item 2018")[0] < 0.6


def test_a_word_in_a_sentence_is_found_at_its_place() -> None:
    scene = Scene(screen(line("please read the terms first", 10, 10, width=270)))
    x, _ = best(Target(text="terms"), scene)
    assert 160 < x < 215


def test_the_longer_name_is_not_taken_for_the_shorter() -> None:
    scene = Scene(screen(line("Kettle Plus Steel", 10, 10), line("Kettle", 10, 60)))
    assert best(Target(text="Kettle"), scene)[1] > 50


def test_the_icon_of_the_row_that_is_named() -> None:
    rows = [part for i, name in enumerate(("Ann", "Bob", "Cleo")) for part in (
        line(name, 10, 20 + 40 * i), thing("icon", 200, 15 + 40 * i, 20, 20, name="bin"),
    )]  # fmt: skip
    target = Target(text="delete", relation="row", anchor=Target(text="Bob"))
    assert best(target, Scene(screen(*rows))) == (210, 65)


def test_order_colour_and_extremes() -> None:
    shapes = [thing("shape", 20 + 60 * i, 20, 20 + 5 * i, 20 + 5 * i, name="circle", color=c) for i, c in
              enumerate(((255, 0, 0), (0, 0, 255), (0, 0, 255)))]  # fmt: skip
    scene = Scene(screen(*shapes))
    blue = Target(shape="circle", colour="blue", kinds=("shape",))
    assert best(blue, scene)[0] in (92, 155)
    assert best(Target(shape="circle", most="largest", kinds=("shape",)), scene)[0] == 155
    assert best(Target(shape="circle", nth=1, kinds=("shape",)), scene)[0] == 30


def test_the_cheapest_card() -> None:
    cards = []
    for i, (name, cost) in enumerate((("Lamp", "$40.00"), ("Clock", "$19.50"), ("Shelf", "$52.00"))):
        left = 10 + 130 * i
        cards += [line(name, left + 8, 20), line(cost, left + 8, 60),
                  thing("panel", left, 10, 120, 100, text=f"{name} {cost}", lines=(2 * i, 2 * i + 1))]  # fmt: skip
    found = find(Target(role="product", most="cheapest"), Scene(screen(*cards)))
    assert found[0].thing.text == "Clock"


def test_the_task_written_on_the_page_is_no_target() -> None:
    task = "Click on the button that says Submit."
    parts = (line("Click on the button that", 5, 5), line("says Submit.", 5, 22), line("Submit", 60, 150))
    assert best(Target(text="Submit"), Scene(screen(*parts), task))[1] > 100


def test_values() -> None:
    assert numbers("1,299.50 and 3") == [1299.5, 3]
    assert price("Starting at ¥298,900") == 298900
    assert price("590 km") is None
    assert [price(t) for t in ("€1.089", "¥1.234.500", "$1.50", "$0.125")] == [1089, 1234500, 1.5, 0.125]
    assert arithmetic("12 - 3 =") == 9
    assert arithmetic("4 × 5 = ?") == 20
    assert arithmetic("no sum 5") is None
    assert unknown("x + 3 = 10") == 7
    assert unknown("4 * x = 12") == 3
    assert str(find_date("on 12/31/2016")) == "2016-12-31"
    assert str(find_date("5 March 2024")) == "2024-03-05"
    assert find_date("13/32/2016") is None


@pytest.mark.parametrize("words", ["Email", "the Email field", "邮箱"])
def test_who_names_a_label_means_the_control_beside_it(words: str) -> None:
    label = "邮箱" if words == "邮箱" else "Email"
    field = thing("field", 40, 60, 300, 30, label=label)
    shown = screen(
        line(label, 40, 40), field, line("Notes", 40, 120), thing("field", 40, 140, 300, 30, label="Notes")
    )
    found = locate(words, shown)
    assert found is not None
    assert found.thing.box == field.box


def test_a_text_that_is_no_label_stays_itself() -> None:
    found = locate("Email", screen(line("Email", 40, 40), thing("field", 40, 260, 300, 30, label="Notes")))
    assert found is not None
    assert found.thing.kind == "text"


def test_a_capital_makes_a_size_a_name() -> None:
    small = thing("radio", 40, 60, 14, 14, label="Small")
    large = thing("radio", 40, 20, 14, 14, label="Large")
    found = locate("the Small radio button", screen(large, line("Large", 60, 20), small, line("Small", 60, 60)))
    assert found is not None
    assert found.thing.box == small.box


def test_the_search_field_is_the_one_beside_a_lens() -> None:
    field = thing("field", 600, 10, 200, 30)
    shown = screen(field, thing("icon", 806, 15, 20, 20, name="magnifier"), line("Home", 20, 15), size=(1000, 600))
    found = locate("the search field", shown)
    assert found is not None
    assert found.thing.box == field.box
