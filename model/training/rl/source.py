"""Where the batches of `agent train rl` come from: items are drawn, answered, judged, admitted, weighed."""

from __future__ import annotations

import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from model.training.algorithms import Algorithm, advantages_of
from model.training.encode import CannotEncode
from model.training.opened import Opened
from model.training.pools.curriculum import Curriculum
from model.training.pools.difficulty import PASSED, Pools, parse_pools
from model.training.rewards import Case, Mix, Scored
from model.training.rl.journal import Journal, Rollout
from model.training.rl.options import Options
from model.training.rollout.decoder import Answer, Decoder
from model.training.rollout.engine import Ask, Engine, Spent
from model.training.rollout.group import Group
from model.training.rollout.prompts import Items
from model.training.trainer.batch import Batch, Sample, collate, packed

_DEAD = 3
"""Rollouts in a row without a single reward, after which the run stops."""


class Rollouts:
    """Batches for `trainer.loop.train`: a rollout every `options.updates` steps, drawn from the weights as are.

    Everything but the weights follows from seed and journal: pools and kept successes are a fold over its lines.

    Attributes:
        figures: of the newest rollout.
        problem: why the run should stop, "" while it should not.
    """

    def __init__(
        self,
        options: Options,
        opened: Opened,
        items: Items,
        curriculum: Curriculum,
        mixes: Mapping[str, Mix],
        algorithm: Algorithm,
        journal: Journal,
    ) -> None:
        self._options, self._opened, self._items, self._curriculum = options, opened, items, curriculum
        self._mixes, self._algorithm, self._journal = mixes, algorithm, journal
        self._decoder = Decoder(opened, most=options.most, temperature=options.temperature, top_p=options.top_p)
        rows = options.rows or options.group * max(1, round(options.groups * (1 + options.redraws)))
        self._engine = Engine(self._decoder, rows=rows, workers=options.workers, continuous=options.continuous)
        shares = parse_pools(options.pools)
        self._pools = {task: Pools([item.name for item in own], shares) for task, own in items.by_task.items()}
        self._kept: dict[str, list[tuple[Answer, str, Scored]]] = defaultdict(list)
        self._folded, self._now, self._dead = 0, -1, 0
        self._groups: list[Group] = []
        self.figures: dict[str, float] = {}
        self.problem = ""

    # -- what the trainer asks ------------------------------------------------------------------------------

    def total(self, step: int) -> float:
        """The weights hold every division already (`model.training.algorithms`)."""
        return 1.0

    def batches(self, step: int) -> Sequence[Callable[[], Batch]]:
        """See `trainer.loop.Source`. Draws where the journal does not have the rollout yet."""
        number, part = divmod(step, self._options.updates)
        if number != self._now:
            rollout = self._rollout(number)
            self._now, self._groups = number, rollout.admitted
            self._watch(rollout)
        rows = self.samples(self._groups[part :: self._options.updates])
        micro = self._options.micro or max(1, len(rows))
        return [partial(self._batch, rows[first : first + micro]) for first in range(0, len(rows), micro)]

    def _batch(self, rows: list[Sample]) -> Batch:
        tokenizer, encoder = self._opened.tokenizer, self._opened.encoder
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        return collate(rows, pad=pad, device=self._opened.model.device, picture=encoder.picture)

    def samples(self, groups: Sequence[Group]) -> list[Sample]:
        """The answers of groups as sequences, short ones first: a group, or several about one picture, in each,
        where the class allows it."""
        learned = [
            [
                (answer, advantage)
                for answer, advantage in zip(group.answers, group.advantages, strict=True)
                if advantage is not None
            ]
            for group in groups
        ]
        weights = self._algorithm.weights([[len(answer.tokens) for answer, _ in own] for own in learned])
        rows: list[Sample] = []
        beside: dict[tuple[str, ...], list[Sample]] = defaultdict(list)
        for group, own, counted in zip(groups, learned, weights, strict=True):
            item = self._items.named(group.item)
            assert item is not None, group.item
            prompt = self._items.prompt(item)
            made = [
                prompt.answered(answer.tokens, weight, advantage, logps=answer.logps)
                for (answer, advantage), weight in zip(own, counted, strict=True)
            ]
            if self._decoder.apart:
                rows += made
            else:
                beside[tuple(seen.key for seen in prompt.pictures)].append(packed(made))
        for key, own_rows in beside.items():
            most = self._options.asked if key else 1
            rows += [packed(own_rows[at : at + most]) for at in range(0, len(own_rows), most)]
        return sorted(rows, key=len)

    # -- a rollout ------------------------------------------------------------------------------------------

    def _rollout(self, number: int) -> Rollout:
        """From the journal, or drawn now; what came before it is folded in first."""
        while self._folded < number:
            self._fold(self._journal.read(self._folded))
        rollout = self._journal.read(number) if number < len(self._journal) else self._drawn(number)
        self._fold(rollout)
        return rollout

    def _fold(self, rollout: Rollout) -> None:
        """What later rollouts take from this one."""
        for group in rollout.groups:
            own = group.own()
            if group.task in self._pools:
                self._pools[group.task].saw(group.item, own)
            kept = self._kept[group.item]
            for answer, text, scored in zip(group.answers, group.texts, group.scored, strict=False):
                if self._options.replay and (scored.reward or 0) >= PASSED and len(kept) < self._options.replay:
                    kept.append((answer, text, scored))
        self._folded = rollout.number + 1

    def _drawn(self, number: int) -> Rollout:
        options, seed = self._options, [self._options.seed, number]
        chance = np.random.default_rng([*seed, 1])
        wanted = {
            task: count for task, count in self._curriculum.counts(number, options.groups, chance).items() if count
        }
        most = {
            task: min(round(count * (1 + options.redraws)), len(self._pools[task].names))
            for task, count in wanted.items()
        }
        asks = {task: self._asks(number, task, count) for task, count in most.items()}
        groups, spent = self._engine.run(asks, wanted, most, self.judge)
        begun = time.perf_counter()
        rollout = Rollout(number, groups, self._figures(groups, spent))
        self._journal.write(rollout)
        rollout.figures["journal_s"] = time.perf_counter() - begun
        return rollout

    def _asks(self, number: int, task: str, count: int) -> Iterator[Ask]:
        options = self._options
        for name in self._order(number, task, count):
            item = self._items.named(name)
            assert item is not None, name
            try:
                prompt = self._items.prompt(item)
            except CannotEncode:
                continue
            seeds = tuple((options.seed, number, 3, _number(name), turn) for turn in range(options.group))
            yield Ask(name, task, prompt, seeds)

    def _order(self, number: int, task: str, count: int) -> Iterator[str]:
        """Items as they are drawn, each with up to `asked` − 1 others about its picture, none twice.

        Of these, too, easy ones come as seldom as their pool says.
        """
        chance = np.random.default_rng([self._options.seed, number, 2, _number(task)])
        pools, asked = self._pools[task], self._options.asked
        highest = max(pools.shares.values(), default=0.0)
        done: set[str] = set()
        for name in pools.order(chance, count if asked == 1 else len(pools.names)):
            item = self._items.named(name)
            if len(done) >= count:
                return
            if name in done or item is None:
                continue
            done.add(name)
            yield name
            others = self._items.beside(item) if asked > 1 else []
            left = asked - 1
            for place in chance.permutation(len(others)):
                other = others[place].name
                share = pools.shares.get(pools.pool(other), 0.0) / highest if highest else 1.0
                if left and other not in done and chance.random() < share:
                    left -= 1
                    done.add(other)
                    yield other

    def judge(self, drawn: Sequence[tuple[Ask, list[Answer]]]) -> list[Group]:
        """What groups of answers are worth, and whether they are admitted."""
        groups = [Group(ask.item, ask.task, answers, self._texts(answers)) for ask, answers in drawn]
        for task in dict.fromkeys(group.task for group in groups):
            own = [group for group in groups if group.task == task]
            cases = [case for group in own for case in self._cases(group)]
            scored = iter(self._mixes[task](cases))
            for group in own:
                group.scored = [next(scored) for _ in group.answers]
        for group in groups:
            self._admit(group)
        return groups

    def _texts(self, answers: Sequence[Answer]) -> list[str]:
        decode = self._opened.tokenizer.decode
        return [str(decode(answer.tokens, skip_special_tokens=True)) for answer in answers]

    def _cases(self, group: Group) -> list[Case]:
        item = self._items.named(group.item)
        assert item is not None, group.item
        frame, picture = self._items.frame(item), self._items.picture(item)
        return [
            Case(item.record, self._items.family, frame, text, len(answer.tokens), answer.ended, group.task,
                 item.step, picture=picture)
            for text, answer in zip(group.texts, group.answers, strict=True)
        ]  # fmt: skip

    def _admit(self, group: Group) -> None:
        self._replay(group)
        group.advantages = advantages_of(self._algorithm, group.rewards)
        there = [abs(advantage) for advantage in group.advantages if advantage is not None]
        if not there:
            group.state = "missing"
        else:
            group.state = "admitted" if max(there) > self._options.signal else "no signal"

    def _replay(self, group: Group) -> None:
        """Where a whole group fails, a kept success takes the place of its last answer (ARPO, 2505.16282:
        deviation below .05 and mean below .2)."""
        rewards = [reward for reward in group.rewards if reward is not None]
        kept = self._kept.get(group.item)
        if not kept or len(rewards) < 2 or np.std(rewards) >= 0.05 or np.mean(rewards) >= 0.2:
            return
        answer, text, scored = kept[self._folded % len(kept)]
        group.answers[-1], group.texts[-1], group.scored[-1] = answer, text, scored
        group.replayed = True

    # -- what people look at --------------------------------------------------------------------------------

    def _figures(self, groups: Sequence[Group], spent: Spent) -> dict[str, float]:
        """Of answers that were drawn now, over all groups, admitted or not."""
        found: dict[str, float] = {}
        for task in ("", *self._pools):
            own = [group for group in groups if task in ("", group.task)]
            rewards = [reward for group in own for reward in group.own() if reward is not None]
            lengths = [len(answer.tokens) for group in own for answer in group.answers[: len(group.own())]]
            behind = f"_{task}" if task else ""
            if rewards:
                found[f"reward{behind}"] = float(np.mean(rewards))
                found[f"passed{behind}"] = float(np.mean([reward >= PASSED for reward in rewards]))
            if lengths:
                found[f"tokens{behind}"] = float(np.mean(lengths))
        for state in ("admitted", "no signal", "missing", "spare"):
            found[f"groups_{state.replace(' ', '_')}"] = sum(group.state == state for group in groups)
        found["answers_missing"] = sum(reward is None for group in groups for reward in group.rewards)
        found["answers_guarded"] = sum(bool(one.guard) for group in groups for one in group.scored)
        found["answers_cut"] = sum(not answer.ended for group in groups for answer in group.answers)
        found["replayed"] = sum(group.replayed for group in groups)
        for pool, size in (
            (name, sum(own.sizes()[name] for own in self._pools.values())) for name in ("easy", "hard")
        ):
            found[f"pool_{pool}"] = size
        found |= {"rollout_s": spent.wall_s, "idle_s_share": spent.idle, "waited_s": spent.waited_s,
                  "given_up": spent.given_up, "drawn": spent.drawn, "wasted": spent.wasted}  # fmt: skip
        return found

    def _watch(self, rollout: Rollout) -> None:
        self.figures = rollout.figures
        # What a guard minds is worth 0 without asking anybody.
        judged = [one for group in rollout.groups for one in group.scored if not one.guard]
        rewarded = not judged or any(one.reward is not None for one in judged)
        self._dead = 0 if rewarded else self._dead + 1
        if self._dead >= _DEAD:
            faults = {
                f"{part.name}: {why}": count
                for mix in self._mixes.values()
                for part in mix.parts
                for why, count in getattr(part.reward, "faults", {}).items()
            }
            told = "; ".join(f"{count} × {why}" for why, count in faults.items()) or "no item has these rewards"
            self.problem = f"no reward could be had in {_DEAD} rollouts, one after the other ({told})"

    def faults(self) -> dict[str, Any]:
        """Rewards that could not be had, and answers that a guard minded, since this process began."""
        return {
            task: {"missing": dict(mix.missing), "guards": dict(mix.caught)} for task, mix in self._mixes.items()
        }


def _number(name: str) -> int:
    return zlib.crc32(name.encode())
