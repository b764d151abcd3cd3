"""Pictures and steps in Robot Framework's log."""

from __future__ import annotations

import base64
import html
import io
import os
from pathlib import Path

from PIL import Image
from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from action_space.geometry import Box
from agent.history import Step
from agent.report.drawing import mark

_WIDTH = "800px"


def output_folder() -> Path:
    """`${OUTPUT DIR}`, or the current folder where no test runs."""
    try:
        return Path(BuiltIn().get_variable_value("${OUTPUT DIR}", "."))
    except RobotNotRunningError:
        return Path()


def _link(path: Path) -> str:
    """The path as the log, wherever it lies, must name it."""
    try:
        log = Path(BuiltIn().get_variable_value("${LOG FILE}", "NONE"))
    except RobotNotRunningError:
        log = Path("NONE")
    folder = output_folder() if log.name == "NONE" else log.parent
    return html.escape(Path(os.path.relpath(path, folder)).as_posix())


def embed(image: Image.Image, path: Path | None, width: str = _WIDTH) -> None:
    """Put a picture into the log itself, so that the log can be sent as one file.

    Args:
        path: where the picture lies in full.
        width: how wide it is shown, in CSS.
    """
    data = io.BytesIO()
    image.convert("RGB").save(data, "JPEG", quality=85)
    text = base64.b64encode(data.getvalue()).decode()
    shown = f'<img src="data:image/jpeg;base64,{text}" width="{html.escape(width)}" alt="screen">'
    logger.info(f'<a href="{_link(path)}">{shown}</a>' if path is not None else shown, html=True)


def link(path: Path, words: str) -> None:
    """Put a link to a file into the log."""
    logger.info(f'<a href="{_link(path)}">{html.escape(words)}</a>', html=True)


def step(one: Step, folder: Path) -> None:
    """Put a step of the agent into the log: its thought, its action, the screen that it answered."""
    action = one.action.to_json() if one.action else {"action": "no valid answer"}
    name = action.pop("action")
    fields = " ".join(f"{key}={value!r}" for key, value in action.items())
    told = one.error or one.effect or "–"
    logger.info(
        f"<b>{one.number}. {html.escape(name)}</b> {html.escape(fields)}<br>{html.escape(one.thought)}<br>"
        f"<i>{html.escape(told)}</i> · {one.seconds:.1f} s",
        html=True,
    )
    path = folder / str(one.record.get("screenshot_file", ""))
    if path.is_file():
        with Image.open(path) as picture:
            points = list(one.action.points().values()) if one.action else []
            image = picture.convert("RGB")
            for point in points:
                image = mark(image, point, Box(point[0], point[1], point[0] + 1, point[1] + 1))
            embed(image, path, "480px")
