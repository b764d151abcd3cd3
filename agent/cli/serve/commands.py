"""`agent mcp`, `agent serve`, `agent studio`."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.console import stop
from agent.cli.options import takes
from agent.cli.settings import Settings
from agent.result import EXIT_INFRASTRUCTURE, EXIT_USAGE
from agent.text import printable

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0: any that is free.")]
Host = Annotated[
    str, typer.Option("--host", help="Address to listen at; others than loopback are open to others.")
]
Names = Annotated[
    list[str], typer.Option("--allow-host", help="A further name under which it may be addressed; again for more.")
]
Token = Annotated[
    str,
    typer.Option(
        "--token",
        envvar="AGENT_SERVE_TOKEN",
        show_envvar=True,
        help="Token of all clients. Absent: a new one is printed.",
    ),
]


def _tell(line: str) -> None:
    """A line on standard error: standard output belongs to the protocol."""
    typer.echo(printable(line), err=True)


def _missing(error: ImportError) -> None:
    stop(EXIT_USAGE, f"{error.name or error} is not installed: pip install 'gui-agent-toolkit[serve]'")


@takes("Model", "Place", "Browser", "Desktop", "Guard", "Run")
def mcp(
    settings: Settings,
    http: Annotated[
        bool, typer.Option("--http", help="Serve on HTTP, in place of standard input and output.")
    ] = False,
    host: Host = "127.0.0.1",
    port: Port = 8765,
    names: Names = [],  # noqa: B006  typer reads it
    token: Token = "",
) -> None:
    """Serve a screen and its agent over MCP (Model Context Protocol), docs/mcp.md."""
    import asyncio

    from agent.cli.serve.place import place_of
    from agent.serve.session import LiveSession
    from agent.serve.web import CannotServe, listen, new_token, serve
    from envs.scratch import temporary_files

    try:
        from agent.serve.mcp.server import PATH, http_app, mcp_server
    except ImportError as error:
        _missing(error)
    try:
        session = LiveSession(place_of(settings, _tell))
    except ValueError as error:  # rules, secrets or expectations
        stop(EXIT_USAGE, str(error))
    try:
        with temporary_files("mcp"):
            if not http:
                asyncio.run(mcp_server(session).run_stdio_async())
                return
            opened = listen(host, port)
            given = token or new_token()
            at = f"http://{host}:{opened.getsockname()[1]}{PATH}"
            _tell(f"MCP at {at}" + ("" if token else f"\ntoken {given}"))
            asyncio.run(serve(http_app(session, given, names), opened))
    except CannotServe as error:
        stop(EXIT_INFRASTRUCTURE, str(error))
    except KeyboardInterrupt:
        pass  # asked to end
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending already
        session.close()


@takes("Model", "Place", "Browser", "Desktop", "Guard", "Run")
def service(
    settings: Settings,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Runs at a time, a process each.")] = 2,
    queue: Annotated[int, typer.Option("--queue", min=1, help="Runs that may wait.")] = 1000,
    data: Annotated[
        Path,
        typer.Option("--data", help="Folder of the queue and the runs; a service that is started again goes on."),
    ] = Path("service"),
    host: Host = "127.0.0.1",
    port: Port = 8080,
    names: Names = [],  # noqa: B006  typer reads it
    token: Token = "",
) -> None:
    """Serve runs over HTTP: a queue, workers, events, artifacts; docs/service.md."""
    import asyncio

    from agent.cli.serve.service import CannotStart
    from agent.cli.serve.service import service as started
    from agent.serve.web import CannotServe, listen, new_token, serve

    try:
        opened = listen(host, port)
        given = token or new_token()
        address = f"http://{host}:{opened.getsockname()[1]}"
        with started(settings, data, workers, queue, given, names, address) as app:
            told = f"serving at {address}" + ("" if token else f"\ntoken {given}")
            asyncio.run(serve(app, opened, lambda: _tell(told)))
    except ImportError as error:
        _missing(error)
    except (CannotServe, CannotStart) as error:
        stop(EXIT_INFRASTRUCTURE if isinstance(error, CannotServe) else EXIT_USAGE, str(error))
    except ValueError as error:  # rules, secrets or expectations
        stop(EXIT_USAGE, str(error))
    except KeyboardInterrupt:
        pass  # asked to end


@takes("Model", "Place", "Browser", "Desktop", "Guard", "Run")
def studio(
    settings: Settings,
    task: Annotated[str, typer.Argument(help="A task to begin with.")] = "",
    port: Port = 8770,
    show: Annotated[bool, typer.Option("--open/--no-open", help="Show the page in your browser.")] = True,
    token: Token = "",
) -> None:
    """Open the studio: a local page with the live screen, where you give tasks and lend a hand; docs/studio.md."""
    import asyncio
    import threading
    from contextlib import suppress

    from agent.cli.serve.place import place_of
    from agent.serve.session import LiveSession
    from agent.serve.web import CannotServe, Gate, listen, new_token, serve
    from agent.text import hide
    from envs.base import EnvironmentFault
    from envs.scratch import temporary_files
    from model.base import ModelFault

    try:
        from agent.serve.studio.app import is_open, studio_app

        session = LiveSession(place_of(settings, _tell))
        opened = listen("127.0.0.1", port)
    except ImportError as error:
        _missing(error)
    except ValueError as error:  # rules, secrets or expectations
        stop(EXIT_USAGE, str(error))
    except CannotServe as error:
        stop(EXIT_INFRASTRUCTURE, str(error))
    given = token or new_token()
    hide(given)
    where = settings.url or settings.machine or ("the demo store" if settings.env == "browser" else "a desktop")
    about = {"model": settings.model, "place": str(where)}
    address = f"http://127.0.0.1:{opened.getsockname()[1]}/"

    def warm() -> None:
        """Screen and model are there when they are first needed."""
        with suppress(EnvironmentFault, ModelFault, RuntimeError):  # the page says it when they are needed
            session.screen().observe()
            session.model()

    def started() -> None:
        link = f"{address}#token={given}"
        _tell(f"studio at {address if token else link}")
        if task.strip():
            session.start(task)
        if show:
            typer.launch(link)

    try:
        with temporary_files("studio"):
            threading.Thread(target=warm, name="warm", daemon=True).start()
            asyncio.run(serve(Gate(studio_app(session, given, about), given, open_paths=is_open), opened, started))
    except KeyboardInterrupt:
        pass  # asked to end
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending already
        session.close()
