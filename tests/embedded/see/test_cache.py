"""What is seen depends on the pixels alone, not on what was seen before; little is read twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from model.embedded.eyes.reader import Reader
from model.embedded.screen import Screen

from .conftest import Render


def bare(screen: Screen) -> Screen:
    """The screen without what tells how it was come by."""
    return replace(screen, changed=0.0, seconds={})


@pytest.mark.browser
def test_a_cached_look_equals_a_fresh_one(render: Render) -> None:
    first, second = render("mail").image, render("mail?dialog").image
    reader = Reader()
    reader.look(first)
    assert bare(reader.look(second)) == bare(Reader().look(second))
    assert bare(reader.look(first)) == bare(Reader().look(first))


@pytest.mark.browser
def test_looking_twice_sees_the_same_and_reads_nothing(render: Render) -> None:
    image = render("form").image
    reader = Reader()
    first = reader.look(image)
    again = reader.look(image.copy())
    assert first.changed == 1.0
    assert set(first.seconds) == {"detect", "network", "read", "boxes"}
    assert again.changed == 0.0
    assert again.seconds == {}
    assert bare(again) == bare(first)


@pytest.mark.browser
def test_only_the_changed_line_is_read_again(render: Render, monkeypatch: pytest.MonkeyPatch) -> None:
    from model.embedded.eyes.text.ocr import Reading, Recognizer

    image = render("form").image
    reader = Reader()
    reader.look(image)
    reads: list[tuple[int, ...]] = []
    read = Recognizer.read

    def counted(self: Recognizer, crop: np.ndarray) -> Reading:
        reads.append(crop.shape)
        return read(self, crop)

    monkeypatch.setattr(Recognizer, "read", counted)
    changed = image.copy()
    changed.paste(image.crop((56, 160, 200, 185)), (56, 232))  # "Margaret" into the empty field
    screen = reader.look(changed)
    assert 0 < screen.changed < 0.01
    assert len(reads) <= 1  # the same pixels were read in the other field: nothing need be read
    assert [e.text for e in screen.elements if e.label == "Last name"] == ["Margaret"]


def test_an_empty_screen_is_empty() -> None:
    for color in ("white", "black", "#204060"):
        screen = Reader().look(Image.new("RGB", (320, 200), color))
        assert screen.lines == ()
        assert screen.elements == ()


def test_noise_and_tiny_pictures_do_no_harm() -> None:
    noise = np.random.default_rng(3).integers(0, 255, (120, 200, 3), dtype=np.uint8)
    assert Reader().look(Image.fromarray(noise)).size == (200, 120)
    for size in ((1, 1), (2, 3), (40, 1), (1, 40)):
        assert Reader().look(Image.new("RGB", size, "white")).elements == ()
