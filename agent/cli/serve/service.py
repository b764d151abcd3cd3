"""The HTTP service as the command line starts it."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli.guard import limits_of, policy_of
from agent.guard.rules import GuardPolicy
from agent.text import hide

if TYPE_CHECKING:
    from agent.cli.settings import Settings
    from agent.serve.service.job import Job
    from agent.serve.service.store import Row
    from agent.serve.web import Gate

_STRICTER = ("never", "risky", "always")
_OF_ONE = ("user_data_dir", "cdp_url", "machine")
"""What several runs at a time cannot share."""


class CannotStart(Exception):
    """The settings do not go together, or the folder is in use."""


def checked(settings: Settings, workers: int) -> Settings:
    """The settings under which so many workers share nothing.

    Raises:
        CannotStart: they would share a profile, a browser or a machine.
    """
    for name in _OF_ONE:
        if workers > 1 and getattr(settings, name) is not None:
            flag = f"--{name.replace('_', '-')}"
            raise CannotStart(f"{flag}: {workers} workers cannot share one; use --workers 1, or leave it out")
    if settings.env == "desktop":
        return settings.model_copy(update={"private_display": True})
    return settings


@contextmanager
def service(
    settings: Settings, data: Path, workers: int, queue: int, token: str, hosts: list[str], address: str
) -> Iterator[Gate]:
    """The application, with its folder locked.

    Raises:
        CannotStart: another service uses the folder, or it cannot be written.
        ValueError: the rules, secrets or expectations cannot be.
    """
    from filelock import FileLock, Timeout

    from agent.cli.run import expectations_of
    from agent.evaluate.workers.process import end_all
    from agent.secrets.file import read_secrets
    from agent.serve.service.app import OPEN, service_app
    from agent.serve.service.pool import Pool
    from agent.serve.service.store import Store
    from agent.serve.service.worker import SERVICE, WorkerProcess
    from agent.serve.web import Gate

    hide(token)
    rules = policy_of(settings)
    expectations_of(settings)
    if settings.secrets is not None:
        read_secrets(settings.secrets)
    settings = checked(settings, workers)
    runs_dir = data / "runs"
    lock = FileLock(data / "service.lock")
    try:
        (data / "logs").mkdir(parents=True, exist_ok=True)
        runs_dir.mkdir(exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise CannotStart(f"--data: {data} is used by another service; end it, or choose another folder") from None
    except OSError as error:
        raise CannotStart(f"--data: {data}: {error.strerror or error}") from error
    mark = str(data.resolve())
    end_all(SERVICE, mark)  # workers of a service that was killed, should some still be ending
    store = Store(data / "runs.sqlite", queue)

    def launch(row: Row) -> WorkerProcess:
        command = [sys.executable, "-m", "agent.cli.serve.work"]
        job = job_of(row, settings, rules, runs_dir)
        return WorkerProcess(command, job, {**os.environ, SERVICE: mark}, data / "logs" / f"{row.folder}.log")

    def seconds(job: Job) -> float:
        waits = job.answer_s * 20 if job.attended else 0.0
        return (job.max_seconds or limits_of(settings, rules).max_seconds) + waits

    try:
        pool = Pool(store, workers, launch, runs_dir, seconds)
        app = service_app(store, pool, rules, runs_dir, new_id, lambda job: check(job, settings, rules), address)
        yield Gate(app, token, hosts=hosts, open_paths=lambda path: path in OPEN)
    finally:
        store.close()
        lock.release()


def new_id(task: str) -> str:
    """The id of a new run, which is also the name of its folder."""
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    return f"{stamp}-{secrets.token_hex(4)}"


def check(job: Job, settings: Settings, rules: GuardPolicy) -> None:
    """Raises BadJob for what the service's own rules do not allow."""
    from agent.serve.service.job import BadJob
    from envs.browser.network.sites import Sites

    if job.url is not None:
        if settings.env != "browser":
            raise BadJob("url", f"this service works on a {settings.env}, which has no address")
        if wrong := Sites(rules.sites()).forbidden(job.url):
            raise BadJob("url", f"the rules of this service do not allow it: {wrong}")
    limits = limits_of(settings, rules)
    for name in ("max_steps", "max_seconds"):
        given, most = getattr(job, name), getattr(limits, name)
        if given is not None and given > most:
            raise BadJob(name, f"{given} is more than this service allows: {most:g}")


def job_of(row: Row, settings: Settings, rules: GuardPolicy, runs_dir: Path) -> dict[str, Any]:
    """What a worker is told."""
    job = row.job
    chosen = {name: getattr(job, name) for name in ("seed", "viewport", "max_steps", "max_seconds")}
    given = settings.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    mode = max((job.confirm or "never", rules.confirm or "never"), key=_STRICTER.index)
    policy = rules.model_copy(
        update={"confirm": mode, "forbid_actions": (*rules.forbid_actions, *job.forbid_actions)}
    )
    return {
        "task": job.task,
        "folder": str((runs_dir / row.folder).resolve()),
        "url": job.url,
        "attended": job.attended,
        "answer_s": job.answer_s,
        "settings": plain(given),
        "policy": policy.model_dump(mode="json"),
    }


def plain(settings: Settings) -> dict[str, Any]:
    """The settings as JSON values, secrets in the open: only for the standard input of a worker."""
    from pydantic import SecretStr

    values = settings.model_dump(mode="json")
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            values[name] = value.get_secret_value()
    return values
