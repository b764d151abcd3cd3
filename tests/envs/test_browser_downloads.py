"""Downloads are kept under safe names, bounded, and no loss is silent."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from action_space.actions import Click, Navigate, Wait
from envs.base import Observation, StepResult
from envs.browser.downloads import NAME_BYTES, reserve, safe_name
from envs.browser.environment import BrowserConfig, BrowserEnvironment
from envs.effect import describe

from .conftest import Server

pytestmark = pytest.mark.browser


def fetch(env: BrowserEnvironment, address: str) -> StepResult:
    return env.execute(Navigate(url=address), env.observe())


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def until_over(env: BrowserEnvironment, seen: Observation) -> Observation:
    while seen.downloading:
        seen = env.execute(Wait(duration_ms=50), seen).observation
    return seen


@pytest.mark.parametrize(
    ("suggested", "kept"),
    [
        ("report.csv", "report.csv"),
        ("../../evil.csv", "_.._evil.csv"),
        ("..\\..\\evil.csv", "_.._evil.csv"),
        ("/etc/passwd", "_etc_passwd"),
        (".bashrc", "bashrc"),
        ("...hidden", "hidden"),
        (".", "download"),
        ("..", "download"),
        ("", "download"),
        ("   ", "download"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("console.txt", "console.txt"),
        ("trailing. . ", "trailing"),
        ('a<b>:"c|d?e*.txt', "a_b___c_d_e_.txt"),
        ("line\nbreak\x00.txt", "line_break_.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("half \ud83d emoji.txt", "half _ emoji.txt"),
        ("报告.csv", "报告.csv"),
        ("e\u0301tude.pdf", "étude.pdf"),
        ("no ending", "no ending"),
        (".csv", "csv"),
    ],
)
def test_names_are_safe(suggested: str, kept: str) -> None:
    assert safe_name(suggested) == kept


@pytest.mark.parametrize("letter", ["x", "报", "é", "🚗"])
@pytest.mark.parametrize("ending", [".csv", "", ".tar.gz", "." + "y" * 300])
def test_long_names_are_cut_at_a_character_and_keep_their_ending(tmp_path: Path, letter: str, ending: str) -> None:
    name = safe_name(letter * 300 + ending)
    assert name.startswith(letter)
    assert len(name.encode()) <= NAME_BYTES
    if len(ending) < 10 and ending:
        assert name.endswith(ending.rpartition(".")[2])
    paths = [reserve(tmp_path, name) for _ in range(12)]  # room for the numbers too
    assert len({path.name for path in paths}) == 12
    assert names_in(tmp_path) == sorted(path.name for path in paths)


@pytest.mark.parametrize(
    "name", ["plain.csv", "x" * 250 + ".csv", "报告" * 60 + ".csv", "../../../evil.csv", ".profile"]
)
def test_what_pages_send_is_kept_below_the_folder(site: str, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "kept"
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", downloads_dir=str(folder))) as env:
        got = fetch(env, f"{site}/download?name={quote(name)}")
        assert got.error is None
        seen = until_over(env, got.observation)
        assert [Path(path).parent for path in seen.downloads] == [folder]
        assert Path(seen.downloads[0]).read_bytes() == b"a,b\n1,2\n"
        assert not Path(seen.downloads[0]).name.startswith(".")
        assert seen.failed_downloads == ()
        assert names_in(tmp_path) == ["kept"]
    assert Path(seen.downloads[0]).exists()


def test_one_name_five_times_at_once(site: str, tmp_path: Path) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", downloads_dir=str(tmp_path))) as env:
        env.evaluate(
            "for (let i = 0; i < 5; i++) { const f = document.createElement('iframe');"
            f"f.src = '{site}/download?name=same.csv&' + i; document.body.append(f) }}"
        )
        seen = env.observe()
        while len(seen.downloads) < 5:
            assert seen.failed_downloads == ()
            seen = env.execute(Wait(duration_ms=50), seen).observation
        assert len(set(seen.downloads)) == 5
        assert all(Path(path).read_bytes() == b"a,b\n1,2\n" for path in seen.downloads)


def test_a_download_that_is_under_way_is_said_and_waited_for(server: Server, tmp_path: Path) -> None:
    site = server.url
    server.release.clear()
    config = BrowserConfig(url=f"{site}/plain", downloads_dir=str(tmp_path), settle_limit_s=0.5)
    with BrowserEnvironment(config) as env:
        began = fetch(env, f"{site}/download?name=slow.csv&slow")
        assert began.observation.downloading == 1
        assert "a download is under way" in describe(began.effect)
        assert began.observation.downloads == ()
        server.release.set()
        assert env.finish_downloads() == (str(tmp_path / "slow.csv"),)
        assert (tmp_path / "slow.csv").read_bytes().endswith(b"a,b\n1,2\n")
        assert env.observe().downloading == 0


def test_what_breaks_off_is_said(site: str, tmp_path: Path) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", downloads_dir=str(tmp_path))) as env:
        got = fetch(env, f"{site}/download?name=half.csv&cut")
        seen = until_over(env, got.observation)
        assert [(lost.name, lost.kind) for lost in seen.failed_downloads] == [("half.csv", "network")]
        assert names_in(tmp_path) == []


@pytest.mark.parametrize("blocked", ["a file", "no rights", "full"])
def test_what_cannot_be_saved_is_said(site: str, tmp_path: Path, blocked: str) -> None:
    folder = tmp_path / "folder"
    if blocked == "a file":
        folder.write_text("not a folder")
    elif blocked == "no rights":
        # /proc takes no files from anybody, root included
        folder = Path("/proc/self/downloads")
        if not Path("/proc/self").exists():
            pytest.skip("needs /proc")
    else:
        folder = Path("/dev/full/x")
        if not Path("/dev/full").exists():
            pytest.skip("needs /dev/full")
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", downloads_dir=str(folder))) as env:
        got = fetch(env, f"{site}/download?name=lost.csv")
        seen = until_over(env, got.observation)
        assert [(lost.name, lost.kind) for lost in seen.failed_downloads] == [("lost.csv", "disk")]
        assert str(folder) in seen.failed_downloads[0].message
        assert seen.downloads == ()
        text = describe(got.effect) if got.effect.failed_downloads else seen.failed_downloads[0].message
        assert "cannot be saved" in text


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a small file system")
def test_a_full_disk_is_said(site: str, tmp_path: Path) -> None:
    """A file system of its own with 64 KB: what is larger does not fit, and nothing half is left there."""
    import subprocess

    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        with BrowserEnvironment(BrowserConfig(url=f"{site}/plain", downloads_dir=str(small))) as env:
            seen = until_over(env, fetch(env, f"{site}/download?name=large.bin&mb=1").observation)
            assert [(lost.name, lost.kind) for lost in seen.failed_downloads] == [("large.bin", "disk")]
            assert "No space left" in seen.failed_downloads[0].message
            assert names_in(small) == []
            seen = until_over(env, fetch(env, f"{site}/download?name=fits.csv").observation)
            assert seen.downloads == (str(small / "fits.csv"),)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_downloads_have_a_limit(site: str, tmp_path: Path) -> None:
    config = BrowserConfig(url=f"{site}/plain", downloads_dir=str(tmp_path), download_limit_mb=3)
    with BrowserEnvironment(config) as env:
        seen = until_over(env, fetch(env, f"{site}/download?name=ok.bin&mb=2").observation)
        assert (tmp_path / "ok.bin").stat().st_size == 2 << 20
        seen = until_over(env, fetch(env, f"{site}/download?name=endless.bin&mb=4000").observation)
        (lost,) = seen.failed_downloads
        assert (lost.name, lost.kind) == ("endless.bin", "limit")
        assert "3 MB" in lost.message
        assert "download_limit_mb" in lost.message
        assert names_in(tmp_path) == ["ok.bin"]
        assert env.execute(Click(start_point=(5, 5)), seen).error is None


def test_without_a_folder_they_end_with_the_browser(site: str) -> None:
    with BrowserEnvironment(BrowserConfig(url=f"{site}/plain")) as env:
        seen = until_over(env, fetch(env, f"{site}/download").observation)
        (path,) = seen.downloads
        assert Path(path).read_bytes() == b"a,b\n1,2\n"
    assert not Path(path).exists()
