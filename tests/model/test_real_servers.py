"""The endpoint client against servers that others wrote, with tiny models of random weights.

llama.cpp's server comes as a library (xllamacpp), `transformers serve` with the extra `serving` of transformers;
both are of the extra `dev`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import pytest
from PIL import Image

from action_space.geometry import Frame, Size
from action_space.schema import wire_schema
from model.base import Message, ModelUnavailable, Request, Sampling
from model.families import FAMILIES
from model.servers.openai import ServerModel
from tests.model.text_checkpoints import gguf_file, transformers_folder

SHORT = Sampling(temperature=1.0, seed=3, max_tokens=160)
SEEN = Message("user", (Image.new("RGB", (64, 48), "red"), "What colour is this?"))


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of llama.cpp's server."""
    xllamacpp = pytest.importorskip("xllamacpp", reason="pip install xllamacpp gguf")
    pytest.importorskip("gguf", reason="pip install xllamacpp gguf")
    from tests.tools.random_weights import make_tokenizer

    folder = tmp_path_factory.mktemp("gguf")
    make_tokenizer(folder)
    params = xllamacpp.CommonParams()
    params.model.path = str(gguf_file(folder / "tiny.gguf", folder))
    params.n_ctx, params.cpuparams.n_threads = 4096, 1
    server = xllamacpp.Server(params)
    yield server.listening_address + "/v1"
    del server


@pytest.fixture(scope="module")
def transformers_serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Address of `transformers serve`, and the name under which it serves a text model."""
    for package in ("fastapi", "uvicorn", "openai"):
        pytest.importorskip(package, reason='pip install "transformers[serving]"')
    folder = transformers_folder(tmp_path_factory.mktemp("served") / "tiny")
    with serving(folder) as (url, log):
        yield url, str(folder)
    assert "Traceback" not in log.read_text("utf-8", "replace")


class serving:
    """`transformers serve` for one folder, until the block ends."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log = folder, folder.parent / "serve.log"

    def __enter__(self) -> tuple[str, Path]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(Path(sys.executable).with_name("transformers")), "serve", str(self._folder)]
        command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
        with self._log.open("wb") as log:
            self._server = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"}
            )
        self._await(f"http://127.0.0.1:{port}/health")
        return f"http://127.0.0.1:{port}/v1", self._log

    def _await(self, url: str) -> None:
        end = time.monotonic() + 120
        while self._server.poll() is None and time.monotonic() < end:
            try:
                if httpx.get(url, timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.2)
        self.__exit__()
        raise RuntimeError(self._log.read_text("utf-8", "replace")[-2000:])

    def __exit__(self, *args: object) -> None:
        self._server.terminate()
        self._server.wait(30)


def test_llama_cpp_streams_and_counts(llama: str) -> None:
    pieces: list[str] = []
    model = ServerModel("tiny", llama)
    reply = model.generate(Request((Message("user", ("Go.",)),), sampling=SHORT), pieces.append)
    model.close()
    assert len(pieces) > 5
    assert "".join(pieces) == reply.text
    assert reply.usage.prompt_tokens > 5
    assert reply.usage.completion_tokens > 5


@pytest.mark.parametrize("names", [["click"], ["click", "scroll", "wait", "press"]])
def test_llama_cpp_obeys_our_schema(llama: str, names: list[str]) -> None:
    schema = wire_schema(Size(1288, 812), names)
    frame = Frame(Size(1280, 800), model=Size(1288, 812))
    model = ServerModel("tiny", llama, retries=0)
    for seed in range(4):
        sampling = Sampling(temperature=1.0, seed=seed, max_tokens=400)
        reply = model.generate(Request((Message("user", ("Go.",)),), schema=schema, sampling=sampling))
        assert reply.finish_reason == "stop", reply.text
        jsonschema.Draft202012Validator(schema).validate(json.loads(reply.text))
        assert FAMILIES["generic"].format.parse(reply.text, frame).action.action in names
    assert model.schema_parameter == "response_format"
    model.close()


def test_llama_cpp_without_a_projector_says_that_it_cannot_see(llama: str) -> None:
    model = ServerModel("tiny", llama, retries=0)
    with pytest.raises(ModelUnavailable, match="image input is not supported"):
        model.generate(Request((SEEN,), sampling=SHORT))
    model.close()


def test_doctor_tells_that_llama_cpp_cannot_see(llama: str) -> None:
    command = [sys.executable, "-m", "agent.cli", "doctor", "--model", "tiny", "--base-url", llama, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert report["sees"] is False
    assert "refuses pictures" in report["findings"][0]["words"]
    assert "image input is not supported" in report["findings"][0]["words"]


def test_transformers_serve_streams(transformers_serve: tuple[str, str]) -> None:
    url, name = transformers_serve
    pieces: list[str] = []
    model = ServerModel(name, url, retries=0)
    reply = model.generate(Request((Message("user", ("Go.",)),), sampling=SHORT), pieces.append)
    model.close()
    assert "".join(pieces) == reply.text != ""
    assert reply.usage.prompt_tokens > 5


def test_transformers_serve_ignores_a_schema(transformers_serve: tuple[str, str]) -> None:
    """It takes the parameter and goes its own way: this is what `agent doctor` is for."""
    url, name = transformers_serve
    model = ServerModel(name, url, retries=0)
    reply = model.generate(Request((Message("user", ("Go.",)),), schema=wire_schema(Size(9, 9)), sampling=SHORT))
    model.close()
    with pytest.raises(ValueError, match=r"line 1 column"):
        json.loads(reply.text)


def test_transformers_serve_of_a_class_that_sees_needs_torchvision(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    """Torchvision from the package index is built for CUDA and does not load beside a torch for CPUs."""
    for package in ("fastapi", "uvicorn", "openai"):
        pytest.importorskip(package, reason='pip install "transformers[serving]"')
    from transformers.utils import is_torchvision_available

    folder = tmp_path / "tiny"
    folder.symlink_to(checkpoints["qwen2_5_vl"])
    if not is_torchvision_available():
        with pytest.raises(RuntimeError, match="requires the Torchvision library"), serving(folder):
            pass
        return
    with serving(folder) as (url, _):
        model = ServerModel(str(folder), url, retries=0)
        assert model.generate(Request((SEEN,), sampling=SHORT)).usage.prompt_tokens > 5
        model.close()
