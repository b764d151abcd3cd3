"""How much of OSWorld's published task files is understood: parsed, and all functions there, by domain.

python -m tests.bench.osworld_tasks FOLDER      or with OSWORLD_TASKS=FOLDER
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

COMMAND = "python -m tests.bench.osworld_tasks FOLDER"


def run(folder: Path | None = None) -> list[dict[str, Any]]:
    """Shares as entries; none, with a message, where there is no folder."""
    from envs.tasks.check import check, named, paths, totals
    from envs.tasks.getters import GETTERS
    from envs.tasks.metrics import METRICS
    from envs.tasks.registry import TaskFileError
    from envs.tasks.schema import raw_json, shape

    if folder is None:
        folder = Path(os.environ["OSWORLD_TASKS"]) if os.environ.get("OSWORLD_TASKS") else None
    if folder is None or not folder.is_dir():
        print("osworld_tasks: skipped; OSWORLD_TASKS names no folder of task files", file=sys.stderr)
        return []
    findings = [check(path, root=folder) for path in paths(folder)]
    domains = totals(findings)
    whole = {key: sum(counts[key] for counts in domains.values()) for key in ("tasks", "parsed", "functions")}
    entries = []
    for name, counts in {**domains, "all": whole}.items():
        for what in ("parsed", "functions"):
            entries.append(_share(f"osworld_tasks/{name}/{what}", counts[what], counts["tasks"]))
    uses: dict[str, list[str]] = {"metric": [], "getter": []}
    for path in paths(folder):
        try:
            for kind, name in named(shape(raw_json(path))):
                uses[kind].append(name)
        except TaskFileError:
            continue
    for kind, registry in (("metric", METRICS), ("getter", GETTERS)):
        known = set(registry.names())
        names = set(uses[kind])
        entries.append(_share(f"osworld_tasks/{kind}_names", len(names & known), len(names)))
        entries.append(
            _share(f"osworld_tasks/{kind}_uses", sum(one in known for one in uses[kind]), len(uses[kind]))
        )
    return entries


def _share(name: str, hits: int, of: int) -> dict[str, Any]:
    value = round(100 * hits / of, 1) if of else None
    return {"name": name, "value": value, "unit": "%", "command": COMMAND, "note": f"{hits} of {of}"}


if __name__ == "__main__":
    for entry in run(Path(sys.argv[1]) if len(sys.argv) > 1 else None):
        print(f"{entry['name']:45} {entry['value']} %  ({entry['note']})")
