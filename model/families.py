"""The model families: one row each. A new family is a row here and a format, never a new loop.

Where a row's bounds and words come from stands in `docs/models.md`; the wordings are those that the weights were
trained on, in `model/prompts`.
"""

from __future__ import annotations

import re

from action_space.actions import CORE
from action_space.geometry import Size
from action_space.plugins import Registry
from model.base import Sampling, UnknownModel
from model.family import Family, longest_side, to_multiple
from model.local.hub import SHORT_NAMES

_PATCH = 28 * 28
_MIMO = to_multiple(28, 4 * _PATCH, 4096 * _PATCH)
_QWEN25 = to_multiple(28, 4 * _PATCH, 12_845_056)
_QWEN3 = to_multiple(32, 65_536, 16_777_216)
_THOUSAND = Size(1000, 1000)
_GREEDY = Sampling(temperature=0.0, max_tokens=2048)

_MIMO_ACTIONS = (*CORE, "navigate", "back", "new_tab", "switch_tab", "close_tab", "dialog", "ask_user")
_QWEN_ACTIONS = ("click", "scroll", "input", "press", "hover", "wait", "finished")
_TARS_ACTIONS = ("click", "drag", "press", "input", "scroll", "wait", "finished", "ask_user")
_PYAUTOGUI_ACTIONS = ("click", "scroll", "input", "drag", "press", "longpress", "hover", "wait", "finished")

_ROWS = (
    Family("canonical", "json", "json"),
    Family("generic", "json", "generic", resize=_MIMO, constrained=True),
    # The same for what is built on Qwen3-VL and answers in 0–1000, and whose own prompt is not published.
    Family("relative", "json", "generic", resize=_QWEN3, space=_THOUSAND, constrained=True),
    Family(
        "mimo-vl",
        "mimo",
        "mimo",
        resize=_MIMO,
        actions=_MIMO_ACTIONS,
        thinking=(" /think", " /no_think"),
        suffix=" /no_think",
        sampling=Sampling(temperature=0.3, top_p=0.95, max_tokens=2048),
        grounding="ground_mimo",
        place="boxes",
        checkpoints=(("XiaomiMiMo/MiMo-VL-7B-RL-2508", 8.3), ("XiaomiMiMo/MiMo-VL-7B-SFT-2508", 8.3)),
    ),
    Family(
        "mimo-vl-2506",
        "mimo",
        "mimo",
        resize=_MIMO,
        actions=_MIMO_ACTIONS,
        thinking=("\n<think>\n", "\n<no_think>\n"),
        suffix="\n<no_think>\n",
        sampling=Sampling(temperature=0.3, top_p=0.95, max_tokens=2048),
        grounding="ground_mimo",
        place="boxes",
        checkpoints=(("XiaomiMiMo/MiMo-VL-7B-RL", 8.3), ("XiaomiMiMo/MiMo-VL-7B-SFT", 8.3)),
    ),
    Family(
        "qwen2.5-vl",
        "qwen",
        "template",
        resize=_QWEN25,
        actions=_QWEN_ACTIONS,
        prompt="qwen_agent",
        system="qwen_system",
        sampling=_GREEDY,
        grounding="ground_bare",
        grounding_system="qwen_system",
        place="tool_call",
        checkpoints=(("Qwen/Qwen2.5-VL-7B-Instruct", 8.3), ("Qwen/Qwen2.5-VL-3B-Instruct", 3.8)),
    ),
    Family(
        "qwen3-vl",
        "qwen",
        "template",
        resize=_QWEN3,
        space=_THOUSAND,  # its own cookbook divides by 999; a profile may say so
        actions=_QWEN_ACTIONS,
        prompt="qwen_agent",
        system="qwen3_system",
        spoken="Action: {thought}\n{said}",
        pictures=2,
        sampling=_GREEDY,
        grounding="ground_bare",
        grounding_system="qwen_system",
        place="tool_call",
        checkpoints=(("Qwen/Qwen3-VL-8B-Instruct", 8.8), ("Qwen/Qwen3-VL-4B-Instruct", 4.4)),
    ),
    Family(
        "ui-tars-1.5",
        "uitars",
        "template",
        resize=to_multiple(28, 100 * _PATCH, 16_384 * _PATCH),
        actions=_TARS_ACTIONS,
        prompt="uitars_agent",
        spoken="Thought: {thought}\n{said}",
        pictures=2,
        sampling=_GREEDY,
        grounding="ground_uitars",
        place="point",
        checkpoints=(("ByteDance-Seed/UI-TARS-1.5-7B", 8.3),),
    ),
    Family(
        "ui-tars-1.0",
        "uitars",
        "template",
        resize=to_multiple(28, 100 * _PATCH, 1350 * _PATCH),
        space=_THOUSAND,
        actions=_TARS_ACTIONS,
        prompt="uitars_agent",
        spoken="Thought: {thought}\n{said}",
        pictures=2,
        sampling=_GREEDY,
        grounding="ground_uitars",
        place="point",
        checkpoints=(("ByteDance-Seed/UI-TARS-7B-DPO", 8.3), ("ByteDance-Seed/UI-TARS-2B-SFT", 2.2)),
    ),
    Family(
        "doubao",
        "doubao",
        "template",
        space=_THOUSAND,
        actions=_TARS_ACTIONS,
        prompt="doubao_agent",
        spoken="Thought: {thought}\n{said}",
        pictures=2,
        sampling=_GREEDY,
        grounding="ground_doubao",
        place="point_call",
    ),
    Family(
        "minicpm-v",
        "json",
        "generic",
        space=_THOUSAND,  # its processor slices the picture, so pixels of it mean nothing
        constrained=True,
        grounding="ground_minicpm",
        place="tagged_box",
        checkpoints=(("openbmb/MiniCPM-V-4.6", 1.3), ("openbmb/MiniCPM-V-4.7-1B", 1.3)),
    ),
    Family(
        "agentcpm-gui",
        "agentcpm",
        "template",
        resize=longest_side(1120),
        space=_THOUSAND,
        actions=("click", "scroll", "drag", "longpress", "press", "input", "wait", "finished", "ask_user"),
        prompt="agentcpm_agent",
        system="agentcpm_system",
        sampling=Sampling(temperature=0.1, top_p=0.3, max_tokens=2048),
        checkpoints=(("openbmb/AgentCPM-GUI", 8.1),),
    ),
    Family(
        "opencua",
        "pyautogui",
        "template",
        resize=_QWEN25,
        actions=_PYAUTOGUI_ACTIONS,
        prompt="opencua_agent",
        system="opencua_system",
        sampling=_GREEDY,
        grounding="ground_bare",
        grounding_system="ground_opencua_system",
        place="code",
        checkpoints=(("xlangai/OpenCUA-7B", 8.3), ("xlangai/OpenCUA-32B", 33.5)),
    ),
    Family(
        "os-atlas-pro",
        "osatlas",
        "template",
        resize=_QWEN25,
        space=_THOUSAND,
        actions=("click", "input", "scroll", "longpress", "press", "open", "back", "wait", "finished"),
        prompt="osatlas_agent",
        sampling=_GREEDY,
        grounding="ground_osatlas",
        place="named_box",
        checkpoints=(("OS-Copilot/OS-Atlas-Pro-7B", 8.3),),
    ),
    Family(
        "os-atlas",
        "",
        "grounding",
        resize=_QWEN25,
        space=_THOUSAND,
        sampling=_GREEDY,
        grounding="ground_osatlas",
        place="named_box",
        grounds_only=True,
        checkpoints=(("OS-Copilot/OS-Atlas-Base-7B", 8.3),),
    ),
    Family(
        "gta1",
        "",
        "grounding",
        resize=to_multiple(28, 4 * _PATCH, 4096 * 2160),
        sampling=_GREEDY,
        grounding="ground_bare",
        grounding_system="ground_gta1_system",
        place="point",
        grounds_only=True,
        checkpoints=(("HelloKKMe/GTA1-7B-2507", 8.3),),
    ),
    Family(
        "jedi",
        "",
        "grounding",
        resize=to_multiple(28, 4 * _PATCH, 2700 * _PATCH),
        sampling=_GREEDY,
        grounding="ground_bare",
        grounding_system="qwen_system",
        place="tool_call",
        grounds_only=True,
        checkpoints=(("xlangai/Jedi-7B-1080p", 8.3), ("xlangai/Jedi-3B-1080p", 3.8)),
    ),
    Family(
        "holo1.5",
        "",
        "grounding",
        resize=to_multiple(28, 4 * _PATCH, 2560 * 1440),
        sampling=_GREEDY,
        grounding="ground_holo15",
        place="click_absolute",
        grounds_only=True,
        checkpoints=(("Hcompany/Holo1.5-7B", 8.3), ("Hcompany/Holo1.5-3B", 3.8)),
    ),
    Family(
        "holo2",
        "json",
        "generic",
        resize=_QWEN3,
        space=_THOUSAND,
        constrained=True,
        grounding="ground_holo2",
        place="xy",
        checkpoints=(("Hcompany/Holo2-8B", 8.8), ("Hcompany/Holo2-4B", 4.4)),
    ),
)
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
    (r"qwen[-_]?3[-_]?vl|qwen3[._-]5", "qwen3-vl"),
    (r"qwen[-_]?2[._-]?5[-_]?vl", "qwen2.5-vl"),
)


# Names that say less, or belong to a family whose published prompt is not in a row: pattern, row, what is assumed.
# Coordinates and classes are those of the publishers' cards; a profile (`agent doctor`) measures them.
_GUESSES = (
    (r"(?:^|/)mimo$", "mimo-vl", "that it is MiMo-VL of August 2025"),
    (
        r"gui[-_]?owl[-_]?1[._-]?5|ui[-_]?venus|mai[-_]?ui|holo[-_]?3",
        "relative",
        "coordinates from 0 to 1000, our own prompt",
    ),
    (r"evo[-_]?cua|qwen[-_]?cua|qwen3[._-][67]", "qwen3-vl", "the prompt and coordinates (0 to 1000) of Qwen3-VL"),
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
