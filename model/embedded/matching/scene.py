"""A screen prepared for matching: everything that can be named, without the words of the task itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from rapidfuzz import fuzz

from action_space.geometry import Box
from model.embedded.language.words import concept_of, fold, squash, tokens
from model.embedded.matching.signs import pictures
from model.embedded.screen import Element, Line, Screen

CONTROLS = frozenset(
    "link button field textarea select listbox checkbox radio switch tab slider swatch icon shape image".split()
)
_GLYPHS = {
    sign: name
    for name, signs in {"triangle": "▲△▼▽", "circle": "●○", "square": "■□", "star": "★☆", "diamond": "◆◇"}.items()
    for sign in signs
}
_ORDERS = ("click", "press", "tap", "select", "choose", "enter", "type", "find", "drag", "open")
_FRAMES = frozenset(("listbox", "textarea", "field", "select"))
FIELDS = frozenset(("field", "textarea"))


@dataclass(frozen=True)
class Thing:
    """Something that can be named, looked at, clicked: an element, or a line of text that is in none.

    Attributes:
        kind: of the element; "text" for a line, "link" for a row of a menu.
        names: what it may be called, the surest first.
        element: index in `Screen.elements`, -1 for a line.
        line: index in `Screen.lines` of its text, -1 for none.
    """

    kind: str
    box: Box
    names: tuple[str, ...] = ()
    name: str = ""
    color: tuple[int, int, int] | None = None
    state: frozenset[str] = frozenset()
    element: int = -1
    line: int = -1
    parent: int = -1

    @property
    def text(self) -> str:
        return self.names[0] if self.names else ""

    @property
    def point(self) -> tuple[int, int]:
        """Where to click it, screenshot pixels."""
        x, y = self.box.center
        return int(x), int(y)


@dataclass
class Scene:
    """One screen and the task that is at hand."""

    screen: Screen
    task: str = ""
    _hidden: frozenset[int] = field(default=frozenset(), init=False)

    def __post_init__(self) -> None:
        self._hidden = _banner(self.screen.lines, self.task)

    @property
    def scale(self) -> float:
        """Height of ordinary text in pixels."""
        return self.screen.scale or 14.0

    @cached_property
    def banner(self) -> Box | None:
        """Where the task itself is written on the screen."""
        boxes = [self.screen.lines[i].box for i in self._hidden]
        return _around(boxes) if boxes else None

    @cached_property
    def lines(self) -> tuple[tuple[int, Line], ...]:
        """Lines with their indices, without those that only repeat the task."""
        return tuple((i, line) for i, line in enumerate(self.screen.lines) if i not in self._hidden)

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Everything nameable, in reading order."""
        found: list[Thing] = []
        spoken: set[int] = set()
        for index, element in enumerate(self.screen.elements):
            if element.lines and set(element.lines) <= self._hidden and element.kind != "listbox":
                continue
            if self.banner and element.kind in ("panel", "text", "button", "field") and self._is_banner(element):
                continue
            if element.kind == "text" and element.text.strip() in _GLYPHS:
                continue
            if self._is_scroll_arrow(element):
                continue
            if element.kind == "scrollbar" or (element.kind in _FRAMES and self._is_frame(index)):
                continue
            # of several lines in one box each may be a control of its own
            if element.kind not in ("panel", "listbox", "textarea", "image") and len(element.lines) < 2:
                spoken.update(element.lines)
            found.append(self._boxed(_thing(index, element, self._told)))
        for index, line in self.lines:
            if index not in spoken:
                found.append(self._line(index, line))
            for name, box in pictures(line):
                found.append(Thing("icon", box, (), name, line.color, parent=self._parent(box)))
        step = max(1.0, self.scale * 0.8)
        return tuple(sorted(found, key=lambda t: (round(t.box.center[1] / step), t.box.left)))

    def _is_scroll_arrow(self, element: Element) -> bool:
        """Whether it is a small sign at the right edge of the screen: an arrow of the page's scroll bar."""
        at_edge = element.box.left >= self.screen.size.width - 1.5 * self.scale
        return at_edge and element.name in ("chevron-up", "chevron-down", "triangle")

    def _boxed(self, thing: Thing) -> Thing:
        """A field as small as a letter is a check box; the text to its right names it."""
        box = thing.box
        if thing.kind != "field" or box.width > 1.4 * box.height or box.width > 2.2 * self.scale or thing.text:
            return thing
        row = [line for _, line in self.lines if abs(line.box.center[1] - box.center[1]) < 0.8 * self.scale]
        right = [line for line in row if 0 <= line.box.left - box.right < 2 * self.scale]
        names = (min(right, key=lambda line: line.box.left).text,) if right else ()
        return replace(thing, kind="checkbox", names=names)

    def _line(self, index: int, line: Line) -> Thing:
        """A line that is in no control; a shape that was read as a sign is a shape."""
        shape = _GLYPHS.get(line.text.strip(), "")
        names = () if shape else (line.text,)
        parent = self._parent(line.box)
        return Thing("shape" if shape else "text", line.box, names, shape, line.color, line=index, parent=parent)

    @cached_property
    def _told(self) -> frozenset[str]:
        """Texts of the lines that repeat the task: no label of anything."""
        return frozenset(self.screen.lines[i].text for i in self._hidden)

    def _is_frame(self, index: int) -> bool:
        """Whether what looks like a field or list only frames other controls."""
        element = self.screen.elements[index]
        if element.kind in ("listbox", "textarea") and set(element.lines) & self._hidden:
            return True
        return any(
            e.kind in ("button", "field", "checkbox", "radio", "select", "textarea", "slider")
            and e.box.area < 0.7 * element.box.area
            and element.box.contains(*e.box.center)
            for i, e in enumerate(self.screen.elements)
            if i != index
        )

    def _is_banner(self, element: Element) -> bool:
        assert self.banner is not None
        common = self.banner.intersection(element.box).area
        return common > 0.7 * min(self.banner.area, element.box.area) and element.box.area < 4 * self.banner.area

    def _parent(self, box: Box) -> int:
        panels = [
            (e.box.area, i)
            for i, e in enumerate(self.screen.elements)
            if e.kind in ("panel", "listbox") and e.box.grown(2).contains(*box.center)
        ]
        return min(panels)[1] if panels else -1

    @cached_property
    def controls(self) -> tuple[Thing, ...]:
        """Things that react to the mouse."""
        return tuple(t for t in self.things if t.kind in CONTROLS)

    def of(self, *kinds: str) -> list[Thing]:
        """Things of these kinds, in reading order."""
        return [t for t in self.things if t.kind in kinds]

    def panels_around(self, box: Box) -> list[int]:
        """Panels that hold the middle of a box, the smallest first."""
        found = [
            (e.box.area, i)
            for i, e in enumerate(self.screen.elements)
            if e.kind in ("panel", "listbox")
            and e.box.grown(2).contains(*box.center)
            and e.box.area > box.area * 1.2
        ]
        return [i for _, i in sorted(found)]

    @cached_property
    def text(self) -> str:
        """Everything that can be read, line by line."""
        return "\n".join(line.text for _, line in self.lines)

    def says(self, words: str) -> bool:
        """Whether these words stand somewhere on the screen."""
        key = squash(words)
        return bool(key) and key in squash(self.text)

    def row_of(self, box: Box) -> list[Thing]:
        """Things whose middles are at the same height as a box, left to right."""
        half = max(self.scale * 0.6, box.height * 0.45)
        y = box.center[1]
        return sorted((t for t in self.things if abs(t.box.center[1] - y) <= half), key=lambda t: t.box.left)

    @cached_property
    def title(self) -> str:
        """The largest text in the upper half: what the page is about."""
        upper = [
            line
            for _, line in self.lines
            if line.box.center[1] < 0.75 * self.screen.size.height and len(line.text) > 1
        ]
        return max(upper, key=lambda line: line.box.height).text if upper else ""


def _thing(index: int, element: Element, told: frozenset[str]) -> Thing:
    own = (element.text, element.label)
    if element.kind in ("field", "textarea", "select", "slider", "checkbox", "radio", "switch"):
        own = (element.label, element.text)
    names = tuple(dict.fromkeys(n.strip() for n in own if n.strip() and n.strip() not in told))
    return Thing(
        "link" if element.kind == "menu_item" else element.kind,
        element.box,
        names,
        element.name,
        element.color,
        element.state,
        index,
        element.lines[0] if element.lines else -1,
        element.parent,
    )


def _banner(lines: tuple[Line, ...], task: str) -> frozenset[int]:
    """Indices of the lines that together repeat most of the task."""
    whole = squash(task)
    if len(whole) < 6 or len(tokens(task)) <= (2 if fold(task).startswith(_ORDERS) else 3) or concept_of(task):
        return frozenset()  # one short line that happens to be the task ("Sign out") is a control, not a banner
    ordered = sorted(range(len(lines)), key=lambda i: (round(lines[i].box.center[1] / 6), lines[i].box.left))
    keys = {i: squash(lines[i].text) for i in ordered}
    best: tuple[float, list[int]] = (0.0, [])
    for at, start in enumerate(ordered):
        if not keys[start] or fuzz.ratio(keys[start], whole[: len(keys[start])]) < 70:
            continue
        chosen, text, share = [start], keys[start], fuzz.ratio(keys[start], whole)
        for index in ordered[at + 1 : at + 30]:
            far = lines[index].box.top - lines[chosen[-1]].box.bottom
            grown = fuzz.ratio(text + keys[index], whole)
            if not keys[index] or grown <= share or far > 1.5 * lines[index].box.height:
                continue  # beside it, or below the banner
            chosen.append(index)
            text, share = text + keys[index], grown
        if share > best[0]:
            best = (share, chosen)
    return frozenset(best[1]) if best[0] >= (80 if len(whole) > 40 else 93) else frozenset()


def _around(boxes: Iterable[Box]) -> Box:
    whole: Box | None = None
    for box in boxes:
        whole = box if whole is None else whole.union(box)
    assert whole is not None
    return whole


@dataclass(frozen=True)
class Candidate:
    """A thing that may be what was meant. `why` is for the trace."""

    thing: Thing
    score: float
    why: str = ""

    @property
    def point(self) -> tuple[int, int]:
        return self.thing.point
