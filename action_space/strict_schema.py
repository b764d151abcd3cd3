"""The subset of JSON Schema that OpenAI's strict mode takes, made of any schema of an action.

There (platform.openai.com, "Structured outputs": supported schemas) the root is one object, every object is closed
and every field required, with null for what is optional; alternatives may only stand further down, and there are
no tuples. So the alternatives of the root become one object that has all their fields.
"""

from __future__ import annotations

import json
from typing import Any

_Json = dict[str, Any]
_KEPT = ("type", "description", "enum", "const", "minimum", "maximum", "minItems", "maxItems")


def strict_schema(schema: _Json) -> _Json:
    """`schema` within strict mode. What obeys it, without its nulls, may still be refused by `schema`: fields of
    one action can be given to another."""
    return _strict(schema, schema.get("$defs", {}), root=True)


def _strict(schema: _Json, definitions: _Json, *, root: bool = False) -> _Json:
    schema = _resolved(schema, definitions)
    listed: list[_Json] = schema.get("anyOf") or schema.get("oneOf") or []
    alternatives = [_resolved(item, definitions) for item in listed]
    if alternatives and root:
        return _merged(alternatives, definitions)
    if alternatives:
        return {"anyOf": _distinct([_strict(item, definitions) for item in alternatives])}
    if "properties" in schema:
        return _merged([schema], definitions)
    out = {key: schema[key] for key in _KEPT if key in schema}
    items = schema.get("items")
    if "prefixItems" in schema:
        choices = _distinct([_strict(item, definitions) for item in schema["prefixItems"]])
        out["items"] = _widest(choices)
    elif isinstance(items, dict):
        out["items"] = _strict(items, definitions)
    return out


def _resolved(schema: _Json, definitions: _Json) -> _Json:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: _Json = definitions[name] if name else schema
    return found


def _merged(objects: list[_Json], definitions: _Json) -> _Json:
    """One closed object with the fields of all of them; null for a field that not all of them need."""
    fields: dict[str, list[_Json]] = {}
    for item in objects:
        for name, spec in item.get("properties", {}).items():
            fields.setdefault(name, []).append(_strict(spec, definitions))
    needed = set.intersection(*(set(item.get("required", ())) for item in objects))
    properties = {}
    for name, specs in fields.items():
        spec = _union(_distinct(specs))
        properties[name] = spec if name in needed else {"anyOf": [*spec.get("anyOf", [spec]), {"type": "null"}]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _union(specs: list[_Json]) -> _Json:
    if len(specs) == 1:
        return specs[0]
    if all("const" in spec or "enum" in spec for spec in specs):  # the field that tells the actions apart
        values = [value for spec in specs for value in spec.get("enum", [spec.get("const")])]
        return {"type": "string", "enum": list(dict.fromkeys(values))}
    bare = _distinct([{key: value for key, value in spec.items() if key != "description"} for spec in specs])
    return bare[0] if len(bare) == 1 else {"anyOf": bare}


def _widest(choices: list[_Json]) -> _Json:
    """One schema for every item of a tuple of numbers."""
    out = dict(choices[0])
    if all("maximum" in choice for choice in choices):
        out["maximum"] = max(choice["maximum"] for choice in choices)
    return out if len({choice.get("type") for choice in choices}) == 1 else {"anyOf": choices}


def _distinct(specs: list[_Json]) -> list[_Json]:
    return list({json.dumps(spec, sort_keys=True): spec for spec in specs}.values())
