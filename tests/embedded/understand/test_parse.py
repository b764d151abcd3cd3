"""Tasks in words → goals."""

from __future__ import annotations

import pytest

from model.embedded.language.goals import (
    Adjust,
    Choose,
    Click,
    Delete,
    Dialog,
    Find,
    Goal,
    Pick,
    Read,
    Search,
    Submit,
    Target,
    Tick,
    Type,
    Use,
)
from model.embedded.planner import goals_of as goals
from model.embedded.skills.fields.login import LogIn
from model.embedded.skills.pages.clicking import Close, Press
from model.embedded.skills.pages.dragging import Drag, Scroll
from model.embedded.skills.pages.opening import Path, Visit


def kinds(task: str) -> list[type[Goal]]:
    return [type(goal) for goal in goals(task)]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ('Click on the "Sign up" button.', [Click]),
        ("Select red, blue and green and press Submit.", [Tick, Submit]),
        ("Select nothing and click Submit.", [Tick, Submit]),
        ('Enter "Ann" into the text field and press Submit.', [Type, Submit]),
        ('Enter the username "ann" and the password "x y" into the fields and press login.', [Type, Type, Submit]),
        ('Sign in as ann@example.com with the password "s, and t"', [LogIn]),
        ('Search for "roof box" and open the second result', [Search, Find]),
        ("Select File>Export>Picture", [Path]),
        ("Set the volume slider to 7", [Adjust]),
        ("Select 03/14/2016 as the date and hit submit.", [Pick, Submit]),
        ("Drag the lamp into the box", [Drag]),
        ('Scroll to the bottom of the page and click "Back to top"', [Scroll, Click]),
        ("Press the Enter key", [Press]),
        ("Close the dialog", [Dialog]),
        ("Close the window", [Close]),
        ("Open https://example.com/a?b=c and click More", [Visit, Click]),
        ('Click the "Next" button twice', [Click, Click]),
        (
            "Select a kettle in steel grey with the long cable, then add it to the wish list",
            [Find, Choose, Choose, Use],
        ),
        ("add the lamp to the basket", [Use]),
        ("Remove the lamp from the cart", [Delete]),
        ("what is the price of the lamp?", [Read]),
        ("", []),
        ("把台灯加入心愿单", [Use]),
        ("从购物车中删除台灯", [Delete]),
        ("选择熔岩橙的K9配黑色内饰和运动轮毂然后加入心愿单", [Find, Choose, Choose, Choose, Use]),
        ("在姓名中输入“王芳”，在城市中输入“北京”，然后点击提交", [Type, Type, Submit]),
        ("用用户名 wangfang 和密码 hongqi88 登录", [LogIn]),
        ("勾选A、B和C，然后提交", [Tick, Submit]),
        ("在搜索框输入“K9”并点击搜索按钮", [Type, Click]),
    ],
)
def test_the_kinds_of_goals(task: str, expected: list[type[Goal]]) -> None:
    assert kinds(task) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ('the "Save" button', Target(text="Save", quoted=True, kinds=("button", "icon"), role="button")),
        ("a large red triangle", Target(size="large", colour="red", shape="triangle", role="triangle")),
        ("the 6th search result", Target(nth=6, role="search result")),
        ("the cheapest product", Target(most="cheapest", role="product")),
        ("the car with the lowest price", Target(most="cheapest", role="car")),
        ("the email by Lonna", Target(role="email", whose="Lonna")),
    ],
)
def test_noun_phrases(phrase: str, expected: Target) -> None:
    (goal,) = goals(f"Click on {phrase}")
    assert isinstance(goal, Click)
    for name in ("text", "quoted", "size", "colour", "shape", "nth", "most", "role", "whose"):
        assert getattr(goal.target, name) == getattr(expected, name), name


def test_a_place_is_kept_apart_from_the_name() -> None:
    (goal,) = goals("click the delete icon in the row of Bob")
    assert isinstance(goal, Click)
    assert goal.target.text == "delete"
    assert goal.target.relation == "row"
    assert goal.target.anchor is not None
    assert goal.target.anchor.text == "Bob"


def test_quoted_text_is_never_cut() -> None:
    (goal,) = goals('Type "then click OK, and press Submit" into the field')
    assert isinstance(goal, Type)
    assert goal.text == "then click OK, and press Submit"


def test_a_pronoun_means_what_was_spoken_of() -> None:
    found = goals("Find the email by Lonna and delete it.")
    assert [type(g) for g in found] == [Delete]
    assert found[0].target.whose == "Lonna"


def test_what_is_not_understood_is_said_word_for_word() -> None:
    found = goals("Open Billing and frobnicate the ledger.")
    assert [g.do for g in found] == ["find", "unknown"]
    assert found[1].gold()["what"] == "frobnicate the ledger"


def test_upper_case_is_obeyed() -> None:
    goal = goals('Type "nikki" in all upper case letters in the text input')[0]
    assert isinstance(goal, Type)
    assert goal.text == "NIKKI"
