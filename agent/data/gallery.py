"""One self-contained HTML file that shows a data set: `agent data show FOLDER`.

Boxes and actions are drawn over the pictures. As in the report of a run, the file asks for nothing from outside,
every text is escaped, and no script runs.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import jinja2
from PIL import Image

from agent.report.marks import draw
from model.training.data.dataset import CannotWrite, DataSet
from model.training.data.pictures import PictureFault
from model.training.data.records import Episode, GroundingItem, ParsedScreen, Picture, Record, Step

BUDGET, LEAST = 24_000_000, 24_000  # bytes of all pictures; the share below which none is pressed
GRADES = ((1400, 80), (1000, 60), (720, 45))  # width in pixels and WebP quality, the first that keeps the share
LONGEST = 2_000  # characters of one text


@dataclass(frozen=True)
class Shape:
    """Something drawn over a picture, in pixels of it: a box (four numbers), a point (two), a `drag` (four)."""

    kind: str
    numbers: tuple[float, ...]
    label: str = ""


@dataclass(frozen=True)
class Panel:
    """A picture with what is drawn on it and said beside it. `src` is a data URI, "" where `problem` says why."""

    width: int
    height: int
    src: str
    problem: str
    shapes: tuple[Shape, ...]
    words: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    learned: bool = True

    @property
    def unit(self) -> float:
        """Width of a line, so that it looks the same on every picture."""
        return max(self.width, self.height) / 500


@dataclass(frozen=True)
class Card:
    """One record."""

    kind: str
    id: str
    head: str
    facts: tuple[str, ...]
    panels: tuple[Panel, ...]
    text: tuple[str, str] | None = None


def build_gallery(
    data: DataSet, out: Path, *, limit: int = 100, on_record: Callable[[int], None] | None = None
) -> int:
    """Write the gallery of the first `limit` records; how many are shown.

    Raises:
        BadRecord: a record is not right.
        CannotWrite: the file cannot be written.
    """
    records = list(islice(data, limit + 1))
    more, records = len(records) > limit, records[:limit]
    pictures = sum(len(record.steps) if isinstance(record, Episode) else 1 for record in records)
    share = max(LEAST, BUDGET // max(1, pictures))
    cards = []
    for number, record in enumerate(records, 1):
        cards.append(_card(record, data, share))
        if on_record:
            on_record(number)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        # A lone surrogate has no UTF-8: it becomes a question mark.
        out.write_bytes(render(data.folder.name, cards, more).encode("utf-8", "replace"))
    except OSError as error:
        raise CannotWrite(f"{out}: cannot be written ({error.strerror or error})") from error
    return len(cards)


def render(name: str, cards: Iterable[Card], more: bool) -> str:
    """The gallery as HTML text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("gallery.html.j2").render(name=name, cards=list(cards), more=more)


def _card(record: Record, data: DataSet, share: int) -> Card:
    origin = record.origin
    facts = [origin.source, origin.licence, origin.language, origin.platform, origin.split]
    if isinstance(record, GroundingItem):
        shapes = tuple(Shape("box", box) for box in record.boxes)
        facts += [record.kind or "", record.asked_by, "absent" if record.absent else ""]
        lines = (("text", record.text),) if record.text else ()
        panel = _panel(data, record.picture, shapes, share, lines=lines)
        return _made("grounding", record.id, record.instruction, facts, (panel,))
    if isinstance(record, ParsedScreen):
        shapes = tuple(
            Shape(f"box {one.kind}", one.box, " ".join((one.kind, one.text, *one.states)).strip())
            for one in record.elements
        )
        facts += [record.look, f"{len(record.elements)} elements"]
        return _made("screen", record.id, "", facts, (_panel(data, record.picture, shapes, share),))
    if isinstance(record, Episode):
        facts += [record.verdict, f"reward {record.reward:g}" if record.reward is not None else ""]
        panels = tuple(_step(data, number, step, share) for number, step in enumerate(record.steps, 1))
        return _made("episode", record.id, record.task, facts, panels)
    text = _short(record.prompt), _short(record.completion)
    return Card("text", record.id, "", tuple(fact for fact in facts if fact), (), text)


def _made(kind: str, name: str, head: str, facts: list[str], panels: tuple[Panel, ...]) -> Card:
    return Card(kind, name, _short(head), tuple(fact for fact in facts if fact), panels)


def _step(data: DataSet, number: int, step: Step, share: int) -> Panel:
    drawing = draw(step.action, (step.picture.width, step.picture.height))
    lines = [("thought", step.thought), *(("told", note) for note in step.notes), ("effect", step.effect)]
    lines += [("not done", step.error)]
    return _panel(
        data,
        step.picture,
        _drawn(step),
        share,
        words=f"{number}. {drawing.words}",
        lines=tuple((name, _short(text)) for name, text in lines if text),
        learned=step.learn and step.action is not None,
    )


def _drawn(step: Step) -> tuple[Shape, ...]:
    action: dict[str, Any] = step.action or {}
    shapes = [Shape("box target", step.target)] if step.target else []
    start, end = _point(action.get("start_point")), _point(action.get("end_point"))
    if start and end:
        shapes.append(Shape("drag", (*start, *end)))
    elif start:
        shapes.append(Shape("point", start))
    return tuple(shapes)


def _point(value: Any) -> tuple[float, ...] | None:
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    return tuple(float(part) for part in value) if all(isinstance(part, int | float) for part in value) else None


def _panel(
    data: DataSet,
    picture: Picture,
    shapes: tuple[Shape, ...],
    share: int,
    *,
    words: str = "",
    lines: tuple[tuple[str, str], ...] = (),
    learned: bool = True,
) -> Panel:
    src = problem = ""
    try:
        src = _pressed(data.open_picture(picture), share)
    except PictureFault as fault:
        problem = str(fault)
    return Panel(picture.width, picture.height, src, problem, shapes, words, lines, learned)


def _pressed(image: Image.Image, share: int) -> str:
    content = b""
    for width, quality in GRADES:
        shown = image
        if image.width > width:
            shown = image.resize(
                (width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS
            )
        buffer = io.BytesIO()
        shown.save(buffer, "WEBP", quality=quality, method=3)
        content = buffer.getvalue()
        if len(content) <= share:
            break
    return "data:image/webp;base64," + base64.b64encode(content).decode()


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … {len(text) - LONGEST:,} more characters"
