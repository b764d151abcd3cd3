"""Files that other trainers read: `agent data export`. One module a tool, each by that tool's documented rules."""

from model.training.data.writers.export import TOOLS, Exported, export

__all__ = ["TOOLS", "Exported", "export"]
