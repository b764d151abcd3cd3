"""Writes ``docs/action-space.md`` from the models: ``python -m tests.tools.docs_actions``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from action_space import keys, schema
from action_space.actions import ACTIONS, CORE, EXTENSIONS, SCHEMA_VERSION, BaseAction

PATH = Path(__file__).parents[2] / "docs" / "action-space.md"

_HEAD = f"""\
# Action space, version {SCHEMA_VERSION}

Written by `python -m tests.tools.docs_actions` from `action_space/actions.py`. Change it there.

An action is one JSON object with the field `action`. The machine-readable form is
[`action_space/schema-v{SCHEMA_VERSION}.json`](../action_space/schema-v{SCHEMA_VERSION}.json) (JSON Schema
2020-12); `agent schema` prints it.

## Conventions

- **Core and extension.** The {len(CORE)} core actions are those of MiMo-VL's technical report (arXiv 2506.03569,
  table 5), with its names and fields. What that table lacks is an *extension*; actions and fields are marked so
  here, and with `"x-extension": true` in the schema.
- **Points** are `[x, y]`, whole pixels of the screenshot that the action answers, origin top left. A model that
  answers in another space (a resized picture, 0–1000, fractions) is mapped before validation; a point outside the
  picture is refused, never moved, unless it is within one pixel of the edge.
- **Directions** say where the *view* moves: `down` reveals what is below. MiMo-VL says the reverse on the wire;
  its format translates.
- **Distances** are screenshot pixels, **durations** milliseconds.
- **Texts** are typed exactly as they stand: no escapes. A line break presses Enter, also at the end; a tab presses
  Tab.
- **Halves of an action** (`key_down`, `key_up`, `mouse_down`, `mouse_up`) are for tools that speak in events, such
  as OSWorld's. A model that has whole actions is not offered them.
- **Unknown fields** are refused. A field left out has its default; `null` is the same as leaving an optional field
  out.
- Errors are one line that names the field, its value and what is allowed.
"""

# One fuller example per action: the fields that the short one leaves out. A test validates each.
_FULLER: dict[str, dict[str, Any]] = {
    "click": {"text": "Add to cart", "button": "right", "clicks": 2, "modifiers": ["ctrl", "shift"]},
    "scroll": {"start_point": [640, 400], "notches": 5, "modifiers": ["ctrl"]},
    "input": {"text": "小米 SU7 🚗", "clear": True, "submit": True},
    "drag": {"path": [[250, 280]], "button": "right", "modifiers": ["ctrl"]},
    "press": {"keys": ["shift", "down"], "repeat": 3, "duration_ms": 500},
    "finished": {"answer": "42", "reason": "The total stands at the bottom of the cart."},
    "longpress": {"duration_ms": 1500},
    "hover": {},
    "select": {"start_point": [640, 400]},
    "wait": {"duration_ms": 3000},
    "mouse_down": {"button": "right"},
    "mouse_up": {"button": "right"},
    "close_tab": {"index": 1},
    "dialog": {"text": "Blue"},
}


def examples(cls: type[BaseAction]) -> list[dict[str, Any]]:
    """The example of the model, and a fuller one where it has more fields."""
    name = cls.EXAMPLE["action"]
    return [cls.EXAMPLE, *([{**cls.EXAMPLE, **_FULLER[name]}] if _FULLER.get(name) else [])]


def page() -> str:
    """The whole page, Markdown."""
    definitions = schema.json_schema()["$defs"]
    parts = [_HEAD, _contents(), "## Core actions\n"]
    parts += [_section(ACTIONS[name], definitions) for name in CORE]
    parts.append("## Extensions\n")
    parts += [_section(ACTIONS[name], definitions) for name in EXTENSIONS]
    parts.append(_keys())
    return "\n".join(parts)


def _contents() -> str:
    def linked(names: tuple[str, ...]) -> str:
        return " · ".join(f"[`{name}`](#{name})" for name in names)

    return (
        "## Contents\n\n"
        "- [Conventions](#conventions)\n"
        f"- [Core actions](#core-actions): {linked(CORE)}\n"
        f"- [Extensions](#extensions): {linked(EXTENSIONS)}\n"
        "- [Keys](#keys)\n"
    )


def _section(cls: type[BaseAction], definitions: dict[str, Any]) -> str:
    name = cls.EXAMPLE["action"]
    definition = definitions[cls.__name__]
    snippets = "\n```\n\n```json\n".join(json.dumps(example, ensure_ascii=False) for example in examples(cls))
    fields = {field: spec for field, spec in definition["properties"].items() if field != "action"}
    lines = [
        f"### `{name}`\n",
        f"*{'Extension' if cls.EXTENSION else 'Core'}.* {definition['description']}\n",
        f"```json\n{snippets}\n```\n",
    ]
    if fields:
        lines += ["| Field | Type | Default | Meaning | |", "|---|---|---|---|---|"]
        lines += [
            _row(field, spec, field in definition["required"], cls.EXTENSION) for field, spec in fields.items()
        ]
    else:
        lines.append("It has no fields.")
    return "\n".join(lines) + "\n"


def _row(field: str, spec: dict[str, Any], needed: bool, extension: bool) -> str:
    default = "**needed**" if needed else "absent" if "anyOf" in spec else f"`{json.dumps(spec['default'])}`"
    mark = "extension" if spec["x-extension"] and not extension else ""
    return f"| `{field}` | {_type(spec)} | {default} | {spec['description']} | {mark} |"


def _type(spec: dict[str, Any]) -> str:
    spec = spec["anyOf"][0] if "anyOf" in spec else spec
    if "enum" in spec:
        return " \\| ".join(f"`{value}`" for value in spec["enum"])
    if "prefixItems" in spec:
        item = spec["prefixItems"][0]
        return f"point `[x, y]`, whole numbers {item['minimum']}–{item['maximum']}"
    if spec["type"] == "integer":
        return f"whole number {spec['minimum']}–{spec['maximum']}"
    if spec["type"] == "array":
        return f"list of {_type(spec['items'])}; {spec.get('minItems', 0)}–{spec['maxItems']} items"
    if spec["type"] == "string":
        least = f"{spec['minLength']}–" if "minLength" in spec else "at most "
        pattern = ", `http://`, `https://`, `file:///` or `about:blank`" if "pattern" in spec else ""
        return f"text, {least}{spec['maxLength']} characters{pattern}"
    return {"boolean": "`true` \\| `false`"}[spec["type"]]


def _keys() -> str:
    names = [key for key in keys.KEYS if not (key[0] == "f" and key[1:].isdigit())]
    listed = ", ".join(f"`{key}`" for key in names)
    return (
        "## Keys\n\n"
        f"`press.keys` holds names of this list, `f1` to `f24`, or one printable character:\n\n{listed}\n\n"
        "Names of other tools (`Return`, `Control`, `cmd`, `ArrowDown`, `page_down`, `Prior`) are read as these. "
        "With ctrl, alt or meta a letter names its key: `ctrl` and `A` are `ctrl` and `a`.\n"
    )


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(page(), encoding="utf-8")
    print(PATH)
