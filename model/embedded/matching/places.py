"""Where things are with respect to one another: rows, cards, headings, sides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from action_space.geometry import Box
from model.embedded.language.goals import Target
from model.embedded.matching.scene import Scene, Thing

if TYPE_CHECKING:
    from model.embedded.matching.scene import Candidate


def gap(a: Box, b: Box) -> tuple[float, float]:
    """Horizontal and vertical space between two boxes, 0 where they overlap."""
    return max(0.0, max(a.left, b.left) - min(a.right, b.right)), max(
        0.0, max(a.top, b.top) - min(a.bottom, b.bottom)
    )


def distance(scene: Scene, a: Box, b: Box) -> float:
    """Space between two boxes in pixels; what shares no card is farther than it looks, a shared row is nearer."""
    across, along = gap(a, b)
    plain = (across**2 + along**2) ** 0.5
    if across and not along:
        plain *= 0.6
    mine, theirs = scene.panels_around(a), scene.panels_around(b)
    if mine and theirs and mine[0] == theirs[0]:
        panel = scene.screen.elements[mine[0]].box
        return plain * 0.4 if panel.area < 0.5 * scene.screen.size.width * scene.screen.size.height else plain
    return plain + (6 * scene.scale if mine[:1] != theirs[:1] else 0)


def placed(
    target: Target, found: list[Candidate], scene: Scene, find: Callable[..., list[Any]]
) -> list[Candidate]:
    """Weigh candidates by their place with respect to the anchor of the target."""
    anchor = target.anchor
    assert anchor is not None
    if not (anchor.text or anchor.nth or anchor.most or anchor.shape or anchor.colour or anchor.whose):
        # "in the dialog": a kind of place without a name
        if target.relation == "in" and (panels := scene.of(*anchor.kinds)) and "panel" in anchor.kinds:
            inner = [c for c in found if any(p.box.contains(*c.thing.box.center) for p in panels)]
            return inner or found
        return found
    if target.relation == "row" and anchor.nth and not anchor.text:
        return _row_number(found, scene, anchor.nth)
    anchors = [c for c in find(anchor, scene) if c.score >= 0.6]
    if not anchors:
        return [replace(c, score=c.score * 0.6, why=f"{c.why}, {anchor} not seen") for c in found]
    anchors = [a for a in anchors if a.score >= anchors[0].score - 0.04]
    scored = []
    for c in found:
        others = [a for a in anchors if a.thing != c.thing]
        fits = max((_fit(target.relation or "near", c.thing.box, a.thing.box, scene) for a in others), default=0.0)
        if fits > 0:
            scored.append(
                replace(c, score=c.score * fits, why=f"{c.why}, {target.relation} {anchor.text or anchor.role}")
            )
    # The nearest on that side is meant: the rest only follows it.
    scored.sort(key=lambda c: -c.score)
    return scored


def _fit(relation: str, box: Box, anchor: Box, scene: Scene) -> float:
    """1 for the place that is meant, less the farther away, 0 for another side."""
    across, along = gap(box, anchor)
    far = distance(scene, box, anchor) / max(1.0, scene.scale)
    x, y = box.center
    ax, ay = anchor.center
    near = 1 / (1 + 0.004 * far)
    if relation == "row":
        aligned = abs(y - ay) <= max(0.5 * max(box.height, anchor.height), 0.5 * scene.scale)
        mine, theirs = scene.panels_around(box), scene.panels_around(anchor)
        together = bool(mine and theirs and mine[0] == theirs[0])
        return near if aligned or together else near * 0.5
    if relation in ("below", "after"):
        return (
            near * (1.0 if not across else 0.8) if y > ay and box.top >= anchor.top + 0.5 * anchor.height else 0.0
        )
    if relation in ("above", "before"):
        return (
            near * (1.0 if not across else 0.8)
            if y < ay and box.bottom <= anchor.bottom - 0.5 * anchor.height
            else 0.0
        )
    if relation == "right":
        return near * (1.0 if not along else 0.7) if x > ax and box.left >= ax else 0.0
    if relation == "left":
        return near * (1.0 if not along else 0.7) if x < ax and box.right <= ax else 0.0
    if relation == "in":
        inside = anchor.grown(2).contains(x, y)
        below = y >= ay and not across
        return 1.0 if inside else (near if below else near * 0.75)
    return near


def _row_number(found: list[Candidate], scene: Scene, number: int) -> list[Candidate]:
    rows: list[list[Candidate]] = []
    for c in sorted(found, key=lambda c: c.thing.box.center[1]):
        if rows and abs(rows[-1][0].thing.box.center[1] - c.thing.box.center[1]) < scene.scale:
            rows[-1].append(c)
        else:
            rows.append([c])
    index = number - 1 if number > 0 else len(rows) + number
    return rows[index] if 0 <= index < len(rows) else []


def under(scene: Scene, heading: Box) -> list[Thing]:
    """Things below a heading up to the next text that looks like one: same left edge, at least as tall, bold."""
    lines = [line for _, line in scene.lines]
    own = next((line for line in lines if line.box == heading or line.box.contains(*heading.center)), None)
    end = scene.screen.size.height
    for line in lines:
        if own and line.box.top > heading.bottom and abs(line.box.left - heading.left) < 0.6 * scene.scale:
            alike = line.bold == own.bold and abs(line.box.height - own.box.height) < 0.15 * own.box.height
            if alike and line.color == own.color and (own.bold or own.box.height > 1.15 * scene.scale):
                end = min(end, line.box.top)
    return [t for t in scene.things if t.box.center[1] > heading.bottom - 2 and t.box.center[1] < end]


def entries(scene: Scene) -> list[Thing]:
    """Titles of the members of the list or grid that the page shows, in reading order; empty if there is none."""
    return _card_titles(scene) or _alike(scene)


def _card_titles(scene: Scene) -> list[Thing]:
    """The largest text of each of several boxes of the same size."""
    best: list[Thing] = []
    cards = [(i, e) for i, e in enumerate(scene.screen.elements) if e.kind in ("panel", "listbox") and e.lines]
    for _, first in cards:
        titles = []
        for _, card in cards:
            same = abs(card.box.width - first.box.width) < 0.08 * first.box.width
            if not same or abs(card.box.height - first.box.height) > 0.5 * first.box.height:
                continue
            inside = [
                t
                for t in scene.things
                if t.kind in ("text", "link") and len(t.text) > 1 and card.box.contains(*t.box.center)
            ]
            if inside:
                titles.append(max(inside, key=lambda t: (round(t.box.height / (0.35 * scene.scale)), -t.box.top)))
        if len(titles) > len(best) and len({t.text for t in titles}) > 1:
            best = titles
    return best if len(best) > 1 else []


def _alike(scene: Scene) -> list[Thing]:
    """The most prominent texts that look alike and stand under one another."""
    groups: list[list[Thing]] = []
    for thing in scene.things:
        if thing.kind not in ("link", "text") or len(thing.text) < 2 or thing.text.strip().isdigit():
            continue
        for group in groups:
            other = group[0]
            alike = thing.kind == other.kind and abs(thing.box.height - other.box.height) < 0.36 * other.box.height
            if (
                alike
                and _near_colour(thing.color, other.color)
                and abs(thing.box.left - other.box.left) < scene.scale
            ):
                group.append(thing)
                break
        else:
            groups.append([thing])
    regular = []
    for group in groups:
        if len(group) < 2 or len({t.text for t in group}) < 0.6 * len(group):
            continue  # the same words in every entry name none
        height = sum(t.box.height for t in group) / len(group)
        regular.append((height * (1.5 if group[0].kind == "link" else 1.0), -group[0].box.top, group))
    return max(regular, key=lambda r: r[:2])[2] if regular else []


def _near_colour(a: tuple[int, int, int] | None, b: tuple[int, int, int] | None) -> bool:
    return a is None or b is None or max(abs(x - y) for x, y in zip(a, b, strict=True)) < 60
