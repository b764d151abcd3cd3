"""Our machines behind OSWorld's face: a `DesktopEnv` that their runners and agents can drive.

    env = DesktopEnv(action_space="pyautogui")
    obs = env.reset(task_config=task)
    obs, reward, done, info = env.step("pyautogui.click(640, 400)")
    score = env.evaluate()

What differs from theirs, on purpose: code is parsed (calls with literal arguments) and never run; a step ends when
the screen has come to rest instead of after a fixed pause; an action is sent once, never again; what went wrong
with an action stands in `info["error"]`.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from action_space.actions import BaseAction, Finished, Wait
from action_space.formats.base import FormatError
from action_space.formats.parsing.sequence import Sequence
from action_space.geometry import Frame, Size
from envs.base import Environment, Observation

ACTION_SPACES = ("pyautogui", "computer_13")
_WORDS = ("WAIT", "DONE", "FAIL")
Obs = dict[str, Any]


class DesktopEnv:
    """One machine, in OSWorld's shape. Ready when constructed; without a task `reset` gives the bare screen.

    Args:
        provider_name: "display", a private display here, or "remote", a machine behind OSWorld's server.
        path_to_vm: address of the remote machine, such as "http://127.0.0.1:5000".
        action_space: "pyautogui" or "computer_13".
        screen_size: of the private display, pixels.
        require_a11y_tree, require_terminal: put them into observations; None in there where the machine has none.
        cache_dir: kept for their callers.
        trust: tasks may run commands on this computer, as you, and reach its files.
        settle_limit_s: limit of the wait for rest after an action, seconds.

    Attributes:
        instruction: of the task; None before there is one.
        action_history: every action since `reset`.

    Raises:
        ValueError: an option is not known here; the message says what is.
        EnvironmentFault, MachineFault: the machine cannot be reached or started.
    """

    def __init__(
        self,
        provider_name: str = "display",
        path_to_vm: str | None = None,
        action_space: str = "pyautogui",
        screen_size: tuple[int, int] = (1920, 1080),
        require_a11y_tree: bool = False,
        require_terminal: bool = False,
        cache_dir: str | None = None,
        settle_limit_s: float = 5.0,
        trust: bool = False,
    ) -> None:
        if provider_name not in ("display", "remote"):
            raise ValueError(f"provider_name: {provider_name!r}; it is 'display' or 'remote'")
        if action_space not in ACTION_SPACES:
            raise ValueError(f"action_space: {action_space!r}; it is {' or '.join(map(repr, ACTION_SPACES))}")
        if (provider_name == "remote") != bool(path_to_vm):
            raise ValueError(f"path_to_vm: {path_to_vm!r}; it is the address of the machine with 'remote' alone")
        self.provider_name, self.action_space = provider_name, action_space
        self.require_a11y_tree, self.require_terminal = require_a11y_tree, require_terminal
        self.screen_width, self.screen_height = screen_size
        self.instruction: str | None = None
        self.task_id: str | None = None
        self.evaluator: dict[str, Any] | None = None
        self.action_history: list[str | dict[str, Any]] = []
        self.vm_ip = (
            (urlsplit(path_to_vm if "://" in path_to_vm else f"//{path_to_vm}").hostname or "")
            if path_to_vm
            else "127.0.0.1"
        )
        self.controller = Controller(self)
        self._url, self._trust = path_to_vm, trust
        self._settle_limit_s = settle_limit_s
        self._open = contextlib.ExitStack()
        self._cache_dir = cache_dir
        self._sequence = Sequence()
        self._episode: Any = None
        self._environment: Environment | None = None
        self._machine: Any = None
        self._seen: Observation | None = None

    def __enter__(self) -> DesktopEnv:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def reset(
        self,
        task_config: dict[str, Any] | None = None,
        seed: int | None = None,
        options: dict[str, Any] | None = None,
    ) -> Obs:
        """Set the task up on a machine as it was at first, and look.

        A private display is made anew. A remote machine is set up as it stands: it has no snapshot.

        Args:
            task_config: an OSWorld task; None: no task, only the screen.
            options: as for `Task.start`.

        Raises:
            TaskFileError: the task is not right. Untrusted: it would act on this computer, and `trust` is not set.
            SetupFailed: it could not be set up.
        """
        self._end()
        if task_config is not None:
            from envs.tasks import task_file

            task = task_file.parse(task_config, trust=self._trust)
            self._episode = task.start(seed or 0, {**self._place(task_config), **(options or {})})
            self._open.callback(self._episode.close)
            self._environment = self._episode.environment
            self._machine = self._episode.machine
            self.instruction, self.task_id = self._episode.instruction, task_config.get("id")
            self.evaluator = task_config.get("evaluator")
        else:
            self._bare()
        return self._get_obs()

    def _place(self, task: dict[str, Any]) -> dict[str, Any]:
        """Where the task runs, as `Task.start` is told."""
        size = self.screen_width, self.screen_height
        if self._url:
            return {"place": "remote", "machine": self._url}
        if any(step.get("type") == "open_site" for step in task.get("config", ())):
            return {"viewport": size}  # one of our own, in a browser
        return {"place": "display", "size": size}

    def _bare(self) -> None:
        """The screen without a task."""
        if self._url:
            from envs.remote import RemoteEnvironment, RemoteMachine

            self._machine = self._open.enter_context(RemoteMachine(self._url))
            self._environment = self._open.enter_context(RemoteEnvironment(self._machine, self._settle_limit_s))
            return
        from envs.desktop.environment import DesktopConfig, DesktopEnvironment
        from envs.machine.local import served_machine

        size = self.screen_width, self.screen_height
        self._machine = self._open.enter_context(served_machine(None, size))
        config = DesktopConfig(display=self._machine.display, settle_limit_s=self._settle_limit_s)
        self._environment = self._open.enter_context(DesktopEnvironment(config))

    def step(self, action: str | dict[str, Any], pause: float = 2.0) -> tuple[Obs, float, bool, dict[str, Any]]:
        """Do one action and look.

        Args:
            action: pyautogui code, a computer_13 action, or WAIT, DONE, FAIL.
            pause: how long WAIT waits, seconds; other actions wait for rest.

        Returns:
            Observation, reward (always 0, as theirs: `evaluate` says), whether the episode is over, and info:
            "done" or "fail" where it is, "error" where the action was not done, "notes" where something
            is to be said about it, such as a text that was not seen to arrive.

        Raises:
            EnvironmentFault: the machine went away.
        """
        environment = self._ready()
        assert self._seen is not None
        self.action_history.append(action)
        word = action.get("action_type") if isinstance(action, dict) else action.strip()
        if word in ("DONE", "FAIL"):
            return self._obs(), 0.0, True, {word.lower(): True}
        info: dict[str, Any] = {}
        try:
            actions = [Wait(duration_ms=round(min(pause, 60.0) * 1000))] if word == "WAIT" else self._read(action)
        except (FormatError, ValueError) as wrong:
            return self._obs(), 0.0, False, {"error": str(wrong)}
        for one in actions:
            if isinstance(one, Finished):
                ended = "fail" if one.status == "infeasible" else "done"
                return self._obs(), 0.0, True, {**info, ended: True}
            outcome = environment.execute(one, self._seen)
            self._seen = outcome.observation
            if outcome.notes:
                info.setdefault("notes", []).extend(outcome.notes)
            if outcome.error is not None:
                info["error"] = outcome.error.message
                break
        return self._obs(), 0.0, False, info

    def _read(self, action: str | dict[str, Any]) -> list[BaseAction]:
        assert self._seen is not None
        frame = self._seen.frame
        points = Size(frame.screen.width / frame.pixel_ratio[0], frame.screen.height / frame.pixel_ratio[1])
        if isinstance(action, dict) and "command" in action:
            action = str(action["command"])
        if isinstance(action, dict):
            return self._sequence.computer13(action, Frame(frame.screen, model=points))
        return self._sequence.pyautogui(action, Frame(frame.screen, model=points))

    def evaluate(self) -> float:
        """The task's judge now, 0 to 1. An infeasible task is solved by FAIL, any other is not.

        Raises:
            RuntimeError: there is no task.
        """
        if self._episode is None:
            raise RuntimeError("evaluate: there is no task; reset(task_config=…) sets one up")
        last = self.action_history[-1] if self.action_history else None
        last = last.get("action_type") if isinstance(last, dict) else last
        status = "infeasible" if isinstance(last, str) and last.strip() == "FAIL" else "success"
        return float(self._episode.judge(None, status).score)

    def render(self, mode: str = "rgb_array") -> bytes:
        """The screen as a PNG file, which is what theirs gives for "rgb_array".

        Raises:
            ValueError: another mode.
        """
        if mode != "rgb_array":
            raise ValueError(f"mode: {mode!r}; it is 'rgb_array'")
        return bytes(self._get_obs()["screenshot"])

    def close(self) -> None:
        """End everything that was started. May be called twice."""
        self._end()

    @property
    def vm_platform(self) -> str:
        """ "Linux", "Windows" or "Darwin"."""
        self._ready()
        return str(getattr(self._machine, "platform", "Linux"))

    @property
    def vm_screen_size(self) -> dict[str, int]:
        """Pixels of the screenshot."""
        self._ready()
        assert self._seen is not None
        return {"width": int(self._seen.frame.screen.width), "height": int(self._seen.frame.screen.height)}

    @property
    def cache_dir(self) -> str:
        """A folder for their callers' files; made when first asked for."""
        if self._cache_dir is None:
            self._cache_dir = tempfile.mkdtemp(prefix="agent-osworld-")
        folder = Path(self._cache_dir, self.task_id or "no-task")
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    def _end(self) -> None:
        self._open.close()
        self._open = contextlib.ExitStack()
        self._sequence = Sequence()
        self._episode = self._environment = self._machine = self._seen = None
        self.instruction = self.task_id = self.evaluator = None
        self.action_history.clear()

    def _ready(self) -> Environment:
        if self._environment is None:
            raise RuntimeError("the environment is not set up, or is closed; call reset first")
        return self._environment

    def _get_obs(self) -> Obs:
        """Look anew. Their runners call this name."""
        self._seen = self._ready().observe()
        return self._obs()

    def _obs(self) -> Obs:
        assert self._seen is not None
        machine = self._machine
        return {
            "screenshot": png_of(self._seen),
            "accessibility_tree": machine.accessibility_tree() if self.require_a11y_tree and machine else None,
            "terminal": machine.terminal_output() if self.require_terminal and machine else None,
            "instruction": self.instruction,
        }


class Controller:
    """What their runners ask of `env.controller`."""

    def __init__(self, env: DesktopEnv) -> None:
        self._env = env

    def get_screenshot(self) -> bytes:
        """The screen at rest, as a PNG file."""
        return bytes(self._env._get_obs()["screenshot"])

    def get_accessibility_tree(self) -> str | None:
        machine = self._env._machine
        return machine.accessibility_tree() if machine else None

    def get_terminal_output(self) -> str | None:
        machine = self._env._machine
        return machine.terminal_output() if machine else None

    def get_file(self, file_path: str) -> bytes | None:
        machine = self._env._machine
        return machine.read(file_path) if machine else None

    def get_vm_screen_size(self) -> dict[str, int]:
        return self._env.vm_screen_size

    def get_vm_platform(self) -> str:
        return self._env.vm_platform

    def start_recording(self) -> None:
        """Nothing is recorded: `step`'s screenshots are what there is."""

    def end_recording(self, dest: str) -> None:
        """Nothing was recorded, so no file is written."""


def png_of(seen: Observation) -> bytes:
    """The screenshot as a PNG file."""
    if seen.png is not None:
        return seen.png
    file = io.BytesIO()
    seen.screenshot.save(file, "PNG", compress_level=1)
    return file.getvalue()


def result_folder(
    root: Path, action_space: str, observation_type: str, model: str, domain: str, task_id: str
) -> Path:
    """Where OSWorld's runners keep a task's result.txt and traj.jsonl, and its reports look for them."""
    return root / action_space / observation_type / model / domain / task_id
