"""What goes wrong with a model ends `agent ground` with the right exit code and one clear message."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import pytest
from PIL import Image

from agent.cli.ground import GroundFailed, ground_file
from agent.cli.settings import Settings
from agent.result import EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_USAGE
from tests.model.test_server import Answer, serving, stream
from tests.tools.random_weights import make_checkpoint


def failing(tmp_path: Path, **settings: object) -> tuple[int, str]:
    """Exit code and message of asking for a button."""
    picture = tmp_path / "screen.png"
    Image.new("RGB", (560, 280), "white").save(picture)
    with pytest.raises(GroundFailed) as caught:
        ground_file(picture, "the button", Settings(**settings), None)  # type: ignore[arg-type]
    return caught.value.exit_code, str(caught.value)


def event(**choice: object) -> bytes:
    return f"data: {json.dumps({'choices': [choice]})}\n\n".encode()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((429, "text/plain", b"slow down"), "HTTP 429: slow down"),
        ((500, "text/plain", b""), "HTTP 500: no text"),
        ((500, "application/json", b'{"error": "image input is not supported"}'), "image input is not supported"),
        ((404, "text/plain", b"unknown"), "Is 'some-vlm' served there?"),
        ((200, "text/html", b"<html>hello</html>"), "Does the address end in /v1?"),
        ((200, "application/json", b""), "not a JSON object"),
        ((200, "application/json", b"[]"), "not a JSON object"),
        ((200, "application/json", b'{"choices": []}'), "broke off"),
        ((200, "application/json", b'{"choices": [null]}'), "holds no text"),
        ((200, "application/json", b'{"choices": "none"}'), "holds no text"),
        ((200, "text/event-stream", b""), "broke off after 0 pieces"),
        ((200, "text/event-stream", event(delta="click")), "holds no text"),
        ((200, "text/event-stream", b'data: {"error": {"message": "out of memory"}}\n\n'), "out of memory"),
        (stream('{"act', finish=None, done=False), "broke off after 1 pieces"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_server(answer: Answer, words: str, tmp_path: Path) -> None:
    with serving(answer) as (url, _):
        code, message = failing(tmp_path, model="some-vlm", base_url=url, timeout=5.0)
    assert code == EXIT_INFRASTRUCTURE
    assert words in message


@pytest.mark.parametrize("delta", [{}, {"content": None}, {"content": [1]}, {"refusal": "I will not."}])
def test_an_answer_that_holds_no_place_is_not_found_and_no_fault(delta: dict[str, object], tmp_path: Path) -> None:
    picture = tmp_path / "screen.png"
    Image.new("RGB", (560, 280), "white").save(picture)
    with serving((200, "text/event-stream", event(delta=delta, finish_reason="stop"))) as (url, _):
        found = ground_file(picture, "the button", Settings(model="some-vlm", base_url=url), None)
    assert (found["exit_code"], found["point"]) == (EXIT_FAILED, None)
    assert found["error"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base_url": "http://my host/v1"}, "base_url: 'http://my host/v1' holds a blank"),
        ({"base_url": "http://127.0.0.1:99999/v1"}, "base_url: 'http://127.0.0.1:99999/v1' is not an address"),
        ({"base_url": "http:///v1"}, "base_url: 'http:///v1' is not an address of a server"),
        (
            {"base_url": "http://user:pass-word@127.0.0.1/v1"},
            "base_url: the address of 127.0.0.1 holds a user name",
        ),
        ({"base_url": "http://127.0.0.1:9/v1", "api_key": "two\nlines"}, "api_key: holds a line break or blank"),
        ({"base_url": "http://127.0.0.1:9/v1", "api_key": "clé-secrète"}, "api_key: holds the character U+00E9"),
    ],
)
def test_an_address_or_key_that_cannot_be_used(settings: dict[str, object], words: str, tmp_path: Path) -> None:
    code, message = failing(tmp_path, model="some-vlm", **settings)
    assert code == EXIT_USAGE
    assert words in message
    for secret in ("pass-word", "lines", "secrète"):
        assert secret not in message


def test_usage_that_is_none_does_no_harm(tmp_path: Path) -> None:
    from model.servers.openai import ServerModel
    from tests.model.test_server import REQUEST

    usage = {"prompt_tokens": "many", "completion_tokens": None, "prompt_tokens_details": [1]}
    lines = (
        event(delta={"content": "ok"}, finish_reason="stop") + f"data: {json.dumps({'usage': usage})}\n\n".encode()
    )
    with serving((200, "text/event-stream", lines)) as (url, _):
        model = ServerModel("some-vlm", url)
        reply = model.generate(REQUEST)
        model.close()
    assert (reply.text, reply.usage.prompt_tokens, reply.usage.cached_tokens) == ("ok", 0, 0)


def test_a_folder_that_is_no_checkpoint(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert failing(tmp_path, model=str(folder)) == (
        EXIT_USAGE,
        f"{folder}: is not a checkpoint: it has no config.json",
    )


def test_a_class_that_is_not_supported(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["LlavaForConditionalGeneration"]}', "utf-8")
    code, message = failing(tmp_path, model=str(tmp_path))
    assert code == EXIT_USAGE
    assert "LlavaForConditionalGeneration is not supported; supported: Qwen2_5_VL" in message


def test_a_missing_shard(tmp_path: Path) -> None:
    folder = make_checkpoint("qwen2_5_vl", tmp_path / "sharded", max_shard_size="500KB")
    gone = sorted(folder.glob("model-*.safetensors"))[1]
    gone.unlink()
    code, message = failing(tmp_path, model=str(folder))
    assert code == EXIT_INFRASTRUCTURE
    assert f"weight files are missing: {gone.name}" in message
    assert "Download the checkpoint again" in message


def test_too_little_memory(tmp_path: Path, checkpoints: dict[str, Path]) -> None:
    """The file is as large as its header says, and almost nothing of it lies on the disk."""
    folder = tmp_path / "huge"
    shutil.copytree(checkpoints["qwen2_5_vl"], folder)
    size = 2 * 10**12
    entry = {"weight": {"dtype": "BF16", "shape": [10**6, 10**6], "data_offsets": [0, size]}}
    header = json.dumps(entry).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + size)
    code, message = failing(tmp_path, model=str(folder), device="cpu")
    assert code == EXIT_INFRASTRUCTURE
    assert "GB of main memory" in message
    assert "A smaller model, or one behind --base-url, would fit." in message


def test_quantised_loading_says_what_it_needs(tmp_path: Path, checkpoints: dict[str, Path]) -> None:
    from transformers.utils import is_bitsandbytes_available

    if is_bitsandbytes_available():
        pytest.skip("bitsandbytes is here: nothing is missing")
    code, message = failing(tmp_path, model=str(checkpoints["qwen2_5_vl"]), quantize="4bit", device="cpu")
    assert code == EXIT_INFRASTRUCTURE
    assert "bitsandbytes" in message
