"""No telemetry: the switches of every library that would otherwise call home, in one place.

`refuse` sets them in this process's environment, so that programs which it starts inherit them. It has to be
called before such a library is imported.
"""

from __future__ import annotations

import os

SWITCHES = {
    "ORT_DISABLE_TELEMETRY": "1",  # ONNX Runtime from 1.30 on: a device id in a file, a host of its maker
    "HF_HUB_DISABLE_TELEMETRY": "1",  # huggingface_hub, and transformers through it
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray
    "DO_NOT_TRACK": "1",  # whatever honours the common switch, vLLM among it
    "WANDB_MODE": "offline",  # Weights & Biases, where a trainer finds it installed
    "GRADIO_ANALYTICS_ENABLED": "False",
}
"""Variable → its value."""


def refuse() -> None:
    """Set every switch, whatever it was."""
    os.environ.update(SWITCHES)
