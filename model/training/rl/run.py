"""Learning by reinforcement: items of data sets, a checkpoint, rewards, a better checkpoint.

    agent train rl DATA --model FOLDER --out runs/rl --rewards point_in_box:1 --groups 16 --group 8
    agent train rl --curriculum tasks.toml --model FOLDER --out runs/rl --lora 16 --continuous

It reads from top to bottom: open, collect items, freeze, loop, write. The same command goes on where it was
stopped, at any moment, with the curve that it would have had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from model.families import row_named
from model.training.algorithms import Algorithm, named
from model.training.algorithms.base import drawn_logps
from model.training.data.base import DataSet
from model.training.data.dataset import open_data
from model.training.opened import Opened, open_checkpoint
from model.training.pools.curriculum import Curriculum
from model.training.rewards import Mix, parse_rewards
from model.training.rewards.guards import Bounds
from model.training.rl.card import write_card
from model.training.rl.figures import draw
from model.training.rl.gallery import write_gallery
from model.training.rl.journal import Journal
from model.training.rl.options import Options
from model.training.rl.passes import evaluate
from model.training.rl.source import Rollouts
from model.training.rollout.prompts import Item, Items
from model.training.trainer.blocks import Count, Lora, counts, freeze, parse_blocks, with_lora
from model.training.trainer.loop import Objective, Run, Settings, Stage, train
from model.training.trainer.state import TrainingFault

__all__ = ["Options", "Plan", "rl"]


@dataclass(frozen=True)
class Plan:
    """What will be done, told before the first step.

    Attributes:
        items: task → items that are learned from; held_out: items of evaluations.
        left_out: reason → how many were left out.
        trained: parameters of each block.
        algorithm: in use.
    """

    items: dict[str, int]
    held_out: int
    left_out: dict[str, int]
    trained: tuple[Count, ...]
    algorithm: str


def rl(
    options: Options,
    *,
    model: Any = None,
    tell: Callable[[Plan], None] = lambda plan: None,
    watch: Callable[[dict[str, float]], None] = lambda figures: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Run, Path]:
    """Learn; returns what came of it and the folder of the checkpoint or adapter.

    Args:
        model: the checkpoint's weights, where they are in memory already.
        tell: shown the plan before the first step; `watch`: each step's figures.
        stop: asked after every step; True saves the state and ends.

    Raises:
        TrainingFault, UnknownModel, DataError, BadRecord, PictureFault: each says what would be accepted.
    """
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    options.check()
    curriculum = Curriculum.read(options.curriculum) if options.curriculum else None
    if curriculum is None:
        assert options.data is not None
        curriculum = Curriculum.single(options.data, options.rewards)
    accelerator = Accelerator(mixed_precision=options.precision, cpu=options.device == "cpu")
    if accelerator.num_processes > 1:
        raise TrainingFault(
            f"{accelerator.num_processes} processes: accepted: one (docs/reinforcement.md: several are verl's)"
        )
    set_seed(options.seed)
    dtype = "bfloat16" if options.lora and options.precision == "bf16" else "float32"
    device = options.device or accelerator.device
    opened = open_checkpoint(options.model, dtype=dtype, device=device, limit=options.max_tokens, model=model)
    family = row_named(options.family, options.model.name)
    data = {name: open_data(task.data) for name, task in curriculum.tasks.items()}
    items, held = Items(family, opened.encoder), Items(family, opened.encoder)
    for task, own in data.items():
        if not items.add(task, own):
            told = "; ".join(f"{count} × {why}" for why, count in items.left_out.items()) or "there are none"
            raise TrainingFault(f"{own.folder}: holds no items of the split train to ask about ({told})")
        held.add(task, own, ("validation",))
    if options.evaluate_every and not any(held.by_task.values()):
        raise TrainingFault("--eval-every: no data set has items of the split validation; accepted: 0")
    bounds = Bounds(longest=options.longest)
    mixes = {
        name: parse_rewards(task.rewards, bounds, timeout_s=options.reward_timeout)
        for name, task in curriculum.tasks.items()
    }
    blocks = parse_blocks(options.blocks)
    if options.lora:
        alpha = options.lora_alpha or 2.0 * options.lora
        opened.model = with_lora(opened.model, Lora(options.lora, alpha, 0.0), blocks)
    if options.checkpointing:
        opened.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    freeze(opened.model, blocks)
    algorithm = named(options.algorithm, mean=options.mean, normalise=options.normalise, longest=options.most)
    sizes = {task: len(own) for task, own in items.by_task.items()}
    chosen = _held_out(held, options)
    tell(Plan(sizes, sum(map(len, chosen.values())), items.left_out, tuple(counts(opened.model)), algorithm.name))
    identity = _identity(options, family.name, curriculum, data)
    learning = _Learning(options, opened, items, curriculum, mixes, algorithm, identity, blocks)
    return learning.run(accelerator, held, chosen, watch, stop)


class _Learning:
    """What a run holds together."""

    def __init__(
        self,
        options: Options,
        opened: Opened,
        items: Items,
        curriculum: Curriculum,
        mixes: dict[str, Mix],
        algorithm: Algorithm,
        identity: dict[str, Any],
        blocks: tuple[str, ...],
    ) -> None:
        self._options, self._opened, self._items, self._mixes = options, opened, items, mixes
        self._algorithm, self._identity, self._blocks = algorithm, identity, blocks
        self._journal = Journal(options.out, identity)
        self._source = Rollouts(options, opened, items, curriculum, mixes, algorithm, self._journal)

    def run(
        self,
        accelerator: Any,
        held: Items,
        chosen: dict[str, list[Item]],
        watch: Callable[[dict[str, float]], None],
        stop: Callable[[], bool],
    ) -> tuple[Run, Path]:
        """The loop, and what is written when it has ended."""
        from model.training.trainer.curves import Curves
        from model.training.trainer.learner import Learner

        options, opened, source = self._options, self._opened, self._source
        curves = Curves(options.out, tensorboard=options.tensorboard, wandb=options.wandb)

        def figures_of(step: int) -> dict[str, float]:
            found = evaluate(
                opened, held, chosen, self._mixes, samples=options.evaluate_samples, most=options.most,
                seed=options.seed,
            )  # fmt: skip
            return {f"eval_{name}": value for name, value in found.items()}

        def seen(figures: dict[str, float]) -> None:
            whole = {**source.figures, **figures}
            watch(whole)
            curves.add(whole)
            if "eval_pass1" in figures:
                self._show()

        stage = Stage(self._blocks, options.steps, options.lr)
        run = train(
            Learner(opened.model, opened.eyes),
            source,
            [stage],
            _settings(options),
            options.out,
            accelerator=accelerator,
            freeze=lambda stage: freeze(opened.model, stage.blocks),
            objective=beside_the_rollout(self._algorithm.objective),
            evaluate=figures_of if options.evaluate_every else None,
            watch=seen,
            stop=lambda: stop() or bool(source.problem),
            identity=self._identity,
        )
        curves.close()
        self._show()
        place = options.out / ("adapter" if options.lora else "model")
        if source.problem:
            raise TrainingFault(
                f"step {run.steps}: {source.problem}. The state is saved; the same command goes on.", usage=False
            )
        if run.steps == options.steps:
            self._write(place)
        return run, place

    def _show(self) -> None:
        """Curves, gallery and card: what people look at."""
        draw(self._options.out, self._journal)
        write_gallery(self._options.out, self._journal, self._items)
        write_card(self._options.out, self._options, self._items, self._mixes, self._identity)

    def _write(self, place: Path) -> None:
        from model.training.export import save_adapter, save_checkpoint

        save = save_adapter if self._options.lora else save_checkpoint
        save(self._opened.model, place, base=self._options.model)


def beside_the_rollout(objective: Objective) -> Objective:
    """The objective, with how far the learner's log-probabilities are from those of the rollout among its figures.

    `mismatch` is the mean of |log p − log p_rollout|, `mismatch_kl` that of exp(d) − d − 1 with d = log p −
    log p_rollout (Schulman's k3). With one update a rollout both are rounding; where they grow, the rollout is not
    of the model that learns.
    """

    def told(said: Any, batch: Any, heads: Any) -> tuple[Any, dict[str, float]]:
        loss, figures = objective(said, batch, heads)
        drawn, _ = drawn_logps(batch)
        away = (said.logps.detach() - drawn) if drawn.numel() else drawn.new_zeros(1)
        return loss, {
            **figures,
            "mismatch": float(away.abs().mean()),
            "mismatch_kl": float((away.exp() - away - 1).mean()),
        }

    return told


def _held_out(held: Items, options: Options) -> dict[str, list[Item]]:
    """Items of an evaluation: as many of each task, spread over its data."""
    tasks = {task: own for task, own in held.by_task.items() if own}
    if not tasks or not options.evaluate_every:
        return {}
    most = max(1, options.evaluate_items // len(tasks))
    return {
        task: own if len(own) <= most else [own[number * len(own) // most] for number in range(most)]
        for task, own in tasks.items()
    }


def _settings(options: Options) -> Settings:
    return Settings(
        warmup=options.warmup,
        decay=options.decay,
        optimizer=options.optimizer,
        weight_decay=options.weight_decay,
        clip=options.clip,
        save_every=options.save_every,
        evaluate_every=options.evaluate_every,
        keep=options.keep,
        precision=options.precision,
        seed=options.seed,
    )


# What may change between two calls that go on with one run.
_FREE = (
    "out", "data", "curriculum", "save_every", "keep", "device", "tensorboard", "wandb", "micro", "checkpointing",
    "workers", "reward_timeout", "evaluate_every", "evaluate_items", "evaluate_samples",
)  # fmt: skip


def _identity(options: Options, family: str, curriculum: Curriculum, data: dict[str, DataSet]) -> dict[str, Any]:
    known = {name: value for name, value in asdict(replace(options, family=family)).items() if name not in _FREE}
    for task, own in data.items():
        digest = hashlib.sha256()
        for _, line in own.lines():
            digest.update(line)
        known[f"data_sha256 {task}"] = digest.hexdigest()[:16]
    known["tasks"] = {name: task.rewards for name, task in curriculum.tasks.items()}
    known["schedule"] = [[phase.steps, phase.mix] for phase in curriculum.schedule]
    return dict(json.loads(json.dumps(known, default=str)))
