"""The commands about models: `agent ground`, `agent models`, `agent doctor`. Heavy imports stand inside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from agent.cli.console import Json, stop
from agent.cli.options import takes
from agent.cli.settings import BadSetting, Settings


@takes("Model")
def ground_command(
    settings: Settings,
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A screenshot: PNG, JPEG …")],
    target: Annotated[str, typer.Argument(help='What to find, in words: "the wish list button".')],
    out: Annotated[
        Path | None, typer.Option(metavar="PNG", help="The picture with the mark. [default: IMAGE-ground.png]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find one thing in a picture: its point, its box, and the picture with the mark."""
    from agent.cli.ground import GroundFailed, ground_file, show

    try:
        found = ground_file(image, target, settings, out)
    except GroundFailed as error:
        stop(error.exit_code, str(error), as_json)
    show(found, as_json)
    raise typer.Exit(found["exit_code"])


def models_command(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]…", help="Checkpoints elsewhere.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Model families, what is on disk, and what would fit this machine."""
    from agent.cli.models import listing, show

    show(listing(folders or []), as_json)


def _refuse(error: BadSetting, as_json: bool) -> NoReturn:
    from agent.cli.doctor import bad_setting, show

    raise typer.Exit(show(bad_setting(error), as_json))


@takes("Model", refuse=_refuse)
def doctor_command(
    settings: Settings,
    install: Annotated[
        str | None, typer.Option("--install", metavar="browser", help="Install what is missing: browser.")
    ] = None,
    save: Annotated[bool, typer.Option("--save", help="Remember what was measured, for `agent run`.")] = False,
    as_json: Json = False,
) -> None:
    """Say what is there and what is missing; with --model, try that model with pictures whose answer is known."""
    if install is not None:
        from agent.cli.doctor import install_missing

        install_missing(install, as_json)
    if settings.flag("model", None) is None and settings.flag("base_url", None) is None:
        from agent.cli.doctor import examine, show

        raise typer.Exit(show(examine(settings), as_json))
    from agent.cli.doctor_model import examine_model

    raise typer.Exit(examine_model(settings, save=save, as_json=as_json))
