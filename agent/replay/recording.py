"""A run that can be played again: its steps that did something, and the texts that may be others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, UnidentifiedImageError

from agent.replay.anchors import Anchor, View, anchor
from agent.trace.reader import read_trace
from agent.trace.writer import TRACE_VERSION

if TYPE_CHECKING:
    from model.embedded.eyes.reader import Reader

_TYPED = ("input", "select")
_ENDINGS = ("finished", "ask_user")


class NotPlayable(ValueError):
    """This run cannot be played again. The message says why, and what would help."""


@dataclass
class RecordedStep:
    """One step of a recording.

    Attributes:
        number: as the trace counts it, from 1.
        action: canonical JSON, its points in pixels of the recorded screenshot.
        view: the screenshot that it answered.
        moved: it led to another address.
    """

    number: int
    action: dict[str, Any]
    view: View
    moved: bool = False
    anchors: dict[str, Anchor] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return str(self.action["action"])

    def anchor(self, name: str) -> Anchor:
        """What marks the point of that name ("start_point", "end_point")."""
        if name not in self.anchors:
            x, y = self.action[name]
            self.anchors[name] = anchor(self.view, (int(x), int(y)))
        return self.anchors[name]

    def __str__(self) -> str:
        target = f" {self.anchor('start_point')}" if self.action.get("start_point") else ""
        text = self.action.get("text") if self.kind in _TYPED else ""
        return f"step {self.number}: {self.kind}{target}{f' “{text}”' if text else ''}"


class Recording:
    """A run, read for being played again.

    Args:
        folder: its trace.
        reader: reads the screenshots.
        anyway: play it though it did not end well.

    Raises:
        NotPlayable: it failed, is of another version, or has lost what is needed.
        TraceError: there is no run.
    """

    def __init__(self, folder: Path, reader: Reader, *, anyway: bool = False) -> None:
        trace = read_trace(folder)
        self.folder, self.run = Path(folder), trace.run
        version = trace.run.get("trace_version")
        if version != TRACE_VERSION:
            raise NotPlayable(
                f"{folder}: is a trace of version {version!r}; this agent plays version {TRACE_VERSION}"
            )
        result = trace.result or {}
        self.status = str(result.get("status", "cut off"))
        if self.status not in ("verified", "claimed") and not anyway:
            raise NotPlayable(
                f"{folder}: did not end well ({self.status}: {result.get('reason') or 'no result'}); --anyway "
                "plays what it did all the same"
            )
        self.answered = result.get("answer") is not None
        self._reader = reader
        self.steps: list[RecordedStep] = []
        for line in trace.steps:
            action, effect = line.get("action"), line.get("effect") or {}
            if not isinstance(action, dict) or action.get("action") in _ENDINGS or line.get("error"):
                continue
            if action["action"] in ("scroll", "hover") and effect.get("text") == "nothing changed":
                continue
            view = self._view(str(line["screenshot_file"]))
            self.steps.append(RecordedStep(int(line["step_num"]), action, view, bool(effect.get("url"))))
        if not self.steps:
            raise NotPlayable(f"{folder}: did nothing that could be played again")

    def _view(self, name: str) -> View:
        path = self.folder / Path(name).name
        try:
            with Image.open(path) as image:
                return View(image.convert("RGB"), self._reader)
        except (OSError, UnidentifiedImageError) as problem:
            raise NotPlayable(f"{path}: the screenshot cannot be read ({problem})") from None

    @cached_property
    def last(self) -> View | None:
        """The screen at the end; None: it was not kept."""
        try:
            return self._view("final.png")
        except NotPlayable:
            return None

    @property
    def task(self) -> str:
        return str(self.run.get("task") or "")

    @property
    def address(self) -> str:
        """Where it began, "" where it was no page."""
        environment = self.run.get("environment") or {}
        return str((environment.get("config") or {}).get("url") or "")

    def begin_at(self, url: str) -> None:
        """Begin on another page than the recorded one."""
        environment = self.run.get("environment") or {}
        self.run["environment"] = {**environment, "config": {**(environment.get("config") or {}), "url": url}}

    @cached_property
    def variables(self) -> dict[str, int]:
        """Name → index of the step whose text it is: the field's name, or `text` and the step's number."""
        found: dict[str, int] = {}
        for index, step in enumerate(self.steps):
            if step.kind not in _TYPED or not step.action.get("text"):
                continue
            label = step.anchor("start_point").text if step.action.get("start_point") else ""
            name = re.sub(r"\W+", "_", label).strip("_").lower()[:40] or f"text_{step.number}"
            while name in found:
                name = f"{name}_{step.number}"
            found[name] = index
        return found

    def with_values(self, values: Mapping[str, str]) -> None:
        """Let the steps of these names type other texts.

        Raises:
            NotPlayable: there is no such name.
        """
        unknown = [name for name in values if name not in self.variables]
        if unknown:
            known = ", ".join(self.variables) or "it types nothing"
            raise NotPlayable(f"var: {unknown[0]!r} is no text of this run; it has: {known}")
        for name, value in values.items():
            self.steps[self.variables[name]].action["text"] = value
