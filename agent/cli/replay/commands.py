"""`agent replay` and `agent export`: a recorded run, played again without a model."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.cli.options import takes
from agent.cli.settings import Settings
from agent.result import EXIT_USAGE

if TYPE_CHECKING:
    from agent.replay.model import Heal
    from agent.replay.recording import Recording
    from agent.result import RunResult
    from model.embedded.eyes.reader import Reader


@takes("Model", "Place", "Browser", "Desktop", "Guard", "Run")
def replay(
    settings: Settings,
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Trace folder of the run to play again.")],
    task_file: Annotated[Path | None, typer.Option("--task", help="Task file with set-up and check.")] = None,
    var: Annotated[
        list[str] | None, typer.Option("--var", metavar="NAME=TEXT", help="Type another text; --show lists names.")
    ] = None,
    each: Annotated[
        Path | None, typer.Option("--each", metavar="CSV", help="Play it once for every row; columns are names.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="List its steps and names, and stop.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Also where the recorded run did not end well.")
    ] = False,
    heal: Annotated[
        bool, typer.Option("--heal", help="Ask the model where a thing is that is not found; it is told apart.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do again what a run did: no model is asked while the screen agrees.

    Every place is found anew, by its words, what stands around it and its picture, at any scale. What is not
    found for certain ends the replay. It is written down as any run is; the run that was played stays as it is.
    """
    from agent.cli.run import RunFailed
    from agent.replay.recording import NotPlayable, Recording
    from agent.trace.writer import TraceError

    try:
        from model.embedded.eyes.reader import Reader

        reader = Reader()
        rows = _rows(each, _pairs(var or []))
        recording = Recording(folder, reader, anyway=anyway)
        if show:
            _show(recording, as_json)
            return
        results = []
        for row in rows:
            played = Recording(folder, reader, anyway=anyway)
            played.with_values(row)
            results.append(_play(played, reader, settings, task_file, heal, quiet=as_json))
            if not as_json and len(rows) > 1:
                say(f"{len(results)} of {len(rows)}: {results[-1].status}: {results[-1].reason}")
    except ImportError as missing:
        stop(EXIT_USAGE, f"replay needs {missing.name}: pip install 'gui-agent-toolkit[embedded]'", as_json)
    except (NotPlayable, TraceError, ValueError) as error:
        stop(EXIT_USAGE, str(error), as_json)
    except RunFailed as error:
        stop(error.exit_code, str(error), as_json)
    if as_json:
        told = [one.to_json() | {"values": row} for one, row in zip(results, rows, strict=True)]
        print_json(told[0] if each is None else {"rows": told})
    raise typer.Exit(max(one.exit_code for one in results))


def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Trace folder of a run.")],
    to: Annotated[str, typer.Option("--to", help="playwright, pyautogui or robot.")] = "playwright",
    out: Annotated[Path | None, typer.Option(help="File to write. Absent: it is printed.")] = None,
    url: Annotated[str | None, typer.Option(help="Page to start on. Absent: the recorded one.")] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where the run did not end well.")] = False,
    as_json: Json = False,
) -> None:
    """Make a readable script of a run, which plays it without this agent."""
    from agent.replay.export import script
    from agent.replay.recording import NotPlayable, Recording
    from agent.trace.writer import TraceError

    try:
        from model.embedded.eyes.reader import Reader

        recording = Recording(folder, Reader(), anyway=anyway)
        if url:
            recording.begin_at(url)
        text = script(recording, to)
        if out is not None:
            out.write_text(text, encoding="utf-8")
    except ImportError as missing:
        stop(EXIT_USAGE, f"export needs {missing.name}: pip install 'gui-agent-toolkit[embedded]'", as_json)
    except (NotPlayable, TraceError, OSError) as error:
        stop(EXIT_USAGE, str(error), as_json)
    if as_json:
        print_json({"to": to, "file": str(out) if out else None, "script": text})
    elif out is None:
        typer.echo(text, nl=False)
    else:
        say(f"Written: {out}")


def _play(
    recording: Recording, reader: Reader, settings: Settings, task_file: Path | None, heal: bool, *, quiet: bool
) -> RunResult:
    from agent.cli.run import RunFailed, run_task
    from agent.replay.model import ReplayModel
    from envs import tasks
    from envs.secrets import mentioned

    if settings.secrets is None and (
        hit := next((s for s in recording.steps if mentioned(s.action.get("text"))), None)
    ):
        raise RunFailed(
            EXIT_USAGE, f"step {hit.number} types {hit.action['text']}: --secrets FILE says what that is"
        )

    model = ReplayModel(recording, reader, _healer(settings) if heal else None)
    if task_file is None and not settings.url and settings.env == "browser" and not tasks.find(recording.task):
        if (recording.run.get("environment") or {}).get("name") != "browser" or not recording.address:
            raise RunFailed(
                EXIT_USAGE, f"{recording.folder}: was recorded elsewhere; name the place: --env, --machine"
            )
        settings = settings.model_copy(update={"url": recording.address})
    result = run_task(recording.task, settings, task_file=task_file, quiet=quiet, model=model)
    if result.trace is not None:
        _evidence(model, result.trace)
    return result


def _evidence(model: Any, folder: Path) -> None:
    """Beside the trace: what was looked for, the screen on which it was not, and what a model found."""
    from agent.files import write_file
    from agent.text import dumps

    if model.refused is not None:
        step, screen = model.refused
        if step.action.get("start_point"):
            step.anchor("start_point").picture.save(folder / "looked_for.png")
        screen.save(folder / "refused_on.png")
    if model.healed:
        told = [{"step": number, "thing": thing, "point": list(point)} for number, thing, point in model.healed]
        write_file(folder / "heals.json", (dumps(told, indent=1) + "\n").encode())


def _healer(settings: Settings) -> Heal:
    from PIL import Image

    from agent.cli.target import model_options
    from model.grounding import ground
    from model.registry import open_model

    opened: list[Any] = []

    def ask(what: str, screen: Image.Image) -> tuple[int, int] | None:
        if not opened:
            opened.append(open_model(settings.model, model_options(settings)))
        return ground(opened[0], screen, what).point

    return ask


def _pairs(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name.strip():
            raise ValueError(f"var: {one!r}; write it as NAME=TEXT")
        found[name.strip()] = value
    return found


def _rows(each: Path | None, common: dict[str, str]) -> list[dict[str, str]]:
    """The values of every replay.

    Raises:
        ValueError: the file cannot be read or has no rows.
    """
    if each is None:
        return [common]
    try:
        with each.open(newline="", encoding="utf-8-sig") as file:
            rows = [{k: v for k, v in row.items() if k and v is not None} for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ValueError(f"each: {each} cannot be read ({problem})") from None
    if not rows:
        raise ValueError(
            f"each: {each} has no rows; the first line names the columns, each other line is one replay"
        )
    return [common | row for row in rows]


def _show(recording: Recording, as_json: bool) -> None:
    names = {index: name for name, index in recording.variables.items()}
    steps = [
        {"step": step.number, "does": str(step), "var": names.get(index)}
        for index, step in enumerate(recording.steps)
    ]
    if as_json:
        print_json({"task": recording.task, "address": recording.address, "steps": steps})
        return
    for step in steps:
        hint = f"   --var {step['var']}=…" if step["var"] else ""
        say(f"{step['does']}{hint}")
