"""Rollouts without idle time: who ends makes room, rewards are fetched meanwhile, nobody waits for the last.

Three things of MiMo-7B's seamless rollout engine (2505.07608, section 3.4): *continuous rollout*: as long as
groups are wanted, a free row takes the next; *asynchronous rewards*: a finished group goes to worker threads, and
drawing goes on; *early termination*: what is still running when there are enough groups is given up, in the order
of beginning: a group may be taken only when every group that was begun before it is finished, so that long answers
and slow rewards are not selected against.

`continuous=False` is the plain way beside it: draw all, wait for the longest, then fetch all rewards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Protocol

from model.training.rollout.decoder import Answer
from model.training.rollout.group import Group
from model.training.rollout.prompts import Prompt


@dataclass(frozen=True)
class Ask:
    """One group that can be begun.

    Attributes:
        item, task: what it is about.
        prompt: see `Prompt`.
        seeds: of each answer of the group.
        limit: most tokens of an answer; 0: the decoder's.
    """

    item: str
    task: str
    prompt: Prompt
    seeds: tuple[tuple[int, ...], ...]
    limit: int = 0


class Draws(Protocol):
    """What draws answers: `Decoder`, or another that keeps to its manner."""

    apart: bool

    def __len__(self) -> int: ...

    def add(
        self, prompts: Sequence[Prompt], seeds: Sequence[Sequence[Sequence[int]]], limits: Sequence[int] = ()
    ) -> list[list[int]]: ...

    def step(self) -> list[tuple[int, Answer]]: ...

    def drop(self, tickets: set[int]) -> None: ...


Judge = Callable[[Sequence[tuple[Ask, list[Answer]]]], list[Group]]
"""Groups of answers → what they are worth. Called from several threads."""


@dataclass
class Spent:
    """Where the time of a rollout went.

    Attributes:
        wall_s: seconds in all.
        row_s: seconds of all rows together, with an answer in them and without; `busy_s`: with one.
        waited_s: seconds in which nothing was drawn at all.
        drawn, wasted: tokens that were drawn; of these, for groups that nobody took.
        begun, given_up: groups.
    """

    wall_s: float = 0.0
    row_s: float = 0.0
    busy_s: float = 0.0
    waited_s: float = 0.0
    drawn: int = 0
    wasted: int = 0
    begun: int = 0
    given_up: int = 0

    @property
    def idle(self) -> float:
        """Share of the rows' time without an answer."""
        return 1 - self.busy_s / self.row_s if self.row_s else 0.0


@dataclass
class _Begun:
    ask: Ask
    tickets: list[int]
    answers: dict[int, Answer] = field(default_factory=dict)
    group: Group | None = None
    scoring: Future[list[Group]] | None = None

    @property
    def drawn(self) -> bool:
        return len(self.answers) == len(self.tickets)

    def whole(self) -> tuple[Ask, list[Answer]]:
        return self.ask, [self.answers[ticket] for ticket in self.tickets]


class Engine:
    """Draws groups until there are enough.

    Args:
        rows: answers that are drawn at the same time.
        workers: threads that fetch rewards.
        continuous: see the module text.
    """

    def __init__(self, decoder: Draws, *, rows: int = 256, workers: int = 8, continuous: bool = True) -> None:
        self._decoder, self._rows, self._workers, self._continuous = decoder, rows, workers, continuous

    def run(
        self, asks: Mapping[str, Iterator[Ask]], wanted: Mapping[str, int], most: Mapping[str, int], judge: Judge
    ) -> tuple[list[Group], Spent]:
        """Groups in the order in which they were begun, those that were given up left out.

        Args:
            asks: task → what can be begun; wanted: task → groups that are to be admitted; most: task → groups that
                may be begun for that.
            judge: sets `Group.state` to "admitted" where a group teaches something. What it raises is raised here.
        """
        run = _Run(self._decoder, asks, wanted, most, self._rows)
        begun = time.perf_counter()
        if self._continuous:
            with ThreadPoolExecutor(self._workers) as pool:
                run.continuous(judge, pool)
        else:
            run.plain(judge)
        run.spent.wall_s = time.perf_counter() - begun
        return run.taken(), run.spent


class _Run:
    def __init__(
        self,
        decoder: Draws,
        asks: Mapping[str, Iterator[Ask]],
        wanted: Mapping[str, int],
        most: Mapping[str, int],
        rows: int,
    ) -> None:
        self._decoder, self._asks, self._wanted, self._most, self._rows = decoder, dict(asks), wanted, most, rows
        self._begun: list[_Begun] = []
        self._of: dict[int, _Begun] = {}
        self._next: dict[str, Ask] = {}
        self.spent = Spent()

    # -- both ways ------------------------------------------------------------------------------------------

    def _own(self, task: str) -> list[_Begun]:
        return [one for one in self._begun if one.ask.task == task]

    def _wanting(self, task: str) -> bool:
        """Whether another group of the task is likely to be needed."""
        own = self._own(task)
        scored = [one for one in own if one.group is not None]
        admitted = sum(one.group is not None and one.group.state == "admitted" for one in scored)
        # Of those that are not scored yet, as many will be admitted as have been so far.
        rate = (admitted + 1) / (len(scored) + 1)
        return len(own) < self._most[task] and admitted + rate * (len(own) - len(scored)) < self._wanted[task]

    def _peek(self, task: str) -> Ask | None:
        if task not in self._next:
            ask = next(self._asks[task], None)
            if ask is None:
                self._asks[task] = iter(())
                return None
            self._next[task] = ask
        return self._next[task]

    def _begin(self) -> None:
        """Begin groups of the tasks that want some, turn by turn, as long as there are rows for them."""
        chosen: list[Ask] = []
        free = self._rows - len(self._decoder)
        while not (self._decoder.apart and (chosen or len(self._decoder))):
            some = False
            for task in self._wanted:
                ask = self._peek(task) if self._wanting(task) else None
                # A group of more answers than there are rows is begun where nothing else is.
                if ask is None or (len(ask.seeds) > free and (chosen or len(self._decoder))):
                    continue
                del self._next[task]
                free -= len(ask.seeds)
                chosen.append(ask)
                self._begun.append(_Begun(ask, []))
                some = True
                if self._decoder.apart:
                    break
            if not some:
                break
        if not chosen:
            return
        at, busy = time.perf_counter(), len(self._decoder)
        tickets = self._decoder.add(
            [ask.prompt for ask in chosen],
            [ask.seeds for ask in chosen],
            [ask.limit or 1 << 30 for ask in chosen],
        )
        self._count(at, busy + sum(map(len, tickets)))
        for one, own in zip(self._begun[-len(chosen) :], tickets, strict=True):
            one.tickets = own
            self._of.update(dict.fromkeys(own, one))
        self.spent.begun += len(chosen)

    def _step(self) -> list[_Begun]:
        """A token for every row; the groups that are drawn to their end by it."""
        at, busy = time.perf_counter(), len(self._decoder)
        over = self._decoder.step()
        self._count(at, busy)
        self.spent.drawn += busy
        found = []
        for ticket, answer in over:
            one = self._of[ticket]
            one.answers[ticket] = answer
            if one.drawn:
                found.append(one)
        return found

    def _count(self, since: float, busy: int) -> None:
        took = time.perf_counter() - since
        self.spent.row_s += took * max(self._rows, busy)
        self.spent.busy_s += took * busy

    def _idle(self, since: float) -> None:
        self._count(since, 0)
        self.spent.waited_s += time.perf_counter() - since

    # -- the two ways ---------------------------------------------------------------------------------------

    def plain(self, judge: Judge) -> None:
        """Rows stay empty until the longest answer has ended, and rewards are fetched when all have."""
        while True:
            first = len(self._begun)
            while True:
                self._begin()
                if not len(self._decoder):
                    break
                while len(self._decoder):
                    self._step()
            wave = self._begun[first:]
            if not wave:
                return
            at = time.perf_counter()
            groups = judge([one.whole() for one in wave])
            self._idle(at)
            for one, group in zip(wave, groups, strict=True):
                one.group = group

    def continuous(self, judge: Judge, pool: ThreadPoolExecutor) -> None:
        """See the module text."""
        pending: dict[Future[list[Group]], _Begun] = {}
        try:
            while True:
                for future in [future for future in pending if future.done()]:
                    pending.pop(future).group = future.result()[0]
                if self._enough():
                    break
                self._begin()
                if len(self._decoder):
                    for one in self._step():
                        one.scoring = pool.submit(judge, [one.whole()])
                        pending[one.scoring] = one
                elif pending:
                    at = time.perf_counter()
                    wait(pending, return_when=FIRST_COMPLETED)
                    self._idle(at)
                else:
                    break
        finally:
            self._decoder.drop({ticket for one in self._begun if not one.drawn for ticket in one.tickets})
            for future in pending:
                future.cancel()

    def _enough(self) -> bool:
        """Of every task, enough are admitted, and all that were begun before the last of them are scored."""
        for task, wanted in self._wanted.items():
            admitted = 0
            for one in self._own(task):
                if admitted == wanted:
                    break
                if one.group is None:
                    return False
                admitted += one.group.state == "admitted"
            if admitted < wanted:
                return False
        return True

    def taken(self) -> list[Group]:
        """What came of it: of each task the first that were admitted, and what was refused before them."""
        left = dict(self._wanted)
        found = []
        for one in self._begun:
            if one.group is None:
                self.spent.given_up += 1
                self.spent.wasted += sum(len(answer.tokens) for answer in one.answers.values())
                continue
            if one.group.state == "admitted":
                if left[one.ask.task] == 0:
                    one.group.state = "spare"
                else:
                    left[one.ask.task] -= 1
            if one.group.state != "admitted":
                self.spent.wasted += sum(len(answer.tokens) for answer in one.group.answers)
            found.append(one.group)
        return found
