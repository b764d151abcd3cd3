"""Verbs by words on a real page; the page itself says whether they did it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr

from action_space import Click
from agent import (
    Ambiguous,
    AsyncController,
    Controller,
    ExpectationFailed,
    GuardPolicy,
    Match,
    NotDone,
    NotOnScreen,
    Refused,
)
from envs.browser.environment import BrowserEnvironment
from model import ScriptedModel

pytestmark = pytest.mark.browser
DOCS = Path(__file__).parents[2] / "docs"


def value(screen: Controller, script: str) -> Any:
    assert isinstance(screen.environment, BrowserEnvironment)
    return screen.environment.evaluate(script)


def test_a_form_is_filled_by_its_labels(people: Controller) -> None:
    people.type("Name", "Ada")
    people.type("Email address", "ada@example.org")
    people.type("Password", SecretStr("geheim"))
    people.choose("Country", "Norway")
    people.tick("Weekly newsletter")
    assert people.tick("Weekly newsletter") is None
    fields = "['name', 'mail', 'word', 'land'].map(id => document.getElementById(id).value)"
    assert value(people, fields) == ["Ada", "ada@example.org", "geheim", "Norway"]
    assert value(people, "document.getElementById('news').checked") is True
    people.tick("Weekly newsletter", on=False)
    assert value(people, "document.getElementById('news').checked") is False
    people.type("Name", "Grace")
    people.click("Save")
    people.expect("Record of Grace kept")
    assert people.read(near="Name") == "Grace"  # the focus is elsewhere: eyes may take a caret for a letter
    people.expect("Country", says="Norway")


def test_what_is_there_several_times_is_refused_with_all_places(people: Controller) -> None:
    with pytest.raises(Ambiguous, match="3 times") as refused:
        people.click("Edit")
    assert len(refused.value.candidates) == 3
    assert refused.value.picture is not None
    with Image.open(refused.value.picture) as picture:
        assert picture.size == (1280, 800)
    assert value(people, "document.getElementById('edited').textContent") == ""


@pytest.mark.parametrize(
    ("where", "who"),
    [({"near": "Alan Turing"}, "Alan"), ({"nth": 3}, "Grace"), ({"nth": -3}, "Ada"),
     ({"kind": "button", "region": (700, 200, 1000, 270)}, "Grace")],
)  # fmt: skip
def test_one_of_several(people: Controller, where: dict[str, Any], who: str) -> None:
    people.click("Edit", **where)
    assert value(people, "document.getElementById('edited').textContent") == f"Editing {who}"


def test_it_waits_for_what_comes_later_and_for_what_goes(people: Controller) -> None:
    assert not people.exists("Nothing further")
    people.click("Show more")
    people.wait_for("Nothing further")
    value(people, "setTimeout(() => document.getElementById('more').remove(), 500)")
    people.gone("Nothing further")
    with pytest.raises(NotDone, match="still there"):
        people.gone("Save", timeout=0)


def test_what_is_not_there_is_said_with_what_came_near(people: Controller) -> None:
    with pytest.raises(NotOnScreen) as missing:
        people.click("Save changes", timeout=0)
    assert "“Save changes” is not on the screen" in str(missing.value)
    assert any(one.text == "Save" and one.score < 0.85 for one in missing.value.candidates)
    assert str(missing.value.picture) in str(missing.value)
    with pytest.raises(NotOnScreen, match="near: “Nobody” is not on the screen"):
        people.click("Edit", near="Nobody", timeout=0)
    with pytest.raises(NotOnScreen, match="there are 3"):
        people.click("Edit", nth=4, timeout=0)


def test_a_disabled_button_is_not_clicked(people: Controller) -> None:
    value(people, "document.getElementById('save').disabled = true")
    with pytest.raises(NotDone, match="disabled"):
        people.click("Save", timeout=0)
    value(people, "setTimeout(() => document.getElementById('save').disabled = false, 400)")
    people.click("Save")
    people.expect("Record of nobody kept")


@pytest.mark.parametrize("scale", [0.67, 1.0, 1.5, 2.0])
def test_a_picture_is_found_at_another_scale(people: Controller, scale: float) -> None:
    part = people.find("Save").picture()
    sized = part.resize((round(part.width * scale), round(part.height * scale)), Image.Resampling.LANCZOS)
    truth = people.find("Save").match().box
    assert people.find(image=sized).match().box.iou(truth) > 0.8
    people.click(image=sized)
    people.expect("Record of nobody kept")


def test_reading(people: Controller) -> None:
    assert people.read_table()[0][:3] == ["Person", "Town", "Age"]
    assert [row[:3] for row in people.read_table()[1:]] == [
        ["Ada Lovelace", "London", "36"],
        ["Alan Turing", "Wilmslow", "41"],
        ["Grace Hopper", "Arlington", "85"],
    ]
    assert people.read(near="Total") == "3 people"
    assert people.read((500, 115, 800, 150)) == "Ada Lovelace London 36"
    assert people.read_table((0, 400, 400, 500)) == []


def test_scrolling_to_what_is_out_of_view(people: Controller) -> None:
    people.scroll_to("Imprint and contact")
    assert value(people, "scrollY") > 0
    people.scroll_to("People", exact=True)
    with pytest.raises(NotOnScreen, match="nowhere between the two ends"):
        people.scroll_to("Terms of service")


def test_a_failed_expectation_is_an_assertion_with_a_picture(people: Controller) -> None:
    with pytest.raises(AssertionError, match="expected “4 people” beside “Total”, read “3 people”") as failed:
        people.expect("Total", says="4 people", timeout=0)
    assert isinstance(failed.value, ExpectationFailed)
    assert failed.value.picture is not None
    assert failed.value.picture.is_file()
    with pytest.raises(ExpectationFailed, match="still there"):
        people.expect("Save", gone=True, timeout=0)


def test_the_rules_hold_for_verbs_and_for_tasks(people: Controller, tmp_path: Path) -> None:
    rules = GuardPolicy(regions=((0, 0, 450, 800),))
    bound = Controller(people.environment, rules=rules, timeout=0, evidence=tmp_path)
    bound.click("Save")
    with pytest.raises(Refused, match="do not allow pointing"):
        bound.click("Edit", nth=1)
    point = people.find("Edit", nth=1).match().point
    bound.do("edit the first", model=ScriptedModel([Click(start_point=point)]))
    assert value(people, "document.getElementById('edited').textContent") == ""


@pytest.mark.parametrize(
    ("where", "told"),
    [({"text": " "}, "text: is empty"), ({"kind": "knob"}, "kind: 'knob' is none; accepted: button"),
     ({"text": "a", "nth": 0}, "nth: 0"), ({"text": "a", "image": "b.png"}, "image: cannot be joined with text"),
     ({"image": "no-such.png"}, "no such file"), ({"image": Image.new("RGB", (30, 30), "red")}, "is blank"),
     ({"text": "Save", "region": (0, 0, 5000, 10)}, "region: .* within 1280×800")],
)  # fmt: skip
def test_what_cannot_be_looked_for_is_named(people: Controller, where: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        people.exists(**where)


def test_a_grounding_model_may_find_things(people: Controller) -> None:
    place = people.find("Save").match().point
    model = ScriptedModel([Click(start_point=place)])
    Controller(people.environment, finder=model).click("the blue button")
    people.expect("Record of nobody kept")


def test_the_same_verbs_awaited(people: Controller, tmp_path: Path) -> None:
    async def steps() -> list[Match]:
        async with AsyncController(people.environment, evidence=tmp_path, timeout=5) as screen:
            await asyncio.gather(screen.type("Name", "Ada"), screen.choose("Country", "Peru"))
            await screen.find("Save").click()
            await screen.expect("Record of Ada kept")
            return await screen.all("Edit")

    assert len(asyncio.run(steps())) == 3


def test_both_controllers_have_the_same_verbs() -> None:
    ours = {name for name in dir(Controller) if not name.startswith("_")}
    assert ours == {name for name in dir(AsyncController) if not name.startswith("_")}


def test_the_first_example_of_the_guide_runs(people: Controller, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DOCS / "rpa.md").read_text("utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.S)[0]
    steps = code[code.index("    screen.type") :]
    compiled = compile("if True:\n" + steps, "rpa.md", "exec")
    exec(compiled, {"screen": people})
    assert capsys.readouterr().out == "Ada Lovelace 3 people\n"
    assert value(people, "document.getElementById('edited').textContent") == "Editing Alan"
