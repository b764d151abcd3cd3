"""The embedded model: a reader of screens with rules. No vision-language model, no download, no page state.

It takes the last user message of a request (one picture, one JSON text as `model.prompt` lays it out for the
family "canonical") and answers as any model does: a thought, then one action in canonical JSON.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PIL import Image

from model import onnx_runtime
from model.base import ModelProtocolError, ModelUnavailable, Reply, Request, Usage

if TYPE_CHECKING:
    from model.embedded.eyes.reader import Reader
    from model.embedded.planner import Decision
    from model.embedded.screen import Screen

_SESSIONS = 4
"""Runs whose readings of the screen are kept at a time."""


class EmbeddedModel:
    """Reads the screen with OCR and classical vision, decides by rules.

    The answer depends on the request alone. What is kept per session is a cache of what was read.
    """

    family = "canonical"

    def __init__(self, name: str = "embedded") -> None:
        try:
            import cv2  # noqa: F401

            onnx_runtime.runtime()
            import rapidfuzz  # noqa: F401
        except ImportError as missing:
            raise ModelUnavailable(
                f"The embedded model needs {missing.name}, which is not installed.",
                hint="pip install 'gui-agent-toolkit[embedded]', or name another model with --model",
            ) from missing
        self.name = name
        self._readers: dict[str, Reader] = {}

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer one request.

        Raises:
            ModelProtocolError: the request holds no picture, or no JSON of the canonical layout.
        """
        from model.embedded.planner import decide

        wall, cpu = time.perf_counter(), time.process_time()
        image, turn = _read(request)
        screen = self._reader(request.session).look(image)
        seen = time.process_time()
        if isinstance(turn.get("where"), str):
            decision = _where(turn["where"], screen)
        else:
            decision = decide(turn["task"], screen, turn["history"], tuple(turn["notes"]), tuple(turn["actions"]))
        answer = json.dumps(decision.action, ensure_ascii=False)
        text = f"<think>{decision.thought}</think>\n{answer}"
        if on_text:
            on_text(text)
        done = time.process_time()
        seconds = {**{k: round(v, 4) for k, v in screen.seconds.items()}, "understand": round(done - seen, 4)}
        return Reply(
            text=text,
            usage=Usage(cpu_s=done - cpu),
            confidence=decision.confidence,
            wall_s=time.perf_counter() - wall,
            details={
                **decision.details,
                "seconds": seconds,
                "changed": round(screen.changed, 4),
                "lines": len(screen.lines),
                "elements": len(screen.elements),
            },
        )

    def close(self) -> None:
        """Forget what was read."""
        self._readers.clear()

    def _reader(self, session: str) -> Reader:
        from model.embedded.eyes.reader import Reader

        reader = self._readers.pop(session, None) or Reader()
        self._readers[session] = reader  # the newest last
        while len(self._readers) > _SESSIONS:
            del self._readers[next(iter(self._readers))]
        return reader


def _where(words: str, screen: Screen) -> Decision:
    """The answer to the question where something is: a click on it, or that it is not there."""
    from model.embedded.matching.locate import locate
    from model.embedded.planner import Decision

    found = locate(words, screen)
    if found is None:
        reason = f"What was asked for is not on the screen: {words}"
        return Decision({"action": "finished", "status": "infeasible", "reason": reason[:1000]}, reason, 0.5, {})
    name = found.thing.text or found.thing.name
    action: dict[str, Any] = {"action": "click", "start_point": list(found.point)}
    if name:
        action["text"] = name[:1000]
    return Decision(action, f"I see “{name}”." if name else "I see it.", min(1.0, found.score), {"why": found.why})


def _read(request: Request) -> tuple[Image.Image, dict[str, Any]]:
    """The newest picture and the turn of a request.

    Raises:
        ModelProtocolError: one of them is missing, or the text is not a JSON object with the keys of the layout.
    """
    users = [message for message in request.messages if message.role == "user"]
    pictures = [part for message in users for part in message.parts if isinstance(part, Image.Image)]
    if not pictures:
        raise ModelProtocolError("the embedded model needs a picture in a user message; there is none")
    holder = next(m for m in reversed(users) if any(isinstance(p, Image.Image) for p in m.parts))
    try:
        turn = json.loads(holder.text)
    except ValueError as error:
        raise ModelProtocolError(
            f"the embedded model reads the canonical JSON layout of model.prompt, not prose: {error}"
        ) from error
    if not isinstance(turn, dict) or not isinstance(turn.get("task"), str):
        raise ModelProtocolError("the embedded model needs a JSON object with the key 'task' beside the picture")
    return pictures[-1], {"history": [], "notes": [], "actions": [], **turn}
