"""The thing that a goal means, and its name."""

from __future__ import annotations

from dataclasses import replace

from model.embedded.language.goals import Target
from model.embedded.language.words import KINDS, fold
from model.embedded.matching.match import ENOUGH, find
from model.embedded.matching.memory import Now
from model.embedded.matching.scene import Candidate, Scene, Thing


def best(target: Target, now: Now, among: list[Thing] | None = None) -> Candidate | None:
    """The best candidate that was not tried in vain; less sure where a rival is as good."""
    found = find(target, now.scene, among)
    if (
        among is None
        and target.kinds[:1] == ("button",)
        and not (target.text or any(c.score >= ENOUGH for c in found))
    ):
        found = find(target, now.scene, _boxed(now.scene))
    if (
        among is None
        and target.role
        and not (target.text or target.whose)
        and not any(c.score >= ENOUGH for c in found)
    ):
        found = find(replace(target, text=target.role, role="", kinds=()), now.scene)
    now.trace += [
        {
            "for": str(target),
            "text": c.thing.text[:60],
            "kind": c.thing.kind,
            "score": round(c.score, 3),
            "why": c.why,
            "at": list(c.point),
        }
        for c in found[:5]
    ]
    here = now.past[next((i for i in range(len(now.past), 0, -1) if "address" in now.past[i - 1].effect), 0) :]
    vain = [s.said for s in here if s.kind == "click" and s.idle and s.text]
    fresh = [c for c in found if not now.tried(c.point) and not any(name_of(c.thing) in said for said in vain)]
    if not fresh:
        return None
    first = fresh[0]
    rivals = [c for c in fresh[1:] if c.score > first.score - 0.015 and c.thing.kind == first.thing.kind]
    if len(fresh) < len(found):
        first = replace(first, score=first.score * 0.9)
    return replace(first, score=first.score * 0.92) if rivals else first


def _boxed(scene: Scene) -> list[Thing]:
    """Small boxes with a word or two in them that look like panels: where nothing else is, they are buttons."""
    most = 10 * scene.scale
    return [
        replace(t, kind="button") for t in scene.of("panel")
        if t.text and len(t.text) <= 24 and t.box.height < most and t.box.width < 2 * most
    ]  # fmt: skip


def as_widget(target: Target) -> Target:
    """ "a “checkbox” widget": the name is that of a kind."""
    if target.role == "widget" and fold(target.text) == "text":
        return replace(target, text="", role="text field", kinds=("field",))
    if (
        target.role in ("widget", "control", "element", "input")
        and fold(target.text) in KINDS
        and KINDS[fold(target.text)]
    ):
        return replace(target, text="", role=fold(target.text), kinds=KINDS[fold(target.text)])
    return target


def name_of(thing: Thing) -> str:
    """A thing in words, for the thought."""
    kind = thing.kind if thing.kind != "text" else "text"
    return f"the {kind} “{thing.text[:60]}”" if thing.text else f"the {thing.name or ''} {kind}".replace("  ", " ")
