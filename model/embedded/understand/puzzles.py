"""Goals about figures and grids: names of shapes, sides, shades, odd and even, coordinates, lines, a game."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from model.embedded.understand.act import name_of
from model.embedded.understand.goals import Goal, Target
from model.embedded.understand.hands import figures, is_shape
from model.embedded.understand.language import fold, squash
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import Scene, Thing
from model.embedded.understand.values import numbers

_SIDES = {"triangle": 3, "square": 4, "rectangle": 4, "diamond": 4, "trapezoid": 4, "parallelogram": 4,
          "pentagon": 5, "hexagon": 6, "heptagon": 7, "octagon": 8}  # fmt: skip


HUES = {
    "red": 0,
    "orange": 30,
    "yellow": 58,
    "green": 120,
    "cyan": 180,
    "blue": 235,
    "purple": 285,
    "magenta": 300,
    "pink": 335,
}
"""Degrees on the wheel of colours."""


@dataclass(frozen=True)
class Sides(Goal):
    """Press the number of sides of the one figure shown."""


@dataclass(frozen=True)
class Figure(Goal):
    """Press the button that names the one figure shown."""


@dataclass(frozen=True)
class Shades(Goal):
    """Click every area whose colour is a shade of this one."""

    colour: str = ""


@dataclass(frozen=True)
class Parity(Goal):
    """In the row of every number press "odd" or "even"."""


@dataclass(frozen=True)
class Crossing(Goal):
    """Click a point of a grid with two axes."""

    x: int = 0
    y: int = 0


@dataclass(frozen=True)
class Resize(Goal):
    """Pull the corner of a text area. `side`: "width" or "height"."""

    side: str = "width"
    larger: bool = True


@dataclass(frozen=True)
class Line(Goal):
    """Draw a line through the dot."""

    upright: bool = False


@dataclass(frozen=True)
class Oxo(Goal):
    """Win tic-tac-toe."""

    sign: str = "X"


def _press(now: Now, words: tuple[str, ...], why: str, score: float) -> Answer:
    for thing in now.scene.of("button", "link", "tab", "text", "shape"):
        if squash(thing.text) in words:
            return Move(click_at(thing.point, thing.text), f"{why}: I press {name_of(thing)}.", score)
    return Lost(f"{why}, but nothing to press says so")


def _main(now: Now) -> Thing | None:
    """The largest figure."""
    return max((f for f in figures(now.scene) if f.kind != "checkbox"), key=lambda t: t.box.area, default=None)


def sides(goal: Sides, now: Now) -> Answer:
    figure = _main(now)
    count = _SIDES.get(figure.name or ("square" if figure.kind == "swatch" else "")) if figure else None
    if figure is None or count is None:
        return Lost("I cannot count the sides of the figure")
    return _press(now, (str(count),), f"The {figure.name or 'square'} has {count} sides", 0.85)


def figure(goal: Figure, now: Now) -> Answer:
    shown = _main(now)
    lone = [
        line
        for _, line in now.scene.lines
        if len(line.text.strip()) == 1 and line.box.height > 1.2 * now.scene.scale
    ]
    name = (shown.name or ("rectangle" if shown.kind == "swatch" else "")) if shown else ""
    if lone:
        name = "number" if lone[0].text.strip().isdigit() else "letter"
    if not name:
        return Lost("I do not know the figure")
    words = {
        "square": ("square", "rectangle"),
        "number": ("number", "digit"),
        "ellipse": ("ellipse", "circle"),
    }.get(name, (name,))
    return _press(now, words, f"It is a {name}", 0.85)


def shades(goal: Shades, now: Now) -> Answer:
    """Those whose strongest part is that of the colour, each once."""
    areas = [f for f in figures(now.scene) if f.color is not None]
    if not areas:
        return Lost("I see no areas of colour")
    left = [a for a in areas if a.color and _is_shade(a.color, goal.colour) and not now.tried(a.point, near=8)]
    if not left:
        return Done(f"all shades of {goal.colour} were clicked", 0.9)
    return Move(click_at(left[0].point, goal.colour), f"This is a shade of {goal.colour}.", 0.88, last=False)


def _is_shade(rgb: tuple[int, int, int], colour: str) -> bool:
    import colorsys

    hue, _, strong = colorsys.rgb_to_hls(*(v / 255 for v in rgb))
    degrees = HUES
    if colour in ("grey", "gray"):
        return strong < 0.12
    if colour not in degrees or strong < 0.12:
        return False
    gaps = {c: min(abs(360 * hue - d), 360 - abs(360 * hue - d)) for c, d in degrees.items()}
    basic = (
        {c: gaps[c] for c in ("red", "green", "blue", "yellow")} if colour in ("red", "green", "blue") else gaps
    )
    return min(basic, key=lambda c: basic[c]) == colour


def parity(goal: Parity, now: Now) -> Answer:
    """Row by row, from the top."""
    rows = [
        t
        for t in now.scene.things
        if re.fullmatch(r"[-−–]?\s*\d+", t.text.strip()) and t.kind in ("text", "panel", "button")
    ]
    marked = {s.text for s in now.past if s.kind == "click" and not s.error}
    if not rows:
        return Lost("I see no numbers")
    for at, row in enumerate(rows):
        key = f"{at + 1}: {row.text}"
        if key in marked:
            continue
        word = "odd" if int(abs(numbers(row.text)[0])) % 2 else "even"
        same = [t for t in now.scene.row_of(row.box) if fold(t.text) == word]
        if not same:
            return Lost(f"there is no “{word}” beside {row.text}")
        return Move(click_at(same[0].point, key), f"{row.text} is {word}.", 0.93, last=False)
    return Done("every number is marked as odd or even", 0.95)


def crossing(goal: Crossing, now: Now) -> Answer:
    """By the numbers along both axes: two of them on an axis give its unit."""
    marks = [
        (t.box.center, numbers(t.text)[0]) for t in now.scene.things if re.fullmatch(r"[-−–]?\d", t.text.strip())
    ]
    across = _axis([(c[0], n, c[1]) for c, n in marks])
    down = _axis([(c[1], -n, c[0]) for c, n in marks])
    small = [t for t in now.scene.of("shape") if t.box.width < 2 * now.scene.scale]
    dots = [t.box.center for t in small if t.name == "circle"]
    if across is None and down is not None:
        across = _middle([x for x, _ in dots], down[1])
    elif down is None and across is not None:
        down = _middle([y for _, y in dots], across[1])
    if across is None or down is None:
        return Lost("I cannot read the axes of the grid")
    point = (int(across[0] + across[1] * goal.x), int(down[0] - down[1] * goal.y))
    return Move(click_at(point, f"({goal.x},{goal.y})"), f"By its axes the point lies at {point}.", 0.8)


def _axis(marks: list[tuple[float, float, float]]) -> tuple[float, float] | None:
    """(where 0 is, pixels of a unit) from marks (place along, number, place across) that stand in one row."""
    for _, _, level in marks:
        row = sorted((p, n) for p, n, across in marks if abs(across - level) < 8)
        if len(row) >= 3 and len({n for _, n in row}) == len(row) and all(b[1] > a[1] for a, b in pairwise(row)):
            unit = (row[-1][0] - row[0][0]) / (row[-1][1] - row[0][1])
            return row[0][0] - unit * row[0][1], unit
    return None


def _middle(dots: list[float], unit: float) -> tuple[float, float] | None:
    """The same of an axis whose numbers cannot be read, from the dots of a grid: 0 is in their middle."""
    if len(dots) < 8:
        return None
    steps = (max(dots) - min(dots)) / unit
    return ((max(dots) + min(dots)) / 2, unit) if abs(steps - round(steps)) < 0.25 else None


def resize(goal: Resize, now: Now) -> Answer:
    """Drag the lower right corner, along one side only."""
    areas = now.scene.of("textarea", "field", "panel", "image")
    done = [s for s in now.past if s.kind == "drag"]
    if done:
        return Done("the corner was pulled", 0.85) if not done[-1].idle else Lost("the corner does not move")
    area = next((a for a in areas if a.kind == "textarea"), areas[0] if areas else None)
    if area is None:
        return Lost("there is no text area", Target(kinds=("textarea",)))
    start = (int(area.box.right - 0.25 * now.scene.scale), int(area.box.bottom - 0.25 * now.scene.scale))
    by = int((4 if goal.larger else -2) * now.scene.scale)
    end = [start[0] + by, start[1]] if goal.side == "width" else [start[0], start[1] + by]
    return Move(
        {"action": "drag", "start_point": list(start), "end_point": end},
        f"I pull the corner for {goal.side}.",
        0.85,
    )


def line(goal: Line, now: Now) -> Answer:
    """Through the smallest drawn thing, both ways as far as its frame goes."""
    kinds = ("shape", "swatch", "icon", "radio", "link", "text", "checkbox")
    small = [t for t in now.scene.things if t.box.width < 2 * now.scene.scale and len(t.text) <= 1]
    dots = [t for t in small if t.kind in kinds]
    if any(s.kind == "drag" and not s.error for s in now.past):
        return Done("the line is drawn", 0.85)
    if not dots:
        return Lost("I see no dot")
    dot = min(dots, key=lambda t: t.box.area)
    reach = int(3 * now.scene.scale)
    frames = [t.box for t in now.scene.of("panel") if t.box.contains(*dot.point)]
    if frames:
        frame = min(frames, key=lambda b: b.area)
        room = (
            (dot.point[1] - frame.top, frame.bottom - dot.point[1])
            if goal.upright
            else (dot.point[0] - frame.left, frame.right - dot.point[0])
        )
        reach = int(max(6, min(reach, 0.8 * min(room))))
    dx, dy = (0, reach) if goal.upright else (reach, 0)
    x, y = dot.point
    action = {"action": "drag", "start_point": [x - dx, y - dy], "end_point": [x + dx, y + dy]}
    return Move(action, "I draw the line through the dot.", 0.85)


_ROWS = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6))


def oxo(goal: Oxo, now: Now) -> Answer:
    """Win, else block, else the middle, a corner, a side."""
    frames = [
        t.box
        for t in now.scene.of("panel", "image", "listbox", "swatch", "field", "button")
        if t.box.height > 6 * now.scene.scale
    ]
    if not frames:
        return Lost("I see no board")
    frame = max((f for f in frames if 0.75 < f.width / f.height < 1.34), key=lambda b: b.area, default=None)
    if frame is None:
        return Lost("I see no board")
    board = [""] * 9
    mine = {s.text for s in now.past if s.kind == "click" and not s.idle}
    for at in range(9):
        middle = (frame.left + (at % 3 + 0.5) * frame.width / 3, frame.top + (at // 3 + 0.5) * frame.height / 3)
        for thing in now.scene.things:
            if thing.kind == "panel" or not (
                abs(thing.box.center[0] - middle[0]) < frame.width / 9
                and abs(thing.box.center[1] - middle[1]) < frame.height / 9
            ):
                continue
            if thing.text.strip().upper() in ("X", "×") or thing.name in ("close", "cross"):
                board[at] = "X"
            elif (
                thing.text.strip().upper() in ("O", "0", "〇", "○")
                or thing.name in ("circle",)
                or thing.kind == "radio"
            ):
                board[at] = "O"
        if f"field {at + 1}" in mine:
            board[at] = goal.sign
    free = [k for k in range(9) if not board[k]]
    if not free:
        return Lost("the board is full")
    other = "O" if goal.sign == "X" else "X"

    def closes(sign: str) -> list[int]:
        return [k for k in free if any(k in r and sum(board[i] == sign for i in r) == 2 for r in _ROWS)]

    def forks(sign: str) -> list[int]:
        return [
            k for k in free if sum(k in r and sorted(board[i] for i in r) == ["", "", sign] for r in _ROWS) >= 2
        ]

    chosen = (
        closes(goal.sign)
        or closes(other)
        or forks(goal.sign)
        or [k for k in (4, 0, 2, 6, 8, 1, 3, 5, 7) if k in free]
    )[0]
    point = (
        int(frame.left + (chosen % 3 + 0.5) * frame.width / 3),
        int(frame.top + (chosen // 3 + 0.5) * frame.height / 3),
    )
    won = any(all(board[i] == goal.sign for i in r) for r in _ROWS)
    if won:
        return Done("three in a row", 0.95)
    return Move(click_at(point, f"field {chosen + 1}"), f"I play field {chosen + 1}.", 0.85, last=False)


_THINGS = frozenset("block item shape object box figure thing square element piece cube".split())


def count_figures(target: Target, scene: Scene) -> int | None:
    """How many drawn figures fit a description; None where it does not speak of figures."""
    from model.embedded.see.colours import distance as colour_distance

    noun = fold(target.text or target.role).split()[-1:] or [""]
    if noun[0].rstrip("s") in ("letter", "digit"):
        return _count_signs(noun[0].startswith("digit"), target, scene)
    single = re.sub(r"(?<=[^s])e?s$", "", noun[0])
    if not target.shape and single not in _THINGS and noun[0].rstrip("s") not in _THINGS:
        return None
    kept = [f for f in figures(scene) if f.kind in ("shape", "swatch") or (f.kind == "checkbox" and not f.text)]
    if target.shape:
        kept = [f for f in kept if is_shape(f, target.shape)]
    if target.colour:
        kept = [f for f in kept if f.color is not None and colour_distance(f.color, target.colour) < 0.35]
    if target.size and len(kept) > 1:
        areas = sorted(f.box.area for f in figures(scene))
        middle = (areas[0] * areas[-1]) ** 0.5
        kept = [f for f in kept if (f.box.area > middle) == (target.size == "large")]
    return len(kept)


def _count_signs(digits: bool, target: Target, scene: Scene) -> int:
    """Single letters or digits that stand alone outside all controls."""
    from model.embedded.see.colours import distance as colour_distance

    controls = [t.box for t in scene.of("button", "field", "select", "tab")]
    count = 0
    for _, line in scene.lines:
        signs = line.text.split()
        if any(len(sign) > 1 for sign in signs) or any(c.contains(*line.box.center) for c in controls):
            continue
        if target.colour and colour_distance(line.color, target.colour) >= 0.35:
            continue
        count += sum(sign.isdigit() == digits and sign.isalnum() for sign in signs)
    return count
