"""The demo store by itself: what it serves, what it keeps to itself, how seeds differ."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from envs.sites import Site, open_site
from envs.sites.server import SiteError
from envs.sites.store.look import look
from envs.sites.store.shop import VERBS

PATHS = (
    "", "models", "models?kind=suv&max=300000&sort=price-asc", "models?q=su7", "product/su7", "product/roof-box",
    "cart", "wishlist", "compare", "signin", "account", "checkout", "test-drive", "info/returns",
)  # fmt: skip
CARS = ("su7", "su7-pro", "su7-max", "su7-ultra", "yu7", "yu7-pro", "yu7-max")
FULL = {"cart": [{"product": "yu7"}], "wishlist": [{"product": "su7"}], "compare": ["su7", "yu7"]}


@pytest.fixture
def store() -> Iterator[Site]:
    with open_site("store", seed=3, lang="en") as site:
        yield site


def get(site: Site, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(site.url + path, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def post(site: Site, verb: str, body: Any) -> tuple[int, dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(site.url + "do/" + verb, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, {}


@pytest.mark.parametrize("seed", range(12))
def test_every_page_is_served_in_both_languages_and_loads_nothing_from_outside(seed: int) -> None:
    for lang in ("en", "zh"):
        with open_site("store", seed, lang=lang) as site:
            site.prepare(FULL)
            for path in PATHS:
                status, html = get(site, path)
                assert status == 200, path
                assert "SU7" in html or "wishlist" in html
                for outside in ("http://", "https://", "//cdn"):
                    assert outside not in html.replace("http://www.w3.org/2000/svg", ""), (path, outside)
            assert site.faults == []


def test_seeds_change_order_words_colours_layout_and_prices() -> None:
    pages = []
    for seed in range(8):
        with open_site("store", seed, lang="en") as site:
            pages.append((site.state(), get(site, "models")[1], site.viewport, site.fact("names"),
                          site.fact("product", product="su7", value="price")))  # fmt: skip
    assert len({tuple(page[3]) for page in pages}) == 8
    assert len({page[4] for page in pages}) >= 6
    assert len({page[2] for page in pages}) >= 3
    looks = [look(seed, {}) for seed in range(30)]
    for field in ("accent", "font", "theme", "cards", "heart", "filters", "lang", "cookies", "popup", "remove"):
        assert len({getattr(one, field) for one in looks}) >= 2, field
    assert len({one.word("cart.add", "en") for one in looks}) >= 3
    assert len({one.word("wish.title", "zh") for one in looks}) >= 3


def test_the_same_seed_is_the_same_store() -> None:
    def page() -> str:
        with open_site("store", 5) as site:
            return get(site, "models")[1]

    assert page() == page()


def test_the_cheapest_and_the_longest_range_are_unique_in_every_seed() -> None:
    for seed in range(60):
        with open_site("store", seed) as site:
            for value in ("price", "range"):
                values = [site.fact("product", product=name, value=value) for name in CARS]
                assert len(set(values)) == len(values)


@pytest.mark.parametrize(
    "path",
    ["state", "state.json", "api", "api/state", "do/state", "do/wish", "admin", "debug", "words.json", "shop.py",
     "../shop.py", "%2e%2e/shop.py", "static/words.json", "snapshot", "product/none", "store.css/../words.json"],
)  # fmt: skip
def test_no_address_tells_the_state(store: Site, path: str) -> None:
    store.prepare({"accounts": {"mia": "secret-word"}})
    status, html = get(store, path)
    assert status == 404
    assert "secret-word" not in html
    assert "changed_options" not in html


def test_pages_do_not_hold_passwords(store: Site) -> None:
    store.prepare({"accounts": {"mia": "secret-word"}, "user": "mia"})
    assert not any("secret-word" in get(store, path)[1] for path in PATHS)


def test_what_is_posted_says_what_shall_be_so_that_twice_is_once(store: Site) -> None:
    for verb, body in (
        ("wish", {"product": "su7", "on": True}),
        ("compare", {"product": "su7", "on": True}),
        ("newsletter", {"email": "a@example.com"}),
    ):
        first = post(store, verb, body)[0]
        once = store.state()
        assert first == 200
        post(store, verb, body)
        assert store.state() == once
    post(store, "wish", {"product": "su7", "on": False})
    assert store.state()["wishlist"] == []


def test_a_configuration_is_kept_and_goes_onto_the_wish_list(store: Site) -> None:
    post(store, "configure", {"product": "su7", "option": "paint", "value": "lava-orange"})
    post(store, "wish", {"product": "su7", "on": True, "configured": True})
    post(store, "wish", {"product": "su7", "on": True})
    first, second = store.state()["wishlist"]
    assert first["configuration"]["paint"] == "lava-orange"
    assert first["changed_options"] == ["paint"]
    assert second["changed_options"] == []
    assert "Lava Orange" in get(store, "product/su7")[1]


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("wish", {"product": "su9", "on": True}),
        ("wish", {"product": "su7"}),
        ("wish", {"product": "su7", "on": True, "price": 1}),
        ("configure", {"product": "su7", "option": "paint", "value": "plaid"}),
        ("configure", {"product": "su7", "option": "engine", "value": "v8"}),
        ("configure", {"product": "roof-box", "option": "paint", "value": "lava-orange"}),
        ("cart-set", {"line": 99, "quantity": 2}),
        ("cookies", {"choice": "some"}),
        ("language", {"language": "fr"}),
        ("_put", {"product": "su7"}),
        ("wish", b"not json"),
        ("wish", b"[1]"),
    ],
)
def test_what_no_page_posts_is_refused_and_changes_nothing(store: Site, verb: str, body: Any) -> None:
    before = store.state()
    assert post(store, verb, body)[0] in (400, 404)
    assert store.state() == before
    assert store.faults == []


def test_forms_say_what_is_missing(store: Site) -> None:
    store.prepare({"accounts": {"mia": "right"}})
    assert set(post(store, "signin", {})[1]["errors"]) == {"username", "password"}
    assert "errors" in post(store, "signin", {"username": "mia", "password": "wrong"})[1]
    assert "errors" in post(store, "newsletter", {"email": "nobody"})[1]
    assert set(post(store, "drive", {"name": "Al"})[1]["errors"]) == {"product", "phone"}
    assert store.state()["user"] is None
    assert post(store, "signin", {"username": "mia", "password": "right"})[1] == {"go": "/account"}
    assert store.state()["user"] == "mia"


def test_every_verb_has_a_control_on_some_page() -> None:
    found = set()
    for seed, user in itertools.product(range(6), (None, "mia")):
        with open_site("store", seed, popup=True, cookies="bottom") as site:
            site.prepare({**FULL, "user": user})
            html = "".join(get(site, path)[1] for path in PATHS)
        found |= {verb for verb in VERBS if f'data-do="{verb}"' in html}
    assert found == set(VERBS)


def test_unknown_names_are_told_with_what_is_accepted() -> None:
    with pytest.raises(SiteError, match="'shop' is not one of store"):
        open_site("shop")
    with pytest.raises(SiteError, match=r"'colour' is not one of .*theme"):
        open_site("store", colour="red")
    with pytest.raises(SiteError, match=r"lang: 'fr' is not one of 'en', 'zh'"):
        open_site("store", lang="fr")
    with open_site("store") as site:
        with pytest.raises(SiteError, match=r"'basket' is not one of accounts, cart"):
            site.prepare({"basket": []})
        with pytest.raises(SiteError, match=r"product 'su9' is not one of .*su7"):
            site.prepare({"cart": [{"product": "su9"}]})
        with pytest.raises(SiteError, match=r"paint 'plaid' of su7 is not one of .*lava-orange"):
            site.prepare({"wishlist": [{"product": "su7", "configuration": {"paint": "plaid"}}]})
        with pytest.raises(SiteError, match="'weather' is not one of extreme"):
            site.fact("weather")


def test_sites_share_nothing_and_close_twice() -> None:
    first, second = open_site("store", 1), open_site("store", 1)
    try:
        post(first, "wish", {"product": "su7", "on": True})
        assert first.url != second.url
        assert second.state()["wishlist"] == []
    finally:
        for site in (first, second, first):
            site.close()
    with pytest.raises(urllib.error.URLError):
        get(first, "")
