"""Draws what was seen on the picture, to be looked at by people."""

from __future__ import annotations

from PIL import Image, ImageDraw

from model.embedded.screen import Screen

COLORS = {
    "text": "#3a9d5d", "link": "#0b63ce", "button": "#d1242f", "field": "#8250df", "textarea": "#8250df",
    "select": "#bf3989", "listbox": "#bf3989", "checkbox": "#e16f24", "radio": "#e16f24", "switch": "#e16f24",
    "tab": "#0a7ea4", "slider": "#9a6700", "scrollbar": "#9a6700", "swatch": "#4d2d00", "icon": "#1a7f37",
    "shape": "#57606a", "image": "#57606a", "panel": "#afb8c1",
}  # fmt: skip


def draw(image: Image.Image, screen: Screen) -> Image.Image:
    """A copy of the picture with every element's box, kind, state and label."""
    picture = image.convert("RGB").copy()
    pen = ImageDraw.Draw(picture)
    for element in screen.elements:
        color = COLORS[element.kind]
        box = element.box
        pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), outline=color)
        if element.kind in ("text", "panel") and not element.state:
            continue
        note = " ".join([element.kind, element.name, *sorted(element.state)]).strip()
        if element.label:
            note += f" «{element.label}»"
        pen.text((box.left, box.bottom - 1), note, fill=color, font_size=9)
    return picture
