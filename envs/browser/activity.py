"""What a page still has in flight: requests, timers, animations. Evidence for `envs.settle`; no page content.

The scripts that tell of it run in a world of their own in every frame, and so do those that draw lists.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
from collections.abc import Awaitable, Callable
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
FRAME_LIMIT_S = 2.0
_BINDING = "guiAgentTell"
_KNOW = "function () { guiAgentLists.know(this); }"
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

    def __init__(
        self,
        page: Page,
        changed: asyncio.Event,
        holding: Callable[[CDPSession], Awaitable[None]] | None = None,
    ) -> None:
        self._page, self._changed = page, changed
        self._holding = holding  # told of every session of the page, before anything else
        self._flights: dict[Request, _Flight] = {}
        self._counts: dict[str, int] = {}
        self._marked = time.monotonic()
        self._fresh = True  # an input was given, or something ended, since the last look at the page
        self._worlds: dict[tuple[int, int], CDPSession] = {}  # (session, context id) of each frame's own world
        self._frame_ids: dict[tuple[int, int], str] = {}  # the frame of each, as CDP names it
        self._lists: dict[str, tuple[CDPSession, int]] = {}  # the world whose list another page draws, by list
        self._drawing: set[asyncio.Future[None]] = set()
        self._frames: dict[Frame, CDPSession] = {}  # those that have a session of their own
        self._sessions: set[asyncio.Future[None]] = set()
        # An event name that no page can guess.
        self._token = "gui" + secrets.token_hex(12)
        self._cdp: CDPSession | None = None
        self._top = ""  # the page's own frame, as CDP names it
        self.navigations = 0  # documents that came, in the page itself
        self.status: int | None = None  # of the last document in the page itself, since the mark

    async def attach(self, cdp: CDPSession) -> None:
        """Listen, and install the page scripts in this page, its frames, and all that load later."""
        page = self._page
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfinished", self._done)
        page.on("requestfailed", self._done)
        page.on("framenavigated", self._frame_navigated)
        page.on("framedetached", self._frame_detached)
        page.on("domcontentloaded", lambda _: self._changed.set())
        self._cdp = cdp
        self._top = (await cdp.send("Page.getFrameTree"))["frameTree"]["frame"]["id"]
        await self._install(cdp)
        for frame in page.frames:
            self._frame_navigated(frame)

    async def _install(self, cdp: CDPSession) -> None:
        if self._holding is not None:
            await self._holding(cdp)

        def created(event: Any) -> None:
            context = event["context"]
            if context["name"] == WORLD:
                self._worlds[id(cdp), context["id"]] = cdp
                self._frame_ids[id(cdp), context["id"]] = context["auxData"]["frameId"]

        def destroyed(event: Any) -> None:
            self._worlds.pop((id(cdp), event["executionContextId"]), None)
            self._frame_ids.pop((id(cdp), event["executionContextId"]), None)

        cdp.on("Runtime.executionContextCreated", created)
        cdp.on("Runtime.executionContextDestroyed", destroyed)
        cdp.on("Runtime.executionContextsCleared", lambda event: self._forget(cdp))

        def told(event: Any) -> None:
            if event["name"] == _BINDING:
                task = asyncio.ensure_future(self._told(cdp, event["executionContextId"], event["payload"]))
                self._drawing.add(task)
                task.add_done_callback(self._drawing.discard)

        cdp.on("Runtime.bindingCalled", told)
        await cdp.send("DOM.enable")  # it answers no question of ours before
        await cdp.send("Page.enable")
        await cdp.send("Runtime.enable")
        await cdp.send("Runtime.addBinding", {"name": _BINDING, "executionContextName": WORLD})
        watch = script("timer_watch.js").replace("TOKEN", self._token)
        own = script("page_watch.js").replace("TOKEN", self._token) + script("select_popup.js")
        add = "Page.addScriptToEvaluateOnNewDocument"
        await cdp.send(add, {"source": watch, "runImmediately": True})
        await cdp.send(add, {"source": own, "worldName": WORLD, "runImmediately": True})

    def _forget(self, cdp: CDPSession) -> None:
        self._worlds = {key: session for key, session in self._worlds.items() if session is not cdp}

    def _frame_navigated(self, frame: Frame) -> None:
        if frame.parent_frame is None:
            self.navigations += 1
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
        self.status = None

    @property
    def navigating(self) -> bool:
        """The page itself is on its way to another document, because of the last input."""
        return any(flight.navigation and flight.started >= self._marked for flight in self._flights.values())

    @property
    def arriving(self) -> bool:
        """A document of the page itself is on its way, whatever it was that asked for it."""
        return any(flight.navigation for flight in self._flights.values())

    def _request(self, request: Request) -> None:
        kind = request.resource_type
        if kind in _IGNORED:
            return
        where = request.url.partition("?")[0][:500]
        self._counts[where] = self._counts.get(where, 0) + 1
        self._flights[request] = _Flight(time.monotonic(), kind, where, self._of_page(request))

    def _of_page(self, request: Request) -> bool:
        """Whether the request is for the document of the page itself."""
        from playwright.async_api import Error

        if not request.is_navigation_request():
            return False
        try:
            return request.frame is self._page.main_frame
        except Error:  # its frame is still to come, as for the first document of a window
            return True

    def _response(self, response: Any) -> None:
        flight = self._flights.get(response.request)
        if flight is not None:
            flight.answered = time.monotonic()
            if flight.navigation:
                self.status = response.status
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

    async def _asked(self, cdp: CDPSession, question: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question to a frame.

        Chromium sometimes never answers one that was under way while a document was replaced: such a question is
        given up once the page answers another. It answers none at all while the first bytes of a document, or of
        a download, are coming. A frame of another site that hangs does not keep its page from being used.

        Raises:
            TimeoutError: one of these is the case.
        """
        asked = asyncio.ensure_future(cdp.send("Runtime.evaluate", question))
        try:
            done, _ = await asyncio.wait([asked], timeout=FRAME_LIMIT_S)
            if not done:
                if cdp is not self._cdp or self.arriving:
                    raise TimeoutError
                await cdp.send("Runtime.evaluate", {"expression": "0", "silent": True})
                done, _ = await asyncio.wait([asked], timeout=FRAME_LIMIT_S)
                if not done:
                    raise TimeoutError
            return asked.result()
        finally:
            asked.cancel()

    # -- lists that a frame is too small for, drawn by the page that holds it ---------------------------------

    async def _told(self, cdp: CDPSession, context: int, payload: str) -> None:
        """Carry what the script of one frame says to the other that it concerns (`select_popup.js`)."""
        from playwright.async_api import Error

        with contextlib.suppress(Error, ValueError, KeyError, TypeError):
            said = json.loads(payload)
            if "to" in said:  # from the page that draws to the frame whose list it is
                owner, owner_context = self._lists[said["to"]]
                await self._call(owner, owner_context, "told", said["to"], said["does"], said.get("index", -1))
            elif said["does"] == "show":
                placed = await self._placed(cdp, context, said["spec"], said["size"])
                self._lists = {said["at"]: (cdp, context)}
                await self._call(*self._page_world(), "outside.show", said["at"], placed)
            else:
                rest = [said["index"]] if "index" in said else []
                await self._call(*self._page_world(), f"outside.{said['does']}", said["at"], *rest)
        self._changed.set()

    async def know(self, node: int) -> None:
        """Let the control with this backend id draw its list, though it lies in a closed tree."""
        assert self._cdp is not None
        for context in [context for session, context in self._worlds if session == id(self._cdp)]:
            # Only in the world of its own document does it find itself.
            found = await self._cdp.send("DOM.resolveNode", {"backendNodeId": node, "executionContextId": context})
            call = {"functionDeclaration": _KNOW, "objectId": found["object"]["objectId"], "silent": True}
            await self._cdp.send("Runtime.callFunctionOn", call)

    def _page_world(self) -> tuple[CDPSession, int]:
        """The world in the page's own document: the first that its session told of."""
        assert self._cdp is not None
        own = (context for (session, context) in self._worlds if session == id(self._cdp))
        return self._cdp, next(context for context in own if self._frame_ids[id(self._cdp), context] == self._top)

    async def _call(self, cdp: CDPSession, context: int, function: str, *args: Any) -> None:
        written = ", ".join(json.dumps(arg) for arg in args)
        expression = f"guiAgentLists.{function}({written})"
        await cdp.send("Runtime.evaluate", {"expression": expression, "contextId": context, "silent": True})

    async def _placed(self, cdp: CDPSession, context: int, spec: Any, size: list[float]) -> Any:
        """The list with its place and size in pixels of the page's window instead of the frame's."""
        left, top, scale = await self._frame_place(cdp, self._frame_ids[id(cdp), context], size[0])
        root = next((frame for frame, session in self._frames.items() if session is cdp), None)
        if root is not None:  # a frame with a session of its own: its root lies somewhere in the page as well
            element = await root.frame_element()
            box = await element.bounding_box() or {"x": 0, "y": 0, "width": 1}
            inner = await element.evaluate("(node) => [node.clientLeft, node.clientTop, node.offsetWidth]")
            outer = box["width"] / max(1, inner[2])
            left, top = box["x"] + (inner[0] + left) * outer, box["y"] + (inner[1] + top) * outer
            scale *= outer
        place, look = spec["place"], spec["look"]
        for side, offset in (("left", left), ("right", left), ("top", top), ("bottom", top)):
            place[side] = place[side] * scale + offset
        look["size"], look["height"] = look["size"] * scale, round(look["height"] * scale)
        return spec

    @staticmethod
    async def _frame_place(cdp: CDPSession, frame: str, width: float) -> tuple[float, float, float]:
        """Left, top and scale of a frame in the window of its session's root; that root itself: (0, 0, 1)."""
        from playwright.async_api import Error

        try:
            owner = await cdp.send("DOM.getFrameOwner", {"frameId": frame})
            box = await cdp.send("DOM.getBoxModel", {"backendNodeId": owner["backendNodeId"]})
        except Error:
            return 0.0, 0.0, 1.0
        x, y, right = box["model"]["content"][:3]
        return x, y, (right - x) / max(1.0, width)

    async def evidence(self) -> Evidence:
        """What is in flight right now. Never raises: a page that is being replaced has no timers to tell of."""
        from playwright.async_api import Error

        fresh, self._fresh = self._fresh, False
        since = (time.monotonic() - self._marked) * 1000
        expression = f"guiAgentWatch({since:.0f}, {'true' if fresh else 'false'})"

        async def ask(cdp: CDPSession, context: int) -> float:
            question = {
                "expression": expression,
                "contextId": context,
                "awaitPromise": True,
                "returnByValue": True,
                "silent": True,
            }
            try:
                answer = await self._asked(cdp, question)
            except (Error, TimeoutError):
                return 0.0
            value = answer["result"].get("value", 0)
            return float(value) if isinstance(value, int | float) else 0.0

        asked = list(self._worlds.items())[:FRAMES_AT_MOST]
        due = await asyncio.gather(*(ask(cdp, context) for (_, context), cdp in asked))
        requests, patience = self.requests()
        last = max(due, default=0.0) / 1000
        if requests or last > 0:
            self._fresh = True
        if self._drawing:
            await asyncio.wait(self._drawing, timeout=FRAME_LIMIT_S)
        return Evidence(requests, last, min((value for value in (last, patience) if value > 0), default=0.0))


def script(name: str) -> str:
    """Text of one of the page scripts beside this file."""
    return resources.files("envs.browser").joinpath("scripts", name).read_text(encoding="utf-8")
