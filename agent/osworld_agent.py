"""Our agent behind OSWorld's face, for their runners: `predict(instruction, obs)` gives pyautogui code.

    agent = OSWorldAgent("embedded")
    agent.reset()
    response, actions = agent.predict(instruction, obs)

`run_example` is what their `lib_run_single` does, without its fixed pauses, and writes the files that their
reports read: `result.txt`, `traj.jsonl` and one picture a step.
"""

from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from action_space.actions import BaseAction, Finished, Input
from action_space.formats.base import CannotExpress
from action_space.formats.pyautogui import PyautoguiFormat
from action_space.geometry import Frame, Size
from agent.history import change_of, remember
from agent.policy import InvalidAnswer, Policy
from agent.text import dumps
from envs.base import Observation
from envs.effect import compare, describe
from model.base import Model
from model.prompt import HistoryStep, PromptContext

ACTIONS = ("click", "scroll", "input", "drag", "press", "finished", "longpress", "hover", "wait")
"""What pyautogui code can say."""


class OSWorldAgent:
    """Decides one action at a time from OSWorld's observations.

    Args:
        model: a name as for `--model`, or a model.
        options: for `model.registry.open_model`, where `model` is a name.

    Raises:
        UnknownModel: there is no such model.
    """

    action_space = "pyautogui"
    observation_type = "screenshot"

    def __init__(self, model: str | Model = "embedded", options: Any = None) -> None:
        if isinstance(model, str):
            from model.registry import open_model

            model = open_model(model, options) if options is not None else open_model(model)
        self.model = model
        self._policy = Policy(model)
        self._logger: Any = None
        self._runs = 0
        self.reset()

    def reset(self, _logger: Any = None, vm_ip: str | None = None, **_: Any) -> None:
        """Forget the episode. Further arguments of their runners are accepted."""
        self._logger = _logger
        self._runs += 1
        self._history: list[HistoryStep] = []
        self._before: Observation | None = None
        self._pending: HistoryStep | None = None

    def predict(self, instruction: str, obs: dict[str, Any], **_: Any) -> tuple[str, list[str]]:
        """The model's text, and the next action as a list: pyautogui code, or WAIT, DONE, FAIL.

        Args:
            obs: `screenshot` holds a PNG file; nothing else is looked at.

        Raises:
            ValueError: there is no screenshot.
            ModelFault: the model broke.
        """
        seen = _observation(obs.get("screenshot"))
        self._remember(seen)
        turn = PromptContext(
            task=instruction,
            screenshot=seen.screenshot,
            frame=seen.frame,
            history=tuple(self._history),
            actions=ACTIONS,
        )
        try:
            decision = self._policy.decide(turn, session=f"osworld-{id(self)}-{self._runs}")
        except InvalidAnswer as wrong:
            self._say(str(wrong))
            # FAIL would claim that the task cannot be done. The judge may look at what there is.
            return wrong.decision.answers[-1].text, ["DONE"]
        assert decision.action is not None
        response = decision.answers[-1].text
        try:
            code = code_of(decision.action, seen.frame)
        except CannotExpress as unknown:
            self._say(str(unknown))
            state = decision.details.get("state") or {}
            self._pending = HistoryStep(decision.action, decision.thought, error=str(unknown), state=state)
            return response, ["WAIT"]
        self._before = seen
        self._pending = HistoryStep(
            decision.action,
            decision.thought,
            screenshot=seen.screenshot,
            frame=seen.frame,
            state=decision.details.get("state") or {},
        )
        return response, [code]

    def _remember(self, seen: Observation) -> None:
        """The last action with what it changed becomes history."""
        if self._pending is not None:
            found = compare(self._before, seen) if self._before else None
            told = (
                replace(self._pending, effect=describe(found), change=change_of(found)) if found else self._pending
            )
            remember(self._history, told, self._policy.family.pictures)
        self._pending = None

    def _say(self, line: str) -> None:
        if self._logger is not None:
            self._logger.info("%s", line)


def code_of(action: BaseAction, frame: Frame) -> str:
    """An action as code that OSWorld's machines understand, or WAIT, DONE, FAIL.

    Raises:
        CannotExpress: pyautogui has no words for it.
    """
    write = PyautoguiFormat().render
    if isinstance(action, Finished):
        return "FAIL" if action.status == "infeasible" else "DONE"
    if not isinstance(action, Input) or not action.text:
        return write(action, frame)
    if not action.text.isascii():
        return f"import pyperclip\n{write(action, frame)}"
    # pyautogui types "<" as ">" on X11 keyboards with a 105th key; the chord is right everywhere.
    lines = write(action, frame).split("\n")
    wanted = f"pyautogui.write({action.text!r})"
    parts = action.text.split("<")
    typed = [f"pyautogui.write({part!r})" if part else "" for part in parts]
    exact = [line for part in typed for line in ("pyautogui.hotkey('shift', ',')", part)][1:]
    return "\n".join(line for given in lines for line in (exact if given == wanted else [given]) if line)


def run_example(
    agent: Any,
    env: Any,
    example: dict[str, Any],
    max_steps: int,
    folder: Path,
    pause: float = 2.0,
) -> float:
    """Do one OSWorld task and write its files.

    Args:
        agent: has their `reset` and `predict`; env: their `reset`, `step` and `evaluate`.
        example: the task.
        folder: see `envs.osworld.result_folder`; made here.
        pause: what `env.step` is told.

    Returns:
        The score, 0 to 1.
    """
    folder.mkdir(parents=True, exist_ok=True)
    obs = env.reset(task_config=example)
    agent.reset(None, vm_ip=env.vm_ip)
    done = False
    with (folder / "traj.jsonl").open("w", encoding="utf-8") as lines:
        for number in range(1, max_steps + 1):
            response, actions = agent.predict(example["instruction"], obs)
            for action in actions:
                stamp = datetime.now().strftime("%Y%m%d@%H%M%S%f")
                began = time.perf_counter()
                obs, reward, done, info = env.step(action, pause)
                picture = f"step_{number}_{stamp}.png"
                (folder / picture).write_bytes(obs["screenshot"])
                record = {
                    "step_num": number,
                    "action_timestamp": stamp,
                    "action": action,
                    "response": response,
                    "reward": reward,
                    "done": done,
                    "info": info,
                    "screenshot_file": picture,
                    "seconds": round(time.perf_counter() - began, 3),
                }
                lines.write(dumps(record) + "\n")
                lines.flush()
                if done:
                    break
            if done:
                break
    score = float(env.evaluate())
    (folder / "result.txt").write_text(f"{score}\n", "utf-8")
    return score


def _observation(png: Any) -> Observation:
    if not isinstance(png, bytes | bytearray) or not png:
        raise ValueError(f"obs.screenshot: {type(png).__name__}; it is the bytes of a PNG file")
    with Image.open(io.BytesIO(png)) as image:
        picture = image.convert("RGB")
    return Observation(picture, Frame(Size(*picture.size)), time.monotonic(), png=bytes(png))
