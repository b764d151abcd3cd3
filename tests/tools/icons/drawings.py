"""Draws training crops for the icon classifier: icons on varied grounds, and what is no icon.

Used by `train_icons` only. Every crop passes through the same `normalise` as at run time.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from model.embedded.eyes.icons.classify import views_of
from tests.tools.icons.data import NAMES, SIZE

GLYPHS: Final = {
    "heart-filled": "♥❤💖🧡",
    "heart": "♡🤍",
    "star-filled": "★⭐",
    "star": "☆",
    "check": "✓✔✅",
    "close": "✕✖×✗✘❌",
    "menu": "☰≡",
    "gear": "⚙",
    "magnifier": "🔍🔎",
    "cart": "🛒",
    "bag": "🛍👜",
    "home": "🏠⌂🏡",
    "mail": "✉📧",
    "bell": "🔔",
    "person": "👤",
    "bin": "🗑",
    "pencil": "✎✏🖉",
    "phone": "☎📞✆",
    "camera": "📷📸",
    "play": "▶►",
    "pause": "⏸",
    "skip-forward": "⏭",
    "skip-back": "⏮",
    "volume": "🔊🔉",
    "arrow-left": "←⬅🡐",
    "arrow-right": "→➡➔",
    "arrow-up": "↑⬆",
    "arrow-down": "↓⬇",
    "chevron-left": "‹❮",
    "chevron-right": "›❯",
    "chevron-down": "▾▼⌄",
    "chevron-up": "▴▲⌃",
    "plus": "+＋➕",
    "minus": "−➖",
    "lock": "🔒",
    "unlock": "🔓",
    "key": "🔑",
    "tag": "🏷",
    "gift": "🎁",
    "folder": "📁📂",
    "file": "📄",
    "save": "💾",
    "print": "🖨",
    "attach": "📎",
    "bookmark": "🔖",
    "thumbs-up": "👍",
    "thumbs-down": "👎",
    "comment": "💬🗨",
    "flag": "⚑🚩⚐",
    "sun": "☀",
    "moon": "☾🌙",
    "credit-card": "💳",
    "truck": "🚚",
    "scale": "⚖",
    "more-vertical": "⋮",
    "more-horizontal": "⋯…",
    "reply": "↩",
    "forward": "↪",
    "refresh": "⟳↻🔄",
    "info": "ℹ",
    "warning": "⚠",
    "globe": "🌐",
    "pin": "📍",
    "eye": "👁",
    "link": "🔗",
    "swap": "⇄⇆",
    "sort": "⇅↕",
    "repeat": "🔁",
    "microphone": "🎤",
    "battery": "🔋",
    "calendar": "📅📆",
    "clock": "🕐🕒",
    "image": "🖼",
    "send": "➤",
    "help": "❓",
    "": "🎵🌳🚗✈🍎☕⚽🎓🧩💡🔥⚡☂♫♣♦♠☺😀😎🐶🍕🎈💰📚🖥📱🎮🏆💎🧪🔬🔨✂☁❄♻⚓⌛☢§¶©®™€£¥%&@#",
}
_TEXT: Final = (
    "the quick brown fox jumps over lazy dog Add Sign In Total Price Home About Contact 12 345 $19.99 2026 km/h"
    " Save OK Cancel Submit Name Email Password Next Back Yes No New Sale Free from per month Max Pro Apply Select"
    " 的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子"
    " 说产种面而方后多定行"
)
_CHARS: Final = "ABCDEFGHJKMNPQRSTUWYZabcdefghjkmnpqrstuwyz0123456789$%&@#€£?!的一是人中大上国我要时用生"


class Source:
    """All drawings: masters of the sets and of glyphs, with class numbers; class 0 is the reject class."""

    def __init__(
        self, rows: list[tuple[str, str, Path]], masters: np.ndarray, extra: list[tuple[str, np.ndarray]]
    ) -> None:
        pictures, concepts, packages = [], [], []
        for (package, concept, _), master in zip(rows, masters, strict=True):
            filled = concept in ("heart", "star") and _is_filled(master)
            if concept == "stop" and not _is_filled(master):
                continue  # a hollow square is a check box as well
            pictures.append(master)
            concepts.append(f"{concept}-filled" if filled else concept)
            packages.append(package)
            if concept == "reply":
                pictures.append(master[:, ::-1])
                concepts.append("forward")
                packages.append(package)
        for concept, picture in extra:
            pictures.append(picture)
            concepts.append(concept)
            packages.append("glyphs")
        self.pictures: list[np.ndarray] = pictures
        self.packages = packages
        self.names = ["", *sorted({c for c in concepts if c})]
        self.labels = np.array([self.names.index(c) for c in concepts])
        self.simple = {
            "minus",
            "plus",
            "stop",
            "play",
            "pause",
            "menu",
            "more-horizontal",
            "more-vertical",
            "list",
        }
        assert set(NAMES) <= set(self.names)


def _is_filled(master: np.ndarray) -> bool:
    ys, xs = np.nonzero(master > 100)
    if not len(xs):
        return False
    y, x = (int(ys.min()) + int(ys.max())) // 2, (int(xs.min()) + int(xs.max())) // 2
    return bool(master[y - 5 : y + 3, x - 4 : x + 4].mean() > 128)


@lru_cache(maxsize=200)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(name, size)


def glyphs() -> list[tuple[str, np.ndarray]]:
    """Symbols and emoji: (concept, opacity or RGBA at SIZE)."""
    found = []
    for concept, characters in GLYPHS.items():
        for character in characters:
            for font, size in (("DejaVuSans.ttf", 72), ("DejaVuSans-Bold.ttf", 72), ("NotoColorEmoji.ttf", 109)):
                drawn = _font(font, size)
                canvas = Image.new("RGBA", (160, 160), (0, 0, 0, 0))
                try:
                    missing = drawn.getmask(character).getbbox() == drawn.getmask("\U000f0000").getbbox()
                    ImageDraw.Draw(canvas).text((16, 12), character, font=drawn, fill="black", embedded_color=True)
                except OSError:
                    continue
                box = canvas.getchannel("A").getbbox()
                if missing or box is None:
                    continue
                cut = canvas.crop(box)
                cut.thumbnail((SIZE - 16, SIZE - 16))
                framed = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
                framed.paste(cut, ((SIZE - cut.width) // 2, (SIZE - cut.height) // 2))
                rgba = np.asarray(framed)
                found.append((concept, rgba.copy() if "Emoji" in font else rgba[..., 3].copy()))
    return found


def _colors(rnd: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Foreground and background, at least 70 apart in one channel."""
    while True:
        light = rnd.choice([255, 255, 255, 250, 245, 238])
        plain = np.array([light, light, rnd.choice([light, light, 250])])
        ink = (
            np.array([rnd.randrange(0, 140)] * 3)
            if rnd.random() < 0.6
            else np.array([rnd.randrange(256) for _ in "rgb"])
        )
        fore, back = ink, plain
        kind = rnd.random()
        if kind < 0.2:
            fore, back = np.array([rnd.choice([255, 240, 220])] * 3), np.array([rnd.randrange(200) for _ in "rgb"])
        elif kind < 0.3:
            fore, back = (
                np.array([rnd.randrange(256) for _ in "rgb"]),
                np.array([rnd.randrange(256) for _ in "rgb"]),
            )
        if np.abs(fore - back).max() >= 70:
            return fore, back


def _place(picture: np.ndarray, size: float, rnd: random.Random) -> np.ndarray:
    """A master scaled to `size` pixels at a random part of a pixel, cut to its extent; opacity or RGBA, 0–255."""
    a = picture if picture.ndim == 2 else picture[..., 3]
    ys, xs = np.nonzero(a > 60)
    cut = picture[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    if (
        picture.ndim == 2 and rnd.random() < 0.4
    ):  # what another designer might have drawn: turned, sheared, narrowed
        side = cut.shape[1], cut.shape[0]
        turn = cv2.getRotationMatrix2D((side[0] / 2, side[1] / 2), rnd.uniform(-6, 6), 1.0)
        turn[0, 1] += rnd.uniform(-0.08, 0.08)
        turn[:, :2] *= np.array([rnd.uniform(0.85, 1.15), rnd.uniform(0.85, 1.15)])
        room = 12
        turn[:, 2] = np.array([side[0] / 2 + room, side[1] / 2 + room]) - turn[:, :2] @ np.array(side) / 2
        cut = cv2.warpAffine(cut, turn, (side[0] + 2 * room, side[1] + 2 * room))
        ys, xs = np.nonzero(cut > 60)
        cut = cut[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    if picture.ndim == 2 and rnd.random() < 0.35:
        k = np.ones((3, 3), np.uint8)
        thicker = cv2.dilate(cut, k) if rnd.random() < 0.5 else cv2.erode(cut, k)
        cut = thicker if thicker.max() > 150 else cut
    scale = size / max(cut.shape[:2])
    stretch = rnd.uniform(0.92, 1.08) if rnd.random() < 0.3 else 1.0
    w, h = max(2.0, cut.shape[1] * scale * stretch), max(2.0, cut.shape[0] * scale)
    # Padding by a part of a target pixel shifts the grid.
    px, py = int(rnd.random() / scale), int(rnd.random() / scale)
    pad = ((py, int(1 / scale) + 1 - py), (px, int(1 / scale) + 1 - px))
    padded = np.pad(cut, pad if cut.ndim == 2 else (*pad, (0, 0)))
    target = (max(3, round(w * padded.shape[1] / cut.shape[1])), max(3, round(h * padded.shape[0] / cut.shape[0])))
    return np.asarray(cv2.resize(padded, target, interpolation=cv2.INTER_AREA))


def _paint(drawn: np.ndarray, fore: np.ndarray, back: np.ndarray, rnd: random.Random) -> np.ndarray:
    """A crop with the drawing in it and a margin around."""
    h, w = drawn.shape[:2]
    left, t, r, b = (rnd.choice([0, 1, 2, 3, 5, 8]) for _ in range(4))
    crop = np.empty((h + t + b, w + left + r, 3), np.float32)
    crop[:] = back
    part = crop[t : t + h, left : left + w]
    if drawn.ndim == 2:
        opacity = drawn[..., None].astype(np.float32) / 255
        part[:] = part * (1 - opacity) + fore * opacity
    else:
        opacity = drawn[..., 3:].astype(np.float32) / 255
        part[:] = part * (1 - opacity) + drawn[..., :3] * opacity
    return crop.round().astype(np.uint8)


def _badge(crop: np.ndarray, rnd: random.Random) -> np.ndarray:
    h, w = crop.shape[:2]
    r = max(2, round(min(h, w) * rnd.uniform(0.12, 0.22)))
    paint = rnd.choice([(229, 57, 53), (255, 64, 64), (33, 100, 243), (0, 160, 80), (255, 140, 0)])
    center = (w - 1 - r + rnd.randint(-1, 1), r + rnd.randint(-1, 1))
    return np.ascontiguousarray(cv2.circle(np.ascontiguousarray(crop), center, r, paint, -1, cv2.LINE_AA))


def _button(crop: np.ndarray, back: np.ndarray, rnd: random.Random) -> np.ndarray:
    """The crop on a filled or outlined button over another ground."""
    h, w = crop.shape[:2]
    pad = rnd.randint(2, 10)
    side_w, side_h = w + 2 * pad, h + 2 * pad
    round_ = rnd.random() < 0.5
    if round_:
        side_w = side_h = round(1.3 * max(w, h)) + 2 * pad
    ground = (
        np.array([rnd.choice([255, 245, 235])] * 3) if np.abs(back - 255).max() > 40 else np.array([225, 228, 235])
    )
    out = np.empty((side_h + 4, side_w + 4, 3), np.uint8)
    out[:] = ground
    tone = tuple(int(v) for v in back)
    if round_:
        cv2.circle(out, ((side_w + 4) // 2, (side_h + 4) // 2), side_w // 2, tone, -1, cv2.LINE_AA)
    else:
        r = rnd.randint(0, 6)
        mask = np.zeros(out.shape[:2], np.uint8)
        cv2.rectangle(mask, (2 + r, 2 + r), (side_w + 1 - r, side_h + 1 - r), 255, -1)
        mask = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1)))
        out[mask > 0] = tone
    top, left = (out.shape[0] - h) // 2, (out.shape[1] - w) // 2
    inside = np.abs(crop.astype(int) - back).max(axis=2) > 6
    out[top : top + h, left : left + w][inside] = crop[inside]
    return out


Drawn = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw_icons(source: Source, use: np.ndarray, count: int, seed: int) -> Drawn:
    """`count` pictures of icons among `use`, concepts evenly, a fifth of them of no concept."""
    rnd = random.Random(seed)
    by_label = {int(c): np.nonzero(use & (source.labels == c))[0] for c in set(source.labels[use].tolist())}
    labels = [c for c in by_label if c]
    views: list[np.ndarray] = []
    out: list[int] = []
    kinds: list[str] = []
    while len(views) < count:
        label = 0 if rnd.random() < 0.22 and 0 in by_label else rnd.choice(labels)
        picture = source.pictures[rnd.choice(by_label[label])]
        if not (picture if picture.ndim == 2 else picture[..., 3]).any():
            continue
        fore, back = _colors(rnd)
        size = rnd.choice([12, 14, 16, 16, 18, 20, 20, 22, 24, 24, 28, 32, 36, 40]) * rnd.uniform(0.8, 1.1)
        if source.names[label] in (
            "chevron-left",
            "chevron-right",
            "chevron-up",
            "chevron-down",
            "close",
            "check",
        ):
            size *= rnd.uniform(0.5, 1)
        crop = _paint(_place(picture, max(7.0, size), rnd), fore, back, rnd)
        style = rnd.random()
        if style < 0.07 and label:
            crop = _badge(crop, rnd)
        # Of a button the inside is learned, not its outline.
        found = views_of(_button(crop, back, rnd))[1:] if style > 0.9 else views_of(crop)
        for view in found[:2]:
            views.append(view)
            out.append(label)
            kinds.append("icon" if label else "other icon")
    return np.stack(views), np.array(out), np.array(kinds)


def draw_others(count: int, seed: int, source: Source, use: np.ndarray) -> Drawn:
    """`count` pictures of what is no icon: text, characters, bits of photographs, frames, halves of icons."""
    rnd = random.Random(seed + 7)
    makers = {
        "text": _text,
        "character": _character,
        "photo": _photo,
        "figure": _figure,
    }
    weights = [4, 3, 2, 2]
    views: list[np.ndarray] = []
    kinds: list[str] = []
    halves = _halves(source, use, rnd)
    while len(views) < count:
        if rnd.random() < 0.12:
            kind, crop = "half an icon", next(halves)
        else:
            kind = rnd.choices(list(makers), weights)[0]
            crop = makers[kind](rnd)
        for view in views_of(crop)[:2]:
            views.append(view)
            kinds.append(kind)
    return np.stack(views), np.zeros(len(views), np.int64), np.array(kinds)


def _halves(source: Source, use: np.ndarray, rnd: random.Random) -> Iterator[np.ndarray]:
    rich = [
        i
        for i in np.nonzero(use & (source.labels > 0))[0]
        if source.names[source.labels[i]] not in source.simple
        and not source.names[source.labels[i]].startswith(("arrow", "chevron", "check", "close", "skip"))
        and source.pictures[i].ndim == 2
        and source.pictures[i].any()
    ]
    while True:
        drawn = _place(source.pictures[rnd.choice(rich)], rnd.uniform(16, 44), rnd)
        h, w = drawn.shape
        share = rnd.uniform(0.3, 0.5)
        cut = [
            drawn[: int(h * share)],
            drawn[-int(h * share) :],
            drawn[:, : int(w * share)],
            drawn[:, -int(w * share) :],
        ]
        fore, back = _colors(rnd)
        yield _paint(rnd.choice(cut), fore, back, rnd)


def _write(text: str, rnd: random.Random) -> np.ndarray:
    wide = any(ord(c) > 0x2E80 for c in text)
    latin = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf"]
    font = _font("NotoSansCJK-Regular.ttc" if wide else rnd.choice(latin), rnd.randint(9, 28))
    left, top, right, bottom = font.getbbox(text)
    canvas = Image.new("L", (max(2, int(right - left) + 2), max(2, int(bottom - top) + 2)), 0)
    ImageDraw.Draw(canvas).text((1 - left, 1 - top), text, font=font, fill=255)
    fore, back = _colors(rnd)
    return _paint(np.asarray(canvas), fore, back, rnd)


def _text(rnd: random.Random) -> np.ndarray:
    words = _TEXT.split()
    text = " ".join(rnd.choice(words) for _ in range(rnd.choice([1, 1, 1, 2, 3])))
    start = rnd.randrange(max(1, len(text) - 1))
    text = text[start : start + rnd.randint(2, 14)].strip() or "ab"
    return _write(text if len(text) > 1 else text + "a", rnd)


def _character(rnd: random.Random) -> np.ndarray:
    return _write(rnd.choice(_CHARS), rnd)


def _photo(rnd: random.Random) -> np.ndarray:
    noise = np.random.default_rng(rnd.randrange(1 << 30))
    h, w = rnd.randint(12, 60), rnd.randint(12, 60)
    cells = noise.integers(0, 256, (rnd.randint(2, 7), rnd.randint(2, 7), 3), dtype=np.uint8)
    how = cv2.INTER_CUBIC if rnd.random() < 0.7 else cv2.INTER_NEAREST
    field = cv2.resize(cells, (w, h), interpolation=how).astype(np.int16)
    return np.clip(field + noise.normal(0, rnd.choice([0, 3, 12]), field.shape), 0, 255).astype(np.uint8)


def _figure(rnd: random.Random) -> np.ndarray:
    """Frames, swatches, dots, rings, rules, corners, tables."""
    fore, back = _colors(rnd)
    h, w = rnd.randint(10, 44), rnd.randint(10, 44)
    out = np.empty((h + 8, w + 8, 3), np.uint8)
    out[:] = back
    tone, second = tuple(int(v) for v in fore), tuple(rnd.randrange(256) for _ in "rgb")
    thick = rnd.choice([1, 1, 2, 3])
    kind = rnd.randrange(7)
    if kind == 0:
        cv2.rectangle(out, (4, 4), (3 + w, 3 + h), tone, thick)
    elif kind == 1:
        cv2.circle(out, (4 + w // 2, 4 + h // 2), min(w, h) // 2, tone, rnd.choice([-1, thick]), cv2.LINE_AA)
        if rnd.random() < 0.3:
            cv2.circle(out, (4 + w // 2, 4 + h // 2), min(w, h) // 4, second, -1, cv2.LINE_AA)
    elif kind == 2:
        w = max(w, 2 * h)
        out = np.empty((h + 8, w + 8, 3), np.uint8)
        out[:] = back
        cv2.rectangle(out, (4, 4), (3 + w, 3 + h), tone, -1)
    elif kind == 3:
        cv2.ellipse(
            out,
            (4 + w // 2, 4 + h // 2),
            (w // 2, h // 3),
            rnd.randrange(180),
            0,
            360,
            tone,
            rnd.choice([-1, 1, 2]),
            cv2.LINE_AA,
        )
    elif kind == 4:
        cv2.line(out, (4, rnd.randrange(h) + 4), (3 + w, rnd.randrange(h) + 4), tone, thick, cv2.LINE_AA)
        cv2.line(out, (4 + rnd.randrange(w), 4), (4 + rnd.randrange(w), 3 + h), tone, thick, cv2.LINE_AA)
    elif kind == 5:
        corner = rnd.choice([(0, 0), (w, 0), (0, h), (w, h)])
        cv2.line(out, (4, 4 + corner[1]), (4 + w, 4 + corner[1]), tone, thick)
        cv2.line(out, (4 + corner[0], 4), (4 + corner[0], 4 + h), tone, thick)
    else:
        cv2.rectangle(out, (4, 4), (3 + w, 3 + h), second, -1)
        cv2.rectangle(out, (4, 4), (3 + w // 2, 3 + h), tone, -1)
    return out
