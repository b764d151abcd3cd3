"""The Gymnasium face: spaces made from the schema, registered tasks, Gymnasium's own check."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

gymnasium = pytest.importorskip("gymnasium")

from gymnasium.utils.env_checker import check_env  # noqa: E402

import envs.gymnasium as ours  # noqa: E402
from action_space.actions import ACTIONS, ADAPTER, HALVES, Click, Finished  # noqa: E402

SIZE = (1280, 800)
NAMES = tuple(name for name in ACTIONS if name not in ("ask_user", *HALVES))
WISH = "GuiAgent/demo.wish_su7-v0"


@pytest.mark.parametrize("name", NAMES)
def test_every_action_has_its_place_in_the_space(name: str) -> None:
    space = ours.action_space_of(NAMES, SIZE)
    action = ADAPTER.validate_python({"action": name, **_example(name)})
    member = ours.encode(NAMES, action)
    assert member[1] in space.spaces[member[0]]
    assert member in space
    assert ours.decode(NAMES, member) == action


def _example(name: str) -> dict[str, Any]:
    """The schema's own example, within a screen of `SIZE`."""
    given = {key: value for key, value in ACTIONS[name].EXAMPLE.items() if key != "action"}
    return given or ({"keys": ["ctrl", "s"]} if name == "press" else {})


def test_samples_are_actions_or_say_why_not() -> None:
    space = ours.action_space_of(NAMES, SIZE)
    space.seed(7)
    good, said = 0, set[bool]()
    for _ in range(300):
        try:
            ours.decode(NAMES, space.sample())
            good += 1
        except ValueError as wrong:
            said.add("is not accepted" in str(wrong))
    assert good > 150
    assert said <= {True}


def test_a_point_outside_is_no_member() -> None:
    space = ours.action_space_of(("click",), SIZE)
    assert ours.encode(("click",), Click(start_point=(1279, 799))) in space
    assert ours.encode(("click",), Click(start_point=(1280, 10))) not in space
    with pytest.raises(ValueError, match="'click' cannot be done here; accepted: wait"):
        ours.encode(("wait",), Click(start_point=(1, 1)))


def test_the_suites_are_registered() -> None:
    assert WISH in ours.NAMES
    assert "GuiAgent/miniwob.click-button-v0" in ours.NAMES
    assert set(ours.NAMES) <= set(gymnasium.registry)


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    env = gymnasium.make(WISH, render_mode="rgb_array")
    yield env
    env.close()


@pytest.mark.browser
def test_an_episode(store: Any) -> None:
    seen, _ = store.reset(seed=3)
    assert seen in store.observation_space
    assert "SU7" in seen["instruction"]
    assert np.array_equal(store.render(), seen["screenshot"])
    names = store.unwrapped.names
    assert store.step(ours.encode(names, Click(start_point=(5, 5))))[1:4] == (0.0, False, False)
    wrong = (names.index("press"), {"keys": ("nokey",)})
    assert "press" in store.step(wrong)[4]["error"]
    _, reward, terminated, truncated, info = store.step(ours.encode(names, Finished()))
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info["verdict"]


@pytest.mark.browser
def test_the_reward_is_the_judge_s(store: Any) -> None:
    store.reset(seed=3)
    store.unwrapped._episode.cheat()
    names = store.unwrapped.names
    assert store.step(ours.encode(names, Finished()))[1:3] == (1.0, True)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("name", ["GuiAgent/miniwob.click-button-v0"])
def test_gymnasium_finds_nothing_wrong(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(name)
        env.action_space.seed(7)  # the checker draws its one action from here
        check_env(env.unwrapped)
        env.close()


def test_without_a_reset_nothing_happens() -> None:
    env = gymnasium.make(WISH).unwrapped
    with pytest.raises(gymnasium.error.ResetNeeded):
        env.step((0, {}))
    with pytest.raises(ValueError, match="render_mode: 'human'"):
        ours.TaskEnv(env.task, render_mode="human")
