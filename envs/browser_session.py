"""The browser behind `BrowserEnvironment`: process, tabs, dialogs, downloads, captures. All coroutines.

One `Session` lives on one event-loop thread. It knows pages and CDP; what an action is, it does not know.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from action_space.geometry import Frame
from envs.base import (
    DialogInfo,
    EnvironmentFault,
    LaunchFailed,
    Observation,
    PageLoadFailed,
    TargetClosed,
)
from envs.browser_launch import launch
from envs.browser_load import load_problem
from envs.browser_watch import PageWatch

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, CDPSession, Page, Playwright
    from playwright.async_api import Frame as PageFrame

    from envs.browser import BrowserConfig

_ERROR_PAGE_S = 2.0
_ANNOUNCED_S = 2.0


@dataclass(eq=False)
class OpenTab:
    """One page with its own CDP session and its watch on network, timers and animations."""

    page: Page
    cdp: CDPSession
    watch: PageWatch
    title: str = ""


class Session:
    """A running browser with its tabs in the order of opening."""

    def __init__(self, config: BrowserConfig, executable: Path | None) -> None:
        self.config = config
        self.executable = executable
        self.tabs: list[OpenTab] = []
        self.active: OpenTab | None = None
        self.dialog: Any = None  # playwright Dialog
        self.dialog_tab: OpenTab | None = None
        self.prompt_text = ""
        self.prompt_selected = False
        self.pending: set[asyncio.Future[Any]] = set()  # input that a dialog interrupted, on its way to its end
        self.chooser: Any = None  # playwright FileChooser
        self.downloads: list[str] = []
        self.downloading = 0
        self.background_tabs = False  # new tabs of this input stay behind (ctrl or middle click)
        self.changed = asyncio.Event()  # set whenever a tab, dialog, chooser or download came or went
        self.last: Observation | None = None
        self.clean: tuple[Image.Image, Frame, bytes | None] | None = None  # the last picture without a dialog
        self._history: list[OpenTab] = []  # activation order, for going back when a tab closes
        self._ended = ""  # why the browser went away
        self._closing = False
        self._temporary: list[Path] = []
        self._made: dict[Page, asyncio.Task[OpenTab | None]] = {}
        self._attaching: set[asyncio.Task[Any]] = set()
        self._announced: list[float] = []  # until when to wait for each window that was opened and has not come
        self.playwright: Playwright | None = None
        self.browser: Browser | None = None
        self.context: BrowserContext | None = None

    # -- life -----------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Launch or attach, and have one tab.

        Raises:
            LaunchFailed: the browser did not start, or nothing answers at `cdp_url`.
        """
        config = self.config
        try:
            await launch(self, config)
        except LaunchFailed:
            await self.close()
            raise
        assert self.context is not None
        if self.browser is not None:
            self.browser.on("disconnected", lambda _: self._gone("the browser went away"))
        self.context.on("close", lambda _: self._gone("the browser was closed"))
        self.context.on("page", self._page_opened)
        for page in self.context.pages:
            await self._attach(page)
        if not self.tabs or (config.cdp_url and config.url != "about:blank"):
            await self.open_tab()
        self.activate(self.tabs[-1])

    def temporary_folder(self, purpose: str) -> Path:
        """A folder that `close` removes."""
        folder = Path(tempfile.mkdtemp(prefix=f"agent-{purpose}-"))
        self._temporary.append(folder)
        return folder

    def downloads_dir(self) -> Path:
        """Where downloads are kept: the configured folder, else one that `close` removes."""
        if self.config.downloads_dir:
            folder = Path(self.config.downloads_dir).expanduser()
            folder.mkdir(parents=True, exist_ok=True)
            return folder
        return next((path for path in self._temporary if "saved" in path.name), None) or self.temporary_folder(
            "saved"
        )

    async def close(self) -> None:
        """End the browser, or leave an attached one as it is. Never raises."""
        self._closing = True
        for task in (*self._attaching, *self._made.values()):
            task.cancel()
        with contextlib.suppress(Exception):
            if self.dialog is not None:
                await asyncio.wait_for(self.dialog.dismiss(), 2)
        if not self.config.cdp_url:
            for target in (self.context, self.browser):
                if target is not None:
                    with contextlib.suppress(Exception):
                        await asyncio.wait_for(target.close(), 10)
        if self.playwright is not None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.playwright.stop(), 10)
        for folder in self._temporary:
            shutil.rmtree(folder, ignore_errors=True)
        self.last = self.clean = None

    def _gone(self, why: str) -> None:
        if not self._closing:
            self._ended = self._ended or why
            self.changed.set()

    def check(self) -> None:
        """Raises TargetClosed if there is nothing left to look at."""
        if self._ended:
            raise TargetClosed(f"The page cannot be used any more: {self._ended}.")
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

    async def open_tab(self, url: str | None = None) -> None:
        """Open a tab and bring it to the front."""
        assert self.context is not None
        page = await self.context.new_page()
        tab = await self._attach(page)
        if tab is not None:
            self.activate(tab)
        if url and url != "about:blank":
            await self.load(url)

    def activate(self, tab: OpenTab) -> None:
        """Make `tab` the one that is seen and acted on."""
        if self.active is not tab:
            self.active = tab
            self._history = [*(other for other in self._history if other is not tab), tab]
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
        page.on("download", self._download_started)
        page.on("filechooser", self._chooser_opened)
        watch = PageWatch(page, self.changed)
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
        if self.dialog_tab is gone:
            self.dialog = self.dialog_tab = None
        if self.active is gone:
            self.active = self._history[-1] if self._history else (self.tabs[-1] if self.tabs else None)
            self.chooser = None
        self.changed.set()

    def _page_crashed(self, page: Page) -> None:
        if self.active is not None and self.active.page is page:
            self._gone("the page crashed")

    # -- dialogs, choosers, downloads -----------------------------------------------------------------------

    def _dialog_opened(self, dialog: Any) -> None:
        self.dialog = dialog
        self.prompt_text = dialog.default_value
        self.prompt_selected = bool(self.prompt_text)
        self.dialog_tab = next((tab for tab in self.tabs if tab.page is dialog.page), self.active)
        if self.dialog_tab is not None:
            self.activate(self.dialog_tab)
        self.changed.set()

    def dialog_info(self) -> DialogInfo | None:
        """The open dialog, with what was typed into its field so far as `default`."""
        if self.dialog is None:
            return None
        return DialogInfo(self.dialog.type, self.dialog.message, self.prompt_text)

    async def answer_dialog(self, accept: bool, text: str | None = None) -> None:
        """Press OK or Cancel of the open dialog."""
        dialog, self.dialog, self.dialog_tab = self.dialog, None, None
        self.changed.set()
        with contextlib.suppress(Exception):  # the page may have gone with the dialog
            if not accept:
                await dialog.dismiss()
            elif dialog.type == "prompt":
                await dialog.accept(self.prompt_text if text is None else text)
            else:
                await dialog.accept()
        if self.pending:  # what the dialog interrupted, such as the release of the mouse button, ends now
            await self.answered(asyncio.wait(self.pending))

    def _chooser_opened(self, chooser: Any) -> None:
        self.chooser = chooser
        self.changed.set()

    def _download_started(self, download: Any) -> None:
        self.downloading += 1
        task = asyncio.ensure_future(self._save(download))
        self._attaching.add(task)
        task.add_done_callback(self._attaching.discard)

    async def _save(self, download: Any) -> None:
        try:
            path = free_name(self.downloads_dir(), download.suggested_filename)
            await download.save_as(path)
            self.downloads.append(str(path))
        except Exception:
            return  # cancelled by the page, or failed half way: then there is no file to list
        finally:
            self.downloading -= 1
            self.changed.set()

    # -- loading and looking --------------------------------------------------------------------------------

    async def load(self, url: str) -> None:
        """Open an address in the active tab and wait until its document is parsed.

        Raises:
            PageLoadFailed: it did not load; one sentence says why.
        """
        from playwright.async_api import Error

        page, limit = self.tab.page, self.config.load_timeout_s
        self.tab.watch.mark()
        failed = asyncio.Event()

        def navigated(frame: PageFrame) -> None:
            if frame is page.main_frame and frame.url.startswith("chrome-error:"):
                failed.set()

        page.on("framenavigated", navigated)
        try:
            await self.unless_dialog(page.goto(url, wait_until="domcontentloaded", timeout=limit * 1000))
        except Error as error:
            if "net::ERR_" in str(error) and "net::ERR_ABORTED" not in str(error):
                # The browser's error page follows the failure; it would interrupt the next load.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(failed.wait(), _ERROR_PAGE_S)
            raise PageLoadFailed(load_problem(url, str(error), limit)) from error
        finally:
            page.remove_listener("framenavigated", navigated)

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
                if self._ended or tab not in self.tabs:
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


def free_name(folder: Path, name: str) -> Path:
    """A path in `folder` that does not exist yet: "a.pdf", then "a (1).pdf"."""
    path, count = folder / Path(name).name, 0
    while path.exists():
        count += 1
        path = folder / f"{Path(name).stem} ({count}){Path(name).suffix}"
    return path
