"""Waiting for what others do, for as long as they do it.

A limit in seconds is right for a program that does nothing; one that computes is not done, and on a busy machine
computes slowly. So the time counts anew for as long as the programs that are waited for get on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

_AT_MOST = 30  # times the limit, whatever they do
_GOT_ON = 0.002  # of the limit computed: more than a program that waits for its user does


def spent(pids: Iterable[int]) -> float:
    """Seconds that processes and all below them have computed; those that are gone count nothing."""
    import psutil

    found = 0.0
    for pid in pids:
        try:
            parent = psutil.Process(pid)
            for one in (parent, *parent.children(recursive=True)):
                try:
                    times = one.cpu_times()
                except (psutil.Error, OSError):
                    continue
                found += times.user + times.system
        except (psutil.Error, OSError, RuntimeError):
            continue
    return found


class Patience:
    """A time limit that counts anew while somebody gets on.

    Args:
        limit_s: for how long nothing may happen, seconds.
        computed: how long those who are waited for have computed by now, seconds; None: nobody knows.
    """

    def __init__(self, limit_s: float, computed: Callable[[], float] | None = None) -> None:
        self._limit_s, self._computed = limit_s, computed
        self._began = time.monotonic()
        self._end = self._began + limit_s
        self._before = computed() if computed else 0.0

    def over(self) -> bool:
        """Whether it is not worth waiting any longer."""
        now = time.monotonic()
        if now < self._end:
            return False
        if self._computed is None or now > self._began + _AT_MOST * self._limit_s:
            return True
        computed = self._computed()
        got_on = computed > self._before + _GOT_ON * self._limit_s
        self._before, self._end = computed, now + self._limit_s
        return not got_on

    def polls(self, pause_s: float) -> Iterator[None]:
        """Once now and then every `pause_s` seconds, until it is `over`: the steps of a loop that looks again."""
        while not self.over():
            yield
            time.sleep(max(0.0, min(pause_s, self._end - time.monotonic())))
