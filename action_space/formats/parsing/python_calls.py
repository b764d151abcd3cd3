"""Reads Python calls with literal arguments, through a whitelist of syntax nodes. Nothing is ever executed."""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from action_space import schema
from action_space.formats.base import FormatError
from action_space.formats.parsing.extract_json import split_thought, unfenced
from action_space.formats.parsing.loose_calls import chunks, read_call
from action_space.formats.parsing.scalars import Written, tame

MAX_CODE = 1_000_000
MAX_LINES = 2000
_SHORT = 20_000  # characters of code up to which numbers keep their digits
_FENCED = re.compile(r"```.+?```", re.DOTALL)
_CALL_LINE = re.compile(
    r"^\s*(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\s*\(|import |from \w+ import |with )|^\s*[A-Z]{4}\s*$"
)


@dataclass(frozen=True)
class Call:
    """One call. `name` is dotted, as it stands; a bare name such as ``DONE`` is a call without arguments."""

    name: str
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    def bind(self, *names: str) -> dict[str, Any]:
        """Arguments by the name of the parameter.

        Raises:
            FormatError: there are more, or others, than `names`.
        """
        if len(self.args) > len(names):
            raise self.error(f"has {len(self.args)} arguments", f"at most {len(names)}: {', '.join(names)}")
        bound = dict(zip(names, self.args, strict=False))
        for name, value in self.kwargs.items():
            if name not in names:
                raise self.error(f"has no argument '{name[:40]}'", ", ".join(names) or "none")
            if name in bound:
                raise self.error(f"has the argument '{name}' twice", "once")
            bound[name] = value
        return bound

    def error(self, problem: str, allowed: str) -> FormatError:
        return FormatError(
            f"{self.name[:60]}: {problem}; allowed: {allowed}", field=self.name[:60], allowed=allowed
        )


def read_calls(text: str) -> tuple[list[Call], str, list[str]]:
    """The calls in a model's text, the thought before them, and the liberties taken.

    Raises:
        FormatError: there is no code, or it holds more than calls with literal arguments.
    """
    # Code that types "</think>" is code, not the end of a thought.
    whole = "</think>" in text[:MAX_CODE] and len(text) <= MAX_CODE and _parse(unfenced(text)) is not None
    thought, rest, said = ("", text, ()) if whole else split_thought(text)
    repairs = list(said)
    if not rest.strip():
        raise FormatError("the answer is empty; allowed: one action as Python calls")
    code = unfenced(rest)
    if "```" in code and (fenced := _FENCED.search(code)):
        repairs.append("text around the code left out")
        thought = thought or code[: fenced.start()].strip()
        code = unfenced(fenced[0])
    if len(code) > MAX_CODE:
        raise FormatError(
            f"the code has {len(code)} characters; allowed: at most {MAX_CODE}", value=schema.shorten(code)
        )
    lines = code.splitlines()
    if len(lines) > MAX_LINES:
        raise FormatError(f"the code has {len(lines)} lines; allowed: at most {MAX_LINES}")
    tree = _parse(code)
    if tree is None:
        kept = [n for n, line in enumerate(lines) if _CALL_LINE.match(line[:200])]
        if not kept:
            raise _no_code(text)
        # Prose before the code; what follows the last call is dropped too.
        inner = "\n".join(lines[kept[0] : kept[-1] + 1])
        tree = _parse(inner) or _parse("\n".join(lines[n].strip() for n in kept))
        if tree is None:
            found = _loose(lines[kept[0] :], repairs)
            if not found:
                raise _no_code(text)
            return found, thought or "\n".join(lines[: kept[0]]).strip(), repairs
        thought = thought or "\n".join(lines[: kept[0]]).strip()
        repairs.append("text around the code left out")
    calls: list[Call] = []
    for statement in tree.body:
        _statement(statement, calls)
    return calls, thought, repairs


def _loose(lines: list[str], repairs: list[str]) -> list[Call]:
    """Calls whose texts are not quoted as Python wants it; those that are, are read as Python.

    Raises:
        FormatError: one of them breaks off, or is none.
    """
    calls: list[Call] = []
    for chunk in chunks(lines)[:200]:
        if (tree := _parse(chunk.strip())) is not None:
            for statement in tree.body:
                _statement(statement, calls)
        elif (found := read_call(chunk, repairs)) is not None:
            calls.append(Call(*found))
        elif calls:
            repairs.append("text around the code left out")
            break
        else:
            return []
    return calls


def _parse(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a model's text is no concern of ours
            tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for node in ast.walk(tree) if len(code) <= _SHORT else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            with contextlib.suppress(ValueError):
                node.value = Written(ast.get_source_segment(code, node) or "")
    return tree


def _statement(node: ast.stmt, calls: list[Call]) -> None:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return  # a docstring used as a comment
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Name):
        calls.append(Call(node.value.id))
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        calls.append(_call(node.value))
        return
    if isinstance(node, ast.With) and len(node.items) == 1 and isinstance(node.items[0].context_expr, ast.Call):
        held = _call(node.items[0].context_expr)
        if _last(held.name) == "hold":  # with pyautogui.hold('shift'): …
            keys = [k for arg in held.args for k in (arg if isinstance(arg, list) else [arg])]
            calls.extend(Call("keyDown", (key,)) for key in keys)
            for inner in node.body:
                _statement(inner, calls)
            calls.extend(Call("keyUp", (key,)) for key in reversed(keys))
            return
    raise _forbidden(node)


def _call(node: ast.Call) -> Call:
    name = _dotted(node.func)
    args = tuple(_literal(arg) for arg in node.args)
    kwargs: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None or keyword.arg in kwargs:
            raise _forbidden(node)
        kwargs[keyword.arg] = _literal(keyword.value)
    return Call(name, args, kwargs)


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < 3:
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise _forbidden(node)
    return ".".join([node.id, *reversed(parts)])


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant) and isinstance(node.value, str | int | float | bool | None):
        return tame(node.value)
    if isinstance(node, ast.List | ast.Tuple):
        if len(node.elts) > 200:
            raise _forbidden(node)
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = node.operand.value if isinstance(node.operand, ast.Constant) else None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return tame(-value if isinstance(node.op, ast.USub) else value)
    if isinstance(node, ast.Attribute) and node.attr in ("LEFT", "RIGHT", "MIDDLE", "PRIMARY", "SECONDARY"):
        return node.attr.lower()  # pyautogui.RIGHT
    raise _forbidden(node)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _forbidden(node: ast.AST) -> FormatError:
    kind, line = type(node).__name__, getattr(node, "lineno", 1)
    return FormatError(
        f"line {line}: {kind} is not read, and code is never run; allowed: calls with literal arguments",
        field=kind,
        allowed="calls with literal arguments",
    )


def _no_code(text: str) -> FormatError:
    return FormatError(
        f"no action in the answer {schema.shorten(text.strip())}; allowed: Python calls with literal arguments",
        value=schema.shorten(text),
        allowed="calls with literal arguments",
    )
