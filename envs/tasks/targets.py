"""Where a task from a file runs: in a browser, on a private display of this computer, or on a remote machine."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Literal

from envs.machine.base import MachineFault
from envs.tasks.base import SetupFailed

if TYPE_CHECKING:
    from envs.base import Environment
    from envs.tasks.context import TaskContext
    from envs.tasks.schema import Step, TaskFile

Place = Literal["browser", "display", "remote"]
PLACES: tuple[Place, ...] = ("browser", "display", "remote")
_SIZE = (1280, 800)
_SITE = ("open_site", "site_state")
"""Set-up steps that need a bundled site, and so a browser alone."""


def place_of(file: TaskFile, options: dict[str, Any]) -> Place:
    """The option `place`; without it the browser for a task on a bundled site or a web application, else a private
    display.

    Raises:
        SetupFailed: the option names no place.
    """
    given = options.get("place")
    if given is None:
        return "browser" if any(map(_in_browser, file.config)) else "display"
    if given not in PLACES:
        raise SetupFailed(f"options: place: {given!r} is not one of {', '.join(PLACES)}")
    return PLACES[PLACES.index(given)]


def _in_browser(step: Step) -> bool:
    if step.type == "open_app":
        from envs.tasks.applications.catalogue import find

        return find(step.parameters["app"]).kind != "desktop"
    return step.type in _SITE


def prepare(stage: TaskContext, place: Place) -> None:
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
        from envs.machine.local import served_machine

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


def open_environment(stage: TaskContext, place: Place) -> Environment:
    """What the agent sees and acts on, once the set-up is done.

    Raises:
        SetupFailed: an unknown option, or a set-up that opened no page.
        EnvironmentFault: it does not start.
    """
    if place == "browser":
        return _browser(stage)
    if place == "display":
        from envs.desktop.environment import DesktopConfig, DesktopEnvironment

        display = getattr(stage.opened_machine(), "display", None)
        return stage.kept_open.enter_context(DesktopEnvironment(DesktopConfig(display=display)))
    from envs.remote import RemoteEnvironment, RemoteMachine

    machine = stage.opened_machine()
    assert isinstance(machine, RemoteMachine)
    return stage.kept_open.enter_context(RemoteEnvironment(machine))


def _browser(stage: TaskContext) -> Environment:
    from envs.browser.config import BrowserConfig
    from envs.browser.environment import BrowserEnvironment

    if stage.url is None:
        raise SetupFailed("config opens nothing: a step open_site or open_app is needed")
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
    config = replace(config, **given)
    if config.sites is not None:  # the task's own site is nobody's choice but the task's
        config = replace(config, sites=replace(config.sites, named=(*config.sites.named, stage.url)))
    return stage.kept_open.enter_context(BrowserEnvironment(config))
