"""The open tabs of the machine's browser, over DevTools (OSWorld's getters/chrome)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from envs.tasks.context import TaskContext
from envs.tasks.getters.base import GETTERS, Fetched, fetched, kept_path

TIMEOUT_MS = 30_000


@contextmanager
def connected(stage: TaskContext) -> Iterator[Any]:
    """The machine's browser as Playwright has it; None: it runs none. The browser stays as it was."""
    from playwright.sync_api import Error, sync_playwright

    endpoint = stage.opened_machine().browser_endpoint()
    if endpoint is None:
        yield None
        return
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.connect_over_cdp(endpoint, timeout=TIMEOUT_MS)
        except Error:
            browser = None
        yield browser


def _pages(browser: Any) -> list[Any]:
    """Tabs of pages; none of the browser's own tools."""
    pages = [page for context in browser.contexts for page in context.pages] if browser is not None else []
    return [page for page in pages if not page.url.startswith(("devtools://", "chrome-extension://"))]


def _active(browser: Any, endpoint: str | None) -> Any:
    """The tab in front; None: there is none.

    Chromium lists its tabs with the one that was in front last at the head. The page itself cannot tell: whoever
    is connected makes every page believe that it has the focus.
    """
    import httpx

    pages = {_target_id(page): page for page in _pages(browser)}
    if not pages or endpoint is None:
        return None
    for target in httpx.get(f"{endpoint.rstrip('/')}/json/list", timeout=10).json():
        if target.get("id") in pages:
            return pages[target["id"]]
    return None


def _target_id(page: Any) -> str:
    session = page.context.new_cdp_session(page)
    try:
        return str(session.send("Target.getTargetInfo")["targetInfo"]["targetId"])
    finally:
        session.detach()


def _in_browser(stage: TaskContext, read: Callable[[Any], Any]) -> Any:
    """What `read` makes of the browser, in a thread of its own: Playwright's loop may be running in this one."""
    from concurrent.futures import ThreadPoolExecutor

    def work() -> Any:
        with connected(stage) as browser:
            return read(browser)

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@GETTERS
def open_tabs_info(stage: TaskContext) -> list[dict[str, str]]:
    """`title` and `url` of each tab."""
    return list(
        _in_browser(stage, lambda browser: [{"title": one.title(), "url": one.url} for one in _pages(browser)])
    )


@GETTERS
def active_tab_info(stage: TaskContext, *, goto_prefix: str = "") -> dict[str, str] | None:
    """`title`, `url` and `content` (HTML) of the tab in front; `goto_prefix` is OSWorld's and not needed here."""

    def read(browser: Any) -> dict[str, str] | None:
        page = _active(browser, stage.opened_machine().browser_endpoint())
        return None if page is None else {"title": page.title(), "url": page.url, "content": page.content()}

    found: dict[str, str] | None = _in_browser(stage, read)
    return found


@GETTERS
def active_url_from_accessTree(
    stage: TaskContext, *, goto_prefix: str = "https://", xpath: str = "", selectors: list[str] | None = None
) -> str | None:
    """The address of the tab in front.

    OSWorld reads it from the address bar, which leaves out https:// and www., and puts `goto_prefix` before it.
    Asked over DevTools, the address is whole; the arguments are accepted and not needed.
    """
    found: str | None = _in_browser(
        stage,
        lambda browser: (
            page.url if (page := _active(browser, stage.opened_machine().browser_endpoint())) else None
        ),
    )
    return found


@GETTERS
def active_tab_url_parse(
    stage: TaskContext,
    *,
    parse_keys: list[str],
    replace: dict[str, str] | None = None,
    split_list: bool = False,
    goto_prefix: str = "https://",
) -> dict[str, Any] | None:
    """The values of `parse_keys` in the query of the active tab's address, "" for what it has not.

    `replace` renames keys; `split_list` cuts values at commas.
    """
    url = active_url_from_accessTree(stage)
    if url is None:
        return None
    query = parse_qs(urlsplit(url).query)
    names = replace or {}
    found: dict[str, Any] = {names.get(key, key): query.get(key, [""])[0] for key in parse_keys}
    return {key: value.split(",") for key, value in found.items()} if split_list else found


@GETTERS
def url_dashPart(
    stage: TaskContext,
    *,
    partIndex: int,
    returnType: str,
    needDeleteId: bool = False,
    key: str = "",
    goto_prefix: str = "https://",
) -> Any:
    """The part `partIndex` of the active tab's address, cut at slashes; `needDeleteId`: without what follows a
    "?".

    `returnType` "string" gives the part, "json" an object with it under `key`; None: there is no such part.
    """
    url = active_url_from_accessTree(stage)
    parts = url.split("/") if url is not None else []
    if not -len(parts) <= partIndex < len(parts):
        return None
    part = parts[partIndex].partition("?")[0] if needDeleteId else parts[partIndex]
    if returnType not in ("string", "json"):
        raise ValueError(f"returnType: {returnType!r} is not one of string, json")
    return part if returnType == "string" else {key: part}


@GETTERS
def url_path_parse(
    stage: TaskContext, *, goto_prefix: str = "https://", parse_keys: list[str] | None = None
) -> Any:
    """Parts of the path of the active tab's address, by shops' habit: `mens_clothing` and such from
    "/a/b/Key,Key/v,v".

    For each of `parse_keys`, the value that stands for it; without them all. Keys and values are parted by commas.
    """
    url = active_url_from_accessTree(stage)
    if url is None:
        return None
    parts = [one for one in unquote(urlsplit(url).path).split("/") if one]
    found: dict[str, Any] = {}
    for names, values in pairwise(parts):
        keys, given = names.split(","), values.split(",")
        if len(keys) == len(given):
            found.update({one.lower(): value for one, value in zip(keys, given, strict=True)})
    return found if parse_keys is None else {one: found.get(one.lower()) for one in parse_keys}


@GETTERS
def active_tab_html_parse(
    stage: TaskContext,
    *,
    category: str,
    goto_prefix: str = "https://",
    class_singleObject: dict[str, str] | None = None,
    class_multiObject: dict[str, dict[str, str]] | None = None,
    class_multiObject_child: dict[str, dict[str, str]] | None = None,
    class_multiObject_only_child: dict[str, dict[str, str]] | None = None,
    class_multiObject_search_exist: dict[str, Any] | None = None,
    labelObject: dict[str, str] | None = None,
    xpathObject: dict[str, str] | None = None,
    inputObject: dict[str, str] | None = None,
) -> dict[str, Any] | None:
    """Texts of elements of the tab in front, each under the key that the file gives it; what is not found is
    left out.

    Args:
        stage: of the task.
        category: class, class&url, label, xpath or input.
        goto_prefix: OSWorld's, not needed here.
        class_singleObject: class → key, of the first element.
        class_multiObject: class → {place among the elements of that class: key}.
        class_multiObject_child: the same, of the children of the first element.
        class_multiObject_only_child: the same, of the first child of each element.
        class_multiObject_search_exist: class → [texts]; under each text, whether an element has it. The text
            "is_other_exist" asks whether there is an element with none of them.
        labelObject: text → key, of the first element with that text.
        xpathObject: XPath → key.
        inputObject: XPath → key, of what stands in a field.

    Raises:
        ValueError: another category.
    """
    if category not in ("class", "class&url", "label", "xpath", "input"):
        raise ValueError(f"category: {category!r} is not one of class, class&url, label, xpath, input")

    def read(browser: Any) -> dict[str, Any] | None:
        page = _active(browser, stage.opened_machine().browser_endpoint())
        if page is None:
            return None
        found: dict[str, Any] = {}

        def texts(selector: str) -> list[str]:
            return [one.strip() for one in page.locator(selector).all_text_contents()]

        def put(values: list[str], places: dict[str, str]) -> None:
            found.update({key: values[int(at)] for at, key in places.items() if int(at) < len(values)})

        for name, key in (class_singleObject or {}).items():
            put(texts(_css(name)), {"0": key})
        for name, places in (class_multiObject or {}).items():
            put(texts(_css(name)), places)
        for name, places in (class_multiObject_child or {}).items():
            put(texts(f":nth-match({_css(name)}, 1) > *"), places)
        for name, places in (class_multiObject_only_child or {}).items():
            put(texts(f"{_css(name)} > :first-child"), places)
        for name, wanted in (class_multiObject_search_exist or {}).items():
            got = texts(_css(name))
            asked = [one for one in wanted if one != "is_other_exist"]
            found.update({one: one in got for one in asked})
            if "is_other_exist" in wanted:
                found["is_other_exist"] = any(one not in asked for one in got)
        for label, key in (labelObject or {}).items():
            put(texts(f"text={label}"), {"0": key})
        for xpath, key in (xpathObject or {}).items():
            put(texts(f"xpath={xpath}"), {"0": key})
        for xpath, key in (inputObject or {}).items():
            fields = page.locator(f"xpath={xpath}")
            if fields.count():
                found[key] = fields.first.input_value(timeout=TIMEOUT_MS).strip()
        return found

    result: dict[str, Any] | None = _in_browser(stage, read)
    return result


def _css(name: str) -> str:
    """A selector of a class; several words are the classes of one element."""
    return "".join(f".{one}" for one in name.replace(".", " ").split())


def _on_new_page(stage: TaskContext, url: str, read: Callable[[Any], Any]) -> Any:
    """What `read` makes of a page that is opened for it and closed again."""

    def work(browser: Any) -> Any:
        if browser is None:
            return None
        page = browser.contexts[0].new_page()
        try:
            page.goto(url, timeout=TIMEOUT_MS)
            return read(page)
        finally:
            page.close()

    return _in_browser(stage, work)


@GETTERS
def page_info(stage: TaskContext, *, url: str) -> dict[str, str] | None:
    """`title`, `url` and `content` (HTML) of an address, opened in a tab of its own."""
    found: dict[str, str] | None = _on_new_page(
        stage, url, lambda page: {"title": page.title(), "url": page.url, "content": page.content()}
    )
    return found


@GETTERS
def pdf_from_url(stage: TaskContext, *, path: str, dest: str = "page.pdf") -> Fetched | None:
    """A page printed as a PDF file; `path` is its address."""
    target = kept_path(stage, dest)

    def read(page: Any) -> Fetched:
        page.pdf(path=str(target))
        return fetched(stage, target)

    found: Fetched | None = _on_new_page(stage, path, read)
    return found


@GETTERS
def number_of_search_results(stage: TaskContext, *, url: str, result_selector: str) -> int:
    """How many elements of a page a CSS selector finds."""
    return int(_on_new_page(stage, url, lambda page: page.locator(result_selector).count()) or 0)


@GETTERS
def info_from_website(
    stage: TaskContext, *, url: str, infos: list[dict[str, Any]], backups: list[Any] | None = None
) -> list[Any] | None:
    """What a page says: each of `infos` has an `action` and a `selector` (or a list of them), and where it is
    asked for an `attribute`.

    Actions: inner_text, attribute, click_and_inner_text, click_and_attribute (each selector of a list but the
    last is clicked). `backups`: what is given where the page cannot be read.

    Raises:
        ValueError: another action.
    """
    from playwright.sync_api import Error

    def one(page: Any, info: dict[str, Any]) -> Any:
        action, selector = info["action"], info["selector"]
        if action not in ("inner_text", "attribute", "click_and_inner_text", "click_and_attribute"):
            raise ValueError(f"infos.action: {action!r} is not one of inner_text, attribute, click_and_…")
        chain = selector if isinstance(selector, list) else [selector]
        for step in chain[:-1]:
            page.locator(step).first.click(timeout=TIMEOUT_MS)
        target = page.locator(chain[-1]).first
        if action.endswith("inner_text"):
            return target.inner_text(timeout=TIMEOUT_MS).strip()
        return target.get_attribute(info["attribute"], timeout=TIMEOUT_MS)

    try:
        found: list[Any] | None = _on_new_page(stage, url, lambda page: [one(page, info) for info in infos])
    except Error:
        return backups
    return found if found is not None else backups


@GETTERS
def gotoRecreationPage_and_get_html_content(
    stage: TaskContext, *, selector: str, class_: str, order: int = 0
) -> dict[str, Any] | None:
    """The text of an element of a camp ground's page on recreation.gov, found by searching as a visitor would.

    `selector` is "class"; {"expected": {`class`: the text of its element number `order`}}; None: it is not
    reached.

    Raises:
        ValueError: another selector.
    """
    from playwright.sync_api import Error

    if selector != "class":
        raise ValueError(f"selector: {selector!r} is not one of class")

    def read(page: Any) -> dict[str, Any]:
        page.fill("input#hero-search-input", "Albion Basin", timeout=TIMEOUT_MS)
        page.click("button.nav-search-button", timeout=TIMEOUT_MS)
        with page.expect_popup(timeout=TIMEOUT_MS) as opened:
            page.click(".search-result-highlight--success", timeout=TIMEOUT_MS)
        place = opened.value
        try:
            place.click("button.next-available", timeout=TIMEOUT_MS)
            return {"expected": {class_: (place.locator(_css(class_)).nth(order).text_content() or "").strip()}}
        finally:
            place.close()

    try:
        found: dict[str, Any] | None = _on_new_page(stage, "https://www.recreation.gov/", read)
    except Error:
        return None
    return found
