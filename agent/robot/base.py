"""What the keywords share: the open screens, and pictures of failures."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from PIL import Image

from agent.guard.rules import GuardPolicy
from agent.robot import log
from agent.rpa.controller import Controller
from agent.rpa.errors import ScreenError
from envs.base import Environment

Keyword = TypeVar("Keyword", bound=Callable[..., Any])


@dataclass
class Opened:
    """A screen that a suite has opened, and what closes it."""

    screen: Controller
    closing: ExitStack = field(default_factory=ExitStack)


class Base:
    """The state of one library: screens by their aliases, one of them the current one."""

    def __init__(self, timeout: timedelta, rules: GuardPolicy) -> None:
        self._timeout, self._rules = timeout, rules
        self._screens: dict[str, Opened] = {}
        self._current = ""
        self._failure_is_shown = False

    @property
    def _screen(self) -> Controller:
        if self._current not in self._screens:
            raise RuntimeError("no screen is open; begin with Open Browser At or Open Private Desktop")
        return self._screens[self._current].screen

    def _use(self, alias: str, opened: Callable[[ExitStack], Environment]) -> str:
        """Open an environment and make it the current screen. Returns its alias."""
        number = len(self._screens) + 1
        while not alias or alias in self._screens:
            if alias:
                raise ValueError(f"alias: {alias!r} is open already; close it first, or choose another")
            alias = "" if f"screen-{number}" in self._screens else f"screen-{number}"
            number += 1
        with ExitStack() as stack:
            environment = opened(stack)
            screen = stack.enter_context(
                Controller(
                    environment,
                    timeout=self._timeout.total_seconds(),
                    evidence=log.output_folder() / "screens",
                    rules=self._rules,
                )
            )
            self._screens[alias] = Opened(screen, stack.pop_all())
        self._current = alias
        return alias

    def _show_failure(self, error: BaseException | None) -> None:
        """Put the picture of a failure into the log: the error's own, or the screen as it is."""
        self._failure_is_shown = True
        path = getattr(error, "picture", None) if isinstance(error, ScreenError) else None
        with suppress(Exception):  # the screen may be what failed, and the failure itself comes first
            if path is None and self._current in self._screens:
                path = numbered(log.output_folder() / "screens", "failure")
                self._screen.screenshot(path)
            if path is not None:
                with Image.open(path) as picture:
                    log.embed(picture, path)


def numbered(folder: Path, name: str) -> Path:
    """A path in the folder that is free: name_1.png, name_2.png …"""
    number = 1
    while (path := folder / f"{name}_{number}.png").exists():
        number += 1
    return path


def with_picture(method: Keyword) -> Keyword:
    """A keyword whose failure puts a picture of the screen into the log."""

    @wraps(method)
    def run(self: Base, *args: Any, **words: Any) -> Any:
        try:
            return method(self, *args, **words)
        except Exception as error:
            self._show_failure(error)
            raise

    return cast("Keyword", run)
