"""MiniWoB++: every task page of the `miniwob` package, in our own browser, by pixels only.

How an episode is played:

* the page is opened from the package's own files; nothing is fetched from a network;
* `Math.seedrandom(seed)` before the start makes the same seed the same problem;
* the page's clock is set to `CLOCK_MS`, so that thinking time does not end an episode; the reward's decay with
  time is not counted;
* the reward panel, the click tracker and the start cover are hidden: they belong to the page's old harness. The
  instruction stays drawn at the top of the page, as the benchmark has it;
* passed means: the page says that the episode is over, and its raw reward is above 0. This is BrowserGym's
  reading; a few pages give a positive raw reward for an answer that is only nearly right;
* an episode is over when the page says so: there is no second try.

Left out by rule: whatever does not lie under `html/miniwob/`. That is the four recorded airline sites under
`html/flight/`, whose instruction is a JSON object instead of a sentence.

Needs the `bench` extra.
"""

from __future__ import annotations

import hashlib
import importlib.util
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from action_space.actions import Hover
from envs.base import EnvironmentFault
from envs.tasks.base import SetupFailed, Verdict
from envs.tasks.suites.miniwob import oracle

if TYPE_CHECKING:
    from envs.browser.config import BrowserConfig
    from envs.browser.environment import BrowserEnvironment

CLOCK_MS = 10_000_000
"""Length of an episode on the page's own clock, milliseconds: 2.8 hours."""

VIEWPORT = (500, 320)
"""CSS pixels. The task area is 160×210; lists and dialogs may hang over it."""

PIXEL_RATIO = 2.0

DEV = (
    "choose-list",
    "click-button",
    "click-checkboxes",
    "click-checkboxes-large",
    "click-collapsible",
    "click-dialog",
    "click-dialog-2",
    "click-link",
    "click-menu",
    "click-option",
    "click-shape",
    "click-tab",
    "click-tab-2-easy",
    "click-test-2",
    "click-widget",
    "email-inbox",
    "enter-password",
    "enter-text",
    "enter-text-2",
    "focus-text",
    "login-user",
    "login-user-popup",
    "navigate-tree",
    "read-table",
    "scroll-text",
    "search-engine",
    "simple-arithmetic",
    "use-autocomplete",
)
"""The tasks that may be looked at while developing. All others are held out; see `may_be_seen`."""

_START = """async ([seed, clock]) => {
  const until = async check => {
    for (let i = 0; i < 100 && !check(); i++) await new Promise(done => setTimeout(done, 50));
  };
  await until(() => core.cover_div);  // made when the page has loaded
  const style = document.createElement('style');
  style.textContent = '#reward-display, #click-canvas, #sync-task-cover { display: none !important }';
  document.head.appendChild(style);
  Math.seedrandom(seed);
  core.EPISODE_MAX_TIME = clock;
  core.startEpisodeReal();
  await until(() => WOB_TASK_READY);
  const said = core.getUtterance();
  return [WOB_TASK_READY, typeof said === 'string' ? said : said.utterance];
}"""

_READ = """() => typeof WOB_DONE_GLOBAL === 'undefined' || typeof core === 'undefined'
  ? null : [WOB_DONE_GLOBAL, WOB_RAW_REWARD_GLOBAL, String(WOB_REWARD_REASON || '')]"""


def pages() -> tuple[str, ...]:
    """Names of all task pages of the package, sorted.

    Raises:
        SetupFailed: the package is not installed.
    """
    return tuple(sorted(page.stem for page in _folder().glob("*.html")))


def held_out() -> tuple[str, ...]:
    """Names of the pages that nobody looks at while developing: all but `DEV`."""
    return tuple(name for name in pages() if name not in DEV)


def may_be_seen(name: str) -> bool:
    """Whether a held-out page may be looked at now that the first blind figure is written down.

    The hash of the name decides (even: seen), so nobody chose; the other half stays blind and tells how far rules
    that were made on the first half carry.
    """
    return hashlib.sha256(name.encode()).digest()[-1] % 2 == 0


def tasks(part: str = "all") -> list[MiniwobTask]:
    """The tasks of a part: all, dev, held-out, or a half of the last, held-out-seen or held-out-unseen.

    Raises:
        ValueError: no such part.
        SetupFailed: the package is not installed.
    """
    parts = {
        "all": pages,
        "dev": lambda: DEV,
        "held-out": held_out,
        "held-out-seen": lambda: [name for name in held_out() if may_be_seen(name)],
        "held-out-unseen": lambda: [name for name in held_out() if not may_be_seen(name)],
    }
    if part not in parts:
        raise ValueError(f"part: {part!r} is none of {', '.join(parts)}")
    return [MiniwobTask(name) for name in parts[part]()]


def _folder() -> Path:
    # The package's __init__ imports Selenium and Gymnasium; only its files are wanted.
    spec = importlib.util.find_spec("miniwob")
    if spec is None or not spec.submodule_search_locations:
        raise SetupFailed("the package `miniwob` is not installed: pip install 'gui-agent-toolkit[bench]'")
    return Path(spec.submodule_search_locations[0]) / "html" / "miniwob"


@dataclass(frozen=True)
class MiniwobTask:
    """One task page."""

    id: str
    suite: str = "miniwob"

    @property
    def tags(self) -> tuple[str, ...]:
        if self.id in DEV:
            return ("dev",)
        return ("held-out", "held-out-seen" if may_be_seen(self.id) else "held-out-unseen")

    def start(self, seed: int, options: dict[str, Any] | None = None) -> MiniwobEpisode:
        """Open the page and start its episode. `options` are fields of BrowserConfig.

        Raises:
            SetupFailed: the page does not start.
        """
        from envs.browser.config import BrowserConfig

        page = _folder() / f"{self.id}.html"
        if not page.is_file():
            raise SetupFailed(f"miniwob has no page {self.id!r}")
        config = BrowserConfig(viewport=VIEWPORT, pixel_ratio=PIXEL_RATIO)
        try:
            config = replace(config, **(options or {}))
        except TypeError as error:
            raise SetupFailed(f"options: {error}") from error
        environment = _borrow(config)
        try:
            environment.goto(page.as_uri())
            ready, instruction = environment.evaluate(_START, [seed, CLOCK_MS])
            if not ready:
                raise SetupFailed(f"{self.id}: the page was not ready after 5 s")
        except SetupFailed:
            environment.close()
            raise
        except Exception as error:
            environment.close()
            raise SetupFailed(f"{self.id}: {error}") from error
        return MiniwobEpisode(self.id, instruction, environment, config)


class MiniwobEpisode:
    """One started episode."""

    oracle_answer: str | None = None
    oracle_status = "success"

    def __init__(
        self, name: str, instruction: str, environment: BrowserEnvironment, config: BrowserConfig
    ) -> None:
        self.name, self.instruction = name, instruction
        self.environment: BrowserEnvironment = environment
        self._config = config
        self._closed = False

    def over(self) -> bool:
        """The page has ended the episode, or is gone."""
        state = self._state()
        return state is None or bool(state[0])

    def judge(self, answer: str | None = None, status: str = "success") -> Verdict:
        """The page's own reward; what the agent says does not matter."""
        state = self._state()
        if state is None:
            return Verdict(0.0, "the task page is gone")
        done, raw, why = state
        if not done:
            return Verdict(0.0, "the page has not ended the episode")
        reason = f"raw reward {raw:g}" + (f" ({why})" if why else "")
        return Verdict(1.0 if raw > 0 else 0.0, reason)

    def _state(self) -> tuple[bool, float, str] | None:
        from playwright.async_api import Error

        for _ in range(2):  # a page that is just being left loses its context once
            try:
                state = self.environment.evaluate(_READ)
            except Error:
                continue
            return None if state is None else (bool(state[0]), float(state[1]), str(state[2]))
        return None

    def cheat(self) -> None:
        """Solve it, where an oracle is written (see `oracle`); else NotImplementedError."""
        oracle.solve(self)

    def spoil(self) -> None:
        """Reach a wrong ending, where an oracle is written; else NotImplementedError."""
        oracle.spoil(self)

    def close(self) -> None:
        """Keep the browser for the next episode where it is clean, else end it. May be called twice."""
        if not self._closed:
            self._closed = True
            _give_back(self._config, self.environment)


_idle: dict[BrowserConfig, BrowserEnvironment] = {}
"""One browser waits here per configuration, for this process alone."""


def _borrow(config: BrowserConfig) -> BrowserEnvironment:
    from envs.browser.environment import BrowserEnvironment

    kept = _idle.pop(config, None)
    return kept or BrowserEnvironment(config)


def _give_back(config: BrowserConfig, environment: BrowserEnvironment) -> None:
    """Keep a browser that is as good as new: one tab, no dialog, no file chooser, no download."""
    try:
        seen = environment.observe()
        clean = len(seen.tabs) == 1 and not (seen.dialog or seen.file_chooser or seen.downloads)
        if clean:  # the pointer would still hover over the next page
            width, height = seen.screenshot.size
            environment.execute(Hover(start_point=(width - 1, height - 1)), seen)
    except EnvironmentFault:
        clean = False
    if clean and config not in _idle:
        _idle[config] = environment
    else:
        environment.close()


def close_browsers() -> None:
    """End the browsers that wait for a next episode."""
    while _idle:
        _, environment = _idle.popitem()
        with suppress(EnvironmentFault):
            environment.close()
