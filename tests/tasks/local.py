"""A tiny machine for tests: this computer's shell and files under a folder that stands for the user's home."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

from action_space.geometry import Size
from envs.machine.base import Command, Ran, Window


class LocalMachine:
    """Runs and reads for real. It has no screen: what would need one is None, empty, or set by the test."""

    platform = "Linux"

    def __init__(self, home: Path) -> None:
        self.home = str(home)
        self.shown: list[Window] = []
        self.tree: str | None = None
        self.terminal: str | None = None
        self.picture: bytes | None = None
        self.endpoint: str | None = None
        self.browser_profile: str | None = None

    def _here(self, text: str) -> str:
        return text.replace("/home/user", self.home)

    def _path(self, path: str) -> Path:
        found = Path(self._here(path))
        return found if found.is_absolute() else Path(self.home, found)

    def run(self, command: Command, *, shell: bool = False, timeout_s: float = 120.0) -> Ran:
        words = shlex.split(command) if isinstance(command, str) and not shell else command
        argv = ["sh", "-c", self._here(str(command))] if shell else [self._here(word) for word in words]
        try:
            done = subprocess.run(
                argv, cwd=self.home, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except FileNotFoundError as error:
            return Ran(127, "", str(error))
        return Ran(done.returncode, done.stdout, done.stderr)

    def start(self, command: Command, *, shell: bool = False) -> None:
        raise NotImplementedError

    def read(self, path: str) -> bytes | None:
        found = self._path(path)
        return found.read_bytes() if found.is_file() else None

    def write(self, path: str, data: bytes) -> None:
        found = self._path(path)
        found.parent.mkdir(parents=True, exist_ok=True)
        found.write_bytes(data)

    def open(self, path: str) -> None:
        raise NotImplementedError

    def windows(self) -> list[Window]:
        return self.shown

    def activate_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        return False

    def close_window(self, name: str, *, strict: bool = False, by_class: bool = False) -> bool:
        return False

    def screen_size(self) -> Size:
        return Size(1280, 800)

    def screenshot(self) -> bytes:
        raise NotImplementedError

    def accessibility_tree(self) -> str | None:
        return self.tree

    def terminal_output(self) -> str | None:
        return self.terminal

    def wallpaper(self) -> bytes | None:
        return self.picture

    def directory_tree(self, path: str) -> dict[str, Any] | None:
        found = self._path(path)
        if not found.is_dir():
            return None
        return _tree(found)

    def browser_endpoint(self) -> str | None:
        return self.endpoint

    def close(self) -> None:
        pass


def _tree(path: Path) -> dict[str, Any]:
    if not path.is_dir():
        return {"type": "file", "name": path.name}
    return {"type": "directory", "name": path.name, "children": [_tree(one) for one in sorted(path.iterdir())]}
