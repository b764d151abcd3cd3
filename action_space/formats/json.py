"""The canonical format: one JSON object of the action space, points in the model's space."""

from __future__ import annotations

import json
from typing import Any

from action_space import schema
from action_space.actions import BaseAction
from action_space.formats.base import Parsed
from action_space.formats.parsing import json_action as wire
from action_space.geometry import Frame


class JsonFormat:
    """``{"action": "click", "start_point": [640, 400]}``. Expresses all but a click where the pointer is."""

    name = "json"

    def parse(self, text: str, frame: Frame) -> Parsed:
        """See `Format.parse`."""
        return wire.parse(text, frame)

    def render(self, action: BaseAction, frame: Frame) -> str:
        """See `Format.render`."""
        wire.plain(self.name, action, *wire.WHOLE)
        return json.dumps(wire.to_model(action, frame), ensure_ascii=False)

    def schema(self, frame: Frame) -> dict[str, Any]:
        """See `Format.schema`."""
        return schema.wire_schema(frame.model_size)
