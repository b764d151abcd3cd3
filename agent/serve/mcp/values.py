"""What the tools return."""

from __future__ import annotations

import json
from typing import Any, Literal

from mcp.server.mcpserver import Image
from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from agent.rpa.query import Match
from agent.serve.live import LiveRun
from agent.serve.session import run_json
from agent.serve.watched import png
from agent.trace.reader import Trace
from envs.base import Observation


class Asked(BaseModel):
    """What a run waits for."""

    id: str = Field(description="To be handed back as `request` with the reply.")
    kind: Literal["question", "approval", "pause"]
    text: str = Field(description="What the user is asked.")
    action: dict[str, Any] | None = Field(None, description="The action that waits for a yes.")


class RunReport(BaseModel):
    """How a run stands."""

    run: str = Field(description="Id of the run: call run_task with it to go on waiting.")
    task: str
    state: str = Field(description="running, waiting (for a reply), paused, stopping, ended, or lost.")
    steps: int
    status: str | None = Field(None, description="Of an ended run: verified, claimed, unsure, blocked or failed.")
    reason: str | None = None
    answer: str | None = None
    request: Asked | None = Field(None, description="Show it to the user, and answer with another call.")
    last_steps: list[str] = []
    resources: list[str] = []


class Thing(BaseModel):
    """A thing on the screen."""

    text: str
    kind: str
    point: tuple[int, int] = Field(description="Its middle, pixels of the screenshot.")
    box: tuple[int, int, int, int] = Field(description="Left, top, right, bottom.")
    score: float
    state: list[str] = []
    value: str = ""


class FoundThings(BaseModel):
    """What was found."""

    matches: list[Thing] = Field(description="What is meant; several: it is there more than once.")
    others: list[Thing] = Field([], description="What came next, the best first.")
    note: str = ""


class Yes(BaseModel):
    """The form of an approval."""

    approve: bool = Field(description="Do it?")


class Answer(BaseModel):
    """The form of a question."""

    answer: str = Field(description="Your answer.")


def thing(match: Match) -> Thing:
    """What the eyes found."""
    left, top, right, bottom = (round(side) for side in match.box)
    return Thing(
        text=match.text,
        kind=match.kind,
        point=match.point,
        box=(left, top, right, bottom),
        score=round(match.score, 3),
        state=sorted(match.state),
        value=match.value,
    )


def steps_of(found: LiveRun | Trace) -> list[dict[str, Any]]:
    """The steps of a run: step, thought, action, effect, error."""
    if isinstance(found, LiveRun):
        keys = ("step", "thought", "action", "effect", "error")
        return [{key: event.data[key] for key in keys} for event in found.feed.after() if event.kind == "step"]
    return [
        {
            "step": step.get("step_num"),
            "thought": step.get("thought"),
            "action": step.get("action"),
            "effect": (step.get("effect") or {}).get("text", ""),
            "error": (step.get("error") or {}).get("message", ""),
        }
        for step in found.steps
    ]


def step_line(step: dict[str, Any]) -> str:
    """A step in one line."""
    action = json.dumps(step["action"], ensure_ascii=False) if step["action"] else "no valid answer"
    return f"{step['step']}. {action}: {step['error'] or step['effect'] or '–'}"


def report(found: LiveRun | Trace) -> RunReport:
    """How a run stands."""
    told = run_json(found)
    result = told["result"] or {}
    base = f"runs://{told['run']}"
    ended = told["state"] in ("ended", "lost")
    return RunReport(
        run=told["run"],
        task=told["task"],
        state=told["state"],
        steps=told["steps"],
        status=result.get("status"),
        reason=result.get("reason") or None,
        answer=result.get("answer"),
        request=Asked(**told["request"]) if told["request"] else None,
        last_steps=[step_line(step) for step in steps_of(found)[-5:]],
        resources=[base, *([f"{base}/report", f"{base}/screen/final"] if ended else [])],
    )


def shown(seen: Observation, *lines: str) -> CallToolResult:
    """The screen as a picture, with what no pixel shows."""
    about = {
        "width": seen.screenshot.width,
        "height": seen.screenshot.height,
        "url": seen.url,
        "title": seen.title,
        "dialog": f"{seen.dialog.kind}: {seen.dialog.message}" if seen.dialog else None,
        "file_chooser": seen.file_chooser or None,
        "downloads": list(seen.downloads) or None,
        "tabs": [tab.title for tab in seen.tabs] if len(seen.tabs) > 1 else None,
    }
    text = json.dumps({key: value for key, value in about.items() if value is not None}, ensure_ascii=False)
    picture = Image(data=png(seen), format="png").to_image_content()
    return CallToolResult(content=[TextContent(type="text", text="\n".join((*lines, text))), picture])
