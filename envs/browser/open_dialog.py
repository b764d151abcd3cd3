"""A JavaScript dialog that waits for its answer."""

from __future__ import annotations

import contextlib
from typing import Any

from envs.base import DialogInfo
from envs.browser.addresses import plain

_MESSAGE_AT_MOST = 20_000


class OpenDialog:
    """A dialog that waits for its answer.

    Attributes:
        page: the Playwright page that shows it; its address stands in the title.
        text: what its field holds.
        selected: that text is selected, so that typing replaces it.
    """

    def __init__(self, dialog: Any) -> None:
        self._dialog = dialog
        self.page = dialog.page
        self.kind: Any = dialog.type
        self.text: str = dialog.default_value
        self.selected = bool(self.text)

    @property
    def info(self) -> DialogInfo:
        """What is told of it."""
        return DialogInfo(
            self.kind, plain(self._dialog.message, _MESSAGE_AT_MOST), plain(self.text, _MESSAGE_AT_MOST)
        )

    @property
    def url(self) -> str:
        """Address of the page that shows it."""
        return self.page.url if self.page is not None else ""

    async def answer(self, accept: bool, text: str | None = None) -> None:
        """Press OK or Cancel. The page may have gone with the dialog: then nothing is left to press."""
        with contextlib.suppress(Exception):
            if not accept:
                await self._dialog.dismiss()
            elif self.kind == "prompt":
                await self._dialog.accept(self.text if text is None else text)
            else:
                await self._dialog.accept()
