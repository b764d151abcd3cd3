"""From a turn to a request: what is offered, and what stays in place from step to step."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from action_space.actions import Click, Wait
from action_space.geometry import Frame, Size
from model.families import FAMILIES
from model.prompt import HistoryStep, PromptContext, build, kept_pictures

SCREEN = Image.new("RGB", (640, 400), "white")
FRAME = Frame(Size(640, 400))


def turn(steps: int, actions: tuple[str, ...] = ("click", "wait", "finished")) -> PromptContext:
    past = tuple(
        HistoryStep(Click(start_point=(number, 9)), effect="nothing changed", screenshot=SCREEN)
        for number in range(steps)
    )
    return PromptContext("Press the button.", SCREEN, FRAME, past, actions=actions)


def test_the_schema_offers_what_can_be_done_here() -> None:
    request, _ = build(FAMILIES["generic"], turn(0))
    assert request.schema is not None
    offered = {spec["properties"]["action"]["const"] for spec in request.schema["$defs"].values()}
    assert offered == {"click", "wait", "finished"}
    assert len(request.schema["anyOf"]) == 3


def test_a_conversation_keeps_its_beginning_while_no_picture_leaves() -> None:
    family = replace(FAMILIES["generic"], pictures=3)
    kept_whole = 0
    for steps in range(1, 12):
        before, after = (build(family, turn(count))[0].messages for count in (steps - 1, steps))
        same = sum(one == other for one, other in zip(before[:-1], after, strict=False))
        if kept_pictures(family, steps) > kept_pictures(family, steps - 1):
            assert same == len(before) - 1, "everything that was said stands where it stood"
            kept_whole += 1
    assert kept_whole == 9, "pictures leave in groups of three"


def test_history_shows_at_least_the_pictures_asked_for() -> None:
    family = replace(FAMILIES["generic"], pictures=3)
    for steps in range(3, 20):
        messages = build(family, turn(steps))[0].messages
        shown = sum(isinstance(part, Image.Image) for message in messages for part in message.parts)
        assert 3 + 1 <= shown <= 5 + 1


def test_a_step_without_action_has_its_place() -> None:
    past = (HistoryStep(None, error="no action in the answer"), HistoryStep(Wait()))
    request, _ = build(FAMILIES["mimo-vl"], replace(turn(0), history=past))
    assert "no action in the answer" in request.messages[-1].text
