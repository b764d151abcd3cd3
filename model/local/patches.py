"""From a picture to patches in one pass over its bytes, and from patches to features by one matrix product.

Both give what the image processor and the convolution of transformers give, but for rounding.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image


def patches_of(processor: Any, picture: Image.Image, device: Any) -> tuple[Any, Any]:
    """Patches of a picture whose sides the patches divide.

    Args:
        processor: an image processor of the Qwen classes.

    Returns:
        values, shape (patches, channels · time · patch · patch), patches that are merged one behind the other; and
        the grid, shape (1, 3): time, rows, columns.
    """
    import torch

    if not (processor.do_rescale and processor.do_normalize):  # some other recipe: its own business
        whole = processor(picture, return_tensors="pt", do_resize=False).to(device)
        return whole["pixel_values"], whole["image_grid_thw"]
    side, merge, times = (
        int(getattr(processor, name)) for name in ("patch_size", "merge_size", "temporal_patch_size")
    )
    rows, columns = picture.height // side, picture.width // side
    # Bytes travel to the device, not numbers of four times the size.
    pixels = torch.from_numpy(np.array(picture.convert("RGB"))).to(device)
    pixels = pixels.view(rows // merge, merge, side, columns // merge, merge, side, 3)
    pixels = pixels.permute(0, 3, 1, 4, 6, 2, 5).reshape(-1, 3, 1, side, side)
    mean, deviation = (
        torch.tensor(values, dtype=torch.float32, device=device).view(1, 3, 1, 1, 1)
        for values in (processor.image_mean, processor.image_std)
    )
    values = pixels.float().mul_(processor.rescale_factor).sub_(mean).div_(deviation)
    values = values.expand(-1, -1, times, -1, -1).reshape(rows * columns, -1)
    return values, torch.tensor([[1, rows, columns]], device=device)


def without_convolution(vision: Any) -> None:
    """Lets a vision encoder embed its patches by a matrix product: a convolution of patches side by side is one.

    Convolutions in three dimensions are slow on CPUs, and on GPUs in some versions of their libraries.
    """
    import torch

    class Product(torch.nn.Module):
        def __init__(self, of: torch.nn.Conv3d) -> None:
            super().__init__()
            self.weight, self.bias = of.weight, of.bias

        def forward(self, patches: torch.Tensor) -> torch.Tensor:
            """Shape (patches, channels, time, patch, patch) to (patches, size)."""
            return torch.nn.functional.linear(patches.flatten(1), self.weight.flatten(1), self.bias)

    embed: Any = getattr(vision, "patch_embed", None)
    convolution = getattr(embed, "proj", None)
    if not isinstance(convolution, torch.nn.Conv3d) or convolution.kernel_size != convolution.stride:
        return
    if not hasattr(convolution, "_hf_hook"):  # one with a hook is moved between devices while it runs: it stays
        embed.proj = Product(convolution)
