"""Starting a browser for a session, or attaching to one that runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from envs.base import LaunchFailed
from envs.browser_load import first_line

if TYPE_CHECKING:
    from envs.browser import BrowserConfig
    from envs.browser_session import Session


async def launch(session: Session, config: BrowserConfig) -> None:
    """Give the session its driver, browser and context.

    Raises:
        LaunchFailed: the browser did not start, or nothing answers at `cdp_url`. What did start is in the session.
    """
    from playwright.async_api import Error, async_playwright

    try:
        session.playwright = await async_playwright().start()
        chromium = session.playwright.chromium
        if config.cdp_url:
            session.browser = await chromium.connect_over_cdp(
                config.cdp_url, timeout=config.load_timeout_s * 1000, no_defaults=True
            )
            contexts = session.browser.contexts
            session.context = contexts[0] if contexts else await session.browser.new_context()
        elif config.user_data_dir:
            session.context = await chromium.launch_persistent_context(
                str(Path(config.user_data_dir).expanduser()),
                **_launch_options(session, config),
                **_context_options(config),
            )
            if config.storage_state:
                await session.context.set_storage_state(config.storage_state)
        else:
            session.browser = await chromium.launch(**_launch_options(session, config))
            session.context = await session.browser.new_context(
                storage_state=config.storage_state, **_context_options(config)
            )
    except (Error, OSError, ValueError) as error:
        where = config.cdp_url or str(session.executable)
        raise LaunchFailed(f"The browser did not start ({where}): {first_line(error)}") from error


def _launch_options(session: Session, config: BrowserConfig) -> dict[str, Any]:
    return {
        "executable_path": str(session.executable),
        "headless": not config.headed,
        "handle_sigint": False,
        "handle_sigterm": False,
        "handle_sighup": False,
        "downloads_path": str(session.temporary_folder("downloads")),
        # People see scroll bars, so a model that works from pixels may see them too.
        "ignore_default_args": ["--hide-scrollbars"],
        "args": ["--disable-smooth-scrolling", *config.args],
    }


def _context_options(config: BrowserConfig) -> dict[str, Any]:
    width, height = config.viewport
    return {
        "viewport": {"width": width, "height": height},
        "device_scale_factor": config.pixel_ratio,
        "locale": config.locale,
        "ignore_https_errors": config.ignore_https_errors,
        "accept_downloads": True,
    }
