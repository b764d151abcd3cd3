"""Everything that was drawn in a run, a line a rollout: what a run that goes on needs, and what people look at.

The line of a rollout is written before anything is learned from it. A run that was killed finds in it the very
tokens and rewards that it would have drawn, from which pools, kept successes and the update follow; nothing else
has to be kept. Rewards of servers are not the same twice, so that drawing again would be another run.

The first line says of which run it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.training.rollout.group import Group
from model.training.trainer.state import TrainingFault

NAME = "rollouts.jsonl"


@dataclass
class Rollout:
    """What was drawn at once.

    Attributes:
        number: from 0.
        groups: in the order in which they were begun.
        figures: counts and seconds, as numbers.
    """

    number: int
    groups: list[Group]
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def admitted(self) -> list[Group]:
        """Those that are learned."""
        return [group for group in self.groups if group.state == "admitted"]

    def to_json(self) -> dict[str, Any]:
        """As a line has it."""
        return {
            "rollout": self.number,
            "figures": self.figures,
            "groups": [group.to_json() for group in self.groups],
        }


class Journal:
    """`rollouts.jsonl` of a run's folder.

    Args:
        identity: of the run, JSON values; None: whatever run it is of, to be read alone.

    Raises:
        TrainingFault: it cannot be read, or is of another run.
    """

    def __init__(self, folder: Path, identity: dict[str, Any] | None = None) -> None:
        self._path = folder / NAME
        self._offsets: list[int] = []
        self._end = 0
        held = self._find()
        if identity is None:
            return
        if held is None:
            self._append({"run": identity})
        elif held != identity:
            other = [
                f"{key}: {held.get(key)!r} then, {identity.get(key)!r} now"
                for key in sorted({*held, *identity})
                if held.get(key) != identity.get(key)
            ]
            raise TrainingFault(
                f"{folder}: holds another run ({'; '.join(other[:4])}). Give the same settings to go on with it, "
                "or another --out."
            )

    def _find(self) -> dict[str, Any] | None:
        """Where each whole line begins; what a kill cut off is written over. Returns what the run is."""
        if not self._path.is_file():
            return None
        held: dict[str, Any] | None = None
        try:
            with self._path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    if held is None:
                        held = dict(json.loads(line)["run"])
                    else:
                        self._offsets.append(self._end)
                    self._end += len(line)
        except OSError as error:
            raise TrainingFault(f"{self._path}: cannot be read ({error.strerror or error})") from error
        except (ValueError, KeyError, TypeError) as error:
            raise TrainingFault(f"{self._path}: is no journal of a run ({error})") from error
        return held

    def __len__(self) -> int:
        """Rollouts that are kept."""
        return len(self._offsets)

    def read(self, number: int) -> Rollout:
        """The rollout of that number.

        Raises:
            TrainingFault: the line is damaged.
        """
        try:
            with self._path.open("rb") as file:
                file.seek(self._offsets[number])
                data = json.loads(file.readline())
            if data["rollout"] != number:
                raise ValueError(f"it is rollout {data['rollout']}")
            return Rollout(number, [Group.from_json(group) for group in data["groups"]], data["figures"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainingFault(
                f"{self._path}: line {number + 1} is damaged ({error}); remove the folder to begin anew"
            ) from error

    def __iter__(self) -> Iterator[Rollout]:
        """All of them, in order."""
        return (self.read(number) for number in range(len(self)))

    def write(self, rollout: Rollout) -> None:
        """Append one.

        Raises:
            TrainingFault: it cannot be written; those before stay.
        """
        assert rollout.number == len(self), f"rollout {rollout.number} after {len(self)}"
        self._offsets.append(self._append(rollout.to_json()))

    def _append(self, data: dict[str, Any]) -> int:
        line, begun = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n", self._end
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("r+b" if self._path.exists() else "wb") as file:
                file.truncate(self._end)
                file.seek(self._end)
                file.write(line)
        except OSError as error:
            raise TrainingFault(
                f"{self._path}: cannot be written ({error.strerror or error}). Make room and give the same "
                "command again.",
                usage=False,
            ) from error
        self._end += len(line)
        return begun
