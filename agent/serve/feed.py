"""What happens in a run, in order, for any number of followers, each at its own pace."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from agent.text import redacted


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        number: from 1, without gaps.
        kind: begin, say, step, request, reply, state or end.
        data: JSON values, without secrets.
        time: when, seconds since the epoch.
    """

    number: int
    kind: str
    data: dict[str, Any]
    time: float

    def to_json(self) -> dict[str, Any]:
        """As one flat JSON object."""
        return {**self.data, "number": self.number, "kind": self.kind, "time": round(self.time, 3)}


class Feed:
    """Events of one run. Safe from any thread.

    Args:
        events: what happened already.
    """

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._events = list(events)
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []
        self.ended = any(event.kind == "end" for event in self._events)

    def tell(self, kind: str, /, **data: Any) -> Event:
        """Add an event."""
        with self._changed:
            event = Event(len(self._events) + 1, kind, redacted(data), time.time())
            self._events.append(event)
            self.ended = self.ended or kind == "end"
            self._changed.notify_all()
            listeners = list(self._listeners)
        for listener in listeners:
            listener()
        return event

    def after(self, number: int = 0) -> list[Event]:
        """The events behind that number."""
        with self._changed:
            return self._events[number:]

    def wait(self, number: int, seconds: float) -> list[Event]:
        """The events behind that number, waited for; [] when the time is up, or nothing more will come."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) > number or self.ended, seconds)
            return self._events[number:]

    async def follow(self, number: int = 0, tick_s: float = 15.0) -> AsyncIterator[Event | None]:
        """The events behind that number as they come, to the last; None after `tick_s` seconds without any.

        Takes no thread while it waits.
        """
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def listener() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(news.set)

        with self._changed:
            self._listeners.append(listener)
        try:
            while True:
                news.clear()
                for event in self.after(number):
                    number = event.number
                    yield event
                if self.ended and not self.after(number):
                    return
                try:
                    await asyncio.wait_for(news.wait(), tick_s)
                except TimeoutError:
                    yield None
        finally:
            with self._changed:
                self._listeners.remove(listener)
