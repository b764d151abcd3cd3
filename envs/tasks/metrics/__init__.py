"""Metrics, by the name that `evaluator.func` gives: (result[, expected][, options]) → 0–1.

One file a domain. Names and behaviour are those of OSWorld (desktop_env/evaluators/metrics), beside our own for
the bundled site. What a metric needs is imported when it is called.
"""

from __future__ import annotations

from envs.tasks.metrics import apps, archives, chrome, code, desktop, general, general_files, site, thunderbird
from envs.tasks.metrics.base import METRICS
from envs.tasks.metrics.media import audio as media
from envs.tasks.metrics.media import images, players
from envs.tasks.metrics.office import documents, documents_text, slides, slides_compare, table
from envs.tasks.metrics.site import answer_names, answer_number, only_these_changes

__all__ = ["METRICS", "answer_names", "answer_number", "only_these_changes"]

LOADED = (
    apps, archives, chrome, code, desktop, documents, documents_text, general, general_files, images,
    media, players, site, slides, slides_compare, table, thunderbird,
)  # fmt: skip
"""Naming them here registers their functions."""
