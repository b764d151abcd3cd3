"""What the gallery shows of one row: the picture, what was said and what is true drawn on it, and the facts."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.evaluate.report.outcome import outcome
from agent.evaluate.results import EpisodeResult
from agent.report.marks import Drawing, draw
from agent.report.pictures import Unshowable, open_picture
from agent.trace.reader import read_trace
from agent.trace.writer import TraceError

if TYPE_CHECKING:
    from PIL import Image

BUDGET, LEAST = 12_000_000, 6_000  # bytes of all pictures; the share below which none is pressed
GRADES = ((1280, 70), (900, 60), (640, 55), (480, 50), (360, 40))  # width in pixels, WebP quality
_THREADS = 4
_FURTHEST = 1e6  # pixels: beyond it there is no picture


@dataclass(frozen=True)
class Card:
    """One row of the gallery. Shapes are corners in percent of the picture, as SVG has them ("10,20 30,20 …").

    Attributes:
        src: the picture as a data URI; "": there is none, `problem` says why.
        truth, said: shapes of the target, and of the predicted box; "": there is none.
        facts: name and value, for below the picture.
    """

    task: str
    seed: int
    passed: bool
    outcome: str
    instruction: str
    reason: str
    drawing: Drawing
    src: str = ""
    width: int = 1280
    height: int = 800
    problem: str = ""
    truth: str = ""
    said: str = ""
    link: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def cards(rows: Sequence[EpisodeResult], folder: Path, links: dict[str, str]) -> list[Card]:
    """The cards of the rows. Paths of pictures and traces that are not absolute start at `folder`."""
    share = max(LEAST, BUDGET // max(1, len(rows)))
    with ThreadPoolExecutor(_THREADS) as pool:  # decoding and pressing a picture leaves the interpreter free
        return list(pool.map(lambda row: _card(row, folder, links, share), rows))


def _card(row: EpisodeResult, folder: Path, links: dict[str, str], share: int) -> Card:
    details = row.details
    # The pictures of items are the data's own and lie anywhere; those of traces lie in the run's folder.
    path, action = _last(folder / row.trace) if row.trace else (None, None)
    within: Path | None = folder
    if details.get("picture"):
        path, action, within = folder / str(details["picture"]), _predicted(details), None
    src, size, problem = _picture(path, share, within)
    truth = _shape(details.get("polygon") or details.get("box"), size)
    facts = [
        (name, str(details[key])[:300])
        for name, key in (("Answer", "answer"), ("Accepted", "answers"))
        if details.get(key)
    ]
    return Card(
        task=row.task,
        seed=row.seed,
        passed=row.passed,
        outcome=outcome(row),
        instruction=str(details.get("instruction") or "")[:600],
        reason=row.reason[:400],
        drawing=draw(action, size) if action else Drawing(""),
        src=src,
        width=size[0],
        height=size[1],
        problem=problem,
        truth=truth or _true_point(details, size),
        said=_shape(details.get("predicted_box"), size),
        link=links.get(row.trace, ""),
        facts=tuple(facts),
    )


def _predicted(details: dict[str, Any]) -> dict[str, Any] | None:
    if isinstance(details.get("predicted_action"), dict):
        action: dict[str, Any] = details["predicted_action"]
        return action
    point = details.get("predicted")
    return {"action": "click", "start_point": point} if point else None


def _last(trace: Path) -> tuple[Path | None, dict[str, Any] | None]:
    """The picture that the last step of a trace answered, and its action."""
    try:
        steps = read_trace(trace).steps
    except (TraceError, OSError, ValueError):  # ValueError: a name that no disk has
        return None, None
    if not steps:
        return trace / "final.png", None
    step = steps[-1]
    name = Path(str(step.get("screenshot_file") or f"step_{len(steps)}.png")).name
    action = step.get("action")
    return trace / name, action if isinstance(action, dict) else None


def _picture(path: Path | None, share: int, within: Path | None) -> tuple[str, tuple[int, int], str]:
    """Data URI, size in pixels of the original, and what is wrong."""
    if path is None:
        return "", (1280, 800), "no trace was kept: --traces keeps them"
    try:
        image = open_picture(path, within=within, widest=GRADES[0][0])
    except Unshowable as problem:
        return "", (1280, 800), f"{path.name[:200]} {problem}"
    size: tuple[int, int] = image.info["size"]
    pressed = b""
    for width, quality in GRADES[_first_grade(share) :]:
        image = _within(image, width)
        pressed = _webp(image, quality)
        if len(pressed) <= share:
            break
    return "data:image/webp;base64," + base64.b64encode(pressed).decode(), size, ""


def _first_grade(share: int) -> int:
    """The first grade that a screenshot may fit at all; trying larger ones would only take time."""
    return 0 if share > 60_000 else 1 if share > 35_000 else 2 if share > 18_000 else 3


def _within(image: Image.Image, widest: int) -> Image.Image:
    from PIL import Image

    width, height = image.size
    if width <= widest:
        return image
    size = widest, max(1, round(height * widest / width))
    return image.resize(size, Image.Resampling.BOX if width > 2 * widest else Image.Resampling.BILINEAR)


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=2)
    return buffer.getvalue()


def _shape(value: Any, size: tuple[int, int]) -> str:
    """A box (left, top, right, bottom) or a polygon (points, or their numbers in a row) in pixels."""
    numbers = _numbers(value)
    if len(numbers) == 4 and not (value and isinstance(value[0], list | tuple)):
        left, top, right, bottom = numbers
        numbers = [left, top, right, top, right, bottom, left, bottom]
    if len(numbers) < 6 or len(numbers) % 2:
        return ""
    points = zip(numbers[::2], numbers[1::2], strict=True)
    return " ".join(f"{100 * x / size[0]:.3f},{100 * y / size[1]:.3f}" for x, y in points)


def _true_point(details: dict[str, Any], size: tuple[int, int]) -> str:
    """A small diamond at a recorded point that has no box."""
    point = _numbers(details.get("point"))
    if len(point) != 2:
        return ""
    x, y, reach = *point, size[0] / 80
    return _shape([[x - reach, y], [x, y - reach], [x + reach, y], [x, y + reach]], size)


def _numbers(value: Any) -> list[float]:
    if not isinstance(value, list | tuple):
        return []
    flat = [part for one in value for part in (one if isinstance(one, list | tuple) else (one,))]
    if not all(isinstance(part, int | float) and not isinstance(part, bool) for part in flat):
        return []
    return [float(part) for part in flat if abs(part) < _FURTHEST]
