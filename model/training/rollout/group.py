"""Several answers to one question, what they are worth, and whether anything can be learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from model.training.rewards import Scored
from model.training.rollout.decoder import Answer

State = Literal["admitted", "no signal", "missing", "spare"]
"""learned; all rewards alike; fewer than two rewards; good, but there were enough already."""


@dataclass
class Group:
    """The answers to one item in one rollout.

    Attributes:
        item: its name; `task`: of the curriculum.
        answers, texts: as they were drawn; texts without special tokens.
        scored: what each is worth.
        advantages: of each; None: it teaches nothing.
        state: see `State`.
        replayed: the last answer is a kept success of an earlier rollout (ARPO).
    """

    item: str
    task: str
    answers: list[Answer]
    texts: list[str]
    scored: list[Scored] = field(default_factory=list)
    advantages: list[float | None] = field(default_factory=list)
    state: State = "missing"
    replayed: bool = False

    @property
    def rewards(self) -> list[float | None]:
        """Of each answer."""
        return [one.reward for one in self.scored]

    def own(self) -> list[float | None]:
        """The rewards of answers that were drawn now."""
        return self.rewards[:-1] if self.replayed else self.rewards

    def to_json(self) -> dict[str, Any]:
        """As the journal has it."""
        answers = [
            {
                "tokens": answer.tokens,
                "logps": answer.logps,
                "ended": answer.ended,
                "text": text,
                "reward": one.reward,
                "parts": one.parts,
                **({"guard": one.guard} if one.guard else {}),
            }
            for answer, text, one in zip(self.answers, self.texts, self.scored, strict=True)
        ]
        return {
            "item": self.item,
            "task": self.task,
            "state": self.state,
            "advantages": self.advantages,
            "answers": answers,
            **({"replayed": True} if self.replayed else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Group:
        """From the journal."""
        answers: Sequence[dict[str, Any]] = data["answers"]
        return cls(
            data["item"],
            data["task"],
            [Answer(one["tokens"], one["logps"], one["ended"]) for one in answers],
            [one["text"] for one in answers],
            [Scored(one["reward"], one["parts"], one.get("guard", "")) for one in answers],
            data["advantages"],
            data["state"],
            data.get("replayed", False),
        )
