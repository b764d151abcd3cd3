"""Where a task from a file runs: in a browser, on a private display of this computer, or on a remote machine."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

from envs.machine import MachineFault
from envs.tasks.base import SetupFailed

if TYPE_CHECKING:
    from envs.base import Environment
    from envs.tasks.files import TaskFile
    from envs.tasks.stage import Stage

Place = Literal["browser", "display", "remote"]
PLACES: tuple[Place, ...] = ("browser", "display", "remote")
_SIZE = (1280, 800)
_SITE = ("open_site", "site_state")
"""Set-up steps that need a bundled site, and so a browser alone."""


def place_of(file: TaskFile, options: dict[str, Any]) -> Place:
    """The option `place`; without it the browser for a task that opens a bundled site, else a private display.

    Raises:
        SetupFailed: the option names no place.
    """
    given = options.get("place")
    if given is None:
        return "browser" if any(step.type in _SITE for step in file.config) else "display"
    if given not in PLACES:
        raise SetupFailed(f"options: place: {given!r} is not one of {', '.join(PLACES)}")
    return PLACES[PLACES.index(given)]


def prepare(stage: Stage, place: Place) -> None:
    """Start the computer that the set-up steps need; a browser comes after them.

    Options: on a display `size` (width, height) and `view`; on a remote machine `machine`, its address.

    Raises:
        SetupFailed: an unknown option, or a machine that does not answer.
        LaunchFailed: no private display can be started.
    """
    if place == "browser":
        return
    accepted = ("place", "size", "view") if place == "display" else ("place", "machine")
    given = {key: value for key, value in stage.options.items() if value is not None}
    if unknown := sorted(set(given) - set(accepted)):
        raise SetupFailed(f"options: {unknown[0]!r} is not one of {', '.join(accepted)} (place: {place})")
    if place == "display":
        from envs.machine_local import served_machine

        size = given.get("size", _SIZE)
        stage.machine = stage.kept_open.enter_context(served_machine(None, size, view=given.get("view", False)))
        return
    from envs.remote import RemoteMachine

    if "machine" not in given:
        raise SetupFailed("options: machine: missing; the address of an OSWorld machine, http://host:5000")
    try:
        stage.machine = stage.kept_open.enter_context(RemoteMachine(given["machine"]))
        stage.machine.screen_size()
    except MachineFault as fault:
        raise SetupFailed(str(fault)) from fault


def open_environment(stage: Stage, place: Place) -> Environment:
    """What the agent sees and acts on, once the set-up is done.

    Raises:
        SetupFailed: an unknown option, or a set-up that opened no page.
        EnvironmentFault: it does not start.
    """
    if place == "browser":
        return _browser(stage)
    if place == "display":
        from envs.desktop import DesktopConfig, DesktopEnvironment

        display = getattr(stage.opened_machine(), "display", None)
        return stage.kept_open.enter_context(DesktopEnvironment(DesktopConfig(display=display)))
    from envs.remote import RemoteEnvironment, RemoteMachine

    machine = stage.opened_machine()
    assert isinstance(machine, RemoteMachine)
    return stage.kept_open.enter_context(RemoteEnvironment(machine))


def _browser(stage: Stage) -> Environment:
    from envs.browser import BrowserConfig, BrowserEnvironment

    if stage.url is None:
        raise SetupFailed("config opens nothing: a step open_site is needed")
    if "environment" in stage.options:
        lent: BrowserEnvironment = stage.options["environment"]
        lent.goto(stage.url)
        return lent
    accepted = {field.name for field in fields(BrowserConfig)}
    ours = ("site", "place")
    given = {key: value for key, value in stage.options.items() if value is not None and key not in ours}
    if unknown := sorted(set(given) - accepted):
        names = ", ".join(sorted(accepted | {"site", "environment", "place"}))
        raise SetupFailed(f"options: {unknown[0]!r} is not one of {names}")
    site = stage.site
    config = BrowserConfig(url=stage.url, viewport=site.viewport if site else BrowserConfig.viewport)
    return stage.kept_open.enter_context(BrowserEnvironment(replace(config, **given)))
