"""pytest: the fixtures `screen`, `agent_run`, `screen_baseline`, and a picture with every failure (docs/rpa.md).

A baseline that is new or was updated fails its test once, so that a person looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from agent.result import RunResult
    from agent.rpa.controller import Controller

_SCREEN = pytest.StashKey["Controller | None"]()
_STEP = 24
"""Difference of a channel, 0–255, below which a pixel counts as the same."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that writes baselines anew."""
    group = parser.getgroup("screen")
    group.addoption(
        "--update-baselines", action="store_true", help="write the pictures of screen_baseline anew, and fail"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker that says where `screen` begins."""
    config.addinivalue_line(
        "markers", "screen(url, **config): where the fixture `screen` begins; further fields of BrowserConfig"
    )


@pytest.fixture
def screen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Controller]:
    """A controller of a browser of its own; `@pytest.mark.screen(url="…")` says where it begins."""
    from agent.rpa.controller import Controller
    from envs.browser.config import BrowserConfig
    from envs.browser.environment import BrowserEnvironment

    marker = request.node.get_closest_marker("screen")
    words: dict[str, Any] = dict(marker.kwargs) if marker else {}
    if marker and marker.args:
        words["url"] = marker.args[0]
    with (
        BrowserEnvironment(BrowserConfig(**words)) as browser,
        Controller(browser, evidence=tmp_path / "screen-evidence") as controller,
    ):
        request.node.stash[_SCREEN] = controller
        yield controller
        request.node.stash[_SCREEN] = None


@pytest.fixture
def agent_run(screen: Controller, tmp_path: Path) -> Callable[..., RunResult]:
    """Does a task in words on `screen`, with a trace, and returns how it ended."""
    runs = iter(range(1, 1_000_000))

    def run(task: str, **words: Any) -> RunResult:
        return screen.do(task, trace_dir=words.pop("trace_dir", tmp_path / f"run-{next(runs)}"), **words)

    return run


@pytest.fixture
def screen_baseline(request: pytest.FixtureRequest, screen: Controller) -> Callable[..., None]:
    """Compares the screen with `baselines/NAME.png` beside the test file."""

    def compare(name: str, *, most: float = 0.001) -> None:
        """Fail where more than `most` (0–1) of the pixels differ, or where the picture was written just now."""
        from PIL import Image, ImageChops

        path = request.path.parent / "baselines" / f"{name}.png"
        if request.config.getoption("--update-baselines") or not path.is_file():
            written = "updated" if path.is_file() else "new"
            screen.screenshot(path)
            pytest.fail(f"baseline {written}: look at {path}, then run the test again", pytrace=False)
        now = screen.screenshot()
        with Image.open(path) as file:
            before = file.convert("RGB")
        if before.size != now.size:
            pytest.fail(f"{path}: is {before.size}, the screen is {now.size} pixels", pytrace=False)
        parts = ImageChops.difference(before, now.convert("RGB")).split()
        highest = ImageChops.lighter(ImageChops.lighter(parts[0], parts[1]), parts[2])
        mask = highest.point(lambda level: 255 if level > _STEP else 0)
        share = mask.histogram()[255] / (now.width * now.height)
        if share > most:
            seen = screen.screenshot(path.with_name(f"{name}-now.png"))
            told = f"{share:.2%} of {seen.width}×{seen.height} pixels differ, around {list(mask.getbbox() or ())}"
            pytest.fail(f"{path}: {told}; now: {path.with_name(f'{name}-now.png')}", pytrace=False)

    return compare


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the picture of a failed test: the error's own, or the screen as it is."""
    report = yield
    screen = item.stash.get(_SCREEN, None)
    if call.when == "call" and report.failed and screen is not None and call.excinfo is not None:
        picture = getattr(call.excinfo.value, "picture", None)
        if picture is None:
            picture = Path(screen.evidence) / "failure.png"
            with suppress(Exception):  # the browser may be what failed
                screen.screenshot(picture)
        report.sections.append(("picture of the screen", str(picture)))
    return report
