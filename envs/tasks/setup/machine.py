"""Set-up steps on the computer that a task runs on: files, programs, windows."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from envs.machine.base import Machine, MachineFault, Ran
from envs.patience import Patience
from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.setup.base import SETUP

WINDOW_S = 20.0
"""Seconds that a window may take to appear before a step that needs it fails."""
_SLEEP_AT_MOST_S, _POLL_S, _DOWNLOAD_S = 120.0, 0.1, 60.0
_PASSWORD = "password"
"""What OSWorld's images have as the user's password ({CLIENT_PASSWORD})."""


@SETUP
def download(stage: TaskContext, *, files: list[dict[str, str]]) -> None:
    """Put files on the machine: `url` (file://, http:// or https://) to `path`. Web files are fetched once."""
    for file in files:
        if set(file) != {"url", "path"}:
            raise SetupFailed(f"download: {file}: an object with url and path is needed")
        _write(stage, file["path"], content(file["url"]))


@SETUP
def upload_file(stage: TaskContext, *, files: list[dict[str, str]]) -> None:
    """Put files of this computer on the machine: `local_path` to `path`."""
    for file in files:
        try:
            data = Path(file["local_path"]).expanduser().read_bytes()
        except (OSError, KeyError) as error:
            raise SetupFailed(f"upload_file: {file}: {error}") from error
        _write(stage, file["path"], data)


@SETUP
def launch(stage: TaskContext, *, command: str | list[str], shell: bool = False) -> None:
    """Start an application and leave it running."""
    _done(stage, lambda machine: machine.start(_filled(stage, command), shell=shell))


@SETUP
def open(stage: TaskContext, *, path: str) -> None:
    """Open a file or address with the application for its kind, and wait until a new window shows."""
    machine = stage.opened_machine()
    linux = machine.platform == "Linux"
    before = {window.id for window in _done(stage, lambda machine: machine.windows())} if linux else set()
    _done(stage, lambda machine: machine.open(path))
    if linux:
        _until(
            machine,
            lambda: any(w.id not in before for w in machine.windows()),
            f"open: no window came for {path!r}",
        )


@SETUP
def execute(
    stage: TaskContext,
    *,
    command: str | list[str],
    stdout: str = "",
    stderr: str = "",
    shell: bool = False,
    until: dict[str, Any] | None = None,
) -> None:
    """Run a command to its end. Its output is kept under the names `stdout` and `stderr` for `cache_file`.

    `until`: run it again, up to five times, until `returncode`, `stdout` or `stderr` is as given. As in OSWorld,
    an exit code alone does not make the set-up fail.
    """
    ran = Ran(0)
    for _ in range(5):
        ran = _done(stage, lambda machine: machine.run(_filled(stage, command), shell=shell))
        if not until or _fulfilled(until, ran):
            break
        time.sleep(0.3)  # OSWorld's own pause between tries
    for name, text in ((stdout, ran.out), (stderr, ran.err)):
        if name:
            from envs.tasks.getters.base import kept_path

            kept_path(stage, name).write_text(text, encoding="utf-8")


SETUP.alias("command", "execute")


def _fulfilled(until: dict[str, Any], ran: Ran) -> bool:
    return any(
        (
            "returncode" in until and ran.code == until["returncode"],
            "stdout" in until and str(until["stdout"]) in ran.out,
            "stderr" in until and str(until["stderr"]) in ran.err,
        )
    )


@SETUP
def execute_with_verification(
    stage: TaskContext,
    *,
    command: str | list[str],
    verification: dict[str, Any] | None = None,
    max_wait_time: float = 10,
    check_interval: float = 1.0,
    shell: bool = False,
) -> None:
    """Run a command, then wait until `window_exists` (a title) and `command_success` (a shell command) hold."""
    machine = stage.opened_machine()
    _done(stage, lambda machine: machine.run(_filled(stage, command), shell=shell))
    wanted = verification or {}

    def holds() -> bool:
        title, check = wanted.get("window_exists"), wanted.get("command_success")
        return (not title or any(title.casefold() in w.title.casefold() for w in machine.windows())) and (
            not check or machine.run(check, shell=True, timeout_s=5).code == 0
        )

    _until(machine, holds, f"execute_with_verification: {wanted} does not hold", max_wait_time, check_interval)


@SETUP
def sleep(stage: TaskContext, *, seconds: float) -> None:
    """Wait, at most two minutes; the file says so, and what for is not known."""
    time.sleep(min(max(0.0, seconds), _SLEEP_AT_MOST_S))


@SETUP
def activate_window(stage: TaskContext, *, window_name: str, strict: bool = False, by_class: bool = False) -> None:
    """Bring a window to the front, once it is there."""
    machine = stage.opened_machine()
    _until(
        machine,
        lambda: machine.activate_window(window_name, strict=strict, by_class=by_class),
        lambda: f"activate_window: no window {window_name!r} appeared; there are {_titles(machine)}",
    )


@SETUP
def close_window(stage: TaskContext, *, window_name: str, strict: bool = False, by_class: bool = False) -> None:
    """Ask a window to close, once it is there."""
    machine = stage.opened_machine()
    _until(
        machine,
        lambda: machine.close_window(window_name, strict=strict, by_class=by_class),
        lambda: f"close_window: no window {window_name!r} appeared; there are {_titles(machine)}",
    )


@SETUP
def change_wallpaper(stage: TaskContext, *, path: str) -> None:
    """Set the background picture, where the machine keeps its settings; `Machine.wallpaper` reads it there."""
    key = ["gsettings", "set", "org.gnome.desktop.background", "picture-uri"]
    ran = _done(stage, lambda machine: machine.run([*key, f"file://{path}"], timeout_s=20))
    if ran.code != 0:
        how = "sudo apt-get install -y libglib2.0-bin gsettings-desktop-schemas dconf-gsettings-backend"
        raise SetupFailed(f"change_wallpaper: {ran.err.strip() or 'gsettings failed'}: {how}")


@SETUP
def login(stage: TaskContext, *, settings_file: str, platform: str) -> None:
    """Needs an account that this toolkit does not have."""
    raise SetupFailed(f"login: needs an account at {platform}; such tasks are not run")


@SETUP
def googledrive(
    stage: TaskContext, *, settings_file: str, operation: list[str], args: list[dict[str, Any]]
) -> None:
    """Needs an account that this toolkit does not have."""
    raise SetupFailed("googledrive: needs a Google account; such tasks are not run")


def content(url: str) -> bytes:
    """The content at an address. What came from the web is kept in the user's cache folder.

    Raises:
        SetupFailed: it cannot be fetched, or the address is of another kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        try:
            return Path(unquote(parts.path)).read_bytes()
        except OSError as error:
            raise SetupFailed(f"download: {url}: {error.strerror or error}") from error
    if parts.scheme not in ("http", "https"):
        raise SetupFailed(f"download: {url}: the address must begin with file://, http:// or https://")
    import httpx
    import platformdirs

    cache = platformdirs.user_cache_path("gui-agent-toolkit", appauthor=False) / "tasks"
    kept = cache / hashlib.sha256(url.encode()).hexdigest()
    if parts.hostname not in ("127.0.0.1", "localhost", "::1") and kept.is_file():
        return kept.read_bytes()
    try:
        answer = httpx.get(url, timeout=_DOWNLOAD_S, follow_redirects=True)
        answer.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SetupFailed(f"download: {url} cannot be fetched: {error}") from error
    cache.mkdir(parents=True, exist_ok=True)
    fresh = kept.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(answer.content)
    fresh.replace(kept)
    return answer.content


def _write(stage: TaskContext, path: str, data: bytes) -> None:
    _done(stage, lambda machine: machine.write(path, data))


def _done(stage: TaskContext, act: Callable[[Machine], Any]) -> Any:
    try:
        return act(stage.opened_machine())
    except MachineFault as fault:
        raise SetupFailed(str(fault)) from fault


def _filled(stage: TaskContext, command: str | list[str]) -> str | list[str]:
    """The command with OSWorld's placeholders filled in."""

    def fill(text: str) -> str:
        def value(found: re.Match[str]) -> str:
            if found[1] == "CLIENT_PASSWORD":
                return _PASSWORD
            size = stage.opened_machine().screen_size()
            side = size.width if "WIDTH" in found[1] else size.height
            return str(round(side / 2) if found[1].endswith("HALF") else round(side))

        return re.sub(r"\{(CLIENT_PASSWORD|SCREEN_(?:WIDTH|HEIGHT)(?:_HALF)?)\}", value, text)

    return fill(command) if isinstance(command, str) else [fill(part) for part in command]


def _until(
    machine: Machine,
    holds: Callable[[], bool],
    complaint: str | Callable[[], str],
    limit_s: float = WINDOW_S,
    every_s: float = _POLL_S,
) -> None:
    """Wait until `holds()`; a complaint that tells what there is instead is made at the end."""
    patience = Patience(limit_s, getattr(machine, "computed_s", None))
    try:
        while not holds():
            if patience.over():
                told = complaint if isinstance(complaint, str) else complaint()
                raise SetupFailed(f"{told} (waited {limit_s:g} s)")
            time.sleep(every_s)
    except MachineFault as fault:
        raise SetupFailed(str(fault)) from fault


def _titles(machine: Machine) -> str:
    return ", ".join(repr(window.title) for window in machine.windows()) or "none"
