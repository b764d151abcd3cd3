"""MiniCPM-V's slicing against the image processor of transformers."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from transformers.models.minicpmv4_6.image_processing_pil_minicpmv4_6 import MiniCPMV4_6ImageProcessorPil

from model.local.slicing import Rule, grid, slices

SIDES = st.integers(1, 6000)
RULES = st.builds(
    Rule,
    side=st.sampled_from([112, 224, 448]),
    most=st.sampled_from([1, 2, 3, 4, 9, 36]),
    merge=st.sampled_from([2, 4]),
)


@cache
def processor(rule: Rule) -> MiniCPMV4_6ImageProcessorPil:
    return MiniCPMV4_6ImageProcessorPil(
        scale_resolution=rule.side,
        max_slice_nums=rule.most,
        patch_size=rule.patch,
        downsample_mode="4x" if rule.merge == 2 else "16x",
        slice_mode=rule.cut,
    )


def theirs(width: int, height: int, rule: Rule) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """(rows, columns), size of the thumbnail and of a slice, by the processor's own functions."""
    it, size = processor(rule), (height, width)
    options: dict[str, Any] = {
        "scale_resolution": rule.side,
        "patch_size": rule.patch,
        "downsample_mode": "4x" if rule.merge == 2 else "16x",
    }
    found = it.get_sliced_grid(size, rule.most, rule.side)
    thumbnail = it.find_best_resize(size, allow_upscale=found is None, **options)[::-1]
    if found is None:
        return (0, 0), thumbnail, (0, 0)
    refined = it.get_refine_size(size, found, allow_upscale=True, **options)
    return (found[0], found[1]), thumbnail, (refined[1] // found[1], refined[0] // found[0])


@settings(max_examples=500, deadline=None)
@given(SIDES, SIDES, RULES)
@example(448, 448, Rule())
@example(449, 448, Rule())
@example(1280, 800, Rule(most=36))
@example(1000, 1000, Rule(most=2))
@example(1, 6000, Rule())
def test_every_size_is_cut_as_the_processor_cuts_it(width: int, height: int, rule: Rule) -> None:
    cut = slices(width, height, rule)
    assert ((cut.rows, cut.columns), cut.thumbnail, cut.slice) == theirs(width, height, rule)
    assert len(cut.sizes) == 1 + cut.rows * cut.columns
    assert cut.rows * cut.columns <= rule.most
    used = [cut.thumbnail, cut.slice] if cut.rows else [cut.thumbnail]
    assert all(side >= rule.unit and side % rule.unit == 0 for size in used for side in size)


@pytest.mark.parametrize(
    ("width", "height"), [(1280, 800), (800, 1280), (1366, 768), (300, 200), (449, 449), (2000, 90), (1920, 1080)]
)
@pytest.mark.parametrize("rule", [Rule(), Rule(most=36), Rule(merge=2), Rule(cut=False)])
def test_the_pixels_come_in_these_pieces(width: int, height: int, rule: Rule) -> None:
    """What the processor really hands to the encoder, not only what its functions say."""
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    out = processor(rule)(Image.fromarray(pixels), return_tensors="np")
    cut = slices(width, height, rule)
    assert list(out["grids"][0]) == [cut.rows, cut.columns]
    assert [(w * rule.patch, h * rule.patch) for h, w in out["target_sizes"]] == cut.sizes


def test_slices_follow_row_by_row() -> None:
    """A picture whose four quarters have four shades: thumbnail first, then top left, top right, bottom left …"""
    rule = Rule(side=112)
    image = Image.new("RGB", (224, 224))
    for number, corner in enumerate([(0, 0), (112, 0), (0, 112), (112, 112)]):
        image.paste((60 * number,) * 3, (*corner, corner[0] + 112, corner[1] + 112))
    cut = slices(224, 224, rule)
    assert (cut.rows, cut.columns, cut.slice) == (2, 2, (112, 112))
    out = processor(rule)(image, return_tensors="np", do_rescale=False, do_normalize=False)
    area = [w * h // rule.patch for w, h in cut.sizes]
    pieces = np.split(out["pixel_values"][0], np.cumsum(area)[:-1], axis=-1)
    assert [int(np.median(piece)) for piece in pieces[1:]] == [0, 60, 120, 180]


def test_ties_and_bounds() -> None:
    # Two slices of a square: one above the other is as near as side by side, and rows win.
    assert grid(500, 500, Rule(most=2)) == (2, 1)
    # Seven by area: no grid of seven suits, and eight is allowed.
    assert grid(1680, 800, Rule()) == (2, 4)
    assert grid(448, 448, Rule()) == (0, 0)
    assert slices(100, 50, Rule()).thumbnail == (616, 336), "enlarged: it is all that the model sees"
    assert slices(1280, 800, Rule(cut=False)).rows == 0
    # As docs/models.md says it.
    assert [grid(1280, 800, Rule(most=most)) for most in (9, 36)] == [(2, 3), (2, 3)]
    assert [grid(1920, 1080, Rule(most=most)) for most in (9, 36)] == [(2, 4), (3, 4)]
    with pytest.raises(ValueError, match="empty side"):
        slices(0, 10, Rule())
