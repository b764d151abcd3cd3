"""Getters against a small real machine: files, commands, the browser's profile, applications, days."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from action_space.geometry import Box
from envs.machine.base import Window
from envs.tasks.context import TaskContext
from envs.tasks.getters import GETTERS
from envs.tasks.getters.files import NeedsAccount, Unreachable
from envs.tasks.getters.rules import WEEKDAYS, day_of
from envs.tasks.metrics import METRICS
from tests.tasks.local import LocalMachine


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[TaskContext]:
    home = tmp_path / "home"
    (home / "Desktop").mkdir(parents=True)
    found = TaskContext(0, machine=LocalMachine(home))
    yield found
    found.close()


def get(stage: TaskContext, name: str, **given: Any) -> Any:
    return GETTERS.get(name, "type")(stage, **GETTERS.check(name, given, "result"))


def put(stage: TaskContext, path: str, data: bytes | str | dict[str, Any]) -> None:
    text = json.dumps(data) if isinstance(data, dict) else data
    stage.opened_machine().write(path, text.encode() if isinstance(text, str) else text)


def test_files_of_the_machine(stage: TaskContext) -> None:
    put(stage, "/home/user/Desktop/a.txt", "a")
    put(stage, "/home/user/Desktop/b.txt", "b")
    found = get(stage, "vm_file", path="/home/user/Desktop/a.txt", dest="x.txt")
    assert Path(found).read_text() == "a"
    assert Path(found).parent == stage.folder()
    assert get(stage, "vm_file", path="/home/user/Desktop/none", dest="x.txt") is None
    assert not Path(found).exists()  # what an earlier judging fetched must not count
    paths = [f"/home/user/Desktop/{name}.txt" for name in "abc"]
    first = get(stage, "vm_file", path=paths, dest=["1", "2", "3"], multi="true")
    assert Path(first).read_text() == "a"
    both = get(stage, "vm_file", path=paths, dest=["1", "2", "3"], multi=True, gives=[1, 2])
    assert Path(both[0]).read_text() == "b"
    assert both[1] is None
    today = datetime.now().strftime("%Y_%m_%d")
    put(stage, f"/home/user/Export-{today}.csv", "x")
    dated = get(stage, "vm_file", path="/home/user/Export-.csv", dest="Export-.csv", time_suffix=True)
    assert dated.endswith(f"Export-{today}.csv")


def test_no_file_is_written_outside_the_task_folder(stage: TaskContext) -> None:
    put(stage, "/home/user/a", "a")
    for dest in ("../x", "/x", "a/../../x"):
        with pytest.raises(ValueError, match=r"^dest: "):
            get(stage, "vm_file", path="/home/user/a", dest=dest)


def test_files_from_addresses(stage: TaskContext, tmp_path: Path) -> None:
    (tmp_path / "gold.txt").write_text("gold", encoding="utf-8")
    found = get(stage, "cloud_file", path=(tmp_path / "gold.txt").as_uri(), dest="g.txt")
    assert Path(found).read_text() == "gold"
    with pytest.raises(Unreachable, match="none"):
        get(stage, "cloud_file", path=(tmp_path / "none").as_uri(), dest="g.txt")
    with pytest.raises(NeedsAccount, match="Google account"):
        get(stage, "googledrive_file", dest="x", path=["a"])
    (stage.folder() / "kept.out").write_text("kept", encoding="utf-8")
    assert Path(get(stage, "cache_file", path="kept.out")).read_text() == "kept"
    assert get(stage, "cache_file", path="none.out") is None


def test_commands(stage: TaskContext) -> None:
    assert get(stage, "vm_command_line", command=["echo", "a b"]) == "a b\n"
    assert get(stage, "vm_command_line", command="echo a | tr a b", shell="true") == "b\n"
    assert get(stage, "vm_command_line", command=["no-such-program"]) is None
    assert "No such file" in get(stage, "vm_command_error", command="ls /none-such")
    put(stage, "/home/user/Desktop/p/a.jpg", "")
    tree = get(stage, "list_directory", path="/home/user/Desktop/p")
    assert [one["name"] for one in tree["children"]] == ["a.jpg"]
    assert get(stage, "list_directory", path="/home/user/none") is None
    put(stage, "/home/user/Desktop/s.desktop", "Name=S\n")
    assert get(stage, "shortcuts_on_desktop") == {"s.desktop": "Name=S\n"}


def test_the_screen(stage: TaskContext) -> None:
    machine = stage.opened_machine()
    assert isinstance(machine, LocalMachine)
    machine.shown = [Window("1", "Film", "vlc.vlc", Box(0, 0, 1280, 800)), Window("2", "x", "other.Other")]
    machine.tree, machine.terminal, machine.picture = "<desktop-frame/>", "$ ", b"png"
    assert get(stage, "vm_screen_size") == {"width": 1280, "height": 800}
    assert get(stage, "vm_window_size", app_class_name="vlc") == {"width": 1280, "height": 800}
    assert get(stage, "vm_window_size", app_class_name="gimp") is None
    assert get(stage, "accessibility_tree") == "<desktop-frame/>"
    assert get(stage, "vm_terminal_output") == "$ "
    assert Path(get(stage, "vm_wallpaper", dest="w.png")).read_bytes() == b"png"


def test_the_profile_of_the_browser(stage: TaskContext, tmp_path: Path) -> None:
    empty = {
        "enable_do_not_track": "false", "default_search_engine": "Google", "new_startup_page": "true",
        "bookmarks": {}, "profile_name": None, "find_installed_extension_name": [], "history": [],
        "chrome_language": "en-US",
        "enabled_experiments": [], "cookie_data": [], "data_delete_automacally": "false",
    }  # fmt: skip
    assert {name: get(stage, name) for name in empty} == empty
    home = stage.opened_machine().home
    profile = "/home/user/.config/google-chrome"
    put(
        stage,
        f"{profile}/Default/Preferences",
        {
            "enable_do_not_track": True,
            "profile": {"name": "Thomas", "default_content_setting_values": {"cookies": 4}},
            "default_search_provider_data": {"template_url_data": {"short_name": "Bing"}},
            "session": {"restore_on_startup": 4}, "safebrowsing": {"enhanced": True},
            "webkit": {"webprefs": {"default_font_size": 20}},
            "extensions": {"settings": {"x": {"path": f"{home}/Desktop/hello", "manifest": {"name": "Hello"}}}},
        },
    )  # fmt: skip
    put(stage, f"{profile}/Default/Bookmarks", {"roots": {"bookmark_bar": {"children": []}}})
    put(
        stage,
        f"{profile}/Local State",
        {"browser": {"enabled_labs_experiments": ["quic@1"]}, "intl": {"app_locale": "xh"}},
    )
    connection = sqlite3.connect(tmp_path / "History")
    connection.execute("CREATE TABLE urls (url, title, last_visit_time)")
    connection.execute("INSERT INTO urls VALUES ('https://a.org/', 'A', 1)")
    connection.commit()
    connection.close()
    put(stage, f"{profile}/Default/History", (tmp_path / "History").read_bytes())
    full = {
        "enable_do_not_track": "true", "default_search_engine": "Bing", "new_startup_page": "false",
        "bookmarks": {"bookmark_bar": {"children": []}}, "profile_name": "Thomas", "chrome_language": "xh",
        "find_installed_extension_name": ["Hello"], "history": [("https://a.org/", "A", 1)],
        "enabled_experiments": ["quic@1"], "data_delete_automacally": "true",
        "enable_enhanced_safety_browsing": "true",
        "find_unpacked_extension_path": ["/home/user/Desktop/hello"],
    }  # fmt: skip
    assert {name: get(stage, name) for name in full} == full
    assert get(stage, "chrome_font_size")["default_font_size"] == 20


def test_files_of_applications(stage: TaskContext) -> None:
    put(stage, "/home/user/.config/vlc/vlcrc", "x=1")
    assert Path(get(stage, "vlc_config", dest="vlcrc")).read_text() == "x=1"
    for version in ("2.8", "2.10"):
        put(stage, f"/home/user/.config/GIMP/{version}/gimprc", version)
    assert Path(get(stage, "gimp_config_file", file_name="gimprc", dest="g")).read_text() == "2.10"
    put(stage, "/home/user/c.csv", "a,b,c\n1,2,Rome\n")
    assert get(stage, "conference_city_in_order", csv_path="/home/user/c.csv") == ["Rome"]
    book = Workbook()
    book.active.append(["a", 1])
    book.active.append(["b", None])
    book.save(stage.folder() / "t.xlsx")
    put(stage, "/home/user/t.xlsx", (stage.folder() / "t.xlsx").read_bytes())
    given = {"path": "/home/user/t.xlsx", "file_type": "xlsx", "file_content": "last_row"}
    assert get(stage, "content_from_vm_file", **given) == ["b", "nan"]


def test_a_picture_behind_a_slide(stage: TaskContext, tmp_path: Path) -> None:
    from lxml import etree
    from PIL import Image
    from pptx import Presentation

    Image.new("RGB", (4, 4), "red").save(tmp_path / "red.png")
    presentation = Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    part, relation = slide.part.get_or_add_image_part(str(tmp_path / "red.png"))
    spaces = {
        "p": "http://schemas.openxmlformats.org/presentationml/2006/main",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    }
    names = " ".join(f'xmlns:{key}="{value}"' for key, value in spaces.items())
    behind = f'<p:bg {names}><p:bgPr><a:blipFill><a:blip r:embed="{relation}"/></a:blipFill></p:bgPr></p:bg>'
    slide._element.cSld.insert(0, etree.fromstring(behind))
    presentation.slides.add_slide(presentation.slide_layouts[6])
    presentation.save(str(tmp_path / "p.pptx"))
    put(stage, "/home/user/p.pptx", (tmp_path / "p.pptx").read_bytes())
    given = {"ppt_file_path": "/home/user/p.pptx", "dest": "found.png"}
    assert Path(get(stage, "background_image_in_slide", slide_index=0, **given)).read_bytes() == part.blob
    assert get(stage, "background_image_in_slide", slide_index="1", **given) is None
    assert get(stage, "audio_in_slide", slide_index=0, **given) is None


def test_a_test_suite_runs_on_the_machine(stage: TaskContext, tmp_path: Path) -> None:
    suite = tmp_path / "suite.py"
    suite.write_text(
        "import os\nfrom snake import size\n\ndef test():\n    return size() == 3 and 'judge-' in os.getcwd()\n"
    )
    for size, wanted in ((3, 1), (4, 0)):
        put(stage, "/home/user/snake.py", f"def size():\n    return {size}\n")
        files = get(stage, "vm_file", path="/home/user/snake.py", dest="snake.py")
        test = get(stage, "cloud_file", path=suite.as_uri(), dest="suite.py")
        assert METRICS.get("check_python_file_by_test_suite", "func")([files], test) == wanted
    assert not list(Path(stage.opened_machine().home, ".cache").glob("judge-*"))
    with pytest.raises(ValueError, match="no machine"):
        METRICS.get("check_python_file_by_test_suite", "func")(str(suite), str(suite))


@pytest.mark.parametrize(
    "today", [date(2024, 1, 1 + i) for i in range(14)] + [date(2024, 12, 31), date(2024, 9, 30)]
)
def test_days_counted_from_today(today: date) -> None:
    assert (day_of("tomorrow", today) - today).days == 1
    fifth = day_of("5th next month", today)
    assert (fifth.day, (fifth.month - today.month) % 12) == (5, 1)
    monday = day_of("next Monday", today)
    assert 1 <= (monday - today).days <= 7
    friday = day_of("next Friday", today, after=("next Monday", monday))
    assert (friday - monday).days == 4
    for i, name in enumerate(WEEKDAYS):
        assert day_of(f"this {name}", today).isocalendar()[:2] == today.isocalendar()[:2]
        week = day_of(f"next week {name}", today)
        assert week.weekday() == i
        assert 1 <= (week - today).days <= 13
    later = day_of("first monday four months later", today)
    assert (later.weekday(), later.day <= 7, (later.month - today.month) % 12) == (0, True, 4)
    with pytest.raises(ValueError, match="'someday' is not known"):
        day_of("someday", today)


def test_rules_with_a_day(stage: TaskContext) -> None:
    rules = {
        "relativeTime": {"from": "next Monday split", "to": "next Friday split"},
        "expected": {"puDay": "{DayD}", "puMonth": "{MonthD}", "doDay": "{Day0D}", "doYear": "{Year}"},
    }
    monday = day_of("next Monday", date.today())
    found = get(stage, "rule_relativeTime", rules=rules)["expected"]
    assert (found["puDay"], found["puMonth"]) == (str(monday.day), str(monday.month))
    assert rules["expected"]["puDay"] == "{DayD}"
    one = {
        "relativeTime": {"from": "tomorrow"},
        "timezone": "Europe/Zurich",
        "expected": {"time": "{DoW}, {Month} {DayD}"},
    }
    assert "{" not in get(stage, "rule_relativeTime", rules=one)["expected"]["time"]
    assert get(stage, "time_diff_range", diff_range_in_minutes="60") == 60
