"""The action between two pictures: something is really clicked, typed or scrolled, and both sides are kept."""

from __future__ import annotations

import random
from typing import Any

from model.training.data.dataset import FolderData
from model.training.data.records import Element, Episode, GroundingItem, Origin, Record, Step
from model.training.synth.render import Renderer, Shifted, View

_CHANGING = ("checkbox", "radio", "switch", "field")
_SHARE = 0.3  # of the pages that have one
_TASK = {
    "en": "Two pictures of the same screen follow. Which action lies between them?",
    "zh": "以下是同一屏幕的两张截图。两者之间执行了什么操作？",
}


def transition(
    renderer: Renderer, data: FolderData, name: str, origin: Origin, rng: random.Random
) -> list[Record]:
    """An episode of one action on the page that `renderer` has open, and the question for its target.

    Empty where chance says so, nothing on the screen can be acted on, or the action changed nothing that is seen.
    """
    if rng.random() >= _SHARE:
        return []
    try:
        before = renderer.capture()
        done = _act(renderer.page, before, rng)
        if done is None:
            return []
        action, target = done
        after = renderer.capture()
    except Shifted:
        return []
    effect = _effect(target, after)
    if not effect:
        return []
    first, second = (data.add_picture(view.png, scale=view.scale) for view in (before, after))
    language = "zh" if origin.language == "zh" else "en"
    steps = (
        Step(picture=first, action=action, target=target.box, outcome="done", effect=effect),
        Step(picture=second, action=None, learn=False),
    )
    found: list[Record] = [
        Episode(id=f"{name}-act", origin=origin, task=_TASK[language], steps=steps, verdict="verified", reward=1.0)
    ]
    wanted = f"Click so that this happens: {effect}" if language == "en" else f"点击以实现：{effect}"
    alike = tuple(e.box for e, *_ in before.elements if e.kind == target.kind and e.text == target.text)
    found.append(
        GroundingItem(
            id=f"{name}-act-ask", origin=origin, picture=first, instruction=wanted, boxes=alike, kind=target.kind,
            text=target.text, asked_by="transition",
        )
    )  # fmt: skip
    return found


def _act(page: Any, view: View, rng: random.Random) -> tuple[dict[str, Any], Element] | None:
    """Click on what a click changes: the action in pixels of the picture, and what it should hit."""
    those = [
        e for e, beneath, _ in view.elements if e.kind in _CHANGING and not beneath and "disabled" not in e.states
    ]
    those = [e for e in those if e.text and not (e.kind == "radio" and "checked" in e.states)]
    if not those:
        return None
    target = rng.choice(those)
    x, y = (target.box[0] + target.box[2]) // 2, (target.box[1] + target.box[3]) // 2
    page.mouse.click(x / view.scale, y / view.scale)
    page.mouse.move(0, 0)
    return {"action": "click", "start_point": [int(x), int(y)]}, target


def _effect(target: Element, after: View) -> str:
    """What the labels of the second picture say has become of the target; "": nothing that they know of."""
    now = [e for e, *_ in after.elements if e.kind == target.kind and e.text == target.text and _near(e, target)]
    if len(now) != 1:
        return ""
    if target.kind == "field":
        return f'"{target.text}": cursor' if "focused" in now[0].states and "focused" not in target.states else ""
    was, is_ = "checked" in target.states, "checked" in now[0].states
    return "" if was == is_ else f'"{target.text}": {"on" if is_ else "off"}'


def _near(one: Element, other: Element) -> bool:
    return all(abs(a - b) <= 3 for a, b in zip(one.box, other.box, strict=True))
