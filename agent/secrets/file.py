"""Secrets from a file that only its owner may read, from the environment, and from the system's keyring."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from agent.secrets.vault import NAME, Secret, SecretError, Secrets

_ACCEPTED = "write NAME@SITE=VALUE, such as shop_password@shop.example='s3cret'"


def read_secrets(path: Path | str) -> Secrets:
    """The secrets of a file. One a line, `NAME@PLACE[,PLACE…]=VALUE`; lines that begin with # are comments.

    VALUE is the value, in quotes if it begins like one of these: `totp:SEED`, a one-time code by time;
    `env:VARIABLE`; `keyring:SERVICE/USER`. `totp:env:…` and `totp:keyring:…` take the seed from there.

    Raises:
        SecretError: others may read it, a line is wrong (which, by its number), or a value is not where it should
            be. The message holds no value.
    """
    path = Path(path).expanduser()
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
                mode = f"{stat.S_IMODE(status.st_mode):04o}"
                raise SecretError(f"secrets: {path}: others may read or change it (mode {mode}); chmod 600 {path}")
            text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SecretError(f"secrets: {path}: is no UTF-8 text") from None
    except (OSError, ValueError) as error:
        if isinstance(error, SecretError):
            raise
        raise SecretError(f"secrets: {path}: {getattr(error, 'strerror', None) or error}") from None
    found: dict[str, Secret] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            name, secret = _line(line.strip())
            if name in found:
                raise SecretError(f"{name} stands here for the second time")
        except SecretError as error:
            raise SecretError(f"secrets: {path}, line {number}: {error}") from None
        found[name] = secret
    if not found:
        raise SecretError(f"secrets: {path}: holds no secret; {_ACCEPTED}")
    return Secrets(found)


def _line(line: str) -> tuple[str, Secret]:
    head, equals, value = line.removeprefix("export ").partition("=")
    name, at, places = head.strip().partition("@")
    # What is no name may be a value in the wrong place: it is not repeated.
    if not equals or not NAME.fullmatch(name):
        raise SecretError(f"is no secret; {_ACCEPTED}")
    if not at or not places.strip():
        raise SecretError(f"{name} is bound to no site; {_ACCEPTED}, or {name}@desktop=…")
    sites = tuple(place.strip() for place in places.split(","))
    value, kind = value.strip(), "text"
    if value.startswith("totp:"):
        value, kind = value.removeprefix("totp:").strip(), "totp"
    try:
        return name, Secret(_value(value), sites, "totp" if kind == "totp" else "text")
    except SecretError as error:
        raise SecretError(f"{name}: {error}") from None


def _value(text: str) -> str:
    if text[:1] in ("'", '"'):
        if len(text) < 2 or text[-1] != text[0]:
            raise SecretError(f"the value begins with {text[0]} and does not end with it")
        inner = text[1:-1]
        return inner.replace('\\"', '"').replace("\\\\", "\\") if text[0] == '"' else inner
    if text.startswith("env:"):
        variable = text.removeprefix("env:").strip()
        found = os.environ.get(variable)
        if not found:
            raise SecretError(f"the variable {variable} is not set")
        return found
    if text.startswith("keyring:"):
        return _from_keyring(text.removeprefix("keyring:").strip())
    return text


def _from_keyring(where: str) -> str:
    service, slash, user = where.rpartition("/")
    if not slash or not service or not user:
        raise SecretError(f"keyring:{where}: write keyring:SERVICE/USER")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise SecretError("the keyring needs the package keyring: install the extra 'secrets'") from None
    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:
        raise SecretError(f"keyring:{where}: the system's keyring does not answer ({error})") from None
    if not found:
        raise SecretError(f"keyring:{where}: the system's keyring holds no such password")
    return found
