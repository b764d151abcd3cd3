"""Expectations as they are written: what is read, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.expect.base import BadExpectation
from agent.expect.grammar import expectation
from agent.expect.screen import AddressExpectation, TextExpectation, stands_in
from agent.expect.stored import FileExpectation, MailExpectation, SqlExpectation
from agent.expect.values import path_of, same, value_at
from agent.expect.web import HttpExpectation


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('text "Saved"', TextExpectation("Saved")),
        (r'text "say \"yes\" to C:\\x"', TextExpectation('say "yes" to C:\\x')),
        ("no text 'Error 5'", TextExpectation("Error 5", wanted=False)),
        ('address contains "/orders/"', AddressExpectation("contains", "/orders/")),
        ("address == http://h/a", AddressExpectation("==", "http://h/a")),
        ('file "my list.csv" exists', FileExpectation(Path("my list.csv"))),
        ('file out.csv contains "a b"', FileExpectation(Path("out.csv"), "a b")),
        (
            'http http://h/o?a=1 $.orders[0].paid == "yes"',
            HttpExpectation("http://h/o?a=1", ("orders", 0, "paid"), "yes"),
        ),
        ("http https://h/o n == -1.5", HttpExpectation("https://h/o", ("n",), -1.5)),
        (
            "sql sqlite:shop.db \"SELECT count(*) FROM o WHERE name = 'A'\" == 1",
            SqlExpectation(Path("shop.db"), "SELECT count(*) FROM o WHERE name = 'A'", 1),
        ),
        ('mail box subject "Order"', MailExpectation(Path("box"), "Order")),
    ],
)
def test_lines_are_read(line: str, wanted: object) -> None:
    assert expectation(line) == wanted


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", 'text "WORDS"'),
        ("see Saved", "python module:function"),
        ('text "Saved', "not closed"),
        ('text "a"b', "not closed"),
        ("text", 'accepted: text "WORDS"'),
        ('text ""', "empty"),
        ("text two words", 'accepted: text "WORDS"'),
        ('address starts "x"', "address contains"),
        ("http ftp://h/x a == 1", "no http or https address"),
        ("http http://me:hidden@h/x a == 1", "name or password"),
        ("http http://h/x a..b == 1", "no path"),
        ("http http://h/x a[0]b == 1", "no path"),
        ("http http://h/x a == paid", "a text in quotes"),
        ("http http://h/x a == NaN", "a text in quotes"),
        ("http http://h/x a == [1]", "a text in quotes"),
        ("sql shop.db 'SELECT 1' == 1", "no sqlite:FILE"),
        ("sql sqlite:shop.db 'DELETE FROM o' == 1", "only a SELECT"),
        ("picture nowhere.png", "no such file"),
        ("python os", "module:function"),
        ("python no_such_module:check", "cannot be imported"),
        ("python os:sep", "is no function"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(line: str, told: str) -> None:
    with pytest.raises(BadExpectation) as refused:
        expectation(line)
    message = str(refused.value)
    assert message.startswith("expect: ")
    assert told in message
    assert "\n" not in message
    if "hidden" not in line:
        assert line[:20].strip() in message.replace("\\'", "'")


def test_a_blank_picture_and_a_file_that_is_none_are_refused(tmp_path: Path) -> None:
    Image.new("RGB", (40, 40), "red").save(tmp_path / "red.png")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(BadExpectation, match="is blank"):
        expectation(f"picture {tmp_path / 'red.png'}")
    with pytest.raises(BadExpectation, match="not a picture"):
        expectation(f"picture {tmp_path / 'text.png'}")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", {"a": [{"b c": None}, 7], "1": "one"}),
        ("$.a[1]", 7),
        ("a.1", 7),
        ("a[-1]", 7),
        ("['1']", "one"),
        ('$.a[0]["b c"]', None),
    ],
)
def test_paths_lead_there(path: str, value: Any) -> None:
    assert value_at({"a": [{"b c": None}, 7], "1": "one"}, path_of(path)) == value


@pytest.mark.parametrize("path", ["b", "a[2]", "a.x", "a[1].y"])
def test_paths_to_nothing_say_so(path: str) -> None:
    with pytest.raises(LookupError, match="there is no"):
        value_at({"a": [0, 1]}, path_of(path))


def test_values_of_different_kinds_are_not_the_same() -> None:
    assert same(1, 1.0)
    assert same(None, None)
    assert not same(1, True)
    assert not same(False, 0)
    assert not same("1", 1)


@pytest.mark.parametrize(
    ("words", "text", "there"),
    [
        ("Saved", "Unsaved changes", False),
        ("saved", "All  SAVED.", True),
        ("12", "$12.00", True),
        ("12", "112", False),
        ("保存", "已保存成功", True),
        ("$5", "costs $5", True),
    ],
)
def test_whole_words_are_meant(words: str, text: str, there: bool) -> None:
    assert stands_in(words, text) is there
