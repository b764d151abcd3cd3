"""Metrics, by the name that `evaluator.func` gives: (result[, expected][, options]) → 0–1.

One file a domain. Names and behaviour are those of OSWorld (desktop_env/evaluators/metrics), beside our own for
the bundled site. What a metric needs is imported when it is called.
"""

from __future__ import annotations

from envs.tasks.metrics import (
    archives,
    chrome,
    code,
    desktop,
    documents,
    documents_text,
    general,
    general_files,
    images,
    media,
    players,
    site,
    slides,
    slides_compare,
    table,
    thunderbird,
)
from envs.tasks.metrics.base import METRICS
from envs.tasks.metrics.site import answer_names, answer_number, only_these_changes

__all__ = ["METRICS", "answer_names", "answer_number", "only_these_changes"]

LOADED = (
    archives, chrome, code, desktop, documents, documents_text, general, general_files, images,
    media, players, site, slides, slides_compare, table, thunderbird,
)  # fmt: skip
"""Naming them here registers their functions."""
