"""A machine behind OSWorld's HTTP server (port 5000 in its images; ours is `python -m envs.osworld.server`)."""

from __future__ import annotations

import json
import shlex
from pathlib import Path, PurePosixPath
from typing import Any

from action_space.geometry import Box, Size
from envs.machine.base import Command, MachineFault, Ran, Window
from envs.remote.client import HttpClient, NoAnswer, Unreachable, WrongService, json_of, said

HANDS = Path(__file__).with_name("guest_script.py")
_PLATFORMS = ("Linux", "Windows", "Darwin")
_SERVER_LIMIT_S = 120.0  # after which OSWorld's server ends a command by itself
_PART = 30_000  # characters, up to four bytes each; Linux takes arguments of 131,071 bytes


class RemoteMachine:
    """A `Machine` over HTTP; see there for the methods. Thread-safe.

    Args:
        url: such as "http://127.0.0.1:5000".
        timeout_s: limit for an answer, seconds.
        chromium_port: where the machine's Chromium takes DevTools connections.

    Raises:
        ValueError: the address is none.
        MachineFault: nothing answers there, or not OSWorld's server.
    """

    def __init__(self, url: str, timeout_s: float = 60.0, chromium_port: int = 9222) -> None:
        self._wire = HttpClient(url, timeout_s)
        self.url = self._wire.url
        self._chromium_port = chromium_port
        self._python = "python"
        try:
            self.platform = self._platform()
            self.home = self._home()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> RemoteMachine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect; the machine stays as it is. May be called twice."""
        self._wire.close()

    def _platform(self) -> str:
        answer = self._wire.ask("GET", "/platform")
        name = answer.text.strip().strip('"')
        if answer.status_code != 200 or name not in _PLATFORMS:
            raise WrongService(
                f"{self.url} is not OSWorld's server: it answers /platform with {answer.status_code} {name[:80]!r}"
            )
        return name

    def _home(self) -> str:
        found = self.python("import os; print(os.path.expanduser('~'))")
        if found.code or not found.out.strip():
            raise MachineFault(
                f"{self.url}: Python does not run on the machine: {(found.err or found.out)[-300:]}"
            )
        return found.out.strip()

    # -- programs -------------------------------------------------------------------------------------------

    def run(self, command: Command, *, shell: bool = False, timeout_s: float = _SERVER_LIMIT_S) -> Ran:
        """Run a command to its end and give its output. OSWorld's server ends it after 120 s at the latest.

        Raises:
            MachineFault: it did not end in time, or the machine failed.
        """
        payload = {"command": command if isinstance(command, str) else list(command), "shell": shell}
        answer = self._wire.act("/execute", timeout_s, json=payload)
        data = json_of(answer, "status")
        if "returncode" in data:
            return Ran(int(data["returncode"]), str(data.get("output") or ""), str(data.get("error") or ""))
        message = said(answer)
        if "No such file or directory" in message or "cannot find the file" in message:
            return Ran(127, err=message)
        if "timed out" in message:
            raise NoAnswer(f"{self.url}: {message}")
        raise MachineFault(f"{self.url} could not run {_short(command)}: {message}")

    def python(self, code: str, *args: str, timeout_s: float = _SERVER_LIMIT_S) -> Ran:
        """Run Python code of ours on the machine, in one request.

        Args:
            args: texts that `remote_hands.given_text` joins; any length.
        """
        parts = [f"={arg[at : at + _PART]}" for arg in args for at in range(0, len(arg), _PART)]
        ran = self.run([self._python, "-c", code, *parts], timeout_s=timeout_s)
        if ran.code == 127 and self._python == "python":
            self._python = "python3"  # nothing has run yet, so it may be sent again
            ran = self.run([self._python, "-c", code, *parts], timeout_s=timeout_s)
        return ran

    def hands(self, calls: str, *args: str, timeout_s: float = _SERVER_LIMIT_S) -> Ran:
        """Run calls of `remote_hands` and pyautogui on the machine, in one request."""
        return self.python(f"{HANDS.read_text('utf-8')}\n{calls}", *args, timeout_s=timeout_s)

    def start(self, command: Command, *, shell: bool = False) -> None:
        payload = {"command": command if isinstance(command, str) else list(command), "shell": shell}
        self._did(self._wire.act("/setup/launch", json=payload), f"start {_short(command)}")

    def open(self, path: str) -> None:
        if "://" in path:
            opener = {"Darwin": "open", "Windows": "explorer"}.get(self.platform, "xdg-open")
            self.start([opener, path])
            return
        self._did(self._wire.act("/setup/open_file", 1810.0, json={"path": path}), f"open {path!r}")

    # -- files ----------------------------------------------------------------------------------------------

    def read(self, path: str) -> bytes | None:
        answer = self._wire.ask("POST", "/file", data={"file_path": path})
        if answer.status_code == 404:
            return None
        self._did(answer, f"read {path!r}")
        return answer.content

    def write(self, path: str, data: bytes) -> None:
        # Writing the same file again does no harm; the folder is made where the server does not make it.
        answer = self._upload(path, data)
        if answer.status_code >= 500 and self.platform != "Windows":
            folder = str(PurePosixPath(path).parent)
            folder = f"{self.home}{folder[1:]}" if folder.startswith("~") else folder
            self.run(["mkdir", "-p", folder])
            answer = self._upload(path, data)
        self._did(answer, f"write {path!r}")

    def _upload(self, path: str, data: bytes) -> Any:
        files = {"file_data": (PurePosixPath(path).name or "file", data)}
        return self._wire.ask("POST", "/setup/upload", data={"file_path": path}, files=files)

    def directory_tree(self, path: str) -> dict[str, Any] | None:
        answer = self._wire.ask("POST", "/list_directory", json={"path": path})
        if answer.status_code in (400, 404):
            return None
        self._did(answer, f"list {path!r}")
        tree: dict[str, Any] = json_of(answer, "directory_tree")["directory_tree"]
        return tree

    # -- windows --------------------------------------------------------------------------------------------

    def windows(self) -> list[Window]:
        ran = self.hands("say(windows())")
        if ran.code:
            raise MachineFault(f"{self.url}: the windows cannot be listed: {_last(ran.err)}")
        return [
            Window(one["id"], one["title"], one["name"], Box(*one["box"]) if one["box"] else None, one["active"])
            for one in json.loads(ran.out.splitlines()[-1])
        ]

    def activate_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        return self._window("activate", name, strict, by_class)

    def close_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        return self._window("close", name, strict, by_class)

    def _window(self, what: str, name: str, strict: bool, by_class: bool) -> bool:
        # On Linux the server says yes whether or not there is such a window.
        if self.platform == "Linux" and not any(matches(one, name, strict, by_class) for one in self.windows()):
            return False
        payload = {"window_name": name, "strict": strict, "by_class": by_class}
        answer = self._wire.act(f"/setup/{what}_window", json=payload)
        if answer.status_code == 404:
            return False
        self._did(answer, f"{what} the window {name!r}")
        return True

    # -- what is seen ---------------------------------------------------------------------------------------

    def screen_size(self) -> Size:
        data = json_of(self._wire.ask("POST", "/screen_size"), "width", "height")
        return Size(int(data["width"]), int(data["height"]))

    def screenshot(self) -> bytes:
        answer = self._wire.ask("GET", "/screenshot")
        self._did(answer, "take a screenshot")
        if not answer.content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
            kind = answer.headers.get("content-type", "no type")
            raise WrongService(f"{self.url}/screenshot answers with {kind}, which is not a picture.")
        return answer.content

    def accessibility_tree(self) -> str | None:
        answer = self._wire.ask("GET", "/accessibility")
        return str(tree) if answer.status_code == 200 and (tree := json_of(answer, "AT")["AT"]) else None

    def terminal_output(self) -> str | None:
        answer = self._wire.ask("GET", "/terminal")
        output = json_of(answer, "output")["output"] if answer.status_code == 200 else None
        return None if output is None else str(output)

    def wallpaper(self) -> bytes | None:
        answer = self._wire.ask("POST", "/wallpaper")
        return answer.content if answer.status_code == 200 else None

    def cursor_position(self) -> tuple[int, int] | None:
        """Where the pointer is, device points; None: the server does not say."""
        ran = self.python("import pyautogui; print(*pyautogui.position())")
        x, _, y = ran.out.strip().rpartition("\n")[2].partition(" ")
        return (int(x), int(y)) if x.lstrip("-").isdigit() and y.lstrip("-").isdigit() else None

    def browser_endpoint(self) -> str | None:
        # Ours tells where; OSWorld's images forward a fixed port.
        answer = self._wire.ask("GET", "/browser_endpoint")
        if answer.status_code == 200:
            endpoint = json_of(answer, "browser_endpoint")["browser_endpoint"]
            return str(endpoint) if endpoint else None
        fixed = HttpClient(f"http://{self._wire.host}:{self._chromium_port}", 5.0)
        try:
            found = fixed.once("/json/version")
        except (Unreachable, NoAnswer, WrongService):
            return None
        finally:
            fixed.close()
        return fixed.url if found.status_code == 200 else None

    def _did(self, answer: Any, what: str) -> None:
        if answer.status_code >= 400:
            raise MachineFault(f"{self.url} could not {what}: {answer.status_code} {said(answer)}")


def matches(window: Window, name: str, strict: bool, by_class: bool) -> bool:
    """Whether a window is meant, by wmctrl's rules: part of the title or class in any case; strict: all of it."""
    where = window.name if by_class else window.title
    return where == name if strict else name.casefold() in where.casefold()


def _short(command: Command) -> str:
    text = command if isinstance(command, str) else shlex.join(command)
    return repr(text if len(text) <= 120 else text[:119] + "…")


def _last(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "it said nothing"
