"""Instructions for what is on a screen: by text, by purpose, by relation, by state, and for what is not there."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from model.training.data.records import Box, Element, GroundingItem, Origin, Picture
from model.training.synth.look import WORDS

OPERABLE = (
    "button", "link", "field", "checkbox", "radio", "switch", "select", "slider", "tab", "menu_item", "icon",
)  # fmt: skip
_PHRASES = json.loads((Path(__file__).parent / "phrases.json").read_text("utf-8"))


def ask(
    elements: list[Element], name: str, origin: Origin, picture: Picture, rng: random.Random, most: int = 6
) -> list[GroundingItem]:
    """Up to `most` instructions for a screen, each with every box that is right for it.

    An instruction is given only where the labels decide it: a text or purpose that several elements bear has all
    their boxes, a state or relation is asked for only where one element answers to it.
    """
    language = "zh" if origin.language == "zh" else "en"
    names = _PHRASES[language]["names"]
    asked: list[tuple[str, str, tuple[Box, ...], Element | None]] = []
    for maker in (_by_text, _by_purpose, _by_relation, _by_state):
        found = list(maker(elements, language, names, rng))
        rng.shuffle(found)
        asked += found[:2]
    rng.shuffle(asked)
    asked = asked[: most - 1]
    told = _absent(elements, language, names, rng)
    if told:
        asked.append((told, "absent", (), None))
    return [
        GroundingItem(
            id=f"{name}-ask{number}",
            origin=origin,
            picture=picture,
            instruction=instruction,
            boxes=boxes,
            absent=not boxes,
            kind=element.kind if element else None,
            text=element.text if element else "",
            asked_by=way,
        )
        for number, (instruction, way, boxes, element) in enumerate(asked)
    ]


_Asked = Iterable[tuple[str, str, tuple[Box, ...], Element | None]]


def _by_text(elements: list[Element], language: str, names: dict[str, str], rng: random.Random) -> _Asked:
    for one in elements:
        if one.kind in OPERABLE and 0 < len(one.text) <= 60:
            template = rng.choice(_PHRASES[language]["text"])
            alike = [e for e in elements if e.text == one.text and e.kind in OPERABLE]
            if "{k}" in template:
                alike = [e for e in alike if e.kind == one.kind]
            else:
                # A label beside its check box bears the same words: a click on it does the same.
                alike += [e for e in elements if e.text == one.text and e.kind == "text" and one.kind != "field"]
            yield template.format(t=one.text, k=names[one.kind]), "text", tuple(e.box for e in alike), one


def _by_purpose(elements: list[Element], language: str, names: dict[str, str], rng: random.Random) -> _Asked:
    for one in elements:
        if one.purpose and one.kind in ("icon", "button"):
            alike = tuple(e.box for e in elements if e.purpose == one.purpose and e.kind in ("icon", "button"))
            template = rng.choice(_PHRASES[language]["purpose"])
            verbal = one.purpose.split()[0] in _PHRASES["verbs"]
            if language == "en" and not verbal and ("to {p}" in template or "can {p}" in template):
                template = "the {k} for: {p}"
            yield template.format(k=names[one.kind], p=one.purpose), "purpose", alike, one


def _by_state(elements: list[Element], language: str, names: dict[str, str], rng: random.Random) -> _Asked:
    counts: dict[tuple[str, str], list[Element]] = {}
    for one in elements:
        if one.kind not in OPERABLE:
            continue
        states: list[str] = list(one.states)
        if one.kind in ("checkbox", "radio", "switch") and "checked" not in states:
            states.append("off")
        for state in states:
            counts.setdefault((one.kind, state), []).append(one)
    for (kind, state), those in sorted(counts.items()):
        alone = len([e for e in elements if e.kind == kind]) > 1
        if len(those) == 1 and alone and state in _PHRASES[language]["state"]:
            yield _PHRASES[language]["state"][state].format(k=names[kind]), "state", (those[0].box,), those[0]


def _by_relation(elements: list[Element], language: str, names: dict[str, str], rng: random.Random) -> _Asked:
    """The nearest of its kind on one side of an anchor whose text stands once on the screen."""
    texts = Counter(e.text for e in elements if e.text)
    anchors = [
        e for e in elements if e.kind in ("text", "heading", "link", "button", "image") and texts[e.text] == 1
    ]
    rng.shuffle(anchors)
    for anchor in anchors[:8]:
        for side in ("below", "above", "right", "left"):
            near = sorted(
                (d, i) for i, e in enumerate(elements) if (d := _distance(anchor.box, e.box, side)) is not None
            )
            kinds: set[str] = set()
            for place, (gap, index) in enumerate(near):
                one = elements[index]
                if one is anchor or one.kind not in OPERABLE or one.kind in kinds:
                    continue
                kinds.add(one.kind)
                rivals = [d for d, i in near[place + 1 :] if elements[i].kind == one.kind]
                if gap < 120 and len(anchor.text) <= 40 and (not rivals or rivals[0] > gap + 12):
                    told = _PHRASES[language]["relation"][side].format(k=names[one.kind], a=anchor.text)
                    yield told, "relation", (one.box,), one


def _distance(anchor: Box, other: Box, side: str) -> float | None:
    """Pixels from an anchor to what is on that side of it and overlaps it the other way; None: not there."""
    across = (0, 2) if side in ("below", "above") else (1, 3)
    if min(anchor[across[1]], other[across[1]]) - max(anchor[across[0]], other[across[0]]) < 4:
        return None
    gap = {
        "below": other[1] - anchor[3],
        "above": anchor[1] - other[3],
        "right": other[0] - anchor[2],
        "left": anchor[0] - other[2],
    }[side]
    return gap if gap >= -1 else None


def _absent(elements: list[Element], language: str, names: dict[str, str], rng: random.Random) -> str:
    """An instruction for something that no element's text or purpose comes near to."""
    seen = " ".join(f"{e.text} {e.purpose}" for e in elements).lower()
    wanted = [w for w in WORDS[language]["absent"] + WORDS[language]["actions"] if str(w).lower() not in seen]
    if not wanted:
        return ""
    return rng.choice(_PHRASES[language]["absent"]).format(
        t=rng.choice(wanted), k=names[rng.choice(("button", "link", "menu_item"))]
    )
