"""Set-up steps of the bundled sites."""

from __future__ import annotations

from typing import Any

from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.setup.base import SETUP


@SETUP
def open_site(stage: TaskContext, *, site: str, path: str = "", options: dict[str, Any] | None = None) -> None:
    """Serve a bundled site with the episode's seed; the browser starts at `path` of it.

    `options` are those of `envs.sites.open_site`; the option "site" of `Task.start` goes before them.
    """
    from envs import sites

    try:
        stage.site = sites.open_site(site, stage.seed, **{**(options or {}), **stage.options.get("site", {})})
    except ValueError as error:
        raise SetupFailed(str(error)) from error
    stage.url = stage.site.url + path.lstrip("/")


@SETUP
def site_state(stage: TaskContext, *, state: dict[str, Any]) -> None:
    """Put things in place in the site, such as a product in the cart."""
    try:
        stage.opened_site().prepare(state)
    except ValueError as error:
        raise SetupFailed(str(error)) from error
