"""A second channel on this computer: files, an SQLite database, a folder of mail. All of it only read."""

from __future__ import annotations

import mailbox
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any
from urllib.parse import quote

from agent.expect.base import TIMEOUT_S, CannotCheck, short
from agent.expect.screen import folded
from agent.expect.values import same, told
from envs.base import Observation

LARGEST = 50_000_000
"""Bytes of a file in which a text is looked for."""
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, 33}  # 33: SQLITE_RECURSIVE


@dataclass(frozen=True)
class FileExpectation:
    """A file that exists, and holds a text (UTF-8) where one is given."""

    path: Path
    text: str | None = None
    on_screen: bool = False

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Look."""
        try:
            if not self.path.is_file():
                return False, "it is a folder" if self.path.is_dir() else "there is no such file"
            size = self.path.stat().st_size
            if self.text is None:
                return True, f"it has {size} bytes"
            if size > LARGEST:
                raise CannotCheck(f"it is larger than {LARGEST // 1_000_000} MB")
            data = self.path.read_bytes()
        except OSError as error:
            raise CannotCheck(f"it cannot be read ({error.strerror or error})") from None
        met = self.text.encode() in data
        return met, "it holds the text" if met else f"it has {size} bytes without that text"


@dataclass(frozen=True)
class SqlExpectation:
    """The one value that a SELECT on an SQLite file gives."""

    file: Path
    query: str
    wanted: Any
    on_screen: bool = False

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Ask, and compare. No row is not met."""
        address = f"file:{quote(str(self.file.absolute()))}?mode=ro"
        until = time.monotonic() + TIMEOUT_S
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=TIMEOUT_S)) as database:
                # Not even a query that a person wrote by mistake may change or attach anything.
                database.set_authorizer(
                    lambda what, *_: sqlite3.SQLITE_OK if what in _ALLOWED else sqlite3.SQLITE_DENY
                )
                database.set_progress_handler(lambda: time.monotonic() > until, 10_000)
                rows = database.execute(self.query).fetchmany(2)
        except (sqlite3.Error, sqlite3.Warning) as error:
            told_why = f"not answered within {TIMEOUT_S:g} s" if str(error) == "interrupted" else short(error)
            raise CannotCheck(f"{self.file} cannot be asked ({told_why})") from None
        if not rows:
            return False, "there is no such row"
        if len(rows) > 1 or len(rows[0]) > 1:
            raise CannotCheck("it gives several rows or columns; write a SELECT that gives one value")
        return same(rows[0][0], self.wanted), f"it is {short(told(rows[0][0]))}"


@dataclass(frozen=True)
class MailExpectation:
    """A message in a Maildir or mbox whose subject contains a text."""

    folder: Path
    subject: str
    on_screen: bool = False

    def check(self, seen: Observation | None) -> tuple[bool, str]:
        """Read the subjects."""
        try:
            with closing(self._open()) as box:
                subjects = [_subject(message) for message in box]
        except (OSError, mailbox.Error, MessageError) as error:
            raise CannotCheck(f"{self.folder} cannot be read ({short(error)})") from None
        wanted = folded(self.subject)
        for subject in subjects:
            if wanted in folded(subject):
                return True, f"there is “{short(subject)}”"
        last = f"; the last is “{short(subjects[-1])}”" if subjects else ""
        return False, f"none of {len(subjects)} messages has it{last}"

    def _open(self) -> mailbox.Mailbox[Any]:
        if self.folder.is_dir():
            if not (self.folder / "cur").is_dir() and not (self.folder / "new").is_dir():
                raise CannotCheck(f"{self.folder} is no Maildir: it has no cur and no new")
            return mailbox.Maildir(self.folder, create=False)
        if not self.folder.is_file():
            raise CannotCheck(f"{self.folder}: there is no such mail folder")
        return mailbox.mbox(self.folder, create=False)


def _subject(message: Any) -> str:
    raw = str(message.get("subject", ""))
    try:
        return str(make_header(decode_header(raw)))
    except (MessageError, LookupError, ValueError):
        return raw
