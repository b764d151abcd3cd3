"""Memory of this Python process over 1,000 steps in one browser session: `python tests/bench/memory.py`."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Any

from action_space.actions import BaseAction, Click, Input, Scroll
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

STEPS, FIRST = 1000, 100
COMMAND = "python tests/bench/memory.py"
PAGE = (
    "data:text/html,<title>Memory</title><body style='margin:0;height:4000px;font:20px sans-serif'>"
    "<button style='width:200px;height:60px' onclick='this.textContent=++n'>0</button>"
    "<input id=field style='width:300px;height:50px'><script>n=0</script>"
)


def resident_mib() -> float:
    """Resident memory of this process, MiB."""
    if sys.platform.startswith("linux"):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def _action(step: int) -> BaseAction:
    return (
        Click(start_point=(100, 30)),
        Input(text=f"step {step} 小", start_point=(300, 25), clear=True),
        Scroll(direction="down", scroll_distance=200),
        Scroll(direction="up", scroll_distance=200),
    )[step % 4]


def run(steps: int = STEPS) -> list[dict[str, Any]]:
    """Growth from step 100 to the last, in percent, with both sizes."""
    with BrowserEnvironment(BrowserConfig(url=PAGE)) as env:
        seen = env.observe()
        early = 0.0
        for step in range(1, steps + 1):
            outcome = env.execute(_action(step), seen)
            if outcome.error is not None:
                raise SystemExit(f"step {step}: {outcome.error.message}")
            seen = outcome.observation
            if step == FIRST:
                gc.collect()
                early = resident_mib()
        if env.evaluate("n") != steps // 4:
            raise SystemExit("not every click arrived")
        gc.collect()
        late = resident_mib()
    return [
        {
            "name": f"memory growth, step {FIRST} to {steps}",
            "value": round((late / early - 1) * 100, 2),
            "unit": "%",
            "command": COMMAND,
        },
        {"name": f"memory at step {FIRST}", "value": round(early, 1), "unit": "MiB", "command": COMMAND},
        {"name": f"memory at step {steps}", "value": round(late, 1), "unit": "MiB", "command": COMMAND},
    ]


if __name__ == "__main__":
    for figure in run():
        print(f"{figure['name']}: {figure['value']} {figure['unit']}")
