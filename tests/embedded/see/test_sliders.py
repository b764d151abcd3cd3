"""Sliders whose filled track is one colour with the thumb."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from model.embedded.eyes.reader import Reader


def test_a_filled_track_with_its_thumb_at_the_end_is_a_slider() -> None:
    page = np.full((120, 400, 3), 245, np.uint8)
    cv2.rectangle(page, (60, 56), (190, 63), (20, 120, 110), -1)
    cv2.circle(page, (184, 60), 8, (20, 120, 110), -1, cv2.LINE_AA)
    sliders = [e for e in Reader().look(Image.fromarray(page)).elements if e.kind == "slider"]
    assert len(sliders) == 1
    assert sliders[0].value is not None
    assert sliders[0].value > 0.9
