"""A reference server of rewards: what `remote` asks, answered by a function.

    python -m model.training.rewards.server --port 9000      # rewards short answers

It is small on purpose: a real reward model puts its own function in the place of `shorter`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Score = Callable[[Sequence[dict[str, Any]]], "list[float | None]"]
_MOST_BYTES = 64 << 20


class RewardServer(ThreadingHTTPServer):
    """Serves `score` on loopback.

    Args:
        score: items as they were sent → a number each, or None.
        port: 0: any that is free.
    """

    daemon_threads = True

    def __init__(self, score: Score, port: int = 0) -> None:
        self.score = score
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.server_address[1]}/score"


class _Handler(BaseHTTPRequestHandler):
    server: RewardServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Scores a batch."""
        try:
            length = int(self.headers.get("Content-Length", ""))
            if not 0 < length <= _MOST_BYTES:
                raise ValueError(f"Content-Length: {length}; accepted: 1 to {_MOST_BYTES}")
            asked = json.loads(self.rfile.read(length))
            if not isinstance(asked, dict) or not isinstance(asked.get("items"), list):
                raise ValueError("accepted: an object with a list of items")
        except ValueError as error:
            self.close_connection = True
            return self._say(400, {"error": str(error)})
        try:
            return self._say(200, {"rewards": self.server.score(asked["items"])})
        except Exception as error:  # whatever a reward model raises is one failed request, and the server stays
            return self._say(500, {"error": f"{type(error).__name__}: {error}"})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was asked is the trainer's to log."""


def shorter(items: Sequence[dict[str, Any]]) -> list[float | None]:
    """1 for an answer of no characters, towards 0 for long ones."""
    return [1 / (1 + len(str(item.get("answer", ""))) / 100) for item in items]


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=9000)
    server = RewardServer(shorter, parser.parse_args().port)
    print(server.url, flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
