"""The rules of a run as the command line, the environment and a policy file give them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from agent.guard.limits import Limits
from agent.guard.rules import BadPolicy, GuardPolicy, problem_of, read_policy

if TYPE_CHECKING:
    from agent.cli.settings import Settings


def policy_of(settings: Settings) -> GuardPolicy:
    """The policy file, and on top of it the flags. Lists grow together; of two answers to one question the flag's
    counts; a limit is the smaller of both.

    Raises:
        BadPolicy: the file, or a flag, says what cannot be.
    """
    file = read_policy(settings.policy) if settings.policy else GuardPolicy()
    try:
        return GuardPolicy(
            **{
                **file.model_dump(),
                "allow_sites": (*file.allow_sites, *settings.allow_site),
                "block_sites": (*file.block_sites, *settings.block_site),
                "private_network": file.private_network or settings.private_network,
                "allow_files": (*file.allow_files, *map(str, settings.allow_files)),
                "forbid_actions": (*file.forbid_actions, *settings.forbid_action),
                "confirm": settings.flag("confirm", file.confirm or settings.confirm),
                "stop_file": str(settings.stop_file) if settings.stop_file else file.stop_file,
            }
        )
    except ValidationError as error:
        raise BadPolicy(f"--{problem_of(error).replace('_', '-', 1)}") from None


def limits_of(settings: Settings, policy: GuardPolicy) -> Limits:
    """The limits of a run: of the command line's and the policy's the smaller ones."""
    limits = Limits(settings.max_steps, settings.max_seconds, settings.max_repeats, settings.max_run_tokens)
    for name in ("max_steps", "max_seconds", "max_repeats", "max_tokens"):
        given, most = getattr(limits, name), getattr(policy, name)
        if most is not None and (given is None or most < given):
            limits = replace(limits, **{name: most})
    return limits
