"""The kinds of recordings that can be read, by name."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Literal, cast

from agent.data.reading import Reader

Level = Literal["verified", "claimed", "any"]
LEVELS: dict[Level, frozenset[str]] = {
    "verified": frozenset({"verified"}),
    "claimed": frozenset({"verified", "claimed"}),
    "any": frozenset({"verified", "claimed", "failed", "unknown"}),
}
"""What `--verdict` takes over."""


@dataclass(frozen=True)
class Kind:
    """One kind of recording.

    Attributes:
        name: as the command line has it.
        what: one line for the help.
        reader: module and name of its reader; with a suite's reader in `suite`, that of the suite.
        suite: module and name of the reader in `agent.evaluate`, "" where it has a reader of its own.
        level: verdicts taken over where nobody says.
        licence, platform: of the published set, "" where they are not the same for all of it.
    """

    name: str
    what: str
    reader: str = ""
    suite: str = ""
    level: Level = "claimed"
    licence: str = ""
    platform: str = ""

    def open(self) -> Reader:
        """The reader."""
        if self.suite:
            from agent.data.items import suite_reader

            return suite_reader(self.name, _named(f"agent.evaluate.{self.suite}"), self.licence, self.platform)
        return cast(Reader, _named(f"agent.data.{self.reader}"))


def _named(path: str) -> object:
    module, name = path.split(":")
    return getattr(import_module(module), name)


_SCREENS, _STEPS = "datasets.readers", "recorded.stepwise_read"
_KINDS = (
    Kind("from-runs", "traces of `agent run`: one, or a folder of them", "runs:read_runs", level="verified"),
    Kind("from-eval", "the folder of a run of `agent eval`", "evaluations:read_evaluation", level="verified"),
    Kind("osworld", "OSWorld's result tree; needs --tasks", "osworld:read_osworld", level="verified"),
    Kind("screenagent", "ScreenAgent's sessions; variant en or zh", "screenagent:read_screenagent"),
    Kind("agentnet", "AgentNet; variant instruction, natural or actual", "agentnet:read_agentnet"),
    Kind("os-atlas", "grounding data as OS-Atlas and SeeClick publish it", "osatlas:read_os_atlas"),
    Kind("screenspot", "ScreenSpot and ScreenSpot-v2", suite=f"{_SCREENS}:read_screenspot"),
    Kind("screenspot-pro", "ScreenSpot-Pro; variant en or cn", suite=f"{_SCREENS}:read_screenspot_pro"),
    Kind("osworld-g", "OSWorld-G; variant plain or refined", suite=f"{_SCREENS}:read_osworld_g"),
    Kind("items", "a folder with items.jsonl", suite=f"{_SCREENS}:read_own"),
    Kind(
        "android-control",
        "AndroidControl; variant high or low",
        suite=f"{_STEPS}:read_android_control",
        licence="Apache-2.0",
        platform="android",
    ),
    Kind("stepwise", "AITZ, CAGUI and alike", suite=f"{_STEPS}:read_stepwise", platform="android"),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
