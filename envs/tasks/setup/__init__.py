"""Set-up steps, by the name that `config[].type` and `evaluator.postconfig[].type` give.

Names and fields are those of OSWorld (desktop_env/controllers/setup.py), beside our own for the bundled site.
"""

from __future__ import annotations

from envs.tasks.setup import apps, browser, machine, site
from envs.tasks.setup.base import SETUP

__all__ = ["SETUP"]

LOADED = (apps, browser, machine, site)
"""Naming them here registers their functions."""
