"""OSWorld's HTTP protocol over a machine of ours: `python -m envs.osworld_server --port 5000 [--display :7]`.

OSWorld's own controllers, and every agent and evaluator written against them, work with it unchanged. It serves a
private display with a fresh home folder, or a display that is there already.

It runs whatever it is sent. So it listens on this computer alone unless told otherwise, and refuses requests that
a web page in a browser could have sent: those carry an `Origin`, or a host name that somebody else's DNS made up.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import signal
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from envs.machine import Machine, MachineFault
from envs.osworld_routes import ROUTES, Answer, Asked, Refused, form_of

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_BODY_AT_MOST = 1 << 30  # bytes
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
        try:
            answer = self._answer(method)
        except Refused as refused:
            answer = Answer(refused.status, refused.body)
        except MachineFault as fault:
            answer = Answer(500, {"status": "error", "message": str(fault)})
        except Exception as failure:
            answer = Answer(500, {"status": "error", "message": f"{type(failure).__name__}: {failure}"})
        self._send(answer)

    def _answer(self, method: str) -> Answer:
        body = self._body()
        self._check_sender()
        route: Callable[[Machine, Asked], Answer] | None = ROUTES.get((method, self.path.partition("?")[0]))
        if route is None:
            raise Refused(404, {"error": f"{method} {self.path[:200]} is not of OSWorld's protocol"})
        kind = self.headers.get("Content-Type", "")
        if kind.startswith("application/json"):
            try:
                data = json.loads(body or b"{}")
            except ValueError as failure:
                raise Refused(400, {"status": "error", "message": f"the body is no JSON: {failure}"}) from failure
            if not isinstance(data, dict):
                raise Refused(400, {"status": "error", "message": "the body is no JSON object"})
            return route(self.server.machine, Asked(json=data))
        fields, files = form_of(kind, body)
        return route(self.server.machine, Asked(form=fields, files=files))

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > _BODY_AT_MOST or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            raise Refused(411, {"error": "Content-Length is needed, at most 1 GiB"})
        return self.rfile.read(int(length))

    def _check_sender(self) -> None:
        if "Origin" in self.headers:
            raise Refused(403, {"error": "requests of web pages are refused"})
        name = self.headers.get("Host", "").rpartition("]")[0].lstrip("[") or self.headers.get("Host", "")
        name = name if ":" in name and name.count(":") > 1 else name.partition(":")[0]
        if self.server.local and name.lower() != "localhost" and not _is_address(name):
            raise Refused(403, {"error": f"Host: {name[:80]!r} is not this computer"})

    def _send(self, answer: Answer) -> None:
        kind, body = answer.encoded()
        try:
            self.send_response(answer.status)
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
    parser = argparse.ArgumentParser(prog="python -m envs.osworld_server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; anything else is a risk")
    parser.add_argument("--port", type=int, default=5000, help="0: any free one")
    parser.add_argument("--display", help="X display to serve, such as :7; without it a private one is made")
    parser.add_argument("--size", default="1280x800", help="of the private display")
    given = parser.parse_args(arguments)
    width, _, height = given.size.partition("x")
    if not (width.isdigit() and height.isdigit()):
        parser.error(f"--size: {given.size!r}; it is like 1280x800")
    from envs.base import LaunchFailed
    from envs.machine_local import served_machine

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
