"""Keywords that do something on the screen, by words or pictures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

from pydantic import SecretStr
from robot.api.deco import keyword
from robot.api.types import Secret

from action_space.actions import Open
from agent.robot.arguments import seconds_of, where_of
from agent.robot.base import Base, with_picture
from agent.rpa.query import Match


class Verbs(Base):
    """Keywords that do something on the screen, by words or pictures."""

    @keyword(tags=["verb"])
    @with_picture
    def click_on(
        self,
        text: str = "",
        *,
        button: Literal["left", "right", "middle"] = "left",
        clicks: int = 1,
        timeout: timedelta | None = None,
        **where: Any,
    ) -> None:
        """Clicks a thing, once it is there, alone, and not disabled. See `Which one is meant`.

        | `Click On` | Save |
        | `Click On` | Edit | near=Alan Turing |
        | `Click On` | image=${CURDIR}/bin.png | button=right |
        """
        self._screen.click(text, button=button, clicks=clicks, timeout=seconds_of(timeout), **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def type_into(
        self,
        field: str,
        text: Secret | str,
        *,
        clear: bool = True,
        submit: bool = False,
        timeout: timedelta | None = None,
        **where: Any,
    ) -> None:
        """Types a text into the field with this label, in place of what it holds.

        A secret of Robot Framework is in no message. ``submit=True`` presses Enter afterwards.

        | `Type Into` | Name | Ada |
        | `Type Into` | Password | ${PASSWORD} | submit=True |
        """
        typed = SecretStr(text.value) if isinstance(text, Secret) else text
        screen, waits = self._screen, seconds_of(timeout)
        screen.type(field, typed, clear=clear, submit=submit, timeout=waits, **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def choose(self, field: str, option: str, *, timeout: timedelta | None = None, **where: Any) -> None:
        """Chooses an option of the list box, or of the radio buttons, with this label.

        | `Choose` | Country | Norway |
        """
        self._screen.choose(field, option, seconds_of(timeout), **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def tick(self, text: str, *, timeout: timedelta | None = None, **where: Any) -> None:
        """Ticks a check box, switch or radio button, unless it is ticked."""
        self._screen.tick(text, True, seconds_of(timeout), **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def untick(self, text: str, *, timeout: timedelta | None = None, **where: Any) -> None:
        """Clears a check box or switch, unless it is clear."""
        self._screen.tick(text, False, seconds_of(timeout), **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def hover_over(self, text: str = "", *, timeout: timedelta | None = None, **where: Any) -> None:
        """Rests the pointer over a thing."""
        self._screen.hover(text, seconds_of(timeout), **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def drag_onto(self, source: str, target: str, *, timeout: timedelta | None = None) -> None:
        """Drags one thing onto another."""
        self._screen.drag(source, target, seconds_of(timeout))

    @keyword(tags=["verb"])
    @with_picture
    def scroll_to(self, text: str = "", **where: Any) -> Match:
        """Scrolls down, then up, until a thing is in view. Returns it as `Wait Until Visible` does."""
        return self._screen.scroll_to(text, **where_of(where))

    @keyword(tags=["verb"])
    @with_picture
    def press_keys(self, *keys: str) -> None:
        """Presses keys together.

        | `Press Keys` | ctrl | s |
        """
        self._screen.press(*(key.lower() if len(key) > 1 else key for key in keys))

    @keyword(tags=["verb"])
    @with_picture
    def go_to(self, url: str) -> None:
        """Opens an address in the current tab of a browser."""
        self._screen.goto(url)

    @keyword(tags=["verb"])
    @with_picture
    def open_application(self, name: str) -> None:
        """Opens an application of a desktop by its name."""
        self._screen.act(Open(app=name))
