"""Families that say where something is, and cannot decide what to do."""

from __future__ import annotations

from model.family import Family, to_multiple
from model.rows.bounds import GREEDY, PATCH, QWEN25, THOUSAND

ROWS = (
    Family(
        "os-atlas",
        "",
        "grounding",
        resize=QWEN25,
        space=THOUSAND,
        sampling=GREEDY,
        grounding="ground_osatlas",
        place="named_box",
        grounds_only=True,
        checkpoints=(("OS-Copilot/OS-Atlas-Base-7B", 8.3),),
    ),
    Family(
        "gta1",
        "",
        "grounding",
        resize=to_multiple(28, 4 * PATCH, 4096 * 2160),
        sampling=GREEDY,
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
        resize=to_multiple(28, 4 * PATCH, 2700 * PATCH),
        sampling=GREEDY,
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
        resize=to_multiple(28, 4 * PATCH, 2560 * 1440),
        sampling=GREEDY,
        grounding="ground_holo15",
        place="click_absolute",
        grounds_only=True,
        checkpoints=(("Hcompany/Holo1.5-7B", 8.3), ("Hcompany/Holo1.5-3B", 3.8)),
    ),
)
