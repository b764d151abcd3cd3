"""The wire to a desktop's mouse and keyboard: their process, asked one thing at a time."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from envs.base import ActionRefused, EnvironmentFault, FailSafe, LaunchFailed, TargetClosed

_START_S, _ANSWER_S, _END_S, _LEAVE_S = 120.0, 60.0, 10.0, 0.3
_MENDS = "pip install 'gui-agent-toolkit[desktop]'"
# Processes that still answer for the user's clipboard after their desktop was closed.
_LASTING: list[subprocess.Popen[bytes]] = []


class InputClient:
    """Starts the hands and asks them.

    Args:
        environ: environment of their process; DISPLAY in it is where they work.
        lasting: whether they may go on answering for the clipboard at the end, as the user's own programs do.

    Raises:
        LaunchFailed: they cannot work; the message says why.
    """

    def __init__(self, environ: dict[str, str], lasting: bool) -> None:
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(part for part in (root, environ.get("PYTHONPATH", "")) if part)
        # A session of their own: Ctrl-C at the terminal would otherwise end them with a button pressed.
        apart: dict[str, Any] = (
            {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
        )
        self._process: subprocess.Popen[bytes] = subprocess.Popen(
            [sys.executable, "-m", "envs.desktop.input_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environ, "PYTHONPATH": path},
            **apart,
        )
        self._lasting = lasting
        self._number = 0
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._answers), daemon=True)
        self._reader.start()
        try:
            self._answer(0, _START_S)
        except TargetClosed as gone:
            self.close()
            raise LaunchFailed("Mouse and keyboard cannot be used: their process ended at once.") from gone
        except BaseException:
            self.close()
            raise

    def ask(self, op: str, takes_s: float = 0.0, **given: Any) -> Any:
        """Do one operation of `envs.desktop.input_process` and give its answer.

        Args:
            takes_s: how long the operation itself takes.

        Raises:
            ActionRefused: it cannot be done.
            FailSafe: the user pushed the pointer into a corner.
            EnvironmentFault: the hands, or their display, went away.
        """
        self._number += 1
        self._send({"id": self._number, "op": op, **given})
        return self._answer(self._number, _ANSWER_S + takes_s)

    def close(self) -> None:
        """Let go of everything and end the process. May be called twice."""
        process = self._process
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()  # this ends it, after what it is doing
        # It closes its answers when it is done; on the user's own screen it may stay for the clipboard's sake.
        for stop in (None, process.terminate, process.kill):
            if stop is not None:
                stop()
            self._reader.join(_END_S)
            if not self._reader.is_alive():
                break
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_LEAVE_S if self._lasting else _END_S)
            return
        if self._lasting:
            _LASTING.append(process)
        else:
            process.kill()
            process.wait()

    def _send(self, asked: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as gone:
            raise TargetClosed("The desktop's mouse and keyboard went away: their process has ended.") from gone

    def _answer(self, number: int, limit_s: float) -> Any:
        while True:
            try:
                answer = self._answers.get(timeout=limit_s)
            except queue.Empty:
                raise EnvironmentFault(f"Mouse and keyboard have not answered for {limit_s:g} s.") from None
            if answer is None:
                self._answers.put(None)
                raise TargetClosed("The desktop's mouse and keyboard went away: their process, or display, ended.")
            if answer["id"] == number:  # older ones are of calls that Ctrl-C cut short
                break
        kind = answer.get("error")
        if kind is None:
            return answer["ok"]
        message = answer["message"]
        if kind == "failsafe":
            raise FailSafe("Stopped: the pointer was pushed into a corner of the screen.")
        if kind == "launch":
            hint = _MENDS if "ModuleNotFound" in message else ""
            raise LaunchFailed(f"Mouse and keyboard cannot be used: {message}", hint=hint)
        if kind == "broken":
            raise EnvironmentFault(f"Mouse and keyboard do not work: {message}")
        raise ActionRefused(kind, message)


def _read(stream: Any, answers: queue.Queue[dict[str, Any] | None]) -> None:
    with stream, contextlib.suppress(OSError, ValueError):
        for line in stream:
            answers.put(json.loads(line))
    answers.put(None)
