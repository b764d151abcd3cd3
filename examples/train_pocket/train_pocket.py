"""Make a checkpoint of Qwen2.5-VL's class and teach it to point in the pocket world.

    python examples/train_pocket/train_pocket.py --out runs/pocket
    python examples/train_pocket/train_pocket.py --worlds 140,224,336en --steps 20000 --out runs/pocket-words
    python examples/train_pocket/train_pocket.py --device cuda --steps 4000 --batch 256 --out runs/pocket

Everything that learns is the toolkit's own trainer (`model.training.trainer`): this script draws pictures, asks
about them, adds three auxiliary losses, and lets the stock class answer at the end.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import checkpoint
import numpy as np
import torch
from torch import nn
from world import CELL, COLOURS, HANZI, KINDS, STATES, WORDS, Element, Question, Scene, World, questions, scene

from action_space.formats.base import FormatError
from action_space.formats.grounding import NoSuchElement, parse_point
from action_space.geometry import Frame, Size
from model.families import FAMILIES
from model.grounding import question
from model.local.vision import Qwen
from model.training.export import save_checkpoint
from model.training.trainer.batch import Batch, Sample, Seen, collate, packed, sequence
from model.training.trainer.features import Eyes
from model.training.trainer.learner import Learner, Told
from model.training.trainer.loop import Objective, Settings, Stage, train
from model.training.trainer.state import read_log

ROW = FAMILIES[checkpoint.FAMILY]
SHARES = {"pointer": 1.0, "dense": 1.0, "place": 0.2}
"""Auxiliary losses and what they count beside the answer's."""


WORLDS = {
    "140": World(),
    "224": World(224, (5, 10)),
    "224en": World(224, (5, 9), words="en"),
    "336en": World(336, (8, 14), words="en"),
    "336both": World(336, (8, 14), words="both"),
    "448both": World(448, (12, 20), words="both"),
}
"""Worlds of a schedule, from small to large; Chinese words need a `--font`."""


class Pupil:
    """A checkpoint that learns: model, tokenizer, and how questions become sequences."""

    def __init__(self, folder: Path, device: str) -> None:
        from transformers import AutoImageProcessor, AutoModelForImageTextToText, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.processor: Any = AutoImageProcessor.from_pretrained(folder, backend="pil")
        self.model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).to(device)
        self.sight = Qwen(self.model, self.processor, self.tokenizer)
        self.device = device
        self._known: dict[tuple[str, str, int], tuple[list[int], Any, int]] = {}

    def sample(self, world: World, shown: Scene, asked: Question, seen: Seen, answer: bool = True) -> Sample:
        """The question as the family asks it, and its answer."""
        said = ""
        if answer:
            cells = (
                [int(at) // CELL * CELL + CELL // 2 for at in asked.target.centre] if asked.target else [-1, -1]
            )
            said = f"({cells[0]},{cells[1]})"
        key = (asked.text, said, world.side)
        if key not in self._known:
            self._known[key] = self._tokens(world, shown, asked.text, said)
        ids, positions, begun = self._known[key]
        weights = [0.0] * begun + [1.0] * (len(ids) - begun)
        return sequence(ids, positions, weights, pictures=(seen,), more={"asked": asked})

    def _tokens(self, world: World, shown: Scene, text: str, said: str) -> tuple[list[int], Any, int]:
        request, _ = question(ROW, shown.picture, Frame(Size(world.side, world.side)), text)
        chat = [
            {
                "role": message.role,
                "content": [
                    {"type": "text", "text": part} if isinstance(part, str) else {"type": "image"}
                    for part in message.parts
                ],
            }
            for message in request.messages
        ]
        told = self.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        pad = self.model.config.image_token_id
        ids: list[int] = []
        for token in self.tokenizer(told, add_special_tokens=False)["input_ids"]:
            ids += self.sight.tokens(shown.picture, 0) if token == pad else [token]
        begun = len(ids)
        if said:
            ids += [*self.tokenizer(said, add_special_tokens=False)["input_ids"], self.tokenizer.eos_token_id]
        positions, _ = self.sight.positions(ids, [shown.picture])
        return ids, positions[:, 0].cpu().numpy(), begun


class Heads(nn.Module):
    """What the auxiliary losses are read from; thrown away after training.

    dense: a picture token, as the projector gives it, tells kind, colour, state and words of the element whose
        middle it holds.
    place: half-way up the language model, it tells its own row and column.
    pointer: the state before an answer, below the last layer, picks the picture token that holds the middle of the
        target.
    """

    def __init__(self, model: Any, sizes: tuple[int, ...], shares: dict[str, float]) -> None:
        super().__init__()
        width = model.config.text_config.hidden_size
        self.shares, self.picture = shares, model.config.image_token_id
        self.query, self.key = nn.Linear(width, 64), nn.Linear(width, 64)
        self.dense = nn.ModuleList(nn.Linear(width, size) for size in sizes)
        self.row, self.column = nn.Linear(width, 32), nn.Linear(width, 32)
        self.states: dict[str, torch.Tensor] = {}
        layers = model.model.language_model.layers
        # Behind these layers, and not behind the last, so that those after them can use what they tell.
        for name, layer in (("half", layers[len(layers) // 2 - 1]), ("late", layers[-2])):
            layer.register_forward_hook(partial(self._keep, name))
        model.model.visual.register_forward_hook(self._see)

    def _keep(self, name: str, module: Any, inputs: Any, output: Any) -> None:
        self.states[name] = output[0] if isinstance(output, tuple) else output

    def _see(self, module: Any, inputs: Any, output: Any) -> None:
        self.states["seen"] = output.pooler_output


class Watcher(nn.Module):
    """The vision encoder and the projector alone: what is trained before there are words."""

    def __init__(self, model: Any, eyes: Eyes, heads: Heads) -> None:
        super().__init__()
        self.visual, self.heads = model.model.visual, heads
        self._eyes = [eyes]

    def forward(self, batch: Batch) -> Told:
        """Nothing is told; the heads keep what was seen."""
        self._eyes[0].features_of(batch.pictures)
        return Told(torch.zeros(0), torch.zeros(0))


def dense_loss(batch: Batch, heads: Heads) -> torch.Tensor:
    """Cross-entropy of kind (or none), colour and state of the element in the middle of each picture token."""
    seen, cross = heads.states["seen"], nn.functional.cross_entropy
    truth = torch.from_numpy(np.concatenate([sample.more["dense"] for sample in batch.samples])).to(seen.device)
    there = truth[:, 0] > 0
    loss = cross(heads.dense[0](seen), truth[:, 0])
    for number in range(1, truth.shape[1]):
        loss = loss + cross(heads.dense[number](seen[there]), truth[there, number])
    return loss


def place_loss(batch: Batch, heads: Heads) -> torch.Tensor:
    """Cross-entropy of row and column of each picture token."""
    rows, places = (batch.ids == heads.picture).nonzero(as_tuple=True)
    state, each = heads.states["half"][rows, places], rows.shape[0] // batch.ids.shape[0]
    at, side = torch.arange(each, device=rows.device).repeat(batch.ids.shape[0]), int(each**0.5)
    cross = nn.functional.cross_entropy
    return cross(heads.row(state), at // side) + cross(heads.column(state), at % side)


def pointer_loss(batch: Batch, heads: Heads) -> torch.Tensor:
    """Cross-entropy of the picture token that holds the target's middle, over the questions that have a target."""
    rows, places = (batch.ids == heads.picture).nonzero(as_tuple=True)
    state = heads.states["late"]
    keys = heads.key(state[rows, places]).view(batch.ids.shape[0], -1, 64)
    where = torch.from_numpy(np.concatenate([sample.more["pointer"] for sample in batch.samples])).to(rows.device)
    first = torch.tensor([place for sample in batch.samples for place in sample.more["first"]], device=rows.device)
    of = torch.tensor([row for row, sample in enumerate(batch.samples) for _ in sample.more["first"]]).to(
        rows.device
    )
    there = where >= 0
    queries = heads.query(state[of[there], first[there]])
    scores = torch.einsum("nd,nkd->nk", queries, keys[of[there]]) / 8
    return nn.functional.cross_entropy(scores, where[there])


AUXILIARY = {"dense": dense_loss, "place": place_loss, "pointer": pointer_loss}


def losses(told: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
    """Cross-entropy of the answers, and the auxiliary losses at their shares; a sum over answered tokens."""
    count = batch.weights.sum()
    total = -(told.logps * batch.weights * batch.advantages).sum()
    figures = {"answer": float(total.detach() / count)}
    for name, share in heads.shares.items():
        found = AUXILIARY[name](batch, heads)
        total = total + share * found * count
        figures[name] = float(found.detach())
    return total, figures


def looking(told: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
    """The dense loss alone."""
    loss = dense_loss(batch, heads)
    return loss * batch.weights.sum(), {"dense": float(loss.detach())}


class Lessons:
    """Batches: step number → pictures and their questions, the same every time."""

    def __init__(
        self, pupil: Pupil, world: Callable[[int], World], *, pictures: int, asked: int, seed: int
    ) -> None:
        self._pupil, self._world, self._seed = pupil, world, seed
        self.pictures, self.asked = pictures, asked

    def looks(self) -> Lessons:
        """The same with one question a picture, for what is learned without words."""
        return Lessons(self._pupil, self._world, pictures=self.pictures, asked=1, seed=self._seed + 10_000)

    def total(self, step: int) -> float:
        """Three tokens an answer."""
        return float(self.pictures * self.asked * 3)

    def batches(self, step: int) -> Sequence[Callable[[], Batch]]:
        """One batch a step."""
        return [lambda: self._batch(step)]

    def _batch(self, step: int) -> Batch:
        world, rng = self._world(step), random.Random(f"{self._seed}/{step}")
        rows = []
        for _ in range(self.pictures):
            shown = scene(world, rng)
            rows.append(self.row(world, shown, questions(world, shown, rng, self.asked)))
        return collate(rows, pad=self._pupil.tokenizer.pad_token_id, device=self._pupil.device)

    def row(self, world: World, shown: Scene, asked: list[Question]) -> Sample:
        """All questions about a picture as one sequence, with what the auxiliary losses want."""
        side = world.side // 28
        seen = Seen("", lambda: shown.picture, side * side)
        whole = packed([self._pupil.sample(world, shown, one, seen) for one in asked])
        dense = np.zeros((side * side, 4), np.int64)
        for element in shown.elements:
            dense[_cell(element.centre, side)] = _classes(world, element)
        pointer = [_cell(one.target.centre, side) if one.target else -1 for one in asked]
        first = whole.origin[np.flatnonzero(np.diff(whole.weights, prepend=0) > 0)]
        whole.more.update(dense=dense, pointer=np.array(pointer), first=first.tolist())
        return whole


def _cell(centre: tuple[float, float], side: int) -> int:
    return int(centre[1]) // 28 * side + int(centre[0]) // 28


def _classes(world: World, element: Element) -> list[int]:
    colours, words = [name for name, _ in world.colours], ("", *WORDS, *HANZI)
    kind = KINDS.index(element.kind) + 1
    return [kind, colours.index(element.colour), element.state, words.index(element.words)]


def hits(pupil: Pupil, world: World, *, seed: int, pictures: int, asked: int = 12) -> dict[str, Any]:
    """Greedy answers of stock `generate` to questions about pictures that were never seen, by manner."""
    right: dict[str, list[int]] = defaultdict(list)
    pupil.model.eval()
    for number in range(pictures):
        rng = random.Random(f"test/{seed}/{number}")
        shown = scene(world, rng)
        some = questions(world, shown, rng, asked)
        for one, text in zip(some, answers(pupil, world, shown, some), strict=True):
            right[one.manner].append(int(is_hit(one, text, world)))
    pupil.model.train()
    there = [hit for manner, row in right.items() if manner != "absent" for hit in row]
    figures = {manner: sum(row) / len(row) for manner, row in sorted(right.items())}
    everything = [*there, *right["absent"]]
    return {**figures, "present": sum(there) / len(there), "all": sum(everything) / len(everything),
            "count": len(everything)}  # fmt: skip


def is_hit(asked: Question, text: str, world: World) -> bool:
    """Whether the answer points into the target, or refuses where there is none."""
    try:
        (x, y), _ = parse_point(text, Frame(Size(world.side, world.side)))
    except NoSuchElement:
        return asked.target is None
    except FormatError:
        return False
    box = asked.target.box if asked.target else (0, 0, 0, 0)
    return box[0] <= x < box[2] and box[1] <= y < box[3]


@torch.inference_mode()
def answers(pupil: Pupil, world: World, shown: Scene, some: list[Question]) -> list[str]:
    """What the stock class generates, all questions of a picture in one batch, padded at the left."""
    seen = Seen("", lambda: shown.picture, 0)
    rows = [pupil.sample(world, shown, one, seen, answer=False).tokens for one in some]
    length = max(len(row) for row in rows)
    ids = torch.full((len(rows), length), pupil.tokenizer.pad_token_id)
    for number, row in enumerate(rows):
        ids[number, length - len(row) :] = torch.from_numpy(row)
    mask = (torch.arange(length) >= torch.tensor([[length - len(row)] for row in rows])).long()
    pixels = pupil.processor(images=[shown.picture] * len(rows), return_tensors="pt", do_resize=False)
    said = pupil.model.generate(
        input_ids=ids.to(pupil.device),
        attention_mask=mask.to(pupil.device),
        mm_token_type_ids=(ids == pupil.model.config.image_token_id).long().to(pupil.device),
        pixel_values=pixels["pixel_values"].to(pupil.device),
        image_grid_thw=pixels["image_grid_thw"].to(pupil.device),
        max_new_tokens=6,
        do_sample=False,
    )
    return [str(text) for text in pupil.tokenizer.batch_decode(said[:, length:], skip_special_tokens=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/pocket"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--look", type=int, default=1000, help="steps of vision encoder and projector alone")
    parser.add_argument("--steps", type=int, default=3600, help="steps of everything")
    parser.add_argument("--batch", type=int, default=8, help="pictures a step")
    parser.add_argument("--asked", type=int, default=12, help="questions a picture")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--without", default="", help="auxiliary losses to leave out, with commas between")
    parser.add_argument("--worlds", default="140", help=f"one after the other, with commas: {', '.join(WORLDS)}")
    parser.add_argument("--font", default="", help="file of a font with Chinese characters")
    parser.add_argument("--begin", type=Path, help="checkpoint of an earlier run to begin with")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--every", type=int, default=400, help="steps between evaluations")
    parser.add_argument("--test", type=int, default=150, help="pictures of the last evaluation")
    options = parser.parse_args()
    torch.set_num_threads(1)
    shares = {name: share for name, share in SHARES.items() if name not in options.without.split(",")}
    clock = Clock(options.out)
    pupil, heads = begin(options, shares)
    schedule = [replace(WORLDS[name], font=options.font) for name in options.worlds.split(",")]
    world = schedule[-1]
    lessons = Lessons(
        pupil,
        lambda step: at(schedule, step, options.steps),
        pictures=options.batch,
        asked=options.asked,
        seed=options.seed,
    )
    eyes = Eyes(pupil.model, pupil.sight, pupil.processor)
    settings = Settings(warmup=50, decay=0.35, save_every=500, evaluate_every=options.every, seed=options.seed)
    if options.look and "dense" in shares:
        watcher = Watcher(pupil.model, eyes, heads)
        train(watcher, lessons.looks(), [Stage(("vision", "projector"), options.look, 1.5 * options.lr)], settings,
              options.out / "look", objective=clock.timed(looking), watch=clock.watch)  # fmt: skip
    last = options.steps

    def evaluate(step: int) -> dict[str, float]:
        with clock.stopped():
            found = hits(pupil, world, seed=1000, pictures=options.test if step >= last else 25)
        return {f"hit_{name}": value for name, value in found.items()}

    train(Learner(pupil.model, eyes, heads), lessons, [Stage(("all",), options.steps, options.lr)], settings,
          options.out, objective=clock.timed(losses), evaluate=evaluate, watch=clock.watch)  # fmt: skip
    save_checkpoint(pupil.model, options.out / "trained", base=options.begin or options.out / "random")


def begin(options: argparse.Namespace, shares: dict[str, float]) -> tuple[Pupil, Heads]:
    """A new checkpoint in the run's folder, opened, and the heads beside it."""
    base = options.begin or options.out / "random"
    if not (base / "config.json").is_file():
        checkpoint.make(base, seed=options.seed)
    pupil = Pupil(base, options.device)
    torch.manual_seed(options.seed)
    sizes = (len(KINDS) + 1, len(COLOURS), len(STATES), 1 + len(WORDS) + len(HANZI))
    return pupil, Heads(pupil.model, sizes, shares).to(options.device)


def at(schedule: list[World], step: int, steps: int) -> World:
    """The world of a step: equal parts, the last one twice as long."""
    return schedule[min(len(schedule) - 1, step * (len(schedule) + 1) // max(1, steps))]


class Clock:
    """CPU time of a run, evaluations left out; a run that goes on counts on from what its log says."""

    def __init__(self, folder: Path) -> None:
        logs = [path for path in (folder / "steps.jsonl", folder / "look" / "steps.jsonl") if path.is_file()]
        before = max((line["cpu_min"] for path in logs for line in read_log(path)[-1:]), default=0.0)
        self._out = time.process_time() - 60 * before

    @property
    def minutes(self) -> float:
        return (time.process_time() - self._out) / 60

    @contextmanager
    def stopped(self) -> Iterator[None]:
        begun = time.process_time()
        yield
        self._out += time.process_time() - begun

    def timed(self, objective: Objective) -> Objective:
        """The same, with the time among its figures."""

        def told(said: Told, batch: Batch, heads: Any) -> tuple[torch.Tensor, dict[str, float]]:
            loss, figures = objective(said, batch, heads)
            return loss, figures | {"cpu_min": self.minutes}

        return told

    def watch(self, figures: dict[str, float]) -> None:
        if "hit_all" in figures or figures["step"] % 100 == 0:
            shown = {
                name: round(value, 3) for name, value in figures.items() if name not in ("stage", "lr", "padding")
            }
            print(f"{self.minutes:5.2f} min", json.dumps(shown), flush=True)


if __name__ == "__main__":
    main()
