"""What a model family is: one row of `model.families`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from PIL import Image

from action_space.actions import ACTIONS, HALVES
from action_space.formats import FORMATS
from action_space.formats.base import Format
from action_space.geometry import Frame, Size, smart_resize
from model.base import Sampling

Layout = Literal["json", "mimo", "generic", "template", "grounding"]
Resize = Callable[[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Family:
    """How to talk to the models of one family.

    Attributes:
        name: what `Model.family` names.
        format_name: key of `action_space.formats.FORMATS`; "" where `grounds_only`.
        layout: how the prompt is laid out (`model.prompt`).
        resize: (width, height) of the screenshot → size of the picture to send; None: send it as it is.
        space: coordinate range of the answers; None: pixels of the picture sent.
        scale: where `space` is None, pixels of the answers per pixel sent; below 1: a server shrinks pictures.
        actions: names of the actions that the family knows.
        prompt: for the layout "template": name of the template of the user's text in `model/prompts`.
        system: template of the system message, "" for none (the chat template brings its own).
        spoken: how an answer is said with its thought before it, with {thought} and {said}.
        thought_field: field of the answer, a JSON object, that holds its thought; "": see `spoken`.
        thinking: last words of a user message that switch thinking on, and off; None: no such switch.
        suffix: the last words of a user message now.
        thinking_kwarg: name of the chat template's variable that switches thinking; "": no such switch.
        chat_template_kwargs: variables for the chat template, in this process and on a server.
        grounding_kwargs: the same for the question where something is; None: no others.
        constrained: ask for schema-constrained decoding.
        pictures: past screenshots that the history shows (at least; see `model.prompt.kept_pictures`), as a
            conversation; 0: the past is told in words.
        most_pictures: never more past screenshots than these; None: no bound.
        opening: in a conversation, the user message that holds the task: a template (as those in `model/prompts`)
            with {{ prompt }}, {{ screenshot }} where the picture goes ("" once it is no longer shown) and
            {{ told }}: what the step before changed, and notes. "": the task is a message of its own.
        asks_last: the task stands with the newest screenshot, not with the first that is shown.
        seen: the other user messages that show a screenshot, as `opening`.
        gone: user messages whose screenshot is no longer shown; "": they leave with it.
        older: the steps whose screenshot is no longer shown: "turns" of the conversation; told in "words", in the
            prompt; or turns whose answers are "joined" to one message.
        sampling: the publisher's recommendation.
        grounding: template of the question where something is; "": it is asked as the task "click …". A template
            of that name with `_zh` behind it is for Chinese.
        grounding_system: template of the system message of that question.
        place: how its models answer that question (`action_space.formats.grounding.PLACES`).
        grounds_only: it says where something is, and cannot decide what to do.
        checkpoints: hub ids of its models, with their parameters in units of 10⁹.
    """

    name: str
    format_name: str
    layout: Layout
    resize: Resize | None = None
    space: Size | None = None
    scale: float = 1.0
    actions: tuple[str, ...] = tuple(name for name in ACTIONS if name not in HALVES)
    prompt: str = ""
    system: str = ""
    spoken: str = "{said}"
    thought_field: str = ""
    thinking: tuple[str, str] | None = None
    suffix: str = ""
    thinking_kwarg: str = ""
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict, hash=False)
    grounding_kwargs: Mapping[str, Any] | None = field(default=None, hash=False)
    constrained: bool = False
    pictures: int = 0
    most_pictures: int | None = None
    opening: str = ""
    asks_last: bool = False
    seen: str = "{{ screenshot }}{{ told }}"
    gone: str = "{{ told or 'A screenshot that is no longer shown.' }}"
    older: Literal["turns", "words", "joined"] = "turns"
    sampling: Sampling = field(default=Sampling())
    grounding: str = ""
    grounding_system: str = ""
    place: str = ""
    grounds_only: bool = False
    checkpoints: tuple[tuple[str, float], ...] = ()

    @cached_property
    def format(self) -> Format:
        """Raises ValueError where the family only grounds."""
        if self.grounds_only:
            raise ValueError(f"{self.name} only grounds: it says where something is, and has no words for actions")
        return FORMATS[self.format_name]

    def view(self, screenshot: Image.Image, frame: Frame) -> tuple[Image.Image, Frame]:
        """The picture to send, and the frame that maps the answer back to the screen.

        Args:
            screenshot: what `frame.view` covers of the screen: all of it, or a part that was cut out.
        """
        size = self.resize(*screenshot.size) if self.resize else screenshot.size
        if size != screenshot.size:
            screenshot = screenshot.resize(size, Image.Resampling.BICUBIC)
        return screenshot, self._answering(size, frame)

    def seen_in(self, frame: Frame) -> Frame:
        """The frame that maps answers about the screenshot of `frame`, as `view` gives it, without the picture."""
        shown = round(frame.view.width), round(frame.view.height)
        return self._answering(self.resize(*shown) if self.resize else shown, frame)

    def _answering(self, size: tuple[int, int], frame: Frame) -> Frame:
        answers = self.space or Size(size[0] * self.scale, size[1] * self.scale)
        return frame.with_model(answers, frame.crop)

    def with_thinking(self, thinking: bool | None) -> Family:
        """The same family with its thinking switched on or off; None: as it is.

        Raises:
            ValueError: its thinking cannot be switched.
        """
        if thinking is None:
            return self
        if self.thinking_kwarg:
            kwargs = {**self.chat_template_kwargs, self.thinking_kwarg: thinking}
            return replace(self, chat_template_kwargs=kwargs)
        if self.thinking is None:
            raise ValueError(f"{self.name}: its thinking cannot be switched by the prompt")
        return replace(self, suffix=self.thinking[0 if thinking else 1])

    @property
    def thinks(self) -> bool:
        """Whether its answers begin with a thought in think tags, as far as the row says so."""
        switched = self.chat_template_kwargs.get(self.thinking_kwarg) if self.thinking_kwarg else False
        return bool(switched) or (self.thinking is not None and self.suffix == self.thinking[0])

    def says(self, said: str, thought: str) -> str:
        """An answer with its thought, as a model of the family says it; without it where it says none."""
        if not thought:
            return said
        if self.thought_field:
            try:
                answer = json.loads(said)
            except ValueError:
                return said
            return json.dumps({**answer, self.thought_field: thought}, ensure_ascii=False)
        if "{thought}" not in self.spoken:
            return said
        return re.sub(r"\{(said|thought)\}", lambda slot: said if slot[1] == "said" else thought, self.spoken)

    def action_lines(self, names: tuple[str, ...]) -> list[str]:
        """One line per action, as MiMo-VL's prompt lists them: core fields only."""
        return [MIMO_LINES[name] for name in names if name in MIMO_LINES]


# As XiaomiMiMo/lmms-eval lists them (tasks/android_control/utils.py, and its commented lists for open, longpress
# and scroll): x, y and keys stand bare. What it has no line for follows in the same manner.
MIMO_LINES: dict[str, str] = {
    "click": '{"action": "click", "start_point": [x,y]}',
    "scroll": '{"action": "scroll", "direction": "direction"}',
    "input": '{"action": "input", "text": "text"}',
    "drag": '{"action": "drag", "start_point": [x,y], "end_point": [x,y]}',
    "open": '{"action": "open", "app": "app_name"}',
    "press": '{"action": "press", "keys": [key1, key2, ...]}',
    "finished": '{"action": "finished", "status": "status"}',
    "longpress": '{"action": "longpress", "start_point": [x,y]}',
    "hover": '{"action": "hover", "start_point": [x,y]}',
    "select": '{"action": "select", "text": "text"}',
    "wait": '{"action": "wait"}',
    "appswitch": '{"action": "appswitch", "app": "app_name"}',
    "navigate": '{"action": "navigate", "url": "url"}',
    "back": '{"action": "back"}',
    "new_tab": '{"action": "new_tab", "url": "url"}',
    "switch_tab": '{"action": "switch_tab", "index": n}',
    "close_tab": '{"action": "close_tab"}',
    "dialog": '{"action": "dialog", "response": "accept or dismiss"}',
    "ask_user": '{"action": "ask_user", "question": "question"}',
}


@dataclass(frozen=True)
class ToMultiple:
    """The rule of Qwen's vision encoders: sides that are multiples of `factor`, an area between the bounds."""

    factor: int
    min_pixels: int
    max_pixels: int

    def __call__(self, width: int, height: int) -> tuple[int, int]:
        return smart_resize(
            width, height, factor=self.factor, min_pixels=self.min_pixels, max_pixels=self.max_pixels
        )


def to_multiple(factor: int, min_pixels: int, max_pixels: int) -> Resize:
    """See `ToMultiple`."""
    return ToMultiple(factor, min_pixels, max_pixels)


def longest_side(limit: int) -> Resize:
    """Shrunk until no side is longer than `limit` pixels; never enlarged."""

    def resize(width: int, height: int) -> tuple[int, int]:
        if height > limit:
            width, height = max(1, int(width * limit / height)), limit
        if width > limit:
            width, height = limit, max(1, int(height * limit / width))
        return width, height

    return resize
