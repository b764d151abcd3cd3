"""What does it say? One question about a picture, in words, and the answer in words.

The wordings stand in `model/prompts/ask_*.j2`. Families whose models answer with actions alone are asked as a task
that ends with `finished` and its `answer`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image

from action_space.formats.base import FormatError, ParseOutcome
from action_space.formats.parsing.extract_json import split_thought
from action_space.geometry import Frame, Size
from model.base import Message, Model, Reply, Request
from model.families import FAMILIES
from model.family import Family
from model.prompt import PromptContext, around, build, render


@dataclass(frozen=True)
class Asked:
    """An answer in words.

    Attributes:
        text: without the model's thinking; "" if it gave none.
        outcome: failed: there is no answer in what it said.
        error: why there is none, "" if there is.
        reply: what the model said, and what it cost.
    """

    text: str
    outcome: ParseOutcome
    error: str
    reply: Reply


def ask(
    model: Model, image: Image.Image, wording: str, context: dict[str, Any], *, family: Family | None = None
) -> Asked:
    """Ask `model` about `image`.

    Args:
        wording: name of the template in `model/prompts`.
        context: what the template needs.
        family: None: the model's own.

    Raises:
        ModelFault: no answer can be had.
        ValueError: models of this family only ground.
    """
    family = family or FAMILIES[model.family]
    if family.grounds_only:
        raise ValueError(f"{model.name}: models of the family {family.name} only ground, they answer no questions")
    frame, question = Frame(Size(*image.size)), render(wording, context)
    if family.layout == "json":
        request, seen = build(family, PromptContext(question, image, frame, actions=("finished",)))
        reply = model.generate(request)
        try:
            parsed = family.format.parse(reply.text, seen)
        except FormatError as error:
            return Asked("", "failed", _why(error, reply), reply)
        answer = getattr(parsed.action, "answer", None) or ""
        if not answer:
            return Asked("", "failed", f"no answer: the model says {parsed.action.action}", reply)
        return Asked(answer, parsed.outcome, "", reply)
    picture, _ = family.view(image, frame)
    user = Message("user", around(picture, question + family.suffix))
    reply = model.generate(
        Request((user,), sampling=family.sampling, chat_template_kwargs=family.chat_template_kwargs)
    )
    try:
        text = split_thought(reply.text)[1].strip()
    except FormatError as error:
        return Asked("", "failed", _why(error, reply), reply)
    return Asked(text, "strict" if text else "failed", "" if text else reply.cut or "an empty answer", reply)


def _why(error: FormatError, reply: Reply) -> str:
    return f"{reply.cut}: {error}" if reply.cut else str(error)
