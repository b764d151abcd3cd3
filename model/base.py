"""The model contract: messages with pictures in, text out.

Errors::

    ModelFault                  the run cannot go on (exit code 3)
    ├── UnknownModel            no model of that name (exit code 2)
    │   └── BadModelOption      an address, key or option that cannot be used (exit code 2)
    ├── ModelUnavailable        endpoint down, weights missing, not enough memory
    ├── ModelProtocolError      the endpoint answered, but not with what it should
    ├── PromptTooLong           the question does not fit into the model
    └── OutOfTime               the request's deadline passed (the run's own time limit)

An answer that is empty, cut off or no action is none of these: it is a `Reply`, and the model is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from PIL import Image


class ModelFault(Exception):
    """The model cannot go on. `hint` says what mends it, or is empty."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.hint = hint
        super().__init__(f"{message}\n{hint}" if hint else message)


class UnknownModel(ModelFault):
    """No model of that name."""


class BadModelOption(UnknownModel):
    """The model cannot be opened or asked with an option that was given."""


class ModelUnavailable(ModelFault):
    """The model cannot be reached or loaded."""


class ModelProtocolError(ModelFault):
    """The endpoint answered with something that is no answer."""


class PromptTooLong(ModelFault):
    """The question has more tokens or pictures than the model takes."""


class OutOfTime(ModelFault):
    """The request's deadline passed before its answer was whole."""


@dataclass(frozen=True)
class Message:
    """One turn of the conversation. `parts` are texts and RGB pictures in the order that the model sees them."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Image.Image, ...]

    @property
    def text(self) -> str:
        """All text parts, joined by a line break."""
        return "\n".join(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True)
class Sampling:
    """How to draw tokens. None: the model's own default."""

    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int = 1024
    seed: int | None = None


@dataclass(frozen=True)
class Request:
    """One question to a model.

    Attributes:
        messages: the conversation; the newest picture is in the last user message.
        schema: JSON Schema that the answer (after any thinking) must obey; None: free text.
        sampling: how to draw tokens.
        session: names the run. A model may keep caches under it; the answer may not depend on them.
        deadline: when nobody wants the answer any more, seconds of `time.monotonic`; None: never.
        chat_template_kwargs: variables for the model's chat template, such as {"enable_thinking": False}.
    """

    messages: tuple[Message, ...]
    schema: dict[str, Any] | None = None
    sampling: Sampling = Sampling()
    session: str = ""
    deadline: float | None = None
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pictures(self) -> list[Image.Image]:
        """All pictures, in order."""
        return [part for message in self.messages for part in message.parts if isinstance(part, Image.Image)]


@dataclass(frozen=True)
class Usage:
    """What an answer cost. Zero where the model does not count it."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    model_calls: int = 1
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Reply:
    """One answer.

    Attributes:
        text: the whole text, thinking included.
        usage: what it cost.
        confidence: 0–1 where the model knows it, else None.
        wall_s: seconds from call to last character.
        finish_reason: stop, or length when the token limit cut it off.
        details: anything else worth recording (JSON values only), such as candidates or timings by part.
    """

    text: str
    usage: Usage = Usage()
    confidence: float | None = None
    wall_s: float = 0.0
    finish_reason: Literal["stop", "length"] = "stop"
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def cut(self) -> str:
        """In words, that the limit of tokens cut the answer, or its thinking; "" if it did not."""
        if self.finish_reason != "length":
            return ""
        count = self.usage.completion_tokens
        at = f"at {count} tokens" if count else "at the limit of tokens"
        thought, closed, answer = self.text.rpartition("</think>")
        if answer.lstrip().startswith("<think>") or (closed and thought and not answer.strip()):
            return f"its thinking was cut {at}, before an answer came (--max-tokens allows more, --no-think less)"
        return f"the answer was cut {at} (--max-tokens allows more)"


class Model(Protocol):
    """Answers requests. Synchronous; one call at a time."""

    name: str
    family: str
    """Row of `model.families` that says which format, resize rule and prompt layout it takes."""

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        """Answer one request; `on_text` receives the text piece by piece as it comes.

        Raises:
            OutOfTime: the request's deadline passed.
            PromptTooLong: it does not fit; fewer pictures might.
            ModelFault: no answer can be had.
        """

    def close(self) -> None:
        """Give back memory and connections. May be called twice."""
