"""The solution of some MiniWoB++ tasks, and a wrong ending, by real input at places that the page is asked for.

They check the harness (start, coordinates, reward, end of the episode), not an agent. Only tasks of `miniwob.DEV`
are here: the others are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from action_space.actions import Click, Input

if TYPE_CHECKING:
    from envs.browser.environment import BrowserEnvironment


class MiniwobEpisode(Protocol):
    """A started episode, as far as its solution needs it."""

    name: str
    instruction: str
    environment: BrowserEnvironment


_BOX = """([selector, text]) => {
  const all = [...document.querySelectorAll(selector)];
  const fits = all.filter(e => text === null || e.textContent.trim() === text);
  if (!fits.length) return null;
  const box = fits[0].getClientRects()[0];
  return [box.left + box.width / 2, box.top + box.height / 2];
}"""


def solve(episode: MiniwobEpisode) -> None:
    """Solve the task.

    Raises:
        NotImplementedError: no solution is written for it.
    """
    _lookup(episode)[0](episode)


def spoil(episode: MiniwobEpisode) -> None:
    """Do the wrong thing.

    Raises:
        NotImplementedError: no wrong ending is written for it, or the page can end in one way only.
    """
    _lookup(episode)[1](episode)


def _lookup(episode: MiniwobEpisode) -> tuple[Callable[[MiniwobEpisode], None], Callable[[MiniwobEpisode], None]]:
    if episode.name not in _ORACLES:
        raise NotImplementedError(f"no oracle is written for {episode.name}; there is for {', '.join(_ORACLES)}")
    return _ORACLES[episode.name]


def _place(episode: MiniwobEpisode, selector: str, text: str | None) -> tuple[int, int]:
    point = episode.environment.evaluate(_BOX, [selector, text])
    if point is None:
        raise LookupError(f"{episode.name}: nothing fits {selector} {text!r}")
    return episode.environment.observe().frame.device_to_screen(*point)


def _click(episode: MiniwobEpisode, selector: str, text: str | None = None) -> None:
    point = _place(episode, selector, text)
    episode.environment.execute(Click(start_point=point), episode.environment.observe())


def _type(episode: MiniwobEpisode, selector: str, text: str) -> None:
    point = _place(episode, selector, None)
    episode.environment.execute(Input(start_point=point, text=text), episode.environment.observe())


def _quoted(episode: MiniwobEpisode) -> str:
    found = re.search('"(.*?)"', episode.instruction)
    if found is None:
        raise LookupError(f"{episode.name}: the instruction quotes nothing: {episode.instruction}")
    return found[1]


def _click_quoted(selector: str) -> Callable[[MiniwobEpisode], None]:
    return lambda episode: _click(episode, selector, _quoted(episode))


def _click_other(selector: str) -> Callable[[MiniwobEpisode], None]:
    def click(episode: MiniwobEpisode) -> None:
        texts = episode.environment.evaluate(
            "selector => [...document.querySelectorAll(selector)].map(e => e.textContent.trim())", selector
        )
        wrong = [text for text in texts if text != _quoted(episode)]
        if not wrong:
            raise NotImplementedError(f"{episode.name}: with this seed there is nothing wrong to click")
        _click(episode, selector, wrong[0])

    return click


def _enter(text: Callable[[MiniwobEpisode], str]) -> Callable[[MiniwobEpisode], None]:
    def enter(episode: MiniwobEpisode) -> None:
        _type(episode, "#tt", text(episode))
        _click(episode, "#subbtn")

    return enter


def _nothing_wrong(episode: MiniwobEpisode) -> None:
    raise NotImplementedError(f"{episode.name}: the page knows no wrong ending")


_ORACLES: dict[str, tuple[Callable[[MiniwobEpisode], None], Callable[[MiniwobEpisode], None]]] = {
    "click-button": (_click_quoted("#area button"), _click_other("#area button")),
    "click-link": (_click_quoted("#area .alink"), _click_other("#area .alink")),
    "click-test-2": (
        lambda episode: _click(episode, "#area button", "ONE"),
        lambda episode: _click(episode, "#area button", "TWO"),
    ),
    "click-dialog": (lambda episode: _click(episode, "button.ui-button"), _nothing_wrong),
    "enter-text": (_enter(_quoted), _enter(lambda episode: _quoted(episode) + "x")),
    "focus-text": (lambda episode: _click(episode, "#tt"), _nothing_wrong),
}

NAMES = tuple(_ORACLES)
"""Tasks with an oracle."""
