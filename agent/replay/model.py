"""A recording behind the contract of a model: asked for the next action, it gives the next recorded one.

So a replay has the loop, the guard, the trace, the report and the judge of any other run. The answer depends on
the request alone: which step comes next is told by the states that the history hands back.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from PIL import Image

from agent.replay.anchors import View
from agent.replay.find import NotFound, Place, find
from agent.replay.recording import RecordedStep, Recording
from model.base import ModelProtocolError, Reply, Request, Usage

_WAITS, _WAIT_MS = 4, 700
_LOOKS = 6
_AGREES, _ENDS_ALIKE = 0.3, 0.4
"""Share of the recorded texts that must stand on the screen: before an action without a point; at the end."""
_POINTS = ("start_point", "end_point")

Heal = Callable[[str, Image.Image], tuple[int, int] | None]


class ReplayModel:
    """Plays a recording.

    Args:
        recording: what is played, with the values that were set.
        heal: asked for the place of a thing by its description where it is not found; None: nobody is.

    Attributes:
        healed: (number of the step, description, point) of what `heal` found.
        refused: the step that could not be played, and the screen on which; None: there was none.
    """

    family = "canonical"

    def __init__(self, recording: Recording, reader: Any, heal: Heal | None = None) -> None:
        self.name = f"replay:{recording.folder.name}"
        self.recording, self._reader, self._heal = recording, reader, heal
        self.healed: list[tuple[int, str, tuple[int, int]]] = []
        self.refused: tuple[RecordedStep, Image.Image] | None = None

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """The next action.

        Raises:
            ModelProtocolError: the request is not laid out for the family "canonical".
        """
        started, cpu = time.perf_counter(), time.process_time()
        try:
            turn = json.loads(request.messages[-1].text)
            history, actions = list(turn["history"]), set(turn["actions"])
            image = request.pictures[-1]
        except (ValueError, KeyError, IndexError, TypeError) as problem:
            raise ModelProtocolError(f"a replay reads the canonical layout: {problem}") from problem
        now = View(image, self._reader)
        action, thought, state = self._next(now, history, actions)
        text = f"<think>{thought}</think>\n{json.dumps(action, ensure_ascii=False)}"
        if on_text:
            on_text(text)
        return Reply(
            text,
            usage=Usage(model_calls=0, cpu_s=time.process_time() - cpu),
            confidence=float(state.get("sure", 1.0)),
            wall_s=time.perf_counter() - started,
            details={"state": state} if state else {},
        )

    def close(self) -> None:
        """Nothing to give back."""

    def _next(
        self, now: View, history: list[dict[str, Any]], actions: set[str]
    ) -> tuple[dict[str, Any], str, dict[str, Any]]:
        states = [entry.get("state") or {} for entry in history]
        at, tries = 0, {"wait": 0, "down": 0, "up": 0}
        if states:
            last, part = int(states[-1].get("replay", 0)), str(states[-1].get("part", "act"))
            if part == "act" and history[-1].get("error"):
                return self._end(
                    "failed", f"{self.recording.steps[last]} could not be done: {history[-1]['error']}"
                )
            at = last + 1 if part == "act" else last
            for state in reversed(states):
                if state.get("replay") != at or state.get("part") == "act":
                    break
                tries[str(state.get("part"))] += 1
        steps = self.recording.steps
        while at < len(steps) and steps[at].kind == "scroll" and self._needless(at, now):
            at += 1  # what it scrolled for is in view
        if at >= len(steps):
            return self._finish(now, tries["wait"], at)
        step = steps[at]
        try:
            action, sure, why = self._placed(step, now)
        except NotFound as missing:
            return self._elsewhere(step, at, str(missing), tries, history, actions, now)
        thought = f"{at + 1}/{len(steps)} {step} ({why})"
        return action, thought, {"replay": at, "part": "act", "sure": round(sure, 3)}

    def _placed(self, step: RecordedStep, now: View) -> tuple[dict[str, Any], float, str]:
        """The recorded action with its points where they are now.

        Raises:
            NotFound: one of them is not to be found, or this is another screen.
        """
        action, sure, whys = dict(step.action), 1.0, []
        places: list[Place] = []
        for name in _POINTS:
            if action.get(name):
                place = find(step.anchor(name), step.view, now)
                places.append(place)
                action[name] = list(place.point)
                sure = min(sure, place.sure)
                whys.append(place.why)
        if not places and step.view.likeness(now) < _AGREES:
            raise NotFound("this is not the screen on which it was recorded")
        if places and action.get("path"):
            x, y = step.action["start_point"]
            scale = now.scene.scale / step.view.scene.scale
            action["path"] = [
                [round(places[0].point[0] + scale * (a - x)), round(places[0].point[1] + scale * (b - y))]
                for a, b in action["path"]
            ]
        return action, sure, ", ".join(dict.fromkeys(whys)) or "the same screen"

    def _needless(self, at: int, now: View) -> bool:
        following = next((s for s in self.recording.steps[at + 1 :] if s.kind != "scroll"), None)
        if following is None or not following.action.get("start_point"):
            return False
        try:
            find(following.anchor("start_point"), following.view, now)
        except NotFound:
            return False
        return True

    def _elsewhere(
        self,
        step: RecordedStep,
        at: int,
        missing: str,
        tries: dict[str, int],
        history: list[dict[str, Any]],
        actions: set[str],
        now: View,
    ) -> tuple[dict[str, Any], str, dict[str, Any]]:
        """What to do where the place is not in view: wait, look up and down, ask, refuse."""
        strange = step.view.likeness(now) < _AGREES
        if "wait" in actions and tries["wait"] < (_WAITS if strange or not tries["wait"] else 1):
            wait = {"action": "wait", "duration_ms": _WAIT_MS}
            return wait, f"{step}: {missing}; I wait a moment.", {"replay": at, "part": "wait"}
        idle = bool(history) and not any(
            (history[-1].get("change") or {}).get(k) for k in ("changed", "url", "title")
        )
        if "scroll" in actions and step.action.get("start_point") and not strange:
            far = round(0.6 * now.image.height)
            if tries["up"] == 0 and tries["down"] < _LOOKS and not (tries["down"] and idle):
                look = {"action": "scroll", "direction": "down", "scroll_distance": far}
                return look, f"{step}: {missing}; I look farther down.", {"replay": at, "part": "down"}
            if (
                tries["up"] < _LOOKS
                and not (tries["up"] and idle)
                and (tries["down"] > 1 or tries["up"] or not idle)
            ):
                look = {"action": "scroll", "direction": "up", "scroll_distance": far}
                return look, f"{step}: {missing}; I look farther up.", {"replay": at, "part": "up"}
        if self._heal is not None and step.action.get("start_point"):
            told = str(step.anchor("start_point"))
            point = self._heal(told, now.image)
            if point is not None:
                self.healed.append((step.number, told, point))
                action = {**step.action, "start_point": list(point)}
                state = {"replay": at, "part": "act", "sure": 0.5, "healed": True}
                return action, f"{at + 1}/{len(self.recording.steps)} {step}: {missing}; a model found it.", state
        self.refused = step, now.image
        return self._end("failed", f"{step}: {missing}")

    def _finish(self, now: View, waited: int, at: int) -> tuple[dict[str, Any], str, dict[str, Any]]:
        last = self.recording.last
        if last is not None and last.likeness(now) < _ENDS_ALIKE:
            if waited < _WAITS:
                wait = {"action": "wait", "duration_ms": _WAIT_MS}
                return wait, "The end is not as it was recorded; I wait a moment.", {"replay": at, "part": "wait"}
            return self._end("unsure", "every step was done, but the end does not look as it was recorded")
        if self.recording.answered:
            return self._end("unsure", "every step was done; the answer of the recorded run is not known anew")
        return self._end("success", "every step was done, and the end looks as it was recorded")

    def _end(self, status: str, reason: str) -> tuple[dict[str, Any], str, dict[str, Any]]:
        return {"action": "finished", "status": status, "reason": reason[:1000]}, reason, {}
