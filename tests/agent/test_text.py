"""Text of pages, models and people: it can always be written, printed and read back, and holds no secret."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import text
from agent.text import command_line, dumps, hide, loads, plain, printable, redacted, writable

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=40)
ANY_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(autouse=True)
def _no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "_secrets", set())


@settings(max_examples=400, deadline=None)
@given(ANY_VALUE)
def test_any_value_can_be_written_and_read_back(value: Any) -> None:
    written = dumps(value)
    written.encode()
    assert json.loads(written, parse_constant=lambda name: pytest.fail(name)) is not ...
    assert not any(ord(char) < 32 or 0x7F <= ord(char) <= 0x9F for char in written)


@settings(max_examples=400, deadline=None)
@given(ANY_TEXT)
def test_any_text_can_be_written_and_printed(value: str) -> None:
    writable(value).encode()
    shown = printable(value)
    shown.encode()
    assert not any((ord(char) < 32 and char not in "\n\t") or 0x7F <= ord(char) <= 0x9F for char in shown)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("\ud83d\ude00", "😀"), ("A \ud83d", "A \ufffd"), ("\ude00 B", "\ufffd B"), ("\udc80", "\ufffd"),
        ("plain 小米 😀", "plain 小米 😀"),
    ],
)  # fmt: skip
def test_halves_of_a_pair(given: str, meant: str) -> None:
    assert writable(given) == meant


@pytest.mark.parametrize(
    "given",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07red", "\x1b]8;;http://x\x1b\\red", "\x9b31mred", "\x1bcred", "\x1b(0red",
        "r\x08ed", "\x1bP1$r\x1b\\red", "\u202ered", "red\x00", "\x1b]52;c;eHg=\x07red", "\x1b[?1049hred",
    ],
)  # fmt: skip
def test_what_steers_a_terminal_is_taken_out(given: str) -> None:
    assert printable(given) == "red"


def test_line_breaks_stay_and_a_line_cannot_be_written_over() -> None:
    assert printable("a\r\nb\tc\rd") == "a\nb\tc\nd"
    assert printable("\x1b]0;never ended\nnext") == "\nnext"


@pytest.mark.parametrize(("given", "meant"), [
    (math.nan, None), (math.inf, None), (-math.inf, None), (10**400, None), (1e308, 1e308), (2**63, 2**63),
    ({"a": math.nan, 1: {2}}, {"a": None, "1": [2]}),
])  # fmt: skip
def test_numbers_that_json_has_no_word_for(given: Any, meant: Any) -> None:
    assert plain(given) == meant


def test_depth_has_an_end() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    assert "…" in dumps(deep)
    with pytest.raises(ValueError, match="deep"):
        loads("[" * 200_000)
    assert loads("[NaN, Infinity, 1e999, 1, 1.5, " + "9" * 400 + "]") == [None, None, None, 1, 1.5, None]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://me:hunter2@host/x", "https://me:…@host/x"),
        ("http://me:p@ss:w%40rd@host", "http://me:…@host"),
        ("see ftp://a:b@c and http://d/e@f:g", "see ftp://a:…@c and http://d/e@f:g"),
        ("http://host/?api_key=abc&x=1", "http://host/?api_key=…&x=1"),
        ("http://host/?x=1&token=abc#y", "http://host/?x=1&token=…#y"),
        ("Authorization: Bearer abcdefghijk", "Authorization: Bearer …"),
        ("git clone https://ghp_0123456789abcdefghij@host/x", "git clone https://…@host/x"),
        ("ssh://git@host/x", "ssh://git@host/x"),
        ("http://host/?auth=abc&author=x", "http://host/?auth=…&author=x"),
        ("http://host:8000/v1", "http://host:8000/v1"),
        ("max_tokens=5, at 10:30 @home", "max_tokens=5, at 10:30 @home"),
    ],
)
def test_credentials_are_taken_out_of_texts(given: str, meant: str) -> None:
    assert redacted(given) == meant


def test_remembered_secrets_are_taken_out_of_everything() -> None:
    hide("sk-0123456789")
    hide("short")
    value = {"argv": ["x", "sk-0123456789"], "sk-0123456789": ("a sk-0123456789 b",), "word": "short"}
    assert redacted(value) == {"argv": ["x", "…"], "…": ["a … b"], "word": "short"}
    assert redacted({"api_key": "k", "headers": {"Authorization": "t"}, "prompt_tokens": 5, "password": None}) == {
        "api_key": "…", "headers": {"Authorization": "…"}, "prompt_tokens": 5, "password": None,
    }  # fmt: skip
    assert "sk-0123456789" not in printable("the key sk-0123456789")
    assert "sk-0123456789" not in dumps(value)


def test_a_password_in_an_address_is_remembered_as_it_is_shown_elsewhere() -> None:
    text.hide_passwords(["https://me:p%40ssword@host", None, "https://host"])
    assert redacted("p%40ssword and p@ssword") == "… and …"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (["agent", "run", "--api-key", "k", "x"], ["agent", "run", "--api-key", "…", "x"]),
        (["agent", "--api-key=k"], ["agent", "--api-key=…"]),
        (["agent", "--max-tokens", "5"], ["agent", "--max-tokens", "5"]),
        (["agent", "--proxy-password", "k"], ["agent", "--proxy-password", "…"]),
        (["agent", "--url", "http://a:b@c"], ["agent", "--url", "http://a:…@c"]),
    ],
)
def test_command_lines_keep_no_key(given: list[str], meant: list[str]) -> None:
    assert command_line(given) == meant
