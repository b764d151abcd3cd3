"""Exports: each file by its tool's documented rules, in the words and pixels of the family.

`AGENT_TRAINERS=FOLDER` also loads them with the tools' own code: FOLDER/llamafactory, FOLDER/ms-swift and
FOLDER/verl, each made by `pip install --no-deps --target`, and FOLDER/python, an interpreter that has what they
import.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from PIL import Image

from action_space.formats.grounding import parse_point
from model.families import FAMILIES
from model.local.model import chat_of
from model.training.data.base import DataError
from model.training.data.dataset import FolderData
from model.training.data.pictures import PictureFault
from model.training.data.records import Element, ParsedScreen, TextItem
from model.training.data.render import examples
from model.training.data.writers import TOOLS, export
from tests.training.makers import ORIGIN, episode, folder, item, screen

TRAINERS = os.environ.get("AGENT_TRAINERS", "")


@pytest.fixture
def data(tmp_path: Path) -> FolderData:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen(9))
    test = ORIGIN.model_copy(update={"split": "test"})
    element = Element(kind="button", box=(10, 10, 50, 30))
    data.append(
        item(picture, "item"),
        episode(data),
        item(picture, "gone", boxes=(), absent=True, origin=test),
        TextItem(id="text", origin=ORIGIN, prompt="Press OK.", completion="click OK"),
        ParsedScreen(id="screen", origin=ORIGIN, picture=picture, elements=(element,)),
    )
    return data


def jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def taught(data: FolderData, family: str) -> dict[str, Any]:
    return {one.id: one for record in data for one in examples(record, FAMILIES[family], data.open_picture)}


@pytest.mark.parametrize("family", ["mimo-vl", "qwen3-vl"])
def test_trl_reads_prompts_completions_and_pictures(
    family: str, data: FolderData, tmp_path: Path, checkpoints: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets")
    from transformers import AutoTokenizer

    done = export(data, "trl", tmp_path / "out", FAMILIES[family])
    assert done.rows == {"train": 6, "test": 1}
    assert (done.left_out, done.screens) == ([], 1)
    files = {split: str(tmp_path / "out" / f"{split}.parquet") for split in done.rows}
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path / "cache"))
    tokenizer = AutoTokenizer.from_pretrained(checkpoints["qwen3_vl" if family == "qwen3-vl" else "qwen2_5_vl"])
    wanted = taught(data, family)
    for row in [*loaded["train"], *loaded["test"]]:
        one = wanted.pop(row["id"])
        assert set(row) == {"id", "prompt", "completion", "images"}
        said = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False)
        assert said == tokenizer.apply_chat_template(
            chat_of(one.messages), add_generation_prompt=True, tokenize=False
        )
        assert row["completion"][0]["role"] == "assistant"
        assert row["completion"][0]["content"] == [{"type": "text", "text": one.completion}]
        shown = [part for message in one.messages for part in message.parts if isinstance(part, Image.Image)]
        assert [image.tobytes() for image in row["images"]] == [image.tobytes() for image in shown]
        holes = sum(part["type"] == "image" for message in row["prompt"] for part in message["content"])
        assert holes == len(shown)
    assert not wanted


def test_ms_swift_has_a_hole_for_each_picture_and_says_what_is_learned(data: FolderData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = export(data, "ms-swift", out, FAMILIES["mimo-vl"])
    assert done.rows == {"train": 6, "test": 1}
    wanted = taught(data, "mimo-vl")
    for row in [*jsonl(out / "train.jsonl"), *jsonl(out / "test.jsonl")]:
        roles = [message["role"] for message in row["messages"]]
        assert roles == ["user", "assistant"]
        assert row["messages"][-1] == {
            "role": "assistant",
            "content": wanted[row["id"]].completion,
            "loss": True,
        }
        assert sum(message["content"].count("<image>") for message in row["messages"]) == len(row["images"])
        for path in row["images"]:
            assert not Path(path).is_absolute()
            with Image.open(out / path) as image:
                assert image.size == (644, 392)
    assert len(list((out / "images").iterdir())) == 5, "each picture once"


def test_llamafactory_has_turns_and_an_entry_for_each_split(data: FolderData, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(data, "llamafactory", out, FAMILIES["qwen2.5-vl"])
    info = json.loads((out / "dataset_info.json").read_text())
    assert set(info) == {"gui_train", "gui_test"}
    for entry in info.values():
        assert entry["formatting"] == "sharegpt"
        tags, columns = entry["tags"], entry["columns"]
        for row in jsonl(out / entry["file_name"]):
            messages = row[columns["messages"]]
            if messages[0][tags["role_tag"]] == tags["system_tag"]:
                messages = messages[1:]
            turns = [message[tags["role_tag"]] for message in messages]
            assert turns == [tags["user_tag"], tags["assistant_tag"]] * (len(turns) // 2)
            text = "".join(message[tags["content_tag"]] for message in messages)
            assert text.count("<image>") == len(row[columns["images"]])
            assert all((out / path).is_file() for path in row[columns["images"]])


def test_verl_has_prompts_with_holes_and_a_truth_for_rewards(data: FolderData, tmp_path: Path) -> None:
    out, family = tmp_path / "out", FAMILIES["qwen3-vl"]
    export(data, "verl", out, family)
    rows = [
        row
        for split in ("train", "test")
        for row in pyarrow.parquet.read_table(out / f"{split}.parquet").to_pylist()
    ]
    wanted = taught(data, "qwen3-vl")
    for row in rows:
        one = wanted.pop(row["extra_info"]["id"])
        text = "".join(message["content"] for message in row["prompt"])
        assert text.count("<image>") == len(row["images"])
        for image in row["images"]:
            with Image.open(io.BytesIO(image["bytes"])) as opened:
                assert opened.size == (640, 384)
        assert row["reward_model"]["style"] == "rule"
        truth = json.loads(row["reward_model"]["ground_truth"])
        assert row["extra_info"]["answer"] == one.completion
        if row["data_source"] == "gui/grounding":
            assert truth["screen"] == [640, 400]
            assert truth["absent"] is (one.id == "gone")
            if truth["boxes"]:
                point, _ = parse_point(one.completion, one.frame)
                left, top, right, bottom = truth["boxes"][0]
                assert left <= point[0] < right
                assert top <= point[1] < bottom
        if row["data_source"] == "gui/episode":
            assert truth["action"]["action"] in ("click", "finished")
    assert not wanted
    assert [row["extra_info"]["index"] for row in rows] == [0, 1, 2, 3, 4, 5, 0]


@pytest.mark.parametrize("tool", ["ms-swift", "llamafactory"])
def test_a_conversation_that_a_tool_would_change_is_left_out_with_its_reason(
    tool: str, data: FolderData, tmp_path: Path
) -> None:
    done = export(data, tool, tmp_path / "out", FAMILIES["ui-tars-1.5"])
    assert done.rows == {"train": 2, "test": 1}, "grounding and text need no conversation"
    assert len(done.left_out) == 4
    assert all("two user messages in a row; trl and verl take it" in line for line in done.left_out)


@pytest.mark.parametrize("tool", ["ms-swift", "llamafactory", "verl"])
def test_a_word_that_a_tool_takes_for_a_picture_is_refused(tool: str, tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen())
    data.append(item(picture, "trap", instruction="the button <image>"), item(picture, "good"))
    done = export(data, tool, tmp_path / "out", FAMILIES["mimo-vl"])
    assert done.rows == {"train": 1}
    assert done.left_out == ["trap: holds the word <image>, which this tool takes for a place of its own"]


@pytest.mark.parametrize("tool", TOOLS)
def test_an_export_that_fails_leaves_nothing_that_looks_whole(tool: str, data: FolderData, tmp_path: Path) -> None:
    victim = data.add_picture(screen(2))
    (data.folder / victim.path).unlink()
    out = tmp_path / "out"
    with pytest.raises(PictureFault, match="cannot be read"):
        export(data, tool, out, FAMILIES["mimo-vl"])
    assert [path for path in out.rglob("*") if path.is_file()] == []
    (out / "mine.txt").write_text("x")
    with pytest.raises(DataError, match="is not empty"):
        export(data, tool, out, FAMILIES["mimo-vl"])


def own_code(tool: str, code: str, *args: Path) -> str:
    """What a tool's own code prints, in an interpreter of its own."""
    if not TRAINERS:
        pytest.skip("AGENT_TRAINERS names no folder with the trainers")
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(TRAINERS) / tool),
        "HF_HUB_OFFLINE": "1",
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [str(Path(TRAINERS) / "venv" / "bin" / "python"), "-c", code, *map(str, args)],
        env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


LLAMAFACTORY = """
import importlib.machinery, json, sys, types
try:
    import torchaudio
except (ImportError, OSError):  # it is for sounds, which these files have none of; its build is for GPUs
    sys.modules["torchaudio"] = types.ModuleType("torchaudio")
    sys.modules["torchaudio"].__spec__ = importlib.machinery.ModuleSpec("torchaudio", None)
from types import SimpleNamespace
from llamafactory.data.converter import SharegptDatasetConverter
from llamafactory.data.parser import get_dataset_list
out = sys.argv[1]
for name in ("gui_train", "gui_test"):
    (attr,) = get_dataset_list([name], out)
    convert = SharegptDatasetConverter(attr, SimpleNamespace(media_dir=out))
    for line in open(out + "/" + attr.dataset_name):
        row = convert(json.loads(line))
        assert row["_prompt"] and row["_response"], row
        images = row["_images"] or []
        assert all(path.startswith(out) for path in images)
        print("pictures", len(images))
"""
SWIFT = """
import json, os, sys
os.chdir(sys.argv[1])
from swift.dataset import load_dataset
for name in ("train", "test"):
    rows, _ = load_dataset(name + ".jsonl")
    for row in rows:
        assert row["messages"][-1]["role"] == "assistant"
        print("pictures", len(row.get("images") or []))
"""
VERL = """
import sys
from omegaconf import OmegaConf
from transformers import AutoImageProcessor, AutoTokenizer
from verl.utils.dataset.rl_dataset import RLHFDataset
out, checkpoint, cache = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
config = OmegaConf.create({"prompt_key": "prompt", "image_key": "images", "filter_overlong_prompts": False,
                           "cache_dir": cache, "return_raw_chat": True, "max_prompt_length": 100000})
for name in ("train", "test"):
    rows = RLHFDataset(out + "/" + name + ".parquet", tokenizer, config, processor=object())
    for number in range(len(rows)):
        messages = rows._build_messages(rows.dataframe[number], "prompt")
        contents = [message["content"] for message in messages if isinstance(message["content"], list)]
        print("pictures", sum(part["type"] == "image" for content in contents for part in content))
"""


@pytest.mark.parametrize(("tool", "code"), [("llamafactory", LLAMAFACTORY), ("ms-swift", SWIFT), ("verl", VERL)])
def test_the_tools_own_code_loads_it(
    tool: str, code: str, data: FolderData, tmp_path: Path, checkpoints: dict[str, Path]
) -> None:
    out = tmp_path / "out"
    done = export(data, tool, out, FAMILIES["mimo-vl"])
    extra = [checkpoints["qwen2_5_vl"], tmp_path / "cache"] if tool == "verl" else []
    said = own_code(tool, code, out, *extra).splitlines()
    counts = [int(line.split()[1]) for line in said if line.startswith("pictures ")]
    assert len(counts) == sum(done.rows.values()) == 7
    assert sum(counts) == 6, "every example but the text shows one picture"
