"""`agent data show, export`: a set for people and for other trainers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import Json, print_json, say, stop
from agent.cli.data.shared import Folder, counting, guarded, one_of, open_set, show_lines
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_USAGE


def show_command(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="File to write. [default: FOLDER/gallery.html]")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Records at most.")] = 100,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Make one HTML file of a data set, with boxes and actions drawn on the pictures."""
    from agent.data.gallery import build_gallery

    path = out or folder / "gallery.html"
    with guarded(as_json), counting("records", None, as_json) as told:
        shown = build_gallery(open_set(folder), path, limit=limit, on_record=told)
    print_json({"gallery": str(path), "records": shown}) if as_json else say(str(path))
    if open_it:
        typer.launch(str(path))


def export_command(
    folder: Folder,
    tool: Annotated[str, typer.Option("--to", metavar="TOOL", help="trl, ms-swift, llamafactory or verl.")],
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="New folder for the files.")],
    family: Annotated[str, typer.Option("--family", help="In whose words, sizes and coordinates.")],
    thoughts: Annotated[bool, typer.Option("--thoughts/--no-thoughts", help="Thoughts before answers.")] = True,
    think: Annotated[bool | None, typer.Option("--think/--no-think", help="Switch the family's thinking.")] = None,
    as_json: Json = False,
) -> None:
    """Write a data set for another trainer, in the words, picture sizes and coordinates of one model family."""
    from model.families import FAMILIES
    from model.training.data.writers import TOOLS, export

    with guarded(as_json):
        one_of("to", tool, list(TOOLS), as_json)
        one_of("family", family, list(FAMILIES), as_json)
        try:
            row = FAMILIES[family].with_thinking(think)
        except ValueError as error:
            stop(EXIT_USAGE, f"think: {error}", as_json)
        with counting("records", None, as_json) as told:
            done = export(open_set(folder), tool, out, row, thoughts=thoughts, on_record=told)
    code = EXIT_DONE if done.rows else EXIT_FAILED
    if as_json:
        print_json({"rows": done.rows, "left_out": done.left_out, "screens": done.screens, "exit_code": code})
    else:
        show_lines([f"left out: {line}" for line in done.left_out])
        if done.screens:
            say(f"{done.screens} parsed screens teach no answers and stand in no file")
        rows = ", ".join(f"{count} for {split}" for split, count in done.rows.items()) or "no rows"
        say(f"{rows} → {out}")
    raise typer.Exit(code)
