"""TiddlyWiki on Node.js: the notes of a household, one file a note."""

from __future__ import annotations

import json
import re
from typing import Any

from envs.tasks.applications.base import Application, Instance, State

_INFO = {
    "description": "Household",
    "plugins": ["tiddlywiki/tiddlyweb", "tiddlywiki/filesystem"],
    "themes": ["tiddlywiki/vanilla", "tiddlywiki/snowwhite", "tiddlywiki/heavier"],
}
_NOTES: dict[str, tuple[str, str]] = {
    "Household": ("", "Everything that the four of us need to remember.\n\n* [[Shopping list]]\n"
                  "* [[Holiday in Lisbon]]\n* [[Recipes]]\n* [[Car]]\n"),
    "Shopping list": ("list", "* milk\n* bread\n* tomatoes\n"),
    "Recipes": ("", "<<list-links '[tag[recipe]sort[title]]'>>\n"),
    "Pancakes": ("recipe", "250 g flour, 3 eggs, half a litre of milk, a pinch of salt. Rest for half an hour.\n"),
    "Lentil soup": ("recipe", "Two cups of red lentils, one onion, cumin, lemon. Cook for 25 minutes.\n"),
    "Potato salad": ("recipe", "One kilo of potatoes, mustard, vinegar, chives. Better the next day.\n"),
    "Holiday in Lisbon": ("travel", "Flight TP 581 on 3 July at 11:20. The flat is in Rua da Rosa 44.\n"),
    "Packing": ("travel list", "* passports\n* sun cream\n* chargers\n"),
    "Car": ("", "Next inspection: March 2027. Tyres: 205/55 R16.\n"),
    "Old phone contract": ("paper", "Ended in May 2024. Customer number 88-2710.\n"),
    "Wi-Fi for guests": ("paper", "Network: Linden-Guest. Password: seven-green-kites\n"),
    "Neighbours": ("", "Mrs Albrecht (ground floor) has our spare key. Phone 555 0188.\n"),
}  # fmt: skip
_SYSTEM = {"$:/SiteTitle": "Household notes", "$:/SiteSubtitle": "for everyone in the house",
           "$:/DefaultTiddlers": "Household"}  # fmt: skip
_BY_ITSELF = re.compile(r"\$:/(StoryList|HistoryList|state/|temp/|status/)|Draft of ")
_UNSEEN = ("created", "modified", "creator", "modifier", "revision", "bag", "type")


def _seed(instance: Instance) -> None:
    folder = instance.data / "wiki" / "tiddlers"
    folder.mkdir(parents=True)
    (instance.data / "wiki" / "tiddlywiki.info").write_text(json.dumps(_INFO), encoding="utf-8")
    for title, (tags, text) in {**_NOTES, **{name: ("", text) for name, text in _SYSTEM.items()}}.items():
        head = f"created: 20260105080000000\nmodified: 20260105080000000\ntags: {tags}\ntitle: {title}\n"
        name = re.sub(r"[$:/]", "_", title)
        (folder / f"{name}.tid").write_text(f"{head}\n{text}", encoding="utf-8")


def _command(instance: Instance) -> list[str]:
    serve = ["wiki", "--listen", f"port={instance.port}", "host=127.0.0.1"]
    return ["node", instance.module("tiddlywiki/tiddlywiki.js"), *serve]


def _state(instance: Instance) -> State:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((instance.data / "wiki" / "tiddlers").rglob("*.tid")):
        head, _, text = path.read_text("utf-8").partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        title = fields.pop("title", path.stem)
        if not _BY_ITSELF.match(title):
            tags = sorted(fields.pop("tags", "").split())
            more = {name: value for name, value in fields.items() if name not in _UNSEEN}
            found[title] = {"title": title, "text": text.strip(), "tags": tags, **more}
    return {"notes": found}


APPLICATION = Application(
    name="tiddlywiki",
    title="TiddlyWiki",
    version="5.4.1",
    licence="BSD-3-Clause",
    kind="npm",
    packages=("tiddlywiki@5.4.1",),
    seed=_seed,
    command=_command,
    state=_state,
    ready="/status",
    lag_s=1.5,
)
