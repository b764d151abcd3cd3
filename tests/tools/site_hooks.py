"""How mkdocs makes a site of docs/: the README is its first page, and links into the repository are names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]


def on_files(files: Files, config: Any) -> Files:
    """Add the README, with links as they are seen from docs/."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").replace("](docs/", "](")
    files.append(File.generated(config, "index.md", content=inside(text)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    return inside(markdown)


def inside(markdown: str) -> str:
    """Links that lead out of docs/ become the name of what they lead to; those that lead to no page are left."""

    def named(link: re.Match[str]) -> str:
        words, target = link[1], link[2].removeprefix("../")
        return f"`{target}`" if words.strip("`") in (target, Path(target).name) else f"{words} (`{target}`)"

    outside = r"(?:\.\./|examples|tests|ARCHITECTURE|BENCHMARKS|CONTRIBUTING|CHANGELOG|LICENSE)[\w./-]*"
    return re.sub(rf"(?<!!)\[([^\]]+)\]\(({outside})\)", named, markdown)
