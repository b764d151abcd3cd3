"""General rules for small tasks: how they are told, and what is done on screens built by hand."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.screen import Element, Screen
from model.embedded.screen import Line as TextLine
from model.embedded.understand.dates import _cell, _head
from model.embedded.understand.feedback import Generate, Guess, Quantities, Shell, Until
from model.embedded.understand.goals import Do, Goal, SelectText, Submit, Target, Type
from model.embedded.understand.hands import Arrange, DragAll, Nudge, PickRows, Style, ValueOf
from model.embedded.understand.offers import BestOf, _read
from model.embedded.understand.parse import parse
from model.embedded.understand.plan import Decision, decide
from model.embedded.understand.posts import OfOne
from model.embedded.understand.puzzles import Crossing, Line, Oxo, Parity, Resize, Shades, count_figures
from model.embedded.understand.scene import Scene
from model.embedded.understand.signs import pictures
from model.embedded.understand.synonyms import alike
from model.embedded.understand.values import unknown
from tests.embedded.understand.screens import ALL, line, screen, step, thing


def bare(goal: Goal) -> dict[str, Any]:
    return {k: v for k, v in vars(goal).items() if k != "said"}


@pytest.mark.parametrize(
    ("task", "wanted"),
    [
        ("Generate a number less than 5, then press submit.", Generate(sign="<", limit=5)),
        ("Guess the number between 0-9 and press Submit.", Guess(low=0, high=9)),
        ("Order 2 Soups and one Pizza.", Quantities(items=((2, "Soups"), (1, "Pizza")))),
        ("Use the terminal to delete a file that ends with the extension .png", Shell(ending="png")),
        ("Drag all circles into the black box.", DragAll(source=Target(shape="circle"))),
        ("Sort the numbers in increasing order, lowest on top.", Arrange(order="ascending")),
        ("Select Ines, Farid from the scroll list and click Submit.", PickRows(names=("Ines", "Farid"))),
        ("Using the editor, give the text copper the style bold.", Style(text="copper", style="bold")),
        ('For the user @kim, click on the "Like" button.', OfOne(control="Like", owner="@kim")),
        (
            'Click the "Share" button on 2 posts by @kim and then click Submit.',
            OfOne("", "Share", "@kim", count=2),
        ),
        ("Drag Anna up by one position.", Nudge(name="Anna", direction="up", places=1)),
        ("Find Kim Lee in the contact book and click on their email.", ValueOf(who="Kim Lee", what="email")),
        ("Reserve the closest restaurant.", BestOf(most="nearest", verb="reserve")),
        ("Click on the grid coordinate (-2,1).", Crossing(x=-2, y=1)),
        ("Resize the textarea so that the width is larger than now.", Resize(side="width", larger=True)),
        ("Draw a vertical line that runs through the dot.", Line(upright=True)),
        ("Playing as 'X', win a game of tic-tac-toe.", Oxo(sign="X")),
        ("Mark the numbers below as odd or even.", Parity()),
        ("Select all the shades of green.", Shades(colour="green")),
        ("Highlight the text in the 2nd paragraph and click submit.", SelectText(target=Target(nth=2))),
    ],
)
def test_a_task_told_as_a_whole(task: str, wanted: Goal) -> None:
    first = parse(task)[0]
    assert type(first) is type(wanted)
    if isinstance(first, DragAll) and isinstance(wanted, DragAll):
        assert first.source.shape == wanted.source.shape
    else:
        assert bare(first) == bare(wanted)


def test_what_is_to_be_pressed_in_the_end_is_a_goal_of_its_own() -> None:
    goals = parse("Select all the shades of red and press Submit.")
    assert isinstance(goals[-1], Submit)
    assert goals[-1].target.text == "Submit"


@pytest.mark.parametrize(
    ("task", "concept"),
    [
        ("Throw away Greta's message.", "delete"),
        ("I don't need the mail from Anna, delete it.", "delete"),
        ("The email Greta sent is important, star it.", "star"),
        ("Flag Anna's email as important.", "star"),
        ("Send Farid the message you got from Greta.", "forward"),
        ("Forward the email from Anna to Hugo.", "forward"),
        ("Find Anna's mail and send it on to Hugo.", "forward"),
        ("Look for the message that Greta wrote in this inbox and star it.", "star"),
        ("Greta sent you a message that should be deleted.", "delete"),
    ],
)
def test_mail_said_in_other_words(task: str, concept: str) -> None:
    first = parse(task)[0]
    assert isinstance(first, Do)
    assert first.concept == concept
    assert first.thing.whose in ("Greta", "Anna")


def test_a_described_search_fills_the_fields_it_names() -> None:
    goals = parse("Search for crime movies directed by Ann Lee from year 1971.")
    assert {g.field.text: g.text for g in goals if isinstance(g, Type)} == {
        "director": "Ann Lee",
        "year": "1971",
        "genre": "crime",
    }


@pytest.mark.parametrize(
    ("sum_", "x"), [("14 - × = 6", 8), ("× + 3 = 9", 6), ("3 × x = 12", 4), ("x + 14 = 20", 6), ("7 = x - 2", 9)]
)
def test_a_letter_taken_for_a_sign_is_still_the_unknown(sum_: str, x: float) -> None:
    assert unknown(sum_) == x


def calendar() -> Any:
    """December 2016, whose first is a Thursday: five weeks in a frame of 350 by 290."""
    days = [line(day, 20 + 46 * at, 60, width=20) for at, day in enumerate("Su Mo Tu We Th Fr Sa".split())]
    frame = thing("panel", 10, 20, 340, 290)
    return screen(line("December 2016", 90, 30), *days, frame, size=(500, 400))


@pytest.mark.parametrize(("day", "column", "row"), [(1, 4, 0), (3, 6, 0), (4, 0, 1), (31, 6, 4)])
def test_a_day_lies_where_its_week_and_weekday_meet(day: int, column: int, row: int) -> None:
    scene = Scene(calendar())
    head = _head(scene)
    assert head is not None
    assert head[1:] == (2016, 12)
    point = _cell(scene, head[0], 2016, 12, day)
    assert point is not None
    assert abs(point[0] - (30 + 46 * column)) < 8
    height = (310 - 74) / 5
    assert abs(point[1] - (74 + height * (row + 0.5))) < 0.3 * height


def play(task: str, seen: Any, *history: dict[str, Any]) -> Decision:
    return decide(task, seen, list(history), (), ALL)


def test_a_guess_halves_what_is_left() -> None:
    task = "Guess the number between 0-9 and press Submit."
    seen = screen(thing("field", 10, 40), thing("button", 10, 80, text="Submit"))
    first = play(task, seen)
    assert first.action["text"] == "4"
    told = screen(
        thing("field", 10, 40),
        thing("button", 10, 80, text="Submit"),
        line("The number is higher than 4.", 10, 120),
    )
    history = [step(first.thought, **first.action)]
    pressed = play(task, told, *history)
    assert pressed.action["action"] == "click"
    second = play(task, told, *history, step(pressed.thought, **pressed.action))
    assert second.action["text"] == "7"


def test_a_number_that_fits_is_kept() -> None:
    task = "Generate a number less than 5, then press submit."
    buttons = (thing("button", 10, 40, text="Generate"), thing("button", 10, 80, text="Submit"))
    first = play(task, screen(*buttons, line("-", 130, 44)))
    assert first.action["text"] == "Generate"
    history = step(first.thought, **first.action)
    assert play(task, screen(*buttons, line("8", 130, 44)), history).action["text"] == "Generate"
    assert play(task, screen(*buttons, line("3", 130, 44)), history).action["text"] == "Submit"


def test_a_price_is_waited_for() -> None:
    task = "Buy XYZ stock when the price is less than $43."
    assert isinstance(parse(task)[0], Until)
    buy = thing("button", 10, 80, text="Buy")
    assert play(task, screen(line("$55.00", 10, 40), buy)).action["action"] == "wait"
    assert play(task, screen(line("$42.10", 10, 40), buy)).action["action"] == "click"


def test_the_first_row_out_of_order_is_filled_from_below() -> None:
    rows = [thing("text", 10, 40 + 30 * at, 40, 14, text=text) for at, text in enumerate(("3", "9", "1"))]
    move = play("Sort the numbers in increasing order, lowest on top.", screen(*rows)).action
    assert move["action"] == "drag"
    assert move["start_point"][1] > 95
    assert move["end_point"][1] < 50


def test_further_rows_are_marked_with_ctrl() -> None:
    task = "Select Ines, Farid from the scroll list and click Submit."
    rows = [line(name, 16, 46 + 20 * at) for at, name in enumerate(("Ines", "Carmen", "Farid"))]
    seen = screen(thing("listbox", 10, 40, 140, 70), *rows, thing("button", 10, 130, text="Submit"))
    first = play(task, seen)
    assert "modifiers" not in first.action
    second = play(task, seen, step(first.thought, **first.action))
    assert (second.action["text"], second.action["modifiers"]) == ("Farid", ["ctrl"])


def test_the_control_below_the_owner_is_used() -> None:
    parts = [
        part
        for at, name in enumerate(("@ann", "@kim"))
        for part in (line(name, 10, 40 + 80 * at), thing("icon", 10, 70 + 80 * at, 16, 16, name="heart"))
    ]
    move = play('For the user @kim, click on the "Like" button.', screen(*parts)).action
    assert move["start_point"] == [18, 158]


def test_every_post_of_the_owner_is_gone_through_once() -> None:
    def view(*posts: tuple[str, str]) -> Screen:
        parts: list[TextLine | Element] = []
        for at, (who, said) in enumerate(posts):
            y = 20 + 90 * at
            parts += [line(who, 10, y), line(said, 10, y + 24), thing("icon", 10, y + 48, 16, 16, name="heart")]
        return screen(*parts)

    task = 'Click the "Like" button on all posts by @kim.'
    above = view(("Kim @kim", "Rain at last"), ("Ann @ann", "So it goes"), ("Kim @kim", "Bread is ready"))
    below = view(("Kim @kim", "Bread is ready"), ("Kim @kim", "Good night"))
    history: list[dict[str, Any]] = []

    def turn(seen: Screen, effect: str = "5 % of the screen changed") -> dict[str, Any]:
        decision = decide(task, seen, history, (), ALL)
        history.append(step(decision.thought, effect, **decision.action))
        return decision.action

    assert [turn(above)["start_point"] for _ in range(2)] == [[18, 76], [18, 256]]
    assert turn(above)["action"] == "scroll"
    assert turn(below)["start_point"] == [18, 166]
    last = [turn(below, "nothing changed")["action"] for _ in range(3)]
    assert last[0] == "scroll"
    assert last[-1] == "finished"


def test_of_two_signs_the_one_that_says_repost_is_used() -> None:
    signs = [thing("icon", 10 + 40 * at, 70, 16, 16, name=name) for at, name in enumerate(("share", "repeat"))]
    seen = screen(line("@kim", 10, 40), *signs)
    for what, x in (("Retweet", 58), ("Share", 18)):
        move = play(f'For the user @kim, click on the "{what}" button.', seen).action
        assert move["start_point"] == [x, 78]


def test_what_is_typed_goes_behind_its_label_where_no_field_is_drawn() -> None:
    letter = thing("textarea", 0, 0, 400, 300, text="to: subject: Rain The roof leaks.")
    heads = line("to:", 10, 60), line("subject: Rain", 10, 90), line("The roof leaks.", 10, 130)
    task = "Forward the mail by Anna to Hugo."
    opened = step("1/3 · I use it. (95 %)", action="click", start_point=[5, 5])
    move = decide(task, screen(*heads, letter), [opened], (), ALL).action
    assert (move["action"], move["text"]) == ("input", "Hugo")
    x, y = move["start_point"]
    assert x > 34
    assert 60 <= y <= 74


def test_pages_are_turned_by_a_sign_that_was_read_as_a_letter() -> None:
    for number, x in (("1", 26), ("< 2", 42)):
        seen = screen(line("Anna", 10, 20), line(f"{number} V", 10, 250), thing("link", x, 248, 10, 16, text="V"))
        move = play("Find Kim Lee in the contact book and click on their email.", seen).action
        assert abs(move["start_point"][0] - x) < 12


def test_folders_of_a_tree_are_unfolded_by_their_boxes_one_after_another() -> None:
    rows = [
        part
        for at, name in enumerate(("Bills", "Letters"))
        for part in (
            thing("shape", 10, 40 + 30 * at, 14, 14, name="square"),
            thing("icon", 30, 38 + 30 * at, 20, 20),
            line(name, 60, 40 + 30 * at),
        )
    ]
    task, seen = 'Find and click on the folder named "Taxes" in the file tree.', screen(*rows)
    scrolled = [step("1/1 … I scroll. (80 %)", "nothing changed", action="scroll", direction="down")] * 2
    first = decide(task, seen, scrolled, (), ALL)
    assert first.action["start_point"] == [17, 47]
    second = decide(task, seen, [*scrolled, step(first.thought, **first.action)], (), ALL)
    assert second.action["start_point"] == [17, 77]


def test_a_row_is_marked_odd_or_even() -> None:
    row = (line("7", 10, 44), thing("button", 60, 40, 60, text="Odd"), thing("button", 130, 40, 60, text="Even"))
    move = play("Mark the numbers below as odd or even.", screen(*row)).action
    assert move["start_point"] == [90, 52]


def test_axes_give_the_point_of_a_grid() -> None:
    across = [line(str(n), 200 + 40 * n - 4, 156, width=8) for n in (-2, -1, 1, 2)]
    down = [line(str(n), 206, 150 - 40 * n - 7, width=8) for n in (-2, -1, 1, 2)]
    move = play("Click on the grid coordinate (-2,1).", screen(*across, *down)).action
    assert abs(move["start_point"][0] - 120) < 6
    assert abs(move["start_point"][1] - 110) < 6


def test_an_axis_without_numbers_has_its_zero_in_the_middle_of_the_dots() -> None:
    down = [line(str(n), 206, 150 - 40 * n - 7, width=8) for n in (-1, 1, 2)]
    dots = [
        thing("shape", 115 + 40 * x, 65 + 40 * y, 10, 10, name="circle")
        for x in range(5)
        for y in range(5)
        if x != 2
    ]
    move = play("Click on the grid coordinate (-2,1).", screen(*down, *dots)).action
    assert abs(move["start_point"][0] - 120) < 6
    assert abs(move["start_point"][1] - 110) < 6


def test_an_item_that_is_dragged_is_a_drawn_one_rather_than_a_button() -> None:
    seen = screen(thing("shape", 100, 60, 30, 30, name="star"), thing("button", 80, 150, 80, 30, text="Done"))
    assert play("Drag the item up then press Done.", seen).action["start_point"] == [115, 75]


def test_a_knob_is_moved_once_to_learn_its_unit_and_then_to_the_value() -> None:
    task = "Select 6 with the slider and hit Submit."
    submit = thing("button", 10, 120, text="Submit")
    first = play(task, screen(thing("checkbox", 10, 50, 16, 16), line("0", 10, 80), submit))
    assert first.action["action"] == "drag"
    moved = screen(thing("checkbox", 50, 50, 16, 16), line("4", 10, 80), submit)
    second = play(task, moved, step(first.thought, **first.action))
    assert second.action["end_point"][0] == pytest.approx(78, abs=2)


def test_figures_are_counted_by_what_they_are() -> None:
    red, blue = (230, 0, 0), (20, 20, 230)
    seen = Scene(
        screen(
            thing("shape", 10, 40, 20, 20, name="circle", color=red),
            thing("swatch", 10, 40, 20, 20, color=red),
            thing("swatch", 50, 40, 20, 20, color=red),
            thing("shape", 90, 40, 20, 20, name="circle", color=blue),
        )
    )
    assert count_figures(Target(shape="circle"), seen) == 2
    assert count_figures(Target(shape="circle", colour="red"), seen) == 1
    assert count_figures(Target(shape="rectangle"), seen) == 1
    assert count_figures(Target(text="blocks"), seen) == 3
    assert count_figures(Target(text="mails"), seen) is None


@pytest.mark.parametrize(
    ("most", "text", "value"),
    [
        ("shortest", "Duration: 5h 30m $120", 330),
        ("cheapest", "Duration: 5h Book flight for $120", 120),
        ("nearest", "1.5 miles $25", 1.5),
        ("best", "rated 4.5 stars", 4.5),
        ("nearest", "no distance here", None),
    ],
)
def test_an_offer_is_measured_by_what_is_asked(most: str, text: str, value: float | None) -> None:
    assert _read(most, text) == value


def test_signs_in_a_line_are_pictures_where_they_stand() -> None:
    found = pictures(line("Lunch today ☆", 10, 10, width=130))
    assert [name for name, _ in found] == ["star"]
    assert found[0][1].left > 110
    assert pictures(line("第四回会议", 10, 10)) == []


def test_words_alike() -> None:
    assert alike("big", "Large")
    assert not alike("big", "purple")
