"""Learning from preferences: pairs of answers, a checkpoint, a better checkpoint.

    agent train dpo DATA --model FOLDER --out runs/dpo                       # verified beside failed runs
    agent train dpo DATA --model FOLDER --out runs/dpo --ask "Describe the screen." \\
        --splitter qwen --checker qwen --base-url http://127.0.0.1:8000/v1   # RLAIF-V

It reads from top to bottom: open, find pairs, ask the model where it begins, loop, write. The same command goes on
where it was stopped: pairs and the first model's log-probabilities are kept beside the states.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from model.base import Model
from model.families import row_named
from model.training.data.dataset import open_data
from model.training.dpo.loss import dpo as objective_of
from model.training.dpo.loss import sums_of
from model.training.dpo.pairs import Found, Pair, pairs_of_runs, read_pairs, write_pairs
from model.training.dpo.sampled import pairs_of_answers
from model.training.opened import Opened, open_checkpoint
from model.training.rollout.decoder import Decoder
from model.training.rollout.prompts import Items
from model.training.trainer.batch import Batch, Sample, collate, packed
from model.training.trainer.blocks import Count, Lora, counts, freeze, parse_blocks, with_lora
from model.training.trainer.loop import Run, Settings, Stage, train
from model.training.trainer.state import TrainingFault


@dataclass(frozen=True)
class Options:
    """Every field is an option of `agent train dpo`.

    Attributes:
        data, model, out: folders of the data set, the checkpoint, and the run.
        family: row of `model.families`; "": told from the checkpoint's name.
        ask: a question about the first picture of every record, whose answers are drawn and scored; "": pairs are
            those of runs.
        samples, temperature, most: answers to it, how they are drawn, tokens of one.
        pairs_each: pairs of one question.
        near: bits in which two screens may differ and be the same.
        beta: how far the model may go from where it began; larger: less far.
        epochs, steps, batch, lr, …: as of `agent train sft`; a batch is so many pairs.
    """

    data: Path
    model: Path
    out: Path
    family: str = ""
    ask: str = ""
    samples: int = 10
    temperature: float = 1.0
    most: int = 128
    pairs_each: int = 2
    near: int = 0
    beta: float = 0.1
    epochs: float = 1.0
    steps: int = 0
    batch: int = 8
    micro: int = 0
    lr: float = 1e-6
    warmup: int = 0
    decay: float = 0.35
    weight_decay: float = 0.0
    clip: float = 1.0
    blocks: str = "all"
    lora: int = 0
    lora_alpha: float = 0.0
    max_tokens: int = 8192
    evaluate_every: int = 0
    save_every: int = 100
    keep: int = 2
    device: str = ""
    precision: str = "no"
    seed: int = 0


@dataclass(frozen=True)
class Plan:
    """What will be done: pairs, those held out, why others are none, parameters by block."""

    pairs: int
    held_out: int
    left_out: dict[str, int]
    trained: tuple[Count, ...]


Evaluate = Callable[[Opened, str], dict[str, float]]


def dpo(
    options: Options,
    *,
    splitter: Model | None = None,
    checker: Model | None = None,
    evaluate: Evaluate | None = None,
    tell: Callable[[Plan], None] = lambda plan: None,
    watch: Callable[[dict[str, float]], None] = lambda figures: None,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Run, Path]:
    """Learn; returns what came of it and the folder of the checkpoint or adapter.

    Args:
        splitter, checker: of `model.training.dpo.claims`, for `options.ask`.
        evaluate: (checkpoint, family) → further figures of an evaluation, such as grounding's.
        tell, watch, stop: as of `model.training.sft.sft`.

    Raises:
        TrainingFault, UnknownModel, DataError, BadRecord, PictureFault, ModelFault: each says what is accepted.
    """
    from accelerate import Accelerator
    from accelerate.utils import set_seed

    from model.training.trainer.curves import Curves
    from model.training.trainer.learner import Learner

    _check(options, splitter, checker)
    accelerator = Accelerator(mixed_precision=options.precision, cpu=options.device == "cpu")
    if accelerator.num_processes > 1:
        raise TrainingFault(f"{accelerator.num_processes} processes: accepted: one")
    set_seed(options.seed)
    device = options.device or accelerator.device
    dtype = "bfloat16" if options.lora and options.precision == "bf16" else "float32"
    opened = open_checkpoint(options.model, dtype=dtype, device=device, limit=options.max_tokens)
    family = row_named(options.family, options.model.name)
    items = Items(family, opened.encoder)
    splits = ("train", "validation")
    items.add("all", open_data(options.data), splits, ask=options.ask)
    identity = _identity(options, family.name)

    def find() -> Found:
        if options.ask:
            assert splitter is not None
            assert checker is not None
            decoder = Decoder(opened, most=options.most, temperature=options.temperature)
            return pairs_of_answers(
                opened, items, decoder, splitter, checker, question=options.ask, samples=options.samples,
                most=options.pairs_each, seed=options.seed,
            )  # fmt: skip
        return pairs_of_runs(open_data(options.data), family, splits=splits, near=options.near)

    pairs, left_out = _kept(options.out / "pairs.jsonl", identity, find)
    split_of = {item.name: item.record.origin.split for item in items.by_task["all"]}
    train_pairs = [pair for pair in pairs if split_of.get(f"all/{pair.item}") == "train"]
    held = [pair for pair in pairs if split_of.get(f"all/{pair.item}") == "validation"]
    if not train_pairs:
        told = "; ".join(f"{count} × {why}" for why, count in left_out.items()) or "there are none"
        raise TrainingFault(f"{options.data}: gives no pairs of the split train ({told})")
    source = Pairs(options, opened, items, train_pairs)
    begun = Pairs(replace(options, batch=max(1, len(held))), opened, items, held) if held else None
    learner = Learner(opened.model, opened.eyes)
    place = options.out / "reference.json"
    refer(place, identity, learner, [source, *([begun] if begun else [])])

    blocks = parse_blocks(options.blocks)
    if options.lora:
        alpha = options.lora_alpha or 2.0 * options.lora
        opened.model = with_lora(opened.model, Lora(options.lora, alpha, 0.0), blocks)
    freeze(opened.model, blocks)
    tell(Plan(len(train_pairs), len(held), left_out, tuple(counts(opened.model))))
    learner = Learner(opened.model, opened.eyes)
    curves = Curves(options.out)

    def figures_of(step: int) -> dict[str, float]:
        found = dict(evaluate(opened, family.name)) if evaluate else {}
        return found | (_margin(learner, begun, options.beta) if begun else {})

    def seen(figures: dict[str, float]) -> None:
        watch(figures)
        curves.add(figures)

    steps = options.steps or max(1, round(options.epochs * len(train_pairs) / source.size))
    run = train(
        learner,
        source,
        [Stage(blocks, steps, options.lr)],
        _settings(options),
        options.out,
        accelerator=accelerator,
        freeze=lambda stage: freeze(opened.model, stage.blocks),
        objective=objective_of(options.beta),
        evaluate=figures_of if options.evaluate_every else None,
        watch=seen,
        stop=stop,
        identity=identity,
    )
    curves.draw()
    target = options.out / ("adapter" if options.lora else "model")
    if run.steps == steps:
        from model.training.export import save_adapter, save_checkpoint

        (save_adapter if options.lora else save_checkpoint)(opened.model, target, base=options.model)
    return run, target


class Pairs:
    """Batches of pairs for `trainer.loop.train`; their order follows from seed and epoch alone."""

    def __init__(self, options: Options, opened: Opened, items: Items, pairs: Sequence[Pair]) -> None:
        self._options, self._opened, self._items = options, opened, items
        self.pairs = list(pairs)
        self.size = min(options.batch, len(self.pairs))
        self.references: dict[str, tuple[float, float]] = {}
        self._apart = Decoder(opened, most=1).apart

    def total(self, step: int) -> float:
        """Losses are means over pairs."""
        return float(self.size)

    def batches(self, step: int) -> Sequence[Callable[[], Batch]]:
        """See `trainer.loop.Source`."""
        own = self.chosen(step)
        micro = self._options.micro or len(own)
        return [partial(self.batch, own[at : at + micro]) for at in range(0, len(own), micro)]

    def chosen(self, step: int) -> list[Pair]:
        """The pairs of a step."""
        each = len(self.pairs) // self.size
        epoch, place = divmod(step, each)
        order = np.random.default_rng([self._options.seed, epoch]).permutation(len(self.pairs))
        return [self.pairs[number] for number in order[place * self.size : (place + 1) * self.size]]

    def batch(self, pairs: Sequence[Pair]) -> Batch:
        """Tensors of pairs: the better answer right before the worse one."""
        tokenizer, encoder = self._opened.tokenizer, self._opened.encoder
        rows = [row for pair in pairs for row in self._rows(pair)]
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        return collate(rows, pad=pad, device=self._opened.model.device, picture=encoder.picture)

    def _rows(self, pair: Pair) -> list[Sample]:
        item = self._items.named(f"all/{pair.item}")
        assert item is not None, pair.item
        prompt, tokenizer = self._items.prompt(item), self._opened.tokenizer
        made = []
        for text, reference in zip(
            (pair.better, pair.worse), self.references.get(pair.id, (0.0, 0.0)), strict=True
        ):
            ids = [*tokenizer(text, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
            row = prompt.answered(ids, 1.0, 1.0)
            row.more.update(tokens=len(ids), reference=reference)
            made.append(row)
        return made if self._apart else [packed(made)]


def refer(place: Path, identity: dict[str, Any], learner: Any, sources: Sequence[Pairs]) -> None:
    """Log-probabilities of all answers under the model as it begins, computed once and kept."""
    import torch

    held: dict[str, Any] = {}
    if place.is_file():
        try:
            held = json.loads(place.read_text("utf-8"))
        except ValueError:
            held = {}
    if held.get("run") != identity:
        learner.eval()
        found: dict[str, list[float]] = {}
        with torch.no_grad():
            for source in sources:
                for at in range(0, len(source.pairs), source.size):
                    some = source.pairs[at : at + source.size]
                    batch = source.batch(some)
                    sums = sums_of(learner(batch), batch)[0].tolist()
                    found |= {pair.id: sums[2 * n : 2 * n + 2] for n, pair in enumerate(some)}
        held = {"run": identity, "logps": found}
        part = place.with_suffix(".part")
        part.write_text(json.dumps(held) + "\n", "utf-8")
        part.replace(place)
    for source in sources:
        source.references = {pair.id: tuple(held["logps"][pair.id]) for pair in source.pairs}


def _margin(learner: Any, held: Pairs, beta: float) -> dict[str, float]:
    """How far held-out pairs are apart now."""
    import torch

    with torch.no_grad():
        batch = held.batch(held.pairs)
        _, figures = objective_of(beta)(learner(batch), batch, None)
    return {f"eval_{name}": value for name, value in figures.items()}


def _kept(path: Path, identity: dict[str, Any], find: Callable[[], Found]) -> tuple[list[Pair], dict[str, int]]:
    """Pairs that a run before this one has found, or found now."""
    if path.is_file():
        pairs, about = read_pairs(path)
        if about.get("run") == identity:
            return pairs, dict(about["left_out"])
        raise TrainingFault(
            f"{path}: is of another run. Give the same settings to go on with it, or another --out."
        )
    found = find()
    write_pairs(path, found.pairs, {"run": identity, "left_out": dict(found.left_out)})
    return found.pairs, dict(found.left_out)


def _check(options: Options, splitter: Model | None, checker: Model | None) -> None:
    if options.ask and (splitter is None or checker is None):
        raise TrainingFault("--ask: needs --splitter and --checker, the models that score its answers")
    least = {
        "samples": 2,
        "most": 1,
        "pairs_each": 1,
        "batch": 1,
        "micro": 0,
        "lora": 0,
        "save_every": 1,
        "near": 0,
    }
    for name, lowest in least.items():
        if not getattr(options, name) >= lowest:
            raise TrainingFault(f"--{name.replace('_', '-')} {getattr(options, name)}: accepted: {lowest} or more")
    for name in ("beta", "lr", "temperature", "clip"):
        if not 0 < getattr(options, name) < float("inf"):
            raise TrainingFault(f"--{name} {getattr(options, name)}: accepted: a number above 0")
    if options.precision not in ("no", "bf16"):
        raise TrainingFault(f"--precision {options.precision}: accepted: no, bf16")


def _settings(options: Options) -> Settings:
    return Settings(
        warmup=options.warmup, decay=options.decay, weight_decay=options.weight_decay, clip=options.clip,
        save_every=options.save_every, evaluate_every=options.evaluate_every, keep=options.keep,
        precision=options.precision, seed=options.seed,
    )  # fmt: skip


_FREE = ("out", "data", "save_every", "keep", "device", "micro", "evaluate_every")


def _identity(options: Options, family: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    for _, line in open_data(options.data).lines():
        digest.update(line)
    known = {name: value for name, value in asdict(replace(options, family=family)).items() if name not in _FREE}
    return dict(json.loads(json.dumps({**known, "data_sha256": digest.hexdigest()[:16]}, default=str)))
