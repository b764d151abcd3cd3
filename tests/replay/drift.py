"""Pages that have changed since a run was recorded, and what a replay of it does on them.

A change is made by a script that runs in every document before its own, so that any application can be changed.
What was clicked is told by the page itself: a click on something else than in the replay without a change is a wrong
click.
"""

# ruff: noqa: E501 (scripts of pages)

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.guard.limits import Limits
from agent.loop import Agent
from agent.replay.model import ReplayModel
from agent.replay.recording import Recording
from envs.browser.environment import BrowserEnvironment
from envs.tasks.base import Task
from model.embedded.eyes.reader import Reader

_CLICKED = """
(() => {
  const sign = (e) => {
    const c = e.closest('a,button,input,select,textarea,label,summary,[role],td,li') || e;
    return [c.tagName, c.id, c.name || '', c.getAttribute('href') || '', c.getAttribute('data-id') || '',
            c.getAttribute('aria-label') || '', c.getAttribute('title') || ''].join('|').replace(/127\\.0\\.0\\.1:\\d+/g, '');
  };
  document.addEventListener('pointerdown', (e) => e.target.closest && window.clickedForBench(sign(e.target)), true);
})()
"""
_LATER = """
(() => {
  const change = () => { %s };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', change); else change();
})()
"""
_BANNER = (
    "const b = document.createElement('div'); b.textContent = 'Our office moves on Friday. Read what changes.';"
    "b.style.cssText = 'background:#ffe9a8;color:#333;padding:18px;font:16px sans-serif';"
    "document.body.prepend(b);"
)
_STRANGE = """
const turn = (t) => t.replace(/[a-z]/g, (c) => String.fromCharCode((c.charCodeAt(0) - 97 + 7) % 26 + 97))
                     .replace(/[A-Z]/g, (c) => String.fromCharCode((c.charCodeAt(0) - 65 + 7) % 26 + 65));
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) if (!['SCRIPT', 'STYLE'].includes(walk.currentNode.parentNode.tagName))
  walk.currentNode.textContent = turn(walk.currentNode.textContent);
"""


@dataclass(frozen=True)
class Drift:
    """One change: options for the start, a script for every document; whether the thing can still be read."""

    name: str
    options: Mapping[str, Any]
    script: str = ""
    readable: bool = True


DRIFTS = (
    Drift("none", {}),
    Drift("pixel ratio 2", {"pixel_ratio": 2.0}),
    Drift("zoom 80 %", {}, "document.documentElement.style.zoom = '0.8';"),
    Drift("zoom 125 %", {}, "document.documentElement.style.zoom = '1.25';"),
    Drift("zoom 150 %", {}, "document.documentElement.style.zoom = '1.5';"),
    Drift("window 1000x700", {"viewport": (1000, 700)}),
    Drift("window 1600x1000", {"viewport": (1600, 1000)}),
    Drift("dark", {}, "document.documentElement.style.filter = 'invert(1) hue-rotate(180deg)';"),
    Drift("banner", {}, _BANNER),
    Drift("moved", {}, "document.body.style.margin = '40px 0 0 90px';"),
    Drift("scrolled", {}, "setTimeout(() => window.scrollTo(0, 250), 50);"),
    Drift("other language", {}, _STRANGE, readable=False),
)


def relabelled(text: str) -> Drift:
    """What the thing of a step is called is written otherwise."""
    return Drift("relabelled", {}, _of_text(text, "n.textContent = 'Something else';"), readable=False)


def removed(text: str) -> Drift:
    """The thing of a step is gone."""
    return Drift("removed", {}, _of_text(text, "n.parentElement.remove();"), readable=False)


def _of_text(text: str, does: str) -> str:
    return (
        f"const wanted = {json.dumps(text)}.toLowerCase(); const hits = [];"
        "const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);"
        "while (walk.nextNode()) if (walk.currentNode.textContent.trim().toLowerCase() === wanted)"
        f" hits.push(walk.currentNode); for (const n of hits) {{ {does} }}"
    )


@dataclass(frozen=True)
class Played:
    """What a replay did: `right`: the judge says yes; `refused`: it ended by itself without claiming anything.

    Attributes:
        clicks: what was pressed, in order, as the pages tell.
        reason: of the end.
        seconds: from the first look to the end.
    """

    right: bool
    refused: bool
    clicks: tuple[str, ...]
    reason: str
    seconds: float


def play(folder: Path, task: Task, drift: Drift, seed: int = 0) -> Played:
    """Replay a run of a task on pages that have changed."""
    reader = Reader()
    recording = Recording(folder, reader)
    episode = task.start(seed, dict(drift.options))
    clicks: list[str] = []
    try:
        browser = episode.environment
        assert isinstance(browser, BrowserEnvironment)
        _arrange(browser, drift, clicks)
        agent = Agent(
            ReplayModel(recording, reader), browser, judge=episode.judge,
            limits=Limits(max_steps=60, max_seconds=180),
        )  # fmt: skip
        result = agent.run(episode.instruction)
    finally:
        episode.close()
    right = result.status == "verified"
    refused = not right and result.said != "success"
    return Played(right, refused, tuple(clicks), result.reason, result.timings.get("total_s", 0.0))


def _arrange(browser: BrowserEnvironment, drift: Drift, clicks: list[str]) -> None:
    """Put the scripts into every document, and load the first one anew."""
    page = browser._session.tab.page
    context = page.context

    async def prepare() -> None:
        await context.expose_function("clickedForBench", lambda sign: clicks.append(sign))
        await context.add_init_script(_CLICKED)
        if drift.script:
            await context.add_init_script(_LATER % drift.script)

    browser._thread.run(prepare())
    with suppress(Exception):
        browser.goto(page.url)
