"""Where is it? One contract, `Finder`, and two who keep it: the embedded eyes, and any grounding model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from action_space.geometry import Box
from agent.rpa.query import Found, Match, Query, inside
from envs.base import Observation
from model.base import Model
from model.embedded.screen import Screen

if TYPE_CHECKING:
    from model.embedded.eyes.reader import Reader
    from model.embedded.matching.scene import Scene, Thing

_ENOUGH = 0.85
"""Score from which something may be meant: the same words, or the same within a few more."""
_CLOSE = 0.05
"""Difference of scores below which two candidates are equally meant."""
_NEARER = 1.5
"""How many times farther the second nearest must be for `near` to decide."""
_ALIKE = {  # what eyes may take for each other
    "button": ("button", "icon", "tab", "link"),
    "link": ("link", "text", "button", "tab"),
    "field": ("field", "textarea"),
    "select": ("select", "listbox"),
    "checkbox": ("checkbox", "switch"),
    "switch": ("switch", "checkbox"),
    "tab": ("tab", "button", "link"),
    "icon": ("icon", "image", "button"),
    "image": ("image", "icon", "shape"),
    "text": ("text", "link"),
}
_LABELLED = ("field", "textarea", "select", "checkbox", "radio", "switch", "slider")


class Finder(Protocol):
    """Says where something is on a screenshot."""

    def find(self, query: Query, seen: Observation) -> Found:
        """What `query` means on this screenshot.

        Raises:
            ValueError: the region lies outside the screenshot, or the picture cannot be used.
        """


class EmbeddedFinder:
    """Finds by what the embedded eyes read: texts, labels, kinds; pictures by comparing pixels."""

    def __init__(self) -> None:
        self._reader: Reader | None = None

    def screen(self, seen: Observation) -> Screen:
        """Everything that is read on the screenshot; what did not change since is not read again."""
        if self._reader is None:
            from model.embedded.eyes.reader import Reader

            self._reader = Reader()
        return self._reader.look(seen.screenshot)

    def find(self, query: Query, seen: Observation) -> Found:
        """See `Finder.find`."""
        from model.embedded.matching.scene import Scene

        area = inside(query.region, seen.screenshot.size) if query.region else None
        if query.image is not None:
            from agent.rpa.pictures import find_picture

            rated = find_picture(query.image, seen.screenshot)
            scene = Scene(self.screen(seen)) if query.near is not None else None
        else:
            scene = Scene(self.screen(seen))
            rated = _rated(query, scene)
        rated = [one for one in rated if area is None or area.contains(*one.box.center)]
        meant = _meant(rated)
        if query.kind is not None:
            meant = [one for one in meant if one.kind == query.kind] or meant
        others = tuple(one for one in rated if one not in meant)
        note = ""
        if query.near is not None and scene is not None and meant:
            meant, note = self._near(query, query.near, seen, meant, scene)
        if query.nth is not None:
            meant.sort(key=lambda one: (round(one.box.center[1] / (scene.scale if scene else 14)), one.box.left))
            at = query.nth - 1 if query.nth > 0 else len(meant) + query.nth
            note = note or f"there are {len(meant)}"
            meant = [meant[at]] if 0 <= at < len(meant) else []
        return Found(tuple(meant), others[:5], "" if meant else note)

    def _near(
        self, query: Query, near: str | Match, seen: Observation, meant: list[Match], scene: Scene
    ) -> tuple[list[Match], str]:
        """Those among `meant` that lie nearest to what `near` names, and what is to be said of it."""
        from model.embedded.matching.places import distance

        anchors = [near] if isinstance(near, Match) else list(self.find(Query(near), seen).matches)
        if not anchors:
            return [], f"near: “{near}” is not on the screen"
        pairs = sorted(
            ((distance(scene, one.box, anchor.box), number) for number, one in enumerate(meant)
             for anchor in anchors if one.box != anchor.box),
        )  # fmt: skip
        nearest = list(dict.fromkeys(number for _, number in pairs))
        if not nearest:
            return [], "near: names the thing itself"
        if query.nth is not None:
            return [meant[number] for number in nearest], ""
        least = max(pairs[0][0], 0.5 * scene.scale)
        first = {number: far for far, number in reversed(pairs)}
        return [meant[number] for number in nearest if first[number] < _NEARER * least or number == nearest[0]], ""


class ModelFinder:
    """Finds by asking a model that grounds (`model.ground`): one place, or a refusal. Reading stays with the eyes.

    Args:
        model: any model whose family can say where something is.
    """

    def __init__(self, model: Model) -> None:
        self.model = model

    def find(self, query: Query, seen: Observation) -> Found:
        """See `Finder.find`.

        Raises:
            ValueError: the query holds what no sentence can say: a picture.
            ModelFault: no answer can be had.
        """
        from model.grounding import ground

        area = inside(query.region, seen.screenshot.size) if query.region else None
        if query.image is not None:
            return EmbeddedFinder().find(query, seen)
        answer = ground(self.model, seen.screenshot, in_words(query), frame=seen.frame)
        if answer.point is None:
            return Found((), note=f"{self.model.name}: {answer.error}")
        x, y = answer.point
        box = answer.box or Box(x - 4, y - 4, x + 5, y + 5)
        match = Match(query.text, "place", box, answer.reply.confidence or 1.0, f"said by {self.model.name}")
        if area is not None and not area.contains(x, y):
            return Found((), (match,), "the model's place lies outside the region")
        return Found((match,))


def in_words(query: Query) -> str:
    """The query as a noun phrase for a model."""
    words = f"the {query.kind or 'element'}" + (f' "{query.text}"' if query.text else "")
    if query.nth is not None:
        words += f", number {query.nth} in reading order" if query.nth > 0 else ", the last one"
    if query.near is not None:
        words += f', near "{query.near if isinstance(query.near, str) else query.near.text}"'
    return words


def _rated(query: Query, scene: Scene) -> list[Match]:
    """Everything that looks like it, the best first; what may be meant has a score of `_ENOUGH` or more."""
    from model.embedded.language.goals import Target
    from model.embedded.matching.match import find

    kinds = _ALIKE.get(query.kind, (query.kind,)) if query.kind else ()
    found = []
    for thing in scene.things:
        score, why = _score(query, thing)
        if kinds and thing.kind not in kinds:
            score *= 0.8  # shown in messages, never meant
        if score >= 0.3:
            found.append(_match(thing, score, why, scene))
    best = max((one.score for one in found), default=0.0)
    if query.text and not query.exact and best < 0.94 and (not kinds or "text" in kinds):
        for one in find(Target(text=query.text, quoted=True), scene):  # words within a line, over two lines, icons
            if one.score >= _ENOUGH and not any(
                match.box.contains(*one.thing.box.center) and match.score >= _ENOUGH for match in found
            ):
                found.append(_match(one.thing, one.score, one.why, scene))
    return sorted(found, key=lambda one: -one.score)


def _score(query: Query, thing: Thing) -> tuple[float, str]:
    from model.embedded.language.wording import text_score

    if not query.text:
        return (0.9, "of the kind") if thing.kind == query.kind else (0.0, "")
    best, why = 0.0, ""
    for place, name in enumerate(thing.names):
        score, reason = text_score(query.text, name)
        if reason.startswith("synonym"):
            score *= 0.7  # a script means what it says
        if query.exact and score < 0.94:
            score = min(score, 0.8)
        if place and thing.kind in ("field", "textarea", "select"):
            score -= 0.12  # what stands in a field is no name of it
        if thing.kind in ("panel", "listbox") and len(name) > len(query.text) + 3:
            score = min(score, 0.6)
        best, why = max((best, why), (score, reason))
    return best, why


def _match(thing: Thing, score: float, why: str, scene: Scene) -> Match:
    value = ""
    if thing.element >= 0 and thing.kind in ("field", "textarea", "select"):
        value = scene.screen.elements[thing.element].text
    kind = "field" if thing.kind == "textarea" else thing.kind
    return Match(thing.text or thing.name, kind, thing.box, round(score, 3), why, thing.state, value)


def _meant(rated: list[Match]) -> list[Match]:
    """Those that are equally meant: near the best, a control and its own label counted once."""
    enough = [one for one in rated if one.score >= _ENOUGH]
    if not enough:
        return []
    close = [one for one in enough if one.score >= enough[0].score - _CLOSE]
    kept: list[Match] = []
    for one in sorted(close, key=lambda match: (match.kind in ("text", "panel"), -match.score)):
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda match: -match.score)


def _same(one: Match, kept: Match) -> bool:
    """Whether `one` is a part, the frame or the label of `kept`."""
    if kept.box.grown(2).contains(*one.box.center) or one.box.contains(*kept.box.center):
        return True
    if one.kind != "text" or kept.kind not in _LABELLED:
        return False
    across = max(0.0, kept.box.left - one.box.right, one.box.left - kept.box.right)
    along = max(0.0, kept.box.top - one.box.bottom, one.box.top - kept.box.bottom)
    reach = 4 * max(12.0, one.box.height)
    return (across <= 3 * reach and along == 0) or (along <= 0.6 * reach and across == 0)
