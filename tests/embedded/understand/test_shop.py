"""How shops work: places, carts, banners, options with headings, pop-ups that swallow a click."""

from __future__ import annotations

from typing import Any

import pytest

from model.embedded.matching.figures import figure
from model.embedded.matching.memory import LOST, recall
from model.embedded.matching.scene import Scene
from model.embedded.planner import decide
from model.embedded.screen import Element, Line, Screen
from tests.embedded.understand.screens import ALL, line, note, screen, step, thing

WIDE = (1280, 800)


def head(*more: Line | Element) -> Screen:
    """A page with a bar at the top: name, two links, heart and cart."""
    return screen(
        line("Acme", 20, 20),
        line("Lamps", 120, 20),
        line("Chairs", 220, 20),
        thing("icon", 1100, 18, 20, 20, name="person"),
        thing("icon", 1150, 18, 20, 20, name="heart"),
        thing("icon", 1200, 18, 20, 20, name="cart"),
        *more,
        size=WIDE,
    )


def act(task: str, seen: Screen, history: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return decide(task, seen, history or [], (), ALL).action


@pytest.mark.parametrize(
    ("task", "x"),
    [
        ("remove the mug from the cart", 1210),
        ("Remove the mug from the wish list", 1160),
        ("Sign in with the user name bob and the password x1", 1110),
        ("从购物车中删除杯子", 1210),
    ],
)
def test_a_place_is_reached_by_the_head_of_the_page(task: str, x: int) -> None:
    action = act(task, head(line("Welcome", 100, 200, 30)))
    assert action["action"] == "click"
    assert action["start_point"][0] == x


def test_the_plus_of_the_right_row_is_pressed_until_the_number_is_right() -> None:
    went = [step(note(0, "…", 0.95, "I go to “cart” by “cart”.", "went"), action="click", start_point=[1210, 28])]

    def rows(count: int) -> Screen:
        parts: list[Line | Element] = [line("Cart", 100, 100, 28)]
        for top, name, number in ((200, "Red mug", 1), (320, "Oak tray", count)):
            parts += [line(name, 200, top), line(str(number), 800, top + 10)]
            parts += [
                thing("icon", 760, top + 8, 16, 16, name="minus"),
                thing("icon", 840, top + 8, 16, 16, name="plus"),
            ]
        return head(*parts)

    task = "Change the quantity of the oak tray in the cart to 3."
    assert act(task, rows(2), went)["start_point"] == [848, 336]
    assert act(task, rows(4), went)["start_point"] == [768, 336]
    assert act(task, rows(3), went)["action"] == "finished"


def test_cookies_are_answered_as_asked() -> None:
    banner = head(
        thing("panel", 0, 700, 1280, 100, text="We use cookies"),
        line("We use cookies to count visits.", 20, 740),
        thing("button", 900, 730, 120, 40, text="Only necessary"),
        thing("button", 1100, 730, 120, 40, text="Accept all"),
    )
    assert act("Accept the cookies.", banner)["text"] == "Accept all"
    assert act("Decline all cookies that are not necessary.", banner)["text"] == "Only necessary"
    assert act("remove the mug from the cart", banner)["text"] == "Only necessary"


def samples(chosen: str) -> Screen:
    colours = ((241, 241, 238), (23, 24, 27), (232, 89, 28), (57, 169, 214))
    row = [thing("swatch", 700 + 50 * i, 260, 40, 40, color=c) for i, c in enumerate(colours)]
    return head(line("Chair", 700, 120, 30), line(f"Colour: {chosen}", 700, 235), *row)


def test_a_sample_is_chosen_by_its_colour_and_confirmed_by_the_heading() -> None:
    task = "Choose the coral orange colour"
    assert act(task, samples("White"))["start_point"] == [820, 280]
    tried = [
        step(
            note(0, "…", 0.95, "I try the orange sample for coral orange."), action="click", start_point=[820, 280]
        )
    ]
    assert act(task, samples("Coral Orange"), tried)["action"] == "finished"


def test_a_figure_stands_with_its_label() -> None:
    page = Scene(
        head(line("Range", 100, 300), line("700 km", 98, 320), line("Power", 300, 300), line("90 kW", 298, 320))
    )
    assert figure("range", page) == ("700 km", pytest.approx(0.95, abs=0.06))
    assert (figure("power", page) or ("",))[0] == "90 kW"
    assert figure("weight", page) is None


def test_a_click_that_a_pop_up_swallowed_counts_as_not_done() -> None:
    clicked = step(
        note(0, "·", 0.95, "I use the heart."),
        effect="95 % of the screen changed",
        action="click",
        start_point=[9, 9],
    )
    moved = step(
        note(0, "·", 0.95, "I open it."), effect="the address is now x", action="click", start_point=[9, 9]
    )
    closed = step(note(0, "!", 0.90, "“News” is in the way, I close it."), action="click", start_point=[50, 50])
    assert recall([clicked, closed])[0].error == LOST
    assert not recall([moved, closed])[0].error
    assert not recall([clicked])[0].error


def test_a_button_that_nearly_repeats_the_task_is_no_banner() -> None:
    seen = screen(thing("button", 10, 10, text="Add to wishlist", lines=(0,)), line("Add to wishlist", 20, 14))
    assert any(t.kind == "button" for t in Scene(seen, "add mug to wishlist").things)


def news_over_cookies(button: str) -> Screen:
    """A box with a field and a button in the middle, and under its shadow a banner about cookies."""
    return head(
        thing("panel", 285, 278, 440, 212, name="dialog"),
        line("Hello from us", 316, 312),
        thing("field", 315, 382, 250, 42, text="Email"),
        thing("button", 578, 382, 117, 42, text=button),
        thing("button", 320, 436, 90, 20, text="Maybe later"),
        thing("panel", 885, 577, 390, 167, name="dialog"),
        line("We use cookies to keep your cart", 910, 626),
        thing("button", 910, 683, 106, 42, text="Reject all"),
    )


def test_a_box_that_asks_for_an_address_is_closed_first() -> None:
    assert act("remove the mug from the cart", news_over_cookies("Subscribe"))["text"] == "Maybe later"
    assert act("subscribe to the newsletter", news_over_cookies("Subscribe")).get("text") != "Maybe later"


def test_what_a_click_did_not_get_past_is_closed_and_no_click_is_repeated_for_ever() -> None:
    task, seen = "remove the mug from the cart", news_over_cookies("Send")
    assert act(task, seen)["text"] == "Reject all"
    idle = step(note(0, "!", 0.90, "It is in the way."), "nothing changed", action="click", start_point=[963, 704])
    assert act(task, seen, [idle])["text"] == "Maybe later"
    away = step(note(0, "!", 0.90, "It lies on top."), "nothing changed", action="click", start_point=[365, 446])
    assert act(task, seen, [idle, idle, away, away])["start_point"] == [1210, 28]


def test_what_was_deleted_is_gone_from_the_list() -> None:
    task = "remove the oak tray from the cart"
    past = [
        step(note(0, "…", 0.95, "I go to “cart” by “cart”.", "went"), action="click", start_point=[1210, 28]),
        step(
            note(1, "…", 0.84, "I use the bin icon.", "delete", {"0": ["the cart", 0.95]}),
            action="click",
            start_point=[900, 220],
        ),
    ]
    gone = head(line("Cart", 100, 100, 28), line("Red mug", 200, 200))
    still = head(line("Cart", 100, 100, 28), line("Red mug", 200, 200), line("Oak tray", 200, 320))
    assert act(task, gone, past)["status"] == "success"
    assert act(task, still, past).get("status") != "success"


def test_a_slider_at_its_end_is_clicked_in_the_gap_under_its_price() -> None:
    def page(gap: float) -> Screen:
        return head(
            thing("panel", 37, 100, 230, 400),
            line("Maximum price", 57, 311),
            line("Any price", 57, 343),
            thing("button", 57, 357 + gap, 140, 42, text="Show results"),
        )

    task = "Show only products with a price of up to ¥1,200."
    went = [step(note(0, "…", 0.90, "I go to “catalogue”."), action="click", start_point=[130, 28])]
    action = act(task, page(45), went)
    assert action["action"] == "click"
    assert 140 < action["start_point"][0] < 165
    assert 360 < action["start_point"][1] < 400
    assert act(task, page(10), went).get("start_point") != action["start_point"]
    moved = step(note(0, "…", 0.80, "I move the slider until it shows 1200."), **action)
    set_ = head(
        line("from ¥900", 290, 338),  # the price of a product beside it
        line("Up to ¥1,200", 57, 343),
        thing("slider", 57, 370, 185, 16, value=0.5),
        thing("button", 57, 410, 140, 42, text="Show results"),
    )
    assert act(task, set_, [*went, moved])["text"] == "Show results"


def test_an_option_is_looked_for_under_the_heading_of_its_own_group() -> None:
    colours = ((23, 24, 27), (241, 241, 238), (232, 89, 28))
    seen = head(
        line("Exterior: White", 700, 200),
        *[thing("swatch", 700 + 50 * i, 225, 40, 40, color=c) for i, c in enumerate(colours)],
        line("Cabin: Light Grey", 700, 300),
        *[
            part
            for i, name in enumerate(("Light Grey included", "Black included"))
            for part in (thing("radio", 700, 330 + 32 * i, 18, 18, text=name), line(name, 727, 332 + 32 * i))
        ],
        line("Rims: Aero", 700, 420),
        thing("shape", 700, 445, 30, 30, color=(27, 28, 31)),
        line("Sport", 740, 452),
    )
    task = "choose the black interior"
    assert act(task, seen)["text"] == "Black included"


def test_a_hint_that_hides_the_heading_tells_what_was_chosen() -> None:
    colours = ((163, 167, 173), (28, 28, 31))
    seen = head(
        *[thing("swatch", 700 + 50 * i, 225, 40, 40, color=(57, 169, 214)) for i in range(2)],
        *[thing("swatch", 700 + 50 * i, 345, 40, 40, color=c) for i, c in enumerate(colours)],
        thing("button", 710, 312, 116, 26, text="Obsidian Black"),
    )
    tried = [step(note(0, "…", 0.95, "I try the black sample for black."), action="click", start_point=[770, 365])]
    assert act("choose the black interior", seen, tried)["action"] == "finished"


def test_what_leads_to_the_list_adds_nothing_to_it() -> None:
    seen = head(line("Oak tray", 700, 200, 28), thing("button", 700, 300, 120, 40, text="Show comparison"))
    assert act("Add the oak tray to the comparison.", seen).get("text") != "Show comparison"


def test_a_form_of_one_field_is_sent_with_the_button_behind_it() -> None:
    seen = head(
        line("One letter a month", 700, 520),
        thing("field", 700, 545, 380, 40, text="ann@example.com"),
        thing("button", 1090, 545, 100, 40, text="Sign up"),
    )
    typed = [
        step(note(0, "…", 0.90, "It is farther down."), action="scroll", direction="down"),
        step(note(1, "·", 0.92, "I type it."), action="input", text="ann@example.com", start_point=[890, 565]),
    ]
    action = act("Subscribe to the newsletter with the address ann@example.com.", seen, typed)
    assert action["text"] == "Sign up"


def test_a_chosen_order_is_applied_where_a_button_does_it() -> None:
    seen = head(
        line("Order by", 60, 410),
        thing("select", 60, 430, 190, 40, text="Price ascending"),
        thing("button", 60, 490, 150, 40, text="Show results"),
    )
    went = [step(note(0, "…", 0.95, "I go there.", "section"), action="click", start_point=[120, 20])]
    chose = step(
        note(0, "…", 0.92, "I choose it.", "chosen"),
        action="click",
        text="Price ascending",
        start_point=[120, 500],
    )
    task = "Show all products sorted by price, the lowest price first."
    assert act(task, seen, [*went, chose])["text"] == "Show results"


def test_a_price_below_a_name_does_not_take_the_bin_of_its_row() -> None:
    rows = [
        part
        for i, (name, cost) in enumerate((("Red mug", "¥270"), ("Oak tray", "¥1,079")))
        for part in (
            line(name, 380, 166 + 110 * i),
            line(cost, 380, 214 + 110 * i),
            thing("icon", 1030, 189 + 110 * i, 16, 17, name="bin"),
        )
    ]
    went = [step(note(0, "…", 0.95, "I go to “cart” by “cart”.", "went"), action="click", start_point=[1210, 28])]
    action = act("remove the red mug from the cart", head(line("Bag", 380, 100, 28), *rows), went)
    assert action["start_point"][1] == pytest.approx(197, abs=2)


def test_a_page_that_was_opened_by_chance_is_not_taken_for_the_things_own() -> None:
    seen = head(line("Oak tray", 700, 120, 30), thing("button", 700, 300, 160, 40, text="♡ Add to favourites"))
    past = [
        step(
            note(0, "…", 0.75, "“Red mug” is not in view, I search for “Red mug”."), action="input", text="Red mug"
        ),
        step(
            note(0, "…", 0.75, "“Red mug” is not in view, I open “more”."),
            effect="the address is now x",
            action="click",
            start_point=[300, 300],
        ),
    ]
    assert act("Add the red mug to the wish list.", seen, past).get("text") != "♡ Add to favourites"


def test_arrows_of_the_scroll_bar_are_no_controls() -> None:
    seen = head(line("Page 1", 900, 780), thing("icon", 1267, 788, 9, 5, name="chevron-down"))
    assert not [t for t in Scene(seen).things if t.name == "chevron-down"]
