"""Metrics over text files, settings and databases: each with an ending that passes and one that does not."""

from __future__ import annotations

import csv
import datetime
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from envs.tasks.metrics import METRICS


def score(name: str, *values: Any, **options: Any) -> float:
    return float(METRICS.get(name, "func")(*values, **METRICS.check(name, options, "options")))


PLAYING = (
    "<root><state>playing</state><information><category name='meta'>"
    "<info name='filename'>a.mp4</info></category></information></root>"
)
FILES: list[tuple[str, str, str, Any, dict[str, Any]]] = [
    # metric, text that passes, text that does not, rules, options
    ("check_csv", "url,user\na,b\n", "url,user\na,x\n", {"expect": [{"url": "a", "user": "b"}]}, {}),
    ("check_csv", "url,user\na,b\n", "url,user\nimap,me\n", {"unexpect": [{"url": "imap"}]}, {}),
    ("check_list", "one\njdk-11-jre\n", "one\n", {"expect": [r"jdk-\d+"]}, {}),
    ("check_list", "one\n", "two\n", {"unexpect": ["two"]}, {}),
    (
        "check_json",
        '{"a": {"b": [1]}}',
        '{"a": {}}',
        {"expect": [{"key": ["a", "b", 0], "method": "eq", "ref": 1}]},
        {},
    ),
    ("check_json", "{}", '{"a": 1}', {"unexpect": [{"key": ["a"], "method": "eq", "ref": 1}]}, {}),
    (
        "check_json",
        "name: Test\n",
        "name: [",
        {"expect": [{"key": ["name"], "method": "eq", "ref": "Test"}]},
        {"is_yaml": True},
    ),
    ("file_contains", "CPU %user\n", "CPU\n", {"expected": ["CPU", "%user"]}, {}),
    ("check_line_number", "10:00:01 a\nb\n23:59:59 c\n", "10:00:01\n", {"expected": "2"}, {}),
    ("compare_config", "project", "project\n", {"expected": "project"}, {}),
    ("check_json_settings", '{"a": 1, // why\n "b": [2,],}', '{"a": 2}', {"expected": {"a": 1}}, {}),
    (
        "check_json_keybindings",
        '// keys\n[{"key": "ctrl+j", "command": "x"}]',
        "[]",
        {"expected": {"key": "ctrl+j", "command": "x"}},
        {},
    ),
    (
        "check_html_background_image",
        "<style>body {background-image: url('b.png')}</style>",
        "<style>b{}</style>",
        {"value": "b.png"},
        {},
    ),
    (
        "check_config_status",
        '# c\n(layer-new-name "Square")\n',
        '(layer-new-name "Round")\n',
        {"key": "layer-new-name", "value": '"Square"'},
        {},
    ),
    ("check_config_status", "(theme x dark)\n", "(theme y dark)\n", {"key": ["theme", "x"], "value": "dark"}, {}),
    (
        "is_vlc_recordings_folder",
        "#input-record-path=/x\ninput-record-path=/D\n",
        "#input-record-path=/D\n",
        {"recording_file_path": "/D"},
        {},
    ),
    ("check_qt_bgcone", "qt-bgcone=0\n", "#qt-bgcone=0\n", {"expected_qt_bgcone": 0}, {}),
    ("check_qt_max_volume", "qt-max-volume=200\n", "", {"expected_qt_max_volume": 200}, {}),
    ("check_qt_minimal_view", "qt-minimal-view=1\n", "", {"expected_qt_minimal_view": 1}, {}),
    ("check_qt_slider_colours", "qt-slider-colours=1;2;3;4;5;6\n", "", {"type": "blackish"}, {}),
    (
        "check_qt_slider_colours",
        "qt-slider-colours=1;2;3\n",
        "",
        {"type": "match", "expected_qt_slider_colours": "1;2;3"},
        {},
    ),
    (
        "check_global_key_play_pause",
        "global-key-play-pause=Ctrl+p\n",
        "key-play-pause=Space\n",
        {"expected_global_key_play_pause": 1},
        {},
    ),
    (
        "check_one_instance_when_started_from_file",
        "one-instance-when-started-from-file=0\n",
        "",
        {"expected_one_instance_when_started_from_file": 0},
        {},
    ),
    (
        "is_vlc_playing",
        PLAYING,
        "<root><state>paused</state></root>",
        {"type": "file_name", "file_name": "a.mp4"},
        {},
    ),
    (
        "check_thunderbird_prefs",
        'user_pref("a.b", false);\n',
        'user_pref("a.b", true);\n',
        {"expect": {"a.b": {"method": "eq", "ref": False}}},
        {},
    ),
    (
        "check_thunderbird_prefs",
        'user_pref("x", 1);\n',
        'user_pref("a", "say \\"hi\\"");\n',
        {"unexpect": {"a": {"method": "re", "ref": "hi"}}},
        {},
    ),
    (
        "check_thunderbird_filter",
        'name="F"\nenabled="yes"\ntype="17"\naction="Forward"\nactionValue="me@x.org"\ncondition="ALL"\n',
        'name="F"\nenabled="no"\naction="Forward"\nactionValue="me@x.org"\ncondition="ALL"\n',
        {"expect": [{"enabled": "yes", "action": "Forward", "condition": ["ALL"]}]},
        {},
    ),
    (
        "check_thunderbird_filter",
        'name="F"\nenabled="yes"\ncondition="AND (subject,contains,discount) OR (from,is,\\"a, b\\")"\n',
        'name="F"\nenabled="yes"\ncondition="AND (subject,contains,other)"\n',
        {"expect": [{"condition": ["AND (subject,contains,discount)", 'OR (from,is,"a, b")']}]},
        {},
    ),
]


@pytest.mark.parametrize(("name", "good", "bad", "rules", "options"), FILES)
def test_text_files_against_rules(
    name: str, good: str, bad: str, rules: Any, options: dict[str, Any], tmp_path: Path
) -> None:
    for text, wanted in ((good, 1), (bad, 0)):
        path = tmp_path / "file"
        path.write_text(text, encoding="utf-8")
        assert score(name, str(path), rules, **options) == wanted
    assert score(name, str(tmp_path / "none"), rules, **options) == 0
    assert score(name, None, rules, **options) == 0


PAIRS: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("compare_text_file", "a\n", "b\n", "a\n", {}),
    ("compare_text_file", "A  b\n\n", "a c", "a b", {"ignore_blanks": True, "ignore_case": True}),
    ("compare_csv", "a,b\n", "a,c\n", "a,b\n", {}),
    ("compare_csv", " A,b\n", "a,c\n", "a,B \n", {"strict": False, "ignore_case": True}),
    ("compare_python_pure_text", "x = 1\n", "x = 2\n", "x=1", {}),
    ("compare_result_files", "about 12.5 m", "12.6", "12.5", {}),
    ("compare_result_files", "yes", "no", "yes\n", {}),
    ("is_included_all_json_objects", '{"a": 1}', '{"a": 2}', '{"a": 1, "b": 2}', {}),
    ("compare_htmls", "<p class=x>a</p>", "<p class=y>a</p>", "<p class='x'>a</p>", {}),
    (
        "check_thunderbird_folder",
        "From - 1\nX-Mozilla-Status: 0001\nhello\n",
        "From - 1\nX-Mozilla-Status: 0001\nbye\n",
        "From - 2\nX-Mozilla-Status: 0000\nhello\nFrom - 3\nX-Mozilla-Status: 0009\ngone\n",
        {"ignore_status": True},
    ),
]


@pytest.mark.parametrize(("name", "good", "bad", "expected", "options"), PAIRS)
def test_text_files_against_files(
    name: str, good: str, bad: str, expected: str, options: dict[str, Any], tmp_path: Path
) -> None:
    gold = tmp_path / "gold"
    gold.write_text(expected, encoding="utf-8")
    for text, wanted in ((good, 1), (bad, 0)):
        path = tmp_path / "file"
        path.write_text(text, encoding="utf-8")
        assert score(name, str(path), str(gold), **options) == wanted
    assert score(name, None, str(gold), **options) == 0


def test_lines_in_common(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1\n2\n3\n4\n", encoding="utf-8")
    (tmp_path / "b").write_text("1\n2\nx\ny\n", encoding="utf-8")
    assert score("diff_text_file", str(tmp_path / "a"), str(tmp_path / "b")) == 0.5
    assert score("diff_text_file", str(tmp_path / "a"), str(tmp_path / "a")) == 1


def test_a_terminal_is_compared_with_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("$ ls\n", encoding="utf-8")
    assert score("compare_terminal_and_txt", str(tmp_path / "a"), "$ ls\n") == 1
    assert score("compare_terminal_and_txt", str(tmp_path / "a"), "$ cd\n") == 0


def test_a_database_is_asked_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "mail.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE stars (id)")
    connection.execute("INSERT INTO stars VALUES (1)")
    connection.commit()
    connection.close()
    assert score("run_sqlite3", str(path), {"sql": "SELECT count(*) > 0 FROM stars"}) == 1
    assert score("run_sqlite3", str(path), {"sql": "SELECT count(*) > 1 FROM stars"}) == 0
    assert score("run_sqlite3", str(path), {"sql": "DELETE FROM stars"}) == 0
    assert score("run_sqlite3", str(path), {"sql": "SELECT count(*) FROM stars"}) == 1


def test_a_speed_test_was_just_now(tmp_path: Path) -> None:
    path = tmp_path / "speed.csv"
    for minutes, wanted in ((0, 1), (180, 0)):
        then = datetime.datetime.now() - datetime.timedelta(minutes=minutes)
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["kind", "date"], ["x", then.strftime("%m/%d/%Y %H:%M")]])
        assert score("compare_time_in_speedtest_results", str(path), "60") == wanted


def test_settings_of_an_office(tmp_path: Path) -> None:
    def setting(item: str, prop: str, value: str) -> str:
        path = tmp_path / "registrymodifications.xcu"
        path.write_text(
            '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
            f'<item oor:path="/org.openoffice.Office.{item}"><prop oor:name="{prop}">'
            f"<value>{value}</value></prop></item>"
            "</oor:items>",
            encoding="utf-8",
        )
        return str(path)

    def font(name: str) -> str:
        return setting("Writer/DefaultFont", "Standard", name)

    assert score("find_default_font", font("Arial"), {"font_name": "Arial"}) == 1
    assert score("find_default_font", font("Other"), {"font_name": "Arial"}) == 0
    for value, wanted in (("3", 1), ("10", 0)):
        path = setting("Common/Save/Document", "AutoSaveTimeIntervall", value)
        assert score("check_auto_saving_time", path, {"minutes": 3}) == wanted
    for value, wanted in (("false", 1), ("true", 0)):
        path = setting("Impress/Misc/Start", "EnablePresenterScreen", value)
        assert score("check_presenter_console_disable", path) == wanted
    for value, wanted in (("zh-CN", 1), ("en-US", 0)):
        path = setting("Setup/L10N", "ooLocale", value)
        assert score("check_libre_locale", path, {"locale_set": ["zh*"]}) == wanted
