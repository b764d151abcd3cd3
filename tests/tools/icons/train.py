"""Trains the icon classifier and writes icons.onnx, which model/embedded/eyes/icons/ loads.

    python -m venv /tmp/torch
    /tmp/torch/bin/pip install torch==2.13.0 onnx numpy opencv-python-headless pillow playwright
    PYTHONPATH=. /tmp/torch/bin/python -m tests.tools.icons.train --cache /tmp/icons  # train
    PYTHONPATH=. /tmp/torch/bin/python -m tests.tools.icons.train --cache /tmp/icons --folds 5

Needs npm, a Chromium, and the fonts DejaVu Sans, Noto Sans CJK and Noto Color Emoji. With `--folds n` whole icon
sets are held out, an n-th of them at a time, and nothing is written: the figures are for sets never trained on.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from tests.tools.icons.data import SETS, collect, render
from tests.tools.icons.drawings import Source, draw_icons, draw_others, glyphs

WEIGHTS = Path(__file__).parents[3] / "model" / "embedded" / "eyes" / "icons" / "icons.onnx"
REJECT_LOSS = 0.04  # share of true icons that the threshold may refuse


def network(classes: int) -> nn.Sequential:
    """24×24 opacity → class scores; about 150 thousand weights, 1.4 million multiplications.

    The first layer is fixed: edges in eight directions and the picture itself, each averaged over 2×2 pixels. That
    is what makes ten minutes on one core enough.
    """
    y, x = np.mgrid[-2:3, -2:3]
    edges = []
    for angle in np.arange(8) * np.pi / 4:
        edge = (x * np.cos(angle) + y * np.sin(angle)) * np.exp(-(x**2 + y**2) / 2)
        edges.append(2 * edge / np.abs(edge).sum())
    first = nn.Conv2d(1, 9, 5, padding=2, bias=False)
    with torch.no_grad():
        first.weight.copy_(torch.from_numpy(np.stack([*edges, (x == 0) & (y == 0)])[:, None]))
    return nn.Sequential(
        first.requires_grad_(False),
        nn.ReLU(),
        nn.AvgPool2d(2),
        nn.Conv2d(9, 40, 3, padding=1, stride=2),
        nn.ReLU(),
        nn.Conv2d(40, 72, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(648, 160),
        nn.ReLU(),
        nn.Linear(160, classes),
    )


def train(images: np.ndarray, labels: np.ndarray, classes: int, epochs: int, seed: int = 0) -> nn.Sequential:
    """Fits the network to uint8 pictures (n, 24, 24); AdamW, one cycle."""
    torch.manual_seed(seed)
    net, batch = network(classes), 256
    steps = epochs * (len(images) // batch)
    optimizer = torch.optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=3e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps, pct_start=0.15)
    loss_of = nn.CrossEntropyLoss(label_smoothing=0.03)
    x, y = torch.from_numpy(images), torch.from_numpy(labels)
    for epoch in range(epochs):
        order, total, began = torch.randperm(len(x)), 0.0, time.monotonic()
        for at in range(0, len(x) - batch + 1, batch):
            pick = order[at : at + batch]
            loss = loss_of(net(x[pick, None].float() / 255), y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        seconds = time.monotonic() - began
        print(f"epoch {epoch + 1}/{epochs}: loss {total / (len(x) // batch):.3f}, {seconds:.0f} s", flush=True)
    return net.eval()


def chances(net: nn.Sequential, images: np.ndarray) -> np.ndarray:
    """Class probabilities of uint8 pictures."""
    with torch.no_grad():
        parts = [
            net(torch.from_numpy(images[at : at + 1024])[:, None].float() / 255).softmax(1).numpy()
            for at in range(0, len(images), 1024)
        ]
    return np.concatenate(parts)


def measure(
    p: np.ndarray, labels: np.ndarray, kinds: np.ndarray, names: list[str], threshold: float
) -> dict[str, Any]:
    """Top-1 among the concepts, share of true icons kept, and share refused of each kind of non-icon."""
    known = p.copy()
    known[:, 0] = 0
    top, score, icon = known.argmax(1), known.max(1), labels > 0
    figures: dict[str, Any] = {
        "icons": int(icon.sum()),
        "top1": float((top == labels)[icon].mean()),
        "kept": float((score >= threshold)[icon].mean()),
        "right_and_kept": float(((top == labels) & (score >= threshold))[icon].mean()),
    }
    for kind in sorted(set(kinds[~icon])):
        figures[f"refused {kind}"] = float((score < threshold)[~icon & (kinds == kind)].mean())
    worst = sorted((float((top == labels)[labels == c].mean()), names[c]) for c in set(labels[icon].tolist()))
    figures["worst"] = [f"{n} {v:.2f}" for v, n in worst[:12]]
    return figures


def export(net: nn.Sequential, names: list[str], threshold: float, path: Path) -> None:
    """Writes the network with a softmax as ONNX, weights in half precision."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, current = [], [], "image"
    for i, layer in enumerate(net):
        out = f"x{i}"
        if isinstance(layer, nn.Conv2d | nn.Linear):
            inputs = [current]
            for part, value in (("w", layer.weight), ("b", layer.bias)):
                if value is not None:
                    half = value.detach().numpy().astype(np.float16)
                    weights.append(numpy_helper.from_array(half, f"{part}{i}h"))
                    nodes.append(helper.make_node("Cast", [f"{part}{i}h"], [f"{part}{i}"], to=TensorProto.FLOAT))
                    inputs.append(f"{part}{i}")
            if isinstance(layer, nn.Conv2d):
                pads, strides = list(layer.padding) * 2, list(layer.stride)
                nodes.append(helper.make_node("Conv", inputs, [out], pads=pads, strides=strides))
            else:
                nodes.append(helper.make_node("Gemm", inputs, [out], transB=1))
        elif isinstance(layer, nn.ReLU):
            nodes.append(helper.make_node("Relu", [current], [out]))
        elif isinstance(layer, nn.MaxPool2d | nn.AvgPool2d):
            kind = "MaxPool" if isinstance(layer, nn.MaxPool2d) else "AveragePool"
            nodes.append(helper.make_node(kind, [current], [out], kernel_shape=[2, 2], strides=[2, 2]))
        elif isinstance(layer, nn.Flatten):
            nodes.append(helper.make_node("Flatten", [current], [out]))
        else:  # dropout does nothing outside training
            continue
        current = out
    nodes.append(helper.make_node("Softmax", [current], ["chance"], axis=1))
    graph = helper.make_graph(
        nodes,
        "icons",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 24, 24])],
        [helper.make_tensor_value_info("chance", TensorProto.FLOAT, ["n", len(names)])],
        weights,
    )
    exported = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    helper.set_model_props(exported, {"names": json.dumps(names), "threshold": f"{threshold:.4f}"})
    onnx.checker.check_model(exported)
    path.write_bytes(exported.SerializeToString())


def main() -> None:
    """Command line; see the module text."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--cache", type=Path, required=True, help="folder for the icon sets")
    options.add_argument("--folds", type=int, default=0, help="measure with sets held out, this many times")
    options.add_argument("--only", type=int, default=None, help="with --folds: run this fold alone")
    options.add_argument("--samples", type=int, default=110_000, help="pictures to draw")
    options.add_argument("--epochs", type=int, default=6)
    chosen = options.parse_args()
    torch.set_num_threads(1)

    rows = collect(chosen.cache)
    source = Source(rows, render(rows, chosen.cache), glyphs())
    names = source.names
    packages = list(SETS)  # symbols and emoji are of one kind and always trained on
    print(f"{len(source.labels)} drawings, {len(names) - 1} concepts", flush=True)

    def draw(use: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        a = draw_icons(source, use, int(count * 0.7), seed)
        b = draw_others(int(count * 0.3), seed, source, use)
        return tuple(np.concatenate([p, q]) for p, q in zip(a, b, strict=True))  # type: ignore[return-value]

    for fold in range(chosen.folds):
        if chosen.only is not None and fold != chosen.only:
            continue
        held = set(packages[fold :: chosen.folds])
        outside = np.array([p in held for p in source.packages])
        x, y, _ = draw(~outside, chosen.samples, fold)
        net = train(x, y, len(names), chosen.epochs)
        # The threshold comes from sets that were trained on: it must hold on those that were not.
        x, y, _ = draw(~outside, 8000, 100 + fold)
        p = chances(net, x)
        threshold = float(np.quantile(p[y > 0, 1:].max(1), REJECT_LOSS / 2))
        x, y, kinds = draw(outside, 12000, 200 + fold)
        p = chances(net, x)
        for limit in (threshold, 0.3, 0.4, 0.5, 0.6, 0.7):
            print(
                f"fold {fold}",
                f"threshold {limit:.3f}",
                json.dumps(measure(p, y, kinds, names, limit)),
                flush=True,
            )
        print("held out:", ", ".join(sorted(held)), flush=True)
        np.savez(chosen.cache / f"fold{fold}.npz", p=p, y=y, kinds=kinds, names=np.array(names))
    if not chosen.folds:
        everything = np.ones(len(source.labels), bool)
        x, y, _ = draw(everything, chosen.samples, 0)
        net = train(x, y, len(names), chosen.epochs)
        export(net, names, THRESHOLD, WEIGHTS)
        print(f"wrote {WEIGHTS}, {WEIGHTS.stat().st_size / 1024:.0f} KiB")


THRESHOLD = 0.35  # measured with --folds: see docs/icons.md


if __name__ == "__main__":
    main()
