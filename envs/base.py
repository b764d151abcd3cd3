"""The environment contract: observe, execute, close; and the values that pass through it.

Errors::

    EnvironmentFault            the run cannot go on (exit code 3 unless said otherwise)
    ├── BrowserMissing          no browser found, and none may be installed
    ├── LaunchFailed            the browser, display or application did not start
    ├── PageLoadFailed          the start address did not load (DNS, refused, certificate, time limit)
    │   └── AddressForbidden    the rules of the run do not allow it
    ├── TargetClosed            the page, window or browser went away
    │   └── TargetCrashed       it crashed, or was killed (infrastructure, unlike a site that closes its window)
    └── FailSafe                the user pushed the pointer into a corner of the screen, to stop everything

What goes wrong with a single action is no exception: it is an `ActionError` in the `StepResult`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

from PIL import Image

from action_space.actions import BaseAction
from action_space.geometry import Box, Frame


class EnvironmentFault(Exception):
    """The environment cannot go on. `hint` says what mends it, or is empty."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.hint = hint
        super().__init__(f"{message}\n{hint}" if hint else message)


class BrowserMissing(EnvironmentFault):
    """No browser was found, and none may be installed."""


class LaunchFailed(EnvironmentFault):
    """The browser, display or application did not start."""


class PageLoadFailed(EnvironmentFault):
    """The start address did not load."""


class AddressForbidden(PageLoadFailed):
    """The rules of the run do not allow the address."""


class TargetClosed(EnvironmentFault):
    """The page, window or browser went away."""


class TargetCrashed(TargetClosed):
    """The browser, its page or what drives it crashed or was killed."""


class FailSafe(EnvironmentFault):
    """The user pushed the pointer into a corner of the screen: nothing more is done."""


@dataclass(frozen=True)
class Tab:
    """One open tab, in the order of opening."""

    url: str
    title: str
    active: bool


@dataclass(frozen=True)
class DialogInfo:
    """An open JavaScript dialog."""

    kind: Literal["alert", "confirm", "prompt", "beforeunload"]
    message: str
    default: str = ""


@dataclass(frozen=True)
class FailedDownload:
    """A download that was lost.

    Attributes:
        name: of the file.
        kind: limit: larger than downloads may be; disk: it cannot be saved; network: it broke off, or the site
            or the browser ended it; cancelled: the browser was closed before it was complete.
        message: why, in one sentence.
    """

    name: str
    kind: Literal["limit", "disk", "network", "cancelled"]
    message: str


@dataclass(frozen=True)
class Observation:
    """The screen at one moment.

    Attributes:
        screenshot: RGB picture; only this and the frame reach a pixel-only model.
        frame: its coordinate spaces.
        time: `time.monotonic()` of the capture, seconds.
        url, title: of the active tab, where there is one.
        tabs: all open tabs.
        dialog: the JavaScript dialog that is open; it is also drawn into the screenshot.
        downloads: paths of the files downloaded so far in this session.
        failed_downloads: those that were lost.
        downloading: how many are under way.
        file_chooser: a file chooser is open and waits for `upload`.
        png: the screenshot as the PNG file that it came as, so that recording it costs no second encoding.
    """

    screenshot: Image.Image
    frame: Frame
    time: float
    url: str | None = None
    title: str | None = None
    tabs: tuple[Tab, ...] = ()
    dialog: DialogInfo | None = None
    downloads: tuple[str, ...] = ()
    failed_downloads: tuple[FailedDownload, ...] = ()
    downloading: int = 0
    file_chooser: bool = False
    png: bytes | None = None


SettleReason = Literal["stable", "animation", "timeout", "dialog", "closed", "none"]


@dataclass(frozen=True)
class WaitInfo:
    """How the wait for rest went.

    Attributes:
        waited_s: seconds from the end of the input to the last look.
        reason: stable: two looks were equal; animation: all that still moves is a caret, a spinner or the like;
            timeout: the limit was reached; dialog: a dialog froze the page; closed: the tab went away; none: the
            action does not touch the screen.
        looks: captures taken.
    """

    waited_s: float
    reason: SettleReason
    looks: int = 0


@dataclass(frozen=True)
class StateDiff:
    """What an action changed, found without a model.

    Attributes:
        changed: share of the screen's pixels that changed, 0–1.
        region: box around the changed pixels, screen pixels; None: no pixel changed.
        url, title: the new value where it changed.
        tabs: difference in the number of open tabs.
        active_tab: another tab came to the front.
        dialog: a dialog opened, or closed.
        downloads: paths of new downloads.
        failed_downloads: downloads that were lost meanwhile.
        downloading: a download is under way that was not before.
        file_chooser: a file chooser opened.
        status: HTTP status of the page that came, where the server says that it is none (400 and above).
        typed: what became of typed text: seen: the field holds it; differs: the field holds something else;
            unknown: what holds it cannot be read. None: nothing was typed.
        field_value: what the field holds, where that differs and is no secret.
    """

    changed: float = 0.0
    region: Box | None = None
    url: str | None = None
    title: str | None = None
    tabs: int = 0
    active_tab: bool = False
    dialog: Literal["opened", "closed"] | None = None
    downloads: tuple[str, ...] = ()
    failed_downloads: tuple[FailedDownload, ...] = ()
    downloading: bool = False
    file_chooser: bool = False
    status: int | None = None
    typed: Literal["seen", "differs", "unknown"] | None = None
    field_value: str | None = None

    @property
    def nothing(self) -> bool:
        """Nothing at all changed, as far as can be seen."""
        return replace(self, typed=None, field_value=None) == StateDiff()


ActionErrorKind = Literal["unsupported", "out_of_bounds", "not_found", "timeout", "refused", "failed"]


@dataclass(frozen=True)
class ActionError:
    """Why an action was not done. `message` is one line, fit for a person and for a model."""

    kind: ActionErrorKind
    message: str


class ActionRefused(Exception):
    """Ends an action with an `ActionError`; never leaves the environment."""

    def __init__(self, kind: ActionErrorKind, message: str) -> None:
        self.error = ActionError(kind, message)
        super().__init__(message)


def check_inside(frame: Frame, name: str, point: tuple[int, int]) -> None:
    """Refuse the point of the field `name`, in pixels of the screenshot with this frame, when it lies outside.

    Raises:
        ActionRefused: it lies outside.
    """
    width, height = frame.screen
    if not (point[0] < width and point[1] < height):
        raise ActionRefused(
            "out_of_bounds",
            f"{name}: {list(point)} lies outside the screenshot, which is {width:g}×{height:g} pixels",
        )


@dataclass(frozen=True)
class StepResult:
    """What came of one action.

    Attributes:
        observation: the screen at rest afterwards; the next step starts from it.
        effect: what changed between the observation that the action answered and this one.
        settled: how the wait for rest went.
        error: why it was not done; None: it was done.
        input_s: seconds from the call to the end of the input, before settling.
    """

    observation: Observation
    effect: StateDiff
    settled: WaitInfo
    error: ActionError | None = None
    input_s: float = 0.0
    notes: tuple[str, ...] = field(default=())


class Environment(Protocol):
    """A place where actions are done. Synchronous; usable from any thread, one call at a time.

    Environments share nothing: no port, profile, clipboard or display. They are context managers.
    """

    name: str
    actions: frozenset[str]
    """Names of the actions that this environment can do."""

    def observe(self) -> Observation:
        """The screen now, after it has come to rest.

        Raises:
            EnvironmentFault: it cannot be seen any more.
        """

    def execute(self, action: BaseAction, answered: Observation) -> StepResult:
        """Do one action, wait for rest, say what changed.

        Args:
            action: in pixels of `answered.screenshot`.
            answered: the observation that the action answers.

        Raises:
            EnvironmentFault: the environment broke. What merely went wrong with the action is in the outcome.
        """

    def close(self) -> None:
        """End everything that was started. May be called twice."""
