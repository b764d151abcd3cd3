"""The demo store: cars and accessories, on loopback, different under every seed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import ValidationError

from envs.sites.server import Request, Response, SiteError
from envs.sites.store import pictures
from envs.sites.store.catalogue import Product, catalogue
from envs.sites.store.look import look
from envs.sites.store.pages import PAGES, Page
from envs.sites.store.shop import VERBS, Refused, Shop

_HERE = Path(__file__).parent
_STATIC = {"/store.css": "text/css; charset=utf-8", "/store.js": "text/javascript; charset=utf-8"}


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Store:
    """The store as `envs.sites.server` serves it.

    Pages are rendered here from the state; a click posts one verb, and the page then fetches itself again.
    """

    def __init__(self, seed: int = 0, **options: Any) -> None:
        self.seed = seed
        self.look = look(seed, options)
        self.viewport = self.look.viewport
        self.products = catalogue(seed)
        self.shop = Shop(self.products, self.look.lang, self.look.cookies != "none", self.look.popup)
        rng = random.Random(f"store page {seed}")
        self.sections = ["featured", "extras", "service", "reviews", "drive"]
        rng.shuffle(self.sections)
        self.terms = {
            "returns": rng.choice((14, 21, 28, 30, 45)),
            "warranty": rng.choice((3, 4, 5, 6, 8)),
            "delivery": rng.choice((7, 10, 12, 18, 20)),
            "phone": f"400-{rng.randrange(100, 999)}-{rng.randrange(1000, 9999)}",
        }

    def snapshot(self) -> dict[str, Any]:
        return self.shop.snapshot()

    def prepare(self, changes: dict[str, Any]) -> None:
        self.shop.prepare(changes)

    def fact(self, name: str, arguments: dict[str, Any]) -> Any:
        """One of:

        * `product`: a value (`price` in yuan, or a figure) of a product;
        * `extreme`: id of the product of a kind ("car": sedan or SUV) with the `least` or `most` of a value;
        * `term`: returns (days), warranty (years), delivery (days) or phone;
        * `named`: a product's name in the store's language; `names`: all of them.
        """
        facts: dict[str, Callable[..., Any]] = {
            "product": self._fact_product,
            "extreme": self._fact_extreme,
            "term": self._fact_term,
            "named": self._fact_named,
            "names": lambda: [self._fact_named(id) for id in self.products],
        }
        if name not in facts:
            raise SiteError(f"store fact {name!r} is not one of {', '.join(sorted(facts))}")
        try:
            return facts[name](**arguments)
        except (KeyError, TypeError, ValueError) as error:
            raise SiteError(f"store fact {name}: {error} (given {arguments})") from None

    def _fact_product(self, product: str, value: str) -> float:
        return self._value(self.products[product], value)

    def _fact_named(self, product: str) -> str:
        return self.products[product].name[self.shop.language]

    def _fact_term(self, term: str) -> Any:
        return self.terms[term]

    def _fact_extreme(self, kind: str, value: str, which: str) -> str:
        pool = [one for one in self.products.values() if kind == one.kind or (kind == "car" and one.figures)]
        return {"least": min, "most": max}[which](pool, key=lambda one: self._value(one, value)).id

    @staticmethod
    def _value(product: Product, value: str) -> float:
        return product.price if value == "price" else product.figures[value]

    def render(self, request: Request) -> Response:
        if request.method == "POST":
            return self._post(request)
        if request.path in _STATIC:
            return Response((_HERE / request.path[1:]).read_bytes(), _STATIC[request.path])
        if request.path == "/favicon.ico":
            heart = pictures.icon("star", 0, 1.5, True).replace(
                "<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '
            )
            return Response(heart.encode(), "image/svg+xml")
        page = self._page_for(request)
        for pattern, view in PAGES:
            match = pattern.fullmatch(request.path)
            if match:
                found = view(page, **match.groupdict())
                if found is not None:
                    template, context = found
                    return self._page(page, template, context, 200)
        return self._page(page, "info.j2", page.not_found(), 404)

    def _page_for(self, request: Request) -> Page:
        return Page(request, self.products, self.shop, self.look, self.sections)

    def _page(self, page: Page, template: str, context: dict[str, Any], status: int) -> Response:
        tools = {
            "t": page.word,
            "icon": page.icon,
            "money": page.money,
            "picture": page.picture,
            "wheel": page.wheel,
            "name": page.name,
            "args": _args,
        }
        html = (
            _templates()
            .get_template(template)
            .render(
                **tools,
                **context,
                page=page,
                look=self.look,
                shop=self.shop,
                lang=self.shop.language,
                terms=self.terms,
            )
        )
        return Response(html.encode(), status=status)

    def _post(self, request: Request) -> Response:
        verb = VERBS.get(request.path.removeprefix("/do/")) if request.path.startswith("/do/") else None
        if verb is None:
            return _json({"error": "unknown"}, 404)
        try:
            result = verb(self.shop, **request.body)
        except (ValidationError, Refused):
            return _json({"error": "refused"}, 400)
        words = self._page_for(request).word
        if "toast" in result:
            result["toast"] = words(result["toast"])
        if "errors" in result:
            result["errors"] = {field: words(key) for field, key in result["errors"].items()}
        return _json(result, 200)


def _args(**values: Any) -> Markup:
    """Arguments of a verb, for an HTML attribute."""
    return Markup.escape(json.dumps(values))


def _json(value: dict[str, Any], status: int) -> Response:
    return Response(json.dumps(value).encode(), "application/json", status)
