"""A task from a file: what a suite lists and what starts its episodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envs.tasks.base import SetupFailed
from envs.tasks.context import TaskContext
from envs.tasks.episode import FileEpisode
from envs.tasks.registry import TaskFileError, UnknownFunction
from envs.tasks.schema import TaskFile, faults, raw_json, shape
from envs.tasks.setup import SETUP
from envs.tasks.targets import place_of, prepare
from envs.tasks.trust import ask_first, is_bundled


@dataclass(frozen=True)
class FileTask:
    """A task from a file. Picklable.

    Attributes:
        trusted: it may do on this computer whatever its set-up and judges do there (`envs.tasks.trust`).
    """

    id: str
    suite: str
    tags: tuple[str, ...]
    instruction: str
    file: TaskFile = field(repr=False)
    trusted: bool = field(default=False, repr=False, kw_only=True)

    def start(self, seed: int, options: dict[str, Any] | None = None) -> FileEpisode:
        """Set the task up and open the browser or desktop.

        Args:
            seed: of the site.
            options: None leaves one as it is. `place`: see `envs.tasks.targets`, also for the options of a display
                and a remote machine. In a browser: fields of `envs.browser.BrowserConfig`, `site`: options for the
                bundled site, and `environment`: an open browser to use, which then stays open.

        Raises:
            Untrusted: it would run commands on this computer or reach its files, and nobody has allowed it.
            SetupFailed: it cannot be set up.
            EnvironmentFault: the browser or display does not start.
        """
        stage = TaskContext(seed, dict(options or {}))
        try:
            place = place_of(self.file, stage.options)
            if not self.trusted:
                ask_first(self.file, place, self.id)
            prepare(stage, place)
            for step in self.file.config:
                SETUP.get(step.type, "config")(stage, **step.parameters)
            if stage.site is not None:
                stage.before = stage.site.state()
            return FileEpisode(self.file, stage, place)
        except BaseException as error:
            stage.close()
            if isinstance(error, OSError):
                raise SetupFailed(str(error)) from error
            raise


def load(path: Path | str, suite: str = "file", *, trust: bool = False) -> FileTask:
    """The task of one file.

    Args:
        trust: it may run commands on this computer; what comes with this package always may.

    Raises:
        TaskFileError: it cannot be read, is not JSON, or names a field or function that is not known.
    """
    path = Path(path)
    raw = raw_json(path)
    try:
        return parse(raw, suite, trust=trust or is_bundled(path))
    except UnknownFunction as error:
        raise UnknownFunction(error.what, error.name, f"{path}: {error}") from None
    except TaskFileError as error:
        raise TaskFileError(f"{path}: {error}") from None


def parse(raw: Any, suite: str = "file", *, trust: bool = False) -> FileTask:
    """The task that decoded JSON describes; `trust` as for `load`.

    Raises:
        TaskFileError: a field or function that is not known.
    """
    file = shape(raw)
    for wrong in faults(file):
        raise wrong
    return FileTask(file.id, suite, tuple(file.tags), file.instruction, file, trusted=trust)
