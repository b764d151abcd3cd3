"""An option that stands in view: in the group that was named, where there is one."""

from __future__ import annotations

from dataclasses import replace

from model.embedded.language.goals import Choose
from model.embedded.matching.match import find
from model.embedded.matching.memory import Now
from model.embedded.matching.options import bare, group_of, headings, of_group
from model.embedded.matching.places import under
from model.embedded.matching.pointing import best
from model.embedded.matching.scene import Candidate, Thing

_OPTION_KINDS = frozenset("checkbox radio tab swatch button link icon text switch shape image".split())


def visible(goal: Choose, now: Now) -> Candidate | None:
    """The option itself, in the group that was named where there is one."""
    scene, option = now.scene, goal.option
    options = [t for t in scene.things if t.kind in _OPTION_KINDS]
    group = [c for c in find(replace(goal.field, kinds=()), scene) if c.score >= 0.8] if goal.field.text else []
    scores: list[Candidate] = []
    short = bare(goal)
    named = group_of(goal)
    heads = headings(scene, named) if named else []
    if heads:
        group += [Candidate(Thing("text", line.box, (line.text,)), 0.92, "heading") for line in heads]
        # what another heading stands over is not meant, however well it fits
        options = [t for t in options if of_group(t, scene, named)] or options
    if group and short:
        heading = min(group, key=lambda c: (-round(c.score, 1), len(c.thing.text)))
        inside = [
            t
            for t in under(scene, heading.thing.box) + scene.row_of(heading.thing.box)
            if t.kind in _OPTION_KINDS and t != heading.thing and (not heads or of_group(t, scene, named))
        ]
        found = best(replace(option, text=short), now, inside)
        if found:
            scores.append(
                replace(
                    found,
                    score=min(found.score, heading.score + 0.05),
                    why=f"{found.why}, under “{heading.thing.text}”",
                )
            )
    found = best(option, now, options) or (None if heads else best(option, now))
    if found:
        scores.append(found)
    if not scores and short != option.text and short:
        found = best(replace(option, text=short), now, options)
        scores += [replace(found, score=found.score * 0.95)] if found else []
    return max(scores, key=lambda c: c.score, default=None)
