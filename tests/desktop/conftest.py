"""A private display with a desktop environment, and programs on it, shared by the tests of a module."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from action_space.actions import ADAPTER
from envs.base import StepResult
from envs.desktop.environment import DesktopConfig, DesktopEnvironment
from envs.display.private import PrivateDisplay

RECORDER = Path(__file__).with_name("recorder.py")


def until(condition: Callable[[], Any], limit_s: float = 60.0) -> Any:
    """The first true value of a condition."""
    deadline = time.monotonic() + limit_s
    while not (value := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.01)
    return value


class Desk:
    """One display, its environment, and the last observation."""

    def __init__(self, display: PrivateDisplay) -> None:
        self.display = display
        self.environment = DesktopEnvironment(DesktopConfig(display=display.name))
        self.seen = self.environment.observe()

    def do(self, action: str, **fields: Any) -> StepResult:
        """Do an action that answers the last observation."""
        outcome = self.environment.execute(ADAPTER.validate_python({"action": action, **fields}), self.seen)
        self.seen = outcome.observation
        return outcome


class Recorder:
    """The running recorder window and what it wrote down."""

    def __init__(self, desk: Desk, log: Path) -> None:
        self._log = log
        self._read = 0
        self.program = desk.display.start([sys.executable, str(RECORDER), str(log)])
        self.boxes = until(lambda: self.all("ready"))[0]
        self.new()

    def _lines(self) -> list[dict[str, Any]]:
        text = self._log.read_text("utf-8") if self._log.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Everything of that kind since `new` was called last."""
        return [fact for fact in self._lines()[self._read :] if fact["kind"] == kind]

    def new(self) -> None:
        """From here on."""
        self._read = len(self._lines())

    @property
    def state(self) -> dict[str, Any]:
        """Content, selection and scroll position as they are now."""
        states = [fact for fact in self._lines() if fact["kind"] == "state"]
        return states[-1]

    def at(self, part: str, x: int, y: int) -> list[int]:
        """The screen pixel at x, y of a part; negative: from its right, bottom."""
        left, top, width, height = self.boxes[part]
        return [left + (x if x >= 0 else width + x), top + (y if y >= 0 else height + y)]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with PrivateDisplay() as display:
        desk = Desk(display)
        yield desk
        desk.environment.close()


@pytest.fixture(scope="module")
def recorder(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    recorder = Recorder(desk, tmp_path_factory.mktemp("recorder") / "log.jsonl")
    desk.seen = desk.environment.observe()
    yield recorder
    recorder.program.kill()
    recorder.program.wait()
