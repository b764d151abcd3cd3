"""Items of the kind "where is it?": ScreenSpot, ScreenSpot-v2, ScreenSpot-Pro, OSWorld-G, a folder of one's own.

Metrics, each as published:

* `accuracy`: the point lies in the target. ScreenSpot (Cheng et al. 2024, SeeClick, `screenspot_test.py`) and
  ScreenSpot-Pro (Li et al. 2025, `eval_screenspot_pro.py`): edges belong to the box; of a predicted box its centre
  counts; an answer without a point is wrong and counted as a format error.
* OSWorld-G (Xie et al. 2025, `GroundingEval`): the same for boxes; even-odd rule for polygons; an item whose thing
  is not on the screen is right only where the model refuses.
* `centre`: the same of the predicted box alone; `iou`, `iou_0.5`: of the predicted box with the box around the
  target. Only over answers that have a box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.evaluate.datasets.base import Groups, Prediction, Score, look, picture_size
from agent.evaluate.datasets.shapes import Target, iou, middle
from model.base import Model
from model.family import Family


@dataclass(frozen=True)
class Locate:
    """One thing to find on one picture.

    Attributes:
        id: unique within the suite.
        instruction: the thing in words, as the model is told.
        groups: platform, element, application …; figures are given for each.
    """

    id: str
    instruction: str
    picture: Path
    target: Target
    groups: Groups = field(default_factory=dict)

    def answer(self, model: Model, family: Family) -> Prediction:
        """Ask through the same door as `agent ground`.

        Raises:
            ModelFault: no answer can be had.
        """
        from model.grounding import ground

        found = ground(model, look(self.picture), self.instruction, family=family)
        refused = found.point is None and found.refused
        return Prediction(
            point=found.point,
            box=tuple(found.box) if found.box else None,  # type: ignore[arg-type]
            refused=refused,
            text=found.reply.text,
            outcome=found.outcome,
            error="" if found.point or refused else found.error,
            usage=found.reply.usage,
            wall_s=found.reply.wall_s,
        )

    def score(self, prediction: Prediction) -> Score:
        """See the module text."""
        box = prediction.box
        point = prediction.point or (middle(box) if box else None)
        if self.target.kind == "refusal":
            hit = prediction.refused and point is None
            said = "refused" if hit else "named a place" if point else "said nothing usable"
            return Score(float(hit), {"accuracy": float(hit), "refusal": float(hit)}, f"not on the screen; {said}")
        hit = point is not None and self.target.holds(point)
        metrics = {"accuracy": float(hit)}
        bounds = self.target.bounds
        if box and bounds:
            overlap = iou(box, bounds)
            metrics |= {"centre": float(self.target.holds(middle(box))), "iou": overlap}
            metrics["iou_0.5"] = float(overlap >= 0.5)
        if point is None:
            reason = (
                "refused, though it is on the screen" if prediction.refused else prediction.error or "no point"
            )
        else:
            reason = f"({point[0]:g}, {point[1]:g}) {'in' if hit else 'not in'} the {self.target.kind}"
        return Score(float(hit), metrics, reason)

    def oracle(self) -> Prediction:
        """The middle of the target, and the box around it; the refusal where one is right."""
        if self.target.kind == "refusal":
            return Prediction(refused=True)
        return Prediction(point=self.target.inner_point(), box=self.target.bounds)

    def chances(self) -> Mapping[str, float]:
        """A uniformly random point hits with the share of the picture that the target takes."""
        width, height = picture_size(self.picture)
        hit = self.target.holds((width / 2, height / 2))
        return {
            "random-point": self.target.area_within(width, height) / (width * height),
            "centre-point": float(hit),
            "always-refuse": float(self.target.kind == "refusal"),
        }

    def shown(self) -> dict[str, Any]:
        """The target as JSON."""
        return self.target.to_json()
