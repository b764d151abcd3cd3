"""A data set of a desktop toolkit's windows: its program is run, what it drew is taken over."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from model.training.data.dataset import FolderData
from model.training.data.records import Element, Origin, ParsedScreen, Split

TOOLKITS = {"qt": "PySide6", "tk": "tkinter"}
_HERE = Path(__file__).parent


class ToolkitFailed(RuntimeError):
    """A toolkit's program could not run; the message holds what it said."""


def draw_toolkit(
    toolkit: str,
    out: Path,
    windows: int,
    seed: int = 0,
    split: Split = "test",
    python: Path | None = None,
    environ: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Draw windows of `toolkit` ("qt", off screen; "tk", on the X display of `environ`) into the data set `out`.

    Windows that are there already are not taken over again.

    Args:
        python: an interpreter that has the toolkit. Absent: this one.

    Raises:
        ToolkitFailed: the toolkit is not installed there, or has no display.
        DataError: `out` holds something else.
    """
    data = FolderData(out, create=True)
    there = data.ids()
    name = f"synth-{toolkit}-{seed}"
    elements = 0
    with tempfile.TemporaryDirectory(prefix="toolkit-") as folder:
        program = _HERE / f"{toolkit}_program.py"
        command = [
            str(python or sys.executable),
            str(program),
            str(_HERE.parent / "words.json"),
            folder,
            str(seed),
            str(windows),
        ]
        errors = Path(folder) / "errors.txt"
        with (
            errors.open("wb") as said,
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True, env=environ) as running,
        ):
            assert running.stdout is not None
            try:
                for number, line in enumerate(running.stdout, 1):
                    found = json.loads(line)
                    shown = tuple(Element(**one) for one in found["elements"])
                    identity = f"{name}-{found['number']:06}"
                    if identity not in there:
                        content = (Path(folder) / f"{found['number']}.png").read_bytes()
                        origin = Origin(
                            source="synth",
                            licence="MIT",
                            language=found["language"],
                            platform="linux",
                            split=split,
                        )
                        picture = data.add_picture(content, scale=found["scale"])
                        data.append(
                            ParsedScreen(
                                id=identity, origin=origin, picture=picture, elements=shown, look=found["look"]
                            )
                        )
                    elements += len(shown)
                    if progress:
                        progress(number, windows)
            except BaseException:
                running.kill()
                raise
        if running.returncode:
            last = errors.read_text("utf-8", errors="replace").strip().splitlines()[-1:]
            raise ToolkitFailed(
                f"{toolkit}: {' '.join(last) or running.returncode}. It needs {TOOLKITS[toolkit]} in {command[0]}"
                + (", Pillow and an X display." if toolkit == "tk" else ".")
            )
    return {"screens": windows, "elements": elements}
