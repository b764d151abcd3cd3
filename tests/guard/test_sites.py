"""The decision about an address, without a browser."""

from __future__ import annotations

import pytest

from envs.browser.network.sites import Forbidden, SiteRules, Sites

PRIVATE = """10.0.0.1 127.0.0.1 0x7f.1 2130706433 017700000001 ::1 ::ffff:127.0.0.1 localhost a.localhost
LOCALHOST. 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 fe80::1 fd00::1 64:ff9b::7f00:1 2002:7f00:1:: 192.168.1.1
255.255.255.255""".split()


@pytest.mark.parametrize("host", PRIVATE)
def test_the_private_network_is_closed_however_it_is_written(host: str) -> None:
    with pytest.raises(Forbidden):
        Sites(SiteRules()).by_name(host, 80)
    Sites(SiteRules(private=True)).by_name(host, 80)


def test_a_name_is_judged_by_what_it_stands_for_at_this_moment() -> None:
    sites = Sites(SiteRules())
    sites.by_name("turning.example", 80)
    assert sites.by_address("turning.example", 80, ["93.184.216.34", "127.0.0.1"]) == ["93.184.216.34"]
    with pytest.raises(Forbidden, match="private network"):
        sites.by_address("turning.example", 80, ["127.0.0.1"])


def test_what_is_named_is_open_at_its_port_and_its_first_address() -> None:
    sites = Sites(SiteRules(named=("http://intranet:8000/start",)))
    assert sites.by_address("intranet", 8000, ["10.0.0.5"]) == ["10.0.0.5"]
    with pytest.raises(Forbidden, match="another private address"):
        sites.by_address("intranet", 8000, ["10.0.0.6"])
    with pytest.raises(Forbidden):
        sites.by_address("intranet", 80, ["10.0.0.5"])
    local = Sites(SiteRules(named=("http://127.0.0.1:8000",)))
    local.by_name("localhost", 8000)
    with pytest.raises(Forbidden):
        local.by_name("127.0.0.1", 8001)


@pytest.mark.parametrize(
    ("host", "port", "address", "open_"),
    [
        ("example.com", 443, "93.184.216.34", True),
        ("www.example.com", 443, "93.184.216.34", False),
        ("a.b.corp.test", 80, "93.184.216.34", True),
        ("a.b.corp.test", 80, "10.0.0.2", False),
        ("x.test", 80, "10.1.2.3", True),
        ("x.test", 80, "93.184.216.34", False),
        ("intra", 8080, "10.9.9.9", True),
        ("intra", 80, "10.9.9.9", False),
        ("bad.corp.test", 80, "93.184.216.34", False),
    ],
)
def test_lists(host: str, port: int, address: str, open_: bool) -> None:
    allow = ("example.com", "*.corp.test", "10.1.0.0/16", "http://intra:8080")
    sites = Sites(SiteRules(allow=allow, block=("bad.corp.test",)))

    def decide() -> list[str]:
        sites.by_name(host, port)
        return sites.by_address(host, port, [address])

    if open_:
        assert decide() == [address]
    else:
        with pytest.raises(Forbidden):
            decide()


@pytest.mark.parametrize("site", ["http://a b/", "ftp://x", "", "a/b", "u:p@x", "exa mple"])
def test_a_site_that_is_none_is_refused(site: str) -> None:
    with pytest.raises(ValueError, match="allow: "):
        SiteRules(allow=(site,))
