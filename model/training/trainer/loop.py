"""The loop: batches in, a trained model out, and everything a person or a crash needs written beside it.

Batches are a function of the step's number, so that a run that was stopped goes on with the batch it would have
had. What is learned from a batch is an `objective`: a function of the tokens' log-probabilities.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from model.training.trainer.batch import Batch
from model.training.trainer.learner import Learner, Told
from model.training.trainer.speed import Meter
from model.training.trainer.state import States, TrainingFault

Objective = Callable[[Told, Batch, Any], tuple[torch.Tensor, dict[str, float]]]
"""(what the model says, the batch, the heads) → the sum of weighted losses, and figures to write down."""


class Source(Protocol):
    """Where batches come from."""

    def batches(self, step: int) -> Sequence[Callable[[], Batch]]:
        """What this process computes in that step (from 0), one after the other; the same whenever it is asked."""

    def total(self, step: int) -> float:
        """What the weights of all tokens of that step come to, in all processes: losses are divided by it."""


@dataclass(frozen=True)
class Stage:
    """A part of the schedule.

    Attributes:
        blocks: which parts of the model are trained (`model.training.trainer.blocks`).
        steps: how many.
        lr: learning rate at its height.
    """

    blocks: tuple[str, ...]
    steps: int
    lr: float


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        warmup: steps in which the rate of each stage rises to its height.
        decay: share of each stage, at its end, in which the rate falls to zero, linearly.
        optimizer: "adamw", or "muon": matrices by orthogonalised momentum (Jordan et al. 2024), the rest by AdamW.
        betas, weight_decay, clip: of the optimizer; the norm that gradients are cut to.
        save_every, evaluate_every, keep: steps between states and evaluations, and how many states are kept.
        precision: "no" or "bf16": what products are computed in; trained weights are 32 bit.
        seed: of everything that is drawn.
    """

    warmup: int = 0
    decay: float = 0.35
    optimizer: str = "adamw"
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.0
    clip: float = 1.0
    save_every: int = 200
    evaluate_every: int = 0
    keep: int = 2
    precision: str = "no"
    seed: int = 0


def answer_loss(told: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
    """Cross-entropy of each token by its weight and its advantage: −Σ w·a·log p."""
    return -(told.logps * batch.weights * batch.advantages).sum(), {}


@dataclass
class Run:
    """What came of a run.

    Attributes:
        steps: how many were taken in all.
        losses: of each step, in order.
        figures: of the last evaluation.
    """

    steps: int = 0
    losses: list[float] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)


def rate(settings: Settings, stage: Stage, step: int) -> float:
    """Learning rate of the step (from 0) of a stage: up linearly, level, down linearly to zero."""
    rising = min(1.0, (step + 1) / (settings.warmup + 1))
    falling = (stage.steps - step) / max(1.0, stage.steps * settings.decay)
    return stage.lr * min(rising, 1.0, falling)


def optimizers(learner: torch.nn.Module, settings: Settings, lr: float) -> list[torch.optim.Optimizer]:
    """For the parameters that are to be trained."""
    named = [(name, weight) for name, weight in learner.named_parameters() if weight.requires_grad]
    if not named:
        raise TrainingFault("nothing is to be trained: no parameter is left unfrozen")
    plain = [(name, weight) for name, weight in named if not _is_matrix(name, weight)]
    matrices = [weight for name, weight in named if _is_matrix(name, weight)]
    if settings.optimizer != "muon":
        plain, matrices = named, []
    made: list[torch.optim.Optimizer] = []
    if plain:
        weights = [weight for _, weight in plain]
        made.append(torch.optim.AdamW(weights, lr=lr, betas=settings.betas, weight_decay=settings.weight_decay))
    if matrices:
        adjust = "match_rms_adamw"  # so that AdamW's learning rate serves both (Liu et al. 2025)
        made.append(torch.optim.Muon(matrices, lr=lr, weight_decay=settings.weight_decay, adjust_lr_fn=adjust))
    return made


def _is_matrix(name: str, weight: torch.Tensor) -> bool:
    return weight.ndim == 2 and not any(part in name for part in ("embed_tokens", "lm_head", "heads."))


def train(
    learner: Learner,
    source: Source,
    stages: Sequence[Stage],
    settings: Settings,
    folder: Path,
    *,
    accelerator: Any = None,
    freeze: Callable[[Stage], None] | None = None,
    objective: Objective = answer_loss,
    evaluate: Callable[[int], dict[str, float]] | None = None,
    watch: Callable[[dict[str, float]], None] = lambda figures: None,
    stop: Callable[[], bool] = lambda: False,
    identity: dict[str, Any] | None = None,
) -> Run:
    """Take all steps that `folder` does not show as taken.

    Args:
        freeze: makes trainable what a stage trains, and nothing else.
        evaluate: called with the number of steps taken, every `settings.evaluate_every`.
        watch: is shown each step's figures.
        stop: asked after each step; True ends the run there, with its state saved.
        identity: what a state must agree with to be gone on from (model, data, settings).

    Raises:
        TrainingFault: the loss is not a number (the batch is saved), the disk is full, or the state in `folder` is
            of another run.
    """
    from accelerate import Accelerator

    accelerator = accelerator or Accelerator(mixed_precision=settings.precision)
    states = States(folder, keep=settings.keep, identity=identity or {}, leader=accelerator.is_main_process)
    torch.manual_seed(settings.seed)
    run, begun, newest = Run(), 0, states.newest()
    changed: set[str] = set()  # what any stage so far has trained: the rest is as the checkpoint has it
    for number, stage in enumerate(stages):
        if freeze:
            freeze(stage)
        changed |= {name for name, weight in learner.named_parameters() if weight.requires_grad}
        end = begun + stage.steps
        if newest >= end and number < len(stages) - 1:
            begun = end
            continue
        wrapped, *opts = accelerator.prepare(learner, *optimizers(learner, settings, stage.lr))
        if run.steps == 0 <= newest:
            # The state at the end of a stage has nothing to say about the optimizers of the next.
            run.steps, run.losses = states.load(wrapped, opts if newest > begun else [])
        learner.train()
        meter = Meter(learner, accelerator.device)
        while run.steps < end:
            lr = rate(settings, stage, run.steps - begun)
            for opt in opts:
                for group in opt.param_groups:
                    group["lr"] = lr
            figures = _step(
                accelerator, wrapped, learner, opts, source, run.steps, settings, objective, meter, folder
            )
            run.steps += 1
            run.losses.append(figures["loss"])
            done, ended = run.steps == end, stop()
            if evaluate and settings.evaluate_every and (run.steps % settings.evaluate_every == 0 or done):
                learner.eval()
                run.figures = evaluate(run.steps)
                learner.train()
                figures |= run.figures
            figures = {"step": run.steps, "stage": number, "lr": lr, **figures}
            if accelerator.is_main_process:
                states.note(figures)
                watch(figures)
            if run.steps % settings.save_every == 0 or done or ended:
                states.save(wrapped, opts, run.steps, run.losses, only=changed if number else None)
            if ended:
                return run
        begun = end
        accelerator.free_memory()
    return run


def _step(
    accelerator: Any,
    wrapped: Any,
    learner: Learner,
    opts: list[Any],
    source: Source,
    step: int,
    settings: Settings,
    objective: Objective,
    meter: Meter,
    folder: Path,
) -> dict[str, float]:
    """One step of the optimizer; returns its figures."""
    total = source.total(step)
    makers = source.batches(step)
    batches: list[Batch] = []
    summed = torch.zeros((), device=accelerator.device)
    more: dict[str, float] = {}
    meter.begin()
    for number, make in enumerate(makers):
        batch = make()
        batches.append(batch)
        meter.saw(batch)
        last = number == len(makers) - 1
        with accelerator.no_sync(wrapped) if not last else nullcontext(), accelerator.autocast():
            loss, told = objective(wrapped(batch), batch, learner.heads)
            # Gradients of several processes are averaged; their losses are parts of one sum.
            accelerator.backward(loss * (accelerator.num_processes / total))
        summed += loss.detach() / total
        for name, value in told.items():
            more[name] = more.get(name, 0.0) + value / len(makers)
        if not math.isfinite(float(summed)):
            _refuse(folder, step, [batch], float(summed), "loss")
    loss_now = float(accelerator.reduce(summed, reduction="sum"))
    norm = float(accelerator.clip_grad_norm_(wrapped.parameters(), settings.clip))
    if not (math.isfinite(loss_now) and math.isfinite(norm)):
        _refuse(folder, step, batches, norm, "norm of the gradients")
    for opt in opts:
        opt.step()
        opt.zero_grad(set_to_none=True)
    return {"loss": loss_now, "norm": norm, **more, **meter.end()}


def _refuse(folder: Path, step: int, batches: Sequence[Batch], value: float, what: str) -> None:
    """Save the batch and stop: the weights are still those before the step."""
    place = folder / f"bad-batch-step-{step + 1}"
    place.mkdir(parents=True, exist_ok=True)
    tensors = [
        {"ids": batch.ids, "positions": batch.positions, "weights": batch.weights, "targets": batch.targets}
        for batch in batches
    ]
    torch.save(tensors, place / "tensors.pt")
    for number, picture in enumerate(picture for batch in batches for picture in batch.pictures):
        picture.save(place / f"{number:03}.png")
    names = [sample.name for batch in batches for sample in batch.samples]
    (place / "records.json").write_text(json.dumps(names, ensure_ascii=False, indent=1) + "\n", "utf-8")
    raise TrainingFault(
        f"step {step + 1}: the {what} is {value}, so the run was stopped before the weights were changed; "
        f"the batch lies in {place}. A lower --lr often mends it.",
        usage=False,
    )
