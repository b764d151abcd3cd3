"""The `input` action: text typed as a person types it, then read back from the field that took it."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from action_space import actions as act
from envs.base import ActionRefused
from envs.browser.activity import script
from envs.browser.fields import native

if TYPE_CHECKING:
    from playwright.async_api import ElementHandle, Page

    from envs.browser.session import Session

_TYPED_AT_MOST = 500  # characters; longer texts are inserted, because a key press costs milliseconds
_CHUNK = 10  # characters between two looks at whether anybody still takes them
_FILL_MS = 2000
_INDENTED = re.compile(r"\n[ \t]+\S")
_LOOKS, _LOOK_S = 3, 0.1
_ANSWER_S = 5.0


@dataclass(frozen=True)
class Typed:
    """What became of typed text; `value`: what the field holds instead, where that is no secret."""

    state: Literal["seen", "differs", "unknown"] | None = None
    value: str | None = None


class FieldTyping:
    """Types into whatever has the focus in the active tab."""

    def __init__(self, session: Session, page: Page) -> None:
        self._session, self._page = session, page
        self._lost = False

    async def do(self, action: act.Input) -> Typed:
        """Clear, type and submit, as the action says; the text is read back before it is submitted.

        Raises:
            ActionRefused: the field takes no such text, or none at all.
        """
        text = action.text.replace("\r\n", "\n").replace("\r", "\n")
        field = await self.focused()
        before = await self._state(field)
        kind = before["type"] if before else ""
        if before and before.get("fixed") and text:
            raise ActionRefused("refused", "start_point: this field is read-only or disabled; it takes no text")
        if before and field and kind in native.KINDS and (text or action.clear):
            typed = await self._native(field, before, action)
        else:
            if action.clear:
                await self._press("ControlOrMeta+a")
                await self._press("Backspace")
                before = await self._state(field)
            await self._text(text, in_one=kind in ("textarea", "editable") and bool(_INDENTED.search(text)))
            typed = await self._read_back(field, before, text)
        if action.submit:
            await self._press("Enter")
        return typed if text else Typed()

    async def _native(self, field: ElementHandle, before: dict[str, Any], action: act.Input) -> Typed:
        """Give a field of the browser's own its value."""
        from playwright.async_api import Error

        kind = before["type"]
        if not action.text:
            await field.fill("", timeout=_FILL_MS)
            return Typed()
        wanted = native.value_of(kind, action.text, self._session.config.locale)
        if wanted is not None and (kind != "number" or action.clear or not before["value"]):
            try:
                await field.fill(wanted, timeout=_FILL_MS)
            except Error:
                wanted = wanted if kind in ("number", "range") else None  # such as a day that its month has not
            state = await self._state(field)
            if state is None:
                return Typed("unknown")
            if wanted is not None and native.equal(kind, state["value"], wanted):
                return Typed("seen")
            if wanted is not None:
                return Typed("differs", state["value"])
        if kind == "number" and wanted is not None:
            await self._text(wanted)  # into what is there already
            return await self._read_back(field, before, wanted)
        # No value of this kind, so perhaps keys that are: digits go from segment to segment.
        await self._text(action.text)
        state = await self._state(field)
        if state is None:
            return Typed("unknown")
        if state["value"] in ("", before["value"]):
            example = native.EXAMPLES[kind]
            now = f"it holds {state['value']!r}" if state["value"] else "it is empty"
            raise ActionRefused(
                "refused",
                f"text: {action.text[:80]!r} is no value of this field of type {kind}, {now}; write {example!r}",
            )
        return Typed("differs", state["value"])

    async def focused(self) -> ElementHandle | None:
        """The element that takes what is typed; None: nothing of the page does."""
        field: ElementHandle | None = await self._answer(self._focused())
        return field

    # -- keys -----------------------------------------------------------------------------------------------

    async def _send(self, work: Awaitable[Any]) -> None:
        if not await self._session.delivered(work):
            self._lost = True

    async def _press(self, key: str) -> None:
        await self._send(self._page.keyboard.press(key))

    async def _text(self, text: str, in_one: bool = False) -> None:
        """Type exactly: keys for what a keyboard has, so that pages see key events; the rest is inserted.

        A line break is one Enter. With `in_one` all of it is inserted at once, as pasted text is: an editor that
        indents by itself would indent once more.
        """
        if in_one:
            await self._send(self._page.keyboard.insert_text(text))
            return
        keys_for_all = len(text) <= _TYPED_AT_MOST
        for number, line in enumerate(text.split("\n")):
            if number:
                await self._press("Enter")
            for typed, run in runs(line):
                if typed and keys_for_all:
                    for begin in range(0, len(run), _CHUNK):
                        await self._send(self._page.keyboard.type(run[begin : begin + _CHUNK]))
                else:
                    await self._send(self._page.keyboard.insert_text(run))
                if self._lost:
                    return  # the rest is not for the page that came instead

    # -- reading back ---------------------------------------------------------------------------------------

    async def _focused(self) -> ElementHandle | None:
        """The element with the focus, through shadow trees and frames; None: nothing of the page has it."""
        from playwright.async_api import Error

        frame = self._page.main_frame
        source = script("field.js")
        try:
            while True:
                element = (await frame.evaluate_handle(f"() => ({source}).focused()")).as_element()
                inner = await element.content_frame() if element is not None else None
                if inner is None:
                    return element
                frame = inner
        except Error:  # the document is just being replaced
            return None

    async def _answer(self, work: Awaitable[Any]) -> Any:
        """What the page answers; None: nothing, for now, as while a document is coming."""
        try:
            return await asyncio.wait_for(work, _ANSWER_S)
        except TimeoutError:
            return None

    async def _state(self, field: ElementHandle | None) -> dict[str, Any] | None:
        from playwright.async_api import Error

        if field is None:
            return None
        try:
            asked = field.evaluate(f"(node) => ({script('field.js')}).state(node)")
            state: dict[str, Any] | None = await self._answer(asked)
        except Error:
            return None
        return state

    async def _read_back(self, field: ElementHandle | None, before: dict[str, Any] | None, text: str) -> Typed:
        if self._lost or before is None or not before["type"]:
            return Typed("unknown")
        state = None
        for look in range(_LOOKS):
            if look:  # frameworks write a field's value back with their next drawing
                await self._session.pause(_LOOK_S)
            state = await self._state(field)
            if state is None:
                return Typed("unknown")
            if _holds(before, state, text):
                return Typed("seen")
        assert state is not None
        if not state["seen"] or (not state["value"] and "\n" in text):
            return Typed("unknown")  # shown elsewhere; or sent, by its own line break, and the field emptied
        if state["type"] in ("password", "editable"):
            return Typed("differs")
        return Typed("differs", state["value"])


def _holds(before: dict[str, Any], state: dict[str, Any], text: str) -> bool:
    """Whether the field holds what it would after `text` was typed into what it held before."""
    if state["type"] == "editable":
        return _bare(text) in _bare(state["value"])
    if state["type"] != "textarea":
        text = text.replace("\n", "")  # a field of one line takes an Enter as the wish to send it
    if before["around"] is None:
        return text in state["value"] and len(state["value"]) == len(before["value"]) + len(text)
    return bool(state["value"] == text.join(before["around"]))


def _bare(text: str) -> str:
    """The characters that are seen, and the blanks at the beginning of lines, where they mean something."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ")
    lines = (re.sub(r"(?<=\S)\s+", " ", line.rstrip()) for line in text.split("\n"))
    kept = "\n".join(line for line in lines if line)
    return "".join(c for c in kept if c not in "\u200b\u200c\ufeff").strip("\n")


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
