"""Pictures for a report: opened only where they are files, whole, and of a size that can be shown."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from agent.files import MEGABYTE, read_file

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 60_000_000
_MOST_BYTES = 200 * MEGABYTE


class Unshowable(Exception):
    """There is no such picture, or it cannot be shown; the message goes on after its name."""


def open_picture(path: Path, *, within: Path | None = None, widest: int | None = None) -> Image.Image:
    """The picture in a file, RGB.

    Args:
        path: of the file.
        within: the folder that it must lie in, links followed.
        widest: no more pixels a side are wanted: a JPEG may be read at a fraction of its size. Then
            `info["size"]` holds the size of the original.

    Raises:
        Unshowable: it is missing, damaged or too large.
    """
    from PIL import Image

    try:
        data = read_file(path, within=within, limit=_MOST_BYTES)
    except FileNotFoundError:
        raise Unshowable("is missing from the trace" if within else "is missing") from None
    except (OSError, ValueError):
        raise Unshowable("cannot be read") from None
    try:
        with Image.open(io.BytesIO(data)) as opened:
            size = opened.size
            if size[0] * size[1] > MOST_PIXELS:
                raise Unshowable("is too large to be shown")
            if widest is not None:
                opened.draft("RGB", (widest, widest))
            image = opened.convert("RGB")
    except Unshowable:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unshowable("is too large to be shown") from None
    except Exception:  # for a damaged file, Pillow's readers raise nearly everything
        raise Unshowable("is damaged") from None
    image.info = {"size": size}
    return image
