"""What each address of OSWorld's protocol does, and the shapes of its answers."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qsl

from envs.machine.base import Machine, Ran
from envs.remote.machine import HANDS, matches

_COMMAND_S, _PYTHON_S, _BASH_S = 120.0, 30.0, 100.0
_CURSOR = "import pyautogui; print(*pyautogui.position())"


class Refused(Exception):
    """The answer is an error of that status."""

    def __init__(self, status: int, body: Any) -> None:
        self.status, self.body = status, body
        super().__init__(str(body))


@dataclass(frozen=True)
class Asked:
    """The body of a request: a JSON object, or the fields and files of a form."""

    json: dict[str, Any] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, BinaryIO] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """Status and body: text, bytes, or what becomes JSON."""

    status: int
    body: Any
    kind: str = "application/octet-stream"

    def encoded(self) -> tuple[str, bytes]:
        """Content type and bytes."""
        if isinstance(self.body, bytes):
            return self.kind, self.body
        if isinstance(self.body, str):
            return "text/html; charset=utf-8", self.body.encode()
        return "application/json", json.dumps(self.body).encode()


Route = Callable[[Machine, Asked], Answer]
ROUTES: dict[tuple[str, str], Route] = {}
"""(method, path) → what it does."""


def _at(method: str, *paths: str) -> Callable[[Route], Route]:
    def register(route: Route) -> Route:
        ROUTES.update({(method, path): route for path in paths})
        return route

    return register


_BODY_AT_MOST = 16 << 20  # bytes
_LARGEST = {"/setup/upload": 4 << 30, "/file": 1 << 20, "/list_directory": 1 << 20, "/screen_size": 1 << 20}


def largest(path: str) -> int:
    """Bytes that a request to this address may have at most."""
    return _LARGEST.get(path, _BODY_AT_MOST)


@contextlib.contextmanager
def form_of(kind: str, body: Iterable[bytes]) -> Iterator[Asked]:
    """Fields and files of a form, whichever of the two ways it was sent. Large files lie on the disk meanwhile.

    Args:
        kind: its content type; of another type than the two there are no fields.
        body: in parts.

    Raises:
        Refused: it is none.
    """
    from python_multipart import create_form_parser
    from python_multipart.exceptions import FormParserError

    name = kind.partition(";")[0].strip().lower()
    if name != "multipart/form-data":
        whole = b"".join(body).decode("utf-8", "replace")
        pairs = parse_qsl(whole, keep_blank_values=True) if name == "application/x-www-form-urlencoded" else ()
        yield Asked(form=dict(pairs))
        return
    asked = Asked()

    def field(found: Any) -> None:
        asked.form[(found.field_name or b"").decode("utf-8", "replace")] = (found.value or b"").decode(
            "utf-8", "replace"
        )

    with contextlib.ExitStack() as open_files:

        def file(found: Any) -> None:
            open_files.callback(found.close)
            found.file_object.seek(0)
            asked.files[(found.field_name or b"").decode("utf-8", "replace")] = found.file_object

        try:
            config = {"MAX_MEMORY_FILE_SIZE": 8 << 20}
            parser = create_form_parser({"Content-Type": kind.encode()}, field, file, config=config)
            for part in body:
                parser.write(part)
            parser.finalize()
        except FormParserError as wrong:
            raise Refused(400, {"error": f"the body is no form: {wrong}"}) from wrong
        yield asked


# -- commands ----------------------------------------------------------------------------


def _command(machine: Machine, asked: Asked) -> list[str]:
    """The arguments, as OSWorld reads them. `python` is the one that this server runs in: it has pyautogui."""
    command = asked.json.get("command", "" if asked.json.get("shell") else [])
    if not command or not isinstance(command, str | list) or not all(isinstance(part, str) for part in command):
        raise Refused(
            500, {"status": "error", "message": f"command: {command!r:.80}; it is a text or a list of texts"}
        )
    if asked.json.get("shell"):
        return ["/bin/sh", "-c", *([command] if isinstance(command, str) else command)]
    parts = shlex.split(command) if isinstance(command, str) else command
    parts = [f"{machine.home}{part[1:]}" if part.startswith("~/") else part for part in parts]
    return [sys.executable, *parts[1:]] if parts[0] in ("python", "python3") else parts


def _ran(machine: Machine, command: list[str], limit_s: float) -> Ran:
    ran = machine.run(command, timeout_s=limit_s)
    if ran.code == 127 and command[0] != "/bin/sh":
        message = f"[Errno 2] No such file or directory: {command[0]!r}"
        raise Refused(500, {"status": "error", "message": message})
    return ran


def _result(ran: Ran, **more: Any) -> dict[str, Any]:
    return {"status": "success", "output": ran.out, "error": ran.err, "returncode": ran.code, **more}


@_at("POST", "/execute", "/setup/execute")
def _execute(machine: Machine, asked: Asked) -> Answer:
    return Answer(200, _result(_ran(machine, _command(machine, asked), _COMMAND_S)))


@_at("POST", "/execute_with_verification", "/setup/execute_with_verification")
def _verified(machine: Machine, asked: Asked) -> Answer:
    ran = _ran(machine, _command(machine, asked), _COMMAND_S)
    wanted = asked.json.get("verification") or {}
    if not wanted:
        return Answer(200, _result(ran))
    began = time.monotonic()
    limit_s, every_s = float(asked.json.get("max_wait_time", 10)), float(asked.json.get("check_interval", 1))
    while time.monotonic() - began < limit_s:
        if _holds(machine, wanted):
            return Answer(200, _result(ran, verification="passed", wait_time=time.monotonic() - began))
        time.sleep(max(0.05, min(every_s, limit_s)))
    failed = {**_result(ran, verification="failed", wait_time=limit_s), "status": "verification_failed"}
    return Answer(500, failed)


def _holds(machine: Machine, wanted: dict[str, Any]) -> bool:
    title = wanted.get("window_exists")
    if title and not any(matches(one, title, strict=False, by_class=False) for one in machine.windows()):
        return False
    command = wanted.get("command_success")
    return not command or machine.run(["/bin/sh", "-c", command], timeout_s=5.0).code == 0


@_at("POST", "/setup/launch")
def _launch(machine: Machine, asked: Asked) -> Answer:
    command = _command(machine, asked)
    machine.start(command)
    return Answer(200, f"{shlex.join(command)} launched successfully")


@_at("POST", "/run_python")
def _run_python(machine: Machine, asked: Asked) -> Answer:
    code = asked.json.get("code")
    if not isinstance(code, str) or not code:
        return Answer(400, {"status": "error", "message": "Code not supplied!"})
    ran = machine.run([sys.executable, "-c", code], timeout_s=_PYTHON_S)
    problem = ran.err or (f"Process exited with code {ran.code}" if ran.code else "")
    return Answer(
        200,
        {
            "status": "error" if ran.code else "success",
            "message": "\n".join(part for part in (ran.out, problem) if part),
            "need_more": False,
            "output": ran.out,
            "error": problem,
            "return_code": ran.code,
        },
    )


@_at("POST", "/run_bash_script")
def _run_bash(machine: Machine, asked: Asked) -> Answer:
    script, folder = asked.json.get("script"), asked.json.get("working_dir")
    wrong = None if isinstance(script, str) and script else "Script not supplied!"
    before = ""
    if folder:
        folder = f"{machine.home}{folder[1:]}" if folder.startswith("~") else folder
        wrong = wrong or (None if machine.run(["test", "-d", folder]).code == 0 else f"no such folder: {folder}")
        before = f"cd {shlex.quote(folder)}\n"
    if wrong:
        return Answer(400, {"status": "error", "output": wrong, "error": "", "returncode": -1})
    # One stream, as OSWorld has it: what goes wrong stands where it happened.
    limit_s = float(asked.json.get("timeout") or _BASH_S)
    ran = machine.run(["/bin/bash", "-c", f"exec 2>&1\n{before}{script}"], timeout_s=limit_s)
    status = "error" if ran.code else "success"
    return Answer(200, {"status": status, "output": ran.out, "error": "", "returncode": ran.code})


# -- what is seen ----------------------------------------------------------------------------


@_at("GET", "/platform")
def _platform(machine: Machine, asked: Asked) -> Answer:
    return Answer(200, machine.platform)


@_at("GET", "/screenshot")
def _screenshot(machine: Machine, asked: Asked) -> Answer:
    return Answer(200, machine.screenshot(), "image/png")


@_at("POST", "/screen_size")
def _screen_size(machine: Machine, asked: Asked) -> Answer:
    size = machine.screen_size()
    return Answer(200, {"width": int(size.width), "height": int(size.height)})


@_at("GET", "/accessibility")
def _accessibility(machine: Machine, asked: Asked) -> Answer:
    tree = machine.accessibility_tree()
    if tree is None:
        # OSWorld's controller asks three times, 5 s apart, where this is an error.
        return Answer(200, {"AT": '<desktop-frame name="main"></desktop-frame>'})
    return Answer(200, {"AT": tree})


@_at("GET", "/terminal")
def _terminal(machine: Machine, asked: Asked) -> Answer:
    return Answer(200, {"output": machine.terminal_output(), "status": "success"})


@_at("GET", "/cursor_position")
def _cursor(machine: Machine, asked: Asked) -> Answer:
    ran = _ran(machine, [sys.executable, "-c", _CURSOR], _PYTHON_S)
    return Answer(200, [int(number) for number in ran.out.split()])


@_at("POST", "/window_size")
def _window_size(machine: Machine, asked: Asked) -> Answer:
    name = asked.form.get("app_class_name")
    if not name:
        return Answer(400, {"error": "app_class_name is required"})
    code = f"{HANDS.read_text('utf-8')}\nsay(windows())"
    found = json.loads(_ran(machine, [sys.executable, "-c", code], _PYTHON_S).out.splitlines()[-1])
    for window in found:
        if name.lower() in window["name"].lower().split("."):
            return Answer(200, {"width": window["size"][0], "height": window["size"][1]})
    return Answer(500, {"error": f"no window of class {name!r}"})


@_at("GET", "/browser_endpoint")
def _browser_endpoint(machine: Machine, asked: Asked) -> Answer:
    """Not of OSWorld: where its images forward a fixed port, ours differs from machine to machine."""
    return Answer(200, {"browser_endpoint": machine.browser_endpoint()})


# -- files and windows ----------------------------------------------------------------------------


@_at("POST", "/desktop_path")
def _desktop_path(machine: Machine, asked: Asked) -> Answer:
    path = f"{machine.home}/Desktop"
    if machine.run(["test", "-d", path]).code:
        return Answer(404, {"error": "Unsupported operating system or desktop path not found"})
    return Answer(200, {"desktop_path": path})


@_at("POST", "/file")
def _file(machine: Machine, asked: Asked) -> Answer:
    path = asked.form.get("file_path")
    if not path:
        return Answer(400, {"error": "file_path is required"})
    data = machine.read(path)
    return Answer(404, {"error": "File not found"}) if data is None else Answer(200, data)


@_at("POST", "/setup/upload")
def _upload(machine: Machine, asked: Asked) -> Answer:
    path = asked.form.get("file_path")
    if not path or "file_data" not in asked.files:
        return Answer(400, {"error": "file_path and file_data are required"})
    machine.write(path, asked.files["file_data"].read())
    return Answer(200, "File Uploaded")


@_at("POST", "/list_directory")
def _list_directory(machine: Machine, asked: Asked) -> Answer:
    if "path" not in asked.json:
        return Answer(400, {"error": "Missing 'path' parameter"})
    tree = machine.directory_tree(str(asked.json["path"]))
    if tree is None:
        return Answer(400, {"error": "The provided path is not a directory"})
    return Answer(200, {"directory_tree": tree})


@_at("POST", "/wallpaper")
def _wallpaper(machine: Machine, asked: Asked) -> Answer:
    picture = machine.wallpaper()
    return Answer(404, "Wallpaper file not found") if picture is None else Answer(200, picture, "image/png")


@_at("POST", "/setup/change_wallpaper")
def _change_wallpaper(machine: Machine, asked: Asked) -> Answer:
    path = _existing(machine, asked)
    setting = ["gsettings", "set", "org.gnome.desktop.background", "picture-uri", Path(path).as_uri()]
    ran = machine.run(setting)
    if ran.code:
        return Answer(500, f"Failed to change wallpaper. Error: {ran.err.strip()[:300]}")
    return Answer(200, "Wallpaper changed successfully")


@_at("POST", "/setup/open_file")
def _open_file(machine: Machine, asked: Asked) -> Answer:
    machine.open(_existing(machine, asked))
    return Answer(200, "File opened successfully")


def _existing(machine: Machine, asked: Asked) -> str:
    path = asked.json.get("path")
    if not isinstance(path, str) or not path:
        raise Refused(400, "Path not supplied!")
    path = f"{machine.home}{path[1:]}" if path.startswith("~") else path
    if machine.run(["test", "-e", path]).code:
        raise Refused(404, f"File not found: {path}")
    return path


@_at("POST", "/setup/download_file")
def _download(machine: Machine, asked: Asked) -> Answer:
    url, path = asked.json.get("url"), asked.json.get("path")
    if not url or not path:
        return Answer(400, "Path or URL not supplied!")
    import httpx

    try:
        found = httpx.get(str(url), follow_redirects=True, timeout=300.0).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as failure:
        return Answer(500, f"Failed to download {url}. Error: {failure}")
    machine.write(str(path), found.content)
    return Answer(200, "File downloaded successfully")


def _window(act: str) -> Route:
    def route(machine: Machine, asked: Asked) -> Answer:
        name = asked.json.get("window_name")
        if not isinstance(name, str) or not name:
            return Answer(400, "window_name required")
        strict, by_class = bool(asked.json.get("strict")), bool(asked.json.get("by_class"))
        # wmctrl, which OSWorld calls, does not say whether there was such a window; its answer is always yes.
        getattr(machine, f"{act}_window")(name, strict=strict, by_class=by_class)
        return Answer(200, f"Window {act}d successfully")

    return route


ROUTES["POST", "/setup/activate_window"] = _window("activate")
ROUTES["POST", "/setup/close_window"] = _window("close")


# -- recording ----------------------------------------------------------------------------


@_at("POST", "/start_recording")
def _start_recording(machine: Machine, asked: Asked) -> Answer:
    return Answer(200, {"status": "success", "message": "This machine records no video."})


@_at("POST", "/end_recording")
def _end_recording(machine: Machine, asked: Asked) -> Answer:
    return Answer(200, b"", "video/mp4")
