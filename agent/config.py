"""Settings of a run: flags, then `AGENT_*` environment variables, then `agent.toml`, then the defaults here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class BadSetting(ValueError):
    """A setting that cannot be. The message names it, its value and what would be accepted."""


class Settings(BaseSettings):
    """What `agent run` can be told. Every field is also a flag, a variable and a key of `agent.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="AGENT_", toml_file="agent.toml", extra="forbid", env_ignore_empty=True
    )

    model: str = Field("embedded", min_length=1, description="Model name; see `agent run --help`.")
    base_url: str | None = Field(None, pattern="^https?://", description="OpenAI-compatible endpoint.")
    api_key: SecretStr | None = Field(None, description="Its key.")
    family: str | None = Field(None, description="Row of `model.families`; absent: told from the name.")
    device: str | None = Field(None, description="torch device of weights in this process; absent: the best.")
    dtype: Literal["bfloat16", "float16", "float32"] | None = Field(None, description="Their precision.")
    quantize: Literal["8bit", "4bit"] | None = Field(None, description="Load them in 8 or 4 bit.")
    adapter: Path | None = Field(None, description="LoRA adapter to put on them.")
    download: bool = Field(False, description="Fetch weights that are not on disk.")
    think: bool | None = Field(None, description="Switch the model's thinking; absent: as its family has it.")
    zoom_check: Literal["off", "risky", "all"] = Field(
        "off", description="Look twice, close up: before clicks that cannot be undone (risky), or before all."
    )
    env: Literal["browser", "desktop", "remote"] = Field(
        "browser", description="Where to work: a browser, this computer's desktop, a remote OSWorld machine."
    )
    private_display: bool = Field(False, description="A display of its own, though there is a screen.")
    monitor: int = Field(0, ge=0, description="Monitor of the desktop, from 1; 0: all of them as one.")
    view: bool = Field(False, description="Show the private display through VNC.")
    machine: str | None = Field(None, pattern="^https?://", description="OSWorld machine: http://host:5000.")
    url: str | None = Field(None, min_length=1, description="Page to start on; absent: the bundled demo store.")
    seed: int = Field(0, ge=0, description="Seed of the demo store.")
    headed: bool = Field(False, description="Show the browser.")
    viewport: Annotated[tuple[int, int], NoDecode] = Field(
        (1280, 800), description="Of the page area, CSS pixels; of a private display, pixels."
    )
    pixel_ratio: float = Field(1.0, ge=0.5, le=4, description="Device pixel ratio.")
    storage_state: Path | None = Field(None, description="Playwright storage state: cookies and local storage.")
    user_data_dir: Path | None = Field(None, description="Browser profile folder.")
    cdp_url: str | None = Field(None, description="Attach to a running browser.")
    browser: Path | None = Field(None, description="Browser program; absent: the first that is found.")
    install: bool = Field(True, description="Install a browser where there is none.")
    max_steps: int = Field(40, ge=1, le=10_000, description="Step limit.")
    max_seconds: float = Field(900, gt=0, description="Time limit, seconds.")
    runs_dir: Path = Field(Path("runs"), description="Parent of the trace folders.")
    report: bool = Field(True, description="Write the HTML report.")

    @field_validator("viewport", mode="before")
    @classmethod
    def _viewport(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        width, _, height = value.lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
            raise ValueError("write it as WIDTHxHEIGHT, such as 1280x800")
        return int(width), int(height)

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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(flags: dict[str, Any]) -> Settings:
    """The settings in force; `flags` holds what the command line gave, None for what it did not.

    Raises:
        BadSetting: a value is wrong, or `agent.toml` is, in one line.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        if not name:
            raise BadSetting(first["msg"].removeprefix("Value error, ")) from None
        if first["type"] == "extra_forbidden":
            allowed = ", ".join(Settings.model_fields)
            raise BadSetting(f"{name}: is no setting; accepted: {allowed}") from None
        raise BadSetting(f"{name}: {str(first['input'])[:80]!r}: {first['msg']}") from None
    except ValueError as error:  # agent.toml is no TOML
        raise BadSetting(f"agent.toml: {error}") from None
