"""Who decides: messages in, text out. Model families, checkpoints, servers, the embedded model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from action_space.lazy import exports

if TYPE_CHECKING:
    from model.base import (
        Message,
        Model,
        ModelFault,
        ModelProtocolError,
        ModelUnavailable,
        Reply,
        Request,
        Sampling,
        Usage,
    )
    from model.families import FAMILIES
    from model.family import Family
    from model.grounding import ground
    from model.prompt import PromptContext
    from model.registry import ModelOptions, open_model
    from model.scripted import ScriptedModel

__all__ = [
    "FAMILIES",
    "Family",
    "Message",
    "Model",
    "ModelFault",
    "ModelOptions",
    "ModelProtocolError",
    "ModelUnavailable",
    "PromptContext",
    "Reply",
    "Request",
    "Sampling",
    "ScriptedModel",
    "Usage",
    "ground",
    "open_model",
]

__getattr__, __dir__ = exports(
    __name__,
    {
        "FAMILIES": "model.families",
        "Family": "model.family",
        "Message": "model.base",
        "Model": "model.base",
        "ModelFault": "model.base",
        "ModelOptions": "model.registry",
        "ModelProtocolError": "model.base",
        "ModelUnavailable": "model.base",
        "PromptContext": "model.prompt",
        "Reply": "model.base",
        "Request": "model.base",
        "Sampling": "model.base",
        "ScriptedModel": "model.scripted",
        "Usage": "model.base",
        "ground": "model.grounding",
        "open_model": "model.registry",
    },
)
