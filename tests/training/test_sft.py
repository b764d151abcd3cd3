"""`agent train sft`: what is trained, what stays, what a crash leaves, what is refused."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

import torch
from PIL import Image

from model.base import UnknownModel
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import TextItem
from model.training.lessons import Lessons
from model.training.opened import open_checkpoint
from model.training.sft import Plan, sft
from model.training.trainer.blocks import block_of, freeze
from model.training.trainer.state import TrainingFault, read_log
from tests.training.learners import boxes, checkpoint, options, texts
from tests.training.makers import ORIGIN, episode

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning"),  # transformers and peft about themselves
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sft")
    boxes(path / "data")
    checkpoint(path / "base")
    return path


def weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


@pytest.mark.parametrize("blocks", ["projector", "vision+projector", "language"])
def test_frozen_weights_do_not_change_and_the_others_do(folder: Path, blocks: str) -> None:
    plans: list[Plan] = []
    _, place = sft(options(folder, f"frozen-{blocks}", blocks=blocks, steps=2), tell=plans.append)
    before, after = weights(folder / "base"), weights(place)
    changed = {block_of(name) for name in before if not torch.equal(before[name], after[name])}
    assert changed == set(blocks.split("+"))
    told = {count.block: count for count in plans[0].trained[0]}
    assert {name for name, count in told.items() if count.trained} == changed
    assert sum(count.total for count in told.values()) == sum(weight.numel() for weight in before.values())


def test_stages_train_one_after_the_other(folder: Path) -> None:
    run, place = sft(options(folder, "stages", stages="projector:2@1e-3,language:2@1e-4"))
    before, after = weights(folder / "base"), weights(place)
    changed = {block_of(name) for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"projector", "language"}
    assert run.steps == 4
    assert [line["stage"] for line in read_log(folder / "stages" / "steps.jsonl")] == [0, 0, 1, 1]


def test_the_loss_falls(folder: Path) -> None:
    run, _ = sft(options(folder, "falls", steps=30, lr=3e-3))
    assert sum(run.losses[-5:]) < 0.5 * sum(run.losses[:5])


@pytest.mark.parametrize("more", [{}, {"lora": 4, "lora_dropout": 0.2}, {"stages": "projector:3@1e-3,all:3@1e-3"}])
def test_a_run_that_is_stopped_anywhere_goes_on_to_the_same_end(folder: Path, more: dict[str, Any]) -> None:
    name = f"resume-{'-'.join(more) or 'full'}"
    whole, end = sft(options(folder, f"{name}-whole", **more))
    for stopped in (3,) if more else (1, 4):
        out, steps = f"{name}-{stopped}", iter(range(1, 9))
        first, _ = sft(options(folder, out, **more), stop=lambda: next(steps) == stopped)  # noqa: B023
        assert first.steps == stopped
        again, place = sft(options(folder, out, **more))
        assert again.losses == whole.losses
        assert [line["step"] for line in read_log(folder / out / "steps.jsonl")] == [1, 2, 3, 4, 5, 6]
        one, other = (_held(path) for path in (end, place))
        assert one.keys() == other.keys()
        assert all(torch.equal(one[key], other[key]) for key in one)


def _held(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(next(folder.glob("*model.safetensors")))


def test_a_run_that_is_killed_goes_on_to_the_same_end(folder: Path) -> None:
    """kill -9 as soon as the log has some steps: whatever was being written then must not matter."""
    whole, _ = sft(options(folder, "killed-whole", steps=12, save_every=1))
    out = folder / "killed"
    code = (
        "from pathlib import Path; from model.training.sft import sft\n"
        "from tests.training.learners import options; import sys\n"
        "sft(options(Path(sys.argv[1]), 'killed', steps=12, save_every=1))"
    )
    log = out / "steps.jsonl"
    for after in (2, 6):
        child = subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stderr=subprocess.DEVNULL)
        while child.poll() is None and (not log.is_file() or len(read_log(log)) < after):
            time.sleep(0.02)
        child.kill()
        child.wait()
        assert child.returncode in (-signal.SIGKILL, 0)
    again, _ = sft(options(folder, "killed", steps=12, save_every=1))
    assert again.losses == whole.losses
    assert [line["step"] for line in read_log(log)] == list(range(1, 13))
    assert len(list((out / "states").iterdir())) == 2


def test_another_run_in_the_same_folder_is_refused(folder: Path) -> None:
    sft(options(folder, "other", steps=2))
    with pytest.raises(TrainingFault, match=r"holds another run \(lr: 0.001 then, 0.5 now\)"):
        sft(options(folder, "other", steps=2, lr=0.5))


def test_kept_features_give_the_same_losses(folder: Path) -> None:
    for blocks in ("language", "projector+language"):
        plain, _ = sft(options(folder, f"plain-{blocks}", blocks=blocks))
        kept, _ = sft(options(folder, f"kept-{blocks}", blocks=blocks, cache_features=True))
        assert kept.losses == pytest.approx(plain.losses, abs=1e-5)
    assert len(list((folder / "kept-language" / "features").rglob("*.safetensors"))) == 6
    with pytest.raises(TrainingFault, match="vision encoder is trained"):
        sft(options(folder, "kept-all", cache_features=True))


@pytest.mark.parametrize("kind", ["qwen2_vl", "qwen3_vl", "minicpmv4_6"])
def test_every_class_can_be_trained_with_kept_features(tmp_path: Path, kind: str) -> None:
    boxes(tmp_path / "data")
    checkpoint(tmp_path / "base", kind)
    family = {"qwen3_vl": "qwen3-vl", "minicpmv4_6": "minicpm-v"}.get(kind, "gta1")
    more = {"family": family, "blocks": "language", "steps": 2}
    plain, _ = sft(options(tmp_path, "plain", **more))
    kept, _ = sft(options(tmp_path, "kept", cache_features=True, **more))
    assert kept.losses == pytest.approx(plain.losses, abs=1e-5)


def test_questions_in_one_sequence_give_the_gradients_of_questions_apart(folder: Path) -> None:
    from model.training.trainer.learner import Learner
    from model.training.trainer.loop import answer_loss

    opened = open_checkpoint(folder / "base")
    found = []
    for pack in (1, 2):
        lessons = _lessons(folder, opened, batch=100, micro=100, pack=pack)
        learner = Learner(opened.model, opened.eyes)
        opened.model.zero_grad()
        total = lessons.total(0)
        for make in lessons.batches(0):
            batch = make()
            loss, _ = answer_loss(learner(batch), batch, None)
            (loss / total).backward()
        found.append((total, {name: weight.grad for name, weight in opened.model.named_parameters()}))
        lessons.close()
    (one, apart), (other, together) = found
    assert one == other
    assert all(torch.allclose(apart[name], together[name], atol=1e-5) for name in apart)


def _lessons(folder: Path, opened: Any, **more: Any) -> Lessons:
    from model.families import FAMILIES
    from model.training.data.dataset import open_data

    return Lessons(open_data(folder / "data"), FAMILIES["gta1"], opened.encoder, **more)


def test_batches_hold_like_lengths_and_every_example_once_an_epoch(folder: Path) -> None:
    opened = open_checkpoint(folder / "base")
    lessons = _lessons(folder, opened, batch=3, micro=3)
    assert lessons.steps_of_epoch == 4
    seen = [place for step in range(4) for place in lessons.chosen(step)]
    assert sorted(seen) == list(range(12))
    assert seen != [place for step in range(4, 8) for place in lessons.chosen(step)]
    lengths = [[len(lessons.sample(place)) for place in lessons.chosen(step)] for step in range(4)]
    assert max(max(some) - min(some) for some in lengths) < max(map(max, lengths)) - min(map(min, lengths))
    lessons.close()


def test_prompt_tokens_are_those_of_a_run(folder: Path) -> None:
    from model.families import FAMILIES
    from model.grounding import question
    from model.local.model import LocalModel
    from model.training.data.dataset import open_data
    from model.training.data.render import examples

    opened = open_checkpoint(folder / "base")
    runs = LocalModel(folder / "base", family="gta1", device="cpu", dtype="float32")
    data, family = open_data(folder / "data"), FAMILIES["gta1"]
    for record in data:
        example = next(iter(examples(record, family, data.open_picture)))
        sample, _ = opened.encoder.sample(example, ["key"])
        image = data.open_picture(record.picture)  # type: ignore[union-attr]
        from action_space.geometry import Frame, Size

        request, _ = question(family, image, Frame(Size(*image.size)), record.instruction)  # type: ignore[union-attr]
        prompt = runs._encode(request.messages)
        count = len(prompt.tokens)
        assert sample.tokens[:count].tolist() == [token for token, _ in prompt.tokens]
        assert (sample.positions[:, :count] == prompt.positions[:, 0].numpy()).all()
        assert not sample.weights[:count].any()
        assert sample.weights[count:].all()
        said = opened.tokenizer.decode(sample.tokens[count:])
        assert said == example.completion + opened.tokenizer.eos_token
        shown = sample.pictures[0].load()
        assert (
            shown.tobytes() == next(p for p in request.messages[-1].parts if isinstance(p, Image.Image)).tobytes()
        )


def test_old_turns_leave_whole_and_answers_of_the_last_turns_are_learned(tmp_path: Path) -> None:
    from model.families import FAMILIES
    from model.training.data.render import examples

    data = FolderData(tmp_path / "data", create=True)
    data.append(episode(data, steps=4))
    checkpoint(tmp_path / "base", "qwen2_5_vl")
    record = next(iter(data))
    last = list(examples(record, FAMILIES["ui-tars-1.5"], data.open_picture))[-1]
    keys = [picture.sha256 for picture in last.pictures]
    opened = open_checkpoint(tmp_path / "base", turns=2)
    whole, dropped = opened.encoder.sample(last, keys)
    assert dropped == 0
    spans = _spans(whole)
    assert len(spans) == 2
    said = [opened.tokenizer.decode(whole.tokens[begun:end], skip_special_tokens=True) for begun, end in spans]
    assert said[1] == last.completion
    assert said[0] == last.messages[last.learned[-1]].text
    assert all(whole.tokens[end - 1] == opened.tokenizer.eos_token_id for _, end in spans)

    short = open_checkpoint(tmp_path / "base", limit=len(whole) - 1, turns=2)
    cut, dropped = short.encoder.sample(last, keys)
    assert dropped >= 1
    assert len(cut) < len(whole)
    pad = opened.model.config.image_token_id
    assert int((cut.tokens == pad).sum()) == sum(seen.tokens for seen in cut.pictures)
    assert cut.tokens[-20:].tolist() == whole.tokens[-20:].tolist()


def _spans(sample: Any) -> list[tuple[int, int]]:
    learned = [*(sample.weights > 0), False]
    begins = [at for at in range(len(learned)) if learned[at] and not (at and learned[at - 1])]
    return [(begun, next(at for at in range(begun, len(learned)) if not learned[at])) for begun in begins]


def test_an_example_that_is_too_long_is_left_out_and_told(folder: Path) -> None:
    plans: list[Plan] = []
    with pytest.raises(TrainingFault, match=r"holds nothing to learn.*A prompt is never cut"):
        sft(options(folder, "long", max_tokens=40), tell=plans.append)


def test_an_answer_that_holds_a_picture_token_is_never_learned(tmp_path: Path) -> None:
    data = texts(tmp_path / "data", 3)
    data.append(TextItem(id="bad", origin=ORIGIN, prompt="draw", completion="<|image_pad|>"))
    data.append(TextItem(id="worse", origin=ORIGIN, prompt="<|image_pad|>", completion="yes"))
    checkpoint(tmp_path / "base")
    plans: list[Plan] = []
    sft(options(tmp_path, steps=1, blocks="language"), tell=plans.append)
    told = " ".join(plans[0].survey.left_out)
    assert plans[0].survey.examples == 4  # in a prompt it is broken, as in a run
    assert "the answer holds <|image_pad|>" in told


def test_text_models_are_trained_too(tmp_path: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    from tests.tools.random_weights import make_tokenizer

    texts(tmp_path / "data")
    ids = make_tokenizer(tmp_path / "base")
    config = Qwen2Config(
        vocab_size=ids["size"], hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, eos_token_id=ids["<|im_end|>"],
    )  # fmt: skip
    torch.manual_seed(0)
    Qwen2ForCausalLM(config).save_pretrained(tmp_path / "base")
    run, place = sft(options(tmp_path, steps=100, lr=1e-2, batch=6, micro=6, save_every=200))
    assert run.losses[-1] < 0.05
    model, tokenizer = AutoModelForCausalLM.from_pretrained(place), AutoTokenizer.from_pretrained(place)
    chat = [{"role": "user", "content": "3 + 1"}]
    text = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    asked = tokenizer(text, return_tensors="pt", add_special_tokens=False)
    said = model.generate(**asked, max_new_tokens=4, do_sample=False)
    assert tokenizer.decode(said[0, asked["input_ids"].shape[1] :], skip_special_tokens=True) == "4"


def test_a_loss_that_is_no_number_stops_the_run_and_saves_the_batch(folder: Path) -> None:
    with pytest.raises(TrainingFault, match=r"step \d+: the .* is (nan|inf)") as stopped:
        sft(options(folder, "nan", lr=1e30, steps=20, clip=1e9))
    assert not stopped.value.usage
    saved = next((folder / "nan").glob("bad-batch-step-*"))
    assert torch.load(saved / "tensors.pt")[0]["ids"].shape[0] == 2
    assert json.loads((saved / "records.json").read_text())
    assert list(saved.glob("*.png"))


def test_a_missing_picture_is_an_error_that_names_it(tmp_path: Path) -> None:
    data = boxes(tmp_path / "data")
    checkpoint(tmp_path / "base")
    gone = next(iter(data)).picture.path  # type: ignore[union-attr]
    (data.folder / gone).unlink()
    with pytest.raises(PictureFault, match=gone):
        sft(options(tmp_path, steps=3, batch=12, micro=12))


@pytest.mark.skipif(os.geteuid() != 0 or not Path("/dev/full").exists(), reason="needs a small file system")
def test_a_full_disk_leaves_the_state_before(folder: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=9m", "none", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("may not mount a small file system here")
    try:
        with pytest.raises(TrainingFault, match=r"the disk is full.*The state after step 2 is whole") as stopped:
            sft(options(folder, str(small / "out"), keep=5))
        assert not stopped.value.usage
        assert [path.name for path in (small / "out" / "states").iterdir()] == ["000002"]
    finally:
        subprocess.run(["umount", "-l", str(small)], check=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"blocks": "eyes"}, r"blocks: 'eyes'; accepted: vision, projector, language"),
        ({"stages": "projector:x@1"}, r"--stages projector:x@1: accepted: BLOCKS:STEPS@RATE"),
        ({"precision": "fp8"}, r"--precision fp8: accepted: no, bf16"),
        ({"optimizer": "sgd"}, r"--optimizer sgd: accepted: adamw, muon"),
        ({"batch": 0}, r"--batch 0: accepted: 1 or more"),
    ],
)
def test_what_cannot_be_asked_for_is_said(folder: Path, more: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingFault, match=said) as refused:
        sft(options(folder, "refused", **more))
    assert refused.value.usage


def test_an_unknown_family_is_said(folder: Path) -> None:
    with pytest.raises(UnknownModel, match=r"family: 'nobody' is not known; accepted: canonical"):
        sft(options(folder, "refused", family="nobody"))


def test_a_checkpoint_of_another_class_is_refused(tmp_path: Path, folder: Path) -> None:
    base = tmp_path / "base"
    base.mkdir()
    (base / "config.json").write_text('{"architectures": ["WhisperForConditionalGeneration"]}')
    boxes(tmp_path / "data")
    with pytest.raises(UnknownModel, match=r"WhisperForConditionalGeneration cannot be trained.*: Qwen"):
        sft(options(tmp_path))


def test_blocks_without_parameters_are_refused(folder: Path) -> None:
    from types import SimpleNamespace

    model = SimpleNamespace(named_parameters=lambda: iter([("model.layers.0.weight", torch.nn.Parameter())]))
    with pytest.raises(TrainingFault, match="blocks: vision: this model has no parameter there"):
        freeze(model, ["vision"])
