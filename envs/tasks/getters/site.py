"""The state of the bundled site, and what the agent answered."""

from __future__ import annotations

from typing import Any

from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS


@GETTERS
def site_rule(stage: TaskContext, *, rules: dict[str, Any]) -> dict[str, Any]:
    """The rules, with every object {"fact": name, …} replaced by that fact of the site."""
    return resolved(stage, rules)


@GETTERS
def site_state(stage: TaskContext, *, path: str = "") -> Any:
    """The site's state, or the part that a dotted path names (`cart.0.quantity`); None: there is no such part."""
    value: Any = stage.opened_site().state()
    for part in filter(None, path.split(".")):
        if isinstance(value, list):
            value = value[int(part)] if part.isdigit() and int(part) < len(value) else None
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


@GETTERS
def site_changes(stage: TaskContext) -> dict[str, Any]:
    """The site's state when the set-up was complete ("before") and now ("after")."""
    return {"before": stage.before, "after": stage.opened_site().state()}


@GETTERS
def answer(stage: TaskContext) -> str | None:
    """What the agent answered."""
    return stage.answer


def resolved(stage: TaskContext, value: Any) -> Any:
    """`value` with every {"fact": name, **arguments} in it replaced by that fact of the site."""
    if isinstance(value, dict):
        if "fact" in value:
            arguments = {key: resolved(stage, one) for key, one in value.items() if key != "fact"}
            return stage.opened_site().fact(value["fact"], **arguments)
        return {key: resolved(stage, one) for key, one in value.items()}
    if isinstance(value, list):
        return [resolved(stage, one) for one in value]
    return value
