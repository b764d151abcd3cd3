"""What an installation costs: packages and megabytes of the core, and of the core with the embedded model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# In every virtual environment, or only there to build with.
_TOOLS = {"pip", "setuptools", "wheel"}


def run() -> list[dict[str, Any]]:
    """Packages and megabytes of each extra, in an environment of its own."""
    entries = []
    for extra in ("", "embedded"):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            python = f"{folder}/bin/python"
            wanted = f"{ROOT}[{extra}]" if extra else str(ROOT)
            pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "install", wanted], check=True)
            listed = subprocess.run(
                [*pip[:3], "list", "--format", "json"],
                check=True,
                env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
                capture_output=True,
                text=True,
            )
            names = {package["name"].lower() for package in json.loads(listed.stdout)} - _TOOLS
            (packages,) = Path(folder).glob("lib/*/site-packages")
            sizes = {
                part.name: sum(file.stat().st_size for file in part.rglob("*") if file.is_file())
                for part in packages.iterdir()
                if part.is_dir() and part.name not in _TOOLS
            }
        title = f"install/core and {extra}" if extra else "install/core"
        command = f"pip install gui-agent-toolkit{f'[{extra}]' if extra else ''}"
        own = sizes.get("playwright", 0)
        entries += [
            {"name": f"{title}: packages", "value": len(names), "unit": "packages", "command": command},
            {
                "name": f"{title}: size",
                "value": round(sum(sizes.values()) / 1e6),
                "unit": "MB",
                "command": command,
                "note": f"of which Playwright's driver {own / 1e6:.0f} MB; without a browser",
            },
        ]
    return entries
