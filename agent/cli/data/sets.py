"""`agent data import, kinds, check, stats`: from a recording to a set, and what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.cli.data.shared import Folder, To, counted, counting, guarded, make_set, one_of, open_set, show_lines
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from agent.text import escaped


def import_command(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What it is; `agent data kinds` lists them.")],
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="File or folder of the recording.")],
    to: To,
    variant: Annotated[str, typer.Option(help="Variant of the layout, where it has some.")] = "",
    verdict: Annotated[
        str | None, typer.Option(help="Take over episodes that are verified, also claimed, or any.")
    ] = None,
    tasks: Annotated[Path | None, typer.Option(help="Task files, for OSWorld's results.")] = None,
    named: Annotated[str, typer.Option("--source", help="What to call the source. [default: KIND]")] = "",
    licence: Annotated[str, typer.Option(help="Licence of the data (SPDX).")] = "",
    language: Annotated[str, typer.Option(help="Language of the screens: en, zh, mixed …")] = "",
    platform: Annotated[str, typer.Option(help="web, linux, windows, macos, android …")] = "",
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "train",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out what is not right, and tell.")] = False,
    as_json: Json = False,
) -> None:
    """Take over a recording into a data set. The same command goes on where it was stopped.

    Of runs and evaluations only what a check verified is taken over, unless --verdict says more; steps that
    failed, that were taken back or that typed a secret are kept as history and never learned.
    """
    from agent.data.importing import Faulty, Imported, import_data
    from agent.data.kinds import KINDS, LEVELS, Level
    from agent.data.reading import Options

    with guarded(as_json):
        if kind not in KINDS:
            stop(EXIT_USAGE, f"KIND: {kind!r}; accepted: {', '.join(KINDS)}", as_json)
        level = verdict or KINDS[kind].level
        one_of("verdict", level, list(LEVELS), as_json)
        one_of("split", split, ["train", "validation", "test"], as_json)
        if not source.exists():
            stop(EXIT_USAGE, f"{source}: is not there", as_json)
        target = make_set(to)
        options = Options(
            variant=variant, verdicts=LEVELS[cast(Level, level)], tasks=tasks, source=named, licence=licence,
            language=language, platform=platform, split=cast(Any, split), have=frozenset(target.ids()),
        )  # fmt: skip
        done = Imported()
        try:
            with counting("records", None, as_json) as told:
                import_data(KINDS[kind], source, target, options, skip_bad=skip_bad, done=done, on_record=told)
        except Faulty as fault:
            stop(EXIT_FAILED, str(fault), as_json, **done.to_json())
        except KeyboardInterrupt:
            told_so = f"stopped after {done.records} records; the same command goes on"
            stop(EXIT_INTERRUPTED, told_so, as_json, **done.to_json())
    nothing = not done.records and not done.before
    if as_json:
        print_json({**done.to_json(), "exit_code": EXIT_FAILED if nothing else EXIT_DONE})
    else:
        show_lines([f"left out: {one.where}: {one.why}" for one in done.left_out])
        steps = f" with {done.steps} steps, {done.learned} of them to be learned" if done.steps else ""
        say(f"{done.records} records{steps} → {to} ({done.before} were there)")
    raise typer.Exit(EXIT_FAILED if nothing else EXIT_DONE)


def kinds_command(as_json: Json = False) -> None:
    """List the kinds of recordings that `import` reads."""
    from agent.data.kinds import KINDS

    if as_json:
        print_json({kind.name: {"what": kind.what, "verdict": kind.level} for kind in KINDS.values()})
        return
    for kind in KINDS.values():
        say(f"{kind.name:16} {kind.what}")


def check_command(
    folder: Folder,
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Open every picture too.")] = True,
    as_json: Json = False,
) -> None:
    """Say what is wrong with a data set: a line for each fault, with record, field, value and what is accepted."""
    from model.training.data.check import check

    seen = 0
    with guarded(as_json):
        data = open_set(folder)
        with counting("records", None, as_json) as told:

            def count(number: int) -> None:
                nonlocal seen
                seen = number
                told(number)

            faults = []
            for fault in check(data, pictures=pictures, on_record=count):
                faults.append(fault)
                if not as_json:
                    say(str(fault))
    code = EXIT_FAILED if faults else EXIT_DONE
    if as_json:
        print_json({"records": seen, "faults": [fault.to_json() for fault in faults], "exit_code": code})
    else:
        say(f"{seen} records, {len(faults)} faults")
    raise typer.Exit(code)


def stats_command(folder: Folder, as_json: Json = False) -> None:
    """Count what is in a data set: by kind, language, source, licence, platform, size, action …"""
    from model.training.data.stats import stats

    with guarded(as_json), counting("records", None, as_json) as told:
        found = stats(counted(open_set(folder), told))
    if as_json:
        print_json(found)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("what", "which", "count", title=f"{found['records']} records, {found['pictures']} pictures")
    table.columns[2].justify = "right"
    for group, counts in found.items():
        if isinstance(counts, dict):
            for place, (name, count) in enumerate(counts.items()):
                table.add_row(
                    "" if place else group, escaped(name), str(count), end_section=place == len(counts) - 1
                )
    Console().print(table)
