"""Pictures of a data set: what is measured of them, and reading them without mercy.

A picture that is missing, cut off or changed is an error that names it. Nothing is ever put in its place.
"""

from __future__ import annotations

import hashlib
import io
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from model.training.data.records import Picture

ENDINGS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp"}
"""Picture formats that a data set holds, and the ending of their files. Others are written anew as PNG."""

HASH_SIDE, _SMALL = 8, 32


class PictureFault(ValueError):
    """A picture that is missing, cut off, or not the one that the record tells of. The message names it."""


def decode(content: bytes, name: str) -> Image.Image:
    """The picture in `content`, RGB, every pixel of it read; transparent pixels on white.

    Raises:
        PictureFault: it is not a picture, or it is cut off.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            return _opaque(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise PictureFault(f"{name}: is no whole picture ({error}); accepted: PNG, JPEG or WebP") from error


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")


def encode(image: Image.Image) -> bytes:
    """`image` as a PNG file; equal pixels give equal bytes."""
    buffer = io.BytesIO()
    # Level 1: a third of the time of the default for a tenth more bytes.
    image.convert("RGB").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def describe(content: bytes, path: str, *, scale: float = 1.0) -> Picture:
    """What a record says of the picture in `content`.

    Raises:
        PictureFault: it is no whole picture.
    """
    image = decode(content, path)
    return Picture(
        path=path,
        width=image.width,
        height=image.height,
        sha256=hashlib.sha256(content).hexdigest(),
        phash=perceptual_hash(image),
        scale=scale,
    )


def perceptual_hash(image: Image.Image) -> str:
    """64-bit perceptual hash, 16 hexadecimal digits.

    The grey picture at 32×32, its two-dimensional cosine transform (DCT-II), and for each of the 8×8 lowest
    frequencies, row by row, whether it is above their median: the scheme that goes by the name of pHash.
    """
    grey = image.convert("L").resize((_SMALL, _SMALL), Image.Resampling.LANCZOS)
    waves = _cosines()
    lowest = waves @ np.asarray(grey, dtype=np.float64) @ waves.T
    bits = (lowest > np.median(lowest)).ravel()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


@cache
def _cosines() -> np.ndarray:
    """The 8 lowest rows of the DCT-II matrix of size 32; their common factor changes no comparison."""
    frequency, place = np.arange(HASH_SIDE)[:, None], np.arange(_SMALL)[None, :]
    return np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SMALL))


def distance(one: str, other: str) -> int:
    """Number of bits in which two perceptual hashes differ, 0 to 64."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def verified(content: bytes, picture: Picture) -> Image.Image:
    """The picture, after making sure that it is the one that the record tells of.

    Raises:
        PictureFault: other bytes, another size, or no whole picture.
    """
    found = hashlib.sha256(content).hexdigest()
    if found != picture.sha256:
        raise PictureFault(
            f"{picture.path}: sha256 is {found[:12]}…; the record says {picture.sha256[:12]}…: cut off or changed"
        )
    image = decode(content, picture.path)
    if image.size != (picture.width, picture.height):
        raise PictureFault(
            f"{picture.path}: is {image.width}×{image.height}; the record says {picture.width}×{picture.height}"
        )
    return image


def safe_path(folder: Path, path: str) -> Path:
    """Where a picture lies.

    Raises:
        PictureFault: the path is absolute, has backslashes, or climbs out of the folder.
    """
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or ":" in parts[0] or ".." in parts or "\0" in path:
        raise PictureFault(f"{path!r}: accepted: a path below the folder of the data set, with forward slashes")
    return folder.joinpath(*parts)
