"""How model families and outside tools say an action."""

from __future__ import annotations

from action_space.formats.base import CannotExpress, Format, FormatError, Parsed, ParseOutcome
from action_space.formats.browsergym import BrowserGymFormat
from action_space.formats.computer13 import Computer13Format
from action_space.formats.json import JsonFormat
from action_space.formats.mimo import MimoFormat
from action_space.formats.osatlas import OsAtlasFormat
from action_space.formats.pyautogui import PyautoguiFormat
from action_space.formats.tools import AGENTCPM, ANTHROPIC, OPENAI, QWEN
from action_space.formats.uitars import DOUBAO, UITARS

FORMATS: dict[str, Format] = {
    "json": JsonFormat(),
    "mimo": MimoFormat(),
    "pyautogui": PyautoguiFormat(),
    "qwen": QWEN,
    "uitars": UITARS,
    "doubao": DOUBAO,
    "anthropic": ANTHROPIC,
    "openai": OPENAI,
    "agentcpm": AGENTCPM,
    "osatlas": OsAtlasFormat(),
    "computer_13": Computer13Format(),
    "browsergym": BrowserGymFormat(),
}
"""Name → format."""

__all__ = ["FORMATS", "CannotExpress", "Format", "FormatError", "ParseOutcome", "Parsed"]
