"""Reads the text in a crop: the recognition model PP-OCRv6 tiny (`ppocr/NOTICE.md`) through ONNX Runtime.

Crops are read one by one at their own width, so a crop's reading never depends on what else is on the screen, and
may be cached under its pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

import cv2
import numpy as np

from model import onnx_runtime

_WEIGHTS = files("model.embedded.eyes.text").joinpath("ppocr")
INPUT_HEIGHT = 48
STRIDE = 8
"""Input pixels per step of the recogniser's output."""


@dataclass(frozen=True)
class Reading:
    """What a crop says. `places`: for each character its horizontal place in the crop, 0–1; `sure`: 0–1 each."""

    text: str
    places: tuple[float, ...]
    sure: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """Mean certainty of the characters, 0 for none."""
        return float(np.mean(self.sure)) if self.sure else 0.0


class Recognizer:
    """The recognition model, loaded.

    Args:
        threads: of ONNX Runtime.
    """

    def __init__(self, threads: int = 1) -> None:
        weights = _WEIGHTS.joinpath("rec.onnx").read_bytes()
        self._session = onnx_runtime.session(weights, threads=threads, arena=False)
        self._input = self._session.get_inputs()[0].name
        letters = _WEIGHTS.joinpath("letters.txt").read_text(encoding="utf-8").splitlines()
        self._letters = ["", *letters, " "]

    def read(self, crop: np.ndarray) -> Reading:
        """Read a crop (height × width × 3, RGB) that holds one line of text."""
        height, width = crop.shape[:2]
        wide = max(16, round(width * INPUT_HEIGHT / height))
        how = cv2.INTER_CUBIC if height < INPUT_HEIGHT else cv2.INTER_AREA
        scaled = cv2.resize(crop, (wide, INPUT_HEIGHT), interpolation=how)
        padded = -(-wide // 16) * 16
        picture = np.zeros((1, 3, INPUT_HEIGHT, padded), np.float32)
        picture[0, :, :, :wide] = scaled[:, :, ::-1].transpose(2, 0, 1).astype(np.float32) / 127.5 - 1.0
        steps = self._session.run(None, {self._input: picture})[0][0]
        return self._decode(steps, wide)

    def _decode(self, steps: np.ndarray, wide: int) -> Reading:
        """Greedy CTC: drop blanks and repeats, keep where each character peaked."""
        best = steps.argmax(axis=1)
        sure = steps.max(axis=1)
        step_width = STRIDE
        text, places, certainty = [], [], []
        previous = 0
        for index, (letter, chance) in enumerate(zip(best.tolist(), sure.tolist(), strict=True)):
            if letter and letter != previous:
                text.append(self._letters[letter])
                places.append(min(1.0, (index + 0.5) * step_width / wide))
                certainty.append(chance)
            elif letter and chance > certainty[-1]:
                certainty[-1] = chance
            previous = letter
        return Reading("".join(text), tuple(places), tuple(certainty))
