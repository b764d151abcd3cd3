"""The tools: single steps on the screen, and tasks in words."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from typing import Annotated, Any

import anyio.to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, TextContent
from pydantic import Field

from action_space.actions import BaseAction
from action_space.formats.base import FormatError
from action_space.schema import json_schema, validate
from agent.guard.guard import EmergencyStop
from agent.rpa.errors import ScreenError
from agent.rpa.query import Query
from agent.serve.live import LiveRun
from agent.serve.mcp.asking import ask, take_replies
from agent.serve.mcp.values import FoundThings, RunReport, report, shown, step_line, thing
from agent.serve.session import Busy, LiveSession, NoSuchRun
from agent.serve.single import LiveAct
from agent.trace.reader import Trace
from agent.trace.writer import TraceError
from envs.base import EnvironmentFault
from envs.effect import describe
from model.base import ModelFault

_LONGEST_WAIT_S = 600.0
_TICK_S = 0.5
_FAULTS = (Busy, ScreenError, EnvironmentFault, ModelFault, TraceError, FormatError, EmergencyStop, ValueError)

Text = Annotated[str, Field(description="Words on the thing, or its label.")]
Near = Annotated[str | None, Field(description="Words close by, where it is there more than once.")]
Kind = Annotated[str | None, Field(description="button, link, field, select, checkbox, icon, text …")]
Nth = Annotated[int | None, Field(description="Which one in reading order, from 1; -1 is the last.")]
Exact = Annotated[bool, Field(description="These words and no others.")]
Region = Annotated[tuple[int, int, int, int] | None, Field(description="Left, top, right, bottom in pixels.")]
Label = Annotated[str | None, Field(description="A label: what stands beside it, or in its field.")]
Table = Annotated[bool, Field(description="The largest table there: a line a row, cells parted by tabs.")]
Action = Annotated[dict[str, Any] | None, Field(description="One action, as described above.")]
Answers = Annotated[str | None, Field(description="Id of the request that this call answers.")]
Approve = Annotated[bool | None, Field(description="The user's yes or no to an approval.")]
Said = Annotated[str | None, Field(description="The user's answer to a question.")]
Task = Annotated[str | None, Field(description="What to do, in words. Begins a run.")]
Run = Annotated[str | None, Field(description="Id of a run to go on with, in place of a task.")]
Wait = Annotated[float, Field(ge=0, le=_LONGEST_WAIT_S, description="Seconds to wait before it reports.")]


def words_of_act() -> str:
    """The description of `act`: every action with its fields."""
    lines = ["Does one action on the screen and shows what came of it. `action` is one JSON object:"]
    for definition in json_schema()["$defs"].values():
        if "action" in definition.get("properties", {}):
            example = json.dumps(definition["examples"][0], ensure_ascii=False)
            fields = ", ".join(name for name in definition["properties"] if name != "action") or "–"
            lines.append(f"- {example} {definition.get('description', '').split('.')[0]}. Fields: {fields}")
    return "\n".join(lines)


class Tools:
    """The tools over one session."""

    def __init__(self, session: LiveSession) -> None:
        self._session = session
        self._acts: dict[str, LiveAct] = {}

    async def screenshot(self) -> CallToolResult:
        """Shows the screen as it is now. Points of `act` are pixels of this picture."""
        return await _in_thread(lambda: shown(self._session.screen().observe()))

    async def find(
        self, text: Text = "", near: Near = None, kind: Kind = None, nth: Nth = None, exact: Exact = False
    ) -> FoundThings:
        """Finds things on the screen by their words, as a person reads them."""

        def look() -> FoundThings:
            seen = self._session.screen().observe()
            found = self._session.finder.find(Query(text, near, kind, nth, exact=exact), seen)
            others = [thing(one) for one in found.others[:5]]
            return FoundThings(matches=[thing(one) for one in found.matches], others=others, note=found.note)

        return await _in_thread(look)

    async def read(self, near: Label = None, region: Region = None, table: Table = False) -> str:
        """Reads the text of the screen, of a region, beside a label, or a table."""

        def look() -> str:
            screen = self._session.controller()
            if table:
                return "\n".join("\t".join(row) for row in screen.read_table(region))
            return screen.read(region, near=near)

        return await _in_thread(look)

    async def act(
        self, ctx: Context[Any, Any], action: Action = None, request: Answers = None, approve: Approve = None
    ) -> CallToolResult | InputRequiredResult:
        """See `words_of_act`."""
        if (id := ctx.request_state or (request or "").partition("/")[0]) or action is None:
            if id not in self._acts:
                raise ToolError(f"request: {id!r} was answered already, or never made; action: give one to begin")
            act = self._acts[id]
        else:
            act = await _in_thread(lambda: self._begun(validate(action)))
        take_replies(ctx, act, request, approve)
        while True:
            while not await anyio.to_thread.run_sync(act.settled, _TICK_S, abandon_on_cancel=True):
                pass
            if (asked := act.request) is None:
                break
            needed = await ask(ctx, act, asked)
            if isinstance(needed, InputRequiredResult):
                return needed
            if not needed:
                waiting = {"state": "waiting", "request": {**asked.to_json(), "id": f"{act.id}/{asked.id}"}}
                return CallToolResult(content=[TextContent(type="text", text=json.dumps(waiting))])
        self._acts.pop(act.id, None)
        return await _in_thread(lambda: _came_of(act))

    async def run_task(
        self,
        ctx: Context[Any, Any],
        task: Task = None,
        run: Run = None,
        request: Answers = None,
        approve: Approve = None,
        answer: Said = None,
        wait_s: Wait = 45.0,
    ) -> RunReport | InputRequiredResult:
        """Has the agent do a task on the screen.

        Returns when it has ended, needs the user, or `wait_s` seconds are over. A run goes on by itself: call
        again with its id (`run`) to wait on, and with `request` and `approve` or `answer` to reply. An ended run
        is `verified` or `claimed` where it was done; an agent's own claim is no proof.
        """
        found: LiveRun | Trace
        if (id := ctx.request_state or run) is not None:
            found = self._found(id)
        elif task is not None:
            found = await _in_thread(lambda: self._session.start(task))
        else:
            raise ToolError("task: is missing; say what is to be done, or give the id of a run")
        if isinstance(found, Trace):
            return report(found)
        take_replies(ctx, found, request, approve, answer)
        return await self._follow(ctx, found, wait_s)

    async def _follow(
        self, ctx: Context[Any, Any], run: LiveRun, wait_s: float
    ) -> RunReport | InputRequiredResult:
        deadline = time.monotonic() + wait_s
        told = len(run.feed.after()) if run.steps else 0
        while True:
            for event in await anyio.to_thread.run_sync(run.feed.wait, told, _TICK_S, abandon_on_cancel=True):
                told = event.number
                if event.kind == "step":
                    most = self._session.place.limits.max_steps
                    await ctx.report_progress(event.data["step"], most, step_line(event.data))
            if run.state == "ended":
                return report(run)
            if (asked := run.request) is not None:
                needed = await ask(ctx, run, asked)
                if isinstance(needed, InputRequiredResult):
                    return needed
                if not needed:
                    return report(run)
            if time.monotonic() >= deadline:
                return report(run)

    async def stop_run(self, run: Annotated[str, Field(description="Id of the run.")]) -> RunReport:
        """Stops a run. What it has done stays done."""
        found = self._found(run)
        if isinstance(found, LiveRun):
            found.stop("stopped by the client")
            await anyio.to_thread.run_sync(found.join, 30.0, abandon_on_cancel=True)
        return report(found)

    def _found(self, run: str) -> LiveRun | Trace:
        try:
            return self._session.find(run)
        except NoSuchRun as error:
            raise ToolError(str(error)) from None

    def _begun(self, action: BaseAction) -> LiveAct:
        self._session.free()
        act = LiveAct(secrets.token_hex(4), action)
        self._acts[act.id] = act
        act.start(lambda ask: self._session.act(action, ask))
        return act


async def _in_thread(work: Callable[[], Any]) -> Any:
    """Blocking work; what is wrong with it is told to the client."""
    try:
        return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
    except _FAULTS as error:
        raise ToolError(str(error) or type(error).__name__) from error


def _came_of(act: LiveAct) -> CallToolResult:
    outcome = act.outcome()
    return shown(outcome.observation, describe(outcome.effect) or "nothing changed")
