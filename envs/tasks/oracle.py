"""The oracle's hands: real clicks and keys at elements whose boxes the page tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from action_space.actions import BaseAction, Click, Input, Press, Scroll, Select, Wait

if TYPE_CHECKING:
    from envs.browser import BrowserEnvironment
    from envs.tasks.files import OracleStep

_PATIENCE = 12  # tries to bring one element into reach

_FIND = """css => {
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 0;
  const element = [...document.querySelectorAll(css)].find(shown);
  if (!element) return null;
  const box = element.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const top = document.elementFromPoint(x, y);
  const reached = !!top && (element.contains(top) || top.contains(element) && top.tagName === 'LABEL');
  const dialog = top && !reached ? top.closest('[role=dialog], .veil') : null;
  return {x, y, reached, dialog: !!dialog, height: innerHeight};
}"""
_PENDING = "() => !!document.querySelector('[data-after][hidden]')"
_WAYS_OUT = (".veil:not([hidden]) button[aria-label]", ".cookies button")


class OracleFailed(Exception):
    """The oracle could not do a step: the page is not as the task file says."""


class Oracle:
    """Does oracle steps in one browser. Closes what stands in the way, as a person would."""

    def __init__(self, environment: BrowserEnvironment) -> None:
        self._environment = environment
        self._seen = environment.observe()

    def do(self, step: OracleStep) -> None:
        """Do one step.

        Raises:
            OracleFailed: its element is not there, or out of reach.
        """
        if step.when and self._find(step.when) is None:
            return
        target = step.click or step.into
        if target is None:
            raise OracleFailed(f"oracle step {step.model_dump(exclude_defaults=True)} names no element")
        x, y = self._reach(target)
        if step.type is not None:
            self._act(Input(text=step.type, start_point=(x, y), clear=True, submit=step.submit))
        elif step.choose is not None:
            label = self._environment.evaluate(
                "([css, value]) => [...document.querySelector(css).options].find(o => o.value === value)?.label",
                [target, step.choose],
            )
            if label is None:
                raise OracleFailed(f"{target} has no option of the value {step.choose!r}")
            self._act(Select(text=label, start_point=(x, y)))
        elif step.slide is not None:
            self._slide(target, step.slide, (x, y))
        else:
            self._act(Click(start_point=(x, y)))

    def _slide(self, css: str, value: int, point: tuple[int, int]) -> None:
        self._act(Click(start_point=point))
        for _ in range(200):
            now = int(self._environment.evaluate("css => document.querySelector(css).value", css))
            if now == value:
                return
            self._act(Press(keys=("right",) if now < value else ("left",)))
        raise OracleFailed(f"{css} does not reach {value}")

    def _reach(self, css: str) -> tuple[int, int]:
        """Bring an element into reach; the screen point of its middle."""
        for _ in range(_PATIENCE):
            if self._environment.evaluate(_PENDING):  # something comes up by itself in a moment
                self._act(Wait(duration_ms=600))
                continue
            found = self._find(css)
            if found is None:
                raise OracleFailed(f"nothing visible matches {css}")
            if found["reached"]:
                return self._seen.frame.device_to_screen(found["x"], found["y"])
            if found["dialog"]:
                ways = [way for way in map(self._find, _WAYS_OUT) if way and way["reached"]]
                if not ways:
                    raise OracleFailed(f"{css} is behind a dialog that has no way out")
                self._act(Click(start_point=self._seen.frame.device_to_screen(ways[0]["x"], ways[0]["y"])))
                continue
            off = found["y"] - found["height"] / 2
            distance = max(1, round(abs(off) * self._seen.frame.pixel_ratio[1]))
            self._act(Scroll(direction="down" if off > 0 else "up", scroll_distance=distance))
        raise OracleFailed(f"{css} cannot be brought into reach")

    def _find(self, css: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._environment.evaluate(_FIND, css)
        return found

    def _act(self, action: BaseAction) -> None:
        outcome = self._environment.execute(action, self._seen)
        if outcome.error is not None:
            raise OracleFailed(f"{action.to_json()}: {outcome.error.message}")
        self._seen = outcome.observation
