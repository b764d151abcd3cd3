"""Options in groups with a heading: colour samples, and the name that the heading shows for the chosen one."""

from __future__ import annotations

import re

from action_space.geometry import Box
from model.embedded.language.goals import Choose
from model.embedded.language.words import concept_of, concepts_within, fold, squash, tokens
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.scene import Scene, Thing
from model.embedded.screen import Line

_GROUPS = frozenset(("paint", "interior", "wheels", "trim"))


def bare(goal: Choose) -> str:
    """The option without the noun of its group ("black interior" → "black")."""
    noun = concept_of(goal.field.text) & _GROUPS
    kept = []
    for word in re.findall(r"\S+", goal.option.text):
        named = concept_of(word) & _GROUPS
        if not (named and (named & noun or not noun)) and fold(word) != fold(goal.field.text):
            kept.append(word)
    short = " ".join(kept)
    if goal.field.text and short == goal.option.text and short.endswith(goal.field.text):
        short = short.removesuffix(goal.field.text).removesuffix("的")
    return short or goal.option.text


def group_of(goal: Choose) -> frozenset[str]:
    """Which group of options is meant, as concepts; empty if it is not said."""
    return (concept_of(goal.field.text) or concepts_within(goal.option.text)) & _GROUPS


def headings(scene: Scene, group: frozenset[str]) -> list[Line]:
    """Lines that head a group: "Wheels", "Wheels: Aero 19"."""
    found = []
    for _, line in scene.lines:
        head = re.split(r"[:：]", line.text)[0]
        if concept_of(head) & group and len(tokens(head)) <= 3:
            found.append(line)
    return found


def of_group(thing: Thing, scene: Scene, group: frozenset[str]) -> bool:
    """Whether the nearest heading of any group above a thing is one of this group."""
    above = [
        line
        for line in headings(scene, _GROUPS)
        if line.box.bottom <= thing.box.center[1] and line.box.left <= thing.box.center[0]
    ]
    return max(above, key=lambda line: line.box.bottom, default=None) in headings(scene, group)


def told(line: Line) -> str:
    """What a heading says is chosen, "" if it says nothing."""
    parts = re.split(r"[:：]\s*", line.text, maxsplit=1)
    return parts[1] if len(parts) == 2 else ""


def says(line: Line, wanted: str) -> bool:
    """Whether the heading shows the option as the chosen one."""
    mine, theirs = tokens(wanted), tokens(told(line))
    return bool(mine) and (
        set(mine) <= set(theirs) or (squash(wanted) in squash(told(line)) and len(squash(wanted)) > 1)
    )


def grouped(goal: Choose, now: Now) -> Answer | None:
    """The choice in a group with a heading or of colour samples; None where the screen has no such group."""
    scene, wanted, group = now.scene, bare(goal), group_of(goal)
    if group and any(says(line, wanted) for line in headings(scene, group)):
        return Done(f"the heading shows {wanted}", 0.96)
    from model.embedded.eyes.colours import distance, find_colour

    named = find_colour(wanted)
    rows = _rows(scene)
    if not (named and rows):
        return None
    clicks = [s for s in now.past if s.said.startswith("I try") and not s.error and s.point]
    if clicks and clicks[-1].point and _hinted(wanted, clicks[-1].point, scene):
        return Done(f"the sample is called {wanted}", 0.95)  # the hint may hide the heading
    row, heading = _row(rows, scene, group)
    if row is None:
        return None
    if heading and says(heading, wanted):
        return Done(f"the heading shows {wanted}", 0.96)
    colour = named[0]
    if clicks and (heading is None or not told(heading)):
        return Done("the colour was chosen", 0.86)
    tried = [s.point for s in clicks]
    left = [t for t in row if t.color and not any(p and t.box.grown(3).contains(*p) for p in tried)]
    ranked = sorted(((distance(t.color, colour), t.box.left, t) for t in left if t.color), key=lambda r: r[:2])
    if not ranked or ranked[0][0] > 0.75 or len(clicks) > 4:
        return Lost(f"no colour here is called {wanted}")
    thing = ranked[0][2]
    return Move(click_at(thing.point), f"I try the {colour} sample for {wanted}.", 0.95, last=False)


def _hinted(wanted: str, point: tuple[int, int], scene: Scene) -> bool:
    """Whether a hint at the pointer gives the name, or as much of it as the hint leaves of the heading."""
    mine = set(tokens(wanted))
    return any(
        mine <= set(tokens(t.text)) and len(tokens(t.text)) <= len(mine) + 2
        for t in scene.things
        if t.text
        and abs(t.box.center[0] - point[0]) < 8 * scene.scale
        and abs(t.box.center[1] - point[1]) < 5 * scene.scale
    )


def _rows(scene: Scene) -> list[list[Thing]]:
    """Colour samples by rows, from the top."""
    rows: list[list[Thing]] = []
    for thing in scene.of("swatch"):
        for row in rows:
            if abs(row[0].box.center[1] - thing.box.center[1]) < 0.6 * thing.box.height:
                row.append(thing)
                break
        else:
            rows.append([thing])
    return sorted((r for r in rows if len(r) > 1), key=lambda r: r[0].box.top)


def _row(rows: list[list[Thing]], scene: Scene, group: frozenset[str]) -> tuple[list[Thing] | None, Line | None]:
    """The row of the group, with its heading; of an unsaid group that of the paint, else the first."""
    headed = [(row, _heading(row[0].box, scene)) for row in rows]
    for wanted in (group, frozenset(("paint",))) if not group else (group,):
        for row, line in headed:
            if line and concept_of(re.split(r"[:：]", line.text)[0]) & wanted:
                return row, line
    return (None, None) if group else headed[0]


def _heading(box: Box, scene: Scene) -> Line | None:
    """The line just above a row of samples, at its left edge."""
    above = [
        line
        for _, line in scene.lines
        if 0 <= box.top - line.box.bottom + 4 < 3.5 * scene.scale
        and abs(line.box.left - box.left) < 3 * scene.scale
    ]
    return max(above, key=lambda line: line.box.bottom, default=None)


def coded(goal: Choose, now: Now) -> Answer | None:
    """A colour put into a field that shows one by its code ("#1A2B3C"); None where there is no such field."""
    from model.embedded.eyes.colours import code_of

    code = code_of(bare(goal)) or code_of(goal.option.text)
    if code is None:
        return None
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    if typed:
        return _shows_code(typed[-1].point, code, now)
    fields = [t for t in now.scene.of("field", "button", "text", "panel") if any(_is_code(n) for n in t.names)]
    if len(fields) != 1:
        return None
    shown = next(n for n in fields[0].names if _is_code(n))
    text = ("#" if shown.startswith("#") else "") + (code if shown == shown.lower() else code.upper())
    action = {"action": "input", "text": text, "start_point": list(fields[0].point), "clear": True}
    return Move(action, f"I enter {text} for {goal.option.text}.", 0.9, last=False)


def _is_code(text: str) -> bool:
    return bool(re.fullmatch(r"#[0-9a-f]{6}|(?=\w*\d)[0-9a-f]{6}", text.strip(), re.I))


def _shows_code(point: tuple[int, int] | None, code: str, now: Now) -> Answer:
    """What the field shows after a code was typed; the panel of a picker that hangs from it is left first."""
    things = [t for t in now.scene.things if t.kind not in ("panel", "listbox")]
    here = [t for t in things if point and t.box.contains(*point)]
    if now.past[-1].kind == "input":
        spot = (point[0], int(point[1] - 1.9 * now.scene.scale)) if point else (0, 0)
        if any(t.box.grown(4).contains(*spot) for t in things):
            return Move({"action": "press", "keys": ["tab"]}, "I leave the field.", 0.85, last=False)
        return Move(click_at(spot), "I click above the field to leave it.", 0.88, last=False)
    read = {squash(name).replace("o", "0") for t in here for name in t.names}
    if code.lower() in read:
        return Done(f"the field shows {code}", 0.93)
    if any(re.fullmatch("[0-9a-f]{6}", text) for text in read):
        return Lost(f"the field does not keep {code}")
    return Done("the code was entered", 0.7)
