"""Functions that task files name: set-up steps, getters and metrics.

A function's keyword-only parameters, with their annotations, are what a file may give; anything else is refused
with a message that names the field, the value and what is accepted. A field that is a word of Python's, such as
`class`, has an underscore after it in the function.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import BeforeValidator, ConfigDict, ValidationError, create_model

F = TypeVar("F", bound=Callable[..., Any])


class TaskFileError(ValueError):
    """A task file is not right. The message names the file, the field, the value and what is accepted."""


class UnknownFunction(TaskFileError):
    """A file names a set-up step, getter or metric that is not there.

    Attributes:
        what: "set-up step", "getter" or "metric".
        name: the name that the file gives.
    """

    def __init__(self, what: str, name: str, message: str) -> None:
        super().__init__(message)
        self.what = what
        self.name = name

    def __reduce__(self) -> tuple[type[UnknownFunction], tuple[str, str, str]]:
        return type(self), (self.what, self.name, str(self))


class Registry:
    """Functions by name. `what` is their kind, for messages."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._functions: dict[str, Callable[..., Any]] = {}
        self._models: dict[str, Any] = {}

    def __call__(self, function: F) -> F:
        """Register a function under its own name (decorator)."""
        self._functions[function.__name__] = function
        return function

    def alias(self, name: str, known: str) -> None:
        """Give a registered function a second name."""
        self._functions[name] = self._functions[known]

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._functions))

    def get(self, name: str, field: str) -> Callable[..., Any]:
        """The function of that name.

        Raises:
            TaskFileError: there is none; `field` is where the name stands.
        """
        if name not in self._functions:
            told = f"{field}: {name!r} is no known {self.what}; {self._instead(name)}"
            raise UnknownFunction(self.what, name, told)
        return self._functions[name]

    def _instead(self, name: str) -> str:
        """What is accepted: all names where they are few, otherwise the likeliest."""
        names = self.names()
        if len(names) <= 40:
            return f"accepted: {', '.join(names)}"
        close = difflib.get_close_matches(name, names, 3, 0.5) or list(names[:3])
        return f"accepted: {', '.join(close)} … ({len(names)} in all, see docs/tasks.md)"

    def check(self, name: str, arguments: dict[str, Any], field: str) -> dict[str, Any]:
        """The arguments as the function wants them.

        Raises:
            TaskFileError: no such function or parameter, a missing one, or a value of the wrong type.
        """
        model = self._model(name, field)
        try:
            checked = model.model_validate(arguments)
        except ValidationError as error:
            raise TaskFileError(explain(error, field, tuple(model.model_fields))) from None
        taken = inspect.signature(self._functions[name]).parameters
        named = {key: getattr(checked, key) for key in checked.model_fields_set}
        return {key if key in taken else f"{key}_": value for key, value in named.items()}

    def positional(self, name: str) -> int:
        """How many positional parameters without a default the function has."""
        parameters = inspect.signature(self._functions[name]).parameters.values()
        return sum(one.kind is one.POSITIONAL_OR_KEYWORD and one.default is one.empty for one in parameters)

    def _model(self, name: str, field: str) -> Any:
        if name not in self._models:
            function = self.get(name, field)
            parameters = inspect.signature(function, eval_str=True).parameters.values()
            fields: dict[str, Any] = {
                one.name.removesuffix("_"): (
                    _lenient(one.annotation),
                    ... if one.default is one.empty else one.default,
                )
                for one in parameters
                if one.kind is one.KEYWORD_ONLY
            }
            self._models[name] = create_model(name, __config__=ConfigDict(extra="forbid", strict=True), **fields)
        return self._models[name]


def _lenient(annotation: Any) -> Any:
    """OSWorld's files write true and numbers as text now and then; nothing else is converted."""
    if annotation is bool:
        words = {"true": True, "false": False}
        return Annotated[bool, BeforeValidator(lambda v: words.get(v.lower(), v) if isinstance(v, str) else v)]
    if annotation is int:
        return Annotated[
            int, BeforeValidator(lambda v: int(v) if isinstance(v, str) and re.fullmatch(r"-?\d+", v) else v)
        ]
    return annotation


def explain(error: ValidationError, field: str, accepted: tuple[str, ...]) -> str:
    """The first thing wrong, in one line: field, value, what is accepted."""
    errors = error.errors(include_url=False)
    first, spot = errors[0], errors[0]["loc"]
    # Of a union pydantic gives one error for each kind, with the kind at the end of the place.
    union = [one for one in errors if one["loc"][:-1] == spot[:-1] and one["input"] is first["input"]]
    if len(union) > 1 and len(spot) > 1:
        spot = spot[:-1]
    where = ".".join(str(part) for part in (field, *spot) if part != "")
    if first["type"] == "extra_forbidden":
        return f"{where}: unknown field; accepted here: {', '.join(accepted) or 'none'}"
    if first["type"] == "missing":
        return f"{where}: missing"
    shown = repr(first["input"])
    told = " or ".join(dict.fromkeys(str(one["msg"]) for one in union))
    return f"{where}: {shown[:80]}{'…' if len(shown) > 80 else ''} is not accepted: {told}"
