"""Our own words, for models whose words are not known; and MiMo-VL, whose actions ours are."""

from __future__ import annotations

from model.base import Sampling
from model.family import Family
from model.rows.bounds import MIMO, MIMO_ACTIONS, QWEN3, THOUSAND

ROWS = (
    Family("canonical", "json", "json"),
    Family("generic", "json", "generic", resize=MIMO, constrained=True),
    # The same for what is built on Qwen3-VL and answers in 0–1000, and whose own prompt is not published.
    Family("relative", "json", "generic", resize=QWEN3, space=THOUSAND, constrained=True),
    Family(
        "mimo-vl",
        "mimo",
        "mimo",
        resize=MIMO,
        actions=MIMO_ACTIONS,
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
        resize=MIMO,
        actions=MIMO_ACTIONS,
        thinking=("\n<think>\n", "\n<no_think>\n"),
        suffix="\n<no_think>\n",
        sampling=Sampling(temperature=0.3, top_p=0.95, max_tokens=2048),
        grounding="ground_mimo",
        place="boxes",
        checkpoints=(("XiaomiMiMo/MiMo-VL-7B-RL", 8.3), ("XiaomiMiMo/MiMo-VL-7B-SFT", 8.3)),
    ),
    Family(
        "minicpm-v",
        "json",
        "generic",
        space=THOUSAND,  # its processor slices the picture, so pixels of it mean nothing
        constrained=True,
        grounding="ground_minicpm",
        place="tagged_box",
        checkpoints=(("openbmb/MiniCPM-V-4.6", 1.3), ("openbmb/MiniCPM-V-4.7-1B", 1.3)),
    ),
)
