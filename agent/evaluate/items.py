"""The run over recorded items: ask each once, score it, keep the row; or score answers that are recorded already.

Rows, folder, resume and refusals are those of every run (`agent.evaluate.results`). A row is written before the
next item is asked, so what was finished stays finished when the model dies or the run is killed.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.evaluate.baselines import ORACLE, SPOIL, open_player
from agent.evaluate.crew import RunBroken
from agent.evaluate.grounding.base import BadData, Item, Prediction
from agent.evaluate.grounding.question import Question
from agent.evaluate.grounding.records import data_hash, read_records
from agent.evaluate.items_summary import write_items
from agent.evaluate.play import Rules
from agent.evaluate.provenance import machine, packages
from agent.evaluate.results import Results, Row
from agent.evaluate.run import Progress
from agent.evaluate.stepwise import Step
from model.base import Model, ModelFault, UnknownModel
from model.family import Family

TOLD = 4000
"""Characters of an answer that a row keeps."""


def evaluate_items(
    items: Iterable[Item],
    rules: Rules,
    out: Path,
    *,
    data: Mapping[str, Any] | None = None,
    predictions: Path | None = None,
    workers: int = 1,
    suite: str = "",
    on_progress: Callable[[Progress], None] | None = None,
) -> dict[str, Any]:
    """Ask and score every item that has no row in `out` yet, and write the summary.

    Args:
        items: ids must differ.
        rules: who answers; limits of episodes do not matter here.
        data: what the items were read from, for the record (`registry.LoadedItems.data`).
        predictions: a file of recorded answers (see `read_predictions`) to score instead of asking a model.
        workers: processes, each with its own model.

    Returns:
        the summary, also in `out/summary.json` (`items_summary.summarize_items`).

    Raises:
        ValueError: no items, duplicate ids, workers below 1, no model of that name, or one that cannot answer.
        BadData: the predictions are not right.
        FolderInUse, OtherRun: see `Results`.
        RunBroken: the model is gone; what was finished is kept.
        OSError: results cannot be written.
    """
    items = list(items)
    _check(items, workers)
    config = {"suite": suite, "kind": "items", **rules.record(), "data": dict(data or {})}
    recorded = None
    if predictions is not None:
        recorded = read_predictions(predictions, items)
        config |= {"model": f"recorded:{predictions.name}", "predictions": data_hash([predictions], ())}
    with Results(out, config) as results:
        done = {task for task, _ in results.done()}
        left = [item for item in items if item.id not in done]
        sessions = [*(results.noted("sessions") or []), _session(rules, recorded is None, left)]
        results.note("sessions", sessions)
        try:
            if recorded is not None:
                results.add_all(_row(item, recorded[item.id], 0.0) for item in left)
            else:
                _ask_all(items, left, rules, results, workers, on_progress)
        except BaseException:
            with suppress(OSError):  # what stopped the run comes first
                write_items(out, results.rows(), config, sessions)
            raise
        return write_items(out, results.rows(), config, sessions)


def read_predictions(path: Path, items: Sequence[Item]) -> dict[str, Prediction]:
    """Recorded answers by id, one for each item.

    A JSON, JSON Lines or CSV file of objects with `id` and one of `point` ([x, y]), `box` ([x1, y1, x2, y2]),
    `refused` (true), `answer` (a text), `action` (canonical JSON); pixels of the picture. `point` and `box`, and
    `answer` and `tags`, may stand together. An object with an id alone is an answer that could not be read.

    Raises:
        BadData: an item has none, or two, or one is not right; the message names file, item and field.
    """
    known = {item.id for item in items}
    found: dict[str, Prediction] = {}
    for record in read_records(path):
        name = record.label("id")
        if name in found:
            raise BadData(f"{path}: item {record.name}: id: {name!r} stands there twice; accepted: each once")
        if name not in known:
            continue  # the file may hold more than was asked for
        data = record.data
        action = data.get("action")
        if action is not None and not isinstance(action, Mapping):
            raise BadData(str(record.bad("action", "accepted: an object, the canonical JSON of an action")))
        try:
            point, box = (
                record.numbers(key, size) if data.get(key) else None for key, size in (("point", 2), ("box", 4))
            )
        except ValueError as error:
            raise BadData(str(error)) from error
        text, refused = data.get("answer"), data.get("refused") in (True, "true", "True")
        empty = point is None and box is None and action is None and text is None and not refused
        found[name] = Prediction(
            point=point,  # type: ignore[arg-type]
            box=box,  # type: ignore[arg-type]
            refused=refused,
            text=str(text or ""),
            action=action,
            tags=tuple(int(tag) for tag in data.get("tags") or ()),
            outcome="failed" if empty else "strict",
            error="no answer that could be read" if empty else "",
        )
    missing = [item.id for item in items if item.id not in found]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise BadData(
            f"{path}: no prediction for {', '.join(missing[:3])}{more}; each of {len(items)} items needs one"
        )
    return found


def _check(items: Sequence[Item], workers: int) -> None:
    if not items:
        raise ValueError("items: there is none to ask")
    if workers < 1:
        raise ValueError(f"workers: {workers} is below 1")
    seen: set[str] = set()
    doubled = sorted({item.id for item in items if item.id in seen or seen.add(item.id)})  # type: ignore[func-returns-value]
    if doubled:
        raise ValueError(f"items: the same id twice: {', '.join(doubled[:5])}")


def _ask_all(
    items: Sequence[Item],
    left: Sequence[Item],
    rules: Rules,
    results: Results,
    workers: int,
    on_progress: Callable[[Progress], None] | None,
) -> None:
    rows = [row for row in results.rows() if row.task in {item.id for item in items}]
    started = time.perf_counter()
    asked = _here(left, rules) if workers == 1 or len(left) < 2 else _in_processes(left, rules, workers)
    for row in asked:
        results.add(row)
        rows.append(row)
        if on_progress:
            seconds = time.perf_counter() - started
            on_progress(Progress(len(rows), len(items), row, rows, seconds, rules.model))


def _here(items: Sequence[Item], rules: Rules) -> Iterator[Row]:
    if not items:
        return
    asker = _Asker(rules, items)
    try:
        for item in items:
            yield asker.ask(item)
    except ModelFault as fault:
        raise RunBroken(str(fault)) from fault
    finally:
        asker.close()


def _in_processes(items: Sequence[Item], rules: Rules, workers: int) -> Iterator[Row]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(items)), context, _open_asker, (rules, items[:1])) as pool:
        waiting = [pool.submit(_ask_there, item) for item in items]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except ModelFault as fault:
            raise RunBroken(str(fault)) from fault
        except BrokenProcessPool as error:
            raise RunBroken("a worker process died; the same command goes on") from error
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _Asker:
    """The model, open, and its row; or the oracle."""

    def __init__(self, rules: Rules, items: Sequence[Item]) -> None:
        from model.registry import row_of

        self._model: Model | None = None
        if rules.model == SPOIL:
            raise ValueError("model: 'spoil' plays the wrong ending of tasks; items have none")
        try:
            self._model = open_player(rules.model, rules.model_options)
            self._family: Family | None = row_of(self._model, rules.model_options) if self._model else None
        except UnknownModel as error:
            raise ValueError(str(error)) from error
        except ModelFault as error:
            raise RunBroken(str(error)) from error
        if self._family is not None and self._family.grounds_only:
            other = next((item for item in items if isinstance(item, Question | Step)), None)
            if other is not None:
                name = self._family.name
                self.close()
                raise ValueError(f"model: models of the family {name} only ground; {other.id} asks for more")

    def ask(self, item: Item) -> Row:
        """The row of one item.

        Raises:
            ModelFault: no answer can be had.
        """
        started = time.perf_counter()
        try:
            if self._model is None or self._family is None:
                prediction = item.oracle()
            else:
                prediction = item.answer(self._model, self._family)
        except OSError as error:  # the picture has gone since it was read
            return Row(item.id, 0, "failed", error="setup", reason=str(error)[:500])
        return _row(item, prediction, time.perf_counter() - started)

    def close(self) -> None:
        """Give the model back."""
        if self._model is not None:
            self._model.close()


_asker: list[_Asker | Exception] = []


def _open_asker(rules: Rules, items: Sequence[Item]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # An initializer that raises would only say that the pool is broken.
    try:
        _asker.append(_Asker(rules, items))
    except (ValueError, RunBroken) as error:
        _asker.append(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # a run that was killed leaves no worker behind


def _ask_there(item: Item) -> Row:
    asker = _asker[0]
    if isinstance(asker, Exception):
        raise asker
    return asker.ask(item)


def _row(item: Item, prediction: Prediction, seconds: float) -> Row:
    score = item.score(prediction)
    usage = prediction.usage
    details = {
        "instruction": item.instruction,
        "picture": str(item.picture),
        "groups": dict(item.groups),
        "predicted": list(prediction.point) if prediction.point else None,
        "predicted_box": list(prediction.box) if prediction.box else None,
        "refused": prediction.refused,
        "answer": prediction.text[:TOLD],
        "predicted_action": dict(prediction.action) if prediction.action else None,
        "metrics": dict(score.metrics),
        "chances": dict(item.chances()),
        **item.shown(),
    }
    return Row(
        item.id,
        0,
        "verified" if score.passed else "failed",
        passed=score.passed,
        score=score.value,
        reason=score.reason[:500],
        steps=1,
        seconds=round(seconds, 4),
        model_s=round(prediction.wall_s, 4),
        model_cpu_s=round(usage.cpu_s, 4),
        model_calls=usage.model_calls,
        strict=int(prediction.outcome == "strict"),
        repaired=int(prediction.outcome == "repaired"),
        unparsed=int(prediction.outcome == "failed"),
        details=details,
    )


def _session(rules: Rules, asks: bool, items: Sequence[Item]) -> dict[str, Any]:
    session = {
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "versions": packages(),
        "machine": machine(),
    }
    if asks and items and rules.model != ORACLE:
        session["prompts"] = _prompts()
    return session


def _prompts() -> dict[str, str]:
    """Hash of every prompt template; which one a model is given, its family's row says."""
    folder = Path(__file__).parents[2] / "model" / "prompts"
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in sorted(folder.glob("*.j2"))}
