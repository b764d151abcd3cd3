"""Options of commands, made from the fields of `Settings`: what an option is stands there and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args, get_origin

import typer

from agent.cli.console import stop
from agent.cli.settings import BadSetting, Settings, about, load_settings
from agent.result import EXIT_USAGE

_PLAIN = (bool, int, float, Path)
_Config = Annotated[
    Path | None, typer.Option("--config", help="File of settings, in place of agent.toml of this folder.")
]


def _refuse(error: BadSetting, as_json: bool) -> NoReturn:
    stop(EXIT_USAGE, str(error), as_json)


def takes(
    *wanted: str, refuse: Callable[[BadSetting, bool], NoReturn] = _refuse
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Gives a command the options that it names, by group or by name, and hands it the checked `settings`.

    Args:
        wanted: groups, or names of single settings.
        refuse: ends the command where a setting is wrong.
    """
    names = [name for name in Settings.model_fields if name in wanted or about(name)["group"] in wanted]

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = [
            parameter
            for parameter in inspect.signature(command, eval_str=True).parameters.values()
            if parameter.name != "settings"
        ]

        def call(**given: Any) -> None:
            flags = {name: given.pop(name) for name in names}
            try:
                settings = load_settings(flags, given.pop("config"))
            except BadSetting as error:
                refuse(error, given.get("as_json", False))
            command(settings=settings, **given)

        keyword = inspect.Parameter.KEYWORD_ONLY
        added = [inspect.Parameter(name, keyword, default=None, annotation=_annotation(name)) for name in names]
        added.append(inspect.Parameter("config", keyword, default=None, annotation=_Config))
        ours = [parameter.replace(kind=keyword) for parameter in own]
        # `--json`, the last of a command's own, stays the last.
        everything = [*ours[:-1], *added, *ours[-1:]]
        call.__name__, call.__doc__, call.__module__ = command.__name__, command.__doc__, command.__module__
        call.__signature__ = inspect.Signature(everything)  # type: ignore[attr-defined]
        call.__annotations__ = {parameter.name: parameter.annotation for parameter in everything}
        return call

    return wrap


def _annotation(name: str) -> Any:
    field, told = Settings.model_fields[name], about(name)
    kind = told.get("cli") or _kind(field.annotation)
    flag = f"--{name.replace('_', '-')}"
    flag = told.get("flag") or (f"{flag}/--no-{flag[2:]}" if kind is bool else flag)
    shown = "x".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
    default = f" Default: {shown}." if shown not in (None, "", []) and kind is not bool else ""
    option = typer.Option(flag, help=f"{field.description}{default}", rich_help_panel=told["group"])
    return Annotated[kind | None, option]


def _kind(annotation: Any) -> Any:
    """The type on the command line: what is no plain value is written as a text, which `Settings` reads."""
    parts = [part for part in get_args(annotation) or (annotation,) if part is not type(None)]
    if get_origin(annotation) is list:
        return annotation
    lists = [part for part in parts if get_origin(part) is list]
    return lists[0] if lists else next((kind for kind in _PLAIN if parts == [kind]), str)
