"""The same controller for asyncio programs: every verb is done in a thread, one after the other."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar, Unpack

from agent.rpa.controller import Controller, Where
from agent.rpa.locator import Locator

P = ParamSpec("P")
R = TypeVar("R")


def _verb(
    method: Callable[Concatenate[Controller, P], R],
) -> Callable[Concatenate[AsyncController, P], Coroutine[Any, Any, R]]:
    async def run(self: AsyncController, /, *args: P.args, **words: P.kwargs) -> R:
        async with self._one:
            return await asyncio.to_thread(method, self._controller, *args, **words)

    functools.update_wrapper(run, method)
    return run


def _aside(
    method: Callable[Concatenate[Locator, P], R],
) -> Callable[Concatenate[AsyncLocator, P], Coroutine[Any, Any, R]]:
    async def run(self: AsyncLocator, /, *args: P.args, **words: P.kwargs) -> R:
        async with self._one:
            return await asyncio.to_thread(method, self._locator, *args, **words)

    functools.update_wrapper(run, method)
    return run


class AsyncLocator:
    """`Locator`, awaited."""

    def __init__(self, locator: Locator, one: asyncio.Lock) -> None:
        self._locator, self._one = locator, one

    match, wait_for, gone = _aside(Locator.match), _aside(Locator.wait_for), _aside(Locator.gone)
    exists, all, read = _aside(Locator.exists), _aside(Locator.all), _aside(Locator.read)
    click, hover, type = _aside(Locator.click), _aside(Locator.hover), _aside(Locator.type)
    choose, tick = _aside(Locator.choose), _aside(Locator.tick)
    picture, highlight = _aside(Locator.picture), _aside(Locator.highlight)

    def nth(self, number: int) -> AsyncLocator:
        """See `Locator.nth`."""
        return AsyncLocator(self._locator.nth(number), self._one)


class AsyncController:
    """`Controller`, awaited. Takes the same arguments; one verb is done at a time."""

    def __init__(self, *args: Any, **words: Any) -> None:
        self._controller, self._one = Controller(*args, **words), asyncio.Lock()

    async def __aenter__(self) -> AsyncController:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def find(self, text: str = "", **where: Unpack[Where]) -> AsyncLocator:
        """See `Controller.find`."""
        return AsyncLocator(self._controller.find(text, **where), self._one)

    exists, all, wait_for = _verb(Controller.exists), _verb(Controller.all), _verb(Controller.wait_for)
    gone, click, hover = _verb(Controller.gone), _verb(Controller.click), _verb(Controller.hover)
    type, choose, tick = _verb(Controller.type), _verb(Controller.choose), _verb(Controller.tick)
    press, goto, scroll_to = _verb(Controller.press), _verb(Controller.goto), _verb(Controller.scroll_to)
    act, do = _verb(Controller.act), _verb(Controller.do)
    read, read_table, expect = _verb(Controller.read), _verb(Controller.read_table), _verb(Controller.expect)
    highlight, screenshot = _verb(Controller.highlight), _verb(Controller.screenshot)
    close = _verb(Controller.close)

    async def drag(
        self, source: str | AsyncLocator, target: str | AsyncLocator, timeout: float | None = None
    ) -> Any:
        """See `Controller.drag`."""
        ends = [one if isinstance(one, str) else one._locator for one in (source, target)]
        async with self._one:
            return await asyncio.to_thread(self._controller.drag, ends[0], ends[1], timeout)

    async def downloads(self) -> tuple[str, ...]:
        """See `Controller.downloads`."""
        async with self._one:
            return await asyncio.to_thread(lambda: self._controller.downloads)
