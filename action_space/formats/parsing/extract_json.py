"""From a model's text to the JSON value in it, and an account of every liberty taken.

Own rules instead of a repair library, for two reasons. A library completes a number or text that was cut off
(``[640, 40`` for ``[640, 400]``), which would click in the wrong place; here the field that was cut is named, and
the format decides. And the time is bounded: at most `MAX_CHARACTERS` are read, each a fixed number of times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from action_space import schema
from action_space.formats.base import FormatError
from action_space.formats.parsing.json_repair import Broken, CutOff, read_value
from action_space.formats.parsing.scalars import Written, tame

MAX_CHARACTERS = 2_000_000
_MAX_ATTEMPTS = 2000  # opening brackets looked at

_THINK = re.compile(r"\s*<(think|thinking|thought)>(.*?)</\1>", re.DOTALL)
_THINK_TAG = re.compile(r"</?(?:think|thinking|thought)>")
_FENCE_OPENING = re.compile(r"```(?:[\w-]*[ \t]*\r?\n|json|python)?")
_MARKUP = re.compile(r"```[\w-]*|</?(?:tool_call|answer|action|output|response|json)>|<\|\w*\|>")
# Anchored at words, not at blanks, so that a megabyte of blanks is not searched again from each of them.
_LEAD = re.compile(
    r"\A(?:thought|reasoning|思考)\s*[:：]|(?:\A|(?<=\n))(?:action|output|answer|动作)\s*[:：]\Z", re.IGNORECASE
)
_OPENING = re.compile(r"[{\[｛【［]")


@dataclass(frozen=True)
class Reading:
    """What was found.

    Attributes:
        value: the JSON object of the first action.
        thought: text in think tags, or else the prose before the JSON.
        repairs: one short phrase for each liberty.
        cut: name of the field at whose value the text broke off (it is not in `value`), "" if it did not.
    """

    value: dict[str, Any]
    thought: str = ""
    repairs: tuple[str, ...] = ()
    cut: str = ""


def split_thought(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Thought, the text after it, repairs. A think block that the prompt opened has only its closing tag."""
    if len(text) > MAX_CHARACTERS:
        raise FormatError(
            f"the answer has {len(text)} characters; allowed: at most {MAX_CHARACTERS}", value=schema.shorten(text)
        )
    if block := _THINK.match(text):
        return block[2].strip(), text[block.end() :], ()
    head, closing, tail = text.partition("</think>")
    if closing and not head.lstrip().startswith(("{", "[", "```")):
        return _THINK_TAG.sub("", head).strip(), tail, ()
    if opening := re.match(r"\s*<(?:think|thinking|thought)>", text):
        return "", text[opening.end() :], ("the think tag was not closed",)
    return "", text, ()


def unfenced(text: str) -> str:
    """The inside of a text that is one code fence; any other text stripped of blanks."""
    text = text.strip()
    if len(text) >= 6 and text.startswith("```") and text.endswith("```"):
        opening = _FENCE_OPENING.match(text)
        inside = text[opening.end() if opening else 3 : -3].strip()
        return inside or text[3:-3].strip()  # ```DONE``` with a line break inside has no language
    return text


def read_json(text: str, is_action: Callable[[dict[str, Any]], bool]) -> Reading:
    """The first JSON object in `text` for which `is_action` holds.

    Strict, without any repair, are: one object, or a list of one object; in a code fence or not; after a think
    block or not.

    Raises:
        FormatError: there is none.
    """
    thought, rest, repairs = split_thought(text)
    if not rest.strip():
        said = f"only a thought: {schema.shorten(thought)}" if thought else "empty"
        raise FormatError(
            f"the answer is {said}; allowed: one action as a JSON object", value=schema.shorten(text)
        )
    try:
        value = json.loads(unfenced(rest), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=Written)
    except (ValueError, RecursionError):
        return _search(rest, thought, repairs, is_action)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list):
        value, more = _first(value, text)
        repairs += more
    if not isinstance(value, dict):
        raise _nothing(text)
    return Reading(tame(value), thought, repairs)


def _search(
    text: str, thought: str, repairs: tuple[str, ...], is_action: Callable[[dict[str, Any]], bool]
) -> Reading:
    """The first action among the pieces of `text` that read as JSON; the last, if a think tag stayed open."""
    found: list[tuple[Reading, int]] = []
    other: Reading | None = None
    broken: Broken | None = None
    end = last_end = attempts = 0
    while attempts < _MAX_ATTEMPTS and (opening := _OPENING.search(text, end)):
        attempts += 1
        start = opening.start()
        try:
            value, end, notes, cut = read_value(text, start)
        except CutOff as error:
            if found:
                break
            raise FormatError(f"the answer breaks off: {error}", value=schema.shorten(text[-60:])) from None
        except Broken as error:
            # A brace that opens no object is prose; one that does, and then breaks, explains the failure best.
            broken = broken or (error if error.fields else None)
            end = max(start + 1, error.resume)
            continue
        reading = _as_action(value, notes, cut, text)
        if reading is None:
            continue
        if is_action(reading.value) or cut:
            found.append((reading, start))
            last_end = end
        else:
            other = other or reading
    if not found:
        if other is not None:
            return replace(other, value=tame(other.value))
        if broken is not None:
            raise FormatError(f"the JSON of the answer is broken: {broken}", value=schema.shorten(text))
        raise _nothing(text)
    unclosed = bool(repairs)
    reading, start = found[-1] if unclosed else found[0]
    notes = [*repairs, *reading.repairs]
    before = _prose(text[:start])
    if before and not unclosed:
        notes.append("text before the JSON left out")
    if len(found) > 1 and not unclosed:
        notes.append(f"{len(found)} actions; the first was taken")
    elif _prose(text[last_end:]):
        notes.append("text after the JSON left out")
    if not notes:
        notes.append("markup around the JSON left out")
    return Reading(tame(reading.value), thought or before, tuple(dict.fromkeys(notes)), reading.cut)


def _as_action(value: Any, notes: list[str], cut: str, text: str) -> Reading | None:
    more: tuple[str, ...] = ()
    if isinstance(value, list):
        if not value or not isinstance(value[0], dict):
            return None
        if len(value) > 1:
            value, more = _first(value, text)
            cut = ""  # it belongs to a later action
        else:
            value = value[0]
    return Reading(value, repairs=(*notes, *more), cut=cut) if isinstance(value, dict) else None


def _first(values: list[Any], text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    if not values or not isinstance(values[0], dict):
        raise _nothing(text)
    return values[0], (f"{len(values)} actions; the first was taken",)


def _prose(text: str) -> str:
    return _LEAD.sub("", _THINK_TAG.sub("", _MARKUP.sub("", text)).strip()).strip(" \r\n\t,;，；")


def _nothing(text: str) -> FormatError:
    return FormatError(
        f"no action in the answer {schema.shorten(text.strip())}; allowed: one action as a JSON object",
        value=schema.shorten(text),
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a field stands twice")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
