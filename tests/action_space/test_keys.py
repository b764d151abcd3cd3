from __future__ import annotations

import pytest

from action_space import keys


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Return", "enter"), ("ENTER", "enter"), ("\n", "enter"), ("KP_Enter", "enter"),
        ("Control", "ctrl"), ("CTRL", "ctrl"), ("Control_L", "ctrl"), ("ctrlright", "ctrl"),
        ("cmd", "meta"), ("super", "meta"), ("win", "meta"), ("Command", "meta"), ("Windows", "meta"),
        ("Esc", "escape"), ("ArrowDown", "down"), ("down_arrow", "down"), ("page_down", "pagedown"),
        ("PageDown", "pagedown"), ("Prior", "pageup"), ("Next", "pagedown"), ("pgup", "pageup"),
        ("BackSpace", "backspace"), ("Del", "delete"), ("spacebar", "space"), (" ", "space"), ("\t", "tab"),
        ("back", "back"), ("home", "home"), ("KEYCODE_BACK", "back"), ("F5", "f5"), ("option", "alt"),
        ("plus", "+"), ("minus", "-"), ("-", "-"), ("_", "_"), ("+", "+"), ("num7", "7"), ("KeyA", "a"),
        ("a", "a"), ("A", "A"), ("é", "é"), ("中", "中"), ("PrtSc", "printscreen"), ("Super_L", "meta"),
    ],
)  # fmt: skip
def test_alias(said: str, meant: str) -> None:
    assert keys.canonical(said) == meant


@pytest.mark.parametrize("key", keys.KEYS)
def test_canonical_names_stay(key: str) -> None:
    assert keys.canonical(key) == key


@pytest.mark.parametrize("key", keys.KEYS)
def test_library_names_read_back(key: str) -> None:
    for library in (keys.playwright, keys.pyautogui, keys.x11):
        try:
            name = library(key)
        except ValueError:
            continue
        if not name.startswith(("XF86", "ISO")):
            assert keys.canonical(name) == key


@pytest.mark.parametrize("bad", ["", "ctrl+c", "entr", "hello", "\x00", "x" * 1_000_000, "\ud800"])
def test_refusal_is_one_short_line(bad: str) -> None:
    with pytest.raises(ValueError, match="is no key") as error:
        keys.canonical(bad)
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)


def test_refusal_names_near_keys() -> None:
    with pytest.raises(ValueError, match="'entr' is no key; near it: enter"):
        keys.canonical("entr")


def test_chord_means_keys_not_characters() -> None:
    assert keys.chord(["Control", "A"]) == ("ctrl", "a")
    assert keys.chord(["shift", "A"]) == ("shift", "A")
    assert keys.chord(["ctrl", "CTRL", "c"]) == ("ctrl", "c")


def test_names_of_characters() -> None:
    assert keys.x11("'") == "apostrophe"
    assert keys.x11("中") == "U4E2D"
    assert keys.playwright("'") == "'"
    with pytest.raises(ValueError, match="pyautogui has no key 'é'"):
        keys.pyautogui("é")
    with pytest.raises(ValueError, match="Playwright has no key 'f13'"):
        keys.playwright("f13")


@pytest.mark.browser
def test_playwright_knows_every_name() -> None:
    from playwright.sync_api import sync_playwright

    from envs.browser import install as chromium

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        page = browser.new_page()
        seen = set()
        for key in [*keys.KEYS, *(chr(code) for code in range(33, 127))]:
            try:
                name = keys.playwright(key)
            except ValueError:
                continue
            page.keyboard.press(name)
            seen.add(key)
        browser.close()
    assert {"enter", "pagedown", "f12", "playpause", "~"} <= seen
