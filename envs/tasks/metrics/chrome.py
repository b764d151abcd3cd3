"""The browser: tabs, addresses, bookmarks and settings (OSWorld's metrics/chrome)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlparse, urlunparse

from envs.tasks.metrics.base import METRICS, listed, of_files

_ALIASES = {"Zoom for Google Chrome": "Zoom Chrome Extension"}
"""Extensions that have changed their names in the store."""


def plain_url(url: str) -> str:
    """An address for comparing: http where no scheme is given, no "www.", host in lower case, no lone slash."""
    found = urlparse(url if "://" in url or url.startswith(("about:", "data:")) else f"http://{url}")
    host = found.netloc.lower().removeprefix("www.")
    return urlunparse(found._replace(scheme=found.scheme.lower(), netloc=host, path=found.path.rstrip("/")))


def _same_url(one: str | None, other: str | None) -> bool:
    return one == other if one is None or other is None else plain_url(one) == plain_url(other)


def _url_of(tab: Any) -> str | None:
    return tab.get("url") if isinstance(tab, dict) else tab


def _wanted(rules: dict[str, Any], *accepted: str) -> str:
    if rules["type"] not in accepted:
        raise ValueError(f"rules.type: {rules['type']!r} is not one of {', '.join(accepted)}")
    return str(rules["type"])


@of_files
def is_expected_active_tab(result: Any, rules: dict[str, Any]) -> float:
    """The active tab's address (or a tab with `url`) is `rules["url"]`. `type` is "url"."""
    _wanted(rules, "url")
    return float(any(_same_url(_url_of(result), one) for one in listed(rules["url"])))


@of_files
def is_expected_active_tab_approximate(result: Any, rules: dict[str, Any]) -> float:
    """As `is_expected_active_tab`, whatever follows a "?"."""
    _wanted(rules, "url")

    def bare(url: str | None) -> str | None:
        return None if url is None else urlunparse(urlparse(url)._replace(query=""))

    return float(any(_same_url(bare(_url_of(result)), bare(one)) for one in listed(rules["url"])))


@of_files
def is_expected_url_pattern_match(result: Any, rules: dict[str, Any]) -> float:
    """Every pattern of `rules["expected"]` is found in the address."""
    url = _url_of(result) or ""
    return float(bool(url) and all(re.search(one, url) for one in listed(rules["expected"])))


@of_files
def is_expected_search_query(result: Any, rules: dict[str, Any]) -> float:
    """The pattern `rules["expect"]["pattern"]` is found in the active tab's address."""
    return float(re.search(rules["expect"]["pattern"], _url_of(result) or "") is not None)


@of_files
def is_expected_tabs(result: list[dict[str, Any]], rules: dict[str, Any]) -> float:
    """The open tabs are those of `rules["urls"]`, in any order. `type` is "url"."""
    _wanted(rules, "url")
    got = sorted(plain_url(one["url"]) for one in result)
    return float(got == sorted(plain_url(one) for one in rules["urls"]))


@of_files
def is_expected_bookmarks(result: dict[str, Any], rules: dict[str, Any]) -> float:
    """The bookmark bar, as `type` says.

    bookmark_bar_folders_names: has exactly the folders `names`. bookmark_bar_websites_urls: has exactly the
    bookmarks `urls`. liked_authors_websites_urls: its folder "Liked Authors" has one bookmark for each entry of
    `urls`, an entry being an address or a list of them to choose from.

    Raises:
        ValueError: another type.
    """
    kind = _wanted(
        rules, "bookmark_bar_folders_names", "bookmark_bar_websites_urls", "liked_authors_websites_urls"
    )
    bar = (result.get("bookmark_bar") or {}).get("children", [])
    if kind == "bookmark_bar_folders_names":
        return float({one["name"] for one in bar if one["type"] == "folder"} == set(rules["names"]))
    if kind == "bookmark_bar_websites_urls":
        return float({one["url"] for one in bar if one["type"] == "url"} == set(rules["urls"]))
    folder = next((one for one in bar if one["type"] == "folder" and one["name"] == "Liked Authors"), None)
    if folder is None:
        return 0.0
    urls = {one["url"] for one in folder["children"] if one["type"] == "url"}
    choices = [set(listed(one)) for one in rules["urls"]]
    one_each = len(urls) == len(choices) and all(urls & choice for choice in choices)
    return float(one_each and all(any(url in choice for choice in choices) for url in urls))


@of_files
def is_expected_installed_extensions(result: list[str], rules: dict[str, Any]) -> float:
    """Every extension of `rules["expected"]` is installed."""
    names = [{_ALIASES.get(one, one) for one in found} for found in (result, rules["expected"])]
    return float(names[1] <= names[0])


@of_files
def is_cookie_deleted(result: list[Any], rules: dict[str, Any]) -> float:
    """No cookie (host second in its record) is of one of `rules["domains"]`. `type` is "domains"."""
    _wanted(rules, "domains")
    hosts = [str(one[1]).lstrip(".") for one in result]
    return float(not any(_same_url(domain.lstrip("."), host) for domain in rules["domains"] for host in hosts))


@of_files
def is_shortcut_on_desktop(result: dict[str, str], rules: dict[str, Any]) -> float:
    """A .desktop file has the `name`, or holds the `url`, or is of the application `id`, as `type` says."""
    kind = _wanted(rules, "name", "url", "id", "exec")
    if kind == "name":
        return float(any(f"Name={rules['name']}" in text.splitlines() for text in result.values()))
    return float(any(str(rules[kind]) in name or str(rules[kind]) in text for name, text in result.items()))


@of_files
def check_history_deleted(result: list[Any], rules: dict[str, Any]) -> float:
    """No address of the history (first in its record) holds one of `rules["keywords"]`. `type` is "keywords"."""
    _wanted(rules, "keywords")
    return float(not any(word in str(one[0]) for word in rules["keywords"] for one in result))


@of_files
def check_enabled_experiments(result: list[str], rules: dict[str, Any]) -> float:
    """The experiments that are switched on are `rules["names"]`, in order. `type` is "names"."""
    _wanted(rules, "names")
    return float([one.partition("@")[0] for one in result] == rules["names"])


@of_files
def check_font_size(result: dict[str, Any], rules: dict[str, Any]) -> float:
    """The default font size (pixels) is `value`, or between `min` and `max` without them, as `type` says."""
    kind, size = _wanted(rules, "value", "range"), result["default_font_size"]
    return float(size == rules["value"] if kind == "value" else rules["min"] < size < rules["max"])


@of_files
def is_added_to_steam_cart(result: dict[str, Any], rules: dict[str, Any]) -> float:
    """The page's `content` holds every text of `rules["items"]`."""
    return float(all(one in result.get("content", "") for one in rules["items"]))


@METRICS
def compare_htmls(result: str | None, expected: str | None, *, ignore_sdnum: bool | None = None) -> float:
    """Two HTML files have the same elements with the same attributes and text.

    `ignore_sdnum`: the attribute in which LibreOffice keeps number formats does not count.
    """
    from lxml import html

    from envs.tasks.metrics.base import Unreadable, squeezed, text_of

    trees = []
    try:
        for path in (result, expected):
            root = html.document_fromstring(text_of(path).encode(), parser=html.HTMLParser(encoding="utf-8"))
            nodes = [one for one in root.iter() if isinstance(one.tag, str)]
            skipped = {"sdnum"} if ignore_sdnum else set()
            looks = [sorted(pair for pair in one.attrib.items() if pair[0] not in skipped) for one in nodes]
            texts = [(squeezed(one.text or ""), squeezed(one.tail or "")) for one in nodes]
            trees.append(([one.tag for one in nodes], looks, texts))
    except (Unreadable, html.etree.ParserError):
        return 0.0
    return float(trees[0] == trees[1])
