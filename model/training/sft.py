"""Supervised training: a data set, a checkpoint, a better checkpoint.

    agent train sft DATA --model FOLDER --out runs/sft --stages projector:200@1e-3,all:400@1e-5
    agent train sft DATA --model FOLDER --out runs/lora --lora 16 --epochs 2
    accelerate launch --num_processes 2 -m agent.cli train sft DATA …

It reads from top to bottom: open, survey, freeze, keep features, loop, write. The same command goes on where it
was stopped, at any moment, with the curve that it would have had.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from model.families import row_named
from model.training.data.base import DataSet
from model.training.data.dataset import open_data
from model.training.lessons import Lessons, Survey
from model.training.opened import Asked, Opened, open_checkpoint
from model.training.trainer.blocks import Count, Lora, counts, freeze, parse_blocks, with_lora
from model.training.trainer.loop import Run, Settings, Stage, train
from model.training.trainer.state import TrainingFault

Evaluate = Callable[[Asked], dict[str, float]]


@dataclass(frozen=True)
class Options:
    """What to train on what. Every field is an option of `agent train sft`.

    Attributes:
        data, model, out: folders of the data set, the checkpoint, and the run.
        family: row of `model.families` in whose words is asked; "": told from the checkpoint's name.
        stages: parts of the schedule, "BLOCKS:STEPS@RATE" with commas between; "": one stage of `blocks`.
        blocks, epochs, steps, lr: of that one stage; steps 0: as many as the epochs have.
        lora, lora_alpha, lora_dropout: rank of adapters, 0 for none; their scale; their dropout.
        batch, micro: sequences a step over all processes, and in one pass of one.
        pack: most questions about one picture in one sequence.
        max_tokens, turns: longest sequence; answers at its end that are learned, 0: all that may be.
        cache_features: keep the frozen vision encoder's output on disk.
        checkpointing: compute activations again on the way back instead of keeping them.
        evaluate_every: steps between evaluations, 0: none; `evaluate_tokens`: longest answer in them.
        device, precision: torch device, "": the best there is; "bf16" or "no".
        tensorboard, wandb: write there as well.
    """

    data: Path
    model: Path
    out: Path
    family: str = ""
    stages: str = ""
    blocks: str = "all"
    epochs: float = 1.0
    steps: int = 0
    lr: float = 1e-5
    warmup: int = 0
    decay: float = 0.35
    optimizer: str = "adamw"
    weight_decay: float = 0.0
    clip: float = 1.0
    lora: int = 0
    lora_alpha: float = 0.0
    lora_dropout: float = 0.0
    batch: int = 8
    micro: int = 0
    pack: int = 1
    max_tokens: int = 8192
    turns: int = 1
    cache_features: bool = False
    checkpointing: bool = False
    save_every: int = 200
    keep: int = 2
    evaluate_every: int = 0
    evaluate_tokens: int = 128
    device: str = ""
    precision: str = "no"
    seed: int = 0
    tensorboard: bool = False
    wandb: bool = False


@dataclass(frozen=True)
class Plan:
    """What will be done, told before the first step.

    Attributes:
        stages: the schedule; `trained`: of each stage, the parameters of each block.
        survey: what the data set holds.
        steps_of_epoch: steps in which every sequence is seen once.
    """

    stages: tuple[Stage, ...]
    trained: tuple[tuple[Count, ...], ...]
    survey: Survey
    steps_of_epoch: int


def sft(
    options: Options,
    *,
    model: Any = None,
    evaluate: Evaluate | None = None,
    tell: Callable[[Plan], None] = lambda plan: None,
    watch: Callable[[dict[str, float]], None] = lambda figures: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Run, Path]:
    """Train; returns what came of it and the folder of the checkpoint or adapter.

    Args:
        model: the checkpoint's weights, where they are in memory already.
        evaluate: gives figures of the model as it is; asked every `options.evaluate_every` steps and at the end.
        tell: shown the plan before the first step; `watch`: each step's figures.
        stop: asked after every step; True saves the state and ends.

    Raises:
        TrainingFault, UnknownModel, DataError, BadRecord, PictureFault: each says what would be accepted.
    """
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    _check(options)
    data = open_data(options.data)
    accelerator = Accelerator(mixed_precision=options.precision, cpu=options.device == "cpu")
    device = options.device or accelerator.device
    set_seed(options.seed)
    # Adapters are 32 bit by themselves; weights that are trained as a whole must be.
    dtype = "bfloat16" if options.lora and options.precision == "bf16" else "float32"
    opened = open_checkpoint(
        options.model, dtype=dtype, device=device, limit=options.max_tokens, turns=options.turns, model=model
    )
    family = row_named(options.family, options.model.name)
    lessons = Lessons(
        data,
        family,
        opened.encoder,
        batch=options.batch,
        micro=options.micro or options.batch,
        pack=options.pack,
        seed=options.seed,
        rank=accelerator.process_index,
        world=accelerator.num_processes,
        device=device,
    )
    if lessons.batch < accelerator.num_processes:
        raise TrainingFault(
            f"--batch {lessons.batch}: is less than one sequence for each of {accelerator.num_processes} processes"
        )
    stages = _stages(options, lessons)
    if options.lora:
        adapters = Lora(options.lora, options.lora_alpha or 2.0 * options.lora, options.lora_dropout)
        opened.model = with_lora(opened.model, adapters, _all_blocks(stages))
    if options.checkpointing:
        opened.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    plan = Plan(
        stages, tuple(_trained(opened.model, stage) for stage in stages), lessons.survey, lessons.steps_of_epoch
    )
    if accelerator.is_main_process:
        tell(plan)
    try:
        return _train(options, opened, family.name, data, lessons, plan, accelerator, evaluate, watch, stop)
    finally:
        lessons.close()


def _train(
    options: Options,
    opened: Opened,
    family: str,
    data: DataSet,
    lessons: Lessons,
    plan: Plan,
    accelerator: Any,
    evaluate: Evaluate | None,
    watch: Callable[[dict[str, float]], None],
    stop: Callable[[], bool],
) -> tuple[Run, Path]:
    from model.training.trainer.curves import Curves
    from model.training.trainer.features import Kept
    from model.training.trainer.learner import Learner

    blocks, leads = _all_blocks(plan.stages), accelerator.is_main_process
    if options.cache_features and opened.eyes:
        if "vision" in blocks:
            raise TrainingFault("--cache-features: the vision encoder is trained, so its output does not stay")
        kept = Kept(opened.eyes, options.out / "features", projected="projector" not in blocks)
        if leads:
            kept.fill(lessons.pictures())
        accelerator.wait_for_everyone()
        lessons.keep(kept)
    model = opened.model
    curves = Curves(options.out, tensorboard=options.tensorboard, wandb=options.wandb) if leads else None

    def seen(figures: dict[str, float]) -> None:
        watch(figures)
        if curves:
            curves.add(figures)
            if any(name.startswith("eval_") for name in figures):
                curves.draw()

    asked = Asked(opened, family, most=options.evaluate_tokens)
    run = train(
        Learner(model, opened.eyes),
        lessons,
        plan.stages,
        _settings(options),
        options.out,
        accelerator=accelerator,
        freeze=lambda stage: freeze(model, stage.blocks),
        evaluate=(lambda step: evaluate(asked)) if evaluate else None,
        watch=seen,
        stop=stop,
        identity=_identity(options, family, data),
    )
    finished = run.steps == sum(stage.steps for stage in plan.stages)
    place = options.out / ("adapter" if options.lora else "model")
    if curves:
        curves.draw()
        curves.close()
        if finished:
            _write(opened, place, options)
    accelerator.wait_for_everyone()
    return run, place


def _write(opened: Opened, place: Path, options: Options) -> None:
    from model.training.export import save_adapter, save_checkpoint

    if options.lora:
        save_adapter(opened.model, place, base=options.model)
    else:
        save_checkpoint(opened.model, place, base=options.model)


def _check(options: Options) -> None:
    accepted = {"precision": ("no", "bf16"), "optimizer": ("adamw", "muon")}
    for name, values in accepted.items():
        if (value := getattr(options, name)) not in values:
            raise TrainingFault(f"--{name} {value}: accepted: {', '.join(values)}")
    row_named(options.family, options.model.name)
    for name, least in (
        ("batch", 1),
        ("micro", 0),
        ("pack", 1),
        ("max_tokens", 16),
        ("save_every", 1),
        ("lora", 0),
    ):
        if getattr(options, name) < least:
            raise TrainingFault(f"--{name.replace('_', '-')} {getattr(options, name)}: accepted: {least} or more")


def _stages(options: Options, lessons: Lessons) -> tuple[Stage, ...]:
    """From "projector:200@1e-3,all:400@1e-5", or the one that the other options describe.

    Raises:
        TrainingFault: it is not written so.
    """
    if not options.stages:
        steps = options.steps or max(1, round(options.epochs * lessons.steps_of_epoch))
        return (Stage(parse_blocks(options.blocks), steps, options.lr),)
    found = []
    for part in options.stages.split(","):
        blocks, _, rest = part.strip().partition(":")
        count, _, lr = rest.partition("@")
        try:
            stage = Stage(parse_blocks(blocks), int(count), float(lr or options.lr))
            if stage.steps < 1 or stage.lr <= 0:
                raise ValueError(part)
        except ValueError:
            raise TrainingFault(
                f"--stages {part}: accepted: BLOCKS:STEPS@RATE, such as projector:200@1e-3"
            ) from None
        found.append(stage)
    return tuple(found)


def _all_blocks(stages: tuple[Stage, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(block for stage in stages for block in stage.blocks))


def _trained(model: Any, stage: Stage) -> tuple[Count, ...]:
    freeze(model, stage.blocks)
    return tuple(counts(model))


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
    "out", "save_every", "keep", "evaluate_every", "evaluate_tokens", "device", "tensorboard", "wandb", "micro",
    "cache_features", "checkpointing",
)  # fmt: skip


def _identity(options: Options, family: str, data: DataSet) -> dict[str, Any]:
    import hashlib

    digest = hashlib.sha256()
    for _, line in data.lines():
        digest.update(line)
    known = {name: value for name, value in asdict(replace(options, family=family)).items() if name not in _FREE}
    return json.loads(json.dumps({**known, "data_sha256": digest.hexdigest()[:16]}, default=str))
