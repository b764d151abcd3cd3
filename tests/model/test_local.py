"""Checkpoints in process: the real loading code, on tiny checkpoints of each class."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from action_space.geometry import Frame, Size, smart_resize
from action_space.schema import wire_schema
from model.base import (
    Message,
    ModelProtocolError,
    ModelUnavailable,
    Reply,
    Request,
    Sampling,
    UnknownModel,
)
from model.families import FAMILIES
from model.local.checkpoint import check_memory, inspect
from model.local.hub import locate
from model.local.kv_cache import Session
from model.local.model import LocalModel
from tests.tools.random_weights import KINDS, MINICPM, QWEN, UNIT, make_checkpoint

HYBRID = ("qwen3_5", "minicpmv4_6", "minicpmv4_7")
"""The classes whose text model has layers with a recurrent state."""


def picture(kind: str, seed: int, columns: int = 5, rows: int = 4) -> Image.Image:
    side = UNIT.get(kind, 28) if kind in QWEN else 47  # MiniCPM-V takes any size: 235×188 is cut into 2×2 slices
    pixels = np.random.default_rng(seed).integers(0, 255, (rows * side, columns * side, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def load(folder: Path, **options: object) -> LocalModel:
    return LocalModel(folder, family="generic", device="cpu", dtype="float32", **options)  # type: ignore[arg-type]


def greedy(model: LocalModel, messages: list[Message], session: str = "", **options: object) -> Reply:
    sampling = Sampling(max_tokens=24)
    return model.generate(Request(tuple(messages), session=session, sampling=sampling, **options))  # type: ignore[arg-type]


def episode(kind: str) -> list[Message]:
    """Three pictures with answers between them, then a fourth."""
    messages = [Message("system", ("Do the task.",)), Message("user", ("Press the button.",))]
    for number in range(3):
        messages.append(Message("user", (picture(kind, number), f"step {number}")))
        messages.append(Message("assistant", ('{"action": "wait"}',)))
    return [*messages, Message("user", (picture(kind, 3),))]


def plain_inputs(kind: str, folder: Path, messages: list[Message]) -> dict[str, Any]:
    """What the model's own example gives to `generate`."""
    from transformers import AutoImageProcessor, AutoTokenizer, MiniCPMV4_6Processor, MiniCPMV4_7Processor

    tokenizer: Any = AutoTokenizer.from_pretrained(folder)
    processor: Any = AutoImageProcessor.from_pretrained(folder, backend="pil")
    pictures = [part for message in messages for part in message.parts if not isinstance(part, str)]
    chat = [
        {"role": m.role, "content": [{"type": "text", "text": p} if isinstance(p, str) else {"type": "image"}
                                     for p in m.parts]}
        for m in messages
    ]  # fmt: skip
    text = tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False)
    if kind not in QWEN:
        base: Any = MiniCPMV4_6Processor if kind == "minicpmv4_6" else MiniCPMV4_7Processor
        # Their own processor, less its third part, which reads videos and needs torchvision.
        whole = base.__new__(base)
        whole.image_processor, whole.tokenizer = processor, tokenizer
        whole.slice_mode, whole.default_use_image_id = processor.slice_mode, processor.use_image_id
        for name in MINICPM:
            setattr(whole, name, getattr(tokenizer, name))
        pixels, replacements = whole._process_images(pictures, return_tensors="pt")
        replacements = whole._prepend_local_ids([text], replacements, whole.image_token)
        texts, _ = whole.get_text_with_replacements([text], replacements, [])
        text, pixels = texts[0], {key: pixels[key] for key in ("pixel_values", "target_sizes")}
    else:
        pixels = processor(pictures, return_tensors="pt")
        for grid in pixels["image_grid_thw"]:
            text = text.replace("<|image_pad|>", "<|hole|>" * int(grid.prod() // 4), 1)
        text = text.replace("<|hole|>", "<|image_pad|>")
    ids = tokenizer(text, add_special_tokens=False, return_tensors="pt")["input_ids"]
    pads = (ids == tokenizer.convert_tokens_to_ids("<|image_pad|>")).long()
    types = {} if kind == "minicpmv4_6" else {"mm_token_type_ids": pads}
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), **types, **pixels}


@pytest.mark.parametrize("kind", KINDS)
def test_says_what_the_models_own_example_says(kind: str, checkpoints: dict[str, Path]) -> None:
    """Equal tokens to `generate` of transformers, given the tokens of the whole conversation."""
    from transformers import AutoModelForImageTextToText

    folder, messages = checkpoints[kind], episode(kind)
    model = load(folder)
    ours = greedy(model, messages)

    plain: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    inputs = plain_inputs(kind, folder, messages)
    length = inputs["input_ids"].shape[1]
    out = plain.generate(**inputs, max_new_tokens=24, do_sample=False)
    assert ours.text == model._tokenizer.decode(out[0, length:], skip_special_tokens=True)
    assert ours.usage.prompt_tokens == length

    # Tokens of random weights hang on little; the logits hang on every picture.
    with torch.inference_mode():
        theirs = plain(**inputs).logits[0, -1]
        _, same = model._prefill(model._encode(tuple(messages)), Session())
        swapped = [*messages[:2], Message("user", (picture(kind, 9), "step 0")), *messages[3:]]
        _, other = model._prefill(model._encode(tuple(swapped)), Session())
    said = torch.isfinite(same)  # tokens that stand for pictures are never drawn
    assert int((~said).sum()) < 10
    assert torch.allclose(same[said], theirs[said], atol=1e-5)
    assert not torch.allclose(other[said], theirs[said], atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_the_cache_changes_nothing_but_the_cost(kind: str, checkpoints: dict[str, Path]) -> None:
    cached, plain = load(checkpoints[kind]), load(checkpoints[kind], cache=False)
    whole = episode(kind)
    held = []
    for length in (3, 5, 7, 9):
        with_cache, without = greedy(cached, whole[:length], "run"), greedy(plain, whole[:length], "run")
        assert with_cache.text == without.text
        assert without.usage.cached_tokens == 0
        held.append(with_cache.usage.cached_tokens)
    assert held[0] == 0
    assert held[1] > 20
    assert held == sorted(held), "each step builds on the one before"
    assert cached._pictures.computed == 4, "each picture's features were computed once"

    # A picture that leaves the history: what stands before it is kept, what comes after it is computed anew.
    # A recurrent state was marked at no place before it, so there all is computed anew.
    shorter = [*whole[:2], Message("user", ("(picture removed)",)), *whole[3:]]
    with_cache, without = greedy(cached, shorter, "run"), greedy(plain, shorter, "run")
    assert with_cache.text == without.text
    kept = with_cache.usage.cached_tokens
    assert kept == 0 if kind in HYBRID else 0 < kept < held[1]
    assert cached._pictures.computed == 4
    # Another run shares no keys and values, only pictures.
    other = greedy(cached, whole, "another run")
    assert (other.usage.cached_tokens, other.text) == (0, greedy(plain, whole).text)


@pytest.mark.parametrize("kind", KINDS)
def test_conversations_that_part_at_one_place_share_what_stands_before(
    kind: str, checkpoints: dict[str, Path]
) -> None:
    """As an agent's requests that show only the newest picture: no prompt is the beginning of the next."""
    cached, plain = load(checkpoints[kind]), load(checkpoints[kind], cache=False)
    start = [Message("system", ("Do the task.",)), Message("user", ("Press the button. " * 9,))]
    held = []
    for number in range(4):
        messages = [*start, Message("user", (picture(kind, number), f"step {number}"))]
        reply = greedy(cached, messages, "run")
        assert reply.text == greedy(plain, messages).text
        held.append(reply.usage.cached_tokens)
    assert held[0] == 0
    assert held[1] == 0 if kind in HYBRID else held[1] > 50  # a recurrent state is marked where they parted …
    assert held[2] == held[3] > 50  # … and found there from then on
    with torch.inference_mode():
        fresh = [*start, Message("user", (picture(kind, 7),))]
        _, warm = cached._prefill(cached._encode(tuple(fresh)), cached._sessions.get("run"))
        _, cold = cached._prefill(cached._encode(tuple(fresh)), Session())
    assert torch.allclose(warm, cold, atol=1e-5)
    # The very same prompt twice: all but its last token is held, or the last mark before that.
    greedy(cached, messages, "run")
    again = greedy(cached, messages, "run")
    assert again.text == reply.text
    assert again.usage.cached_tokens == (held[3] if kind in HYBRID else again.usage.prompt_tokens - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_was_broken_off_spoils_nothing(kind: str, checkpoints: dict[str, Path]) -> None:
    cached, plain = load(checkpoints[kind]), load(checkpoints[kind], cache=False)
    whole = episode(kind)
    greedy(cached, whole[:3], "run")

    def stop(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached.generate(Request(tuple(whole[:5]), session="run", sampling=Sampling(max_tokens=9)), stop)
    reply = greedy(cached, whole[:7], "run")
    assert (reply.usage.cached_tokens, reply.text) == (0, greedy(plain, whole[:7]).text)


@pytest.mark.parametrize("kind", KINDS)
def test_cached_logits_are_close(kind: str, checkpoints: dict[str, Path]) -> None:
    model = load(checkpoints[kind])
    whole = tuple(episode(kind))
    with torch.inference_mode():
        greedy(model, list(whole[:5]), "run")
        _, warm = model._prefill(model._encode(whole), model._sessions.get("run"))
        _, cold = model._prefill(model._encode(whole), model._sessions.get(""))
    assert torch.allclose(warm, cold, atol=1e-4)
    assert not torch.equal(warm, torch.zeros_like(warm))


@pytest.mark.parametrize("kind", QWEN)
def test_our_resizing_leaves_nothing_for_the_processor_to_do(kind: str, checkpoints: dict[str, Path]) -> None:
    from transformers import AutoImageProcessor

    processor = AutoImageProcessor.from_pretrained(checkpoints[kind], backend="pil")
    for width, height in ((1280, 800), (1366, 768), (390, 844)):
        bounds = {"factor": UNIT.get(kind, 28), "min_pixels": 4 * 28 * 28, "max_pixels": 4096 * 28 * 28}
        size = smart_resize(width, height, **bounds)
        image = Image.effect_noise((width, height), 60).convert("RGB").resize(size)
        area = {"shortest_edge": 4 * 28 * 28, "longest_edge": 4096 * 28 * 28}
        theirs = processor(image, return_tensors="pt", do_resize=True, size=area)
        ours = processor(image, return_tensors="pt", do_resize=False)
        assert torch.equal(theirs["pixel_values"], ours["pixel_values"])


def test_a_picture_of_the_wrong_size_is_refused(checkpoints: dict[str, Path]) -> None:
    model = load(checkpoints["qwen2_5_vl"])
    with pytest.raises(ModelProtocolError, match="multiples of 28"):
        greedy(model, [Message("user", (Image.new("RGB", (100, 100)), "x"))])


def test_a_tokenizer_without_the_marks_of_slices_is_said(tmp_path: Path, checkpoints: dict[str, Path]) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(checkpoints["minicpmv4_6"], folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(checkpoints["qwen3_vl"] / name, folder / name)
    with pytest.raises(ModelUnavailable, match="lacks <image_id>"):
        load(folder)


def test_a_template_without_pictures_is_said(tmp_path: Path, checkpoints: dict[str, Path]) -> None:
    folder = tmp_path / "blind"
    shutil.copytree(checkpoints["qwen2_5_vl"], folder)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text("utf-8").replace("<|image_pad|>", ""), "utf-8")
    with pytest.raises(ModelProtocolError, match="leaves pictures out"):
        greedy(load(folder), [Message("user", (picture("qwen2_5_vl", 1), "x"))])


def test_text_is_streamed_as_it_comes(checkpoints: dict[str, Path]) -> None:
    model = load(checkpoints["qwen2_5_vl"])
    pieces: list[str] = []
    request = Request((Message("user", ("x",)),), sampling=Sampling(max_tokens=30, temperature=1.0, seed=5))
    reply = model.generate(request, pieces.append)
    assert len(pieces) > 5
    assert reply.text.startswith("".join(pieces))
    assert model.generate(request).text == reply.text, "equal seeds give equal answers"
    assert reply.finish_reason == "length"


@pytest.mark.parametrize("kind", KINDS)
def test_tokens_fed_together_are_as_fed_one_by_one(kind: str, checkpoints: dict[str, Path]) -> None:
    """What the grammar forces is fed in one pass."""
    model, whole, ahead = load(checkpoints[kind]), tuple(episode(kind)), [5, 60, 7, 110]
    together, single = Session(), Session()
    with torch.inference_mode():
        prompt = model._encode(whole)
        model._prefill(prompt, together)
        _, before = model._prefill(prompt, single)
        at_once = model._feed(together, ahead, prompt)
        for token in ahead:
            one_by_one = model._feed(single, [token], prompt)
    assert torch.allclose(at_once, one_by_one, atol=1e-5)
    assert not torch.allclose(at_once, before, atol=1e-3)
    assert together.tokens == single.tokens


@pytest.mark.parametrize("kind", KINDS)
def test_an_episode_answers_in_the_schema(kind: str, checkpoints: dict[str, Path]) -> None:
    model = load(checkpoints[kind])
    image = picture(kind, 1)
    frame = Frame(Size(*image.size))
    schema = wire_schema(frame.model_size, ["click", "drag"])
    asked = (Message("user", (image, "x")),)
    reply = model.generate(Request(asked, schema=schema, sampling=Sampling(max_tokens=200)))
    action = FAMILIES["generic"].format.parse(reply.text, frame).action
    assert action.action in ("click", "drag")
    assert reply.details["forced_tokens"] > 5


def test_what_is_no_checkpoint_is_said_before_loading(tmp_path: Path, checkpoints: dict[str, Path]) -> None:
    with pytest.raises(UnknownModel, match=r"config\.json"):
        load(tmp_path)
    (tmp_path / "config.json").write_text('{"architectures": ["BertModel"]}')
    with pytest.raises(UnknownModel, match="BertModel"):
        load(tmp_path)
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(UnknownModel, match="JSON"):
        load(tmp_path)
    with pytest.raises(UnknownModel, match="hub id"):
        locate("no-such-thing")


def test_a_missing_or_cut_shard_is_named(tmp_path: Path) -> None:
    folder = make_checkpoint("qwen2_5_vl", tmp_path / "sharded", max_shard_size="500KB")
    shards = sorted(folder.glob("model-*.safetensors"))
    assert len(shards) > 2
    info = inspect(folder)
    assert info.architecture == "Qwen2_5_VLForConditionalGeneration"
    assert info.parameters * 4 == info.stored_bytes > 1_000_000
    whole = shards[1].read_bytes()
    shards[1].write_bytes(whole[:-10])
    with pytest.raises(ModelUnavailable, match=shards[1].name):
        load(folder)
    shards[1].unlink()
    with pytest.raises(ModelUnavailable, match="1 of"):
        load(folder)


def test_too_little_memory_is_said_with_what_would_fit(checkpoints: dict[str, Path]) -> None:
    info = inspect(checkpoints["qwen2_5_vl"])
    check_memory(info, 2.0, 10**9, "main")
    with pytest.raises(ModelUnavailable, match="8bit would fit"):
        check_memory(info, 2.0, int(info.parameters * 1.5), "GPU")
    with pytest.raises(ModelUnavailable, match="smaller model"):
        check_memory(info, 2.0, 1000, "GPU")


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")  # peft asks for it
def test_an_adapter_changes_the_answers(tmp_path: Path, checkpoints: dict[str, Path]) -> None:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForImageTextToText

    base = AutoModelForImageTextToText.from_pretrained(checkpoints["qwen2_5_vl"], dtype=torch.float32)
    torch.manual_seed(3)
    config = LoraConfig(r=4, lora_alpha=64, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(base, config).save_pretrained(str(tmp_path / "adapter"))
    ask = [Message("user", ("What now?",))]
    adapted = load(checkpoints["qwen2_5_vl"], adapter=tmp_path / "adapter")
    assert greedy(adapted, ask).text != greedy(load(checkpoints["qwen2_5_vl"]), ask).text
    with pytest.raises(ModelUnavailable, match="adapter"):
        load(checkpoints["qwen2_5_vl"], adapter=tmp_path)


def test_weights_that_are_not_here_are_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelUnavailable, match="--download"):
        locate("mimo-vl-7b")
