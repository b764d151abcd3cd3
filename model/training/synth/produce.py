"""Many pages, by several processes: a data set of parsed screens and instructions (model.training.data).

A page's number and the seed decide everything about it, so any number of processes makes the same records, and a
job that was killed goes on where it was: a page is written whole or not at all.
"""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.connection
import os
import queue
import random
import tempfile
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from model.training.data.base import DataError
from model.training.data.dataset import FolderData
from model.training.data.records import Origin, ParsedScreen, Record, Split
from model.training.synth.ask import ask
from model.training.synth.kits import Kit, load_kit
from model.training.synth.pictures import draw_all
from model.training.synth.render import Renderer, View, compose
from model.training.synth.transitions import transition

_SETTINGS = "synth.json"
_PICTURES = 48
_TRIES = 3


class SynthesisFailed(RuntimeError):
    """Pages could not be drawn; what was drawn stays, and the same command goes on from there."""


@dataclass(frozen=True)
class Plan:
    """What to draw.

    Attributes:
        pages: how many pages, each of up to `views` screens.
        kits: folders of component libraries and icon fonts; without any, our own style draws everything.
        own: draw some pages in our own style although there are kits.
        split: what the records say they are for.
    """

    pages: int
    seed: int = 0
    views: int = 4
    kits: tuple[str, ...] = ()
    own: bool = True
    split: Split = "train"


def produce(
    plan: Plan, out: Path, browser: Path, workers: int = 2, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Draw `plan` into the data set `out`, which is made or continued; counts of pages, screens, elements, items.

    Args:
        browser: path of a Chromium.
        workers: processes, each with a browser of its own.
        progress: called with (pages that are done, pages).

    Raises:
        KitError: a kit folder is none.
        DataError: `out` holds something else, or was begun with other settings.
        SynthesisFailed: a page failed three times, or a process died.
    """
    for folder in plan.kits:
        load_kit(Path(folder))
    data = FolderData(out, create=True)
    _remember(plan, out)
    done = _done(data, plan.seed)
    left = [page for page in range(plan.pages) if page not in done]
    context = multiprocessing.get_context("spawn")
    reports: Any = context.Queue()
    shares = [left[number::workers] for number in range(workers)]
    crew = [
        context.Process(target=_work, args=(plan, out, browser, share, reports), daemon=True)
        for share in shares
        if share
    ]
    for process in crew:
        process.start()
    ready, failures = plan.pages - len(left), []
    try:
        if progress:
            progress(ready, plan.pages)
        while any(p.is_alive() for p in crew) or not reports.empty():
            try:
                failure = reports.get(timeout=0.5)
            except queue.Empty:
                continue
            if failure:
                failures.append(failure)
            else:
                ready += 1
            if progress:
                progress(ready, plan.pages)
    finally:
        for process in crew:
            process.terminate()
            process.join()
    if failures or ready < plan.pages:
        told = "; ".join(failures[:3]) or "a process was killed"
        raise SynthesisFailed(
            f"{ready} of {plan.pages} pages were drawn ({told}). The same command goes on from there."
        )
    return _in_order(data, plan)


def _remember(plan: Plan, out: Path) -> None:
    """The settings that decide what is drawn stand beside the records; a job is continued with the same ones."""
    now = {**asdict(plan), "kits": sorted(load_kit(Path(k)).name for k in plan.kits)}
    del now["pages"]
    path = out / _SETTINGS
    if path.is_file():
        before = json.loads(path.read_text("utf-8"))
        other = [key for key in now if before.get(key) != now[key]]
        if other:
            told = ", ".join(f"{key} {before.get(key)!r} then, {now[key]!r} now" for key in other)
            raise DataError(f"{out}: was begun with other settings ({told}). Take them again, or another folder.")
    path.write_text(json.dumps(now, indent=1) + "\n", "utf-8")


def _number(identity: str, seed: int) -> int | None:
    head, _, rest = identity.partition(f"synth-{seed}-")
    return int(rest.split("-")[0]) if not head and rest.split("-")[0].isdigit() else None


def _done(data: FolderData, seed: int) -> set[int]:
    return {number for identity in data.ids() if (number := _number(identity, seed)) is not None}


def _in_order(data: FolderData, plan: Plan) -> dict[str, int]:
    """Sort the records by their page, so that the file does not tell which process was the faster."""
    lines = [text for _, text in data.lines()]
    lines.sort(key=lambda text: json.loads(text)["id"])
    path = data.folder / "records.jsonl"
    part = path.with_name(".records.sorted")
    part.write_bytes(b"".join(line + b"\n" for line in lines))
    part.replace(path)
    kinds = [json.loads(line) for line in lines]
    return {
        "pages": plan.pages,
        "screens": sum(k["record"] == "screen" for k in kinds),
        "elements": sum(len(k.get("elements", ())) for k in kinds),
        "instructions": sum(k["record"] == "grounding" for k in kinds),
        "transitions": sum(k["record"] == "episode" for k in kinds),
    }


@dataclass
class _Worker:
    plan: Plan
    data: FolderData
    browser: Path
    folder: Path
    kits: list[Kit]
    pictures: list[str]
    renderer: Renderer | None = field(default=None)

    def page(self, number: int) -> None:
        """Draw one page and write its records, all at once."""
        if self.renderer is None:
            self.renderer = Renderer(self.browser, self.folder).__enter__()
        for attempt in range(_TRIES):
            if self._draw(number, f"{self.plan.seed}/{number}" + f"/{attempt}" * bool(attempt)):
                return
        raise RuntimeError(f"nothing is to be seen, or everything moves, in {_TRIES} pages")

    def _draw(self, number: int, seed: str) -> bool:
        assert self.renderer is not None
        source = compose(seed, self.kits, self.pictures, self.plan.own)
        rng = random.Random(seed + "/views")
        self.renderer.load(source, rng)
        origin = Origin(
            source="synth", licence="MIT", language=source.language, platform="web", split=self.plan.split
        )
        name = f"synth-{self.plan.seed}-{number:06}"
        records: list[Record] = []
        for index, view in enumerate(self.renderer.views(rng, self.plan.views)):
            records += self._records(f"{name}-{index}", view, origin, source.look, rng)
        records += transition(self.renderer, self.data, name, origin, rng)
        if records:
            self.data.append(*records)
        return bool(records)

    def _records(self, name: str, view: View, origin: Origin, look: str, rng: random.Random) -> list[Record]:
        picture = self.data.add_picture(view.png, scale=view.scale)
        elements = tuple(one.element for one in view.elements)
        screen = ParsedScreen(id=name, origin=origin, picture=picture, elements=elements, look=look)
        reachable = [one.element for one in view.elements if not one.beneath]
        return [screen, *ask(reachable, name, origin, picture, rng)]

    def close(self) -> None:
        """End the browser, whatever state it is in."""
        if self.renderer:
            self.renderer.close()
        self.renderer = None


def _work(plan: Plan, out: Path, browser: Path, pages: list[int], reports: Any) -> None:
    """One process: its pages, each tried again with a new browser when the browser fails."""
    import cv2

    threading.Thread(target=_end_with_parent, daemon=True).start()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix=f"synth-{os.getpid()}-") as name:
        folder = Path(name)
        kits = [load_kit(Path(k)) for k in plan.kits]
        worker = _Worker(plan, FolderData(out), browser, folder, kits, draw_all(folder, _PICTURES, plan.seed))
        try:
            for number in pages:
                problem = ""
                for _ in range(_TRIES):
                    try:
                        worker.page(number)
                        problem = ""
                        break
                    except DataError as error:  # a full disk is not mended by another browser
                        reports.put(str(error))
                        return
                    except Exception as error:
                        problem = f"page {number}: {type(error).__name__}: {error}"
                        worker.close()
                reports.put(problem)
        finally:
            worker.close()


def _end_with_parent() -> None:
    """Without the process that began it, a worker would go on and draw what the next job draws as well."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
