"""Task files that are not right, and what they are told; metrics and conjunctions."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from envs import tasks
from envs.tasks.base import SetupFailed
from envs.tasks.metrics import answer_names, answer_number, only_these_changes
from envs.tasks.registry import TaskFileError
from envs.tasks.task_file import parse

GOOD: dict[str, Any] = {
    "id": "x",
    "instruction": "add SU7 to wishlist",
    "config": [{"type": "open_site", "parameters": {"site": "store"}}],
    "evaluator": {
        "func": "only_these_changes",
        "result": {"type": "site_changes"},
        "expected": {"type": "rule", "rules": {"wishlist": [{"product": "su7"}]}},
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """GOOD with one value set, or removed where it is `...`."""
    raw = copy.deepcopy(GOOD)
    *parents, last = path.split(".")
    part: Any = raw
    for name in parents:
        part = part[int(name)] if isinstance(part, list) else part[name]
    if value is ...:
        del part[last]
    else:
        part[last] = value
    return raw


def test_a_good_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(json.dumps(GOOD), encoding="utf-8")
    assert tasks.load(path).instruction == "add SU7 to wishlist"


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("id", ..., "^id: missing"),
        ("instruction", "", "instruction: ''"),
        ("evaluator", ..., "evaluator: missing"),
        ("evaluator.func", ..., "evaluator.func: missing"),
        ("evaluator.func", "only_this", "evaluator.func: 'only_this' is no known metric; accepted: "),
        ("evaluator.result", ..., "evaluator.result: missing"),
        ("evaluator.expected", ..., "evaluator.expected: missing, only_these_changes needs it"),
        (
            "evaluator.result.type",
            "vm_magic",
            "result.type: 'vm_magic' is no known getter; accepted: ",
        ),
        ("evaluator.result.path", "cart", "evaluator.result.path: unknown field; accepted here: none"),
        ("evaluator.conj", "xor", "evaluator.conj: 'xor'"),
        ("evaluator.marks", 3, "evaluator.marks: unknown field; accepted here: func, result"),
        ("evaluator.options", {"strict": True}, "evaluator.options.strict: unknown field"),
        ("evaluator.expected.rules", [], r"evaluator.expected.rules: \[\] is not accepted"),
        (
            "config.0.type",
            "open_sight",
            "config.0.type: 'open_sight' is no known set-up step; accepted: activate_window",
        ),
        ("config.0.parameters", {}, "config.0.parameters.site: missing"),
        ("config.0.parameters.port", 80, "config.0.parameters.port: unknown field; accepted here: site, path"),
        ("config.0.parameters.site", 5, "config.0.parameters.site: 5 is not accepted"),
        ("judge", {}, "judge: unknown field; accepted here: id, snapshot, instruction"),
        ("evaluator.func", ["exact_match"], "evaluator.result: dict is not accepted: func needs a list of 1"),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_accepted(path: str, value: Any, told: str) -> None:
    with pytest.raises(TaskFileError, match=told) as caught:
        parse(changed(path, value))
    assert "\n" not in str(caught.value)


def test_lists_of_unequal_length_are_told() -> None:
    raw = changed("evaluator", {"func": ["exact_match", "exact_match"], "result": [{"type": "answer"}]})
    with pytest.raises(TaskFileError, match=r"evaluator.result: has 1 entries, func has 2"):
        parse(raw)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "is not JSON: .*line 1"),
        (b"[]", "a JSON object is expected, not list"),
        (b"\xff\xfe", "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_task(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(TaskFileError, match=told) as caught:
        tasks.load(path)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TaskFileError, match="cannot be read: No such file"):
        tasks.load(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("path", "value", "options", "told"),
    [
        ("config.0.parameters.site", "shop", {}, "'shop' is not one of store"),
        ("config.0.parameters.options", {"lang": "fr"}, {}, "lang: 'fr'"),
        ("config", [], {"place": "browser"}, "opens nothing"),
        ("config", [], {"place": "moon"}, "place: 'moon' is not one of browser, display, remote"),
        ("config", [], {"place": "display", "headed": True}, "'headed' is not one of place, size, view"),
        ("config", [], {"place": "remote"}, "machine: missing"),
        ("config", [], {"place": "remote", "machine": "http://127.0.0.1:9"}, "127.0.0.1:9"),
        ("config", [{"type": "site_state", "parameters": {"state": {}}}], {}, "open_site comes first"),
        ("id", "x", {"colour": 1}, "options: 'colour' is not one of"),
    ],
)
def test_a_set_up_that_fails_says_so(path: str, value: Any, options: dict[str, Any], told: str) -> None:
    task = parse(changed(path, value), trust=True)
    with pytest.raises(SetupFailed, match=told):
        task.start(0, options)


STATE: dict[str, Any] = {
    "wishlist": [], "cart": [], "compare": [], "user": None, "newsletter": [], "language": "en", "orders": [],
    "test_drives": [], "cookies": None, "view": {"page": "home"},
}  # fmt: skip
PLAIN = {"product": "su7", "configuration": {"paint": "aqua-blue"}, "changed_options": []}
ORANGE = {"product": "su7", "configuration": {"paint": "lava-orange"}, "changed_options": ["paint"]}


@pytest.mark.parametrize(
    ("after", "rules", "score"),
    [
        ({"wishlist": [PLAIN]}, {"wishlist": [{"product": "su7"}]}, 1),
        ({"wishlist": [PLAIN], "cookies": "all", "view": {"page": "cart"}}, {"wishlist": [{"product": "su7"}]}, 1),
        ({"wishlist": [PLAIN, PLAIN]}, {"wishlist": [{"product": "su7"}]}, 0),
        ({"wishlist": [PLAIN], "cart": [PLAIN]}, {"wishlist": [{"product": "su7"}]}, 0),
        ({"wishlist": [PLAIN], "language": "zh"}, {"wishlist": [{"product": "su7"}]}, 0),
        ({"wishlist": [ORANGE]}, {"wishlist": [{"product": "su7"}]}, 0),
        ({"wishlist": [ORANGE]}, {"wishlist": [{"product": "su7", "configuration": {"paint": "lava-orange"}}]}, 1),
        ({"wishlist": [PLAIN]}, {"wishlist": [{"product": "su7", "configuration": {"paint": "lava-orange"}}]}, 0),
        ({"cart": [{**PLAIN, "quantity": 2}]}, {"cart": [{"product": "su7"}]}, 0),
        ({"cart": [{**PLAIN, "quantity": 2}]}, {"cart": [{"product": "su7", "quantity": 2}]}, 1),
        ({}, {}, 1),
        ({"cookies": "all"}, {"cookies": "necessary"}, 0),
    ],
)
def test_only_these_changes(after: dict[str, Any], rules: dict[str, Any], score: int) -> None:
    assert only_these_changes({"before": STATE, "after": {**STATE, **after}}, rules) == score


@pytest.mark.parametrize(
    ("answer", "score"),
    [("830 km", 1), ("The SU7 Pro goes 830 km.", 1), ("¥830", 1), ("830 or 700", 0), ("700", 0), ("", 0),
     (None, 0), ("8300", 0), ("83", 0)],
)  # fmt: skip
def test_answer_number(answer: str | None, score: int) -> None:
    assert answer_number(answer, {"expected": 830}) == score


def test_answer_number_reads_thousands() -> None:
    assert answer_number("¥229,900", {"expected": 229900}) == 1


@pytest.mark.parametrize(
    ("answer", "score"),
    [("YU7", 1), ("the yu7.", 1), ("YU7 Max", 0), ("YU7 or SU7", 0), ("续航最长的是YU7", 1), ("", 0), (None, 0)],
)
def test_answer_names(answer: str | None, score: int) -> None:
    assert answer_names(answer, {"expected": "YU7", "among": ["SU7", "YU7", "YU7 Max"]}) == score


@pytest.mark.browser
@pytest.mark.parametrize(
    ("conj", "answer", "score"), [("and", "7", 1), ("and", "8", 0), ("or", "8", 1), ("or", "7", 1)]
)
def test_conjunctions(conj: str, answer: str, score: float) -> None:
    rule = {"type": "rule", "rules": {"expected": "7"}}
    evaluator = {
        "func": ["exact_match", "only_these_changes"],
        "result": [{"type": "answer"}, {"type": "site_changes"}],
        "expected": [rule, {"type": "rule", "rules": {}}],
        "conj": conj,
    }
    episode = parse(changed("evaluator", evaluator)).start(0)
    try:
        assert episode.judge(answer).score == score
        assert episode.judge(answer, "infeasible").score == 0
    finally:
        episode.close()
