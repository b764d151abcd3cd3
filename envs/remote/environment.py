"""A remote machine as an environment: actions go there as pyautogui code, one request each.

Nothing here waits for a fixed time: the machine says when the active window has worked through the input, and the
screenshots say when the screen has come to rest.
"""

from __future__ import annotations

import contextlib
import io
import re
import threading
import time
from typing import Any, Protocol

from PIL import Image

from action_space import actions as act
from action_space.actions import BaseAction
from action_space.formats.base import CannotExpress
from action_space.formats.pyautogui import PyautoguiFormat
from action_space.geometry import Frame, Size
from envs.base import (
    ActionError,
    ActionErrorKind,
    Observation,
    SettleReason,
    StateDiff,
    StepResult,
    TargetClosed,
    WaitInfo,
)
from envs.effect import compare
from envs.machine.base import MachineFault, Ran
from envs.remote.client import NoAnswer
from envs.settle import Evidence, settle_now

NO_SETTLE = frozenset({"finished", "ask_user"})
SUPPORTED = NO_SETTLE | {
    "click", "scroll", "input", "drag", "press", "longpress", "hover", "wait", "open", "appswitch",
    "key_down", "key_up", "mouse_down", "mouse_up",
}  # fmt: skip
# What pyautogui can do without, and would load for half a second: pictures, and windows of its own.
_SPARED = ("cv2", "numpy", "mouseinfo", "pyscreeze", "pymsgbox")
_HEAD = (
    f"sys.modules.update(dict.fromkeys({_SPARED}))\nimport pyautogui\n"
    "pyautogui.PAUSE = 0\npyautogui.FAILSAFE = False\n"
)
_LOOKS_APART_S = 0.06
# A mouse wheel's notch on Linux is one; on Windows and macOS pyautogui counts finer.
_NOTCH = {"Linux": 1, "Windows": 120, "Darwin": 10}


class Far(Protocol):
    """What is needed of `RemoteMachine`."""

    url: str
    platform: str

    def screen_size(self) -> Size: ...
    def screenshot(self) -> bytes: ...
    def hands(self, calls: str, *args: str, timeout_s: float = 120.0) -> Ran: ...


class RemoteEnvironment:
    """The screen of one machine. Usable from any thread; calls wait for each other.

    Args:
        machine: where; the caller opens and closes it.
        settle_limit_s: limit of the wait for rest after an action, seconds.

    Raises:
        TargetClosed: the machine cannot be seen.
    """

    name = "remote"
    actions = SUPPORTED

    def __init__(self, machine: Far, settle_limit_s: float = 5.0) -> None:
        self.machine = machine
        self._limit_s = settle_limit_s
        self._lock = threading.Lock()
        self._closed = False
        self._last: tuple[bytes, Image.Image] | None = None
        self._device, self._size = Size(1, 1), Size(1, 1)
        self._held: dict[str, BaseAction] = {}
        self._seen(machine.screen_size)

    def __enter__(self) -> RemoteEnvironment:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of what is held, and of the machine, which stays open. May be called twice."""
        held, self._held = list(self._held.values()), {}
        self._closed = True
        if held:
            with contextlib.suppress(MachineFault):
                frame = Frame(Size(1, 1))  # letting go needs no point
                self.machine.hands("\n".join([_HEAD, *(code_for(one, frame)[0] for one in reversed(held))]))

    def _hold(self, action: BaseAction) -> None:
        """Remember what is down from this action on, and how it is let go of."""
        if isinstance(action, act.KeyDown | act.KeyUp):
            for name in action.keys:
                if isinstance(action, act.KeyDown):
                    self._held[name] = act.KeyUp(keys=(name,))
                else:
                    self._held.pop(name, None)
        elif isinstance(action, act.MouseDown):
            self._held[f"button {action.button}"] = act.MouseUp(button=action.button)
        elif isinstance(action, act.MouseUp):
            self._held.pop(f"button {action.button}", None)

    def observe(self) -> Observation:
        """The screen now, after it has come to rest.

        Raises:
            TargetClosed: the machine cannot be seen any more.
        """
        with self._lock:
            return self._rest()[0]

    def execute(self, action: BaseAction, answered: Observation) -> StepResult:
        """Do one action in one request, wait for rest, say what changed. Points are pixels of
        `answered.screenshot`.

        Raises:
            TargetClosed: the machine went away.
        """
        with self._lock:
            self._open()
            began = time.monotonic()
            error = self._do(action, answered.frame)
            input_s = time.monotonic() - began
            if error is None and action.action in NO_SETTLE:
                return StepResult(answered, StateDiff(), WaitInfo(0.0, "none", 0), None, input_s)
            seen, settled = self._rest()
            return StepResult(seen, compare(answered, seen), settled, error, input_s)

    # -- doing ----------------------------------------------------------------------------------------------

    def _do(self, action: BaseAction, frame: Frame) -> ActionError | None:
        width, height = frame.screen
        for name, point in action.points().items():
            if not (point[0] < width and point[1] < height):
                return ActionError(
                    "out_of_bounds",
                    f"{name}: {list(point)} lies outside the screenshot, which is {width:g}×{height:g} pixels",
                )
        if action.action not in SUPPORTED:
            return ActionError("unsupported", f"{action.action}: a remote machine has mouse and keyboard only")
        if action.action in NO_SETTLE:
            return None
        if isinstance(action, act.Wait):
            time.sleep(action.duration_ms / 1000)  # the action itself
            return None
        try:
            calls, text = code_for(action, frame, self.machine.platform)
        except CannotExpress as unknown:
            return ActionError("unsupported", str(unknown))
        takes_s = action.duration_ms / 1000 if isinstance(action, act.LongPress | act.Press) else 0.0
        takes_s += len(text) / 20
        self._hold(action)
        # Points are of the screen as it was seen: where it was resized meanwhile, they mean other places.
        size = (round(frame.screen[axis] / frame.pixel_ratio[axis]) for axis in (0, 1))
        same = f"same_screen({', '.join(map(str, size))})\n" if action.points() else ""
        try:
            ran = self.machine.hands(f"{_HEAD}{same}{calls}\nanswered()", text, timeout_s=120.0 + takes_s)
        except NoAnswer as late:
            return ActionError("timeout", f"{late} Whether it was done is not known; it was not sent again.")
        except MachineFault as fault:
            raise TargetClosed(str(fault)) from fault
        return _complaint(ran)

    # -- seeing ---------------------------------------------------------------------------------------------

    def _rest(self) -> tuple[Observation, WaitInfo]:
        self._open()
        look, settled = settle_now(_Screen(self), self._limit_s)
        assert look is not None  # a machine that cannot be seen is an exception
        image = self._image(look)
        size = Size(*image.size)
        if size != self._size:
            self._device, self._size = self._seen(self.machine.screen_size), size
        ratio = size.width / self._device.width, size.height / self._device.height
        png = look if look.startswith(b"\x89PNG") else None
        return Observation(image, Frame(size, pixel_ratio=ratio), time.monotonic(), png=png), settled

    def look(self) -> bytes:
        """The screen as the machine's server sends it."""
        return self._seen(self.machine.screenshot)

    def _image(self, look: bytes) -> Image.Image:
        if self._last is None or self._last[0] != look:
            with Image.open(io.BytesIO(look)) as image:
                self._last = look, image.convert("RGB")
        return self._last[1]

    def _seen(self, ask: Any) -> Any:
        try:
            return ask()
        except MachineFault as fault:
            raise TargetClosed(str(fault)) from fault

    def _open(self) -> None:
        if self._closed:
            raise TargetClosed("The remote environment is closed.")


class _Screen:
    """The machine, as `settle` looks at it. What is in flight there is not known; the pictures decide."""

    def __init__(self, environment: RemoteEnvironment) -> None:
        self._environment = environment
        self._looked = 0.0

    def interrupted(self) -> SettleReason | None:
        return None

    async def evidence(self) -> Evidence:
        return Evidence()

    async def capture(self) -> bytes:
        await self.pause(self._looked + _LOOKS_APART_S - time.monotonic())
        self._looked = time.monotonic()
        return self._environment.look()

    async def pause(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


def code_for(action: BaseAction, frame: Frame, platform: str = "Linux") -> tuple[str, str]:
    """Calls for the machine's Python, and the text that they type.

    Raises:
        CannotExpress: pyautogui has no words for it.
    """
    if isinstance(action, act.Open):
        return f"open_app({action.app!a})", ""  # Python's own spelling; JSON writes an emoji as two halves
    if isinstance(action, act.AppSwitch):
        return f"raise_window({action.app!a})", ""
    # The format answers in the model's space; here that is the machine's own points.
    points = frame.with_model(
        Size(frame.screen.width / frame.pixel_ratio[0], frame.screen.height / frame.pixel_ratio[1])
    )
    write = PyautoguiFormat().render
    if not isinstance(action, act.Input):
        calls = write(action, points)
        if isinstance(action, act.Scroll):
            unit = _NOTCH.get(platform, 1)
            calls = re.sub(r"(?<=scroll\()-?\d+", lambda number: str(int(number[0]) * unit), calls)
        return f"import time\n{calls}", ""
    lines = [write(act.Click(start_point=action.start_point), points)] if action.start_point is not None else []
    if action.clear:
        lines += [
            f"pyautogui.hotkey({'command' if platform == 'Darwin' else 'ctrl'!r}, 'a')",
            "pyautogui.press('backspace')",
        ]
    lines += ["type_text(given_text())"] if action.text else []
    lines += ["pyautogui.press('enter')"] if action.submit else []
    return "\n".join(lines), action.text


def _complaint(ran: Ran) -> ActionError | None:
    if ran.code == 0:
        return None
    lines = (ran.err or ran.out).strip().splitlines() or [f"exit code {ran.code}"]
    name, _, message = lines[-1].partition(": ")
    kind: ActionErrorKind = "not_found" if name == "LookupError" else "failed"
    known = name in ("LookupError", "RuntimeError")
    return ActionError(kind, (message if known else f"the machine says: {lines[-1]}")[:500])
