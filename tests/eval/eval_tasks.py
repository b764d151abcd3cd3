"""Tasks for the tests of the runner: real browsers, and set-ups and judges that misbehave in known ways.

A module of its own, because worker processes import it by name.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from action_space.actions import Click
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import SetupFailed, Verdict

PAGE = "data:text/html,<title>Ready</title><button style='width:200px;height:80px'>Press</button>"


class PageEpisode:
    """One page with one button; done when the button was pressed."""

    instruction = "press the button"
    oracle_answer: str | None = None
    oracle_status = "success"

    def __init__(self, config: BrowserConfig) -> None:
        self.environment = BrowserEnvironment(config)
        self.environment.evaluate(
            "() => { document.querySelector('button').onclick = () => document.title = 'Done' }"
        )

    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        title = self.environment.evaluate("() => document.title")
        return Verdict(float(title == "Done"), f"title {title!r}")

    def cheat(self) -> None:
        seen = self.environment.observe()
        self.environment.execute(Click(start_point=(60, 40)), seen)

    def spoil(self) -> None:
        seen = self.environment.observe()
        self.environment.execute(Click(start_point=(400, 250)), seen)

    def close(self) -> None:
        self.environment.close()


@dataclass(frozen=True)
class PageTask:
    """The page above."""

    id: str
    suite: str = "test"
    tags: tuple[str, ...] = ()

    def start(self, seed: int, options: dict[str, Any] | None = None) -> PageEpisode:
        return PageEpisode(BrowserConfig(url=PAGE, viewport=(500, 300), **(options or {})))


@dataclass(frozen=True)
class ShyTask(PageTask):
    """Fails to set up: the first time, or always. It leaves a mark in `folder` for each attempt."""

    folder: Path = Path()
    always: bool = False

    def start(self, seed: int, options: dict[str, Any] | None = None) -> PageEpisode:
        tried = len(list(self.folder.glob(f"{self.id}-*")))
        (self.folder / f"{self.id}-{tried}").touch()
        if self.always or tried == 0:
            raise SetupFailed("the page is shy")
        return super().start(seed, options)


class _StuckEpisode(PageEpisode):
    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        threading.Event().wait()
        raise AssertionError


@dataclass(frozen=True)
class StuckTask(PageTask):
    """Its judge never answers, while its browser is open."""

    def start(self, seed: int, options: dict[str, Any] | None = None) -> PageEpisode:
        return _StuckEpisode(BrowserConfig(url=PAGE, viewport=(500, 300)))


class _BusyEpisode(PageEpisode):
    def __init__(self, config: BrowserConfig) -> None:
        super().__init__(config)
        self.environment.evaluate("() => { setTimeout(() => { for (;;); }, 100) }")


@dataclass(frozen=True)
class BusyTask(PageTask):
    """Its page goes into an endless loop."""

    def start(self, seed: int, options: dict[str, Any] | None = None) -> PageEpisode:
        return _BusyEpisode(BrowserConfig(url=PAGE, viewport=(500, 300)))


@dataclass(frozen=True)
class DyingTask(PageTask):
    """Kills its own worker process the hard way."""

    def start(self, seed: int, options: dict[str, Any] | None = None) -> PageEpisode:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class _BrokenJudgeEpisode(PageEpisode):
    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        raise KeyError("total")


@dataclass(frozen=True)
class BrokenJudgeTask(PageTask):
    """Its judge raises."""

    def start(self, seed: int, options: dict[str, Any] | None = None) -> PageEpisode:
        return _BrokenJudgeEpisode(BrowserConfig(url=PAGE, viewport=(500, 300)))


class NoteEpisode:
    """A folder without a browser: done when `note` says so. Cheap, for tests that kill many of them."""

    instruction = "write the note"
    oracle_answer: str | None = None
    oracle_status = "success"
    environment: Any = None

    def __init__(self, started: subprocess.Popen[bytes], done: bool) -> None:
        self._started, self._done = started, done

    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        return Verdict(float(self._done), "as it was made")

    def cheat(self) -> None:
        self._started.wait()

    def spoil(self) -> None:
        self._done = False

    def close(self) -> None:
        self._started.kill()
        self._started.wait()


@dataclass(frozen=True)
class NoteTask:
    """Starts a program that runs a moment in a session of its own, as a browser does."""

    id: str
    suite: str = "test"
    tags: tuple[str, ...] = ()
    seconds: float = 0.1

    def start(self, seed: int, options: dict[str, Any] | None = None) -> NoteEpisode:
        code = f"import time; time.sleep({self.seconds})"
        return NoteEpisode(subprocess.Popen([sys.executable, "-c", code], start_new_session=True), True)
