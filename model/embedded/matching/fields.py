"""The field that a goal means, and what stands in it."""

from __future__ import annotations

from dataclasses import replace

from action_space.geometry import Box
from model.embedded.language.goals import Target
from model.embedded.language.words import KINDS, concept_of, concepts_within, fold, squash, tokens
from model.embedded.matching.match import find
from model.embedded.matching.memory import Now
from model.embedded.matching.pointing import best
from model.embedded.matching.scene import FIELDS, Candidate, Thing
from model.embedded.matching.seek import search_field


def _behind_label(target: Target, now: Now) -> Candidate | None:
    """The blank behind "to:", where that label stands in what looks like one large text area, or in no field.

    Lines such as the heads of a letter have no border of their own.
    """
    wanted, scene = squash(target.text), now.scene
    line = next(
        (x for _, x in scene.lines if wanted and x.text.strip().endswith(":") and squash(x.text) == wanted), None
    )
    if line is None:
        return None
    box, width = line.box, scene.screen.size.width
    areas = [f.box for f in scene.of("textarea") if f.box.contains(*box.center)]
    row = [t.box for t in scene.row_of(box) if t.line < 0 or scene.screen.lines[t.line] != line]
    behind = [b for b in row if b.left > box.right and b not in areas]
    own = [
        f.box for f in scene.of(*FIELDS)
        if f.box not in areas and abs(f.box.left - box.left) < 2 * scene.scale
        and 0 <= f.box.top - box.bottom < 2 * scene.scale
    ]  # fmt: skip
    if behind or own:  # it has a field of its own, or is filled
        return None
    end = min((b.right for b in areas), default=width)
    left = box.right + 0.5 * scene.scale
    blank = Box(left, box.top, max(left + scene.scale, min(end, left + 8 * scene.scale)), box.bottom)
    return Candidate(Thing("field", blank, (target.text,)), 0.9, f"the blank behind “{line.text}”")


def field_for(target: Target, now: Now) -> Candidate | None:
    """The field that a target names: by its label; an unnamed one is the first that was not filled."""
    if blank := _behind_label(target, now):
        return blank
    fields = now.scene.of(*FIELDS)
    if not fields:
        return None
    if (
        not target.text
        and target.role
        and not KINDS.get(target.role)
        and target.role not in ("text", "word", "line")
    ):
        target = replace(target, text=target.role, role="")  # "the email", "the name"
    if fold(target.text) not in _ANY_FIELD or target.nth or target.anchor:
        named = replace(target, kinds=("field", "textarea"), role="" if target.text else target.role)
        found = best(named, now, fields)
        kind = concept_of(target.text) & {"mail", "phone", "password"}
        of_kind = [f for f in fields if any(kind & concepts_within(n) and len(tokens(n)) <= 5 for n in f.names)]
        if (
            kind
            and len(of_kind) == 1
            and (not found or found.score < 0.92)
            and not now.tried(of_kind[0].point, kind="input")
        ):
            return Candidate(of_kind[0], 0.92, f"the only field for {min(kind)}")
        if found and found.score >= 0.55:
            return found
        beside = [
            c for c in find(replace(named, kinds=()), now.scene) if c.score >= 0.8 and c.thing.kind not in FIELDS
        ]
        if beside:  # a label that the reader did not join to its field
            from model.embedded.matching.places import distance

            filled = [s.point for s in now.steps if s.kind == "input" and s.point and s.goal != now.index]
            free = [f for f in fields if not any(f.box.grown(2).contains(*p) for p in filled)]
            near = min(free or fields, key=lambda f: distance(now.scene, f.box, beside[0].thing.box))
            if distance(now.scene, near.box, beside[0].thing.box) < 6 * now.scene.scale:
                return Candidate(near, beside[0].score * 0.93, f"beside “{beside[0].thing.text}”")
    searching = search_field(now.scene)
    said = fold(target.text) not in _ANY_FIELD
    if said and searching is not None and not now.relaxed:
        return None  # the page has a field, but not for this
    used = [s.point for s in now.steps if s.kind == "input" and s.point]
    fields = [f for f in fields if not said or f != searching]
    free = [f for f in fields if not any(p and f.box.grown(2).contains(*p) for p in used)]
    if not free:
        return None
    if "field" in target.kinds[:1] and (plain := [f for f in free if f.kind == "field"]):
        free = plain
    if "textarea" in target.kinds[:1] and (areas := [f for f in free if f.kind == "textarea"]):
        free = areas
    written = [line.box.center for _, line in now.scene.lines]
    free.sort(key=lambda f: any(f.box.contains(*spot) for spot in written))  # an empty one first
    known = fold(target.text) in _ANY_FIELD
    return Candidate(
        free[0],
        (0.95 if len(fields) == 1 else 0.9) if known else (0.8 if len(fields) == 1 else 0.72),
        "the next field",
    )


def filled(field: Thing, now: Now) -> bool:
    """Whether something was typed into this field for the goal at hand."""
    return any(s.kind == "input" and not s.error and s.point and field.box.contains(*s.point) for s in now.past)


def input_at(text: str, field: Thing) -> dict[str, object]:
    """The action that types a text into a field, over what stands in it."""
    action: dict[str, object] = {"action": "input", "text": text, "start_point": list(field.point)}
    if field.names and "focused" not in field.state:
        action["clear"] = True
    return action


_ANY_FIELD = (
    "",
    "text",
    "input",
    "field",
    "box",
    "answer",
    "form",
    "it",
    "page",
    "provided",
    "below",
    "empty",
    "corresponding",
    "blank",
)
