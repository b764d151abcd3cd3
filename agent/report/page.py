"""One self-contained HTML file that shows a run: `agent report RUN`.

The file asks for nothing from outside, works without scripts, and treats every text of the trace as untrusted:
the template escapes all of it, and a content security policy lets no script run but the report's own.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

from agent.files import read_file, write_file
from agent.report.marks import Drawing, draw
from agent.text import dumps, loads, redacted, without_controls
from agent.trace.reader import Trace, read_trace
from agent.trace.writer import TraceError
from envs.base import StateDiff
from envs.effect import describe

if TYPE_CHECKING:
    from PIL import Image

# Width in pixels and WebP quality of a screenshot: the first that keeps it within its share of the budget.
GRADES = ((1600, 80), (1280, 50), (1000, 35), (800, 25))
BUDGET, LEAST = 6_500_000, 40_000  # bytes of all screenshots; the share below which none is pressed
THUMB = 216  # pixels, width of a thumbnail: 108 points on a dense display
_WIDEST, _LARGEST, _LONGEST_NAME = 100_000, 1e15, 200
LONGEST = 20_000  # characters of one text; the rest stays in the trace, the report says how much
_PAIR = re.compile(r"\[\n\s+(-?[\d.]+),\n\s+(-?[\d.]+)\n\s+\]")  # a point: it stands on one line
PHASES = ("observe", "decide", "execute", "settle", "record")
BADGES = {
    "verified": ("✓", "good", "verified", "Done, and a check of the page's own state agrees."),
    "claimed": ("✓", "doubt", "claimed", "The agent says that it is done; nothing checked it."),
    "unsure": ("?", "doubt", "unsure", "The agent does not know whether it is done."),
    "blocked": ("!", "doubt", "blocked", "The agent needs a person to go on."),
    "failed": ("✕", "bad", "failed", "It was not done."),
    "unfinished": ("…", "doubt", "unfinished", "The trace ends without a result."),
}


@dataclass(frozen=True)
class Picture:
    """A screenshot as it stands in the report. `src` is a data URI, "" when the file is missing or damaged."""

    name: str
    width: int
    height: int
    src: str = ""
    thumb: str = ""
    problem: str = ""


@dataclass(frozen=True)
class View:
    """One panel of the report: a step, or the end of the run (`number` 0)."""

    number: int
    anchor: str
    picture: Picture
    drawing: Drawing
    step: dict[str, Any]
    texts: dict[str, str]
    times: list[tuple[str, float]]
    region: tuple[float, float, float, float] | None
    flag: str


def build_report(trace_dir: Path | str, out: Path | str | None = None) -> Path:
    """Writes the report of one run and returns its path.

    Args:
        trace_dir: the trace folder; it may be incomplete.
        out: the file to write; default: report.html in the trace folder.

    Raises:
        TraceError: the folder holds no run, or the file cannot be written.
    """
    trace = read_trace(Path(trace_dir))
    path = Path(out) if out is not None else trace.folder / "report.html"
    html = render(trace)
    try:
        write_file(path, without_controls(html).encode())
    except OSError as problem:
        raise TraceError(f"{path}: the report cannot be written ({problem.strerror or problem})") from problem
    return path


def render(trace: Trace) -> str:
    """The report as HTML text."""
    here = Path(__file__).parent
    script = (here / "report.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(here),
        autoescape=True,  # and no StrictUndefined: any key of a trace may be missing
        trim_blocks=True,
        lstrip_blocks=True,
    )
    result = trace.result or {}
    status = str(result.get("status") or "unfinished")
    views = _views(trace)
    return environment.get_template("report.html.j2").render(
        style=(here / "report.css").read_text("utf-8"),
        script=script,
        script_digest=digest,
        trace=trace,
        task=_text(trace.run.get("task"), 2000) or "(no task in this trace)",
        badge=BADGES.get(status, ("?", "doubt", status[:40], "")),
        reason=_text(result.get("reason")),
        answer=_text(result.get("answer")),
        verdict=_dict(result.get("verdict")),
        unconfirmed=[_text(one) for one in _list(result.get("unconfirmed"))],
        expectations=_checked(result.get("expectations")),
        facts=_facts(trace),
        setup=_pretty(redacted({key: value for key, value in trace.run.items() if key != "task"})),
        views=views,
        slowest=max((sum(seconds for _, seconds in view.times) for view in views), default=0.0),
    )


def _checked(value: Any) -> list[dict[str, str]]:
    """What became of the expectations, as texts."""
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [{name: _text(row.get(name), 500) for name in ("expectation", "outcome", "seen")} for row in rows[:200]]


def _views(trace: Trace) -> list[View]:
    share = max(LEAST, BUDGET / (len(trace.steps) + 1))
    views = [_view(trace.folder, step, position, share) for position, step in enumerate(trace.steps, 1)]
    if (trace.folder / "final.png").exists() and not (views and _same_file(trace.folder, views[-1])):
        size = (views[-1].picture.width, views[-1].picture.height) if views else (1280, 800)
        picture = _picture(trace.folder, "final.png", size, share)
        views.append(View(0, "end", picture, Drawing("the screen at the end"), {}, {}, [], None, ""))
    return views


def _same_file(folder: Path, last: View) -> bool:
    """The last step left the screen as it was, as `finished` does: the end needs no panel of its own."""
    try:
        names = "final.png", Path(last.picture.name).name
        one, other = (read_file(folder / name, within=folder) for name in names)
    except (OSError, ValueError):
        return False
    return one == other


def _view(folder: Path, step: dict[str, Any], position: int, share: float) -> View:
    number = step.get("step_num")
    number = number if isinstance(number, int) and number > 0 else position
    size = _size(step.get("frame"))
    picture = _picture(
        folder, str(step.get("screenshot_file") or f"step_{number}.png"), size or (1280, 800), share
    )
    size = size or (picture.width, picture.height)
    action = _action(step.get("action"))
    effect, error = _dict(step.get("effect")), _dict(step.get("error"))
    answers = [_dict(answer) for answer in _list(step.get("answers")) if isinstance(answer, dict)]
    texts = {
        "thought": _text(step.get("thought")),
        "action": _pretty(action) if action else "",
        "effect": effect_words(effect) if effect else "",
        "error": _text(error.get("message")),
        "response": "" if answers else _text(step.get("response")),
    }
    flag = "bad" if error or action is None else "dull" if texts["effect"] == "nothing changed" else ""
    return View(
        number=number,
        anchor=f"step-{number}",
        picture=picture,
        drawing=draw(action, size),
        step={
            **step,
            "error": error,
            "answers": [{**answer, "text": _text(answer.get("text"))} for answer in answers],
            "settled": _dict(step.get("settled")),
            "usage": {key: value for key, value in _dict(step.get("usage")).items() if value},
            "details": _pretty(step["details"]) if step.get("details") else "",
            "notes": [_text(note, 2000) for note in _list(step.get("notes"))],
        },
        texts=texts,
        times=_times(_dict(step.get("timings"))),
        region=_region(effect.get("region"), size),
        flag=flag,
    )


def _picture(folder: Path, name: str, size: tuple[int, int], share: float) -> Picture:
    from agent.report.pictures import Unshowable, open_picture

    name = name[:_LONGEST_NAME]
    try:
        # The name comes from the trace: only a file that lies in the folder itself is read.
        image = open_picture(folder / Path(name).name, within=folder)
    except Unshowable as problem:
        return Picture(name, *size, problem=f"{name} {problem}.")
    for width, quality in GRADES:
        shown = _webp(image, width, quality)
        if len(shown) <= share:
            break
    return Picture(name, *image.size, src=_data_uri(shown), thumb=_data_uri(_webp(image, THUMB, 70)))


def _webp(image: Image.Image, widest: int, quality: int) -> bytes:
    from PIL import Image

    width, height = image.size
    if width > widest:
        image = image.resize((widest, max(1, round(height * widest / width))), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=3)
    return buffer.getvalue()


def _data_uri(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode()


def effect_words(effect: dict[str, Any]) -> str:
    """What an action changed, in one line: the trace's own words, else made from its figures."""
    if isinstance(effect.get("text"), str) and effect["text"]:
        return _text(effect["text"], 2000)
    dialog = effect.get("dialog")
    downloads = [str(path) for path in _list(effect.get("downloads"))]
    found = StateDiff(
        changed=min(1.0, max(0.0, _number(effect.get("changed")))),
        url=str(effect["url"]) if effect.get("url") else None,
        title=str(effect["title"]) if effect.get("title") else None,
        tabs=int(_number(effect.get("tabs"))),
        active_tab=effect.get("active_tab") is True,
        dialog=dialog if dialog in ("opened", "closed") else None,
        downloads=tuple(downloads),
        file_chooser=effect.get("file_chooser") is True,
    )
    return _text(describe(found), 2000)


def _facts(trace: Trace) -> list[tuple[str, str]]:
    """Name and value, for the head of the report; what the trace does not know is left out."""
    run, result = trace.run, trace.result or {}
    model, environment = _dict(run.get("model")), _dict(run.get("environment"))
    timings, parse, usage = (_dict(result.get(key)) for key in ("timings", "parse", "usage"))
    total = _number(timings.get("total_s")) or sum(
        sum(seconds for _, seconds in _times(_dict(step.get("timings")))) for step in trace.steps
    )
    facts = [
        ("Steps", str(result.get("steps", len(trace.steps)))),
        ("Time", f"{total:.1f} s" if total else ""),
        ("Model", _text(model.get("name"), 200)),
        ("Environment", _text(environment.get("name"), 200)),
        ("Started", _text(run.get("started"), 40).replace("T", " ")),
        ("Tokens", f"{sum(int(_number(usage.get(f'{kind}_tokens'))) for kind in ('prompt', 'completion')):,}"),
        (
            "Answers",
            ", ".join(f"{parse[key]} {key}" for key in ("strict", "repaired", "failed") if parse.get(key)),
        ),
    ]
    return [(name, value) for name, value in facts if value and value != "0"]


def _times(timings: dict[str, Any]) -> list[tuple[str, float]]:
    found = [(phase, _number(timings.get(f"{phase}_s"))) for phase in PHASES]
    found = [(phase, seconds) for phase, seconds in found if seconds > 0]
    other = _number(timings.get("total_s")) - sum(seconds for _, seconds in found)
    return [*found, ("other", other)] if other > 0.001 else found


def _size(frame: object) -> tuple[int, int] | None:
    screen: Any = _dict(frame).get("screen")
    if not isinstance(screen, list) or len(screen) != 2:
        return None
    if not all(1 <= _number(side) <= _WIDEST for side in screen):
        return None
    return int(screen[0]), int(screen[1])


def _region(box: object, size: tuple[int, int]) -> tuple[float, float, float, float] | None:
    """Left, top, width, height in percent of the picture."""
    if not isinstance(box, list) or len(box) != 4:
        return None
    left, top, right, bottom = (_number(side) for side in box)
    if right <= left or bottom <= top:
        return None
    return (
        100 * left / size[0],
        100 * top / size[1],
        100 * (right - left) / size[0],
        100 * (bottom - top) / size[1],
    )


def _action(value: Any) -> dict[str, Any] | None:
    """The canonical action; OSWorld's own traces hold it as text."""
    if isinstance(value, str):
        try:
            value = loads(value)
        except ValueError:
            return {"action": value[:200]}
    return value if isinstance(value, dict) else None


def _text(value: object, limit: int = LONGEST) -> str:
    text = "" if value is None else value if isinstance(value, str) else _pretty(value)
    text = redacted(text)
    return text if len(text) <= limit else f"{text[:limit]}\n… {len(text) - limit:,} more characters in the trace"


def _pretty(value: object) -> str:
    text = dumps(value, indent=2)
    text = _PAIR.sub(r"[\1, \2]", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST:,} more characters"


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: object) -> float:
    """The number; 0 for what is none, and for one that no trace of a run can hold."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _LARGEST:
        return 0.0
    return float(value)
