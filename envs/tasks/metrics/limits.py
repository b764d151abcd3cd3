"""What a judge reads at most. Whoever leaves a file beyond it has not done the task."""

from __future__ import annotations

import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

MEGABYTE = 1 << 20
FILE, PART, UNPACKED = 256 * MEGABYTE, 64 * MEGABYTE, 512 * MEGABYTE
"""Bytes of a file; of one XML part of an office document; of all that an archive holds."""
MEMBERS, CELLS, PIXELS = 20_000, 10_000_000, 100_000_000
_OFFICE = (".xml", ".rels", ".vml")


class Unreadable(Exception):
    """A file that is judged is not there, is not what it should be, or is too large. The score is 0."""


def check_file(path: str | Path) -> None:
    """Whether a file may be read: its size, and as an archive or office document what it unpacks to.

    Raises:
        Unreadable: it is not there, or too large.
    """
    file = Path(path)
    try:
        size = file.stat().st_size
        if not file.is_file():
            raise Unreadable(f"{file.name}: is not a file")
        if size > FILE:
            raise Unreadable(f"{file.name}: {size:,} bytes are more than a judge reads ({FILE:,})")
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as archive:
                check_zip(archive, file.name)
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise Unreadable(f"{file.name}: {error}") from error


def check_zip(archive: zipfile.ZipFile, name: str) -> None:
    """Raises Unreadable where an archive unpacks to more than a judge reads. What a member says of its size holds:
    zipfile reads no more of it."""
    members = archive.infolist()
    office = any(member.filename in ("[Content_Types].xml", "content.xml") for member in members)
    whole = sum(member.file_size for member in members)
    if len(members) > MEMBERS or whole > UNPACKED:
        raise Unreadable(f"{name}: unpacks to {len(members)} files of {whole:,} bytes; a judge reads {UNPACKED:,}")
    for member in members:
        if office and member.filename.endswith(_OFFICE) and member.file_size > PART:
            raise Unreadable(f"{name}: {member.filename} has {member.file_size:,} bytes; a judge reads {PART:,}")


def check_cells(sheet: Any, name: str) -> None:
    """Raises Unreadable where the cells from A1 to a sheet's last one are too many to look at."""
    rows, columns = getattr(sheet, "max_row", 0) or 0, getattr(sheet, "max_column", 0) or 0
    if rows * columns > CELLS:
        raise Unreadable(f"{name}: a sheet of {rows:,} × {columns:,} cells is more than a judge reads ({CELLS:,})")


def open_picture(file: str | Path | IO[bytes]) -> Any:
    """Pillow's picture, not read yet.

    Raises:
        Unreadable: it is none, or has too many pixels.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is ours
            found = Image.open(file)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Unreadable(str(error)) from error
    if found.width * found.height > PIXELS:
        size = found.size
        found.close()
        raise Unreadable(f"a picture of {size[0]:,} × {size[1]:,} pixels is more than a judge reads ({PIXELS:,})")
    return found


def unpack(path: str, root: Path) -> None:
    """Unpack a .zip, .tar, .tar.gz, .tar.bz2 or .tar.xz file into a new folder. Links and devices are left out.

    Python's own filter for archives came with 3.11.4; this works alike on every version.

    Raises:
        Unreadable: it is no archive, unpacks to too much, or an entry leads out of the folder.
    """
    root.mkdir(parents=True)
    try:
        check_file(path)
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name, opened in _zipped(archive):
                    _write(root, name, opened)
        else:
            with tarfile.open(path) as packed:
                for name, opened in _packed(packed, path):
                    _write(root, name, opened)
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise Unreadable(f"{path}: {error}") from error


Member = tuple[str, Callable[[], IO[bytes] | None] | None]
"""Name, and what opens its content; None: a folder."""


def _zipped(archive: zipfile.ZipFile) -> Iterator[Member]:
    for member in archive.infolist():
        if (member.external_attr >> 16) & 0o170000 in (0, 0o100000, 0o040000):
            folder = member.is_dir()
            yield member.filename, None if folder else lambda member=member: archive.open(member)  # type: ignore[misc]


def _packed(archive: tarfile.TarFile, path: str) -> Iterator[Member]:
    whole = 0
    for number, member in enumerate(archive):
        whole += member.size
        if number >= MEMBERS or whole > UNPACKED:
            raise Unreadable(f"{path}: unpacks to more than a judge reads ({UNPACKED:,} bytes, {MEMBERS} files)")
        if member.isdir() or member.isreg():
            folder = member.isdir()
            yield member.name, None if folder else lambda member=member: archive.extractfile(member)  # type: ignore[misc]


def _write(root: Path, name: str, opened: Callable[[], IO[bytes] | None] | None) -> None:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in name:
        raise Unreadable(f"{name!r} leads out of its folder")
    place = root / parts
    if opened is None:
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    content = opened()
    if content is not None:
        with content, place.open("wb") as file:
            while block := content.read(MEGABYTE):
                file.write(block)
