"""What `agent run` does: open the target, run the agent, show every step, write the report."""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.status import Status as Spinner

from agent.cli.guard import limits_of, policy_of
from agent.cli.settings import Settings
from agent.cli.target import Target, model_options, open_target
from agent.expect.base import BadExpectation
from agent.expect.checks import Expectations
from agent.files import write_file
from agent.guard.confirm import Confirmation
from agent.guard.risk import RiskJudge
from agent.guard.rules import BadPolicy, GuardPolicy
from agent.history import Step
from agent.loop import Agent
from agent.policy import Policy
from agent.result import EXIT_INFRASTRUCTURE, EXIT_USAGE, Interrupted, RunResult
from agent.secrets.file import read_secrets
from agent.secrets.vault import SecretError, Secrets, check_task
from agent.text import command_line, escaped, printable
from agent.trace.writer import TraceError, TraceWriter, new_folder
from agent.verifier import ZoomVerifier
from envs.base import AddressForbidden, EnvironmentFault
from envs.scratch import temporary_files
from envs.tasks.base import SetupFailed
from envs.tasks.registry import TaskFileError
from model.base import Model, ModelFault, UnknownModel
from model.families import assumption, row_named
from model.family import Family
from model.registry import open_model, row_of


class RunFailed(Exception):
    """The run could not begin. `exit_code` says whose fault it is."""

    def __init__(self, exit_code: int, message: str) -> None:
        self.exit_code = exit_code
        super().__init__(message)


def run_task(
    task: str,
    settings: Settings,
    *,
    task_file: Path | None = None,
    quiet: bool = False,
    model: Model | None = None,
) -> RunResult:
    """Do one task as `agent run` does it.

    Args:
        quiet: show nothing (the caller prints the result for a machine).
        model: who decides; None: the one of the settings.

    Raises:
        RunFailed: it could not begin.
    """
    show, given = Show(Console(stderr=quiet, quiet=quiet)), model
    try:
        policy = policy_of(settings)
        secrets = read_secrets(settings.secrets) if settings.secrets else None
        check_task(task, secrets)
        expectations = expectations_of(settings)
    except (BadPolicy, SecretError, BadExpectation) as error:
        raise RunFailed(EXIT_USAGE, str(error)) from error
    with ExitStack() as opened:
        try:
            folder = new_folder(settings.runs_dir, task or (task_file.stem if task_file else ""))
            opened.enter_context(temporary_files("run"))
            if given is None:
                model = open_model(settings.model, model_options(settings))
                opened.callback(model.close)
                row = _row(model, settings)
            else:
                model, row = given, row_named(None, given.family)
        except UnknownModel as error:
            raise RunFailed(EXIT_USAGE, str(error)) from error
        except (ModelFault, TraceError, OSError) as error:
            raise RunFailed(EXIT_INFRASTRUCTURE, str(error)) from error
        if given is None and (assumed := assumption(model.name, settings.family)):
            show.say(assumed)
        try:
            result = _play(task, settings, task_file, show, model, row, folder, policy, expectations, secrets)
        except (TaskFileError, AddressForbidden, SecretError) as error:
            raise RunFailed(EXIT_USAGE, str(error)) from error
        except TraceError as error:
            if error.result is None:
                raise RunFailed(EXIT_INFRASTRUCTURE, str(error)) from error
            result = error.result
        except (EnvironmentFault, SetupFailed) as error:
            # The trace says what was tried, even where nothing could be opened.
            result = _recorded(folder, task, model, RunResult("failed", "infrastructure", str(error)))
        except KeyboardInterrupt:
            reason = "interrupted before the first step"
            result = _recorded(folder, task, model, RunResult("failed", "interrupted", reason))
        except Exception as error:
            # A fault of ours. Where it was is for those who can correct it.
            reason = f"internal error: {type(error).__name__}: {error}"
            result = _recorded(folder, task, model, RunResult("failed", "infrastructure", reason))
            show.say(f"{_kept_traceback(folder, error)}")
    if settings.report and result.trace:
        result = replace(result, report=_report(folder, show))
    show.end(result)
    return result


def expectations_of(settings: Settings) -> Expectations:
    """The expectations of the settings, read.

    Raises:
        BadExpectation: one cannot be read, or is Python that the command line itself does not name.
    """
    for line in settings.expect:
        if line.split()[:1] == ["python"] and line not in settings.flag("expect", ()):
            raise BadExpectation(
                f"expect: {line!r}: Python is called only where --expect names it on the command line"
            )
    return Expectations(settings.expect)


def plan_of(task: str, settings: Settings, task_file: Path | None) -> tuple[list[dict[str, object]], bool]:
    """The goals that the embedded model reads in a task, and whether all of it was understood. Nothing is opened.

    Raises:
        RunFailed: the task file cannot be read, or the embedded model is not the one that would decide.
    """
    from model.embedded.planner import goals_of

    if settings.model not in ("", "embedded"):
        raise RunFailed(
            EXIT_USAGE, f"--plan: {settings.model} makes no plan in advance; only the embedded model does"
        )
    if task_file is not None:
        try:
            task = str(json.loads(task_file.read_text("utf-8"))["instruction"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunFailed(EXIT_USAGE, f"{task_file}: no task file with an instruction: {error}") from error
    goals = [goal.gold() for goal in goals_of(task, settings.env == "desktop")]
    return goals, bool(goals) and all(goal["do"] != "unknown" for goal in goals)


def _play(
    task: str,
    settings: Settings,
    task_file: Path | None,
    show: Show,
    model: Model,
    row: Family,
    folder: Path,
    policy: GuardPolicy,
    expectations: Expectations,
    secrets: Secrets | None = None,
) -> RunResult:
    opened = open_target(task, settings, task_file, show.say, folder / "downloads", policy)
    with show.waiting("Opening the screen …"), opened as target:
        show.begin(target, model, folder, len(expectations))
        agent = Agent(
            model,
            target.environment,
            limits=limits_of(settings, policy),
            rules=policy,
            confirm=_confirmation(target.instruction, policy, show),
            ask_yes=show.ask_yes if show.is_there else None,
            trace_dir=folder,
            judge=target.judge,
            expectations=expectations,
            ask=show.ask if not show.quiet else None,
            policy=Policy(model, family=row, second_look=_second_look(settings)),
            secrets=secrets,
            on_step=show.step,
        )
        try:
            return agent.run(target.instruction)
        except Interrupted as stop:
            return stop.result


def _confirmation(task: str, policy: GuardPolicy, show: Show) -> Confirmation | None:
    if policy.confirm in (None, "never"):
        return None
    return Confirmation(policy.confirm, RiskJudge(task), show.ask_yes if show.is_there else None)


def _row(model: Model, settings: Settings) -> Family:
    """The model's row.

    Raises:
        UnknownModel: models of this family cannot do tasks.
    """
    row = row_of(model, model_options(settings))
    if row.grounds_only:
        raise UnknownModel(
            f"{model.name}: models of the family {row.name} only ground: they say where something is, and cannot "
            "decide what to do; agent ground asks them"
        )
    return row


def _second_look(settings: Settings) -> ZoomVerifier | None:
    return None if settings.zoom_check == "off" else ZoomVerifier(every_click=settings.zoom_check == "all")


def _recorded(folder: Path, task: str, model: Model, result: RunResult) -> RunResult:
    """The result of a run that did not come to its first step, with its trace, where that can be written."""
    from agent.trace.reader import read_trace

    with suppress(TraceError):  # the run had begun, and has said more than is known here
        if read_trace(folder).result is not None:
            return replace(result, steps=len(read_trace(folder).steps), trace=folder)
    try:
        header = {"task": task, "model": {"name": model.name, "family": model.family}}
        TraceWriter(folder, {**header, "argv": command_line(sys.argv)}).finish(
            {key: value for key, value in result.to_json().items() if key not in ("trace", "report")}
        )
    except TraceError:
        return result  # the fault that is being reported comes first
    return replace(result, trace=folder)


def _kept_traceback(folder: Path, error: Exception) -> str:
    text = "".join(traceback.format_exception(error))
    try:
        write_file(folder / "error.txt", printable(text).encode())
    except OSError:
        return text
    return f"Please report it, with {folder / 'error.txt'}."


def _report(folder: Path, show: Show) -> Path | None:
    from agent.report.page import build_report

    with show.waiting("Writing the report …"):
        try:
            return build_report(folder)
        except (OSError, TraceError) as error:
            show.say(f"The report could not be written: {error}")
            return None


class Show:
    """What a person sees in the terminal."""

    def __init__(self, console: Console) -> None:
        self._console, self.quiet = console, console.quiet
        self._spinner: Spinner | None = None

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A spinner while the block runs; steps are printed above it."""
        with self._console.status(what) as self._spinner:
            yield
        self._spinner = None

    def say(self, line: str) -> None:
        """One line of progress."""
        self._console.print(escaped(line), style="dim")

    def ask(self, question: str) -> str | None:
        """The person's answer; None where nobody sits at a terminal."""
        if not self._console.is_terminal:
            return None
        if self._spinner:
            self._spinner.stop()
        try:
            return self._console.input(f"[bold yellow]?[/] {escaped(question)} ").strip() or None
        except EOFError:
            return None
        finally:
            if self._spinner:
                self._spinner.start()

    @property
    def is_there(self) -> bool:
        """Whether a person sits at the terminal and can be asked."""
        return not self.quiet and self._console.is_terminal and sys.stdin is not None and sys.stdin.isatty()

    def ask_yes(self, question: str) -> bool | None:
        """Whether the person says yes; None: nobody answered."""
        said = self.ask(question)
        return None if said is None else said.strip().lower() in ("y", "yes", "是")

    def begin(self, target: Target, model: Model, folder: Path, expectations: int = 0) -> None:
        """What is about to be done."""
        self._console.print(f"[bold]{escaped(target.instruction)}[/]")
        checks = ["a check"] if target.judge else []
        checks += [f"{expectations} expectation{'s' if expectations > 1 else ''}"] if expectations else []
        check = f"with {' and '.join(checks)}" if checks else "no check: success can only be claimed"
        self._console.print(f"model {escaped(model.name)} · {check}", style="dim", highlight=False)
        self._console.print(f"trace {escaped(str(folder))}\n", style="dim", highlight=False, soft_wrap=True)
        if self._spinner:
            self._spinner.update("Looking …")

    def step(self, step: Step) -> None:
        """One step: number, thought, action, what changed, how long."""
        action = step.action.to_json() if step.action else {"action": "no valid answer"}
        name = action.pop("action")
        fields = " ".join(f"{key}={value!r}" for key, value in action.items())
        self._console.print(f"[bold cyan]{step.number:3}[/]  {escaped(step.thought)}", highlight=False)
        self._console.print(f"     [bold]{name}[/] {escaped(fields)}", highlight=False)
        told = f"[red]{escaped(step.error)}[/]" if step.error else escaped(step.effect)
        self._console.print(f"     {told or '–'} · {step.seconds:.1f} s", style="dim", highlight=False)

    def end(self, result: RunResult) -> None:
        """How it ended, and where the record lies."""
        for one in result.expectations:
            sign, tint = {"met": ("✓", "green"), "not_met": ("✕", "red")}.get(one["outcome"], ("?", "yellow"))
            line = f"{one['expectation']}: {one['seen']}"
            self._console.print(f"[{tint}]{sign}[/] {escaped(line)}", highlight=False, soft_wrap=True)
        colour = {"verified": "green", "claimed": "yellow", "failed": "red"}.get(result.status, "yellow")
        word = {"verified": "Done, verified", "claimed": "Done, as the agent claims (nothing checked it)"}
        said = word.get(result.status, result.status.capitalize())
        said = "Effect unknown: it could not be checked" if result.cause == "check_failed" else said
        self._console.print(f"\n[bold {colour}]{said}[/]")
        for label, value in (
            ("reason", result.reason),
            ("answer", result.answer),
            *(("saved", path) for path in result.downloads),
            *(("lost", why) for why in result.failed_downloads),
            ("check", result.verdict["reason"] if result.verdict else None),
            *(("open", f"nothing shows that this was kept: {text}") for text in result.unconfirmed),
            ("steps", f"{result.steps} in {result.timings.get('total_s', 0):.1f} s"),
            ("trace", result.trace),
            ("report", result.report),
        ):
            if value:
                value = str(value) if len(str(value)) < 400 else f"{str(value)[:400]} …"
                self._console.print(f"{label:7} {escaped(str(value))}", highlight=False, soft_wrap=True)
