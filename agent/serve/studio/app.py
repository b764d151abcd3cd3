"""The studio as an ASGI application over one session."""

from __future__ import annotations

import hashlib
import hmac
import json
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from action_space.formats.base import FormatError
from action_space.schema import validate
from agent.files import read_file
from agent.guard.limits import Limits
from agent.serve.by_hand import PersonModel
from agent.serve.live import BadReply, LiveRun, NoSuchRequest, Reply
from agent.serve.session import Busy, LiveSession, NoSuchRun
from agent.serve.studio.history import evaluations, replay, run_list, run_page
from agent.serve.web import problem
from agent.trace.reader import Trace
from agent.trace.writer import TraceError
from envs.base import EnvironmentFault

_FRAME_S, _KEEP_ALIVE_S = 10.0, 15.0
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# What a page or a model wrote stands in a report: it may run nothing and ask for nothing in our name.
_CAGED = (
    "sandbox allow-scripts; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; frame-ancestors 'self'"
)
_FREE = Limits(max_steps=10_000, max_seconds=86_400.0, max_repeats=10_000)
"""A recording ends when the person says so."""
Endpoint = Callable[[Request], Awaitable[Response]]


class _Wrong(Exception):
    def __init__(self, status: int, kind: str, message: str) -> None:
        self.answer = JSONResponse(problem(kind, message), status, _HEADERS)


def is_open(path: str) -> bool:
    """Whether a path needs no token: the page itself, and files whose address is a secret."""
    return path == "/" or path.startswith(("/page/", "/files/"))


def studio_app(session: LiveSession, token: str, about: dict[str, Any]) -> Starlette:
    """The page and what it asks for.

    Args:
        about: what the page says of the place: model, screen, rules.
    """
    studio = _Studio(session, token.encode(), about)

    def route(path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except _Wrong as wrong:
                return wrong.answer

        return Route(path, answered, methods=[method])

    return Starlette(
        routes=[
            route("/", studio.page),
            route("/page/{name}", studio.part),
            route("/files/{key}/{run}", studio.file),
            route("/api/session", studio.session),
            route("/api/screen", studio.screen),
            route("/api/hand", studio.hand, "POST"),
            route("/api/record", studio.record, "POST"),
            route("/api/runs", studio.runs),
            route("/api/runs", studio.start, "POST"),
            route("/api/runs/{run}", studio.run),
            route("/api/runs/{run}/events", studio.events),
            route("/api/runs/{run}/pictures/{name}", studio.picture),
            route("/api/runs/{run}/report", studio.report, "POST"),
            route("/api/runs/{run}/replay", studio.replay, "POST"),
            route("/api/runs/{run}/{what:str}", studio.steer, "POST"),
            route("/api/evaluations", studio.evaluations),
        ],
        exception_handlers={404: _not_found, 405: _not_found},
    )


async def _not_found(request: Request, error: Exception) -> Response:
    told = f"{request.method} {request.url.path[:200]} is nothing here"
    return JSONResponse(problem("not_found", told), getattr(error, "status_code", 404), _HEADERS)


class _Studio:
    def __init__(self, session: LiveSession, secret: bytes, about: dict[str, Any]) -> None:
        self._session, self._secret, self._about = session, secret, about
        self._person: tuple[LiveRun, PersonModel] | None = None

    # -- the page ---------------------------------------------------------------------------------------------

    async def page(self, request: Request) -> Response:
        return self._part("index.html")

    async def part(self, request: Request) -> Response:
        return self._part(request.path_params["name"])

    def _part(self, name: str) -> Response:
        found = files("agent.serve.studio").joinpath("page", name)
        if "/" in name or "\\" in name or not found.is_file():
            raise _Wrong(404, "not_found", f"{name[:80]!r} is no part of the page")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Response(
            found.read_bytes(), media_type=kind, headers={**_HEADERS, "content-security-policy": _POLICY}
        )

    async def file(self, request: Request) -> Response:
        run, key = request.path_params["run"], request.path_params["key"]
        if not hmac.compare_digest(key.encode(), self._key(run).encode()):
            raise _Wrong(404, "not_found", "there is no such file")
        path = self._session.place.runs_dir / run
        data = await self._read(path, "report.html")
        headers = {**_HEADERS, "content-security-policy": _CAGED}
        return Response(data, media_type="text/html; charset=utf-8", headers=headers)

    def _key(self, run: str) -> str:
        return hmac.new(self._secret, f"report {run}".encode(), hashlib.sha256).hexdigest()[:32]

    async def _read(self, folder: Any, name: str) -> bytes:
        try:
            return await run_in_threadpool(lambda: read_file(folder / name, within=folder))
        except (OSError, ValueError) as error:
            told = getattr(error, "strerror", None) or error
            raise _Wrong(404, "not_found", f"{name[:80]!r} is no file of this run ({told})") from None

    # -- the screen -------------------------------------------------------------------------------------------

    async def session(self, request: Request) -> Response:
        run, seen = self._session.current, self._session.opened
        last = seen.last if seen is not None else None
        size = last.screenshot.size if last is not None else None
        where = {"url": last.url, "title": last.title} if last is not None else {}
        recording = self._person is not None and self._person[0].state != "ended"
        told = {
            **self._about,
            "run": run.to_json() if run else None,
            "size": size,
            "recording": recording,
            **where,
        }
        return JSONResponse(told, headers=_HEADERS)

    async def screen(self, request: Request) -> Response:
        text = request.query_params.get("after", "0")
        after = int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0
        try:
            screen = self._session.opened
            if screen is None or screen.gone:
                screen = await run_in_threadpool(self._session.screen)
            if screen.last is None:
                await run_in_threadpool(screen.observe)
            found = await run_in_threadpool(screen.watch, after, _FRAME_S)
        except (EnvironmentFault, Busy) as error:
            raise _Wrong(503, "no_screen", str(error)) from None
        if found is None or screen.last is None:
            return Response(status_code=204, headers=_HEADERS)
        number, picture = found
        width, height = screen.last.screenshot.size
        headers = {**_HEADERS, "x-frame": str(number), "x-size": f"{width}x{height}"}
        return Response(picture, media_type="image/jpeg", headers=headers)

    async def hand(self, request: Request) -> Response:
        data = await _json(request)
        try:
            action = validate(data.get("action"))
            person = self._person if self._person is not None and self._person[0].state != "ended" else None
            if person is not None:
                person[1].give(action)
                return JSONResponse({"recorded": True}, headers=_HEADERS)
            outcome = await run_in_threadpool(self._session.by_hand, action)
        except FormatError as error:
            raise _Wrong(422, "invalid", f"action: {error}") from None
        except Busy as error:
            raise _Wrong(409, "busy", str(error)) from None
        except EnvironmentFault as error:
            raise _Wrong(503, "no_screen", str(error)) from None
        told = outcome.error.message if outcome.error is not None else None
        return JSONResponse({"error": problem("not_done", told)["error"] if told else None}, headers=_HEADERS)

    async def record(self, request: Request) -> Response:
        data = await _json(request)
        if data.get("stop") and self._person is not None:
            self._person[1].finish()
            await run_in_threadpool(self._person[0].join, 30.0)
            return JSONResponse(self._person[0].to_json(), headers=_HEADERS)
        person = PersonModel()
        task = str(data.get("task") or "").strip() or "what was done by hand"
        run = self._begun(lambda: self._session.start(task, person, kind="recording", limits=_FREE))
        self._person = run, person
        return JSONResponse(run.to_json(), 201, _HEADERS)

    # -- runs -------------------------------------------------------------------------------------------------

    async def runs(self, request: Request) -> Response:
        return JSONResponse({"runs": await run_in_threadpool(run_list, self._session)}, headers=_HEADERS)

    async def start(self, request: Request) -> Response:
        data = await _json(request)
        run = self._begun(lambda: self._session.start(str(data.get("task") or "")))
        return JSONResponse(run.to_json(), 201, _HEADERS)

    async def run(self, request: Request) -> Response:
        return JSONResponse(await run_in_threadpool(run_page, self._found(request)), headers=_HEADERS)

    async def events(self, request: Request) -> Response:
        found = self._live(request)

        async def told() -> AsyncIterator[str]:
            async for event in found.feed.follow(0, _KEEP_ALIVE_S):
                data = json.dumps(event.to_json(), ensure_ascii=False) if event is not None else ""
                yield f"data: {data}\n\n" if data else ": still there\n\n"

        return StreamingResponse(told(), media_type="text/event-stream", headers=_HEADERS)

    async def picture(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not name.endswith(".png") or "/" in name:
            raise _Wrong(404, "not_found", f"{name[:80]!r} is no picture")
        data = await self._read(self._found(request).folder, name)
        return Response(data, media_type="image/png", headers=_HEADERS)

    async def report(self, request: Request) -> Response:
        name = self._found(request).folder.name
        return JSONResponse({"path": f"/files/{self._key(name)}/{name}"}, headers=_HEADERS)

    async def replay(self, request: Request) -> Response:
        found = self._found(request)
        run = await run_in_threadpool(lambda: self._begun(lambda: replay(self._session, found)))
        return JSONResponse(run.to_json(), 201, _HEADERS)

    async def steer(self, request: Request) -> Response:
        run, what = self._live(request), request.path_params["what"]
        if what == "pause":
            run.pause()
        elif what == "resume":
            run.resume()
        elif what == "stop":
            run.stop()
        elif what == "reply":
            await self._reply(run, await _json(request))
        else:
            raise _Wrong(404, "not_found", f"{what[:40]!r} is nothing that a run does")
        return JSONResponse(run.to_json(), headers=_HEADERS)

    async def _reply(self, run: LiveRun, data: dict[str, Any]) -> None:
        answer = data.get("answer")
        try:
            action = validate(data["action"]) if data.get("action") is not None else None
            reply = Reply(
                None if answer is None else str(answer),
                data.get("approve") is True,
                action,
                data.get("taken") is True,
            )
            run.reply(str(data.get("request")), reply)
        except FormatError as error:
            raise _Wrong(422, "invalid", f"action: {error}") from None
        except BadReply as error:
            raise _Wrong(422, "invalid", str(error)) from None
        except NoSuchRequest as error:
            raise _Wrong(409, "no_such_request", str(error)) from None

    async def evaluations(self, request: Request) -> Response:
        listed = await run_in_threadpool(evaluations, self._session.place.runs_dir)
        return JSONResponse({"evaluations": [self._linked(one) for one in listed]}, headers=_HEADERS)

    def _linked(self, one: dict[str, Any]) -> dict[str, Any]:
        name = one["name"]
        return {**one, "path": f"/files/{self._key(name)}/{name}" if one["has_report"] else None}

    def _found(self, request: Request) -> LiveRun | Trace:
        try:
            return self._session.find(request.path_params["run"])
        except NoSuchRun as error:
            raise _Wrong(404, "not_found", str(error)) from None

    def _live(self, request: Request) -> LiveRun:
        found = self._found(request)
        if not isinstance(found, LiveRun):
            raise _Wrong(409, "ended", f"{found.folder.name} is an earlier run")
        return found

    def _begun(self, begin: Callable[[], LiveRun]) -> LiveRun:
        try:
            return begin()
        except Busy as error:
            raise _Wrong(409, "busy", str(error)) from None
        except (ValueError, TraceError) as error:
            raise _Wrong(422, "invalid", str(error)) from None


async def _json(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise _Wrong(415, "wrong_type", f"Content-Type: {kind[:60]!r}; send application/json")
    try:
        data = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise _Wrong(400, "no_json", f"the body is no JSON: {error}") from None
    if not isinstance(data, dict):
        raise _Wrong(422, "invalid", "the body is no JSON object")
    return data
