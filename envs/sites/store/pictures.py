"""Pictures of what the store sells, drawn as SVG in the chosen paint, and its icons.

The outlines are in drawings.json: cars and things in 400 × 160 units, icons (two drawings each) in 24 × 24.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_DRAWN: dict[str, Any] = json.loads((Path(__file__).parent / "drawings.json").read_text(encoding="utf-8"))
_SPOKES = {"aero": 0, "sport": 5, "forged": 10}


def wheel(style: str, x: float = 28, y: float = 28, radius: float = 24) -> str:
    """One wheel as SVG elements."""
    spokes = _SPOKES[style]
    parts = [
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#1b1c1f"/>',
        f'<circle cx="{x}" cy="{y}" r="{radius * 0.72:.1f}" fill="{"#3a3d42" if spokes else "#c9cdd3"}"/>',
    ]
    for i in range(spokes):
        parts.append(
            f'<rect x="{x - radius * 0.07:.1f}" y="{y - radius * 0.7:.1f}" width="{radius * 0.14:.1f}" '
            f'height="{radius * 0.7:.1f}" fill="#d5d8dd" transform="rotate({360 / spokes * i:.0f} {x} {y})"/>'
        )
    if not spokes:
        ring = f'r="{radius * 0.5:.1f}" fill="none" stroke="#8d929a" stroke-width="2"'
        parts.append(f'<circle cx="{x}" cy="{y}" {ring}/>')
    parts.append(f'<circle cx="{x}" cy="{y}" r="{radius * 0.16:.1f}" fill="#777c84"/>')
    return "".join(parts)


def car(kind: str, paint: str, wheels: str, interior: str, label: str) -> str:
    """A car from the side. `kind` is "sedan" or "suv"; `paint` and `interior` are CSS colours."""
    body, glass = _DRAWN[kind]["body"], _DRAWN[kind]["glass"]
    return _svg(
        label,
        '<ellipse cx="200" cy="144" rx="180" ry="7" fill="#000" opacity=".13"/>'
        f'<path d="{body}" fill="{paint}" stroke="rgba(90,95,105,.55)" stroke-width="1.2"/>'
        '<path d="M30 108 C120 98 270 96 372 104 L372 122 L40 124 Z" fill="#000" opacity=".1"/>'
        f'<path d="{glass}" fill="#20272f"/><path d="{glass}" fill="{interior}" opacity=".28"/>'
        '<path d="M228 47 L232 122" stroke="rgba(0,0,0,.3)" stroke-width="1.4" fill="none"/>'
        '<path d="M170 100 h18 M262 98 h18" stroke="rgba(0,0,0,.4)" stroke-width="2.4"/>'
        '<path d="M34 100 q10 -7 26 -7 l-4 8 z" fill="#fff7d6" stroke="#9a8f6a" stroke-width=".6"/>'
        '<path d="M372 100 q-8 -7 -22 -9 l3 8 z" fill="#d61f2c"/>'
        '<circle cx="94" cy="121" r="28" fill="#101114"/><circle cx="308" cy="121" r="28" fill="#101114"/>'
        + wheel(wheels, 94, 121)
        + wheel(wheels, 308, 121),
    )


def thing(id: str, label: str) -> str:
    """An accessory."""
    if id != "scale-model":
        return _svg(label, _DRAWN["things"][id])
    body, glass = _DRAWN["sedan"]["body"], _DRAWN["sedan"]["glass"]
    toy = f'<path d="{body}" fill="#c81e1e"/><path d="{glass}" fill="#20272f"/>'
    return _svg(
        label,
        '<rect x="70" y="112" width="260" height="22" rx="3" fill="#7b5b3a"/>'
        f'<g transform="translate(84 20) scale(.58)">{toy}{wheel("sport", 94, 121)}{wheel("sport", 308, 121)}</g>',
    )


def icon(name: str, style: int, weight: float, filled: bool = False) -> str:
    """An icon in the text's colour. `weight` is the stroke's width in units of 1/24 of its size."""
    return (
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" stroke="currentColor" stroke-linecap="round" '
        f'stroke-linejoin="round" fill="{"currentColor" if filled else "none"}" stroke-width="{weight}">'
        f'<path d="{_DRAWN["icons"][name][style]}"/></svg>'
    )


def _svg(label: str, inner: str) -> str:
    return f'<svg viewBox="0 0 400 160" role="img" aria-label="{label}" class="picture">{inner}</svg>'
