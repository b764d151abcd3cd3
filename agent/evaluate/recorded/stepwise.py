"""Recorded episodes, one step at a time: the model sees what the person saw, and its next action is compared.

Metrics as published (AITW, Rawles et al. 2023; CAGUI and AITZ as AgentCPM-GUI's `eval/utils/evaluator.py` scores
them, Zhang et al. 2025; AndroidControl as the same scorer does with its switch for it, after Qwen2.5-VL):

* `type`: the kind of action is right;
* `step`: kind and content are right. A click or long press is right within a box of the screen that holds the
  recorded point, grown by a fifth, or within a distance of it: 0.14 of the screen; for AndroidControl 0.04, and
  the boxes are the five whose middles are nearest. Distances are taken with width and height of the screen as 1.
  A scroll must have the direction, a key must be the key, of two texts one must contain the other (case and outer
  blanks do not matter), an end is right whatever it says. AgentCPM-GUI counts waiting as an end; so do these two;
* `step_exact_wait`: as `step`, but waiting and ending are two things;
* `step_within_0.04`: as `step`, with clicks within 0.04 of the screen wherever more is let pass;
* `text`: Levenshtein ratio of typed texts; `distance`: of two clicks, in thousandths of the screen;
* over episodes: `episode`: all steps right; `progress`: share of steps before the first that is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from action_space.actions import BaseAction
from action_space.geometry import Frame, Size
from action_space.schema import validate
from agent.evaluate.datasets.base import Groups, Point, Prediction, Score, Sides, look, picture_size
from model.base import Model
from model.family import Family

GROWN = 1.2
"""Boxes are compared at this multiple of their width and height."""

NEAREST = 5
PHONE = ("click", "longpress", "scroll", "drag", "input", "press", "back", "open", "wait", "finished")
DESKTOP = ("click", "longpress", "scroll", "drag", "input", "press", "hover", "wait", "finished")


class Meant(NamedTuple):
    """What an action comes to, for comparing. `point` has the screen's width and height as 1."""

    kind: str
    point: Point | None = None
    text: str = ""


@dataclass(frozen=True)
class Rule:
    """How near is near enough.

    Attributes:
        distance: of a click, with width and height of the screen as 1.
        nearest: compare with the boxes whose middles are nearest; else with those that hold the recorded point.
    """

    distance: float = 0.14
    nearest: bool = False


CAGUI, ANDROID_CONTROL = Rule(), Rule(0.04, nearest=True)


@dataclass(frozen=True)
class Past:
    """A step before: its picture, what was done (pixels of it), and in which words."""

    picture: Path
    action: Mapping[str, Any]
    thought: str = ""


@dataclass(frozen=True)
class Step:
    """One recorded step.

    Attributes:
        instruction: what the model is told: the goal of the episode, or of the step.
        action: canonical JSON of what was done, in pixels of the picture.
        boxes: of what is on the screen; left, top, right, bottom with width and height of the screen as 1.
        episode, number: which step of which episode.
        past: the steps before, oldest first.
        actions: names of the actions that the model may choose from.
    """

    id: str
    instruction: str
    picture: Path
    action: Mapping[str, Any]
    episode: str
    number: int
    boxes: tuple[Sides, ...] = ()
    past: tuple[Past, ...] = field(default=(), repr=False)
    rule: Rule = CAGUI
    actions: tuple[str, ...] = PHONE
    groups: Groups = field(default_factory=dict)

    def answer(self, model: Model, family: Family) -> Prediction:
        """Ask for the next action as `agent run` does, with the recorded past.

        Raises:
            ModelFault: no answer can be had.
        """
        from agent.history import steps_with_picture
        from agent.policy import InvalidAnswer, Policy
        from model.prompt import HistoryStep, PromptContext

        image = look(self.picture)
        shown = steps_with_picture(family.pictures)
        past = tuple(
            HistoryStep(
                validate(dict(step.action)),
                step.thought,
                screenshot=look(step.picture) if back <= shown else None,
            )
            for back, step in zip(range(len(self.past), 0, -1), self.past, strict=True)
        )
        turn = PromptContext(self.instruction, image, Frame(Size(*image.size)), past, actions=self.actions)
        try:
            decision = Policy(model, family=family).decide(turn)
        except InvalidAnswer as invalid:
            decision = invalid.decision
        last, action = decision.answers[-1], decision.action
        outcome = last.outcome if len(decision.answers) == 1 or last.outcome == "failed" else "repaired"
        return Prediction(
            point=_first_point(action),
            text=last.text,
            action=action.to_json() if action else None,
            outcome=outcome,
            error=last.error,
            usage=decision.usage,
            wall_s=decision.wall_s,
        )

    def score(self, prediction: Prediction) -> Score:
        """See the module text."""
        size = picture_size(self.picture)
        truth = meaning(self.action, size)
        if prediction.action is None:
            return Score(
                0.0,
                dict.fromkeys(("type", "step", "step_exact_wait", "step_within_0.04"), 0.0),
                prediction.error or "no action",
            )
        said = meaning(prediction.action, size)
        same = said.kind == truth.kind
        exact = same and self._same(said, truth)
        ends = {said.kind, truth.kind} <= {"wait", "stop"}
        strict = exact and (truth.point is None or self._strictly(said, truth))
        metrics = {
            "type": float(same or ends),
            "step": float(exact or ends),
            "step_exact_wait": float(exact),
            "step_within_0.04": float(strict or ends),
        }
        if same and truth.kind == "type":
            from rapidfuzz.distance import Levenshtein

            metrics["text"] = Levenshtein.normalized_similarity(_plain(said.text), _plain(truth.text))
        if same and said.point and truth.point:
            metrics["distance"] = 1000 * math.dist(said.point, truth.point)
        return Score(metrics["step"], metrics, f"{_told(said)} against {_told(truth)}")

    def oracle(self) -> Prediction:
        """What was done."""
        return Prediction(action=self.action, point=_first_point(validate(dict(self.action))))

    def chances(self) -> Mapping[str, float]:
        """Clicks at random (on a grid of 20 by 20 points) and in the middle; an end at once; and, for the figure
        `type`, how often the truth is a click at all."""
        truth = meaning(self.action, picture_size(self.picture))
        hits = 0.0
        if truth.kind == "click" and truth.point:
            grid = [((x + 0.5) / 20, (y + 0.5) / 20) for x in range(20) for y in range(20)]
            boxes = self._boxes(truth.point)
            hits = sum(self._near(point, truth.point, boxes) for point in grid) / len(grid)
        centre = truth.kind == "click" and truth.point is not None
        return {
            "random-point": hits,
            "centre-point": float(centre and self._near((0.5, 0.5), truth.point, self._boxes(truth.point))),  # type: ignore[arg-type]
            "always-done": float(truth.kind in ("stop", "wait")),
            "type of always-click": float(truth.kind == "click"),
        }

    def shown(self) -> dict[str, Any]:
        """The recorded action, its point, and the box of the screen around it."""
        size = picture_size(self.picture)
        truth = meaning(self.action, size)
        found: dict[str, Any] = {"action": dict(self.action), "episode": self.episode, "number": self.number}
        if truth.point:
            holding = [box for box in self.boxes if _holds(box, truth.point)]
            smallest = min(holding, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]), default=None)
            found["point"] = [truth.point[0] * size[0], truth.point[1] * size[1]]
            if smallest:
                found["box"] = [round(share * side, 1) for share, side in zip(smallest, size * 2, strict=True)]
        return found

    def _same(self, said: Meant, truth: Meant) -> bool:
        if truth.point is not None:
            return said.point is not None and self._near(said.point, truth.point, self._boxes(truth.point))
        if truth.kind == "type":
            a, b = _plain(said.text), _plain(truth.text)
            return a in b or b in a
        return said.text == truth.text

    def _strictly(self, said: Meant, truth: Meant) -> bool:
        """A click within 0.04 of the screen, AndroidControl's figure, or in a box of the element."""
        if said.point is None or truth.point is None:
            return False
        held = any(_holds(box, said.point) for box in self._boxes(truth.point))
        return held or math.dist(said.point, truth.point) <= min(self.rule.distance, STRICT)

    def _boxes(self, truth: Point) -> list[Sides]:
        grown = [_grown(box) for box in self.boxes]
        if not self.rule.nearest:
            return [box for box in grown if _holds(box, truth)]
        return sorted(grown, key=lambda box: math.dist(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), truth))[
            :NEAREST
        ]

    def _near(self, point: Point, truth: Point, boxes: Sequence[Sides]) -> bool:
        return any(_holds(box, point) for box in boxes) or math.dist(point, truth) <= self.rule.distance


STRICT = 0.04


def meaning(action: Mapping[str, Any], size: tuple[int, int]) -> Meant:
    """What a canonical action comes to on a screen of that size in pixels.

    A drag is a scroll: the view goes against the finger.
    """
    name, start = str(action.get("action")), action.get("start_point")
    point = (start[0] / size[0], start[1] / size[1]) if start else None
    if name == "click":
        button, clicks = action.get("button", "left"), action.get("clicks", 1)
        return Meant("click" if (button, clicks) == ("left", 1) else f"click {button} {clicks}", point)
    if name in ("longpress", "hover"):
        return Meant(name, point)
    if name == "drag":
        if start is None:  # from where the pointer is, which is not known here
            return Meant("drag")
        (x, y), end = start, action["end_point"]
        dx, dy = (end[0] - x) / size[0], (end[1] - y) / size[1]
        return Meant("scroll", text=swiped(dx, dy))
    if name == "scroll":
        return Meant("scroll", text=str(action["direction"]))
    if name == "input":
        return Meant("type", text=str(action["text"]))
    if name == "press":
        return Meant("press", text="+".join(str(key).lower() for key in action["keys"]))
    if name == "back":
        return Meant("press", text="back")
    if name in ("open", "appswitch"):
        return Meant("open", text=_plain(str(action["app"])))
    if name == "finished":
        return Meant("stop")
    return Meant(name)


def swiped(dx: float, dy: float) -> str:
    """Where the view goes when a finger moves by so much of the screen."""
    if abs(dx) > abs(dy):
        return "right" if dx < 0 else "left"
    return "down" if dy < 0 else "up"


def _first_point(action: BaseAction | None) -> Point | None:
    return next(iter(action.points().values()), None) if action else None


def _grown(box: Sides) -> Sides:
    """As the published scorer grows a box: corner and size are each kept on the screen."""
    left, top, width, height = box[0], box[1], box[2] - box[0], box[3] - box[1]
    more_x, more_y = (GROWN - 1) * width, (GROWN - 1) * height
    left, top = max(0.0, left - more_x / 2), max(0.0, top - more_y / 2)
    return left, top, left + min(1.0, width + more_x), top + min(1.0, height + more_y)


def _holds(box: Sides, point: Point) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def _plain(text: str) -> str:
    return text.lower().strip()


def _told(meant: Meant) -> str:
    where = f" at {meant.point[0]:.3f}, {meant.point[1]:.3f}" if meant.point else ""
    return f"{meant.kind}{where}{f' {meant.text[:60]!r}' if meant.text else ''}"
