"""OpenAI's computer tool: the action of one `computer_call`, or the first of its batch of `actions`."""

from __future__ import annotations

from action_space.formats.base import FormatError
from action_space.formats.parsing import aliases
from action_space.formats.parsing.scalars import number
from action_space.formats.parsing.values import nothing_scrolled
from action_space.formats.tools import schemas as tool_schemas
from action_space.formats.tools.common import (
    NOT_ACTIONS,
    SIGNS,
    Json,
    ToolFormat,
    modifiers,
    only,
    refuse,
)


def _from_openai(data: Json, repairs: list[str]) -> Json:
    whole = data.get("action")
    inner: Json = whole if isinstance(whole, dict) else data
    if isinstance(batch := inner.get("actions"), list):
        # A batch: the first that does something. What follows is decided anew, on the screen that it leaves.
        done = [one for one in batch if isinstance(one, dict) and one.get("type") not in NOT_ACTIONS]
        if not done:
            raise refuse("screenshot")
        if len(done) > 1:
            repairs.append(f"{len(done)} actions; the first was taken")
        inner = done[0]
    if not isinstance(inner.get("type"), str):
        return data if inner is whole else inner
    name, rest = inner["type"], {key: value for key, value in inner.items() if key != "type"}
    if name in NOT_ACTIONS:
        raise refuse(name)
    if "x" in rest and "y" in rest:
        rest["start_point"] = [rest.pop("x"), rest.pop("y")]
    if isinstance(held := rest.get("keys"), list) and name in ("click", "double_click", "drag", "scroll"):
        del rest["keys"]
        rest |= {"modifiers": modifiers(held)} if held else {}
    if name == "move" and rest.get("keys") in ([], None):
        rest.pop("keys", None)
    if name == "click":
        button = rest.pop("button", "left")
        if not isinstance(button, str):
            return {"action": "click", "button": button, **rest}
        if button in ("back", "forward"):
            return {"action": "back"} if button == "back" else {"action": "press", "keys": ["forward"]}
        return {
            "action": "click",
            **({} if button == "left" else {"button": {"wheel": "middle"}.get(button, button)}),
            **rest,
        }
    if name == "double_click":
        return {"action": "click", "clicks": 2, **rest}
    if name == "drag" and isinstance(path := rest.pop("path", None), list) and len(path) >= 2:
        points = [[p["x"], p["y"]] if isinstance(p, dict) and {"x", "y"} <= set(p) else p for p in path]
        between = {"path": points[1:-1]} if len(points) > 2 else {}
        return {"action": "drag", "start_point": points[0], "end_point": points[-1], **between, **rest}
    if name == "scroll":
        dx, dy = number(rest.pop("scroll_x", 0) or 0), number(rest.pop("scroll_y", 0) or 0)
        if dx is None or dy is None:
            raise FormatError("scroll: scroll_x and scroll_y are no numbers; allowed: pixels", field="scroll_y")
        if not dx and not dy:
            raise nothing_scrolled()
        if bool(dx) != bool(dy):
            way = ("right" if dx > 0 else "left") if dx else ("down" if dy > 0 else "up")
            return {"action": "scroll", "direction": way, "scroll_distance": abs(dx or dy), **rest}
        rest |= {"scroll_x": dx, "scroll_y": dy}
    names = {"type": "input", "keypress": "press", "move": "hover"}
    return {"action": names.get(name, name), **rest}


def _to_openai(data: Json) -> Json | None:
    name = data["action"]
    at = dict(zip("xy", data["start_point"], strict=True)) if "start_point" in data else {}
    if name == "click":
        held = {"keys": [key.upper() for key in data["modifiers"]]} if "modifiers" in data else {}
        clicks, button = data.get("clicks", 1), data.get("button", "left")
        if clicks == 2 and button == "left":
            return {"type": "double_click", **at, **held}
        return (
            {"type": "click", "button": {"middle": "wheel"}.get(button, button), **at, **held}
            if clicks == 1
            else None
        )
    if name == "drag":
        points = (data["start_point"], *data.get("path", ()), data["end_point"])
        held = {"keys": [key.upper() for key in data["modifiers"]]} if data.get("modifiers") else {}
        return {"type": "drag", "path": [dict(zip("xy", point, strict=True)) for point in points], **held}
    if name == "scroll" and at:
        delta = data["scroll_distance"] * SIGNS[data["direction"]]
        across = data["direction"] in ("left", "right")
        held = {"keys": [key.upper() for key in data["modifiers"]]} if data.get("modifiers") else {}
        ways = {"scroll_x": delta if across else 0, "scroll_y": 0 if across else delta}
        return {"type": "scroll", **at, **ways, **held}
    if name == "input" and only(data, "text"):
        return {"type": "type", "text": data["text"]}
    if name == "press":
        return {"type": "keypress", "keys": [key.upper() if len(key) > 1 else key for key in data["keys"]]}
    if name == "hover" and at:
        return {"type": "move", **at}
    return {"type": "wait"} if name == "wait" and only(data) else None


OPENAI = ToolFormat(
    "openai",
    _from_openai,
    _to_openai,
    tool_schemas.openai,
    said=("drag.path", "drag.modifiers", "scroll.modifiers"),
    is_action=lambda data: aliases.is_action(data) or "actions" in data,
)
