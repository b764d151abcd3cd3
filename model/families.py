"""The model families: one row each. A new family is a row here and a format, never a new loop.

Where a row's bounds and words come from stands in `docs/models.md`; the wordings are those that the weights were
trained on, in `model/prompts`.
"""

from __future__ import annotations

import re

from action_space.actions import CORE
from action_space.geometry import Size
from model.base import Sampling
from model.family import Family, longest_side, to_multiple
from model.hub import SHORT_NAMES

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
    ),
    Family(
        "minicpm-v",
        "json",
        "generic",
        space=_THOUSAND,  # its processor slices the picture, so pixels of it mean nothing
        constrained=True,
        grounding="ground_minicpm",
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
        checkpoints=(("Hcompany/Holo2-8B", 8.8), ("Hcompany/Holo2-4B", 4.4)),
    ),
)
FAMILIES: dict[str, Family] = {row.name: row for row in _ROWS}

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


def family_of(name: str) -> str:
    """The family that a model's name tells of; `generic` (our own schema, told in the prompt) otherwise."""
    name = SHORT_NAMES.get(name, name).lower()
    return next((family for pattern, family in _PATTERNS if re.search(pattern, name)), "generic")


__all__ = ["FAMILIES", "Family", "family_of"]
