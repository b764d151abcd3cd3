"""What a visitor sends may be of any kind: it is refused, and never taken for what it is not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from envs.sites import Site, open_site


@pytest.fixture
def site() -> Iterator[Site]:
    with open_site("store", seed=0) as opened:
        yield opened
        assert opened.faults == []


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("signin", {"username": "nobody", "password": None}), ("signin", {"username": None, "password": None}),
        ("signin", {"username": ["a"], "password": {}}), ("signin", {"username": 5, "password": 5}),
        ("cart-set", {"line": None, "quantity": "many"}), ("wish", {"product": {}, "on": True}),
        ("newsletter", {"email": 5}), ("language", {"language": None}), ("signin", {"x": 1}),
    ],
)  # fmt: skip
def test_values_of_another_kind_are_refused(site: Site, verb: str, body: dict[str, Any]) -> None:
    before = site.state()
    answer = httpx.post(f"{site.url.rstrip('/')}/do/{verb}", json=body, trust_env=False)
    assert answer.status_code == 400
    assert site.state() == before
    assert before["user"] is None


def test_an_unknown_name_does_not_sign_in(site: Site) -> None:
    body = {"username": "nobody", "password": "x"}
    answer = httpx.post(f"{site.url.rstrip('/')}/do/signin", json=body, trust_env=False)
    assert "errors" in answer.json()
    assert site.state()["user"] is None
