"""The service as an ASGI application."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from action_space.formats.base import FormatError
from action_space.schema import validate
from agent.files import read_file
from agent.guard.rules import GuardPolicy
from agent.serve.live import NoSuchRequest
from agent.serve.service.job import BadJob, Job, read_job
from agent.serve.service.openapi import document
from agent.serve.service.pool import Pool
from agent.serve.service.store import KeyTaken, QueueFull, Row, Store
from agent.serve.web import problem

_LONGEST_KEY, _MOST_LISTED, _KEEP_ALIVE_S = 200, 1000, 15.0
OPEN = ("/health", "/openapi.json")
"""What needs no token."""
# What a page or a model wrote stands in a report: it may run nothing and ask for nothing in our name.
_CAGED = (
    "sandbox allow-scripts; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
Endpoint = Callable[[Request], Awaitable[Response]]


class _Wrong(Exception):
    def __init__(self, status: int, kind: str, message: str, **more: Any) -> None:
        self.answer = JSONResponse(problem(kind, message, **more), status)


def service_app(
    store: Store,
    pool: Pool,
    rules: GuardPolicy,
    runs_dir: Path,
    new_id: Callable[[str], str],
    check: Callable[[Job], None],
    address: str,
) -> Starlette:
    """The routes over a queue and its workers, which begin and end with the application.

    Args:
        new_id: makes the id of a run from its task.
        check: raises BadJob for a job that the service's own rules do not allow.
        address: where the service is, for its OpenAPI document.
    """
    service = _Service(store, pool, rules, runs_dir, new_id, check)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(pool.open)
        yield
        await run_in_threadpool(pool.close)

    async def health(request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def openapi(request: Request) -> Response:
        return JSONResponse(document(address))

    def route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except _Wrong as wrong:
                return wrong.answer

        return Route(path, answered, methods=[method])

    return Starlette(
        routes=[
            route("/health", health),
            route("/openapi.json", openapi),
            route("/status", service.status),
            route("/runs", service.add, "POST"),
            route("/runs", service.list),
            route("/runs/{id}", service.one),
            route("/runs/{id}/events", service.events),
            route("/runs/{id}/cancel", service.cancel, "POST"),
            route("/runs/{id}/replies", service.reply, "POST"),
            route("/runs/{id}/artifacts", service.artifacts),
            route("/runs/{id}/artifacts/{path:path}", service.artifact),
        ],
        exception_handlers={404: _not_found, 405: _not_found},
        lifespan=life,
    )


async def _not_found(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    told = f"{request.method} {request.url.path[:200]} is nothing here; /openapi.json says what there is"
    return JSONResponse(problem("not_found" if status == 404 else "wrong_method", told), status)


class _Service:
    def __init__(
        self,
        store: Store,
        pool: Pool,
        rules: GuardPolicy,
        runs_dir: Path,
        new_id: Callable[[str], str],
        check: Callable[[Job], None],
    ) -> None:
        self._store, self._pool, self._rules, self._runs_dir = store, pool, rules, runs_dir
        self._new_id, self._check = new_id, check

    async def status(self, request: Request) -> Response:
        counts = await run_in_threadpool(self._store.counts)
        return JSONResponse({**counts, "workers_busy": self._pool.busy})

    async def add(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        if key is not None and not 0 < len(key) <= _LONGEST_KEY:
            told = f"Idempotency-Key: has {len(key)} characters; accepted: 1 to {_LONGEST_KEY}"
            raise _Wrong(422, "invalid", told, field="Idempotency-Key")
        data = await _json(request)

        def queue() -> tuple[Row, bool]:
            job = read_job(data)
            self._check(job)
            return self._store.add(self._new_id(job.task), job, key)

        try:
            row, new = await run_in_threadpool(queue)
        except BadJob as error:
            raise _Wrong(422, "invalid", str(error), field=error.field) from None
        except KeyTaken as error:
            raise _Wrong(409, "key_taken", str(error)) from None
        except QueueFull as error:
            wrong = _Wrong(429, "queue_full", str(error))
            wrong.answer.headers["retry-after"] = "10"
            raise wrong from None
        self._pool.wake()
        return JSONResponse(self._shown(row), 201 if new else 200, {"location": f"/runs/{row.id}"})

    async def list(self, request: Request) -> Response:
        asked = request.query_params
        state = asked.get("state")
        if state not in (None, "queued", "running", "ended"):
            raise _Wrong(422, "invalid", f"state: {state[:40]!r}; accepted: queued, running, ended", field="state")
        most = _number(asked.get("limit", "100"), "limit", 1, _MOST_LISTED)
        before = _number(asked["before"], "before", 1, 1 << 62) if "before" in asked else None
        rows = await run_in_threadpool(self._store.listed, state, most, before)
        following = rows[-1].number if len(rows) == most else None
        return JSONResponse({"runs": [self._shown(row) for row in rows], "next": following})

    async def one(self, request: Request) -> Response:
        return JSONResponse(self._shown(await self._row(request)))

    async def cancel(self, request: Request) -> Response:
        row = await self._row(request)
        await run_in_threadpool(self._pool.cancel, row.id)
        return await self.one(request)

    async def reply(self, request: Request) -> Response:
        row, data = await self._row(request), await _json(request)
        if not isinstance(data, dict) or not isinstance(data.get("request"), str):
            raise _Wrong(422, "invalid", "request: is missing; give the id of the request", field="request")
        if unknown := sorted(set(data) - {"request", "answer", "approve", "action"}):
            told = f"{unknown[0]}: is no field of a reply; accepted: request, answer, approve, action"
            raise _Wrong(422, "invalid", told, field=unknown[0])
        if data.get("action") is not None:
            try:
                action = validate(data["action"])
            except FormatError as error:
                raise _Wrong(422, "invalid", f"action: {error}", field="action") from None
            if wrong := self._rules.forbids(action.action) or self._rules.outside(action.points().values()):
                raise _Wrong(422, "invalid", f"action: {wrong}", field="action")
        answer = data.get("answer")
        reply = {
            "text": None if answer is None else str(answer),
            "yes": data.get("approve") is True,
            "action": data.get("action"),
        }
        try:
            await run_in_threadpool(self._pool.reply, row.id, data["request"], reply)
        except NoSuchRequest as error:
            raise _Wrong(409, "no_such_request", str(error)) from None
        return await self.one(request)

    async def events(self, request: Request) -> Response:
        row = await self._row(request)
        last = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        after = _number(last, "Last-Event-ID", 0, 1 << 62)
        feed = await run_in_threadpool(self._pool.feed, row)

        async def told() -> AsyncIterator[str]:
            async for event in feed.follow(after, _KEEP_ALIVE_S):
                if event is None:
                    yield ": still there\n\n"
                else:
                    data = json.dumps(event.to_json(), ensure_ascii=False)
                    yield f"id: {event.number}\nevent: {event.kind}\ndata: {data}\n\n"

        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(told(), media_type="text/event-stream", headers=headers)

    async def artifacts(self, request: Request) -> Response:
        row = await self._row(request)

        def listed() -> list[dict[str, Any]]:
            folder = self._runs_dir / row.folder
            files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
            return [{"path": path.relative_to(folder).as_posix(), "bytes": path.stat().st_size} for path in files]

        return JSONResponse({"artifacts": await run_in_threadpool(listed)})

    async def artifact(self, request: Request) -> Response:
        row = await self._row(request)
        folder, path = self._runs_dir / row.folder, request.path_params["path"]
        try:
            data = await run_in_threadpool(lambda: read_file(folder / path, within=folder))
        except (OSError, ValueError) as error:
            told = f"{path[:200]!r} is no file of this run ({getattr(error, 'strerror', None) or error})"
            raise _Wrong(404, "not_found", told) from None
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        headers = {"x-content-type-options": "nosniff", "content-security-policy": _CAGED}
        return Response(data, media_type=kind, headers=headers)

    async def _row(self, request: Request) -> Row:
        run_id = request.path_params["id"]
        row = await run_in_threadpool(self._store.find, run_id)
        if row is None:
            raise _Wrong(404, "not_found", f"run: {run_id[:100]!r} is none")
        return row

    def _shown(self, row: Row) -> dict[str, Any]:
        return {**row.to_json(), "request": self._pool.request(row.id)}


async def _json(request: Request) -> Any:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Wrong(415, "wrong_type", f"Content-Type: {kind[:60]!r}; send application/json")
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise _Wrong(400, "no_json", f"the body is no JSON: {error}") from None


def _number(text: str, name: str, least: int, most: int) -> int:
    if text.isascii() and text.isdecimal() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    raise _Wrong(422, "invalid", f"{name}: {text[:40]!r}; accepted: a number from {least} to {most}", field=name)
