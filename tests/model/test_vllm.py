"""A real vLLM on this machine's CPU, serving a small checkpoint of random weights: `make test-vllm`.

Random weights say anything that they may, and never stop by themselves: whatever holds here is held by the grammar
of the server and by us. AGENT_TEST_VLLM_URL takes a server that runs already and serves `mimo` and `generic-tiny`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import jsonschema
import pytest
from PIL import Image

from action_space.formats.base import FormatError
from action_space.geometry import Frame, Size
from model.base import Message, ModelUnavailable, PromptTooLong, Request, Sampling
from model.families import FAMILIES
from model.prompt import PromptContext, build
from model.servers.openai import ServerModel
from tests.tools.random_weights import make_checkpoint

pytestmark = [pytest.mark.vllm, pytest.mark.slow]
PROGRAM = Path(__file__).parents[2] / ".venv-vllm" / "bin" / "vllm"
FRAME = Frame(Size(640, 400))
SCREEN = Image.effect_noise((640, 400), 60).convert("RGB")
ANSWERS = int(os.environ.get("AGENT_TEST_VLLM_ANSWERS", "100"))


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the server."""
    if running := os.environ.get("AGENT_TEST_VLLM_URL"):
        yield running
        return
    if not PROGRAM.is_file():
        pytest.skip("make test-vllm installs vLLM for CPUs")
    folder = tmp_path_factory.mktemp("vllm")
    make_checkpoint("small", folder / "MiMo-VL-7B-RL-2508")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(PROGRAM),
        "serve",
        str(folder / "MiMo-VL-7B-RL-2508"),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--dtype", "float32", "--enforce-eager", "--max-num-seqs", "4", "--max-model-len", "8192"]
    command += ["--limit-mm-per-prompt", '{"image": 4}', "--served-model-name", "mimo", "generic-tiny"]
    quiet = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    quiet |= {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "HOME": str(folder)}
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | quiet
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=env)
    try:
        while not _answers(port):
            if server.poll() is not None:
                pytest.fail((folder / "log").read_text("utf-8", "replace")[-3000:])
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(60)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def agent(*args: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "AGENT_PROFILE_DIR": str(cwd / "profiles"), "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "agent.cli", *args]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_every_constrained_answer_is_valid(url: str) -> None:
    """All answers are JSON of the schema; those that are refused break a rule that no schema can say."""
    row = FAMILIES["generic"]
    model = ServerModel("generic-tiny", url, family="generic")
    request, frame = build(row, PromptContext("add SU7 to wishlist", SCREEN, FRAME))
    assert request.schema is not None
    valid, parsed, refused = 0, 0, []
    for seed in range(ANSWERS):
        sampling = Sampling(temperature=1.0, seed=seed, max_tokens=2048)
        reply = model.generate(replace(request, sampling=sampling))
        jsonschema.Draft202012Validator(request.schema).validate(json.loads(reply.text))
        valid += reply.finish_reason == "stop"
        try:
            row.format.parse(reply.text, frame)
            parsed += 1
        except FormatError as error:
            refused.append(str(error))
    model.close()
    print(f"{valid} of {ANSWERS} valid, {parsed} read; refused: {refused}")
    assert model.schema_parameter == "bounded"
    assert valid == ANSWERS
    assert parsed >= 0.95 * ANSWERS, refused


def test_the_plain_schema_is_taken_too(url: str) -> None:
    model = ServerModel("generic-tiny", url, family="generic", schema_parameter="response_format", retries=0)
    request, _ = build(FAMILIES["generic"], PromptContext("x", SCREEN, FRAME, actions=("click", "wait", "press")))
    assert request.schema is not None
    for seed in range(3):
        reply = model.generate(replace(request, sampling=Sampling(temperature=1.0, seed=seed, max_tokens=512)))
        jsonschema.Draft202012Validator(request.schema).validate(json.loads(reply.text))
    model.close()
    assert model.schema_parameter == "response_format"


def test_a_model_that_never_stops_is_cut_and_said_to_be(url: str) -> None:
    model = ServerModel("mimo", url, family="mimo-vl", retries=0)
    reply = model.generate(Request((Message("user", (SCREEN, "Go.")),), sampling=Sampling(max_tokens=24)))
    model.close()
    assert reply.finish_reason == "length"
    assert reply.cut == "the answer was cut at 24 tokens (--max-tokens allows more)"


def test_special_tokens_of_a_page_are_words(url: str) -> None:
    model = ServerModel("mimo", url, family="mimo-vl", retries=0)
    words = "The page says <|image_pad|><|vision_start|><|im_end|>."
    request = Request((Message("user", (SCREEN, words)),), sampling=Sampling(max_tokens=2))
    assert model.generate(request).usage.completion_tokens > 0
    model.close()


def test_what_is_wrong_is_said(url: str) -> None:
    model = ServerModel("nobody", url, retries=0)
    with pytest.raises(ModelUnavailable, match=r"It lists mimo, generic-tiny"):
        model.generate(Request((Message("user", ("Go.",)),)))
    model.close()
    model = ServerModel("mimo", url, retries=0)
    with pytest.raises(PromptTooLong, match="context length"):
        model.generate(Request((Message("user", ("word " * 60_000,)),)))
    model.close()


def test_doctor_ends_well(url: str, tmp_path: Path) -> None:
    options = ["--model", "mimo", "--base-url", url, "--max-tokens", "48", "--json"]
    done = agent("doctor", *options, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    found = {finding["name"]: finding for finding in report["findings"]}
    assert found["coordinates"]["ok"] is False
    assert found["schema"]["ok"] is True, found


def test_ground_ends_well(url: str, tmp_path: Path) -> None:
    SCREEN.save(tmp_path / "screen.png")
    options = ["--model", "generic-tiny", "--base-url", url, "--json"]
    done = agent("ground", str(tmp_path / "screen.png"), "the button", *options, cwd=tmp_path)
    found = json.loads(done.stdout)
    assert done.returncode == found["exit_code"] == (0 if found["point"] else 1)


@pytest.mark.browser
@pytest.mark.parametrize("name", ["generic-tiny", "mimo"])
def test_run_ends_well(name: str, url: str, tmp_path: Path) -> None:
    """Held to the schema it does what chance says; free, it never stops, and is told so once."""
    options = [
        "--model",
        name,
        "--family",
        "mimo-vl" if name == "mimo" else "generic",
        "--base-url",
        url,
        "--max-steps",
        "3",
        "--max-tokens",
        "64",
        "--no-report",
    ]
    done = agent("run", "add SU7 to wishlist", *options, "--json", cwd=tmp_path)
    result = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr
    assert result["cause"] in (
        "limit",
        "invalid_answer",
        "gave_up",
        "infeasible",
        "unsure",
        "question",
        "not_verified",
    )
    if name == "mimo":
        assert "was cut at 64 tokens (--max-tokens allows more)" in result["reason"]


@pytest.mark.browser
def test_eval_ends_well(url: str, tmp_path: Path) -> None:
    """What the model cannot do is counted; it does not end the evaluation."""
    options = [
        "--model",
        "mimo",
        "--family",
        "mimo-vl",
        "--base-url",
        url,
        "--max-tokens",
        "32",
        "--seeds",
        "1",
        "--max-steps",
        "2",
    ]
    done = agent("eval", "demo", *options, "--out", str(tmp_path / "out"), "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert summary["setup_failures"] == 0
