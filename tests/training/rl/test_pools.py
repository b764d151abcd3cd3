"""Difficulty pools and the curriculum file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from model.training.pools.curriculum import Curriculum
from model.training.pools.difficulty import Pools, parse_pools
from model.training.trainer.state import TrainingFault

NAMES = [f"item {number}" for number in range(60)]


def measured(said: str) -> Pools:
    """A third of the items are solved, a third never, the rest half of the time."""
    pools = Pools(NAMES, parse_pools(said))
    for number, name in enumerate(NAMES):
        pools.saw(name, [[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]][number % 3])
    return pools


def test_items_are_where_their_pass_rate_puts_them() -> None:
    pools = measured("")
    assert pools.sizes() == {"easy": 20, "normal": 20, "hard": 20}
    assert [pools.pool(name) for name in NAMES[:3]] == ["easy", "hard", "normal"]
    pools.saw(NAMES[0], [0.0, 1.0])
    assert pools.pool(NAMES[0]) == "normal"
    assert Pools(NAMES).pool(NAMES[0]) == "normal", "never drawn"
    pools.saw(NAMES[1], [None, None])
    assert pools.pool(NAMES[1]) == "hard", "missing rewards say nothing"
    pools.saw(NAMES[1], [None, 0.5])
    assert pools.pool(NAMES[1]) == "easy", "one answer passed, of one that was judged"


def test_easy_items_come_with_their_probability() -> None:
    pools, drawn = measured("easy:0.1,normal:0.8,hard:0.1"), Counter[str]()
    for seed in range(400):
        drawn.update(pools.pool(name) for name in pools.order(np.random.default_rng(seed), 5))
    shares = {name: count / 2000 for name, count in drawn.items()}
    # Three standard deviations of a share of .1 in 2000 draws are .02.
    assert shares["easy"] == pytest.approx(0.1, abs=0.02)
    assert shares["hard"] == pytest.approx(0.1, abs=0.02)


def test_without_pools_all_items_are_alike() -> None:
    drawn = Counter(name for seed in range(300) for name in measured("").order(np.random.default_rng(seed), 6))
    assert set(drawn) == set(NAMES)
    assert max(drawn.values()) < 2.5 * 30


def test_no_item_comes_twice_and_an_empty_pool_leaves_its_share() -> None:
    pools = measured("easy:0.5,normal:0.5")
    order = pools.order(np.random.default_rng(0), 100)
    assert len(order) == len(set(order)) == 40, "hard items are never drawn"
    new = Pools(NAMES, parse_pools("easy:1"))
    assert len(new.order(np.random.default_rng(0), 10)) == 10, (
        "nothing is easy yet: anything is better than nothing"
    )


@pytest.mark.parametrize(
    "said", ["easy", "easy:x", "simple:0.5", "easy:-1", "easy:nan", "easy:0", "easy:1,easy:1"]
)
def test_pools_that_are_none_say_what_is_accepted(said: str) -> None:
    with pytest.raises(ValueError, match=r"pools: .*accepted: "):
        parse_pools(said)


FILE = """
[tasks.point]
data = "data/point"
rewards = "point_in_box:1"
[tasks.read]
data = "data/read"
rewards = {same_text = 1.0}
[[schedule]]
steps = 2
mix = {point = 1.0}
[[schedule]]
steps = 3
mix = {point = 1, read = 3}
"""


def written(path: Path, text: str) -> Path:
    (path / "tasks.toml").write_text(text, "utf-8")
    return path / "tasks.toml"


def test_a_curriculum_mixes_tasks_by_its_schedule(tmp_path: Path) -> None:
    curriculum = Curriculum.read(written(tmp_path, FILE))
    assert curriculum.tasks["read"].data == tmp_path / "data/read"
    assert [curriculum.mix(n) for n in (0, 1)] == [{"point": 1.0}] * 2
    assert [curriculum.mix(n) for n in (2, 4, 99)] == [{"point": 0.25, "read": 0.75}] * 3
    chance = np.random.default_rng(0)
    assert curriculum.counts(0, 7, chance) == {"point": 7}
    assert curriculum.counts(2, 8, chance) == {"point": 2, "read": 6}
    totals = Counter[str]()
    for _ in range(2000):
        counts = curriculum.counts(2, 1, chance)
        assert sum(counts.values()) == 1
        totals.update(counts)
    assert totals["read"] / 2000 == pytest.approx(0.75, abs=0.03)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "mix = {point = 1.0}",
            "mix = {points = 1.0}",
            "schedule 1: mix: no task 'points'; accepted: point, read",
        ),
        ("steps = 2", "steps = 0", "schedule 1: steps: 0"),
        ("steps = 2", "stages = 2", "schedule 1: stages: accepted: steps, mix"),
        ("mix = {point = 1.0}", "mix = {point = -1}", "schedule 1: mix.point: -1"),
        ("mix = {point = 1.0}", "mix = {point = 0}", "all shares are 0"),
        ("point_in_box:1", "nearness:1", "tasks.point.rewards: reward 'nearness'"),
        ('data = "data/point"', "data = 3", "tasks.point.data: 3"),
        ("[tasks.point]", "[task.point]", "task: accepted: tasks, schedule"),
        ("[[schedule]]\nsteps = 2", "nonsense", "cannot be read"),
    ],
)
def test_a_curriculum_that_is_wrong_names_what_is(tmp_path: Path, before: str, after: str, said: str) -> None:
    with pytest.raises(TrainingFault, match=said):
        Curriculum.read(written(tmp_path, FILE.replace(before, after)))


def test_a_curriculum_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(TrainingFault, match="cannot be read"):
        Curriculum.read(tmp_path / "none.toml")
