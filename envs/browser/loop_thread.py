"""An event loop on a thread of its own, so that a synchronous caller can use Playwright's async API anywhere:
from a script, a worker thread, or inside a running asyncio loop (a notebook)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")
_TIDY_S = 5.0

# Windows starts subprocesses on this kind of loop only.
_Base: Any = getattr(asyncio, "ProactorEventLoop" if sys.platform == "win32" else "SelectorEventLoop")


class _ShieldedLoop(_Base):  # type: ignore[misc]  # the loop of this system
    """Starts its subprocesses in a session of their own.

    Ctrl-C at a terminal goes to the whole foreground process group. Playwright's driver would die of it before
    the caller could take its last screenshot and write its trace. The driver still ends with this process,
    however that dies, because its standard input then closes.
    """

    def __init__(self) -> None:
        super().__init__()
        self.environ: dict[str, str] = {}  # for subprocesses, on top of what they get anyway
        self.child_ended: Callable[[], None] = lambda: None

    async def subprocess_exec(self, protocol_factory: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs["env"] = {**(kwargs.get("env") or os.environ), **self.environ}
        if sys.platform == "win32":
            kwargs["creationflags"] = kwargs.get("creationflags", 0) | subprocess.CREATE_NEW_PROCESS_GROUP
        else:
            kwargs["start_new_session"] = True
        transport, protocol = await super().subprocess_exec(protocol_factory, *args, **kwargs)
        known = protocol.process_exited

        def exited() -> None:
            known()
            self.child_ended()

        protocol.process_exited = exited
        return transport, protocol


class LoopThread:
    """Runs coroutines on its own thread, one call at a time."""

    def __init__(self, name: str) -> None:
        self._loop = _ShieldedLoop()
        self._lock = threading.Lock()
        # A daemon: an environment that nobody closed must not keep the interpreter from ending.
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def subprocesses(self, environ: dict[str, str], ended: Callable[[], None]) -> None:
        """What subprocesses get on top of this process's environment, and what is called when one has ended."""
        self._loop.environ, self._loop.child_ended = environ, ended

    @property
    def inside(self) -> bool:
        """Whether the calling code runs on this very thread."""
        return threading.current_thread() is self._thread

    def run(self, work: Coroutine[Any, Any, Result], timeout: float | None = None) -> Result:
        """Wait for `work`. An exception in the calling thread, KeyboardInterrupt too, cancels it, and is raised
        once the work has tidied up.

        Raises:
            TimeoutError: `timeout` seconds went by; the work is cancelled.
        """
        over = threading.Event()

        async def watched() -> Result:
            try:
                return await work
            finally:
                over.set()

        try:
            with self._lock:
                future = asyncio.run_coroutine_threadsafe(watched(), self._loop)
                try:
                    return future.result(timeout)
                except BaseException:
                    if future.cancel():
                        over.wait(_TIDY_S)
                    raise
        finally:
            work.close() if self._loop.is_closed() else None

    def begin(self, work: Coroutine[Any, Any, Any]) -> Callable[[], None]:
        """Let `work` go on beside the calls; returns what cancels it."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)

        def end() -> None:
            future.cancel()

        return end

    def stop(self) -> None:
        """End the thread; what still runs on it is cancelled. Harmless the second time."""
        if self._loop.is_closed():
            return
        if self.inside:  # the garbage collector may call from here
            self._loop.call_soon(self._loop.stop)
            return
        with contextlib.suppress(Exception):
            asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        if not self._thread.is_alive():
            self._loop.close()


async def _cancel_others() -> None:
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
