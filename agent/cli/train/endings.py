"""How commands of `agent train` end: faults as exit codes and one line, Ctrl-C with the state saved."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from agent.cli.console import stop
from agent.result import EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE

EXIT_CODES = (
    "Exit codes: 0 done; 1 training was stopped (a loss that is not a number, a full disk, no reward to be \
had); 2 bad usage; 130 interrupted, with the state saved."
)


@contextmanager
def ctrl_c() -> Iterator[Callable[[], bool]]:
    """Ctrl-C and SIGTERM let the step end and its state be saved; a second one ends at once."""
    asked: list[int] = []

    def ask(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def faults(as_json: bool) -> Iterator[None]:
    """Faults as exit codes and one line."""
    try:
        from model.base import ModelFault, UnknownModel
        from model.training.trainer.state import TrainingFault
    except ImportError as error:
        stop(EXIT_INFRASTRUCTURE, f"training needs {error.name}: pip install 'gui-agent-toolkit[train]'", as_json)
    try:
        yield
    except ImportError as error:
        stop(EXIT_INFRASTRUCTURE, f"training needs {error.name}: pip install 'gui-agent-toolkit[train]'", as_json)
    except TrainingFault as error:
        stop(EXIT_USAGE if error.usage else EXIT_FAILED, str(error), as_json)
    except UnknownModel as error:
        stop(EXIT_USAGE, str(error), as_json)
    except ModelFault as error:
        stop(EXIT_INFRASTRUCTURE, str(error), as_json)
    except ValueError as error:  # data sets, records, pictures, suites: all say what would be accepted
        stop(EXIT_USAGE, str(error), as_json)
    except KeyboardInterrupt:
        stop(EXIT_INTERRUPTED, "interrupted; the last state that was saved stays", as_json)
