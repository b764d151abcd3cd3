"""What a client may ask for."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from action_space.actions import ACTIONS


class Job(BaseModel):
    """One run to be done. What is absent is as the service was started."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: Annotated[str, Field(min_length=1, max_length=10_000, description="What to do, in words.")]
    url: Annotated[
        str | None, Field(max_length=4000, description="Page to begin on; the service's rules hold.")
    ] = None
    seed: Annotated[int | None, Field(ge=0, description="Seed of the demo store.")] = None
    viewport: Annotated[
        tuple[int, int] | None, Field(description="Width and height of the page or private display, pixels.")
    ] = None
    max_steps: Annotated[int | None, Field(ge=1, le=10_000, description="At most the service's own.")] = None
    max_seconds: Annotated[float | None, Field(gt=0, le=86_400, description="At most the service's own.")] = None
    confirm: Annotated[
        Literal["risky", "always"] | None, Field(description="Before which actions to ask; only stricter counts.")
    ] = None
    forbid_actions: Annotated[tuple[str, ...], Field(description="Actions that may not be done, either.")] = ()
    attended: Annotated[
        bool, Field(description="Somebody answers questions and approvals; else what is risky is refused.")
    ] = False
    answer_s: Annotated[float, Field(gt=0, le=86_400, description="Seconds to wait for a reply.")] = 600.0
    retries: Annotated[
        int,
        Field(
            ge=0, le=5, description="Times it may be done again from its start when its worker dies or is stopped."
        ),
    ] = 0

    @field_validator("task")
    @classmethod
    def _said(cls, task: str) -> str:
        if not task.strip():
            raise ValueError("is empty; say what is to be done")
        return task.strip()

    @field_validator("url")
    @classmethod
    def _web(cls, url: str | None) -> str | None:
        if url is not None and not url.lower().startswith(("http://", "https://")):
            raise ValueError("only http:// and https:// addresses are opened")
        return url

    @field_validator("viewport")
    @classmethod
    def _size(cls, size: tuple[int, int] | None) -> tuple[int, int] | None:
        if size is not None and not all(64 <= side <= 8192 for side in size):
            raise ValueError("each side is 64 to 8192 pixels")
        return size

    @field_validator("forbid_actions")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in ACTIONS or name in ("finished", "ask_user"):
                raise ValueError(f"{name!r} is no action that can be forbidden")
        return names


class BadJob(ValueError):
    """A job that cannot be. `field` names what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{field}: {message}" if field else message)


def read_job(data: Any) -> Job:
    """The job that a client sent.

    Raises:
        BadJob: it cannot be. The message names the field, its value and what is accepted.
    """
    if not isinstance(data, dict):
        raise BadJob("", 'the body is no JSON object; send one such as {"task": "add SU7 to wishlist"}')
    try:
        return Job(**data)
    except (ValidationError, TypeError) as error:
        if not isinstance(error, ValidationError):
            raise BadJob("", str(error)) from None
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            raise BadJob(name, f"is no field of a run; accepted: {', '.join(Job.model_fields)}") from None
        shown = "" if first["type"] == "missing" else f"{str(first['input'])[:80]!r}: "
        raise BadJob(name, f"{shown}{first['msg'].removeprefix('Value error, ')}") from None
