"""Algorithms beside figures worked out by hand, and beside each other where they must agree."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from model.training.algorithms import NAMES, advantages_of, named
from model.training.algorithms.clipped import clipped
from model.training.algorithms.gspo import by_answer
from model.training.algorithms.means import group, sequence, token
from model.training.trainer.batch import Batch, collate, packed
from model.training.trainer.batch import sequence as as_sample
from model.training.trainer.learner import Told
from model.training.trainer.state import TrainingFault


def answer(tokens: int, weight: float, advantage: float, drawn: list[float] | None, name: str = "a") -> Any:
    """Two tokens of prompt and an answer."""
    positions = np.tile(np.arange(tokens + 2), (3, 1))
    more = {} if drawn is None else {"logps": drawn}
    return as_sample(
        list(range(2 + tokens)), positions, [0.0, 0.0] + [weight] * tokens,
        advantages=[0.0, 0.0] + [advantage] * tokens, more=more, name=name,
    )  # fmt: skip


def batch(*samples: Any) -> Batch:
    return collate(samples, pad=0)


def gradient(objective: Any, logps: list[float], given: Batch) -> tuple[float, list[float], dict[str, float]]:
    """Loss, its gradient with respect to each learned token's log-probability, figures."""
    said = torch.tensor(logps, requires_grad=True)
    loss, figures = objective(Told(said, torch.zeros(0)), given, None)
    loss.backward()
    assert said.grad is not None
    return float(loss.detach()), said.grad.tolist(), figures


def test_advantages_of_grpo_by_hand() -> None:
    # mean .5; deviations ±.5; n − 1 = 3: std = sqrt(4 · .25 / 3) = .57735
    found = advantages_of(named("grpo"), [1, 0, 0, 1])
    assert found == pytest.approx([0.5 / 0.57745, -0.5 / 0.57745, -0.5 / 0.57745, 0.5 / 0.57745], rel=1e-4)


def test_advantages_of_rloo_by_hand() -> None:
    # 1 beside mean(0, .5) = .25; 0 beside .75; .5 beside .5
    assert advantages_of(named("rloo"), [1, 0, 0.5]) == pytest.approx([0.75, -0.75, 0.0])


def test_advantages_of_dr_grpo_by_hand() -> None:
    assert advantages_of(named("dr-grpo"), [1, 0, 0.5, 0.1]) == pytest.approx([0.6, -0.4, 0.1, -0.3])


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_reward_is_no_number_and_the_others_go_on(name: str) -> None:
    algorithm = named(name)
    found = advantages_of(algorithm, [1.0, None, 0.0])
    assert found[1] is None
    assert [found[0], found[2]] == advantages_of(algorithm, [1.0, 0.0])
    assert advantages_of(algorithm, [None, 1.0]) == [None, None]
    assert advantages_of(algorithm, [None, None]) == [None, None]
    with pytest.raises(ValueError, match="reward nan"):
        advantages_of(algorithm, [float("nan"), 0.0])


@pytest.mark.parametrize("name", NAMES)
def test_a_group_of_equal_rewards_teaches_exactly_nothing(name: str) -> None:
    assert advantages_of(named(name), [0.1] * 7) == [0.0] * 7


def test_weights_of_the_means_by_hand() -> None:
    groups = [[1, 3], [4, 0]]
    assert token(groups) == [[1 / 8, 1 / 8], [1 / 8, 0]]
    assert sequence(groups) == [[1 / 4, 1 / 12], [1 / 16, 0]]
    assert group(groups) == [[1 / 8, 1 / 8], [1 / 8, 0]]
    assert group([[1, 1], [4, 2]]) == [[1 / 4, 1 / 4], [1 / 12, 1 / 12]]
    assert named("dr-grpo", longest=10).weights(groups) == [[1 / 40, 1 / 40], [1 / 40, 1 / 40]]
    assert named("rloo").weights(groups) == [[1 / 4, 1 / 4], [1 / 4, 1 / 4]]


def test_the_mean_of_mimo_is_that_of_dapo_where_groups_are_equally_long_or_alone() -> None:
    for groups in ([[2, 5, 1]], [[2, 3], [1, 4]]):
        for one, other in zip(group(groups), token(groups), strict=True):
            assert one == pytest.approx(other)
    assert group([[2, 3], [9, 9]]) != token([[2, 3], [9, 9]])


def test_on_policy_the_gradient_is_weight_times_advantage() -> None:
    given = batch(answer(2, 0.25, 1.5, None), answer(1, 0.5, -2.0, None))
    loss, found, _ = gradient(named("grpo").objective, [-1.0, -2.0, -0.5], given)
    assert found == pytest.approx([-0.375, -0.375, 1.0])
    assert loss == pytest.approx(0.375 * 3 - 0.5)


def test_where_model_and_rollout_agree_clipping_changes_nothing() -> None:
    drawn = [-1.0, -2.0, -0.5]
    given = batch(answer(2, 0.25, 1.5, drawn[:2]), answer(1, 0.5, -2.0, drawn[2:]))
    _, plain, _ = gradient(named("grpo").objective, drawn, given)
    for name in ("grpo-clip", "grpo-clip-high", "dapo", "gspo"):
        assert gradient(named(name).objective, drawn, given)[1] == pytest.approx(plain), name


def test_clipping_by_hand() -> None:
    # ρ = 1.25, 1.25, .5, .5 with A = 1, −1, 1, −1: rising is cut above, falling is cut below.
    now = [-1 + math.log(1.25)] * 2 + [-1 + math.log(0.5)] * 2
    given = batch(*(answer(1, 0.25, sign, [-1.0]) for sign in (1, -1, 1, -1)))
    loss, found, figures = gradient(clipped(0.2, 0.2), now, given)
    assert loss == pytest.approx(-0.25 * (1.2 - 1.25 + 0.5 - 0.8))
    assert found == pytest.approx([0, 0.25 * 1.25, -0.25 * 0.5, 0])
    assert figures == {"clipped": 0.5, "ratio": pytest.approx(0.875)}
    higher = gradient(clipped(0.2, 0.28), now, given)
    assert higher[1][0] == pytest.approx(-0.25 * 1.25)  # 1.25 < 1.28: not cut any more
    assert higher[2]["clipped"] == 0.25


def test_gspo_by_hand() -> None:
    # An answer of 2 tokens with log-ratios .3 and .1: s = e^.2, d s / d logp = s / 2 a token; one of 1 with −.1.
    given = batch(answer(2, 0.25, 2.0, [-1.0, -1.0]), answer(1, 0.5, 1.0, [-1.0]))
    loss, found, _ = gradient(by_answer(0.5, 0.5), [-0.7, -0.9, -1.1], given)
    long, short = math.exp(0.2), math.exp(-0.1)
    assert loss == pytest.approx(-(0.5 * 2 * long + 0.5 * short))
    assert found == pytest.approx([-0.5 * long, -0.5 * long, -0.5 * short])
    _, cut, figures = gradient(by_answer(0.5, 0.1), [-0.7, -0.9, -1.1], given)
    assert cut == pytest.approx([0, 0, -0.5 * short])
    assert figures["clipped"] == pytest.approx(2 / 3)


def test_packed_answers_keep_their_own_ratios() -> None:
    one, other = answer(2, 0.25, 1.5, [-1.0, -2.0]), answer(1, 0.5, -2.0, [-0.5])
    now = [-0.9, -2.05, -0.45]
    for name in ("grpo-clip", "gspo"):
        apart = gradient(named(name).objective, now, batch(one, other))
        together = gradient(named(name).objective, now, batch(packed([one, other])))
        assert together[1] == pytest.approx(apart[1]), name


@pytest.mark.parametrize(("drawn", "said"), [(None, "has no log-probabilities"), ([-1.0], "has 1 log-prob")])
def test_what_the_rollout_did_not_keep_is_an_error_never_made_up(drawn: list[float] | None, said: str) -> None:
    given = batch(answer(2, 0.25, 1.0, drawn, name="item 7"))
    with pytest.raises(ValueError, match=f"item 7: {said}"):
        gradient(named("dapo").objective, [-1.0, -1.0], given)


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"name": "ppo"}, "--algorithm ppo: accepted: grpo, "),
        ({"mean": "median"}, "--mean median: accepted: token, sequence, group"),
        ({"name": "gspo", "mean": "token"}, "gspo weighs whole answers"),
        ({"name": "rloo", "normalise": True}, "rloo compares"),
        ({"longest": 0}, "longest answer 0: accepted: 1 or more"),
    ],
)
def test_a_choice_that_has_no_place_says_what_is_accepted(choices: dict[str, Any], said: str) -> None:
    with pytest.raises(TrainingFault, match=said):
        named(**choices)


def test_choices_replace_those_of_the_algorithm() -> None:
    assert named("dapo", mean="group").weights is group
    rewards = [1.0, 0.0, 0.0]
    assert advantages_of(named("dapo", normalise=False), rewards) == advantages_of(named("dr-grpo"), rewards)
    assert advantages_of(named("dr-grpo", normalise=True), rewards) == advantages_of(named("grpo"), rewards)
