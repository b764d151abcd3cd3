"""Files that this package writes and reads back, in folders that anybody may have put things into.

Writing never goes through a link or into a pipe, and leaves either the old file or the new one. Reading never
waits for a pipe, never reads a device, and can be kept inside a folder.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

MEGABYTE = 1 << 20
_NO_WAIT = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


def write_file(path: Path, data: bytes) -> None:
    """Write a file beside its place and rename it: a link that stood there is replaced, not followed.

    Raises:
        OSError: it cannot be written, or something else than a file stands there. The older file stays.
    """
    with suppress(FileNotFoundError):
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "something that is not a file stands there", str(path))
    part = path.with_name(f".{path.name[:80]}.{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, _NEW, 0o666), "wb") as file:
            file.write(data)
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def read_file(path: Path, *, within: Path | None = None, limit: int = 256 * MEGABYTE) -> bytes:
    """The content of a file.

    Args:
        path: of the file.
        within: the folder that it must lie in, links followed.
        limit: bytes at most.

    Raises:
        OSError: it cannot be read, is not a file, is too large, or lies elsewhere.
    """
    if within is not None and not path.resolve().is_relative_to(within.resolve()):
        raise OSError(errno.EPERM, "leads out of its folder", str(path))
    with os.fdopen(os.open(path, os.O_RDONLY | _NO_WAIT), "rb") as file:
        about = os.fstat(file.fileno())
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "is not a file", str(path))
        if about.st_size > limit:
            raise OSError(errno.EFBIG, f"is larger than {limit // MEGABYTE} MB", str(path))
        return file.read(limit + 1)


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path leads into a folder, links followed."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):  # a name that no disk has, or links in a circle
        return False
