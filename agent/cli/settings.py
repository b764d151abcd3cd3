"""Settings: one declaration of every option, read from flags, `AGENT_*` variables and `agent.toml`.

Flags win over variables, variables over files: the file that `--config` names, or else `agent.toml` in the current
folder; and under it `agent.toml` in the user's own configuration folder. The current folder may belong to somebody
else, so its file may set only what is marked `project`: nothing that chooses a program to run,
an address to talk to, or a profile to take over.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from agent.text import hide, hide_passwords

FILE = "agent.toml"
Group = Literal["Model", "Place", "Browser", "Desktop", "Guard", "Check", "Run"]


class BadSetting(ValueError):
    """A setting that cannot be. The message names it, its value and what would be accepted."""


def _option(default: Any, description: str, group: Group, *, project: bool = False, **more: Any) -> Any:
    """One option of the command line.

    Args:
        default: its value where nobody gives one.
        description: its help text.
        group: the options that stand together in `--help`; commands take whole groups (`agent.cli.options`).
        project: `agent.toml` of the current folder may set it.
        more: `flag`: how the flag is written, where not `--like-the-name`; `cli`: the type of its value on the
            command line, where not the field's own; everything else goes to `pydantic.Field`.
    """
    told: dict[str, Any] = {"group": group, "project": project}
    told |= {key: more.pop(key) for key in ("flag", "cli") if key in more}
    return Field(default, description=description, json_schema_extra=told, **more)


class Settings(BaseSettings):
    """Every option. A field is also a flag, a variable (`AGENT_` and its name) and a key of `agent.toml`."""

    model_config = SettingsConfigDict(env_prefix="AGENT_", extra="forbid", env_ignore_empty=True)

    model: str = _option(
        "embedded",
        "'embedded', a checkpoint's folder or hub id, or a name at --base-url.",
        "Model",
        project=True,
        min_length=1,
    )
    base_url: str | None = _option(
        None, "OpenAI-compatible endpoint, such as http://host/v1.", "Model", pattern="^https?://"
    )
    api_key: SecretStr | None = _option(None, "Its key; better in AGENT_API_KEY.", "Model", project=True)
    family: str | None = _option(None, "Model family. Absent: told from the name.", "Model", project=True)
    device: str | None = _option(None, "torch device. Absent: the best there is.", "Model", project=True)
    dtype: Literal["bfloat16", "float16", "float32"] | None = _option(
        None, "bfloat16, float16 or float32.", "Model", project=True
    )
    quantize: Literal["8bit", "4bit"] | None = _option(
        None, "Load the weights in 8bit or 4bit.", "Model", project=True
    )
    adapter: Path | None = _option(None, "Folder of a LoRA adapter.", "Model")
    download: bool = _option(False, "Fetch weights that are not on disk.", "Model")
    think: bool | None = _option(None, "Switch the model's thinking, where it can be.", "Model", project=True)
    max_tokens: int | None = _option(
        None,
        "Longest answer, thinking included. Absent: as its family has it.",
        "Model",
        project=True,
        ge=1,
        le=1_000_000,
    )
    timeout: float | None = _option(
        None,
        "Seconds that one answer of an endpoint may take. Absent: 600.",
        "Model",
        project=True,
        gt=0,
        le=86_400,
    )
    extra_body: Annotated[dict[str, Any] | None, NoDecode] = _option(
        None,
        """Further fields of every request, as JSON: '{"chat_template_kwargs": {"enable_thinking": false}}'.""",
        "Model",
    )
    env: Literal["browser", "desktop", "remote"] = _option(
        "browser", "browser, this computer's desktop, or a remote OSWorld machine.", "Place"
    )
    url: str | None = _option(
        None, "Page to start on. Absent: the bundled demo store.", "Place", project=True, min_length=1
    )
    seed: int = _option(0, "Seed of the demo store.", "Place", project=True, ge=0)
    machine: str | None = _option(None, "Remote OSWorld machine, http://host:5000.", "Place", pattern="^https?://")
    trust: bool = _option(
        False, "Let task files run commands on this computer, as you (agent tasks check lists them).", "Place"
    )
    private_display: bool = _option(
        False, "A desktop of its own, though there is a screen.", "Desktop", project=True
    )
    monitor: int = _option(0, "Monitor, from 1; 0: all of them as one.", "Desktop", project=True, ge=0)
    view: bool = _option(False, "Show the private display through VNC.", "Desktop")
    headed: bool = _option(False, "Show the browser.", "Browser", project=True, flag="--headed/--headless")
    viewport: Annotated[tuple[int, int], NoDecode] = _option(
        (1280, 800), "WIDTHxHEIGHT of the page, CSS pixels, or of the private display.", "Browser", project=True
    )
    pixel_ratio: float = _option(1.0, "Device pixel ratio.", "Browser", project=True, ge=0.5, le=4)
    storage_state: Path | None = _option(None, "Playwright storage state to start from.", "Browser")
    user_data_dir: Path | None = _option(None, "Browser profile folder to use.", "Browser")
    cdp_url: str | None = _option(None, "Attach to a running browser, http://host:9222.", "Browser")
    browser: Path | None = _option(None, "Browser program. Absent: the first that is found.", "Browser")
    install: bool = _option(False, "Install a browser where there is none.", "Browser")
    downloads_dir: Path | None = _option(
        None, "Folder for downloads. Absent: downloads/ in the folder of the run.", "Browser"
    )
    download_limit_mb: int = _option(
        1024, "What all downloads of a run may take together, MB.", "Browser", project=True, ge=1
    )
    allow_files: Annotated[list[Path], NoDecode] = _option(
        [], "Folder whose files may be uploaded and opened (file:); give it again for more.", "Browser"
    )
    permissions: Annotated[list[str], NoDecode] = _option(
        [], "What pages may do, such as geolocation or notifications; give it again for more.", "Browser",
        flag="--permission",
    )  # fmt: skip
    http_credentials: SecretStr | None = _option(
        None, "NAME:PASSWORD or @FILE that holds them, for HTTP authentication; better in AGENT_HTTP_CREDENTIALS.",
        "Browser",
    )  # fmt: skip
    policy: Path | None = _option(
        None, "Policy file (TOML or JSON): what this run may do, docs/guard.md.", "Guard"
    )
    allow_site: Annotated[list[str], NoDecode] = _option(
        [],
        "Only these sites: HOST, *.HOST, HOST:PORT or a network; may be private; give it again for more.",
        "Guard",
    )
    block_site: Annotated[list[str], NoDecode] = _option(
        [], "None of these sites; give it again for more.", "Guard", project=True
    )
    private_network: bool = _option(
        False, "Open the private network: loopback, link-local and private addresses, not only what you named.",
        "Guard",
    )  # fmt: skip
    forbid_action: Annotated[list[str], NoDecode] = _option(
        [], "An action that may not be done, such as upload; give it again for more.", "Guard", project=True
    )
    confirm: Literal["never", "risky", "always"] = _option(
        "risky",
        "Ask before an action: never, risky (paying, sending, deleting, signing in …) or always. Where nobody is "
        "at a terminal, what the task does not ask for is refused.",
        "Guard",
    )
    stop_file: Path | None = _option(None, "While this file is there, nothing more is done.", "Guard")
    secrets: Path | None = _option(
        None,
        "File of secrets (NAME@SITE=VALUE) that are typed where the model writes <secret:NAME>, docs/secrets.md.",
        "Guard",
    )
    max_run_tokens: int | None = _option(
        None, "Limit of tokens, prompts and answers of the whole run.", "Guard", project=True, ge=1
    )
    max_repeats: int = _option(
        4, "Times that one action may be done in a row without effect.", "Guard", project=True, ge=1
    )
    expect: Annotated[list[str], NoDecode] = _option(
        [],
        """What has to be so at the end, such as 'text "Saved"' (docs/expectations.md); """
        "give it again for more.",
        "Check",
    )
    zoom_check: Literal["off", "risky", "all"] = _option(
        "off",
        "Look twice, close up, before every click; zoom_check = 'risky': only before those that cannot be undone.",
        "Run",
        project=True,
        cli=bool,
    )
    max_steps: int = _option(40, "Step limit.", "Run", project=True, ge=1, le=10_000)
    max_seconds: float = _option(900.0, "Time limit, seconds.", "Run", project=True, gt=0)
    runs_dir: Path = _option(Path("runs"), "Parent of the trace folders.", "Run", project=True)
    report: bool = _option(True, "Write the HTML report.", "Run", project=True)

    _flags: frozenset[str] = PrivateAttr(frozenset())

    def flag(self, name: str, otherwise: Any) -> Any:
        """The value of a setting where the command line gave it, else `otherwise`."""
        return getattr(self, name) if name in self._flags else otherwise

    @field_validator("allow_files", "permissions", "allow_site", "block_site", "forbid_action", mode="before")
    @classmethod
    def _several(cls, value: Any, about: ValidationInfo) -> Any:
        """In a variable: folders as in PATH, words with commas."""
        if not isinstance(value, str):
            return value
        return [part for part in value.split(os.pathsep if about.field_name == "allow_files" else ",") if part]

    @field_validator("expect", mode="before")
    @classmethod
    def _lines(cls, value: Any) -> Any:
        """In a variable: one on each line."""
        return [line for line in value.splitlines() if line.strip()] if isinstance(value, str) else value

    @field_validator("http_credentials", mode="before")
    @classmethod
    def _http_credentials(cls, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@"):
            try:
                value = Path(value[1:]).expanduser().read_text("utf-8").strip()
            except (OSError, ValueError) as error:
                raise ValueError(
                    f"the file cannot be read ({getattr(error, 'strerror', None) or error})"
                ) from None
        if isinstance(value, str) and ":" not in value:
            raise ValueError("write it as NAME:PASSWORD, or as @FILE with a file that holds this")
        return value

    @field_validator("viewport", mode="before")
    @classmethod
    def _viewport(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        width, _, height = value.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            raise ValueError("write it as WIDTHxHEIGHT, such as 1280x800")
        return int(width), int(height)

    @field_validator("extra_body", mode="before")
    @classmethod
    def _extra_body(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ValueError('write it as a JSON object, such as {"top_k": 20}')
        if wrong := {"model", "messages"} & set(found):
            raise ValueError(f"{wrong.pop()} cannot be given here")
        return found

    @model_validator(mode="after")
    def _together(self) -> Settings:
        """What is said about one place must not contradict another."""
        if self.env == "remote" and not self.machine:
            raise ValueError("env 'remote' needs machine, such as http://127.0.0.1:5000")
        if self.machine and self.env == "desktop":
            raise ValueError("machine belongs to env 'remote', not 'desktop'")
        if self.url and (self.machine or self.env != "browser"):
            raise ValueError("url belongs to env 'browser'")
        if self.machine:
            self.env = "remote"
        return self

    @field_validator("zoom_check", mode="before")
    @classmethod
    def _zoom_check(cls, value: Any) -> Any:
        words = {True: "all", "true": "all", "1": "all", False: "off", "false": "off", "0": "off"}
        return words.get(value.lower() if isinstance(value, str) else value, value)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, InitSettingsSource(settings_cls, _from_files.get({}))


_from_files: ContextVar[dict[str, Any]] = ContextVar("_from_files")


def about(name: str) -> dict[str, Any]:
    """What `_option` was told of a setting: group, project, flag, cli."""
    extra = Settings.model_fields[name].json_schema_extra
    return dict(extra) if isinstance(extra, dict) else {}


def user_file() -> Path:
    """The user's own `agent.toml`; it need not exist."""
    import platformdirs

    return platformdirs.user_config_path("gui-agent-toolkit", appauthor=False) / FILE


def load_settings(flags: Mapping[str, Any], config: Path | None = None) -> Settings:
    """The settings in force.

    Args:
        flags: what the command line gave; None for what it did not.
        config: the file of `--config`.

    Raises:
        BadSetting: a value is wrong, or a file is, in one line.
    """
    given = {name: value for name, value in flags.items() if value is not None and value != []}
    file = _read(Path(FILE), project=True) if config is None else _read(config, named=True)
    token = _from_files.set({**_read(user_file()), **file})
    try:
        settings = Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if not name:
            raise BadSetting(first["msg"].removeprefix("Value error, ")) from None
        value = "…" if name in ("api_key", "http_credentials") else repr(str(first["input"])[:80])
        raise BadSetting(f"{name}: {value}: {first['msg'].removeprefix('Value error, ')}") from None
    finally:
        _from_files.reset(token)
    settings._flags = frozenset(given)
    hide(settings.api_key.get_secret_value() if settings.api_key else None)
    if settings.http_credentials:
        hide(settings.http_credentials.get_secret_value().partition(":")[2])
    hide_passwords((settings.url, settings.base_url, settings.machine, settings.cdp_url))
    return settings


def _read(path: Path, *, project: bool = False, named: bool = False) -> dict[str, Any]:
    """What a file sets; nothing where there is none, unless it was `named`."""
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if named:
            raise BadSetting(f"config: {path}: there is no such file") from None
        return {}
    except (OSError, ValueError) as error:
        raise BadSetting(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    for name in found:
        if name not in Settings.model_fields:
            accepted = ", ".join(key for key in Settings.model_fields if not project or about(key)["project"])
            raise BadSetting(f"{path}: {name}: is no setting; accepted: {accepted}")
        if project and not about(name)["project"]:
            raise BadSetting(
                f"{path}: {name}: a file in the current folder may not choose this, as the folder may be somebody "
                f"else's; move it to {user_file()}, or name the file yourself with --config {path}"
            )
    return found
