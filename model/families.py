"""The model families: one row each. A new family is a row in `model/rows` and a format, never a new loop.

Where a row's bounds and words come from stands in `docs/models.md`; the wordings are those that the weights were
trained on, in `model/prompts`.
"""

from __future__ import annotations

import re

from action_space.plugins import Registry
from model.base import UnknownModel
from model.family import Family
from model.local.hub import SHORT_NAMES
from model.rows import calls, grounding, own, tools

_ROWS = (*own.ROWS, *tools.ROWS, *calls.ROWS, *grounding.ROWS)
FAMILIES: Registry[Family] = Registry(
    {row.name: row for row in _ROWS}, "gui_agent.families", lambda row: isinstance(row, Family)
)

# The first pattern found in the name, lower case, decides.
_PATTERNS = (
    (r"gta[-_]?1", "gta1"),
    (r"jedi", "jedi"),
    (r"open[-_]?cua", "opencua"),
    (r"os[-_]?atlas[-_]?pro", "os-atlas-pro"),
    (r"os[-_]?atlas", "os-atlas"),
    (r"holo[-_]?2", "holo2"),
    (r"holo[-_]?1", "holo1.5"),
    (r"agent[-_]?cpm", "agentcpm-gui"),
    (r"minicpm[-_]?(?:v|o)", "minicpm-v"),
    (r"doubao|ui[-_]?tars[-_]?2(?!b)", "doubao"),
    (r"ui[-_]?tars[-_]?1[._-]5", "ui-tars-1.5"),
    (r"ui[-_]?tars", "ui-tars-1.0"),
    (r"mimo[-_]?vl.*2508", "mimo-vl"),
    (r"mimo[-_]?vl[-_]?7b[-_](?:rl|sft)", "mimo-vl-2506"),  # as the first models are called, without a date
    (r"mimo[-_]?vl", "mimo-vl"),
    (r"qwen[-_]?cua", "qwen-cua"),
    (r"evo[-_]?cua", "evocua"),
    (r"gui[-_]?owl[-_]?1[._-]?5", "gui-owl-1.5"),
    (r"qwen[-_]?3[._-]5", "qwen3.5"),
    (r"qwen[-_]?3[-_]?vl", "qwen3-vl"),
    (r"qwen[-_]?2[._-]?5[-_]?vl", "qwen2.5-vl"),
)


# Names that say less, or belong to a family whose published prompt is not in a row: pattern, row, what is assumed.
# Coordinates and classes are those of the publishers' cards; a profile (`agent doctor`) measures them.
_GUESSES = (
    (r"(?:^|/)mimo$", "mimo-vl", "that it is MiMo-VL of August 2025"),
    (
        r"ui[-_]?venus|mai[-_]?ui|holo[-_]?3",
        "relative",
        "coordinates from 0 to 1000, our own prompt",
    ),
    (r"qwen[-_]?3[._-][67]", "qwen3.5", "the prompt of Qwen3.5, its calls, and coordinates from 0 to 999"),
    (r"fara", "qwen2.5-vl", "the prompt of Qwen2.5-VL, coordinates in pixels of the picture sent"),
)


def family_of(name: str) -> str:
    """The family that a model's name tells of; `generic` (our own schema, told in the prompt) otherwise."""
    return _told(name)[0]


def row_named(family: str | None, model: str) -> Family:
    """The row of that name; where none is named, that of the family which the model's name tells of.

    Raises:
        UnknownModel: there is no such row.
    """
    if family and family not in FAMILIES:
        raise UnknownModel(f"family: {family!r} is not known; accepted: {', '.join(FAMILIES)}")
    return FAMILIES[family or family_of(model)]


def assumption(name: str, family: str | None = None) -> str:
    """What is assumed about a model whose name tells of no known family, in a sentence; "" where it tells.

    Args:
        family: the row that was asked for, with which nothing is assumed.
    """
    row, assumed = _told(name)
    if family is not None or not assumed:
        return ""
    known = "is no model of a family whose prompt is known here" if row != "mimo-vl" else "says little"
    return (
        f"{name}: the name {known}; assumed: {assumed} (family {row}). --family NAME says otherwise (agent models "
        f"lists them), and agent doctor --model {name} --save measures it."
    )


def _told(name: str) -> tuple[str, str]:
    """The row for a name, and what is assumed by taking it, "" if it is that of the family."""
    name = SHORT_NAMES.get(name, name).lower()
    if name in FAMILIES or name == "embedded" or name.startswith("scripted:"):
        return name if name in FAMILIES else "canonical", ""
    if family := next((family for pattern, family in _PATTERNS if re.search(pattern, name)), ""):
        return family, ""
    for pattern, family, assumed in _GUESSES:
        if re.search(pattern, name):
            return family, assumed
    return "generic", "our own prompt and JSON, coordinates in pixels of the picture sent"


__all__ = ["FAMILIES", "Family", "assumption", "family_of", "row_named"]
