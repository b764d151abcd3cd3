"""The browser behind `BrowserEnvironment`: process, tabs, dialogs, and waiting for them. All coroutines.

One `Session` lives on one event-loop thread. It knows pages and CDP; what an action is, it does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from action_space.geometry import Frame
from envs.base import EnvironmentFault, LaunchFailed, Observation, TargetClosed, TargetCrashed
from envs.browser.activity import PageWatch
from envs.browser.config import BrowserConfig
from envs.browser.downloads import Downloads
from envs.browser.launch import launch, proxy_of
from envs.browser.network.attached import Holding
from envs.browser.network.gate import Gate
from envs.browser.network.sites import Sites
from envs.browser.open_dialog import OpenDialog
from envs.scratch import Scratch
from envs.secrets import SecretSource

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Playwright

_ANNOUNCED_S = 2.0
_CLOSE_S = 10.0
_LET_GO_S = 3.0
_CONFIRM_S, _LOST_S = 4.0, 1.5

Say = Callable[[str], None]


@dataclass(eq=False)
class OpenTab:
    """One page with its own CDP session, its watch on network, timers and animations, and what is open in it."""

    page: Page
    cdp: CDPSession
    watch: PageWatch
    title: str = ""
    crashed: bool = False
    chooser: Any = None  # Playwright's, while one is open


class Session:
    """A running browser with its tabs in the order of opening."""

    def __init__(self, config: BrowserConfig, executable: Path | None, say: Say | None = None) -> None:
        self.config = config
        self.executable = executable
        self.say = say or (lambda line: None)
        self.tabs: list[OpenTab] = []
        self.active: OpenTab | None = None
        self.dialogs: list[OpenDialog] = []  # in the order of opening
        self.pending: set[asyncio.Future[Any]] = set()  # input that was interrupted, on its way to its end
        self.held: dict[str, Callable[[], Awaitable[Any]]] = {}  # down over several actions, and how it comes up
        self.background_tabs = False  # new tabs of this input stay behind (ctrl or middle click)
        self.changed = asyncio.Event()  # set whenever a tab, dialog, chooser or download came or went
        self.downloads = Downloads(config, self.changed)
        self.sites = Sites(config.sites) if config.sites is not None else None
        self.gate: Gate | Holding | None = None
        self.secrets: SecretSource | None = None
        self.notes: list[str] = []  # what happened beside the actions, until it is told
        self.last: Observation | None = None
        self.clean: tuple[Image.Image, Frame, bytes | None] | None = None  # the last picture without a dialog
        self.scratch: Scratch | None = None
        self.given: set[str] = set()  # addresses that the person, not the agent, had opened
        self._history: list[OpenTab] = []  # activation order, for going back when a tab closes
        self._ended: TargetClosed | None = None  # why there is nothing left to use
        self._closing = False
        self._made: dict[Page, asyncio.Task[OpenTab | None]] = {}
        self._attaching: set[asyncio.Task[Any]] = set()
        self._announced: list[float] = []  # until when to wait for each window that was opened and has not come
        self.playwright: Playwright | None = None
        self.browser: Browser | None = None
        self.context: BrowserContext | None = None

    # -- life -----------------------------------------------------------------------------------------------

    async def start(self, scratch: Scratch) -> None:
        """Launch or attach, and have one tab.

        Args:
            scratch: folder for what is temporary; `close` removes it.

        Raises:
            LaunchFailed: the browser did not start, or nothing answers at `cdp_url`.
        """
        config = self.config
        self.scratch = scratch
        self.downloads.use(scratch)
        gate = None
        if self.sites is not None and config.cdp_url:
            self.gate = Holding(self.sites)
        elif self.sites is not None:
            self.gate = gate = Gate(self.sites, proxy_of(config.args))
            await gate.open()
        try:
            self.playwright, self.browser, self.context = await launch(
                config, self.executable, self.downloads.arriving, self.say, gate
            )
        except LaunchFailed:
            await self.close()
            raise
        if self.browser is not None:
            self.browser.on("disconnected", lambda _: self.crashed("the browser ended or was killed"))
        self.context.on("close", lambda _: self.crashed("the browser was closed or killed"))
        self.context.on("page", self._page_opened)
        for page in self.context.pages:
            await self._attach(page)
        if not self.tabs or (config.cdp_url and config.url != "about:blank"):
            await self.open_tab()
        self.activate(self.tabs[-1])

    async def close(self) -> None:
        """End the browser, or leave an attached one as it is. Never raises."""
        self._closing = True
        if self._ended is None:
            with contextlib.suppress(Exception):
                await self.let_go()
        self.downloads.cancel()
        for task in (*self._attaching, *self._made.values()):
            task.cancel()
        for dialog in self.dialogs:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(dialog.answer(False), 2)
        if not self.config.cdp_url:
            for target in (self.context, self.browser):
                if target is not None:
                    with contextlib.suppress(Exception):
                        await asyncio.wait_for(target.close(), _CLOSE_S)
        if self.playwright is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.playwright.stop(), _CLOSE_S)
        if isinstance(self.gate, Gate):
            await self.gate.close()
        if self.scratch is not None:
            await asyncio.to_thread(self.scratch.remove)
        self.last = self.clean = None

    def crashed(self, why: str) -> None:
        """Note that the browser, its page or its driver went away unasked; every wait ends at once."""
        if not self._closing and self._ended is None:
            self._ended = TargetCrashed(f"The page cannot be used any more: {why}.")
            self.changed.set()

    @property
    def usable(self) -> bool:
        """There is a page to look at."""
        return self._ended is None and self.active is not None

    def check(self) -> None:
        """Raises TargetClosed if there is nothing left to look at."""
        if self._ended is not None:
            raise type(self._ended)(str(self._ended))
        if self.active is None:
            raise TargetClosed("The last tab was closed, by the site or by an action.")

    # -- tabs -----------------------------------------------------------------------------------------------

    @property
    def tab(self) -> OpenTab:
        """The active tab.

        Raises:
            TargetClosed: there is none.
        """
        self.check()
        assert self.active is not None
        return self.active

    async def open_tab(self) -> None:
        """Open an empty tab and bring it to the front."""
        assert self.context is not None
        page = await self.context.new_page()
        tab = await self._attach(page)
        if tab is not None:
            self.activate(tab)

    def activate(self, tab: OpenTab) -> None:
        """Make `tab` the one that is seen and acted on; behind a tab whose dialog waits, the next one."""
        if self.active is tab:
            return
        rest = [other for other in self._history if other is not tab]
        if self.active is not None and self._dialog_of(self.active.page) and not self._dialog_of(tab.page):
            self._history = [*rest[:-1], tab, *rest[-1:]]
        else:
            self.active = tab
            self._history = [*rest, tab]
        self.changed.set()

    def _window_announced(self, _: Any) -> None:
        # Playwright hands a new window over only after a round trip; till then the old one could pass for the end.
        self._announced.append(time.monotonic() + _ANNOUNCED_S)

    def _page_opened(self, page: Page) -> None:
        if self._announced:
            self._announced.pop(0)
        self.changed.set()
        task = asyncio.ensure_future(self._adopt(page))
        self._attaching.add(task)
        task.add_done_callback(self._attaching.discard)

    async def _adopt(self, page: Page) -> None:
        background = self.background_tabs
        tab = await self._attach(page)
        if tab is not None and not background:
            self.activate(tab)

    async def adopted(self) -> None:
        """Wait until every tab that opened so far is attached."""
        while self._attaching or self._announced:
            if self._attaching:
                await asyncio.gather(*self._attaching, return_exceptions=True)
            else:
                await self.pause(max(0.0, self._announced[0] - time.monotonic()))
                # One that a blocker stopped never comes.
                self._announced = [until for until in self._announced if until > time.monotonic()]

    async def adopted_or_dialog(self) -> None:
        """`adopted`, but a dialog, which stops new tabs from being attached, ends the wait."""
        await self.answered(self.adopted())

    async def pause(self, seconds: float) -> None:
        """Until a tab, dialog, chooser, download or request comes or goes; at most `seconds`."""
        self.changed.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.changed.wait(), seconds)

    async def until(self, happened: Callable[[], bool], seconds: float) -> bool:
        """Wait until `happened()`; whether it did within `seconds`."""
        end = time.monotonic() + seconds
        while not happened() and time.monotonic() < end:
            await self.pause(end - time.monotonic())
        return happened()

    async def _attach(self, page: Page) -> OpenTab | None:
        """The tab of a page; made once, however many ask for it. None: the page closed as soon as it opened."""
        if page not in self._made:
            self._made[page] = asyncio.ensure_future(self._make_tab(page))
        return await asyncio.shield(self._made[page])

    async def _make_tab(self, page: Page) -> OpenTab | None:
        from playwright.async_api import Error

        page.on("close", self._page_closed)
        page.on("crash", self._page_crashed)
        page.on("dialog", self._dialog_opened)
        page.on("download", lambda download: self.downloads.started(download))
        page.on("filechooser", self._chooser_opened)
        holding = self.gate.watch if isinstance(self.gate, Holding) else None
        watch = PageWatch(page, self.changed, holding)
        assert self.context is not None
        try:
            cdp = await self.context.new_cdp_session(page)
            await self.same_metrics(page, cdp)
            await watch.attach(cdp)
            cdp.on("Page.windowOpen", self._window_announced)
        except Error:
            return None
        if page.is_closed():
            return None
        tab = OpenTab(page, cdp, watch)
        self.tabs.append(tab)
        self.changed.set()
        return tab

    async def same_metrics(self, page: Page, cdp: CDPSession) -> None:
        """Tell this CDP session what Playwright told its own: a session without it captures at ratio 1, slower."""
        size = page.viewport_size
        if size is not None:
            metrics = {**size, "mobile": False, "deviceScaleFactor": self.config.pixel_ratio}
            await cdp.send("Emulation.setDeviceMetricsOverride", metrics)

    def _page_closed(self, page: Page) -> None:
        self._made.pop(page, None)
        gone = next((tab for tab in self.tabs if tab.page is page), None)
        if gone is None or self._closing:
            return
        self.tabs.remove(gone)
        self._history = [tab for tab in self._history if tab is not gone]
        self.dialogs = [dialog for dialog in self.dialogs if dialog.page is not page]
        if self.active is gone:
            self.active = next((tab for tab in reversed((*self.tabs, *self._history)) if not tab.crashed), None)
            if self.active is None and self.tabs:
                self.crashed("the pages of all tabs that are left crashed")
        self.changed.set()

    def _page_crashed(self, page: Page) -> None:
        tab = next((tab for tab in self.tabs if tab.page is page), None)
        if tab is None or tab is self.active:
            self.crashed("the page crashed")
            return
        tab.crashed = True
        tab.title = f"{tab.title} (crashed)"
        self._history = [other for other in self._history if other is not tab]
        self.notes.append(f"the page of tab {self.tabs.index(tab)} crashed; the tab can only be closed")
        self.changed.set()

    # -- dialogs and choosers -------------------------------------------------------------------------------

    @property
    def dialog(self) -> OpenDialog | None:
        """The dialog that is seen: the active tab's, else the one that has waited longest."""
        own = self._dialog_of(self.active.page) if self.active is not None else None
        return own or next(iter(self.dialogs), None)

    def _dialog_of(self, page: Page) -> OpenDialog | None:
        return next((dialog for dialog in self.dialogs if dialog.page is page), None)

    def _show_dialogs_tab(self) -> None:
        dialog = self.dialog
        tab = next((tab for tab in self.tabs if dialog is not None and tab.page is dialog.page), None)
        if tab is not None:
            self.activate(tab)

    def _dialog_opened(self, dialog: Any) -> None:
        self.dialogs.append(OpenDialog(dialog))
        self._show_dialogs_tab()
        self.changed.set()

    async def answer_dialog(self, dialog: OpenDialog, accept: bool, text: str | None = None) -> None:
        """Press OK or Cancel of an open dialog; the next that waits comes to the front."""
        self.dialogs = [other for other in self.dialogs if other is not dialog]
        self.changed.set()
        await dialog.answer(accept, text)
        self._show_dialogs_tab()
        if self.pending:  # what the dialog interrupted, such as the release of the mouse button, ends now
            await self.answered(asyncio.wait(self.pending))

    @property
    def chooser(self) -> Any:
        """The file chooser (Playwright's) that is open in the active tab, or None."""
        return self.active.chooser if self.active is not None else None

    @chooser.setter
    def chooser(self, chooser: Any) -> None:
        if self.active is not None:
            self.active.chooser = chooser

    def _chooser_opened(self, chooser: Any) -> None:
        tab = next((tab for tab in self.tabs if tab.page is chooser.page), self.active)
        if tab is not None:
            tab.chooser = chooser
        self.changed.set()

    # -- waiting --------------------------------------------------------------------------------------------

    async def unless_dialog(self, work: Awaitable[Any]) -> Any:
        """The result of `work`; or None as soon as a dialog opens, because the page then stands still.

        Raises:
            TargetClosed: the tab went away meanwhile.
        """
        task = asyncio.ensure_future(work)
        tab = self.active
        try:
            while not task.done():
                if self.dialog is not None:
                    return None
                if self._ended is not None or tab not in self.tabs:
                    await asyncio.wait([task], timeout=0.2)
                    return task.result() if task.done() and not task.exception() else None
                self.changed.clear()
                waiter = asyncio.ensure_future(self.changed.wait())
                try:
                    await asyncio.wait([task, waiter], return_when=asyncio.FIRST_COMPLETED)
                finally:
                    waiter.cancel()
            return task.result()
        finally:
            if not task.done():
                self._let_end(task)
                task.cancel()

    async def delivered(self, work: Awaitable[Any]) -> bool:
        """Do `work`, one piece of input; whether the browser has confirmed it.

        Chromium sometimes never confirms input that was on its way to a document while another took its place.
        So what is not confirmed, though the page answers questions, is given up.
        """
        tab = self.tab
        came = tab.watch.navigations
        task = asyncio.ensure_future(work)
        try:
            while True:
                replaced = tab.watch.navigations != came
                done, _ = await asyncio.wait([task], timeout=_LOST_S if replaced else _CONFIRM_S)
                if done:
                    task.result()
                    return True
                if await self._answers(tab) and (replaced or tab.watch.navigations == came):
                    done, _ = await asyncio.wait([task], timeout=_LOST_S)
                    if not done:
                        return False
        finally:
            if not task.done():
                self._let_end(task)

    async def _answers(self, tab: OpenTab) -> bool:
        from playwright.async_api import Error

        try:
            await asyncio.wait_for(tab.cdp.send("Runtime.evaluate", {"expression": "0"}), _CONFIRM_S)
        except (Error, TimeoutError):
            return False
        return True

    async def let_go(self) -> None:
        """Let everything that is held down come up again, and wait for it for a moment."""
        held, self.held = self.held, {}
        for up in held.values():
            self._let_end(asyncio.ensure_future(up()))
        if self.pending:
            await asyncio.wait(self.pending, timeout=_LET_GO_S)

    async def whole(self, work: Awaitable[Any]) -> None:
        """Do `work` to its end, also when a dialog interrupts the action: a pressed button must come up again."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.shield(task)
        finally:
            if not task.done():
                self._let_end(task)

    def _let_end(self, task: asyncio.Future[Any]) -> None:
        self.pending.add(task)
        task.add_done_callback(self._ended_late)

    def _ended_late(self, task: asyncio.Future[Any]) -> None:
        self.pending.discard(task)
        if not task.cancelled():
            task.exception()  # read, so that asyncio does not report it as lost

    async def answered(self, work: Awaitable[Any], takes_s: float = 0.0) -> Any:
        """`unless_dialog`, for what a page answers within `takes_s` unless it hangs.

        Raises:
            EnvironmentFault: it has not answered within the time limit for loading on top of that.
        """
        limit = self.config.load_timeout_s
        try:
            return await asyncio.wait_for(self.unless_dialog(work), limit + takes_s)
        except TimeoutError:
            raise EnvironmentFault(f"The page has not answered for {limit:g} s; it is busy or hangs.") from None
