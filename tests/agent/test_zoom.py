"""The second look before clicks that cannot be undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from action_space.actions import Click
from action_space.geometry import Box, Frame, Size
from agent.cli.settings import BadSetting, load_settings
from agent.loop import Agent
from agent.policy import Decision, Policy
from agent.trace.reader import read_trace
from agent.verifier import ZoomVerifier
from envs.browser.environment import BrowserEnvironment
from model.base import Request
from model.prompt import PromptContext
from model.scripted import ScriptedModel

SCREEN = Image.new("RGB", (1280, 800), "white")
SCREEN.paste("red", (620, 380, 660, 400))
# The model sees 1288×812, so the middle of the screen is [644, 406] to it; the part is cut out around (640, 400).
SUBMIT = '<think>Submit the order.</think>{"action": "click", "start_point": [644, 406]}'
LOOK = '<think>Open the menu.</think>{"action": "click", "start_point": [644, 406]}'
CROP = Box(416, 232, 864, 568)


class Recording(ScriptedModel):
    """A scripted model that keeps what it was asked."""

    def __init__(self, *answers: str, family: str = "mimo-vl") -> None:
        super().__init__(answers, family=family)
        self.asked: list[Request] = []

    def generate(self, request, on_text=None):  # type: ignore[no-untyped-def]
        self.asked.append(request)
        return super().generate(request, on_text)


def decide(*answers: str, look: ZoomVerifier | None = None) -> tuple[Decision, Recording]:
    model = Recording(*answers)
    policy = Policy(model, second_look=look or ZoomVerifier())
    return policy.decide(PromptContext("buy it", SCREEN, Frame(Size(1280, 800)))), model


def test_both_agree_and_the_finer_point_is_taken() -> None:
    decision, model = decide(SUBMIT, '[{"bbox_2d": [200, 150, 240, 170], "label": "x"}]')
    assert decision.action == Click(start_point=(636, 392))
    assert decision.refusal == ""
    assert decision.usage.model_calls == 2
    record = decision.details["second_look"]
    assert (record["outcome"], record["first"], record["second"]) == ("agreed", [640, 400], [636, 392])
    assert record["crop"] == list(CROP)
    picture = next(part for part in model.asked[1].messages[-1].parts if isinstance(part, Image.Image))
    assert picture.size == (448, 336), "native resolution"
    assert picture.getpixel((210, 155)) == (255, 0, 0), "the part of the screen around the point"
    assert "Submit the order" in model.asked[1].messages[-1].text


def test_a_second_answer_elsewhere_refuses_until_the_model_insists() -> None:
    model = Recording(
        SUBMIT, '[{"bbox_2d": [0, 0, 40, 20]}]', SUBMIT, SUBMIT, '[{"bbox_2d": [200, 150, 240, 170]}]'
    )
    policy = Policy(model, second_look=ZoomVerifier())
    turn = PromptContext("buy it", SCREEN, Frame(Size(1280, 800)))
    first = policy.decide(turn)
    assert first.refusal == "A closer look found Submit the order at [436, 242], not at [640, 400]. Look again."
    second = policy.decide(turn)
    assert (second.refusal, second.details["second_look"]["outcome"]) == ("", "insisted")
    assert second.usage.model_calls == 1
    assert policy.decide(turn).details["second_look"]["outcome"] == "agreed", "it looks again the next time"


def test_nothing_there_refuses_and_no_point_keeps_the_first() -> None:
    absent, _ = decide(SUBMIT, "[-1, -1]")
    assert "found no Submit the order there" in absent.refusal
    unreadable, _ = decide(SUBMIT, "I am not sure.")
    assert unreadable.action == Click(start_point=(640, 400))
    assert unreadable.refusal == ""
    assert unreadable.details["second_look"]["outcome"] == "unreadable"


def test_other_clicks_cost_nothing_unless_asked_for() -> None:
    decision, model = decide(LOOK)
    assert (len(model.asked), "second_look" in decision.details) == (1, False)
    decision, model = decide(LOOK, '[{"bbox_2d": [200, 150, 240, 170]}]', look=ZoomVerifier(every_click=True))
    assert (len(model.asked), decision.action) == (2, Click(start_point=(636, 392)))
    _, model = decide('{"action": "press", "keys": ["enter"]}', look=ZoomVerifier(every_click=True))
    assert len(model.asked) == 1


@pytest.mark.parametrize("thought", ["Delete the file.", "Now I place the order.", "点击“提交”按钮。", "Pay now"])
def test_words_that_cannot_be_taken_back(thought: str) -> None:
    _, model = decide(f'<think>{thought}</think>{{"action": "click", "start_point": [644, 406]}}', "(220, 160)")
    assert len(model.asked) == 2


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1279, 799), (3, 500), (1270, 20)])
def test_the_part_stays_on_the_screen(x: int, y: int) -> None:
    answer = f'{{"action": "click", "start_point": [{min(1287, round(x * 1288 / 1280))}, {round(y * 812 / 800)}]}}'
    decision, _ = decide(answer, "(1, 1)", look=ZoomVerifier(every_click=True))
    left, top, right, bottom = decision.details["second_look"]["crop"]
    assert 0 <= left <= x < right <= 1280
    assert 0 <= top <= y < bottom <= 800
    assert (right - left, bottom - top) == (448, 336)


def test_a_refusal_is_in_the_trace_and_nothing_is_clicked(counter: BrowserEnvironment, tmp_path: Path) -> None:
    click = '<think>Submit it.</think>{"action": "click", "start_point": [140, 70]}'
    model = ScriptedModel([click, "[-1, -1]", '{"action": "finished"}'], family="mimo-vl")
    policy = Policy(model, second_look=ZoomVerifier())
    Agent(model, counter, trace_dir=tmp_path / "run", policy=policy).run("count")
    step = read_trace(tmp_path / "run").steps[0]
    assert step["error"]["kind"] == "refused"
    assert step["details"]["second_look"]["outcome"] == "absent"
    assert step["usage"]["model_calls"] == 2
    assert counter.evaluate("document.getElementById('n').textContent") == "0"


@pytest.mark.parametrize(("said", "meant"), [(True, "all"), ("true", "all"), ("risky", "risky"), (False, "off")])
def test_the_setting(said: object, meant: str) -> None:
    assert load_settings({"zoom_check": said}).zoom_check == meant
    with pytest.raises(BadSetting, match="zoom_check"):
        load_settings({"zoom_check": "sometimes"})
