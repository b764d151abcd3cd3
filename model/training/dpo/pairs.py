"""Pairs of answers to one question, one better than the other, and where they come from.

*From runs*: two episodes of one task, one verified and one failed, go the same way up to some step; there they see
the same and do different things. What the verified one did is better than what the failed one did. Later steps see
other screens and cannot be compared.

*From scored answers*: several answers to one question with a number each; two with different numbers are a pair,
up to so many of each question (RLAIF-V: two).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from action_space.formats.base import FormatError
from action_space.schema import validate
from model.family import Family
from model.training.data.base import DataSet
from model.training.data.records import Episode, Picture
from model.training.data.render import CannotRender, Example, answer, examples


@dataclass(frozen=True)
class Pair:
    """Two answers.

    Attributes:
        id: unique; item: the example that was asked.
        better, worse: texts, without the tokens that end a turn.
        scores: of both, where they have some.
    """

    id: str
    item: str
    better: str
    worse: str
    scores: tuple[float, float] | None = None


@dataclass
class Found:
    """Pairs, and why others are none: reason → how many."""

    pairs: list[Pair]
    left_out: Counter[str]


def pairs_of_runs(data: DataSet, family: Family, *, splits: tuple[str, ...] = ("train",), near: int = 0) -> Found:
    """Pairs from verified and failed episodes of the same task.

    Args:
        near: how many of the 64 bits of a perceptual hash two screens may differ in and still be the same; 0: the
            files must be equal.
    """
    tasks: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for record in data:
        if isinstance(record, Episode) and record.origin.split in splits:
            tasks[record.origin.split, record.task].append(record)
    found = Found([], Counter())
    for own in tasks.values():
        good = [one for one in own if one.verdict == "verified"]
        bad = [one for one in own if one.verdict == "failed"]
        if not good or not bad:
            found.left_out["tasks without both a verified and a failed episode"] += 1
            continue
        for failed in bad:
            _parted(failed, good, family, near, found)
    return found


def _parted(failed: Episode, good: Sequence[Episode], family: Family, near: int, found: Found) -> None:
    """The pair of a failed episode with the verified one that goes with it longest."""
    best: tuple[int, Episode] | None = None
    for verified in good:
        step = _parting(verified, failed, near)
        if step is not None and (best is None or step > best[0]):
            best = step, verified
    if best is None:
        found.left_out["failed episodes that never stood where a verified one did and did something else"] += 1
        return
    step, verified = best
    example = next((one for one in _rendered(verified, family) if one.id == f"{verified.id}#{step}"), None)
    if example is None or example.frame is None:
        found.left_out["steps that the family cannot be asked about, or that are not to be learned"] += 1
        return
    done = failed.steps[step]
    try:
        worse = answer(failed.id, family, validate(done.action), example.frame, done.thought)
    except (CannotRender, FormatError):
        found.left_out["failed actions that the family has no words for"] += 1
        return
    if worse == example.completion:
        found.left_out["actions that are the same in the family's words"] += 1
        return
    found.pairs.append(Pair(f"{example.id} > {failed.id}#{step}", example.id, example.completion, worse))


def _parting(verified: Episode, failed: Episode, near: int) -> int | None:
    """The first step at which both see the same and do different things for the first time; None: none."""
    for number, (one, other) in enumerate(zip(verified.steps, failed.steps, strict=False)):
        if not _same(one.picture, other.picture, near) or one.action is None or other.action is None:
            return None
        if one.action != other.action:
            return number
    return None


def _same(one: Picture, other: Picture, near: int) -> bool:
    if one.sha256 == other.sha256:
        return True
    same_size = (one.width, one.height) == (other.width, other.height)
    return near > 0 and same_size and (int(one.phash, 16) ^ int(other.phash, 16)).bit_count() <= near


def _rendered(episode: Episode, family: Family) -> Iterable[Example]:
    from model.training.rollout.prompts import size_alone

    return examples(episode, family, size_alone, unfit=lambda problem: None)


def pairs_of_scores(
    item: str, texts: Sequence[str], scores: Sequence[float | None], chance: np.random.Generator, *, most: int = 2
) -> list[Pair]:
    """Random pairs of answers with different scores, none twice; answers without a score are in none.

    Args:
        most: pairs of one item.
    """
    there = [(text, score) for text, score in zip(texts, scores, strict=True) if score is not None]
    options = [
        (one, other) for one in range(len(there)) for other in range(len(there)) if there[one][1] > there[other][1]
    ]
    pairs: list[Pair] = []
    said: set[tuple[str, str]] = set()
    for place in chance.permutation(len(options)):
        (better, high), (worse, low) = (there[number] for number in options[place])
        if len(pairs) == most:
            break
        if (better, worse) not in said:
            said.add((better, worse))
            pairs.append(Pair(f"{item} {len(pairs)}", item, better, worse, (high, low)))
    return pairs


def write_pairs(path: Path, pairs: Sequence[Pair], about: dict[str, Any]) -> None:
    """Pairs as JSON Lines, behind a line that says what they were made of; whole or not at all."""
    lines = [json.dumps({"about": about}), *(json.dumps(asdict(pair), ensure_ascii=False) for pair in pairs)]
    part = path.with_suffix(".part")
    path.parent.mkdir(parents=True, exist_ok=True)
    part.write_text("\n".join(lines) + "\n", "utf-8", "replace")
    part.replace(path)


def read_pairs(path: Path) -> tuple[list[Pair], dict[str, Any]]:
    """What `write_pairs` wrote.

    Raises:
        ValueError: it is not such a file.
    """
    try:
        first, *rest = path.read_text("utf-8").splitlines()
        pairs = [Pair(**{**data, "scores": tuple(data["scores"]) if data["scores"] else None})
                 for data in map(json.loads, rest)]  # fmt: skip
        return pairs, dict(json.loads(first)["about"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: is no file of pairs ({error})") from error
