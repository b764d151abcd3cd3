"""What was done before: runs, evaluations, and how a recorded run is done again."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.serve.live import LiveRun
from agent.serve.session import LiveSession, run_json
from agent.serve.watched import Watched
from agent.serve.web import is_loopback
from agent.trace.reader import Trace, read_object

if TYPE_CHECKING:
    from agent.replay.recording import Recording

REPORTS = ("report.html",)


def run_list(session: LiveSession) -> list[dict[str, Any]]:
    """Runs, the newest first: id, task, kind, state, status, steps, started."""
    live = [run.to_json() for run in reversed(session.runs.values())]
    listed = [
        {
            **{key: one[key] for key in ("run", "task", "kind", "state", "steps", "started")},
            "status": (one["result"] or {}).get("status"),
        }
        for one in live
    ]
    for folder in session.earlier():
        if folder.name not in session.runs:
            about = read_object(folder / "run.json", [])
            result = read_object(folder / "result.json", []) if (folder / "result.json").is_file() else {}
            listed.append(
                {
                    "run": folder.name,
                    "task": str(about.get("task", "")),
                    "kind": "task",
                    "state": "ended" if result else "lost",
                    "steps": result.get("steps", 0),
                    "started": about.get("started"),
                    "status": result.get("status"),
                }
            )
    return listed


def run_page(found: LiveRun | Trace) -> dict[str, Any]:
    """A run with its steps, whether it goes on or lies on disk."""
    told = run_json(found)
    if isinstance(found, LiveRun):
        steps = [event.data for event in found.feed.after() if event.kind == "step"]
    else:
        steps = [
            {
                "step": step.get("step_num"),
                "thought": step.get("thought") or "",
                "action": step.get("action"),
                "effect": (step.get("effect") or {}).get("text", ""),
                "error": (step.get("error") or {}).get("message", ""),
                "seconds": (step.get("timings") or {}).get("total_s", 0),
                "screenshot": step.get("screenshot_file"),
            }
            for step in found.steps
        ]
    return {**told, "steps_taken": steps, "has_report": (found.folder / "report.html").is_file()}


def evaluations(parent: Path) -> list[dict[str, Any]]:
    """Evaluations in a folder, by name: suite, model, episodes, share that succeeded."""
    from agent.evaluate.results import NoResults, read
    from agent.evaluate.summary import summary_of

    found = []
    with suppress(OSError):
        for path in sorted(parent.glob("*/results.sqlite")):
            try:
                run = read(path.parent)
            except NoResults:
                continue
            summary = summary_of(run)
            success = summary.get("success")
            share = success.get("value") if isinstance(success, dict) else None
            found.append(
                {
                    "name": path.parent.name,
                    "suite": str(run.config.get("suite", "")),
                    "model": str(run.config.get("model", "")),
                    "episodes": len(run.rows),
                    "success": None if run.config.get("blind") else share,
                    "has_report": (path.parent / "report.html").is_file(),
                }
            )
    return found


def replay(session: LiveSession, found: LiveRun | Trace) -> LiveRun:
    """Do a recorded run again, without a model.

    Raises:
        NotPlayable: it cannot be played.
        Busy: a run goes on.
    """
    from agent.replay.model import ReplayModel
    from agent.replay.recording import Recording
    from model.embedded.eyes.reader import Reader

    reader = Reader()
    recording = Recording(found.folder, reader)
    return session.start(
        recording.task,
        ReplayModel(recording, reader),
        kind="replay",
        begin=lambda screen: to_start(screen, recording),
    )


def to_start(screen: Watched, recording: Recording) -> None:
    """Bring a browser to where the recording begins: the same page, at the port where it is served now."""
    if screen.name != "browser" or not recording.address:
        return
    home, there = screen.config.url, recording.address
    ours, theirs = urlsplit(home), urlsplit(there)
    if is_loopback(theirs.hostname or "") and is_loopback(ours.hostname or ""):
        there = home
    screen.goto(there)
