"""Where is it? One question to a model, in its family's words, and the point that it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from PIL import Image

from action_space.actions import Finished
from action_space.formats.base import FormatError, ParseOutcome
from action_space.formats.grounding import NoSuchElement, is_plain, parse_point
from action_space.geometry import Box, Frame, Size
from model.base import Message, Model, Reply, Request
from model.families import FAMILIES
from model.family import Family
from model.prompt import PromptContext, around, build, has_template, is_chinese, render


@dataclass(frozen=True)
class Grounded:
    """Where something is.

    Attributes:
        point: pixel of the screenshot; None: the model gave no place.
        box: around the element, in pixels of the screenshot, where the model gave one.
        error: why there is no point, "" if there is.
        reply: what the model said, and what it cost.
        frame: how its answer was mapped to the screenshot.
        refused: the model says that there is no such thing on the screen.
        outcome: strict; repaired: the place stood among other words; failed. A refusal is a valid answer.
    """

    point: tuple[int, int] | None
    box: Box | None
    error: str
    reply: Reply
    frame: Frame = field(repr=False)
    refused: bool = False
    outcome: ParseOutcome = "strict"


def question(family: Family, image: Image.Image, frame: Frame, target: str) -> tuple[Request, Frame]:
    """The request that asks where `target` is, and the frame that maps its answer back.

    Args:
        image: what `frame.view` covers of the screen.
        target: the element in words.
    """
    if family.layout == "json":  # data, not prose: the question is a field of its own
        picture, seen = family.view(image, frame)
        asked = {"task": "", "where": target, "size": [int(side) for side in seen.screen]}
        return Request((Message("user", (picture, json.dumps(asked, ensure_ascii=False))),)), seen
    if not family.grounding:
        turn = PromptContext(f"click {target}", image, frame, actions=("click", "finished"))
        return build(family, turn)
    picture, seen = family.view(image, frame)
    context = {
        "target": target,
        "width": int(seen.model_size.width),
        "height": int(seen.model_size.height),
    }
    chinese = f"{family.grounding}_zh"
    name = chinese if is_chinese(target) and has_template(chinese) else family.grounding
    messages = []
    if family.grounding_system:
        messages.append(Message("system", (render(family.grounding_system, context),)))
    messages.append(Message("user", around(picture, render(name, context) + family.suffix)))
    kwargs = family.chat_template_kwargs if family.grounding_kwargs is None else family.grounding_kwargs
    return Request(tuple(messages), sampling=family.sampling, chat_template_kwargs=kwargs), seen


def ground(
    model: Model, image: Image.Image, target: str, *, frame: Frame | None = None, family: Family | None = None
) -> Grounded:
    """Ask `model` where `target` is in `image`.

    Args:
        frame: of the screen that `image` shows; None: the picture is the screen.
        family: None: the model's own.

    Raises:
        ModelFault: no answer can be had.
    """
    family = family or FAMILIES[model.family]
    request, seen = question(family, image, frame or Frame(Size(*image.size)), target)
    reply = model.generate(request)
    try:
        point, box, outcome = _place(family, reply.text, seen)
    except NoSuchElement as error:
        return Grounded(None, None, str(error), reply, seen, refused=True)
    except FormatError as error:
        problem = f"{reply.cut}: {error}" if reply.cut else str(error)
        return Grounded(None, None, problem, reply, seen, outcome="failed")
    return Grounded(point, box, "", reply, seen, outcome=outcome)


def _place(family: Family, text: str, frame: Frame) -> tuple[tuple[int, int], Box | None, ParseOutcome]:
    if family.grounding:
        return *parse_point(text, frame), "strict" if is_plain(text) else "repaired"
    parsed = family.format.parse(text, frame)
    action = parsed.action
    point = next(iter(action.points().values()), None)
    if point is None:
        problem = getattr(action, "reason", None) or f"the model points at nothing: it answers {action.action}"
        gave_up = isinstance(action, Finished) and action.status in ("failed", "infeasible")
        raise NoSuchElement(problem) if gave_up else FormatError(problem)
    return point, None, parsed.outcome
