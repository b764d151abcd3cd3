"""What a person sees of an action on its screenshot: marks at points, labels, and a caption.

Positions are percentages of the picture, so that one mark fits it at every width. No markup is made here: the
template draws, and escapes every text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from agent.text import plain

Kind = Literal["click", "hover", "hold", "caret", "drag", "scroll", "field"]
_ARROWS = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
_FURTHEST = 1e6  # pixels: beyond it is no screen
_LONGEST = 140  # characters of a text that is drawn on the picture; all of it stands beside it


@dataclass(frozen=True)
class Mark:
    """One sign on the picture.

    Attributes:
        x, y: its point in percent of the picture's width and height.
        x2, y2: end point of a drag.
        rings: 1–3 for a single, double, triple click.
        dx, dy: direction of a scroll, unit vector.
    """

    kind: Kind
    x: float
    y: float
    x2: float = 0.0
    y2: float = 0.0
    rings: int = 1
    dx: int = 0
    dy: int = 0


@dataclass(frozen=True)
class Label:
    """A bubble of text beside a point (percent); it hangs from the side that has room."""

    text: str
    x: float
    y: float

    @property
    def right(self) -> bool:
        """It lies to the left of its point, because the point is in the right part of the picture."""
        return self.x > 55

    @property
    def above(self) -> bool:
        """It lies above its point, because the point is in the lower part."""
        return self.y > 70


@dataclass(frozen=True)
class Drawing:
    """Everything drawn for one action. `caption` and `keys` belong to no point: they stand at the lower edge."""

    words: str
    marks: tuple[Mark, ...] = ()
    labels: tuple[Label, ...] = ()
    caption: str = ""
    keys: tuple[str, ...] = ()
    tone: Literal["", "good", "bad", "doubt"] = ""


def draw(action: dict[str, Any] | None, size: tuple[int, int]) -> Drawing:
    """The drawing for a canonical action (JSON), on a picture of `size` pixels.

    `words` says the action in one short English line, for captions, alternative texts and thumbnails. An action
    that is unknown or damaged is named, never an error.
    """
    action = plain(action)
    if not isinstance(action, dict):
        return Drawing("no valid action", caption="No valid action", tone="bad")
    name = str(action.get("action") or "?")
    start, end = _point(action.get("start_point"), size), _point(action.get("end_point"), size)
    text = _short(action.get("text"))
    if name == "click":
        return _click(action, start, text)
    if name == "input":
        typed = f"{text}{' ⏎' if action.get('submit') is True else ''}" or "⌫"
        words = f"type “{text}”" + (" and press Enter" if action.get("submit") is True else "")
        return _at(words, "caret", start, typed if text or action.get("submit") is True else "(empties the field)")
    if name == "drag" and start and end:
        return Drawing("drag", (Mark("drag", *start, x2=end[0], y2=end[1]),))
    if name == "scroll":
        return _scroll(action, start)
    if name == "hover":
        return _at("hover", "hover", start, "")
    if name == "longpress":
        return _at("long press", "hold", start, f"hold {_seconds(action.get('duration_ms', 800))}")
    if name == "select":
        return _at(f"select “{text}”", "field", start, f"select “{text}”")
    if name == "upload":
        paths = action.get("paths")
        files = _short(", ".join(str(path) for path in paths) if isinstance(paths, list) else "")
        return _at(f"upload {files}", "field", start, f"upload {files}")
    if name == "press":
        keys = action.get("keys")
        caps = tuple(_short(key, 32) for key in keys[:6]) if isinstance(keys, list) else ()
        return Drawing(f"press {' + '.join(caps)}", keys=caps)
    return _without_point(name, action)


def _click(action: dict[str, Any], start: tuple[float, float] | None, text: str) -> Drawing:
    clicks = action.get("clicks", 1)
    rings = clicks if clicks in (1, 2, 3) else 1
    button = _short(action.get("button", "left"), 20)
    held = action.get("modifiers")
    modifiers = [_short(key, 20) for key in held[:4]] if isinstance(held, list) else []
    how = {2: "double ", 3: "triple "}.get(rings, "")
    kind = "click" if button == "left" else f"{button} click"
    words = " + ".join([*modifiers, f"{how}{kind}"])
    label = "" if words == "click" else words
    drawing = _at(words, "click", start, label, rings=rings)
    return Drawing(f"{words} “{text}”" if text else words, drawing.marks, drawing.labels, drawing.caption)


def _scroll(action: dict[str, Any], start: tuple[float, float] | None) -> Drawing:
    direction = _short(action.get("direction", "down"), 20)
    dx, dy = _ARROWS.get(direction, (0, 1))
    distance = action.get("scroll_distance")
    label = f"scroll {direction}" + (f" {distance} px" if isinstance(distance, int) else "")
    x, y = start or (50.0, 50.0)
    return Drawing(f"scroll {direction}", (Mark("scroll", x, y, dx=dx, dy=dy),), (Label(label, x, y),))


def _without_point(name: str, action: dict[str, Any]) -> Drawing:
    index = action.get("index")
    tab = f"tab {index + 1}" if isinstance(index, int) and not isinstance(index, bool) else "this tab"
    captions = {
        "navigate": ("go to", action.get("url")),
        "new_tab": ("new tab", action.get("url")),
        "open": ("open", action.get("app")),
        "appswitch": ("switch to", action.get("app")),
        "switch_tab": ("switch to", tab),
        "close_tab": ("close", tab),
        "back": ("go back", None),
        "wait": ("wait", _seconds(action.get("duration_ms", 1000))),
        "dialog": (f"{_short(action.get('response'), 20)} the dialog", action.get("text")),
        "ask_user": ("ask:", action.get("question")),
        "finished": ("finished:", action.get("answer") or action.get("status", "success")),
    }
    verb, what = captions.get(name, (name, None))
    words = f"{verb} {_short(what)}".strip()
    if name == "finished":
        tones: dict[str, Literal["good", "bad", "doubt"]] = {"success": "good", "failed": "bad"}
        return Drawing(words, caption=words, tone=tones.get(str(action.get("status", "success")), "doubt"))
    return Drawing(words, caption=words)


def _at(words: str, kind: Kind, point: tuple[float, float] | None, label: str, rings: int = 1) -> Drawing:
    if point is None:
        return Drawing(words, caption=label or words)
    labels = (Label(label, *point),) if label else ()
    return Drawing(words, (Mark(kind, *point, rings=rings),), labels)


def _point(value: object, size: tuple[int, int]) -> tuple[float, float] | None:
    """The middle of that pixel, in percent; None when it is no point."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in value):
        return None
    if not all(abs(part) < _FURTHEST for part in value):
        return None
    x, y = (100 * (part + 0.5) / side for part, side in zip(value, size, strict=True))
    return round(x, 4), round(y, 4)


def _short(value: object, limit: int = _LONGEST) -> str:
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _seconds(milliseconds: object) -> str:
    return f"{float(milliseconds) / 1000:g} s" if isinstance(milliseconds, int | float) else "?"
