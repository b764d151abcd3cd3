"""The demo store with the embedded model: every task, and one task over many shops and window sizes."""

from __future__ import annotations

from typing import Any

from tests.bench.suites import SEEDS, by_task, figures, percent, play

COMMAND = f"agent eval demo --seeds {SEEDS}"
VIEWPORTS = ((1280, 800), (1440, 900), (1024, 768))
WISHLIST_SEEDS = 30


def run() -> list[dict[str, Any]]:
    """Figures over all tasks, success by task, and "add SU7 to wishlist" over 30 seeds and three viewports."""
    from agent.evaluate.stats import share
    from envs.tasks import find, suite

    summary = play("store", "demo")
    entries = figures("store", summary, COMMAND) + by_task("store_tasks", summary, COMMAND)
    # The tag says that the task names what it wants in words that stand on the screen.
    named = [summary["tasks"][task.id]["success"] for task in suite("demo") if "words" in task.tags]
    in_words = share(sum(one["hits"] for one in named), sum(one["of"] for one in named))
    entries.append(percent("store/success_in_words", in_words, COMMAND))
    wish = find("add SU7 to wishlist")
    if wish is None:
        raise LookupError('no bundled task says "add SU7 to wishlist"')
    hits = trials = 0
    for turn, viewport in enumerate(VIEWPORTS):
        part = play(
            f"wishlist-{viewport[0]}x{viewport[1]}",
            "demo",
            tasks=wish.id,
            seeds=range(turn, WISHLIST_SEEDS, len(VIEWPORTS)),
            options={"viewport": viewport},
        )
        hits, trials = hits + part["success"]["hits"], trials + part["success"]["of"]
    command = f"agent eval demo --tasks {wish.id} --viewport WIDTHxHEIGHT"
    return [*entries, percent("store/add_su7_to_wishlist", share(hits, trials), command)]
