"""Reinforcement in the pocket world, beside supervised training for the same CPU time.

    python examples/train_pocket/train_pocket.py --out runs/half --steps 700        # stopped at some 60 % hits
    python examples/train_pocket/reinforce.py --model runs/half/trained --out runs/rl-0 --seed 0

Two questions. *Labelled*: the same pointing that supervised training has labels for. *Preferred*: "the button",
where there are several, and a reward model behind HTTP likes every one but the red ones; labels say only that any
button is right. Each way of learning (arm) begins at the same checkpoint and has the same CPU minutes. The same
command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from checkpoint import FAMILY
from world import CELL, Element, Question, Scene, World, questions, scene

from action_space.formats.base import FormatError
from action_space.formats.grounding import parse_point
from action_space.geometry import Box, Frame, Size
from model.families import FAMILIES
from model.training.data.dataset import FolderData, open_data
from model.training.data.records import GroundingItem, Origin
from model.training.opened import open_checkpoint
from model.training.rewards import NAMES, Case, parse_rewards
from model.training.rewards.places import point_in_box
from model.training.rewards.server import RewardServer
from model.training.rl.options import Options
from model.training.rl.passes import evaluate
from model.training.rl.run import rl
from model.training.rollout.prompts import Items
from model.training.sft import Options as SftOptions
from model.training.sft import sft

WORLD = World()
GROUP = 8
Figures = dict[str, float]


# -- data -----------------------------------------------------------------------------------------------------


def labelled(split: str, number: int) -> tuple[Scene, list[tuple[Question, list[Element]]]]:
    """A picture and twelve questions, each with the element that is right."""
    rng = random.Random(f"{split}/{number}")
    shown = scene(WORLD, rng)
    return shown, [(one, [one.target] if one.target else []) for one in questions(WORLD, shown, rng, 12)]


def preferred(split: str, number: int) -> tuple[Scene, list[tuple[Question, list[Element]]]]:
    """A picture with several elements of a kind, a red one among them, and the question for one of them."""
    rng = random.Random(f"{split}/preferred/{number}")
    while True:
        shown = scene(WORLD, rng)
        found = []
        for kind in sorted({element.kind for element in shown.elements}):
            own = [element for element in shown.elements if element.kind == kind]
            red = [element for element in own if element.colour == "red"]
            if red and len(red) < len(own):
                found.append((Question(f"the {kind}", "preferred", own[0]), own))
        if found:
            return shown, found


def write(
    folder: Path,
    draw: Callable[[str, int], Any],
    sizes: dict[str, int],
    boxes: Callable[[str, list[Element]], list[Any]],
) -> dict[str, list[Element]]:
    """A data set, whose items have these boxes; returns every item's elements."""
    data = FolderData(folder, create=True)
    known, elements = data.ids(), {}
    for split, count in sizes.items():
        for number in range(count):
            shown, asked = draw(split, number)
            names = [f"{split}-{number}-{place}" for place in range(len(asked))]
            elements.update({name: own for name, (_, own) in zip(names, asked, strict=True)})
            if names[0] in known:
                continue
            picture = data.add_picture(shown.picture)
            origin = Origin(source="pocket", licence="MIT", language="en", platform="pocket", split=split)
            data.append(
                *(
                    GroundingItem(
                        id=name, origin=origin, picture=picture, instruction=one.text, asked_by=one.manner,
                        boxes=tuple(boxes(name, own)), absent=not own,
                    )
                    for name, (one, own) in zip(names, asked, strict=True)
                )
            )  # fmt: skip
    return elements


def label(name: str, own: list[Element]) -> list[Any]:
    """What somebody who labels would have clicked: one of the right elements, told as the cell around its middle,
    which is what this checkpoint has words for."""
    if not own:
        return []
    left, top = (int(at) // CELL * CELL for at in random.Random(name).choice(own).centre)
    return [(left, top, left + CELL, top + CELL)]


# -- rewards --------------------------------------------------------------------------------------------------


def shuffled(cases: Sequence[Case]) -> list[float | None]:
    """Rewards of a group, dealt to its answers by chance: as many good ones, and nothing to learn."""
    values = point_in_box(cases)
    for first in range(0, len(values), GROUP):
        some = values[first : first + GROUP]
        random.Random(f"{cases[first].record.id} {[case.text for case in cases[first : first + GROUP]]}").shuffle(
            some
        )
        values[first : first + GROUP] = some
    return values


NAMES["shuffled"] = shuffled


@contextmanager
def likes_no_red(elements: dict[str, list[Element]]) -> Iterator[str]:
    """A reward model that knows which elements are red, behind HTTP; gives its address."""
    frame = Frame(Size(WORLD.side, WORLD.side))

    def score(items: Sequence[dict[str, Any]]) -> list[float | None]:
        found: list[float | None] = []
        for item in items:
            try:
                point, _ = parse_point(str(item["answer"]), frame)
            except FormatError:
                found.append(0.0)
                continue
            own = [element for element in elements[item["id"]] if Box(*element.box).contains(*point)]
            found.append(float(any(element.colour != "red" for element in own)))
        return found

    server = RewardServer(score)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()


# -- arms -----------------------------------------------------------------------------------------------------


class Budget:
    """CPU minutes of an arm; a run that goes on has what is left."""

    def __init__(self, folder: Path, minutes: float) -> None:
        self._file, self._minutes = folder / "cpu_min.json", minutes
        self._before = json.loads(self._file.read_text("utf-8")) if self._file.is_file() else 0.0
        self._since = time.process_time()

    @property
    def spent(self) -> float:
        return float(self._before) + (time.process_time() - self._since) / 60

    def over(self) -> bool:
        """Whether it is used up; keeps account on disk."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self.spent), "utf-8")
        return self.spent >= self._minutes


def by_rl(options: argparse.Namespace, arm: str, data: Path, reward: str, **more: Any) -> Path:
    """Reinforcement until the time is up; the folder of the checkpoint."""
    out = options.out / arm
    budget = Budget(out, options.minutes)
    known: dict[str, Any] = {
        "rewards": reward, "family": FAMILY, "group": GROUP, "groups": options.groups, "asked": 12, "most": 4,
        "steps": 100_000, "lr": options.lr, "device": options.device, "seed": options.seed, "save_every": 10,
    }  # fmt: skip
    run = Options(data=data, model=options.model, out=out, **{**known, **more})
    if not (out / "trained" / "config.json").is_file():
        opened = open_checkpoint(options.model, device=options.device)
        rl(run, model=opened.model, stop=budget.over)
        save(opened.model, out, options.model)
    return out / "trained"


def by_sft(options: argparse.Namespace, arm: str, data: Path, **more: Any) -> Path:
    """Supervised training until the time is up."""
    out = options.out / arm
    budget = Budget(out, options.minutes)
    known: dict[str, Any] = {
        "family": FAMILY, "steps": 100_000, "lr": options.sft_lr, "decay": 0.0, "batch": 8, "pack": 12,
        "device": options.device, "seed": options.seed, "save_every": 50, "warmup": 20,
    }  # fmt: skip
    if not (out / "trained" / "config.json").is_file():
        opened = open_checkpoint(options.model, device=options.device)
        sft(
            SftOptions(data=data, model=options.model, out=out, **{**known, **more}),
            model=opened.model,
            stop=budget.over,
        )
        save(opened.model, out, options.model)
    return out / "trained"


def save(model: Any, out: Path, base: Path) -> None:
    from model.training.export import save_checkpoint

    save_checkpoint(model, out / "trained", base=base)


def measured(options: argparse.Namespace, folder: Path, data: Path, reward: str) -> Figures:
    """Greedy, pass@1 and pass@8 of a checkpoint on items that were never learned."""
    opened = open_checkpoint(folder, device=options.device)
    items = Items(FAMILIES[FAMILY], opened.encoder)
    items.add("all", open_data(data), ("validation",))
    return evaluate(opened, items, items.by_task, {"all": parse_rewards(reward)}, samples=8, most=4, together=96)


def main() -> None:
    """Every arm, and a table of their figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="checkpoint to begin with")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--arms", default="", help="of them these, with commas between")
    parser.add_argument("--minutes", type=float, default=4.0, help="CPU minutes of an arm")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--groups", type=int, default=96)
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--sft-lr", type=float, default=1e-3)
    parser.add_argument("--pictures", type=int, default=1500)
    parser.add_argument("--test", type=int, default=50, help="pictures of an evaluation")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    place = options.out.parent / "pocket-data"
    sizes = {"train": options.pictures, "validation": options.test}
    more = {"train": 4 * options.pictures, "validation": 6 * options.test}

    def every(name: str, own: list[Element]) -> list[Any]:
        return [element.box for element in own]

    write(place / "labelled", labelled, sizes, every)
    write(place / "labels", labelled, {"train": options.pictures}, label)
    elements = write(place / "preferred", preferred, more, every)
    write(place / "one-label", preferred, {"train": more["train"]}, label)
    with likes_no_red(elements) as liked:
        # The address is another one each time, and a run that goes on compares its settings.
        NAMES["not_red"] = parse_rewards(liked).parts[0].reward
        right, fond = "point_in_box:1", "not_red:1"
        own, free = place / "labelled", place / "preferred"
        ways: dict[str, tuple[Path, str, Callable[[str], Path]]] = {
            "labelled: begin": (own, right, lambda arm: options.model),
            "labelled: rl": (own, right, lambda arm: by_rl(options, arm, own, right)),
            "labelled: sft": (own, right, lambda arm: by_sft(options, arm, place / "labels")),
            "labelled: shuffled": (own, right, lambda arm: by_rl(options, arm, own, "shuffled:1")),
            "labelled: rl, easy 10 %": (
                own, right, lambda arm: by_rl(options, arm, own, right, pools="easy:0.1,normal:0.7,hard:0.2")),
            "labelled: clipped, 4 updates": (
                own, right, lambda arm: by_rl(options, arm, own, right, algorithm="grpo-clip", updates=4)),
            "labelled: rl, mean of answers": (
                own, right, lambda arm: by_rl(options, arm, own, right, mean="sequence")),
            "preferred: begin": (free, fond, lambda arm: options.model),
            "preferred: sft, any label": (free, fond, lambda arm: by_sft(options, arm, place / "one-label")),
            "preferred: rl": (free, fond, lambda arm: by_rl(options, arm, free, fond)),
        }  # fmt: skip
        chosen = options.arms.split(",") if options.arms else []
        for name, (data, reward, learn) in ways.items():
            arm = "".join(sign if sign.isalnum() else "-" for sign in name)
            file = options.out / f"{arm}.json"
            if (chosen and not any(part in name for part in chosen)) or file.is_file():
                continue
            found = {"arm": name, "seed": options.seed, **measured(options, learn(arm), data, reward)}
            log = options.out / arm / "cpu_min.json"
            found["cpu_min"] = json.loads(log.read_text("utf-8")) if log.is_file() else 0.0
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
            print(
                json.dumps({k: round(v, 3) if isinstance(v, float) else v for k, v in found.items()}), flush=True
            )


if __name__ == "__main__":
    main()
