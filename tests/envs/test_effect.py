"""What counts as a change, without a browser."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from action_space.geometry import Box, Frame, Size
from envs.base import DialogInfo, Observation, StateDiff, Tab
from envs.effect import changed_pixels, compare, describe


def picture(*boxes: tuple[int, int, int, int], size: tuple[int, int] = (201, 101)) -> Image.Image:
    pixels = np.full((size[1], size[0], 3), 255, dtype=np.uint8)
    for left, top, right, bottom in boxes:
        pixels[top:bottom, left:right] = 0
    return Image.fromarray(pixels)


def seen(image: Image.Image, **fields: object) -> Observation:
    frame = Frame(Size(*image.size))
    return replace(Observation(image, frame, 0.0, "http://a/", "A", (Tab("http://a/", "A", True),)), **fields)


@pytest.mark.parametrize("size", [(201, 101), (200, 100), (64, 64)])
def test_share_and_region(size: tuple[int, int]) -> None:
    share, region = changed_pixels(picture(size=size), picture((10, 20, 30, 25), size=size))
    assert share == pytest.approx(100 / (size[0] * size[1]))
    assert region == Box(10, 20, 30, 25)


def test_equal_pictures_and_noise() -> None:
    plain = picture()
    assert changed_pixels(plain, picture()) == (0.0, None)
    noisy = Image.fromarray(np.asarray(plain) - np.uint8(2))
    assert changed_pixels(plain, noisy) == (0.0, None)


@pytest.mark.parametrize("box", [(50, 40, 51, 56), (50, 40, 52, 64)])
def test_a_caret_is_no_change(box: tuple[int, int, int, int]) -> None:
    assert changed_pixels(picture(), picture(box)) == (0.0, None)
    assert changed_pixels(picture(box), picture()) == (0.0, None)


@pytest.mark.parametrize(
    "boxes",
    [
        [(50, 40, 51, 44)],  # too low
        [(50, 40, 54, 60)],  # too wide
        [(50, 5, 51, 80)],  # too high
        [(50, 40, 51, 56), (58, 40, 59, 56)],  # a caret that moved on
    ],
)
def test_what_is_no_caret_is_a_change(boxes: list[tuple[int, int, int, int]]) -> None:
    assert changed_pixels(picture(), picture(*boxes))[0] > 0


def test_a_picture_of_another_size_has_changed_wholly() -> None:
    assert changed_pixels(picture(), picture(size=(100, 50))) == (1.0, Box(0, 0, 100, 50))


def test_compare_and_describe() -> None:
    before = seen(picture())
    assert compare(before, before).nothing
    assert describe(StateDiff()) == "nothing changed"
    tabs = (Tab("http://a/", "A", False), Tab("http://b/", "B", True))
    after = seen(picture((0, 0, 100, 50)), url="http://b/", title="B", tabs=tabs)
    effect = compare(before, after)
    assert (effect.url, effect.title, effect.tabs, effect.active_tab) == ("http://b/", "B", 1, True)
    assert describe(effect).startswith("25 % of the screen changed")
    assert "a new tab opened" in describe(effect)
    assert compare(after, before).tabs == -1


def test_dialogs() -> None:
    none = seen(picture())
    prompt = seen(picture(), dialog=DialogInfo("prompt", "Name?", ""))
    typed = seen(picture(), dialog=DialogInfo("prompt", "Name?", "Ann"))
    other = seen(picture(), dialog=DialogInfo("alert", "Hello"))
    assert compare(none, prompt).dialog == "opened"
    assert compare(prompt, typed).nothing
    assert compare(prompt, other).dialog == "opened"
    assert compare(prompt, none).dialog == "closed"
    assert describe(compare(prompt, none)) == "a dialog closed"


def test_downloads_and_choosers() -> None:
    effect = compare(seen(picture()), seen(picture(), downloads=("/tmp/a b.pdf",), file_chooser=True))
    assert describe(effect) == "downloaded a b.pdf; a file chooser opened"
