"""Set-up steps in the Chromium of the task's computer, through its DevTools address and its profile."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from envs.machine.base import MachineFault
from envs.patience import Patience
from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.setup.base import SETUP

_START_S, _POLL_S = 20.0, 0.1
_EPOCH = 11_644_473_600
"""Seconds from 1601, where Chromium's clock begins, to 1970."""
_HISTORY = ".config/google-chrome/Default/History"


@SETUP
def chrome_open_tabs(stage: TaskContext, *, urls_to_open: list[str]) -> None:
    """Open these addresses, each in a tab; the empty tab that the browser began with is closed."""
    endpoint = _endpoint(stage)
    before = _tabs(endpoint)
    for url in urls_to_open:
        _devtools("PUT", f"{endpoint}/json/new?{quote(url, safe=':/?&=#%')}")
    _close(stage, endpoint, [tab["id"] for tab in before if _is_empty(tab)])


@SETUP
def chrome_close_tabs(stage: TaskContext, *, urls_to_close: list[str]) -> None:
    """Close the tabs at these addresses; a slash at the end does not matter."""
    endpoint = _endpoint(stage)
    wanted = {url.rstrip("/") for url in urls_to_close}
    _close(stage, endpoint, [tab["id"] for tab in _tabs(endpoint) if tab["url"].rstrip("/") in wanted])


def _is_empty(tab: dict[str, Any]) -> bool:
    """Whether it is the tab that a browser begins with; at first that has no address at all."""
    return tab["url"] in ("", "about:blank") or tab["url"].startswith(("chrome://newtab", "chrome://new-tab-page"))


def _close(stage: TaskContext, endpoint: str, ids: list[str]) -> None:
    """Close tabs, and wait until the browser lists them no more: it answers before it has closed one."""
    for tab in ids:
        _devtools("GET", f"{endpoint}/json/close/{tab}")
    patience = Patience(_START_S, getattr(stage.opened_machine(), "computed_s", None))
    while any(tab["id"] in ids for tab in _tabs(endpoint)):
        if patience.over():
            raise SetupFailed("the browser does not close its tabs: a page may be asking whether to leave it")
        time.sleep(_POLL_S)


@SETUP
def update_browse_history(stage: TaskContext, *, history: list[dict[str, Any]]) -> None:
    """Add visits to the browser's history: url, title, visit_time_from_now_in_seconds. Before it is launched."""
    machine = stage.opened_machine()
    path = f"{machine.home}/{_HISTORY}"
    try:
        data = machine.read(path)
        if data is None:  # the browser makes its own tables when it first runs
            machine.run(["google-chrome", "--headless=new", "--dump-dom", "about:blank"], timeout_s=60)
            data = machine.read(path)
        if data is None:
            raise SetupFailed("update_browse_history: the browser has made no history")
        machine.write(path, _with_visits(data, history))
    except MachineFault as fault:
        raise SetupFailed(str(fault)) from fault


def _with_visits(data: bytes, history: list[dict[str, Any]]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "History")
        file.write_bytes(data)
        db = sqlite3.connect(file)
        try:
            with db:
                for visit in history:
                    at = int((time.time() + _EPOCH - float(visit["visit_time_from_now_in_seconds"])) * 1_000_000)
                    row = db.execute(
                        "INSERT INTO urls (url, title, visit_count, typed_count, last_visit_time, hidden)"
                        " VALUES (?, ?, 1, 0, ?, 0)",
                        (visit["url"], visit["title"], at),
                    ).lastrowid
                    db.execute(
                        "INSERT INTO visits (url, visit_time, from_visit, transition, segment_id, visit_duration)"
                        " VALUES (?, ?, 0, 805306368, 0, 0)",  # a typed address, whole chain
                        (row, at),
                    )
        except (KeyError, ValueError, sqlite3.Error) as error:
            raise SetupFailed(f"update_browse_history: {error!r}") from error
        finally:
            db.close()
        return file.read_bytes()


def _endpoint(stage: TaskContext) -> str:
    machine = stage.opened_machine()
    patience = Patience(_START_S, getattr(machine, "computed_s", None))
    while not patience.over():
        endpoint = machine.browser_endpoint()
        if endpoint and _tabs(endpoint, quiet=True):
            return endpoint
        time.sleep(_POLL_S)
    raise SetupFailed("no browser takes DevTools connections: a step that launches one comes first")


def _tabs(endpoint: str, *, quiet: bool = False) -> list[dict[str, Any]]:
    try:
        return [tab for tab in _devtools("GET", f"{endpoint}/json/list").json() if tab.get("type") == "page"]
    except SetupFailed:
        if quiet:
            return []
        raise


def _devtools(method: str, url: str) -> Any:
    import httpx

    try:
        answer = httpx.request(method, url, timeout=30)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise SetupFailed(f"the browser does not answer: {error}") from error
    return answer
