"""What the environment says about proxies and certificates: used where it can be, named where it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from model.base import BadModelOption, Message, Request
from model.servers.connection import address, below, is_loopback, proxy_for
from model.servers.openai import ServerModel
from tests.model.rude_server import ANSWERED, DONE, serving

NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
ASK = Request((Message("user", ("What now?",)),))


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers everything itself, and keeps what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["content-length"]))
            data = json.dumps({"choices": [{"message": {"content": DONE}, "finish_reason": "stop"}]}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("value", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense://", "http://[", "  "])
@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_proxy_is_asked_for_this_machine(
    name: str, value: str, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with serving(ANSWERED["well"]) as (url, _):
        model = ServerModel("some-vlm", url.replace("127.0.0.1", host), timeout_s=60)
        assert model.generate(ASK).text == DONE
        model.close()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_the_proxy_is_asked_for_other_hosts(
    name: str, proxy: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "HTTP_PROXY":
        monkeypatch.delenv("REQUEST_METHOD", raising=False)
    monkeypatch.setenv(name, proxy[0].removeprefix("http://") if name == "http_proxy" else proxy[0])
    model = ServerModel("some-vlm", "http://models.example/v1", timeout_s=60)
    assert model.generate(ASK).text == DONE
    model.close()
    assert proxy[1] == ["http://models.example/v1/chat/completions"]


@pytest.mark.parametrize(
    ("listed", "excepted"),
    [
        ("*", True),
        ("models.example", True),
        ("example", True),
        (".example", True),
        ("*.example", True),
        ("other.example, models.example", True),
        ("other.example models.example", True),
        ("MODELS.EXAMPLE", True),
        ("models.example:8000", True),
        ("models.example:9", False),
        ("http://models.example", True),
        ("dels.example", False),
        ("", False),
        (",,", False),
        ("10.0.0.0/8", False),
    ],
)
def test_every_form_of_an_exception(listed: str, excepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", listed)
    assert (proxy_for(httpx.URL("http://models.example:8000/v1")) is None) is excepted


@pytest.mark.parametrize(("host", "excepted"), [("10.1.2.3", True), ("11.1.2.3", False), ("[fd00::1]", True)])
def test_networks_are_exceptions_too(host: str, excepted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,fd00::/8")
    assert (proxy_for(httpx.URL(f"http://{host}:8000/v1")) is None) is excepted


@pytest.mark.parametrize("value", ["gopher://h:1", "http://", "http://[::1", "http://h:99999", "socks4://h:1"])
def test_a_proxy_that_cannot_be_used_is_named(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(BadModelOption, match=r"^HTTPS_PROXY: ") as caught:
        ServerModel("some-vlm", "https://models.example/v1")
    assert "accepted" in str(caught.value)


def test_the_password_of_a_proxy_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "gopher://me:hunter2@h:1")
    with pytest.raises(BadModelOption) as caught:
        ServerModel("some-vlm", "https://models.example/v1")
    assert "hunter2" not in str(caught.value)


def test_a_socks_proxy_without_its_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setattr("model.servers.connection.find_spec", lambda name: None)
    with pytest.raises(BadModelOption, match=r"ALL_PROXY: 'socks5://127.0.0.1:1080' is a SOCKS proxy") as caught:
        ServerModel("some-vlm", "https://models.example/v1")
    assert "httpx[socks]" in caught.value.hint


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSLKEYLOGFILE"])
def test_certificates_that_cannot_be_read_are_named(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "missing" / "file"))
    with pytest.raises(BadModelOption, match=name):
        ServerModel("some-vlm", "https://models.example/v1")
    ServerModel("some-vlm", "http://models.example/v1").close()  # nothing of it is needed there


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("127.8.9.1", True),
        ("[::1]", True),
        ("0.0.0.0", True),
        ("::ffff:127.0.0.1", True),
        ("localhost.example", False),
        ("128.0.0.1", False),
        ("127.0.0.1.example", False),
    ],
)
def test_what_this_machine_is_called(host: str, local: bool) -> None:
    assert is_loopback(host) is local


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
        ("  http://h/v1\n", "http://h/v1/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("https://h/openai/v1?api-version=2026", "https://h/openai/v1/chat/completions?api-version=2026"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1/chat/completions"),
        ("http://h", "http://h/chat/completions"),
    ],
)
def test_addresses_are_put_together(given: str, asked: str) -> None:
    assert str(below(address(given), "chat/completions")) == asked


def test_a_wrong_environment_is_no_traceback(tmp_path: Path) -> None:
    env = {**os.environ, "HTTPS_PROXY": "gopher://h:1", "AGENT_PROFILE_DIR": str(tmp_path)}
    command = [
        sys.executable,
        "-m",
        "agent.cli",
        "doctor",
        "--model",
        "m",
        "--base-url",
        "https://models.example/v1",
    ]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2, done.stderr
    assert "HTTPS_PROXY" in done.stderr
    assert "Traceback" not in done.stderr
