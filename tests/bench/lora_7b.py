"""LoRA on the 7B configuration beside TRL's trainer: step time, tokens a second, memory.

    python -m tests.bench.lora_7b                 the sizes of MiMo-VL-7B, random weights; one GPU with 60 GB
    python -m tests.bench.lora_7b --tiny          the same with some 300,000 weights, on a CPU

One after the other, each in a process of its own: `agent train sft --lora`, and `SFTTrainer` on what `agent data
export --to trl` writes of the same records, in the same order, with adapters of the same rank on the same layers.
Weights are made from one seed, so the losses of the first step tell whether both compute the same thing. TRL keeps
its defaults, but that two of its processes prepare pictures while the device works, as our thread does. Needs the
extra `oracles`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = "python -m tests.bench --only lora_7b"
FAMILY, RANK, WARM = "mimo-vl", 16, 2
FREE = 60 * 2**30


@dataclass(frozen=True)
class Size:
    """How large: checkpoint, picture in pixels, records a step, steps behind the first `WARM`."""

    kind: str
    picture: tuple[int, int]
    batch: int
    steps: int
    limit: int


LARGE = Size("mimo-vl-7b", (1280, 800), 8, 8, 300)
TINY = Size("qwen2_5_vl", (140, 84), 2, 3, 300)


def run(size: Size = LARGE) -> list[dict[str, Any]]:
    """Both trainers' figures and their ratios."""
    from tests.tools.trl_side import SILENT

    if size is LARGE and not _has_room():
        raise SystemExit("lora_7b: needs a GPU with 60 GB free; --tiny runs everywhere")
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as name:
        for side in ("ours", "trl"):
            command = [sys.executable, "-m", "tests.bench.lora_7b", "--side", side, "--folder", name]
            subprocess.run(
                [*command, *(["--tiny"] if size is TINY else [])], env={**os.environ, **SILENT}, check=True
            )
            found[side] = json.loads(Path(name, f"{side}.json").read_text("utf-8"))
    ours, theirs = found["ours"], found["trl"]
    theirs["mfu"] = ours["mfu"] * theirs["tokens_s"] / ours["tokens_s"]
    entries = []
    for side, figures in found.items():
        for what, unit, digits in (
            ("step_s", "s", 3), ("tokens_s", "1/s", 0), ("mfu", "", 3), ("memory_gib", "GiB", 1),
            ("first_loss", "", 4), ("start_s", "s", 1),
        ):  # fmt: skip
            if what in figures:
                entries.append(_entry(f"{what}, {side}", figures[what], unit, digits))
    entries.append(_entry("tokens a second, ours / TRL", ours["tokens_s"] / theirs["tokens_s"], "×", 2))
    if "memory_gib" in ours:
        entries.append(_entry("peak memory, ours / TRL", ours["memory_gib"] / theirs["memory_gib"], "×", 2))
    return entries


def _entry(name: str, value: float, unit: str, digits: int) -> dict[str, Any]:
    return {"name": name, "value": round(value, digits), "unit": unit, "command": COMMAND}


def _has_room() -> bool:
    import torch

    return torch.cuda.is_available() and torch.cuda.mem_get_info()[0] >= FREE


# -- in a process of its own ------------------------------------------------------------------------------------


def records(folder: Path, size: Size) -> None:
    """As many records as all steps take, each with a picture of its own, all of one size."""
    from PIL import Image, ImageDraw

    from model.training.data.dataset import FolderData
    from model.training.data.records import GroundingItem, Origin

    data = FolderData(folder, create=True)
    if data.ids():
        return
    origin = Origin(source="bench", licence="MIT", language="en", platform="web")
    rng, (width, height) = random.Random(0), size.picture
    for number in range(size.batch * (WARM + size.steps)):
        image = Image.new("RGB", size.picture, "white")
        draw = ImageDraw.Draw(image)
        for _ in range(40):
            x, y = rng.randrange(width - 20), rng.randrange(height - 12)
            draw.rectangle((x, y, x + width // 12, y + 12), fill=tuple(rng.randrange(256) for _ in range(3)))
        box = (float(x), float(y), float(min(width, x + width // 12)), float(min(height, y + 12)))
        picture = data.add_picture(image)
        data.append(
            GroundingItem(
                id=f"b{number:04}", origin=origin, picture=picture, instruction=f"box {number:04}", boxes=(box,)
            )
        )


def ours(folder: Path, size: Size) -> dict[str, float]:
    """`agent train sft --lora`, called as a function because the weights are in memory already."""
    from model.training.sft import Options, sft
    from tests.tools.random_weights import make_model

    device = _device()
    model = make_model(size.kind, folder / "base").to(device)
    ends: list[float] = []
    steps: list[dict[str, float]] = []
    names = _order(folder, size, model)

    def watch(figures: dict[str, float]) -> None:
        ends.append(time.perf_counter())
        steps.append(figures)

    options = Options(
        data=folder / "data", model=folder / "base", out=folder / "run", family=FAMILY, lora=RANK,
        steps=WARM + size.steps, lr=1e-4, batch=size.batch, checkpointing=True, save_every=10**6,
        precision="bf16" if device == "cuda" else "no", device=device,
    )  # fmt: skip
    _forget_peak()
    sft(options, model=model, watch=watch)
    (folder / "order.json").write_text(json.dumps(names), "utf-8")
    figures = _figures(ends, statistics.median(one["tokens_s"] for one in steps[WARM:]), steps[0]["loss"])
    # The loop's own clock leaves out what lies between steps; both sides are timed from end to end.
    scale = figures["tokens_s"] / statistics.median(one["tokens_s"] for one in steps[WARM:])
    return {**figures, "mfu": scale * statistics.median(one["mfu"] for one in steps[WARM:])}


def _order(folder: Path, size: Size, model: Any) -> list[str]:
    """Names of the records in the order in which our trainer takes them."""
    from model.families import FAMILIES
    from model.training.data.dataset import open_data
    from model.training.lessons import Lessons
    from model.training.opened import open_checkpoint

    opened = open_checkpoint(folder / "base", model=model)
    lessons = Lessons(
        open_data(folder / "data"), FAMILIES[FAMILY], opened.encoder, batch=size.batch, micro=size.batch
    )
    steps = range(WARM + size.steps)
    names = [lessons.sample(place).name for step in steps for place in lessons.chosen(step)]
    lessons.close()
    return names


def theirs(folder: Path, size: Size) -> dict[str, float]:
    """`SFTTrainer` with adapters on the same layers."""
    import torch
    from datasets import load_dataset
    from peft import LoraConfig
    from transformers import TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from model.families import FAMILIES
    from model.training.data.dataset import open_data
    from model.training.data.writers.export import export
    from tests.tools.random_weights import make_model
    from tests.tools.trl_side import processor

    device = _device()
    model = make_model(size.kind, folder / "base").to(device)
    export(open_data(folder / "data"), "trl", folder / "rows", FAMILIES[FAMILY])
    names = json.loads((folder / "order.json").read_text("utf-8"))
    rows = load_dataset(
        "parquet", data_files=str(folder / "rows" / "train.parquet"), cache_dir=str(folder), split="train"
    )
    place = {name: number for number, name in enumerate(rows["id"])}
    rows = rows.select([place[name] for name in names]).remove_columns("id")
    head = model.get_output_embeddings()
    linear = [
        name for name, part in model.named_modules() if isinstance(part, torch.nn.Linear) and part is not head
    ]
    settings = SFTConfig(
        output_dir=str(folder / "trl"), per_device_train_batch_size=size.batch, max_length=None, report_to="none",
        use_cpu=device == "cpu", bf16=device == "cuda", gradient_checkpointing=True, logging_steps=1,
        learning_rate=1e-4, lr_scheduler_type="constant", max_steps=WARM + size.steps, save_strategy="no",
        train_sampling_strategy="sequential", dataloader_num_workers=2 if device == "cuda" else 0,
        gradient_checkpointing_kwargs={"use_reentrant": False}, disable_tqdm=True,
    )  # fmt: skip
    ends: list[float] = []
    tokens: list[int] = []

    class Clock(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            if device == "cuda":
                torch.cuda.synchronize()
            ends.append(time.perf_counter())

    class Counting(SFTTrainer):  # type: ignore[misc]
        def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            tokens.append(int(inputs["attention_mask"].sum()))
            return super().training_step(model, inputs, *args, **kwargs)

    _forget_peak()
    trainer = Counting(
        model=model, args=settings, train_dataset=rows, callbacks=[Clock()],
        processing_class=processor(folder / "base", "torchvision" if device == "cuda" else "pil"),
        peft_config=LoraConfig(r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, target_modules=linear),
    )  # fmt: skip
    trainer.train()
    took = [later - earlier for earlier, later in zip(ends[WARM - 1 :], ends[WARM:], strict=False)]
    speed = statistics.median(count / seconds for count, seconds in zip(tokens[WARM:], took, strict=True))
    losses = [line["loss"] for line in trainer.state.log_history if "loss" in line]
    return _figures(ends, speed, losses[0])


def _figures(ends: list[float], speed: float, loss: float) -> dict[str, float]:
    import torch

    took = [later - earlier for earlier, later in zip(ends[WARM - 1 :], ends[WARM:], strict=False)]
    memory = {"memory_gib": torch.cuda.max_memory_allocated() / 2**30} if torch.cuda.is_available() else {}
    return {"step_s": statistics.median(took), "tokens_s": speed, "first_loss": loss, **memory}


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _one_thread() -> None:
    """Threads of a busy machine wait for each other."""
    import torch

    torch.set_num_threads(1)


def _forget_peak() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--out", type=Path, help="file for the figures, JSON")
    parser.add_argument("--side", choices=("ours", "trl"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    size = TINY if options.tiny else LARGE
    if options.side:
        if options.tiny:
            _one_thread()
        begun = time.perf_counter()
        records(options.folder / "data", size)
        figures = {"ours": ours, "trl": theirs}[options.side](options.folder, size)
        figures["start_s"] = time.perf_counter() - begun - figures["step_s"] * (WARM + size.steps)
        (options.folder / f"{options.side}.json").write_text(json.dumps(figures), "utf-8")
        print(options.side, json.dumps(figures), flush=True)
        return
    entries = run(size)
    for entry in entries:
        print(f"{entry['name']}: {entry['value']} {entry['unit']}")
    if options.out:
        options.out.write_text(json.dumps(entries, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
