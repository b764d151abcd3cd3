"""How MiniCPM-V cuts a picture: all of it small (the thumbnail), then slices of the size that its encoder knows.

Pure functions of the picture's size, in pixels. The rule and its ties are those of the image processor of version
4.6, which 4.7 shares. Slices follow row by row from the top left. A picture no larger than one slice is not cut:
it has only the thumbnail, which then may be larger than the picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """What a checkpoint's image processor says.

    Attributes:
        side: a slice has about side × side pixels (`scale_resolution`).
        most: slices at most, the thumbnail not counted (`max_slice_nums`).
        patch: side of the encoder's patches, in pixels (`patch_size`).
        merge: patches along one side that become one token: 4, or 2 in the mode "4x".
        cut: whether pictures are cut at all (`slice_mode`).
    """

    side: int = 448
    most: int = 9
    patch: int = 14
    merge: int = 4
    cut: bool = True

    @property
    def unit(self) -> int:
        """Sides of the thumbnail and of slices are multiples of this, in pixels."""
        return self.patch * self.merge


@dataclass(frozen=True)
class Slices:
    """A picture as the encoder sees it; sizes are (width, height) in pixels.

    Attributes:
        rows, columns: of the slices; 0, 0: not cut.
        thumbnail: size of the whole picture, shrunk.
        slice: size of each slice; (0, 0): not cut.
    """

    rows: int
    columns: int
    thumbnail: tuple[int, int]
    slice: tuple[int, int]

    @property
    def sizes(self) -> list[tuple[int, int]]:
        """Of all pieces, in the order in which the model sees them."""
        return [self.thumbnail, *[self.slice] * (self.rows * self.columns)]


def slices(width: int, height: int, rule: Rule) -> Slices:
    """What becomes of a picture of that size.

    Raises:
        ValueError: a side is below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"size: {width}×{height} has an empty side")
    rows, columns = grid(width, height, rule) if rule.cut else (0, 0)
    if not rows:
        return Slices(0, 0, _fitted(width, height, rule, enlarge=True), (0, 0))
    # Each side is brought to a multiple of the grid first, so that all slices are equal.
    across, down = _multiple(width, columns) / columns, _multiple(height, rows) / rows
    return Slices(
        rows,
        columns,
        thumbnail=_fitted(width, height, rule, enlarge=False),
        slice=_fitted(across, down, rule, enlarge=True),
    )


def grid(width: int, height: int, rule: Rule) -> tuple[int, int]:
    """(rows, columns) of the slices; (0, 0): the picture is not cut.

    As many slices as the area asks for, one fewer or one more (which helps with primes). Of all grids with so
    many, the one whose shape is nearest to the picture's; of two that are equally near, the one with more rows.
    """
    wanted = min(math.ceil(width * height / rule.side**2), rule.most)
    if wanted <= 1:
        return 0, 0
    shape = math.log(width / height)
    counts = [count for count in (wanted - 1, wanted, wanted + 1) if 1 < count <= rule.most]
    grids = [(rows, count // rows) for count in counts for rows in range(1, count + 1) if count % rows == 0]
    return min(grids, key=lambda it: (abs(shape - math.log(it[1] / it[0])), -it[0]))


def _fitted(width: float, height: float, rule: Rule, *, enlarge: bool) -> tuple[int, int]:
    """Brought to about side × side pixels in its own shape, then to multiples of the unit."""
    if enlarge or width * height > rule.side**2:
        shape = width / height
        # The width follows the height after its fraction is cut off, as in the original.
        height = int(rule.side / math.sqrt(shape))
        width = int(height * shape)
    return _multiple(width, rule.unit), _multiple(height, rule.unit)


def _multiple(length: float, unit: int) -> int:
    return max(round(length / unit) * unit, unit)
