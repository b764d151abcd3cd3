from __future__ import annotations

import json
import math
from functools import cache
from typing import Any, get_args

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from action_space import actions, keys
from action_space.actions import (
    ACTIONS,
    BaseAction,
    Click,
    Drag,
    Finished,
    Hover,
    Input,
    LongPress,
    Press,
    Scroll,
    Select,
    Upload,
    Wait,
)
from action_space.formats import FORMATS, CannotExpress, FormatError
from action_space.geometry import Box, Frame, Size, smart_resize

PLAIN = Frame(Size(1280, 800))
FRAMES = {
    "plain": PLAIN,
    "retina": Frame(Size(2560, 1600), pixel_ratio=(2.0, 2.0)),
    "enlarged": Frame(Size(1280, 720), Size(*smart_resize(1280, 720))),
    "shrunk": Frame(Size(3840, 2160), Size(*smart_resize(3840, 2160))),
    "thousand": Frame(Size(1920, 1080), Size(1000, 1000)),
    "fractions": Frame(Size(1920, 1080), Size(1, 1)),
    "crop": Frame(Size(1280, 800), Size(560, 560), Box(300, 200, 700, 600)),
}

texts = st.text(max_size=40) | st.sampled_from(
    ["don't", 'say "hi"', "C:\\new", "a\n", "\n\n", "</think>", "```", "小米 SU7 🚗", "<|im_end|>", "{", "\\n"]
)  # fmt: skip
some_text = texts.filter(bool)
key_names = st.sampled_from(keys.KEYS) | st.characters(min_codepoint=33, max_codepoint=0x2FFF).filter(
    str.isprintable
)
urls = some_text.map(lambda text: "https://example.com/" + text)


def points(frame: Frame) -> st.SearchStrategy[tuple[int, int]]:
    view = frame.view
    return st.tuples(
        st.integers(math.ceil(view.left), math.ceil(view.right) - 1),
        st.integers(math.ceil(view.top), math.ceil(view.bottom) - 1),
    )


def anything(frame: Frame) -> st.SearchStrategy[BaseAction]:
    """Every action with every field."""
    point, maybe = points(frame), st.none() | points(frame)
    modifiers = st.lists(st.sampled_from(get_args(actions.Modifier)), unique=True, max_size=4).map(tuple)
    tab = st.integers(0, 999)
    known: dict[type[BaseAction], st.SearchStrategy[Any]] = {
        Click: st.builds(
            Click,
            start_point=maybe,
            text=st.none() | texts,
            button=st.sampled_from(get_args(actions.Button)),
            clicks=st.integers(1, 3),
            modifiers=modifiers,
        ),
        Scroll: st.builds(
            Scroll,
            direction=st.sampled_from(get_args(actions.Direction)),
            scroll_distance=st.none() | st.integers(1, 65535),
            notches=st.none() | st.integers(1, 1000),
            start_point=maybe,
            modifiers=modifiers,
        ),
        Input: st.builds(Input, text=texts, start_point=maybe, clear=st.booleans(), submit=st.booleans()),
        Drag: st.builds(
            Drag,
            start_point=maybe,
            end_point=point,
            path=st.lists(point, max_size=3).map(tuple),
            button=st.sampled_from(get_args(actions.Button)),
            modifiers=modifiers,
        ),
        Press: st.builds(
            Press,
            keys=st.lists(key_names, min_size=1, max_size=6, unique_by=str.lower).map(tuple),
            repeat=st.integers(1, 1000),
            duration_ms=st.integers(0, 60_000),
        ),
        actions.KeyDown: st.builds(actions.KeyDown, keys=st.lists(key_names, min_size=1, max_size=6).map(tuple)),
        actions.KeyUp: st.builds(actions.KeyUp, keys=st.lists(key_names, min_size=1, max_size=6).map(tuple)),
        actions.MouseDown: st.builds(
            actions.MouseDown, start_point=maybe, button=st.sampled_from(get_args(actions.Button))
        ),
        actions.MouseUp: st.builds(
            actions.MouseUp, start_point=maybe, button=st.sampled_from(get_args(actions.Button))
        ),
        Finished: st.builds(
            Finished,
            status=st.sampled_from(get_args(actions.Status)),
            answer=st.none() | texts,
            reason=st.none() | texts,
        ),
        LongPress: st.builds(LongPress, start_point=maybe, duration_ms=st.integers(100, 60_000)),
        Hover: st.builds(Hover, start_point=maybe),
        Select: st.builds(Select, text=some_text, start_point=maybe),
        Wait: st.builds(Wait, duration_ms=st.integers(0, 60_000)),
        Upload: st.builds(Upload, paths=st.lists(some_text, min_size=1, max_size=3).map(tuple), start_point=maybe),
        actions.Open: st.builds(actions.Open, app=some_text),
        actions.AppSwitch: st.builds(actions.AppSwitch, app=some_text),
        actions.Navigate: st.builds(actions.Navigate, url=urls),
        actions.Back: st.just(actions.Back()),
        actions.NewTab: st.builds(actions.NewTab, url=st.none() | urls),
        actions.SwitchTab: st.builds(actions.SwitchTab, index=tab),
        actions.CloseTab: st.builds(actions.CloseTab, index=st.none() | tab),
        actions.Dialog: st.builds(
            actions.Dialog, response=st.sampled_from(["accept", "dismiss"]), text=st.none() | texts
        ),
        actions.AskUser: st.builds(actions.AskUser, question=some_text),
    }
    assert set(known) == set(ACTIONS.values())
    return st.one_of(*known.values())


def says_where(action: BaseAction) -> bool:
    """Not a click, drag or long press where the pointer is, which our own JSON has no words for."""
    return action.action not in ("click", "drag", "longpress") or "start_point" in action.points()


def same_but_for_rounding(one: BaseAction, other: BaseAction, frame: Frame) -> None:
    """Equal, points and distances within one unit of the coarser space."""
    step = [max(1.0, frame.distance_to_screen(1, axis)) if max(frame.model_size) > 1 else 1.0 for axis in (0, 1)]
    a, b = one.to_json(), other.to_json()
    for one, other in zip(a.pop("path", []), b.pop("path", []), strict=True):
        assert all(abs(one[axis] - other[axis]) <= step[axis] for axis in (0, 1))
    for field in ("start_point", "end_point"):
        p, q = a.pop(field, None), b.pop(field, None)
        assert (p is None) == (q is None)
        assert p is None or all(abs(p[axis] - q[axis]) <= step[axis] for axis in (0, 1))
    p, q = a.pop("scroll_distance", None), b.pop("scroll_distance", None)
    assert (p is None) == (q is None)
    assert p is None or abs(p - q) <= max(step) + 1
    assert a == b


@cache
def checker(name: str, frame: Frame) -> jsonschema.Draft202012Validator:
    schema = FORMATS[name].schema(frame)
    assert schema is not None
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", ["json", "mimo"])
@settings(max_examples=100)
@given(data=st.data())
def test_what_is_written_reads_back_the_same(name: str, data: st.DataObject) -> None:
    action = data.draw(anything(PLAIN).filter(says_where))
    parsed = FORMATS[name].parse(FORMATS[name].render(action, PLAIN), PLAIN)
    assert parsed.action == action
    assert parsed.outcome == "strict"


@pytest.mark.parametrize("name", ["json", "mimo"])
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@settings(max_examples=25)
@given(data=st.data())
def test_other_spaces_change_only_by_rounding(name: str, frame: Frame, data: st.DataObject) -> None:
    action = data.draw(anything(frame).filter(says_where))
    written = FORMATS[name].render(action, frame)
    parsed = FORMATS[name].parse(written, frame)
    same_but_for_rounding(parsed.action, action, frame)
    # Decoding offers a plain keyboard's keys, straight drags, and whole actions only.
    plain = not getattr(action, "path", ()) and not getattr(action, "notches", None)
    offered = plain and all(key.isascii() for key in getattr(action, "keys", ()))
    if offered and action.action not in actions.HALVES:
        assert checker(name, frame).is_valid(json.loads(written)), written


@pytest.mark.parametrize("name", ["json", "mimo"])
@settings(max_examples=30)
@given(action=anything(PLAIN).filter(says_where))
def test_thoughts_fences_and_lists_are_strict(name: str, action: BaseAction) -> None:
    written = FORMATS[name].render(action, PLAIN)
    parsed = FORMATS[name].parse(f"<think>\nI see {{it}}.\n</think>\n\n```json\n[{written}]\n```", PLAIN)
    assert (parsed.action, parsed.thought, parsed.repairs) == (action, "I see {it}.", ())


@settings(max_examples=30)
@given(action=anything(PLAIN).filter(says_where))
def test_cut_off_json_is_never_another_action(action: BaseAction) -> None:
    """Cutting an answer short may drop what is only for the record; else it is refused or whole."""
    written = FORMATS["json"].render(action, PLAIN)
    for end in range(1, len(written)):
        try:
            parsed = FORMATS["json"].parse(written[:end], PLAIN)
        except FormatError:
            continue
        # Only a text that ends exactly between two fields can pass for a shorter answer.
        assert written[end:].startswith(("}", ", ")) or "cut-off field" in "".join(parsed.repairs)


def notches(action: BaseAction, frame: Frame) -> BaseAction:
    """`action` as pyautogui can say it: whole notches, no record."""
    if isinstance(action, Scroll):
        view = frame.view.width if action.direction in ("left", "right") else frame.view.height
        whole = max(1, round((action.scroll_distance or 2 / 3 * view) / 100)) * 100
        count = min(action.notches or whole // 100, 1000)
        return action.model_copy(update={"scroll_distance": min(count * 100, 65535), "notches": count})
    return action.model_copy(update={"text" if isinstance(action, Click) else "reason": None})


def in_pyautogui(key: str) -> bool:
    try:
        return bool(keys.pyautogui(key))
    except ValueError:
        return False


@given(action=anything(PLAIN))
@example(action=Input(text="don't"))
@example(action=Input(text="a\n", submit=True))
@example(action=Input(text="</think>"))
@example(action=Scroll(direction="right", scroll_distance=300))
def test_pyautogui_reads_back_the_same_or_refuses(action: BaseAction) -> None:
    code = FORMATS["pyautogui"]
    try:
        written = code.render(action, PLAIN)
    except CannotExpress:
        if isinstance(action, Press) and action.duration_ms and action.repeat > 1:
            return
        if isinstance(action, Finished):
            assert action.answer is not None or action.status in ("failed", "unsure")
        elif isinstance(action, Press | actions.KeyDown | actions.KeyUp):
            assert not all(in_pyautogui(key) for key in action.keys)
        else:
            known = Click | Scroll | Input | Drag | LongPress | Hover | Wait
            assert not isinstance(action, known | actions.MouseDown | actions.MouseUp)
        return
    parsed = code.parse(written, PLAIN)
    expected = notches(action, PLAIN) if isinstance(action, Scroll | Click | Finished) else action
    assert parsed.action == expected
    assert parsed.outcome == "strict" or (isinstance(action, Scroll) and parsed.repairs)


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
@settings(max_examples=25)
@given(data=st.data())
def test_pyautogui_points_in_other_spaces(frame: Frame, data: st.DataObject) -> None:
    action = data.draw(st.builds(Drag, start_point=points(frame), end_point=points(frame)))
    code = FORMATS["pyautogui"]
    same_but_for_rounding(code.parse(code.render(action, frame), frame).action, action, frame)


@pytest.mark.parametrize("name", FORMATS)
@given(text=st.text(max_size=60) | st.text(alphabet="{}[]()\"'\\:,ab1 .-\n`<>", max_size=80))
def test_any_text_is_an_action_or_a_one_line_error(name: str, text: str) -> None:
    said = "x"
    try:
        FORMATS[name].parse(text, PLAIN)
    except FormatError as error:
        said = str(error)
    assert "\n" not in said
    assert 0 < len(said) < 600


MEGABYTES = {
    "letters": "a" * 10**6,
    "blanks": " " * 10**6,
    "prose": "I think that " * 80_000,
    "brackets": "[" * 10**6,
    "braces": "{" * 10**6,
    "objects": '{"a":' * 200_000,
    "quotes": '"' * 10**6,
    "list of texts": '["' * 300_000,
    "one object": '{"a":"' + 'x" y "' * 160_000,
    "comments": "{/*" * 300_000,
    "fences": "```" * 300_000,
    "thoughts": "<think>" * 140_000,
    "labels": "action " * 140_000 + "{",
    "backslashes": '{"action":"input","text":"' + "\\" * 10**6,
    "parentheses": "(" * 10**6,
    "minus": "-" * 999_990 + "1",
    "attributes": "a." * 400_000 + "b()",
    "lines": "x\n" * 500_000,
    "long text": '{"action":"input","text":"' + "a" * 10**6 + '"}',
    "long code": 'pyautogui.write("' + "a" * 900_000 + '")',
    "two megabytes": "b" * 2_500_000,
}


@pytest.mark.parametrize("text", MEGABYTES.values(), ids=MEGABYTES)
@pytest.mark.parametrize("name", ["json", "pyautogui", "uitars"])
def test_a_megabyte_is_refused_in_one_short_line(name: str, text: str) -> None:
    with pytest.raises(FormatError) as error:
        FORMATS[name].parse(text, PLAIN)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


def test_a_long_text_is_typed_whole() -> None:
    action = Input(text="it's \\ 中🚗\n" * 9000)
    for name in ("json", "mimo", "pyautogui"):
        assert FORMATS[name].parse(FORMATS[name].render(action, PLAIN), PLAIN).action == action


def test_mimo_turns_the_direction_round() -> None:
    mimo, canonical = FORMATS["mimo"], FORMATS["json"]
    for said, meant in {"up": "down", "down": "up", "left": "left", "right": "right"}.items():
        answer = json.dumps({"action": "scroll", "direction": said})
        assert mimo.parse(answer, PLAIN).action == Scroll(direction=meant)
        assert canonical.parse(answer, PLAIN).action == Scroll(direction=said)
        assert json.loads(mimo.render(Scroll(direction=meant), PLAIN))["direction"] == said


def test_mimo_speaks_in_pixels_of_the_resized_picture() -> None:
    frame = FRAMES["shrunk"]  # 3840×2160 seen as 2380×1344
    parsed = FORMATS["mimo"].parse('{"action":"click","start_point":[1190,672]}', frame)
    assert parsed.action == Click(start_point=(1920, 1080))
    scroll = FORMATS["mimo"].parse('{"action":"scroll","direction":"up","scroll_distance":672}', frame)
    assert scroll.action == Scroll(direction="down", scroll_distance=1080)
    with pytest.raises(FormatError, match="2380×1344 picture"):
        FORMATS["mimo"].parse('{"action":"click","start_point":[3000,1000]}', frame)


def test_mimo_takes_app_name_as_documented() -> None:
    parsed = FORMATS["mimo"].parse('{"action":"open","app_name":"Maps"}', PLAIN)
    assert (parsed.action, parsed.repairs) == (actions.Open(app="Maps"), ())
    assert FORMATS["mimo"].render(Finished(), PLAIN) == '{"action": "finished", "status": "success"}'


def test_fractions_where_the_space_is_one_by_one() -> None:
    parsed = FORMATS["json"].parse('{"action":"click","start_point":[0.5,0.25]}', FRAMES["fractions"])
    assert (parsed.action, parsed.repairs) == (Click(start_point=(960, 270)), ())


def test_schema_bounds_points_by_the_picture() -> None:
    schema = FORMATS["mimo"].schema(FRAMES["shrunk"])
    assert schema is not None
    check = jsonschema.Draft202012Validator(schema).is_valid
    assert check({"action": "click", "start_point": [2379, 1343]})
    assert not check({"action": "click", "start_point": [2380, 0]})
    assert not check({"action": "click", "start_point": [0, 1344]})
    assert not check({"start_point": [0, 0]})
