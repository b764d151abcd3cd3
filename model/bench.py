"""What caching, fast-forward and constrained decoding cost and gain, on weights in this process.

On a laptop, with random weights of the same class::

    python -m model.bench --config small --random-weights

On a GPU, with the sizes of MiMo-VL-7B::

    python -m model.bench --config mimo-vl-7b --random-weights --dtype bfloat16

Every comparison is made in one run, side by side: quote the ratios.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image, ImageDraw

from action_space.actions import BaseAction, Click, Finished, Input, Scroll
from action_space.geometry import Frame, Size
from model.base import Message, Request, Sampling
from model.families import FAMILIES
from model.local import LocalModel, chat_of
from model.prompt import PastStep, Turn, build

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
    history: list[PastStep] = []
    action = Click(start_point=(300, 200))
    for image in screenshots(width, height):
        turn = Turn("Press the button.", image, Frame(Size(*image.size)), tuple(history))
        request, _ = build(family, turn, session="bench")
        yield replace(request, sampling=Sampling(max_tokens=ANSWER))
        history.append(PastStep(action, effect="3 % of the screen changed", screenshot=image))


class Plain:
    """The loop of the models' own examples: process everything, `generate`, every time; on its own copy."""

    def __init__(self, model: LocalModel, folder: Path) -> None:
        from transformers import AutoImageProcessor, AutoModelForImageTextToText

        placed = model.placement
        self._model: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=placed.dtype).eval()
        self._model.to(placed.device)
        self._tokenizer = model._tokenizer
        self._pixels: Any = AutoImageProcessor.from_pretrained(folder, backend="pil")

    def answer(self, messages: tuple[Message, ...]) -> list[int]:
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
            )
        return [int(token) for token in out[0, ids.shape[1] :]]


def episode(folder: Path, width: int, height: int, pictures: int, dtype: str | None) -> list[dict[str, Any]]:
    """One episode through the plain loop and through ours, step by step in turn."""
    model = LocalModel(folder, family="generic", dtype=dtype)
    plain = Plain(model, folder)
    ours_s, plain_s = [], []
    equal = True
    for request in requests(width, height, pictures):
        began = time.perf_counter()
        expected = plain.answer(request.messages)
        plain_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        reply = model.generate(request)
        ours_s.append(time.perf_counter() - began)
        equal &= reply.text == model._tokenizer.decode(expected, skip_special_tokens=True)
    model.close()
    command = f"{width}x{height}, {pictures} past screenshots, {STEPS} steps, {ANSWER} tokens an answer"
    return [
        {"name": "episode_ratio", "value": sum(plain_s) / sum(ours_s), "unit": "times faster", "note": command},
        {"name": "episode_equal_tokens", "value": float(equal), "unit": "1 = yes", "note": command},
        {"name": "plain_step_s", "value": statistics.median(plain_s), "unit": "s", "note": command},
        {"name": "our_step_s", "value": statistics.median(ours_s), "unit": "s", "note": command},
    ]


def constrained(folder: Path, count: int, dtype: str | None) -> list[dict[str, Any]]:
    """Random weights under the schema: how many answers are valid, and what fast-forward saves."""
    import model.constrained as rules

    rules.LONGEST_THOUGHT = rules.LONGEST_TEXT = 60  # random weights never end a text by themselves
    model = LocalModel(folder, family="generic", dtype=dtype)
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
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT of the screenshots.")] = "1280x800",
) -> None:
    """Measure; one JSON object a line."""
    if folder is None and not random_weights:
        raise typer.BadParameter("give --folder with weights, or --random-weights")
    width, height = (int(side) for side in size.split("x"))
    with tempfile.TemporaryDirectory() as made:
        if folder is None:
            from model.random_weights import make_checkpoint

            folder = make_checkpoint(config, Path(made) / config)
        rows = episode(folder, width, height, pictures, dtype)
        rows += constrained(folder, count, dtype) if count else []
        for row in rows:
            typer.echo(json.dumps(row))


if __name__ == "__main__":
    typer.run(main)
