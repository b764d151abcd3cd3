"""`agent doctor --model embedded`: a model that reads screens, but answers no questions, is asked for words."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

from model.base import Model
from model.family import Family
from model.grounding import ground
from model.probe import Finding, Report, Space

_SIZE = (1280, 800)
_BUTTONS = {"Save": (180, 120), "Cancel": (1050, 90), "Settings": (640, 420), "Log out": (220, 690)}
_NEAR = 30.0
"""Pixels from the middle of a button, at most."""


def find_words(model: Model, family: Family, say: Callable[[str], None]) -> Report:
    """Asks for four buttons at known places.

    Raises:
        ModelFault: the model cannot be asked at all.
    """
    say("Where are the buttons? …")
    picture = Image.new("RGB", _SIZE, (244, 244, 244))
    draw = ImageDraw.Draw(picture)
    for name, (x, y) in _BUTTONS.items():
        draw.rounded_rectangle((x - 80, y - 24, x + 80, y + 24), 6, fill=(30, 90, 200))
        draw.text((x, y), name, fill="white", font=ImageFont.load_default(20), anchor="mm")
    report = Report(model.name, family.name)
    found, seconds = {}, []
    for name, place in _BUTTONS.items():
        answer = ground(model, picture, f"the {name} button", family=family)
        seconds.append(answer.reply.wall_s)
        if answer.point is not None:
            found[name] = math.dist(answer.point, place)
    right = [name for name, away in found.items() if away <= _NEAR]
    report.calls, report.sees = len(_BUTTONS), len(right) == len(_BUTTONS)
    words = f"it finds {len(right)} of {len(_BUTTONS)} buttons by what is written on them"
    if missed := [name for name in _BUTTONS if name not in right]:
        words += f"; not {', '.join(missed)}"
    else:
        report.space = Space("pixels", error=statistics.mean(found.values()))
    report.findings = [
        Finding("sees", report.sees, words),
        Finding("answers", None, "only to tasks and targets; there is no prose, schema or thinking to try"),
        Finding("speed", None, f"{statistics.median(seconds):.2f} s an answer (median)"),
    ]
    return report
