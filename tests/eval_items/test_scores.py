"""The scorers, against cases by hand and against their published formulas said once more.

The published scripts need torch, a model or Levenshtein's C package, so their formulas are restated here from
their text; ROUGE is compared with the package itself where it is installed, and with figures that it gave.
"""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.evaluate.datasets.base import Prediction
from agent.evaluate.datasets.locate import Locate
from agent.evaluate.datasets.pages import Page, path_overlap
from agent.evaluate.datasets.question import Question
from agent.evaluate.datasets.shapes import Target
from agent.evaluate.datasets.texts import choice, exact, rouge_l, rouge_n, word_f1
from tests.eval_items.samples import BUTTONS, PAGE, SIZE, draw


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("scores") / "window.png")


def located(picture: Path, target: Target) -> Locate:
    return Locate("one", "Save", picture, target)


SAVE = Target("box", BUTTONS["Save"])

coordinate = st.one_of(st.floats(-20, 420), st.sampled_from([30.0, 130.0, 70.0]))


@given(coordinate, coordinate)
def test_screenspot_as_its_script_has_it(picture: Path, x: float, y: float) -> None:
    # SeeClick's and ScreenSpot-Pro's scripts: box and point as shares of the picture, edges included.
    box = [side / size for side, size in zip(SAVE.numbers, SIZE * 2, strict=True)]
    point = (x / SIZE[0], y / SIZE[1])
    published = box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]
    assert located(picture, SAVE).score(Prediction(point=(x, y))).passed == published


def test_of_a_predicted_box_the_centre_counts(picture: Path) -> None:
    score = located(picture, SAVE).score(Prediction(box=(30, 30, 130, 70)))
    assert score.metrics == {"accuracy": 1, "centre": 1, "iou": 1, "iou_0.5": 1}
    score = located(picture, SAVE).score(Prediction(box=(30, 30, 330, 70)))
    assert not score.passed, "its centre is at 180"
    assert score.metrics["iou"] == pytest.approx(1 / 3)
    assert score.metrics["iou_0.5"] == 0
    score = located(picture, SAVE).score(Prediction(point=(40, 40), box=(200, 30, 340, 70)))
    assert score.passed, "a point that is given goes first"
    assert score.metrics["centre"] == 0


def test_no_point_is_wrong_and_says_why(picture: Path) -> None:
    score = located(picture, SAVE).score(Prediction(outcome="failed", error="no point in the answer 'hm'"))
    assert (score.passed, score.reason) == (False, "no point in the answer 'hm'")
    assert set(score.metrics) == {"accuracy"}


@pytest.mark.parametrize(
    ("target", "prediction", "right"),
    [
        (Target("refusal"), Prediction(refused=True), True),
        (Target("refusal"), Prediction(point=(5, 5)), False),
        (Target("refusal"), Prediction(outcome="failed"), False),  # nothing usable is no refusal
        (SAVE, Prediction(refused=True), False),
        (Target("polygon", (0, 0, 100, 0, 0, 100)), Prediction(point=(30, 30)), True),
        (Target("polygon", (0, 0, 100, 0, 0, 100)), Prediction(point=(80, 80)), False),
        (Target("polygon", (0, 0, 100, 0, 0, 100)), Prediction(box=(20, 20, 40, 40)), True),
    ],
)
def test_osworld_g(picture: Path, target: Target, prediction: Prediction, right: bool) -> None:
    assert located(picture, target).score(prediction).passed is right


def test_chances_are_areas(picture: Path) -> None:
    assert located(picture, SAVE).chances() == {
        "random-point": pytest.approx(100 * 40 / (400 * 240)),
        "centre-point": 0,
        "always-refuse": 0,
    }
    assert located(picture, Target("box", (100, 100, 300, 140))).chances()["centre-point"] == 1
    assert located(picture, Target("refusal")).chances()["always-refuse"] == 1


# Answer, truth, then ROUGE-1, -2 and -L as the package rouge 1.0.1 gave them.
ROUGE = [
    ("Buy cars online today.", "Buy new cars online. Fast delivery today.", 0.727273, 0.222222, 0.727273),
    ("the the cat", "the cat sat on the mat", 0.571429, 0.285714, 0.285714),
    ("Open file", "Open file", 1.0, 1.0, 1.0),
    ("a b c d. e f", "a c b d. f e", 1.0, 0.0, 0.666667),
    ("nothing alike", "other words here", 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize(("answer", "truth", "one", "two", "longest"), ROUGE)
def test_rouge_gives_what_the_package_gave(
    answer: str, truth: str, one: float, two: float, longest: float
) -> None:
    found = rouge_n(answer, truth, 1), rouge_n(answer, truth, 2), rouge_l(answer, truth)
    assert found == pytest.approx((one, two, longest), abs=1e-5)


words = st.lists(st.sampled_from("the cat sat. on a mat fast Rome. and".split()), min_size=1, max_size=12)


@given(words, words)
def test_rouge_agrees_with_the_package_where_it_is(answer: list[str], truth: list[str]) -> None:
    package = pytest.importorskip("rouge", reason="the package rouge is not installed")
    a, b = " ".join(answer), " ".join(truth)
    published = package.Rouge(metrics=["rouge-1", "rouge-2", "rouge-l"]).get_scores([a], [b])[0]
    assert published["rouge-1"]["f"] == pytest.approx(rouge_n(a, b, 1), abs=1e-6)
    assert published["rouge-2"]["f"] == pytest.approx(rouge_n(a, b, 2), abs=1e-6)
    assert published["rouge-l"]["f"] == pytest.approx(rouge_l(a, b), abs=1e-6)


def squad(text: str) -> list[str]:
    """SQuAD's normalisation, step by step."""
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return re.sub(r"\b(a|an|the)\b", " ", text).split()


@given(words, words)
def test_reading_scores_as_squad_has_them(answer: list[str], truth: list[str]) -> None:
    a, b = " ".join(answer), " ".join(truth)
    said, wanted = squad(a), squad(b)
    assert exact(a, b) == (said == wanted)
    common = sum((Counter(said) & Counter(wanted)).values())
    if not said or not wanted:
        published = float(said == wanted)
    elif common == 0:
        published = 0.0
    else:
        precision, recall = common / len(said), common / len(wanted)
        published = 2 * precision * recall / (precision + recall)
    assert word_f1(a, b) == pytest.approx(published)


def test_reading_by_hand() -> None:
    assert exact("The 40 Dollars!", "40 dollars")
    assert word_f1("it costs 40 dollars", "40 dollars") == pytest.approx(2 * 2 / 6)
    assert word_f1("", "40") == 0


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("B", "B"),
        ("b", "B"),
        ("C. the third", "C"),
        ("I would say (B), not (A)", "A"),  # the last in brackets
        ("the answer is D", "D"),
        ("A or C", "C"),
        ("Banana", None),
        ("", None),
        ("Z", None),
        ("It is (c)", None),  # the published reader knows capitals only
    ],
)
def test_letters_are_read_as_published(answer: str, letter: str | None) -> None:
    found = choice(answer)
    assert (None if found is None else "ABCDEFGH"[found]) == letter


def test_a_caption_may_come_in_its_tag_and_box_text_with_its_lead_in(picture: Path) -> None:
    item = Question("one", "caption", picture, "rouge", ("Cars for all",), "ask_caption")
    assert item.score(Prediction(text='<meta name="description" content="Cars for all">')).passed
    item = Question("one", "text", picture, "rouge", ("Save",), "ask_box_text", shortest=2)
    assert item.score(Prediction(text="The text content within the red bounding box is: Save")).passed
    assert item.score(Prediction(text="S")).value == 0


def test_the_best_accepted_answer_counts(picture: Path) -> None:
    item = Question("one", "how many", picture, "rouge_1", ("three", "3 buttons"))
    assert item.score(Prediction(text="3 buttons")).passed
    assert item.score(Prediction(text="3")).value == pytest.approx(2 / 3)


def test_path_scores_of_websrc() -> None:
    page = Page(PAGE)
    assert page.path(8) == {8, 7, 4, 3}, "the br beside it is closed, and tids below 2 do not count"
    assert page.deepest("40 Dollars") == 8, "what a script says is not on the page"
    assert page.deepest("Costs 40 dollars") == 7
    assert page.deepest("nowhere") is None
    assert path_overlap(page, 8, 0, [8]) == 1
    assert path_overlap(page, 8, 0, [7]) == pytest.approx(3 / 4)
    assert path_overlap(page, 8, 0, [5]) == pytest.approx(2 / 5), "4 and 3 of 8, 7, 5, 4, 3"
    assert path_overlap(page, 8, 0, [8, 5]) == pytest.approx(2 / 4), "the common part of both paths"
    assert path_overlap(page, 8, 0, [99]) == 0
    assert path_overlap(page, 8, 0, []) == 0
    # Yes and no have no element: one past the last tid means no, two past it yes.
    assert path_overlap(page, -1, 0, [10]) == 1
    assert path_overlap(page, -1, 1, [10]) == 0
    assert path_overlap(page, -1, 1, [11]) == 1
    assert path_overlap(page, -1, 1, [8]) == 0


def test_a_reading_answer_gets_its_path_from_where_it_stands(picture: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    item = Question("one", "cost", picture, "reading", ("40 dollars",), page=page, element=8)
    assert item.score(Prediction(text="40 dollars")).metrics == {"exact": 1, "f1": 1, "pos": 1}
    score = item.score(Prediction(text="Costs 40 dollars"))
    assert score.metrics == {"exact": 0, "f1": pytest.approx(4 / 5), "pos": pytest.approx(3 / 4)}
    assert item.score(Prediction(text="40 dollars", tags=(5,))).metrics["pos"] == pytest.approx(2 / 5)
    assert math.isclose(item.score(Prediction(text="green")).metrics["pos"], 0)
