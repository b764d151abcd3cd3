"""Getters, by the name that `evaluator.result.type` and `evaluator.expected.type` give.

One file a domain. Names and fields are those of OSWorld (desktop_env/evaluators/getters), beside our own for the
bundled site. A getter reads; it changes nothing that a judge looks at. What is not there is None.
"""

from __future__ import annotations

from envs.tasks.getters import applications, apps, chrome_profile, chrome_tabs, files, machine, rules, site
from envs.tasks.getters.base import GETTERS
from envs.tasks.getters.site import resolved

__all__ = ["GETTERS", "resolved"]

LOADED = (applications, apps, chrome_profile, chrome_tabs, files, machine, rules, site)
"""Naming them here registers their functions."""
