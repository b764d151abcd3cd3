"""Starting a browser for a session, or attaching to one that runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.base import LaunchFailed
from envs.browser import quiet
from envs.browser.addresses import first_line, without_credentials
from envs.browser.config import BrowserConfig
from envs.browser.network.sites import endpoint, literal

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Playwright

    from envs.browser.network.gate import Gate

Launched = tuple["Playwright", "Browser | None", "BrowserContext"]
Say = Callable[[str], None]

# Words in Chromium's last lines where its sandbox is what it died of.
_SANDBOX_WORDS = ("sandbox", "namespace", "zygote_host", "credentials.cc")
_NO_NAMESPACES = "this system lets programs have no namespaces of their own"
_PROXY = "--proxy-server="
_found_out: set[str] = set()  # reasons against the sandbox that a start in this process met
_said: set[str] = set()


async def launch(
    config: BrowserConfig, executable: Path | None, downloads: Path, say: Say, gate: Gate | None = None
) -> Launched:
    """Start a browser, or attach to the one at `config.cdp_url`.

    Args:
        config: how.
        executable: the browser's program; None only with `cdp_url`.
        downloads: folder in which the browser keeps unfinished downloads.
        say: gets one line where the browser's sandbox has to be off.
        gate: the only way out that the browser gets; None: it talks to anybody.

    Returns:
        Playwright's driver, the browser (None: a persistent profile has only a context) and its context.

    Raises:
        LaunchFailed: the browser did not start, or nothing answers at `cdp_url`. Nothing is left running.
    """
    from playwright.async_api import Error, async_playwright

    if config.storage_state and not Path(config.storage_state).expanduser().is_file():
        raise LaunchFailed(f"storage_state: there is no file {config.storage_state}")
    driver = None
    try:
        driver = await async_playwright().start()
        if config.cdp_url:
            return await _attach(driver, config)
        why = _against_sandbox(config)
        try:
            launched = await _start(driver, config, executable, downloads, gate, sandbox=not why)
        except Error as error:
            if why or config.sandbox or not any(word in str(error).lower() for word in _SANDBOX_WORDS):
                raise
            _found_out.add(_NO_NAMESPACES)
            why = _NO_NAMESPACES
            launched = await _start(driver, config, executable, downloads, gate, sandbox=False)
        if why and why not in _said:
            _said.add(why)
            say(f"Chromium runs without its sandbox: {why}")
        return launched
    except (Error, OSError, ValueError) as error:
        if driver is not None:
            await driver.stop()
        where = without_credentials(config.cdp_url or str(executable))
        raise LaunchFailed(f"The browser did not start ({where}): {_problem(error)}") from error


def _against_sandbox(config: BrowserConfig) -> str:
    """Why Chromium's sandbox has to be off; "" where it can be on. As root, Chromium refuses to run with it."""
    if config.sandbox is not None:
        return "" if config.sandbox else "it was switched off"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return "the user is root"
    return next(iter(_found_out), "")


def _problem(error: BaseException) -> str:
    """The line that says what happened: the browser's own last words, else the first, with what that announces."""
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    for line in lines:
        if "FATAL" in line:
            return line.rpartition("[err]")[2].strip()
    if len(lines) > 1 and lines[0].endswith(":"):
        return f"{lines[0]} {lines[1]}"
    return first_line(error)


async def _attach(driver: Playwright, config: BrowserConfig) -> Launched:
    assert config.cdp_url is not None
    browser = await driver.chromium.connect_over_cdp(
        config.cdp_url, timeout=config.load_timeout_s * 1000, no_defaults=True
    )
    context = browser.contexts[0] if browser.contexts else await browser.new_context()
    if config.permissions:
        await context.grant_permissions(list(config.permissions))
    return driver, browser, context


async def _start(
    driver: Playwright,
    config: BrowserConfig,
    executable: Path | None,
    downloads: Path,
    gate: Gate | None,
    *,
    sandbox: bool,
) -> Launched:
    options = _launch_options(config, executable, downloads, sandbox)
    options["args"] += _ways_out(config, gate)
    context_options = _context_options(config)
    state = str(Path(config.storage_state).expanduser()) if config.storage_state else None
    if config.user_data_dir:
        profile = str(Path(config.user_data_dir).expanduser())
        context = await driver.chromium.launch_persistent_context(profile, **options, **context_options)
        if state:
            await context.set_storage_state(state)
        return driver, None, context
    browser = await driver.chromium.launch(**options)
    return driver, browser, await browser.new_context(storage_state=state, **context_options)


def _launch_options(
    config: BrowserConfig, executable: Path | None, downloads: Path, sandbox: bool
) -> dict[str, Any]:
    return {
        "executable_path": str(executable),
        "headless": not config.headed,
        "chromium_sandbox": sandbox,
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "downloads_path": str(downloads),
        # People see scroll bars, so a model that works from pixels may see them too.
        "ignore_default_args": ["--hide-scrollbars"],
        "args": ["--disable-smooth-scrolling", *quiet.ARGS, *config.args],
    }


def proxy_of(args: Iterable[str]) -> str | None:
    """The proxy that a browser's arguments name."""
    given = [arg.partition("=")[2] for arg in args if arg.startswith(_PROXY)]
    return given[-1] if given else None


def _ways_out(config: BrowserConfig, gate: Gate | None) -> list[str]:
    """Arguments that leave the browser no way out but the gate.

    The start page is reached directly where it is a server of this computer: it may be used whatever it does, and
    no name has to be looked up for it. The browser looks up no name at all, and its calls with sound and picture
    (WebRTC) open no connection beside the gate.
    """
    if gate is None:
        return []
    own = endpoint(config.url)
    address = literal(own[0]) if own else None
    direct = f";{own[0]}:{own[1]}" if own and address and address.is_loopback and address.version == 4 else ""
    return [
        f"{_PROXY}http://{gate.address}",
        f"--proxy-bypass-list=<-loopback>{direct}",
        "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--disable-quic",
    ]


def _context_options(config: BrowserConfig) -> dict[str, Any]:
    width, height = config.viewport
    options: dict[str, Any] = {
        "viewport": {"width": width, "height": height},
        "device_scale_factor": config.pixel_ratio,
        "locale": config.locale,
        "ignore_https_errors": config.ignore_https_errors,
        "accept_downloads": True,
    }
    if config.permissions:
        options["permissions"] = list(config.permissions)
    if config.geolocation:
        options["geolocation"] = dict(zip(("latitude", "longitude"), config.geolocation, strict=True))
    if config.http_credentials:
        given = config.http_credentials
        options["http_credentials"] = {
            "username": given.username,
            "password": given.password.get_secret_value(),
            **({"origin": given.origin} if given.origin else {}),
        }
    return options
