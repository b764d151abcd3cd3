"""The machine itself: commands, screen, windows and folders (OSWorld's getters/general, info and misc)."""

from __future__ import annotations

from typing import Any

from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS, Fetched, keep

Command = str | list[str]


@GETTERS
def vm_command_line(
    stage: TaskContext, *, command: Command, shell: bool = False, timeout: int = 120
) -> str | None:
    """What a command prints; None: there is no such command.

    Args:
        stage: of the task.
        command: text, or a list of arguments.
        shell: the machine's shell runs it.
        timeout: seconds at most.
    """
    ran = stage.opened_machine().run(_line(command, shell), shell=shell, timeout_s=float(timeout))
    return None if ran.code == 127 and not shell else ran.out


@GETTERS
def vm_command_error(
    stage: TaskContext, *, command: Command, shell: bool = False, timeout: int = 120
) -> str | None:
    """What a command prints as its errors; arguments as for `vm_command_line`."""
    ran = stage.opened_machine().run(_line(command, shell), shell=shell, timeout_s=float(timeout))
    return None if ran.code == 127 and not shell else ran.err


def _line(command: Command, shell: bool) -> Command:
    """A list for a shell is its words, as OSWorld's server joins them."""
    return " ".join(command) if shell and isinstance(command, list) else command


@GETTERS
def vm_terminal_output(stage: TaskContext) -> str | None:
    """The text in the active terminal window."""
    return stage.opened_machine().terminal_output()


@GETTERS
def vm_screen_size(stage: TaskContext) -> dict[str, int]:
    """`width` and `height` of the screen, pixels."""
    size = stage.opened_machine().screen_size()
    return {"width": int(size[0]), "height": int(size[1])}


@GETTERS
def vm_window_size(stage: TaskContext, *, app_class_name: str) -> dict[str, int] | None:
    """`width` and `height` (pixels) of the topmost window whose class holds a text, whatever the case."""
    for window in reversed(stage.opened_machine().windows()):
        if app_class_name.lower() in window.name.lower() and window.box is not None:
            return {"width": round(window.box.width), "height": round(window.box.height)}
    return None


@GETTERS
def vm_wallpaper(stage: TaskContext, *, dest: str) -> Fetched | None:
    """The background picture, as a file `dest` in the task's folder."""
    return keep(stage, dest, stage.opened_machine().wallpaper())


@GETTERS
def list_directory(stage: TaskContext, *, path: str) -> dict[str, Any] | None:
    """The tree under a folder: type, name, children."""
    return stage.opened_machine().directory_tree(path)


@GETTERS
def accessibility_tree(stage: TaskContext) -> str | None:
    """OSWorld's XML of what assistive technology sees."""
    return stage.opened_machine().accessibility_tree()


@GETTERS
def default_video_player(stage: TaskContext) -> str:
    """The .desktop file that most kinds of films open with, or "unknown"."""
    from collections import Counter

    kinds = ("mp4", "mpeg", "webm", "ogg", "x-matroska", "x-msvideo", "quicktime", "x-flv", "3gpp", "x-ms-wmv")
    machine = stage.opened_machine()
    answers = [machine.run(["xdg-mime", "query", "default", f"video/{kind}"]).out.strip() for kind in kinds]
    found = Counter(one for one in answers if one)
    return found.most_common(1)[0][0] if found else "unknown"


@GETTERS
def shortcuts_on_desktop(stage: TaskContext) -> dict[str, str]:
    """Name → text of each shortcut file on the desktop."""
    machine = stage.opened_machine()
    suffix = {"Windows": ".lnk", "Darwin": ".webloc"}.get(machine.platform, ".desktop")
    desktop = f"{machine.home}/Desktop"
    tree = machine.directory_tree(desktop) or {}
    names = [one["name"] for one in tree.get("children", []) if one["name"].endswith(suffix)]
    return {name: (machine.read(f"{desktop}/{name}") or b"").decode("utf-8", "replace") for name in names}
