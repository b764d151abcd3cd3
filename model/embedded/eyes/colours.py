"""Names of colours, in English and Chinese, and how near a colour is to a name.

A colour is compared in OKLab with lightness at half weight: people forgive a shade sooner than a hue. Each basic
name has several examples (its prototypes): navy and sky are both blue, though far apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

# Basic name → examples, the most typical first.
_BASIC: Final = {
    "black": "000000 1a1a1a",
    "white": "ffffff f8f8f8",
    "grey": "808080 333333 4d4d4d a9a9a9 c0c0c0 d3d3d3 e0e0e0 708090 9aa0a6 626b73 abaeb0",
    "red": "ff0000 e53935 8b0000 dc143c d32f2f 911d1c dc4553",
    "orange": "ff8c00 ffa500 ff6600 ff7f0e f97316 e27016",
    "yellow": "ffff00 ffeb3b ffd700 facc15 fff9c4 b8a000 e5d742 bafc21",
    "green": "00a000 008000 00ff00 2e7d32 22c55e 90ee90 003300 556b2f 808000 c8e6c9 32cd32 7ff848 4e762a 73b64d"
    " aff9a2",
    "blue": "0000ff 1e90ff 2563eb 000080 add8e6 bbdefb 87ceeb 1e3a5f 4682b4 001040 3560f2 24588c 38b6ff",
    "purple": "800080 9c27b0 8000ff 7c3aed 9370db 4b0082 d8bfd8 e1bee7 6a0dad 2d0a4e 915a9e a238eb",
    "pink": "ff69b4 ffc0cb f8bbd0 ff1493 fa8072 e91e63 ee3d8b e895a1",
    "brown": "8b4513 a52a2a 5d4037 a0522d 3e2723 795548 6b4423 611c09 9f7a32",
    "cyan": "00ffff 00bcd4 008080 40e0d0 004d4d b2ebf2 20b2aa 4bc6bb",
    "magenta": "ff00ff d100c8 c20078 d411af",
    "beige": "f5f5dc d2b48c f5deb3 e8d8b8 c2a878 d7c38b",
}

# Names of a narrower range: examples, and the basic names that they may also be called by.
_SHADES: Final = {
    "silver": ("c0c0c0 d4d6d9 b4b8bd", "grey white"),
    "gold": ("ffd700 d4af37 c9a227 daa520", "yellow orange beige brown"),
    "teal": ("008080 009688 0d7377", "cyan green blue"),
    "turquoise": ("40e0d0 06c2ac 30d5c8", "cyan green blue"),
    "navy": ("000080 001f3f 01153e", "blue black"),
    "sky blue": ("87ceeb 75bbfd 38b6ff", "blue cyan"),
    "royal blue": ("4169e1 0504aa", "blue"),
    "maroon": ("800000 650021", "red brown"),
    "burgundy": ("800020 610023", "red brown purple"),
    "wine": ("722f37 80013f", "red brown purple"),
    "crimson": ("dc143c 8c000f", "red"),
    "scarlet": ("ff2400 be0119", "red orange"),
    "olive": ("808000 6e750e", "green yellow brown"),
    "lime": ("00ff00 aaff32 32cd32", "green yellow"),
    "mint": ("98ff98 9ffeb0 3eb489", "green cyan"),
    "emerald": ("50c878 01a049", "green"),
    "violet": ("8f00ff ee82ee 9a0eea", "purple magenta blue"),
    "indigo": ("4b0082 380282 3f51b5", "purple blue"),
    "lavender": ("c79fef e6e6fa b57edc", "purple white blue"),
    "plum": ("8e4585 dda0dd 580f41", "purple pink"),
    "rose": ("ff007f cf6275 e8a0a8", "pink red magenta"),
    "rose gold": ("b76e79 e0bfb8", "pink beige brown"),
    "hot pink": ("ff69b4 ff028d", "pink magenta"),
    "salmon": ("fa8072 ff796c", "pink orange red"),
    "coral": ("ff7f50 fc5a50", "orange pink red"),
    "peach": ("ffdab9 ffb07c", "orange pink beige"),
    "amber": ("ffbf00 feb308", "orange yellow"),
    "mustard": ("ceb301 e1ad01", "yellow brown"),
    "khaki": ("c3b091 f0e68c aaa662", "beige yellow green brown"),
    "tan": ("d2b48c d1b26f", "beige brown"),
    "champagne": ("f7e7ce e3cfa8", "beige yellow"),
    "cream": ("fffdd0 ffffc2 f7f0dc", "beige white yellow"),
    "ivory": ("fffff0 f4efe0", "white beige"),
    "chocolate": ("3d1c02 7b3f00", "brown black"),
    "copper": ("b87333 b66325", "brown orange"),
    "bronze": ("cd7f32 a87900", "brown orange yellow"),
    "charcoal": ("36454f 343837", "grey black"),
}

# Basic names whose ranges overlap: neither is "clearly another" than the other.
_OVERLAP: Final = {
    "cyan": "blue green",
    "blue": "cyan",
    "green": "cyan",
    "magenta": "pink purple",
    "pink": "magenta",
    "purple": "magenta",
    "beige": "brown white",
    "brown": "beige",
    "white": "beige",
}

_ALIASES: Final = {
    **dict.fromkeys(("gray", "灰", "灰色"), "grey"),
    **dict.fromkeys(("purple", "紫", "紫色"), "purple"),
    **dict.fromkeys(("aqua", "青", "青色"), "cyan"),
    **dict.fromkeys(("fuchsia", "洋红", "洋红色", "品红", "品红色"), "magenta"),
    **dict.fromkeys(("skyblue", "azure", "天蓝", "天蓝色"), "sky blue"),
    **dict.fromkeys(("navy blue", "藏青", "藏青色", "海军蓝", "藏蓝", "藏蓝色"), "navy"),
    **dict.fromkeys(("royalblue", "宝蓝", "宝蓝色"), "royal blue"),
    **dict.fromkeys(("hotpink", "玫红", "玫红色"), "hot pink"),
    **dict.fromkeys(("lime green", "limegreen", "黄绿", "黄绿色"), "lime"),
    **dict.fromkeys(("lilac", "mauve", "薰衣草紫", "淡紫", "淡紫色"), "lavender"),
    **dict.fromkeys(("camel", "驼色"), "tan"),
    **dict.fromkeys(("off-white", "off white", "米白", "米白色", "象牙白"), "ivory"),
    "olive green": "olive",
    "ruby": "crimson",
    "红": "red",
    "红色": "red",
    "橙": "orange",
    "橙色": "orange",
    "橘色": "orange",
    "橘": "orange",
    "橘红": "orange",
    "橘红色": "orange",
    "橘黄": "orange",
    "黄": "yellow",
    "黄色": "yellow",
    "绿": "green",
    "绿色": "green",
    "蓝": "blue",
    "蓝色": "blue",
    "粉": "pink",
    "粉色": "pink",
    "粉红": "pink",
    "粉红色": "pink",
    "棕": "brown",
    "棕色": "brown",
    "褐": "brown",
    "褐色": "brown",
    "咖啡色": "brown",
    "黑": "black",
    "黑色": "black",
    "白": "white",
    "白色": "white",
    "银": "silver",
    "银色": "silver",
    "金": "gold",
    "金色": "gold",
    "米色": "beige",
    "米黄": "beige",
    "米黄色": "beige",
    "蓝绿色": "teal",
    "青绿色": "turquoise",
    "绿松石色": "turquoise",
    "酒红": "burgundy",
    "酒红色": "burgundy",
    "深红色": "dark red",
    "橄榄绿": "olive",
    "橄榄色": "olive",
    "紫罗兰": "violet",
    "紫罗兰色": "violet",
    "靛蓝": "indigo",
    "靛色": "indigo",
    "玫瑰金": "rose gold",
    "珊瑚色": "coral",
    "琥珀色": "amber",
    "卡其色": "khaki",
    "香槟色": "champagne",
    "奶油色": "cream",
    "古铜色": "bronze",
    "薄荷绿": "mint",
    "炭黑": "charcoal",
}

# Modifier → how it moves a typical example: lightness towards a target, and chroma by a factor.
_MODIFIERS: Final = {
    "light": (0.80, 0.6),
    "pale": (0.91, 0.4),
    "dark": (0.35, 0.75),
    "deep": (0.40, 0.9),
    "bright": (None, 1.15),
}
_MODIFIER_ALIASES: Final = {
    **dict.fromkeys(("浅", "light-", "soft"), "light"),
    **dict.fromkeys(("淡", "pastel"), "pale"),
    **dict.fromkeys(("暗",), "dark"),
    **dict.fromkeys(("深",), "dark"),
    **dict.fromkeys(("亮", "鲜", "vivid", "neon"), "bright"),
}

_LIGHTNESS_WEIGHT: Final = 0.5
_SCALE: Final = np.array([_LIGHTNESS_WEIGHT, 1.0, 1.0])
_CJK: Final = re.compile(r"[一-鿿]")
# A bare Chinese colour character counts before these words, or where no further character follows.
_AFTER_BARE: Final = r"(?=$|[^一-鿿]|的|款|版|漆|车|内饰|外观|按钮|圆|方|三角|矩形|星|图标|和|或|与|及|、|，)"


def _oklab(rgb: Sequence[float] | np.ndarray) -> np.ndarray:
    """OKLab of sRGB 0–255, along the last axis."""
    c = np.asarray(rgb, np.float64) / 255
    c = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    lms = np.cbrt(
        c
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    lab: np.ndarray = lms @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )
    return lab


def _of(hexes: str) -> np.ndarray:
    """Prototypes in the space of comparison, one row each."""
    return _oklab(np.array([[int(h[i : i + 2], 16) for i in (0, 2, 4)] for h in hexes.split()])) * _SCALE


_BASIC_POINTS: Final = {name: _of(hexes) for name, hexes in _BASIC.items()}


def _nearest(point: np.ndarray, points: np.ndarray) -> float:
    return float(np.sqrt(((points - point) ** 2).sum(axis=1).min()))


def name_of(rgb: Sequence[int]) -> str:
    """The nearest basic name of an RGB colour 0–255: black, white, grey, red, orange, yellow, green, blue, purple,
    pink, brown, cyan, magenta or beige."""
    point = _oklab(rgb[:3]) * _SCALE
    return min(_BASIC_POINTS, key=lambda name: _nearest(point, _BASIC_POINTS[name]))


def canonical(word: str) -> str | None:
    """The name under which this module knows a colour word ("Gray" → "grey", "深蓝色" → "dark blue"), or None."""
    word = re.sub(r"[\s\-]+", " ", word.strip().lower())
    if not word:
        return None
    for known in (
        word,
        word.removesuffix(" colour").removesuffix(" color"),
        word.removesuffix("colored").strip(" "),
    ):
        if known in _BASIC or known in _SHADES:
            return known
        if known in _ALIASES:
            return _ALIASES[known]
    if _CJK.match(word):
        modifier, rest = _MODIFIER_ALIASES.get(word[0]), word[1:]
    else:
        first, _, rest = word.partition(" ")
        modifier = first if first in _MODIFIERS else _MODIFIER_ALIASES.get(first)
        if not rest and first.startswith(("light", "dark")):  # CSS writes them as one word
            modifier = "light" if first.startswith("light") else "dark"
            rest = first.removeprefix(modifier)
    name = canonical(rest) if modifier and rest else None
    if name is None:
        return None
    return name if name.split()[0] in _MODIFIERS else f"{modifier} {name}"


def is_colour(word: str) -> bool:
    """Whether the whole of `word` names a colour: "navy", "light blue", "深红色"; not "Lava Orange"."""
    return canonical(word) is not None


@lru_cache(maxsize=256)
def _target(word: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prototypes of a name (the typical one first), those of its relatives, and those of other names."""
    name = canonical(word)
    if name is None:
        raise ValueError(f"word: {word!r} is not the name of a colour")
    first, _, rest = name.partition(" ")
    modifier = first if first in _MODIFIERS and rest else None
    base = rest if modifier else name
    if base in _SHADES:
        own, relatives = _of(_SHADES[base][0]), set(_SHADES[base][1].split())
    else:
        own, relatives = _BASIC_POINTS[base], set(_OVERLAP.get(base, "").split())
    if modifier:
        goal, factor = _MODIFIERS[modifier]
        own = own[:1] if base in _BASIC else own
        if goal is not None:
            moved = np.column_stack([np.full(len(own), goal * _LIGHTNESS_WEIGHT), own[:, 1:] * factor])
        else:
            moved = own * np.array([1.0, factor, factor])
        # Plain examples of the same name that lie as the modifier says are typical of it too.
        extra = _BASIC_POINTS.get(base, moved)
        near = extra[np.abs(extra[:, 0] - moved[0, 0]) < 0.06]
        # What is so light or dark may have a name of its own (light red is pink): it does not speak against it.
        namesake = min(_BASIC_POINTS, key=lambda n: _nearest(moved[0], _BASIC_POINTS[n]))
        own, relatives = np.vstack([moved, near]), relatives | {base, namesake}
    others = [p for n, p in _BASIC_POINTS.items() if n != base and n not in relatives]
    related = [_BASIC_POINTS[n] for n in relatives if n in _BASIC_POINTS]
    if related:  # a relative's example that is this name's own as well does not speak against it
        kin = np.vstack(related)
        kin = kin[[_nearest(p, own) > 0.03 for p in kin]]
    else:
        kin = np.empty((0, 3))
    return own, kin, np.vstack(others)


def distance(rgb: Sequence[int], word: str) -> float:
    """How far an RGB colour 0–255 is from what `word` names: 0 typical, 0.5 at the border, 1 clearly another.

    Raises:
        ValueError: `word` is not the name of a colour (see `is_colour`).
    """
    own, kin, others = _target(word)
    point = _oklab(rgb[:3]) * _SCALE
    mine, theirs = _nearest(point, own), _nearest(point, others)
    if len(kin):
        theirs = min(theirs, 0.1 + _nearest(point, kin))
    share = mine**2 / (mine**2 + theirs**2) if mine or theirs else 0.0
    # The typical example wins among several colours that all bear the name.
    typical = min(1.0, _nearest(point, own[:1]) / 0.4)
    return min(1.0, 0.85 * share + 0.15 * typical)


def _pattern() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    names = {*_BASIC, *_SHADES, *_ALIASES}
    latin = sorted((n for n in names if not _CJK.match(n)), key=len, reverse=True)
    full = sorted((n for n in names if _CJK.match(n) and len(n) > 1), key=len, reverse=True)
    bare = "".join(sorted(n for n in names if _CJK.match(n) and len(n) == 1))
    words = "|".join(re.escape(n).replace(r"\ ", r"[\s\-]+") for n in latin)
    mods = "|".join(
        sorted(
            [*_MODIFIERS, *(m for m in _MODIFIER_ALIASES if m.isalpha() and m.isascii())], key=len, reverse=True
        )
    )
    # "Aqua Blue": of colour words in a row the last one is the head.
    english = re.compile(
        rf"(?<![a-z])(?:(?:{words})[\s\-]+(?=(?:{words})(?![a-z])))*?"
        rf"(?P<hit>(?:(?:{mods})[\s\-]*)?(?:{words}))(?![\s\-]+(?:{words})(?![a-z]))(?=(?:[\s\-]?colou?red)?(?![a-z]))",
        re.IGNORECASE,
    )
    chinese = re.compile(rf"(?P<hit>[浅淡暗深亮鲜]?(?:{'|'.join(full)}))")
    single = re.compile(rf"(?P<hit>[浅淡暗深亮鲜]?[{bare}])(?:{_AFTER_BARE})")
    return english, chinese, single


_ENGLISH, _CHINESE, _BARE = _pattern()


def find_colour(phrase: str) -> tuple[str, int, int] | None:
    """The first colour named in a phrase: its name as `canonical` gives it, and where its words start and end.

    In a trade name the colour word counts and the rest is left over: "Lava Orange" → ("orange", 5, 11),
    "熔岩橙" → ("orange", 2, 3).
    """
    hits = [m for p in (_ENGLISH, _CHINESE, _BARE) if (m := p.search(phrase))]
    for match in sorted(hits, key=lambda m: (m.start("hit"), -m.end("hit"))):
        name = canonical(match["hit"])
        if name is not None:
            return name, match.start("hit"), match.end("hit")
    return None


def code_of(word: str) -> str | None:
    """Six hexadecimal digits of the most typical colour of a name, as colour fields take it; None if unknown."""
    name = canonical(word)
    if name in _SHADES:
        return _SHADES[name][0][:6]
    return {"green": "008000", "orange": "ffa500"}.get(name, _BASIC[name][:6]) if name in _BASIC else None
