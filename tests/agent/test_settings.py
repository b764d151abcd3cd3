"""Settings: each stands in one place, and whose file may set it."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from agent.cli.app import app
from agent.cli.settings import BadSetting, Settings, about, load_settings, user_file
from agent.cli.target import model_options
from model.registry import ModelOptions

FOREIGN = {
    "base_url": '"http://127.0.0.1:9/v1"', "browser": '"bin/evil.sh"', "cdp_url": '"http://127.0.0.1:9"',
    "machine": '"http://127.0.0.1:9"', "user_data_dir": '"profile"', "storage_state": '"state.json"',
    "adapter": '"adapter"', "env": '"desktop"', "install": "true", "download": "true", "view": "true",
}  # fmt: skip
OWN = {
    "max_steps": ("7", 7), "viewport": ('"500x400"', (500, 400)), "model": ('"scripted:a"', "scripted:a"),
    "think": ("true", True), "report": ("false", False), "zoom_check": ('"risky"', "risky"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))


def write_users(text: str) -> None:
    user_file().parent.mkdir(parents=True)
    user_file().write_text(text)


@pytest.mark.parametrize("name", FOREIGN)
def test_the_file_of_a_folder_chooses_no_program_address_or_profile(name: str, tmp_path: Path) -> None:
    text = f"{name} = {FOREIGN[name]}\n"
    (tmp_path / "project" / "agent.toml").write_text(text)
    with pytest.raises(BadSetting, match=rf"agent\.toml: {name}: .*--config") as refused:
        load_settings({})
    assert str(user_file()) in str(refused.value), "it says where the line may stand"
    assert CliRunner().invoke(app, ["run", "x"]).exit_code == 2


@pytest.mark.parametrize("place", ["--config", "user"])
def test_a_file_that_the_user_has_chosen_may_set_everything(place: str, tmp_path: Path) -> None:
    given = {name: value for name, value in FOREIGN.items() if name not in ("env", "machine")}
    text = "".join(f"{name} = {value}\n" for name, value in given.items())
    if place == "user":
        write_users(text)
        found = load_settings({})
    else:
        named = tmp_path / "named.toml"
        named.write_text(text)
        found = load_settings({}, named)
    assert (found.base_url, found.browser) == ("http://127.0.0.1:9/v1", Path("bin/evil.sh"))
    assert (found.adapter, found.install, found.view) == (Path("adapter"), True, True)


@pytest.mark.parametrize("name", OWN)
def test_the_file_of_a_folder_sets_what_is_its_own(name: str, tmp_path: Path) -> None:
    written, meant = OWN[name]
    (tmp_path / "project" / "agent.toml").write_text(f"{name} = {written}\n")
    assert getattr(load_settings({}), name) == meant


def test_what_is_not_said_to_be_a_folders_is_not(tmp_path: Path) -> None:
    """A new setting is the user's own until somebody has thought about it."""
    own = {name for name in Settings.model_fields if about(name)["project"]}
    assert not own & FOREIGN.keys()
    assert {"max_steps", "max_seconds", "viewport", "model"} <= own


def test_flags_win_over_variables_over_the_named_file_over_the_folders_over_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_users("max_steps = 1\n")
    assert load_settings({}).max_steps == 1
    (tmp_path / "project" / "agent.toml").write_text("max_steps = 2\n")
    assert load_settings({}).max_steps == 2
    (tmp_path / "named.toml").write_text("max_steps = 3\n")
    assert load_settings({}, tmp_path / "named.toml").max_steps == 3
    monkeypatch.setenv("AGENT_MAX_STEPS", "4")
    assert load_settings({}, tmp_path / "named.toml").max_steps == 4
    assert load_settings({"max_steps": 5}, tmp_path / "named.toml").max_steps == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [("max_step = 3", "max_step: is no setting"), ("max_steps = ", "agent.toml"), ("\0", "agent")],
)
def test_a_file_that_is_not_right_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "project" / "agent.toml").write_text(text)
    with pytest.raises(BadSetting, match=words):
        load_settings({})
    with pytest.raises(BadSetting, match=r"nowhere\.toml: there is no such file"):
        load_settings({}, tmp_path / "nowhere.toml")


def test_a_bad_key_is_not_repeated() -> None:
    with pytest.raises(BadSetting) as refused:
        load_settings({"api_key": ["sk-never-shown"]})
    assert "sk-never-shown" not in str(refused.value)


def test_every_setting_is_an_option_of_run_with_its_help() -> None:
    click = typer.main.get_command(app)
    options = {option.name: option for option in click.commands["run"].params}  # type: ignore[attr-defined]
    assert set(Settings.model_fields) <= options.keys()
    for name, field in Settings.model_fields.items():
        assert str(field.description).split(".")[0] in options[name].help


def test_every_setting_that_opens_a_model_reaches_it() -> None:
    known = {field.name for field in fields(ModelOptions)}
    model = {name for name in Settings.model_fields if about(name)["group"] == "Model"} - {"model"}
    renamed = {"think": "thinking", "timeout": "timeout_s"}
    assert {renamed.get(name, name) for name in model} <= known
    given = model_options(load_settings({"device": "cpu", "think": False, "api_key": "a-key-of-mine"}))
    assert (given.device, given.thinking, given.api_key) == ("cpu", False, "a-key-of-mine")
