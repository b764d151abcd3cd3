"""The second channel: real servers on loopback, real databases, files and mail."""

from __future__ import annotations

import json
import mailbox
import sqlite3
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.expect.base import Outcome
from agent.expect.checks import Expectations


class Orders(BaseHTTPRequestHandler):
    """Answers with what the server's `answers` hold for a path, one after the other; the last stays."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        left = self.server.answers[self.path]  # type: ignore[attr-defined]
        status, body = left.pop(0) if len(left) > 1 else left[0]
        self.send_response(status)
        if status == 302:
            self.send_header("location", body)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    server.answers, server.asked = {}, []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def one(line: str, patience_s: float = 0.0) -> Outcome:
    (outcome,), _ = Expectations([line], patience_s=patience_s).check(None)
    return outcome


@pytest.mark.parametrize(
    ("status", "body", "outcome", "seen"),
    [
        (200, '{"orders": [{"state": "paid"}]}', "met", 'it is "paid"'),
        (200, '{"orders": [{"state": "open"}]}', "not_met", 'it is "open"'),
        (200, '{"orders": []}', "not_met", "the list has 0"),
        (404, "{}", "not_met", "404"),
        (200, "<html>", "unknown", "no JSON"),
        (503, "{}", "unknown", "503"),
        (302, "http://127.0.0.2:1/elsewhere", "unknown", "redirects to another place"),
    ],
)
def test_what_a_server_says(server: ThreadingHTTPServer, status: int, body: str, outcome: str, seen: str) -> None:
    server.answers["/o"] = [(status, body)]  # type: ignore[attr-defined]
    found = one(f'http http://127.0.0.1:{server.server_port}/o $.orders[0].state == "paid"')
    assert found.outcome == outcome
    assert seen in found.seen


def test_a_server_that_is_down_is_unknown(server: ThreadingHTTPServer) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Orders) as gone:
        port = gone.server_port
    found = one(f"http http://127.0.0.1:{port}/o a == 1")
    assert (found.outcome, "cannot be asked" in found.seen) == ("unknown", True)


def test_saving_may_lag(server: ThreadingHTTPServer) -> None:
    server.answers["/o"] = [(500, ""), (200, '{"n": 0}'), (200, '{"n": 1}')]  # type: ignore[attr-defined]
    line = f"http http://127.0.0.1:{server.server_port}/o n == 1"
    assert one(line, patience_s=30.0).outcome == "met"
    assert len(server.asked) == 3, "it is asked until it is met, and then no more"  # type: ignore[attr-defined]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    file = tmp_path / "the shop.db"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE orders (name TEXT, total REAL)")
        database.execute("INSERT INTO orders VALUES ('Ann', 12.5), ('Bob', 3)")
    database.close()
    return file


@pytest.mark.parametrize(
    ("query", "value", "outcome", "seen"),
    [
        ("SELECT total FROM orders WHERE name = 'Ann'", "12.5", "met", "12.5"),
        ("SELECT name FROM orders WHERE total = 3", '"Bob"', "met", '"Bob"'),
        ("SELECT count(*) FROM orders", "3", "not_met", "it is 2"),
        ("SELECT total FROM orders WHERE name = 'Cid'", "1", "not_met", "no such row"),
        ("SELECT total FROM orders", "3", "unknown", "several rows"),
        ("SELECT total FROM bills", "3", "unknown", "no such table"),
        ("WITH x AS (SELECT 1) DELETE FROM orders", "1", "unknown", "not authorized"),
        ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT max(i) FROM n", "9",
         "met", "9"),
    ],
)  # fmt: skip
def test_what_a_database_says(shop: Path, query: str, value: str, outcome: str, seen: str) -> None:
    found = one(f'sql "sqlite:{shop}" "{query}" == {value}')
    assert (found.outcome, seen in found.seen) == (outcome, True), found
    with sqlite3.connect(shop) as database:
        assert database.execute("SELECT count(*) FROM orders").fetchone() == (2,)
    database.close()


def test_a_database_that_is_not_there_is_unknown_and_not_made(tmp_path: Path) -> None:
    assert one(f'sql sqlite:{tmp_path / "no.db"} "SELECT 1" == 1').outcome == "unknown"
    assert list(tmp_path.iterdir()) == []


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    assert one(f"file {file} exists").outcome == "not_met"
    file.write_text("name;Jürgen\n", "utf-8")
    assert one(f"file {file} exists").outcome == "met"
    assert one(f'file {file} contains "Jürgen"').outcome == "met"
    assert one(f'file {file} contains "Ann"').outcome == "not_met"
    assert one(f"file {tmp_path} exists") == Outcome(f"file {tmp_path} exists", "not_met", "it is a folder")


@pytest.mark.parametrize("kind", ["maildir", "mbox"])
def test_mail(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "mail"
    box = mailbox.Maildir(folder) if kind == "maildir" else mailbox.mbox(folder)
    message = EmailMessage()
    message["subject"] = "Bestellung 7: Grüße"
    message.set_content("x")
    box.add(message)
    box.close()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert one(f'mail {folder} subject "bestellung 7: grüße"').outcome == "met"
    missed = one(f'mail {folder} subject "Order 8"')
    assert (missed.outcome, "Bestellung 7" in missed.seen) == ("not_met", True)
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert one(f'mail {tmp_path / "none"} subject "x"').outcome == "unknown"


def test_what_is_unknown_is_told_as_json() -> None:
    found = one('text "x"')
    assert json.loads(json.dumps(found.to_json())) == {
        "expectation": 'text "x"', "outcome": "unknown", "seen": "there is no screen any more",
    }  # fmt: skip
