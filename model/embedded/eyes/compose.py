"""Puts boxes, controls, text and icons together into the elements of a screen, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from action_space.geometry import Box
from model.embedded.eyes.boxes import Rect, inside
from model.embedded.eyes.controls.chosen import mark_chosen
from model.embedded.eyes.controls.controls import Control
from model.embedded.eyes.controls.labels import add_labels
from model.embedded.eyes.controls.states import mark_states
from model.embedded.eyes.controls.swatches import plain_images, swatch_rows
from model.embedded.eyes.controls.widgets import Scene, judge_boxes, merge_lists
from model.embedded.eyes.detector import Detection
from model.embedded.eyes.fusion import fuse, of_kind, overlap
from model.embedded.eyes.graphics import Classify, FindShapes, drawn_shapes, figures, icons, name_buttons
from model.embedded.eyes.ground import Ground
from model.embedded.eyes.proposals import Proposals, thumb_of
from model.embedded.eyes.text.spans import text_elements
from model.embedded.screen import Element, Line

OWN_TEXT = ("button", "field", "textarea", "select", "tab", "menu_item")
"""Kinds whose text is theirs and is not listed once more as plain text."""


def compose(
    ground: Ground,
    rects: list[Rect],
    controls: list[Control],
    lines: list[Line],
    specks: list[Box],
    proposals: Proposals,
    carets: list[Box],
    found: list[Detection],
    classify: Classify,
    find: FindShapes,
) -> tuple[list[Element], list[Line]]:
    """All elements, and the lines that are text. Indices in the elements refer to those lines."""
    scene = Scene(ground, rects, controls, lines, specks)
    boxed, drawn = judge_boxes(scene)
    if drawn:
        kept = [number for number in range(len(lines)) if number not in drawn]
        specks = specks + [lines[number].box for number in sorted(drawn)]
        scene = Scene(ground, rects, controls, [lines[number] for number in kept], specks)
        boxed, _ = judge_boxes(scene)
    boxed = merge_lists(boxed, scene)
    elements = list(boxed.values())
    elements += [Element(c.kind, c.box, color=c.color, state=c.state, confidence=c.confidence) for c in controls]
    elements += sliders(ground, proposals)
    digits = [line.box for line in scene.lines if line.text.isdigit() and line.box.height < 13 * ground.unit]
    pictured = [b for b in of_kind(found, "icon") if not any(overlap(b, digit) > 0.4 for digit in digits)]
    elements += graphics(scene, proposals, elements, pictured, classify, find)
    elements = fuse(ground, elements, found, rects, scene.lines)
    used = {number for element in elements if element.kind in OWN_TEXT for number in element.lines}
    signs = [element.box for element in elements if element.kind == "icon"]
    used |= {
        number
        for number, line in enumerate(scene.lines)
        if len(line.text) <= 2 and any(overlap(line.box, box) > 0.4 for box in signs)
    }
    elements += text_elements(ground, scene.lines, used, of_kind(found, "link"))
    elements = plain_images(ground, swatch_rows(ground, elements))
    elements = [_as_field(e, scene.lines, ground) for e in elements]
    elements = mark_chosen(ground, name_buttons(elements), scene.lines)
    elements = mark_states(ground, elements, rects, scene.lines, carets)
    elements = add_labels(elements, ground.unit)
    named = [e.box for e in elements if e.label and e.kind in ("checkbox", "radio", "switch")]
    elements = [e for e in elements if e.kind != "shape" or not any(_covers(e.box, box) for box in named)]
    return with_parents(in_order(elements, ground.unit)), scene.lines


def _as_field(element: Element, lines: Sequence[Line], ground: Ground) -> Element:
    """A long hollow rectangle of a line's height with nothing in it: an empty field with any border."""
    box = element.box
    if element.kind != "shape" or element.name != "rectangle" or box.width < 4 * box.height or not lines:
        return element
    high = float(np.median([line.box.height for line in lines]))
    if not 1.1 * high <= box.height <= 3.5 * high or any(box.contains(*line.box.center) for line in lines):
        return element
    left, top, right, bottom = (round(side) for side in box)
    inset = max(2, round(0.25 * high))
    inner = ground.image[top + inset : bottom - inset, left + inset : right - inset].reshape(-1, 3).astype(int)
    edge = ground.image[top : top + 1, left + inset : right - inset].reshape(-1, 3).astype(int)
    empty = len(inner) and np.percentile(np.abs(inner - np.median(inner, axis=0)).max(axis=1), 95) < 12
    bordered = len(edge) and np.abs(np.median(edge, axis=0) - np.median(inner, axis=0)).max() > 30
    if not (empty and bordered):
        return element
    return replace(element, kind="field", name="", confidence=0.6)


def graphics(
    scene: Scene,
    proposals: Proposals,
    elements: list[Element],
    pictured: list[Box],
    classify: Classify,
    find: FindShapes,
) -> list[Element]:
    """Icons and shapes: ink that is neither text nor part of an element that explains it.

    `pictured`: where the network sees icons. Without its word only those with a name count.
    """
    unit = scene.unit
    marks = [Box(*blob.box) for blob in (*proposals.marks, *proposals.motley)]
    marks = [
        box for box in marks if not any(c.box.intersection(box).area > 0.3 * box.area for c in scene.controls)
    ]
    rects = [rect.box for rect in scene.rects]
    marks = [box for box in marks if not any(_covers(box, rect) for rect in rects)]
    loose = [box for box in scene.specks if not _absorbed(box, elements)]
    single = [
        line.box
        for line in scene.lines
        if len(line.text) == 1 and (not line.text.isdigit() or line.box.width > 0.8 * line.box.height)
    ]  # a digit is narrower than the picture that is read as one
    drawn = [*marks, *loose, *single]
    drawn += [box for box in pictured if not any(overlap(box, other) > 0.4 for other in drawn)]
    sure = [box for box in drawn if any(overlap(box, other) > 0.4 for other in pictured)]
    found = icons(scene.ground, drawn, classify, sure)
    lettered = set(single)
    found = [icon for icon in found if icon.name or icon.box not in lettered]
    big = [Box(*blob.box) for blob in proposals.pictures if max(blob.width, blob.height) <= 260 * unit]
    plain = [c.box for c in scene.controls if c.kind in ("swatch", "radio")]
    lone = figures(scene.ground, [line.box for line in scene.lines])
    # a straight side makes a filled figure look like a frame, but there is ink in its middle
    lone += [
        box
        for blob in proposals.frames
        if max((box := Box(*blob.box)).width, box.height) <= 260 * unit
        and scene.ground.ink[int(box.center[1]), int(box.center[0])]
        and not any(_covers(box, rect) for rect in rects)
    ]
    known = [e.box for e in elements if e.kind != "panel"] + [control.box for control in scene.controls]
    lone = [box for box in lone if not any(box.intersection(other).area > 0 for other in known)]
    marks, loose = ([box for box in boxes if box not in sure] for boxes in (marks, loose))
    lone = [box.grown(0.25 * max(box.width, box.height)) for box in lone]  # most of it must be the ground
    return found + drawn_shapes(scene.ground, [*marks, *loose, *big, *plain, *lone], find)


def _covers(one: Box, other: Box) -> bool:
    return one.intersection(other).area > 0.8 * max(one.area, other.area)


def _absorbed(speck: Box, elements: list[Element]) -> bool:
    """Whether a speck is the arrow of a list box, the grip of a text area, or a dot in a field."""
    return any(
        element.kind in ("select", "textarea", "checkbox", "radio", "switch", "slider")
        and element.box.contains(*speck.center)
        for element in elements
    )


def sliders(ground: Ground, proposals: Proposals) -> list[Element]:
    """Bars with a thumb; the value is where the middle of the thumb stands between its two ends."""
    found = []
    for bar in proposals.bars:
        left, top, right, bottom = bar.box
        thumb = thumb_of(ground.ink[top:bottom, left:right] > 0, ground.unit)
        if thumb is None:
            continue
        room = (right - left) - (thumb[1] - thumb[0])
        value = min(1.0, max(0.0, thumb[0] / room)) if room > 0 else None
        found.append(Element("slider", Box(left, top, right, bottom), value=value, confidence=0.8))
    return found


def in_order(elements: list[Element], unit: float) -> list[Element]:
    """Row by row from the top, each row from the left. A panel comes before what it holds."""
    holders = ("panel", "listbox")
    rows: list[list[Element]] = []
    for element in sorted((e for e in elements if e.kind not in holders), key=lambda e: e.box.center[1]):
        middle = element.box.center[1]
        if rows and abs(middle - rows[-1][0].box.center[1]) <= 6 * unit:
            rows[-1].append(element)
        else:
            rows.append([element])
    ordered = [element for row in rows for element in sorted(row, key=lambda e: e.box.left)]
    for panel in sorted((e for e in elements if e.kind in holders), key=lambda e: e.box.area):
        held = [index for index, element in enumerate(ordered) if inside(element.box, panel.box)]
        ordered.insert(held[0] if held else len(ordered), panel)
    return ordered


def with_parents(elements: list[Element]) -> list[Element]:
    """Set `parent`: the smallest panel or list box around each element."""
    holders = sorted(
        (index for index, element in enumerate(elements) if element.kind in ("panel", "listbox")),
        key=lambda index: elements[index].box.area,
    )
    placed = []
    for index, element in enumerate(elements):
        parent = next(
            (
                holder
                for holder in holders
                if holder != index
                and inside(element.box, elements[holder].box, 3)
                and elements[holder].box.area > element.box.area
            ),
            -1,
        )
        placed.append(replace(element, parent=parent))
    return placed
