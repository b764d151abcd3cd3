"""Sizes, boxes, the resize rule, and the one object that converts coordinates.

Three spaces, all with their origin at the top left:

* *model*: what the model answers in. Usually pixels of the picture that it was given; for families that answer
  in 0–1000 or 0–1 it is that number range, written as a size;
* *screen*: integer pixels of the screenshot. Actions are canonical in this space;
* *device*: what the input device takes: CSS pixels of the viewport, or logical desktop points, floating point.

No other file multiplies a coordinate by a scale factor.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple


class Size(NamedTuple):
    """Width and height, in the unit of the space that it measures."""

    width: float
    height: float


class Box(NamedTuple):
    """Left, top, right, bottom; right and bottom are exclusive."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def center(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def contains(self, x: float, y: float) -> bool:
        return self.left <= x < self.right and self.top <= y < self.bottom

    def intersection(self, other: Box) -> Box:
        """The common part; empty (area 0) when there is none."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        return Box(left, top, max(left, min(self.right, other.right)), max(top, min(self.bottom, other.bottom)))

    def union(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def grown(self, by: float) -> Box:
        """The box with `by` added on every side."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def iou(self, other: Box) -> float:
        """Intersection over union, 0–1."""
        common = self.intersection(other).area
        whole = self.area + other.area - common
        return common / whole if whole > 0 else 0.0


def smart_resize(
    width: int, height: int, *, factor: int = 28, min_pixels: int = 56 * 56, max_pixels: int = 4096 * 28 * 28
) -> tuple[int, int]:
    """Size that Qwen2-VL-class vision encoders see, as (width, height) in pixels.

    Both sides become multiples of `factor`, the area lies within [min_pixels, max_pixels], the aspect ratio is
    kept as nearly as that allows. The rule is Qwen2-VL's (`smart_resize` of its image processor); the default
    upper bound is MiMo-VL's 4096 · 28².

    Raises:
        ValueError: a side is below 1, or the aspect ratio is above 200.
    """
    if width < 1 or height < 1:
        raise ValueError(f"size: {width}×{height} has an empty side")
    if max(width, height) / min(width, height) > 200:
        raise ValueError(f"size: {width}×{height} has an aspect ratio above 200")
    # round() is banker's rounding, as in the original: halves go to the even multiple.
    new_w, new_h = max(factor, round(width / factor) * factor), max(factor, round(height / factor) * factor)
    if new_w * new_h > max_pixels:
        shrink = math.sqrt(width * height / max_pixels)
        new_w = max(factor, math.floor(width / shrink / factor) * factor)
        new_h = max(factor, math.floor(height / shrink / factor) * factor)
    elif new_w * new_h < min_pixels:
        grow = math.sqrt(min_pixels / (width * height))
        new_w, new_h = math.ceil(width * grow / factor) * factor, math.ceil(height * grow / factor) * factor
    return new_w, new_h


@dataclass(frozen=True)
class Frame:
    """Maps model ⇄ screen ⇄ device coordinates for one screenshot.

    Attributes:
        screen: size of the screenshot in pixels.
        model: size of the space in which the model answers (see the module text); default: `screen`.
        crop: part of the screenshot that the model was shown, in screen pixels; default: all of it.
        pixel_ratio: screenshot pixels per device point, horizontally and vertically.
        origin: device coordinates of the screenshot's top left corner (monitor origin, viewport offset).
        pointer: pixel of the screenshot that the mouse pointer is over; None: not known.

    A round trip between two spaces that starts in the coarser one returns within one unit of it.
    """

    screen: Size
    model: Size | None = None
    crop: Box | None = None
    pixel_ratio: tuple[float, float] = (1.0, 1.0)
    origin: tuple[float, float] = (0.0, 0.0)
    pointer: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.screen.width < 1 or self.screen.height < 1:
            raise ValueError(f"screen: {self.screen} has an empty side")
        if self.model is not None and (self.model.width <= 0 or self.model.height <= 0):
            raise ValueError(f"model: {self.model} has an empty side")
        if min(self.pixel_ratio) <= 0:
            raise ValueError(f"pixel_ratio: {self.pixel_ratio} is not positive")
        whole = Box(0, 0, *self.screen)
        if self.crop is not None and (self.crop.intersection(whole) != self.crop or self.crop.area < 1):
            raise ValueError(
                f"crop: {tuple(self.crop)} does not lie inside {self.screen.width}×{self.screen.height}"
            )
        if self.crop is not None and not (
            math.ceil(self.crop.left) < math.ceil(self.crop.right)
            and math.ceil(self.crop.top) < math.ceil(self.crop.bottom)
        ):
            raise ValueError(f"crop: {tuple(self.crop)} holds no pixel")

    @property
    def view(self) -> Box:
        """The part of the screenshot that the model was shown, in screen pixels."""
        return self.crop or Box(0, 0, *self.screen)

    @property
    def model_size(self) -> Size:
        """Size of the space in which the model answers."""
        return self.model or Size(self.view.width, self.view.height)

    def with_model(self, size: Size, crop: Box | None = None) -> Frame:
        """The same screenshot, shown to a model as `size`, or only its part `crop`."""
        return replace(self, model=size, crop=crop)

    def model_to_screen(self, x: float, y: float) -> tuple[int, int]:
        """Screen pixel for a model point; always inside the part that was shown."""
        view, size = self.view, self.model_size
        sx, sy = view.left + x * view.width / size.width, view.top + y * view.height / size.height
        return _clamp(sx, view.left, view.right), _clamp(sy, view.top, view.bottom)

    def screen_to_model(self, x: float, y: float) -> tuple[float, float]:
        """Model point for a screen pixel; always inside the model's space. Not rounded."""
        view, size = self.view, self.model_size
        mx, my = (x - view.left) * size.width / view.width, (y - view.top) * size.height / view.height
        return min(max(mx, 0.0), float(size.width)), min(max(my, 0.0), float(size.height))

    def screen_to_device(self, x: float, y: float) -> tuple[float, float]:
        """Device point for a screen pixel: the middle of that pixel, so that no rounding leaves it."""
        return self.origin[0] + (x + 0.5) / self.pixel_ratio[0], self.origin[1] + (y + 0.5) / self.pixel_ratio[1]

    def device_to_screen(self, x: float, y: float) -> tuple[int, int]:
        """Screen pixel for a device point; always inside the screenshot."""
        sx, sy = (x - self.origin[0]) * self.pixel_ratio[0], (y - self.origin[1]) * self.pixel_ratio[1]
        return (
            min(max(math.floor(sx + 1e-6), 0), int(self.screen.width) - 1),
            min(max(math.floor(sy + 1e-6), 0), int(self.screen.height) - 1),
        )

    def distance_to_device(self, pixels: float, axis: int) -> float:
        """Length in device points of a length in screen pixels along axis 0 (x) or 1 (y)."""
        return pixels / self.pixel_ratio[axis]

    def distance_to_screen(self, units: float, axis: int) -> float:
        """Length in screen pixels of a length in model units along axis 0 (x) or 1 (y)."""
        view, size = self.view, self.model_size
        return units * (view.width / size.width if axis == 0 else view.height / size.height)

    def distance_to_model(self, pixels: float, axis: int) -> float:
        """Length in model units of a length in screen pixels along axis 0 (x) or 1 (y)."""
        return pixels / self.distance_to_screen(1.0, axis)


def _clamp(value: float, low: float, high: float) -> int:
    first, last = math.ceil(low), math.ceil(high) - 1
    return min(max(round(value), first), max(first, last))
