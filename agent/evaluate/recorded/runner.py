"""The run over recorded items: ask each once, score it, keep the row; or score answers that are recorded already.

Rows, folder, resume and refusals are those of every run (`agent.evaluate.results`). A row is written before the
next item is asked, so what was finished stays finished when the model dies or the run is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path
from typing import Any

from agent.evaluate.baselines import SPOIL, open_player, prompt_of
from agent.evaluate.datasets.base import Item, Prediction
from agent.evaluate.datasets.question import Question
from agent.evaluate.datasets.records import data_hash
from agent.evaluate.episodes import EvalConfig
from agent.evaluate.provenance import prompt_record, session
from agent.evaluate.recorded.predictions import read_predictions
from agent.evaluate.recorded.stepwise import Step
from agent.evaluate.recorded.summary import write_items
from agent.evaluate.results import EpisodeResult, Results
from agent.evaluate.runner import Progress
from agent.evaluate.workers.pool import RunBroken
from model.base import Model, ModelFault, PromptTooLong, UnknownModel
from model.family import Family

TOLD = 4000
"""Characters of an answer that a row keeps."""


def evaluate_items(
    items: Iterable[Item],
    rules: EvalConfig,
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
        predictions: a file of recorded answers to score instead of asking (`agent.evaluate.recorded.predictions`).
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
        sessions = [*(results.noted("sessions") or []), session()]
        results.note("sessions", sessions)

        def told(prompts: dict[str, Any]) -> None:
            sessions[-1]["prompts"] = prompts
            results.note("sessions", sessions)

        try:
            if recorded is not None:
                results.add_all(row_of_item(item, recorded[item.id], 0.0) for item in left)
            else:
                _ask_all(items, left, rules, results, workers, told, on_progress)
        except BaseException:
            with suppress(OSError):  # what stopped the run comes first
                write_items(out, results.rows(), config, sessions)
            raise
        return write_items(out, results.rows(), config, sessions)


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
    rules: EvalConfig,
    results: Results,
    workers: int,
    told: Callable[[dict[str, Any]], None],
    on_progress: Callable[[Progress], None] | None,
) -> None:
    if not left:
        return
    rows = [row for row in results.rows() if row.task in {item.id for item in items}]
    started = time.perf_counter()
    few = workers == 1 or len(left) < 2
    asked = _here(left, rules, told) if few else _in_processes(left, rules, workers, told)
    for row in asked:
        results.add(row)
        rows.append(row)
        if on_progress:
            seconds = time.perf_counter() - started
            on_progress(Progress(len(rows), len(items), row, rows, seconds, rules.model))


def _here(
    items: Sequence[Item], rules: EvalConfig, told: Callable[[dict[str, Any]], None]
) -> Iterator[EpisodeResult]:
    asker = _Asker(rules, items)
    try:
        told(asker.prompts(items))
        for item in items:
            yield asker.ask(item)
    except ModelFault as fault:
        raise RunBroken(str(fault)) from fault
    finally:
        asker.close()


def _in_processes(
    items: Sequence[Item], rules: EvalConfig, workers: int, told: Callable[[dict[str, Any]], None]
) -> Iterator[EpisodeResult]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(items)), context, _open_asker, (rules, items[:1])) as pool:
        try:
            told(pool.submit(_prompts_there, items).result())
            waiting = [pool.submit(_ask_there, item) for item in items]
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

    def __init__(self, rules: EvalConfig, items: Sequence[Item]) -> None:
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

    def ask(self, item: Item) -> EpisodeResult:
        """The row of one item.

        Raises:
            ModelFault: no answer can be had.
        """
        started = time.perf_counter()
        try:
            if self._model is None or self._family is None:
                prediction = item.oracle()
            else:
                prediction = self._answer(item, self._model, self._family)
        except OSError as error:  # the picture has gone since it was read
            return EpisodeResult(item.id, 0, "failed", error="setup", reason=str(error)[:500])
        return row_of_item(item, prediction, time.perf_counter() - started)

    @staticmethod
    def _answer(item: Item, model: Model, family: Family) -> Prediction:
        try:
            return item.answer(model, family)
        except PromptTooLong as error:  # of this item; the model is there
            return Prediction(outcome="failed", error=str(error).splitlines()[0])

    def prompts(self, items: Sequence[Item]) -> dict[str, Any]:
        """What a model of this family is told, by kind of item, with a hash; none for the oracle."""
        if self._family is None:
            return {}
        firsts = {type(item).__name__.lower(): item for item in reversed(items)}
        return {kind: prompt_record(_prompt(item, self._family)) for kind, item in firsts.items()}

    def close(self) -> None:
        """Give the model back."""
        if self._model is not None:
            self._model.close()


_asker: list[_Asker | Exception] = []


def _open_asker(rules: EvalConfig, items: Sequence[Item]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the run, which ends its workers
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


def _ask_there(item: Item) -> EpisodeResult:
    asker = _asker[0]
    if isinstance(asker, Exception):
        raise asker
    return asker.ask(item)


def _prompts_there(items: Sequence[Item]) -> dict[str, Any]:
    asker = _asker[0]
    if isinstance(asker, Exception):
        raise asker
    return asker.prompts(items)


def _prompt(item: Item, family: Family) -> dict[str, Any]:
    """The words of the first question of a kind; of a place, `TARGET` stands for the thing to find."""
    from PIL import Image

    from action_space.geometry import Frame, Size
    from model.grounding import question
    from model.prompt import render

    if isinstance(item, Step):
        return prompt_of(family)
    if isinstance(item, Question):
        return {"family": family.name, "messages": [["user", render(item.wording, dict(item.context))]]}
    size = Size(1280, 800)
    request, _ = question(family, Image.new("RGB", (1280, 800)), Frame(size), "TARGET")
    return {"family": family.name, "messages": [[message.role, message.text] for message in request.messages]}


def row_of_item(item: Item, prediction: Prediction, seconds: float) -> EpisodeResult:
    """The scored row of an answer that took so many seconds."""
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
        "chances": {**item.chances(), "oracle": item.score(item.oracle()).value},
        **item.shown(),
    }
    return EpisodeResult(
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
