"""`agent eval`: the command-line face of `agent.evaluate`."""

from __future__ import annotations

import json
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE

if TYPE_CHECKING:
    from agent.evaluate import Progress
    from envs.tasks.base import Task

SUITES = {
    "demo": "the tasks of the bundled demo store",
    "miniwob": "every task page of the miniwob package",
    "miniwob-dev": "the 28 of them that may be looked at while developing",
    "miniwob-held-out": "all others: use --blind until the figure stands",
}

EXAMPLES = f"""\
Suites: {"; ".join(f"{name} ({what})" for name, what in SUITES.items())}.

Models: as for `agent run`, and the baselines oracle, random-point, always-done and always-fail.

Examples:

agent eval demo --model oracle --seeds 1

agent eval miniwob-dev --seeds 10 --workers 2 --out runs/dev

agent eval miniwob --tasks click-button,enter-text --model random-point --json

agent eval miniwob-held-out --blind --seeds 10 --out runs/held-out

The same command goes on where it was stopped.

Exit codes: 0 the run is complete, whatever the score; 1 some episodes could not be set up; 2 bad usage; 3 model,
browser or disk gone; 130 interrupted.
"""


def evaluate_command(
    suite: Annotated[str, typer.Argument(help="What to play; see below.")],
    model: Annotated[str, typer.Option(help="Model or baseline.")] = "embedded",
    base_url: Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint that serves it.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Seeds of each task: 0 to N-1.")] = 5,
    first_seed: Annotated[int, typer.Option(min=0, help="Begin with this seed.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with its own browser and model.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Folder. [default: runs/eval-SUITE-MODEL]")] = None,
    tasks: Annotated[str | None, typer.Option(help="Only these tasks, separated by commas.")] = None,
    viewport: Annotated[str | None, typer.Option(help="WIDTHxHEIGHT in CSS pixels. Absent: the task's.")] = None,
    pixel_ratio: Annotated[float | None, typer.Option(help="Device pixel ratio. Absent: the task's.")] = None,
    max_steps: Annotated[int, typer.Option(min=1, help="Step limit of an episode.")] = 30,
    max_seconds: Annotated[float, typer.Option(help="Time limit of an episode, seconds.")] = 240.0,
    play_on: Annotated[
        bool, typer.Option("--play-on", help="Do not stop when the page ends the episode; the agent must notice.")
    ] = False,
    traces: Annotated[bool, typer.Option("--traces", help="Keep a trace of every episode.")] = False,
    blind: Annotated[bool, typer.Option("--blind", help="Only figures over all episodes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON, nothing else.")] = False,
) -> None:
    """Play a suite of tasks and give figures with their intervals."""
    from agent.evaluate import FolderInUse, OtherRun, Rules, RunBroken, evaluate

    if blind and traces:
        _stop(EXIT_USAGE, "--blind keeps no traces; leave --traces out", as_json)
    options: dict[str, Any] = {}
    if viewport is not None:
        width, _, height = viewport.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            _stop(EXIT_USAGE, f"viewport: {viewport!r}; write it as WIDTHxHEIGHT, such as 1280x800", as_json)
        options["viewport"] = (int(width), int(height))
    if pixel_ratio is not None:
        options["pixel_ratio"] = pixel_ratio
    folder = out or Path("runs", f"eval-{suite}-{model}".replace("/", "_").replace(":", "_"))
    rules = Rules(
        model=model,
        base_url=base_url,
        options=options,
        max_steps=max_steps,
        max_seconds=max_seconds,
        play_on=play_on,
        traces=folder.resolve() / "traces" if traces else None,
    )
    try:
        chosen = choose(suite, tasks)
        with _Shown(quiet=as_json) as shown:
            summary = evaluate(
                chosen,
                rules,
                folder,
                seeds=range(first_seed, first_seed + seeds),
                workers=workers,
                suite=suite,
                blind=blind,
                on_progress=shown.update,
            )
    except (ValueError, FolderInUse, OtherRun) as error:
        _stop(EXIT_USAGE, str(error), as_json)
    except (RunBroken, OSError) as error:
        _stop(EXIT_INFRASTRUCTURE, f"{error}\nWhat was finished is kept in {folder}.", as_json)
    except KeyboardInterrupt:
        _stop(EXIT_INTERRUPTED, f"interrupted; the same command goes on where {folder} stopped", as_json)
    if as_json:
        typer.echo(json.dumps({**summary, "folder": str(folder)}, ensure_ascii=False))
    else:
        _print(summary, folder)
    raise typer.Exit(EXIT_FAILED if summary["setup_failures"] else EXIT_DONE)


def choose(suite: str, names: str | None = None) -> list[Task]:
    """The tasks of a suite, or those of them that `names` (separated by commas) lists.

    Raises:
        ValueError: no such suite or task, or what it needs is not installed.
    """
    from envs.tasks.base import SetupFailed

    if suite not in SUITES:
        raise ValueError(f"suite: {suite!r} is not known; accepted: {', '.join(SUITES)}")
    found: list[Task]
    try:
        if suite == "demo":
            from envs.tasks import suite as bundled

            found = list(bundled("demo"))
        else:
            from envs.tasks import miniwob

            found = list(miniwob.tasks(suite.removeprefix("miniwob").lstrip("-") or "all"))
    except SetupFailed as error:
        raise ValueError(str(error)) from error
    if names is None:
        return found
    by_id = {task.id: task for task in found}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in by_id]
    if unknown:
        raise ValueError(f"tasks: {', '.join(unknown)} not in {suite}; it has {', '.join(sorted(by_id))}")
    return [by_id[name] for name in wanted]


class _Shown(AbstractContextManager["_Shown"]):
    """A bar with a running estimate on a terminal, a line now and then elsewhere, nothing when quiet."""

    def __init__(self, *, quiet: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True, quiet=quiet)
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._id = self._bar.add_task("", total=None)

    def update(self, progress: Progress) -> None:
        """One more row."""
        from agent.evaluate.summary import summarize

        summary = summarize(progress.rows, by_task=False)
        false = summary["false_claims_among_failures"]
        text = f"success {_percent(summary['success'])}; false claims {false['hits']} of {false['of']} failures"
        if self._console.is_terminal:
            self._bar.update(self._id, completed=progress.done, total=progress.total, description=text)
        elif progress.done % 10 == 0 or progress.done == progress.total:
            self._console.print(f"{progress.done} of {progress.total}: {text}", highlight=False)

    def __enter__(self) -> _Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _print(summary: dict[str, Any], folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("", "share", "95 % interval", "count", title=summary["config"]["suite"])
    for name in ("success", "claimed_among_passed", "false_claims_among_failures"):
        row = summary[name]
        value = "-" if row["value"] is None else f"{row['value']:.1%}"
        table.add_row(
            name.replace("_", " "), value, f"{row['low']:.1%} – {row['high']:.1%}", f"{row['hits']}/{row['of']}"
        )
    console.print(table)
    if "tasks" in summary:
        table = Table("task", "success", "false claims", "steps", "s", "CPU s a call")
        for name, task in summary["tasks"].items():
            good, false, cpu = task["success"], task["false_claims_among_failures"], task["model_cpu_s_per_call"]
            table.add_row(
                name,
                f"{good['hits']}/{good['of']}",
                str(false["hits"] or ""),
                _number(task["steps_median"], 0),
                _number(task["seconds_median"], 1),
                _number(cpu, 2),
            )
        console.print(table)
    counts = [f"{name} {count}" for name, count in (summary["statuses"] | summary["errors"]).items() if count]
    console.print("; ".join(counts), highlight=False)
    console.print(f"{folder}/summary.json", highlight=False)


def _percent(part: dict[str, Any]) -> str:
    return "-" if part["value"] is None else f"{part['value']:.0%} ({part['low']:.0%}–{part['high']:.0%})"


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _stop(code: int, message: str, as_json: bool) -> NoReturn:
    if as_json:
        typer.echo(json.dumps({"status": "failed", "reason": message, "exit_code": code}, ensure_ascii=False))
    else:
        print(message, file=sys.stderr)
    raise typer.Exit(code)
