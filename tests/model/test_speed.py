"""What makes weights in process fast gives the same as the long way round."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import scaled_dot_product_attention

from model.local.attention import PREFIX, WINDOWS, _by_length, _in_windows, _prefix_and_new
from model.local.kv_cache import empty_cache
from model.local.model import LocalModel
from model.local.patches import patches_of
from model.local.vision import _by_model
from tests.tools.random_weights import KINDS, QWEN, UNIT

random = np.random.default_rng(5)


def load(folder: Path) -> LocalModel:
    return LocalModel(folder, family="generic", device="cpu", dtype="float32")


@pytest.mark.parametrize("kind", QWEN)
def test_patches_are_those_of_the_image_processor(kind: str, checkpoints: dict[str, Path]) -> None:
    from transformers import AutoImageProcessor

    processor: Any = AutoImageProcessor.from_pretrained(checkpoints[kind], backend="pil")
    side = UNIT.get(kind, 28)
    picture = Image.fromarray(random.integers(0, 255, (3 * side, 5 * side, 3), dtype=np.uint8))
    values, grid = patches_of(processor, picture, "cpu")
    theirs = processor(picture, return_tensors="pt", do_resize=False)
    assert torch.equal(grid, theirs["image_grid_thw"])
    assert values.shape == theirs["pixel_values"].shape
    assert torch.allclose(values, theirs["pixel_values"], atol=1e-6)
    # A recipe that is not the usual one is left to the processor.
    processor.do_normalize = False
    values, _ = patches_of(processor, picture, "cpu")
    assert torch.equal(values, processor(picture, return_tensors="pt", do_resize=False)["pixel_values"])


@pytest.mark.parametrize("kind", QWEN)
def test_features_are_those_of_the_models_own_encoder(kind: str, checkpoints: dict[str, Path]) -> None:
    """Windows at once, patches by a product: as in transformers, on a picture whose windows have several sizes."""
    from transformers import AutoImageProcessor, AutoModelForImageTextToText

    side = UNIT.get(kind, 28)
    picture = Image.fromarray(random.integers(0, 255, (7 * side, 10 * side, 3), dtype=np.uint8))
    ours = load(checkpoints[kind])
    assert not isinstance(ours._model.model.visual.patch_embed.proj, torch.nn.Conv3d)
    assert ours._model.config.vision_config._attn_implementation == WINDOWS
    plain: Any = AutoModelForImageTextToText.from_pretrained(checkpoints[kind], dtype=torch.float32)
    processor: Any = AutoImageProcessor.from_pretrained(checkpoints[kind], backend="pil")
    pixels = processor(picture, return_tensors="pt", do_resize=False)
    with torch.inference_mode():
        expected = plain.model.get_image_features(**pixels, return_dict=True)
        found = ours._sight.features(picture)
    assert torch.allclose(found.pooler_output[0], expected.pooler_output[0], atol=1e-5)
    assert found.pooler_output[0].shape == (70, 64)


@pytest.mark.parametrize("kind", QWEN)
def test_positions_are_those_of_the_models_own_rule(kind: str, checkpoints: dict[str, Path]) -> None:
    model, side = load(checkpoints[kind]), UNIT.get(kind, 28)
    pictures = [Image.new("RGB", (columns * side, rows * side)) for columns, rows in ((5, 3), (2, 7), (1, 1))]
    first, second, third = (model._sight.tokens(picture, 0) for picture in pictures)
    for ids, shown in (
        ([1, 2, 3, *first, 4, *second, 5, *third, 6, 7], pictures),
        ([*first, 1, *second], pictures[:2]),
        ([1, 2, 3], []),
    ):
        grids = [(1, picture.height // (side // 2), picture.width // (side // 2)) for picture in shown]
        expected, delta = _by_model(model._model, ids, "image_grid_thw", grids)
        found, ours = model._sight.positions(ids, shown)
        assert torch.equal(found, expected)
        assert ours == delta


@pytest.mark.parametrize("kind", KINDS)
def test_the_text_model_attends_without_masks(kind: str, checkpoints: dict[str, Path]) -> None:
    assert load(checkpoints[kind])._model.config.get_text_config()._attn_implementation == PREFIX


@pytest.mark.parametrize(("new", "held"), [(1, 0), (1, 37), (9, 0), (9, 37), (64, 1)])
@pytest.mark.parametrize(("heads", "shared"), [(4, 4), (6, 2)])
def test_prefix_and_new_tokens_are_attended_to_as_under_a_mask(
    new: int, held: int, heads: int, shared: int
) -> None:
    source = torch.Generator().manual_seed(new + held)
    query = torch.randn(1, heads, new, 16, generator=source)
    key, value = (torch.randn(1, shared, held + new, 16, generator=source) for _ in range(2))
    mask = torch.arange(held + new)[None] <= torch.arange(new)[:, None] + held
    whole = (part.repeat_interleave(heads // shared, 1) for part in (key, value))
    expected = scaled_dot_product_attention(query, *whole, attn_mask=mask, scale=0.3)
    found, _ = _prefix_and_new(None, query, key, value, None, scaling=0.3)
    assert torch.allclose(found, expected.transpose(1, 2), atol=1e-6)


@pytest.mark.parametrize("lengths", [(12,), (4, 4, 4), (8, 3, 8, 3, 2), (5, 0, 7)])
def test_windows_are_attended_to_as_one_by_one(lengths: tuple[int, ...]) -> None:
    source = torch.Generator().manual_seed(sum(lengths))
    query, key, value = (torch.randn(1, 2, sum(lengths), 8, generator=source) for _ in range(3))
    borders = torch.tensor([0, *np.cumsum(lengths)])
    found, _ = _in_windows(None, query, key, value, None, scaling=0.4, cu_seq_lens_q=borders)
    pieces = [
        scaled_dot_product_attention(
            query[:, :, first:end], key[:, :, first:end], value[:, :, first:end], scale=0.4
        )
        for first, end in pairwise(borders.tolist())
    ]
    assert torch.allclose(found, torch.cat(pieces, 2).transpose(1, 2), atol=1e-6)
    assert _by_length(borders) is _by_length(borders), "the layers of one picture share the work"


def test_the_cache_grows_within_its_room(checkpoints: dict[str, Path]) -> None:
    config = load(checkpoints["qwen2_5_vl"])._model.config.get_text_config()
    cache = empty_cache(config)
    layer = cache.layers[0]
    source = torch.Generator().manual_seed(1)
    expected = torch.zeros(1, 2, 0, 4)

    def add(count: int) -> None:
        nonlocal expected
        states = torch.randn(1, 2, count, 4, generator=source)
        expected = torch.cat([expected, states], 2)
        keys, values = cache.update(states, -states, 0)
        assert torch.equal(keys, expected)
        assert torch.equal(values, -expected)

    add(3)
    place = layer.keys.data_ptr()
    for _ in range(40):
        add(1)
    assert layer.keys.data_ptr() == place, "nothing was copied"
    layer.crop(-30)
    expected = expected[:, :, :-30]
    assert cache.get_seq_length() == 13
    add(5)  # over what was cut off
    add(2000)  # beyond the room
    assert layer.keys.data_ptr() != place
    add(1)
