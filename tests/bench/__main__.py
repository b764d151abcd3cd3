"""Measure, write benchmarks.json, and bring the tables of BENCHMARKS.md up to date.

python -m tests.bench                             everything; hours
python -m tests.bench --only startup,controller   these only; all other entries stay as they are
python -m tests.bench --tables                    measure nothing, write the tables anew
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from importlib.util import find_spec

PARTS = (
    "startup",
    "install",
    "controller",
    "capture",
    "navigation",
    "replay",
    "parse_fuzz",
    "memory",
    "eyes",
    "inference",
    "items",
    "gallery",
    "kills",
    "secrets_kept",
    "service",
    "studio",
    "throughput",
    "synthesis",
    "detector",
    "lora_7b",
    "desktop",
    "displays",
    "osworld_step",
    "osworld_tasks",
    "baselines",
    "store",
    "miniwob_dev",
    "miniwob_held_out",
    "miniwob",
)


def main() -> int:
    """0: all parts were measured; 1: a part failed, the others are written."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, and write the figures.")
    parser.add_argument("--only", help=f"parts, separated by commas, of: {', '.join(PARTS)}")
    parser.add_argument("--seeds", type=int, default=10, help="seeds of each task of a suite")
    parser.add_argument("--tables", action="store_true", help="only write the tables anew")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",") if arguments.only else list(PARTS)
    unknown = [name for name in chosen if name not in PARTS or find_spec(f"tests.bench.{name}") is None]
    if unknown:
        parser.error(f"--only: {', '.join(unknown)}; there is {', '.join(PARTS)}")
    os.environ["BENCH_SEEDS"] = str(arguments.seeds)

    from tests.bench.record import store, tables

    failed = []
    for name in [] if arguments.tables else chosen:
        print(f"{name} …", flush=True)
        try:
            entries = importlib.import_module(f"tests.bench.{name}").run()
        except (Exception, SystemExit) as error:  # the other parts are still worth measuring
            print(f"{name}: {type(error).__name__}: {error}", file=sys.stderr)
            failed.append(name)
            continue
        store(name, entries)
        for entry in entries:
            print(f"  {entry['name']}: {entry['value']} {entry['unit']}  {entry.get('note', '')}")
    tables()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
