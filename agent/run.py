"""What `agent run` does: open the target, run the agent, show every step, write the report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.status import Status as Spinner

from agent.config import Settings
from agent.guard import Limits
from agent.loop import Agent
from agent.policy import Policy
from agent.record import Step
from agent.result import EXIT_INFRASTRUCTURE, EXIT_USAGE, Interrupted, RunResult
from agent.target import Target, open_target
from agent.trace import TraceError, TraceWriter, new_folder
from agent.zoom import ZoomCheck
from envs.base import EnvironmentFault
from envs.tasks.base import SetupFailed
from envs.tasks.registry import TaskFileError
from model.base import Model, ModelFault, UnknownModel
from model.family import Family
from model.registry import ModelOptions, open_model, row_of


class RunFailed(Exception):
    """The run could not begin. `exit_code` says whose fault it is; `trace` is what was written, if anything."""

    def __init__(self, exit_code: int, message: str, trace: Path | None = None) -> None:
        self.exit_code, self.trace = exit_code, trace
        super().__init__(message)


def run_task(task: str, settings: Settings, *, task_file: Path | None = None, quiet: bool = False) -> RunResult:
    """Do one task as `agent run` does it.

    Args:
        quiet: show nothing (the caller prints the result for a machine).

    Raises:
        RunFailed: it could not begin.
    """
    show = Show(Console(stderr=quiet, quiet=quiet))
    try:
        model = open_model(settings.model, model_options(settings))
        row = _row(model, settings)
        folder = new_folder(settings.runs_dir, task or (task_file.stem if task_file else ""))
    except UnknownModel as error:
        raise RunFailed(EXIT_USAGE, str(error)) from error
    except (ModelFault, TraceError) as error:
        raise RunFailed(EXIT_INFRASTRUCTURE, str(error)) from error
    try:
        with show.waiting("Opening the screen …"), open_target(task, settings, task_file, show.say) as target:
            show.begin(target, model, folder)
            agent = Agent(
                model,
                target.environment,
                limits=Limits(max_steps=settings.max_steps, max_seconds=settings.max_seconds),
                trace_dir=folder,
                judge=target.judge,
                ask=show.ask if not quiet else None,
                policy=Policy(model, family=row, second_look=_second_look(settings)),
                on_step=show.step,
            )
            try:
                result = agent.run(target.instruction)
            except Interrupted as stop:
                result = stop.result
    except TaskFileError as error:
        raise RunFailed(EXIT_USAGE, str(error)) from error
    except (EnvironmentFault, SetupFailed) as error:
        # The trace says what was tried, even where nothing could be opened.
        failed = RunResult("failed", "infrastructure", str(error), trace=folder)
        _record_failure(folder, task, model, failed)
        raise RunFailed(EXIT_INFRASTRUCTURE, str(error), folder) from error
    except TraceError as error:
        raise RunFailed(EXIT_INFRASTRUCTURE, str(error), folder) from error
    finally:
        model.close()
    if settings.report:
        result = replace(result, report=_report(folder, show))
    show.end(result)
    return result


def _row(model: Model, settings: Settings) -> Family:
    """The model's row.

    Raises:
        UnknownModel: models of this family cannot do tasks.
    """
    row = row_of(model, model_options(settings))
    if row.grounds_only:
        model.close()
        raise UnknownModel(
            f"{model.name}: models of the family {row.name} only ground: they say where something is, and cannot "
            "decide what to do; agent ground asks them"
        )
    return row


def _second_look(settings: Settings) -> ZoomCheck | None:
    return None if settings.zoom_check == "off" else ZoomCheck(every_click=settings.zoom_check == "all")


def model_options(settings: Settings) -> ModelOptions:
    """How to open the model, as the settings say."""
    return ModelOptions(
        base_url=settings.base_url,
        api_key=settings.api_key.get_secret_value() if settings.api_key else None,
        family=settings.family,
        device=settings.device,
        dtype=settings.dtype,
        quantize=settings.quantize,
        adapter=settings.adapter,
        download=settings.download,
        thinking=settings.think,
    )


def _record_failure(folder: Path, task: str, model: Model, result: RunResult) -> None:
    try:
        writer = TraceWriter(folder, {"task": task, "model": {"name": model.name, "family": model.family}})
        writer.finish(result.to_json())
    except TraceError:
        pass  # the fault that is being reported comes first


def _report(folder: Path, show: Show) -> Path | None:
    from agent.report import build_report

    with show.waiting("Writing the report …"):
        try:
            return build_report(folder)
        except (OSError, TraceError) as error:
            show.say(f"The report could not be written: {error}")
            return None


class Show:
    """What a person sees in the terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._spinner: Spinner | None = None

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A spinner while the block runs; steps are printed above it."""
        with self._console.status(what) as self._spinner:
            yield
        self._spinner = None

    def say(self, line: str) -> None:
        """One line of progress."""
        self._console.print(escape(line), style="dim")

    def ask(self, question: str) -> str | None:
        """The person's answer; None where nobody sits at a terminal."""
        if not self._console.is_terminal:
            return None
        if self._spinner:
            self._spinner.stop()
        try:
            return self._console.input(f"[bold yellow]?[/] {escape(question)} ").strip() or None
        except EOFError:
            return None
        finally:
            if self._spinner:
                self._spinner.start()

    def begin(self, target: Target, model: Model, folder: Path) -> None:
        """What is about to be done."""
        self._console.print(f"[bold]{escape(target.instruction)}[/]")
        check = "with a check" if target.judge else "no check: success can only be claimed"
        self._console.print(f"model {escape(model.name)} · {check}", style="dim", highlight=False)
        self._console.print(f"trace {escape(str(folder))}\n", style="dim", highlight=False, soft_wrap=True)
        if self._spinner:
            self._spinner.update("Looking …")

    def step(self, step: Step) -> None:
        """One step: number, thought, action, what changed, how long."""
        action = step.action.to_json() if step.action else {"action": "no valid answer"}
        name = action.pop("action")
        fields = " ".join(f"{key}={value!r}" for key, value in action.items())
        self._console.print(f"[bold cyan]{step.number:3}[/]  {escape(step.thought)}", highlight=False)
        self._console.print(f"     [bold]{name}[/] {escape(fields)}", highlight=False)
        told = f"[red]{escape(step.error)}[/]" if step.error else escape(step.effect)
        self._console.print(f"     {told or '–'} · {step.seconds:.1f} s", style="dim", highlight=False)

    def end(self, result: RunResult) -> None:
        """How it ended, and where the record lies."""
        colour = {"verified": "green", "claimed": "yellow", "failed": "red"}.get(result.status, "yellow")
        word = {"verified": "Done, verified", "claimed": "Done, as the agent claims (nothing checked it)"}
        self._console.print(f"\n[bold {colour}]{word.get(result.status, result.status.capitalize())}[/]")
        for label, value in (
            ("reason", result.reason),
            ("answer", result.answer),
            ("check", result.verdict["reason"] if result.verdict else None),
            ("steps", f"{result.steps} in {result.timings.get('total_s', 0):.1f} s"),
            ("trace", result.trace),
            ("report", result.report),
        ):
            if value:
                value = str(value) if len(str(value)) < 400 else f"{str(value)[:400]} …"
                self._console.print(f"{label:7} {escape(str(value))}", highlight=False, soft_wrap=True)
