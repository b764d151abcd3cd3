"""From what a goal names to what is on the screen: scored candidates, the best first.

Scores are calibrated by hand to mean roughly "how likely is it that this is what was meant": 1 the same text,
.9 the same words within a longer text, .85 a synonym, below .6 not worth acting on.
"""

from __future__ import annotations

import re
from dataclasses import replace

from action_space.geometry import Box
from model.embedded.language.goals import Target
from model.embedded.language.values import most, numbers, price
from model.embedded.language.wording import ECHO, echoes, text_score
from model.embedded.language.words import concept_of, icons_of, squash, tokens
from model.embedded.matching.places import distance, entries, placed
from model.embedded.matching.scene import Candidate, Scene, Thing
from model.embedded.screen import Line, Word

SURE, ENOUGH = 0.9, 0.6
ENTRIES = frozenset(
    "result|search result|item|entry|product|card|article|email|e-mail|mail|message|post|tweet|comment|story"
    "|model|car|"
    "flight|row|name|word|商品|结果|邮件|车|车型|产品".split("|")
)
"""Nouns for members of a list or grid, which have no look of their own."""
HOLDERS = frozenset(("panel", "listbox", "textarea", "image"))


_SIGNS = {
    "digit": re.compile(r"\d"),
    "number": re.compile(r"[-−]?\d+(?:[.,]\d+)*"),
    "letter": re.compile(r"[^\W\d_]"),
}
"""Nouns for what is written itself, where no text is named."""


def find(target: Target, scene: Scene, among: list[Thing] | None = None) -> list[Candidate]:
    """Candidates for a target, the best first. Nothing below .3 is kept."""
    things = among if among is not None else list(scene.things)
    if among is None and target.role in ENTRIES and not (target.text or target.kinds or target.whose):
        things = entries(scene) or things
    found = [c for thing in things for c in _rate(target, thing, scene) if c.score >= 0.3]
    if among is None and target.text and not any(c.score >= 0.97 for c in found):
        found += _spans(target, scene) + _stacked(target, scene)
    found = _looks(target, found, scene)
    if target.anchor and (target.relation or target.anchor):
        found = placed(target, found, scene, find)
    if target.whose:
        found = _owned(target, found, scene)
    found = _distinct(sorted(found, key=lambda c: -c.score))
    if target.most:
        found = _most(target, found, scene)
    if target.nth:
        found = nth(target, found, scene)
    return found


def _names(target: Target) -> list[str]:
    """What the thing may be called: a noun of control may belong to the name ("Shopping list")."""
    names = [target.text]
    if target.role and not target.quoted and target.role not in ("button", "link", "icon", "page"):
        names += [f"{target.text} {target.role}", f"{target.role} {target.text}"]
    return names


def _rate(target: Target, thing: Thing, scene: Scene) -> list[Candidate]:
    score, why = 0.0, ""
    if echoes(thing.text):
        return []
    if target.text:
        if thing.kind in HOLDERS and len(tokens(thing.text)) > len(tokens(target.text)) + 1:
            return []
        for at, name in enumerate(_names(target)):
            for own, text in enumerate(thing.names):
                if own and thing.kind in ("field", "textarea", "select") and "focused" not in thing.state:
                    continue_penalty = 0.08  # what stands in a field is its value, or else a hint
                else:
                    continue_penalty = 0.02 * own
                found, reason = text_score(name, text)
                if target.quoted and reason.startswith("synonym"):
                    found *= 0.8
                score, why = max((score, why), (found - (0.04 if at else 0) - continue_penalty, reason))
        if thing.name:
            if squash(thing.name) == squash(target.text):
                score, why = max((score, why), (0.9, f"{thing.name} picture"))
            for concept in concept_of(target.text):
                icons = icons_of(concept)
                if thing.name in icons:
                    score, why = max((score, why), (0.88 - 0.03 * icons.index(thing.name), f"{thing.name} icon"))
        if thing.color is not None and thing.kind in ("swatch", "shape", "button", "icon") and not thing.text:
            from model.embedded.eyes.colours import distance as colour_distance
            from model.embedded.eyes.colours import find_colour

            if named := find_colour(target.text):
                far = colour_distance(thing.color, named[0])
                score, why = max((score, why), (0.85 - 0.6 * far, f"{named[0]} area"))
    elif target.role in _SIGNS:
        if _SIGNS[target.role].fullmatch(thing.text.strip()):
            score, why = 0.95, f"a {target.role}"
    elif (
        target.kinds or target.shape or target.colour or target.anchor or target.role or target.nth or target.most
    ):
        score, why = 0.9, "of the kind"
    if score <= 0:
        return []
    return [Candidate(thing, score * _kind_factor(target, thing), why)]


def _kind_factor(target: Target, thing: Thing) -> float:
    if target.shape:
        return 1.0
    if not target.kinds:
        if thing.kind in ("field", "textarea", "listbox"):
            return 0.85  # a field is meant only where the task speaks of one
        if not target.text and thing.kind in ("text", "panel"):
            return 0.75
        return {"panel": 0.8, "text": 0.975, "image": 0.95}.get(thing.kind, 1.0)
    if thing.kind in target.kinds:
        return 1.0 - 0.01 * target.kinds.index(thing.kind)
    if not target.text:
        return 0.2
    if target.kinds[0] in ("link", "button") and thing.kind == "text":
        return 0.9
    near = {"button": 0.95, "link": 0.95, "text": 0.93, "tab": 0.95, "icon": 0.93, "panel": 0.7}
    return near.get(thing.kind, 0.9)


def _spans(target: Target, scene: Scene) -> list[Candidate]:
    """Words within a line of running text: a link in a sentence, a label in a row read as one line."""
    found = []
    for name in _names(target):
        mine = tokens(name)
        if not mine:
            continue
        for index, line in scene.lines:
            if ECHO.search(line.text):
                continue
            words = line.words or split_words(line)
            for start in range(len(words)):
                for length in range(1, len(mine) + 2):
                    piece = words[start : start + length]
                    if len(piece) < length or (start == 0 and length == len(words)):
                        continue
                    text = " ".join(w.text for w in piece).strip(".,;:()[]!?")
                    score, why = text_score(name, text)
                    if score >= 0.85:
                        box = piece[0].box
                        for word in piece[1:]:
                            box = box.union(word.box)
                        thing = Thing("text", box, (text,), line=index, color=line.color)
                        factor = 0.95 if target.kinds and "text" not in target.kinds else 0.965
                        if _goes_on(words, start, length):
                            factor = 0.86
                        found.append(Candidate(thing, score * factor, f"{why}, in “{line.text}”"))
    return found


def _stacked(target: Target, scene: Scene) -> list[Candidate]:
    """A name that is broken over two lines."""
    found = []
    for _, upper in scene.lines:
        for index, lower in scene.lines:
            close = -3 <= lower.box.top - upper.box.bottom < 0.7 * upper.box.height
            over = min(upper.box.right, lower.box.right) - max(upper.box.left, lower.box.left)
            if close and over > 0.6 * min(upper.box.width, lower.box.width):
                text = f"{upper.text} {lower.text}"
                score, why = text_score(target.text, text)
                if score >= 0.95:
                    thing = Thing("text", upper.box.union(lower.box), (text,), line=index, color=lower.color)
                    found.append(Candidate(thing, score * 0.96, f"{why}, in two lines"))
    return found


def _goes_on(words: tuple[Word, ...], start: int, length: int) -> bool:
    """Whether a name in a short line goes on behind the words found ("Model X" in "Model X Plus")."""
    behind = words[start + length : start + length + 1]
    ends = words[start + length - 1].text[-1:] in ",.;:!?)·|"
    return (
        bool(behind)
        and not ends
        and (start == 0 or len(words) <= 5)
        and bool(re.match(r"[A-Z0-9]", behind[0].text))
    )


def split_words(line: Line) -> tuple[Word, ...]:
    """Words of a line with places in proportion to their letters, where the reader gave none."""
    found, at = [], 0
    step = line.box.width / max(1, len(line.text))
    for part in line.text.split():
        at = line.text.index(part, at)
        left = line.box.left + at * step
        found.append(Word(part, Box(left, line.box.top, left + len(part) * step, line.box.bottom)))
        at += len(part)
    return tuple(found)


def _plain_square(thing: Thing, scene: Scene) -> str:
    """ "square" for an area of one colour in which no other shape was made out."""
    shapes = [t.box for t in scene.of("shape") if t.box.contains(*thing.box.center)]
    return "square" if thing.kind == "swatch" and not shapes else ""


def _looks(target: Target, found: list[Candidate], scene: Scene) -> list[Candidate]:
    """Weigh by colour, shape and size."""
    if target.shape:
        from model.embedded.eyes.shapes import is_a

        found = [
            replace(c, score=c.score * (1 if c.thing.name else 0.9))
            for c in found
            if (name := c.thing.name or _plain_square(c.thing, scene)) and is_a(name, target.shape)
        ]
    if target.colour and (not target.text or target.shape or len(target.text) <= 2):
        from model.embedded.eyes.colours import distance as colour_distance

        found = [
            replace(
                c,
                score=c.score * (1 - 0.7 * colour_distance(c.thing.color, target.colour)),
                why=f"{c.why}, {target.colour}",
            )
            for c in found
            if c.thing.color is not None
        ]
    if target.size and found:
        areas = sorted(t.box.area for t in {*scene.of("shape"), *(c.thing for c in found)})
        middle = (areas[0] + areas[-1]) / 2 if areas[-1] > 1.5 * areas[0] else 0.0
        kept = []
        for c in found:
            fits = not middle or (c.thing.box.area > middle) == (target.size == "large")
            kept.append(c if fits else replace(c, score=c.score * 0.6))
        found = kept
    return found


def _owned(target: Target, found: list[Candidate], scene: Scene) -> list[Candidate]:
    """Weigh by nearness to the name of the owner; without a control of its own the owner is the thing."""
    owners = [c for c in find(Target(text=target.whose), scene) if c.score >= ENOUGH]
    if not owners:
        return []
    best = [o for o in owners if o.score >= owners[0].score - 0.03]
    if not target.text and not target.kinds:
        return [replace(o, why=f"{o.why}, whose it is") for o in owners]
    kept = []
    for c in found:
        if any(c.thing == o.thing for o in best):
            continue
        near = min(distance(scene, c.thing.box, o.thing.box) for o in best)
        kept.append(replace(c, score=min(c.score, best[0].score) * max(0.4, 1 - 0.02 * near / scene.scale)))
    return kept


def _distinct(found: list[Candidate]) -> list[Candidate]:
    """Without a second candidate at the same place."""
    kept: list[Candidate] = []
    for c in found:
        if not any(
            (
                k.thing.box.contains(*c.thing.box.center)
                and (k.thing.kind != "panel")
                and c.thing.box.area <= 1.5 * k.thing.box.area
            )
            or (c.thing.box.contains(*k.thing.box.center) and c.thing.kind != "panel" and c.thing.kind == "text")
            for k in kept
        ):
            kept.append(c)
    return kept


def nth(target: Target, found: list[Candidate], scene: Scene) -> list[Candidate]:
    """The one at the place named, in reading order, among those that match about as well as the best."""
    if not found:
        return []
    if target.text and found[0].score >= 0.88 and any(ch.isdigit() for ch in target.text):
        return found  # "Tab #2" is written on it
    alike = [c for c in found if c.score >= found[0].score - 0.06 and c.thing.kind == found[0].thing.kind]
    step = max(1.0, scene.scale)
    alike.sort(key=lambda c: (round(c.thing.box.center[1] / step), c.thing.box.left))
    index = target.nth - 1 if target.nth > 0 else len(alike) + target.nth
    if not 0 <= index < len(alike):
        return []
    return [replace(alike[index], why=f"{alike[index].why}, no. {target.nth} of {len(alike)}")]


def _most(target: Target, found: list[Candidate], scene: Scene) -> list[Candidate]:
    """The candidate whose value (price, size, number beside it) is the most in the sense that was named."""
    alike = [c for c in found if c.score >= ENOUGH] or found
    if target.most in ("largest", "smallest") and any(c.thing.kind in ("shape", "image", "swatch") for c in alike):
        values: list[float | None] = [c.thing.box.area for c in alike]
    elif target.most in ("longest", "shortest") and not any(numbers(c.thing.text) for c in alike):
        values = [float(len(c.thing.text)) for c in alike]
    else:
        values = [value_near(c.thing, scene, priced=target.most in ("cheapest", "dearest")) for c in alike]
    best = most(target.most, values)
    if best is None:
        return []
    return [replace(alike[best], why=f"{target.most}: {values[best]:g}")]


def _first_number(text: str) -> float | None:
    return next(iter(numbers(text)), None)


def value_near(thing: Thing, scene: Scene, *, priced: bool) -> float | None:
    """The number that belongs to a thing: in its own text, else the nearest one in its row or card."""
    read = price if priced else _first_number
    if (own := read(thing.text)) is not None:
        return own
    near = sorted(
        (distance(scene, thing.box, line.box), value)
        for _, line in scene.lines
        if (value := read(line.text)) is not None
    )
    return near[0][1] if near and near[0][0] < 25 * scene.scale else None
