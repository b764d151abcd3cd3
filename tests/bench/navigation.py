"""Input whose click starts a navigation, 500 times: `python -m tests.bench --only navigation`.

Every page answers after another delay, so that the text meets the old page, the new one, or the moment between
them. None of the actions may fail, and none may take as long as the limit for a page that hangs.
"""

from __future__ import annotations

import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from action_space.actions import Input
from envs.base import EnvironmentFault
from envs.browser.environment import BrowserConfig, BrowserEnvironment

TRIES = 500
COMMAND = "python -m tests.bench --only navigation"
DELAYS = (0, 0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
PAGE = """<!doctype html><title>{0}</title>
<a href="/next?{0}" style="display:block;font-size:40px;height:300px;background:#eee">link</a>"""


class _Handler(BaseHTTPRequestHandler):
    draw = random.Random(0)

    def do_GET(self) -> None:
        stop: threading.Event = self.server.stop  # type: ignore[attr-defined]
        if self.path.startswith("/next"):
            stop.wait(self.draw.choice(DELAYS))
        body = PAGE.format(self.draw.random()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    stop = threading.Event()

    def handle_error(self, request: object, client_address: object) -> None:
        pass


def run(tries: int = TRIES) -> list[dict[str, Any]]:
    """How many of the actions ended the run, and the longest of them."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            faults, slowest = measure(f"http://127.0.0.1:{server.server_port}/", tries)
        finally:
            server.stop.set()
            server.shutdown()
            thread.join()
    note = f"{tries} tries, pages that answer after 0 to 0.4 s"
    figures = [
        ("navigation/actions that ended the run", faults, f"of {tries}"),
        ("navigation/slowest", round(slowest, 1), "s"),
    ]
    return [
        {"name": name, "value": value, "unit": unit, "command": COMMAND, "note": note}
        for name, value, unit in figures
    ]


def measure(url: str, tries: int) -> tuple[int, float]:
    """Faults, and seconds of the slowest action."""
    faults, slowest = 0, 0.0
    env = BrowserEnvironment(BrowserConfig(url=url))
    try:
        seen = env.observe()
        for _ in range(tries):
            began = time.monotonic()
            try:
                seen = env.execute(Input(text="abc 小米 🚗" * 3, start_point=(300, 150)), seen).observation
            except EnvironmentFault:
                faults += 1
                env.close()
                env = BrowserEnvironment(BrowserConfig(url=url))
                seen = env.observe()
            slowest = max(slowest, time.monotonic() - began)
    finally:
        env.close()
    return faults, slowest
