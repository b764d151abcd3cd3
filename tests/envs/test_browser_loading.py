"""Pages that are slow to end, ask for a name, or answer with an error; addresses that are not opened."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from action_space.actions import Back, BaseAction, Click, Navigate, NewTab, Press
from envs.base import PageLoadFailed, StepResult
from envs.browser.addresses import below, origin_of, refusal, split_credentials, without_credentials
from envs.browser.config import HttpCredentials
from envs.browser.environment import BrowserConfig, BrowserEnvironment
from envs.effect import describe

pytestmark = pytest.mark.browser
BUY = (100, 120)


def do(env: BrowserEnvironment, action: BaseAction) -> StepResult:
    outcome = env.execute(action, env.observe())
    assert outcome.error is None
    return outcome


SLOW = ["slow-script", "slow-style", "slow-frame", "slow-module"]


@pytest.mark.parametrize("name", SLOW)
def test_a_page_that_is_drawn_is_used(site: str, name: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/{name}", settle_limit_s=1)) as env:
        assert env.observe().title == "Shop"
        assert do(env, Click(start_point=BUY)).observation.title == "Bought"


@pytest.mark.parametrize("way", ["navigate", "new_tab", "back", "click", "reload"])
def test_whichever_way_leads_there(site: str, way: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/to-slow", settle_limit_s=1)) as env:
        slow = f"{site}/slow-script"
        if way == "navigate":
            do(env, Navigate(url=slow))
        elif way == "new_tab":
            do(env, NewTab(url=slow))
        elif way == "click":
            do(env, Click(start_point=(100, 20)))
        else:
            do(env, Navigate(url=slow))
            if way == "reload":
                do(env, Press(keys=("f5",)))
            else:
                do(env, Navigate(url=f"{site}/plain"))
                do(env, Back())
        assert env.observe().url == slow
        assert do(env, Click(start_point=BUY)).observation.title == "Bought"


def test_what_keeps_a_page_from_being_drawn_is_stopped_at_the_limit(site: str) -> None:
    config = BrowserConfig(url=f"{site}/slow-head-style", load_timeout_s=8, settle_limit_s=1)
    with BrowserEnvironment(config) as env:
        assert do(env, Click(start_point=BUY)).observation.title == "Bought"


def test_a_page_with_nothing_to_see_did_not_load(site: str) -> None:
    with pytest.raises(PageLoadFailed, match="within 1 s"):
        BrowserEnvironment(BrowserConfig(url=f"{site}/slow-blank", load_timeout_s=1, settle_limit_s=1))


@pytest.mark.parametrize("status", [404, 403, 500, 503])
def test_a_status_that_is_an_error_is_said(browser: BrowserEnvironment, site: str, status: int) -> None:
    got = do(browser, Navigate(url=f"{site}/status-{status}"))
    assert got.effect.status == status
    assert f"status {status}" in describe(got.effect)
    assert do(browser, Navigate(url=f"{site}/plain")).effect.status is None


def test_an_error_without_a_page_is_said(browser: BrowserEnvironment, site: str) -> None:
    got = browser.execute(Navigate(url=f"{site}/status-500?empty"), browser.observe())
    assert got.error is not None
    assert "answers with an error and an empty page" in got.error.message
    assert do(browser, Navigate(url=f"{site}/plain")).observation.title == "Plain"


# -- names and passwords --------------------------------------------------------------------------------------

PASSWORD = "se:cret!pass"


@pytest.mark.parametrize("way", ["configured", "in the address"])
def test_http_authentication(site: str, way: str) -> None:
    host = site.removeprefix("http://")
    if way == "configured":
        config = BrowserConfig(url=f"{site}/auth", http_credentials=HttpCredentials("ann", PASSWORD))
    else:
        config = BrowserConfig(url=f"http://ann:se%3Acret!pass@{host}/auth")
    with BrowserEnvironment(config) as env:
        seen = env.observe()
        assert seen.title == "In"
        assert seen.url == f"{site}/auth"
        assert "cret!" not in repr(env.config)
        assert "cret!" not in json.dumps(asdict(env.config), default=str)
        assert "cret!" not in repr(seen.tabs)


def test_a_password_is_for_its_site_only(site: str) -> None:
    other = site.replace("127.0.0.1", "localhost")
    config = BrowserConfig(url=f"{site}/plain", http_credentials=HttpCredentials("ann", PASSWORD))
    with BrowserEnvironment(config) as env:
        assert do(env, Navigate(url=f"{site}/auth")).observation.title == "In"
        elsewhere = env.execute(Navigate(url=f"{other}/auth"), env.observe())
        assert elsewhere.effect.status == 401
        assert elsewhere.error is not None
        assert "http_credentials" in elsewhere.error.message


def test_no_password_is_told_of_an_address_that_the_agent_opens(site: str) -> None:
    host = site.removeprefix("http://")
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        got = env.execute(Navigate(url=f"http://ann:se%3Acret!pass@{host}/auth"), env.observe())
        assert got.error is not None
        assert "name or password" in got.error.message
        failed = env.execute(Navigate(url="http://ann:se%3Acret!pass@127.0.0.1:9/"), env.observe())
        assert failed.error is not None
        assert "cret" not in failed.error.message + repr(got) + repr(failed.observation)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("http://ann:secret@host/path", "http://host/path"),
        ("https://ann@host:8443/?q=a@b", "https://host:8443/?q=a@b"),
        ("net::ERR at http://a:p%40ss@h:9/x, then ftp://u:p@f/", "net::ERR at http://h:9/x, then ftp://f/"),
        ("http://a:pass@word@host/", "http://host/"),
        ("http://host/@user", "http://host/@user"),
        ("write to ann@example.com", "write to ann@example.com"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
    ],
)
def test_addresses_without_credentials(text: str, clean: str) -> None:
    assert without_credentials(text) == clean


def test_credentials_are_split_off() -> None:
    assert split_credentials("http://a:b%40c@h:1/p?q#f") == ("http://h:1/p?q#f", "a", "b@c")
    assert split_credentials("http://h/") == ("http://h/", None, "")
    assert split_credentials("data:text/html,a:b@c") == ("data:text/html,a:b@c", None, "")
    assert origin_of("http://[::1]:80/x") == "http://[::1]:80"
    assert origin_of("file:///x") is None


# -- what may be opened ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "file://localhost/etc/passwd",
        "file://server/share/x",
        "data:text/html,<h1>x</h1>",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "view-source:http://127.0.0.1/",
        "chrome://version",
        "chrome-extension://abc/x.html",
        "devtools://devtools/x",
        "ftp://127.0.0.1/",
        "ws://127.0.0.1/",
        "about:config",
        "blob:null/1",
        " file:///etc/passwd",
        "filesystem:http://127.0.0.1/temporary/x",
    ],
)
def test_addresses_that_an_agent_may_not_open(url: str, tmp_path: Path) -> None:
    problem = refusal(url, [str(tmp_path)])
    assert problem is not None
    assert "not opened" in problem or "allow_files" in problem


@pytest.mark.parametrize("url", ["http://a/", "https://a/", "HTTP://a/", "about:blank"])
def test_addresses_that_it_may(url: str) -> None:
    assert refusal(url, []) is None


def test_files_only_below_the_folders_that_were_named(tmp_path: Path) -> None:
    named, other = tmp_path / "named", tmp_path / "named-not"
    for folder in (named, other):
        folder.mkdir()
        (folder / "page.html").write_text("<title>Local</title>")
    (named / "link.html").symlink_to(other / "page.html")
    assert below(str(named / "page.html"), [str(named)])
    for path in (other / "page.html", named / "link.html", named / ".." / "named-not" / "page.html"):
        assert not below(str(path), [str(named)])
    with BrowserEnvironment(BrowserConfig(allow_files=(str(named),))) as env:
        assert do(env, Navigate(url=(named / "page.html").as_uri())).observation.title == "Local"
        for address in (
            (other / "page.html").as_uri(),
            (named / "link.html").as_uri(),
            f"file://{named}/%2e%2e/named-not/page.html",
        ):
            for action in (Navigate(url=address), NewTab(url=address)):
                refused = env.execute(action, env.observe())
                assert refused.error is not None
                assert refused.error.kind == "refused"
                assert "allow_files" in refused.error.message
                assert refused.effect.nothing


def test_a_local_page_leads_to_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("<title>Secret</title>")
    start = tmp_path / "start.html"
    start.write_text("<body style='margin:0'><a href=secret.html style='display:block;height:40px'>more</a>")
    with BrowserEnvironment(BrowserConfig(url=start.as_uri())) as env:  # the person named this one
        led = env.execute(Click(start_point=(5, 20)), env.observe())
        assert led.observation.url == "about:blank"
        assert any("may not be opened" in note for note in led.notes)
    with BrowserEnvironment(BrowserConfig(url=start.as_uri(), allow_files=(str(tmp_path),))) as env:
        assert env.execute(Click(start_point=(5, 20)), env.observe()).observation.title == "Secret"
