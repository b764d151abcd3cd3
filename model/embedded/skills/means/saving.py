"""Confirming what was entered, and what the page says to it."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

from model.embedded.language.words import squash
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, Step, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import FIELDS
from model.embedded.skills.means import messages
from model.embedded.skills.means.controls import save_button

_SURE_BUTTON = 0.8
"""Score of a button from which it says by itself that it saves."""


def press_save(now: Now, kind: str = "") -> Answer:
    """The button that saves what was entered; Enter in the last field where there is none."""
    entered = [s.point for s in now.past if "field" in s.memo and s.point]
    low = max((p[1] for p in entered), default=0)
    memo = {"known": messages.told(now.scene)}
    opened = next((s.text for s in reversed(now.past) if s.tag in ("edit", "new", "item")), "")
    if found := save_button(now, kind, low, opened):
        thing, score = found
        return Move(
            click_at(thing.point, thing.text),
            f"I save it with {name_of(thing)}.",
            score,
            last=False,
            tag="save",
            memo=memo,
        )
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    if typed and "press" in now.actions:
        return Move(
            {"action": "press", "keys": ["enter"]},
            "I see no button, I confirm with Enter.",
            0.85,
            last=False,
            tag="save",
            memo=memo,
        )
    return Lost("there is no button to save with", final=True)


def same_form(now: Now, saved: list[Step]) -> bool:
    """Whether the form stands as before, with the button that was to save it, and none of the values in it."""
    scene, last = now.scene, saved[-1]
    button = any(t.text and t.text == last.text and t.kind == "button" for t in scene.things)
    fields = scene.of(*FIELDS, "select")
    entered = [
        s for s in now.past if "field" in s.memo and s.kind in ("input", "select") and s.text and not s.error
    ]
    here = [s for s in entered if any(f.box.grown(2 * scene.scale).contains(*(s.point or (0, 0))) for f in fields)]
    kept = any(squash(s.text) in squash(" ".join(f.names)) for s in entered for f in fields)
    return bool(button and here) and not kept and not last.moved


def after_save(now: Now, saved: list[Step], shown: str, again: object) -> Answer:
    """What came of saving: the page's own message, the form gone, the name in view; another try where nothing changed."""
    last, scene = saved[-1], now.scene
    known = list(last.memo.get("known") or [])
    if wrong := messages.fresh_errors(scene, known):
        return Lost(f"the page says “{wrong[0][:140]}”", final=True)
    if last.idle and last is now.past[-1]:
        if len(saved) < 3 and (found := save_button(now)):
            thing = found[0]
            said = f"Nothing changed, I try {name_of(thing)}."
            return Move(click_at(thing.point, thing.text), said, 0.8, last=False, tag="save", memo=dict(last.memo))
        typed = [s for s in now.past if s.kind == "input" and not s.error]
        if len(saved) < 3 and typed and last.kind != "press" and "press" in now.actions:
            return Move(
                {"action": "press", "keys": ["enter"]},
                "Nothing changed, I try Enter.",
                0.8,
                last=False,
                tag="save",
                memo=dict(last.memo),
            )
        return Lost("nothing changed when I saved", final=True)
    if text := messages.success(scene, known):
        return Done(f"the page says “{text[:80]}”", 0.97)
    fields = [f.box for f in scene.of(*FIELDS, "select")]
    seen = shown and any(
        squash(shown) in squash(t.text) and not any(f.grown(2).contains(*t.box.center) for f in fields)
        for t in scene.things if t.kind not in FIELDS
    )  # fmt: skip
    if last.score < _SURE_BUTTON:
        return Done("it was saved, perhaps: the button does not say so", 0.8)
    if seen:
        return Done(f"“{shown}” is to be seen after saving", 0.96)
    if same_form(now, saved) and not seen:
        return Lost("the form is still open after saving, and does not show what was entered", final=True)
    holding = [s for s in now.past if "field" in s.memo and s.kind == "input" and s.point and s.text]
    kept = any(squash(s.text) in squash(" ".join(f.names)) for s in holding for f in scene.of(*FIELDS) if s.text)
    if not kept or last.moved:
        return Done("the form is gone after saving", 0.92)
    return Done("it was saved, as far as I can see", 0.8)
