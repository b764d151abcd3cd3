"""The rules in a browser that ran before (`cdp_url`), which cannot be given a gate.

Every request of its pages and frames, redirects too, is held until the rules have said yes. Less than a gate:
what a name stands for may change between the question and the connection, and WebSockets, workers and the first
request of a pop-up are not seen.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from envs.browser.network.gate import Refusals, look_up
from envs.browser.network.sites import Forbidden, Sites, endpoint

if TYPE_CHECKING:
    from playwright.async_api import CDPSession


class Holding(Refusals):
    """Holds the requests of the pages that it is given."""

    def __init__(self, sites: Sites) -> None:
        super().__init__()
        self.sites = sites
        self._at_work: set[asyncio.Future[None]] = set()

    async def watch(self, cdp: CDPSession) -> None:
        """Hold what this page, or frame with a session of its own, asks for from now on."""

        def paused(event: Any) -> None:
            task = asyncio.ensure_future(self._decide(cdp, event))
            self._at_work.add(task)
            task.add_done_callback(self._at_work.discard)

        cdp.on("Fetch.requestPaused", paused)
        await cdp.send("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})

    async def _decide(self, cdp: CDPSession, event: Any) -> None:
        from playwright.async_api import Error

        answer: tuple[str, dict[str, Any]] = "Fetch.continueRequest", {}
        found = endpoint(event["request"]["url"])
        if found is not None:
            try:
                self.sites.by_name(*found)
                with contextlib.suppress(OSError, UnicodeError):  # the browser will say that nobody knows it
                    self.sites.by_address(*found, await look_up(*found))
            except Forbidden as refusal:
                self.note(*found, str(refusal), refused=True)
                answer = "Fetch.failRequest", {"errorReason": "BlockedByClient"}
        with contextlib.suppress(Error):  # the page is gone
            await cdp.send(answer[0], {"requestId": event["requestId"], **answer[1]})
