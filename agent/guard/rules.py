"""What a run may do, as one object: read from a policy file, narrowed and widened by flags (docs/guard.md)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from action_space.actions import ACTIONS
from envs.browser.network.sites import Pattern, SiteRules

Confirm = Literal["never", "risky", "always"]
_ALWAYS = frozenset({"finished", "ask_user"})
"""How a run ends, and how it asks: never forbidden."""


class BadPolicy(ValueError):
    """A policy that cannot be. The message names the field, its value and what is accepted."""


class GuardPolicy(BaseModel):
    """The rules of a run.

    Attributes:
        allow_sites: only these sites; empty: every site of the public network. What stands here may be private.
        block_sites: none of these, whatever else says.
        private_network: the whole private network may be used, not only what was named.
        allow_files: folders whose files may be uploaded and opened as `file:` addresses.
        allow_actions: only these actions; empty: all.
        forbid_actions: none of these.
        confirm: when a person is asked before an action: never, before risky ones, or always.
        regions: parts of the screen that may be pointed at: left, top, right, bottom in pixels of the screenshot;
            empty: all of it.
        max_steps, max_seconds, max_tokens, max_repeats: limits, on top of those of the command line.
        stop_file: while this file is there, nothing more is done.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    allow_sites: tuple[str, ...] = ()
    block_sites: tuple[str, ...] = ()
    private_network: bool = False
    allow_files: tuple[str, ...] = ()
    allow_actions: tuple[str, ...] = ()
    forbid_actions: tuple[str, ...] = ()
    confirm: Confirm | None = None
    regions: tuple[tuple[int, int, int, int], ...] = ()
    max_steps: Annotated[int, Field(gt=0)] | None = None
    max_seconds: Annotated[float, Field(gt=0)] | None = None
    max_tokens: Annotated[int, Field(gt=0)] | None = None
    max_repeats: Annotated[int, Field(gt=0)] | None = None
    stop_file: str | None = None

    @field_validator("allow_sites", "block_sites")
    @classmethod
    def _sites(cls, sites: tuple[str, ...]) -> tuple[str, ...]:
        for site in sites:
            try:
                Pattern.read(site)
            except ValueError as problem:
                raise ValueError(f"{site!r}: {problem}") from None
        return sites

    @field_validator("allow_actions", "forbid_actions")
    @classmethod
    def _actions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in ACTIONS:
                raise ValueError(f"{name!r} is no action; accepted: {', '.join(sorted(ACTIONS))}")
            if name in _ALWAYS:
                raise ValueError(f"{name!r} is always allowed: it ends a run, or asks the person")
        return names

    @field_validator("regions")
    @classmethod
    def _regions(cls, regions: tuple[tuple[int, int, int, int], ...]) -> tuple[tuple[int, int, int, int], ...]:
        for left, top, right, bottom in regions:
            if not (0 <= left < right and 0 <= top < bottom):
                raise ValueError(f"{[left, top, right, bottom]}: write left, top, right, bottom, in this order")
        return regions

    def sites(self, named: Iterable[str] = ()) -> SiteRules:
        """The part that a browser enforces.

        Args:
            named: addresses that the person, or a task's set-up, chose.
        """
        return SiteRules(self.allow_sites, self.block_sites, tuple(named), self.private_network)

    def forbids(self, action: str) -> str:
        """Why an action may not be done whatever it points at; "": it may."""
        if action in _ALWAYS:
            return ""
        if action in self.forbid_actions or (self.allow_actions and action not in self.allow_actions):
            allowed = f"; allowed: {', '.join(self.allow_actions)}" if self.allow_actions else ""
            return f"The rules of this run do not allow the action {action}{allowed}."
        return ""

    def actions(self, offered: Iterable[str]) -> frozenset[str]:
        """Of the actions of an environment, those that a model is told of."""
        return frozenset(name for name in offered if not self.forbids(name))

    def outside(self, points: Iterable[tuple[int, int]]) -> str:
        """Why these points may not be pointed at; "": they may."""
        for x, y in points:
            if self.regions and not any(l <= x < r and t <= y < b for l, t, r, b in self.regions):  # noqa: E741
                return f"The rules of this run do not allow pointing at [{x}, {y}]; allowed: {self.regions}."
        return ""


def read_policy(path: Path) -> GuardPolicy:
    """The policy of a file, TOML or, where its name ends so, JSON.

    Raises:
        BadPolicy: it cannot be read, or says what cannot be.
    """
    try:
        text = path.expanduser().read_text("utf-8")
        found: Any = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except FileNotFoundError:
        raise BadPolicy(f"policy: {path}: there is no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise BadPolicy(f"policy: {path}: {getattr(error, 'strerror', None) or error}") from None
    if not isinstance(found, dict):
        raise BadPolicy(f"policy: {path}: holds no table of settings")
    try:
        return GuardPolicy(**found)
    except (ValidationError, TypeError) as error:
        raise BadPolicy(f"policy: {path}: {problem_of(error)}") from None


def problem_of(error: Exception) -> str:
    """One line: field, value, and what is accepted."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    name = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return f"{name}: is no setting; accepted: {', '.join(GuardPolicy.model_fields)}"
    return f"{name}: {str(first['input'])[:80]!r}: {first['msg'].removeprefix('Value error, ')}"
