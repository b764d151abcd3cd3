"""Component libraries as looks: a folder of built CSS, and a table of which class names draw which element.

The tables are data (kits.json, keyed by npm package name; none of the libraries is part of this project): a value
is a class string, alternatives separated by "|", or — where it begins with "<" — markup with `{t}` for the text,
`{id}`, `{checked}`, `{dis}` for attributes, `{?checked:name}` for what is there in that state only, `{~a|b}` for
any of them. `data-e`, `data-before` and `data-after` say which part of the markup *is* the element. A folder may
bring its own table as `kit.json`; for a library without a table the usual class names are looked for in its CSS.
"""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_NOT_THE_LIBRARY = re.compile(r"rtl|node_modules|grid|reboot|utilities|docs?[/.]|/src/|normalize", re.IGNORECASE)
_GUESSES = {
    "button": ["btn btn-primary", "button is-primary", "btn", "button", "Button"],
    "field": ["form-control", "form-input", "input", "text-input", "textfield"],
    "textarea": ["textarea", "form-control", "form-input"],
    "select": ["form-select", "custom-select", "select"],
    "checkbox": ["form-check-input", "checkbox"],
    "radio": ["form-check-input", "radio"],
    "switch": ["toggle"],
    "slider": ["form-range", "range", "slider"],
    "tabs": ["nav nav-tabs", "tabs"],
    "tab": ["nav-link", "tab"],
    "tab_on": ["active", "is-active", "selected"],
    "menu": ["list-group", "menu"],
    "menu_item": ["list-group-item", "menu-item"],
    "menu_on": ["active", "is-active"],
    "table": ["table"],
    "card": ["card", "panel", "box"],
    "badge": ["badge", "tag", "label", "chip"],
    "alert": ["alert", "notification", "message"],
    "link": ["link"],
}
_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")
_GLYPH = re.compile(
    r"\.([A-Za-z][\w]*)-([\w-]+?)(?:::?before)?\s*\{[^}]*?(?:content|--fa)\s*:\s*[\"'][^\"']+[\"']"
)


class KitError(ValueError):
    """A folder that is no component library: not there, or without CSS."""


@dataclass(frozen=True)
class Kit:
    """One library: where its CSS lies, what its classes are called, and the pictograms its font has."""

    name: str
    css: Path
    parts: dict[str, Any]
    css_dark: Path | None = None
    icons: dict[str, list[str]] = field(default_factory=dict)  # purpose → class strings

    @property
    def components(self) -> bool:
        """False for a mere set of pictograms."""
        return "button" in self.parts


def load_kit(folder: Path) -> Kit:
    """The library in `folder` (an unpacked npm package, or any folder with built CSS).

    Raises:
        KitError: the folder is not there, holds no CSS or nothing to draw with, or its kit.json cannot be read.
    """
    if not folder.is_dir():
        raise KitError(
            f"--kit {folder}: there is no such folder. Give the folder of an unpacked component library."
        )
    name = _package_name(folder)
    sheets = [p for p in sorted(folder.rglob("*.css")) if p.is_file() and p.stat().st_size > 200]
    if not sheets:
        raise KitError(
            f"--kit {folder}: no CSS file in it. Give a library's *built* package, as `npm pack` makes it."
        )
    parts = _described(folder, name)
    css = _sheet(sheets, folder, parts.get("css", ""))
    dark = _sheet(sheets, folder, parts["css_dark"]) if parts.get("css_dark") else None
    text = css.read_text("utf-8", errors="replace")
    if not parts:
        parts = _guess(set(_CLASS.findall(text)))
    kit = Kit(name, css, parts, dark, {} if parts.get("button") and "icon" not in parts else _icons(text, parts))
    if not kit.components and not kit.icons:
        raise KitError(
            f"--kit {folder}: {css.name} has neither the class names of a button that are usual nor pictograms. "
            "Name its classes in a kit.json in that folder (docs/synthesis.md)."
        )
    return kit


def _package_name(folder: Path) -> str:
    for path in [p for depth in ("", "*/", "*/*/") for p in sorted(folder.glob(depth + "package.json"))]:
        try:
            name = json.loads(path.read_text("utf-8")).get("name")
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(name, str) and name:
            return name
    return folder.name


def _described(folder: Path, name: str) -> dict[str, Any]:
    own = next((p for p in (folder / "kit.json", *folder.glob("*/kit.json")) if p.is_file()), None)
    if own:
        try:
            parts = json.loads(own.read_text("utf-8"))
        except ValueError as error:
            raise KitError(f"{own}: not JSON ({error}).") from error
        if not isinstance(parts, dict):
            raise KitError(f"{own}: must be an object of part → class names, not {type(parts).__name__}.")
        return parts
    known: dict[str, dict[str, Any]] = json.loads((_HERE / "kits.json").read_text("utf-8"))
    parts = known.get(name, {})
    return {**known[parts["like"]], **parts} if "like" in parts else parts


def _sheet(sheets: list[Path], folder: Path, wanted: str) -> Path:
    found = [p for p in sheets if wanted and p.as_posix().endswith("/" + wanted)]
    if wanted and not found:
        raise KitError(f"--kit {folder}: its description names {wanted}, which is not in it.")
    likely = (
        found or [p for p in sheets if not _NOT_THE_LIBRARY.search(p.relative_to(folder).as_posix())] or sheets
    )
    return min(likely, key=lambda p: (len(p.parts), p)) if found else max(likely, key=lambda p: p.stat().st_size)


def _guess(classes: set[str]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    for part, names in _GUESSES.items():
        fitting = [name for name in names if all(one in classes for one in name.split())]
        if fitting:
            parts[part] = fitting if part == "button" else fitting[0]
    return parts


def _icons(css: str, parts: dict[str, Any]) -> dict[str, list[str]]:
    """Purpose → classes of the pictograms whose names say that purpose."""
    names: dict[str, str] = {}
    prefixes: dict[str, int] = {}
    for prefix, rest in _GLYPH.findall(css):
        prefixes[prefix] = prefixes.get(prefix, 0) + 1
        names[f"{prefix}-{rest}"] = rest
    if not prefixes or max(prefixes.values()) < 40:
        return {}
    common = max(prefixes, key=lambda p: prefixes[p])
    base = parts.get("icon", common)
    found: dict[str, list[str]] = {}
    purposes = json.loads((_HERE / "words.json").read_text("utf-8"))["purposes"]
    for full, rest in names.items():
        if not full.startswith(common + "-"):
            continue
        words = re.split(r"[-_]", rest)
        for purpose, (keys, _) in purposes.items():
            if any(rest == key or (key in words[:1] and len(words) <= 2) for key in keys):
                found.setdefault(purpose, []).append(f"{base} {full}".strip())
    return found


def fill(template: str, rng: random.Random, states: tuple[str, ...], values: dict[str, str]) -> str:
    """The markup of a template; see the module's docstring for its signs."""

    def one(match: re.Match[str]) -> str:
        inner = match.group(1)
        if inner.startswith("~"):
            return rng.choice(inner[1:].split("|"))
        if inner.startswith("?"):
            state, _, text = inner[1:].partition(":")
            return text if (state in states) or (state == "unchecked" and "checked" not in states) else ""
        return values.get(inner, "")

    return re.sub(r"\{([~?]?[^{}\s\"'][^{}]*|\w+)\}", one, template)
