"""From a name to a model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model import profile
from model.base import Model, UnknownModel
from model.families import FAMILIES, row_named
from model.family import Family

NAMES = {
    "embedded": "reads the screen with OCR and rules; no download, runs on a laptop's CPU",
    "FOLDER": "a checkpoint on this machine",
    "OWNER/NAME": "a checkpoint by its hub id",
    "scripted:FILE": "says one line of FILE after the other; for tests and replays",
}
"""What `--model` takes without an endpoint, and what it is. Short names stand in `model.local.hub.SHORT_NAMES`."""


@dataclass(frozen=True)
class ModelOptions:
    """How to open a model. Everything but the endpoint is for weights in this process.

    Attributes:
        base_url, api_key: OpenAI-compatible endpoint that serves the name, and its key.
        family: row of `model.families`; None: told from the name.
        device, dtype, quantize, adapter: see `model.local.LocalModel`.
        download: fetch weights that are not on disk.
        cache, constrained: see `model.local.LocalModel`.
        profile: use what `agent doctor --save` remembered about the model.
        thinking: switch its thinking on or off; None: as the family has it.
        max_tokens: longest answer, thinking included; None: as the family has it.
        timeout_s: seconds that one answer of an endpoint may take; None: ten minutes.
        extra_body: further fields of every request to an endpoint, such as
            {"chat_template_kwargs": {"enable_thinking": false}}.
    """

    base_url: str | None = None
    api_key: str | None = None
    family: str | None = None
    device: str | None = None
    dtype: str | None = None
    quantize: str | None = None
    adapter: Path | None = None
    download: bool = False
    cache: bool = True
    constrained: bool = True
    profile: bool = True
    thinking: bool | None = None
    max_tokens: int | None = None
    timeout_s: float | None = None
    extra_body: dict[str, Any] | None = None


def row_of(model: Model, options: ModelOptions | None = None) -> Family:
    """The row of the model's family, with what its profile and the options change.

    A model in this process is always held to the schema of its family's wire format, where that is JSON.

    Raises:
        UnknownModel: its thinking cannot be switched.
    """
    options = options or ModelOptions()
    row = FAMILIES[model.family]
    if getattr(model, "holds_schema", False):
        row = replace(row, constrained=True)
    if options.max_tokens is not None:
        row = replace(row, sampling=replace(row.sampling, max_tokens=options.max_tokens))
    known = profile.find(model.name, options.base_url) if options.profile else None
    try:
        return (known.apply(row) if known else row).with_thinking(options.thinking)
    except ValueError as error:
        raise UnknownModel(str(error)) from error


def open_model(name: str, options: ModelOptions | None = None) -> Model:
    """The model of that name, ready to answer.

    Args:
        name: a key of `NAMES`, a short name, or with `base_url` the name under which the endpoint serves it.

    Raises:
        UnknownModel: there is none, or no such family.
        BadModelOption: address, key or an extra field of the endpoint cannot be used.
        ModelUnavailable: there is one, but it cannot be loaded here.
    """
    from model.local import hub

    options = options or ModelOptions()
    row_named(options.family, name)
    if options.base_url is not None:
        from model.servers.openai import TIMEOUT_S, ServerModel

        known = profile.find(name, options.base_url) if options.profile else None
        return ServerModel(
            name,
            options.base_url,
            api_key=options.api_key,
            family=row_named(options.family, name).name,
            timeout_s=TIMEOUT_S if options.timeout_s is None else options.timeout_s,
            schema_parameter=known.schema_parameter if known else "",
            extra_body=options.extra_body,
        )
    if name == "embedded":
        from model.embedded.model import EmbeddedModel

        return EmbeddedModel()
    if name.startswith("scripted:"):
        from model.scripted import ScriptedModel

        return ScriptedModel.from_file(Path(name.removeprefix("scripted:")))
    if hub.is_local(name):
        from model.local.model import LocalModel

        hub_id = hub.SHORT_NAMES.get(name, name)
        return LocalModel(
            hub.locate(name, download=options.download),
            family=row_named(options.family, hub_id).name,
            name=name,
            device=options.device,
            dtype=options.dtype,
            quantize=options.quantize,
            adapter=options.adapter,
            cache=options.cache,
            constrained=options.constrained,
        )
    accepted = ", ".join((*NAMES, *hub.SHORT_NAMES))
    raise UnknownModel(
        f"model: {name!r} is not known; accepted: {accepted}; or a name at an endpoint, with --base-url"
    )
