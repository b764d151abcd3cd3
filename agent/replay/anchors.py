"""What marks a place on a screenshot: its own words, the words around it, its picture.

Distances are in heights of ordinary text, so that they hold at every pixel ratio and zoom.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from PIL import Image

from action_space.geometry import Box

if TYPE_CHECKING:
    from model.embedded.eyes.reader import Reader
    from model.embedded.matching.scene import Scene, Thing

AROUND = 10
"""Texts that are kept as landmarks of a place, the nearest first."""
_FAR = 30.0
"""Heights of text up to which a text is a landmark."""
_MARGIN = 0.4
"""Heights of text by which the picture of a thing goes beyond its box."""
LABELLED = ("field", "textarea", "select", "slider")


class View:
    """A screenshot and what the embedded eyes see on it, read when it is first asked for.

    Args:
        image: the screenshot; all boxes and points are in its pixels.
        reader: keeps what was read, so that a screenshot that hardly changed is cheap.
    """

    def __init__(self, image: Image.Image, reader: Reader) -> None:
        self.image, self._reader = image, reader

    @cached_property
    def scene(self) -> Scene:
        """Everything that can be named."""
        from model.embedded.matching.scene import Scene

        return Scene(self._reader.look(self.image))

    @cached_property
    def texts(self) -> dict[str, list[Box]]:
        """Text without case, spaces and signs → where it stands."""
        from model.embedded.language.words import squash

        found: dict[str, list[Box]] = {}
        for line in self.scene.screen.lines:
            if len(key := squash(line.text)) > 1:
                found.setdefault(key, []).append(line.box)
        return found

    def likeness(self, other: View) -> float:
        """Share of the texts of this view that stand on the other too, 0–1; 1 where there is no text."""
        mine = [key for key in self.texts if len(key) > 2]
        return sum(key in other.texts for key in mine) / len(mine) if mine else 1.0


@dataclass(frozen=True)
class Anchor:
    """A place as it was recorded.

    Attributes:
        point: where the action was done, pixels of the recorded screenshot.
        box, kind, name: of the thing at the point; `name`: its icon.
        text: what is written on it or beside it as its label; "" where nothing is.
        alike: how many things of this text there were.
        row: other texts in the row of the thing.
        around: texts near it with their offsets from its centre, in heights of text.
        picture: the thing with a narrow margin; `inner`: its box within the picture.
    """

    point: tuple[int, int]
    box: Box
    kind: str
    name: str
    text: str
    alike: int
    row: frozenset[str]
    around: tuple[tuple[str, float, float], ...]
    picture: Image.Image
    inner: Box

    def __str__(self) -> str:
        kind = "" if self.kind in ("text", "panel", "") else f"the {self.kind} "
        return f"{kind}“{self.text}”" if self.text else f"{kind or 'the place '}{self.name}".strip()


def anchor(view: View, point: tuple[int, int]) -> Anchor:
    """The anchor of a point of a screenshot."""
    from model.embedded.language.words import squash

    scene = view.scene
    thing = thing_at(scene, point)
    half = 1.2 * scene.scale
    box = thing.box if thing else Box(point[0] - half, point[1] - half, point[0] + half, point[1] + half)
    text = name_of(thing) if thing else ""
    key = squash(text)
    x, y = box.center
    near = sorted(
        (abs(b.center[0] - x) + abs(b.center[1] - y), t, b.center[0] - x, b.center[1] - y)
        for t, boxes in view.texts.items() if t != key
        for b in boxes if not b.grown(2).contains(x, y)
    )  # fmt: skip
    near = [one for one in near if one[0] < _FAR * scene.scale][:AROUND]
    around = tuple((t, dx / scene.scale, dy / scene.scale) for _, t, dx, dy in near)
    row = frozenset(
        squash(t.text) for t in scene.row_of(box) if t.text and t is not thing and t.kind != "panel"
    ) - {key}
    margin = _MARGIN * scene.scale
    cut = Box(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)
    cut = cut.intersection(Box(0, 0, *view.image.size))
    if (
        cut.width > 20 * scene.scale or cut.height > 8 * scene.scale
    ):  # of something large, what lies around the point
        far = 3 * scene.scale
        cut = Box(point[0] - far, point[1] - far, point[0] + far, point[1] + far).intersection(
            Box(0, 0, *view.image.size)
        )
    left, top, right, bottom = (round(side) for side in cut)
    picture = view.image.convert("RGB").crop((left, top, max(left + 1, right), max(top + 1, bottom)))
    inner = Box(box.left - left, box.top - top, box.right - left, box.bottom - top)
    alike = len(same_text(scene, text)) if text else 0
    kind, name = (thing.kind, thing.name) if thing else ("", "")
    return Anchor(point, box, kind, name, text, alike, row - {""}, around, picture, inner)


def thing_at(scene: Scene, point: tuple[int, int]) -> Thing | None:
    """The smallest thing with the point in it, or a little beside it, that is no mere panel."""
    inside = [t for t in scene.things if t.box.grown(3).contains(*point) and t.kind not in ("panel", "listbox")]
    controls = [t for t in inside if t.kind != "text"] or inside
    return min(controls, key=lambda t: t.box.area, default=None)


def name_of(thing: Thing) -> str:
    """What a thing is called: its label where it is a field, else what is written on it."""
    return thing.names[0] if thing.names else ""


def same_text(scene: Scene, text: str) -> list[Thing]:
    """Things of this name, each once: a control and the line of text in it are one."""
    from model.embedded.language.words import lookalike, squash

    wanted, like = squash(text), lookalike(text)
    if not wanted:
        return []
    found: list[Thing] = []
    hits = [
        t for t in scene.things
        if t.kind not in ("panel", "listbox") and t.names
        and (squash(t.names[0]) == wanted or lookalike(t.names[0]) == like)
    ]  # fmt: skip
    for thing in sorted(hits, key=lambda t: (t.kind == "text", t.box.area)):
        if not any(k.box.grown(3).contains(*thing.box.center) or thing.box.contains(*k.box.center) for k in found):
            found.append(thing)
    return found
