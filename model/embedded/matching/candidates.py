"""What a search finds: things with a score."""

from __future__ import annotations

from dataclasses import dataclass

from model.embedded.matching.scene import Thing


@dataclass(frozen=True)
class Candidate:
    """A thing that may be what was meant. `why` is for the trace."""

    thing: Thing
    score: float
    why: str = ""

    @property
    def point(self) -> tuple[int, int]:
        return self.thing.point
