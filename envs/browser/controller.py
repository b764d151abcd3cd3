"""How each action is done with a mouse, a keyboard and the browser's own buttons. All coroutines."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from action_space import actions as act
from action_space import keys
from action_space.actions import BaseAction
from action_space.geometry import Frame
from envs.base import ActionErrorKind, ActionRefused, AddressForbidden, PageLoadFailed, check_inside
from envs.browser.addresses import below, refusal
from envs.browser.fields.masking import places_of
from envs.browser.fields.select import know_closed_lists
from envs.browser.fields.typing import FieldTyping, Typed
from envs.browser.loading import DOWNLOAD, load, until_usable
from envs.browser.session import Session
from envs.secrets import fill_address, mentioned

if TYPE_CHECKING:
    from playwright.async_api import Page

NO_SETTLE = frozenset({"finished", "ask_user"})
_MODIFIERS = {"ctrl": "Control", "shift": "Shift", "alt": "Alt", "meta": "Meta"}
_CHOOSER_WAIT_S = 3.0
_DRAG_MOVES = 16
_NOTCH = 100  # CSS pixels that Chromium scrolls for one notch of a wheel, as Playwright's documentation says


class BrowserController:
    """Does one action in one session; points are pixels of the screenshot with this frame."""

    def __init__(self, session: Session, frame: Frame) -> None:
        self._session, self._frame = session, frame
        self.typed = Typed()  # what became of the text of an `input`
        self.secret = False  # whether that text held a secret

    async def do(self, action: BaseAction) -> None:
        """Do it, or as much as happens before a dialog opens.

        Raises:
            ActionRefused: it cannot be done; nothing, or only its first part, was done.
        """
        session = self._session
        for name, point in action.points().items():
            check_inside(self._frame, name, point)
        if action.action in NO_SETTLE:
            return
        if session.dialog is not None:
            from envs.browser.dialog import DialogController

            await DialogController(session, session.dialog, self._frame).do(action)
            return
        tab = session.tab
        tab.watch.mark()
        session.background_tabs = isinstance(action, act.Click) and (
            action.button == "middle" or ("ctrl" in action.modifiers and "shift" not in action.modifiers)
        )
        try:
            own_time = getattr(action, "duration_ms", 0) / 1000
            if isinstance(action, act.Navigate | act.NewTab | act.Back | act.Press):
                own_time += session.config.load_timeout_s  # loading has its own limit, with its own message
            await session.answered(getattr(self, f"_{action.action}")(tab.page, action), own_time)
            await session.adopted_or_dialog()
        finally:
            session.background_tabs = False

    def _at(self, point: tuple[int, int]) -> tuple[float, float]:
        return self._frame.screen_to_device(*point)

    async def _move(self, page: Page, point: tuple[int, int] | None) -> None:
        """Move the pointer there; None: it stays where it is."""
        if point is not None:
            await page.mouse.move(*self._at(point))

    # -- mouse ----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _down(
        self, down: Callable[[], Awaitable[Any]], up: Callable[[], Awaitable[Any]]
    ) -> AsyncIterator[None]:
        """What is pressed comes up again, also when a dialog or Ctrl-C ends the action."""
        delivered = self._session.delivered
        try:
            await delivered(down())
            yield
        finally:
            await self._session.whole(delivered(up()))

    def _button(self, page: Page, button: Any = "left", clicks: int = 1) -> AbstractAsyncContextManager[None]:
        how = {"button": button, "click_count": clicks}
        return self._down(lambda: page.mouse.down(**how), lambda: page.mouse.up(**how))

    def _key(self, page: Page, key: str) -> AbstractAsyncContextManager[None]:
        return self._down(lambda: page.keyboard.down(key), lambda: page.keyboard.up(key))

    @asynccontextmanager
    async def _held(self, page: Page, modifiers: Sequence[str]) -> AsyncIterator[None]:
        """With these modifiers down."""
        async with AsyncExitStack() as held:
            for name in modifiers:
                await held.enter_async_context(self._key(page, _MODIFIERS[name]))
            yield

    async def _click(self, page: Page, action: act.Click) -> None:
        if action.start_point is not None:
            await know_closed_lists(self._session, self._at(action.start_point))
        async with self._held(page, action.modifiers):
            if action.start_point is not None:
                await self._press_at(page, action.start_point, button=action.button, click_count=action.clicks)
                return
            for number in range(1, action.clicks + 1):
                async with self._button(page, action.button, number):
                    pass

    async def _press_at(self, page: Page, point: tuple[int, int], **how: Any) -> None:
        await self._session.whole(self._session.delivered(page.mouse.click(*self._at(point), **how)))

    async def _longpress(self, page: Page, action: act.LongPress) -> None:
        await self._move(page, action.start_point)
        async with self._button(page):
            await asyncio.sleep(action.duration_ms / 1000)  # the action itself, not a wait for something

    async def _hover(self, page: Page, action: act.Hover) -> None:
        await self._move(page, action.start_point)

    async def _drag(self, page: Page, action: act.Drag) -> None:
        stops = [self._at(point) for point in (*action.path, action.end_point)]
        async with self._held(page, action.modifiers):
            await self._move(page, action.start_point)
            async with self._button(page, action.button):
                # Pages start a drag only after a few pixels, and drop only on what has seen more than one move.
                for stop in stops:
                    await page.mouse.move(*stop, steps=_DRAG_MOVES if len(stops) == 1 else 4)
                await page.mouse.move(*stops[-1])

    async def _mouse_down(self, page: Page, action: act.MouseDown) -> None:
        await self._move(page, action.start_point)
        self._session.held[f"button {action.button}"] = lambda: page.mouse.up(button=action.button)
        await self._session.delivered(page.mouse.down(button=action.button))

    async def _mouse_up(self, page: Page, action: act.MouseUp) -> None:
        await self._move(page, action.start_point)
        self._session.held.pop(f"button {action.button}", None)
        await self._session.whole(self._session.delivered(page.mouse.up(button=action.button)))

    async def _scroll(self, page: Page, action: act.Scroll) -> None:
        frame = self._frame
        across = action.direction in ("left", "right")
        axis = 0 if across else 1
        pixels = action.scroll_distance or round(frame.screen[axis] * 2 / 3)
        point = action.start_point or (int(frame.screen.width) // 2, int(frame.screen.height) // 2)
        length = frame.distance_to_device(pixels, axis)
        length = (action.notches * _NOTCH if action.notches else length) * (
            -1 if action.direction in ("up", "left") else 1
        )
        await page.mouse.move(*self._at(point))
        async with self._held(page, action.modifiers):
            await page.mouse.wheel(length if across else 0, 0 if across else length)

    # -- keyboard -------------------------------------------------------------------------------------------

    async def _input(self, page: Page, action: act.Input) -> None:
        self.typed = Typed("unknown") if action.text else Typed()
        if action.start_point is not None:
            await self._press_at(page, action.start_point)
            await self._arrived()
        typing, secrets = FieldTyping(self._session, page), self._session.secrets
        if secrets is not None and mentioned(action.text):
            self.secret = True
            text = secrets.fill(action.text, await places_of(page, await typing.focused()))
            action = action.model_copy(update={"text": text})
        self.typed = await typing.do(action)

    async def _arrived(self) -> None:
        """Where the click leads to another page, wait for it: the text is for what has the focus there."""
        session = self._session
        watch, came = session.tab.watch, session.tab.watch.navigations
        await watch.evidence()  # asks the page, so that what the click began is known afterwards
        if watch.navigating or watch.navigations != came:
            await session.until(lambda: not watch.navigating, session.config.settle_limit_s)
            with contextlib.suppress(TimeoutError):
                await until_usable(session, time.monotonic() + session.config.settle_limit_s)

    async def _press(self, page: Page, action: act.Press) -> None:
        chord = action.keys
        if not action.duration_ms and await browser_chord(self._session, page, chord):
            for _ in range(action.repeat - 1):
                await browser_chord(self._session, self._session.tab.page, chord)
            return
        if len(chord) == 1 and len(chord[0]) == 1 and not chord[0].isascii():
            await page.keyboard.insert_text(chord[0] * action.repeat)
            return
        if chord == ("escape",):
            self._session.chooser = None
        *held, last = self._names(chord)
        await know_closed_lists(self._session, None)
        async with AsyncExitStack() as down:
            for name in held:
                await down.enter_async_context(self._key(page, name))
            for _ in range(action.repeat):
                async with self._key(page, last):
                    if action.duration_ms:
                        await asyncio.sleep(action.duration_ms / 1000 / action.repeat)  # the action itself

    async def _key_down(self, page: Page, action: act.KeyDown) -> None:
        for name in self._names(action.keys):
            self._session.held[f"key {name}"] = functools.partial(page.keyboard.up, name)
            await self._session.delivered(page.keyboard.down(name))

    async def _key_up(self, page: Page, action: act.KeyUp) -> None:
        for name in self._names(action.keys):
            self._session.held.pop(f"key {name}", None)
            await self._session.whole(self._session.delivered(page.keyboard.up(name)))

    def _names(self, chord: Sequence[str]) -> list[str]:
        try:
            return [keys.playwright(key) for key in chord]
        except ValueError as problem:
            raise ActionRefused("unsupported", f"keys: {problem}") from problem

    async def _wait(self, page: Page, action: act.Wait) -> None:
        await asyncio.sleep(action.duration_ms / 1000)  # the action itself

    # -- the browser's own buttons --------------------------------------------------------------------------

    async def _navigate(self, page: Page, action: act.Navigate) -> None:
        url = self._filled(action.url)
        self._may_open(url)
        await self._load(url)

    def _filled(self, url: str) -> str:
        """The address with the values of the secrets that it names; its site is bound to them."""
        secrets = self._session.secrets
        return fill_address(secrets, url) if secrets is not None else url

    def _may_open(self, url: str) -> None:
        problem = refusal(url, self._session.config.allow_files)
        if problem is None and self._session.sites is not None:
            problem = self._session.sites.forbidden(url)
            problem = problem and f"url: the rules of this run do not allow it: {problem}"
        if problem:
            raise ActionRefused("refused", problem)

    async def _load(self, url: str) -> None:
        try:
            await load(self._session, url)
        except PageLoadFailed as failure:
            if DOWNLOAD in str(failure):
                return  # what it brings is told when it is there
            kind: ActionErrorKind = "refused" if isinstance(failure, AddressForbidden) else "failed"
            raise ActionRefused(kind, str(failure)) from failure

    async def _back(self, page: Page, action: act.Back) -> None:
        history = await self._session.tab.cdp.send("Page.getNavigationHistory")
        if history["currentIndex"] <= 0:
            raise ActionRefused("refused", "there is no page to go back to in this tab")
        limit = self._session.config.load_timeout_s
        end = time.monotonic() + limit
        try:
            await page.go_back(wait_until="commit", timeout=limit * 1000)
            await until_usable(self._session, end)
        except TimeoutError:
            raise ActionRefused("failed", f"the page before this one did not load within {limit:g} s") from None

    async def _new_tab(self, page: Page, action: act.NewTab) -> None:
        url = self._filled(action.url) if action.url else ""
        if url:
            self._may_open(url)
        await self._session.open_tab()
        if url and url != "about:blank":
            await self._load(url)

    async def _switch_tab(self, page: Page, action: act.SwitchTab) -> None:
        tab = self._tab(action.index)
        if tab.crashed:
            raise ActionRefused("failed", f"index: the page of tab {action.index} crashed; it can only be closed")
        self._session.activate(tab)
        await tab.page.bring_to_front()

    async def _close_tab(self, page: Page, action: act.CloseTab) -> None:
        session = self._session
        tab = session.tab if action.index is None else self._tab(action.index)
        if len(session.tabs) == 1:
            raise ActionRefused("refused", "this is the last tab; it stays open")
        await tab.page.close(run_before_unload=not tab.crashed)
        await session.until(lambda: tab not in session.tabs or session.dialog is not None, 5)

    def _tab(self, index: int) -> Any:
        tabs = self._session.tabs
        if index >= len(tabs):
            raise ActionRefused("not_found", f"index: there is no tab {index}; the tabs are 0 to {len(tabs) - 1}")
        return tabs[index]

    async def _dialog(self, page: Page, action: act.Dialog) -> None:
        raise ActionRefused("not_found", "no dialog is open")

    async def _upload(self, page: Page, action: act.Upload) -> None:
        session = self._session
        for path in action.paths:
            self._may_upload(path)
        if action.start_point is not None:
            session.chooser = None
            await self._press_at(page, action.start_point)
            await session.until(lambda: session.chooser is not None, _CHOOSER_WAIT_S)
        if session.chooser is None:
            where = "no file chooser is open" if action.start_point is None else "no file chooser opened there"
            raise ActionRefused("not_found", where)
        folders = await session.chooser.element.get_attribute("webkitdirectory") is not None
        for path in action.paths:
            # no isdir of pathlib: it raises for what cannot be a name at all
            if os.path.isdir(path) != folders:  # noqa: PTH112
                takes = "a folder, not files" if folders else "files, not a folder"
                raise ActionRefused("refused", f"paths: {path[:200]}: this field takes {takes}")
        if len(action.paths) > 1 and (folders or not session.chooser.is_multiple()):
            raise ActionRefused("refused", f"paths: this field takes one {'folder' if folders else 'file'}")
        chooser, session.chooser = session.chooser, None
        await chooser.set_files(list(action.paths))

    def _may_upload(self, path: str) -> None:
        # os.path.exists says no to what cannot be a name at all (too long, a null byte), where pathlib raises
        if not os.path.exists(path):  # noqa: PTH110
            raise ActionRefused("not_found", f"paths: there is no file {path[:200]}")
        session = self._session
        if path in session.downloads.saved or below(path, session.config.allow_files):
            return
        allowed = ", ".join(session.config.allow_files) or "none"
        raise ActionRefused(
            "refused",
            f"paths: {path[:200]} lies in no folder whose files may be uploaded (allowed: {allowed}); allow one "
            "with allow_files (--allow-files FOLDER)",
        )

    async def _select(self, page: Page, action: act.Select) -> None:
        from envs.browser.fields.select import choose_or_select

        point = self._at(action.start_point) if action.start_point is not None else None
        await choose_or_select(self._session, action.text, point)


async def browser_chord(session: Session, page: Page, chord: tuple[str, ...]) -> bool:
    """Do what the browser's window does on keys that never reach a page; whether these are such keys."""
    limit = session.config.load_timeout_s * 1000
    mod = "meta" if sys.platform == "darwin" else "ctrl"
    if chord in (("back",), ("alt", "left")):
        await page.go_back(wait_until="commit", timeout=limit)
    elif chord in (("forward",), ("alt", "right")):
        await page.go_forward(wait_until="commit", timeout=limit)
    elif chord in (("refresh",), ("f5",), (mod, "r"), (mod, "f5"), (mod, "shift", "r")):
        await page.reload(wait_until="commit", timeout=limit)
    elif chord == (mod, "t"):
        await session.open_tab()
    elif chord == (mod, "w") and len(session.tabs) > 1:
        await page.close(run_before_unload=True)
    elif chord in (("ctrl", "tab"), ("ctrl", "shift", "tab"), ("ctrl", "pagedown"), ("ctrl", "pageup")):
        step = -1 if "shift" in chord or "pageup" in chord else 1
        tab = session.tabs[(session.tabs.index(session.tab) + step) % len(session.tabs)]
        session.activate(tab)
        await tab.page.bring_to_front()
    else:
        return False
    return True
