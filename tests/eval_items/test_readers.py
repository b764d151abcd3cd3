"""Every layout is read, its oracle is right, and what is wrong with data is named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from PIL import Image

from agent.evaluate import EvalConfig, evaluate_items
from agent.evaluate.datasets.base import BadData
from agent.evaluate.datasets.locate import Locate
from agent.evaluate.recorded import screenagent
from agent.evaluate.suites import SUITES, load_items, load_tasks
from tests.eval_items.samples import (
    BUTTONS,
    COUNTS,
    LAYOUTS,
    SIZE,
    android_control_tfrecord,
    draw,
    osworld_g,
    own,
    screenspot,
    write,
)


@pytest.mark.parametrize("suite", LAYOUTS)
def test_a_layout_is_read_and_its_oracle_scores_one(tmp_path: Path, suite: str) -> None:
    loaded = load_items(suite, LAYOUTS[suite](tmp_path))
    assert len(loaded.items) == COUNTS[suite]
    assert loaded.data["items"] == COUNTS[suite]
    assert loaded.skipped == ()
    for item in loaded.items:
        assert item.score(item.oracle()).passed, item.id
        assert item.picture.is_file()
        assert item.instruction
        assert all(0 <= chance <= 1 for chance in item.chances().values())
        json.dumps(item.shown())


def test_every_suite_of_items_has_a_sample() -> None:
    assert set(LAYOUTS) == {row.name for row in SUITES.values() if row.kind == "items"} == set(COUNTS)


def test_screenspot_boxes_and_groups(tmp_path: Path) -> None:
    items = load_items("screenspot", screenspot(tmp_path)).items
    first = next(item for item in items if item.instruction == "save")
    assert isinstance(first, Locate)
    assert first.target.numbers == BUTTONS["Save"]
    assert {(item.groups["platform"], item.groups["source"]) for item in items} == {
        ("mobile", "android"),
        ("desktop", "windows"),
        ("web", "shop"),
    }


def test_an_item_of_osworld_g_counts_for_each_thing_that_it_tests(tmp_path: Path) -> None:
    folder = osworld_g(tmp_path)
    classes = {"classified": {"text_matching": [{"id": "a1"}], "layout": [{"id": "a1"}, {"id": "a2"}]}}
    write(folder / "classification_result.json", classes)
    groups = [item.groups["capability"] for item in load_items("osworld-g", folder).items]
    assert groups == [("text_matching", "layout"), ("layout",), "unclassified"]
    summary = evaluate_items(load_items("osworld-g", folder).items, EvalConfig("oracle"), tmp_path / "run")
    assert {name: one["of"] for name, one in summary["groups"]["capability"].items()} == {
        **{"layout": 2, "text_matching": 1, "unclassified": 1}
    }


def test_screenspot_converted_to_shares_with_pictures_inside(tmp_path: Path, monkeypatch) -> None:
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    from pyarrow import parquet

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    picture = draw(tmp_path / "window.png").read_bytes()
    box = [side / size for side, size in zip(BUTTONS["Save"], SIZE * 2, strict=True)]
    row = {
        "file_name": "window.png",
        "bbox": box,
        "instruction": "save",
        "data_type": "text",
        "data_source": "ios",
        "image": {"bytes": picture, "path": None},
    }
    (tmp_path / "set").mkdir()
    parquet.write_table(pyarrow.Table.from_pylist([row]), tmp_path / "set" / "test-00000.parquet")
    (item,) = load_items("screenspot-v2", tmp_path / "set").items
    assert isinstance(item, Locate)
    assert item.target.numbers == pytest.approx(BUTTONS["Save"])
    assert item.groups["platform"] == "mobile"
    assert item.picture.read_bytes() == picture


@pytest.mark.parametrize(
    ("suite", "variant", "check"),
    [
        ("screenspot-pro", "cn", lambda items: items[0].instruction == "点击Save"),
        ("osworld-g", "refined", lambda items: {item.instruction for item in items} == {"refined"}),
        ("visualwebbench", "webqa", lambda items: [item.id for item in items] == ["webqa-webqa_0"]),
        ("visualwebbench", "point", lambda items: [item.target.kind for item in items] == ["box", "box"]),
        ("android-control", "low", lambda items: items[1].instruction == "tap Save"),
        ("stepwise", "android-control", lambda items: items[0].rule.nearest),
        ("screenagent", "zh", lambda items: items[0].instruction == "点击保存"),
        ("websrc", "dev", lambda items: len(items) == 2),
    ],
)
def test_variants(tmp_path: Path, suite: str, variant: str, check) -> None:
    assert check(load_items(suite, LAYOUTS[suite](tmp_path), variant=variant).items)


@pytest.mark.parametrize(
    "suite", [name for name in LAYOUTS if name not in ("screenspot", "screenspot-v2", "folder")]
)
def test_an_unknown_variant_is_named(tmp_path: Path, suite: str) -> None:
    with pytest.raises(BadData, match=r"variant: 'nonsense' of .*; accepted: "):
        load_items(suite, LAYOUTS[suite](tmp_path), variant="nonsense")


def test_recorded_steps_become_actions_and_a_past(tmp_path: Path) -> None:
    items = load_items("stepwise", LAYOUTS["stepwise"](tmp_path)).items
    assert [item.action["action"] for item in items] == [
        *("click", "input", "scroll", "back", "longpress", "wait", "finished")
    ]
    assert items[0].action["start_point"] == [80, 50]
    assert items[2].action["direction"] == "down", "the finger goes up"
    assert [len(item.past) for item in items] == list(range(7))
    assert items[0].shown()["box"] == pytest.approx(list(BUTTONS["Save"]))
    (first, second) = load_items("screenagent", LAYOUTS["screenagent"](tmp_path / "other")).items
    assert (first.instruction, first.action["start_point"]) == ("press Save", [80, 50])
    assert second.action == {"action": "press", "keys": ["ctrl", "s"]}


def spoil(folder: Path, **fields: object) -> Path:
    """Changes the second item of a folder of one's own."""
    path = own(folder) / "items.jsonl"
    items = [json.loads(line) for line in path.read_text().splitlines()]
    items[1].update(fields)
    write(path, items)
    return folder


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"picture": "gone.png"}, "item 1 (polygon): picture: 'gone.png': there is no such picture"),
        ({"picture": "items.jsonl"}, "picture: items.jsonl: is not a picture that can be read"),
        ({"picture": None}, "picture: nothing names no picture"),
        ({"id": "box"}, "id: 'box' is taken by items.jsonl, item 0"),
        ({"polygon": [30, 150, 150, 150, 900, 200]}, "lies outside the picture, which is 400×240"),
        ({"polygon": [30, 150, 150, 150]}, "polygon: 2 corners; accepted: at least 3"),
        ({"polygon": [1, 1, 1, 1, 1, 1]}, "polygon: the polygon is empty"),
        ({"polygon": "no"}, 'polygon: "no"; accepted: an even count of numbers'),
        ({"box": [0, 0, 5, 5]}, "has box, polygon; accepted: exactly one of"),
        ({"instruction": " "}, "instruction: is empty; accepted: a text"),
        ({"instruction": 7}, "instruction: 7 is not a text"),
        ({"groups": "web"}, "groups: is no object"),
    ],
)
def test_a_bad_item_is_named_and_can_be_left_out(tmp_path: Path, fields: dict[str, object], told: str) -> None:
    folder = spoil(tmp_path, **fields)
    with pytest.raises(BadData) as refused:
        load_items("folder", folder)
    assert told in str(refused.value)
    assert str(folder / "items.jsonl") in str(refused.value)
    assert "1 of 4 items are not right; --skip-bad" in str(refused.value)
    loaded = load_items("folder", folder, skip_bad=True)
    assert len(loaded.items) == 3
    assert loaded.data["skipped"] == 1
    assert told in loaded.skipped[0]


def test_a_box_may_stand_out_by_a_hair_and_not_by_more(tmp_path: Path) -> None:
    def with_box(box: list[int]) -> Path:
        draw(tmp_path / "window.png")
        write(tmp_path / "items.jsonl", [{"picture": "window.png", "instruction": "x", "box": box}])
        return tmp_path

    assert len(load_items("folder", with_box([380, 200, 403, 241])).items) == 1
    for box, told in (
        ([380, 200, 410, 240], "outside"),
        ([50, 50, 50, 60], "is empty"),
        ([60, 50, 50, 60], "empty"),
    ):
        with pytest.raises(BadData, match=told):
            load_items("folder", with_box(box))


def test_many_complaints_are_counted(tmp_path: Path) -> None:
    draw(tmp_path / "window.png")
    write(tmp_path / "items.jsonl", [{"picture": f"{number}.png", "instruction": "x"} for number in range(9)])
    with pytest.raises(BadData, match=r"9 of 9 items are not right[\s\S]*and 4 more"):
        load_items("folder", tmp_path)
    with pytest.raises(BadData, match="nothing is left"):
        load_items("folder", tmp_path, skip_bad=True)


def test_another_layout_is_said(tmp_path: Path) -> None:
    screenspot(tmp_path)
    with pytest.raises(BadData, match=r"no annotations of OSWorld-G here; .* found screenspot_desktop\.json"):
        load_items("osworld-g", tmp_path)
    osworld_g(tmp_path / "g")
    (tmp_path / "g" / "OSWorld-G.json").rename(tmp_path / "g" / "screenspot_web.json")
    with pytest.raises(
        BadData, match=r"img_filename: nothing names no picture; the item has id, .*: another layout\?"
    ):
        load_items("screenspot", tmp_path / "g")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("items.jsonl", '{"id": 1}\n{"id', "items.jsonl: line 2 is not JSON"),
        ("items.json", "{", "items.json: is not JSON"),
        ("items.json", "7", "items.json: 7; accepted: a list of items"),
        ("items.json", "[7]", "items.json: item 0: 7 is no object with fields"),
        ("items.jsonl", "\udcff", "items.jsonl: cannot be read"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: str, told: str) -> None:
    (tmp_path / name).write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadData) as refused:
        load_items("folder", tmp_path)
    assert told in str(refused.value)


def test_no_folder_and_a_broken_parquet_file(tmp_path: Path) -> None:
    with pytest.raises(BadData, match="is not a folder; --data takes"):
        load_items("screenspot", tmp_path / "gone")
    with pytest.raises(ValueError, match="data: screenspot needs --data FOLDER"):
        load_items("screenspot", None)
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    (tmp_path / "a.parquet").write_bytes(b"no parquet")
    with pytest.raises(BadData, match=r"a\.parquet: is not a Parquet file"):
        load_items("screenspot", tmp_path)


def test_the_hash_follows_the_data(tmp_path: Path) -> None:
    first = load_items("folder", own(tmp_path / "a")).data["hash"]
    assert load_items("folder", own(tmp_path / "b")).data["hash"] == first, "not where it lies"
    assert load_items("folder", spoil(tmp_path / "c", instruction="other")).data["hash"] != first
    draw(tmp_path / "d" / "window.png", letters=True)
    write(
        tmp_path / "d" / "items.jsonl",
        [json.loads(x) for x in (tmp_path / "a/items.jsonl").read_text().split("\n")],
    )
    assert load_items("folder", tmp_path / "d").data["hash"] != first, "another picture"


def test_names_and_limit_choose(tmp_path: Path) -> None:
    folder = screenspot(tmp_path)
    assert [item.id for item in load_items("screenspot", folder, limit=3).items] == [
        *("screenspot_desktop-00000", "screenspot_mobile-00000", "screenspot_web-00000")
    ]
    assert len(load_items("screenspot", folder, names="screenspot_web-00001").items) == 1
    with pytest.raises(ValueError, match="tasks: nope not in screenspot"):
        load_items("screenspot", folder, names="nope")


def test_android_control_from_its_own_files(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = android_control_tfrecord(tmp_path)
    items = load_items("android-control", folder).items
    again = load_items("android-control", tmp_path / "json").items
    assert [(item.id, item.action, item.boxes) for item in items] == [
        (item.id, item.action, item.boxes) for item in again
    ]
    assert items[0].picture.read_bytes() == again[0].picture.read_bytes()
    write(folder / "splits.json", {"test": [8]})
    assert load_items("android-control", folder).items == []


def test_a_broken_tfrecord_file_is_named(tmp_path: Path) -> None:
    folder = android_control_tfrecord(tmp_path)
    path = folder / "android_control-00000-of-00001"
    content = gzip.decompress(path.read_bytes())
    for broken in (gzip.compress(content[:-200]), path.read_bytes()[:-40], b"no gzip"):
        path.write_bytes(broken)
        with pytest.raises(BadData, match="android_control-00000-of-00001: is no gzipped TFRecord"):
            load_items("android-control", folder)


def test_task_files_that_cannot_be_played_are_counted_and_left_out(tmp_path: Path) -> None:
    good = Path(__file__).parents[2] / "envs" / "tasks" / "suites" / "store" / "cart_empty.json"
    (tmp_path / "good.json").write_text(good.read_text())
    (tmp_path / "bad.json").write_text('{"id": "x"}')
    with pytest.raises(ValueError, match=r"1 of 2 task files cannot be played; --skip-bad [\s\S]*bad\.json"):
        load_tasks("osworld", tmp_path)
    assert [task.id for task in load_tasks("osworld", tmp_path, skip_bad=True)] == ["cart_empty"]
    with pytest.raises(ValueError, match="is not a folder"):
        load_tasks("osworld", tmp_path / "gone")


SAID = [
    ('The current subtask is "press Save". You can use the mouse.', "press Save"),
    ('The current subtask is "Find and click the "Highlight" button in the toolbar".\nYou can', 
     'Find and click the "Highlight" button in the toolbar'),
    ('The sub task now is "enter" bing. com "in the address bar".\n', 'enter" bing. com "in the address bar'),
    ('Your sub-task is to "open it"\n', "open it"),
    ("现在的子任务是“点击保存”。", "点击保存"),
    ('现在的子任务是 "点击‘高亮颜色’按钮"。\n您可以', "点击‘高亮颜色’按钮"),
    ("现在的子任务是：“输入 “bing.com” 并回车”。\n", "输入 “bing.com” 并回车"),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "subtask"), SAID)
def test_the_sub_task_of_screenagent(prompt: str, subtask: str) -> None:
    found = screenagent._SUBTASK.search(prompt)
    assert found is not None
    assert found[1].strip() == subtask


def test_a_move_that_begins_a_drag_is_part_of_it(tmp_path: Path) -> None:
    folder = LAYOUTS["screenagent"](tmp_path)
    path = sorted((folder / "s1").glob("*_translate.json"))[1]
    turn = json.loads(path.read_text("utf-8"))
    at = {"action_type": "MouseAction", "mouse_position": {"width": 10, "height": 20}}
    to = {"action_type": "MouseAction", "mouse_position": {"width": 70, "height": 40}}
    for first, second in (("move", "drag"), ("down", "move"), ("down", "drag")):
        begin = at | {"mouse_action_type": first, "mouse_button": "left"}
        turn["actions"] = [begin, to | {"mouse_action_type": second}]
        path.write_text(json.dumps(turn), "utf-8")
        step = load_items("screenagent", folder).items[0]
        assert step.action == {"action": "drag", "start_point": [10, 20], "end_point": [70, 40]}


def test_corners_where_screenspot_has_sizes(tmp_path: Path) -> None:
    folder = LAYOUTS["screenspot"](tmp_path)
    path, *others = folder.glob("screenspot_*.json")
    for other in others:
        other.unlink()
    items = json.loads(path.read_text("utf-8"))
    with Image.open(folder / "screenspot_imgs" / items[0]["img_filename"]) as picture:
        width, height = picture.size
    corners = [width // 2, height // 2, width - 2, height - 2]  # as sizes they would leave the picture
    path.write_text(json.dumps([{**items[0], "bbox": corners}]), "utf-8")
    assert load_items("screenspot", folder).items[0].target.numbers == tuple(corners)
    path.write_text(json.dumps([{**items[0], "bbox": [2, 2, 6, 5]}]), "utf-8")
    assert load_items("screenspot", folder).items[0].target.numbers == (2, 2, 8, 7)
    many = [{**items[0], "bbox": [n, n, n + 9, n + 8]} for n in range(1, 12)]
    path.write_text(json.dumps(many), "utf-8")
    assert load_items("screenspot", folder).items[2].target.numbers == (3, 3, 12, 11)
