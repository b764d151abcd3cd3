"""A real endpoint on loopback that looks at the picture it gets: it finds the coloured square by its pixels.

It stands for a model of the family MiMo-VL, and can be made to misbehave in the ways in which servers do.
"""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
from PIL import Image

from action_space.geometry import smart_resize

COLOURS = {"red": (220, 20, 20), "blue": (20, 40, 220), "green": (0, 150, 40), "orange": (255, 140, 0)}
Numbers = Callable[[float, float, int, int], tuple[float, float]]


@dataclass
class Behaviour:
    """How the server behaves.

    Attributes:
        numbers: pixel (x, y) of a picture of (width, height) as the server seems it → what it says.
        shrink: size of the picture sent → size that it looks at.
        blind: it never looks at the picture.
        schema: the parameter in which it takes a JSON Schema; "" for none, which is ignored.
        refused: parameters that it answers with 400.
        text_only: it answers 500 to pictures, as llama.cpp does without a projector.
        thinks: on: only when not told ` /no_think`; always; never.
        fixed_tokens: what it says that a prompt costs, whatever it costs.
    """

    numbers: Numbers = lambda x, y, width, height: (round(x), round(y))
    shrink: Callable[[int, int], tuple[int, int]] = lambda width, height: (width, height)
    blind: bool = False
    schema: str = "response_format"
    refused: tuple[str, ...] = ()
    text_only: bool = False
    thinks: str = "on"
    fixed_tokens: int | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)


def capped(width: int, height: int) -> tuple[int, int]:
    """The bound that the image processor of transformers has by default."""
    return smart_resize(width, height, max_pixels=1280 * 28 * 28)


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[str]:
    """The address of such a server."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            behaviour.asked.append(body)
            wrong = [name for name in behaviour.refused if name in body]
            if wrong:
                self._send(
                    400, "application/json", json.dumps({"error": f"unknown parameter {wrong[0]}"}).encode()
                )
                return
            if behaviour.text_only and "image_url" in json.dumps(body["messages"]):
                self._send(500, "application/json", b'{"error": "image input is not supported"}')
                return
            text, tokens = answer(body, behaviour)
            events = [
                {"choices": [{"delta": {"content": text[:5]}, "finish_reason": None}]},
                {"choices": [{"delta": {"content": text[5:]}, "finish_reason": "stop"}]},
                {"choices": [], "usage": {"prompt_tokens": tokens, "completion_tokens": len(text) // 4 + 1}},
            ]
            lines = "".join(f"data: {json.dumps(event)}\n\n" for event in events) + "data: [DONE]\n\n"
            self._send(200, "text/event-stream", lines.encode())

        def _send(self, status: int, kind: str, data: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def answer(body: dict[str, Any], behaviour: Behaviour) -> tuple[str, int]:
    """What the server says, and how many tokens it says that the question had."""
    parts = body["messages"][-1]["content"]
    if isinstance(parts, str):
        parts = [{"type": "text", "text": parts}]
    text = " ".join(part["text"] for part in parts if part["type"] == "text")
    picture = None
    for part in parts:
        if part["type"] == "image_url" and not behaviour.blind:
            data = base64.b64decode(part["image_url"]["url"].partition("base64,")[2])
            picture = Image.open(io.BytesIO(data)).convert("RGB")
            picture = picture.resize(behaviour.shrink(*picture.size), Image.Resampling.NEAREST)
    tokens = 20 + len(text) // 4 + (picture.width * picture.height // 784 if picture else 0)
    thought = ""
    if behaviour.thinks == "always" or (behaviour.thinks == "on" and not text.endswith("/no_think")):
        thought = "<think>It looks like a square.</think>\n"
    elif text.endswith("/no_think"):
        thought = "<think>\n</think>\n"
    if behaviour.schema and behaviour.schema in body:
        said = json.dumps({"colour": "red", "squares": 1})
    elif "bbox_2d" in text:
        said = json.dumps([{"bbox_2d": box(picture, behaviour), "label": "square"}])
    else:
        said = f"{colour_of(picture)}, I would say."
    return thought + said, behaviour.fixed_tokens or tokens


def box(picture: Image.Image | None, behaviour: Behaviour) -> list[float]:
    if picture is None:
        return [100, 100, 180, 160]
    pixels = np.asarray(picture).astype(int)
    ys, xs = np.nonzero(np.abs(pixels - pixels[0, 0]).sum(axis=2) > 60)
    near, far = (xs.min(), ys.min()), (xs.max(), ys.max())
    return [number for x, y in (near, far) for number in behaviour.numbers(float(x), float(y), *picture.size)]


def colour_of(picture: Image.Image | None) -> str:
    if picture is None:
        return "blue"
    pixel = np.asarray(picture)[0, 0].astype(int)
    return min(COLOURS, key=lambda name: int(np.abs(pixel - COLOURS[name]).sum()))
