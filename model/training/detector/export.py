"""The network as an ONNX file, written directly: a dozen kinds of node, no further dependency.

Field numbers are those of onnx.proto3 (IR version 8, opset 13). Batch norms are folded into the convolutions,
weights are stored as float16 and cast when the file is loaded; the picture goes in as it is (uint8, rows of RGB).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from model.embedded.eyes.detector import LAYERS
from model.training.data.records import ELEMENT_KINDS, ELEMENT_STATES
from model.training.detector.net import Block, Conv, Detector

_FLOAT, _UINT8, _INT64, _FLOAT16 = 1, 2, 7, 10


def _varint(number: int) -> bytes:
    out = b""
    while True:
        number, low = number >> 7, number & 0x7F
        out += bytes([low | (0x80 if number else 0)])
        if not number:
            return out


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _attribute(name: str, value: Any) -> bytes:
    head = _bytes(1, name)
    if isinstance(value, int):
        return head + _int(3, value) + _int(20, 2)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + struct.pack("<f", value) + _int(20, 1)
    if isinstance(value, str):
        return head + _bytes(4, value) + _int(20, 3)
    return head + b"".join(_int(8, item) for item in value) + _int(20, 7)


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.tensors: list[bytes] = []
        self._names = 0

    def node(self, kind: str, *inputs: str, outputs: int = 1, to: str | None = None, **attributes: Any) -> Any:
        names = [to] if to else [self._name(kind) for _ in range(outputs)]
        text = b"".join(_bytes(1, i) for i in inputs) + b"".join(_bytes(2, n) for n in names)
        text += _bytes(3, names[0]) + _bytes(4, kind)
        text += b"".join(_bytes(5, _attribute(k, v)) for k, v in attributes.items())
        self.nodes.append(_bytes(1, text))
        return names[0] if len(names) == 1 else names

    def tensor(self, values: Any, kind: int) -> str:
        array = np.ascontiguousarray(values)
        name = self._name("w")
        text = (
            b"".join(_int(1, size) for size in array.shape)
            + _int(2, kind)
            + _bytes(8, name)
            + _bytes(9, array.tobytes())
        )
        self.tensors.append(_bytes(5, text))
        return name

    def weight(self, values: Tensor) -> str:
        half = self.tensor(values.detach().numpy().astype(np.float16), _FLOAT16)
        return self.cast(half)

    def cast(self, name: str) -> str:
        out = self._name("Cast")
        text = (
            _bytes(1, name)
            + _bytes(2, out)
            + _bytes(3, out)
            + _bytes(4, "Cast")
            + _bytes(5, _attribute("to", _FLOAT))
        )
        self.nodes.append(_bytes(1, text))
        return out

    def _name(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def conv(
        self, x: str, weight: Tensor, bias: Tensor, stride: int = 1, pad: int | None = None, relu: bool = True
    ) -> str:
        size = weight.shape[-1]
        pad = size // 2 if pad is None else pad
        out = self.node(
            "Conv",
            x,
            self.weight(weight),
            self.weight(bias),
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[pad] * 4,
        )
        return str(self.node("Relu", out)) if relu else str(out)

    def layer(self, x: str, layer: torch.nn.Module) -> str:
        if isinstance(layer, Conv):
            return self.conv(x, *layer.fused(), stride=layer.conv.stride[0], relu=layer.relu)
        if isinstance(layer, Block):
            inner = self.layer(self.layer(x, layer.first), layer.second)
            return str(self.node("Relu", self.node("Add", x, inner)))
        for part in layer.children():
            x = self.layer(x, part)
        return x

    def double(self, x: str) -> str:
        scales = self.tensor(np.array([1, 1, 2, 2], np.float32), _FLOAT)
        return str(
            self.node(
                "Resize",
                x,
                "",
                scales,
                mode="nearest",
                coordinate_transformation_mode="asymmetric",
                nearest_mode="floor",
            )
        )


def _value(name: str, kind: int, shape: list[int | str]) -> bytes:
    dims = b"".join(_bytes(1, _int(1, d) if isinstance(d, int) else _bytes(2, d)) for d in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _int(1, kind) + _bytes(2, dims)))


@torch.no_grad()
def export(net: Detector, path: Path, thresholds: dict[str, float] | None = None) -> Path:
    """Write `net` to `path` (beside and renamed).

    Input `picture`: uint8 [1, height, width, 3], sides multiples of 64. Output `grid`: float32 [1, C, height/8,
    width/8] as `Detector.forward` gives it. `thresholds` stand in the file's metadata.
    """
    g = _Graph()
    x = g.cast("picture")
    x = g.node("Transpose", x, perm=[0, 3, 1, 2])
    x = g.node("Mul", x, g.tensor(np.array(1 / 255, np.float32), _FLOAT))
    x = g.node("Sub", x, g.tensor(np.array(0.5, np.float32), _FLOAT))
    # Two by two pixels as one, then 3×3 with stride 2, is 6×6 with stride 4 on the pixels themselves.
    weight, bias = net.stem.fused()
    outside = weight.shape[0]
    whole = weight.reshape(outside, 3, 2, 2, 3, 3).permute(0, 1, 4, 2, 5, 3).reshape(outside, 3, 6, 6)
    x = g.conv(x, whole, bias, stride=4, pad=2)
    x8 = g.layer(g.layer(x, net.to8), net.at8)
    x16 = g.layer(g.layer(x8, net.to16), net.at16)
    x32 = g.layer(g.layer(x16, net.to32), net.at32)
    x64 = g.layer(g.layer(x32, net.to64), net.at64)
    x32 = g.node("Add", x32, g.double(g.layer(x64, net.down64)))
    x16 = g.layer(g.node("Add", x16, g.double(g.layer(x32, net.down32))), net.merge16)
    x8 = g.layer(g.node("Add", x8, g.double(g.layer(x16, net.down16))), net.merge8)
    x = g.layer(x8, net.head)
    assert net.out.bias is not None
    x = g.conv(x, net.out.weight, net.out.bias, relu=False)
    sizes = [len(ELEMENT_KINDS), 4 * len(LAYERS), len(ELEMENT_STATES)]
    kinds, edges, states = g.node("Split", x, g.tensor(np.array(sizes, np.int64), _INT64), outputs=3, axis=1)
    g.node("Concat", kinds, g.node("Softplus", edges), states, to="grid", axis=1)
    graph = b"".join(g.nodes) + _bytes(2, "detector") + b"".join(g.tensors)
    graph += _bytes(11, _value("picture", _UINT8, [1, "height", "width", 3]))
    graph += _bytes(12, _value("grid", _FLOAT, [1, sum(sizes), "rows", "columns"]))
    model = _int(1, 8) + _bytes(2, "gui-agent-toolkit") + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _int(2, 13))
    told = {
        "thresholds": json.dumps(thresholds or {}),
        "kinds": json.dumps(ELEMENT_KINDS),
        "states": json.dumps(ELEMENT_STATES),
    }
    model += b"".join(_bytes(14, _bytes(1, k) + _bytes(2, v)) for k, v in told.items())
    part = path.with_name(f".{path.name}")
    part.write_bytes(model)
    part.replace(path)
    return path
