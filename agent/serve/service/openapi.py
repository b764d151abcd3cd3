"""The OpenAPI 3.1 document of the service."""

from __future__ import annotations

from typing import Any

from action_space.schema import json_schema
from agent import __version__
from agent.serve.service.job import Job

_TEXT, _WHOLE, _REAL = {"type": "string"}, {"type": "integer"}, {"type": "number"}
_RUN = {
    "type": "object",
    "required": ["id", "state", "task", "created"],
    "properties": {
        "id": _TEXT,
        "state": {"enum": ["queued", "running", "ended"]},
        "task": _TEXT,
        "job": {"type": "object"},
        "attempt": _WHOLE,
        "created": {**_REAL, "description": "Seconds since the epoch."},
        "started": {"type": ["number", "null"]},
        "ended": {"type": ["number", "null"]},
        "request": {
            "type": ["object", "null"],
            "description": "What it waits for.",
            "properties": {
                "id": _TEXT,
                "kind": {"enum": ["question", "approval"]},
                "text": _TEXT,
                "action": {"type": ["object", "null"]},
            },
        },
        "result": {
            "type": ["object", "null"],
            "description": "How it ended: what `agent run --json` prints.",
            "properties": {
                "status": {"enum": ["verified", "claimed", "unsure", "blocked", "failed"]},
                "cause": _TEXT,
                "reason": _TEXT,
                "answer": {"type": ["string", "null"]},
                "steps": _WHOLE,
            },
        },
    },
}
_ERROR = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": _TEXT, "message": _TEXT, "field": _TEXT},
        }
    },
}
_REPLY = {
    "type": "object",
    "required": ["request"],
    "properties": {
        "request": {**_TEXT, "description": "Id of the request."},
        "answer": {**_TEXT, "description": "To a question."},
        "approve": {"type": "boolean", "description": "To an approval."},
        "action": {"description": "An action to do in place of the one that waits.", "type": "object"},
    },
}
_ERRORS = {
    "401": "The token is missing or wrong (unauthorized).",
    "403": "The request comes from another site (cross_site).",
    "413": "The body is too large (too_large).",
    "421": "Another host is named (wrong_host).",
}


def document(address: str) -> dict[str, Any]:
    """The document.

    Args:
        address: where the service is.
    """
    job = Job.model_json_schema(ref_template="#/components/schemas/{model}")
    run, many = _ref("Run"), {"type": "object", "properties": {"runs": {"type": "array", "items": _ref("Run")}}}
    id_, events = _parameter("id", "path", _TEXT), {"text/event-stream": {"schema": _TEXT}}
    key = _parameter("Idempotency-Key", "header", _TEXT, "The same key and job give the same run again.")
    paths = {
        "/runs": {
            "post": _call("Queue a run.", {"201": ("Queued.", run), "200": ("The run of this key.", run)}, [key],
                          _ref("Job"), {"409": "The key belongs to another job (key_taken).",
                                        "422": "The job cannot be (invalid).",
                                        "429": "Too many runs wait (queue_full)."}),
            "get": _call("Runs, the newest first.", {"200": ("Runs.", many)}, [
                _parameter("state", "query", {"enum": ["queued", "running", "ended"]}),
                _parameter("limit", "query", {"type": "integer", "minimum": 1, "maximum": 1000}),
                _parameter("before", "query", _WHOLE, "`next` of the page before."),
            ], more={"422": "A parameter cannot be (invalid)."}),
        },
        "/runs/{id}": {"get": _call("A run.", {"200": ("The run.", run)}, [id_], more=_missing())},
        "/runs/{id}/events": {
            "get": _call("What happens, as server-sent events, from the first event to the end.",
                         {"200": ("Events: begin, state, say, step, request, reply, end.", events)},
                         [id_, _parameter("Last-Event-ID", "header", _WHOLE, "Go on behind this event.")],
                         more=_missing())
        },
        "/runs/{id}/cancel": {"post": _call("End a run.", {"200": ("The run.", run)}, [id_], more=_missing())},
        "/runs/{id}/replies": {
            "post": _call("Answer what a run waits for.", {"200": ("The run.", run)}, [id_], _ref("Reply"), {
                **_missing(), "409": "It was answered already (no_such_request).", "422": "It is none (invalid)."})
        },
        "/runs/{id}/artifacts": {
            "get": _call("Files of a run: report, screenshots, trace, downloads.",
                         {"200": ("Names and sizes.", {"type": "object"})}, [id_], more=_missing())
        },
        "/runs/{id}/artifacts/{path}": {
            "get": _call("One of them.", {"200": ("The file.", {"application/octet-stream": {"schema": _TEXT}})},
                         [id_, _parameter("path", "path", _TEXT)], more=_missing())
        },
        "/status": {"get": _call("How busy it is.", {"200": ("Counts.", {"type": "object"})})},
        "/health": {"get": {"summary": "Whether it is there.", "security": [],
                            "responses": {"200": {"description": "It is."}}}},
    }  # fmt: skip
    schemas = {"Run": _RUN, "Error": _ERROR, "Reply": _REPLY, "Job": job}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "GUI agent toolkit",
            "version": __version__,
            "description": "Runs of an agent that uses a screen. Actions: " + json_schema()["$id"],
        },
        "servers": [{"url": address}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _missing() -> dict[str, str]:
    return {"404": "There is no such run or file (not_found)."}


def _parameter(name: str, place: str, schema: dict[str, Any], about: str = "") -> dict[str, Any]:
    found = {"name": name, "in": place, "required": place == "path", "schema": schema}
    return {**found, "description": about} if about else found


def _call(
    summary: str,
    good: dict[str, tuple[str, dict[str, Any]]],
    parameters: list[dict[str, Any]] | None = None,
    body: dict[str, Any] | None = None,
    more: dict[str, str] | None = None,
) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for code, (about, schema) in good.items():
        media = schema if any("/" in key for key in schema) else {"application/json": {"schema": schema}}
        responses[code] = {"description": about, "content": media}
    for code, about in sorted({**_ERRORS, **(more or {})}.items()):
        responses[code] = {"description": about, "content": {"application/json": {"schema": _ref("Error")}}}
    made: dict[str, Any] = {"summary": summary, "parameters": parameters or [], "responses": responses}
    if body is not None:
        made["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return made
