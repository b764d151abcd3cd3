"""Controls that stand for something to be done: a bin in a row, a pencil in a card, a button of the page."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.values import price
from model.embedded.language.words import concept_of, concepts_within, fold, icons_of, squash, tokens
from model.embedded.matching.memory import Now
from model.embedded.matching.places import distance
from model.embedded.matching.scene import Candidate, Scene, Thing
from model.embedded.matching.whereabouts import in_head

NEAR = 16.0
"""How far, in text heights, a control may be from the name of the object whose it is."""
_LEADS = re.compile(r"^(?:show|view|see|open|go to|to the|back to)\b|^(?:查看|前往|返回)", re.I)
"""What leads to the list of such things and does nothing to one."""
_SAID = re.compile(r"^(?:your|you)\b|\w[.!。！]$|^已", re.I)
"""Sentences, such as a short message that comes up: they tell, they are no control."""
_VIEW = re.compile(r"\b(?:filters?|search|selection|sorting)\b", re.I)
"""What is cleared there belongs to the view, not to the data."""
NO_CONTROL = ("panel", "field", "textarea", "listbox", "select")


def controls_for(concept: str, scene: Scene) -> list[tuple[Thing, float]]:
    """Controls that may stand for a concept, by their words or by their picture, with scores."""
    icons = icons_of(concept)
    found = []
    for thing in scene.things:
        if concept == "delete" and (
            _VIEW.search(thing.text) or (thing.name == "close" and _is_cell(thing, scene))
        ):
            continue
        if thing.kind == "icon" and any(f.box.contains(*thing.box.center) for f in scene.of("field")):
            continue
        if thing.kind in NO_CONTROL or _SAID.search(thing.text) or _LEADS.search(thing.text):
            continue
        score = 0.0
        if concept in concept_of(thing.text):
            score = 0.95
        elif (
            thing.kind != "text" and thing.text
            and concept in concepts_within(thing.text) and len(tokens(thing.text)) <= 5
        ):  # fmt: skip
            score = 0.88
        elif squash(thing.text) == squash(concept):
            score = 0.95
        elif thing.name in icons and not thing.text:
            score = 0.93 - 0.06 * icons.index(thing.name)
        if thing.kind == "text":
            score *= 0.9
        if score:
            found.append((thing, score))
    return found


def _is_cell(thing: Thing, scene: Scene) -> bool:
    """Whether a sign is a value of a table: a column head stands over it, in a row of heads."""
    heads = [
        t for t in scene.of("text", "link", "button", "tab")
        if t.text and thing.box.top > t.box.bottom and thing.box.left - 2 * scene.scale <= t.box.left <= thing.box.right
    ]  # fmt: skip
    head = max(heads, key=lambda t: t.box.bottom, default=None)
    if head is None:
        return False
    row = [t for t in scene.row_of(head.box) if t.text and t.kind != "panel"]
    return len(row) >= 3 and len([t for t in scene.row_of(thing.box) if t.text and t.kind != "panel"]) >= 3


def of_owner(concept: str, owners: list[Candidate], now: Now) -> tuple[Thing, float] | None:
    """The control for a concept that belongs to one of the owners' rows or cards and was not tried, with a score."""
    scene = now.scene
    pairs = [
        (score * owner.score / (1 + 0.01 * far), control)
        for owner in owners
        for control, score in controls_for(concept, scene)
        if control != owner.thing
        and not now.tried(control.point)
        and not (in_head(control, scene) and not in_row(control, owner.thing, scene))
        and (far := far_from(control, owner.thing, scene)) <= NEAR
        and belongs(control, owner.thing, scene)
    ]
    if not pairs:
        return None
    score, control = max(pairs, key=lambda p: p[0])
    return control, min(1.0, score + 0.05)


def of_page(concept: str, now: Now) -> tuple[Thing, float] | None:
    """The control for a concept that acts on what the page is about: a button, not in the page's head."""
    found = [(t, s) for t, s in controls_for(concept, now.scene) if not now.tried(t.point)]
    return prominent(found, now.scene, None) if found else None


def far_from(control: Thing, owner: Thing, scene: Scene) -> float:
    """How far a control is from a name, in text heights; the end of the same row is never too far."""
    far = distance(scene, control.box, owner.box) / scene.scale
    return min(far, 1.0) if in_row(control, owner, scene) else far


def in_row(control: Thing, owner: Thing, scene: Scene) -> bool:
    """Whether a control stands behind a name, in the row of a few lines that the name begins."""
    down = control.box.center[1] - owner.box.center[1]
    return control.box.left > owner.box.right and -2.2 * scene.scale < down < 4.5 * scene.scale


def _down(control: Thing, owner: Thing) -> float:
    return abs(control.box.center[1] - owner.box.center[1])


def belongs(control: Thing, mine: Thing, scene: Scene) -> bool:
    """Whether no other object of the same sort is nearer to the control than this owner."""
    far = distance(scene, control.box, mine.box)
    if in_row(control, mine, scene):
        return not any(
            abs(t.box.height - mine.box.height) < 0.2 * mine.box.height
            and in_row(control, t, scene)
            and (abs(t.box.left - mine.box.left) < scene.scale or abs(t.box.top - mine.box.top) < scene.scale)
            and (t.box.left > mine.box.right or _down(control, t) < _down(control, mine))
            and _down(control, t) < _down(control, mine) + 0.3 * scene.scale
            for t in scene.things
            if t is not control and t.kind == mine.kind and t.color == mine.color and t.text != mine.text
            and t.text and not concept_of(t.text) and price(t.text) is None
        )  # fmt: skip
    for other in scene.things:
        if (
            other is control
            or other.text == mine.text
            or not other.text
            or other.kind != mine.kind
            or other.color != mine.color
            or price(other.text) is not None
        ):
            continue
        alike = abs(other.box.height - mine.box.height) < 0.2 * mine.box.height
        level = abs(other.box.center[1] - mine.box.center[1]) < 0.6 * scene.scale
        aligned = abs(other.box.left - mine.box.left) < scene.scale or level
        nearer = distance(scene, control.box, other.box) < 0.8 * far
        if alike and aligned and not concept_of(other.text) and nearer:
            same_row = abs(control.box.center[1] - mine.box.center[1]) < 0.6 * scene.scale
            if not same_row or (level and mine.parent != control.parent):
                return False
    return True


def prominent(controls: list[tuple[Thing, float]], scene: Scene, owner: Thing | None) -> tuple[Thing, float]:
    """The control that acts rather than leads elsewhere: a button, not in the page's head, near the owner."""

    def rank(pair: tuple[Thing, float]) -> float:
        thing, score = pair
        verb = tokens(thing.text)[:1] in (["add"], ["save"], ["move"], ["put"], ["加入"], ["添加"])
        near = distance(scene, thing.box, owner.box) / (100 * scene.scale) if owner else 0.0
        kind = 0.05 if thing.kind == "button" else 0
        return score - (0.4 if in_head(thing, scene) else 0) + (0.1 if verb else 0) + kind - near

    return max(controls, key=rank)


_SAVES = (
    "save", "save changes", "create", "add", "submit", "ok", "okay", "update", "done", "apply", "confirm", "send", "post",
    "publish", "finish", "continue", "next", "register", "book", "book now", "invite", "request", "log", "start", "upload", "import", "保存", "提交", "确定", "确认", "完成", "创建", "添加", "新增", "发送", "发布",
)  # fmt: skip
_NEVER = re.compile(
    r"\b(?:cancel|close|delete|remove|reset|discard|back|another|search|filter|new)\b|取消|关闭|删除|重置", re.I
)


def save_button(now: Now, kind: str = "", below: float = 0.0, verb: str = "") -> tuple[Thing, float] | None:
    """The button that confirms the form in view: by its words, below what was entered rather than above it.

    Args:
        kind: noun of the record.
        below: bottom of the last field that was filled, pixels.
        verb: words of the control that opened the form ("Rename"): its button often says the same.
    """
    scene = now.scene
    best: tuple[float, float, Thing] | None = None
    nouns, opened = set(tokens(kind)), set(tokens(verb))
    dialog = dialog_panel(scene)
    for thing in scene.things:
        if thing.kind not in ("button", "link", "icon", "text", "tab") or not thing.text or now.tried(thing.point):
            continue
        words = tokens(thing.text)
        if not words or len(words) > 4 or _NEVER.search(thing.text) or "disabled" in thing.state:
            continue
        key = fold(thing.text)
        under = thing.box.center[1] > below
        named = any(key in fold(g.target.called) for g in now.goals if g.target.called)
        score = 0.0
        if key in _SAVES:
            score = 0.95 - 0.004 * _SAVES.index(key)
        elif words[0] in _SAVES and (nouns & set(words[1:]) or len(words) <= 3):
            score = 0.93 if nouns & set(words[1:]) else 0.9
        elif any(key.startswith(w) for w in _SAVES if not w.isascii()) or (
            under and opened & set(words) and thing.kind == "button"
        ):
            score = 0.9
        elif (
            thing.kind == "button"
            and not named
            and under
            and below
            and thing.box.center[1] - below < 14 * scene.scale
        ):
            score = 0.72  # whatever is written on it, it stands under the form
        if not score:
            continue
        if thing.kind in ("text", "link", "tab"):
            score -= 0.08
        if dialog and not dialog.box.contains(*thing.box.center):
            score -= 0.3
        if thing.box.center[1] < below - 2 * scene.scale:
            score -= 0.05 if thing.kind != "tab" and not in_tabs(thing, scene) else 0.3
        down = abs(thing.box.center[1] - below)
        if best is None or (round(score, 2), -down) > (round(best[0], 2), best[1]):
            best = (score, -down, thing)
    return (best[2], best[0]) if best and best[0] >= 0.6 else None


def in_tabs(thing: Thing, scene: Scene) -> bool:
    """Whether it is one of a bar of tabs or sections, not a button of the form."""
    row = [t for t in scene.row_of(thing.box) if t is not thing and t.text and t.kind in ("tab", "link", "button")]
    alike = [t for t in row if abs(t.box.height - thing.box.height) < 3]
    return any(t.kind == "tab" for t in alike) or len(alike) >= 4


def dialog_panel(scene: Scene) -> Thing | None:
    """The panel that lies over the page as a dialog, where there is one."""
    whole = scene.screen.size.width * scene.screen.size.height
    panels = [t for t in scene.of("panel") if t.name == "dialog" and t.box.area < 0.8 * whole]
    return min(panels, key=lambda t: t.box.area, default=None)
