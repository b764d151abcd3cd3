"""A web browser as an environment: Playwright driving Chrome, Chromium or Edge, seen through screenshots."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from action_space.actions import ACTIONS, BaseAction
from envs.base import (
    ActionError,
    ActionRefused,
    AddressForbidden,
    EnvironmentFault,
    FailedDownload,
    Observation,
    SettleReason,
    StateDiff,
    StepResult,
    TargetClosed,
    WaitInfo,
)
from envs.browser import install, quiet
from envs.browser.addresses import first_line, origin_of, refusal, split_credentials, without_credentials
from envs.browser.capture import capture, observation, screencast
from envs.browser.config import BrowserConfig, HttpCredentials
from envs.browser.controller import NO_SETTLE, BrowserController
from envs.browser.loading import load
from envs.browser.loop_thread import LoopThread
from envs.browser.network.sites import Forbidden, Sites, endpoint
from envs.browser.session import Session
from envs.effect import compare
from envs.scratch import Scratch
from envs.secrets import SecretSource, check_mentions
from envs.settle import Evidence, settle

Say = Callable[[str], None]
_LET_GO_S, _NEWS_S = 5.0, 0.5
_UNSUPPORTED = {
    "open": "a browser cannot open applications; use navigate or new_tab with an address",
    "appswitch": "a browser cannot switch applications; use switch_tab",
}


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
        self.config = _without_secrets(config or BrowserConfig())
        _check_start(self.config)
        executable = None
        if not self.config.cdp_url:
            chosen = self.config.executable
            executable = Path(chosen).expanduser() if chosen else install.ensure(self.config.install, say)
        self._thread = LoopThread("agent-browser")
        self._session = Session(self.config, executable, say)
        # Neither the thread nor the session refers to this object, so it is collected, and closed, when dropped.
        self._finalizer = weakref.finalize(self, _shut_down, self._thread, self._session, os.getpid())
        try:
            scratch = Scratch("browser")
            gone = self._session.crashed
            self._thread.subprocesses(
                scratch.environ(), lambda: gone("the program that drives the browser ended or was killed")
            )
            self._thread.run(self._session.start(scratch))
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
        if self._session.sites is not None:
            self._session.sites.name(url)
        self._session.given.add(url.partition("#")[0].partition("?")[0])
        self._run(load(self._session, url))

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

    def execute(self, action: BaseAction, answered: Observation) -> StepResult:
        """Do one action, wait for rest, say what changed. Points are pixels of `answered.screenshot`.

        Raises:
            TargetClosed: the browser, or its last tab, went away.
        """
        return self._run(_execute(self._session, action, answered))

    def keep_secrets(self, source: SecretSource | None) -> None:
        """Type what `source` keeps, and show none of it. None: there are no secrets (any more)."""
        self._session.secrets = source
        self._session.last = self._session.clean = None  # may show what is hidden from now on

    def finish_downloads(self) -> tuple[str, ...]:
        """Wait for downloads that are under way, as long as bytes come; the paths of all that are complete."""
        self._run(self._session.downloads.finish(self.config.load_timeout_s))
        return tuple(self._session.downloads.saved)

    @property
    def failed_downloads(self) -> tuple[FailedDownload, ...]:
        """The downloads that were lost, and why."""
        return tuple(self._session.downloads.failed)

    def screencast(self, sink: Callable[[bytes], None]) -> Callable[[], None]:
        """Hand a JPEG file to `sink` whenever the screen looks otherwise; returns what ends it."""
        if not self._finalizer.alive:
            raise TargetClosed("The browser environment is closed.")
        return self._thread.begin(screencast(self._session, sink))

    def _run(self, work: Any) -> Any:
        if not self._finalizer.alive:
            work.close()
            raise TargetClosed("The browser environment is closed.")
        try:
            return self._thread.run(work)
        except KeyboardInterrupt:
            # What the interrupted action holds down comes up before anybody goes on.
            with contextlib.suppress(Exception):
                self._thread.run(self._session.let_go(), timeout=_LET_GO_S)
            raise


def _check_start(config: BrowserConfig) -> None:
    if config.sites is None:
        return
    try:
        Sites(config.sites).begin(config.url)
    except Forbidden as problem:
        raise AddressForbidden(
            f"url: the rules of this run do not allow their own start page: {problem}",
            hint="Add it to allow_sites (--allow-site), or take it out of block_sites.",
        ) from None


def _without_secrets(config: BrowserConfig) -> BrowserConfig:
    """The same, with name and password out of the address and only for the site that they are meant for."""
    url, name, password = split_credentials(config.url)
    credentials = config.http_credentials
    if name is not None and credentials is None:
        credentials = HttpCredentials(name, SecretStr(password))
    if credentials is not None and credentials.origin is None:
        credentials = replace(credentials, origin=origin_of(url))
    return replace(config, url=url, http_credentials=credentials)


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
        await _leave_forbidden(session)
        evidence = await session.answered(session.tab.watch.evidence()) or Evidence()
        return replace(evidence, requests=evidence.requests + session.downloads.running)

    async def capture(self) -> bytes | None:
        return await capture(self._session)

    async def pause(self, seconds: float) -> None:
        await self._session.pause(seconds)


async def _leave_forbidden(session: Session) -> None:
    """Away from a local file that nobody allowed, and that a page, not the person, led to."""
    from playwright.async_api import Error

    tab = session.tab
    address = tab.page.url.partition("#")[0].partition("?")[0]
    if not address.startswith("file:") or address in session.given:
        return
    problem = refusal(address, session.config.allow_files)
    if problem:
        session.notes.append(f"the page led to a file that may not be opened, so it was left; {problem}")
        with contextlib.suppress(Error):
            await session.answered(tab.page.goto("about:blank"))


def _led_astray(session: Session, told: int) -> ActionError | None:
    """Where the page led to a site that the rules do not allow; what else they refused is noted."""
    refused = session.gate.since(told) if session.gate is not None else []
    refused = [one for one in refused if (one.host, one.port) != quiet.NOBODY_AT]
    if not refused:
        return None
    address = session.tab.page.url
    reached = endpoint(address)
    at = next((one for one in refused if (one.host, one.port) == reached), None)
    if at is None and address.startswith("chrome-error:"):
        at = refused[-1]
    if at is not None:
        return ActionError("refused", f"the page led to a place that the rules of this run do not allow: {at.why}")
    session.notes.append("the rules of this run refused connections: " + "; ".join(one.why for one in refused))
    return None


async def _settle(session: Session) -> tuple[bytes | None, WaitInfo]:
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


async def _execute(session: Session, action: BaseAction, answered: Observation) -> StepResult:
    from playwright.async_api import Error

    began = time.monotonic()
    session.check()
    error: ActionError | None = None
    notes = session.notes
    controller = BrowserController(session, answered.frame)
    told = session.gate.told if session.gate is not None else 0
    try:
        if action.action in _UNSUPPORTED:
            raise ActionRefused("unsupported", _UNSUPPORTED[action.action])
        if session.secrets is not None:
            check_mentions(action)
        await controller.do(action)
    except ActionRefused as refused:
        error = refused.error
    except Error as failure:
        # What broke may be more than the action: the driver and the browser tell a moment later.
        await session.until(lambda: not session.usable, _NEWS_S)
        if session.active is not None:
            error = ActionError("failed", without_credentials(first_line(failure)))
    input_s = time.monotonic() - began
    session.check()
    if error is None and action.action in NO_SETTLE:
        return StepResult(answered, StateDiff(), WaitInfo(0.0, "none", 0), None, input_s)
    png, settled = await _settle(session)
    seen = await observation(session, png)
    error = error or _led_astray(session, told)
    session.notes = []
    if session.secrets is not None:
        clean = session.secrets.clean
        notes = [clean(note) for note in notes]
        error = error and replace(error, message=clean(error.message))
    status = session.tab.watch.status
    effect = replace(
        compare(answered, seen),
        status=status if status and status >= 400 else None,
        typed=controller.typed.state,
        field_value=None if controller.secret else controller.typed.value,
    )
    return StepResult(seen, effect, settled, error, input_s, tuple(notes))
