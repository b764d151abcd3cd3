"""Files of secrets: what is read, and what is refused in which words. No message holds a value."""

from __future__ import annotations

import json
from pathlib import Path

import pyotp
import pytest

from agent.secrets import Secret, SecretError, Secrets, read_secrets
from agent.text import dumps, printable
from envs.base import ActionRefused
from tests.agent.test_cli import agent

SITE = "https://shop.example/in"


def written(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "s.env"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_all_that_a_line_can_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_KEY", "from-the-environment")
    lines = (
        "# a comment",
        "a@shop.example=plain=with=signs",
        "export b@*.shop.example, desktop = 'totp:quoted'",
        'c@shop.example:8443="with \\"marks\\""',
        "d@shop.example=env:SHOP_KEY",
        "e@shop.example=totp:JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
        "f@shop.example=totp:JBSWY3DPEHPK3PXP",
    )
    secrets = read_secrets(written(tmp_path, "\r\n".join(lines).replace("\r", "")))
    assert secrets.names == ("a", "b", "c", "d", "e", "f")
    assert secrets.fill("x<secret:a>", [SITE]) == "xplain=with=signs"
    assert secrets.fill("<secret:b>", ["desktop"]) == "totp:quoted"
    assert secrets.fill("<secret:c>", ["https://shop.example:8443/"]) == 'with "marks"'
    assert secrets.fill("<secret:d>", [SITE]) == "from-the-environment"
    assert secrets.fill("<secret:f>", [SITE]).isdecimal()
    assert pyotp.TOTP("JBSWY3DPEHPK3PXP" * 2).verify(secrets.fill("<secret:e>", [SITE]), valid_window=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("password hunter22", "line 1: is no secret; write NAME@SITE=VALUE"),
        ("\na@x.example=hunter22\na@x.example=hunter22", "line 3: a stands here for the second time"),
        ("a=hunter22", "line 1: a is bound to no site"),
        ("a@ftp://x.example=hunter22", "line 1: a: place 'ftp://x.example': ftp: addresses are never opened"),
        ("a@x.example=abc", "line 1: a: the value has 3 characters; it needs at least 4"),
        ("a@x.example='hunter22", "line 1: a: the value begins with ' and does not end with it"),
        ("a@x.example=totp:hunter22!", "line 1: a: the seed of totp: is no base 32"),
        ("a@x.example=env:NOT_SET_ANYWHERE", "line 1: a: the variable NOT_SET_ANYWHERE is not set"),
        ("a@x.example=keyring:only", "line 1: a: keyring:only: write keyring:SERVICE/USER"),
        ("# nothing", "holds no secret"),
    ],
)
def test_what_is_wrong_with_a_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SecretError) as problem:
        read_secrets(written(tmp_path, text))
    assert told in str(problem.value)
    assert "hunter22" not in str(problem.value)


def test_a_file_that_others_may_read(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"others may read or change it \(mode 0640\); chmod 600"):
        read_secrets(written(tmp_path, "a@x.example=hunter22", 0o640))
    with pytest.raises(SecretError, match="No such file"):
        read_secrets(tmp_path / "gone.env")


def test_the_command_line_refuses_before_anything_is_opened(tmp_path: Path) -> None:
    path = written(tmp_path, "a@x.example=hunter22", 0o644)
    done = agent("run", "x", "--secrets", str(path), "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "others may read" in json.loads(done.stdout)["reason"]
    path.chmod(0o600)
    done = agent("run", "type <secret:b>", "--secrets", str(path), "--json", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no secret <secret:b>; those that were given: a" in json.loads(done.stdout)["reason"]
    assert not (tmp_path / "runs").exists()


def test_the_keyring_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backend import KeyringBackend

    class Memory(KeyringBackend):
        priority = 1  # type: ignore[assignment]

        def get_password(self, service: str, username: str) -> str | None:
            return "from-keyring" if (service, username) == ("shop/main", "ada") else None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

        def delete_password(self, service: str, username: str) -> None:
            raise NotImplementedError

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    try:
        secrets = read_secrets(written(tmp_path, "a@x.example=keyring:shop/main/ada"))
        assert secrets.fill("<secret:a>", ["https://x.example"]) == "from-keyring"
        with pytest.raises(SecretError, match="holds no such password"):
            read_secrets(written(tmp_path, "a@x.example=keyring:shop/bob"))
    finally:
        keyring.set_keyring(before)


def test_where_a_secret_may_be_typed() -> None:
    secret = Secret("value-1", ("shop.example", "*.pay.example:8443", "http://old.example"))
    for place, allowed in {
        "https://shop.example/a": True,
        "https://SHOP.example./a": True,
        "http://shop.example/a": False,  # anybody on the way could read it
        "https://shop.example.evil.example/": False,
        "https://evil.example/shop.example": False,
        "https://a.pay.example:8443/": True,
        "https://a.pay.example/": False,
        "http://old.example/": True,
        "about:blank": False,
        "data:text/html,shop.example": False,
        "": False,
        "desktop": False,
    }.items():
        assert secret.allows(place) is allowed, place
    secrets = Secrets({"a": secret})
    with pytest.raises(ActionRefused):
        secrets.fill("<secret:a>", ["https://shop.example", "https://evil.example"])


def test_where_a_value_stands_on_a_screen() -> None:
    secrets = Secrets({"code": Secret("48 21-77", ("desktop",)), "name": Secret("Grace-Hopper", ("desktop",))})
    assert secrets.positions(["Total 48", "x 482177 y", "ok"]) == {1}
    assert secrets.positions(["a", "4", "8", "2", "1", "7", "7", "b"]) == {1, 2, 3, 4, 5, 6}
    assert secrets.positions(["GRACE HOPPER", "Hopper, Grace"]) == {0}
    assert secrets.positions(["Gra", "Grace-H", "Gr"]) >= {0, 1}


def test_what_is_written_holds_no_value() -> None:
    Secrets({"a": Secret("päss wörd/7781", ("desktop",)), "pin": Secret("9a8b", ("desktop",))})
    text = dumps({"x": "päss wörd/7781", "y": "p%C3%A4ss%20w%C3%B6rd%2F7781", "z": "my 9a8b"})
    assert "7781" not in text
    assert "9a8b" not in text
    assert printable("päss wörd/7781") == "…"
