"""The network: dense 3×3 convolutions, one output grid of 8-pixel cells, whatever the size of the picture.

Each cell says, for the element that it lies in: which kinds (a probability each), how far away the left, top,
right and bottom edges are, and its states. Kinds that lie inside each other — a picture in a button in a table
cell — are in different *layers* (`LAYERS`), each with distances of its own: a cell can speak for one of each.

Distances end at `REACH` pixels. A longer element is measured in strides, from cell to cell towards its edge
(model.embedded.eyes.detector): what a cell has to know is near to it, be the element ever so wide.
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

from model.embedded.eyes.detector import LAYERS
from model.training.data.records import ELEMENT_KINDS, ELEMENT_STATES


class Conv(nn.Module):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inside: int, outside: int, size: int = 3, stride: int = 1, relu: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, size, stride, size // 2, bias=False)
        self.norm = nn.BatchNorm2d(outside, momentum=0.05)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.conv(x))
        return functional.relu(x, inplace=True) if self.relu else x

    def fused(self) -> tuple[Tensor, Tensor]:
        """Weight and bias of the one convolution that does the same."""
        mean, variance = self.norm.running_mean, self.norm.running_var
        assert mean is not None
        assert variance is not None
        factor = self.norm.weight / torch.sqrt(variance + self.norm.eps)
        return self.conv.weight * factor[:, None, None, None], self.norm.bias - mean * factor


class Block(nn.Module):
    """Two convolutions around which the input is carried."""

    def __init__(self, width: int):
        super().__init__()
        self.first, self.second = Conv(width, width), Conv(width, width, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(self.first(x)), inplace=True)


class Detector(nn.Module):
    """See the module.

    From pictures [batch, 3, height, width], RGB in 0…1, sides multiples of 64, to [batch, C, height/8, width/8]
    with C = kinds (logits), 4 for each layer (distances in cells, not negative), states (logits).
    """

    def __init__(self, fine: int = 48, middle: int = 96, coarse: int = 128):
        super().__init__()
        self.widths = (fine, middle, coarse)
        self.stem = Conv(12, 32, stride=2)
        self.to8, self.at8 = Conv(32, fine, stride=2), Block(fine)
        self.to16, self.at16 = Conv(fine, middle, stride=2), nn.Sequential(Block(middle), Block(middle))
        self.to32, self.at32 = Conv(middle, coarse, stride=2), nn.Sequential(Block(coarse), Block(coarse))
        self.to64, self.at64 = Conv(coarse, coarse, stride=2), Block(coarse)
        self.down64, self.down32, self.down16 = (
            Conv(coarse, coarse, 1),
            Conv(coarse, middle, 1),
            Conv(middle, fine, 1),
        )
        self.merge16, self.merge8, self.head = Conv(middle, middle), Conv(fine, fine), Conv(fine, 64)
        self.out = nn.Conv2d(64, channels(), 1)
        kinds = len(ELEMENT_KINDS)
        nn.init.normal_(self.out.weight, std=0.01)
        first = torch.zeros(channels())
        first[:kinds] = -4.0  # rare at first: 2 in 100
        first[kinds : kinds + 4 * len(LAYERS)] = 2.0
        self.out.bias = nn.Parameter(first)

    def forward(self, picture: Tensor) -> Tensor:
        x8 = self.at8(self.to8(self.stem(functional.pixel_unshuffle(picture - 0.5, 2))))
        x16 = self.at16(self.to16(x8))
        x32 = self.at32(self.to32(x16))
        x64 = self.at64(self.to64(x32))
        x32 = x32 + _double(self.down64(x64))
        x16 = self.merge16(x16 + _double(self.down32(x32)))
        x8 = self.merge8(x8 + _double(self.down16(x16)))
        out = self.out(self.head(x8))
        kinds, edges = len(ELEMENT_KINDS), 4 * len(LAYERS)
        parts = torch.split(out, [kinds, edges, len(ELEMENT_STATES)], dim=1)
        return torch.cat([parts[0], functional.softplus(parts[1]), parts[2]], dim=1)


def _double(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="nearest")


def channels() -> int:
    """How many numbers a cell says."""
    return len(ELEMENT_KINDS) + 4 * len(LAYERS) + len(ELEMENT_STATES)


def parameters(net: nn.Module) -> int:
    """How many numbers were learned."""
    return sum(p.numel() for p in net.parameters())
