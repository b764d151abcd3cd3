"""What the readers of recordings share: options, what is left out, and the origin of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from model.prompt import is_chinese
from model.training.data.dataset import FolderData
from model.training.data.records import Origin, Record, Split


class BadSource(ValueError):
    """A source that cannot be read as what it was said to be. The message names file and field."""


@dataclass(frozen=True)
class LeftOut:
    """Something that was not taken over.

    Attributes:
        where: file and item.
        why: one line.
        fault: something is wrong with it; else a rule leaves it out, such as a run that nothing verified.
    """

    where: str
    why: str
    fault: bool = False


@dataclass(frozen=True)
class Options:
    """How to read.

    Attributes:
        variant: of the layout, where it has some.
        verdicts: episodes that ended so are taken over.
        tasks: folder of OSWorld's task files, for recordings that do not say what the task was.
        source, licence, language, platform: of the records; "": as the recording says, else as its kind is known.
        split: of all records.
        have: ids that the data set holds already; they are not read again.
    """

    variant: str = ""
    verdicts: frozenset[str] = frozenset({"verified"})
    tasks: Path | None = None
    source: str = ""
    licence: str = ""
    language: str = ""
    platform: str = ""
    split: Split = "train"
    have: frozenset[str] = field(default=frozenset(), repr=False)

    def origin(self, source: str, *, text: str = "", platform: str = "", licence: str = "") -> Origin:
        """Where a record comes from.

        Args:
            source, platform, licence: what is known of this kind of recording.
            text: of the screen or task, to tell the language from.
        """
        language = self.language or ("zh" if is_chinese(text) else "en" if text.strip() else "unknown")
        return Origin(
            source=self.source or source,
            licence=self.licence or licence or "unknown",
            language=language,
            platform=self.platform or platform or "unknown",
            split=self.split,
        )


Found = Record | LeftOut
Reader = Callable[[Path, FolderData, Options], Iterator[Found]]
"""Source, data set that takes the pictures, options → records and what is left out, in the source's order."""
