"""Rollouts as a page: the picture with the right place and every answer's, the answers, rewards, advantages."""

from __future__ import annotations

import base64
import html
import io
from pathlib import Path

from PIL import Image, ImageDraw

from model.training.data.records import GroundingItem
from model.training.rewards.base import Case, place_of
from model.training.rl.journal import Journal
from model.training.rollout.group import Group
from model.training.rollout.prompts import Item, Items

_STYLE = """body{font:14px system-ui,sans-serif;max-width:1100px;margin:1em auto;padding:0 1em}
section{display:flex;gap:1em;border-top:1px solid #ccc;padding:.8em 0}img{max-width:360px;max-height:280px}
table{border-collapse:collapse}td,th{padding:.1em .6em;text-align:left;vertical-align:top}
code{white-space:pre-wrap;overflow-wrap:anywhere}.no{color:#777}"""


def write_gallery(folder: Path, journal: Journal, items: Items, *, groups: int = 24) -> Path | None:
    """`gallery.html`: the newest groups, those that taught something first. None: nothing was drawn yet.

    What models and pages said is escaped; the page loads nothing and has no scripts.
    """
    if not len(journal):
        return None
    shown: list[tuple[int, Group]] = []
    for number in range(len(journal) - 1, -1, -1):
        rollout = journal.read(number)
        ranked = sorted(rollout.groups, key=lambda group: group.state != "admitted")
        shown += [(number, group) for group in ranked[: groups - len(shown)]]
        if len(shown) == groups:
            break
    parts = [_section(number, group, items) for number, group in shown]
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Rollouts</title>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        f'img-src data:"><style>{_STYLE}</style><h1>Rollouts of {html.escape(folder.name)}</h1>'
        f"{''.join(parts)}</html>\n"
    )
    place = folder / "gallery.html"
    part = place.with_suffix(".part")
    part.write_text(page, "utf-8", "replace")
    part.replace(place)
    return place


def _section(number: int, group: Group, items: Items) -> str:
    item = items.named(group.item)
    rows = []
    for text, answer, scored, advantage in zip(
        group.texts, group.answers, group.scored, group.advantages, strict=True
    ):
        parts = ", ".join(f"{name} {_number(value)}" for name, value in scored.parts.items())
        notes = [scored.guard, "" if answer.ended else "cut"]
        rows.append(
            f"<tr><td><code>{html.escape(text)}</code></td><td>{_number(scored.reward)}</td>"
            f"<td>{_number(advantage)}</td><td>{len(answer.tokens)}</td><td class=no>{html.escape(parts)} "
            f"{html.escape(' '.join(filter(None, notes)))}</td></tr>"
        )
    asked = _asked(item)
    picture = f'<img alt="what the model saw" src="{_drawn(item, group, items)}">' if _has_picture(item) else ""
    return (
        f"<section><div>{picture}</div><div><b>{html.escape(asked)}</b> <span class=no>rollout {number}, "
        f"{html.escape(group.task)}, {group.state}{', with a kept success' if group.replayed else ''}</span>"
        "<table><tr><th>answer<th>reward<th>advantage<th>tokens<th></tr>"
        f"{''.join(rows)}</table></div></section>"
    )


def _number(value: float | None) -> str:
    return "missing" if value is None else f"{value:.2f}"


def _asked(item: Item | None) -> str:
    if item is None:
        return "an item that the data no longer has"
    record = item.record
    named = {"grounding": "instruction", "episode": "task", "text": "prompt"}
    return str(getattr(record, named[record.record], record.id))


def _has_picture(item: Item | None) -> bool:
    return item is not None and item.record.record in ("grounding", "episode")


def _drawn(item: Item | None, group: Group, items: Items) -> str:
    """The picture, with the right places in green and the answers' in red, as a data address."""
    assert item is not None
    seen = items.picture(item)
    assert seen is not None
    image: Image.Image = seen.copy()
    record, frame = item.record, items.frame(item)
    if isinstance(record, GroundingItem) and frame is not None:
        draw = ImageDraw.Draw(image)
        across, down = image.width / record.picture.width, image.height / record.picture.height
        for left, top, right, bottom in record.boxes:
            draw.rectangle((left * across, top * down, right * across, bottom * down), outline="#0a0", width=2)
        for text in group.texts:
            point = place_of(Case(record, items.family, frame, text)).point
            if point is not None:
                x, y = point[0] * across, point[1] * down
                draw.ellipse((x - 3, y - 3, x + 3, y + 3), outline="#d00", width=2)
    image.thumbnail((640, 640))
    file = io.BytesIO()
    image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
