"""An adapter towards a shifted world: what it gains there, and what it loses at home.

    python examples/train_pocket/shift.py --model runs/pocket/trained --out runs/pocket-shift

The shifted world has six colours that were never seen, and asks in Chinese. The data set is one of `agent data`,
the training is `agent train sft --lora`, the figures are those of `train_pocket.py`.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from checkpoint import FAMILY
from train_pocket import Pupil, hits
from world import CELL, SHIFTED, Element, World, questions, scene

from model.training.data.dataset import FolderData
from model.training.data.records import GroundingItem, Origin
from model.training.export import export
from model.training.sft import Options, sft

HOME = World()
AWAY = replace(HOME, colours=tuple(SHIFTED.items()), chinese=True)


def write(folder: Path, world: World, pictures: int, asked: int = 12) -> None:
    """A data set of the world. A box is the cell around the middle of an element, which is what answers name."""
    data = FolderData(folder, create=True)
    known = data.ids()
    for number in range(pictures):
        rng = random.Random(f"shift/{number}")
        shown = scene(world, rng)
        some = questions(world, shown, rng, asked)
        if f"{number}-0" in known:
            continue
        picture = data.add_picture(shown.picture)
        origin = Origin(
            source="pocket", licence="MIT", language="zh" if world.chinese else "en", platform="pocket"
        )
        data.append(
            *(
                GroundingItem(
                    id=f"{number}-{place}",
                    origin=origin,
                    picture=picture,
                    instruction=one.text,
                    boxes=(_cell(one.target),) if one.target else (),
                    absent=one.target is None,
                )
                for place, one in enumerate(some)
            )
        )


def _cell(element: Element) -> tuple[float, float, float, float]:
    left, top = (int(at) // CELL * CELL for at in element.centre)
    return left, top, left + CELL, top + CELL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=Path("runs/pocket/trained"))
    parser.add_argument("--out", type=Path, default=Path("runs/pocket-shift"))
    parser.add_argument("--pictures", type=int, default=1500)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--lora", type=int, default=16)
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--test", type=int, default=100, help="pictures of an evaluation")
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(1)
    write(options.out / "data", AWAY, options.pictures)
    run = Options(
        data=options.out / "data", model=options.model, out=options.out / "adapter-run", family=FAMILY,
        lora=options.lora, steps=options.steps, lr=options.lr, warmup=20, batch=8, pack=12, device=options.device,
    )  # fmt: skip
    sft(run, watch=lambda figures: print(json.dumps({key: round(value, 4) for key, value in figures.items()})))
    export(run.out, options.out / "merged", base=options.model)
    found: dict[str, Any] = {}
    for name, folder in (("before", options.model), ("after", options.out / "merged")):
        pupil = Pupil(folder, options.device)
        for place, world in (("home", HOME), ("away", AWAY)):
            found[f"{name}, {place}"] = hits(pupil, world, seed=2000, pictures=options.test)
    (options.out / "figures.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps({name: round(figures["all"], 3) for name, figures in found.items()}))


if __name__ == "__main__":
    main()
