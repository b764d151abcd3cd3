"""A check in Python, that the person named."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.expect.base import TIMEOUT_S, BadExpectation, CannotCheck, short
from envs.base import Observation
from envs.tasks.base import Verdict


@dataclass(frozen=True)
class FunctionExpectation:
    """A function that is called with the last screen, an `envs.base.Observation`.

    It returns True or False, one of them with a text, or a `Verdict`; a failed `assert` is not met, any other
    exception unknown.
    """

    name: str
    function: Callable[[Observation], Any]
    on_screen: bool = True

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Call it, for a limited time."""
        if seen is None:
            raise CannotCheck("there is no screen any more")
        given = seen
        box: list[Any] = []

        def call() -> None:
            try:
                box.append(self.function(given))
            except (Exception, SystemExit) as error:  # it is anybody's code
                box.append(error)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(TIMEOUT_S)
        if not box:
            raise CannotCheck(f"it did not return within {TIMEOUT_S:g} s")
        return _told(box[0])


def _told(value: Any) -> tuple[bool, str]:
    if isinstance(value, AssertionError):
        return False, short(value) or "its assert failed"
    if isinstance(value, BaseException):
        raise CannotCheck(f"it failed: {type(value).__name__}: {short(value)}")
    if isinstance(value, Verdict):
        return value.passed, short(value.reason)
    if isinstance(value, bool):
        return value, f"it returned {value}"
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], bool):
        return value[0], short(value[1])
    raise CannotCheck(f"it returned {short(repr(value), 60)}, not True, False, (bool, text) or a Verdict")


def function_of(name: str) -> FunctionExpectation:
    """`module:function`, imported; modules of the current folder too, after all others.

    Raises:
        BadExpectation: there is none.
    """
    module, _, function = name.partition(":")
    if not module or not function.isidentifier():
        raise BadExpectation(f"{name!r} is not written as module:function")
    here = str(Path.cwd())
    added = here not in sys.path and "" not in sys.path
    if added:
        sys.path.append(here)
    try:
        found = getattr(importlib.import_module(module), function)
    except (Exception, SystemExit) as error:  # a module is anybody's code
        raise BadExpectation(f"{name}: cannot be imported ({type(error).__name__}: {short(error)})") from None
    finally:
        if added:
            sys.path.remove(here)
    if not callable(found):
        raise BadExpectation(f"{name}: is no function")
    return FunctionExpectation(name, found)
