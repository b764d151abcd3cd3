"""The command line. Heavy imports stand inside the commands, so that `agent --help` is instant."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from action_space import telemetry
from agent.cli import tasks as tasks_cli
from agent.cli.console import Json, forgive_encodings, print_json, say, show_written, stop
from agent.cli.data import app as data_app
from agent.cli.evaluate import app as evaluate_app
from agent.cli.model_commands import doctor_command, ground_command, models_command
from agent.cli.options import takes
from agent.cli.replay.commands import export, replay
from agent.cli.serve.commands import mcp as mcp_command
from agent.cli.serve.commands import service as service_command
from agent.cli.serve.commands import studio as studio_command
from agent.cli.serve.skill import app as skill_app
from agent.cli.settings import Settings
from agent.cli.train import app as train_app
from agent.result import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE
from agent.text import escaped

EXIT_CODES = """\
Exit codes:\n
0    the task is done (and verified, where a check exists)\n
1    the agent did not do it\n
2    bad usage\n
3    infrastructure: no browser, model endpoint down, no place for the trace\n
130  interrupted: Ctrl-C, SIGTERM
"""

app = typer.Typer(
    help="See a screen, decide, act: GUI automation with local vision-language models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.command(epilog=EXIT_CODES)
@takes("Model", "Place", "Browser", "Desktop", "Guard", "Check", "Run")
def run(
    settings: Settings,
    task: Annotated[str, typer.Argument(help='What to do, in words: "add SU7 to wishlist".')] = "",
    task_file: Annotated[Path | None, typer.Option("--task", help="Task file with set-up and check.")] = None,
    only_plan: Annotated[
        bool, typer.Option("--plan", help="Print the goals that the embedded model reads in the task, and stop.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Do a task and show it, step by step.

    Every option may also stand in the environment (AGENT_MAX_STEPS=10) or in agent.toml (max_steps = 10);
    flags win over the environment, the environment over the file.
    """
    if not task.strip() and task_file is None:
        stop(
            EXIT_USAGE, 'task: is empty; say what is to be done, such as agent run "add SU7 to wishlist"', as_json
        )

    from agent.cli.run import RunFailed, plan_of, run_task

    if only_plan:
        try:
            goals, understood = plan_of(task, settings, task_file)
        except RunFailed as error:
            stop(error.exit_code, str(error), as_json)
        if as_json:
            print_json({"goals": goals})
        else:
            for number, goal in enumerate(goals, 1):
                said = ", ".join(f"{slot}: {value}" for slot, value in goal.items() if slot != "do")
                typer.echo(escaped(f"{number}. {goal['do']}{f' ({said})' if said else ''}"))
        raise typer.Exit(0 if understood else EXIT_USAGE)
    try:
        result = run_task(task, settings, task_file=task_file, quiet=as_json)
    except RunFailed as error:
        stop(error.exit_code, str(error), as_json, steps=0, answer=None, trace=None, report=None)
    except KeyboardInterrupt:
        stop(EXIT_INTERRUPTED, "interrupted before the first step", as_json, steps=0, answer=None, trace=None)
    if as_json:
        print_json(result.to_json())
    raise typer.Exit(result.exit_code)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Trace folder of a run.")],
    out: Annotated[Path | None, typer.Option(help="File to write. [default: RUN/report.html]")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Make one self-contained HTML file of a run."""
    from agent.report.page import build_report
    from agent.trace.writer import TraceError

    try:
        path = build_report(folder, out)
    except TraceError as error:
        stop(EXIT_USAGE, str(error), as_json)
    show_written(path, "report", open_it=open_it, as_json=as_json)


@app.command()
def schema() -> None:
    """Print the action schema (JSON Schema 2020-12)."""
    from action_space.schema import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command()
def version(as_json: Json = False) -> None:
    """Print the versions of what takes part."""
    from action_space.actions import SCHEMA_VERSION
    from agent.trace.writer import TRACE_VERSION, versions

    found = {**versions(), "action schema": str(SCHEMA_VERSION), "trace": str(TRACE_VERSION)}
    if as_json:
        print_json(found)
    else:
        say("\n".join(f"{name:20} {value}" for name, value in found.items()))


app.command("doctor")(doctor_command)
app.command("ground")(ground_command)
app.command("models")(models_command)
app.command("replay", epilog=EXIT_CODES)(replay)
app.command("export")(export)
app.command("mcp")(mcp_command)
app.command("serve")(service_command)
app.command("studio")(studio_command)
app.add_typer(skill_app, name="skill")
app.add_typer(tasks_cli.app, name="tasks")
app.add_typer(data_app, name="data")
app.add_typer(evaluate_app, name="eval")
app.add_typer(train_app, name="train")


def main() -> None:
    """Entry point of the `agent` program."""
    forgive_encodings()
    telemetry.refuse()
    # To be asked to end is as good as Ctrl-C: the run records how far it came.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        app()
    except BrokenPipeError:
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
