"""What all tests need of the process that runs them."""

from __future__ import annotations

import signal

# A shell starts background jobs with Ctrl-C ignored, and what they start inherits it: tests that interrupt a
# command would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
