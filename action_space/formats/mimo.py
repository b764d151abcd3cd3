"""MiMo-VL's format (technical report, table 5).

It differs from the canonical one in three things: points and distances are in pixels of the resized picture, a
scroll direction is the way the content moves (``up`` shows what is below), and `open` and `appswitch` also take
``app_name``. What the table lacks is written in the same manner with our fields.
"""

from __future__ import annotations

import json
from typing import Any

from action_space import schema
from action_space.actions import BaseAction, Finished
from action_space.formats import wire
from action_space.formats.base import Parsed
from action_space.formats.values import flip
from action_space.geometry import Frame


class MimoFormat:
    """``{"action": "scroll", "direction": "up"}`` for a view that moves down. Expresses everything."""

    name = "mimo"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        return wire.parse(text, frame, finger=True, accepted=_documented)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        data = wire.to_model(action, frame)
        if "direction" in data:
            data["direction"] = flip(data["direction"])
        if isinstance(action, Finished):
            data = {"action": "finished", "status": action.status, **data}
        return json.dumps(data, ensure_ascii=False)

    def schema(self, frame: Frame) -> dict[str, Any]:
        """See `Format.schema`."""
        whole = schema.wire_schema(frame.model_size)
        whole["$defs"]["Scroll"]["properties"]["direction"]["description"] = (
            "Direction in which the content moves: 'up' reveals what is below."
        )
        return whole


def _documented(data: dict[str, Any]) -> dict[str, Any]:
    if data.get("action") in ("open", "appswitch") and "app_name" in data and "app" not in data:
        return {("app" if field == "app_name" else field): value for field, value in data.items()}
    return data
