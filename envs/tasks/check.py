"""What a folder of task files needs, and which of them run on this computer."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from envs.tasks.registry import TaskFileError, UnknownFunction
from envs.tasks.schema import TaskFile, faults, raw_json, shape
from envs.tasks.targets import place_of
from envs.tasks.trust import demands

Status = Literal[
    "runs here", "needs an app", "needs the network", "needs an account", "missing function", "malformed"
]
STATUSES: tuple[Status, ...] = (
    "runs here", "needs an app", "needs the network", "needs an account", "missing function", "malformed",
)  # fmt: skip
"""From what runs to what cannot be read; a task has the last that fits it."""


@dataclass(frozen=True)
class App:
    """An application: programs that can stand for it, and the Debian package (None: it is not in Debian)."""

    programs: tuple[str, ...]
    package: str | None


_CHROME = App(("google-chrome", "google-chrome-stable", "chromium", "chromium-browser", "chrome"), "chromium")
_OFFICE = App(("soffice", "libreoffice"), "libreoffice")
_TERMINAL = App(("xfce4-terminal", "gnome-terminal", "x-terminal-emulator", "xterm"), "xfce4-terminal")
_FILES = App(("pcmanfm", "nautilus", "thunar"), "pcmanfm")
_PICTURES = App(("gpicview", "eog"), "gpicview")

APPS: dict[str, App] = {
    "chrome": _CHROME, "browser": _CHROME, "chromium": _CHROME, "google-chrome": _CHROME,
    "libreoffice": _OFFICE, "libreoffice_calc": _OFFICE, "libreoffice_writer": _OFFICE, "soffice": _OFFICE,
    "libreoffice_impress": _OFFICE, "calc": _OFFICE, "writer": _OFFICE, "impress": _OFFICE, "excel": _OFFICE,
    "gimp": App(("gimp",), "gimp"), "vlc": App(("vlc",), "vlc"),
    "thunderbird": App(("thunderbird",), "thunderbird"),
    "vscode": App(("code",), None), "vs_code": App(("code",), None), "code": App(("code",), None),
    "terminal": _TERMINAL, "gnome-terminal": _TERMINAL, "nautilus": _FILES, "image": _PICTURES, "eog": _PICTURES,
    "pdf": App(("evince", "xpdf", *_CHROME.programs), "evince"), "evince": App(("evince",), "evince"),
    "ubuntu_media_player": App(("totem", "vlc"), "vlc"),
}  # fmt: skip
"""What `related_apps` and commands call them, in lower case with "_" for spaces."""

_NO_APP = frozenset({"os", "multi_apps", "socat", "ubuntu", "sudo"})
_ACCOUNTS = {"login", "googledrive", "googledrive_file"}


@dataclass(frozen=True)
class Finding:
    """One task file.

    Attributes:
        path: of the file.
        domain: the folder that it lies in, or its first application.
        id: of the task; "" where the file cannot be read.
        status: see `STATUSES`.
        infeasible: it is passed by giving up. Such a task needs the same set-up as another and is counted like it.
        apps: applications that are not installed, by name → Debian package (None: not in Debian).
        missing: functions that are not there, as "metric compare_x".
        hosts: where it goes on the network.
        accounts: functions that need somebody's account.
        error: why it is malformed: field, value, what is accepted.
        does: what it would run, open, read and write on the computer that it is started on.
    """

    path: str
    domain: str
    id: str = ""
    status: Status = "runs here"
    infeasible: bool = False
    apps: dict[str, str | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    error: str = ""
    does: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why it does not run here, in a few words."""
        sources = {
            one: f"apt install {package}" if package else "not in Debian" for one, package in self.apps.items()
        }
        apps = [f"{one} ({source})" for one, source in sources.items()]
        return {
            "needs an app": ", ".join(apps),
            "needs the network": ", ".join(self.hosts),
            "needs an account": ", ".join(self.accounts),
            "missing function": ", ".join(self.missing),
            "malformed": self.error,
        }.get(self.status, "")

    def to_json(self) -> dict[str, Any]:
        """All fields, and the reason."""
        return {**asdict(self), "reason": self.reason}


def paths(folder: Path) -> list[Path]:
    """The task files under a folder, sorted. Lists of task ids (OSWorld's test_all.json) are left out."""
    return [path for path in sorted(folder.rglob("*.json")) if not _is_index(path)]


def _is_index(path: Path) -> bool:
    try:
        raw = raw_json(path)
    except TaskFileError:
        return False  # said when it is checked
    return isinstance(raw, dict) and bool(raw) and all(isinstance(value, list) for value in raw.values())


def check(
    path: Path,
    *,
    online: bool = False,
    which: Callable[[str], str | None] = shutil.which,
    root: Path | None = None,
) -> Finding:
    """What one file needs.

    Args:
        path: of the file.
        online: the network is there, so that needing it keeps no task from running.
        which: finds a program.
        root: the folder that is checked; a file directly in it has its first application as domain.
    """
    domain = path.parent.name if root is None or path.parent != root else ""
    try:
        file = shape(raw_json(path))
    except TaskFileError as error:
        return Finding(str(path), domain or "?", status="malformed", error=str(error).removeprefix(f"{path}: "))
    wrong = list(faults(file))
    errors = [str(one) for one in wrong if not isinstance(one, UnknownFunction)]
    missing = tuple(dict.fromkeys(f"{one.what} {one.name}" for one in wrong if isinstance(one, UnknownFunction)))
    accounts = tuple(dict.fromkeys(name for name in _functions(file) if name in _ACCOUNTS))
    apps: dict[str, str | None] = {}
    seen: list[App] = []
    for name, app in _apps(file):  # one application has several names
        if app not in seen and not any(which(one) for one in app.programs):
            apps[name] = app.package
        seen.append(app)
    hosts = tuple(dict.fromkeys(_hosts(file)))
    status: Status = "runs here"
    for holds, name in (
        (apps, STATUSES[1]), (hosts and not online, STATUSES[2]), (accounts, STATUSES[3]), (missing, STATUSES[4]),
        (errors, STATUSES[5]),
    ):  # fmt: skip
        status = name if holds else status
    infeasible = file.evaluator.func in ("infeasible", ["infeasible"])
    domain = domain or (file.related_apps[0] if file.related_apps else "?")
    told = "; ".join(errors)
    does = demands(file) if place_of(file, {}) != "browser" else ()
    return Finding(str(path), domain, file.id, status, infeasible, apps, missing, hosts, accounts, told, does)


def totals(findings: Iterable[Finding]) -> dict[str, dict[str, int]]:
    """Domain → counts: tasks, infeasible, parsed, functions (of all that it names there are some), each status."""
    found: dict[str, dict[str, int]] = {}
    for one in findings:
        none = dict.fromkeys(("tasks", "infeasible", "parsed", "functions", *STATUSES), 0)
        counts = found.setdefault(one.domain, none)
        counts["tasks"] += 1
        counts["infeasible"] += one.infeasible
        counts["parsed"] += one.status != "malformed"
        counts["functions"] += one.status != "malformed" and not one.missing
        counts[one.status] += 1
    return dict(sorted(found.items()))


def named(file: TaskFile) -> Iterator[tuple[str, str]]:
    """("metric" or "getter", name) of each use in a file's evaluator."""
    func = file.evaluator.func
    for name in func if isinstance(func, list) else [func]:
        yield "metric", name
    for given in (file.evaluator.result, file.evaluator.expected):
        for one in given if isinstance(given, list) else [given]:
            if one and isinstance(one.get("type"), str):
                yield "getter", one["type"]


def _functions(file: TaskFile) -> Iterator[str]:
    for step in (*file.config, *file.evaluator.postconfig):
        yield step.type
    for _, name in named(file):
        yield name


def _apps(file: TaskFile) -> Iterator[tuple[str, App]]:
    """Applications that a file names, and programs that it launches."""
    for name in file.related_apps:
        word = name.strip().lower().replace(" ", "_")
        if word not in _NO_APP and word in APPS:
            yield word, APPS[word]
        elif word not in _NO_APP:
            yield word, App((word,), None)
    for step in file.config:
        program = _program(step.parameters.get("command")) if step.type == "launch" else None
        if program is not None and program not in _NO_APP and "/" not in program:
            yield program, APPS.get(program.lower(), App((program,), None))


def _program(command: Any) -> str | None:
    try:
        words = shlex.split(command) if isinstance(command, str) else command
    except ValueError:
        return None
    words = [word for word in words or [] if isinstance(word, str) and "=" not in word.partition("/")[0]]
    return words[0] if words else None


def _hosts(file: TaskFile) -> Iterator[str]:
    """Hosts in the addresses that steps and judges use, this computer left out."""
    parts = [step.parameters for step in (*file.config, *file.evaluator.postconfig)]
    judged: list[Any] = []
    if file.evaluator.func != "infeasible":
        judged = [file.evaluator.result, file.evaluator.expected]
    for text in _texts([*parts, *judged]):
        if text.startswith(("http://", "https://")):
            host = urlsplit(text).hostname or ""
            # "https://www." alone is OSWorld's prefix for what stands in the address bar.
            if host and host not in ("localhost", "127.0.0.1", "::1", "www.", "www"):
                yield host
    if file.proxy:
        yield "a proxy"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
