"""What one seed looks like: language, theme, layout and wording."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from envs.sites.server import SiteError

_CHOICES: dict[str, tuple[Any, ...]] = {
    "lang": ("en", "en", "en", "zh"),
    "theme": ("light", "light", "light", "dark"),
    "accent": ("#1d5fd1", "#c2410c", "#0f766e", "#6d28d9", "#111827", "#be123c", "#15803d"),
    "font": (
        "system-ui, sans-serif",
        "'Helvetica Neue', Helvetica, Arial, sans-serif",
        "Verdana, 'DejaVu Sans', sans-serif",
        "Georgia, 'DejaVu Serif', serif",
        "'Noto Sans', 'Noto Sans CJK SC', sans-serif",
    ),
    "radius": (0, 4, 8, 14, 22),
    "brand": ("Northway", "Lumen Motors", "Autohaus 88", "Meridian", "Volta & Co"),
    "cards": ("grid", "grid", "compact", "rows"),
    "heart": ("corner", "corner", "beside", "text"),
    "header": ("icons", "icons", "labelled"),
    "filters": ("side", "side", "top"),
    "price_filter": ("bands", "bands", "slider", "field"),
    "auto_apply": (True, False),
    "sort": ("list", "list", "links"),
    "swatch": ("round", "square"),
    "interior": ("swatches", "cards", "radios"),
    "trim": ("segments", "list"),
    "gallery": ("left", "right"),
    "quantity": ("stepper", "stepper", "list"),
    "remove": ("icon", "text", "both"),
    "compare": ("checkbox", "button"),
    "cookies": ("bottom", "bottom", "box", "none"),
    "popup": (True, False, False),
    "icon_weight": (1.5, 1.8, 2.2),
    "icon_style": (0, 1),
    "viewport": ((1280, 800), (1366, 768), (1440, 900), (1024, 768), (1280, 720)),
}
_WORDS: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "words.json").read_text(encoding="utf-8")
)
_OPEN = {"accent", "font", "brand", "viewport", "radius"}  # options that take other values too


@dataclass(frozen=True)
class Look:
    """Every choice that a seed makes; each can be given to `open_site` by name.

    Attributes:
        lang: "en" or "zh", the language at the start; the visitor may change it.
        theme: "light" or "dark".
        accent: CSS colour of buttons and links. font: CSS font family. radius: of corners, CSS pixels.
        brand: the store's name.
        cards: "grid", "compact" or "rows". heart: where the wish-list button sits on a card.
        header: the header's buttons with or without words. filters: beside or above the products.
        price_filter: "bands", "slider" or "field". auto_apply: filters work at once, or by a button.
        sort: a list box or links. swatch: shape of paint samples. interior, trim: kind of control.
        gallery: side of the picture on a product page. quantity: "stepper" or "list".
        remove: an icon, a word or both. compare: a check box or a button.
        cookies: "bottom", "box" or "none". popup: a newsletter box comes up after a moment.
        icon_weight: stroke, CSS pixels. icon_style: which drawing of the icons.
        viewport: suggested size, CSS pixels.
        words: which of the synonyms, by the part of the key before the dot.
    """

    lang: str
    theme: str
    accent: str
    font: str
    radius: int
    brand: str
    cards: str
    heart: str
    header: str
    filters: str
    price_filter: str
    auto_apply: bool
    sort: str
    swatch: str
    interior: str
    trim: str
    gallery: str
    quantity: str
    remove: str
    compare: str
    cookies: str
    popup: bool
    icon_weight: float
    icon_style: int
    viewport: tuple[int, int]
    words: dict[str, int]

    def word(self, key: str, lang: str) -> str:
        """The wording of this seed for one key, in one language."""
        variants = _WORDS[key][lang]
        return variants[self.words[key.split(".")[0]] % len(variants)]


@cache
def _groups() -> tuple[str, ...]:
    return tuple(sorted({key.split(".")[0] for key in _WORDS}))


def look(seed: int, options: dict[str, Any]) -> Look:
    """The look of a seed, with the given options instead of its choices; of a list the seed chooses one.

    Raises:
        SiteError: an unknown option or value.
    """
    rng = random.Random(f"store look {seed}")
    chosen: dict[str, Any] = {name: rng.choice(values) for name, values in _CHOICES.items()}
    chosen["words"] = {group: rng.randrange(12) for group in _groups()}
    for name, value in options.items():
        if name not in chosen:
            accepted = ", ".join(field.name for field in fields(Look))
            raise SiteError(f"store option {name!r} is not one of {accepted}")
        if isinstance(value, list) and name != "viewport":
            value = random.Random(f"store {name} {seed}").choice(value)
        if name in _CHOICES and name not in _OPEN and value not in _CHOICES[name]:
            accepted = ", ".join(repr(choice) for choice in dict.fromkeys(_CHOICES[name]))
            raise SiteError(f"store option {name}: {value!r} is not one of {accepted}")
        chosen[name] = {**chosen["words"], **value} if name == "words" else value
    chosen["viewport"] = tuple(chosen["viewport"])
    return Look(**chosen)
