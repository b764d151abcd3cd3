"""The pocket world's figures: three seeds, and the same without each auxiliary loss.

    python examples/train_pocket/figures.py --out runs/pocket-figures

Some 17 CPU-minutes a run on an idle core, twelve runs one after the other; the same command goes on where it was
stopped. Writes `figures.json`, `figures.md` and `curves.png`.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from model.training.trainer.state import read_log

LEFT_OUT = ("", "dense", "place", "pointer")
STUDENT = 4.303
"""Of Student's t with two degrees of freedom, 95 %: the interval of a mean of three."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/pocket-figures"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("more", nargs="*", help="options for train_pocket.py, behind --")
    options = parser.parse_args()
    runs: dict[str, list[list[dict[str, Any]]]] = {}
    for without in LEFT_OUT:
        for seed in range(options.seeds):
            folder = options.out / f"{without or 'whole'}-{seed}"
            if not (folder / "trained" / "config.json").is_file():
                script = Path(__file__).with_name("train_pocket.py")
                asked = ["--out", folder, "--seed", seed, *(["--without", without] if without else [])]
                subprocess.run([sys.executable, script, *map(str, asked), *options.more], check=True)
            lines = [line for line in read_log(folder / "steps.jsonl") if "hit_all" in line]
            runs.setdefault(f"without {without}" if without else "everything", []).append(lines)
    write(options.out, runs)


def write(folder: Path, runs: dict[str, list[list[dict[str, Any]]]]) -> None:
    """The last evaluation of each run, as means with their intervals over the seeds; and the curves."""
    names = [name for name in next(iter(runs.values()))[0][-1] if name.startswith("hit_") and name != "hit_count"]
    table = ["| | CPU min | " + " | ".join(name[4:] for name in names) + " |", "|---" * (len(names) + 2) + "|"]
    found: dict[str, Any] = {}
    for kind, seeds in runs.items():
        last = [lines[-1] for lines in seeds]
        found[kind] = {name: interval([one[name] for one in last]) for name in ("cpu_min", *names)}
        cells = [f"{found[kind][name][0]:.3f} ± {found[kind][name][1]:.3f}" for name in names]
        table.append(f"| {kind} | {found[kind]['cpu_min'][0]:.1f} | " + " | ".join(cells) + " |")
    (folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (folder / "figures.md").write_text("\n".join(table) + "\n", "utf-8")
    print("\n".join(table))
    draw(folder / "curves.png", runs)


def interval(values: list[float]) -> tuple[float, float]:
    """Mean, and half the width of its 95 % interval over the seeds; 0 for a single one."""
    if len(values) < 2:
        return values[0], 0.0
    return statistics.mean(values), STUDENT * statistics.stdev(values) / math.sqrt(len(values))


def draw(place: Path, runs: dict[str, list[list[dict[str, Any]]]]) -> None:
    """Hits over CPU-minutes, a line a run."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for number, (kind, seeds) in enumerate(runs.items()):
        for seed, lines in enumerate(seeds):
            minutes, hits = [line["cpu_min"] for line in lines], [line["hit_all"] for line in lines]
            axes.plot(minutes, hits, color=f"C{number}", marker=".", label=None if seed else kind)
    axes.set_xlabel("CPU-minutes")
    axes.set_ylabel("hits on layouts never seen")
    axes.legend()
    figure.savefig(place, dpi=100)


if __name__ == "__main__":
    main()
