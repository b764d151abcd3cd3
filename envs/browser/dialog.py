"""JavaScript dialogs: drawn into the screenshot, answered by pointer and keys.

While a dialog is open the page stands still and cannot be captured, and a headless capture would not show the
dialog anyway. So the last picture is shown dimmed, with the dialog drawn on it as browsers draw it.
"""

from __future__ import annotations

import asyncio
import functools
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageFont

from action_space import actions as act
from action_space import keys
from action_space.actions import BaseAction
from action_space.geometry import Box, Frame
from envs.base import ActionRefused, DialogInfo
from envs.browser.open_dialog import OpenDialog

if TYPE_CHECKING:
    from envs.browser.session import Session

# CSS pixels, and colours as Chrome has them.
_WIDTH, _PADDING, _TOP, _TITLE, _TEXT = 448, 20, 8, 16, 14
_LINE, _BUTTON_HEIGHT, _FIELD_HEIGHT, _GAP = 20, 34, 34, 8
_BLUE, _INK, _GREY, _EDGE = "#0b57d0", "#1f1f1f", "#474747", "#c7c7c7"
_LINES_AT_MOST = 20


@dataclass(frozen=True)
class Layout:
    """Where the parts of a drawn dialog are, in screenshot pixels."""

    box: Box
    title: str
    lines: tuple[str, ...]
    field: Box | None
    accept: Box
    accept_label: str
    dismiss: Box | None


def layout(dialog: DialogInfo, url: str, size: tuple[int, int], ratio: float) -> Layout:
    """Places the parts of `dialog` on a screenshot of `size` pixels."""
    width = min(_WIDTH, size[0] / ratio - 2 * _GAP)
    leaving = dialog.kind == "beforeunload"
    parts = urlsplit(url)
    title = "Leave site?" if leaving else f"{parts.netloc} says" if parts.netloc else "This page says"
    message = "Changes you made may not be saved." if leaving else dialog.message
    lines = _wrap(message, (width - 2 * _PADDING) * ratio, round(_TEXT * ratio))
    room = int((size[1] / ratio - 150) // _LINE)
    lines = lines[: max(1, min(_LINES_AT_MOST, room))]
    left, y = (size[0] / ratio - width) / 2, float(_TOP + _PADDING)
    y += _TITLE + 12 + len(lines) * _LINE + _GAP

    def scaled(x: float, y: float, w: float, h: float) -> Box:
        return Box(round(x * ratio), round(y * ratio), round((x + w) * ratio), round((y + h) * ratio))

    field = None
    if dialog.kind == "prompt":
        field = scaled(left + _PADDING, y, width - 2 * _PADDING, _FIELD_HEIGHT)
        y += _FIELD_HEIGHT + _GAP
    y += _GAP
    right = left + width - _PADDING
    dismiss = None
    if dialog.kind != "alert":
        dismiss = scaled(right - 80, y, 80, _BUTTON_HEIGHT)
        right -= 80 + _GAP
    accept = scaled(right - 72, y, 72, _BUTTON_HEIGHT)
    box = scaled(left, _TOP, width, y + _BUTTON_HEIGHT + _PADDING - _TOP)
    return Layout(box, title, tuple(lines), field, accept, "Leave" if leaving else "OK", dismiss)


def draw(picture: Image.Image, dialog: DialogInfo, url: str, ratio: float, selected: bool = False) -> Image.Image:
    """A copy of `picture`, dimmed, with the dialog on it. `selected`: the text in its field is selected."""
    parts = layout(dialog, url, picture.size, ratio)
    image = Image.blend(picture.convert("RGB"), Image.new("RGB", picture.size, "black"), 0.32)
    pen = ImageDraw.Draw(image)

    def text(x: float, y: float, words: str, size: int, colour: str) -> float:
        for font, run in _runs(words, round(size * ratio)):
            pen.text((x, y), run, font=font, fill=colour, anchor="ls")
            x += font.getlength(run)
        return x

    def label(box: Box, words: str, colour: str) -> None:
        x, y = box.center
        text(x - _length(words, round(_TEXT * ratio)) / 2, y + 5 * ratio, words, _TEXT, colour)

    x, y = parts.box.left + _PADDING * ratio, parts.box.top + (_PADDING + _TITLE) * ratio
    pen.rounded_rectangle(parts.box, radius=12 * ratio, fill="white", outline=_EDGE)
    text(x, y, parts.title, _TITLE, _INK)
    y += 12 * ratio
    for line in parts.lines:
        y += _LINE * ratio
        text(x, y - 5 * ratio, line, _TEXT, _GREY)
    if parts.field is not None:
        pen.rounded_rectangle(
            parts.field, radius=4 * ratio, fill="white", outline=_BLUE, width=max(1, round(2 * ratio))
        )
        shown = dialog.default
        inner = parts.field.width - 2 * 10 * ratio
        while shown and _length(shown, round(_TEXT * ratio)) > inner:
            shown = shown[1:]  # as in a field: the end, where the caret is, stays in view
        start, base = parts.field.left + 10 * ratio, parts.field.center[1] + 5 * ratio
        if selected and shown:
            end = start + _length(shown, round(_TEXT * ratio))
            pen.rectangle((start, base - 15 * ratio, end, base + 4 * ratio), fill="#a8c7fa")
        end = text(start, base, shown, _TEXT, _INK)
        pen.rectangle((end + ratio, base - 14 * ratio, end + 2 * ratio, base + 3 * ratio), fill=_INK)
    pen.rounded_rectangle(parts.accept, radius=_BUTTON_HEIGHT / 2 * ratio, fill=_BLUE)
    label(parts.accept, parts.accept_label, "white")
    if parts.dismiss is not None:
        pen.rounded_rectangle(parts.dismiss, radius=_BUTTON_HEIGHT / 2 * ratio, fill="white", outline=_EDGE)
        label(parts.dismiss, "Cancel", _BLUE)
    return image


class DialogController:
    """Does actions while a dialog is open: only the dialog can be reached, as for a person."""

    def __init__(self, session: Session, dialog: OpenDialog, frame: Frame) -> None:
        self._session, self._dialog, self._frame = session, dialog, frame

    async def do(self, action: BaseAction) -> None:
        """Do it.

        Raises:
            ActionRefused: the action would reach past the dialog.
        """
        if isinstance(action, act.Dialog):
            if action.text is not None and self._dialog.kind != "prompt":
                raise ActionRefused("refused", "text: this dialog has no field")
            await self._answer(action.response == "accept", action.text)
        elif isinstance(action, act.Click):
            if action.start_point is None:
                raise ActionRefused("refused", "start_point: a dialog is open; say which of its buttons to click")
            await self._click(action.start_point)
        elif isinstance(action, act.Input):
            if action.start_point is not None and not await self._click(action.start_point):
                raise ActionRefused("refused", "start_point: a dialog is open, and that is not its field")
            await self._type(action)
        elif isinstance(action, act.Press):
            await self._press(keys.chord(action.keys))
        elif isinstance(action, act.Wait):
            await asyncio.sleep(action.duration_ms / 1000)  # the action itself
        elif not isinstance(action, act.Hover):
            raise ActionRefused("refused", f"{action.action}: a dialog is open; answer it first")

    async def _answer(self, accept: bool, text: str | None = None) -> None:
        await self._session.answer_dialog(self._dialog, accept, text)

    async def _click(self, point: tuple[int, int]) -> bool:
        """Click a button of the dialog; whether the point is in its field. Elsewhere a click does nothing."""
        size = int(self._frame.screen.width), int(self._frame.screen.height)
        parts = layout(self._dialog.info, self._dialog.url, size, self._frame.pixel_ratio[0])
        if parts.accept.contains(*point):
            await self._answer(True)
        elif parts.dismiss is not None and parts.dismiss.contains(*point):
            await self._answer(False)
        elif parts.field is not None and parts.field.contains(*point):
            self._dialog.selected = False
            return True
        return False

    async def _type(self, action: act.Input) -> None:
        if self._dialog.kind != "prompt":
            if action.text.startswith("\n") or (not action.text and action.submit):
                await self._answer(True)
                return
            raise ActionRefused("refused", "a dialog without a field is open; answer it first")
        if action.clear:
            self._dialog.text = ""
        first, newline, _ = action.text.replace("\r\n", "\n").partition("\n")
        self._put(first)
        if action.submit or newline:
            await self._answer(True)

    def _put(self, text: str) -> None:
        dialog = self._dialog
        dialog.text = text if dialog.selected and text else dialog.text + text
        self._dialog.selected = False

    async def _press(self, chord: tuple[str, ...]) -> None:
        if chord in (("enter",), ("space",)) and not (chord == ("space",) and self._dialog.kind == "prompt"):
            await self._answer(True)
        elif chord == ("escape",):
            await self._answer(False)
        elif self._dialog.kind == "prompt":
            if chord in (("ctrl", "a"), ("meta", "a")):
                self._dialog.selected = True
            elif chord in (("backspace",), ("delete",)):
                self._dialog.text = "" if self._dialog.selected else self._dialog.text[:-1]
                self._dialog.selected = False
            elif len(chord) == 1 and (len(chord[0]) == 1 or chord[0] == "space"):
                self._put(" " if chord[0] == "space" else chord[0])


# -- text ---------------------------------------------------------------------------------------------------


def _wrap(message: str, width: float, size: int) -> list[str]:
    lines = []
    for paragraph in message.replace("\t", "    ").split("\n"):
        line = ""
        # Words where there are spaces; where there are none (Chinese, long addresses) single characters.
        for word in paragraph.split(" "):
            candidate = f"{line} {word}" if line else word
            if _length(candidate, size) <= width:
                line = candidate
                continue
            if line:
                lines.append(line)
            line = ""
            for character in word:
                if line and _length(line + character, size) > width:
                    lines.append(line)
                    line = ""
                line += character
            if len(lines) > _LINES_AT_MOST:
                return lines
        lines.append(line)
    return lines


def _length(text: str, size: int) -> float:
    return float(sum(font.getlength(run) for font, run in _runs(text, size)))


def _runs(text: str, size: int) -> list[tuple[ImageFont.FreeTypeFont, str]]:
    """The text cut into runs, each with the first font that has its characters."""
    found: list[tuple[ImageFont.FreeTypeFont, str]] = []
    for character in text:
        font = _font_for(character, size)
        if found and found[-1][0] is font:
            found[-1] = (font, found[-1][1] + character)
        else:
            found.append((font, character))
    return found


@functools.lru_cache(maxsize=4096)
def _font_for(character: str, size: int) -> ImageFont.FreeTypeFont:
    fonts = _fonts(size)
    for font in fonts:
        missing = bytes(font.getmask("\uffff"))
        if character.isspace() or bytes(font.getmask(character)) != missing:
            return font
    return fonts[0]


@functools.lru_cache(maxsize=8)
def _fonts(size: int) -> list[ImageFont.FreeTypeFont]:
    fonts = []
    for path in _font_files():
        try:
            fonts.append(ImageFont.truetype(path, size))
        except OSError:
            continue
    default = ImageFont.load_default(size)
    if isinstance(default, ImageFont.FreeTypeFont):
        fonts.append(default)
    return fonts


@functools.cache
def _font_files() -> list[str]:
    """A plain and a Chinese font of this system; Pillow's own comes after them."""
    if sys.platform == "darwin":
        known = ["/System/Library/Fonts/Helvetica.ttc", "/System/Library/Fonts/PingFang.ttc"]
    elif sys.platform == "win32":
        known = [r"C:\Windows\Fonts\segoeui.ttf", r"C:\Windows\Fonts\msyh.ttc"]
    else:
        known = []
        for pattern in ("sans-serif", "sans-serif:lang=zh-cn"):
            if not shutil.which("fc-match"):
                break
            found = subprocess.run(["fc-match", "-f", "%{file}", pattern], capture_output=True, text=True)
            known.append(found.stdout.strip())
    return [path for path in dict.fromkeys(known) if path and Path(path).is_file()]
