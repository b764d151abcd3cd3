"""What an application is, for those who install, start and judge it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Half = Literal["seen", "blind"]
HALVES: tuple[Half, ...] = ("seen", "blind")
"""Worked on while skills were built, or kept aside: of these nobody looks at more than the figure."""

Kind = Literal["pip", "npm", "desktop"]

State = dict[str, dict[str, dict[str, Any]]]
"""Collection → key of a record → the record. What changes by itself (times, sessions, counters) is not in it."""


class AppError(Exception):
    """An application cannot be installed or started. The message says what mends it."""


@dataclass(frozen=True)
class Instance:
    """One copy of an application's data, and where it answers.

    Attributes:
        program: folder of the installation: a virtual environment, or a folder with node_modules; of a desktop
            application that of the seeded data alone.
        data: the copy of the seeded data; on a desktop the home folder.
        port: on 127.0.0.1; 0 on a desktop.
    """

    program: Path
    data: Path
    port: int = 0

    @property
    def url(self) -> str:
        """Address of the first page."""
        return f"http://127.0.0.1:{self.port}/"

    def script(self, name: str) -> str:
        """A program of the virtual environment."""
        return str(self.program / "bin" / name)

    def module(self, path: str) -> str:
        """A file below node_modules."""
        return str(self.program / "node_modules" / path)


def _nothing(instance: Instance) -> None:
    """Nothing is to be done."""


def _nobody(instance: Instance) -> list[dict[str, Any]]:
    """Nobody is logged in."""
    return []


@dataclass(frozen=True)
class Application:
    """One application.

    Attributes:
        name: as the command line has it.
        title: as people call it.
        version: of the application itself.
        licence: SPDX name.
        kind: where it comes from; `desktop`: the system's packages, which we do not install.
        packages: of pip or npm, each with its exact version, all that it needs included for pip; of a desktop
            application the programs that must be there.
        seed: write the data that every episode begins with. Called once, right after the installation.
        command: what starts it; it must listen on 127.0.0.1 at the port, or open its window.
        state: what the judge reads: the application's own files and databases.
        prepare: called with each copy before its program starts, where its port has to be written down.
        login: cookies of somebody who is logged in, as Playwright has them; asked only where a task wants it.
        ready: path that answers when the application can be used; any status below 500 counts.
        environ: more variables for its process.
        window: title of a desktop application's window.
        lag_s: for how long nothing may have changed until what was done is surely written down, seconds.
    """

    name: str
    title: str
    version: str
    licence: str
    kind: Kind
    packages: tuple[str, ...]
    seed: Callable[[Instance], None]
    command: Callable[[Instance], list[str]]
    state: Callable[[Instance], State]
    prepare: Callable[[Instance], None] = _nothing
    login: Callable[[Instance], list[dict[str, Any]]] = _nobody
    ready: str = "/"
    environ: Mapping[str, str] = field(default_factory=dict)
    window: str = ""
    lag_s: float = 0.0


class OpenedApp(Protocol):
    """An application that runs, for one task."""

    @property
    def before(self) -> State:
        """Its state when the set-up was complete."""

    def rested_state(self) -> State:
        """What it holds now, once all that was done is written down."""

    def close(self) -> None:
        """End it and remove its data. May be called twice."""
