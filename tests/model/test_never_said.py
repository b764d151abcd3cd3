"""Tokens that stand for pictures in a prompt are never drawn."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from PIL import Image

from model.base import Message, Request, Sampling
from model.local.model import LocalModel
from tests.tools.random_weights import make_checkpoint


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_model_that_wants_to_say_pictures_says_something_else(tmp_path: Path, temperature: float) -> None:
    model = LocalModel(make_checkpoint("qwen2_5_vl", tmp_path), family="gta1", device="cpu", dtype="float32")
    head, config = model._model.get_output_embeddings(), model._model.config
    with torch.no_grad():  # whatever the state is, one of the two is what the model wants to say
        wanted = torch.full((head.in_features,), 100.0)
        wanted[0] = 99.0
        head.weight.zero_()
        head.weight[config.image_token_id], head.weight[config.video_token_id] = wanted, -wanted
    message = Message("user", (Image.new("RGB", (56, 56)), "where"))
    reply = model.generate(Request((message,), sampling=Sampling(temperature, max_tokens=3, seed=0)))
    # Special tokens leave no text.
    assert reply.usage.completion_tokens == 3 or reply.finish_reason == "stop"
    assert reply.text or temperature
    logits = model._forward([1], torch.zeros(3, 1, 1, dtype=torch.long), model._sessions.get(""), None)
    assert logits.argmax() not in (config.image_token_id, config.video_token_id)
