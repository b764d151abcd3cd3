"""One run of the HTTP service, in a process of its own: `python -m agent.cli.serve.work`.

The first line of standard input is the job, further lines are commands. Standard output carries one event a line.
When standard input closes the service is gone, and so is this process soon.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

_LAST_S = 5.0
"""Seconds that a run has to stop when the service is gone."""


def main() -> None:
    """Do the job."""
    wire = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what others print is no event
    job = json.loads(sys.stdin.buffer.readline())

    from action_space import telemetry
    from agent.cli.settings import Settings
    from agent.guard.rules import GuardPolicy
    from agent.serve.live import LiveRun
    from envs.scratch import temporary_files

    telemetry.refuse()
    settings, rules = Settings(**job["settings"]), GuardPolicy(**job["policy"])
    folder = Path(job["folder"])
    run = LiveRun(
        folder.name, job["task"], folder, rules, attended=job["attended"], answer_s=job["answer_s"]
    )  # fmt: skip
    threading.Thread(target=_commands, args=(run,), daemon=True).start()
    with temporary_files("service"):
        run.start(lambda live: _play(live, settings, rules, job))
        told = 0
        while not (run.feed.ended and told == len(run.feed.after())):
            for event in run.feed.wait(told, 1.0):
                told = event.number
                wire.write(json.dumps(event.to_json(), ensure_ascii=False).encode() + b"\n")
                wire.flush()
        run.join()
    wire.close()


def _commands(run: Any) -> None:
    """Do what the service says, to its end."""
    from action_space.schema import validate
    from agent.serve.live import BadReply, NoSuchRequest, Reply

    for line in sys.stdin.buffer:
        told = json.loads(line)
        if told["do"] == "stop":
            run.stop(told["reason"])
        elif told["do"] == "reply":
            action = validate(told["action"]) if told.get("action") else None
            with suppress(NoSuchRequest, BadReply):
                run.reply(told["request"], Reply(told.get("text"), bool(told.get("yes")), action))
    run.stop("the service has gone")
    time.sleep(_LAST_S)
    os._exit(1)  # its watchdogs end what it has started


def _play(run: Any, settings: Any, rules: Any, job: dict[str, Any]) -> Any:
    from agent.cli.guard import limits_of
    from agent.cli.target import open_target
    from agent.expect.checks import Expectations
    from agent.loop import Agent
    from agent.policy import Policy
    from agent.result import RunResult
    from agent.secrets.file import read_secrets
    from agent.secrets.vault import check_task
    from agent.serve.session import reported
    from agent.verifier import ZoomVerifier
    from envs.base import EnvironmentFault
    from envs.tasks.base import SetupFailed
    from model.base import ModelFault

    look = settings.zoom_check
    try:
        with ExitStack() as opened:
            secrets = read_secrets(settings.secrets) if settings.secrets else None
            check_task(run.task, secrets)
            model, row = _model(settings)
            opened.callback(model.close)
            if job["url"]:
                settings = settings.model_copy(update={"url": "about:blank"})
            target = opened.enter_context(
                open_target(run.task, settings, None, run.say, run.folder / "downloads", rules)
            )
            if job["url"]:
                _go(target.environment, job["url"])
            agent = Agent(
                model,
                target.environment,
                limits=limits_of(settings, rules),
                rules=rules,
                review=run.review,
                confirm=run.confirm,
                ask_yes=run.ask_yes,
                ask=run.ask,
                trace_dir=run.folder,
                judge=target.judge,
                policy=Policy(
                    model,
                    family=row,
                    second_look=None if look == "off" else ZoomVerifier(every_click=look == "all"),
                ),
                secrets=secrets,
                expectations=Expectations(settings.expect),
                on_step=run.on_step,
            )
            result = agent.run(target.instruction)
    except (EnvironmentFault, SetupFailed, ModelFault, ValueError) as error:
        return RunResult("failed", "infrastructure", str(error))
    return reported(replace(result, trace=run.folder), run.folder, settings.report)


def _model(settings: Any) -> Any:
    from agent.cli.target import model_options
    from model.registry import open_model, row_of

    options = model_options(settings)
    model = open_model(settings.model, options)
    return model, row_of(model, options)


def _go(environment: Any, url: str) -> None:
    """Open an address that a client chose: unlike the operator's own it opens no way into the private network."""
    from action_space.actions import Navigate
    from envs.base import PageLoadFailed

    outcome = environment.execute(Navigate(url=url), environment.observe())
    if outcome.error is not None:
        raise PageLoadFailed(f"url: {outcome.error.message}")


if __name__ == "__main__":
    main()
