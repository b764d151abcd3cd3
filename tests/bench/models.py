"""What caching, fast-forward and constrained decoding cost and gain, on weights in this process.

On a laptop, with random weights of the same class::

    python -m tests.bench.models --config small --random-weights

On a GPU, with the sizes of MiMo-VL-7B::

    python -m tests.bench.models --config mimo-vl-7b --random-weights --dtype bfloat16 --count 0 \\
        --sizes 1280x800,1920x1080

Every comparison is made in one run, side by side: quote the ratios.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from PIL import Image, ImageDraw

from action_space.actions import BaseAction, Click, Finished, Input, Scroll
from action_space.geometry import Frame, Size
from action_space.schema import wire_schema
from model.base import Message, Request, Sampling
from model.families import FAMILIES
from model.local.model import LocalModel, chat_of
from model.prompt import HistoryStep, PromptContext, build

STEPS = 10
ANSWER = 24  # tokens; about a click in JSON with a general tokenizer


def screenshots(width: int, height: int) -> Iterator[Image.Image]:
    """Pictures of a page that changes from step to step."""
    for number in range(STEPS):
        image = Image.new("RGB", (width, height), "white")
        draw = ImageDraw.Draw(image)
        for row in range(12):
            draw.rectangle(
                (40, 40 + 60 * row, 40 + 90 * (1 + (row + number) % 8), 80 + 60 * row), fill=(30 * row, 90, 160)
            )
            draw.text((60, 50 + 60 * row), f"Row {row} of step {number}", fill="white")
        yield image


def requests(width: int, height: int, pictures: int) -> Iterator[Request]:
    """The requests of one episode, as the loop would send them; the answers are given."""
    family = replace(FAMILIES["generic"], pictures=pictures, constrained=False)
    history: list[HistoryStep] = []
    action = Click(start_point=(300, 200))
    for image in screenshots(width, height):
        turn = PromptContext("Press the button.", image, Frame(Size(*image.size)), tuple(history))
        request, _ = build(family, turn, session="bench")
        yield replace(request, sampling=Sampling(max_tokens=ANSWER))
        history.append(HistoryStep(action, effect="3 % of the screen changed", screenshot=image))


class Plain:
    """The loop of the models' own examples: process everything, `generate`, every time; on its own copy."""

    def __init__(self, model: LocalModel, folder: Path) -> None:
        from transformers import AutoImageProcessor, AutoModelForImageTextToText

        placed = model.local.device
        self._model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=placed.dtype).eval()
        self._model.to(placed.device)
        self._tokenizer = model._tokenizer
        self._pixels: Any = AutoImageProcessor.from_pretrained(folder, backend="pil")

    def answer(self, messages: tuple[Message, ...], clock: Clock) -> list[int]:
        """Tokens of the answer, greedy."""
        import torch

        pictures = [part for message in messages for part in message.parts if isinstance(part, Image.Image)]
        pixels = self._pixels(pictures, return_tensors="pt").to(self._model.device)
        text = self._tokenizer.apply_chat_template(chat_of(messages), add_generation_prompt=True, tokenize=False)
        merge = int(self._pixels.merge_size) ** 2
        for grid in pixels["image_grid_thw"]:
            text = text.replace("<|image_pad|>", "<|hole|>" * int(grid.prod() // merge), 1)
        text = text.replace("<|hole|>", "<|image_pad|>")
        ids = self._tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"].to(
            self._model.device
        )
        with torch.inference_mode():
            out = self._model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                mm_token_type_ids=(ids == self._model.config.image_token_id).long(),
                **pixels,
                max_new_tokens=ANSWER,
                do_sample=False,
                streamer=clock,
            )
        return [int(token) for token in out[0, ids.shape[1] :]]


class Clock:
    """Tells when `generate` has its first token: it is given the prompt first, then token by token."""

    def __init__(self) -> None:
        self.began, self.times = time.perf_counter(), []  # type: float, list[float]

    def put(self, tokens: Any) -> None:
        """Called by `generate`."""
        self.times.append(time.perf_counter() - self.began)

    def end(self) -> None:
        """Called by `generate`."""

    @property
    def first_s(self) -> float:
        """Seconds to the first token."""
        return self.times[1]


def episode(model: LocalModel, plain: Plain, width: int, height: int, pictures: int) -> list[dict[str, Any]]:
    """One episode through the plain loop, ours, and ours without its cache, step by step in turn."""
    seconds: dict[str, list[float]] = {"plain": [], "our": [], "our_uncached": []}
    firsts: dict[str, list[float]] = {name: [] for name in seconds}
    equal = True
    for request in requests(width, height, pictures):
        clock = Clock()
        expected = plain.answer(request.messages, clock)
        seconds["plain"].append(time.perf_counter() - clock.began)
        firsts["plain"].append(clock.first_s)
        said = model._tokenizer.decode(expected, skip_special_tokens=True)
        for name, cached in (("our", True), ("our_uncached", False)):
            model._cache = cached
            reply = model.generate(request)
            seconds[name].append(reply.wall_s)
            firsts[name].append(reply.details["first_token_s"])
            equal &= reply.text == said
    model._cache = True
    note = f"{width}x{height}, {pictures} past screenshots, {STEPS} steps, {ANSWER} tokens an answer"
    rows: list[tuple[str, float, str]] = [
        ("episode_ratio", sum(seconds["plain"]) / sum(seconds["our"]), "times faster"),
        ("episode_equal_tokens", float(equal), "1 = yes"),
    ]
    for name in seconds:
        rows.append((f"{name}_step_s", statistics.median(seconds[name]), "s"))
        rows.append((f"{name}_first_token_s", statistics.median(firsts[name]), "s"))
        rest = [whole - first for whole, first in zip(seconds[name], firsts[name], strict=True)]
        rows.append((f"{name}_tokens_per_s", (ANSWER - 1) / statistics.median(rest), "tokens/s"))
    rows += limits(model, rows)
    return [{"name": name, "value": value, "unit": unit, "note": note} for name, value, unit in rows]


def limits(model: LocalModel, rows: list[tuple[str, float, str]]) -> list[tuple[str, float, str]]:
    """How near decoding comes to what memory allows: each token reads every weight of the text model once."""
    import torch

    device = model._model.device
    text = [*model._model.model.language_model.layers.parameters(), model._model.get_output_embeddings().weight]
    read = sum(weight.numel() * weight.element_size() for weight in text)
    block = torch.ones(2**30 if device.type == "cuda" else 2**26, dtype=torch.uint8, device=device)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        block.clone()[-1].item()  # the item waits for the copy
        times.append(time.perf_counter() - began)
    bandwidth = 2 * block.numel() / min(times)
    speed = next(value for name, value, _ in rows if name == "our_tokens_per_s")
    out = [
        ("bandwidth", bandwidth / 1e9, "GB/s copied"),
        ("bandwidth_share", read * speed / bandwidth, "share of what memory allows"),
    ]
    if device.type == "cuda":
        out.append(("peak_memory", torch.cuda.max_memory_allocated() / 1e9, "GB, both models"))
    return out


class Timed:
    """A matcher that tells how long it took, and may be forbidden to force tokens."""

    def __init__(self, matcher: Any, fast: bool, spent: list[float]) -> None:
        self._matcher, self._fast, self._spent = matcher, fast, spent

    def __getattr__(self, name: str) -> Any:
        began = time.perf_counter()
        found = getattr(self._matcher, name)
        self._spent.append(time.perf_counter() - began)
        if not callable(found):
            return found

        def call(*args: Any) -> Any:
            began = time.perf_counter()
            answer = found(*args) if self._fast or name != "forced" else []
            self._spent.append(time.perf_counter() - began)
            return answer

        return call


def steps_under_schema(model: LocalModel, width: int, height: int, pictures: int) -> list[dict[str, Any]]:
    """An episode of clicks held to the schema: what that costs of a step, and what fast-forward saves."""
    import torch

    own = model._matcher
    schema = wire_schema(Size(width, height), ["click"])
    size = model._model.get_output_embeddings().weight.shape[0]
    logits = torch.zeros(size, device=model._model.device)
    medians: dict[bool, float] = {}
    shares, calls = [], {True: 0, False: 0}
    for fast in (True, False):
        walls = []
        for request in requests(width, height, pictures):
            spent: list[float] = []
            model._matcher = lambda schema, fast=fast, spent=spent: Timed(own(schema), fast, spent)  # type: ignore
            reply = model.generate(replace(request, schema=schema, session=f"bench {fast}"))
            masked = reply.usage.completion_tokens - reply.details["forced_tokens"]
            began = time.perf_counter()
            for _ in range(masked):
                mask = torch.from_numpy(np.ones(size, dtype=bool)).to(logits.device)
                logits.masked_fill(~mask, 0.0).argmax().item()
            spent.append(time.perf_counter() - began)
            walls.append(reply.wall_s)
            calls[fast] += reply.usage.model_calls
            if fast:
                shares.append(sum(spent) / reply.wall_s)
        medians[fast] = statistics.median(walls)
    model._matcher = own  # type: ignore[method-assign]
    note = f"{width}x{height}, {STEPS} clicks; matcher, mask and choice, of a whole step"
    return [
        {"name": "constrained_share", "value": statistics.median(shares), "unit": "share of a step", "note": note},
        {"name": "constrained_step_s", "value": medians[True], "unit": "s", "note": note},
        {
            "name": "constrained_step_slow_s",
            "value": medians[False],
            "unit": "s, all asked",
            "note": note,
        },
        {"name": "fast_forward_calls", "value": calls[True] / calls[False], "unit": "of the calls", "note": note},
    ]


def constrained(model: LocalModel, count: int) -> list[dict[str, Any]]:
    """Random weights under the schema: how many answers are valid, and what fast-forward saves."""
    import model.local.grammar as rules

    rules.LONGEST_THOUGHT = rules.LONGEST_TEXT = 60  # random weights never end a text by themselves
    rules._compiled.cache_clear()
    row, frame = FAMILIES["generic"], Frame(Size(1280, 800), model=Size(1288, 812))
    schema, valid = row.format.schema(frame), 0
    for seed in range(count):
        sampling = Sampling(temperature=1.0, seed=seed, max_tokens=2000)
        request = Request((Message("user", ("Go.",)),), schema=schema, sampling=sampling, session="bench")
        valid += row.format.parse(model.generate(request).text, frame).outcome == "strict"
    return [
        {"name": "valid_share", "value": valid / count, "unit": "share", "note": f"{count} generations"},
        *forced_share(model, schema),
    ]


def forced_share(model: LocalModel, schema: Any) -> list[dict[str, Any]]:
    """Model calls for the JSON of ordinary actions (what the grammar forces costs none), and the masks' time."""
    actions: list[BaseAction] = [
        Click(start_point=(640, 400)),
        Scroll(direction="down", scroll_distance=400),
        Input(text="hello world", start_point=(12, 345)),
        Finished(status="failed"),
    ]
    calls = tokens = 0
    mask_s = 0.0
    for action in actions:
        ids = model._tokenizer.encode(json.dumps(action.to_json()), add_special_tokens=False)
        matcher = model._matcher(schema)
        place = 0
        while place < len(ids):
            began = time.perf_counter()
            forced = matcher.forced()
            if not forced:
                matcher.allowed(model._model.get_output_embeddings().out_features)
                calls += 1
            mask_s += time.perf_counter() - began
            chunk = forced or [ids[place]]
            if chunk != ids[place : place + len(chunk)]:
                chunk = [ids[place]]  # another cut of the same text into tokens
            for token in chunk:
                matcher.consume(token)
            place += len(chunk)
        tokens += len(ids)
    return [
        {"name": "calls_per_token", "value": calls / tokens, "unit": "calls", "note": f"{len(actions)} actions"},
        {"name": "mask_ms_per_action", "value": 1000 * mask_s / len(actions), "unit": "ms", "note": ""},
    ]


def main(
    config: Annotated[
        str, typer.Option(help="small, mimo-vl-7b, or a class: qwen2_5_vl, qwen2_vl, qwen3_vl.")
    ] = "small",
    random_weights: Annotated[bool, typer.Option("--random-weights", help="Make the weights up.")] = False,
    folder: Annotated[Path | None, typer.Option(help="A real checkpoint instead.")] = None,
    dtype: Annotated[str | None, typer.Option(help="Absent: what suits the device.")] = None,
    pictures: Annotated[int, typer.Option(help="Past screenshots in the history.")] = 3,
    count: Annotated[int, typer.Option(help="Constrained generations; 0: none.")] = 1000,
    sizes: Annotated[str, typer.Option(help="WIDTHxHEIGHT of the screenshots, by commas.")] = "1280x800",
    seconds: Annotated[float, typer.Option(help="No further size is begun after so many.")] = 480,
) -> None:
    """Measure; one JSON object a line."""
    if folder is None and not random_weights:
        raise typer.BadParameter("give --folder with weights, or --random-weights")
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as made:
        if folder is None:
            from tests.tools.random_weights import make_checkpoint

            folder = make_checkpoint(config, Path(made) / config)
        model = LocalModel(folder, family="generic", dtype=dtype)
        plain = Plain(model, folder)
        _tell([{"name": "loaded_s", "value": time.perf_counter() - began, "unit": "s", "note": config}])
        for size in sizes.split(","):
            if time.perf_counter() - began > seconds:
                break
            width, height = (int(side) for side in size.split("x"))
            plain.answer(next(iter(requests(width, height, pictures))).messages, Clock())  # kernels are chosen
            _tell(episode(model, plain, width, height, pictures))
            _tell(steps_under_schema(model, width, height, pictures))
        if count:
            _tell(constrained(model, count))
        model.close()


def _tell(rows: list[dict[str, Any]]) -> None:
    """At once, so that a run that is cut off has told what it knows."""
    for row in rows:
        typer.echo(json.dumps(row))
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
