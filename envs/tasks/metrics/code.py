"""VS Code, its files, and programs that agents wrote (OSWorld's metrics/vscode)."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path
from typing import Any

from envs.tasks.metrics.base import METRICS, Unreadable, listed, of_files, text_of


def relaxed_json(text: str) -> Any:
    """JSON as VS Code writes it: with comments and commas at the end.

    Raises:
        Unreadable: it is none.
    """
    kept = re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or "", text, flags=re.S)
    kept = re.sub(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', lambda found: found[1] or "", kept, flags=re.S)
    try:
        return json.loads(kept)
    except json.JSONDecodeError as error:
        raise Unreadable(str(error)) from error


@of_files
def check_json_settings(result: str, rules: dict[str, Any]) -> float:
    """A settings file has every entry of `rules["expected"]`."""
    data = relaxed_json(text_of(result))
    return float(
        isinstance(data, dict) and all(key in data and data[key] == one for key, one in rules["expected"].items())
    )


@of_files
def check_json_keybindings(result: str, rules: dict[str, Any]) -> float:
    """keybindings.json has the binding `rules["expected"]`."""
    data = relaxed_json(text_of(result))
    return float(isinstance(data, list) and rules["expected"] in data)


@of_files
def compare_text_file(
    result: str, expected: str, *, ignore_blanks: bool = False, ignore_case: bool = False
) -> float:
    """Two text files are the same; `ignore_blanks`: runs of white space as one space; `ignore_case`: letters
    folded."""

    def shown(path: str) -> str:
        text = text_of(path)
        text = re.sub(r"\s+", " ", text.strip()) if ignore_blanks else text
        return text.lower() if ignore_case else text

    return float(shown(result) == shown(expected))


@of_files
def compare_config(result: str, rules: dict[str, Any]) -> float:
    """A text file is exactly `rules["expected"]`."""
    return float(text_of(result) == rules["expected"])


@of_files
def compare_answer(result: str, rules: dict[str, Any]) -> float:
    """The text is exactly `rules["expected"]`."""
    return float(result == rules["expected"])


@of_files
def is_extension_installed(result: str, rules: dict[str, Any]) -> float:
    """The list that `code --list-extensions` printed has `expected` (`type` contain) or not (not_contain).

    Raises:
        ValueError: another `type`.
    """
    if rules["type"] not in ("contain", "not_contain"):
        raise ValueError(f"rules.type: {rules['type']!r} is not one of contain, not_contain")
    return float((rules["expected"] in result) == (rules["type"] == "contain"))


@of_files
def check_html_background_image(result: str, rules: dict[str, Any]) -> float:
    """A style of an HTML file has the background picture `rules["value"]`."""
    from lxml import html

    root = html.document_fromstring(text_of(result).encode() or b"<p/>")
    styles = [one.text_content() for one in root.iter("style")] + [one.get("style") or "" for one in root.iter()]
    wanted = re.escape(rules["value"])
    pattern = rf"background(-image)?\s*:[^;}}]*url\(\s*(['\"]?){wanted}\2\s*\)"
    return float(any(re.search(pattern, one) for one in styles))


@of_files
def compare_result_files(result: str, expected: str) -> float:
    """Two text files hold the same number or, where the second holds none, the same text.

    A number also counts where it stands within other words.
    """
    got, wanted = text_of(result).strip(), text_of(expected).strip()
    try:
        number = float(wanted)
    except ValueError:
        return float(got == wanted)
    if re.search(rf"(?<![\d.]){re.escape(wanted)}(?!\.?\d)", got):
        return 1.0
    try:
        return float(abs(float(got) - number) < 1e-4)
    except ValueError:
        return 0.0


RUN_TEST = """\
import importlib.util, os, sys
folder, file, name = sys.argv[1:4]
os.chdir(folder)
sys.path.insert(0, folder)
spec = importlib.util.spec_from_file_location("judged", os.path.join(folder, file))
module = importlib.util.module_from_spec(spec)
sys.modules["judged"] = module
spec.loader.exec_module(module)
passed = bool(getattr(module, name)())
print("TEST PASSED" if passed else "TEST FAILED")
"""
"""Runs on the task's machine, never in this process."""


@METRICS
def check_python_file_by_test_suite(
    result: str | list[str | None] | None, expected: str | None, *, test_function_name: str = "test"
) -> float:
    """A test suite passes: its function `test_function_name` gives something true.

    It runs on the machine that the files came from, in a new folder with all of them and the suite.

    Args:
        result: the files, as `vm_file` fetched them.
        expected: the suite.

    Raises:
        ValueError: the task has no machine.
    """
    if expected is None or any(one is None for one in listed(result)):
        return 0.0
    machine = getattr(expected, "machine", None)
    if machine is None:
        raise ValueError("check_python_file_by_test_suite: the task has no machine to run the suite on")
    suite = Path(expected)
    # The suite may import files that vm_file fetched beside those which it gives.
    beside = [Path(one) for one in listed(result)] + [one for one in suite.parent.glob("*.py") if one != suite]
    folder = f"{machine.home}/.cache/judge-{uuid.uuid4().hex}"
    for path in dict.fromkeys([*beside, suite]):
        machine.write(f"{folder}/{path.name}", path.read_bytes())
    ran = machine.run(["python3", "-c", RUN_TEST, folder, suite.name, test_function_name], timeout_s=120)
    machine.run(["rm", "-r", folder])
    return float(ran.code == 0 and ran.out.rstrip().endswith("TEST PASSED"))
