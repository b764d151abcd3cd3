"""What the store remembers, and everything that a visitor can do to it."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

from pydantic import validate_call

from envs.sites.server import SiteError
from envs.sites.store.catalogue import Product

MAX_COMPARED = 3
MAX_QUANTITY = 9
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$")


class Refused(Exception):
    """A request that the pages never make: unknown product, option or number."""


class Shop:
    """State of one store. Every public `do_…` method is one thing that a page can post.

    They answer with what the page shall show: `toast` (a key of the words), `errors` (field → key) or `go` (an
    address). They say what shall be, not what shall be toggled, so that a double click changes nothing twice.
    """

    def __init__(self, products: dict[str, Product], language: str, cookies_asked: bool, popup: bool) -> None:
        self.products = products
        self.accounts: dict[str, str] = {}
        self.wishlist: list[dict[str, Any]] = []
        self.cart: list[dict[str, Any]] = []
        self.compare: list[str] = []
        self.user: str | None = None
        self.remember = False
        self.newsletter: list[str] = []
        self.language = language
        self.cookies: str | None = None if cookies_asked else "necessary"
        self.popup = popup
        self.orders: list[dict[str, Any]] = []
        self.test_drives: list[dict[str, Any]] = []
        self.drafts: dict[str, dict[str, str]] = {}
        self.view: dict[str, Any] = {"page": ""}
        self.searches: list[str] = []
        self._line = 0

    def snapshot(self) -> dict[str, Any]:
        """The state as JSON values. Each product in it carries its whole configuration, and which options of it
        are not the standard ones."""
        return {
            "wishlist": [self._described(entry) for entry in self.wishlist],
            "cart": [self._described(entry) for entry in self.cart],
            "compare": sorted(self.compare),
            "user": self.user,
            "remember": self.remember,
            "newsletter": list(self.newsletter),
            "language": self.language,
            "cookies": self.cookies,
            "orders": copy.deepcopy(self.orders),
            "test_drives": copy.deepcopy(self.test_drives),
            "drafts": {
                product: self._described({"product": product, "configuration": self.configuration(product)})
                for product in self.drafts
            },
            "view": copy.deepcopy(self.view),
            "searches": list(self.searches),
            "popup": self.popup,
        }

    def prepare(self, changes: dict[str, Any]) -> None:
        """Put things in place before the visitor comes.

        Args:
            changes: of `cart`, `wishlist` (lists of {product, quantity, configuration}), `compare` (product ids),
                `user`, `accounts` (name → password), `cookies`, `popup`.

        Raises:
            SiteError: an unknown field, product or option.
        """
        try:
            for field, value in changes.items():
                if field in ("cart", "wishlist"):
                    for entry in value:
                        chosen = {**self._standard(entry["product"]), **entry.get("configuration", {})}
                        self._check(entry["product"], chosen)
                        added = {"product": entry["product"], "configuration": chosen, "line": self._next()}
                        if field == "cart":
                            added["quantity"] = entry.get("quantity", 1)
                        getattr(self, field).append(added)
                elif field == "compare":
                    self.compare = [self._product(product).id for product in value]
                elif field in ("user", "accounts", "cookies", "popup"):
                    setattr(self, field, copy.deepcopy(value))
                else:
                    accepted = "accounts, cart, compare, cookies, popup, user, wishlist"
                    raise SiteError(f"store state: {field!r} is not one of {accepted}")
        except Refused as error:
            raise SiteError(f"store state: {error}") from None

    # What a visitor does

    def do_configure(self, product: str, option: str, value: str) -> dict[str, Any]:
        self._check(product, {option: value})
        self.drafts.setdefault(product, {})[option] = value
        return {}

    def do_wish(self, product: str, on: bool, configured: bool = False) -> dict[str, Any]:
        """`configured`: as chosen on the product page; else the standard one, or with `on` false all of them."""
        chosen = self.configuration(product) if configured else self._standard(product)
        if on:
            if not self.wished(product, chosen):
                self.wishlist.append({"product": product, "configuration": chosen, "line": self._next()})
            return {"toast": "wish.added"}
        self.wishlist = [
            entry
            for entry in self.wishlist
            if entry["product"] != product or (configured and entry["configuration"] != chosen)
        ]
        return {"toast": "wish.removed"}

    def do_wish_remove(self, line: int) -> dict[str, Any]:
        self.wishlist = [entry for entry in self.wishlist if entry["line"] != line]
        return {"toast": "wish.removed"}

    def do_wish_to_cart(self, line: int) -> dict[str, Any]:
        for entry in self.wishlist:
            if entry["line"] == line:
                self._put(entry["product"], entry["configuration"])
                return {"toast": "cart.added"}
        raise Refused(f"line {line} is not on the wish list")

    def do_compare(self, product: str, on: bool) -> dict[str, Any]:
        self._product(product)
        if on and product not in self.compare:
            if len(self.compare) >= MAX_COMPARED:
                return {"toast": "compare.full", "refresh": True}
            self.compare.append(product)
            return {"toast": "compare.added"}
        if not on and product in self.compare:
            self.compare.remove(product)
        return {"toast": "compare.removed"}

    def do_compare_clear(self) -> dict[str, Any]:
        self.compare = []
        return {"toast": "compare.removed"}

    def do_cart_add(self, product: str, configured: bool = False) -> dict[str, Any]:
        self._put(product, self.configuration(product) if configured else self._standard(product))
        return {"toast": "cart.added"}

    def do_cart_set(self, line: int, quantity: int) -> dict[str, Any]:
        if not 1 <= int(quantity) <= MAX_QUANTITY:
            raise Refused(f"quantity {quantity} is outside 1–{MAX_QUANTITY}")
        for entry in self.cart:
            if entry["line"] == line:
                entry["quantity"] = int(quantity)
                return {"toast": "quantity.updated"}
        raise Refused(f"line {line} is not in the cart")

    def do_cart_remove(self, line: int) -> dict[str, Any]:
        self.cart = [entry for entry in self.cart if entry["line"] != line]
        return {"toast": "cart.removed"}

    def do_signin(self, username: str = "", password: str = "", remember: bool = False) -> dict[str, Any]:
        missing = _missing(username=username, password=password)
        if missing:
            return {"errors": missing}
        name = username.strip()
        if name not in self.accounts or self.accounts[name] != password:
            return {"errors": {"password": "signin.wrong"}}
        self.user, self.remember = name, bool(remember)
        return {"go": "/account"}

    def do_signout(self) -> dict[str, Any]:
        self.user, self.remember = None, False
        return {"go": "/", "toast": "signin.gone"}

    def do_newsletter(self, email: str = "") -> dict[str, Any]:
        address = email.strip()
        if not _EMAIL.match(address):
            return {"errors": {"email": "news.bad" if address else "form.missing"}}
        if address not in self.newsletter:
            self.newsletter.append(address)
        self.popup = False
        return {"toast": "news.done", "reset": True}

    def do_popup_close(self) -> dict[str, Any]:
        self.popup = False
        return {}

    def do_cookies(self, choice: str) -> dict[str, Any]:
        if choice not in ("all", "necessary"):
            raise Refused(f"cookies: {choice!r} is not one of all, necessary")
        self.cookies = choice
        return {"toast": "cookies.saved"}

    def do_language(self, language: str) -> dict[str, Any]:
        if language not in ("en", "zh"):
            raise Refused(f"language: {language!r} is not one of en, zh")
        self.language = language
        return {"go": ""}

    def do_drive(
        self, product: str = "", name: str = "", phone: str = "", consent: bool = False
    ) -> dict[str, Any]:
        missing = _missing(product=product, name=name, phone=phone)
        if missing:
            return {"errors": missing}
        self._product(product)
        self.test_drives.append(
            {"product": product, "name": name.strip(), "phone": phone.strip(), "consent": bool(consent)}
        )
        return {"go": "/test-drive/done"}

    def do_order(self, name: str = "", city: str = "", delivery: str = "home") -> dict[str, Any]:
        missing = _missing(name=name, city=city)
        if missing:
            return {"errors": missing}
        if delivery not in ("home", "pickup"):
            raise Refused(f"delivery: {delivery!r} is not one of home, pickup")
        if self.cart:
            items = [self._described(entry) for entry in self.cart]
            self.orders.append({"name": name.strip(), "city": city.strip(), "delivery": delivery, "items": items})
            self.cart = []
        return {"go": "/checkout/done"}

    # What pages ask

    def configuration(self, product: str) -> dict[str, str]:
        """What is chosen on the product's page."""
        return {**self._standard(product), **self.drafts.get(product, {})}

    def wished(self, product: str, configuration: dict[str, str] | None = None) -> bool:
        """The product is on the wish list; with a configuration: exactly so."""
        return any(
            entry["product"] == product and configuration in (None, entry["configuration"])
            for entry in self.wishlist
        )

    def price(self, entry: dict[str, Any]) -> int:
        """Yuan for one piece of an entry."""
        return self.products[entry["product"]].price_of(entry["configuration"])

    def total(self) -> int:
        """Yuan for the cart."""
        return sum(self.price(entry) * entry["quantity"] for entry in self.cart)

    # Inner

    def _put(self, product: str, configuration: dict[str, str]) -> None:
        for entry in self.cart:
            if entry["product"] == product and entry["configuration"] == configuration:
                entry["quantity"] = min(MAX_QUANTITY, entry["quantity"] + 1)
                return
        self.cart.append(
            {"product": product, "configuration": dict(configuration), "quantity": 1, "line": self._next()}
        )

    def _next(self) -> int:
        self._line += 1
        return self._line

    def _product(self, product: str) -> Product:
        if product not in self.products:
            raise Refused(f"product {product!r} is not one of {', '.join(sorted(self.products))}")
        return self.products[product]

    def _standard(self, product: str) -> dict[str, str]:
        return dict(self._product(product).standard)

    def _check(self, product: str, chosen: dict[str, str]) -> None:
        options = self._product(product).options
        for option, value in chosen.items():
            if option not in options:
                raise Refused(f"option {option!r} of {product} is not one of {', '.join(options) or 'none'}")
            if value not in [choice.id for choice in options[option]]:
                accepted = ", ".join(sorted(choice.id for choice in options[option]))
                raise Refused(f"{option} {value!r} of {product} is not one of {accepted}")

    def _described(self, entry: dict[str, Any]) -> dict[str, Any]:
        standard = self._standard(entry["product"])
        changed = sorted(option for option, value in entry["configuration"].items() if standard[option] != value)
        kept = {key: copy.deepcopy(value) for key, value in entry.items() if key != "line"}
        return {**kept, "changed_options": changed}


def _missing(**fields: str) -> dict[str, str]:
    return {name: "form.missing" for name, value in fields.items() if not str(value).strip()}


# What a visitor sends is of any kind: null is no password, and a list no name.
VERBS: dict[str, Callable[..., dict[str, Any]]] = {
    name.removeprefix("do_").replace("_", "-"): validate_call(method)
    for name, method in vars(Shop).items()
    if name.startswith("do_")
}
