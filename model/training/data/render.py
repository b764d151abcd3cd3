"""From a record to what a model of a family is taught: the prompt that a run would send, and the right answer.

The prompt is built by `model.prompt.build` and `model.grounding.question`, the answer by the family's format: the
same code that a run uses, so that a model is trained on the tokens and pixels that it will meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from action_space.actions import ACTIONS, BaseAction, Click, Finished
from action_space.formats.base import CannotExpress, FormatError
from action_space.formats.grounding import render_place
from action_space.geometry import Box, Frame, Size
from action_space.schema import validate
from model.base import Message
from model.family import Family
from model.grounding import question
from model.prompt import HistoryStep, PromptContext, build, kept_pictures
from model.training.data.records import Episode, GroundingItem, Picture, Record, TextItem

OpenPicture = Callable[[Picture], Image.Image]


class CannotRender(ValueError):
    """A record that a family cannot be taught. The message names the record, the step and what is accepted."""


@dataclass(frozen=True)
class Example:
    """One prompt and its answer.

    Attributes:
        id: of the record; of a step, the record's with "#" and the step's number from 0 behind it.
        messages: what a run would send: texts, and pictures already resized as the family's rule says.
        completion: what the model is to answer, without the tokens that end a turn.
        pictures: the pictures in `messages`, in order, as the data set knows them.
        learned: indices of the assistant messages in `messages` that may be learned as well: past answers of steps
            that are to be learned, word for word as they would be completed.
        frame: maps the family's coordinates in `completion` to pixels of the last picture; None: no picture.
        chat_template_kwargs: variables of the chat template, as a run would send them.
    """

    id: str
    messages: tuple[Message, ...]
    completion: str
    pictures: tuple[Picture, ...] = ()
    learned: tuple[int, ...] = ()
    frame: Frame | None = None
    chat_template_kwargs: Mapping[str, Any] = field(default_factory=dict)


def examples(
    record: Record,
    family: Family,
    open_picture: OpenPicture,
    *,
    thoughts: bool = True,
    unfit: Callable[[CannotRender], None] | None = None,
) -> Iterator[Example]:
    """What `record` teaches a model of `family`: one example of a grounding item or text, one of each step of an
    episode that is to be learned, none of a parsed screen.

    Args:
        open_picture: gives the picture, as `DataSet.open_picture` does; asked only for pictures that are shown.
        thoughts: answers say their thought first, in a family that does so.
        unfit: told of what the family cannot be taught, which is then left out; None: that is raised.

    Raises:
        CannotRender: the family has no words for an action, only grounds, or only acts.
        PictureFault: a picture is missing, cut off or another one. Never left out.
    """
    try:
        if isinstance(record, GroundingItem):
            yield _grounding(record, family, open_picture)
        elif isinstance(record, TextItem):
            yield Example(record.id, (Message("user", (record.prompt,)),), record.completion)
    except CannotRender as problem:
        _refuse(problem, unfit)
    if isinstance(record, Episode):
        for number, step in enumerate(record.steps):
            if not step.learn or step.action is None:
                continue
            try:
                yield _step(record, number, family, open_picture, thoughts)
            except CannotRender as problem:
                _refuse(problem, unfit)


def _refuse(problem: CannotRender, unfit: Callable[[CannotRender], None] | None) -> None:
    if unfit is None:
        raise problem
    unfit(problem)


def _grounding(item: GroundingItem, family: Family, open_picture: OpenPicture) -> Example:
    image = open_picture(item.picture)
    request, frame = question(family, image, Frame(Size(*image.size)), item.instruction)
    box = None if item.absent else Box(*item.boxes[0])
    if family.place:
        completion = render_place(family.place, item.instruction, box, frame)
    else:
        completion = _pointing(item.id, family, box, image.size, frame)
    return Example(
        item.id,
        request.messages,
        completion,
        (item.picture,),
        frame=frame,
        chat_template_kwargs=request.chat_template_kwargs,
    )


def _pointing(name: str, family: Family, box: Box | None, size: tuple[int, int], frame: Frame) -> str:
    """The click that answers where something is, in a family without other words for it; or that it gives up."""
    if box is not None:
        x, y = (min(max(int(place), 0), side - 1) for place, side in zip(box.center, size, strict=True))
        return _said(name, family, Click(start_point=(x, y)), frame)
    try:
        return _said(name, family, Finished(status="infeasible"), frame)
    except CannotRender:  # some have one word for all that was not done
        return _said(name, family, Finished(status="failed"), frame)


def _step(episode: Episode, number: int, family: Family, open_picture: OpenPicture, thoughts: bool) -> Example:
    name = f"{episode.id}#{number}"
    if family.grounds_only:
        raise CannotRender(f"{name}: models of the family {family.name} only ground, they learn no actions")
    step = episode.steps[number]
    action = _action(name, episode, number)
    assert action is not None
    offered = tuple(name for name in (episode.actions or tuple(ACTIONS)) if name in family.actions)
    if action.action not in offered:
        raise CannotRender(
            f"{name}: action: {action.action!r} is not offered to the family {family.name} here; accepted: "
            + ", ".join(offered)
        )
    first = number - kept_pictures(family, number) if family.pictures else number
    past = tuple(
        HistoryStep(
            _action(f"{episode.id}#{index}", episode, index),
            one.thought,
            one.effect,
            one.error,
            open_picture(one.picture) if index >= first else None,
        )
        for index, one in enumerate(episode.steps[:number])
    )
    image = open_picture(step.picture)
    turn = PromptContext(
        episode.task,
        image,
        Frame(Size(*image.size)),
        past,
        step.notes,
        episode.actions or tuple(ACTIONS),
    )
    request, frame = build(family, turn)
    shown = tuple(one.picture for one in episode.steps[first : number + 1])
    completion = answer(name, family, action, frame, step.thought if thoughts else "")
    return Example(
        name,
        request.messages,
        completion,
        shown,
        _learned(episode, number, family, request.messages, frame),
        frame,
        request.chat_template_kwargs,
    )


def _learned(
    episode: Episode, number: int, family: Family, messages: tuple[Message, ...], frame: Frame
) -> tuple[int, ...]:
    """Which assistant messages of the conversation are answers that are to be learned."""
    said = [place for place, message in enumerate(messages) if message.role == "assistant"]
    # Older steps may be told in words, or as one message.
    answered = episode.steps[max(0, number - len(said)) : number]
    found = []
    for place, step in zip(said, answered, strict=False):
        if not step.learn or step.action is None:
            continue
        try:
            whole = answer(episode.id, family, validate(step.action), frame, step.thought)
        except CannotRender:
            continue
        if messages[place].parts == (whole,):
            found.append(place)
    return tuple(found)


def answer(name: str, family: Family, action: BaseAction, frame: Frame, thought: str = "") -> str:
    """What a model of the family says to do `action`, its thought first where the family says one.

    Args:
        name: of the record, for the message of a fault.
        frame: as `model.prompt.build` gave it.

    Raises:
        CannotRender: the family has no words for the action.
    """
    said = _said(name, family, action, frame)
    with_thought = family.says(said, thought)
    if thought and with_thought == said and family.thinks:
        return f"<think>\n{thought}\n</think>\n{said}"
    return with_thought


def _said(name: str, family: Family, action: BaseAction, frame: Frame) -> str:
    try:
        return family.format.render(action, frame)
    except CannotExpress as error:
        raise CannotRender(
            f"{name}: the family {family.name} has no words for {action.action}: {error}"
        ) from error


def _action(name: str, episode: Episode, number: int) -> BaseAction | None:
    data = episode.steps[number].action
    if data is None:
        return None
    try:
        return validate(data)
    except FormatError as error:
        raise CannotRender(f"{name}: {error}") from error
