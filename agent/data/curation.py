"""`agent data curate`: rules, harder copies, new captions, and a report of what became of each record."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from model.base import Model
from model.family import Family
from model.training.data.augment import KINDS, augmented
from model.training.data.base import DataError, write_whole
from model.training.data.curate import Dropped, Rules, curate
from model.training.data.dataset import DataSet, FolderData, Mover
from model.training.data.recaption import recaption
from model.training.data.records import GroundingItem, Record


def curate_data(
    data: DataSet,
    target: FolderData,
    rules: Rules,
    *,
    tests: list[DataSet],
    drop: bool = False,
    augment: tuple[str, ...] = (),
    share: float = 0.2,
    seed: int = 0,
    captioner: tuple[Model, Family] | None = None,
    on_record: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """Write what stays of `data` to `target`, and `curation.json` and `dropped.jsonl` beside it; the report.

    Args:
        tests, drop: see `model.training.data.curate.curate`.
        augment: kinds of harder copies; share: the chance of each, and of a new caption.
        captioner: model and row that give new captions; None: none are asked for.

    Raises:
        Contaminated, PictureFault, BadRecord, CannotWrite.
        ModelFault: the captioner broke; what was written so far stays.
    """
    if unknown := [kind for kind in augment if kind not in KINDS]:
        raise DataError(f"augment: {unknown[0]!r}; accepted: {', '.join(KINDS)}")
    if captioner and captioner[1].grounds_only:
        raise DataError(f"model: {captioner[0].name} only grounds; accepted: a model that answers questions")
    dropped: list[Dropped] = []
    counts: Counter[str] = Counter()
    added: Counter[str] = Counter()
    move = Mover(data, target)
    for number, found in enumerate(curate(data, rules, tests, drop=drop), 1):
        if on_record:
            on_record(number)
        if isinstance(found, Dropped):
            dropped.append(found)
            continue
        counts["kept"] += 1
        more: list[Record] = []
        if captioner and _chosen(found, share, seed) and isinstance(found, GroundingItem):
            told = recaption(found, data, *captioner)
            if told.item is None:
                dropped.append(Dropped(f"{found.id}~caption", "caption", told.reason))
            else:
                more.append(told.item)
                added["caption"] += 1
        kept = move(found)
        target.append(kept, *(move(one) for one in more))
        for copy in augmented(kept, target, augment, share=share, seed=seed):
            target.append(copy)
            added[copy.id.rpartition("~")[2]] += 1
    report = {
        "records": counts["kept"] + sum(one.rule != "caption" for one in dropped),
        "kept": counts["kept"],
        "dropped": dict(sorted(Counter(one.rule for one in dropped).items())),
        "added": dict(sorted(added.items())),
        "rules": asdict(rules),
        "augment": list(augment),
        "share": share,
        "seed": seed,
        "tests": [test.folder.name for test in tests],
        "captions_by": captioner[0].name if captioner else None,
    }
    lines = "".join(json.dumps(one.to_json(), ensure_ascii=False) + "\n" for one in dropped)
    write_whole(target.folder / "dropped.jsonl", lines.encode("utf-8", "replace"))
    write_whole(target.folder / "curation.json", json.dumps(report, ensure_ascii=False, indent=1).encode() + b"\n")
    return report


def _chosen(record: Record, share: float, seed: int) -> bool:
    return record.origin.split == "train" and random.Random(f"{seed}\0{record.id}\0caption").random() < share
