"""What a step costs without a model (observe, execute, settle): `python tests/bench/controller.py`.

Three ways on the same MiniWoB++ page, click for click on the same text field, in one run:

* bare: a Playwright click plus one CDP capture, the least that could be done, without waiting for rest;
* ours: `BrowserEnvironment.execute`, whose outcome holds the next observation;
* BrowserGym: `env.step` at its defaults, in a virtual environment of its own that this script makes (it pins an
  old Playwright) in a temporary folder.
"""

from __future__ import annotations

import asyncio
import base64
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from action_space.actions import Click
from envs.browser import install as chromium
from envs.browser.config import BrowserConfig
from envs.browser.environment import BrowserEnvironment

ROUNDS, TURNS = 10, 4
COMMAND = "python tests/bench/controller.py"
PAGE = "enter-text"
_START = "() => { core.EPISODE_MAX_TIME = 1e9; Math.seedrandom('1'); core.startEpisodeReal(); }"
_FIELD = """() => {
  const box = document.getElementById('tt').getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""
_WHERE = """
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""

_GYM = r"""
import json, sys, time
import gymnasium, browsergym.miniwob
rounds = int(sys.argv[1])
env = gymnasium.make("browsergym/miniwob." + sys.argv[2], headless=True)
seen, _ = env.reset(seed=1)
field = env.unwrapped.page.locator("#tt").get_attribute("bid")
times = []
for _ in range(rounds):
    began = time.perf_counter()
    seen, _, _, _, _ = env.step(f"click('{field}')")
    times.append(time.perf_counter() - began)
    assert not seen["last_action_error"], seen["last_action_error"]
env.close()
print(json.dumps(times))
"""


def _pages() -> Path:
    spec = importlib.util.find_spec("miniwob")
    if spec is None or spec.origin is None:
        raise SystemExit("needs the package miniwob: pip install 'gui-agent-toolkit[bench]'")
    return Path(spec.origin).parent / "html" / "miniwob"


async def _bare(url: str, rounds: int) -> list[float]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(chromium.ensure()))
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.goto(url)
        await page.evaluate(_START)
        x, y = await page.evaluate(_FIELD)
        session = await page.context.new_cdp_session(page)
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            await page.mouse.click(x, y)
            base64.b64decode((await session.send("Page.captureScreenshot", {"format": "png"}))["data"])
            times.append(time.perf_counter() - began)
        await browser.close()
    return times


def _ours(url: str, rounds: int) -> list[float]:
    with BrowserEnvironment(BrowserConfig(url=url)) as env:
        env.evaluate(_START)
        seen = env.observe()
        x, y = env.evaluate(_FIELD)
        times = []
        for _ in range(rounds):
            began = time.perf_counter()
            outcome = env.execute(Click(start_point=(int(x), int(y))), seen)
            times.append(time.perf_counter() - began)
            if outcome.error is not None or outcome.settled.reason != "stable":
                raise SystemExit(f"the step went wrong: {outcome.error or outcome.settled}")
            seen = outcome.observation
    return times


def _make_gym(folder: Path) -> dict[str, str]:
    """A virtual environment with BrowserGym; the variables that its programs need."""
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = str(folder / "venv" / "bin" / "python")
    subprocess.run([python, "-m", "pip", "install", "-q", "browsergym-miniwob"], check=True)
    # Its Playwright looks for one revision of Chromium at one place; the system's browser is put there.
    wanted = subprocess.run(
        [python, "-c", _WHERE],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PLAYWRIGHT_BROWSERS_PATH": str(folder / "browsers")},
    ).stdout.strip()
    Path(wanted).parent.mkdir(parents=True, exist_ok=True)
    Path(wanted).symlink_to(chromium.ensure())
    return {
        **os.environ,
        "PLAYWRIGHT_BROWSERS_PATH": str(folder / "browsers"),
        "MINIWOB_URL": _pages().as_uri() + "/",
        "PYTHON": python,
    }


def _gym(environment: dict[str, str], rounds: int) -> list[float]:
    done = subprocess.run(
        [environment["PYTHON"], "-c", _GYM, str(rounds), PAGE],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"BrowserGym: {done.stderr.strip().splitlines()[-1:]}")
    times: list[float] = json.loads(done.stdout.strip().splitlines()[-1])
    return times


def run(rounds: int = ROUNDS, turns: int = TURNS, gym: bool = True) -> list[dict[str, Any]]:
    """The cost of our step as a ratio to the bare one and to BrowserGym's."""
    url = (_pages() / f"{PAGE}.html").as_uri()
    times: dict[str, list[float]] = {"bare": [], "ours": [], "gym": []}
    with tempfile.TemporaryDirectory(prefix="agent-bench-") as folder:
        environment = _make_gym(Path(folder)) if gym else {}
        # In turns, so that a busy moment of the machine does not hit one of them alone.
        for _ in range(turns):
            times["bare"] += asyncio.run(_bare(url, rounds))
            times["ours"] += _ours(url, rounds)
            if gym:
                times["gym"] += _gym(environment, rounds)
    median = {name: statistics.median(values) for name, values in times.items() if values}
    figures = [("step cost, of a bare click and capture", median["ours"] / median["bare"], "×")]
    if gym:
        figures.append(("step cost, of BrowserGym's env.step", median["ours"] / median["gym"], "×"))
    return [
        {"name": name, "value": round(value, 3), "unit": unit, "command": COMMAND} for name, value, unit in figures
    ]


if __name__ == "__main__":
    for figure in run(gym="--no-gym" not in sys.argv):
        print(f"{figure['name']}: {figure['value']} {figure['unit']}")
