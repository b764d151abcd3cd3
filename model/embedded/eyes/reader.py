"""Looks at a screenshot: pixels in, `Screen` out. No page state, no network, CPU only."""

from __future__ import annotations

import time
import unicodedata
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image

from action_space.geometry import Box, Size
from model.embedded.eyes.boxes import find_boxes
from model.embedded.eyes.compose import compose
from model.embedded.eyes.controls.controls import find_controls
from model.embedded.eyes.fusion import detect
from model.embedded.eyes.gather import apart, text_lines, with_underline, without_arrow, without_carets
from model.embedded.eyes.graphics import padded
from model.embedded.eyes.ground import Ground, survey
from model.embedded.eyes.proposals import Blob, propose
from model.embedded.eyes.text.lines import Ink, ink_of, make_line, without_rules
from model.embedded.eyes.text.ocr import Reading, Recognizer
from model.embedded.screen import Element, Line, Screen

SMALLEST = 8
"""Pixels of the shorter side below which a picture can show nothing."""
REMEMBERED = 4000
"""Readings of crops kept between looks."""


class Reader:
    """Reads screens and remembers the crops that it has read, so that only what changed is read again.

    What it sees never depends on what it saw before: a crop is remembered under its exact pixels.
    """

    def __init__(self) -> None:
        self._recognizer: Recognizer | None = None
        self._readings: OrderedDict[bytes, Reading] = OrderedDict()
        self._icons: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._drawn: OrderedDict[bytes, list[Element]] = OrderedDict()
        self._last: tuple[np.ndarray, Screen] | None = None

    def look(self, image: Image.Image) -> Screen:
        """See one screenshot (RGB). Boxes of the result are in pixels of `image`."""
        pixels = np.asarray(image.convert("RGB"))
        if min(pixels.shape[:2]) < SMALLEST:
            return Screen(Size(pixels.shape[1], pixels.shape[0]), (), ())
        if self._last is not None and self._last[0].shape == pixels.shape:
            different = np.any(self._last[0] != pixels, axis=2)
            changed = float(different.mean())
            if not changed:
                return replace(self._last[1], changed=0.0, seconds={})
        else:
            changed = 1.0
        screen = replace(self._see(pixels), changed=changed)
        self._last = (pixels.copy(), screen)
        return screen

    def _see(self, pixels: np.ndarray) -> Screen:
        seconds: dict[str, float] = {}
        clock = time.process_time()
        ground = survey(pixels)
        rects = find_boxes(ground)
        proposals = propose(ground)
        controls = find_controls(ground, rects, proposals)
        clock = _lap(seconds, "detect", clock)
        found = detect(ground)
        clock = _lap(seconds, "network", clock)
        drawn = [(int(c.box.left), int(c.box.top), int(c.box.right), int(c.box.bottom)) for c in controls]
        blobs, carets = without_carets(text_lines(ground, proposals.text, drawn), ground.unit)
        blobs = [part for blob in blobs for part in without_arrow(ground, blob)]
        blobs = [with_underline(blob, proposals.rules, ground.unit) for blob in blobs]
        lines, unread, signs = self._read(ground, blobs)
        clock = _lap(seconds, "read", clock)
        scale = float(np.median([line.box.height for line in lines])) if lines else 12.0 * ground.unit
        size = Size(pixels.shape[1], pixels.shape[0])
        ordered = sorted(lines, key=lambda line: (round(line.box.center[1] / scale), line.box.left))
        specks = [Box(*place) for blob in unread for place in apart(blob, ground.unit)] + signs
        elements, ordered = compose(
            ground, rects, controls, ordered, specks, proposals, carets, found, self._classify, self._shapes
        )
        _lap(seconds, "boxes", clock)
        return Screen(size, tuple(ordered), tuple(elements), scale=max(8.0, scale), seconds=seconds)

    def _classify(self, crops: Sequence[np.ndarray]) -> list[tuple[str, float]]:
        """Names of icons, remembered like readings."""
        from model.embedded.eyes.icons import classify as icons

        keys = [crop.tobytes() + crop.shape[1].to_bytes(4, "big") for crop in crops]
        new = [index for index, key in enumerate(keys) if key not in self._icons]
        for index, named in zip(new, icons.classify([crops[index] for index in new]), strict=True):
            self._icons[keys[index]] = named
        answers = [self._icons[key] for key in keys]
        while len(self._icons) > REMEMBERED:
            self._icons.popitem(last=False)
        return answers

    def _shapes(self, crop: np.ndarray) -> list[Element]:
        """Shapes in a crop, in its pixels, remembered like readings."""
        from model.embedded.eyes import shapes

        key = crop.tobytes() + crop.shape[1].to_bytes(4, "big")
        if key not in self._drawn:
            self._drawn[key] = shapes.find(crop)
            if len(self._drawn) > REMEMBERED:
                self._drawn.popitem(last=False)
        return self._drawn[key]

    def _read(self, ground: Ground, blobs: list[Blob]) -> tuple[list[Line], list[Blob], list[Box]]:
        """Lines of text, the blobs in which no text was found, and where letters turned out to be a picture."""
        heights = [blob.height for blob in blobs if blob.width > blob.height * 1.5]
        usual = float(np.median(heights)) if heights else 12.0 * ground.unit
        lines, unread, signs = [], [], []
        for blob in blobs:
            left, top, right, bottom = blob.box
            ink = ink_of(ground.image[top:bottom, left:right], background(ground, blob))
            crop = without_rules(ground.image[top:bottom, left:right], ink)
            reading = self._reading(crop, ink, usual)
            line = make_line(reading, ink, blob.box)
            if self._is_picture(line, ground):
                signs.append(line.box)
            elif line.text and line.confidence >= 0.5 and not _is_sign(line.text) and not _is_drawn(line):
                lines.append(line)
            else:
                unread.append(blob)
        return lines, unread, signs

    def _is_picture(self, line: Line, ground: Ground) -> bool:
        """Whether two or three letters that were hardly read are a picture that is known ("t7": two arrows)."""
        if not 2 <= len(line.text) <= 3 or line.confidence >= 0.7 or line.text.isdigit():
            return False
        name, sure = self._classify([padded(ground, line.box)])[0]
        return bool(name) and sure >= 0.8

    def _reading(self, crop: np.ndarray, ink: Ink, usual: float) -> Reading:
        """Read a crop, or remember what it said. Places are shares of the crop's width."""
        height, width = crop.shape[:2]
        above = 2 + round(0.12 * height)
        if height < 0.75 * usual:  # small letters alone: keep their size to the recogniser's line
            above += round((usual - height) / 2)
        beside = 3 + round(0.2 * height)
        key = crop.tobytes() + bytes(ink.background) + height.to_bytes(4, "big") + above.to_bytes(4, "big")
        known = self._readings.get(key)
        if known is None:
            if self._recognizer is None:
                self._recognizer = Recognizer()
            framed = cv2.copyMakeBorder(
                crop, above, above, beside, beside, cv2.BORDER_CONSTANT, value=ink.background
            )
            raw = self._recognizer.read(framed)
            whole = width + 2 * beside
            places = tuple(min(1.0, max(0.0, (place * whole - beside) / width)) for place in raw.places)
            known = Reading(raw.text, places, raw.sure)
            self._readings[key] = known
            if len(self._readings) > REMEMBERED:
                self._readings.popitem(last=False)
        else:
            self._readings.move_to_end(key)
        return known


def _is_sign(text: str) -> bool:
    """Whether it is a drawn sign: no letter with an accent stands alone, but a bin with a lid looks like one."""
    return len(text) == 1 and text.isalpha() and len(unicodedata.normalize("NFD", text)) > 1 and text < "\u0250"


def _is_drawn(line: Line) -> bool:
    """Whether what was read as letters is drawn: too wide for so few, or single marks of several scripts."""
    height = line.box.height
    if line.box.width > 2.2 * height * len(line.text) + 2 * height:
        return True
    if len(line.words) < 2 or any(len(word.text) > 1 for word in line.words):
        return False
    gaps = [b.box.left - a.box.right for a, b in pairwise(line.words)]
    scripts = {(word.text.isascii(), word.text.isalnum()) for word in line.words}
    return len(scripts) > 1 and min(gaps) > 0.3 * height


def background(ground: Ground, blob: Blob) -> np.ndarray:
    """The colour around a blob: the median of its region's pixels just around it."""
    left, top, right, bottom = blob.box
    reach = 3
    rows = slice(max(0, top - reach), bottom + reach)
    columns = slice(max(0, left - reach), right + reach)
    area, labels = ground.image[rows, columns], ground.labels[rows, columns]
    on = area[labels == blob.region] if blob.region else area.reshape(-1, 3)
    if not len(on):
        on = area.reshape(-1, 3)
    return np.median(on, axis=0)


def _lap(seconds: dict[str, float], part: str, since: float) -> float:
    now = time.process_time()
    seconds[part] = now - since
    return now
