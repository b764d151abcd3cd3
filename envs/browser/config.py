"""How a browser is started."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from envs.browser.network.sites import SiteRules


@dataclass(frozen=True)
class HttpCredentials:
    """A user's name and password for HTTP authentication (RFC 7617 and 7616). Never printed or recorded.

    Attributes:
        origin: scheme://host:port that may have them; None: the origin of the start address.
    """

    username: str
    password: SecretStr
    origin: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.password, str):
            object.__setattr__(self, "password", SecretStr(self.password))


@dataclass(frozen=True)
class BrowserConfig:
    """How the browser is started. Picklable.

    Attributes:
        url: first address, chosen by the person: whatever a browser can open. A name and password in it are
            moved to `http_credentials`.
        viewport: size of the page area, CSS pixels. Does not apply to a browser attached by `cdp_url`.
        pixel_ratio: screenshot pixels per CSS pixel.
        headed: show the window.
        storage_state: file with cookies and local storage, as Playwright writes it.
        user_data_dir: profile folder to use and keep; without one the profile is temporary.
        cdp_url: address of a running browser's debugging port, http or ws. It is attached to and never closed;
            tabs opened in it stay open.
        downloads_dir: where downloads are kept, made when there is one; without it they are removed by `close`.
        download_limit_mb: what all downloads of a session may take together, MiB; what exceeds it is stopped.
        allow_files: folders whose files may be uploaded and opened as `file:` addresses; none: no file.
        http_credentials: for sites that ask for a name and password before they answer.
        permissions: what pages may do without asking, in Playwright's words: "geolocation", "notifications",
            "clipboard-read", "camera", …
        geolocation: latitude and longitude, degrees, that pages with that permission get.
        locale: language of the browser, such as "zh-CN".
        executable: browser program; without one `envs.browser.install` finds it.
        install: whether a browser may be installed where there is none.
        sandbox: Chromium's sandbox; None: on wherever it can be.
        load_timeout_s: limit for a page to load, and for a busy page to answer, seconds.
        settle_limit_s: limit of the wait for rest after an action, seconds.
        ignore_https_errors: load pages whose certificate is not trusted.
        sites: which computers the browser may talk to, `url` and what `goto` opens included; None: all of them,
            nothing is watched.
        args: further command-line arguments of the browser. A `--proxy-server` is used, beyond the gate.
    """

    url: str = "about:blank"
    viewport: tuple[int, int] = (1280, 800)
    pixel_ratio: float = 1.0
    headed: bool = False
    storage_state: str | None = None
    user_data_dir: str | None = None
    cdp_url: str | None = None
    downloads_dir: str | None = None
    download_limit_mb: int = 1024
    allow_files: tuple[str, ...] = ()
    http_credentials: HttpCredentials | None = None
    permissions: tuple[str, ...] = ()
    geolocation: tuple[float, float] | None = None
    locale: str = "en-US"
    executable: str | None = None
    install: bool = False
    sandbox: bool | None = None
    load_timeout_s: float = 30.0
    settle_limit_s: float = 5.0
    ignore_https_errors: bool = False
    sites: SiteRules | None = field(default_factory=SiteRules)
    args: tuple[str, ...] = ()
