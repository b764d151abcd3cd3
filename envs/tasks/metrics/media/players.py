"""VLC: what it plays and how it is set (OSWorld's metrics/vlc)."""

from __future__ import annotations

from typing import Any

from envs.tasks.metrics.base import Unreadable, bytes_of, of_files, text_of


@of_files
def is_vlc_playing(result: str, rules: dict[str, Any]) -> float:
    """VLC's status.xml: it plays, and what it plays ends with `file_name` or `url`, as `type` says.

    Raises:
        ValueError: `type` is neither.
    """
    from lxml import etree

    kind = rules["type"]
    if kind not in ("file_name", "url"):
        raise ValueError(f"rules.type: {kind!r} is not one of file_name, url")
    try:
        status = etree.fromstring(bytes_of(result))
    except etree.XMLSyntaxError as error:
        raise Unreadable(str(error)) from error
    if status.findtext("state") != "playing":
        return 0.0
    meta = "information/category[@name='meta']"
    name = kind.replace("_", "")
    # A stream's address stands in different places, as VLC's version has it.
    found = [status.findtext(f"{meta}/info[@name='{one}']") for one in (name, "filename", "url", "title")]
    asked = found[:1] if kind == "file_name" else found
    return float(any(text and text.endswith(rules[kind]) for text in asked))


def setting(path: str, key: str, default: str) -> str:
    """A value of vlcrc, where the last line counts; `default` where none is set."""
    value = default
    for line in text_of(path).splitlines():
        name, mark, given = line.strip().partition("=")
        if mark and name == key:
            value = given.strip()
    return value


@of_files
def is_vlc_recordings_folder(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: recordings go to `rules["recording_file_path"]`."""
    return float(setting(result, "input-record-path", "") == rules["recording_file_path"])


@of_files
def is_vlc_fullscreen(result: dict[str, Any], expected: dict[str, Any]) -> float:
    """Window and screen have the same `width` and `height`."""
    return float(all(result[side] == expected[side] for side in ("width", "height")))


@of_files
def check_qt_bgcone(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: the cone in the background is on (1) or off (0), as `expected_qt_bgcone`."""
    return float(setting(result, "qt-bgcone", "1") == str(rules["expected_qt_bgcone"]))


@of_files
def check_qt_max_volume(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: the most that the volume goes to, in percent, is `expected_qt_max_volume`."""
    return float(setting(result, "qt-max-volume", "125") == str(rules["expected_qt_max_volume"]))


@of_files
def check_qt_minimal_view(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: the minimal view is on (1) or off (0), as `expected_qt_minimal_view`."""
    return float(setting(result, "qt-minimal-view", "0") == str(rules["expected_qt_minimal_view"]))


@of_files
def check_qt_slider_colours(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: the colours of the volume slider are `expected_qt_slider_colours` (`type` match), or all of them
    nearly black, each channel below 100 (`type` blackish).

    Raises:
        ValueError: another `type`.
    """
    colours = setting(result, "qt-slider-colours", "153;210;153;20;210;20;255;199;15;245;39;29")
    if rules["type"] == "match":
        return float(colours == rules["expected_qt_slider_colours"])
    if rules["type"] != "blackish":
        raise ValueError(f"rules.type: {rules['type']!r} is not one of match, blackish")
    values = [part for part in colours.split(";") if part]
    return float(bool(values) and all(part.isdigit() and int(part) < 100 for part in values))


@of_files
def check_global_key_play_pause(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: there is a global key for play and pause (1) or none (0), as `expected_global_key_play_pause`."""
    key = "1" if setting(result, "global-key-play-pause", "") else "0"
    return float(key == str(rules["expected_global_key_play_pause"]))


@of_files
def check_one_instance_when_started_from_file(result: str, rules: dict[str, Any]) -> float:
    """vlcrc: files open in the running player (1) or not (0), as
    `expected_one_instance_when_started_from_file`."""
    value = setting(result, "one-instance-when-started-from-file", "1")
    return float(value == str(rules["expected_one_instance_when_started_from_file"]))
