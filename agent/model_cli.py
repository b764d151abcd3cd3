"""The commands about models: `agent ground`, `agent models`, `agent doctor`. Heavy imports stand inside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from agent.result import EXIT_INFRASTRUCTURE, EXIT_USAGE

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else.")]
ModelName = Annotated[
    str | None,
    typer.Option("--model", help="As for `agent run`: a name, folder, hub id, or one at --base-url."),
]
BaseUrl = Annotated[str | None, typer.Option(help="OpenAI-compatible endpoint, such as http://host/v1.")]
ApiKey = Annotated[str | None, typer.Option(help="Its key; better in AGENT_API_KEY.")]
FamilyName = Annotated[str | None, typer.Option("--family", help="Model family. Absent: told from the name.")]
Device = Annotated[str | None, typer.Option(help="torch device. Absent: the best there is.")]
Quantize = Annotated[str | None, typer.Option(help="Load the weights in 8bit or 4bit.")]
Download = Annotated[bool | None, typer.Option("--download/--no-download", help="Fetch weights not on disk.")]
Think = Annotated[bool | None, typer.Option("--think/--no-think", help="Switch the model's thinking.")]


def ground_command(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="A screenshot: PNG, JPEG …")],
    target: Annotated[str, typer.Argument(help='What to find, in words: "the wish list button".')],
    model: ModelName = None,
    base_url: BaseUrl = None,
    api_key: ApiKey = None,
    family: FamilyName = None,
    device: Device = None,
    quantize: Quantize = None,
    download: Download = None,
    think: Think = None,
    out: Annotated[
        Path | None, typer.Option(metavar="PNG", help="The picture with the mark. [default: IMAGE-ground.png]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find one thing in a picture: its point, its box, and the picture with the mark."""
    settings = _settings(
        as_json, model=model, base_url=base_url, api_key=api_key, family=family, device=device,
        quantize=quantize, download=download, think=think,
    )  # fmt: skip
    from agent.ground import GroundFailed, ground_file, show

    try:
        found = ground_file(image, target, settings, out)
    except GroundFailed as error:
        _stop(error.exit_code, str(error), as_json)
    show(found, as_json)
    raise typer.Exit(found["exit_code"])


def models_command(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[FOLDER]…", help="Checkpoints elsewhere.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Model families, what is on disk, and what would fit this machine."""
    from agent.models import listing, show

    show(listing(folders or []), as_json)


def doctor_command(
    model: ModelName = None,
    base_url: BaseUrl = None,
    api_key: ApiKey = None,
    family: FamilyName = None,
    device: Device = None,
    quantize: Quantize = None,
    download: Download = None,
    save: Annotated[bool, typer.Option("--save", help="Remember what was measured, for `agent run`.")] = False,
    as_json: Json = False,
) -> None:
    """Say what is there and what is missing; with --model, try that model with pictures whose answer is known."""
    if model is None and base_url is None:
        from agent.doctor import doctor_command as examine

        raise typer.Exit(examine(as_json))
    settings = _settings(
        as_json, model=model, base_url=base_url, api_key=api_key, family=family, device=device,
        quantize=quantize, download=download,
    )  # fmt: skip
    from agent.doctor_model import examine_model

    raise typer.Exit(examine_model(settings, save=save, as_json=as_json))


def _settings(as_json: bool, **flags: Any) -> Any:
    from agent.config import BadSetting, load_settings

    try:
        return load_settings(flags)
    except BadSetting as error:
        _stop(EXIT_USAGE, str(error), as_json)


def _stop(code: int, message: str, as_json: bool) -> NoReturn:
    if as_json:
        cause = "infrastructure" if code == EXIT_INFRASTRUCTURE else "usage"
        typer.echo(json.dumps({"error": message, "cause": cause, "exit_code": code}, ensure_ascii=False))
    else:
        typer.secho(message, fg="red", err=True)
    raise typer.Exit(code)
