"""A deterministic model: it says what it was told to say. For tests, replays and harness checks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from action_space.actions import BaseAction, Finished
from model.base import Reply, Request, UnknownModel


class ScriptedModel:
    """Answers the given texts (or actions, written as canonical JSON) in order, then `finished`/`failed`.

    Args:
        answers: one per call; text is passed on as it stands, valid or not.
        family: the format in which the texts are written.
    """

    name = "scripted"

    def __init__(self, answers: Sequence[str | BaseAction], *, family: str = "canonical") -> None:
        self.family = family
        self._answers = [
            answer if isinstance(answer, str) else json.dumps(answer.to_json(), ensure_ascii=False)
            for answer in answers
        ]
        self._next = 0

    @classmethod
    def from_file(cls, path: Path) -> ScriptedModel:
        """One answer per line of a text file; empty lines are skipped.

        Raises:
            UnknownModel: the file cannot be read.
        """
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UnknownModel(f"scripted:{path}: {error}") from error
        return cls([line for line in lines if line.strip()])

    def generate(self, request: Request, on_text: Callable[[str], None] | None = None) -> Reply:
        started = time.perf_counter()
        if self._next < len(self._answers):
            text = self._answers[self._next]
            self._next += 1
        else:
            text = json.dumps(Finished(status="failed", reason="The script has ended.").to_json())
        if on_text:
            on_text(text)
        return Reply(text, wall_s=time.perf_counter() - started)

    def close(self) -> None:
        """Nothing to give back."""
