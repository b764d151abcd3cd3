"""The command line. Heavy imports stand inside the commands, so that `agent --help` is instant."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from agent import tasks_cli
from agent.evaluate_cli import app as evaluate_app
from agent.model_cli import (
    ApiKey,
    BaseUrl,
    Device,
    FamilyName,
    Json,
    Quantize,
    doctor_command,
    ground_command,
    models_command,
)
from agent.result import EXIT_FAILED, EXIT_INFRASTRUCTURE, EXIT_INTERRUPTED, EXIT_USAGE

EXIT_CODES = """\
Exit codes:\n
0    the task is done (and verified, where a check exists)\n
1    the agent did not do it\n
2    bad usage\n
3    infrastructure: no browser, model endpoint down, no place for the trace\n
130  interrupted
"""

app = typer.Typer(
    help="See a screen, decide, act: GUI automation with local vision-language models.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)


@app.command(epilog=EXIT_CODES)
def run(
    task: Annotated[str, typer.Argument(help='What to do, in words: "add SU7 to wishlist".')] = "",
    url: Annotated[str | None, typer.Option(help="Page to start on. Absent: the bundled demo store.")] = None,
    task_file: Annotated[Path | None, typer.Option("--task", help="Task file with set-up and check.")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="'embedded' (default), a checkpoint's folder or hub id, or a name at --base-url."),
    ] = None,
    base_url: BaseUrl = None,
    api_key: ApiKey = None,
    family: FamilyName = None,
    device: Device = None,
    dtype: Annotated[str | None, typer.Option(help="bfloat16, float16 or float32.")] = None,
    quantize: Quantize = None,
    adapter: Annotated[Path | None, typer.Option(help="Folder of a LoRA adapter.")] = None,
    download: Annotated[
        bool | None, typer.Option("--download/--no-download", help="Fetch weights that are not on disk.")
    ] = None,
    think: Annotated[
        bool | None, typer.Option("--think/--no-think", help="Switch the model's thinking, where it can be.")
    ] = None,
    zoom_check: Annotated[
        bool | None,
        typer.Option("--zoom-check/--no-zoom-check", help="Look twice, close up, before every click."),
    ] = None,
    env: Annotated[str | None, typer.Option(help="browser (default), desktop or remote.")] = None,
    private_display: Annotated[
        bool | None, typer.Option("--private-display", help="A desktop of its own, though there is a screen.")
    ] = None,
    monitor: Annotated[int | None, typer.Option(help="Monitor, from 1. [default: all of them as one]")] = None,
    view: Annotated[bool | None, typer.Option("--view", help="Show the private display through VNC.")] = None,
    machine: Annotated[str | None, typer.Option(help="Remote OSWorld machine, http://host:5000.")] = None,
    headed: Annotated[bool | None, typer.Option("--headed/--headless", help="Show the browser.")] = None,
    viewport: Annotated[
        str | None, typer.Option(help="WIDTHxHEIGHT of the page, or private display. [default: 1280x800]")
    ] = None,
    pixel_ratio: Annotated[float | None, typer.Option(help="Device pixel ratio. [default: 1]")] = None,
    storage_state: Annotated[Path | None, typer.Option(help="Playwright storage state to start from.")] = None,
    user_data_dir: Annotated[Path | None, typer.Option(help="Browser profile folder to use.")] = None,
    cdp_url: Annotated[str | None, typer.Option(help="Attach to a running browser, http://host:9222.")] = None,
    browser: Annotated[Path | None, typer.Option(help="Browser program. Absent: the first that is found.")] = None,
    install: Annotated[
        bool | None, typer.Option("--install/--no-install", help="Install a browser where there is none.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the demo store. [default: 0]")] = None,
    max_steps: Annotated[int | None, typer.Option(help="Step limit. [default: 40]")] = None,
    max_seconds: Annotated[float | None, typer.Option(help="Time limit, seconds. [default: 900]")] = None,
    runs_dir: Annotated[
        Path | None, typer.Option("--runs-dir", help="Parent of the trace folders. [default: runs]")
    ] = None,
    report: Annotated[bool | None, typer.Option("--report/--no-report", help="Write the HTML report.")] = None,
    as_json: Json = False,
) -> None:
    """Do a task and show it, step by step.

    Every option may also stand in the environment (AGENT_MAX_STEPS=10) or in agent.toml (max_steps = 10);
    flags win over the environment, the environment over the file.
    """
    from agent.config import BadSetting, load_settings

    flags: dict[str, Any] = {
        "url": url, "model": model, "base_url": base_url, "api_key": api_key, "family": family,
        "device": device, "dtype": dtype, "quantize": quantize, "adapter": adapter, "download": download,
        "env": env, "private_display": private_display, "monitor": monitor, "view": view, "machine": machine,
        "think": think, "zoom_check": zoom_check, "headed": headed,
        "viewport": viewport, "pixel_ratio": pixel_ratio, "storage_state": storage_state,
        "user_data_dir": user_data_dir, "cdp_url": cdp_url, "browser": browser, "install": install,
        "seed": seed, "max_steps": max_steps, "max_seconds": max_seconds, "runs_dir": runs_dir, "report": report,
    }  # fmt: skip
    try:
        settings = load_settings(flags)
    except BadSetting as error:
        _stop(EXIT_USAGE, str(error), as_json)
    if not task.strip() and task_file is None:
        _stop(
            EXIT_USAGE, 'task: is empty; say what is to be done, such as agent run "add SU7 to wishlist"', as_json
        )

    from agent.run import RunFailed, run_task

    try:
        result = run_task(task, settings, task_file=task_file, quiet=as_json)
    except RunFailed as error:
        _stop(error.exit_code, str(error), as_json, trace=error.trace)
    except KeyboardInterrupt:
        _stop(EXIT_INTERRUPTED, "interrupted before the first step", as_json)
    if as_json:
        typer.echo(json.dumps(result.to_json(), ensure_ascii=False))
    raise typer.Exit(result.exit_code)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="Trace folder of a run.")],
    out: Annotated[Path | None, typer.Option(help="File to write. [default: RUN/report.html]")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    as_json: Json = False,
) -> None:
    """Make one self-contained HTML file of a run."""
    from agent.report import build_report
    from agent.trace import TraceError

    try:
        path = build_report(folder, out)
    except TraceError as error:
        _stop(EXIT_USAGE, str(error), as_json)
    typer.echo(json.dumps({"report": str(path)}) if as_json else str(path))
    if open_it:
        typer.launch(str(path))


@app.command()
def schema() -> None:
    """Print the action schema (JSON Schema 2020-12)."""
    from action_space.schema import json_schema

    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command()
def version(as_json: Json = False) -> None:
    """Print the versions of what takes part."""
    from action_space.actions import SCHEMA_VERSION
    from agent.trace import TRACE_VERSION, versions

    found = {**versions(), "action schema": str(SCHEMA_VERSION), "trace": str(TRACE_VERSION)}
    if as_json:
        typer.echo(json.dumps(found))
    else:
        for name, value in found.items():
            typer.echo(f"{name:20} {value}")


app.command("doctor")(doctor_command)
app.command("ground")(ground_command)
app.command("models")(models_command)
app.add_typer(tasks_cli.app, name="tasks")
app.add_typer(evaluate_app, name="eval")


def _stop(code: int, message: str, as_json: bool, trace: Path | None = None) -> NoReturn:
    """End with a message on standard error, and with the JSON object where a machine reads."""
    if as_json:
        cause = {EXIT_USAGE: "usage", EXIT_INFRASTRUCTURE: "infrastructure", EXIT_INTERRUPTED: "interrupted"}
        data = {
            "status": "failed",
            "cause": cause.get(code, "failed"),
            "reason": message,
            "steps": 0,
            "answer": None,
            "trace": str(trace) if trace else None,
            "report": None,
            "exit_code": code,
        }
        typer.echo(json.dumps(data, ensure_ascii=False))
    else:
        typer.secho(message, fg="red", err=True)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of the `agent` program."""
    try:
        app()
    except BrokenPipeError:
        sys.exit(EXIT_FAILED)


if __name__ == "__main__":
    main()
