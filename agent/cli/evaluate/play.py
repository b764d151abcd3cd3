"""`agent eval`: what plays a suite. The commands that look at runs are in `reports`."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from agent.cli.console import Json, print_json, say, stop
from agent.cli.evaluate.reports import compare_command, report_command, show_command, tree_command
from agent.cli.options import takes
from agent.cli.settings import Settings
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE
from agent.text import printable

if TYPE_CHECKING:
    from agent.evaluate import EvalConfig, Progress
    from envs.tasks.base import Task

EXAMPLES = """\
Suites: demo, desktop; apps, which agent tasks apps install puts in place; miniwob and its parts miniwob-dev,
miniwob-held-out, miniwob-held-out-seen and miniwob-held-out-unseen; osworld with --data FOLDER of task files;
of recorded pictures, with --data FOLDER:
screenspot, screenspot-v2, screenspot-pro, osworld-g, visualwebbench, websrc, stepwise, android-control,
screenagent, folder.

Models: as for `agent run`, and the baselines oracle, spoil (the wrong ending), random-point, centre-point,
always-done and always-fail.

Examples:

agent eval demo --model oracle --seeds 1

agent eval miniwob-dev --seeds 10 --workers 2 --baselines --traces --out runs/dev

agent eval miniwob --tasks click-button,enter-text --model random-point --json

agent eval apps --half seen --workers 2; agent eval apps --apps sqlite-web --traces

agent eval screenspot --data screenspot --model MODEL --base-url http://host/v1

agent eval miniwob --seeds 5 --workers 64 --ray auto

agent eval report runs/dev; agent eval compare runs/dev runs/other

The same command goes on where it was stopped.

Exit codes: 0 the run is complete, whatever the score; 1 some episodes could not be set up; 2 bad usage; 3 model,
browser or disk gone; 130 interrupted.
"""


class _Suites(TyperGroup):
    """`agent eval SUITE …` means `agent eval run SUITE …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_Suites,
    help="Play a suite of tasks, give figures with their intervals, and look at runs.",
    no_args_is_help=True,
    epilog=EXAMPLES,
)


@app.command("run", epilog=EXAMPLES)
@takes("Model", "trust", "zoom_check", "viewport", "pixel_ratio", "max_steps", "max_seconds")
def evaluate_command(
    settings: Settings,
    suite: Annotated[str, typer.Argument(help="What to play; see below.")],
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Seeds of each task: 0 to N-1. [default: 5; apps: 1]")
    ] = None,
    first_seed: Annotated[int, typer.Option(min=0, help="Begin with this seed.")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with its own browser and model.")] = 1,
    ray: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Play on a Ray cluster; local: here.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder. [default: runs/eval-SUITE-MODEL]")] = None,
    tasks: Annotated[str | None, typer.Option(help="Only these tasks or items, separated by commas.")] = None,
    apps: Annotated[str | None, typer.Option(help="Only these applications, separated by commas.")] = None,
    half: Annotated[
        str | None, typer.Option(help="Only these applications: seen, or blind (figures only).")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the suite's files, where it is not bundled.")
    ] = None,
    variant: Annotated[str, typer.Option(help="Variant of the suite's data.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="So many items, spread evenly over all.")] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Count bad items and leave them out.")] = False,
    predictions: Annotated[Path | None, typer.Option(help="Score these answers instead of asking.")] = None,
    play_on: Annotated[
        bool, typer.Option("--play-on", help="Do not stop when the page ends the episode; the agent must notice.")
    ] = False,
    traces: Annotated[bool, typer.Option("--traces", help="Keep a trace of every episode.")] = False,
    baselines: Annotated[bool, typer.Option("--baselines", help="Let the baselines play the same.")] = False,
    blind: Annotated[bool, typer.Option("--blind", help="Only figures over all episodes.")] = False,
    as_json: Json = False,
) -> None:
    """Play a suite; `agent eval SUITE` for short.

    The size of the page is the task's, an episode has 30 steps and 240 seconds, unless a flag says otherwise.
    """
    from agent.evaluate import EvalConfig, FolderInUse, OtherRun, RunBroken
    from agent.evaluate.recorded.command import play_items, print_items
    from agent.evaluate.suites import find
    from model.families import assumption

    if blind and traces:
        stop(EXIT_USAGE, "--blind keeps no traces; leave --traces out", as_json)
    name = predictions.stem if predictions else settings.model
    folder = out or Path("runs", f"eval-{suite}-{name}".replace("/", "_").replace(":", "_"))
    shape = {key: settings.flag(key, None) for key in ("viewport", "pixel_ratio")}
    try:
        rules = EvalConfig(
            model=settings.model,
            base_url=settings.base_url,
            api_key=settings.api_key.get_secret_value() if settings.api_key else None,
            opened=opened(settings),
            zoom_check=settings.zoom_check,
            options={key: value for key, value in shape.items() if value is not None},
            max_steps=settings.flag("max_steps", EvalConfig.max_steps),
            max_seconds=settings.flag("max_seconds", EvalConfig.max_seconds),
            play_on=play_on,
            traces=folder.resolve() / "traces" if traces else None,
        )
        with _Shown(quiet=as_json) as shown:
            if settings.base_url and (assumed := assumption(settings.model, settings.family)):
                shown.say(assumed)
            if _kind(suite) == "items":
                scored = predictions is not None and settings.flag("model", None) is not None
                _refuse_for_items(blind=blind, traces=traces, ray=ray, predictions_and_model=scored)
                summary = play_items(
                    suite, rules, folder, data=data, variant=variant, predictions=predictions, skip_bad=skip_bad,
                    limit=limit, names=tasks, workers=workers, on_progress=shown.update, say=shown.say,
                )  # fmt: skip
            else:
                if not hasattr(os, "setsid"):
                    raise ValueError("episodes are played by processes as Linux and macOS have them; not here")
                bundled = skip_bad and data is None
                _refuse_for_episodes(variant=variant, limit=limit, skip_bad=bundled, predictions=predictions)
                wanted = choose(suite, tasks, data, skip_bad=skip_bad, trust=settings.trust)
                wanted = _of_applications(wanted, suite, apps, half)
                if _kept_blind(wanted, settings.model) and not blind:
                    blind = True
                    shown.say("Applications of the blind half are among them: only figures over all episodes.")
                    if traces:
                        raise ValueError("traces: none are kept of the blind half; --half seen leaves it out")
                last = first_seed + (seeds or find(suite).seeds)
                summary = _play(
                    wanted, rules, folder, range(first_seed, last), workers, suite, blind, baselines, ray, shown
                )
    except (ValueError, FolderInUse, OtherRun) as error:
        stop(EXIT_USAGE, str(error), as_json)
    except (RunBroken, OSError) as error:
        stop(EXIT_INFRASTRUCTURE, f"{error}\nWhat was finished is kept in {folder}.", as_json)
    except KeyboardInterrupt:
        stop(EXIT_INTERRUPTED, f"interrupted; the same command goes on where {folder} stopped", as_json)
    if as_json:
        print_json({**summary, "folder": str(folder)})
    elif summary["config"].get("kind") == "items":
        print_items(summary, folder)
    else:
        _print(summary, folder)
    raise typer.Exit(EXIT_FAILED if summary["setup_failures"] else EXIT_DONE)


def choose(
    suite: str,
    names: str | None = None,
    data: Path | None = None,
    *,
    skip_bad: bool = False,
    trust: bool = False,
) -> list[Task]:
    """The tasks of a suite of episodes, or those of them that `names` (separated by commas) lists.

    Args:
        trust: task files of a folder may run commands on this computer.

    Raises:
        ValueError: no such suite or task, what it needs is not installed, or it would run commands.
    """
    from agent.evaluate.suites import load_tasks
    from envs.tasks.targets import place_of
    from envs.tasks.task_file import FileTask
    from envs.tasks.trust import ask_first

    found = load_tasks(suite, data, names, skip_bad=skip_bad)
    if trust:
        return [replace(task, trusted=True) if isinstance(task, FileTask) else task for task in found]
    for task in found:
        if isinstance(task, FileTask) and not task.trusted:
            ask_first(task.file, place_of(task.file, {}), f"{data}: {task.id}")
    return found


def _of_applications(found: list[Task], suite: str, apps: str | None, half: str | None) -> list[Task]:
    """Of the suite of applications those that were asked for; all of any other suite.

    Raises:
        ValueError: no such application or half, one that is not installed, or another suite.
    """
    if suite != "apps":
        if apps is not None or half is not None:
            raise ValueError(f"{'half' if apps is None else 'apps'}: belongs to the suite apps")
        return found
    from envs.tasks.suites.apps import tasks as suite_of_apps

    left = suite_of_apps.chosen([one for one in found if isinstance(one, suite_of_apps.AppTask)], apps, half)
    if absent := suite_of_apps.absent(left):
        raise ValueError(f"apps: not installed: agent tasks apps install {' '.join(absent)}")
    return list(left)


def _kept_blind(found: list[Task], model: str) -> bool:
    """Whether some are of the blind half, and it is not the tasks themselves that are tried."""
    from agent.evaluate.baselines import ORACLE, SPOIL

    return model not in (ORACLE, SPOIL) and any(getattr(task, "blind", False) for task in found)


def opened(settings: Settings) -> dict[str, Any]:
    """What the settings say about opening the model, as JSON values, without what is the default anyway."""
    from agent.cli.target import model_options
    from model.registry import ModelOptions

    plain = asdict(ModelOptions())
    given = {name: value for name, value in asdict(model_options(settings)).items() if value != plain[name]}
    given.pop("base_url", None)
    given.pop("api_key", None)
    return {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}


def _kind(suite: str) -> str:
    from agent.evaluate.suites import find

    return find(suite).kind


def _play(
    tasks: list[Task],
    rules: EvalConfig,
    folder: Path,
    seeds: range,
    workers: int,
    suite: str,
    blind: bool,
    baselines: bool,
    ray: str | None,
    shown: _Shown,
) -> dict[str, Any]:
    from agent.evaluate import evaluate
    from agent.evaluate.baselines import BASELINES

    return evaluate(
        tasks,
        rules,
        folder,
        seeds=seeds,
        workers=workers,
        suite=suite,
        blind=blind,
        baselines=[name for name in BASELINES if name != rules.model] if baselines else (),
        ray=ray,
        on_progress=shown.update,
    )


def _refuse_for_items(**given: Any) -> None:
    says = {
        "blind": "blind: recorded items cannot be played blind",
        "traces": "traces: items have no traces; the pictures are the data's own",
        "ray": "ray: items are asked on this machine; --base-url takes them to another",
        "predictions_and_model": "predictions: are scored as they are; leave --model out",
    }
    for name, value in given.items():
        if value:
            raise ValueError(says[name])


def _refuse_for_episodes(**given: Any) -> None:
    for name, value in given.items():
        if value:
            raise ValueError(f"{name}: belongs to suites of recorded items")


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
        self._ids: dict[str, Any] = {}

    def say(self, line: str) -> None:
        """One line."""
        self._console.print(printable(line), highlight=False, markup=False)

    def update(self, progress: Progress) -> None:
        """One more row: how it goes so far."""
        from agent.evaluate.report.show import percent
        from agent.evaluate.stats import UNPLAYED, is_false_claim, share

        every = max(10, progress.total // 200)
        if not (self._console.is_terminal or progress.done % every == 0 or progress.done == progress.total):
            return
        played = [row for row in progress.rows if row.error not in UNPLAYED]
        passed = sum(row.passed for row in played)
        false = sum(map(is_false_claim, played))
        text = f"success {percent(share(passed, len(played)))}; "
        text += f"false claims {false} of {len(played) - passed} failures"
        if self._console.is_terminal:
            if progress.player not in self._ids:
                self._ids[progress.player] = self._bar.add_task("", total=progress.total)
            text = f"{progress.player}: {text}"
            self._bar.update(self._ids[progress.player], completed=progress.done, description=text)
        else:
            self._console.print(f"{progress.done} of {progress.total}: {progress.player}: {text}", highlight=False)

    def __enter__(self) -> _Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


def _print(summary: dict[str, Any], folder: Path) -> None:
    from rich.console import Console

    from agent.evaluate.report import show

    console = Console()
    show.scores(console, summary)
    show.groups(console, summary)
    show.tasks(console, summary)
    counts = [f"{name} {count}" for name, count in (summary["statuses"] | summary["errors"]).items() if count]
    say("; ".join(counts))
    say(f"{folder}/summary.json; agent eval report {folder} shows it")


app.command("show")(show_command)
app.command("report")(report_command)
app.command("compare")(compare_command)
app.command("tree")(tree_command)
