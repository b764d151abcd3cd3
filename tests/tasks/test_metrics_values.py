"""Metrics over values : each with an ending that passes and one that does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.tasks.metrics import METRICS
from envs.tasks.metrics.base import matches_rule
from envs.tasks.metrics.media.colours import difference


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **METRICS.check(name, options, "options")))


TREE = (
    '<desktop-frame xmlns:st="uri:deskat:state.at-spi.gnome.org"><frame name="Inbox">'
    '<label name="To" st:visible="true">fox@x.org</label></frame></desktop-frame>'
)
TABS = [{"url": "https://www.a.org/", "title": ""}, {"url": "https://b.org/x", "title": ""}]
BAR = {
    "bookmark_bar": {
        "children": [
            {"type": "folder", "name": "Favorites", "children": []},
            {"type": "url", "name": "a", "url": "https://a.org/"},
            {"type": "folder", "name": "Liked Authors", "children": [
                {"type": "url", "name": "j", "url": "https://j.me/"}, {"type": "url", "name": "k", "url": "https://k.me/"},
            ]},
        ]
    }
}  # fmt: skip
UTC = "Local time: x\nUniversal time: x\nRTC time: x\nTime zone: Atlantic/Faroe (WET, +0000)\nNTP: no"
DESKTOP = "[Desktop Entry]\nName=Play 2048\nExec=chrome --app-id=abc\n"

CASES: list[tuple[str, Any, Any, Any, dict[str, Any]]] = [
    # metric, result that passes, result that does not, expected, options
    ("exact_match", "true", "false", {"expected": "true"}, {}),
    ("match_in_list", "de", "fr", {"expected": ["de", "de-DE"]}, {}),
    ("is_in_list", ["/x", "/y"], ["/x"], {"expected": "/y"}, {}),
    ("literal_match", "ABC", "abd", "abc", {"ignore_case": True}),
    ("literal_match", [1, 2], [2, 1], ["1", "2"], {"type": "list"}),
    (
        "check_include_exclude",
        "is killed",
        "is killed, not running",
        {"include": ["killed"], "exclude": ["not"]},
        {},
    ),
    ("check_include_exclude", "a", None, {"include": None, "exclude": None}, {}),
    ("check_direct_json_object", {"q": "drip", "x": 1}, {"q": "drop"}, {"expected": {"q": "drip"}}, {}),
    ("check_direct_json_object", "{'q': 'drip'}", "no json", {"expected": {"q": "drip"}}, {}),
    (
        "check_direct_json_object",
        {"k": ["a", "b"], "s": "long text"},
        {"k": ["c"], "s": "long text"},
        {"expect_in_result": True, "expected": {"k": ["b", "z"], "s": "text"}},
        {},
    ),
    (
        "check_accessibility_tree",
        TREE,
        TREE.replace("fox", "dog"),
        [{"selectors": ["frame[name=Inbox] label[st|visible]"], "text": "fox@x.org"}],
        {},
    ),
    ("check_accessibility_tree", TREE, TREE.replace("Inbox", "Sent"), [{"xpath": "//frame[@name='Inbox']"}], {}),
    (
        "check_gnome_favorite_apps",
        "['a.desktop', 'b.desktop']\n",
        "['a.desktop']",
        {"expected": ["b.desktop", "a.desktop"]},
        {},
    ),
    (
        "check_moved_jpgs",
        {"children": [{"name": "a.jpg"}]},
        {"children": [{"name": "a.jpg"}, {"name": "b.png"}]},
        {"expected": ["a.jpg"]},
        {},
    ),
    (
        "is_expected_active_tab",
        "https://www.a.org/x",
        "https://a.org/y",
        {"type": "url", "url": "https://a.org/x/"},
        {},
    ),
    (
        "is_expected_active_tab",
        {"url": "a.org"},
        {"url": "https://b.org"},
        {"type": "url", "url": "http://a.org/"},
        {},
    ),
    (
        "is_expected_active_tab_approximate",
        "https://a.org/x?y=1",
        "https://a.org/z?y=1",
        {"type": "url", "url": "https://a.org/x"},
        {},
    ),
    (
        "is_expected_url_pattern_match",
        {"url": "https://a.org/p?id=431"},
        {"url": "https://a.org/p"},
        {"expected": ["p\\?id=431"]},
        {},
    ),
    (
        "is_expected_search_query",
        {"url": "https://s.org/?q=Nereida&x"},
        {"url": "https://s.org/?q=No"},
        {"expect": {"pattern": "q=Nereida&"}},
        {},
    ),
    ("is_expected_tabs", TABS, TABS[:1], {"type": "url", "urls": ["https://b.org/x", "https://a.org"]}, {}),
    (
        "is_expected_bookmarks",
        BAR,
        {"bookmark_bar": {"children": []}},
        {"type": "bookmark_bar_folders_names", "names": ["Liked Authors", "Favorites"]},
        {},
    ),
    (
        "is_expected_bookmarks",
        BAR,
        {"bookmark_bar": {"children": []}},
        {"type": "bookmark_bar_websites_urls", "urls": ["https://a.org/"]},
        {},
    ),
    (
        "is_expected_bookmarks",
        BAR,
        {},
        {"type": "liked_authors_websites_urls", "urls": [["https://x/", "https://j.me/"], "https://k.me/"]},
        {},
    ),
    (
        "is_expected_installed_extensions",
        ["Zoom for Google Chrome", "b"],
        ["b"],
        {"expected": ["Zoom Chrome Extension"]},
        {},
    ),
    ("is_cookie_deleted", [(1, ".b.org")], [(1, ".a.org")], {"type": "domains", "domains": [".a.org"]}, {}),
    (
        "is_shortcut_on_desktop",
        {"p.desktop": DESKTOP},
        {"p.desktop": "Name=Play 2048 more\n"},
        {"type": "name", "name": "Play 2048"},
        {},
    ),
    (
        "check_history_deleted",
        [("https://b.org/", "", 0)],
        [("https://youtube.com/", "", 0)],
        {"type": "keywords", "keywords": ["youtube"]},
        {},
    ),
    ("check_enabled_experiments", ["quic@1"], [], {"type": "names", "names": ["quic"]}, {}),
    (
        "check_font_size",
        {"default_font_size": 20},
        {"default_font_size": 16},
        {"type": "range", "min": 16, "max": 99},
        {},
    ),
    ("check_font_size", {"default_font_size": 20}, {"default_font_size": 16}, {"type": "value", "value": 20}, {}),
    ("is_added_to_steam_cart", {"content": "Dota"}, {"content": ""}, {"items": ["Dota"]}, {}),
    ("is_extension_installed", "a.b\nc.d", "a.b", {"type": "contain", "expected": "c.d"}, {}),
    ("is_extension_installed", "a.b", "c.d", {"type": "not_contain", "expected": "c.d"}, {}),
    ("compare_answer", "4", "5", {"expected": "4"}, {}),
    ("is_vlc_fullscreen", {"width": 9, "height": 8}, {"width": 9, "height": 7}, {"width": 9, "height": 8}, {}),
]


@pytest.mark.parametrize(("name", "good", "bad", "expected", "options"), CASES)
def test_a_right_value_passes_and_a_wrong_one_does_not(
    name: str, good: Any, bad: Any, expected: Any, options: dict[str, Any]
) -> None:
    assert score(name, good, expected, **options) == 1
    assert score(name, bad, expected, **options) == 0
    assert score(name, None, expected, **options) == 0


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [("is_utc_0", UTC, UTC.replace("+0000", "+0100")), ("check_text_enlarged", "1.25\n", "1.0\n")],
)
def test_values_judged_without_a_rule(name: str, good: str, bad: str) -> None:
    assert (score(name, good), score(name, bad), score(name, None)) == (1, 0, 0)


def test_the_clipboard_holds_every_text() -> None:
    assert score("is_in_vm_clickboard", {"expected": ["a", "b"]}, "b and a") == 1
    assert score("is_in_vm_clickboard", {"expected": ["a", "c"]}, "b and a") == 0


def test_fuzzy_match_is_the_likeness() -> None:
    assert score("fuzzy_match", "abcd", {"expected": "abcd"}) == 1
    assert 0 < score("fuzzy_match", "abcx", {"expected": "abcd"}) < 1


@pytest.mark.parametrize(
    ("method", "value", "ref", "fits"),
    [
        ("eq", False, False, True), ("ne", 1, 1, False), ("le", 1, 1, True), ("gt", None, 1, False),
        ("re", "say Anonym now", "Anonym$", False), ("re.S.I", "ANONYM\nXYZ Lab", "Anonym.+XYZ", True),
        ("approx:0.1", "3.05", 3, True), ("approx:0.1", "three", 3, False), ("range.te", 2, [0, 2], True),
        ("range.te", 0, [0, 2], False), ("str_list_eq", "'a,b'", ["a", "b"], True),
        ("str_set_eq", "b,a", ["a", "b"], True), ("str_list_eq", "b,a", ["a", "b"], False),
    ],
)  # fmt: skip
def test_the_rule_language(method: str, value: Any, ref: Any, fits: bool) -> None:
    assert matches_rule(value, {"method": method, "ref": ref}) is fits


def test_a_method_that_is_not_known_is_named() -> None:
    with pytest.raises(ValueError, match="'about' is not known; accepted: eq, ne"):
        matches_rule(1, {"method": "about", "ref": 1})


@given(st.floats(-1e6, 1e6), st.floats(0, 10), st.floats(-20, 20))
def test_approx_is_a_distance(ref: float, reach: float, off: float) -> None:
    value = ref + off
    assert matches_rule(value, {"method": f"approx:{reach!r}", "ref": ref}) is (abs(value - ref) <= reach)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ],
)
def test_colour_difference_as_published(one: Any, other: Any, apart: float) -> None:
    assert difference(one, other) == pytest.approx(apart, abs=1e-4)


def test_every_metric_and_its_options_are_described() -> None:
    for name in METRICS.names():
        assert METRICS.get(name, "func").__doc__, name
        json.dumps(
            METRICS.check(name, {}, "options") if METRICS.positional(name) and name != "compare_table" else {}
        )
