"""Grounding with the embedded model: the thing that is named, or "not there"; never a step of a plan."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw, ImageFont

from model.embedded.matching.locate import taken_apart
from model.embedded.model import EmbeddedModel
from model.grounding import ground

LABELS = {
    "Events": (120, 40), "Contact": (320, 40), "Search": (1120, 40), "Wishes or Comments": (120, 300),
    "I agree to the rules of the club": (160, 400), "Add to cart": (120, 520), "Sign in": (640, 520),
    "Search ": (120, 720),
}  # fmt: skip


@pytest.fixture(scope="module")
def page() -> Image.Image:
    picture = Image.new("RGB", (1280, 800), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(16)
    for text, at in LABELS.items():
        pen.text(at, text.strip(), fill=(20, 20, 20), font=font)
    return picture


@pytest.fixture(scope="module")
def model() -> EmbeddedModel:
    return EmbeddedModel()


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("Events", "Events"), ("Click on the 'Events' link.", "Events"), ("the Events tab", "Events"),
        ("Please click on the \"Contact\" link on the home page in order to write to us", "Contact"),
        ("Wishes or Comments", "Wishes or Comments"),
        ("Click the label 'Wishes or Comments'", "Wishes or Comments"),
        ("Click 'I agree to the rules of the club'", "I agree to the rules of the club"),
        ("I agree to the rules of the club", "I agree to the rules of the club"),
        ("Add to cart", "Add to cart"), ("Where is the Sign in button?", "Sign in"),
        ("Click Search located at the top right of the page to find something", "Search"),
        ("Click Search at the bottom left", "Search "),
    ],
)  # fmt: skip
def test_what_is_named_is_found(model: EmbeddedModel, page: Image.Image, asked: str, label: str) -> None:
    found = ground(model, page, asked)
    assert found.point is not None, found.error
    x, y = found.point
    left, top = LABELS[label]
    assert left - 4 <= x <= left + 16 * len(label), asked
    assert top - 4 <= y <= top + 32, asked


@pytest.mark.parametrize(
    "asked",
    ["Click on the 'Purple Elephant' link.", "the shopping basket icon", "Open the Downloads folder"],
)
def test_what_is_not_there_is_refused(model: EmbeddedModel, page: Image.Image, asked: str) -> None:
    found = ground(model, page, asked)
    assert (found.point, found.refused) == (None, True)


@pytest.mark.parametrize(
    ("asked", "name", "where"),
    [
        ("Click the gear icon located at the top right corner of the page to open the settings", "the gear icon",
         "top right corner"),
        ("Go ahead and press Save in order to keep the file", "Save", ""),
        ("Open the link 'Sign up' below the News section", "the link \"Sign up\"", ""),
        ("点击“登录”按钮", "\"登录\"按钮", ""),
        ("Select 'Terms or Conditions'", "\"Terms or Conditions\"", ""),
    ],
)  # fmt: skip
def test_a_sentence_is_taken_apart(asked: str, name: str, where: str) -> None:
    apart = taken_apart(asked)
    assert apart.phrases[-1] == name
    assert apart.where == where
