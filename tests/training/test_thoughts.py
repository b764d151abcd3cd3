"""Chat templates that begin the thought themselves, and tasks that stand in the first turn."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from model.families import FAMILIES
from model.local.model import LocalModel
from model.training.data.dataset import FolderData
from model.training.data.render import examples
from model.training.opened import open_checkpoint
from tests.tools.random_weights import make_checkpoint
from tests.training.makers import episode

# How Qwen3.5's own template ends: the thought is begun, or begun and ended.
ENDING = (
    "{% if add_generation_prompt %}{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% else %}<think>\n{% endif %}{% endif %}"
)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_checkpoint("qwen3_5", tmp_path_factory.mktemp("checkpoints") / "qwen3_5")
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text("utf-8") + ENDING, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("family", "thinking", "begins"),
    [
        ("qwen3.5", None, "Action: Now step 0."),
        ("qwen-cua", None, "Now step 0.\n</think>\n<tool_call>"),
        ("qwen-cua", False, "<think>\nNow step 0.\n</think>\n<tool_call>"),
        ("qwen3.5", True, "\n</think>\n\nAction: Now step 0."),
    ],
)
def test_an_answer_goes_on_where_the_template_ends(
    family: str, thinking: bool | None, begins: str, checkpoint: Path, tmp_path: Path
) -> None:
    data = FolderData(tmp_path / "data", create=True)
    record = episode(data, steps=2)
    row = FAMILIES[family].with_thinking(thinking)
    first = next(examples(record, row, data.open_picture))
    opened = open_checkpoint(checkpoint)
    sample, _ = opened.encoder.sample(first, ["one"])
    running = LocalModel(checkpoint, family=family, device="cpu", dtype="float32")
    prompt = [token for token, _ in running._encode(first.messages, first.chat_template_kwargs).tokens]
    assert sample.tokens[: len(prompt)].tolist() == prompt
    assert opened.tokenizer.decode(sample.tokens[len(prompt) :]).startswith(begins)
    ends = opened.tokenizer.decode(prompt[-12:])
    assert ends.endswith("<think>\n" if row.thinks else "</think>\n\n")


def test_the_task_stays_when_its_turn_leaves(checkpoint: Path, tmp_path: Path) -> None:
    data = FolderData(tmp_path / "data", create=True)
    record = episode(data, steps=4)
    last = list(examples(record, FAMILIES["qwen3.5"], data.open_picture))[-1]
    keys = [picture.sha256 for picture in last.pictures]
    assert isinstance(last.messages[1].parts[0], Image.Image), "the first turn holds the task and a picture"
    whole, dropped = open_checkpoint(checkpoint).encoder.sample(last, keys)
    assert dropped == 0
    opened = open_checkpoint(checkpoint, limit=len(whole) - 1)
    cut, dropped = opened.encoder.sample(last, keys)
    assert dropped == 1
    text = opened.tokenizer.decode([token for token in cut.tokens if token != opened.encoder.picture])
    assert record.task in text
    assert "Now step 0." not in text
    assert "Now step 1." in text
    assert len(cut.pictures) == len(whole.pictures) - 1
    assert [seen.key for seen in cut.pictures] == [seen.key for seen in whole.pictures][1:]
