"""A worker: the process of one run, as the service holds it.

It gets its job as a line on standard input, and says what happens as lines on standard output. It leads a session
of its own; all that it starts carries its mark, so that nothing of it is left however it ends.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.evaluate.workers.process import WORKER, end_tree
from envs.scratch import sweep

SERVICE = "AGENT_SERVICE"
"""Name of the mark of everything that a service's folder has started."""
_LOG_KEPT = 20_000


class WorkerProcess:
    """A running worker.

    Args:
        command: starts it.
        job: what it is to do.
        environ: its environment, beside the marks.
        log: file for what it and its programs print.
    """

    def __init__(self, command: list[str], job: Mapping[str, Any], environ: Mapping[str, str], log: Path) -> None:
        self._token = uuid.uuid4().hex
        self._log = log
        self._writing = threading.Lock()
        with log.open("wb") as printed:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=printed,
                env={**environ, WORKER: self._token},
                start_new_session=sys.platform != "win32",
            )
        self.send(job)

    def send(self, message: Mapping[str, Any]) -> None:
        """A line for it. One that has just died gets none."""
        with self._writing, suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()

    def listen(self, hear: Callable[[dict[str, Any]], None]) -> int:
        """Hand every line that it says to `hear` until it ends; its exit code."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with suppress(ValueError):
                message = json.loads(line)
                if isinstance(message, dict):
                    hear(message)
        return self._process.wait()

    def kill(self) -> None:
        """End it at once, with all that it started."""
        end_tree(self._process.pid if self._process.poll() is None else None, self._token)

    def tidy(self) -> str:
        """After its end. Returns the last line that it printed."""
        with suppress(OSError, ValueError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        assert self._process.stdout is not None
        self._process.stdout.close()
        sweep()
        try:
            text = self._log.read_bytes()[-_LOG_KEPT:].decode("utf-8", "replace").strip()
            if not text:
                self._log.unlink()
        except OSError:
            return ""
        return text.splitlines()[-1] if text else ""
