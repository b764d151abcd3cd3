"""From a turn to one validated action: model call → parse → at most one repair turn → typed error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from action_space.actions import BaseAction
from action_space.formats.base import FormatError, ParseOutcome
from action_space.geometry import Frame
from model.base import Model, PromptTooLong, Reply, Request, Usage
from model.families import FAMILIES
from model.family import Family
from model.prompt import PromptContext, build


@dataclass(frozen=True)
class Answer:
    """One answer of the model and what became of it.

    Attributes:
        text: as the model wrote it.
        outcome: strict: valid as it stood; repaired: read with a liberty; failed: no valid action.
        repairs: the liberties taken.
        error: the complaint, "" if there was none.
    """

    text: str
    outcome: ParseOutcome
    repairs: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Decision:
    """What was decided, and what it took.

    Attributes:
        action: in pixels of the turn's screenshot; None: no valid answer, see the last of `answers`.
        answers: one, or two where a repair turn was needed.
        refusal: why a second look says that the action shall not be done; "": do it.
        frame: the frame with the model's coordinate space.
    """

    action: BaseAction | None
    thought: str
    answers: tuple[Answer, ...]
    frame: Frame
    refusal: str = ""
    confidence: float | None = None
    usage: Usage = field(default_factory=lambda: Usage(model_calls=0))
    wall_s: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Verification:
    """What a second look found.

    Attributes:
        action: as proposed, or with a finer point.
        refusal: why it shall not be done; "": do it.
        record: both answers, for the trace (JSON values only).
    """

    action: BaseAction
    refusal: str = ""
    usage: Usage = field(default_factory=lambda: Usage(model_calls=0))
    wall_s: float = 0.0
    record: dict[str, Any] = field(default_factory=dict)


class ActionVerifier(Protocol):
    """Looks again at what an action points at; None: it needs no second look."""

    def __call__(
        self, model: Model, family: Family, turn: PromptContext, action: BaseAction, thought: str
    ) -> Verification | None: ...


class InvalidAnswer(Exception):
    """The model gave no valid action, not even after a repair turn. `decision` holds what it said."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(f"the model gave no valid action: {decision.answers[-1].error}")


_FEW_TOKENS = 256
"""An answer that is allowed no more than this is not shortened to make the prompt fit."""


class _Until:
    """A model whose requests all carry a deadline, those of a second look too."""

    def __init__(self, model: Model, deadline: float | None) -> None:
        self._model, self._deadline = model, deadline
        self.name, self.family = model.name, model.family

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        return self._model.generate(replace(request, deadline=self._deadline), on_text)

    def close(self) -> None:
        self._model.close()


class Policy:
    """Asks one model, in its family's words.

    Args:
        family: row to use in place of the one in `model.families`, such as one that a profile has changed.
        second_look: may ask the model again before an action that cannot be undone; None: the first answer counts.

    Raises:
        KeyError: the model's family has no row in `model.families`.
    """

    def __init__(
        self, model: Model, *, family: Family | None = None, second_look: ActionVerifier | None = None
    ) -> None:
        self.model = model
        self.family = family or FAMILIES[model.family]
        self._second_look = second_look

    def decide(
        self,
        turn: PromptContext,
        *,
        session: str = "",
        on_text: Callable[[str], None] | None = None,
        deadline: float | None = None,
    ) -> Decision:
        """The next action for `turn`.

        Args:
            deadline: when nobody wants it any more, seconds of `time.monotonic`; None: never.

        Raises:
            InvalidAnswer: two answers in a row were no valid action.
            OutOfTime: the deadline passed.
            ModelFault: the model broke.
        """
        model = _Until(self.model, deadline)
        decision = Decision(None, "", (), turn.frame)
        for _ in range(2):
            reply, frame = self._ask(model, turn, session, on_text)
            decision = replace(
                decision,
                frame=frame,
                confidence=reply.confidence,
                usage=_sum(decision.usage, reply.usage),
                wall_s=decision.wall_s + reply.wall_s,
                details=reply.details,
            )
            try:
                parsed = self.family.format.parse(reply.text, frame)
                if longest := reply.details.get("full_text"):
                    raise FormatError(f"a text in the answer stops at the longest length, {longest} characters")
                if parsed.action.action not in turn.actions:
                    name, allowed = parsed.action.action, ", ".join(turn.actions)
                    raise FormatError(f"action: {name!r} cannot be done here; allowed: {allowed}", field="action")
            except FormatError as error:
                complaint = f"{reply.cut}: {error}" if reply.cut else str(error)
                answer = Answer(reply.text, "failed", error=complaint)
                decision = replace(decision, answers=(*decision.answers, answer))
                turn = replace(turn, rejected=(reply.text, complaint))
                continue
            answer = Answer(reply.text, parsed.outcome, parsed.repairs)
            decision = replace(
                decision, action=parsed.action, thought=parsed.thought, answers=(*decision.answers, answer)
            )
            if self._second_look is None:
                return decision
            seen = self._second_look(model, self.family, turn, parsed.action, parsed.thought)
            if seen is None:
                return decision
            return replace(
                decision,
                action=seen.action,
                refusal=seen.refusal,
                usage=_sum(decision.usage, seen.usage),
                wall_s=decision.wall_s + seen.wall_s,
                details={**decision.details, "second_look": seen.record},
            )
        raise InvalidAnswer(decision)

    def _ask(
        self, model: Model, turn: PromptContext, session: str, on_text: Callable[[str], None] | None
    ) -> tuple[Reply, Frame]:
        """The answer to one turn. Where the prompt is too long, past pictures are left out, then tokens of the
        answer; what was too much once is not tried again."""
        while True:
            request, frame = build(self.family, turn, session=session)
            try:
                return model.generate(request, on_text), frame
            except PromptTooLong:
                shown = len(request.pictures) - 1
                tokens = self.family.sampling.max_tokens
                if shown > 0:
                    self.family = replace(self.family, most_pictures=shown // 2)
                elif tokens > _FEW_TOKENS:
                    fewer = replace(self.family.sampling, max_tokens=max(_FEW_TOKENS, tokens // 2))
                    self.family = replace(self.family, sampling=fewer)
                else:
                    raise


def _sum(a: Usage, b: Usage) -> Usage:
    return Usage(
        a.prompt_tokens + b.prompt_tokens,
        a.cached_tokens + b.cached_tokens,
        a.completion_tokens + b.completion_tokens,
        a.model_calls + b.model_calls,
        a.cpu_s + b.cpu_s,
    )
