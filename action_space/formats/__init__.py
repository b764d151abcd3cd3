"""How model families and outside tools say an action."""

from __future__ import annotations

from action_space.formats.base import CannotExpress, Format, FormatError, Parsed, ParseOutcome
from action_space.formats.browsergym import BrowserGymFormat
from action_space.formats.computer13 import Computer13Format
from action_space.formats.json import JsonFormat
from action_space.formats.mimo import MimoFormat
from action_space.formats.osatlas import OsAtlasFormat
from action_space.formats.pyautogui import PyautoguiFormat
from action_space.formats.tools.agentcpm import AGENTCPM
from action_space.formats.tools.anthropic import ANTHROPIC
from action_space.formats.tools.openai import OPENAI
from action_space.formats.tools.qwen import QWEN, QWEN_HELD, QWEN_XML
from action_space.formats.uitars import DOUBAO, UITARS
from action_space.plugins import Registry

FORMATS: Registry[Format] = Registry(
    {
        "json": JsonFormat(),
        "mimo": MimoFormat(),
        "pyautogui": PyautoguiFormat(),
        "qwen": QWEN,
        "qwen_held": QWEN_HELD,
        "qwen_xml": QWEN_XML,
        "uitars": UITARS,
        "doubao": DOUBAO,
        "anthropic": ANTHROPIC,
        "openai": OPENAI,
        "agentcpm": AGENTCPM,
        "osatlas": OsAtlasFormat(),
        "computer_13": Computer13Format(),
        "browsergym": BrowserGymFormat(),
    },
    "gui_agent.formats",
    lambda given: all(hasattr(given, name) for name in ("parse", "render")),
)
"""Name → format."""

__all__ = ["FORMATS", "CannotExpress", "Format", "FormatError", "ParseOutcome", "Parsed"]
