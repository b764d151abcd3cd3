"""What several rows share: bounds of pictures, ranges of coordinates, sets of actions."""

from __future__ import annotations

from action_space.actions import CORE
from action_space.geometry import Size
from model.base import Sampling
from model.family import to_multiple

PATCH = 28 * 28
MIMO = to_multiple(28, 4 * PATCH, 4096 * PATCH)
QWEN25 = to_multiple(28, 4 * PATCH, 12_845_056)
QWEN3 = to_multiple(32, 65_536, 16_777_216)
QWEN35 = to_multiple(32, 3136, 16 * 16 * 4 * 12_800)
THOUSAND = Size(1000, 1000)
GRID = Size(999, 999)
"""What publishers divide by who count 0 to 999; their prompts call the screen 1000x1000 all the same."""
GREEDY = Sampling(temperature=0.0, max_tokens=2048)

MIMO_ACTIONS = (*CORE, "navigate", "back", "new_tab", "switch_tab", "close_tab", "dialog", "ask_user")
QWEN_ACTIONS = ("click", "scroll", "input", "press", "hover", "wait", "finished")
QWEN35_ACTIONS = ("click", "scroll", "input", "press", "drag", "hover", "wait", "finished")
TARS_ACTIONS = ("click", "drag", "press", "input", "scroll", "wait", "finished", "ask_user")
PYAUTOGUI_ACTIONS = ("click", "scroll", "input", "drag", "press", "longpress", "hover", "wait", "finished")

# How conversations are laid out; see `Family.opening`.
PICTURE_FIRST = "{{ screenshot }}{{ prompt }}{% if told %}\n{{ told }}{% endif %}"
TEXT_FIRST = "{{ prompt }}{% if told %}\n{{ told }}{% endif %}{{ screenshot }}"
TOOL_RESPONSE = "<tool_response>\n{% if told %}{{ told }}\n{% endif %}{{ screenshot }}\n</tool_response>"
COLLAPSED = "This screenshot has been collapsed."
