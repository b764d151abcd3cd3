"""Which addresses may be opened, and texts of browsers and pages without what is secret or cannot be written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import url2pathname

# Whatever stands between "//" and the last "@" before the path (RFC 3986, userinfo), wherever it is in a text.
_USER_INFO = re.compile(r"(?<=://)[^\s/?#\"'<>\\]*@")


def without_credentials(text: str) -> str:
    """`text` with the name and password of every address in it left out."""
    return _USER_INFO.sub("", text) if "@" in text else text


def first_line(error: BaseException) -> str:
    """The first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def plain(text: str, longest: int) -> str:
    """Text of a page that can be written anywhere: no half characters, and not endless."""
    return text[:longest].encode("utf-8", "replace").decode("utf-8")


def split_credentials(url: str) -> tuple[str, str | None, str]:
    """The address without name and password, and the two; a name of None: the address has none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or "@" not in parts.netloc:
        return url, None, ""
    return (
        urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2])),
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


def origin_of(url: str) -> str | None:
    """scheme://host:port of a web address; None for any other."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def refusal(url: str, allow_files: Iterable[str]) -> str | None:
    """Why an agent may not open `url`, in one sentence; None: it may.

    Web addresses and about:blank are open to it; `file:` addresses below the folders that a person named.
    """
    scheme, _, rest = url.strip().partition(":")
    scheme = scheme.lower()
    if scheme in ("http", "https") and "@" in re.split(r"[/?#\\]", rest.lstrip("/\\"), maxsplit=1)[0]:
        return "url: addresses with a name or password in them are not opened"
    if scheme in ("http", "https") or (scheme == "about" and rest.lower() in ("blank", "srcdoc", "")):
        return None
    if scheme != "file":
        return f"url: {scheme}: addresses are not opened; http, https and about:blank are"
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        return f"url: files of another computer ({parts.netloc}) are not opened"
    path = url2pathname(parts.path)
    if below(path, allow_files):
        return None
    return f"url: {path} lies in no folder that may be used; allow one with allow_files (--allow-files FOLDER)"


def below(path: str, folders: Iterable[str]) -> bool:
    """Whether the file, links followed, lies in one of the folders."""
    try:
        real = Path(path).resolve()
        return any(real.is_relative_to(Path(folder).expanduser().resolve()) for folder in folders)
    except (OSError, ValueError, RuntimeError):  # a null byte, a name too long, a circle of links
        return False
