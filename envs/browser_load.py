"""Why a page did not load, in one sentence."""

from __future__ import annotations

from collections.abc import Callable


def first_line(error: BaseException) -> str:
    """The first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


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
    ("Download is starting", lambda url, limit: "it is a download, not a page"),
    ("ERR_ABORTED", lambda url, limit: "the load was aborted"),
    ("invalid URL", lambda url, limit: "it is no valid address"),
    ("Timeout", lambda url, limit: f"it did not answer within {limit:g} s"),
)


def load_problem(url: str, message: str, limit: float) -> str:
    """One sentence for a page that did not load."""
    why = next((say(url, limit) for key, say in _PROBLEMS if key in message), first_line(Exception(message)))
    code = next((word.strip(",.") for word in message.split() if word.startswith("net::")), "")
    return f"{url} did not load: {why}{f' [{code}]' if code else ''}."
