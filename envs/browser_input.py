"""How each action is done with a mouse, a keyboard and the browser's own buttons. All coroutines."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

from action_space import actions as act
from action_space import keys
from action_space.actions import BaseAction
from action_space.geometry import Frame
from envs.base import ActionRefused, check_inside
from envs.browser_session import Session

if TYPE_CHECKING:
    from playwright.async_api import Page

NO_SETTLE = frozenset({"finished", "ask_user"})
_MODIFIERS = {"ctrl": "Control", "shift": "Shift", "alt": "Alt", "meta": "Meta"}
_CHOOSER_WAIT_S = 3.0
_TYPED_AT_MOST = 500  # characters; longer texts are inserted, because a key press costs milliseconds
_DRAG_MOVES = 16


class Hands:
    """Does one action in one session; points are pixels of the screenshot with this frame."""

    def __init__(self, session: Session, frame: Frame, notes: list[str]) -> None:
        self._session, self._frame, self._notes = session, frame, notes

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
            from envs.browser_dialog import DialogHands

            await DialogHands(session, self._frame).do(action)
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

    # -- mouse ----------------------------------------------------------------------------------------------

    async def _click(self, page: Page, action: act.Click) -> None:
        keys = [_MODIFIERS[name] for name in action.modifiers]
        for key in keys:
            await page.keyboard.down(key)
        try:
            await page.mouse.click(*self._at(action.start_point), button=action.button, click_count=action.clicks)
        finally:
            for key in reversed(keys):
                await page.keyboard.up(key)

    async def _longpress(self, page: Page, action: act.LongPress) -> None:
        await page.mouse.move(*self._at(action.start_point))
        await page.mouse.down()
        await asyncio.sleep(action.duration_ms / 1000)  # the action itself, not a wait for something
        await self._session.whole(page.mouse.up())

    async def _hover(self, page: Page, action: act.Hover) -> None:
        if action.start_point is not None:
            await page.mouse.move(*self._at(action.start_point))

    async def _drag(self, page: Page, action: act.Drag) -> None:
        start, end = self._at(action.start_point), self._at(action.end_point)
        await page.mouse.move(*start)
        await page.mouse.down()
        # Pages start a drag only after a few pixels, and drop only on what has seen more than one move over it.
        await page.mouse.move(*end, steps=_DRAG_MOVES)
        await page.mouse.move(*end)
        await self._session.whole(page.mouse.up())

    async def _scroll(self, page: Page, action: act.Scroll) -> None:
        frame = self._frame
        across = action.direction in ("left", "right")
        axis = 0 if across else 1
        pixels = action.scroll_distance or round(frame.screen[axis] * 2 / 3)
        point = action.start_point or (int(frame.screen.width) // 2, int(frame.screen.height) // 2)
        length = frame.distance_to_device(pixels, axis) * (-1 if action.direction in ("up", "left") else 1)
        await page.mouse.move(*self._at(point))
        await page.mouse.wheel(length if across else 0, 0 if across else length)

    # -- keyboard -------------------------------------------------------------------------------------------

    async def _input(self, page: Page, action: act.Input) -> None:
        if action.start_point is not None:
            await self._session.whole(page.mouse.click(*self._at(action.start_point)))
        if action.clear:
            await page.keyboard.press("ControlOrMeta+a")
            await page.keyboard.press("Backspace")
        await type_text(page, action.text)
        if action.submit:
            await page.keyboard.press("Enter")

    async def _press(self, page: Page, action: act.Press) -> None:
        chord = keys.chord(action.keys)
        if await browser_chord(self._session, page, chord):
            return
        if len(chord) == 1 and len(chord[0]) == 1 and not chord[0].isascii():
            await page.keyboard.insert_text(chord[0])
            return
        if chord == ("escape",):
            self._session.chooser = None
        try:
            names = [keys.playwright(key) for key in chord]
        except ValueError as problem:
            raise ActionRefused("unsupported", f"keys: {problem}") from problem
        held: list[str] = []
        try:
            for name in names:
                held.append(name)
                await page.keyboard.down(name)
        finally:
            for name in reversed(held):
                await page.keyboard.up(name)

    async def _wait(self, page: Page, action: act.Wait) -> None:
        await asyncio.sleep(action.duration_ms / 1000)  # the action itself

    # -- the browser's own buttons --------------------------------------------------------------------------

    async def _navigate(self, page: Page, action: act.Navigate) -> None:
        await self._load(self._session.load(action.url))

    async def _load(self, work: Any) -> None:
        from envs.base import PageLoadFailed

        try:
            await work
        except PageLoadFailed as failure:
            raise ActionRefused("failed", str(failure)) from failure

    async def _back(self, page: Page, action: act.Back) -> None:
        history = await self._session.tab.cdp.send("Page.getNavigationHistory")
        if history["currentIndex"] <= 0:
            raise ActionRefused("refused", "there is no page to go back to in this tab")
        await page.go_back(wait_until="domcontentloaded", timeout=self._session.config.load_timeout_s * 1000)

    async def _new_tab(self, page: Page, action: act.NewTab) -> None:
        await self._load(self._session.open_tab(action.url))

    async def _switch_tab(self, page: Page, action: act.SwitchTab) -> None:
        tab = self._tab(action.index)
        self._session.activate(tab)
        await tab.page.bring_to_front()

    async def _close_tab(self, page: Page, action: act.CloseTab) -> None:
        session = self._session
        tab = session.tab if action.index is None else self._tab(action.index)
        if len(session.tabs) == 1:
            raise ActionRefused("refused", "this is the last tab; it stays open")
        await tab.page.close(run_before_unload=True)
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
        # os.path.isfile says no to what cannot be a name at all (too long, a null byte), where pathlib raises
        missing = [path for path in action.paths if not os.path.isfile(path)]  # noqa: PTH113
        if missing:
            raise ActionRefused("not_found", f"paths: there is no file {missing[0][:200]}")
        if action.start_point is not None:
            session.chooser = None
            await self._session.whole(page.mouse.click(*self._at(action.start_point)))
            await session.until(lambda: session.chooser is not None, _CHOOSER_WAIT_S)
        if session.chooser is None:
            where = "no file chooser is open" if action.start_point is None else "no file chooser opened there"
            raise ActionRefused("not_found", where)
        if len(action.paths) > 1 and not session.chooser.is_multiple():
            raise ActionRefused("refused", "paths: this field takes one file")
        chooser, session.chooser = session.chooser, None
        await chooser.set_files(list(action.paths))

    async def _select(self, page: Page, action: act.Select) -> None:
        from envs.browser_select import choose_or_select

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


async def type_text(page: Page, text: str) -> None:
    """Type `text` exactly: keys for what a keyboard has, so that pages see key events; the rest is inserted.

    A line break is one Enter.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    keys_for_all = len(text) <= _TYPED_AT_MOST
    for number, line in enumerate(text.split("\n")):
        if number:
            await page.keyboard.press("Enter")
        for typed, run in runs(line):
            if typed and keys_for_all:
                await page.keyboard.type(run)
            else:
                await page.keyboard.insert_text(run)


def runs(line: str) -> list[tuple[bool, str]]:
    """The line cut into runs of printable ASCII (True) and of everything else (False)."""
    found: list[tuple[bool, str]] = []
    for character in line:
        typed = " " <= character <= "~"
        if found and found[-1][0] == typed:
            found[-1] = (typed, found[-1][1] + character)
        else:
            found.append((typed, character))
    return found
