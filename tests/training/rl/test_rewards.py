"""Rewards beside figures worked out by hand, and what is known to deceive them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from model.training.rewards import NAMES, Case, Mix, parse_rewards
from model.training.rewards.graded import TESTS, Graded, graded, levels_of
from model.training.rewards.guards import Bounds
from model.training.rewards.mix import Part
from tests.training.rl.answers import acted, asked, said

BOX = '[{"bbox_2d": [%s], "label": "the button"}]'


def one(name: str, case: Case) -> float | None:
    return NAMES[name]([case])[0]


def mixed(rewards: str, case: Case, **bounds: Any) -> Any:
    return parse_rewards(rewards, Bounds(**bounds))([case])[0]


@pytest.mark.parametrize(
    ("text", "right"),
    [("(120,50)", 1), ("(100,40)", 1), ("(139,59)", 1), ("(140,50)", 0), ("(99,50)", 0), ("(-1,-1)", 0), ("", 0),
     ("it is somewhere", 0)],
)  # fmt: skip
def test_a_point_is_in_the_box_or_not(text: str, right: int) -> None:
    assert one("point_in_box", asked(text)) == right


@pytest.mark.parametrize("name", ["point_in_box", "distance", "iou", "giou", "graded", "graded_soft"])
def test_what_is_not_there_is_refused_and_what_is_there_is_not(name: str) -> None:
    assert one(name, asked("(-1,-1)", boxes=())) == 1
    assert one(name, asked("(120,50)", boxes=())) == 0
    assert one(name, asked("(-1,-1)")) == 0
    assert one(name, said("2", "2")) is None, "a text has no place"


def test_any_of_several_right_boxes_is_right() -> None:
    boxes = ((100, 40, 140, 60), (10, 10, 20, 20))
    assert one("point_in_box", asked("(15,15)", boxes=boxes)) == 1
    assert one("distance", asked("(15,15)", boxes=boxes)) == pytest.approx(1, abs=0.02)


def test_distance_by_hand() -> None:
    # Box 40 × 20 with its middle at (120, 50); a pixel's middle is half a pixel on.
    assert one("distance", asked("(120,50)")) == pytest.approx(
        math.exp(-0.5 * ((0.5 / 20) ** 2 + (0.5 / 10) ** 2))
    )
    assert one("distance", asked("(140,50)")) == pytest.approx(math.exp(-0.5 * ((20.5 / 20) ** 2 + 0.05**2)))
    near, far = one("distance", asked("(150,50)")), one("distance", asked("(200,50)"))
    assert near is not None
    assert far is not None
    assert near > far > 0


def test_overlap_by_hand() -> None:
    right = asked(BOX % "100, 40, 140, 60", family="mimo-vl")
    assert one("iou", right) == 1
    half = asked(BOX % "100, 40, 120, 60", family="mimo-vl")
    assert one("iou", half) == pytest.approx(0.5)
    # Beside each other, 40 × 20 each, 40 apart: hull 120 × 20, so GIoU = 0 − 40/120.
    beside = asked(BOX % "180, 40, 220, 60", family="mimo-vl")
    assert one("iou", beside) == 0
    assert one("giou", beside) == pytest.approx((1 - 1 / 3) / 2)
    assert one("iou", asked("(120,50)")) == 0, "a point is no box"


CLICK = {"action": "click", "start_point": [120, 50]}


def test_actions_are_compared_field_by_field() -> None:
    right = acted('{"action": "click", "start_point": [121, 51]}', CLICK)
    assert one("exact", right) == 1
    assert one("partial", right) == 1
    far = acted('{"action": "click", "start_point": [260, 130]}', CLICK)
    assert one("exact", far) == 0
    assert 0.5 <= (one("partial", far) or 0) < 1
    other = acted('{"action": "wait"}', CLICK)
    assert one("exact", other) == one("partial", other) == 0
    assert one("partial", acted("no action", CLICK)) == 0
    assert one("exact", asked("(120,50)")) is None, "a grounding item has no action"


def test_the_target_of_a_step_decides_where_it_is_known() -> None:
    near = '{"action": "click", "start_point": [121, 51]}'
    assert one("exact", acted(near, CLICK, target=(100, 40, 140, 60))) == 1
    assert one("exact", acted(near, CLICK, target=(200, 40, 240, 60))) == 0


def test_texts_are_compared_without_case_and_nearly_right_is_partly_right() -> None:
    typed = {"action": "input", "text": "hello world"}
    assert one("exact", acted('{"action": "input", "text": " Hello World"}', typed)) == 1
    wrong = acted('{"action": "input", "text": "hello"}', typed)
    assert one("exact", wrong) == 0
    assert one("partial", wrong) == pytest.approx((1 + 2 * 5 / 16) / 2)


def test_a_field_too_many_never_pays() -> None:
    typed = {"action": "input", "text": "hello"}
    more = acted('{"action": "input", "text": "hello", "start_point": [120, 50]}', typed)
    assert one("exact", more) == 0
    assert one("partial", more) == pytest.approx(2 / 3)


def test_success_is_what_the_judge_says_or_missing() -> None:
    for said_, expected in (
        (0.25, 0.25),
        (1.0, 1.0),
        (None, None),
        (float("nan"), None),
        (3.0, None),
        (-1.0, None),
    ):
        assert one("success", acted("x", CLICK, success=said_)) == expected


def test_texts() -> None:
    assert one("same_text", said("<think>hm</think> 2\n", "2")) == 1
    assert one("same_text", said("22", "2")) == 0


# -- graded by how hard the tests are ------------------------------------------------------------------------


def test_levels_are_made_of_pass_rates() -> None:
    assert levels_of([0.9, 0.5, 0.5, 0.1]) == [0, 1, 1, 2]
    assert levels_of([0.5, 0.5]) == [0, 0]
    assert levels_of([0.1, 0.9]) == [1, 0]


def test_strict_and_soft_by_hand() -> None:
    levels = [0, 0, 1]  # two easy tests, a hard one; each level is worth ½
    assert graded([True, True, False], levels, "strict") == 0.5
    assert graded([True, False, True], levels, "strict") == 0, "the hard one counts only above the easy ones"
    assert graded([True, False, True], levels, "soft") == pytest.approx(0.25 + 0.5)
    assert graded([True, True, True], levels, "strict") == graded([True, True, True], levels, "soft") == 1
    with pytest.raises(ValueError, match="2 tests, 1 levels"):
        graded([True, True], [0])


def test_nearer_is_never_worth_less() -> None:
    cases = [asked(text) for text in ("(270,10)", "(150,60)", "(137,57)", "(120,50)")]
    for scheme in ("strict", "soft"):
        worth = [value or 0 for value in Graded(scheme)(cases)]  # type: ignore[arg-type]
        assert worth == sorted(worth)
        assert worth[0] == 0
        assert worth[-1] == 1
        assert len(set(worth)) > 2


def test_levels_follow_what_is_measured() -> None:
    reward = Graded("soft")
    assert reward.measure([asked("(120,50)")] * 4) == [1.0] * len(TESTS)
    assert set(reward.levels) == {0}
    assert reward.measure([said("2", "2")]) == []


# -- what deceives -------------------------------------------------------------------------------------------


def test_huge_boxes_earn_nothing() -> None:
    huge = asked(BOX % "0, 0, 240, 100", family="mimo-vl")
    assert one("point_in_box", huge) == 1, "its middle hits: the rule alone is deceived"
    assert mixed("point_in_box", huge).reward == 0
    assert mixed("point_in_box", huge).guard == "huge box"
    assert mixed("point_in_box", asked(BOX % "90, 30, 150, 70", family="mimo-vl")).reward == 1


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("(120,50), (20,20), (1,2)", "gta1"),
        ("(20,20) or rather (120,50)", "gta1"),
        ('[{"bbox_2d": [100, 40, 140, 60]}, {"bbox_2d": [0, 0, 20, 20]}]', "mimo-vl"),
        ('[{"point_2d": [120, 50]}, {"point_2d": [1, 2]}, {"point_2d": [3, 4]}]', "gta1"),
        ("<point>120 50</point><point>20 20</point>", "gta1"),
        ("x=120, y=50; x=20, y=20", "gta1"),
    ],
)
def test_many_candidates_earn_nothing(text: str, family: str) -> None:
    assert mixed("point_in_box", asked(text, family=family)).guard == "several places"
    assert mixed("point_in_box", asked(text, family=family)).reward == 0


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("(120,50)", "gta1"),
        ("<think>not (20,20), nor (1,2)</think>(120,50)", "gta1"),
        ("(100,40),(140,60)", "gta1"),
        ("in the picture of (280,140): (120,50)", "gta1"),
        (BOX % "100, 40, 140, 60", "mimo-vl"),
        ('```json\n[{"point_2d": [120, 50], "bbox_2d": [100, 40, 140, 60]}]\n```', "mimo-vl"),
    ],
)
def test_one_place_is_one_however_it_is_said(text: str, family: str) -> None:
    assert mixed("point_in_box", asked(text, family=family)).reward == 1


def test_several_actions_earn_nothing() -> None:
    two = '[{"action": "click", "start_point": [120, 50]}, {"action": "click", "start_point": [20, 50]}]'
    assert one("exact", acted(two, CLICK)) == 1, "the first is taken: the rule alone is deceived"
    assert mixed("exact", acted(two, CLICK)).guard == "several actions"


@pytest.mark.parametrize(
    ("text", "guard"),
    [("", "empty"), ("  \n", "empty"), ("<think>(120,50)</think>", "nothing but thinking"),
     ("<think>(120,50)", "nothing but thinking")],
)  # fmt: skip
def test_empty_answers_earn_nothing_even_where_a_reward_model_likes_them(text: str, guard: str) -> None:
    mix = Mix([Part("short is good", 1, lambda cases: [1.0] * len(cases))])
    assert mix([asked(text)])[0].guard == guard
    assert mix([asked(text)])[0].reward == 0
    assert mix([asked("(120,50)")])[0].reward == 1


def test_over_long_answers_earn_nothing() -> None:
    assert mixed("point_in_box", asked("(120,50)", ended=False)).guard == "cut at the limit"
    assert mixed("point_in_box", asked("(120,50)", tokens=9), longest=8).guard == "too long"
    assert mixed("point_in_box", asked("(120,50)", tokens=8), longest=8).reward == 1


@pytest.mark.parametrize("text", ["[]", "()", '[{"bbox_2d": []}]', '{"label": "the button"}', "(9999,9999)"])
def test_form_without_content_earns_nothing(text: str) -> None:
    found = mixed("format:1,point_in_box:1", asked(text, family="mimo-vl"))
    assert found.reward == 0


def test_form_counts_only_beside_content_and_has_no_weight_by_itself() -> None:
    assert mixed("format:1,point_in_box:1", asked("(20,20)")).reward == 0
    assert mixed("format:1,point_in_box:1", asked("(120,50)")).reward == 1
    assert mixed("format:1,point_in_box:1", asked("the place is (120,50)")).reward == 0.75
    plain = mixed("format,point_in_box", asked("the place is (120,50)"))
    assert plain.reward == 1
    assert plain.parts == {"format": 0.5, "point_in_box": 1}


# -- several as one -----------------------------------------------------------------------------------------


def test_rewards_are_weighed() -> None:
    found = mixed("point_in_box:3,distance:1", asked("(20,20)"))
    assert found.reward == pytest.approx((found.parts["distance"] or 0) / 4)


def test_a_missing_part_leaves_no_number_and_is_counted() -> None:
    mix = parse_rewards("point_in_box:1,success:1")
    assert mix([asked("(120,50)")])[0].reward is None
    assert mix.missing["success"] == 1
    free = parse_rewards("point_in_box:1,success:0")
    assert free([asked("(120,50)")])[0].reward == 1


@pytest.mark.parametrize("value", [3.0, -0.1, float("nan"), float("inf")])
def test_a_rule_that_gives_no_number_in_0_to_1_is_an_error(value: float) -> None:
    with pytest.raises(ValueError, match="reward odd: gave"):
        Mix([Part("odd", 1, lambda cases: [value])])([asked("(1,2)")])
    with pytest.raises(ValueError, match="gave 2 numbers for 1 answers"):
        Mix([Part("odd", 1, lambda cases: [1.0, 1.0])])([asked("(1,2)")])


@pytest.mark.parametrize(
    ("said_", "problem"),
    [
        ("nearness", "reward 'nearness': accepted: point_in_box, "),
        ("iou:many", "reward iou:many: weight 'many'"),
        ("iou:-1", "reward iou: weight -1.0"),
        ("iou:nan", "reward iou: weight nan"),
        ("iou:0", "rewards iou:0: accepted: weights of 0 or more, one of them above 0"),
        ("http://127.0.0.1:99999/score", "is not an address"),
    ],
)
def test_a_reward_that_is_none_says_what_is_accepted(said_: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_rewards(said_)


def test_addresses_keep_their_own_colons() -> None:
    parts = parse_rewards("http://127.0.0.1:9000/score:0.5,http://127.0.0.1:9001/score,iou").parts
    assert [part.weight for part in parts] == [0.5, 1, 1]
    assert [part.name for part in parts] == ["http://127.0.0.1:9000/score", "http://127.0.0.1:9001/score", "iou"]
