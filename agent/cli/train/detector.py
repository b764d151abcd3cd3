"""`agent train detector`: the network that finds elements. Heavy imports stand inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE

EXIT_CODES = "Exit codes: 0 done; 1 training was stopped (the loss is not a number); 2 bad usage; 130 interrupted."
EXAMPLES = """\
Examples:

agent data synth screens --pages 2000; agent data synth checks --pages 20 --seed 1 --split validation

agent train detector screens --out runs/detector --validation checks

agent train detector unseen --eval runs/detector/detector.onnx --validation checks --rules
"""


def detector_command(
    data: Annotated[list[Path], typer.Argument(metavar="DATA", help="Data sets with parsed screens.")],
    out: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Folder of the run: new, or to go on.")
    ] = None,
    evaluate: Annotated[
        Path | None, typer.Option("--eval", metavar="ONNX", help="Train nothing: measure these weights on DATA.")
    ] = None,
    validation: Annotated[
        list[Path] | None, typer.Option(help="Data sets on which the score that counts is chosen for each kind.")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Measure the embedded model's rules beside it.")] = False,
    steps: Annotated[int, typer.Option(min=1, help="Steps of the optimiser.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="Decides weights and crops.")] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Crops a step.")] = 8,
    rate: Annotated[float, typer.Option(help="Highest learning rate.")] = 2e-3,
    threads: Annotated[int, typer.Option(min=1, help="Of PyTorch.")] = 2,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: a GPU if there is one.")] = "auto",
    workers: Annotated[int, typer.Option(min=0, help="Processes that make batches ahead.")] = 0,
    in_memory: Annotated[
        bool, typer.Option("--in-memory", help="Hold all pictures decoded in memory: 3 MB for 1280×800.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a small network that finds every element of a screenshot, or measure one (docs/detector.md).

    The same command goes on where it was stopped.
    """
    from model.training.data.base import DataError

    if (out is None) == (evaluate is None):
        stop(EXIT_USAGE, "Say either --out FOLDER, to train, or --eval ONNX, to measure.", as_json)
    if evaluate is not None and not evaluate.is_file():
        stop(EXIT_USAGE, f"--eval {evaluate}: there is no such file", as_json)
    try:
        if evaluate is not None:
            _evaluate(data, evaluate, validation or [], rules, as_json)
        elif out is not None:
            settings = {"steps": steps, "seed": seed, "batch": batch, "rate": rate, "threads": threads,
                        "device": device, "workers": workers, "in_memory": in_memory}  # fmt: skip
            _train(data, out, validation or [], settings, as_json)
    except DataError as error:
        stop(EXIT_USAGE, str(error), as_json)
    except KeyboardInterrupt:
        stop(EXIT_INTERRUPTED, f"Interrupted; the same command goes on from {out}.", as_json)
    raise typer.Exit(EXIT_DONE)


def _train(data: list[Path], out: Path, validation: list[Path], chosen: dict[str, Any], as_json: bool) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from model.training.detector.train import Settings, TrainingStopped, train

    settings = Settings(**chosen)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), disable=as_json) as bar:
        task = bar.add_task("", total=settings.steps)
        try:
            path = train(
                data,
                out,
                settings,
                lambda step, of, line: bar.update(task, completed=step, total=of, description=line),
                validation,
            )
        except TrainingStopped as error:
            stop(EXIT_FAILED, str(error), as_json)
    if as_json:
        print_json({"weights": str(path), "steps": settings.steps, "bytes": path.stat().st_size})
    else:
        say(path)


def _evaluate(data: list[Path], weights: Path, validation: list[Path], rules: bool, as_json: bool) -> None:
    from model.training.detector.compare import compare
    from model.training.detector.targets import load_screens

    found = compare(weights, load_screens(data), load_screens(validation) if validation else [], rules)
    if as_json:
        print_json(found.to_json())
        return
    for name, table in (("detector", found.detector), ("rules", found.rules), ("both", found.both)):
        if table:
            _show(name, table)
    for look, rows in found.by_look.items():
        told = "  ".join(f"{name} {row['recall_iou'][1]}/{row['precision_iou'][1]}" for name, row in rows.items())
        say(f"{look:32} {told}")
    say("CPU seconds a screen: " + ", ".join(f"{name} {value}" for name, value in found.seconds.items()))


def _show(name: str, table: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=name, caption=f"states right: {table['states']['right']} of {table['states']['n']}")
    for title in (
        "kind",
        "n",
        "recall (centre)",
        "precision (centre)",
        "recall (IoU ≥ .5)",
        "precision (IoU ≥ .5)",
    ):
        shown.add_column(title)
    for kind, row in table.items():
        if kind != "states":
            cells = [f"{v:.3f} [{low:.2f}, {high:.2f}]" for low, v, high in list(row.values())[1:]]
            shown.add_row(kind, str(row["n"]), *cells)
    Console().print(shown)
