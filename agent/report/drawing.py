"""A mark on a picture: where something was found."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw

from action_space.geometry import Box

COLOUR = (230, 0, 126)


def mark(image: Image.Image, point: tuple[int, int], box: Box | None = None) -> Image.Image:
    """A copy of `image` with rings and a cross at `point`, and the outline of `box`."""
    marked = image.convert("RGB")
    if marked is image:
        marked = image.copy()
    pen = ImageDraw.Draw(marked)
    unit = max(1, round(max(image.size) / 640))
    x, y = point
    for radius, colour, width in ((9, "white", 4), (9, COLOUR, 2)):
        r = radius * unit
        pen.ellipse((x - r, y - r, x + r, y + r), outline=colour, width=width * unit)
    for dx, dy in ((1, 0), (0, 1)):
        r = 4 * unit
        pen.line((x - dx * r, y - dy * r, x + dx * r, y + dy * r), fill=COLOUR, width=unit)
    if box is not None:
        pen.rectangle((box.left, box.top, max(box.left, box.right - 1), max(box.top, box.bottom - 1)),
                      outline=COLOUR, width=2 * unit)  # fmt: skip
    return marked


def save(image: Image.Image, path: Path) -> None:
    """Writes a PNG file; missing folders are made.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, "PNG", compress_level=1)
