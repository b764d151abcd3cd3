"""The `select` action: choose an option of a list box, or select text on the page.

This is input by other means, so it may look into the page for where the words are; nothing of the page reaches
the model through it, but the options of the list box that it pointed at.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from envs.base import ActionRefused
from envs.browser.activity import script

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, ElementHandle, Frame, Page

    from envs.browser.session import Session

_DRAG_MOVES = 8
_LOOK_S = 2.0
_SHOWN_OPTIONS = 30


async def choose_or_select(session: Session, text: str, point: tuple[float, float] | None) -> None:
    """Choose `text` in the list box at `point`; without a list box there, select that text.

    Args:
        point: CSS pixels of the viewport; None: the first place that has the text, else the first list box.

    Raises:
        ActionRefused: neither is there; names the options there are.
    """
    page = session.tab.page
    if point is not None:
        box = await _list_box_at(page, point) or await _closed_list_box_at(session, point)
        if box is not None:
            await _choose(box, text)
            return
    if await _select_text(session, page, text, point):
        return
    if point is None:
        for frame in page.frames:
            for box in await frame.query_selector_all("select"):
                if await box.is_visible() and _match(text, await _options(box)) is not None:
                    await _choose(box, text)
                    return
    raise ActionRefused("not_found", f"text: {text[:80]!r} is not on the page")


async def know_closed_lists(session: Session, point: tuple[float, float] | None) -> None:
    """Let lists in closed shadow trees be drawn: events do not name them, so each is told to listen for itself.

    Args:
        point: CSS pixels of the viewport that will be clicked; None: keys go to what has the focus.
    """
    from playwright.async_api import Error

    tab = session.tab

    async def look() -> None:
        node = await (_node_at(tab.cdp, point) if point is not None else _host_in_focus(tab.cdp))
        for found in _controls(node):
            await tab.watch.know(found["backendNodeId"])

    # A page that does not answer now is clicked all the same.
    with contextlib.suppress(Error, TimeoutError):
        await asyncio.wait_for(look(), _LOOK_S)


async def _node_at(cdp: CDPSession, point: tuple[float, float]) -> dict[str, Any]:
    x, y = (int(value) for value in point)
    found = await cdp.send("DOM.getNodeForLocation", {"x": x, "y": y, "ignorePointerEventsNone": False})
    described = await cdp.send("DOM.describeNode", {"backendNodeId": found["backendNodeId"]})
    node: dict[str, Any] = described["node"]
    return node


async def _host_in_focus(cdp: CDPSession) -> dict[str, Any]:
    """The element with the focus, with its closed tree where it has one."""
    answer = await cdp.send("Runtime.evaluate", {"expression": "document.activeElement", "silent": True})
    handle = answer["result"].get("objectId")
    if handle is None or answer["result"].get("description", "").startswith(("body", "input", "textarea")):
        return {}
    described = await cdp.send("DOM.describeNode", {"objectId": handle, "depth": -1, "pierce": True})
    await cdp.send("Runtime.releaseObject", {"objectId": handle})
    node: dict[str, Any] = described["node"]
    return node


def _controls(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The list boxes and fields in a described node and below it."""
    found = [node] if node.get("nodeName") in ("SELECT", "INPUT") else []
    for below in (*node.get("shadowRoots", ()), *node.get("children", ())):
        found += _controls(below)
    return found


class _ClosedNode:
    """An element in a closed tree, which Playwright gives no handle of: asked over CDP."""

    def __init__(self, cdp: CDPSession, handle: str) -> None:
        self._cdp, self._handle = cdp, handle

    async def evaluate(self, function: str, arg: Any = None) -> Any:
        declared = f"function (arg) {{ return ({function})(this, arg); }}"
        answer = await self._cdp.send(
            "Runtime.callFunctionOn",
            {
                "functionDeclaration": declared,
                "objectId": self._handle,
                "arguments": [{"value": arg}],
                "returnByValue": True,
            },
        )
        return answer["result"].get("value")


async def _closed_list_box_at(session: Session, point: tuple[float, float]) -> _ClosedNode | None:
    from playwright.async_api import Error

    cdp = session.tab.cdp
    try:
        node = await _node_at(cdp, point)
        if node.get("nodeName") != "SELECT":
            return None
        found = await cdp.send("DOM.resolveNode", {"backendNodeId": node["backendNodeId"]})
    except Error:
        return None
    return _ClosedNode(cdp, found["object"]["objectId"])


async def _run(target: Any, name: str, arg: Any = None) -> Any:
    source = script("select_tools.js")
    if not hasattr(target, "child_frames"):  # an element, not a frame
        return await target.evaluate(f"(node, arg) => ({source}).{name}(node, arg)", arg)
    return await target.evaluate(f"(arg) => ({source}).{name}(arg)", arg)


async def _list_box_at(page: Page, point: tuple[float, float]) -> ElementHandle | None:
    source = script("select_tools.js")
    frame: Frame | None = page.main_frame
    x, y = point
    while frame is not None:
        handle = await frame.evaluate_handle(f"(arg) => ({source}).at(arg)", [x, y])
        element = handle.as_element()
        if element is None:
            return None
        inner = await element.content_frame()
        if inner is None:
            box = await element.evaluate_handle(f"(node) => ({source}).listBox(node)")
            return box.as_element()
        left, top = await _run(element, "corner")
        x, y, frame = x - left, y - top, inner
    return None


async def _options(box: ElementHandle | _ClosedNode) -> list[dict[str, Any]]:
    options: list[dict[str, Any]] = await _run(box, "options")
    return options


def _match(text: str, options: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The option meant by `text`: exactly, else but for case, else the only one that contains it."""
    wanted = " ".join(text.split())
    folded = wanted.casefold()
    for found in (
        [option for option in options if option["text"] == wanted],
        [option for option in options if option["text"].casefold() == folded],
    ):
        if found:
            return next((option for option in found if not option["disabled"]), found[0])
    parts = [option for option in options if folded in option["text"].casefold()]
    return parts[0] if len(parts) == 1 else None


async def _choose(box: ElementHandle | _ClosedNode, text: str) -> None:
    options = await _options(box)
    option = _match(text, options)
    if option is None:
        names = ", ".join(repr(option["text"][:60]) for option in options[:_SHOWN_OPTIONS])
        more = f" and {len(options) - _SHOWN_OPTIONS} more" if len(options) > _SHOWN_OPTIONS else ""
        raise ActionRefused("not_found", f"text: the list box has no option {text[:80]!r}; it has {names}{more}")
    if option["disabled"]:
        raise ActionRefused("refused", f"text: the option {option['text'][:80]!r} is disabled")
    await _run(box, "choose", option["index"])


async def _select_text(session: Session, page: Page, text: str, point: tuple[float, float] | None) -> bool:
    for frame in page.frames:
        offset = await _offset(frame)
        if offset is None:
            continue
        near = None if point is None else [point[0] - offset[0], point[1] - offset[1]]
        found = await _run(frame, "find", [text, near])
        if not found:
            continue
        if found["draggable"]:
            start, end = ((x + offset[0], y + offset[1]) for x, y in (found["start"], found["end"]))
            await page.mouse.move(*start)
            await page.mouse.down()
            try:
                await page.mouse.move(*end, steps=_DRAG_MOVES)
            finally:
                await session.whole(page.mouse.up())
        # Where the drag did not take exactly the text (it snaps to words, or the page forbids it): by range.
        if not await _run(frame, "selected", text):
            await _run(frame, "selectRange", [text, near])
        return True
    return False


async def _offset(frame: Frame) -> tuple[float, float] | None:
    """Where the frame's viewport begins in the page's viewport; None for a frame that is not shown."""
    x = y = 0.0
    inner: Frame | None = frame
    while inner is not None and inner.parent_frame is not None:
        element = await inner.frame_element()
        if not await element.is_visible():
            return None
        left, top = await _run(element, "corner")
        x, y, inner = x + left, y + top, inner.parent_frame
    return x, y
