"""Answers that no format was written for: valid ones of every family, broken in all the ways that text can be.

Used by the test (`test_fuzz.py`, some 50,000 answers) and by the bench (`tests/bench/parse_fuzz.py`, 100,000).
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from action_space import schema
from action_space.actions import ACTIONS
from action_space.formats import FORMATS, CannotExpress, FormatError, Parsed
from action_space.formats.grounding import parse_point
from action_space.geometry import Box, Frame, Size

FRAMES = (
    Frame(Size(1280, 800)),
    Frame(Size(1280, 800), Size(1000, 1000)),
    Frame(Size(1280, 800), Size(1, 1)),
    Frame(Size(2560, 1600), Size(1288, 812), pixel_ratio=(2.0, 2.0), pointer=(30, 40)),
    Frame(Size(1280, 800), Size(400, 300), Box(100, 100, 500, 400)),
)
GROUNDING = "grounding"
_PLACES = (
    '{"point_2d": [640, 400]}', '[{"bbox_2d": [1, 2, 30, 40], "label": "x"}]', "<box>1 2 30 40</box>",
    "(640, 400)",
    "<|box_start|>(1,2),(30,40)<|box_end|>", "Click(640, 400)", "pyautogui.click(x=640, y=400)", "[0.5, 0.25]",
    '{"x": 640, "y": 400}', "<point>640 400</point>", "The 1280x800 picture shows it at (640, 400).",
)  # fmt: skip
_NUMBERS = (
    "1e309", "-1e309", "1e400", "NaN", "Infinity", "-Infinity", "-0", "-1", "1e-400", "0.0000001", "65536", "1.5",
    "99999999999999999999", "1" * 30, "1" * 400, "9" * 4301, "-" + "9" * 350, "0x10", "0x" + "f" * 6000, "1_000",
    "٣", "１２", "Ⅷ", "½", "true", "null", '"5"', "[5]", "{}", "[]", "1e308", "65535.5", "1279.9999", ".5",
    "5.", "+5",
    "0b1", "1j", "2147483648", "1e15", "-1e5", '{"a": 1}', '["click"]', '{"status": {}}', "nan", "inf",
    "None", "True",
)  # fmt: skip
_PIECES = (
    "{", "}", "[", "]", "(", ")", '"', "'", ",", ":", "\\", "\n", "\x00", "\ud800", "\udfff", "\ud83d", "\\ud83d",
    "\\udc00", "\\u0000", "\u202e", "\ufeff", "“", "”", "，", "：", "「", "｛", "【", "</think>", "<think>", "```",
    "```json", "<tool_call>", "</tool_call>", "<function=computer_use>", "<parameter=action>", "</parameter>",
    "<|box_start|>", "<|im_end|>", "<point>", "</point>", "/*", "*/", "//", "#", "{{", "}}", "DONE", "FAIL",
    "WAIT",
    "finished()", '"action"', '"start_point"', '"status"', '"text"', '"actions"', '"arguments"', '"path"',
    "\t", "\r",
    "\u2028", "İ", "🚗", "ﬀ", "\x1b[31m", "\x7f", "  " * 50, "keyDown('ctrl')", "time.sleep(1e400)",
    "with x:", "lambda:0",
    "[INFEASIBLE]", "++", "ctrl +", "−5", "e\u0301",
)  # fmt: skip
_FIELDS = (
    '"action":"click",', '"x":1,', '"start_point":[1,2],', '"a":{"b":{"c":[[[[1]]]]}},', '"duration":-1e309,',
    '"time":-1e309,', '"seconds":1e309,', '"unknown":1,', '"action":["click"],', '"action":{},', '"status":[],',
    '"status":{"a":1},', '"keys":[null,{}],', '"keys":[[]],', '"text":{},', '"scroll_y":1e999,', '"path":[[1]],',
    '"path":{},', '"modifiers":[1],', '"coordinate":{},', '"repeat":"x",', '"direction":[],', '"pixels":NaN,',
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


def seeds() -> dict[str, list[str]]:
    """Format → answers that are valid in it, or were written by a model."""
    known = json.loads(Path(__file__).with_name("answers.json").read_text("utf-8"))
    found: dict[str, list[str]] = {name: [] for name in FORMATS} | {GROUNDING: list(_PLACES)}
    for case in known:
        found[case["format"]].append(case["answer"])
    for name, form in FORMATS.items():
        for cls in ACTIONS.values():
            try:
                found[name].append(form.render(schema.validate(cls.EXAMPLE), FRAMES[0]))
            except CannotExpress:
                continue
    return found


def answers(count: int, seed: int) -> Iterator[tuple[str, str, Frame]]:
    """`count` answers: format, text, frame. The same for the same seed."""
    rng = random.Random(seed)
    pool = seeds()
    names = list(pool)
    for number in range(count):
        name = names[number % len(names)]
        source = rng.choice(pool[name if rng.random() < 0.8 else rng.choice(names)])
        yield name, _mutated(source, rng, pool, names), rng.choice(FRAMES)


def _mutated(text: str, rng: random.Random, pool: dict[str, list[str]], names: list[str]) -> str:
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        n = len(text)
        i = rng.randrange(n + 1)
        j = min(n, i + rng.randrange(1, 20))
        match rng.randrange(15):
            case 0:
                text = text[:i] + text[j:]
            case 1:
                text = text[:i] + rng.choice(_PIECES) + text[i:]
            case 2:
                text = text[:i] + text[i:j] * rng.choice((2, 3, 50)) + text[j:]
            case 3:
                text = text[:i]
            case 4 | 5 | 6:
                if found := [*_NUMBER.finditer(text)]:
                    one = rng.choice(found)
                    text = text[: one.start()] + rng.choice(_NUMBERS) + text[one.end() :]
            case 7 | 8:
                if found := [*_TEXT.finditer(text)]:
                    one = rng.choice(found)
                    other = rng.choice((*_NUMBERS, *_PIECES, '"' + "A" * rng.choice((10, 1001, 5000)) + '"'))
                    text = text[: one.start()] + other + text[one.end() :]
            case 9:
                other = rng.choice(pool[rng.choice(names)])
                text = text[:i] + other[rng.randrange(len(other) + 1) :] + text[i:] * rng.randrange(2)
            case 10:
                text = text[:i] + chr(rng.choice((rng.randrange(128), rng.randrange(0x110000)))) + text[i + 1 :]
            case 11:
                text = text.replace('"', rng.choice(("'", "“", "`", "")), rng.choice((1, -1)))
            case 12:
                text = text.replace("{", "{" + rng.choice(_FIELDS), 1)
            case 13:
                text = text.upper() if rng.random() < 0.5 else text.swapcase()
            case 14:
                opening, closing = rng.choice(
                    (("[", "]"), ("{'a':", "}"), ("(", ")"), ("[[", "]]"), ("<think>", ""))
                )
                depth = rng.choice((1, 1, 3, 3, 15, 15, 70, 70, 70, 2000))
                text = opening * depth + text + closing * rng.choice((0, depth))
    return text


@dataclass
class Tally:
    """What became of the answers; `wrong` names each that broke a promise."""

    count: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def parse(self, name: str, text: str, frame: Frame) -> None:
        """Parse one, and check that it is a valid action inside the picture, or a one-line FormatError."""
        self.count += 1
        try:
            if name == GROUNDING:
                point, _ = parse_point(text, frame)
                self.outcomes["point"] += 1
                problem = "" if _inside(point, frame) else f"point {point}"
            else:
                parsed = FORMATS[name].parse(text, frame)
                self.outcomes[parsed.outcome] += 1
                problem = _problem(parsed, frame)
        except FormatError as error:
            self.outcomes["failed"] += 1
            said = str(error)
            problem = "" if said and "\n" not in said and len(said) < 600 and _writable(said) else "message"
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            self.wrong.append(f"{name}: {text[:300]!r}: {problem}")


def _problem(parsed: Parsed, frame: Frame) -> str:
    data = parsed.action.to_json()
    if not all(_inside(point, frame) for point in parsed.action.points().values()):
        return f"outside: {data}"
    if not _writable(json.dumps(data, ensure_ascii=False) + parsed.thought + "".join(parsed.repairs)):
        return "holds half a character"
    if schema.validate(json.loads(json.dumps(data)), frame.screen) != parsed.action:
        return f"another action after writing and reading: {data}"
    return ""


def _inside(point: tuple[int, int], frame: Frame) -> bool:
    x, y = point
    return type(x) is int and type(y) is int and 0 <= x < frame.screen.width and 0 <= y < frame.screen.height


def _writable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
