"""Loading pages: until they can be used, or one sentence on why they cannot."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from envs.base import AddressForbidden, PageLoadFailed
from envs.browser.addresses import first_line, without_credentials

if TYPE_CHECKING:
    from playwright.async_api import Frame, Response

    from envs.browser.session import Session

DOWNLOAD = "it is a download, not a page"


_PROBLEMS: tuple[tuple[str, Callable[[str, float], str]], ...] = (
    ("ERR_NAME_NOT_RESOLVED", lambda url, limit: "its host name is not known (DNS)"),
    ("ERR_CONNECTION_REFUSED", lambda url, limit: "nothing listens there (connection refused)"),
    ("ERR_CERT", lambda url, limit: "its certificate is not trusted"),
    ("ERR_SSL", lambda url, limit: "the secure connection failed"),
    ("ERR_INTERNET_DISCONNECTED", lambda url, limit: "there is no network"),
    ("ERR_ADDRESS_UNREACHABLE", lambda url, limit: "its host cannot be reached"),
    ("ERR_CONNECTION", lambda url, limit: "the connection broke"),
    ("ERR_EMPTY_RESPONSE", lambda url, limit: "the server closed the connection without an answer"),
    ("ERR_TOO_MANY_REDIRECTS", lambda url, limit: "it redirects in a circle"),
    ("ERR_FILE_NOT_FOUND", lambda url, limit: "there is no such file"),
    ("ERR_UNSAFE_PORT", lambda url, limit: "browsers refuse that port"),
    ("ERR_INVALID_AUTH", lambda url, limit: "it asks for a name and password (http_credentials)"),
    ("ERR_HTTP_RESPONSE_CODE_FAILURE", lambda url, limit: "its server answers with an error and an empty page"),
    ("ERR_FILE_TOO_BIG", lambda url, limit: "it is too large"),
    ("ERR_ACCESS_DENIED", lambda url, limit: "it may not be read"),
    ("ERR_UNKNOWN_URL_SCHEME", lambda url, limit: "browsers do not open such addresses"),
    ("ERR_BLOCKED", lambda url, limit: "the browser refuses to open it"),
    ("Download is starting", lambda url, limit: DOWNLOAD),
    ("ERR_ABORTED", lambda url, limit: "the load was aborted"),
    ("invalid URL", lambda url, limit: "it is not a valid address"),
    ("Timeout", lambda url, limit: f"it did not answer within {limit:g} s"),
)


def load_problem(url: str, message: str, limit: float) -> str:
    """One sentence for a page that did not load."""
    why = next((say(url, limit) for key, say in _PROBLEMS if key in message), first_line(Exception(message)))
    code = next((word.strip(",.") for word in message.split() if word.startswith("net::")), "")
    return f"{url} did not load: {why}{f' [{code}]' if code else ''}."


_LOOK_S = 0.2
_ERROR_PAGE_S = 2.0
_ANSWER_S = 3.0
# Whether the document is parsed and nothing keeps it from being drawn (a style sheet that has not come does), and
# whether it has been drawn.
_STATE = """[
  document.readyState !== "loading" && ![...document.querySelectorAll("head link[rel~=stylesheet]")].some((link) =>
    !link.sheet && !link.disabled && matchMedia(link.media || "all").matches && !performance.getEntriesByName(link.href).length),
  performance.getEntriesByName("first-contentful-paint").length > 0,
]"""  # noqa: E501


async def load(session: Session, url: str) -> None:
    """Open an address in the active tab and wait until the page can be used.

    Raises:
        PageLoadFailed: it did not load; one sentence says why.
    """
    from playwright.async_api import Error

    page, limit = session.tab.page, session.config.load_timeout_s
    shown = without_credentials(url)
    session.tab.watch.mark()
    told = session.gate.told if session.gate is not None else 0
    end = time.monotonic() + limit
    failed = asyncio.Event()

    def navigated(frame: Frame) -> None:
        if frame is page.main_frame and frame.url.startswith("chrome-error:"):
            failed.set()

    page.on("framenavigated", navigated)
    try:
        answer = await _go(session, url, end)
        if session.gate is not None and session.gate.told > told:
            _raise_refused(session, shown, answer.url if answer is not None else url)
        await until_usable(session, end)
    except Error as error:
        if "net::ERR_" in str(error) and "net::ERR_ABORTED" not in str(error):
            # The browser's error page follows the failure; it would interrupt the next load.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(failed.wait(), _ERROR_PAGE_S)
        if (
            session.gate is not None
            and session.gate.told > told
            and any(word in str(error) for word in ("net::ERR_TUNNEL", "net::ERR_BLOCKED_BY_CLIENT"))
        ):
            _raise_refused(session, shown, session.gate.problems[-1].url)
        raise PageLoadFailed(load_problem(shown, without_credentials(str(error)), limit)) from None
    except TimeoutError:
        raise PageLoadFailed(load_problem(shown, "Timeout", limit)) from None
    finally:
        page.remove_listener("framenavigated", navigated)


async def _go(session: Session, url: str, end: float) -> Response | None:
    """Start the load. A page that sends itself elsewhere at that moment would win; then it is asked for again."""
    from playwright.async_api import Error

    while True:
        left = max(end - time.monotonic(), 0.001)  # 0 would mean for ever
        try:
            return await session.unless_dialog(
                session.tab.page.goto(url, wait_until="commit", timeout=left * 1000)
            )
        except Error as error:
            if "interrupted by another navigation" not in str(error) or time.monotonic() >= end:
                raise
        await session.pause(_LOOK_S)


def _raise_refused(session: Session, shown: str, reached: str) -> None:
    """Raises PageLoadFailed where the gate did not let the document of this address through."""
    assert session.gate is not None
    problem = session.gate.problem_of(reached)
    if problem is None:
        return
    if problem.refused:
        raise AddressForbidden(f"{shown} did not load: the rules of this run do not allow it: {problem.why}.")
    raise PageLoadFailed(f"{shown} did not load: {problem.why}.")


async def until_usable(session: Session, end: float) -> None:
    """Wait until the active tab's document is parsed, or has been drawn and only something slow is still missing.

    A script, style sheet or frame that never answers delays the end of the document for ever, while the page has
    long been there to be used. What keeps it from being drawn at all is stopped at the end, as a person would.

    Args:
        end: `time.monotonic()` by which it has to be.

    Raises:
        TimeoutError: there is nothing to see by then.
    """
    drawn_at = None
    while True:
        left = end - time.monotonic()
        if left <= 0:
            break
        parsed, drawn = await _state(session, min(left, _ANSWER_S))
        now = time.monotonic()
        drawn_at = (drawn_at or now) if drawn else None
        if drawn_at is not None and now - drawn_at >= session.config.settle_limit_s:
            session.tab.watch.mark()  # what is slow is not waited for once more
            return
        if parsed:
            return
        await session.pause(min(_LOOK_S, left))
    await session.unless_dialog(session.tab.cdp.send("Page.stopLoading"))
    end = time.monotonic() + _ERROR_PAGE_S
    while time.monotonic() < end:
        if (await _state(session, _ERROR_PAGE_S))[1]:
            session.tab.watch.mark()
            return
        await session.pause(_LOOK_S)
    raise TimeoutError


async def _state(session: Session, limit: float) -> tuple[bool, bool]:
    """Whether the document is parsed, and whether it has been drawn. With a dialog both: the page is there."""
    from playwright.async_api import Error

    ask = session.tab.cdp.send("Runtime.evaluate", {"expression": _STATE, "returnByValue": True, "silent": True})
    try:
        answer = await asyncio.wait_for(session.unless_dialog(ask), limit)
    except (Error, TimeoutError):
        return False, False  # one document is just being replaced by another, or the page is busy
    if answer is None:
        return True, True
    value = answer["result"].get("value")
    if not isinstance(value, list):
        return True, False  # the page has its own idea of `document`
    return bool(value[0]), bool(value[1])
