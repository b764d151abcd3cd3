"""One episode: set it up, let somebody play it, ask the judge, and say all of it in one row."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.evaluate.baselines import SPOIL, open_player, prompt_of
from agent.evaluate.results import EpisodeResult
from agent.trace.writer import TraceError
from envs.base import EnvironmentFault
from envs.tasks.base import Ends, Episode, SetupFailed, Task, Verdict
from model.base import Model, ModelFault, OutOfTime, PromptTooLong, Reply, Request, UnknownModel

if TYPE_CHECKING:
    from model.registry import ModelOptions


@dataclass(frozen=True)
class EvalConfig:
    """How every episode of a run is played.

    Attributes:
        model: name of the model or baseline.
        base_url, api_key: endpoint that serves the model, and its key. The key is in no record.
        opened: further fields of `model.registry.ModelOptions`: family, device, quantize …
        zoom_check: off, risky or all, as `agent run --zoom-check` has it.
        options: the environment's configuration, passed to `Task.start`.
        max_steps, max_seconds: limits that the agent keeps by itself.
        grace_s: seconds beyond `max_seconds` (set-up, last step, clean-up); then the episode is ended by force.
        play_on: do not stop when the environment says that the episode is over; the agent has to notice by itself.
        traces: folder for the traces; None: none are kept.
    """

    model: str
    options: dict[str, Any] = field(default_factory=dict)
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    opened: dict[str, Any] = field(default_factory=dict)
    zoom_check: str = "off"
    max_steps: int = 30
    max_seconds: float = 240.0
    grace_s: float = 60.0
    play_on: bool = False
    traces: Path | None = None

    @property
    def model_options(self) -> ModelOptions:
        """How the model is opened.

        Raises:
            UnknownModel: `opened` has a field that there is not.
        """
        from model.registry import ModelOptions

        given = dict(self.opened)
        if isinstance(given.get("adapter"), str):
            given["adapter"] = Path(given["adapter"])
        try:
            return ModelOptions(base_url=self.base_url, api_key=self.api_key, **given)
        except TypeError as error:
            raise UnknownModel(f"opened: {error}") from error

    def record(self) -> dict[str, Any]:
        """The rules as JSON values: what a run must have in common with the one that it continues."""
        rules = asdict(self)
        del rules["api_key"]  # a key in a file is a key lost
        return {**rules, "traces": self.traces is not None}


@dataclass(frozen=True)
class EpisodeSpec:
    """One episode to play."""

    task: Task
    seed: int
    attempt: int = 1


class Player:
    """A model, and how it is asked. `prompt`: what it is told at a first step.

    Raises:
        UnknownModel: models of its family cannot do tasks.
    """

    def __init__(self, model: Model, rules: EvalConfig) -> None:
        from agent.policy import Policy
        from agent.verifier import ZoomVerifier
        from model.registry import row_of

        row = row_of(model, rules.model_options)
        if row.grounds_only:
            model.close()
            raise UnknownModel(
                f"{model.name}: models of the family {row.name} only ground: they say where something is, and "
                "cannot decide what to do; the suites of recorded pictures ask them"
            )
        look = None if rules.zoom_check == "off" else ZoomVerifier(every_click=rules.zoom_check == "all")
        self._model = model
        self.name, self.family = model.name, model.family
        self.policy = Policy(self, family=row, second_look=look)
        self.prompt = prompt_of(row)
        self.fault: ModelFault | None = None

    @classmethod
    def open(cls, rules: EvalConfig) -> Player | None:
        """The player that the rules name; None where the task plays itself.

        Raises:
            ModelFault: there is no such model, or it cannot be loaded.
        """
        model = open_player(rules.model, rules.model_options)
        return None if model is None else cls(model, rules)

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """The model's answer. A fault is remembered: a model that is gone ends the run, not every episode."""
        try:
            return self._model.generate(request, on_text)
        except (OutOfTime, PromptTooLong):
            raise  # of this episode; the model is there
        except ModelFault as fault:
            self.fault = fault
            raise

    def close(self) -> None:
        """Give the model back."""
        self._model.close()


class JudgeBroke(Exception):
    """The check itself raised: that is a fault of the task, or of what the agent left behind."""


def play(job: EpisodeSpec, rules: EvalConfig, player: Player | None) -> EpisodeResult:
    """Play one episode; whatever goes wrong is in the row.

    Raises:
        TraceError: the trace cannot be written; so it is for every episode that follows.
    """
    started = time.perf_counter()
    row = EpisodeResult(job.task.id, job.seed, "failed", attempts=job.attempt, details=about(job.task))
    episode: Episode | None = None
    try:
        try:
            episode = job.task.start(job.seed, dict(rules.options))
        except (SetupFailed, EnvironmentFault) as error:
            close_shared()
            row = replace(row, error="setup", reason=_line(error))
        else:
            row = replace(row, details={**row.details, "instruction": episode.instruction})
            row = _itself(episode, row, rules) if player is None else _agent(episode, row, rules, player)
    except EnvironmentFault as error:
        row = replace(row, error="environment", reason=_line(error))
    except JudgeBroke as error:
        row = replace(row, error="judge", reason=str(error))
    except TraceError:
        raise
    except Exception as error:  # a fault of one episode must not end the others; the row says what it was
        row = replace(row, error="crash", reason=_line(error))
    finally:
        if episode:
            with suppress(EnvironmentFault):
                episode.close()
    return replace(row, seconds=round(time.perf_counter() - started, 3))


def about(task: Task) -> dict[str, Any]:
    """What every row says of its task: its groups."""
    groups = getattr(task, "groups", None)
    if groups:
        return {"groups": groups}
    tags = tuple(getattr(task, "tags", ()))
    return {"groups": {"tag": list(tags)}} if tags else {}


def _itself(episode: Episode, row: EpisodeResult, rules: EvalConfig) -> EpisodeResult:
    """The task plays itself: its solution, or its wrong ending."""
    wrong = rules.model == SPOIL
    try:
        if wrong:
            episode.spoil()
        else:
            episode.cheat()
    except (NotImplementedError, AttributeError) as error:
        return replace(row, error="no_oracle", reason=_line(error))
    verdict = _judge(episode, episode.oracle_answer, episode.oracle_status)
    return replace(
        row,
        details={**row.details, **_harm(verdict.harm)},
        status="verified" if verdict.passed else "failed",
        passed=verdict.passed,
        claimed=episode.oracle_status == "success",
        score=verdict.score,
        reason=verdict.reason,
    )


def _judge(episode: Episode, answer: str | None, status: str) -> Verdict:
    try:
        return episode.judge(answer, status)
    except EnvironmentFault:
        raise
    except (Exception, SystemExit) as error:
        raise JudgeBroke(f"the check raised {_line(error)}") from error


class _Check:
    """The check, for the loop: what it broke of is remembered for the row. `error`: "" while it did not."""

    def __init__(self, episode: Episode) -> None:
        self._episode, self.error, self.reason = episode, "", ""
        self.harm: str | None = None

    def __call__(self, answer: str | None, status: str) -> Verdict:
        try:
            verdict = _judge(self._episode, answer, status)
            self.harm = verdict.harm
            return verdict
        except (JudgeBroke, EnvironmentFault) as error:
            self.error = "judge" if isinstance(error, JudgeBroke) else "environment"
            self.reason = str(error)
            raise


def _agent(episode: Episode, row: EpisodeResult, rules: EvalConfig, player: Player) -> EpisodeResult:
    from agent.guard.limits import Limits
    from agent.loop import Agent

    name = f"{row.task}-{row.seed}".replace("/", "_") + ("" if row.attempts == 1 else f"-{row.attempts}")
    check = _Check(episode)
    agent = Agent(
        player,
        episode.environment,
        policy=player.policy,
        limits=Limits(max_steps=rules.max_steps, max_seconds=rules.max_seconds),
        trace_dir=_free(rules.traces / name) if rules.traces else None,
        judge=check,
        stop=episode.over if isinstance(episode, Ends) and not rules.play_on else None,
    )
    result = agent.run(episode.instruction)
    verdict = result.verdict or {}
    row = replace(
        row,
        status=result.status,
        passed=result.status == "verified",
        claimed=result.said == "success",
        score=float(verdict.get("score", 0.0)),
        reason=str(verdict.get("reason") or result.reason),
        error="environment" if result.cause == "infrastructure" else check.error,
        steps=result.steps,
        model_s=round(float(result.timings.get("decide_s", 0.0)), 3),
        model_cpu_s=round(float(result.usage.get("cpu_s", 0.0)), 4),
        model_calls=int(result.usage.get("model_calls", 0)),
        strict=result.parse.get("strict", 0),
        repaired=result.parse.get("repaired", 0),
        unparsed=result.parse.get("failed", 0),
        trace=str(Path("traces", result.trace.name)) if result.trace else "",
        details={
            **row.details,
            "cause": result.cause,
            "said": result.said,
            "answer": result.answer,
            "why": result.reason,
            "timings": result.timings,
            **_harm(check.harm),
        },
    )
    return replace(row, reason=check.reason or result.reason) if row.error else row


def _harm(harm: str | None) -> dict[str, str]:
    """What else changed, for the row, where the task can tell."""
    return {} if harm is None else {"harm": harm}


def _free(folder: Path) -> Path:
    """The folder, or the next of its name that is free: a killed run may have left half a trace behind."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}.{number}")
    return free


def close_shared() -> None:
    """Close browsers that tasks share."""
    from envs.tasks.suites.miniwob import tasks as miniwob

    miniwob.close_browsers()


def _line(error: BaseException) -> str:
    return (f"{type(error).__name__}: {error}".splitlines() or [""])[0][:500]
