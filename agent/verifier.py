"""The second look: before a click that cannot be undone, the model is asked again about the place, close up.

The part of the screenshot around the proposed point is cut out at native resolution, and the model is asked where
the target is in it. Then

* both answers agree (they lie no further apart than a quarter of the part's shorter side): the second, finer point
  is taken;
* the second answer lies elsewhere, or the model says that there is no such element: the action is refused, and the
  model is told why. When it then proposes the same point once more, it is done: it has been told, and insists;
* the second answer holds no point: the first counts.

What it costs is one call with a small picture for each such click; `details.second_look` of the step has both
answers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import Any

from action_space.actions import BaseAction, Click, LongPress
from action_space.geometry import Box, Frame
from agent.policy import Verification
from model.base import Model
from model.family import Family
from model.grounding import Grounded, ground
from model.prompt import PromptContext

_RISKY = re.compile(
    r"\b(?:submit|buy|purchase|order|check ?out|pay|payment|delete|remove|erase|discard|send|post|publish|transfer"
    r"|book|reserve|confirm|unsubscribe|cancel|reset|format|overwrite|sign)(?:s|ed|ing)?\b"
    r"|提交|购买|下单|付款|支付|删除|移除|清空|发送|发布|转账|预订|确认|注销|取消|重置",
    re.IGNORECASE,
)


@dataclass
class ZoomVerifier:
    """One run's second look.

    Attributes:
        every_click: look twice before every click, not only before those that cannot be undone.
        share: side of the part that is cut out, as a share of the screenshot's.
        least: its least side in pixels.
    """

    every_click: bool = False
    share: float = 0.35
    least: int = 336
    _refused: tuple[int, int] | None = field(default=None, init=False, repr=False)

    def __call__(
        self, model: Model, family: Family, turn: PromptContext, action: BaseAction, thought: str
    ) -> Verification | None:
        """What the second look found; None where none is needed.

        Raises:
            ModelFault: no answer can be had.
        """
        if not isinstance(action, Click | LongPress) or action.start_point is None:
            return None
        words = " ".join((thought, getattr(action, "text", None) or ""))
        if not self.every_click and not _RISKY.search(words):
            return None
        first = action.start_point
        crop = self._around(first, turn.frame)
        agree = min(crop.width, crop.height) / 4
        insisted = self._refused is not None and math.dist(first, self._refused) <= agree
        self._refused = None
        if insisted:
            return Verification(action, record={"outcome": "insisted", "first": list(first)})
        target = _target(turn.task, action, thought)
        picture = turn.screenshot.crop((int(crop.left), int(crop.top), int(crop.right), int(crop.bottom)))
        found = ground(model, picture, target, frame=replace(turn.frame, model=None, crop=crop), family=family)
        return self._judged(action, first, found, target, crop, agree)

    def _judged(
        self,
        action: Click | LongPress,
        first: tuple[int, int],
        found: Grounded,
        target: str,
        crop: Box,
        agree: float,
    ) -> Verification:
        second = found.point
        refusal = ""
        if second is None:
            outcome = "unreadable"
            if "no such element" in found.error:
                outcome, refusal = "absent", f"A closer look found no {target} there. Look again."
        elif math.dist(first, second) <= agree:
            outcome, action = "agreed", action.model_copy(update={"start_point": second})
        else:
            outcome = "elsewhere"
            refusal = f"A closer look found {target} at {list(second)}, not at {list(first)}. Look again."
        if refusal:
            self._refused = first
        record: dict[str, Any] = {
            "outcome": outcome,
            "target": target,
            "crop": [round(side) for side in crop],
            "first": list(first),
            "second": list(second) if second else None,
            "answer": found.reply.text,
            "error": found.error,
        }
        return Verification(action, refusal, found.reply.usage, found.reply.wall_s, record)

    def _around(self, point: tuple[int, int], frame: Frame) -> Box:
        """The part to look at: as large on every screen edge as in the middle."""
        spans = []
        for at, whole in zip(point, frame.screen, strict=True):
            side = min(int(whole), max(self.least, round(self.share * whole)))
            start = min(max(0, round(at - side / 2)), int(whole) - side)
            spans.append((start, start + side))
        (left, right), (top, bottom) = spans
        return Box(left, top, right, bottom)


def _target(task: str, action: Click | LongPress, thought: str) -> str:
    """What the click is meant for, in words: the text on the element, the model's last sentence, or the task."""
    if isinstance(action, Click) and action.text:
        return f"“{action.text.strip()}”"
    sentences = [part.strip() for part in re.split(r"(?<=[.!?。！？])\s*", thought) if part.strip()]
    return sentences[-1].rstrip(".。")[:300] if sentences else task[:300]
