"""Where served runs are done, as the settings say."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from agent.cli.guard import limits_of, policy_of
from agent.cli.target import Say, model_options, open_target
from agent.verifier import ZoomVerifier
from envs.base import Environment
from model.base import Model, UnknownModel
from model.family import Family
from model.registry import open_model, row_of

if TYPE_CHECKING:
    from agent.cli.settings import Settings
    from agent.serve.session import Place


def place_of(settings: Settings, say: Say) -> Place:
    """The place that the settings name. Nothing is opened yet.

    Raises:
        BadPolicy, SecretError, BadExpectation: the rules, secrets or expectations cannot be; ValueErrors all.
    """
    from agent.cli.run import expectations_of
    from agent.secrets.file import read_secrets
    from agent.serve.session import Place

    policy = policy_of(settings)
    expectations_of(settings)

    def screen(stack: ExitStack) -> Environment:
        downloads = settings.runs_dir / "downloads"
        return stack.enter_context(open_target("", settings, None, say, downloads, policy)).environment

    def model() -> tuple[Model, Family]:
        options = model_options(settings)
        opened = open_model(settings.model, options)
        row = row_of(opened, options)
        if row.grounds_only:
            raise UnknownModel(f"{opened.name}: models of the family {row.name} only ground; they cannot do tasks")
        return opened, row

    every = settings.zoom_check == "all"
    second_look = None if settings.zoom_check == "off" else lambda: ZoomVerifier(every_click=every)
    return Place(
        open_screen=screen,
        open_model=model,
        rules=policy,
        limits=limits_of(settings, policy),
        runs_dir=settings.runs_dir,
        second_look=second_look,
        report=settings.report,
        secrets=read_secrets(settings.secrets) if settings.secrets else None,
        expectations=lambda: expectations_of(settings),
    )
