"""`agent data synth`: labelled pages from a real browser. Heavy imports stand inside."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any, NoReturn, cast

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE

EXIT_CODES = "Exit codes: 0 done; 1 some pages could not be drawn; 2 bad usage; 3 no browser; 130 interrupted."
EXAMPLES = """\
Examples:

agent data synth screens --pages 500

npm pack bootstrap; tar xzf bootstrap-*.tgz; agent data synth screens --pages 500 --kit package
"""


def synth_command(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of the data set: new, or to be continued.")],
    pages: Annotated[int, typer.Option(min=1, help="Pages to draw.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other pages.")] = 0,
    views: Annotated[int, typer.Option(min=1, help="Screens of a page at most: scrolled, zoomed, resized.")] = 4,
    kit: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of a component library or icon font with its built CSS; again for more."),
    ] = None,
    own: Annotated[
        bool, typer.Option("--own/--kits-only", help="Draw a third of the pages in our own styles, beside kits.")
    ] = True,
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "train",
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with a browser.")] = 2,
    toolkit: Annotated[
        str, typer.Option(help="Windows of a desktop toolkit instead of pages: qt (PySide6) or tk.")
    ] = "",
    python: Annotated[
        Path | None, typer.Option(help="Interpreter that has the toolkit. [default: this one]")
    ] = None,
    browser: Annotated[
        Path | None, typer.Option(help="Browser program. [default: the first that is found]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw pages in a real browser and label everything that can be seen on them (docs/synthesis.md).

    Forms, lists, tables, menus, dialogs, shops, editors, settings, in our own styles and in the component
    libraries that --kit names, in English and Chinese; with instructions to find things, and actions between two
    pictures.
    The same command goes on where it was stopped.
    """
    from envs.base import BrowserMissing
    from envs.browser.install import ensure
    from model.training.data.base import DataError
    from model.training.data.records import Split
    from model.training.synth.kits import KitError
    from model.training.synth.produce import Plan, SynthesisFailed, produce

    if split not in ("train", "validation", "test"):
        stop(EXIT_USAGE, f"--split: {split!r}; accepted: train, validation, test", as_json)
    if toolkit:
        _draw_toolkit(toolkit, out, pages, seed, split, python, as_json)
    plan = Plan(pages, seed, views, tuple(str(k) for k in kit or ()), own, cast(Split, split))
    try:
        program = browser or ensure()
        with _Bar(pages, as_json) as bar:
            counts = produce(plan, out, program, workers, bar)
    except (KitError, DataError) as error:
        stop(EXIT_USAGE, str(error), as_json)
    except BrowserMissing as error:
        stop(EXIT_INFRASTRUCTURE, f"{error}\n{error.hint}", as_json)
    except SynthesisFailed as error:
        stop(EXIT_FAILED, str(error), as_json)
    except KeyboardInterrupt:
        stop(EXIT_INTERRUPTED, f"Interrupted. The pages in {out} stay; the same command goes on.", as_json)
    if as_json:
        print_json({**counts, "out": str(out)})
    else:
        say(", ".join(f"{count} {name}" for name, count in counts.items()) + f" in {out}")
    raise typer.Exit(EXIT_DONE)


def _draw_toolkit(
    toolkit: str, out: Path, windows: int, seed: int, split: Any, python: Path | None, as_json: bool
) -> NoReturn:
    """Windows of Qt off screen, of Tk on a private display."""
    from envs.base import EnvironmentFault
    from envs.display.private import PrivateDisplay
    from model.training.data.base import DataError
    from model.training.synth.toolkits.draw import TOOLKITS, ToolkitFailed, draw_toolkit

    if toolkit not in TOOLKITS:
        stop(EXIT_USAGE, f"--toolkit: {toolkit!r}; accepted: {', '.join(TOOLKITS)}", as_json)
    try:
        with ExitStack() as stack:
            environ = None
            if toolkit == "tk":
                environ = stack.enter_context(PrivateDisplay((1300, 820))).environ
            bar = stack.enter_context(_Bar(windows, as_json))
            counts = draw_toolkit(toolkit, out, windows, seed, split, python, environ, bar)
    except DataError as error:
        stop(EXIT_USAGE, str(error), as_json)
    except (EnvironmentFault, ToolkitFailed) as error:
        stop(EXIT_INFRASTRUCTURE, str(error), as_json)
    if as_json:
        print_json({**counts, "out": str(out)})
    else:
        say(", ".join(f"{count} {name}" for name, count in counts.items()) + f" in {out}")
    raise typer.Exit(EXIT_DONE)


class _Bar:
    """A bar of pages on standard error, unless a machine reads."""

    def __init__(self, pages: int, silent: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("pages"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), disable=silent)
        self._task = self._progress.add_task("", total=pages)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def __call__(self, done: int, pages: int) -> None:
        self._progress.update(self._task, completed=done, total=pages)
