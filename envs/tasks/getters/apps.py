"""Files of applications: VLC, GIMP, VS Code, and what slides hold (OSWorld's getters/vlc, gimp, vscode,
impress)."""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from typing import Any

from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS, Fetched, keep
from envs.tasks.getters.files import local_copy

VLC_STATUS = "http://127.0.0.1:8080/requests/status.xml"
VLC_PASSWORD = "password"
"""VLC's own page about itself, as OSWorld's machines are set up."""

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed"
_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_BEHIND = "{http://schemas.openxmlformats.org/presentationml/2006/main}bg"


@GETTERS
def vlc_playing_info(stage: TaskContext, *, dest: str) -> Fetched | None:
    """VLC's status.xml, asked on the machine itself."""
    machine = stage.opened_machine()
    for command in (
        ["curl", "-s", "-m", "10", "-u", f":{VLC_PASSWORD}", VLC_STATUS],
        ["wget", "-q", "-T", "10", "-O", "-", "--user=", f"--password={VLC_PASSWORD}", VLC_STATUS],
    ):
        ran = machine.run(command, timeout_s=30)
        if ran.code == 0 and ran.out.strip():
            return keep(stage, dest, ran.out.encode())
    return keep(stage, dest, None)


def _settings(stage: TaskContext, places: dict[str, list[str]], dest: str) -> Fetched | None:
    """The first file that is there, of those that the platform may have."""
    machine = stage.opened_machine()
    for path in places.get(machine.platform, places["Linux"]):
        data = machine.read(f"{machine.home}/{path}")
        if data is not None:
            return keep(stage, dest, data)
    return keep(stage, dest, None)


@GETTERS
def vlc_config(stage: TaskContext, *, dest: str) -> Fetched | None:
    """VLC's vlcrc."""
    places = {
        "Linux": [".config/vlc/vlcrc", "snap/vlc/common/vlcrc"],
        "Darwin": ["Library/Preferences/org.videolan.vlc/vlcrc"],
        "Windows": ["AppData/Roaming/vlc/vlcrc"],
    }
    return _settings(stage, places, dest)


@GETTERS
def gimp_config_file(stage: TaskContext, *, file_name: str, dest: str) -> Fetched | None:
    """A file of GIMP's configuration, of whichever version is installed (the newest)."""
    machine = stage.opened_machine()
    base = {"Darwin": "Library/Application Support/GIMP", "Windows": "AppData/Roaming/GIMP"}.get(
        machine.platform, ".config/GIMP"
    )
    tree = machine.directory_tree(f"{machine.home}/{base}") or {}
    versions = [one["name"] for one in tree.get("children", []) if re.fullmatch(r"\d+(\.\d+)*", one["name"])]
    newest = sorted(versions, key=lambda one: [int(part) for part in one.split(".")], reverse=True)
    return _settings(stage, {"Linux": [f"{base}/{one}/{file_name}" for one in newest]}, dest)


@GETTERS
def vscode_config(stage: TaskContext, *, vscode_extension_command: str, path: str, dest: str) -> Fetched | None:
    """A file that a command of a VS Code extension writes when it is called from the command palette.

    The command is typed with xdotool on the machine; the file is waited for at most ten seconds.
    """
    machine = stage.opened_machine()
    machine.activate_window("Visual Studio Code")
    machine.run(["rm", "-f", path])
    for keys in (["key", "ctrl+shift+p"], ["type", "--delay", "30", vscode_extension_command], ["key", "Return"]):
        machine.run(["xdotool", *keys])
    machine.run(["timeout", "10", "sh", "-c", 'until [ -s "$0" ]; do sleep 0.2; done', path], timeout_s=20)
    return keep(stage, dest, machine.read(path))


@GETTERS
def audio_in_slide(stage: TaskContext, *, ppt_file_path: str, slide_index: int, dest: str) -> Fetched | None:
    """The sound of a slide (from 0) of a presentation on the machine, embedded or linked."""
    found = local_copy(stage, ppt_file_path)
    if found is None:
        return None
    return _target(stage, found, slide_index, lambda kind, name: "audio" in kind or "media" in kind, dest)


@GETTERS
def background_image_in_slide(
    stage: TaskContext, *, ppt_file_path: str, slide_index: int, dest: str
) -> Fetched | None:
    """The background picture of a slide (from 0) of a presentation on the machine, embedded or linked."""
    from lxml import etree

    found = local_copy(stage, ppt_file_path)
    data = _packed(found, f"ppt/slides/slide{slide_index + 1}.xml")
    if found is None or data is None:
        return None
    behind = etree.fromstring(data).find(f".//{_BEHIND}")
    picture = next(behind.iter(_PICTURE), None) if behind is not None else None
    if picture is None:
        return None
    return _target(stage, found, slide_index, lambda kind, name: name == picture.get(_RELATION), dest)


def _packed(package: Path | None, name: str) -> bytes | None:
    if package is None:
        return None
    try:
        with zipfile.ZipFile(package) as archive:
            return archive.read(name) if name in archive.namelist() else None
    except zipfile.BadZipFile:
        return None


def _target(stage: TaskContext, package: Path, slide: int, wanted: Any, dest: str) -> Fetched | None:
    """The first thing that a slide refers to and `wanted` (kind, name) picks."""
    from lxml import etree

    data = _packed(package, f"ppt/slides/_rels/slide{slide + 1}.xml.rels")
    for one in etree.fromstring(data) if data is not None else ():
        if not wanted(one.get("Type", "").rpartition("/")[2], one.get("Id")):
            continue
        target = one.get("Target", "")
        if one.get("TargetMode") == "External" or target.startswith("file:"):
            return keep(stage, dest, stage.opened_machine().read(re.sub(r"^file://(localhost)?", "", target)))
        inside = posixpath.normpath(posixpath.join("ppt/slides", target)).lstrip("/")
        return keep(stage, dest, _packed(package, inside))
    return None


@GETTERS
def replay(stage: TaskContext, *, trajectory: list[dict[str, Any]]) -> None:
    """Press keys and type on the machine before something is read: `hotkey`, `typewrite` or `press`, each with
    `param`.

    Raises:
        ValueError: another step.
    """
    machine = stage.opened_machine()
    for step in trajectory:
        kind, given = step.get("type"), step.get("param")
        if kind == "hotkey" and isinstance(given, list):
            machine.run(["xdotool", "key", "+".join(given)])
        elif kind == "typewrite" and isinstance(given, str):
            machine.run(["xdotool", "type", "--delay", "30", given])
        elif kind == "press" and isinstance(given, str):
            machine.run(["xdotool", "key", {"enter": "Return", "esc": "Escape"}.get(given, given)])
        else:
            raise ValueError(f"trajectory: {step!r} is not accepted: hotkey, typewrite or press with param")
