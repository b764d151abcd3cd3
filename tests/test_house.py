"""The rules of the house (ARCHITECTURE.md): what may import what, what stays light, what stays short."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELOW = {
    "action_space": set(),
    "model": {"action_space"},
    "envs": {"action_space"},
    "agent": {"action_space", "model", "envs"},
}
SOURCES = sorted(path for package in BELOW for path in (ROOT / package).rglob("*.py"))
HEAVY = {"torch", "transformers", "playwright", "cv2", "onnxruntime", "pyautogui", "mss", "miniwob"}

LONGEST = 400
MOST_FILES = 16
# Path → why it may be longer than LONGEST lines.
LONG: dict[str, str] = {
    "action_space/actions.py": "one table: every action of the schema with every field described",
    "envs/browser/session.py": "one object: a running browser with its tabs, dialogs, downloads and captures",
    "tests/tools/icons/drawings.py": "data only: one small drawing for each kind of picture",
}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text("utf-8"))) for path in SOURCES]


def imported(path: Path, tree: ast.Module) -> set[tuple[int, str]]:
    """Line and top-level package of every import, inside functions and under TYPE_CHECKING too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(node.lineno, alias.name.partition(".")[0]) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = path.relative_to(ROOT).parts[0] if node.level else (node.module or "").partition(".")[0]
            found.add((node.lineno, package))
    return found


def test_the_sources_are_found() -> None:
    assert len(SOURCES) > 30
    assert {path.relative_to(ROOT).parts[0] for path in SOURCES} == set(BELOW)


def test_imports_run_downwards_only() -> None:
    wrong = [
        f"{named(path)}:{line} imports {package}"
        for path, tree in trees()
        for line, package in sorted(imported(path, tree))
        if package in BELOW and package != (own := path.relative_to(ROOT).parts[0]) and package not in BELOW[own]
    ]
    assert wrong == []


def arrows() -> dict[str, set[str]]:
    """Module → the modules of ours that it names in an import, wherever the import stands."""
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in SOURCES
    }
    found: dict[str, set[str]] = {module: set() for module in modules}
    for path, tree in trees():
        own = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert not node.level, f"{named(path)}:{node.lineno}: relative imports are not used here"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            for name in names:
                while name and name not in modules:
                    name = name.rpartition(".")[0]
                if name and name != own:
                    found[own].add(name)
    return found


def test_no_imports_run_in_a_circle() -> None:
    """Also not inside functions or under TYPE_CHECKING: what is peeled off is what leads into no circle."""
    left = arrows()
    while free := [module for module, into in left.items() if not into & left.keys()]:
        for module in free:
            del left[module]
    assert {module: sorted(into & left.keys()) for module, into in left.items()} == {}


def test_no_folder_is_crowded() -> None:
    folders = Counter(path.parent for path in SOURCES)
    assert {named(folder): files for folder, files in folders.items() if files > MOST_FILES} == {}


@pytest.mark.parametrize(
    "package", sorted(named(path.parent).replace("/", ".") for path in SOURCES if path.name == "__init__.py")
)
def test_every_public_name_is_there(package: str) -> None:
    module = importlib.import_module(package)
    assert [name for name in getattr(module, "__all__", ()) if not hasattr(module, name)] == []


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh interpreter has loaded after `code`."""
    code += "\nimport json, sys; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


HELP = """
import sys
from agent.cli import main
sys.argv = ["agent", *{args!r}]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""


@pytest.mark.parametrize("package", [*BELOW, "agent.cli"])
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    assert not loaded_by(f"import {package}") & HEAVY


@pytest.mark.parametrize(
    "args", [["--help"], ["run", "--help"], ["doctor", "--help"], ["report", "--help"], ["version"]]
)
def test_help_loads_nothing_heavy(args: list[str]) -> None:
    loaded = loaded_by(HELP.format(args=args))
    assert "typer" in loaded
    assert not loaded & HEAVY


def test_no_file_is_long_without_a_reason() -> None:
    kinds = ("*.py", "*.js", "*.css", "*.html", "*.j2")
    files = [path for package in (*BELOW, "tests") for kind in kinds for path in (ROOT / package).rglob(kind)]
    lengths = {named(path): path.read_text("utf-8", "replace").count("\n") for path in files}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST}
    assert {name: lines for name, lines in long.items() if name not in LONG} == {}
    assert set(LONG) <= set(long), "a reason for a file that is not long any more"


def test_no_source_runs_text_as_code() -> None:
    wrong = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            if name in ("eval", "exec", "builtins.eval", "builtins.exec", "os.system", "os.popen"):
                wrong.append(f"{named(path)}:{node.lineno} calls {name}")
            # What task files ask of a task's own machine goes through `Machine.run`, which has its own `shell`.
            starts = name.startswith(("subprocess.", "asyncio.")) or name.endswith("Popen")
            plain = [word.value for word in node.keywords if word.arg == "shell"]
            if starts and any(not (isinstance(value, ast.Constant) and value.value is False) for value in plain):
                wrong.append(f"{named(path)}:{node.lineno} starts a shell")
    assert wrong == []
