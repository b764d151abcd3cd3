"""Robot Framework library over the RPA controller: `Library    agent.robot` (docs/robot.md)."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from robot.api.deco import keyword, library

from agent import __version__
from agent.robot import log
from agent.robot.base import with_picture
from agent.robot.checks import Checks
from agent.robot.screens import Screens
from agent.robot.verbs import Verbs

__all__ = ["AgentLibrary"]
_ENOUGH = {"verified": ("verified",), "claimed": ("verified", "claimed")}


@library(scope="SUITE", version=__version__, doc_format="ROBOT")
class AgentLibrary(Screens, Verbs, Checks):
    """Tests and robots that go by what a person sees: words, labels and pictures on the screen.

    No selectors, so the same keywords serve a browser, a private display, your own desktop and a remote
    machine. Where a task is easier said than scripted, `Run Agent` does it in the same session.

    | *** Settings ***
    | Library    agent.robot    timeout=10s
    |
    | *** Test Cases ***
    | A record is kept
    |     Open Browser At    https://example.com/people
    |     Type Into      Name       Ada
    |     Choose         Country    Norway
    |     Tick           Weekly newsletter
    |     Click On       Save
    |     Should See     Record of Ada kept
    |     Run Agent      show the record of Ada

    = Which one is meant =

    Keywords that name a thing take its words, and these named arguments:

    | =Argument= | =Meaning= |
    | ``near=Alan Turing`` | of several the one that is clearly nearest to these words |
    | ``kind=button`` | button, link, field, select, checkbox, radio, switch, tab, slider, icon, image or text |
    | ``nth=2`` | the second in reading order; -1 is the last |
    | ``region=0,0,640,400`` | its middle lies there: left, top, right, bottom in pixels of the screenshot |
    | ``image=save.png`` | it looks like this picture, from half to double its size; in place of the words |
    | ``exact=True`` | these words and no others |

    What is on the screen more than once is never guessed at: the keyword fails and shows all places.

    = Waiting =

    Keywords look anew every time, and wait until the thing is there: as long as their own ``timeout`` says, or
    that of the library. There is no need for sleeping.

    = Pictures =

    Whenever a keyword fails, the screen with its candidates marked is embedded in ``log.html``. So is the screen
    when a test fails for another reason. The pictures lie in ``screens`` in the output directory.

    = Rules =

    ``policy`` names a file of rules (sites, actions, limits) that hold for all keywords, `Run Agent` too. Before
    paying, sending, deleting and the like `Run Agent` refuses what the task does not ask for.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(
        self,
        timeout: timedelta = timedelta(seconds=10),
        model: str = "embedded",
        base_url: str | None = None,
        policy: Path | None = None,
    ) -> None:
        """Settings of the library.

        | =Argument= | =Meaning= |
        | ``timeout`` | how long keywords wait |
        | ``model`` | who decides in `Run Agent`: embedded, a checkpoint, or a name at ``base_url`` |
        | ``base_url`` | an OpenAI-compatible endpoint, such as http://host/v1 |
        | ``policy`` | file of rules, TOML or JSON |
        """
        from agent.guard.rules import GuardPolicy, read_policy

        super().__init__(timeout, read_policy(policy) if policy else GuardPolicy())
        self.ROBOT_LIBRARY_LISTENER = self
        self._model_name, self._base_url = model, base_url
        self._model: Any = None

    @keyword(tags=["agent"])
    @with_picture
    def run_agent(
        self,
        task: str,
        *,
        must: Literal["claimed", "verified", "any"] = "claimed",
        max_steps: int = 40,
        max_time: timedelta = timedelta(minutes=15),
    ) -> Any:
        """Has the agent do a task in words on this screen. Every step is in the log, with its picture.

        Fails unless the agent says that it is done. Its own word is no proof: check with `Should See`. With
        ``must=any`` it never fails; look at what is returned.

        | ${result} = | `Run Agent` | add SU7 to wishlist |
        | Log | ${result.status} ${result.answer} ${result.steps} |
        """
        from agent.guard.confirm import Confirmation
        from agent.guard.limits import Limits
        from agent.guard.risk import RiskJudge
        from agent.loop import Agent
        from agent.report.page import build_report
        from agent.trace.writer import new_folder

        folder = new_folder(log.output_folder() / "runs", task)
        mode = self._rules.confirm or "risky"
        agent = Agent(
            self._opened_model(),
            self._screen.environment,
            limits=Limits(max_steps, max_time.total_seconds()),
            rules=self._rules,
            confirm=None if mode == "never" else Confirmation(mode, RiskJudge(task)),
            trace_dir=folder,
            on_step=lambda step: log.step(step, folder),
        )
        result = agent.run(task)
        log.link(build_report(folder), "The report of this run")
        if must != "any" and result.status not in _ENOUGH[must]:
            raise AssertionError(f"{task}: {result.status}: {result.reason or result.cause}")
        return result

    def _opened_model(self) -> Any:
        if self._model is None:
            from model.registry import ModelOptions, open_model

            self._model = open_model(self._model_name, ModelOptions(base_url=self._base_url))
        return self._model

    # -- listener ---------------------------------------------------------------------------------------------

    def start_test(self, data: Any, result: Any) -> None:
        """A new test has no failure yet."""
        self._failure_is_shown = False

    def end_test(self, data: Any, result: Any) -> None:
        """A picture for a test that failed for another reason than one of these keywords."""
        if result.failed and not self._failure_is_shown and self._screens:
            self._show_failure(None)

    def close(self) -> None:
        """The suite is over."""
        with ExitStack() as closing:
            if self._model is not None:
                closing.callback(self._model.close)
            for opened in self._screens.values():
                closing.push(opened.closing)
            self._screens, self._current, self._model = {}, "", None
