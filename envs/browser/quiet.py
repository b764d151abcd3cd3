"""Switches that keep Chromium itself, unlike the pages in it, from talking to its maker.

Playwright switches off most of it. What it leaves: whether somebody is signed in is asked of an account server,
forms of every page are described to a server for filling them in, and updates of extensions are looked for. These
have no switch; their servers can be named, and port 9 of this computer answers nothing.
"""

from __future__ import annotations

NOBODY_AT = "127.0.0.1", 9
_NOBODY = "http://127.0.0.1:9/"
ARGS = (
    f"--gaia-url={_NOBODY}",
    f"--lso-url={_NOBODY}",
    f"--google-apis-url={_NOBODY}",
    f"--autofill-server-url={_NOBODY}",
    f"--apps-gallery-update-url={_NOBODY}",
    f"--component-updater=url-source={_NOBODY}",
    "--no-pings",
)
