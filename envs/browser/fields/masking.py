"""Secrets in a page: where it shows one, the picture is covered, and texts name it instead of holding it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from action_space.geometry import Frame
from envs.base import Observation
from envs.browser.activity import script

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Page
    from playwright.async_api import Frame as PageFrame

    from envs.browser.session import Session

COVER = (64, 64, 64)
"""Colour of what covers a secret."""
_ANSWER_S = 3.0
_MARGIN = 2  # CSS pixels around a text: glyphs reach over their box


async def places_of(page: Page, field: ElementHandle | None) -> list[str]:
    """Addresses of the frame that takes what is typed, and of all frames around it: one of those could move the
    focus while it is typed."""
    frame: PageFrame | None = (await field.owner_frame() if field is not None else None) or page.main_frame
    found = []
    while frame is not None:
        found.append(frame.url)
        frame = frame.parent_frame
    return found


async def covered(session: Session, picture: Image.Image, frame: Frame) -> Image.Image | None:
    """The picture with every secret covered; None: it shows none.

    A page that does not answer is covered whole: what it shows is not known.
    """
    assert session.secrets is not None
    try:
        boxes = await asyncio.wait_for(session.unless_dialog(_boxes(session)), _ANSWER_S)
    except Exception:  # whatever is wrong with the page, its picture is not shown unseen
        boxes = None
    if boxes is None:
        return Image.new("RGB", picture.size, COVER)
    if not boxes:
        return None
    across, down = frame.pixel_ratio
    result = picture.copy()
    draw = ImageDraw.Draw(result)
    for left, top, right, bottom in boxes:
        at = (
            (left - _MARGIN) * across,
            (top - _MARGIN) * down,
            (right + _MARGIN) * across,
            (bottom + _MARGIN) * down,
        )
        draw.rectangle(at, fill=COVER)
    return result


async def _boxes(session: Session) -> list[list[float]]:
    """Of what shows a secret in the active tab, in CSS pixels of its window.

    The page is asked what it shows; the values themselves are compared here, and never given to it.
    """
    from playwright.async_api import Error

    assert session.secrets is not None
    found: list[list[float]] = []
    page = session.tab.page
    for frame in page.frames:
        left = top = 0.0
        try:
            if frame.parent_frame is not None:
                around = await (await frame.frame_element()).bounding_box()
                if around is None:
                    continue
                left, top = around["x"], around["y"]
            shown: list[dict[str, Any]] = await frame.evaluate(script("shown.js"))
        except Error:
            if frame.is_detached():
                continue
            raise
        for kind in ("field", "text"):
            items = [item for item in shown if item["kind"] == kind]
            for index in session.secrets.positions([item["text"] for item in items]):
                for box in items[index]["boxes"]:
                    found.append([box[0] + left, box[1] + top, box[2] + left, box[3] + top])
    return found


def named(session: Session, seen: Observation) -> Observation:
    """The observation with names of secrets in its texts, in place of values."""
    if session.secrets is None:
        return seen
    clean = session.secrets.clean
    dialog = seen.dialog and replace(
        seen.dialog, message=clean(seen.dialog.message), default=clean(seen.dialog.default)
    )
    return replace(
        seen,
        url=seen.url and clean(seen.url),
        title=seen.title and clean(seen.title),
        tabs=tuple(replace(tab, url=clean(tab.url), title=clean(tab.title)) for tab in seen.tabs),
        dialog=dialog,
    )
