"""Writes traces through the real writer, for the tests of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from action_space.geometry import Frame, Size
from agent.trace.writer import TraceWriter
from envs.base import Observation

WIDTH, HEIGHT = 1280, 800

ACTIONS: list[dict[str, Any]] = [
    {"action": "click", "start_point": [1180, 40], "text": "Wish list"},
    {"action": "click", "start_point": [200, 300], "clicks": 2},
    {"action": "click", "start_point": [640, 760], "button": "right", "modifiers": ["ctrl", "shift"]},
    {"action": "input", "start_point": [420, 60], "text": "小米 SU7 🚗", "clear": True, "submit": True},
    {"action": "drag", "start_point": [200, 640], "end_point": [900, 420]},
    {"action": "scroll", "direction": "down", "scroll_distance": 400},
    {"action": "scroll", "direction": "left", "start_point": [300, 200]},
    {"action": "press", "keys": ["ctrl", "shift", "a"]},
    {"action": "hover", "start_point": [0, 0]},
    {"action": "longpress", "start_point": [1279, 799]},
    {"action": "select", "text": "Lava Orange", "start_point": [800, 500]},
    {"action": "navigate", "url": "https://example.com/path?with=query"},
    {"action": "wait"},
    {"action": "dialog", "response": "accept", "text": "yes"},
    {"action": "upload", "paths": ["/home/me/photo.png"], "start_point": [640, 400]},
    {"action": "ask_user", "question": "Which of the two addresses shall I use?"},
    {"action": "switch_tab", "index": 1},
    {"action": "finished", "status": "success", "answer": "42"},
]


def screen(number: int, width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A page of boxes and text that differs from number to number."""
    image = Image.new("RGB", (width, height), (250, 250, 248))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, width, 72), fill=(24, 32, 48))
    for column in range(4):
        left = 60 + column * 300
        pen.rectangle((left, 130, left + 250, 430), outline=(200, 200, 200), fill=(255, 255, 255))
        pen.rectangle((left + 20, 150, left + 230, 300), fill=((number * 40 + column * 60) % 256, 120, 160))
        pen.text((left + 20, 330), f"Model {column + 1} of page {number}", fill=(20, 20, 20))
    return image


def observation(number: int, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Observation:
    return Observation(screen(number, *size), Frame(Size(*size)), time=float(number))


def record(action: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    """What the loop hands to the writer for one step."""
    line: dict[str, Any] = {
        "action": action,
        "response": "<think>The heart is at the top right.</think>\n{}",
        "reward": 0,
        "done": False,
        "info": {},
        "thought": "The heart is at the top right.",
        "url": "http://127.0.0.1:8000/",
        "title": "A shop",
        "frame": {"screen": [WIDTH, HEIGHT], "model": None, "pixel_ratio": [1, 1], "origin": [0, 0], "crop": None},
        "answers": [{"text": "{}", "outcome": "strict", "repairs": [], "error": None}],
        "confidence": 0.9,
        "effect": {"changed": 0.12, "region": [100, 50, 500, 450], "text": "12 % of the screen changed"},
        "settled": {"waited_s": 0.08, "reason": "stable", "looks": 2},
        "error": None,
        "timings": {
            "observe_s": 0.03,
            "decide_s": 0.4,
            "execute_s": 0.1,
            "settle_s": 0.08,
            "record_s": 0.02,
            "total_s": 0.63,
        },
        "usage": {"cpu_s": 0.4, "model_calls": 1},
        "notes": [],
    }
    return line | more


def write(folder: Path, steps: list[dict[str, Any]], *, result: dict[str, Any] | None, task: str = "try") -> Path:
    """A whole run in `folder`; no result: as a crash leaves it."""
    header = {
        "task": task,
        "model": {"name": "embedded", "family": "canonical"},
        "environment": {"name": "browser", "config": {"viewport": [WIDTH, HEIGHT]}},
        "limits": {},
        "argv": [],
    }
    writer = TraceWriter(folder, header)
    for number, step in enumerate(steps, 1):
        screen_size = step["frame"]["screen"] if isinstance(step.get("frame"), dict) else (WIDTH, HEIGHT)
        writer.step(observation(number, (screen_size[0], screen_size[1])), step)
    if result is not None:
        writer.picture("final.png", observation(99))
        writer.finish(result)
    return folder


VERIFIED = {
    "status": "verified",
    "cause": "finished",
    "reason": "The wish list shows one SU7.",
    "answer": None,
    "steps": len(ACTIONS),
    "verdict": {"score": 1.0, "reason": "wish list is [su7]"},
    "timings": {"total_s": 11.3},
    "parse": {"strict": 17, "repaired": 1, "failed": 0},
    "usage": {},
    "exit_code": 0,
}
