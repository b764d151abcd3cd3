"""Play the small pages of tests/embedded/pages/tasks with the embedded model in a real browser.

Run by hand, from the repository root::

    python tests/embedded/understand/episodes.py --seeds 2 --out /tmp/episodes [TASK …]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from agent.guard.limits import Limits
from agent.loop import Agent
from agent.result import RunResult
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment
from model.embedded.model import EmbeddedModel

PAGES = Path(__file__).parents[1] / "pages"
PAGE = PAGES / "tasks" / "index.html"


@dataclass(frozen=True)
class Played:
    """What came of one episode. `wrong`: the page was left in an ending that the task did not ask for."""

    result: RunResult
    instruction: str
    done: bool
    wrong: bool
    answer: str | None

    @property
    def passed(self) -> bool:
        if self.answer is not None:
            return self.answer.strip("$. ") in (self.result.answer or "")
        return self.done and not self.wrong


def play(browser: BrowserEnvironment, task: str, seed: int, trace_dir: Path | None = None) -> Played:
    """One episode on one page; it ends when the page has got an answer or the model says so."""
    browser.goto(f"{PAGE.as_uri()}?task={task}&seed={seed}")
    instruction = browser.evaluate("state.instruction")

    def over() -> bool:
        return bool(browser.evaluate("state.done || state.wrong"))

    agent = Agent(
        EmbeddedModel(), browser, limits=Limits(max_steps=25, max_seconds=90), stop=over, trace_dir=trace_dir
    )
    result = agent.run(instruction)
    state = browser.evaluate("state")
    return Played(result, instruction, state["done"], state["wrong"], state["answer"])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("tasks", nargs="*")
    options.add_argument("--seeds", type=int, default=1)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--out", type=Path)
    chosen = options.parse_args()
    good = count = 0
    with BrowserEnvironment(BrowserConfig(viewport=(1000, 640))) as browser:
        browser.goto(PAGE.as_uri())
        for task in chosen.tasks or browser.evaluate("taskNames"):
            for seed in range(chosen.first, chosen.first + chosen.seeds):
                began = time.perf_counter()
                trace = chosen.out / f"{task}-{seed}" if chosen.out else None
                played = play(browser, task, seed, trace)
                good, count = good + played.passed, count + 1
                print(
                    f"{'ok  ' if played.passed else 'FAIL'} {task}-{seed} {played.result.status} "
                    f"{time.perf_counter() - began:.1f} s: {played.instruction}",
                    flush=True,
                )
    print(f"{good} of {count}")


if __name__ == "__main__":
    main()
