from __future__ import annotations

import json

import jsonschema
import pytest

from action_space import schema
from action_space.actions import ACTIONS, CORE, EXTENSIONS
from action_space.formats import FormatError
from action_space.geometry import Size
from tests.tools import docs_actions as docs


def test_exported_file_is_in_step() -> None:
    """`python -m action_space.schema` writes it anew."""
    assert json.loads(schema.PATH.read_text(encoding="utf-8")) == schema.json_schema()


def test_documentation_is_in_step() -> None:
    """`python -m tests.tools.docs_actions` writes it anew."""
    assert docs.PATH.read_text(encoding="utf-8") == docs.page()


def test_the_core_is_mimo_vls_table() -> None:
    table = {"click", "scroll", "input", "drag", "open", "press", "finished", "longpress", "hover", "select"}
    assert set(CORE) == table | {"wait", "appswitch"}
    assert not set(CORE) & set(EXTENSIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_every_documented_example_is_valid_everywhere(name: str) -> None:
    whole = jsonschema.Draft202012Validator(schema.json_schema())
    for example in docs.examples(ACTIONS[name]):
        whole.validate(example)
        read = schema.validate(schema.validate(example, Size(1280, 800)).to_json()).model_dump(mode="json")
        assert {field: read[field] for field in example} == example


@pytest.mark.parametrize("name", ACTIONS)
def test_every_field_is_documented(name: str) -> None:
    definition = schema.json_schema()["$defs"][ACTIONS[name].__name__]
    shown = {field for example in docs.examples(ACTIONS[name]) for field in example}
    for field, spec in definition["properties"].items():
        assert field == "action" or len(spec["description"]) > 10
        assert field in shown, "the fuller example shows every field"
    assert definition["required"][0] == "action"


def test_extensions_are_marked() -> None:
    definitions = schema.json_schema()["$defs"]
    assert jsonschema.Draft202012Validator.check_schema(schema.json_schema()) is None
    assert definitions["Navigate"]["x-extension"] is True
    assert definitions["Click"]["x-extension"] is False
    assert definitions["Click"]["properties"]["modifiers"]["x-extension"] is True
    assert definitions["Click"]["properties"]["start_point"]["x-extension"] is False


def test_wire_schema_allows_only_the_named_actions() -> None:
    check = jsonschema.Draft202012Validator(schema.wire_schema(Size(100, 50), ["click", "wait"])).is_valid
    assert check({"action": "wait"})
    assert check({"action": "click", "start_point": [99, 49]})
    assert not check({"action": "click", "start_point": [100, 49]})
    assert not check({"action": "back"})


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ([], "", "[] is no action; allowed: one JSON object with the field 'action'"),
        ({"action": None}, "action", "action: None is no action; allowed: click, scroll,"),
        ({"action": "clik"}, "action", "action: 'clik' is no action (did you mean click?)"),
        (
            {"action": "wait", "time": 1},
            "time",
            "wait: unknown field 'time'; allowed: action (needed), duration_ms",
        ),
        ({"action": "drag", "start_point": [1, 2]}, "end_point", "drag: the field 'end_point' is missing"),
        ({"action": "click", "start_point": [1280, 3]}, "start_point", "outside the 1280×800 picture"),
        (
            {"action": "click", "start_point": [1, 2.5]},
            "start_point.1",
            "2.5 is not allowed; allowed: a whole number",
        ),
        ({"action": "click", "start_point": None}, "start_point", "allowed: [x, y], two whole numbers"),
        ({"action": "click", "start_point": [1, 2], "clicks": True}, "clicks", "True is not allowed"),
        ({"action": "click", "start_point": [1, 2], "button": "lft"}, "button", "(did you mean left?)"),
        ({"action": "press", "keys": ["ctlr", "a"]}, "keys", "press.keys: 'ctlr' is no key; near it: ctrl"),
        ({"action": "input", "text": "\ud83d"}, "text", "input.text"),
        ({"action": "input", "text": "a" * 10**6}, "text", "a text of 1000000 characters"),
        ({"action": "press", "keys": ["a"] * 10**6}, "keys", "allowed: 1 to 6 items"),
        ({"action": "open", "app": ["a" * 10**6] * 9}, "app", "allowed: a text"),
    ],
    ids=range(15),
)
def test_errors_name_field_value_and_what_is_allowed(data: object, field: str, message: str) -> None:
    with pytest.raises(FormatError) as error:
        schema.validate(data, Size(1280, 800))
    assert error.value.field == field
    assert message in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def test_validation_changes_nothing_that_it_was_given() -> None:
    data = {"action": "press", "keys": ["Control", "A"], "extra": None}
    del data["extra"]
    assert schema.validate(data).to_json() == {"action": "press", "keys": ["ctrl", "a"]}
    assert data == {"action": "press", "keys": ["Control", "A"]}
