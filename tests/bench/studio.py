"""What watching costs, and how soon and how often there are pictures: `python -m tests.bench --only studio`.

A page that always moves, and a run of clicks on it, in the studio; the page of the studio in a second browser on
the same machine. Runs with and without a viewer take turns. First picture: from the beginning of the navigation to
the first picture on the page, with the studio as it stands after its start.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Page, sync_playwright

from envs.browser import install

COMMAND = "python -m tests.bench --only studio"
TOKEN, STEPS, TURNS, OPENINGS = "token-of-the-benchmark", 15, 5, 5
_PAGE = b"""<!doctype html><title>Moving</title><body style="margin:0;font:20px sans-serif">
<div id=box style="position:absolute;top:40px;width:120px;height:120px;background:#c33"></div>
<button style="position:absolute;left:40px;top:300px;width:200px;height:60px"
 onclick="said.textContent = ++count">Press</button><p id=said style="position:absolute;left:40px;top:380px"></p>
<p style="position:absolute;left:300px;top:300px;width:800px">Some text that stands still, so that there is more
to draw than a box and a button: as on most pages most of what is there does not move.</p>
<script>var count = 0, at = 0; setInterval(() => box.style.left = (at = (at + 6) % 1100) + 'px', 40)</script>"""


class _Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(_PAGE)

    def log_message(self, *args: object) -> None:
        pass


def run(turns: int = TURNS) -> list[dict[str, Any]]:
    """Seconds to the first picture, pictures a second, and what a viewer costs a run."""
    with (
        tempfile.TemporaryDirectory(prefix="agent-bench-") as name,
        ThreadingHTTPServer(("127.0.0.1", 0), _Site) as site,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=site.serve_forever, daemon=True).start()
        folder = Path(name)
        script = folder / "script.txt"
        press = [{"action": "click", "start_point": [140 + number, 330]} for number in range(STEPS)]
        turn = [*press, {"action": "finished", "status": "success"}]
        script.write_text("\n".join(json.dumps(one) for one in turn * (2 * turns + 2)))
        command = [sys.executable, "-m", "agent.cli", "studio", "--no-open", "--port", "0", "--no-report"]
        command += ["--url", f"http://127.0.0.1:{site.server_port}/", "--model", f"scripted:{script}"]
        said = folder / "said"
        with said.open("w") as file:
            environ = {**os.environ, "AGENT_SERVE_TOKEN": TOKEN}
            process = subprocess.Popen(command, env=environ, stdout=file, stderr=file, cwd=folder)
        try:
            while "http://" not in said.read_text():
                if process.poll() is not None:
                    raise SystemExit(f"the studio did not start: {said.read_text()}")
                time.sleep(0.05)
            address = "http://" + said.read_text().partition("http://")[2].split()[0]
            http = httpx.Client(base_url=address, headers={"authorization": f"Bearer {TOKEN}"}, timeout=120)
            browser = playwright.chromium.launch(executable_path=str(install.ensure()))
            http.get("api/screen")
            firsts = [_first(browser.new_page(), address) for _ in range(OPENINGS)]
            _play(http)  # warm
            alone, watched, rates = [], [], []
            for _ in range(turns):
                alone.append(_play(http))
                page = browser.new_page(viewport={"width": 1360, "height": 900})
                page.goto(f"{address}#token={TOKEN}")
                _until(page, 1)
                before, began = _shown(page), time.monotonic()
                watched.append(_play(http))
                rates.append((_shown(page) - before) / (time.monotonic() - began))
                page.close()
                time.sleep(6)  # until the film has ended
            browser.close()
        finally:
            process.terminate()
            process.wait(30)
            site.shutdown()
    cost = statistics.median(watched) / statistics.median(alone) - 1
    note = f"{turns} runs of {STEPS} steps each way, in turns; the page moves all the time"
    figures = [
        ("first picture after opening", round(statistics.median(firsts), 2), "s"),
        ("pictures a second during a run", round(statistics.median(rates), 1), ""),
        ("a watched run, of an unwatched one", round(1 + cost, 3), "×"),
    ]
    return [
        {"name": name, "value": value, "unit": unit, "command": COMMAND, "note": note}
        for name, value, unit in figures
    ]


def _first(page: Page, address: str) -> float:
    began = time.monotonic()
    page.goto(f"{address}#token={TOKEN}")
    _until(page, 1)
    took = time.monotonic() - began
    page.close()
    return took


def _play(http: httpx.Client) -> float:
    """One run; its own seconds."""
    run = http.post("api/runs", json={"task": "press"}).json()["run"]
    while (told := http.get(f"api/runs/{run}").json())["state"] != "ended":
        time.sleep(0.2)
    return float(told["result"]["timings"]["total_s"])


def _shown(page: Page) -> int:
    return int(page.evaluate("window.studio ? window.studio.frames.shown : 0"))


def _until(page: Page, pictures: int) -> None:
    while _shown(page) < pictures:
        time.sleep(0.01)


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['name']}: {figure['value']} {figure['unit']} ({figure['note']})")
