"""AgentCPM-GUI: compact JSON such as ``{"POINT": [480, 320]}``, points 0–1000."""

from __future__ import annotations

from action_space.formats.parsing.values import flip
from action_space.formats.tools import schemas as tool_schemas
from action_space.formats.tools.common import (
    Json,
    ToolFormat,
    only,
)

_AGENTCPM = {"POINT", "PRESS", "TYPE", "duration"}


def _from_agentcpm(data: Json, repairs: list[str]) -> Json:
    rest = {key: value for key, value in data.items() if key not in ("STATUS", "thought")}
    keep = {"thought": data["thought"]} if "thought" in data else {}
    if (
        not _AGENTCPM & set(rest) and "STATUS" in data
    ):  # an action comes first; the next answer says again that it ends
        said = data["STATUS"].strip().lower() if isinstance(data["STATUS"], str) else data["STATUS"]
        if said == "need_feedback":
            return {"action": "ask_user", "question": str(data.get("thought") or "What shall I do?")}
        if said in ("continue", "start"):
            return {**rest, **keep}
        ends = {"finish": "success", "satisfied": "success", "impossible": "infeasible", "interrupt": "failed"}
        return {"action": "finished", "status": ends.get(said, said) if isinstance(said, str) else said, **keep}
    if data.get("STATUS") not in (None, "continue", "start"):
        repairs.append("the status left out; the action beside it was taken")
    if "POINT" in rest:
        point, to, duration = rest.pop("POINT"), rest.pop("to", None), rest.pop("duration", None)
        if isinstance(to, str) and flip(to) != to:
            return {"action": "scroll", "direction": flip(to), "start_point": point, **keep, **rest}
        if to is not None:
            return {"action": "drag", "start_point": point, "end_point": to, **keep, **rest}
        if duration is not None:
            return {"action": "longpress", "start_point": point, "duration_ms": duration, **keep, **rest}
        return {"action": "click", "start_point": point, **keep, **rest}
    if "PRESS" in rest:
        return {"action": "press", "keys": [rest.pop("PRESS")], **keep, **rest}
    if "TYPE" in rest:
        return {"action": "input", "text": rest.pop("TYPE"), **keep, **rest}
    if "duration" in rest:
        return {"action": "wait", "duration_ms": rest.pop("duration"), **keep, **rest}
    return data


def _to_agentcpm(data: Json) -> Json | None:
    name, point = data["action"], data.get("start_point")
    if name == "click" and only(data, "start_point"):
        return {"POINT": point}
    if name == "longpress":
        return {"POINT": point, "duration": data.get("duration_ms", 800)}
    if name == "drag":
        return {"POINT": point, "to": data["end_point"]}
    if name == "scroll" and point is not None:
        return {"POINT": point, "to": flip(data["direction"])}
    if name == "press" and data["keys"] in (["home"], ["back"], ["enter"]):
        return {"PRESS": data["keys"][0].upper()}
    if name == "input" and only(data, "text"):
        return {"TYPE": data["text"]}
    if name == "wait":
        return {"duration": data.get("duration_ms", 1000)}
    if name == "finished" and "answer" not in data:
        words = {"success": "finish", "infeasible": "impossible", "failed": "interrupt"}
        status = words.get(data.get("status", "success"))
        return {"STATUS": status} if status else None
    return None


AGENTCPM = ToolFormat(
    "agentcpm",
    _from_agentcpm,
    _to_agentcpm,
    tool_schemas.agentcpm,
    is_action=lambda data: bool((_AGENTCPM | {"STATUS"}) & set(data)),
)
