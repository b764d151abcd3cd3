"""A recording as a script that a person can read, change and run: Playwright, PyAutoGUI, Robot Framework."""

# ruff: noqa: E501 (lines of scripts)

from __future__ import annotations

import json
import re
from collections.abc import Callable

from agent.replay.recording import NotPlayable, RecordedStep, Recording

_ROLES = {
    "button": "button", "link": "link", "checkbox": "checkbox", "radio": "radio", "tab": "tab", "switch": "switch",
    "menu_item": "menuitem",
}  # fmt: skip
_KEYS = {
    "ctrl": "Control", "shift": "Shift", "alt": "Alt", "meta": "Meta", "enter": "Enter", "escape": "Escape", "tab": "Tab",
    "space": "Space", "backspace": "Backspace", "delete": "Delete", "up": "ArrowUp", "down": "ArrowDown",
    "left": "ArrowLeft", "right": "ArrowRight", "home": "Home", "end": "End", "pageup": "PageUp",
    "pagedown": "PageDown",
}  # fmt: skip


def script(recording: Recording, to: str) -> str:
    """The source of the script.

    Args:
        to: "playwright", "pyautogui" or "robot".

    Raises:
        NotPlayable: there is no such kind, or it cannot be done there.
    """
    if to not in WRITERS:
        raise NotPlayable(f"to: {to!r} is not one of {', '.join(WRITERS)}")
    return WRITERS[to](recording)


def _said(recording: Recording) -> str:
    return recording.task.replace("\n", " ").replace('"""', "'''").replace("\\", "/")[:200]


def _constants(recording: Recording) -> dict[int, str]:
    """Index of a step that types → the name of the constant that holds its text."""
    return {index: name.upper() if name[0].isalpha() else f"TEXT_{name.upper()}"
            for name, index in recording.variables.items()}  # fmt: skip


def _playwright(recording: Recording) -> str:
    names = _constants(recording)
    lines = [
        f'"""{_said(recording)}', "",
        "Made of a recorded run: pip install playwright; python this_file.py (BROWSER names another browser program).",
        '"""', "",
        "import os", "", "from playwright.sync_api import sync_playwright", "",
        f"URL = {json.dumps(recording.address)}",
        *(f"{name} = {_text(recording.steps[index])}" for index, name in names.items()), "",
        "with sync_playwright() as playwright:",
        '    browser = playwright.chromium.launch(executable_path=os.environ.get("BROWSER"))',
        f"    page = browser.new_page(viewport={_viewport(recording)})",
        "    page.goto(URL)",
    ]  # fmt: skip
    for index, step in enumerate(recording.steps):
        does = _playwright_step(step, names.get(index, ""))
        if step.moved:  # what comes next is done on the page that it leads to
            does[-1:] = ["with page.expect_navigation():", f"    {does[-1]}"]
        lines += [f"    {line}" for line in does]
    return "\n".join([*lines, "    browser.close()", ""])


def _viewport(recording: Recording) -> str:
    config = (recording.run.get("environment") or {}).get("config") or {}
    width, height = (int(side) for side in config.get("viewport") or (1280, 800))
    return json.dumps({"width": width, "height": height})


def _text(step: RecordedStep) -> str:
    return json.dumps(str(step.action.get("text", "")), ensure_ascii=False)


def _playwright_step(step: RecordedStep, constant: str) -> list[str]:
    action = step.action
    target, note = _locator(step) if action.get("start_point") else ("", "")
    found = [f"# {note}"] if note else []
    match step.kind:
        case "click":
            how = [f'button="{action["button"]}"'] if action.get("button", "left") != "left" else []
            how += [f"click_count={action['clicks']}"] if action.get("clicks", 1) > 1 else []
            if target:
                return [*found, f"{target}.click({', '.join(how)})"]
            x, y = action["start_point"]
            return [*found, f"page.mouse.click({', '.join([str(x), str(y), *how])})"]
        case "input":
            focus = [f"{target}.click()"] if target else []
            if not target and action.get("start_point"):
                focus = [f"page.mouse.click({action['start_point'][0]}, {action['start_point'][1]})"]
            clear = ['page.keyboard.press("ControlOrMeta+A")'] if action.get("clear") else []
            send = ['page.keyboard.press("Enter")'] if action.get("submit") else []
            return [*found, *focus, *clear, f"page.keyboard.insert_text({constant or _text(step)})", *send]
        case "select":
            if target:
                return [*found, f"{target}.select_option(label={constant or _text(step)})"]
        case "press":
            chord = "+".join(_KEYS.get(key, key.upper() if len(key) > 1 else key) for key in action["keys"])
            return [f"page.keyboard.press({json.dumps(chord)})"] * int(action.get("repeat", 1))
        case "scroll":
            far = int(action.get("scroll_distance") or 400)
            across = {"left": -far, "right": far}.get(action["direction"], 0)
            along = {"up": -far, "down": far}.get(action["direction"], 0)
            return [f"page.mouse.wheel({across}, {along})"]
        case "drag":
            (x, y), (a, b) = action["start_point"], action["end_point"]
            return [f"page.mouse.move({x}, {y})", "page.mouse.down()", f"page.mouse.move({a}, {b}, steps=10)",
                    "page.mouse.up()"]  # fmt: skip
        case "hover":
            x, y = action["start_point"]
            return [*found, f"{target}.hover()" if target else f"page.mouse.move({x}, {y})"]
        case "wait":
            return [f"page.wait_for_timeout({int(action.get('duration_ms') or 1000)})"]
        case "navigate":
            return [f"page.goto({json.dumps(action['url'])})"]
        case "back":
            return ["page.go_back()"]
    raise NotPlayable(f"step {step.number}: {step.kind} has no counterpart in a Playwright script")


def _locator(step: RecordedStep) -> tuple[str, str]:
    """A locator by what a person reads, and what it stands for; "" where the thing has no words."""
    anchor = step.anchor("start_point")
    if not anchor.text:
        return "", f"{anchor}: it has no words, so its place is used"
    name = json.dumps(anchor.text, ensure_ascii=False)
    if anchor.kind in ("field", "textarea"):
        return f"page.get_by_label({name}).or_(page.get_by_placeholder({name})).first", ""
    if anchor.kind == "select":
        return f"page.get_by_label({name}).first", ""
    if anchor.kind in _ROLES:
        return f'page.get_by_role("{_ROLES[anchor.kind]}", name={name}).or_(page.get_by_text({name})).first', ""
    return f"page.get_by_text({name}).first", ""


def _pyautogui(recording: Recording) -> str:
    names = _constants(recording)
    lines = [
        f'"""{_said(recording)}', "", "Made of a recorded run: pip install pyautogui; the places are those of the recording.",
        '"""', "", "import pyautogui", "",
        *(f"{name} = {_text(recording.steps[index])}" for index, name in names.items()), "",
    ]  # fmt: skip
    for index, step in enumerate(recording.steps):
        lines += _pyautogui_step(step, names.get(index, ""))
    return "\n".join([*lines, ""])


def _pyautogui_step(step: RecordedStep, constant: str) -> list[str]:
    action = step.action
    note = [f"# {step.anchor('start_point')}"] if action.get("start_point") else []
    place = f"{action['start_point'][0]}, {action['start_point'][1]}" if note else ""
    match step.kind:
        case "click":
            how = [f'button="{action["button"]}"'] if action.get("button", "left") != "left" else []
            how += [f"clicks={action['clicks']}"] if action.get("clicks", 1) > 1 else []
            return [*note, f"pyautogui.click({', '.join([place, *how])})"]
        case "input":
            clear = ['pyautogui.hotkey("ctrl", "a")'] if action.get("clear") else []
            send = ['pyautogui.press("enter")'] if action.get("submit") else []
            focus = [f"pyautogui.click({place})"] if place else []
            return [*note, *focus, *clear, f"pyautogui.write({constant or _text(step)}, interval=0.02)", *send]
        case "press":
            keys = ", ".join(json.dumps(key) for key in action["keys"])
            return [f"pyautogui.hotkey({keys})"] * int(action.get("repeat", 1))
        case "scroll" if action["direction"] in ("up", "down"):
            notches = max(1, round(int(action.get("scroll_distance") or 400) / 100))
            return [f"pyautogui.scroll({notches if action['direction'] == 'up' else -notches})"]
        case "drag":
            a, b = action["end_point"]
            return [f"pyautogui.moveTo({place})", f"pyautogui.dragTo({a}, {b}, duration=0.5)"]
        case "hover":
            return [*note, f"pyautogui.moveTo({place})"]
        case "wait":
            return [f"pyautogui.sleep({int(action.get('duration_ms') or 1000) / 1000:g})"]
    raise NotPlayable(f"step {step.number}: {step.kind} has no counterpart in a PyAutoGUI script")


def _robot(recording: Recording) -> str:
    names = _constants(recording)
    lines = [
        "*** Settings ***", f"Documentation    {_cell(_said(recording))}", "Library          agent.robot", "",
        "*** Variables ***", f"${{URL}}    {_cell(recording.address)}",
        *(f"${{{name}}}    {_cell(str(recording.steps[index].action['text']))}" for index, name in names.items()), "",
        "*** Test Cases ***", _cell(recording.task[:80]) or "Replay",
        "    Open Browser At    ${URL}",
    ]  # fmt: skip
    for index, step in enumerate(recording.steps):
        lines += [f"    {line}" for line in _robot_step(step, names.get(index, ""))]
    return "\n".join([*lines, ""])


def _robot_step(step: RecordedStep, constant: str) -> list[str]:
    action = step.action
    thing = step.anchor("start_point").text if action.get("start_point") else ""
    match step.kind:
        case "click" if thing:
            return [f"Click On    {_cell(thing)}"]
        case "input" if thing:
            return [f"Type Into    {_cell(thing)}    ${{{constant}}}"]
        case "select" if thing:
            return [f"Choose    {_cell(thing)}    ${{{constant}}}"]
        case "scroll" | "wait":
            return []  # its keywords scroll and wait by themselves
    raise NotPlayable(
        f"{step}: has no words by which a keyword could find it; --to playwright or pyautogui can use its place"
    )


def _cell(text: str) -> str:
    """A text as one cell of Robot Framework's plain format."""
    escaped = re.sub(r"([\\$@&%#=])", r"\\\1", text.strip())
    return re.sub(r"\s{2,}|\t|\n", " ", escaped)


WRITERS: dict[str, Callable[[Recording], str]] = {
    "playwright": _playwright,
    "pyautogui": _pyautogui,
    "robot": _robot,
}
