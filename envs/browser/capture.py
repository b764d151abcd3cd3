"""Seeing a session's active tab: captures, and the observations made of them."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PIL import Image

from action_space.geometry import Frame, Size
from envs.base import Observation, Tab
from envs.browser.addresses import plain, without_credentials
from envs.browser.dialog import draw
from envs.browser.fields.masking import covered, named
from envs.browser.loading import until_usable

if TYPE_CHECKING:
    from playwright.async_api import CDPSession

    from envs.browser.session import OpenTab, Session

_TITLE_WAIT_S = 1.0
_ASK_AGAIN_S = 5.0
_TITLE_AT_MOST, _ADDRESS_AT_MOST = 1000, 20_000
Sink = Callable[[bytes], None]
_CAST_LOOK_S, _CAST_BETWEEN_S = 0.2, 0.14  # seconds
_CAST = {"format": "jpeg", "quality": 55, "maxWidth": 1600, "maxHeight": 1600}


async def capture(session: Session) -> bytes | None:
    """The active tab as a PNG file; None where a dialog, or its end, keeps the page from being seen.

    Chromium sometimes never answers a capture that was under way while a page went to another. So what has not
    been answered for a while is asked once more, over a connection of its own.

    Raises:
        EnvironmentFault: the page has answered neither within the time limit for loading.
    """
    from playwright.async_api import Error

    try:
        try:
            answer = await asyncio.wait_for(session.unless_dialog(_picture(session.tab.cdp)), _ASK_AGAIN_S)
        except TimeoutError:
            # What keeps the page from being drawn, such as a style sheet that never comes, is stopped in the end.
            with contextlib.suppress(TimeoutError):
                await until_usable(session, time.monotonic() + session.config.load_timeout_s)
            answer = await session.answered(_picture_anew(session))
    except Error:
        return None
    return base64.b64decode(answer["data"]) if answer else None


async def _picture(cdp: CDPSession) -> Any:
    return await cdp.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})


async def _picture_anew(session: Session) -> Any:
    page = session.tab.page
    cdp = await page.context.new_cdp_session(page)
    try:
        await session.same_metrics(page, cdp)
        return await _picture(cdp)
    finally:
        with contextlib.suppress(Exception):
            await cdp.detach()


async def observation(session: Session, png: bytes | None) -> Observation:
    """An observation of this very moment around the picture `png`; None: around the last picture."""
    if png is not None:
        if session.last is not None and session.last.png == png:
            picture, frame = session.last.screenshot, session.last.frame
        else:
            picture = decode(png)
            frame = await _frame(session, picture)
            if session.secrets is not None and (hidden := await covered(session, picture, frame)) is not None:
                picture, png = hidden, None
    elif session.clean is not None:
        picture, frame, png = session.clean
    else:
        width, height = session.config.viewport
        ratio = session.config.pixel_ratio
        picture = Image.new("RGB", (round(width * ratio), round(height * ratio)), "white")
        frame = Frame(Size(*picture.size), pixel_ratio=(ratio, ratio))
    tabs = await _tab_list(session)
    current = next((tab for tab in tabs if tab.active), None)
    observation = Observation(
        screenshot=picture,
        frame=frame,
        time=time.monotonic(),
        url=current.url if current else None,
        title=current.title if current else None,
        tabs=tabs,
        downloads=tuple(session.downloads.saved),
        failed_downloads=tuple(session.downloads.failed),
        downloading=session.downloads.running,
        file_chooser=session.chooser is not None,
        png=png,
    )
    session.clean = (picture, frame, png)
    dialog = session.dialog
    if dialog is not None:
        info = dialog.info
        info = named(session, replace(observation, dialog=info)).dialog or info
        drawn = draw(picture, info, dialog.url, frame.pixel_ratio[0], dialog.selected)
        observation = replace(observation, screenshot=drawn, dialog=info, png=None)
    session.last = named(session, observation)
    return session.last


async def _frame(session: Session, picture: Image.Image) -> Frame:
    size = session.tab.page.viewport_size
    if size is None:
        metrics = await session.tab.cdp.send("Page.getLayoutMetrics")
        viewport = metrics["cssVisualViewport"]
        size = {"width": viewport["clientWidth"], "height": viewport["clientHeight"]}
    ratio = picture.width / max(1, size["width"]), picture.height / max(1, size["height"])
    # A picture is whole pixels: a ratio within half a pixel of the configured one is the configured one.
    wanted = session.config.pixel_ratio
    if abs(size["width"] * wanted - picture.width) < 1 and abs(size["height"] * wanted - picture.height) < 1:
        ratio = (wanted, wanted)
    return Frame(Size(*picture.size), pixel_ratio=ratio)


async def _tab_list(session: Session) -> tuple[Tab, ...]:
    tab = session.active
    if tab is not None and session.dialog is None:
        with contextlib.suppress(Exception):
            title = await asyncio.wait_for(session.unless_dialog(tab.page.title()), _TITLE_WAIT_S) or ""
            tab.title = plain(title, _TITLE_AT_MOST)
    return tuple(
        Tab(plain(without_credentials(tab.page.url), _ADDRESS_AT_MOST), tab.title, tab is session.active)
        for tab in session.tabs
    )


def decode(png: bytes) -> Image.Image:
    """An RGB picture that holds no reference to the file."""
    with Image.open(io.BytesIO(png)) as image:
        return image.convert("RGB")


async def screencast(session: Session, sink: Sink) -> None:
    """Hand a JPEG file to `sink` whenever the active tab looks otherwise, until the task is cancelled.

    Chromium sends a picture when the page has changed (CDP, Page.startScreencast), over a connection of its own,
    so that captures and input do not wait for it. What is not acknowledged is not sent: late acknowledgements
    bound what watching costs.
    """
    shown: OpenTab | None = None
    cdp: CDPSession | None = None
    try:
        while True:
            tab = session.active if session.usable else None
            if tab is not shown:
                await _end_cast(cdp)
                cdp, shown = (await _begin_cast(tab, sink) if tab is not None else None), tab
            await asyncio.sleep(_CAST_LOOK_S)
    finally:
        await _end_cast(cdp)


async def _begin_cast(tab: OpenTab, sink: Sink) -> CDPSession | None:
    from playwright.async_api import Error

    pending: set[asyncio.Future[Any]] = set()
    try:
        cdp = await tab.page.context.new_cdp_session(tab.page)

        async def acknowledge(number: int) -> None:
            await asyncio.sleep(_CAST_BETWEEN_S)
            with contextlib.suppress(Error):
                await cdp.send("Page.screencastFrameAck", {"sessionId": number})

        def came(frame: dict[str, Any]) -> None:
            sink(base64.b64decode(frame["data"]))
            task = asyncio.ensure_future(acknowledge(frame["sessionId"]))
            pending.add(task)
            task.add_done_callback(pending.discard)

        cdp.on("Page.screencastFrame", came)
        await cdp.send("Page.startScreencast", _CAST)
    except Error:  # the tab is closing just now
        return None
    return cdp


async def _end_cast(cdp: CDPSession | None) -> None:
    if cdp is not None:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(cdp.detach(), 2)
