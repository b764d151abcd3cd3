"""The desktop itself: settings, folders and the clipboard (OSWorld's metrics/basic_os)."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from envs.tasks.metrics.base import METRICS, as_number, listed, of_files


@of_files
def check_gnome_favorite_apps(result: str, rules: dict[str, Any]) -> float:
    """The list that `gsettings get org.gnome.shell favorite-apps` printed holds `rules["expected"]`, in any
    order."""
    text = result.strip().removeprefix("@as").strip()
    try:
        apps = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return 0.0
    return float(isinstance(apps, list) and sorted(map(str, apps)) == sorted(rules["expected"]))


@of_files
def is_utc_0(result: str) -> float:
    """What `timedatectl` printed names a time zone at +0000."""
    return float(re.search(r"Time zone:.*\+0000\)", result) is not None)


@of_files
def check_text_enlarged(result: str) -> float:
    """The text scaling factor that `gsettings get` printed is above 1."""
    factor = as_number(result.strip())
    return float(factor is not None and factor > 1.0)


@of_files
def check_moved_jpgs(result: dict[str, Any], rules: dict[str, Any]) -> float:
    """A directory tree holds exactly the names `rules["expected"]` at its top."""
    return float(sorted(one["name"] for one in result.get("children", [])) == sorted(rules["expected"]))


@of_files
def is_in_vm_clickboard(result: dict[str, Any], expected: str) -> float:
    """The clipboard's text (`expected`: what a command printed) holds every text of the rule
    `result["expected"]`."""
    return float(all(text in expected for text in listed(result["expected"])))


@METRICS
def check_file_exists(result: Any, expected: Any = None) -> float:
    """The file was there to fetch; or, of a folder and a file name, the file is in it."""
    if not isinstance(result, str) or not result:
        return 0.0
    return float((Path(result) / expected if isinstance(expected, str) else Path(result)).is_file())
