"""The rollout engine: what is taken, what is given up, that nobody waits. Time is counted in tokens."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from model.training.rewards import Scored
from model.training.rollout.decoder import Answer
from model.training.rollout.engine import Ask, Engine
from model.training.rollout.group import Group
from model.training.rollout.prompts import Prompt

PROMPT = Prompt("p", (1, 2), np.zeros((3, 2), np.int64), 0, ())


class Counting:
    """Draws answers of given lengths: of item n, LENGTHS[n] tokens. A step is a tick of its clock."""

    def __init__(self, lengths: Sequence[int], *, apart: bool = False, rows: int = 1 << 30) -> None:
        self.apart, self.clock, self.most = apart, 0, 0
        self._lengths, self._rows, self._left, self._next = lengths, rows, dict[int, int](), 0
        self.began: list[int] = []

    def __len__(self) -> int:
        return len(self._left)

    def add(self, prompts: Any, seeds: Any, limits: Sequence[int] = ()) -> list[list[int]]:
        assert not self.apart or (len(prompts) == 1 and not self._left)
        found = []
        for own in seeds:
            self.began.append(own[0][0])
            tickets = [self._next + place for place in range(len(own))]
            self._next += len(own)
            self._left.update(dict.fromkeys(tickets, self._lengths[own[0][0]]))
            found.append(tickets)
        self.most = max(self.most, len(self._left))
        return found

    def step(self) -> list[tuple[int, Answer]]:
        self.clock += 1
        self._left = {ticket: left - 1 for ticket, left in self._left.items()}
        over = [ticket for ticket, left in self._left.items() if left == 0]
        for ticket in over:
            del self._left[ticket]
        return [(ticket, Answer([0], [0.0], True)) for ticket in over]

    def drop(self, tickets: set[int]) -> None:
        self._left = {ticket: left for ticket, left in self._left.items() if ticket not in tickets}


def asks(count: int, group: int = 2, task: str = "t", first: int = 0) -> Iterator[Ask]:
    for number in range(first, first + count):
        yield Ask(str(number), task, PROMPT, tuple((number, turn) for turn in range(group)))


def judged(good: Any = lambda name: True) -> Any:
    def judge(drawn: Sequence[tuple[Ask, list[Answer]]]) -> list[Group]:
        groups = []
        for ask, answers in drawn:
            group = Group(ask.item, ask.task, answers, [""] * len(answers), [Scored(1.0)] * len(answers))
            group.state = "admitted" if good(ask.item) else "no signal"
            groups.append(group)
        return groups

    return judge


def names(groups: Sequence[Group], state: str = "admitted") -> list[str]:
    return [group.item for group in groups if group.state == state]


@pytest.mark.parametrize("continuous", [False, True])
@pytest.mark.parametrize("apart", [False, True])
def test_the_same_groups_are_taken_either_way(continuous: bool, apart: bool) -> None:
    """The first that teach something, in the order of beginning, however long they take."""
    lengths = [9, 1, 30, 2, 1, 5, 1, 1, 20, 1, 3, 1]
    decoder = Counting(lengths, apart=apart)
    engine = Engine(decoder, rows=6, continuous=continuous)
    groups, spent = engine.run({"t": asks(12)}, {"t": 4}, {"t": 12}, judged(lambda name: int(name) % 2 == 0))
    assert names(groups) == ["0", "2", "4", "6"]
    assert [name for name in names(groups, "no signal") if int(name) < 6] == ["1", "3", "5"]
    assert decoder.most <= 6
    assert len(decoder) == 0
    assert spent.begun == len(decoder.began) == len(groups) + spent.given_up


def test_rows_that_are_free_take_the_next_at_once() -> None:
    lengths = [100, 1, 1, 1, 1, 1, 1, 1]
    clocks = []
    for continuous in (False, True):
        decoder = Counting(lengths)
        engine = Engine(decoder, rows=4, continuous=continuous)
        groups, spent = engine.run({"t": asks(8)}, {"t": 8}, {"t": 8}, judged())
        assert names(groups) == [str(number) for number in range(8)]
        clocks.append(decoder.clock)
        assert spent.drawn == 2 * sum(lengths)
    # Plainly: 100 for the first wave, and 1 for each of three more. Continuously: all others beside the long one.
    assert clocks == [103, 100]


def test_a_long_answer_is_waited_for_where_it_was_begun_first_and_else_given_up() -> None:
    for place, expected in ((0, ["0", "1"]), (5, ["0", "1"])):
        lengths = [1] * 6
        lengths[place] = 50
        decoder = Counting(lengths)
        groups, _ = Engine(decoder, rows=12).run(
            {"t": asks(6)}, {"t": 2}, {"t": 6}, judged(lambda name: name in ("0", "1") or int(name) > 3)
        )
        assert names(groups) == expected
        assert decoder.clock == (50 if place == 0 else 1)


def test_drawing_goes_on_while_rewards_are_fetched() -> None:
    """The first group's reward comes only when the last answer is drawn: waiting for it would be for ever."""
    decoder, drawn = Counting([1, 5, 9]), threading.Event()
    judge = judged()

    def slow(some: Sequence[tuple[Ask, list[Answer]]]) -> list[Group]:
        if some[0][0].item == "0":
            assert drawn.wait(30)
        if some[0][0].item == "2":
            drawn.set()
        return list(judge(some))

    groups, _ = Engine(decoder, rows=2).run({"t": asks(3)}, {"t": 3}, {"t": 3}, slow)
    assert names(groups) == ["0", "1", "2"]


def test_every_task_brings_its_own_number() -> None:
    decoder = Counting([1] * 40)
    groups, _ = Engine(decoder, rows=8).run(
        {"a": asks(20, task="a"), "b": asks(20, task="b", first=20)}, {"a": 3, "b": 5}, {"a": 20, "b": 20},
        judged(lambda name: int(name) % 2 == 0),
    )  # fmt: skip
    taken = [group.task for group in groups if group.state == "admitted"]
    assert (taken.count("a"), taken.count("b")) == (3, 5)


@pytest.mark.parametrize("continuous", [False, True])
def test_where_nothing_is_admitted_it_ends_with_what_may_be_begun(continuous: bool) -> None:
    decoder = Counting([1] * 40)
    engine = Engine(decoder, rows=8, continuous=continuous)
    groups, spent = engine.run({"t": asks(40)}, {"t": 4}, {"t": 10}, judged(lambda name: False))
    assert len(groups) == spent.begun == 10
    assert names(groups) == []
    groups, _ = engine.run({"t": asks(3)}, {"t": 4}, {"t": 10}, judged())
    assert names(groups) == ["0", "1", "2"], "there are no more items than these"


@pytest.mark.parametrize("continuous", [False, True])
def test_a_group_larger_than_the_rows_is_drawn_alone(continuous: bool) -> None:
    decoder = Counting([2, 2, 2])
    groups, _ = Engine(decoder, rows=3, continuous=continuous).run(
        {"t": asks(3, group=5)}, {"t": 3}, {"t": 3}, judged()
    )
    assert names(groups) == ["0", "1", "2"]
    assert decoder.most == 5


@pytest.mark.parametrize("continuous", [False, True])
def test_what_a_judge_raises_is_raised_and_rows_are_free_again(continuous: bool) -> None:
    decoder = Counting([1, 90, 90])

    def broken(some: Any) -> list[Group]:
        raise ValueError("a rule that gives 3")

    with pytest.raises(ValueError, match="a rule that gives 3"):
        Engine(decoder, rows=6, continuous=continuous).run({"t": asks(3)}, {"t": 3}, {"t": 3}, broken)
    assert len(decoder) == 0
