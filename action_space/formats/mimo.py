"""MiMo-VL's format (technical report, table 5).

It differs from the canonical one in three things: points and distances are in pixels of the resized picture, the
scroll directions up and down are the way the content moves (``up`` shows what is below), and `open` and
`appswitch` also take ``app_name``. What the table lacks is written in the same manner with our fields.
"""

from __future__ import annotations

import json
from typing import Any

from action_space import schema
from action_space.actions import BaseAction, Finished
from action_space.formats.base import Parsed
from action_space.formats.parsing import json_action as wire
from action_space.formats.parsing.values import turn
from action_space.geometry import Frame


class MimoFormat:
    """``{"action": "scroll", "direction": "up"}`` for a view that moves down.

    Expresses all but a click where the pointer is.
    """

    name = "mimo"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        return wire.parse(text, frame, finger=True, accepted=_documented)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action, *wire.WHOLE)
        data = wire.to_model(action, frame)
        if "direction" in data:
            data["direction"] = turn(data["direction"])
        if isinstance(action, Finished):
            data = {"action": "finished", "status": action.status, **data}
        return json.dumps(data, ensure_ascii=False)

    def schema(self, frame: Frame) -> dict[str, Any]:
        """See `Format.schema`."""
        whole = schema.wire_schema(frame.model_size)
        whole["$defs"]["Scroll"]["properties"]["direction"]["description"] = (
            "'up' reveals what is below, 'down' what is above, 'left' and 'right' what is there."
        )
        return whole


def _documented(data: dict[str, Any], repairs: list[str]) -> dict[str, Any]:
    if data.get("action") in ("open", "appswitch") and "app_name" in data and "app" not in data:
        return {("app" if field == "app_name" else field): value for field, value in data.items()}
    return data
