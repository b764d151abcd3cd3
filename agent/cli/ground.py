"""`agent ground IMAGE "the wish list button"`: one grounding call, the point, and the picture with the mark."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from agent.cli.console import print_json, say
from agent.cli.settings import Settings
from agent.cli.target import model_options
from agent.report.drawing import mark, save
from agent.result import EXIT_DONE, EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_USAGE
from model.base import ModelFault, UnknownModel
from model.families import assumption
from model.grounding import ground
from model.registry import open_model, row_of


class GroundFailed(Exception):
    """It could not be asked. `exit_code` says whose fault it is."""

    def __init__(self, exit_code: int, message: str) -> None:
        self.exit_code = exit_code
        super().__init__(message)


def ground_file(path: Path, target: str, settings: Settings, out: Path | None) -> dict[str, Any]:
    """Where `target` is in the picture at `path`, as JSON values; the marked picture is saved where it is found.

    Args:
        out: the picture with the mark; None: beside `path`, with `-ground` in its name.

    Raises:
        GroundFailed: no picture, no such model, no answer, or no place for the marked picture.
    """
    if not target.strip():
        raise GroundFailed(EXIT_USAGE, "target: is empty; say what to find, such as “the wish list button”")
    try:
        with Image.open(path) as file:
            image = file.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise GroundFailed(EXIT_USAGE, f"{path}: is not a picture that can be read ({error})") from error
    options = model_options(settings)
    try:
        model = open_model(settings.model, options)
        try:
            row = row_of(model, options)
            if assumed := assumption(settings.model, settings.family):
                print(assumed, file=sys.stderr)
            found = ground(model, image, target.strip(), family=row)
        finally:
            model.close()
    except UnknownModel as error:
        raise GroundFailed(EXIT_USAGE, str(error)) from error
    except ModelFault as error:
        raise GroundFailed(EXIT_INFRASTRUCTURE, str(error)) from error
    picture = None
    if found.point is not None:
        picture = out or path.with_name(f"{path.stem}-ground.png")
        try:
            save(mark(image, found.point, found.box), picture)
        except OSError as error:
            raise GroundFailed(EXIT_INFRASTRUCTURE, f"{picture}: cannot be written ({error.strerror})") from error
    return {
        "target": target.strip(),
        "model": model.name,
        "family": row.name,
        "size": list(image.size),
        "point": list(found.point) if found.point else None,
        "box": [round(side) for side in found.box] if found.box else None,
        "error": found.error,
        "answer": found.reply.text,
        "seconds": round(found.reply.wall_s, 3),
        "usage": asdict(found.reply.usage),
        "picture": str(picture) if picture else None,
        "exit_code": EXIT_DONE if found.point else EXIT_FAILED,
    }


def show(found: dict[str, Any], as_json: bool) -> None:
    """Prints what `ground_file` found."""
    if as_json:
        print_json(found)
        return
    if found["point"] is None:
        say(f"not found: {found['error']}")
        return
    say(f"point   {found['point'][0]}, {found['point'][1]}")
    if found["box"]:
        say(f"box     {', '.join(map(str, found['box']))}")
    say(f"picture {found['picture']}")
