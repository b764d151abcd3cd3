"""The browser's profile on disk: settings, bookmarks, history, cookies (OSWorld's getters/chrome)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS, keep

PROFILES = {
    "Linux": (
        ".config/google-chrome", ".config/chromium", "snap/chromium/common/chromium",
    ),
    "Darwin": ("Library/Application Support/Google/Chrome", "Library/Application Support/Chromium"),
    "Windows": ("AppData/Local/Google/Chrome/User Data", "AppData/Local/Chromium/User Data"),
}  # fmt: skip
"""Folders of the browser's data under the user's home, the likeliest first."""


def profile_file(stage: TaskContext, name: str) -> bytes | None:
    """A file of the browser's data; None: it is not there.

    The folder is the one that the machine's browser was started with, where it tells, else the first that has it.
    """
    machine = stage.opened_machine()
    folders = [f"{machine.home}/{one}" for one in PROFILES.get(machine.platform, PROFILES["Linux"])]
    own = getattr(machine, "browser_profile", None)
    for folder in ([own] if isinstance(own, str) else []) + folders:
        data = machine.read(f"{folder}/{name}")
        if data is not None:
            return data
    return None


def _preferences(stage: TaskContext, name: str = "Default/Preferences") -> dict[str, Any]:
    data = profile_file(stage, name)
    try:
        found = json.loads(data) if data is not None else {}
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _word(value: Any) -> str:
    return "true" if value else "false"


@GETTERS
def default_search_engine(stage: TaskContext) -> str:
    """Name of the search engine; "Google" where none was chosen."""
    data = _preferences(stage).get("default_search_provider_data", {}).get("template_url_data", {})
    return str(data.get("short_name", "Google"))


@GETTERS
def bookmarks(stage: TaskContext) -> dict[str, Any]:
    """The roots of the bookmarks: bookmark_bar, other, synced; empty where there are none."""
    return dict(_preferences(stage, "Default/Bookmarks").get("roots", {}))


@GETTERS
def profile_name(stage: TaskContext) -> str | None:
    """The name of the profile."""
    name = _preferences(stage).get("profile", {}).get("name")
    return str(name) if name is not None else None


@GETTERS
def chrome_language(stage: TaskContext) -> str:
    """The language of the browser's own words; "en-US" where none was chosen."""
    return str(_preferences(stage, "Local State").get("intl", {}).get("app_locale", "en-US"))


@GETTERS
def chrome_font_size(stage: TaskContext) -> dict[str, int]:
    """Font sizes of pages, pixels: default, default fixed, minimum."""
    own = _preferences(stage).get("webkit", {}).get("webprefs", {})
    usual = {"default_font_size": 16, "default_fixed_font_size": 13, "minimum_font_size": 13}
    return {**usual, **{key: value for key, value in own.items() if key in usual}}


@GETTERS
def chrome_color_scheme(stage: TaskContext) -> str:
    """system, light or dark: what was chosen in the browser."""
    theme = _preferences(stage).get("browser", {}).get("theme", {})
    return {1: "light", 2: "dark"}.get(theme.get("color_scheme2", theme.get("color_scheme", 0)), "system")


@GETTERS
def chrome_appearance_mode_ui(stage: TaskContext) -> str:
    """As `chrome_color_scheme`."""
    return str(chrome_color_scheme(stage))


@GETTERS
def enable_do_not_track(stage: TaskContext) -> str:
    """ "true" or "false"."""
    return _word(_preferences(stage).get("enable_do_not_track", False))


@GETTERS
def enable_enhanced_safety_browsing(stage: TaskContext) -> str:
    """ "true" or "false"."""
    return _word(_preferences(stage).get("safebrowsing", {}).get("enhanced", False))


@GETTERS
def enable_safe_browsing(stage: TaskContext) -> str:
    """ "true" or "false": standard or enhanced protection."""
    own = _preferences(stage).get("safebrowsing", {})
    return _word(own.get("enhanced", False) or own.get("enabled", True))


@GETTERS
def new_startup_page(stage: TaskContext) -> str:
    """ "true" where the browser starts with a new tab, otherwise "false"."""
    session = _preferences(stage).get("session")
    return _word(session is None or session.get("restore_on_startup", 5) == 5)


@GETTERS
def data_delete_automacally(stage: TaskContext) -> str:
    """ "true" where sites' data is deleted when the browser closes, otherwise "false"."""
    return _word(_preferences(stage).get("profile", {}).get("default_content_setting_values") is not None)


def _extensions(stage: TaskContext) -> list[dict[str, Any]]:
    found: dict[str, Any] = {}
    for name in ("Default/Preferences", "Default/Secure Preferences"):
        found.update(_preferences(stage, name).get("extensions", {}).get("settings", {}))
    return [one for one in found.values() if isinstance(one, dict)]


@GETTERS
def find_unpacked_extension_path(stage: TaskContext) -> list[str]:
    """Paths of all extensions; in the user's home as OSWorld writes it."""
    home = stage.opened_machine().home
    paths = [str(one["path"]) for one in _extensions(stage) if "path" in one]
    return [f"/home/user{one.removeprefix(home)}" if one.startswith(f"{home}/") else one for one in paths]


@GETTERS
def find_installed_extension_name(stage: TaskContext) -> list[str]:
    """Names of all extensions."""
    return [str(one["manifest"]["name"]) for one in _extensions(stage) if "name" in one.get("manifest", {})]


@GETTERS
def enabled_experiments(stage: TaskContext) -> list[str]:
    """What is switched on in chrome://flags, each as "name@choice"."""
    return list(_preferences(stage, "Local State").get("browser", {}).get("enabled_labs_experiments", []))


@GETTERS
def history(stage: TaskContext, *, dest: str = "history.sqlite") -> list[tuple[Any, ...]]:
    """(address, title, time) of each visited page; times are microseconds since 1601."""
    return _rows(stage, "Default/History", dest, "SELECT url, title, last_visit_time FROM urls")


@GETTERS
def cookie_data(stage: TaskContext, *, dest: str = "cookies.sqlite") -> list[tuple[Any, ...]]:
    """The records of all cookies; the host is the second value of each."""
    found = _rows(stage, "Default/Cookies", dest, "SELECT * FROM cookies")
    return found or _rows(stage, "Default/Network/Cookies", dest, "SELECT * FROM cookies")


def _rows(stage: TaskContext, name: str, dest: str, query: str) -> list[tuple[Any, ...]]:
    path = keep(stage, dest, profile_file(stage, name))
    if path is None:
        return []
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    except sqlite3.DatabaseError:
        return []
    finally:
        connection.close()
