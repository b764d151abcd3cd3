"""benchmarks.json and the tables of BENCHMARKS.md, which are made from it."""

from __future__ import annotations

import datetime
import json
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.bench.suites import ROOT, code_state

FIGURES = ROOT / "benchmarks.json"
PAGE = ROOT / "BENCHMARKS.md"
TARGETS = Path(__file__).with_name("targets.json")
_BLOCK = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def store(part: str, entries: list[dict[str, Any]]) -> None:
    """Replace the entries of one part; all others stay as they are. A name without a prefix gets the part's; an
    entry without a `machine` was measured on this one."""
    figures = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    figures = {name: entry for name, entry in figures.items() if entry["part"] != part}
    for entry in entries:
        name = entry["name"]
        figures[name if "/" in name else f"{part}/{name}"] = {
            "machine": machine(),
            **{key: value for key, value in entry.items() if key != "name"},
            "date": datetime.date.today().isoformat(),
            "commit": code_state(),
            "part": part,
        }
    text = json.dumps(dict(sorted(figures.items())), indent=1, ensure_ascii=False) + "\n"
    FIGURES.write_text(text, encoding="utf-8")


def tables() -> None:
    """Write the tables of BENCHMARKS.md anew. A block `<!-- table: PREFIX -->` holds the entries `PREFIX/…`."""
    figures = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {}
    targets = json.loads(TARGETS.read_text("utf-8"))
    page = PAGE.read_text("utf-8")

    def fill(block: re.Match[str]) -> str:
        rows = [(name, entry) for name, entry in figures.items() if name.split("/")[0] == block[2]]
        return block[1] + _table(rows, targets) + block[3]

    PAGE.write_text(_BLOCK.sub(fill, page), encoding="utf-8")


def _table(rows: list[tuple[str, dict[str, Any]]], targets: dict[str, dict[str, Any]]) -> str:
    if not rows:
        return "Not measured yet.\n"
    lines = ["| figure | reached | target | |", "|---|---|---|---|"]
    for name, entry in rows:
        target = targets.get(name, {})
        title = target.get("title", name.partition("/")[2].replace("_", " "))
        value = "–" if entry["value"] is None else f"**{entry['value']:g}** {entry['unit']}"
        note = f" ({entry['note']})" if entry.get("note") else ""
        lines.append(f"| {title} | {value}{note} | {_wanted(target)} | {_judged(entry['value'], target)} |")
    made = sorted({(entry["date"], entry["commit"], entry["command"], entry["machine"]) for _, entry in rows})
    lines.append("")
    lines += [f"{date}, commit {commit}: `{command}` on {where}.  " for date, commit, command, where in made]
    return "\n".join(lines) + "\n"


def _wanted(target: dict[str, Any]) -> str:
    if "at_most" in target:
        return f"≤ {target['at_most']:g}"
    return f"≥ {target['at_least']:g}" if "at_least" in target else ""


def _judged(value: float | None, target: dict[str, Any]) -> str:
    if value is None or not {"at_most", "at_least"} & target.keys():
        return ""
    met = value <= target["at_most"] if "at_most" in target else value >= target["at_least"]
    return "reached" if met else "**missed**"


def machine() -> str:
    """Processor, cores, memory and Python, in words."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text())
        processor = found[1].strip() if found else processor
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return (
        f"{processor}, {os.cpu_count()} cores, {pages / 2**30:.0f} GiB, "
        f"Python {platform.python_version()}, {_browser()}"
    )


def _browser() -> str:
    from envs.browser import install as chromium

    program = chromium.find()
    if program is None:
        return "no browser"
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"(\w+) ([\d.]+)", said)
    return f"{found[1]} {found[2]}" if found else "an unknown browser"
