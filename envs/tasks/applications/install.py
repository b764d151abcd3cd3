"""Installing applications: each into a folder of its own in the user's cache, with its seeded data beside it."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.tasks.applications.base import AppError, Application, Instance

Say = Callable[[str], None]
PROGRAM, DATA = "program", "data"
_MARK, _LOG = "installed.json", "install.log"
_FORMAT = 1
_LIMIT_S, _SEED_S = 1200.0, 300.0
_LOCK_S = 1500.0


@dataclass(frozen=True)
class Installed:
    """An installation.

    Attributes:
        program: the virtual environment, or the folder with node_modules.
        data: the seeded data, which nobody writes to.
        seconds: what installing and seeding took.
        megabytes: what it takes on the disk, of 10^6 bytes.
    """

    program: Path
    data: Path
    seconds: float
    megabytes: float


def folder_of(app: Application) -> Path:
    """Where an application is, or would be. AGENT_APPS says another folder than the user's cache."""
    import platformdirs

    given = os.environ.get("AGENT_APPS")
    root = Path(given) if given else platformdirs.user_cache_path("gui-agent-toolkit", appauthor=False) / "apps"
    return root / app.name


def installed(app: Application) -> Installed | None:
    """The installation, as it is wanted now; None: it is not there, or another version or seed."""
    mark = _mark(app)
    if mark is None or mark["digests"] != digests(app):
        return None
    folder = folder_of(app)
    return Installed(folder / PROGRAM, folder / DATA, float(mark["seconds"]), float(mark["megabytes"]))


def _mark(app: Application) -> dict[str, Any] | None:
    """What was written down at the end of the installation; None: it has not come to its end."""
    try:
        mark = json.loads((folder_of(app) / _MARK).read_text("utf-8"))
        complete = {"digests", "seconds", "megabytes"} <= mark.keys() and isinstance(mark["digests"], dict)
        return mark if complete else None
    except (OSError, ValueError, AttributeError):
        return None


def digests(app: Application) -> dict[str, str]:
    """What an installation is made of: "program" changes with the packages, "data" with the code that seeds."""
    program = [str(_FORMAT), app.kind, app.version, *app.packages]
    parts = {"program": program, "data": [*program, _source(app)]}
    return {name: hashlib.sha256("\0".join(texts).encode()).hexdigest() for name, texts in parts.items()}


def missing(app: Application) -> str | None:
    """What keeps an application from being installed here, and what mends it, in one line; None: nothing."""
    if app.kind == "npm" and not (shutil.which("npm") and shutil.which("node")):
        return f"{app.name}: needs Node.js 20 or newer with npm, which are not installed"
    if app.kind == "desktop":
        absent = [name for name in app.packages if shutil.which(name) is None]
        if absent:
            return f"{app.name}: is not installed: sudo apt-get install -y {' '.join(absent)}"
    return None


def install(app: Application, say: Say | None = None) -> Installed:
    """Install an application and seed it, unless it is there already. Others that install it meanwhile wait.

    Raises:
        AppError: something is missing, or the package manager failed; its log is named.
    """
    from filelock import FileLock, Timeout

    if found := installed(app):
        return found
    if problem := missing(app):
        raise AppError(problem)
    folder = folder_of(app)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.parent / f".{app.name}.lock", timeout=_LOCK_S):
            return installed(app) or _install(app, folder, say)
    except Timeout:
        raise AppError(f"{app.name}: another process has been installing it for {_LOCK_S / 60:.0f} min") from None


def remove(app: Application) -> bool:
    """Remove an installation; whether there was one."""
    folder = folder_of(app)
    there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def run(argv: list[str], *, cwd: Path, log: Path, environ: dict[str, str] | None = None, limit_s: float) -> None:
    """Run a program to its end; what it says goes to the log.

    Raises:
        AppError: it fails, does not end, or is not there.
    """
    env = {**os.environ, "PYTHONNOUSERSITE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **(environ or {})}
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"):
        env.pop(name, None)  # ours is none of its business
    with log.open("ab") as out:
        out.write(f"\n$ {' '.join(argv)}\n".encode())
        out.flush()
        try:
            done = subprocess.run(argv, cwd=cwd, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                  timeout=limit_s, check=False)  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AppError(f"{argv[0]}: {error}") from error
    if done.returncode != 0:
        last = log.read_text("utf-8", "replace").strip().splitlines()[-1:]
        raise AppError(f"{Path(argv[0]).name} failed ({''.join(last)[:300]}); the whole log: {log}")


def _install(app: Application, folder: Path, say: Say | None) -> Installed:
    program, data = folder / PROGRAM, folder / DATA
    mark = _mark(app)
    began = time.monotonic()
    if mark is not None and mark["digests"].get("program") == digests(app)["program"]:
        began -= float(mark["seconds"])  # what is there was installed, too
        (folder / _MARK).unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
        program.mkdir(parents=True)
        if say:
            say(f"Installing {app.title} {app.version} into {folder}")
        _fetch(app, folder, program)
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    try:
        app.seed(Instance(program, data))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise AppError(f"{app.name}: its data cannot be seeded: {error}") from error
    found = Installed(program, data, round(time.monotonic() - began, 1), round(_size(folder) / 1e6, 1))
    written = {"digests": digests(app), "version": app.version, "seconds": found.seconds}
    (folder / _MARK).write_text(json.dumps({**written, "megabytes": found.megabytes}, indent=1), encoding="utf-8")
    return found


def _fetch(app: Application, folder: Path, program: Path) -> None:
    log = folder / _LOG
    if app.kind == "pip":
        wanted = folder / "requirements.txt"
        wanted.write_text("\n".join(app.packages) + "\n", encoding="utf-8")
        run([sys.executable, "-m", "venv", str(program)], cwd=folder, log=log, limit_s=_LIMIT_S)
        pip = [str(program / "bin" / "python"), "-m", "pip", "install", "--no-deps", "--no-input"]
        run([*pip, "-r", str(wanted)], cwd=folder, log=log, limit_s=_LIMIT_S)
    elif app.kind == "npm":
        manifest = {"name": f"app-{app.name}", "private": True, "version": "0.0.0"}
        (program / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
        npm = ["npm", "install", "--no-audit", "--no-fund", "--no-update-notifier", "--save-exact"]
        run([shutil.which("npm") or "npm", *npm[1:], *app.packages], cwd=program, log=log, limit_s=_LIMIT_S)


def seed_with(instance: Instance, argv: list[str], environ: dict[str, str] | None = None) -> None:
    """Run a program of the installation that makes data, in the folder of the data.

    Raises:
        AppError: it fails.
    """
    log = instance.data.parent / _LOG
    run(argv, cwd=instance.data, log=log, environ=environ, limit_s=_SEED_S)


def _source(app: Application) -> str:
    """The file that defines the application, whatever its layout and comments: it says what is seeded."""
    path = getattr(sys.modules.get(app.seed.__module__), "__file__", None)
    return ast.dump(ast.parse(Path(path).read_text("utf-8"))) if path else ""


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
