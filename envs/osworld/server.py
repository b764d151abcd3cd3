"""OSWorld's HTTP protocol over a machine of ours: `python -m envs.osworld.server --port 5000 [--display :7]`.

OSWorld's own controllers, and every agent and evaluator written against them, work with it unchanged. It serves a
private display with a fresh home folder, or a display that is there already.

It runs whatever it is sent. So it listens on this computer alone unless told otherwise, and refuses requests that
a web page in a browser could have sent: those carry an `Origin`, or a host name that somebody else's DNS made up.
Nothing of a request's body is read before that is known; bodies have a size and a time limit.
"""

from __future__ import annotations

import argparse
import contextlib
import ipaddress
import json
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from envs.machine.base import Machine, MachineFault
from envs.osworld.routes import ROUTES, Answer, Asked, Refused, form_of, largest

LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Seconds: of silence on an open connection; for the head of a request; for its body, and more for a long one.
_IDLE_S, _HEAD_S, _BODY_S = 120.0, 15.0, 30.0
_SLOWEST = 64 << 10  # bytes a second of a long body
_PART = 1 << 20
_OPEN = """\
WARNING: listening on {host}. Whoever can reach port {port} runs any command on this machine, without a password.
Only do this inside a container or a virtual machine whose network is closed."""


class OsworldServer:
    """The protocol over one machine, ready when constructed; a context manager.

    Args:
        machine: what is served; the caller opens and closes it.
        host: address to listen on.
        port: 0: any free one.

    Attributes:
        url: such as "http://127.0.0.1:5000".

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, machine: Machine, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = _Server((host, port), _Handler)
        self._server.machine = machine
        self._server.local = host in LOOPBACK
        self.port = int(self._server.server_address[1])
        self.url = f"http://{host if host not in ('0.0.0.0', '::') else '127.0.0.1'}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def __enter__(self) -> OsworldServer:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening. May be called twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a command may still run for two minutes
    machine: Machine
    local: bool


class _Limit:
    """A time limit for reading from a connection, which is cut when it is over."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut, [connection])
        self._timer.daemon = True

    def __enter__(self) -> _Limit:
        self._timer.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over()

    def over(self) -> None:
        """What was to be read is read."""
        self._timer.cancel()

    @staticmethod
    def _cut(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RD)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Headers and body go out as two packets; without this the second waits for the first one's receipt.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def _serve(self, method: str) -> None:
        self._read = False
        try:
            answer = self._answer(method)
        except Refused as refused:
            answer = Answer(refused.status, refused.body)
        except MachineFault as fault:
            answer = Answer(500, {"status": "error", "message": str(fault)})
        except Exception as failure:
            answer = Answer(500, {"status": "error", "message": f"{type(failure).__name__}: {failure}"})
        self._send(answer)

    def handle_one_request(self) -> None:
        """One request, whose head has to come in time: somebody who sends it drop by drop holds no thread."""
        try:
            self.connection.settimeout(_IDLE_S)
            if not self.rfile.peek(1):  # type: ignore[attr-defined] # it is a BufferedReader
                self.close_connection = True
                return
        except OSError:
            self.close_connection = True
            return
        with self._limited(_HEAD_S) as self._head:
            super().handle_one_request()

    def _limited(self, seconds: float) -> _Limit:
        return _Limit(self.connection, seconds)

    def _answer(self, method: str) -> Answer:
        self._head.over()
        # Who asks, and for what, is looked at before a byte of the body is read.
        self._check_sender()
        path = self.path.partition("?")[0]
        route: Callable[[Machine, Asked], Answer] | None = ROUTES.get((method, path))
        if route is None:
            raise Refused(404, {"error": f"{method} {self.path[:200]} is not of OSWorld's protocol"})
        length = self._length(largest(path))
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("application/json"):
            with form_of(kind, self._chunks(length)) as asked:
                return route(self.server.machine, asked)
        body = b"".join(self._chunks(length))
        try:
            data = json.loads(body or b"{}")
        except (ValueError, RecursionError) as failure:
            raise Refused(400, {"status": "error", "message": f"the body is not JSON: {failure}"}) from failure
        if not isinstance(data, dict):
            raise Refused(400, {"status": "error", "message": "the body is not a JSON object"})
        return route(self.server.machine, Asked(json=data))

    def _length(self, most: int) -> int:
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()) or "Transfer-Encoding" in self.headers:
            raise Refused(411, {"error": "Content-Length is needed: the number of bytes of the body"})
        if len(length) > 18 or int(length) > most:
            raise Refused(413, {"error": f"Content-Length: {length[:40]}; at most {most} bytes are taken here"})
        return int(length)

    def _chunks(self, length: int) -> Iterator[bytes]:
        """The body in parts, within its time limit."""
        with self._limited(_BODY_S + length / _SLOWEST):
            while length:
                part = self.rfile.read1(min(length, _PART))
                if not part:
                    raise Refused(400, {"error": f"the body ended {length} bytes too early, or came too slowly"})
                length -= len(part)
                yield part
        self._read = True

    def _check_sender(self) -> None:
        if "Origin" in self.headers:
            raise Refused(403, {"error": "requests of web pages are refused"})
        name = self.headers.get("Host", "").rpartition("]")[0].lstrip("[") or self.headers.get("Host", "")
        name = name if ":" in name and name.count(":") > 1 else name.partition(":")[0]
        if self.server.local and name.lower() != "localhost" and not _is_address(name):
            raise Refused(403, {"error": f"Host: {name[:80]!r} is not this computer"})

    def _send(self, answer: Answer) -> None:
        kind, body = answer.encoded()
        if not self._read:
            self.close_connection = True  # what is left of the request would be taken for the next one
        try:
            self.connection.settimeout(_IDLE_S)
            self.send_response(answer.status)
            if self.close_connection:
                self.send_header("Connection", "close")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # whoever asked is gone

    def log_message(self, format: str, *args: Any) -> None:
        pass  # commands may hold what nobody should read


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m envs.osworld.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; anything else is a risk")
    parser.add_argument("--port", type=int, default=5000, help="0: any free one")
    parser.add_argument("--display", help="X display to serve, such as :7; without it a private one is made")
    parser.add_argument("--size", default="1280x800", help="of the private display")
    given = parser.parse_args(arguments)
    width, _, height = given.size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        parser.error(f"--size: {given.size!r}; it is like 1280x800")
    from envs.base import LaunchFailed
    from envs.machine.local import served_machine

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with (
            served_machine(given.display, (int(width), int(height))) as machine,
            OsworldServer(machine, given.host, given.port) as server,
        ):
            if given.host not in LOOPBACK:
                print(_OPEN.format(host=given.host, port=server.port), file=sys.stderr)
            print(f"serving OSWorld's protocol at {server.url}", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except (LaunchFailed, OSError, ValueError) as failure:
        print(failure, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
