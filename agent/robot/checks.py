"""Keywords that ask, read and take pictures; nothing is changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from PIL import Image
from robot.api.deco import keyword

from agent.robot import log
from agent.robot.arguments import region_of, seconds_of, where_of
from agent.robot.base import Base, numbered, with_picture
from agent.rpa.query import Match


class Checks(Base):
    """Keywords that ask, read and take pictures; nothing is changed."""

    @keyword(tags=["check"])
    @with_picture
    def should_see(self, text: str = "", *, timeout: timedelta | None = None, **where: Any) -> None:
        """Fails unless a thing comes onto the screen. See `Which one is meant`."""
        self._screen.expect(text, timeout=seconds_of(timeout), **where_of(where))

    @keyword(tags=["check"])
    @with_picture
    def should_not_see(self, text: str = "", *, timeout: timedelta | None = None, **where: Any) -> None:
        """Fails unless a thing goes from the screen, or is not there to begin with."""
        self._screen.expect(text, gone=True, timeout=seconds_of(timeout), **where_of(where))

    @keyword(tags=["check"])
    @with_picture
    def should_read(self, near: str, says: str, *, timeout: timedelta | None = None, **where: Any) -> None:
        """Fails unless this text comes to stand beside a label, or in the field of that name.

        | `Should Read` | Total | 3 people |
        """
        self._screen.expect(near, says=says, timeout=seconds_of(timeout), **where_of(where))

    @keyword(tags=["check"])
    @with_picture
    def wait_until_visible(self, text: str = "", *, timeout: timedelta | None = None, **where: Any) -> Match:
        """Waits until a thing is on the screen. Returns it.

        | ${save} = | `Wait Until Visible` | Save | timeout=1 minute |
        | Log | ${save.text} ${save.kind} ${save.point} ${save.score} |
        """
        return self._screen.wait_for(text, seconds_of(timeout), **where_of(where))

    @keyword(tags=["check"])
    @with_picture
    def wait_until_gone(self, text: str = "", *, timeout: timedelta | None = None, **where: Any) -> None:
        """Waits until a thing is on the screen no more."""
        self._screen.gone(text, seconds_of(timeout), **where_of(where))

    @keyword(tags=["check"])
    @with_picture
    def is_on_screen(self, text: str = "", **where: Any) -> bool:
        """Whether a thing is on the screen now, once or several times. Does not wait."""
        return self._screen.exists(text, **where_of(where))

    @keyword(tags=["read"])
    @with_picture
    def read_text_near(self, text: str, *, timeout: timedelta | None = None) -> str:
        """The text beside or below a label, or in the field of that name."""
        return self._screen.read(near=text, timeout=seconds_of(timeout))

    @keyword(tags=["read"])
    @with_picture
    def read_screen(self, region: Any = None) -> str:
        """The text of the screen, or of a region, row by row.

        | ${head} = | `Read Screen` | 0,0,1280,120 |
        """
        return self._screen.read(None if region is None else region_of(region))

    @keyword(tags=["read"])
    @with_picture
    def read_table(self, region: Any = None) -> list[list[str]]:
        """The largest table on the screen, or in a region: rows of cells, the head first.

        | ${rows} = | `Read Table` |
        | Should Be Equal | ${rows}[1][0] | Ada Lovelace |
        """
        return self._screen.read_table(None if region is None else region_of(region))

    @keyword(tags=["read"])
    @with_picture
    def get_downloads(self) -> list[str]:
        """Paths of the files that were downloaded on this screen."""
        return list(self._screen.downloads)

    @keyword(tags=["picture"])
    def take_screenshot(self, name: str = "screenshot", width: str = "800px") -> str:
        """Saves a picture of the screen in the output directory and embeds it in the log. Returns its path.

        ``name`` gets a number, unless it ends in ``.png``: then an older file is replaced. ``width`` is how wide
        the log shows it.
        """
        image, path = self._saved(name)
        log.embed(image, path, width)
        return str(path)

    @keyword(tags=["picture"])
    def take_screenshot_without_embedding(self, name: str = "screenshot") -> str:
        """As `Take Screenshot`, with a link in the log in place of the picture."""
        _, path = self._saved(name)
        log.link(path, path.name)
        return str(path)

    def _saved(self, name: str) -> tuple[Image.Image, Path]:
        folder = log.output_folder()
        path = folder / name if name.lower().endswith(".png") else numbered(folder, name)
        return self._screen.screenshot(path), path.absolute()
