"""The oracle's hands on a desktop: real mouse and keyboard, told where things are by the bundled programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from action_space.actions import BaseAction, Click, Drag, Input, Open, Press
from envs.patience import Patience
from envs.tasks.oracle.browser import OracleFailed

if TYPE_CHECKING:
    from envs.base import Environment
    from envs.machine.base import Machine
    from envs.tasks.schema import OracleStep

LAYOUT = ".cache/layout.json"
"""Below the home folder: where a bundled program says its elements are: name → [left, top, width, height]."""
_PATIENCE_S, _POLL_S = 20.0, 0.05


class DesktopOracle:
    """Does oracle steps on one desktop."""

    def __init__(self, environment: Environment, machine: Machine) -> None:
        self._environment, self._machine = environment, machine
        self._seen = environment.observe()

    def do(self, step: OracleStep) -> None:
        """Do one step.

        Raises:
            OracleFailed: its window or element does not appear, or the action is not done.
        """
        if step.window is not None:
            title = step.window
            self._until(lambda: self._machine.activate_window(title), f"no window {title!r}")
            self._seen = self._environment.observe()
        if step.open is not None:
            self._act(Open(app=step.open))
        if step.click is not None:
            self._act(Click(start_point=self._point(step.click), clicks=step.clicks))
        if step.drag is not None:
            self._act(Drag(start_point=self._point(step.drag[0]), end_point=self._point(step.drag[1])))
        if step.type is not None:
            point = self._point(step.into) if step.into else None
            self._act(Input(text=step.type, start_point=point, clear=point is not None, submit=step.submit))
        for chord in step.press or ():
            self._act(Press(keys=tuple(chord.split("+")) if len(chord) > 1 else (chord,)))
        if step.closed is not None:
            gone = step.closed
            self._until(lambda: all(gone not in w.title for w in self._machine.windows()), f"{gone!r} stays open")
            self._seen = self._environment.observe()

    def _point(self, name: str) -> tuple[int, int]:
        """The middle of an element, screenshot pixels."""

        def known() -> bool:
            data = self._machine.read(f"{self._machine.home}/{LAYOUT}")
            try:
                layout.update(json.loads(data or b"{}"))
            except ValueError:
                return False  # half written
            return name in layout

        layout: dict[str, list[float]] = {}
        self._until(known, f"no element {name!r}")
        left, top, width, height = layout[name]
        return self._seen.frame.device_to_screen(left + width / 2, top + height / 2)

    def _until(self, holds: Callable[[], bool], complaint: str) -> None:
        patience = Patience(_PATIENCE_S, getattr(self._machine, "computed_s", None))
        while not holds():
            if patience.over():
                titles = ", ".join(repr(window.title) for window in self._machine.windows())
                raise OracleFailed(f"{complaint}; windows: {titles or 'none'}")
            time.sleep(_POLL_S)

    def _act(self, action: BaseAction) -> None:
        outcome = self._environment.execute(action, self._seen)
        if outcome.error is not None:
            raise OracleFailed(f"{action.to_json()}: {outcome.error.message}")
        self._seen = outcome.observation
