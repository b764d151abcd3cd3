"""The JSON Schema of the actions, and validation that says in one line what is wrong.

``schema-v1.json`` beside this file is `json_schema()`, checked in so that other tools can read it
(``python -m action_space.schema`` writes it anew).
"""

from __future__ import annotations

import copy
import difflib
import json
import reprlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pydantic

from action_space import keys
from action_space.actions import ACTIONS, ADAPTER, HALVES, SCHEMA_VERSION, BaseAction
from action_space.formats.base import FormatError, well_formed
from action_space.geometry import Size

PATH = Path(__file__).with_name(f"schema-v{SCHEMA_VERSION}.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"

_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


@cache
def _exported() -> str:
    generated = ADAPTER.json_schema()
    definitions = generated["$defs"]
    for cls in ACTIONS.values():
        definition = definitions[cls.__name__]
        definition["x-extension"] = cls.EXTENSION
        definition["examples"] = [cls.EXAMPLE]
        # Pydantic gives the tag a default; on the wire it is what tells one action from another.
        definition["properties"]["action"].pop("default")
        definition["required"] = ["action", *definition.get("required", [])]
        for field in definition["properties"].values():
            field.pop("title", None)
            field.setdefault("x-extension", cls.EXTENSION)
    return json.dumps(
        {
            "$schema": DIALECT,
            "$id": f"urn:gui-agent-toolkit:action-space:v{SCHEMA_VERSION}",
            "title": "GUI action",
            "description": "One action of a GUI agent. Points are pixels of the screenshot that it answers.",
            "version": SCHEMA_VERSION,
            "oneOf": generated["oneOf"],
            "discriminator": generated["discriminator"],
            "$defs": definitions,
        }
    )


def json_schema() -> dict[str, Any]:
    """The whole action space as JSON Schema 2020-12. What MiMo-VL's table lacks has ``"x-extension": true``."""
    exported: dict[str, Any] = json.loads(_exported())
    return exported


_WHOLE = tuple(name for name in ACTIONS if name not in HALVES)
# Where a model that is asked for whole actions has to say the point, though a tool's action may leave it out.
POINTED = ("click", "drag", "longpress")


def wire_schema(size: Size, names: Iterable[str] = _WHOLE) -> dict[str, Any]:
    """Schema of one action for constrained decoding, its points bounded by the model's space.

    It is wider than `json_schema()` in one thing: lengths and patterns of texts are left out, because grammar
    libraries misread them (xgrammar takes control characters and refuses escapes in such texts; `validate` checks
    them afterwards). It is narrower in others: keys are canonical names and ASCII characters, a click, drag or
    long press says where, and a drag goes straight. In a space of 1×1 the points are fractions. The alternatives
    stand under `anyOf`, which servers know better than `oneOf`; they exclude each other by their first field.

    Args:
        size: of the space in which the model answers.
        names: actions to allow.
    """
    whole = json_schema()
    fraction = max(size) <= 1
    definitions = {ACTIONS[name].__name__: whole["$defs"][ACTIONS[name].__name__] for name in names}
    for definition in definitions.values():
        definition.pop("examples")
        definition.pop("x-extension")
        definition["properties"] = {name: _plain(field) for name, field in definition["properties"].items()}
        for unit in ("path", "notches"):
            definition["properties"].pop(unit, None)
        if definition["properties"]["action"]["const"] in POINTED:
            definition["required"] = [
                "action",
                *(f for f in ("start_point", "end_point") if f in definition["properties"]),
            ]
        if distance := definition["properties"].get("scroll_distance"):
            # The unit is the model's; the bound only keeps numbers short, what is too far goes to the end.
            distance |= {"type": "number", "minimum": 0.0001} if fraction else {}
            distance["maximum"] = 1000 if fraction else 1_000_000
        if chord := definition["properties"].get("keys"):
            chord["items"] = {"enum": [*keys.KEYS, *map(chr, range(33, 127))]}
        for field in definition["properties"].values():
            for axis, item in enumerate(field.get("prefixItems", ())):
                item["type"] = "number" if fraction else "integer"
                item["maximum"] = size[axis] if fraction else int(size[axis]) - 1
            for part in (field, field.get("items", {})):
                for key in (*_TEXT_BOUNDS, "examples", "x-extension", "default"):
                    part.pop(key, None)
    return {
        "$schema": DIALECT,
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in definitions],
        "$defs": definitions,
    }


_TEXT_BOUNDS = ("minLength", "maxLength", "pattern")


def with_text_bounds(wire: dict[str, Any]) -> dict[str, Any]:
    """A wire schema with the bounds of texts put back, for a grammar library that reads them right."""
    out, whole = copy.deepcopy(wire), json_schema()["$defs"]
    for name, definition in out.get("$defs", {}).items():
        for field, spec in definition.get("properties", {}).items():
            known = _plain(whole.get(name, {}).get("properties", {}).get(field, {}))
            for part, bounds in ((spec, known), (spec.get("items"), known.get("items"))):
                if part and bounds and part.get("type") == "string":
                    part |= {key: bounds[key] for key in _TEXT_BOUNDS if key in bounds}
    return out


def validate(data: object, size: Size | None = None) -> BaseAction:
    """The action that `data` (parsed JSON) stands for; names of keys become canonical.

    Args:
        size: of the screenshot; with it, points outside are refused.

    Raises:
        FormatError: it is not a valid action. One line names the field, its value and what is allowed.
    """
    if not isinstance(data, dict):
        raise FormatError(
            f"{shorten(data)} is no action; allowed: one JSON object with the field 'action'", value=shorten(data)
        )
    if "action" not in data:
        found = f"; the fields are {shorten(sorted(map(str, data)))}" if data else ""
        raise FormatError(
            f"the field 'action' is missing{found}; allowed: {_list(ACTIONS)}",
            field="action",
            allowed=_list(ACTIONS),
        )
    name = data["action"]
    if not isinstance(name, str) or name not in ACTIONS:
        raise FormatError(
            f"action: {shorten(name)} is no action{_near(name, ACTIONS)}; allowed: {_list(ACTIONS)}",
            field="action",
            value=shorten(name),
            allowed=_list(ACTIONS),
        )
    checker, fields, needed = _checker(name)
    for field in data:
        if field not in fields:
            allowed = ", ".join(f"{f} (needed)" if f in needed else f for f in fields)
            raise FormatError(
                f"{name}: unknown field {shorten(field)}{_near(field, fields)}; allowed: {allowed}",
                field=str(field)[:40],
                allowed=allowed,
            )
    # Null stands for "absent" in an optional field, so that the checker sees plain types only.
    said = ("start_point",) if name in POINTED else ()  # "nowhere" is left out, never said
    data = {
        field: value for field, value in data.items() if value is not None or not fields[field] or field in said
    }
    for field, value in data.items():
        data[field] = _written(name, field, value)
    if name == "press":
        data |= _struck(data)
    if error := min(checker.iter_errors(_bounded(data)), key=lambda e: [str(p) for p in e.path], default=None):
        raise _explained(name, error)
    if "keys" in data:
        data["keys"] = _keys(name, data["keys"])
    try:
        action: BaseAction = ADAPTER.validate_python(data)
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        raise FormatError(
            f"{name}.{field}: {shorten(first['input'])}: {first['msg'].splitlines()[0]}",
            field=field,
            value=shorten(first["input"]),
        ) from None
    if size is not None:
        for field, (x, y) in action.points().items():
            if not (x < size.width and y < size.height):
                raise outside(f"{name}.{field}", (x, y), size)
    return action


def outside(field: str, point: tuple[float, float], size: Size) -> FormatError:
    """The error for a point that is not in the picture. `field` is its dotted name."""
    x, y = point
    width, height = f"{size.width:g}", f"{size.height:g}"
    allowed = f"x 0–{size.width - 1:g}, y 0–{size.height - 1:g}" if max(size) > 1 else "x 0–1, y 0–1"
    swapped = " (inside it if x and y are swapped)" if 0 <= y < size.width and 0 <= x < size.height else ""
    return FormatError(
        f"{field}: [{x:.6g}, {y:.6g}] is outside the {width}×{height} picture{swapped}; allowed: {allowed}",
        field=field.rpartition(".")[2],
        value=shorten([x, y]),
        allowed=allowed,
    )


def shorten(value: object) -> str:
    """`value` for an error message: one line, at most 100 characters, however large it is."""
    shown = well_formed(" ".join(_REPR.repr(value).split()))
    return shown if len(shown) <= 100 else f"{shown[:97]}…"


_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _REPR.maxlong = 60
_REPR.maxlist = _REPR.maxdict = 6
_REPR.maxlevel = 3


@cache
def _checker(name: str) -> tuple[Any, dict[str, bool], list[str]]:
    """Validator, field → may be null, needed fields."""
    import jsonschema

    definition = json_schema()["$defs"][ACTIONS[name].__name__]
    nullable = {field: "anyOf" in spec for field, spec in definition["properties"].items()}
    definition["properties"] = {field: _plain(spec) for field, spec in definition["properties"].items()}
    return jsonschema.Draft202012Validator(definition), nullable, definition["required"]


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    """A field's schema without its ``null`` alternative."""
    if "anyOf" not in spec:
        return spec
    rest = {key: value for key, value in spec.items() if key != "anyOf"}
    return {**copy.deepcopy(spec["anyOf"][0]), **rest}


def _bounded(data: dict[str, Any]) -> dict[str, Any]:
    """The same with lists cut at 101 items: enough to be refused, too few to take long."""
    return {field: value[:101] if isinstance(value, list | tuple) else value for field, value in data.items()}


def _written(name: str, field: str, value: Any) -> Any:
    """`value` as it can be written to a file: halves of characters are joined, or replaced in a mere note.

    Raises:
        FormatError: half a character stands where the text is used as it is.
    """
    if isinstance(value, list | tuple):
        return [_written(name, field, item) if isinstance(item, str) else item for item in value]
    if not isinstance(value, str) or value.isascii():
        return value
    whole = well_formed(value)
    if "\ufffd" in whole and "\ufffd" not in value and (name, field) not in _PROSE:
        raise FormatError(
            f"{name}.{field}: {shorten(whole)} holds half a character (a lone surrogate); allowed: Unicode text",
            field=field,
            value=shorten(whole),
            allowed="Unicode text",
        )
    return whole


_PROSE = (("click", "text"), ("finished", "answer"), ("finished", "reason"), ("ask_user", "question"))


def _struck(data: dict[str, Any]) -> dict[str, Any]:
    """`keys` and `repeat` of a press whose last key is named several times."""
    names, repeat = data.get("keys"), data.get("repeat", 1)
    if (
        not isinstance(names, list | tuple)
        or not 1 < len(names) <= 1000
        or not all(isinstance(name, str) and name for name in names)
        or type(repeat) is not int
    ):
        return {}
    try:
        found, often = keys.struck(names)
    except ValueError as error:
        raise FormatError(
            f"press.keys: {error}", field="keys", value=shorten(names), allowed="names of action_space.keys"
        ) from None
    return {"keys": list(found), "repeat": repeat * often} if often > 1 else {}


def _keys(name: str, names: list[str]) -> tuple[str, ...]:
    try:
        return keys.chord(names)
    except ValueError as error:
        raise FormatError(
            f"{name}.keys: {error}", field="keys", value=shorten(names), allowed="names of action_space.keys"
        ) from None


def _explained(name: str, error: Any) -> FormatError:
    field = ".".join(str(part) for part in error.path)
    where, value, bound = f"{name}.{field}" if field else name, shorten(error.instance), error.validator_value
    spec = error.schema
    if error.validator == "required":
        missing = next(f for f in bound if f not in error.instance)
        return FormatError(
            f"{name}: the field '{missing}' is missing; needed: {', '.join(bound)}",
            field=missing,
            allowed=", ".join(bound),
        )
    if "prefixItems" in spec:
        allowed = "[x, y], two whole numbers"
    elif error.validator == "enum":
        allowed = ", ".join(map(str, bound))
    elif error.validator in ("minimum", "maximum"):
        allowed = f"{spec['minimum']} to {spec['maximum']}"
    elif error.validator in ("minLength", "maxLength"):
        value = f"a text of {len(error.instance)} characters ({value})"
        allowed = f"{spec.get('minLength', 0)} to {spec['maxLength']} characters"
    elif error.validator in ("minItems", "maxItems"):
        value = f"a list of {len(error.instance)}{'+' if len(error.instance) > 100 else ''} ({value})"
        allowed = f"{spec.get('minItems', 0)} to {spec['maxItems']} items"
    elif error.validator == "pattern":
        allowed = "an address that begins with http://, https:// or file:///, or about:blank"
    else:
        allowed = _KINDS.get(str(bound), str(bound))
    near = _near(error.instance, bound) if error.validator == "enum" else ""
    return FormatError(
        f"{where}: {value} is not allowed{near}; allowed: {allowed}", field=field, value=value, allowed=allowed
    )


def _near(value: object, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(value[:40].lower(), names, n=1) if isinstance(value, str) else []
    return f" (did you mean {near[0]}?)" if near else ""


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


if __name__ == "__main__":
    PATH.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
