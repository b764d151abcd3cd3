"""What other installed packages add: entry points of the groups `gui_agent.families`, `.formats` and `.suites`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """Name → object: our own, then those of other packages, which are loaded when one is first asked for.

    Args:
        own: ours, by name; another package cannot take the place of one.
        group: of entry points, such as "gui_agent.families".
        fits: whether an object is what the group holds.
    """

    def __init__(self, own: Mapping[str, T], group: str, fits: Callable[[Any], bool]) -> None:
        self._own, self._group, self._fits = dict(own), group, fits

    @cached_property
    def _others(self) -> dict[str, T]:
        """A plug-in that cannot be loaded, or does not fit, is left out with a warning."""
        found = {}
        for point in entry_points(group=self._group):
            what = f"{self._group}: {point.name} ({point.value})"
            try:
                loaded = point.load()
            except Exception as error:  # whatever another package's module does when it is imported
                warnings.warn(f"{what} cannot be loaded: {error!r}", stacklevel=2)
                continue
            if point.name in self._own or not self._fits(loaded):
                why = (
                    "has the name of a built-in one" if point.name in self._own else "is not what the group holds"
                )
                warnings.warn(f"{what} {why}", stacklevel=2)
            else:
                found[point.name] = loaded
        return found

    def __getitem__(self, name: str) -> T:
        return self._own[name] if name in self._own else self._others[name]

    def __iter__(self) -> Iterator[str]:
        yield from (*self._own, *self._others)

    def __len__(self) -> int:
        return len(self._own) + len(self._others)
