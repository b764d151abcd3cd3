"""What a page still has in flight: requests, timers, animations. Evidence for `envs.settle`; no page content."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from envs.settle import Evidence

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page, Request

WORLD = "gui-agent"
_IGNORED = frozenset({"websocket", "eventsource", "ping", "media", "manifest", "texttrack", "other"})
IMAGE_LIMIT_S = 1.0
STREAM_LIMIT_S = 1.0
POLL_COUNT = 3
FRAMES_AT_MOST = 16


@dataclass
class _Flight:
    started: float
    kind: str
    where: str
    navigation: bool
    answered: float | None = None


class PageWatch:
    """Watches one page. `mark()` begins a new input: only what starts after it is waited for."""

    def __init__(self, page: Page, changed: asyncio.Event) -> None:
        self._page, self._changed = page, changed
        self._flights: dict[Request, _Flight] = {}
        self._counts: dict[str, int] = {}
        self._marked = time.monotonic()
        self._fresh = True  # an input was given, or something ended, since the last look at the page
        self._worlds: dict[tuple[int, int], CDPSession] = {}  # (session, context id) of each frame's own world
        self._frames: dict[Frame, CDPSession] = {}  # those that have a session of their own
        self._sessions: set[asyncio.Future[None]] = set()
        # An event name that no page can guess.
        self._token = "gui" + secrets.token_hex(12)

    async def attach(self, cdp: CDPSession) -> None:
        """Listen, and install the page scripts in this page, its frames, and all that load later."""
        page = self._page
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfinished", self._done)
        page.on("requestfailed", self._done)
        page.on("framenavigated", self._frame_navigated)
        page.on("framedetached", self._frame_detached)
        await self._install(cdp)
        for frame in page.frames:
            self._frame_navigated(frame)

    async def _install(self, cdp: CDPSession) -> None:
        def created(event: Any) -> None:
            context = event["context"]
            if context["name"] == WORLD:
                self._worlds[id(cdp), context["id"]] = cdp

        def destroyed(event: Any) -> None:
            self._worlds.pop((id(cdp), event["executionContextId"]), None)

        cdp.on("Runtime.executionContextCreated", created)
        cdp.on("Runtime.executionContextDestroyed", destroyed)
        cdp.on("Runtime.executionContextsCleared", lambda event: self._forget(cdp))
        await cdp.send("Page.enable")
        await cdp.send("Runtime.enable")
        watch = script("timer_watch.js").replace("TOKEN", self._token)
        own = script("page_watch.js").replace("TOKEN", self._token) + script("select_popup.js")
        add = "Page.addScriptToEvaluateOnNewDocument"
        await cdp.send(add, {"source": watch, "runImmediately": True})
        await cdp.send(add, {"source": own, "worldName": WORLD, "runImmediately": True})

    def _forget(self, cdp: CDPSession) -> None:
        self._worlds = {key: session for key, session in self._worlds.items() if session is not cdp}

    def _frame_navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None or frame in self._frames:
            return
        # A frame of another site has a process, and so a CDP session, of its own.
        task = asyncio.ensure_future(self._install_in(frame))
        self._sessions.add(task)
        task.add_done_callback(self._sessions.discard)

    def _frame_detached(self, frame: Frame) -> None:
        self._frames.pop(frame, None)

    async def _install_in(self, frame: Frame) -> None:
        from playwright.async_api import Error

        with contextlib.suppress(Error):  # it shares its parent's session, or is gone already
            cdp = await self._page.context.new_cdp_session(frame)

            def ended(_: Any) -> None:
                self._frames.pop(frame, None)
                self._forget(cdp)

            self._frames[frame] = cdp
            cdp.on("close", ended)
            await self._install(cdp)

    def mark(self) -> None:
        """A new input begins: what is in flight now was there before it."""
        self._marked = time.monotonic()
        self._counts.clear()
        self._fresh = True

    def _request(self, request: Request) -> None:
        kind = request.resource_type
        if kind in _IGNORED:
            return
        where = request.url.partition("?")[0][:500]
        self._counts[where] = self._counts.get(where, 0) + 1
        self._flights[request] = _Flight(time.monotonic(), kind, where, request.is_navigation_request())

    def _response(self, response: Any) -> None:
        flight = self._flights.get(response.request)
        if flight is not None:
            flight.answered = time.monotonic()
            self._changed.set()

    def _done(self, request: Request) -> None:
        if self._flights.pop(request, None) is not None:
            self._changed.set()

    def requests(self) -> tuple[int, float]:
        """Requests in flight that are worth waiting for, and seconds until the first no longer is; 0: never."""
        now = time.monotonic()
        count, soonest = 0, float("inf")
        for flight in self._flights.values():
            if flight.started < self._marked and not flight.navigation:
                continue
            if self._counts.get(flight.where, 0) > POLL_COUNT and flight.kind in ("xhr", "fetch"):
                continue  # the page asks the same again and again: a poll
            ends = float("inf")
            if flight.kind in ("image", "font"):
                ends = flight.started + IMAGE_LIMIT_S
            if flight.answered is not None:  # a body that goes on and on is a stream
                ends = min(ends, flight.answered + STREAM_LIMIT_S)
            if now < ends:
                count, soonest = count + 1, min(soonest, ends - now)
        return count, 0.0 if soonest == float("inf") else soonest

    async def evidence(self) -> Evidence:
        """What is in flight right now. Never raises: a page that is being replaced has no timers to tell of."""
        from playwright.async_api import Error

        fresh, self._fresh = self._fresh, False
        since = (time.monotonic() - self._marked) * 1000
        expression = f"guiAgentWatch({since:.0f}, {'true' if fresh else 'false'})"

        async def ask(cdp: CDPSession, context: int) -> float:
            try:
                answer = await cdp.send(
                    "Runtime.evaluate",
                    {
                        "expression": expression,
                        "contextId": context,
                        "awaitPromise": True,
                        "returnByValue": True,
                        "silent": True,
                    },
                )
            except Error:
                return 0.0
            value = answer["result"].get("value", 0)
            return float(value) if isinstance(value, int | float) else 0.0

        asked = list(self._worlds.items())[:FRAMES_AT_MOST]
        due = await asyncio.gather(*(ask(cdp, context) for (_, context), cdp in asked))
        requests, patience = self.requests()
        last = max(due, default=0.0) / 1000
        if requests or last > 0:
            self._fresh = True
        return Evidence(requests, last, min((value for value in (last, patience) if value > 0), default=0.0))


def script(name: str) -> str:
    """Text of one of the page scripts beside this file."""
    return resources.files("envs").joinpath(name).read_text(encoding="utf-8")
