"""The words of prompts: templates of `model/prompts`, and what of people's and pages' texts may stand in them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

SCREENSHOT = "\ufffc"
"""Stands in a template where the picture goes; without it, the picture comes first."""

# Tokens by which chat templates and image processors find their way: in a task or a page they are mere text.
_TOKENS = re.compile(
    r"<\|(?=[\w/.-]{1,40}\|>)|<(?=/?(?:image|img|video|audio|slice|unk|s|im_start|im_end|start_of_turn|end_of_turn|"
    r"start_of_image|end_of_image|image_soft_token|img_context|box|ref|quad|image_id|tool_call|tool_response)>)|"
    r"<(?=｜)|\[(?=/?(?:INST|IMG|IMG_BREAK|IMG_END|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS)\])",
    re.IGNORECASE,
)


def neutral(text: str) -> str:
    """`text` with no token in it that a model's own template would take for one; a person reads it the same.

    A zero-width space after the opening bracket parts the token.
    """
    return _TOKENS.sub(lambda opening: opening[0][0] + "\u200b" + opening[0][1:], text)


def is_chinese(text: str) -> bool:
    """Whether Chinese characters stand in `text`."""
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def around(image: Image.Image, text: str) -> tuple[str | Image.Image, ...]:
    """The picture where `SCREENSHOT` stands in the text, else before it."""
    before, mark, after = text.partition(SCREENSHOT)
    if not mark:
        return (image, text)
    return tuple(part for part in (before, image, after) if part)


def render(name: str, context: dict[str, Any]) -> str:
    """The template of that name in `model/prompts`, filled in. A name that it needs and lacks is an error."""
    return str(_template(name).render(context))


def has_template(name: str) -> bool:
    """Whether `model/prompts` has a template of that name."""
    return (_PROMPTS / f"{name}.j2").is_file()


_PROMPTS = Path(__file__).parent / "prompts"


def filled(template: str, context: dict[str, Any]) -> str:
    """A template that stands in a family's row, filled in as `render` does."""
    return str(_inline(template).render(context))


@cache
def _environment() -> Any:
    import jinja2

    return jinja2.Environment(loader=jinja2.FileSystemLoader(_PROMPTS), undefined=jinja2.StrictUndefined)


@cache
def _template(name: str) -> Any:
    return _environment().get_template(f"{name}.j2")


@cache
def _inline(template: str) -> Any:
    return _environment().from_string(template)
