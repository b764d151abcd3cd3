"""Keywords that open, switch and close screens."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from agent.robot.arguments import size_of
from agent.robot.base import Base, with_picture
from envs.base import Environment


class Screens(Base):
    """Keywords that open, switch and close screens."""

    @keyword(tags=["screen"])
    @with_picture
    def open_browser_at(
        self, url: str, *, viewport: str = "1280x800", headed: bool = False, alias: str = "", **config: Any
    ) -> str:
        """Opens a browser of its own at an address, and works in it from now on. Returns its alias.

        Further named arguments are those of the browser: ``locale=de-DE``, ``storage_state=login.json``,
        ``pixel_ratio=2``, ``allow_files=${CURDIR}`` …

        | `Open Browser At` | https://example.com/ | viewport=390x844 |
        """
        from pydantic import TypeAdapter, ValidationError

        from envs.browser.config import BrowserConfig
        from envs.browser.environment import BrowserEnvironment

        if unknown := sorted(set(config) - set(BrowserConfig.__dataclass_fields__)):
            accepted = ", ".join(BrowserConfig.__dataclass_fields__)
            raise ValueError(f"{unknown[0]}: is no argument of a browser; accepted: {accepted}")
        if isinstance(config.get("allow_files"), str):
            config["allow_files"] = (config["allow_files"],)
        words = {
            "allow_files": self._rules.allow_files,
            "sites": self._rules.sites(),
            **config,
            "url": url,
            "viewport": size_of("viewport", viewport),
            "headed": headed,
        }
        try:
            checked = TypeAdapter(BrowserConfig).validate_python(words)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{first['loc'][0]}: {first['input']!r}: {first['msg']}") from None
        return self._use(alias, lambda stack: stack.enter_context(BrowserEnvironment(checked)))

    @keyword(tags=["screen"])
    @with_picture
    def open_private_desktop(self, *, size: str = "1280x800", view: bool = False, alias: str = "") -> str:
        """Opens an X display of its own that nobody sees, and works on it from now on. Returns its alias.

        With ``view=True`` a VNC viewer may watch; the address stands in the log.
        """
        from envs.desktop.environment import DesktopConfig, DesktopEnvironment
        from envs.display.private import PrivateDisplay

        def made(stack: ExitStack) -> Environment:
            display = stack.enter_context(PrivateDisplay(size=size_of("size", size), view=view, say=logger.info))
            return stack.enter_context(DesktopEnvironment(DesktopConfig(display=display.name), say=logger.info))

        return self._use(alias, made)

    @keyword(tags=["screen"])
    @with_picture
    def open_own_desktop(self, *, monitor: int = 0, alias: str = "") -> str:
        """Works from now on on the screen that you sit at. Returns its alias.

        Push the pointer into a corner of the screen to stop everything. ``monitor`` counts from 1; 0 means all.
        """
        from envs.desktop.environment import DesktopConfig, DesktopEnvironment

        config = DesktopConfig(monitor=monitor)
        return self._use(alias, lambda stack: stack.enter_context(DesktopEnvironment(config, say=logger.info)))

    @keyword(tags=["screen"])
    @with_picture
    def open_remote_machine(self, address: str, *, alias: str = "") -> str:
        """Works from now on on the machine behind OSWorld's server at this address. Returns its alias.

        | `Open Remote Machine` | http://127.0.0.1:5000 |
        """
        from envs.remote import RemoteEnvironment, RemoteMachine

        def made(stack: ExitStack) -> Environment:
            machine = RemoteMachine(address)
            stack.callback(machine.close)
            return stack.enter_context(RemoteEnvironment(machine))

        return self._use(alias, made)

    @keyword(tags=["screen"])
    def switch_screen(self, alias: str) -> str:
        """Works on another open screen from now on. Returns the alias of the one before."""
        if alias not in self._screens:
            raise ValueError(f"alias: {alias!r} is not open; open: {', '.join(self._screens) or 'none'}")
        before, self._current = self._current, alias
        return before

    @keyword(tags=["screen"])
    def close_screen(self, alias: str = "") -> None:
        """Closes a screen, or without an alias the current one. All are closed when the suite ends."""
        name = alias or self._current
        if name not in self._screens:
            raise ValueError(f"alias: {name!r} is not open; open: {', '.join(self._screens) or 'none'}")
        self._screens.pop(name).closing.close()
        if self._current == name:
            self._current = next(reversed(self._screens), "")
