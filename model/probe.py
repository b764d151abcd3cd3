"""What a model really does, measured with pictures whose answer is known: `agent doctor --model NAME`.

Coloured squares at known places are asked for in the family's own words. From where the model says they are, least
squares tell in which space its coordinates live, and whether the server shrinks what it is sent; one plain picture
in red and one in blue tell whether it sees at all; a question that invites prose tells whether it obeys a schema.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from PIL import Image, ImageDraw

from action_space.formats.base import FormatError
from action_space.formats.grounding import read_numbers
from action_space.geometry import Frame, Size
from model.base import Message, Model, ModelFault, Reply, Request, Sampling
from model.family import Family
from model.grounding import question
from model.profile import Profile
from model.servers.openai import ServerModel

# Multiples of 28 and of 32 at once, and of unlike sides: no coordinate space is mistaken for another.
LARGE, SMALL = (1344, 896), (672, 448)
_SIDE = 28  # half a square, pixels
_PLACES = ((0.12, 0.85), (0.88, 0.12), (0.30, 0.30), (0.72, 0.62), (0.15, 0.15), (0.85, 0.88), (0.50, 0.42))
_COLOURS = {"red": (220, 20, 20), "blue": (20, 40, 220), "green": (0, 150, 40), "orange": (255, 140, 0)}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "colour": {"enum": ["red", "blue", "green"]},
        "squares": {"type": "integer", "minimum": 0, "maximum": 99},
    },
    "required": ["colour", "squares"],
    "additionalProperties": False,
}


@dataclass(frozen=True)
class Space:
    """In which space answers live.

    Attributes:
        name: "pixels", "shrunk pixels", "0–1000", "0–999", "0–1" or "unknown".
        size: width and height of a range; None: pixels.
        scale: pixels of the answers per pixel sent.
        offset: of the answers in that space, x and y, once scaled.
        error: root mean square distance from the truth, pixels of the picture sent.
    """

    name: str
    size: tuple[float, float] | None = None
    scale: float = 1.0
    offset: tuple[float, float] = (0.0, 0.0)
    error: float = 0.0


@dataclass(frozen=True)
class Finding:
    """One thing that was found. `ok` None: it could not be told, or says nothing good or bad."""

    name: str
    ok: bool | None
    words: str


@dataclass
class Report:
    """All that was found about one model."""

    model: str
    family: str
    findings: list[Finding] = field(default_factory=list)
    space: Space = field(default_factory=lambda: Space("unknown"))
    sees: bool | None = None
    schema_parameter: str = ""
    max_pixels: int | None = None
    calls: int = 0

    def profile(self, base_url: str, measured: str) -> Profile:
        """What a run should know."""
        known = self.space.name != "unknown"
        return Profile(
            model=self.model,
            base_url=base_url.rstrip("/"),
            space=self.space.size if known else False,
            scale=self.space.scale if known and self.max_pixels is None else 1.0,
            max_pixels=self.max_pixels,
            schema_parameter=self.schema_parameter,
            measured=measured,
            details=self.to_json(),
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)


class Probe:
    """Asks one model, and reports.

    Args:
        family: its row.
        say: receives a line of progress.
        max_tokens: longest answer, thinking included; the questions need few words.
    """

    def __init__(
        self, model: Model, family: Family, say: Callable[[str], None] | None = None, *, max_tokens: int = 512
    ) -> None:
        self._model, self._family, self._say = model, family, say or (lambda line: None)
        self._max_tokens = max_tokens
        self._replies: list[Reply] = []
        self._speeds: list[float] = []
        self._firsts: list[float] = []
        self.report = Report(model.name, family.name)

    def run(self) -> Report:
        """All measurements.

        Raises:
            ModelFault: the model cannot be asked at all.
        """
        if not self._takes_pictures():
            return self.report
        self._say("Where are the squares? …")
        large = [self._locate(LARGE, place) for place in _PLACES]
        small = [self._locate(SMALL, place) for place in _PLACES[:4]]
        self._space(large, small)
        self._say("What colour is this? …")
        self._sees()
        self._say("Does it keep to a schema? …")
        self._schema()
        self._thinking()
        self._speed()
        self.report.calls = len(self._replies)
        return self.report

    def _takes_pictures(self) -> bool:
        """Whether it answers at all when shown one. A server may refuse pictures where it answers text."""
        try:
            self._ask(Request((Message("user", (Image.new("RGB", (448, 448), "white"), "Hello.")),)))
        except ModelFault as fault:
            try:
                self._ask(Request((Message("user", ("Hello.",)),)))
            except ModelFault:
                raise fault from None
            self.report.sees, self.report.calls = False, len(self._replies)
            self._find("sees", False, f"it answers text, but refuses pictures: {str(fault).splitlines()[0]}")
            return False
        self._replies.clear()
        return True

    def _find(self, name: str, ok: bool | None, words: str) -> None:
        self.report.findings.append(Finding(name, ok, words))

    def _ask(self, request: Request) -> Reply:
        started, times = time.perf_counter(), []
        # The same answer each time.
        request = replace(request, sampling=Sampling(temperature=0.0, max_tokens=self._max_tokens))
        reply = self._model.generate(request, lambda piece: times.append(time.perf_counter()))
        if times:
            self._firsts.append(times[0] - started)
            if reply.usage.completion_tokens > 8 and times[-1] > times[0]:
                self._speeds.append((reply.usage.completion_tokens - 1) / (times[-1] - times[0]))
        self._replies.append(reply)
        return reply

    def _locate(self, size: tuple[int, int], place: tuple[float, float]) -> _Sight:
        """Asks for one square, and keeps what the model said as it stands."""
        number = len(self._replies)
        colour = list(_COLOURS)[number % len(_COLOURS)]
        truth = (round(place[0] * size[0]), round(place[1] * size[1]))
        picture = Image.new("RGB", size, (236, 236, 236))
        x, y = truth
        ImageDraw.Draw(picture).rectangle((x - _SIDE, y - _SIDE, x + _SIDE, y + _SIDE), fill=_COLOURS[colour])
        # The picture has the size that the rule of the family leaves as it is; ours must not change it.
        family = replace(self._family, resize=None)
        request, _ = question(family, picture, Frame(Size(*size)), f"the {colour} square")
        reply = self._ask(replace(request, schema=None))
        try:
            numbers = read_numbers(reply.text)[0]
        except FormatError:
            return _Sight(size, truth, None, reply)
        middle = ((numbers[0] + numbers[-2]) / 2, (numbers[1] + numbers[-1]) / 2)
        return _Sight(size, truth, middle, reply)

    def _space(self, large: list[_Sight], small: list[_Sight]) -> None:
        said = [sight for sight in large if sight.answer is not None]
        if len(said) < 4:
            example = " ".join(large[0].reply.text.split())[:80]
            words = f"{len(said)} of {len(large)} answers hold a point; the first: {example!r}"
            if cut := large[0].reply.cut:
                words += f"; {cut}"
            self._find("coordinates", False, words)
            return
        space = fit(said)
        self.report.space = space
        tokens = _tokens(large[0].reply, small[0].reply)
        if space.name == "unknown":
            self._find(
                "coordinates", False, "its answers do not follow the squares: it points without seeing the picture"
            )
        else:
            words = {
                "pixels": "pixels of the picture that is sent",
                "shrunk pixels": f"pixels of a picture {space.scale:.3g} times as large as the one that is sent",
            }.get(space.name, f"{space.name}, whatever the size of the picture")
            expected = self._family.space
            changed = (space.size != (tuple(expected) if expected else None)) or space.scale != self._family.scale
            note = f"; the family {self._family.name} assumes otherwise: --save remembers it" if changed else ""
            off = (
                f", off by {space.offset[0]:+.0f}, {space.offset[1]:+.0f}"
                if max(map(abs, space.offset)) > 4
                else ""
            )
            self._find("coordinates", True, f"{words}{off}; {space.error:.0f} pixels of error on average{note}")
        self._resizing(space, [sight for sight in small if sight.answer is not None], tokens)

    def _resizing(self, space: Space, small: list[_Sight], tokens: tuple[int, int]) -> None:
        """Does the server shrink what it is sent? Coordinates tell, or the tokens that a larger picture costs."""
        more, expected = tokens
        if space.name == "shrunk pixels":
            other = fit(small) if len(small) >= 3 else space
            always = math.isclose(other.scale, space.scale, rel_tol=0.05)
            rule = "always" if always else "large ones only"
            if not always:
                # A picture within the server's bound is left as it is: its pixels are those of the answers.
                self.report.max_pixels = int(0.96 * LARGE[0] * LARGE[1] * space.scale**2)
            self._find("resizing", False, f"the server shrinks pictures ({rule}): small things are lost")
        elif more > 0 and more < 0.6 * expected:
            self._find(
                "resizing",
                False,
                f"a picture of four times the area costs {more} tokens more where {expected} were to be expected: "
                "the server shrinks it",
            )
        elif more > 0 or space.name == "pixels":
            self._find("resizing", True, "the picture arrives in the size that was sent")
        else:
            self._find("resizing", None, "cannot be told: pictures of both sizes cost the same")

    def _sees(self) -> None:
        said = {}
        for colour in ("red", "blue"):
            picture = Image.new("RGB", (448, 448), _COLOURS[colour])
            message = Message("user", (picture, f"What colour is this picture? One word.{self._family.suffix}"))
            said[colour] = _bare(self._ask(Request((message,))).text).lower()
        right = [colour for colour, text in said.items() if colour in text and len(text) < 200]
        both = all(("red" in text) != ("blue" in text) for text in said.values()) and len(right) == 2
        follows = self.report.space.name != "unknown"
        self.report.sees = both or follows
        if both:
            self._find("sees", True, "it tells a red picture from a blue one")
        elif follows:
            self._find("sees", True, "it finds the squares (it has no words for colours)")
        else:
            texts = ", ".join(repr(text[:40]) for text in said.values())
            self._find("sees", False, f"it sees no pictures: a red and a blue one are {texts} to it")

    def _schema(self) -> None:
        picture = Image.new("RGB", (448, 448), _COLOURS["red"])
        message = Message("user", (picture, f"Tell me about this picture.{self._family.suffix}"))
        request = Request((message,), schema=_SCHEMA)
        if not isinstance(self._model, ServerModel):
            obeyed = self._obeys(request)
            self._find(
                "schema", obeyed, "answers obey a JSON Schema" if obeyed else "it has no use for a JSON Schema"
            )
            return
        for parameter in self._model.ways()[:-1]:
            self._model.schema_parameter = parameter
            if self._obeys(request):
                # Where the server refused this one, the client has found another by itself.
                self.report.schema_parameter = parameter = self._model.schema_parameter
                self._find("schema", True, f"answers obey a JSON Schema, given as {parameter}")
                break
        else:
            self.report.schema_parameter = "none"
            self._find("schema", False, "the server ignores the JSON Schema, in whatever way it is given")
        self._model.schema_parameter = self.report.schema_parameter

    def _obeys(self, request: Request) -> bool:
        import json

        import jsonschema

        try:
            value = json.loads(_bare(self._ask(request).text))
        except (ModelFault, ValueError):
            return False
        return bool(jsonschema.Draft202012Validator(_SCHEMA).is_valid(value))

    def _thinking(self) -> None:
        if self._family.thinking is None and not self._family.thinking_kwarg:
            return
        thinks = {}
        for on in (True, False):
            row = self._family.with_thinking(on)
            picture = Image.new("RGB", (448, 448), _COLOURS["blue"])
            message = Message("user", (picture, f"How many squares of 112 pixels fill this picture?{row.suffix}"))
            request = Request((message,), chat_template_kwargs=row.chat_template_kwargs)
            thinks[on] = _thought(self._ask(request).text)
        if thinks[True] and not thinks[False]:
            self._find("thinking", True, "its switch works")
        elif thinks[True]:
            self._find("thinking", False, "it thinks even when told not to")
        else:
            self._find("thinking", None if not thinks[False] else False, "it does not think when told to")

    def _speed(self) -> None:
        first = f"{statistics.median(self._firsts):.2f} s to the first token" if self._firsts else "no stream"
        speed = f", {statistics.median(self._speeds):.0f} tokens a second" if self._speeds else ""
        whole = statistics.median(reply.wall_s for reply in self._replies)
        self._find("speed", None, f"{first}{speed}, {whole:.2f} s an answer (medians)")


@dataclass(frozen=True)
class _Sight:
    """One square: the size of the picture, where it is, and where the model says it is, in its own numbers."""

    size: tuple[int, int]
    truth: tuple[int, int]
    answer: tuple[float, float] | None
    reply: Reply


def fit(sights: Sequence[_Sight]) -> Space:
    """The space in which the answers of some sights (of one picture size) live."""
    width, height = sights[0].size
    lines = [_line([(s.truth[axis], s.answer[axis]) for s in sights if s.answer]) for axis in (0, 1)]
    slopes = [line[0] for line in lines]
    best = Space("unknown")
    if min(slopes) <= 0:
        return best
    candidates: list[tuple[str, tuple[float, float] | None, tuple[float, float]]] = [
        ("pixels", None, (1.0, 1.0)),
        ("0–1000", (1000.0, 1000.0), (1000 / width, 1000 / height)),
        ("0–1", (1.0, 1.0), (1 / width, 1 / height)),
    ]
    middle = math.sqrt(slopes[0] * slopes[1])
    if 0.05 < middle < 0.97:
        candidates.append(("shrunk pixels", None, (middle, middle)))
    # Near the scale, and what is left of the error small beside the picture.
    for name, size, scale in candidates:
        off = max(abs(slope / ideal - 1) for slope, ideal in zip(slopes, scale, strict=True))
        error = _error(sights, scale)
        if off < (0.05 if size else 0.03) and error < 0.06 * width:
            offset = (lines[0][1] / scale[0], lines[1][1] / scale[1])
            best = Space(name, size, scale[0] if size is None else 1.0, offset, error)
            break
    if best.name == "0–1000":
        # A thousandth apart: only a model that is exact to the last digit shows the difference.
        other = (999 / width, 999 / height)
        nine, ten = _error(sights, other), _error(sights, (1000 / width, 1000 / height))
        if nine < 0.7 and nine < 0.5 * ten:
            best = Space("0–999", (999.0, 999.0), 1.0, best.offset, nine)
    return best


def _line(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Slope and intercept by least squares."""
    mean_x = statistics.fmean(x for x, _ in pairs)
    mean_y = statistics.fmean(y for _, y in pairs)
    spread = sum((x - mean_x) ** 2 for x, _ in pairs)
    slope = sum((x - mean_x) * (y - mean_y) for x, y in pairs) / spread if spread else 0.0
    return slope, mean_y - slope * mean_x


def _error(sights: Sequence[_Sight], scale: tuple[float, float]) -> float:
    """Root mean square distance of the answers from the truth, in pixels sent."""
    squares = [
        (s.answer[0] / scale[0] - s.truth[0]) ** 2 + (s.answer[1] / scale[1] - s.truth[1]) ** 2
        for s in sights
        if s.answer
    ]
    return math.sqrt(statistics.fmean(squares))


def _tokens(large: Reply, small: Reply) -> tuple[int, int]:
    """Tokens by which the large picture costs more, and by which it should at one token for 32×32 pixels."""
    area = LARGE[0] * LARGE[1] - SMALL[0] * SMALL[1]
    return large.usage.prompt_tokens - small.usage.prompt_tokens, area // (32 * 32)


def _bare(text: str) -> str:
    """The answer without thinking and fences."""
    text = text.rpartition("</think>")[2].strip()
    return text.removeprefix("```json").removeprefix("```").removesuffix("```").strip()


def _thought(text: str) -> bool:
    return bool(text.partition("</think>")[0].replace("<think>", "").strip()) if "</think>" in text else False
