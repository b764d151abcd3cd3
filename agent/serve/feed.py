"""What happens in a run, in order, for any number of followers, each at its own pace."""

from __future__ import annotations

import threading
import time
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
        return {"number": self.number, "kind": self.kind, "time": round(self.time, 3), **self.data}


class Feed:
    """Events of one run. Safe from any thread."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self.ended = False

    def tell(self, kind: str, /, **data: Any) -> Event:
        """Add an event."""
        with self._changed:
            event = Event(len(self._events) + 1, kind, redacted(data), time.time())
            self._events.append(event)
            self.ended = self.ended or kind == "end"
            self._changed.notify_all()
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
