"""A careless site, and runs on it: whatever is typed comes back in texts, titles, addresses and dialogs."""

from __future__ import annotations

import html
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

PASSWORD, PLAIN, KEY, TOKEN = "pw/Näh-9 x&1", "Visible-Code-77431", "sk-live-kept-5512", "tok/en+2210-abcdef"
SEED = "JBSWY3DPEHPK3PXP"
FORM = """<!doctype html><meta charset=utf-8><title>Sign in</title><body style="font:20px sans-serif;margin:0">
<form action=/done method=get style="margin:0">
<input id=pw name=pw type=password style="position:absolute;left:20px;top:20px;width:300px;height:40px">
<input id=plain name=plain style="position:absolute;left:20px;top:80px;width:300px;height:40px;font-size:20px"
 oninput="document.title = 'T ' + value; document.getElementById('echo').textContent = value">
<input id=code name=code style="position:absolute;left:20px;top:140px;width:300px;height:40px;font-size:20px">
<button style="position:absolute;left:20px;top:200px;width:120px;height:40px">Send</button></form>
<p id=echo style="position:absolute;left:400px;top:80px"></p>"""
FIELDS = {"shop_password": (100, 40), "plain": (100, 100), "code": (100, 160)}
SEND = (80, 220)


class _Careless(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Site = self.server  # type: ignore[assignment]
        server.seen.append(self.path)
        parts = urlsplit(self.path)
        given = parse_qs(parts.query)
        body = FORM
        if given:
            told = "<br>".join(html.escape(" ".join(values)) for values in given.values())
            head = f"<!doctype html><meta charset=utf-8><title>{told}</title>"
            body = f"{head}<body style='font:30px sans-serif'>{told}"
        data = body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


class Site(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Careless)
        self.seen: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"

    def given(self) -> dict[str, str]:
        """What reached the site with the last form."""
        last = next(path for path in reversed(self.seen) if path.startswith("/done"))
        return {name: values[0] for name, values in parse_qs(urlsplit(last).query).items()}


@contextmanager
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def secrets_file(folder: Path, place: str = "127.0.0.1") -> Path:
    """A file with a secret of every kind that is typed."""
    path = folder / "secrets.env"
    lines = (f"shop_password@{place}='{PASSWORD}'", f"plain@{place}={PLAIN}", f"code@{place}=totp:{SEED}")
    path.write_text("\n".join((*lines, f"token@{place}=env:PLACE_TOKEN", "")), "utf-8")
    path.chmod(0o600)
    return path


def play(folder: Path, url: str, *, place: str = "127.0.0.1", kill_after: int = 0) -> tuple[Path, str, int]:
    """One run with a password, a plain field, a one-time code, an address with a token, and a model's key.

    Args:
        folder: gets `given/` (the secrets and the script) and `work/` (all that the run leaves behind).
        kill_after: steps after which the run is killed; 0: it runs to its end.

    Returns:
        (folder of what it left, what it said, its exit code)
    """
    given, work = folder / "given", folder / "work"
    given.mkdir(parents=True)
    work.mkdir()
    steps: list[dict[str, object]] = [
        {"action": "input", "start_point": list(at), "text": f"<secret:{name}>"} for name, at in FIELDS.items()
    ]
    steps += [
        {"action": "click", "start_point": list(SEND)},
        {"action": "navigate", "url": f"{url}/in?t=<secret:token>"},
        {"action": "finished", "status": "success", "answer": f"the key is {KEY}"},
    ]
    lines = [json.dumps({"thought": f"my key is {KEY}", **step}) for step in steps]
    (given / "script.txt").write_text("\n".join(lines), "utf-8")
    command = [sys.executable, "-m", "agent.cli", "run", "sign in with <secret:shop_password>", "--url", url]
    command += ["--model", f"scripted:{given / 'script.txt'}", "--secrets", str(secrets_file(given, place))]
    command += ["--confirm", "never"]
    variables = {**os.environ, "AGENT_API_KEY": KEY, "PLACE_TOKEN": TOKEN}
    with (work / "said.txt").open("wb") as said:
        process = subprocess.Popen(command, cwd=work, env=variables, stdout=said, stderr=said)
        while kill_after and process.poll() is None:
            if len(list(work.glob("runs/*/step_*.png"))) >= kill_after:
                process.send_signal(signal.SIGKILL)
                break
            time.sleep(0.01)
        code = process.wait(timeout=120)
    return work, (work / "said.txt").read_text("utf-8"), code


def leaks(work: Path, code: str = "") -> list[str]:
    """Where a value stands, as it is or as addresses and pages write it: "file: which"."""
    values = [PASSWORD, PLAIN, KEY, TOKEN, SEED, *([code] if code else [])]
    forms = {form for value in values for form in (value, quote(value), quote(value, safe=""), html.escape(value))}
    forms |= {quote(value, safe="").replace("%20", "+") for value in values}
    found = []
    for path in sorted(work.rglob("*")):
        data = path.read_bytes() if path.is_file() else b""
        found += [f"{path.name}: {form}" for form in sorted(forms) if form.encode() in data or form in path.name]
    return found
