"""What a run leaves on disk: states from which it goes on, whole or not at all, and a line for every step."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

VERSION = 1


class TrainingFault(Exception):
    """The run cannot go on, and the message says why and what to do.

    Attributes:
        usage: what was asked for cannot be done; False: it was begun, and something went wrong.
    """

    def __init__(self, message: str, *, usage: bool = True) -> None:
        self.usage = usage
        super().__init__(message)


class States:
    """The states of one run: `FOLDER/states/000200/`, each with weights, optimizer, random numbers, position.

    A state is written beside its place and renamed into it: a process that is killed leaves the one before.

    Args:
        keep: how many are kept.
        identity: what a state must agree with.
        leader: whether this process is the one that writes.
    """

    def __init__(self, folder: Path, *, keep: int, identity: dict[str, Any], leader: bool = True) -> None:
        self._folder, self._keep, self._leader = folder, max(1, keep), leader
        self._identity = json.loads(json.dumps(identity))
        self._log = folder / "steps.jsonl"
        try:
            (folder / "states").mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrainingFault(f"{folder}: cannot be written ({error.strerror or error})") from error
        if leader:  # what a process that was killed left half-written
            for part in (folder / "states").glob("*.part"):
                shutil.rmtree(part, ignore_errors=True)
            if self.newest() < 0:  # killed before its first state: it begins anew, and so does its log
                self._cut_log(0)

    def newest(self) -> int:
        """Steps that the newest state has behind it; -1: there is none."""
        return max((int(path.name) for path in self._whole()), default=-1)

    def _whole(self) -> list[Path]:
        return [path for path in (self._folder / "states").iterdir() if path.name.isdigit()]

    def save(
        self, module: Any, opts: list[Any], step: int, losses: list[float], *, only: set[str] | None = None
    ) -> None:
        """Keep the state after `step` steps.

        Args:
            only: names of the weights that have changed since the run began; None: those that are trained now.

        Raises:
            TrainingFault: it cannot be written; the states before it are as they were.
        """
        import torch
        from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict

        # Whole tensors, whatever the processes hold of them; frozen weights are those of the model.
        options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
        weights, optimizer = get_state_dict(
            module, [getattr(opt, "optimizer", opt) for opt in opts], options=options
        )
        if not self._leader:
            return
        place = self._folder / "states" / f"{step:06}"
        part = place.with_name(f"{place.name}.part")
        try:
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            torch.save({"weights": weights, "optimizer": optimizer, "random": _random()}, part / "state.pt")
            about = {"version": VERSION, "step": step, "identity": self._identity, "losses": losses}
            (part / "state.json").write_text(json.dumps(about) + "\n", "utf-8")
            for path in part.iterdir():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
            shutil.rmtree(place, ignore_errors=True)
            part.rename(place)
        except (OSError, RuntimeError) as error:
            shutil.rmtree(part, ignore_errors=True)
            full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or _is_full(self._folder)
            why = "the disk is full" if full else str(error).splitlines()[0]
            raise TrainingFault(
                f"{place}: the state after step {step} cannot be written ({why}). "
                f"{_before(self.newest())} Make room and give the same command again.",
                usage=False,
            ) from error
        for old in sorted(self._whole(), key=lambda path: int(path.name))[: -self._keep]:
            shutil.rmtree(old, ignore_errors=True)

    def load(self, module: Any, opts: list[Any]) -> tuple[int, list[float]]:
        """Put the newest state back; returns its steps and their losses.

        Args:
            opts: none where the state is of another stage: then only weights and random numbers come back.

        Raises:
            TrainingFault: it is of another run, or damaged.
        """
        import torch
        from torch.distributed.checkpoint.state_dict import (
            StateDictOptions,
            set_model_state_dict,
            set_optimizer_state_dict,
        )

        place = self._folder / "states" / f"{self.newest():06}"
        try:
            about = json.loads((place / "state.json").read_text("utf-8"))
            held = torch.load(place / "state.pt", map_location="cpu", weights_only=True)
        except (OSError, ValueError, RuntimeError, EOFError) as error:
            raise TrainingFault(
                f"{place}: is damaged ({error}); remove it to go on from the one before"
            ) from error
        self._compare(place, about)
        options = StateDictOptions(full_state_dict=True, strict=False)
        set_model_state_dict(module, held["weights"], options=options)
        if opts:
            inner = [getattr(opt, "optimizer", opt) for opt in opts]
            options = StateDictOptions(full_state_dict=True, ignore_frozen_params=True)
            set_optimizer_state_dict(module, inner, held["optimizer"], options=options)
        _set_random(held["random"])
        self._cut_log(about["step"])
        return int(about["step"]), list(about["losses"])

    def _compare(self, place: Path, about: dict[str, Any]) -> None:
        if about.get("version") != VERSION:
            raise TrainingFault(f"{place}: is a state of version {about.get('version')}; this is {VERSION}")
        then, now = about["identity"], self._identity
        other = [
            f"{key}: {then.get(key)!r} then, {now.get(key)!r} now"
            for key in sorted({*then, *now})
            if then.get(key) != now.get(key)
        ]
        if other:
            raise TrainingFault(
                f"{self._folder}: holds another run ({'; '.join(other[:4])}). Give the same settings to go on "
                "with it, or another --out."
            )

    def note(self, figures: dict[str, float]) -> None:
        """A line for the step, in `steps.jsonl`.

        Raises:
            TrainingFault: it cannot be written.
        """
        try:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(figures) + "\n")
        except OSError as error:
            raise TrainingFault(
                f"{self._log}: cannot be written ({error.strerror or error}). {_before(self.newest())} Make "
                "room and give the same command again.",
                usage=False,
            ) from error

    def _cut_log(self, step: int) -> None:
        """Lines of steps that are taken again leave."""
        if not self._leader or not self._log.is_file():
            return
        kept = [line for line in read_log(self._log) if line["step"] <= step]
        part = self._log.with_suffix(".part")
        part.write_text("".join(json.dumps(line) + "\n" for line in kept), "utf-8")
        part.replace(self._log)


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a `steps.jsonl`; one that was cut off by a kill is left out."""
    lines = []
    for text in path.read_text("utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            continue
    return lines


def _random() -> dict[str, Any]:
    import torch

    version, numbers, gauss = random.getstate()
    held = {"torch": torch.get_rng_state(), "python": [version, list(numbers), gauss]}
    if torch.cuda.is_available():
        held["cuda"] = torch.cuda.get_rng_state_all()
    return held


def _set_random(held: dict[str, Any]) -> None:
    import torch

    torch.set_rng_state(held["torch"])
    version, numbers, gauss = held["python"]
    random.setstate((version, tuple(numbers), gauss))
    if "cuda" in held and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(held["cuda"])


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < 1 << 20


def _before(step: int) -> str:
    return "No state was there before." if step < 0 else f"The state after step {step} is whole."
