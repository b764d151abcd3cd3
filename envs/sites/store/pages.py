"""Which address shows what: each view gives the template and what it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from envs.sites.server import Request
from envs.sites.store import pictures
from envs.sites.store.catalogue import Product
from envs.sites.store.look import Look
from envs.sites.store.shop import Shop

BANDS = (1000, 250000, 300000, 400000)  # yuan
SLIDER = (0, 600000, 50000)  # yuan: least, most, step
SORTS = ("featured", "price-asc", "price-desc", "name")
SPECS = ("range", "sprint", "power", "seats", "boot", "charge")
_UNITS = {"range": " km", "sprint": " s", "power": " kW", "seats": "", "boot": " L", "charge": " min"}

View = Callable[..., "tuple[str, dict[str, Any]] | None"]


class Page:
    """One page being rendered: wording, pictures and prices in the visitor's language."""

    def __init__(
        self, request: Request, products: dict[str, Product], shop: Shop, look: Look, sections: list[str]
    ) -> None:
        self.request = request
        self.catalogue, self.shop, self.look, self.sections = products, shop, look, sections

    def word(self, key: str) -> str:
        return self.look.word(key, self.shop.language)

    def icon(self, name: str, filled: bool = False) -> Markup:
        return Markup(pictures.icon(name, self.look.icon_style, self.look.icon_weight, filled))

    def money(self, yuan: int) -> str:
        return f"¥{yuan:,}"

    def name(self, thing: Any) -> str:
        """Name of a product, its id, or a choice."""
        named = self.catalogue[thing] if isinstance(thing, str) else thing
        return named.name[self.shop.language]

    def picture(self, product: Product | str, configuration: dict[str, str] | None = None) -> Markup:
        one = self.catalogue[product] if isinstance(product, str) else product
        if not one.options:
            return Markup(pictures.thing(one.id, self.name(one)))
        chosen = configuration or one.standard
        paint, interior = one.choice("paint", chosen["paint"]), one.choice("interior", chosen["interior"])
        return Markup(pictures.car(one.kind, paint.color, chosen["wheels"], interior.color, self.name(one)))

    def wheel(self, style: str) -> Markup:
        return Markup(f'<svg viewBox="0 0 56 56" class="wheel" aria-hidden="true">{pictures.wheel(style)}</svg>')

    def chosen(self, entry: dict[str, Any]) -> str:
        """The configuration of a cart line in words."""
        options = self.catalogue[entry["product"]]
        return " · ".join(self.name(options.choice(*pair)) for pair in entry["configuration"].items())

    def spec(self, product: Product, figure: str) -> str:
        return f"{product.figures[figure]:g}{_UNITS[figure]}" if figure in product.figures else "–"

    def products(self, kind: str = "") -> list[Product]:
        """Of a kind; "car": all that are not accessories; "": all."""
        return [
            product
            for product in self.catalogue.values()
            if not kind or product.kind == kind or (kind == "car" and product.options)
        ]

    def seen(self, page: str, **details: Any) -> None:
        self.shop.view = {"page": page, **details}

    def not_found(self) -> dict[str, Any]:
        self.seen("missing")
        return {"topic": None}


def home(page: Page) -> tuple[str, dict[str, Any]]:
    page.seen("home")
    cars, extras = page.products("car"), page.products("accessory")
    return "home.j2", {
        "hero": cars[0],
        "featured": cars[: 4 if page.look.cards != "compact" else 6],
        "extras": extras[:4],
        "sections": page.sections,
    }


def models(page: Page) -> tuple[str, dict[str, Any]]:
    request = page.request
    kinds = [kind for kind in request.query.get("kind", []) if kind in ("sedan", "suv", "accessory")]
    limit = int(request.first("max")) if request.first("max").isdigit() else None
    if page.look.price_filter == "slider" and limit == SLIDER[1]:
        limit = None  # the slider's end means: no limit
    sort = request.first("sort") if request.first("sort") in SORTS else "featured"
    words = request.first("q").strip()
    if words and page.shop.searches[-1:] != [words.casefold()]:
        page.shop.searches.append(words.casefold())
    found = [
        product
        for product in page.products()
        if (not kinds or product.kind in kinds)
        and (limit is None or product.price <= limit)
        and all(_matches(product, word) for word in words.casefold().split())
    ]
    if words:  # the closest name first, as a search would
        found.sort(key=lambda one: not any(name.casefold() == words.casefold() for name in one.name.values()))
    if sort == "name":
        found.sort(key=page.name)
    elif sort != "featured":
        found.sort(key=lambda one: one.price, reverse=sort == "price-desc")
    page.seen("models", kinds=sorted(kinds), max=limit, sort=sort, search=words, results=[one.id for one in found])
    return "models.j2", {
        "found": found, "kinds": kinds, "limit": limit, "sort": sort, "words": words,
        "bands": BANDS, "slider": SLIDER, "sorts": SORTS,
    }  # fmt: skip


def _matches(product: Product, word: str) -> bool:
    haystack = " ".join([*product.name.values(), product.kind, "car electric 汽车" if product.options else "配件"])
    return word in haystack.casefold()


def product(page: Page, id: str) -> tuple[str, dict[str, Any]] | None:
    if id not in page.catalogue:
        return None
    page.seen("product", product=id)
    one = page.catalogue[id]
    chosen = page.shop.configuration(id)
    return "product.j2", {
        "one": one,
        "chosen": chosen,
        "price": one.price_of(chosen),
        "specs": SPECS,
        "wished": page.shop.wished(id, chosen),
        "others": [other for other in page.products(one.kind) if other.id != id][:3],
    }


def plain(name: str) -> View:
    """A page that needs nothing but the state."""

    def view(page: Page) -> tuple[str, dict[str, Any]]:
        page.seen(name)
        return f"{name}.j2", {}

    return view


def compare(page: Page) -> tuple[str, dict[str, Any]]:
    page.seen("compare", products=sorted(page.shop.compare))
    return "compare.j2", {"specs": SPECS}


def checkout(page: Page, done: str | None) -> tuple[str, dict[str, Any]]:
    page.seen("checkout done" if done else "checkout")
    return "checkout.j2", {"done": bool(done)}


def drive(page: Page, done: str | None) -> tuple[str, dict[str, Any]]:
    page.seen("test drive done" if done else "test drive")
    return "drive.j2", {"done": bool(done), "cars": page.products("car"), "wanted": page.request.first("car")}


def info(page: Page, topic: str) -> tuple[str, dict[str, Any]]:
    page.seen("info", topic=topic)
    return "info.j2", {"topic": topic}


PAGES: tuple[tuple[re.Pattern[str], View], ...] = tuple(
    (re.compile(pattern), view)
    for pattern, view in (
        (r"/", home),
        (r"/models", models),
        (r"/product/(?P<id>[\w-]+)", product),
        (r"/cart", plain("cart")),
        (r"/wishlist", plain("wishlist")),
        (r"/compare", compare),
        (r"/signin", plain("signin")),
        (r"/account", plain("account")),
        (r"/checkout(?P<done>/done)?", checkout),
        (r"/test-drive(?P<done>/done)?", drive),
        (r"/info/(?P<topic>delivery|returns|warranty|contact)", info),
    )
)
