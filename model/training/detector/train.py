"""Training a detector, top to bottom: `agent train detector DATA --out FOLDER`.

Step number and seed decide the crops of a batch, and everything that is learned stands in `FOLDER/checkpoint.pt`
(written beside and renamed), so a run that was killed goes on with the same curve. `FOLDER/log.jsonl` has a line
for every `log_every` steps, `FOLDER/detector.onnx` is what is used.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as functional
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from model.embedded.eyes.detector import KINDS, LAYERS, REACH, STRIDE, ElementDetector, decode
from model.training.data.base import DataError
from model.training.detector.evaluate import thresholds
from model.training.detector.export import export
from model.training.detector.net import Detector
from model.training.detector.targets import Crop, Screen, answers, crop, load_screens, read_picture

CHECKPOINT, LOG, WEIGHTS = "checkpoint.pt", "log.jsonl", "detector.onnx"
_CLIP = 10.0  # of the gradient's norm
_EMA = 0.998
_YES_OR_NO = ("kinds", "care", "states")  # grids of 0 and 1: a quarter of the size on the way to a GPU


class TrainingStopped(RuntimeError):
    """The loss is not a number any more; the batch was saved beside the checkpoint."""


@dataclass(frozen=True)
class Settings:
    """What a run is decided by.

    Attributes:
        steps: of the optimiser; the learning rate falls to nothing over the last `decay` of them.
        batch: crops a step, two from each picture.
        width, height: of a crop in pixels, multiples of 64.
        rate: the highest learning rate.
        fine, middle, coarse: widths of the network.
        threads: of PyTorch.
        device: "cpu", "cuda", or "auto": a GPU if there is one. There it computes in bfloat16 where that is exact
            enough, and a run is repeated to within rounding only.
        workers: processes that make batches ahead; 0: none, this one makes each when it needs it.
        in_memory: hold every picture decoded in memory, width × height × 3 bytes each.
    """

    steps: int = 20_000
    seed: int = 0
    batch: int = 8
    width: int = 448
    height: int = 320
    rate: float = 2e-3
    warmup: int = 200
    decay: float = 0.25
    weight_decay: float = 0.03
    fine: int = 48
    middle: int = 96
    coarse: int = 192
    threads: int = 2
    device: str = "auto"
    workers: int = 0
    in_memory: bool = False
    save_every: int = 200
    log_every: int = 20


def train(
    data: list[Path],
    out: Path,
    settings: Settings,
    progress: Callable[[int, int, str], None] | None = None,
    validation: list[Path] | None = None,
) -> Path:
    """Train on the parsed screens of `data` and export to `out`; the path of the ONNX file.

    Args:
        progress: called with (step, steps, a line with the losses).
        validation: data sets on which the score from which an element counts is chosen, kind by kind.

    Raises:
        DataError: no parsed screens, a picture is missing, or `out` was begun with other settings.
        TrainingStopped: the loss became NaN or infinite.
    """
    device = _device(settings.device)
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    screens = load_screens(data, settings.in_memory)
    out.mkdir(parents=True, exist_ok=True)
    net: torch.nn.Module = Detector(settings.fine, settings.middle, settings.coarse)
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    mean = Detector(settings.fine, settings.middle, settings.coarse).to(device)
    mean.load_state_dict(net.state_dict())
    optimiser = torch.optim.AdamW(_groups(net, settings.weight_decay), lr=settings.rate, betas=(0.9, 0.99))
    first = _resume(out, settings, net, mean, optimiser)
    sums: dict[str, Tensor] = {}
    began, since = time.perf_counter(), first
    net.train()
    for step, (pictures, target) in enumerate(_batches(screens, settings, first, device), first):
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * schedule(step, settings)
        pictures = pictures.to(device, non_blocking=True).float().div_(255)
        pictures = pictures.contiguous(memory_format=torch.channels_last)
        target = {name: grid.to(device, non_blocking=True).float() for name, grid in target.items()}
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            said = net(pictures)
        losses = loss(said.float(), target)
        total = losses["kinds"] + losses["edges"] + 0.3 * losses["states"]
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value.detach()
        logs = (step + 1) % settings.log_every == 0 or step + 1 == settings.steps
        # A GPU works ahead: what it has computed is asked for where a line is written, on a CPU at once.
        if (logs or device.type == "cpu") and not torch.isfinite(sum(sums.values(), torch.zeros(()))):
            torch.save({"pictures": pictures, "target": target, "step": step}, out / "bad_batch.pt")
            raise TrainingStopped(
                f"step {step}: the loss is {total.item()}. The batch is in {out / 'bad_batch.pt'}."
            )
        optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
        optimiser.step()
        _follow(mean, net, min(_EMA, (step + 1) / (step + 10)))
        if logs:
            count = (step + 1 - first) % settings.log_every or settings.log_every
            line = {"step": step + 1, **{name: round(float(value) / count, 4) for name, value in sums.items()}}
            line["crops_per_second"] = round(
                (step + 1 - since) * settings.batch / (time.perf_counter() - began), 2
            )
            sums, began, since = {}, time.perf_counter(), step + 1
            with (out / LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
            if progress:
                progress(step + 1, settings.steps, "  ".join(f"{k} {v}" for k, v in line.items() if k != "step"))
        if (step + 1) % settings.save_every == 0 or step + 1 == settings.steps:
            _save(out, settings, step + 1, net, mean, optimiser)
    mean.eval().cpu()
    path = export(mean, out / WEIGHTS)
    if validation:
        those = load_screens(validation)
        detector = ElementDetector(path, settings.threads)
        limits = thresholds(those, [detector.grid(read_picture(s.path)) for s in those], decode)
        path = export(mean, path, limits)
    return path


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise DataError("device cuda: there is no GPU that this PyTorch can use. Take cpu or auto.")
    if name not in ("cpu", "cuda"):
        raise DataError(f"device {name!r}: take cpu, cuda or auto")
    return torch.device(name)


class _Steps(Dataset[tuple[Tensor, dict[str, Tensor]]]):
    """The batch of each step."""

    def __init__(self, screens: list[Screen], settings: Settings):
        self.screens, self.settings = screens, settings

    def __getitem__(self, step: int) -> tuple[Tensor, dict[str, Tensor]]:
        return batch(self.screens, self.settings, step)


def _batches(screens: list[Screen], settings: Settings, first: int, device: torch.device) -> Iterable[Any]:
    # Forked where that is possible: pictures that are held in memory are then shared, not copied.
    fork = settings.workers and "fork" in multiprocessing.get_all_start_methods()
    return DataLoader(
        _Steps(screens, settings),
        batch_size=None,
        sampler=range(first, settings.steps),
        num_workers=settings.workers,
        multiprocessing_context="fork" if fork else None,
        pin_memory=device.type == "cuda",
        prefetch_factor=4 if settings.workers else None,
        worker_init_fn=_one_thread,
    )


def _one_thread(worker: int) -> None:
    import cv2

    cv2.setNumThreads(0)


def schedule(step: int, settings: Settings) -> float:
    """Warm-up, a long plateau, and a fall to a hundredth: the plateau can be made longer afterwards."""
    fall = int(settings.steps * (1 - settings.decay))
    if step < settings.warmup:
        return (step + 1) / settings.warmup
    if step < fall:
        return 1.0
    part = (step - fall) / max(1, settings.steps - fall)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * part)) / 2


def _groups(net: torch.nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights of convolutions decay; norms and biases do not."""
    return [
        {"params": [p for p in net.parameters() if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in net.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]


def batch(screens: list[Screen], settings: Settings, step: int) -> tuple[Tensor, dict[str, Tensor]]:
    """The crops of a step, uint8 [batch, 3, height, width], and what the network should say of them: `answers`."""
    rng = np.random.default_rng((settings.seed, step))
    crops: list[Crop] = []
    while len(crops) < settings.batch:
        screen = screens[int(rng.integers(len(screens)))]
        picture = read_picture(screen.path) if screen.pixels is None else screen.pixels
        if picture.shape[:2] != (screen.height, screen.width):
            raise DataError(
                f"{screen.path}: is {picture.shape[1]}×{picture.shape[0]}; "
                f"the record says {screen.width}×{screen.height}"
            )
        for _ in range(min(2, settings.batch - len(crops))):
            crops.append(crop(screen, picture, rng, settings.width, settings.height))
    grids = [answers(one) for one in crops]
    pictures = torch.from_numpy(np.stack([one.picture for one in crops])).permute(0, 3, 1, 2)
    target = {name: torch.from_numpy(np.stack([g[name] for g in grids])) for name in grids[0]}
    return pictures, {name: grid.byte() if name in _YES_OR_NO else grid for name, grid in target.items()}


def loss(out: Tensor, target: dict[str, Tensor]) -> dict[str, Tensor]:
    """Losses of kinds (focal), edges (one minus the overlap of the boxes, and the distances) and states."""
    kinds, edges, states = torch.split(out, [len(KINDS), 4 * len(LAYERS), target["states"].shape[1]], dim=1)
    wanted = target["kinds"]
    plain = functional.binary_cross_entropy_with_logits(kinds, wanted, reduction="none")
    wrong = (wanted - kinds.sigmoid()).abs()
    focal = plain * wrong.square() * target["care"] * target["weight"]
    elements = (target["weight"] * wanted).sum().clamp(min=1.0)
    said = edges.unflatten(1, (len(LAYERS), 4)).clamp(max=REACH / STRIDE)
    true = target["edges"] / STRIDE
    sure = target["inside"]
    shared = (torch.minimum(said[:, :, 0], true[:, :, 0]) + torch.minimum(said[:, :, 2], true[:, :, 2])) * (
        torch.minimum(said[:, :, 1], true[:, :, 1]) + torch.minimum(said[:, :, 3], true[:, :, 3])
    )
    both = (said[:, :, 0] + said[:, :, 2]) * (said[:, :, 1] + said[:, :, 3])
    alone = (true[:, :, 0] + true[:, :, 2]) * (true[:, :, 1] + true[:, :, 3])
    overlap = shared / (both + alone - shared + 1e-6)
    apart = (torch.log1p(said) - torch.log1p(true)).abs().mean(dim=2)
    state = functional.binary_cross_entropy_with_logits(states, target["states"], reduction="none").sum(dim=1)
    return {
        "kinds": 2 * focal.sum() / elements,
        "edges": ((1 - overlap + apart) * sure).sum() / sure.sum().clamp(min=1e-6),
        "states": (state * target["told"]).sum() / target["told"].sum().clamp(min=1e-6),
    }


@torch.no_grad()
def _follow(mean: torch.nn.Module, net: torch.nn.Module, share: float) -> None:
    """The mean of the weights over the last steps: what is exported."""
    for slow, fast in zip(mean.state_dict().values(), net.state_dict().values(), strict=True):
        if slow.dtype.is_floating_point:
            slow.lerp_(fast, 1 - share)
        else:
            slow.copy_(fast)


def _save(
    out: Path,
    settings: Settings,
    step: int,
    net: torch.nn.Module,
    mean: torch.nn.Module,
    optimiser: torch.optim.Optimizer,
) -> None:
    part = out / f".{CHECKPOINT}"
    state = {
        "settings": asdict(settings), "step": step, "net": net.state_dict(), "mean": mean.state_dict(),
        "optimiser": optimiser.state_dict(),
    }  # fmt: skip
    try:
        torch.save(state, part)
        part.replace(out / CHECKPOINT)
    except (OSError, RuntimeError) as error:
        part.unlink(missing_ok=True)
        raise DataError(f"{out / CHECKPOINT}: cannot be written ({error}); the last one stays") from error


def _resume(
    out: Path, settings: Settings, net: torch.nn.Module, mean: torch.nn.Module, optimiser: torch.optim.Optimizer
) -> int:
    """Load `out`'s checkpoint, if there is one; the step to go on with."""
    path = out / CHECKPOINT
    if not path.is_file():
        (out / LOG).unlink(missing_ok=True)
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    # What may change on the way.
    free = {"steps", "threads", "save_every", "log_every", "decay", "device", "workers", "in_memory"}
    other = [k for k, v in asdict(settings).items() if k not in free and state["settings"].get(k) != v]
    if other:
        told = ", ".join(f"{k} {state['settings'].get(k)!r} then, {getattr(settings, k)!r} now" for k in other)
        raise DataError(f"{out}: was begun with other settings ({told}). Take them again, or another folder.")
    net.load_state_dict(state["net"])
    mean.load_state_dict(state["mean"])
    optimiser.load_state_dict(state["optimiser"])
    step = int(state["step"])
    _cut_log(out / LOG, step)
    return step


def _cut_log(path: Path, step: int) -> None:
    """Lines of steps after the checkpoint will be written again."""
    if path.is_file():
        lines = [line for line in path.read_text("utf-8").splitlines() if json.loads(line)["step"] <= step]
        path.write_text("".join(line + "\n" for line in lines), "utf-8")
