"""Asking the user through the client, in the way that the client's protocol knows; and the replies."""

from __future__ import annotations

from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import is_version_at_least

from agent.serve.live import BadReply, LiveRun, NoSuchRequest, Reply, Request
from agent.serve.mcp.values import Answer, Yes
from agent.serve.single import LiveAct

_NO_CHANNEL = "2026-07-28"
"""From this version on a server asks by ending the call."""


async def ask(ctx: Context[Any, Any], waiting: LiveRun | LiveAct, asked: Request) -> InputRequiredResult | bool:
    """Ask the user through the client.

    Returns: what the call must end with; or True, the reply was handed on; or False, the client cannot ask, or its
        user closed the question: it stays open.
    """
    able = ctx.client_capabilities
    if able is None or able.elicitation is None or asked.kind == "pause":
        return False
    form = Answer if asked.kind == "question" else Yes
    text = asked.text + (f"\n{asked.action.to_json()}" if asked.action is not None else "")
    if is_version_at_least(ctx.protocol_version or "", _NO_CHANNEL):
        params = ElicitRequestFormParams(message=text, requested_schema=form.model_json_schema())
        return InputRequiredResult(
            input_requests={asked.id: ElicitRequest(params=params)}, request_state=waiting.id
        )
    result = await ctx.elicit(text, form)
    if result.action == "cancel":
        return False
    said: Any = result.data if result.action == "accept" else None
    _hand_on(waiting, asked.id, Reply(getattr(said, "answer", None), bool(getattr(said, "approve", False))))
    return True


def take_replies(
    ctx: Context[Any, Any],
    waiting: LiveRun | LiveAct,
    request: str | None,
    approve: bool | None,
    answer: str | None = None,
) -> None:
    """Hand on the replies that a call carries: those of the protocol, and those of its own arguments.

    Raises:
        ToolError: they answer nothing that was asked.
    """
    for key, given in (ctx.input_responses or {}).items():
        if isinstance(given, ElicitResult):
            content = (given.content or {}) if given.action == "accept" else {}
            said = content.get("answer")
            _hand_on(waiting, key, Reply(None if said is None else str(said), content.get("approve") is True))
    if approve is None and answer is None:
        return
    if request is None:
        raise ToolError("request: is missing; name the request that is answered")
    _hand_on(waiting, request.rpartition("/")[2], Reply(answer, bool(approve)))


def _hand_on(waiting: LiveRun | LiveAct, request: str, reply: Reply) -> None:
    try:
        waiting.reply(request, reply)
    except (NoSuchRequest, BadReply) as error:
        raise ToolError(str(error)) from None
