"""`agent data merge, split, pack, curate`: a set from sets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.cli.data.shared import Folder, To, counted, counting, guarded, make_set, one_of, open_set
from agent.cli.options import takes
from agent.cli.settings import Settings
from agent.result import EXIT_INFRASTRUCTURE, EXIT_USAGE


def merge_command(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Data sets to put together.")],
    to: To,
    as_json: Json = False,
) -> None:
    """Put data sets together. Records whose id is there already are not taken twice."""
    from model.training.data.dataset import copy_records

    copied = 0
    with guarded(as_json):
        target = make_set(to)
        have: set[str] = target.ids()
        with counting("records", None, as_json) as told:
            for folder in folders:
                data = open_set(folder)
                copied += copy_records(data, target, _fresh(counted(data, told), have))
    print_json({"records": copied}) if as_json else say(f"{copied} records → {to}")


def split_command(
    folder: Folder,
    to: To,
    validation: Annotated[float, typer.Option(min=0, max=1, help="Share for validation.")] = 0.0,
    test: Annotated[float, typer.Option(min=0, max=1, help="Share for test.")] = 0.0,
    by: Annotated[
        str, typer.Option(help="What stays together: picture (and its near-duplicates), look, source.")
    ] = "picture",
    seed: Annotated[int, typer.Option(help="Another seed, another split.")] = 0,
    as_json: Json = False,
) -> None:
    """Write a copy whose records are dealt out to train, validation and test.

    What belongs together is never torn apart: records with one picture, or nearly the same one.
    """
    from model.training.data.dataset import copy_records
    from model.training.data.split import deal

    with guarded(as_json):
        one_of("by", by, ["picture", "look", "source"], as_json)
        if validation + test > 1:
            stop(EXIT_USAGE, f"validation + test: {validation + test:g}; accepted: at most 1 together", as_json)
        data, target = open_set(folder), make_set(to, empty=True)
        with counting("records", None, as_json) as told:
            dealt = deal(data, by=by, shares={"validation": validation, "test": test}, seed=seed)
            copied = copy_records(data, target, dealt, on_record=told)
    print_json({"records": copied}) if as_json else say(f"{copied} records → {to}")


def pack_command(folder: Folder, to: To, as_json: Json = False) -> None:
    """Write a data set as Parquet files, with the pictures inside: for sets that are large."""
    from model.training.data.shards import write_shards

    with guarded(as_json):
        data = open_set(folder)
        with counting("records", None, as_json) as told:
            count = write_shards(data, to, counted(data, told))
    print_json({"records": count}) if as_json else say(f"{count} records → {to}")


@takes("Model")
def curate_command(
    settings: Settings,
    folder: Folder,
    to: To,
    against: Annotated[
        list[Path] | None, typer.Option("--against", help="Test set that nothing may be trained on; repeatable.")
    ] = None,
    drop: Annotated[
        bool, typer.Option("--drop-contaminated", help="Leave out what shows test pictures; else it is refused.")
    ] = False,
    near: Annotated[int, typer.Option(help="Bits between the hashes of near-duplicates; -1: keep them.")] = 2,
    near_test: Annotated[int, typer.Option(help="Bits between training and test pictures; -1: no check.")] = 2,
    min_side: Annotated[float, typer.Option(help="Shorter side of a target at least, pixels.")] = 4.0,
    max_share: Annotated[float, typer.Option(help="Share of the picture that a target takes at most.")] = 0.8,
    min_contrast: Annotated[float, typer.Option(help="Deviation of grey levels within a target at least.")] = 1.0,
    min_density: Annotated[float, typer.Option(help="Knowledge density of a picture at least.")] = 0.002,
    min_elements: Annotated[int, typer.Option(help="Elements of a parsed screen at least.")] = 1,
    augment: Annotated[str, typer.Option(help="Add harder copies: blur,occlusion,handwriting.")] = "",
    share: Annotated[float, typer.Option(min=0, max=1, help="Chance of each such copy, and of a caption.")] = 0.2,
    seed: Annotated[int, typer.Option(help="Another seed, other copies.")] = 0,
    as_json: Json = False,
) -> None:
    """Write a curated copy of a data set; dropped.jsonl and curation.json beside it say what went and why."""
    from agent.data.curation import curate_data
    from model.training.data.curate import Rules

    with guarded(as_json):
        rules = Rules(
            near=near, near_test=near_test, min_side=min_side, max_share=max_share, min_contrast=min_contrast,
            min_density=min_density, min_elements=min_elements,
        )  # fmt: skip
        with _captioner(settings, as_json) as captioner, counting("records", None, as_json) as told:
            report = curate_data(
                open_set(folder),
                make_set(to, empty=True),
                rules,
                tests=[open_set(one) for one in against or ()],
                drop=drop,
                augment=tuple(kind for kind in augment.replace(" ", "").split(",") if kind),
                share=share,
                seed=seed,
                captioner=captioner,
                on_record=told,
            )
    if as_json:
        print_json(report)
        return
    for rule, count in report["dropped"].items():
        say(f"left out by {rule}: {count}")
    for kind, count in report["added"].items():
        say(f"added by {kind}: {count}")
    say(f"{report['kept']} of {report['records']} records stay → {to} (dropped.jsonl says what went)")


def _fresh(records: Iterator[Any], have: set[str]) -> Iterator[Any]:
    for record in records:
        if record.id not in have:
            have.add(record.id)
            yield record


@contextmanager
def _captioner(settings: Settings, as_json: bool) -> Iterator[Any]:
    """The model that is to describe elements, with its row; None: none was named."""
    if settings.flag("model", None) is None and settings.flag("base_url", None) is None:
        yield None
        return
    from agent.cli.target import model_options
    from model.base import ModelFault, UnknownModel
    from model.registry import open_model, row_of

    options = model_options(settings)
    try:
        opened = open_model(settings.model, options)
        try:
            yield opened, row_of(opened, options)
        finally:
            opened.close()
    except UnknownModel as error:
        stop(EXIT_USAGE, str(error), as_json)
    except ModelFault as error:
        stop(EXIT_INFRASTRUCTURE, str(error), as_json)
