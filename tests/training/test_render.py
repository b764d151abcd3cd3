"""What a record teaches a family: answers that its own parser reads back, histories that may be learned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from action_space.formats.grounding import PLACES, NoSuchElement, parse_point, render_place
from action_space.geometry import Box, Frame, Size
from action_space.schema import validate
from model.families import FAMILIES
from model.training.data.pictures import PictureFault
from model.training.data.records import TextItem
from model.training.data.render import CannotRender, Example, examples
from tests.training.makers import ORIGIN, episode, folder, item, screen

ACTING = [name for name, family in FAMILIES.items() if not family.grounds_only]


@pytest.mark.parametrize("form", PLACES)
@pytest.mark.parametrize("box", [Box(10, 20, 30, 44), Box(601, 380, 640, 400), Box(0, 0, 640, 400)])
def test_a_place_is_read_back(form: str, box: Box) -> None:
    frame = Frame(Size(640, 400)).with_model(Size(644, 392))
    text = render_place(form, 'press (3, 4) "now" <|im_end|>', box, frame)
    point, found = parse_point(text, frame)
    assert box.contains(*point)
    if "<left>" in PLACES[form]:
        assert found is not None
        assert all(abs(a - b) <= 1 for a, b in zip(found, box, strict=True))
    with pytest.raises(NoSuchElement):
        parse_point(render_place(form, "press (3, 4)", None, frame), frame)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_family_is_taught_to_ground_in_words_that_it_is_read_in(name: str, tmp_path: Path) -> None:
    data, family = folder(tmp_path / "set"), FAMILIES[name]
    picture = data.add_picture(screen())
    (one,) = examples(item(picture), family, data.open_picture)
    assert one.frame is not None
    if family.place:
        point, _ = parse_point(one.completion, one.frame)
    else:
        point = family.format.parse(one.completion, one.frame).action.points()["start_point"]
    assert Box(100, 40, 180, 70).contains(*point)
    shown = [part for message in one.messages for part in message.parts if isinstance(part, Image.Image)]
    wanted = family.resize(640, 400) if family.resize else (640, 400)
    assert [image.size for image in shown] == [wanted]
    assert one.pictures == (picture,)

    (gone,) = examples(item(picture, boxes=(), absent=True), family, data.open_picture)
    assert gone.frame is not None
    if family.place:
        with pytest.raises(NoSuchElement):
            parse_point(gone.completion, gone.frame)
    else:
        action = family.format.parse(gone.completion, gone.frame).action
        assert getattr(action, "status", "") in ("infeasible", "failed")


@pytest.mark.parametrize("name", ACTING)
def test_every_step_is_an_example_that_the_family_reads_back(name: str, tmp_path: Path) -> None:
    data, family = folder(tmp_path / "set"), FAMILIES[name]
    whole = episode(data, steps=6)
    found = list(examples(whole, family, data.open_picture))
    assert [one.id for one in found] == [f"episode#{number}" for number in range(6)]
    for one, step in zip(found, whole.steps, strict=True):
        assert one.frame is not None
        assert step.action is not None
        parsed = family.format.parse(one.completion, one.frame)
        wanted = validate(step.action)
        assert parsed.action.action == wanted.action
        for field, (x, y) in wanted.points().items():
            assert abs(parsed.action.points()[field][0] - x) <= 1
            assert abs(parsed.action.points()[field][1] - y) <= 1
        assert len(one.pictures) == _pictures(one)
        assert one.pictures[-1] == step.picture


def _pictures(one: Example) -> int:
    return sum(isinstance(part, Image.Image) for message in one.messages for part in message.parts)


def test_past_answers_are_learned_only_where_their_steps_are(tmp_path: Path) -> None:
    data, family = folder(tmp_path / "set"), FAMILIES["ui-tars-1.5"]
    whole = episode(data, steps=4)
    failed = whole.steps[1].model_copy(update={"learn": False, "outcome": "failed", "error": "not found"})
    whole = whole.model_copy(update={"steps": (whole.steps[0], failed, *whole.steps[2:])})
    found = {one.id: one for one in examples(whole, family, data.open_picture)}
    assert set(found) == {"episode#0", "episode#2", "episode#3"}
    last = found["episode#3"]
    said = [place for place, message in enumerate(last.messages) if message.role == "assistant"]
    assert len(said) == 3
    assert last.learned == (said[0], said[2])
    assert last.messages[said[2]].parts == (found["episode#2"].completion,)
    assert any("not found" in message.text for message in last.messages), "what failed is kept as history"


def test_a_thought_is_said_where_the_family_thinks_aloud(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    whole = episode(data, steps=2)
    mimo = FAMILIES["mimo-vl"]
    for family, with_thought in (
        (mimo, False),
        (mimo.with_thinking(True), True),
        (FAMILIES["ui-tars-1.5"], True),
        (FAMILIES["generic"], False),
    ):
        first = next(examples(whole, family, data.open_picture))
        assert ("Now step 0." in first.completion) == with_thought
        assert "Now step 0." not in next(examples(whole, family, data.open_picture, thoughts=False)).completion


def test_what_a_family_cannot_say_is_told_never_dropped_in_silence(tmp_path: Path) -> None:
    data, family = folder(tmp_path / "set"), FAMILIES["qwen2.5-vl"]
    whole = episode(data, steps=2)
    drag = whole.steps[0].model_copy(
        update={"action": {"action": "drag", "start_point": [1, 2], "end_point": [30, 40]}}
    )
    whole = whole.model_copy(update={"steps": (drag, *whole.steps[1:])})
    with pytest.raises(CannotRender, match=r"episode#0: action: 'drag'.*qwen2\.5-vl.*accepted: click"):
        list(examples(whole, family, data.open_picture))
    told: list[CannotRender] = []
    assert [one.id for one in examples(whole, family, data.open_picture, unfit=told.append)] == ["episode#1"]
    assert len(told) == 1
    with pytest.raises(CannotRender, match="only ground"):
        list(examples(whole, FAMILIES["gta1"], data.open_picture))
    narrow = replace(family, actions=("wait",))
    with pytest.raises(CannotRender):
        list(examples(whole, narrow, data.open_picture))


def test_a_missing_picture_is_raised_also_where_unfit_records_are_left_out(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    whole = episode(data, steps=3)
    (data.folder / whole.steps[1].picture.path).unlink()
    told: list[CannotRender] = []
    with pytest.raises(PictureFault, match="cannot be read"):
        list(examples(whole, FAMILIES["mimo-vl"], data.open_picture, unfit=told.append))
    assert not told


def test_text_is_its_own_prompt(tmp_path: Path) -> None:
    data = folder(tmp_path / "set")
    text = TextItem(id="t", origin=ORIGIN, prompt="Press OK", completion="click OK")
    (one,) = examples(text, FAMILIES["mimo-vl"], data.open_picture)
    assert (one.messages[0].parts, one.completion, one.pictures) == (("Press OK",), "click OK", ())
