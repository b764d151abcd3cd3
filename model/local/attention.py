"""Attention for one conversation at a time, without the masks and loops that batches of many need.

The text model reads new tokens behind a cached prefix: each sees all of the prefix, and of the new ones those up
to itself. A mask that says so is as large as both together, and keeps the fast kernels away; the two parts apart
need none.

The vision encoder's windows are attended to all at once, those of equal size together, instead of one after the
other. Both give what transformers gives, but for rounding.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

PREFIX = "prefix_and_new"
# transformers hands over the borders of the windows only to what is called so.
WINDOWS = "flash_in_windows"


def install(model: Any, *, windows: bool) -> None:
    """Let a loaded model attend so.

    Args:
        model: a vision-language model of transformers with the configs `text_config` and `vision_config`.
        windows: its vision encoder tells the borders of its windows, as those of the Qwen classes do.
    """
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface

    if getattr(model.config.get_text_config(), "use_sliding_window", False):
        return  # then a token does not see all of the prefix
    AttentionInterface.register(PREFIX, _prefix_and_new)
    AttentionMaskInterface.register(PREFIX, _no_mask)
    AttentionInterface.register(WINDOWS, _in_windows)
    wanted = {"text_config": PREFIX} | ({"vision_config": WINDOWS} if windows else {})
    model.set_attn_implementation(wanted)


def _no_mask(*args: Any, **kwargs: Any) -> None:
    """What stands where masks are made: one conversation has no padding."""


def _prefix_and_new(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Shapes: (1, heads, new, size) for `query`, (1, fewer heads, prefix + new, size) for `key` and `value`;
    returns (1, new, heads, size)."""
    from torch.nn.functional import scaled_dot_product_attention

    new, held = query.shape[2], key.shape[2] - query.shape[2]
    grouped = query.shape[1] != key.shape[1]
    if new == 1:
        one = query.reshape(1, key.shape[1], -1, query.shape[3])  # heads that share keys, as if they were tokens
        out = scaled_dot_product_attention(one, key, value, scale=scaling).reshape(query.shape)
    elif held == 0:
        out = scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling, enable_gqa=grouped)
    elif query.device.type == "cpu":
        out = _in_two(query, key, value, held, scaling)
    else:
        from torch.nn.attention.bias import causal_lower_right

        # Not all kernels that know this bias know of shared keys.
        key, value = (part.repeat_interleave(query.shape[1] // key.shape[1], 1) for part in (key, value))
        out = scaled_dot_product_attention(
            query, key, value, attn_mask=causal_lower_right(new, held + new), scale=scaling
        )
    return out.transpose(1, 2).contiguous(), None


def _in_two(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, held: int, scaling: float | None
) -> torch.Tensor:
    """Attention to the prefix, attention to the new tokens, and both weighted by what each has in total."""
    import torch

    attend = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    _, heads, new, size = query.shape
    groups = heads // key.shape[1]
    # The heads that share keys stand one behind the other: without a mask, order does not matter.
    folded = query.reshape(1, key.shape[1], groups * new, size)
    old, old_total = attend(folded, key[:, :, :held], value[:, :, :held], scale=scaling)
    own_key, own_value = (part[:, :, held:].repeat_interleave(groups, 1) for part in (key, value))
    own, own_total = attend(query, own_key, own_value, is_causal=True, scale=scaling)
    old, old_total = old.reshape(query.shape), old_total.reshape(own_total.shape)
    share = torch.sigmoid(old_total - own_total).unsqueeze(-1).to(query.dtype)
    return own + (old - own) * share


def _in_windows(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    cu_seq_lens_q: torch.Tensor | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Shapes: (1, heads, patches, size) each, and borders of the windows; returns (1, patches, heads, size)."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention

    assert cu_seq_lens_q is not None
    groups = _by_length(cu_seq_lens_q)
    if len(groups) == 1 and groups[0].shape[0] == 1:
        out = scaled_dot_product_attention(query, key, value, scale=scaling)
        return out.transpose(1, 2).contiguous(), None
    out = torch.empty_like(query.transpose(1, 2), memory_format=torch.contiguous_format)
    parts = [part[0].transpose(0, 1) for part in (query, key, value)]  # (patches, heads, size)
    for places in groups:
        held = scaled_dot_product_attention(
            *(part[places].transpose(1, 2) for part in parts),  # type: ignore[arg-type]
            scale=scaling,  # type: ignore[misc]
        )
        out[0, places.flatten()] = held.transpose(1, 2).flatten(0, 1)
    return out, None


_known: list[tuple[Any, list[Any]]] = []


def _by_length(borders: torch.Tensor) -> list[torch.Tensor]:
    """Indices of the patches of all windows of one size, shape (windows, size), for each size.

    All layers of one picture are given the same few tensors, so the newest are remembered.
    """
    import torch

    for seen, groups in _known:
        if seen is borders:
            return groups
    ends = borders.tolist()
    sizes: dict[int, list[int]] = {}
    for first, end in pairwise(ends):
        if end > first:
            sizes.setdefault(end - first, []).append(first)
    groups = [
        torch.tensor(firsts, device=borders.device)[:, None] + torch.arange(size, device=borders.device)
        for size, firsts in sizes.items()
    ]
    _known.insert(0, (borders, groups))
    del _known[4:]
    return groups
