"""Reward models behind HTTP: batches out, numbers in, and nothing believed that was not checked.

The request is POST with JSON; docs/reinforcement.md has the protocol, `server` a reference server. A server that
is slow, dead, or answers what is no number in its range gives no reward at all: the answers it was asked about
have none, and why is counted.
"""

from __future__ import annotations

import base64
import io
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from model.servers.connection import Watchdog, address, open_client
from model.training.data.records import Episode, GroundingItem, TextItem
from model.training.rewards.base import Case

_MOST_BYTES = 4 << 20
PROTOCOL = 1


class _Passing(Exception):
    """What another try may mend."""


class _Final(Exception):
    """What it may not."""


class Remote:
    """A reward model.

    Args:
        url: where it is asked.
        low, high: the range of its numbers, brought to [0, 1]; a number outside is a fault of the server's, and
            never cut to fit.
        batch: most answers a request.
        timeout_s: seconds for a batch, all tries together.
        retries: further tries where it could not be reached or said that it was busy.
        pictures: send what the model saw, as PNG in base64.

    Attributes:
        faults: what went wrong → how many answers have no reward for it.

    Raises:
        BadModelOption: `url` cannot be used.
    """

    def __init__(
        self,
        url: str,
        *,
        low: float = 0.0,
        high: float = 1.0,
        batch: int = 32,
        timeout_s: float = 30.0,
        retries: int = 2,
        pictures: bool = False,
        api_key: str | None = None,
    ) -> None:
        if not low < high:
            raise ValueError(f"{url}: range {low} to {high}; accepted: the lower number first")
        self.url, self._low, self._high = address(url), low, high
        self._batch, self._timeout_s, self._retries, self._pictures = batch, timeout_s, retries, pictures
        self._key = api_key
        self.faults: Counter[str] = Counter()

    def __call__(self, cases: Sequence[Case]) -> list[float | None]:
        """See `Reward`. Safe to call from several threads: each call has a connection of its own."""
        found: list[float | None] = []
        with open_client(self.url, self._key, self._timeout_s) as client:
            for begun in range(0, len(cases), self._batch):
                found += self._ask(client, cases[begun : begun + self._batch])
        return found

    def _ask(self, client: httpx.Client, cases: Sequence[Case]) -> list[float | None]:
        body = {"version": PROTOCOL, "items": [self._item(case) for case in cases]}
        deadline, problem = time.monotonic() + self._timeout_s, ""
        for attempt in range(self._retries + 1):
            try:
                return self._read(self._post(client, body, deadline), len(cases))
            except _Passing as error:
                problem = str(error)
                pause = min(0.1 * 2**attempt, deadline - time.monotonic())
                if pause <= 0:
                    break
                time.sleep(pause)
            except _Final as error:
                problem = str(error)
                break
        self.faults[problem] += len(cases)
        return [None] * len(cases)

    def _post(self, client: httpx.Client, body: dict[str, Any], deadline: float) -> Any:
        watchdog = Watchdog()
        watchdog.start(max(0.001, deadline - time.monotonic()), None)
        extensions = {"trace": watchdog.trace}
        content = bytearray()
        try:
            with client.stream("POST", self.url, json=body, extensions=extensions) as response:
                for part in response.iter_raw():
                    content += part
                    if len(content) > _MOST_BYTES:
                        raise _Final("the answer is too large")
                    if watchdog.expired():
                        raise _Final("no answer in time")
            if watchdog.expired():  # the connection may look as if it had ended in order
                raise _Final("no answer in time")
            status = response.status_code
        except (httpx.HTTPError, httpx.StreamError) as error:
            if watchdog.expired() or isinstance(error, httpx.TimeoutException):
                raise _Final("no answer in time") from error
            raise _Passing("it cannot be reached, or hung up") from error
        finally:
            watchdog.stop()
        if status == 429 or status >= 500:
            raise _Passing(f"HTTP {status}")
        if status != 200:
            raise _Final(f"HTTP {status}")
        try:
            # NaN and Infinity, which Python would read, are no JSON.
            return json.loads(bytes(content), parse_constant=lambda name: name)
        except (ValueError, RecursionError) as error:
            raise _Final("the answer is no JSON") from error

    def _read(self, answer: Any, count: int) -> list[float | None]:
        rewards = answer.get("rewards") if isinstance(answer, dict) else None
        if not isinstance(rewards, list):
            raise _Final("the answer has no list of rewards")
        if len(rewards) != count:
            raise _Final("another number of rewards than of answers")
        return [self._one(value) for value in rewards]

    def _one(self, value: Any) -> float | None:
        if value is None:
            self.faults["the server has none"] += 1
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.faults["not a number"] += 1
            return None
        if not self._low <= value <= self._high:
            self.faults["outside its range"] += 1
            return None
        return (value - self._low) / (self._high - self._low)

    def _item(self, case: Case) -> dict[str, Any]:
        record = case.record
        item: dict[str, Any] = {"id": record.id, "task": case.task, "answer": case.text, "tokens": case.tokens}
        if isinstance(record, GroundingItem):
            item |= {"instruction": record.instruction, "boxes": record.boxes, "absent": record.absent}
        elif isinstance(record, Episode):
            item |= {"instruction": record.task, "step": case.step}
        elif isinstance(record, TextItem):
            item |= {"instruction": record.prompt, "completion": record.completion}
        if self._pictures and case.picture is not None:
            file = io.BytesIO()
            case.picture.save(file, "PNG")
            item["picture"] = base64.b64encode(file.getvalue()).decode()
        return item


class Router:
    """One reward of several by the task of each answer, as reward models are specialists.

    Args:
        routes: task → its reward; "*": of all others. A task without a route has no reward.
    """

    def __init__(self, routes: dict[str, Any]) -> None:
        self._routes = routes

    def __call__(self, cases: Sequence[Case]) -> list[float | None]:
        """Each reward is asked once, for all answers of its tasks."""
        found: list[float | None] = [None] * len(cases)
        chosen = [case.task if case.task in self._routes else "*" for case in cases]
        for name in dict.fromkeys(chosen):
            if name in self._routes:
                own = [number for number, one in enumerate(chosen) if one == name]
                values = self._routes[name]([cases[number] for number in own])
                for number, value in zip(own, values, strict=True):
                    found[number] = value
        return found
