"""How a run ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # the command line needs the exit codes, not the action models
    from action_space.actions import Status as Said

Status = Literal["verified", "claimed", "failed", "unsure", "blocked"]
Cause = Literal[
    "done",             # the task is done, as far as it was checked
    "not_verified",     # the agent claimed success, the check or an expectation says no
    "gave_up",          # the agent said that it failed
    "infeasible",       # the agent said that it cannot be done here
    "unsure",           # the agent does not know whether it is done
    "question",         # the agent asked, and nobody answered
    "limit",            # steps, time or tokens were used up
    "loop",             # the same again and again, without effect
    "refused",          # what the guard refuses, and the agent insists on
    "invalid_answer",   # two answers in a row were no valid action
    "target_closed",    # the site closed its last tab, or the window went away
    "stopped",          # the environment said that the episode is over
    "check_failed",     # the agent claims success, and what should say so could not be checked: effect unknown
    "infrastructure",   # browser, display, model endpoint or disk
    "interrupted",      # Ctrl-C, SIGTERM
]  # fmt: skip

EXIT_DONE, EXIT_FAILED, EXIT_USAGE, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED = 0, 1, 2, 3, 130


@dataclass(frozen=True)
class RunResult:
    """How a run ended, and where its record lies.

    Attributes:
        status: verified: a check says that it is done; claimed: the agent says so, and there is no check;
            failed; unsure: the agent does not know; blocked: it needs a person, or cannot be done here.
        cause: why the run ended.
        reason: one line for a person.
        said: the agent's own word (`finished.status`); None: it never said one.
        answer: the agent's answer, where the task asked for one.
        steps: actions taken, `finished` included.
        verdict: {"score", "reason"} of the check; None: there is none.
        expectations: what became of each expectation: {"expectation", "outcome": met, not_met or unknown, "seen"}.
        unconfirmed: conditions of the task of which nothing shows that they were kept, where success is only
            claimed.
        downloads: files that were downloaded, in the order in which they were complete.
        failed_downloads: those that were lost: "name: why".
        trace, report: the trace folder and the HTML report; None: not written.
        timings: seconds by part, and "total_s".
        parse: number of strict, repaired and failed answers.
        usage: tokens, model calls, CPU seconds of the model.
    """

    status: Status
    cause: Cause
    reason: str = ""
    said: Said | None = None
    answer: str | None = None
    steps: int = 0
    verdict: dict[str, Any] | None = None
    expectations: tuple[dict[str, Any], ...] = ()
    unconfirmed: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()
    failed_downloads: tuple[str, ...] = ()
    trace: Path | None = None
    report: Path | None = None
    timings: dict[str, float] = field(default_factory=dict)
    parse: dict[str, int] = field(default_factory=dict)
    usage: dict[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 done, 1 not done, 3 infrastructure, 130 interrupted."""
        if self.cause == "interrupted":
            return EXIT_INTERRUPTED
        if self.cause in ("infrastructure", "check_failed"):
            return EXIT_INFRASTRUCTURE
        return EXIT_DONE if self.status in ("verified", "claimed") else EXIT_FAILED

    def to_json(self) -> dict[str, Any]:
        """All fields and the exit code, as JSON values."""
        data = dict(vars(self))
        data["trace"] = str(self.trace) if self.trace else None
        data["report"] = str(self.report) if self.report else None
        return {**data, "exit_code": self.exit_code}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM during a run. The trace is complete; `result` says how far it came."""

    def __init__(self, result: RunResult) -> None:
        self.result = result
        super().__init__(result.reason)
