"""What the store sells under one seed: products, options, prices and figures."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

PAINTS = {
    "lava-orange": ("Lava Orange", "熔岩橙", "#e8591c"),
    "aqua-blue": ("Aqua Blue", "海湾蓝", "#39a9d6"),
    "pearl-white": ("Pearl White", "珍珠白", "#f1f1ee"),
    "diamond-black": ("Diamond Black", "钻石黑", "#17181b"),
    "mineral-grey": ("Mineral Grey", "矿石灰", "#8b9096"),
    "verdant-green": ("Verdant Green", "雅灰绿", "#3f6b52"),
    "radiant-purple": ("Radiant Purple", "霞光紫", "#7a58b5"),
    "dusk-pink": ("Dusk Pink", "暮光粉", "#e6a3b0"),
    "ruby-red": ("Ruby Red", "宝石红", "#b01226"),
    "lightning-yellow": ("Lightning Yellow", "闪电黄", "#f2c500"),
}
INTERIORS = {
    "black": (("Black", "Obsidian Black", "Black"), ("黑色", "曜石黑", "黑色"), "#1c1c1f"),
    "grey": (("Grey", "Galaxy Grey", "Light Grey"), ("灰色", "银河灰", "浅灰"), "#a3a7ad"),
    "red": (("Red", "Twilight Red", "Red"), ("红色", "暮光红", "红色"), "#8f2430"),
    "sand": (("Beige", "Sand Beige", "Beige"), ("米色", "沙丘米", "米色"), "#d9c7a8"),
}
WHEELS = {
    "aero": (("19″ Aero", "Aero 19″", "Aero wheels"), ("19 英寸低风阻", "低风阻轮毂 19″", "低风阻轮毂")),
    "sport": (("20″ Sport", "Sport 20″", "Sport wheels"), ("20 英寸运动", "运动轮毂 20″", "运动轮毂")),
    "forged": (("21″ Forged", "Forged 21″", "Forged wheels"), ("21 英寸锻造", "锻造轮毂 21″", "锻造轮毂")),
}
TRIMS = {
    "aluminium": (("Aluminium", "Brushed aluminium", "Aluminium"), ("铝合金", "拉丝铝", "铝合金")),
    "carbon": (("Carbon", "Carbon fibre", "Carbon"), ("碳纤维", "碳纤维", "碳纤维")),
    "wood": (("Wood", "Open-pore wood", "Oak"), ("木纹", "开孔木纹", "橡木")),
}
_CARS = (
    # id, name, kind, base price in yuan, range km, seconds to 100 km/h, power kW, seats, boot litres, minutes
    ("su7", "SU7", "sedan", 215900, 700, 5.3, 220, 5, 517, 25),
    ("su7-pro", "SU7 Pro", "sedan", 245900, 830, 5.7, 235, 5, 517, 30),
    ("su7-max", "SU7 Max", "sedan", 299900, 800, 2.8, 495, 5, 493, 19),
    ("su7-ultra", "SU7 Ultra", "sedan", 529900, 630, 2.0, 1138, 4, 493, 12),
    ("yu7", "YU7", "suv", 253500, 835, 5.9, 235, 5, 678, 21),
    ("yu7-pro", "YU7 Pro", "suv", 279900, 770, 4.3, 365, 5, 678, 20),
    ("yu7-max", "YU7 Max", "suv", 329900, 760, 3.2, 508, 5, 678, 15),
)
_ACCESSORIES = (
    ("wall-charger", "Home Charger 11 kW", "家用充电桩 11 kW", 3999),
    ("roof-box", "Roof Box 400 L", "车顶行李箱 400 L", 2599),
    ("floor-mats", "All-weather Floor Mats", "全天候脚垫", 899),
    ("phone-holder", "Magnetic Phone Holder", "磁吸手机支架", 149),
    ("key-cover", "Leather Key Cover", "真皮钥匙套", 199),
    ("scale-model", "Scale Model 1:18", "1:18 车模", 599),
)


@dataclass(frozen=True)
class Choice:
    """One value of an option of a car. `color` is a CSS colour, "" where there is none; `price` in yuan."""

    id: str
    name: dict[str, str]
    price: int
    color: str = ""


@dataclass(frozen=True)
class Product:
    """One thing for sale. `options` maps paint, interior, wheels and trim to their values, standard first."""

    id: str
    name: dict[str, str]
    kind: str
    price: int
    figures: dict[str, float]
    options: dict[str, tuple[Choice, ...]]
    standard: dict[str, str]

    def price_of(self, configuration: dict[str, str]) -> int:
        """Yuan, with the options."""
        return self.price + sum(
            choice.price
            for option, choices in self.options.items()
            for choice in choices
            if choice.id == configuration[option]
        )

    def choice(self, option: str, value: str) -> Choice:
        """Raises KeyError: no such option or value."""
        return {choice.id: choice for choice in self.options[option]}[value]


def catalogue(seed: int) -> dict[str, Product]:
    """The products of a seed, in the order in which the store features them."""
    attempt = 0
    while True:  # a cheapest car, or a longest range, is one and no other
        found = _draw(random.Random(f"store catalogue {seed} {attempt}"))
        ranges = [product.figures["range"] for product in found if product.figures]
        if len({one.price for one in found}) == len(found) and len(set(ranges)) == len(ranges):
            return {product.id: product for product in found}
        attempt += 1


def _draw(rng: random.Random) -> list[Product]:
    naming = rng.randrange(3)
    factor = {"su": rng.uniform(0.88, 1.14), "yu": rng.uniform(0.86, 1.1)}
    products = []
    for id, name, kind, price, *figures in _CARS:
        price = round(price * factor[id[:2]] / 1000) * 1000 - 100
        distance, sprint, power, seats, boot, minutes = figures
        options = _options(rng, naming)
        products.append(
            Product(
                id,
                {"en": name, "zh": name},
                kind,
                price,
                {
                    "range": distance + 10 * rng.randrange(-4, 5),
                    "sprint": sprint,
                    "power": power,
                    "seats": seats,
                    "boot": boot + rng.randrange(-15, 16),
                    "charge": minutes,
                },
                options,
                {option: choices[0].id for option, choices in options.items()},
            )
        )
    rng.shuffle(products)
    extras = []
    for id, en, zh, price in _ACCESSORIES:
        price = max(99, round(price * rng.uniform(0.8, 1.25) / 10) * 10 - 1)
        extras.append(Product(id, {"en": en, "zh": zh}, "accessory", price, {}, {}, {}))
    rng.shuffle(extras)
    return [*products, *extras]


def _options(rng: random.Random, naming: int) -> dict[str, tuple[Choice, ...]]:
    """Values of the four options of one car; the first is the standard one."""

    def choice(id: str, names: Any, price: int, color: str = "") -> Choice:
        en, zh = names
        if isinstance(en, tuple):
            en, zh = en[naming], zh[naming]
        return Choice(id, {"en": en, "zh": zh}, price, color)

    fixed = ["lava-orange", "aqua-blue", "pearl-white", "diamond-black"]
    extra = rng.sample([paint for paint in PAINTS if paint not in fixed], rng.randrange(2, 5))
    free = rng.sample([*fixed[1:], *extra], 3)
    paints = [choice(p, PAINTS[p][:2], 0 if p in free else 5000, PAINTS[p][2]) for p in (*fixed, *extra)]
    interiors = [choice(i, names[:2], 0 if i in ("black", "grey") else 4000, names[2]) for i, names in
                 INTERIORS.items()]  # fmt: skip
    wheels = [choice(w, names, {"aero": 0, "sport": 6000, "forged": 16000}[w]) for w, names in WHEELS.items()]
    trims = [choice(t, names, {"aluminium": 0, "carbon": 8000, "wood": 3000}[t]) for t, names in TRIMS.items()]
    result = {}
    for option, choices in (("paint", paints), ("interior", interiors), ("wheels", wheels), ("trim", trims)):
        if option in ("paint", "interior"):
            rng.shuffle(choices)
        result[option] = tuple(sorted(choices, key=lambda one: one.price))
    return result
