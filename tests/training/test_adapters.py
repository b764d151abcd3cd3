"""Adapters: merged weights answer as the adapter does, and what is written opens in stock transformers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file, save_file

from model.training.data.dataset import open_data
from model.training.export import export, merge
from model.training.opened import open_checkpoint
from model.training.sft import sft
from model.training.trainer.batch import collate
from model.training.trainer.blocks import block_of
from model.training.trainer.learner import Learner
from model.training.trainer.state import TrainingFault, read_log
from tests.training.learners import boxes, checkpoint, options

pytestmark = pytest.mark.filterwarnings("ignore")  # of transformers and peft about themselves


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, a data set, and an adapter in every block."""
    path = tmp_path_factory.mktemp("adapters")
    boxes(path / "data", pictures=3)
    checkpoint(path / "base")
    sft(options(path, "run", lora=4, lr=3e-2, steps=4))
    return path


def logits(opened: Any, folder: Path) -> torch.Tensor:
    from model.families import FAMILIES
    from model.training.data.render import examples

    data = open_data(folder / "data")
    example = next(examples(next(iter(data)), FAMILIES["gta1"], data.open_picture))
    sample, _ = opened.encoder.sample(example, ["key"])
    batch = collate([sample], pad=0)
    opened.model.eval()
    with torch.no_grad():
        told = Learner(opened.model, opened.eyes)(batch)
        core = opened.model.get_base_model() if hasattr(opened.model, "peft_config") else opened.model
        return core.get_output_embeddings()(told.hidden)  # type: ignore[no-any-return]


def test_merged_logits_are_the_adapters_in_every_block(trained: Path) -> None:
    from peft import PeftModel

    adapter = trained / "run" / "adapter"
    held = load_file(adapter / "adapter_model.safetensors")
    assert {"visual.blocks", "visual.merger", "language_model"} == {
        part for name in held for part in ("visual.blocks", "visual.merger", "language_model") if part in name
    }
    assert all(weight.abs().max() > 0 for name, weight in held.items() if "lora_B" in name)
    changed = merge(trained / "base", adapter, trained / "merged")
    assert changed == sum("lora_A" in name for name in held)

    plain = open_checkpoint(trained / "base")
    before = logits(plain, trained)
    plain.model = PeftModel.from_pretrained(plain.model, adapter)
    with_adapter = logits(plain, trained)
    merged = logits(open_checkpoint(trained / "merged"), trained)
    assert (with_adapter - before).abs().max() > 0.05
    assert torch.allclose(merged, with_adapter, atol=1e-4)
    # An adapter of the vision encoder alone counts, too: a merge that drops it is a fault seen elsewhere.
    base, whole = (load_file(trained / name / "model.safetensors") for name in ("base", "merged"))
    moved = {block_of(name) for name in base if not torch.equal(base[name], whole[name])}
    assert moved == {"vision", "projector", "language"}


def test_a_run_with_the_adapter_answers_as_the_exported_folder(trained: Path) -> None:
    from action_space.geometry import Frame, Size
    from model.families import FAMILIES
    from model.grounding import question
    from model.local.model import LocalModel

    export(trained / "run", trained / "exported")
    image = open_data(trained / "data").open_picture(next(iter(open_data(trained / "data"))).picture)  # type: ignore[union-attr]
    request, _ = question(FAMILIES["gta1"], image, Frame(Size(*image.size)), "the red square")
    known: dict[str, Any] = {"family": "gta1", "device": "cpu", "dtype": "float32"}
    one = LocalModel(trained / "base", adapter=trained / "run" / "adapter", **known).generate(request)
    other = LocalModel(trained / "exported", **known).generate(request)
    assert one.text == other.text


def test_what_is_written_opens_in_stock_transformers_and_never_says_a_picture(trained: Path) -> None:
    from transformers import AutoModelForImageTextToText, AutoTokenizer

    export(trained / "run", trained / "stock", dtype="bfloat16")
    names = {path.name for path in (trained / "stock").iterdir()}
    assert {"config.json", "generation_config.json", "model.safetensors", "preprocessor_config.json"} <= names
    assert not any(name.startswith("processor_config") for name in names)
    assert load_file(trained / "stock" / "model.safetensors")["lm_head.weight"].dtype == torch.bfloat16
    model: Any = AutoModelForImageTextToText.from_pretrained(trained / "stock", dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(trained / "stock")
    pad = model.config.image_token_id
    with torch.no_grad():
        model.lm_head.weight.zero_()
        model.lm_head.weight[pad] = 1.0  # the model wants to say nothing but pictures, or their opposite
        asked = tokenizer("hello", return_tensors="pt")
        said = model.generate(**asked, max_new_tokens=8, do_sample=False)
    assert pad not in said.tolist()[0]


def test_an_adapter_that_does_not_fit_is_refused_in_whole_or_in_part(trained: Path, tmp_path: Path) -> None:
    import shutil

    adapter = shutil.copytree(trained / "run" / "adapter", tmp_path / "adapter")
    held = load_file(adapter / "adapter_model.safetensors")
    held["base_model.model.model.visual.blocks.99.attn.qkv.lora_A.weight"] = torch.zeros(4, 64)
    save_file(held, adapter / "adapter_model.safetensors")
    with pytest.raises(TrainingFault, match=r"1 of its \d+ weights have no place.*such as .*blocks\.99"):
        merge(trained / "base", adapter, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(TrainingFault, match=r"is no adapter: it has no adapter_config\.json"):
        merge(trained / "base", trained / "base", tmp_path / "out")
    with pytest.raises(TrainingFault, match="holds neither a finished model nor an adapter"):
        export(trained / "data", tmp_path / "out")


def test_a_folder_that_cannot_be_written_leaves_the_old_one(trained: Path, tmp_path: Path) -> None:
    merge(trained / "base", trained / "run" / "adapter", tmp_path / "out")
    kept = sorted(path.name for path in (tmp_path / "out").iterdir())
    (tmp_path / "blocked").write_text("a file")
    with pytest.raises(TrainingFault, match="cannot be written"):
        merge(trained / "base", trained / "run" / "adapter", tmp_path / "blocked" / "out")
    merge(trained / "base", trained / "run" / "adapter", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == kept
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.fixture
def other_precision() -> Iterator[None]:
    """accelerate holds one precision a process."""
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state()
    yield
    AcceleratorState._reset_state()


@pytest.mark.usefixtures("other_precision")
def test_adapters_learn_in_sixteen_bit_and_are_asked_meanwhile(trained: Path) -> None:
    """With activations computed again on the way back: what it computes there is what it was before."""
    from action_space.geometry import Frame, Size
    from model.families import FAMILIES
    from model.grounding import question

    image = open_data(trained / "data").open_picture(next(iter(open_data(trained / "data"))).picture)  # type: ignore[union-attr]
    request, _ = question(FAMILIES["gta1"], image, Frame(Size(*image.size)), "the red square")

    def evaluate(asked: Any) -> dict[str, float]:
        return {"eval_tokens": float(asked.generate(request).usage.completion_tokens)}

    half = options(
        trained, "half", lora=4, lr=3e-2, precision="bf16", checkpointing=True, evaluate_every=2, evaluate_tokens=4
    )
    run, place = sft(half, evaluate=evaluate)
    whole = [line["loss"] for line in read_log(trained / "run" / "steps.jsonl")]  # the same in 32 bit
    assert run.figures["eval_tokens"] > 0
    assert run.losses[0] == pytest.approx(whole[0], abs=0.02)
    assert run.losses[-1] < run.losses[0]
    held = load_file(place / "adapter_model.safetensors")
    assert all(weight.dtype == torch.float32 and weight.isfinite().all() for weight in held.values())
