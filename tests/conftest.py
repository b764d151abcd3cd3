"""What all tests need of the process that runs them."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest

# A shell starts background jobs with Ctrl-C ignored, and what they start inherits it: tests that interrupt a
# command would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# Tests live in a home of their own: what they and the programs they start remember (settings, questions about lost
# files, caches) comes from no run before them and is left for none after. A browser that Playwright has downloaded
# stays where it is.
_BROWSERS = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
if _BROWSERS.is_dir():
    os.environ.setdefault("PLAYWRIGHT_BROWSERS_PATH", str(_BROWSERS))
os.environ["HOME"] = _HOME = tempfile.mkdtemp(prefix="agent-tests-home-")
atexit.register(shutil.rmtree, _HOME, ignore_errors=True)
for _name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
    os.environ.pop(_name, None)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Before the closing line: what was not run, why, and the target that runs it."""
    reasons = Counter(
        str(report.longrepr[2]).removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "skipped"
        for report in terminalreporter.stats.get("skipped", [])
    )
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"not run: {count} × {reason}", yellow=True)
    if expression := config.option.markexpr:
        terminalreporter.write_line(f"not run: what -m {expression!r} leaves out (make help names the targets)")
