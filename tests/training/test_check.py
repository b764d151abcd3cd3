"""`agent data check`: every kind of fault has its line, and no input breaks the checker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.training.data.check import check
from model.training.data.dataset import FolderData, dump_record, open_data
from model.training.data.records import Element, ParsedScreen
from tests.training.makers import ORIGIN, episode, folder, item, screen


def changed(data: FolderData, name: str, change: Any) -> list[str]:
    """The lines of the checker after one record's JSON was changed."""
    path = data.folder / "records.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    change(next(line for line in lines if line["id"] == name))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    return [str(fault) for fault in check(open_data(data.folder))]


@pytest.fixture
def data(tmp_path: Path) -> FolderData:
    data = folder(tmp_path / "set")
    picture = data.add_picture(screen(7))
    element = Element(kind="button", box=(10, 10, 50, 30), text="OK", states=("focused",))
    data.append(
        item(picture, "item"),
        episode(data),
        ParsedScreen(id="screen", origin=ORIGIN, picture=picture, elements=(element,)),
    )
    return data


def test_a_good_set_has_no_fault(data: FolderData) -> None:
    assert list(check(data)) == []


def put(*path: Any) -> Any:
    *inner, last, value = path

    def change(line: dict[str, Any]) -> None:
        place: Any = line
        for key in inner:
            place = place[key]
        place[last] = value

    return change


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("item", put("boxes", [[600, 10, 700, 30]]),
         "record 1 (item): boxes.0: [600, 10, 700, 30]; accepted: a box inside the picture, which is 640×400"),
        ("item", put("boxes", [[-1, 10, 70, 30]]), "boxes.0: [-1, 10, 70, 30]; accepted: a box inside"),
        ("item", put("boxes", [[50, 10, 50, 30]]), "is empty; accepted: left < right"),
        ("item", put("boxes", [["a", 10, 50, 30]]), 'boxes.0.0: "a"'),
        ("item", put("boxes", []), "boxes: is empty; accepted: at least one box, or absent: true"),
        ("item", put("absent", True), "accepted: none where absent is true"),
        ("item", put("instruction", ""), 'instruction: ""'),
        ("item", put("kind", "knob"), """kind: "knob": Input should be 'button'"""),
        ("item", put("record", "sound"), 'record: {"'),
        ("item", put("colour", "red"), 'colour: "red": Extra inputs are not permitted'),
        ("item", put("origin", {"source": "x"}), "origin.licence"),
        ("item", put("origin", "split", "exam"), """origin.split: "exam": Input should be 'train'"""),
        ("item", put("picture", "sha256", "abc"), 'picture.sha256: "abc"'),
        ("item", put("picture", "sha256", "0" * 64), "sha256 is"),
        ("item", put("picture", "phash", "0" * 16), "the record says 0000000000000000"),
        ("item", put("picture", "width", 800), "is 640×400; the record says 800×400"),
        ("item", put("picture", "path", "pictures/none.png"), "picture: pictures/none.png: cannot be read"),
        ("item", put("picture", "path", "../none.png"), "picture.path: '../none.png': accepted: a path below"),
        ("screen", put("elements", 0, "kind", "gadget"), """elements.0.kind: "gadget": Input should be"""),
        ("screen", put("elements", 0, "states", ["asleep"]), 'elements.0.states.0: "asleep"'),
        ("screen", put("elements", 0, "box", [0, 0, 641, 9]), "elements.0.box: [0, 0, 641, 9]; accepted"),
        ("episode", put("steps", []), "steps: []"),
        ("episode", put("steps", 0, "action", {"action": "click", "start_point": [1]}), "steps.0.action: "),
        ("episode", put("steps", 0, "action", {"action": "fly"}), "steps.0.action: action: "),
        ("episode", put("steps", 0, "action", {"action": "click", "start_point": [640, 10]}),
         "steps.0.action.start_point: [640, 10]; accepted: a pixel of the picture, which is 640×400"),
        ("episode", put("steps", 0, "target", [1, 2, 3, 900]), "steps.0.target: [1, 2, 3, 900]; accepted"),
        ("episode", put("actions", ["click", "finished", "fly"]), "actions.2: 'fly'; accepted: click"),
        ("episode", put("actions", ["click"]), "steps.3.action: 'finished' could not be done there"),
        ("episode", put("reward", 3), "reward: 3.0; accepted: a number from 0 to 1"),
        ("episode", put("id", "item"), "id: 'item' is taken by record 1; accepted: each once"),
    ],
)  # fmt: skip
def test_every_fault_has_its_line(data: FolderData, name: str, change: Any, told: str) -> None:
    lines = changed(data, name, change)
    assert any(told in line for line in lines), lines
    assert all(line.startswith("record ") for line in lines)


def test_a_truncated_picture_is_told_for_each_record_that_names_it(data: FolderData) -> None:
    picture = data.add_picture(screen(7))
    path = data.folder / picture.path
    path.write_bytes(path.read_bytes()[:-200])
    told = [str(fault) for fault in check(data)]
    assert [line.partition(":")[0] for line in told] == ["record 1 (item)", "record 3 (screen)"]
    assert all("cut off or changed" in line for line in told)
    assert list(check(data, pictures=False)) == []


def test_lines_that_are_no_records(data: FolderData) -> None:
    path = data.folder / "records.jsonl"
    with path.open("ab") as file:
        file.write(b'not json\n\n[1, 2]\n{"record": "grounding"}\n\xff\xfe{}\n{"record": "text", "id": "cut')
    told = [(fault.number, fault.field) for fault in check(data)]
    numbers = [number for number, _ in told]
    assert {4, 6, 7, 8, 9} <= set(numbers)
    assert 5 not in numbers, "an empty line is no record"
    assert numbers[-1] == 9
    assert "the last line breaks off" in str(list(check(data))[-1])


def test_an_empty_set_is_a_fault(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    assert [str(fault) for fault in check(data)] == ["data set: holds no record; accepted: at least one"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=300))
def test_no_bytes_break_the_checker(text: bytes, data: FolderData) -> None:
    good = [dump_record(record) for record in (item(data.add_picture(screen(7)), "item"),)]
    (data.folder / "records.jsonl").write_bytes(good[0] + b"\n" + text + b"\n")
    for fault in check(data):
        assert fault.number >= 2
        assert fault.problem
        json.dumps(fault.to_json())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    where=st.sampled_from(
        [
            "id",
            "boxes",
            "picture",
            "origin",
            "instruction",
            "absent",
            "kind",
            "steps",
            "action",
            "frame",
            "notes",
            "target",
            "task",
            "verdict",
        ]
    ),
    value=JSON,
    name=st.integers(0, 1),
)
def test_any_value_in_any_field_is_accepted_or_told(where: str, value: Any, name: int, data: FolderData) -> None:
    lines = [dump_record(record) for record in (item(data.add_picture(screen(7)), "item"), episode(data, steps=2))]
    line = json.loads(lines[name])
    place = line["steps"][0] if where in ("action", "frame", "notes", "target") and "steps" in line else line
    place[where] = value
    text = json.dumps(line).encode("utf-8", "surrogatepass")
    (data.folder / "records.jsonl").write_bytes(text + b"\n")
    faults = list(check(data))
    assert all(fault.problem for fault in faults)
    if not faults:
        assert len(list(data)) == 1
