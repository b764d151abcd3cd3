"""Colour names against colours that thousands of people named, and that the table was not made from.

`HELD_OUT` is a part of the CSS list and of the XKCD colour survey (CC0), under the basic name that ends each entry
("dull teal" → cyan); the other half of both lists served to choose the prototypes.
"""

import pytest

from model.embedded.eyes.colours import canonical, distance, find_colour, is_colour, name_of

HELD_OUT = {
    "beige": "fff39a a88f59 af884a fbeeac f5fffa e2ca76",
    "black": "070d0d",
    "blue": "f0f8ff 0165fc 8ab8fe 4984b8 6495ed 448ee4 00008b 00bfff 49759c 658cbb 42b395 cafffb c6fcff "
    "0000cd 4f738e 191970 bdf6fe 016795 0804f9 5f34e7 78d1b6 6a5acd 0c06f7 1805db d5ffff 4b57db",
    "brown": "653700 341c02 410200 836539 ad8150 7f5112 60460f b1916e 6e1005 c4a661 f4a460 964e02",
    "cyan": "13eac9 41fdfe 01f9c6 0ffef9 0a888a 014d4e 008b8b 08787f 00555a 5f9e8f 4c9085 90e4c1 e0ffff "
    "b8ffeb b7fffa 82cbb2 a5fbd5",
    "green": "21c36f 96b403 01ff07 05ffa6 388004 3eaf76 7bb274 08ff08 154406 1bfc06 009337 51b73b 96f97b "
    "a6fbb2 39ad48 5fa052 6ba353 94a617 014600 35ad6b 6fc276 748500 2a7e19 062e03 2fef10",
    "grey": "2f4f4f 7ea07a 929591 d8dcd6 7d7f7c fdfdfe",
    "magenta": "960056 8b008b f504c9 fa5ff7 d767ad",
    "orange": "c14a09 dc4d01 f0833a f0944d fdaa48 f97306 ffa756",
    "pink": "fe46a5 fe828c ff69af fe83cc d90166 c85a53 ca7b80 d58a94 c0737a de9dac ffd1df ffc5cb fea993 "
    "ffa07a f36196 c77986 fdc1c5 ffb19a ff9a8a ff81c0 ffb2d0 c83cb9 f075e6 f6688e fe02a2 fff4f2",
    "purple": "be03fd ad0afd 1f0954 856798 874c62 966ebd 36013f 490648 895b7b 825f87 c071fe aa23ff 916e99 "
    "5d1451 cb00f5 edc8ff 9d5783 bf77f6 d6b4fc ae7181 eecffe b790d4 663399 720058 4b006e f6cefc "
    "952e8f",
    "red": "980002 8f1402 f7022a 3c0008 840000 bb3f3f fe0002 cd5c5c ff073a ff4500 fc2647 e50000 af2f0d "
    "ec2d01 7b0323",
    "white": "faebd7 fffaf0 ffffe4",
    "yellow": "fafe4b d5ab09 fffe40 a88905 eedc5b fec615 fdff38 fafad2 ffffe0 cfff04 f1f33f fdb915 fdde6c "
    "ffff84 ffdf22 ffda03 fffd37 d0c101 ffff14",
}


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[:2], 16), int(text[2:4], 16), int(text[4:], 16)


PAIRS = [(name, _rgb(value)) for name, values in HELD_OUT.items() for value in values.split()]


def test_name_of_held_out_colours() -> None:
    right = sum(name_of(rgb) == name for name, rgb in PAIRS)
    assert right / len(PAIRS) >= 0.80, right / len(PAIRS)


def test_distance_tells_own_name_from_others() -> None:
    own = sum(distance(rgb, name) < 0.55 for name, rgb in PAIRS) / len(PAIRS)
    others = [distance(rgb, other) > 0.55 for name, rgb in PAIRS for other in HELD_OUT if other != name]
    assert own >= 0.87
    assert sum(others) / len(others) >= 0.94


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 0, 0), "red"),
        ((0, 0, 128), "blue"),
        ((128, 128, 128), "grey"),
        ((255, 255, 0), "yellow"),
        ((255, 165, 0), "orange"),
        ((255, 192, 203), "pink"),
        ((128, 0, 128), "purple"),
        ((0, 255, 255), "cyan"),
        ((255, 0, 255), "magenta"),
        ((139, 69, 19), "brown"),
        ((0, 0, 0), "black"),
        ((255, 255, 255), "white"),
        ((0, 128, 0), "green"),
    ],
)
def test_plain_colours(rgb: tuple[int, int, int], name: str) -> None:
    assert name_of(rgb) == name
    assert distance(rgb, name) < 0.15


def test_shades_and_modifiers_order_swatches() -> None:
    blues = {"light blue": (173, 216, 230), "blue": (0, 90, 255), "navy": (0, 0, 110)}
    for word, rgb in blues.items():
        assert min(blues.values(), key=lambda other: distance(other, word)) == rgb
    assert min(blues.values(), key=lambda rgb: distance(rgb, "dark blue")) == blues["navy"]
    reds = [(255, 120, 120), (230, 20, 20), (110, 0, 0)]
    assert [min(reds, key=lambda rgb: distance(rgb, w)) for w in ("浅红色", "red", "dark red")] == reds
    assert distance((192, 192, 192), "silver") < distance((192, 192, 192), "gold")


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("Lava Orange", ("orange", 5, 11)),
        ("Aqua Blue", ("blue", 5, 9)),
        ("navy blue", ("navy", 0, 9)),
        ("a light-blue box", ("light blue", 2, 12)),
        ("lightgray", ("light grey", 0, 9)),
        ("Deep Space Gray", ("grey", 11, 15)),
        ("click the RED-colored circle", ("red", 10, 13)),
        ("the green button, not the red one", ("green", 4, 9)),
        ("熔岩橙", ("orange", 2, 3)),
        ("深蓝色按钮", ("dark blue", 0, 3)),
        ("选择海湾蓝外观", ("blue", 4, 5)),
        ("酒红色", ("burgundy", 0, 3)),
        ("点击红圆", ("red", 2, 3)),
    ],
)
def test_find_colour(phrase: str, expected: tuple[str, int, int]) -> None:
    assert find_colour(phrase) == expected


@pytest.mark.parametrize(
    "phrase",
    [
        "",
        "Redmi",
        "blackberry jam",
        "bluetooth",
        "greenhouse",
        "小红书",
        "发红包",
        "白菜",
        "蓝牙耳机",
        "golden",
        "add to cart",
        "黑名单",
    ],
)
def test_find_colour_finds_none(phrase: str) -> None:
    assert find_colour(phrase) is None


def test_is_colour() -> None:
    assert all(map(is_colour, ("Red", "grey", "Gray", "hot pink", "light green", "红", "浅蓝色", "teal", "紫色")))
    assert not any(map(is_colour, ("", "light", "Lava Orange", "redder", "色", "深")))
    assert canonical("Violet") == "violet"


def test_unknown_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="'wheels' is not the name of a colour"):
        distance((1, 2, 3), "wheels")
