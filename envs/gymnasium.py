"""Tasks as Gymnasium environments. `import envs.gymnasium` registers them.

    import gymnasium, envs.gymnasium
    env = gymnasium.make("GuiAgent/demo.wish_su7-v0")
    seen, info = env.reset(seed=1)
    action = envs.gymnasium.encode(env.unwrapped.names, Click(start_point=(640, 400)))
    seen, reward, terminated, truncated, info = env.step(action)

Names: `GuiAgent/SUITE.TASK-v0` for every task of the bundled suites, and `GuiAgent/Task-v0` for a task file, with
`task=PATH`. Every keyword of `TaskEnv` can be given to `make`.

An observation is the screenshot (RGB, height × width × 3) and the instruction. An action is a pair: which action,
by its place in `names`, and its fields. The spaces are made from the action schema (docs/action-space.md); points
are [x, y] in pixels of the screenshot. A field that an action may leave out is left out by "" (text), -1 (numbers)
or [-1, -1] (points). The reward is the judge's score, 0 to 1, when the agent finishes or the page ends it.

The same seed is the same task at the same start. Steps are marked as not deterministic: these are real programs,
and a picture may catch a caret, a clock or a notice that is just fading.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pydantic import ValidationError

from action_space.actions import ACTIONS, HALVES, BaseAction, Finished
from envs.base import Observation
from envs.tasks.base import Ends, Episode, SetupFailed, Task
from envs.tasks.registry import explain

__all__ = ["AnyText", "TaskEnv", "action_space_of", "decode", "encode", "register"]

Action = tuple[int, dict[str, Any]]
_LEFT_OUT = ("ask_user", *HALVES)  # nobody is there to answer; a space of whole actions
_TEXT, _WAIT_MS, _REPEAT = 1000, 5000, 10
_PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
_OTHER_WAYS = ("action", "path", "notches")  # a drag goes straight here, and a scroll is told in pixels
_VIEWPORTS = {"demo": ((1280, 800), 1.0), "miniwob": ((500, 320), 2.0)}
_DISPLAY = (1280, 800)


class AnyText(spaces.Text):
    """Text of any script up to a length; samples are ASCII."""

    def __init__(self, max_length: int, min_length: int = 0) -> None:
        super().__init__(max_length, min_length=min_length, charset=_PRINTABLE)

    def contains(self, x: Any) -> bool:
        """Whether it is a text of that length."""
        return isinstance(x, str) and self.min_length <= len(x) <= self.max_length


def action_space_of(names: tuple[str, ...], size: tuple[int, int]) -> spaces.OneOf[Any]:
    """The space of these actions on a screenshot of `size` pixels (width, height)."""
    return spaces.OneOf([spaces.Dict(_fields(name, size)) for name in names])


def _fields(name: str, size: tuple[int, int]) -> dict[str, spaces.Space[Any]]:
    schema = ACTIONS[name].model_json_schema()
    found: dict[str, spaces.Space[Any]] = {}
    for field, spec in schema["properties"].items():
        if field in _OTHER_WAYS:
            continue
        optional = "anyOf" in spec
        kind = next(one for one in spec["anyOf"] if one["type"] != "null") if optional else spec
        found[field] = _space(kind, optional, size)
    # A random agent shall not wait, hold or repeat for a minute.
    if "duration_ms" in found:
        found["duration_ms"] = spaces.Box(schema["properties"]["duration_ms"]["minimum"], _WAIT_MS, (), np.int32)
    if "repeat" in found:
        found["repeat"] = spaces.Box(1, _REPEAT, (), np.int32)
    return found


def _space(kind: dict[str, Any], optional: bool, size: tuple[int, int]) -> spaces.Space[Any]:
    least = -1 if optional else 0
    if "prefixItems" in kind:
        high = np.array([size[0] - 1, size[1] - 1], np.int32)
        return spaces.Box(np.full(2, least, np.int32), high, dtype=np.int32)
    if "enum" in kind:
        return spaces.Discrete(len(kind["enum"]))
    match kind["type"]:
        case "boolean":
            return spaces.Discrete(2)
        case "integer":
            return spaces.Box(-1 if optional else kind["minimum"], kind["maximum"], (), np.int32)
        case "string":
            longest = min(kind.get("maxLength", _TEXT), _TEXT)
            return AnyText(longest, 0 if optional else kind.get("minLength", 0))
    if "enum" in kind["items"]:
        return spaces.MultiBinary(len(kind["items"]["enum"]))
    return spaces.Sequence(AnyText(kind["items"]["maxLength"], 1))


def decode(names: tuple[str, ...], action: Action) -> BaseAction:
    """The action that a member of the space means.

    Raises:
        ValueError: it means none, such as a key that does not exist; the message says why.
    """
    name = names[int(action[0])]
    model = ACTIONS[name]
    given: dict[str, Any] = {"action": name}
    for field, spec in model.model_json_schema()["properties"].items():
        if field != "action" and field in action[1]:
            optional = "anyOf" in spec
            kind = next(one for one in spec["anyOf"] if one["type"] != "null") if optional else spec
            value = _plain(kind, action[1][field])
            left_out = optional and (value in ("", -1) or (isinstance(value, list) and min(value, default=0) < 0))
            if not left_out:
                given[field] = value
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise ValueError(explain(error, name, tuple(model.model_fields))) from None


def _plain(kind: dict[str, Any], value: Any) -> Any:
    if "enum" in kind:
        return kind["enum"][int(value)]
    match kind["type"]:
        case "boolean":
            return bool(value)
        case "integer":
            return int(value)
        case "string":
            return str(value)
    if "prefixItems" in kind:
        return [int(number) for number in value]
    if "enum" in kind["items"]:
        return [name for name, on in zip(kind["items"]["enum"], value, strict=True) if on]
    return [str(item) for item in value]


def encode(names: tuple[str, ...], action: BaseAction) -> Action:
    """The member of the space that means an action; the inverse of `decode`.

    Raises:
        ValueError: the environment cannot do it, or it is a drag that does not go straight.
    """
    if action.action not in names:
        raise ValueError(f"action: {action.action!r} cannot be done here; accepted: {', '.join(names)}")
    given = action.model_dump(mode="json")
    for field in ("path", "notches"):
        if given.get(field):
            raise ValueError(f"{field}: this space has no place for it; drags go straight, scrolls are in pixels")
    fields: dict[str, Any] = {}
    for field, spec in type(action).model_json_schema()["properties"].items():
        if field in _OTHER_WAYS:
            continue
        kind = next(one for one in spec["anyOf"] if one["type"] != "null") if "anyOf" in spec else spec
        fields[field] = _member(kind, given[field])
    return names.index(action.action), fields


def _member(kind: dict[str, Any], value: Any) -> Any:
    if "enum" in kind:
        return np.int64(kind["enum"].index(value))
    match kind["type"]:
        case "boolean":
            return np.int64(value)
        case "integer":
            return np.array(-1 if value is None else value, np.int32)
        case "string":
            return value or ""
    if "prefixItems" in kind:
        return np.array([-1, -1] if value is None else value, np.int32)
    if "enum" in kind["items"]:
        return np.array([name in value for name in kind["items"]["enum"]], np.int8)
    return tuple(value)


class TaskEnv(gymnasium.Env[dict[str, Any], Action]):
    """One task. Seeds make the task's own variations; the same seed is the same start.

    Args:
        task: a `Task`, or the path of a task file.
        render_mode: "rgb_array" or None.
        options: as for `Task.start`.
        trust: the task file may run commands on this computer and reach its files, as you.

    Attributes:
        names: the actions, in the order of the space.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 1}  # noqa: RUF012 - Gymnasium's own name

    def __init__(
        self,
        task: Task | str | Path,
        render_mode: str | None = None,
        options: dict[str, Any] | None = None,
        trust: bool = False,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise ValueError(f"render_mode: {render_mode!r}; it is 'rgb_array' or None")
        self.task = _loaded(task, trust)
        self.render_mode = render_mode
        self._options, size, self.names = _place(self.task, options or {})
        self._shape = size[1], size[0], 3
        self.observation_space = spaces.Dict(
            {
                "screenshot": spaces.Box(0, 255, self._shape, np.uint8),
                "instruction": AnyText(10_000),
            }
        )
        self.action_space = action_space_of(self.names, size)
        self._episode: Episode | None = None
        self._seen: Observation | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Start the task anew. `options` go before those of the constructor.

        Raises:
            SetupFailed: it cannot be set up.
        """
        super().reset(seed=seed)
        own = int(self.np_random.integers(2**31)) if seed is None else seed
        self._end()
        self._episode = self.task.start(own, {**self._options, **(options or {})})
        self._seen = self._episode.environment.observe()
        return self._observation(), {}

    def step(self, action: Action) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Do one action. What went wrong with it stands in info["error"].

        Raises:
            EnvironmentFault: the environment broke.
        """
        episode = self._ready()
        assert self._seen is not None
        try:
            wanted = decode(self.names, action)
        except ValueError as wrong:
            return self._observation(), 0.0, False, False, {"error": str(wrong)}
        if isinstance(wanted, Finished):
            return self._end_of(episode, wanted.answer, wanted.status, {})
        outcome = episode.environment.execute(wanted, self._seen)
        self._seen = outcome.observation
        info: dict[str, Any] = {}
        if outcome.error is not None:
            info["error"] = outcome.error.message
        if isinstance(episode, Ends) and episode.over():
            return self._end_of(episode, None, "unsure", info)
        return self._observation(), 0.0, False, False, info

    def _end_of(
        self, episode: Episode, answer: str | None, status: str, info: dict[str, Any]
    ) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        verdict = episode.judge(answer, status)
        return self._observation(), float(verdict.score), True, False, {**info, "verdict": verdict.reason}

    def render(self) -> NDArray[np.uint8] | None:
        """The screenshot, where the render mode is "rgb_array"."""
        self._ready()
        return self._picture() if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """End everything that was started. May be called twice."""
        self._end()

    def _ready(self) -> Episode:
        if self._episode is None:
            raise gymnasium.error.ResetNeeded("call reset first")
        return self._episode

    def _end(self) -> None:
        if self._episode is not None:
            self._episode.close()
        self._episode = self._seen = None

    def _picture(self) -> NDArray[np.uint8]:
        assert self._seen is not None
        return np.array(self._seen.screenshot, np.uint8)

    def _observation(self) -> dict[str, Any]:
        picture = self._picture()
        wanted = self._shape
        if picture.shape != wanted:
            raise SetupFailed(f"the screenshot is {picture.shape}, the observation space {wanted}: set the size")
        return {"screenshot": picture, "instruction": self._ready().instruction}


def _loaded(task: Task | str | Path, trust: bool) -> Task:
    if isinstance(task, str | Path):
        from envs import tasks

        return tasks.load(task, trust=trust)
    return task


def _place(task: Task, options: dict[str, Any]) -> tuple[dict[str, Any], tuple[int, int], tuple[str, ...]]:
    """Options for the start, size of the screenshot, names of the actions."""
    file = getattr(task, "file", None)
    in_browser = file is None or any(step.type == "open_site" for step in file.config)
    if in_browser:
        from envs.browser.environment import BrowserEnvironment

        viewport, ratio = _VIEWPORTS.get(task.suite, _VIEWPORTS["demo"])
        options = {"viewport": viewport, "pixel_ratio": ratio, **options}
        width, height = options["viewport"]
        size = round(width * options["pixel_ratio"]), round(height * options["pixel_ratio"])
        actions = BrowserEnvironment.actions
    else:
        from envs.desktop.environment import DesktopEnvironment

        size = options.get("size", _DISPLAY)
        actions = DesktopEnvironment.actions
    return options, size, tuple(name for name in ACTIONS if name in actions and name not in _LEFT_OUT)


def register() -> list[str]:
    """Register the tasks of the bundled suites; their names. What is not installed is left out."""
    from envs import tasks

    names = ["GuiAgent/Task-v0"]
    gymnasium.register(names[0], entry_point="envs.gymnasium:TaskEnv", max_episode_steps=50, nondeterministic=True)
    for suite in tasks.SUITES:
        try:
            found = tasks.suite(suite)
        except SetupFailed:
            continue
        for task in found:
            names.append(f"GuiAgent/{suite}.{task.id}-v0")
            gymnasium.register(
                names[-1],
                entry_point="envs.gymnasium:TaskEnv",
                kwargs={"task": task},
                max_episode_steps=50,
                nondeterministic=True,
            )
    return names


NAMES = register()
"""What was registered."""
