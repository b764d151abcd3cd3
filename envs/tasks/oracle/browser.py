"""The oracle's hands: real clicks and keys at elements whose boxes the page tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from action_space.actions import BaseAction, Click, Dialog, Drag, Input, Press, Scroll, Select, Wait

if TYPE_CHECKING:
    from envs.browser.environment import BrowserEnvironment
    from envs.tasks.schema import OracleStep

_PATIENCE = 16  # tries to bring one element into reach
_MISSES = 6  # of them those in which it is not there

_FIND = """given => {
  const [css, words] = given.split(' >> ');
  const said = e => (e.innerText || e.value || '').replace(/\\s+/g, ' ').trim();
  const shown = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 0
    && (words === undefined || said(e) === words);
  const places = [[document, 0, 0]];
  for (const frame of document.querySelectorAll('iframe')) {
    const inner = frame.contentDocument, box = frame.getBoundingClientRect();  // null: of another origin
    if (inner) places.push([inner, box.left + frame.clientLeft, box.top + frame.clientTop]);
  }
  for (const [place, left, up] of places) {
    const element = [...place.querySelectorAll(css)].find(shown);
    if (!element) continue;
    const box = element.getBoundingClientRect();
    const x = box.left + box.width / 2, y = box.top + box.height / 2;
    const top = place.elementFromPoint(x, y);
    const reached = !!top && (element.contains(top) || top.contains(element) && top.tagName === 'LABEL');
    const dialog = top && !reached ? top.closest('[role=dialog], .veil') : null;
    return {x: x + left, y: y + up, reached, dialog: !!dialog && !dialog.contains(element),
            width: innerWidth, height: innerHeight};
  }
  return null;
}"""
_CHOICE = """([css, wanted]) => {
  const options = [...document.querySelector(css).options];
  return (options.find(o => o.value === wanted) || options.find(o => o.label.trim() === wanted))?.label ?? null;
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
        for chord in step.press or ():
            self._act(Press(keys=tuple(chord.split("+")) if len(chord) > 1 else (chord,)))
        if step.dialog is not None:
            self._act(Dialog(response=step.dialog))
        if step.drag is not None:
            start, end = (self._reach(target) for target in step.drag)
            self._act(Drag(start_point=start, end_point=end))
        if step.click is None and step.into is None and step.type is not None:
            self._act(Input(text=step.type, submit=step.submit))
        elif step.click is not None or step.into is not None:
            self._at(step)
        elif not (step.press or step.dialog or step.drag):
            raise OracleFailed(f"oracle step {step.model_dump(exclude_defaults=True)} names no element")

    def _at(self, step: OracleStep) -> None:
        """Do a step at its element."""
        target = step.click or step.into or ""
        x, y = self._reach(target)
        if step.type is not None:
            self._act(Input(text=step.type, start_point=(x, y), clear=True, submit=step.submit))
        elif step.choose is not None:
            label = self._environment.evaluate(_CHOICE, [target, step.choose])
            if label is None:
                raise OracleFailed(f"{target} has no option of the value {step.choose!r}")
            self._act(Select(text=label, start_point=(x, y)))
        elif step.slide is not None:
            self._slide(target, step.slide, (x, y))
        else:
            self._act(Click(start_point=(x, y), clicks=step.clicks))

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
        missed = 0
        for _ in range(_PATIENCE):
            if self._environment.evaluate(_PENDING):  # something comes up by itself in a moment
                self._act(Wait(duration_ms=600))
                continue
            found = self._find(css)
            if found is None:
                self._act(Wait(duration_ms=300))  # a page of scripts may still be making it
                missed += 1
                if missed < _MISSES:
                    continue
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
            # Over the column that it stands in: a page may have several that scroll by themselves.
            point = (min(max(found["x"], 1), found["width"] - 2), min(max(found["y"], 1), found["height"] - 2))
            over = self._seen.frame.device_to_screen(*point)
            way: Literal["down", "up"] = "down" if off > 0 else "up"
            self._act(Scroll(direction=way, scroll_distance=distance, start_point=over))
        raise OracleFailed(f"{css} cannot be brought into reach")

    def _find(self, css: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._environment.evaluate(_FIND, css)
        return found

    def _act(self, action: BaseAction) -> None:
        outcome = self._environment.execute(action, self._seen)
        if outcome.error is not None:
            raise OracleFailed(f"{action.to_json()}: {outcome.error.message}")
        self._seen = outcome.observation
