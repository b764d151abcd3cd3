"""`agent eval`: what plays a suite, and what looks at runs."""

from __future__ import annotations

from agent.cli.evaluate.play import app, choose, opened

__all__ = ["app", "choose", "opened"]
