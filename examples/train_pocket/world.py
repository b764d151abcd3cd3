"""The pocket world: small pictures of controls, and questions where something is.

A picture is a function of its seed. Questions ask by name, order, state, relation, place and, in a world with
words, by what stands on an element; some ask for what is not there.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

from PIL import Image, ImageDraw, ImageFont

CELL = 14
"""Pixels: answers name the middle of a cell, so every element is larger than one."""
KINDS = ("button", "field", "checkbox", "radio", "switch", "slider", "star", "triangle")
COLOURS = {
    "red": (214, 40, 40), "green": (34, 150, 60), "blue": (40, 80, 220), "yellow": (235, 190, 0),
    "purple": (140, 50, 180), "orange": (245, 120, 20),
}  # fmt: skip
SHIFTED = {
    "pink": (240, 120, 180), "cyan": (0, 180, 200), "brown": (130, 80, 40), "black": (20, 20, 20),
    "lime": (150, 220, 30), "navy": (20, 30, 100),
}  # fmt: skip
STATES = ("", "on", "off")
STATED = {
    ("checkbox", "on"): "the ticked checkbox", ("checkbox", "off"): "the empty checkbox",
    ("radio", "on"): "the selected radio", ("radio", "off"): "the empty radio",
    ("switch", "on"): "the switch that is on", ("switch", "off"): "the switch that is off",
}  # fmt: skip
CHINESE = {
    "button": "按钮", "field": "输入框", "checkbox": "复选框", "radio": "单选框", "switch": "开关",
    "slider": "滑块", "star": "星形", "triangle": "三角形", "red": "红色",
    "green": "绿色", "blue": "蓝色", "yellow": "黄色",
    "purple": "紫色", "orange": "橙色", "pink": "粉色", "cyan": "青色", "brown": "棕色", "black": "黑色",
    "lime": "浅绿", "navy": "深蓝",
}  # fmt: skip
ORDINALS = ("first", "second", "third")
SIDES = ("left", "right", "top", "bottom")
EXTREMES = {"left": "leftmost", "right": "rightmost", "top": "topmost", "bottom": "lowest"}
RELATIONS = {"left": "left of", "right": "right of", "top": "above", "bottom": "below"}
WORDS = (
    "Save", "Open", "Close", "Next", "Back", "Send", "Edit", "Copy", "Paste", "Print", "Help", "Login", "Home",
    "Search", "Cart", "Buy", "Name", "Email", "City", "Phone", "Date", "Price", "Total", "Add", "Delete", "Reset",
    "Apply", "Undo", "Redo", "Zoom", "View", "File", "Tools", "Play", "Stop", "Pause", "Share", "Like", "Post",
    "Reply", "Sort", "Filter", "Map", "News", "Blog", "Shop", "Chat", "Call", "Menu", "Start",
)  # fmt: skip
HANZI = (
    "保存", "打开", "关闭", "下一步", "返回", "发送", "编辑", "复制", "粘贴", "打印", "帮助", "登录", "首页",
    "搜索", "购物车", "购买", "姓名", "城市", "电话", "日期", "价格", "总计", "添加", "删除", "重置", "应用",
    "撤销",    "分享", "设置", "菜单",
)  # fmt: skip


@dataclass(frozen=True)
class Element:
    """One element: box in pixels (left, top, right, bottom), kind, colour, state (index into STATES), words."""

    kind: str
    colour: str
    state: int
    box: tuple[int, int, int, int]
    words: str = ""

    @property
    def centre(self) -> tuple[float, float]:
        return (self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2


@dataclass(frozen=True)
class Question:
    """What is asked, in which manner, and the element that is meant; None: it is not there."""

    text: str
    manner: str
    target: Element | None


@dataclass(frozen=True)
class World:
    """What pictures look like.

    Attributes:
        side: pixels of a picture's side, a multiple of 28.
        elements: fewest and most.
        colours: their names and values.
        chinese: questions are asked in Chinese; words on elements are Chinese.
        words: "" (none), "en", "zh" or "both": what stands on buttons and fields.
        font: file of a font with Chinese characters, for these.
    """

    side: int = 140
    elements: tuple[int, int] = (3, 7)
    colours: tuple[tuple[str, tuple[int, int, int]], ...] = tuple(COLOURS.items())
    chinese: bool = False
    words: str = ""
    font: str = ""


@dataclass(frozen=True)
class Scene:
    """One picture with everything on it."""

    picture: Image.Image
    elements: tuple[Element, ...]


def scene(world: World, rng: random.Random) -> Scene:
    """Draws a picture."""
    tint = rng.randint(235, 255)
    picture = Image.new("RGB", (world.side, world.side), (tint, rng.randint(235, 255), rng.randint(235, 255)))
    draw = ImageDraw.Draw(picture)
    placed: list[Element] = []
    for _ in range(rng.randint(*world.elements)):
        kind, (colour, value) = rng.choice(KINDS), rng.choice(world.colours)
        state = rng.randint(1, 2) if kind in ("checkbox", "radio", "switch") else 0
        words = _words(world, rng, placed) if world.words and kind in ("button", "field") else ""
        font = _font(world, words, rng) if words else None
        width, height = _size(kind, rng)
        if font:
            _, _, right, bottom = font.getbbox(words)
            width, height = max(width, int(right) + 8), max(height, int(bottom) + 5)
        for _ in range(30):
            x, y = rng.randint(1, world.side - width - 2), rng.randint(1, world.side - height - 2)
            box = (x, y, x + width, y + height)
            if all(_apart(box, other.box) for other in placed):
                element = Element(kind, colour, state, box, words)
                _draw(draw, element, value, font)
                placed.append(element)
                break
    return Scene(picture, tuple(placed))


def _apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    gap = 3
    return (
        one[2] + gap <= other[0]
        or other[2] + gap <= one[0]
        or one[3] + gap <= other[1]
        or other[3] + gap <= one[1]
    )


def _size(kind: str, rng: random.Random) -> tuple[int, int]:
    if kind in ("button", "field", "slider"):
        return rng.randint(28, 50), rng.randint(16, 22)
    if kind == "switch":
        return rng.randint(28, 34), rng.randint(16, 18)
    side = rng.randint(17, 22)
    return side, side


def _words(world: World, rng: random.Random, placed: list[Element]) -> str:
    some = {"en": WORDS, "zh": HANZI, "both": WORDS + HANZI}[world.words]
    used = {element.words for element in placed}
    return rng.choice([word for word in some if word not in used])


_fonts: dict[tuple[str, int], ImageFont.FreeTypeFont] = {}


def _font(world: World, words: str, rng: random.Random) -> ImageFont.FreeTypeFont:
    key = (world.font if not words.isascii() else "", rng.randint(11, 13))
    if key not in _fonts:
        font = ImageFont.truetype(key[0], key[1]) if key[0] else ImageFont.load_default(key[1])
        assert isinstance(font, ImageFont.FreeTypeFont)
        _fonts[key] = font
    return _fonts[key]


def _draw(
    draw: ImageDraw.ImageDraw, element: Element, value: tuple[int, int, int], font: ImageFont.FreeTypeFont | None
) -> None:
    left, top, right, bottom = element.box
    right, bottom = right - 1, bottom - 1
    middle = (top + bottom) // 2
    on = element.state == 1
    if element.kind == "button":
        draw.rounded_rectangle((left, top, right, bottom), 4, fill=value)
    elif element.kind == "field":
        draw.rectangle((left, top, right, bottom), fill="white", outline=value, width=2)
    elif element.kind == "checkbox":
        draw.rectangle((left, top, right, bottom), fill="white", outline=value, width=2)
        if on:
            draw.line((left + 4, middle, (left + right) // 2, bottom - 4, right - 3, top + 4), fill=value, width=2)
    elif element.kind == "radio":
        draw.ellipse((left, top, right, bottom), fill="white", outline=value, width=2)
        if on:
            draw.ellipse((left + 5, top + 5, right - 5, bottom - 5), fill=value)
    elif element.kind == "switch":
        radius = (bottom - top) // 2
        draw.rounded_rectangle(
            (left, top, right, bottom), radius, fill=value if on else "white", outline=value, width=2
        )
        knob = (right - 2 * radius + 2, top + 2, right - 3, bottom - 3) if on else (
            left + 3, top + 3, left + 2 * radius - 3, bottom - 3
        )  # fmt: skip
        draw.ellipse(knob, fill="white" if on else value)
    elif element.kind == "slider":
        draw.rectangle((left, middle - 1, right, middle + 1), fill=value)
        knob_at = left + (right - left) // 3
        draw.ellipse((knob_at - 5, middle - 6, knob_at + 5, middle + 6), fill=value)
    elif element.kind == "triangle":
        draw.polygon(((left + right) // 2, top, right, bottom, left, bottom), fill=value)
    else:
        _star(draw, element.box, value)
    if font:
        dark = element.kind == "field" or sum(value) > 420
        draw.text((left + 4, top + 2), element.words, fill="black" if dark else "white", font=font)


_STAR = ((0.5, 0.0), (0.62, 0.36), (1.0, 0.38), (0.7, 0.6), (0.81, 1.0), (0.5, 0.76), (0.19, 1.0), (0.3, 0.6),
         (0.0, 0.38), (0.38, 0.36))  # fmt: skip


def _star(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], value: tuple[int, int, int]) -> None:
    wide, high = box[2] - box[0] - 1, box[3] - box[1] - 1
    draw.polygon([(box[0] + x * wide, box[1] + y * high) for x, y in _STAR], fill=value)


# -- questions ------------------------------------------------------------------------------------------------


def questions(world: World, shown: Scene, rng: random.Random, count: int) -> list[Question]:
    """So many questions about a picture, the manners in equal parts as far as the picture allows."""
    manners: list[Callable[[World, Scene, random.Random], Question | None]] = [
        _by_name, _by_order, _by_state, _by_relation, _by_extreme, _absent,
    ]  # fmt: skip
    if world.words:
        manners += [_by_words, _by_words, _by_words]
    found: list[Question] = []
    seen: set[str] = set()
    for number in range(count * 8):
        if len(found) == count:
            break
        asked = manners[(number + count) % len(manners)](world, shown, rng)
        if asked and (asked.text not in seen or number > count * 5):
            seen.add(asked.text)
            found.append(asked)
    while len(found) < count:
        asked = _by_name(world, shown, rng) or _absent(world, shown, rng)
        found += [asked] if asked else []
    rng.shuffle(found)
    return found


def _called(world: World, kind: str, colour: str = "") -> str:
    if world.chinese:
        return (CHINESE[colour] if colour else "") + CHINESE[kind]
    return f"the {colour} {kind}" if colour else f"the {kind}"


def _one(some: list[Element]) -> Element | None:
    return some[0] if len(some) == 1 else None


def _by_name(world: World, shown: Scene, rng: random.Random) -> Question | None:
    chosen = rng.choice(shown.elements)
    same = [one for one in shown.elements if (one.kind, one.colour) == (chosen.kind, chosen.colour)]
    return Question(_called(world, chosen.kind, chosen.colour), "name", chosen) if len(same) == 1 else None


def _along(side: str, element: Element) -> float:
    x, y = element.centre
    return {"left": x, "right": -x, "top": y, "bottom": -y}[side]


def _by_order(world: World, shown: Scene, rng: random.Random) -> Question | None:
    kind, side = rng.choice(shown.elements).kind, rng.choice(SIDES)
    row = sorted((one for one in shown.elements if one.kind == kind), key=lambda one: _along(side, one))
    if len(row) < 2 or any(_along(side, b) - _along(side, a) < 5 for a, b in pairwise(row)):
        return None
    place = rng.randrange(min(len(row), len(ORDINALS)))
    return Question(_ordinal(world, kind, place, side), "order", row[place])


def _ordinal(world: World, kind: str, place: int, side: str) -> str:
    if world.chinese:
        from_ = {"left": "左", "right": "右", "top": "上", "bottom": "下"}[side]
        return f"从{from_}数第{'一二三'[place]}个{CHINESE[kind]}"
    return f"the {ORDINALS[place]} {kind} from the {side}"


def _stated(world: World, kind: str, state: int) -> str:
    if world.chinese:
        return ("选中的" if state == 1 else "未选的") + CHINESE[kind]
    return STATED[kind, STATES[state]]


def _by_state(world: World, shown: Scene, rng: random.Random) -> Question | None:
    stated = [one for one in shown.elements if one.state]
    if not stated:
        return None
    chosen = rng.choice(stated)
    target = _one([one for one in stated if (one.kind, one.state) == (chosen.kind, chosen.state)])
    return Question(_stated(world, chosen.kind, chosen.state), "state", target) if target else None


def _related(world: World, kind: str, side: str, anchor: Element) -> str:
    name = _called(world, anchor.kind, anchor.colour)
    if world.chinese:
        where = {"left": "左边", "right": "右边", "top": "上方", "bottom": "下方"}[side]
        return f"{name}{where}的{CHINESE[kind]}"
    return f"the {kind} {RELATIONS[side]} {name}"


def _beyond(side: str, anchor: Element, one: Element) -> bool:
    return _along(side, anchor) - _along(side, one) > 8


def _by_relation(world: World, shown: Scene, rng: random.Random) -> Question | None:
    anchor, side = rng.choice(shown.elements), rng.choice(SIDES)
    if not _one([one for one in shown.elements if (one.kind, one.colour) == (anchor.kind, anchor.colour)]):
        return None
    kind = rng.choice(shown.elements).kind
    of_kind = [one for one in shown.elements if one.kind == kind and one is not anchor]
    near = [one for one in of_kind if abs(_along(side, anchor) - _along(side, one)) <= 8]
    target = _one([one for one in of_kind if _beyond(side, anchor, one)])
    return Question(_related(world, kind, side, anchor), "relation", target) if target and not near else None


def _extreme(world: World, side: str, of: str) -> str:
    if world.chinese:
        most = {"left": "最左边", "right": "最右边", "top": "最上方", "bottom": "最下方"}[side]
        return f"{most}的{CHINESE.get(of, '元素')}"
    return f"the {EXTREMES[side]} {of}" + (" element" if of in dict(world.colours) else "")


def _by_extreme(world: World, shown: Scene, rng: random.Random) -> Question | None:
    side, chosen = rng.choice(SIDES), rng.choice(shown.elements)
    of = rng.choice(("element", chosen.kind, chosen.colour))
    some = [one for one in shown.elements if of in ("element", one.kind, one.colour)]
    row = sorted(some, key=lambda one: _along(side, one))
    if len(row) < 2 or _along(side, row[1]) - _along(side, row[0]) < 5:
        return None
    return Question(_extreme(world, side, of), "extreme", row[0])


def _by_words(world: World, shown: Scene, rng: random.Random) -> Question | None:
    worded = [one for one in shown.elements if one.words]
    if not worded:
        return None
    chosen = rng.choice(worded)
    return Question(_said(world, chosen.words), "words", chosen)


def _said(world: World, words: str) -> str:
    return f"“{words}”" if world.chinese else f'"{words}"'


def _absent(world: World, shown: Scene, rng: random.Random) -> Question | None:
    """Something that could be there, and is not."""
    manner = rng.randrange(5 if world.words else 4)
    kind, colour, side = rng.choice(KINDS), rng.choice(world.colours)[0], rng.choice(SIDES)
    of_kind = [one for one in shown.elements if one.kind == kind]
    if manner == 0 and not any(one.colour == colour for one in of_kind):
        return Question(_called(world, kind, colour), "absent", None)
    if manner == 1 and kind in ("checkbox", "radio", "switch"):
        state = rng.randint(1, 2)
        if not any(one.state == state for one in of_kind):
            return Question(_stated(world, kind, state), "absent", None)
    if manner == 2:
        place = rng.randrange(len(ORDINALS))
        if place >= len(of_kind):
            return Question(_ordinal(world, kind, place, side), "absent", None)
    if manner == 3:
        anchor = rng.choice(shown.elements)
        if _one([one for one in shown.elements if (one.kind, one.colour) == (anchor.kind, anchor.colour)]) and all(
            _along(side, anchor) - _along(side, one) < -2 for one in of_kind if one is not anchor
        ):
            return Question(_related(world, kind, side, anchor), "absent", None)
    if manner == 4:
        some = {"en": WORDS, "zh": HANZI, "both": WORDS + HANZI}[world.words]
        words = rng.choice(some)
        if not any(one.words == words for one in shown.elements):
            return Question(_said(world, words), "absent", None)
    return None
