"""One answer, token by token, from any transformers vision-language model with a text key/value cache.

The loop is ours, not `generate`'s, for three reasons: the prefix of an earlier answer is kept, a grammar decides
which tokens may come, and tokens that the grammar forces are fed without being sampled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.base import OutOfTime, Sampling

if TYPE_CHECKING:
    import torch

    from model.local.grammar import Matcher


@dataclass
class Decoded:
    """Tokens of one answer, without the end token.

    Attributes:
        tokens: the answer.
        calls: forward passes of the language model, the prompt's included.
        forced: how many of `tokens` the model was not asked for: those that the grammar forced or that closed it.
        ended: by an end token or a complete grammar, not by the limit.
        hurried: the thought, or the answer, was closed because the limit was near.
    """

    tokens: list[int]
    calls: int = 1
    forced: int = 0
    ended: bool = False
    hurried: bool = False


def decode(
    step: Callable[[list[int]], torch.Tensor],
    logits: torch.Tensor,
    *,
    end: frozenset[int],
    sampling: Sampling,
    matcher: Matcher | None = None,
    on_token: Callable[[int], None] | None = None,
    deadline: float | None = None,
) -> Decoded:
    """Continue from `logits` until an end token, a complete grammar, or the limit.

    Under a grammar, an answer that nears the limit is closed before it, so that it is whole.

    Args:
        step: feeds tokens, returns the logits after the last of them, shape (vocabulary,).
        logits: after the prompt, shape (vocabulary,).
        end: ids of the end tokens.
        sampling: temperature None or 0 is greedy.
        matcher: the grammar; None: anything may come.
        deadline: seconds of `time.monotonic` at which nobody wants the answer any more; None: never.

    Raises:
        OutOfTime: the deadline passed.
    """
    import torch

    generator = torch.Generator(logits.device)
    # Chance of its own: the program that this runs in may have seeded torch's, and counts on it.
    generator.manual_seed(sampling.seed) if sampling.seed is not None else generator.seed()
    out = Decoded([])
    while (left := sampling.max_tokens - len(out.tokens)) > 0:
        if deadline is not None and time.monotonic() >= deadline:
            raise OutOfTime("the time of the run was up before the answer was whole")
        chunk = matcher.forced() if matcher else []
        asked = not chunk
        if asked:
            if matcher and matcher.done:
                out.ended = True
                break
            token = _choose(logits, sampling, generator, matcher)
            if token in end:
                out.ended = True
                break
            chunk = [token]
        complete = False
        if matcher and left <= matcher.room:
            wanted = chunk
            chunk, complete = matcher.in_time(wanted, left)
            if chunk != wanted:
                asked, out.hurried = False, True
        chunk, complete = chunk[:left], complete and len(chunk) <= left
        out.forced += 0 if asked else len(chunk)
        for token in chunk:
            if matcher:
                matcher.consume(token)
            out.tokens.append(token)
            if on_token:
                on_token(token)
        # The answer's last tokens are not fed: nothing will be asked after them.
        if complete or (matcher and matcher.done) or len(chunk) == left:
            out.ended = complete or bool(matcher and (matcher.done or matcher.whole))
            break
        logits = step(chunk)
        out.calls += 1
    return out


def _choose(logits: torch.Tensor, sampling: Sampling, generator: Any, matcher: Matcher | None) -> int:
    import torch

    scores = logits.float()
    if matcher:
        allowed = torch.from_numpy(matcher.allowed(scores.shape[-1])).to(scores.device)
        scores = scores.masked_fill(~allowed, float("-inf"))
    if not sampling.temperature:
        return int(scores.argmax())
    probabilities = torch.softmax(scores / sampling.temperature, dim=-1)
    if sampling.top_p is not None and sampling.top_p < 1:
        ranked, order = probabilities.sort(descending=True)
        # Keep the smallest set whose mass reaches top_p: what lies beyond it has that mass before it.
        ranked[ranked.cumsum(-1) - ranked >= sampling.top_p] = 0
        return int(order[torch.multinomial(ranked, 1, generator=generator)])
    return int(torch.multinomial(probabilities, 1, generator=generator))
