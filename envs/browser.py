"""A web browser as an environment: Playwright driving Chrome, Chromium or Edge, seen through screenshots."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from action_space.actions import ACTIONS, BaseAction
from envs import chromium
from envs.base import (
    ActionError,
    ActionRefused,
    Effect,
    EnvironmentFault,
    Observation,
    Outcome,
    Settled,
    SettleReason,
    TargetClosed,
)
from envs.browser_input import NO_SETTLE, Hands
from envs.browser_load import first_line
from envs.browser_look import capture, observation
from envs.browser_session import Session
from envs.browser_thread import LoopThread
from envs.effect import compare
from envs.settle import Evidence, settle

Say = Callable[[str], None]
_UNSUPPORTED = {
    "open": "a browser cannot open applications; use navigate or new_tab with an address",
    "appswitch": "a browser cannot switch applications; use switch_tab",
}


@dataclass(frozen=True)
class BrowserConfig:
    """How the browser is started. Picklable.

    Attributes:
        url: first address.
        viewport: size of the page area, CSS pixels. Does not apply to a browser attached by `cdp_url`.
        pixel_ratio: screenshot pixels per CSS pixel.
        headed: show the window.
        storage_state: file with cookies and local storage, as Playwright writes it.
        user_data_dir: profile folder to use and keep; without one the profile is temporary.
        cdp_url: address of a running browser's debugging port, http or ws. It is attached to and never closed;
            tabs opened in it stay open.
        downloads_dir: where downloads are kept; without one they are removed by `close`.
        locale: language of the browser, such as "zh-CN".
        executable: browser program; without one `envs.chromium` finds it.
        install: whether a browser may be installed where there is none.
        load_timeout_s: limit for a page to load, and for a busy page to answer, seconds.
        settle_limit_s: limit of the wait for rest after an action, seconds.
        ignore_https_errors: load pages whose certificate is not trusted.
        args: further command-line arguments of the browser.
    """

    url: str = "about:blank"
    viewport: tuple[int, int] = (1280, 800)
    pixel_ratio: float = 1.0
    headed: bool = False
    storage_state: str | None = None
    user_data_dir: str | None = None
    cdp_url: str | None = None
    downloads_dir: str | None = None
    locale: str = "en-US"
    executable: str | None = None
    install: bool = True
    load_timeout_s: float = 30.0
    settle_limit_s: float = 5.0
    ignore_https_errors: bool = False
    args: tuple[str, ...] = ()


class BrowserEnvironment:
    """One browser, ready when constructed. Usable from any thread, also inside a running asyncio loop.

    Args:
        config: how to start it.
        say: gets one line for each thing that takes long, such as an installation.

    Raises:
        BrowserMissing, LaunchFailed, PageLoadFailed: see `envs.base`.
    """

    name = "browser"
    actions = frozenset(set(ACTIONS) - set(_UNSUPPORTED))

    def __init__(self, config: BrowserConfig | None = None, say: Say | None = None) -> None:
        self.config = config or BrowserConfig()
        executable = None
        if not self.config.cdp_url:
            chosen = self.config.executable
            executable = Path(chosen) if chosen else chromium.ensure(self.config.install, say)
        self._thread = LoopThread("agent-browser")
        self._session = Session(self.config, executable)
        # Neither the thread nor the session refers to this object, so it is collected, and closed, when dropped.
        self._finalizer = weakref.finalize(self, _shut_down, self._thread, self._session, os.getpid())
        try:
            self._thread.run(self._session.start())
            if self.config.url != "about:blank":
                self.goto(self.config.url)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> BrowserEnvironment:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the browser and everything started with it. May be called twice."""
        self._finalizer()

    def goto(self, url: str) -> None:
        """Open an address in the current tab.

        Raises:
            PageLoadFailed: it did not load.
        """
        self._run(self._session.load(url))

    def evaluate(self, js: str, arg: Any = None) -> Any:
        """The value of a JavaScript expression or function in the current page. For judges and set-up only.

        Raises:
            EnvironmentFault: the page cannot answer, because a dialog is open or it hangs.
        """
        return self._run(_evaluate(self._session, js, arg))

    def observe(self) -> Observation:
        """The screen now, after it has come to rest.

        Raises:
            TargetClosed: there is no page left to see.
        """
        return self._run(_observe(self._session))

    def execute(self, action: BaseAction, answered: Observation) -> Outcome:
        """Do one action, wait for rest, say what changed. Points are pixels of `answered.screenshot`.

        Raises:
            TargetClosed: the browser, or its last tab, went away.
        """
        return self._run(_execute(self._session, action, answered))

    def _run(self, work: Any) -> Any:
        if not self._finalizer.alive:
            work.close()
            raise TargetClosed("The browser environment is closed.")
        return self._thread.run(work)


def _shut_down(thread: LoopThread, session: Session, owner: int) -> None:
    if os.getpid() != owner:
        return  # a forked child: the browser belongs to its parent
    if thread.inside:  # collected by the garbage collector on the loop's own thread: it cannot wait for itself
        threading.Thread(target=_shut_down, args=(thread, session, owner)).start()
        return
    with contextlib.suppress(Exception):
        thread.run(session.close(), timeout=30)
    thread.stop()


class _PageScreen:
    """The active tab, as `settle` looks at it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def interrupted(self) -> SettleReason | None:
        session = self._session
        if session.dialog is not None:
            return "dialog"
        session.check()
        return None

    async def evidence(self) -> Evidence:
        session = self._session
        await session.adopted_or_dialog()
        evidence = await session.answered(session.tab.watch.evidence()) or Evidence()
        return replace(evidence, requests=evidence.requests + session.downloading)

    async def capture(self) -> bytes | None:
        return await capture(self._session)

    async def pause(self, seconds: float) -> None:
        await self._session.pause(seconds)


async def _settle(session: Session) -> tuple[bytes | None, Settled]:
    ratio = session.last.frame.pixel_ratio[0] if session.last else session.config.pixel_ratio
    return await settle(_PageScreen(session), session.config.settle_limit_s, ratio)


async def _evaluate(session: Session, js: str, arg: Any) -> Any:
    done = False

    async def ask() -> Any:
        nonlocal done
        value = await session.tab.page.evaluate(js, arg)
        done = True
        return value

    value = await session.answered(ask())
    if not done:
        session.check()
        raise EnvironmentFault("The page cannot be asked while a dialog is open.")
    return value


async def _observe(session: Session) -> Observation:
    session.check()
    png, _ = await _settle(session)
    return await observation(session, png)


async def _execute(session: Session, action: BaseAction, answered: Observation) -> Outcome:
    from playwright.async_api import Error

    began = time.monotonic()
    session.check()
    tabs = len(session.tabs)
    error: ActionError | None = None
    notes: list[str] = []
    try:
        if action.action in _UNSUPPORTED:
            raise ActionRefused("unsupported", _UNSUPPORTED[action.action])
        await Hands(session, answered.frame, notes).do(action)
    except ActionRefused as refused:
        error = refused.error
    except Error as failure:
        if session.active is not None:
            error = ActionError("failed", first_line(failure))
    input_s = time.monotonic() - began
    if not session.tabs and tabs:
        raise TargetClosed("The last tab was closed, by the site or by an action.")
    session.check()
    if error is None and action.action in NO_SETTLE:
        return Outcome(answered, Effect(), Settled(0.0, "none", 0), None, input_s)
    png, settled = await _settle(session)
    seen = await observation(session, png)
    return Outcome(seen, compare(answered, seen), settled, error, input_s, tuple(notes))
