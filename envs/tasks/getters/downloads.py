"""Files from addresses, kept so that each is fetched once."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 60.0


class Unreachable(Exception):
    """An address gives no file. Says nothing about the agent; the message names the address and the reason."""


def cache_folder() -> Path:
    """Where files are kept: `gui-agent-toolkit/tasks` in the user's cache folder."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gui-agent-toolkit" / "tasks"


def content(url: str) -> bytes:
    """What a file://, http:// or https:// address gives; of the latter two, kept on disk.

    Raises:
        Unreachable: it gives nothing, or the address is of another kind.
    """
    parts = urlsplit(url)
    if parts.scheme == "file":
        try:
            return Path(unquote(parts.path)).read_bytes()
        except OSError as error:
            raise Unreachable(f"{url}: {error.strerror or error}") from error
    if parts.scheme not in ("http", "https"):
        raise Unreachable(f"{url}: an address begins with file://, http:// or https://")
    kept = cache_folder() / hashlib.sha256(url.encode()).hexdigest()
    if kept.is_file():
        return kept.read_bytes()
    data = _fetched(url)
    kept.parent.mkdir(parents=True, exist_ok=True)
    part = kept.with_name(f"{kept.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(kept)  # two runs may fetch the same at once
    return data


def _fetched(url: str) -> bytes:
    import httpx

    try:
        answer = httpx.get(url, follow_redirects=True, timeout=TIMEOUT_S)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise Unreachable(f"{url}: {error}") from error
    return answer.content
