"""From a turn to a request: what is offered, and what stays in place from step to step."""

from __future__ import annotations

from dataclasses import replace

from PIL import Image

from action_space.actions import Click, Wait
from action_space.geometry import Frame, Size
from model.base import Message
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


def shown(message: Message) -> list[str]:
    return ["picture" if isinstance(part, Image.Image) else part for part in message.parts]


def words(steps: int, family: str) -> list[tuple[str, list[str]]]:
    """The conversation behind the system message, pictures by name."""
    request, _ = build(FAMILIES[family], replace(turn(steps), task="Press it."))
    return [(message.role, shown(message)) for message in request.messages[1:]]


def test_task_and_picture_come_in_the_rows_order() -> None:
    (_, before), (_, after) = words(0, "qwen3.5")[0], words(0, "gui-owl-1.5")[0]
    assert before[0] == "picture"
    assert before[1].startswith("\nPlease generate the next move")
    assert after[1] == "picture"
    assert "Instruction: Press it." in after[0]


def test_old_pictures_are_folded_by_ten() -> None:
    """As the agent that Qwen3.5 was published with does: at most twenty, with the newest."""
    for steps, pictures in ((19, 20), (20, 11), (29, 20), (30, 11)):
        said = words(steps, "qwen3.5")
        assert sum("picture" in parts for _, parts in said) == pictures
        gone = ["<tool_response>\nThis screenshot has been collapsed.\n</tool_response>"]
        # The first message holds the task, and nothing in the place of its picture.
        assert sum(parts == gone for _, parts in said) == max(0, steps + 1 - pictures - 1)
        assert "Instruction: Press it." in said[0][1][-1]
        assert len(said) == 2 * steps + 1


def test_steps_before_the_window_are_told_in_words() -> None:
    said = words(6, "evocua")
    assert sum("picture" in parts for _, parts in said) == 4 + 1
    assert len(said) == 2 * 4 + 1
    assert "Previous actions:\nStep 1: " in said[0][1][1]
    assert "\nStep 2: " in said[0][1][1]
    assert "Step 3" not in said[0][1][1]
    assert words(0, "evocua")[0][1][1].endswith("Previous actions:\nNone")
