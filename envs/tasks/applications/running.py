"""One running copy of an application: its own folder, its own port, ended with the episode."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from envs.patience import Patience, spent
from envs.scratch import Scratch
from envs.tasks.applications.base import AppError, Application, Instance, State
from envs.tasks.applications.install import installed, missing

_START_S, _END_S, _POLL_S = 40.0, 5.0, 0.05
_TRIES = 3
_NOWHERE = "http://127.0.0.1:9"


class Running:
    """An application that answers, ready when constructed.

    Attributes:
        app: which.
        instance: its folder and port.
        before: its state when the set-up was complete.

    Raises:
        AppError: it is not installed, or does not start.
    """

    def __init__(self, app: Application) -> None:
        found = installed(app)
        if found is None:
            raise AppError(missing(app) or f"{app.name} is not installed: agent tasks apps install {app.name}")
        self.app = app
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch = Scratch("app")
        try:
            for _ in range(_TRIES):  # another program may take the free port before ours does
                data = self._scratch.path / "data"
                shutil.rmtree(data, ignore_errors=True)
                shutil.copytree(found.data, data, symlinks=True)
                self.instance = Instance(found.program, data, free_port())
                if self._start():
                    break
            else:
                raise AppError(f"{app.name}: does not start: {self._last_words()}")
            self.before = self.state()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """Address of its first page."""
        return self.instance.url

    def state(self) -> State:
        """What it holds now, for judges."""
        return self.app.state(self.instance)

    def rested_state(self) -> State:
        """What it holds now, once all that was done is written down."""
        return rested(self.state, self.app.lag_s)

    def storage(self) -> str:
        """A file with the cookies of somebody who is logged in, as Playwright reads it."""
        path = self._scratch.path / "cookies.json"
        path.write_text(json.dumps({"cookies": self.app.login(self.instance), "origins": []}), encoding="utf-8")
        return str(path)

    def close(self) -> None:
        """End it and remove its data. May be called twice."""
        if self._process is not None:
            self._end(self._process)
            self._process = None
        self._scratch.remove()

    def _start(self) -> bool:
        """Whether it answers; False: it ended before it did."""
        self.app.prepare(self.instance)
        with (self._scratch.path / "log").open("wb") as log:
            self._process = subprocess.Popen(
                self.app.command(self.instance),
                cwd=self.instance.data,
                env=self._environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        process = self._process
        patience = Patience(_START_S, lambda: spent([process.pid]))
        while not answers(self.instance.port, self.app.ready):
            if process.poll() is not None:
                return False
            if patience.over():
                raise AppError(f"{self.app.name}: does not answer: {self._last_words()}")
            time.sleep(_POLL_S)
        return True

    def _environ(self) -> dict[str, str]:
        """Nothing but loopback can be reached, and nothing of ours is found."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ}
        home = self._scratch.path / "home"
        home.mkdir(exist_ok=True)
        proxies = {f"{kind}_proxy": _NOWHERE for kind in ("http", "https", "all")}
        proxies |= {name.upper(): value for name, value in proxies.items()}
        local = dict.fromkeys(("no_proxy", "NO_PROXY"), "127.0.0.1,localhost")
        marks = {name: value for name, value in os.environ.items() if name.startswith("AGENT_")}
        quiet = {"HOME": str(home), "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC"}
        given = {
            name: value.replace("{data}", str(self.instance.data)) for name, value in self.app.environ.items()
        }
        return {**kept, **proxies, **local, **marks, **quiet, **given, **self._scratch.environ()}

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(OSError):
                os.killpg(process.pid, number)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
                break
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)  # its children, where it left some

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self._scratch.path / "log").read_text("utf-8", "replace").strip().splitlines()
            if lines:
                return lines[-1][:300]
        return "it said nothing"


def rested(state: Callable[[], State], lag_s: float) -> State:
    """A state, once it has not changed for so long, or four times as long have passed."""
    began = since = time.monotonic()
    found = state()
    while (now := time.monotonic()) - since < lag_s and now - began < 4 * lag_s:
        time.sleep(_POLL_S)
        newer = state()
        if newer != found:
            found, since = newer, time.monotonic()
    return found


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def answers(port: int, path: str) -> bool:
    """Whether a web server answers there with anything but a fault of its own."""
    import httpx

    try:
        answer = httpx.get(f"http://127.0.0.1:{port}{path}", timeout=10, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code < 500


def cookie(name: str, value: str, **more: Any) -> dict[str, Any]:
    """One cookie of 127.0.0.1 as Playwright has it."""
    plain = {
        "domain": "127.0.0.1",
        "path": "/",
        "expires": -1,
        "httpOnly": False,
        "secure": False,
        "sameSite": "Lax",
    }
    return {"name": name, "value": value, **plain, **more}
