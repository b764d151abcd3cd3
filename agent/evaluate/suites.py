"""The one registry of suites: what `agent eval` can play, and where its tasks or items come from.

A suite of *episodes* is played in a browser or on a desktop; a suite of *items* is asked about recorded pictures.
A new suite is one row here and one reader.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from action_space.plugins import Registry

if TYPE_CHECKING:
    from agent.evaluate.datasets.base import Item
    from envs.tasks.base import Task

Needs = Literal["nothing", "folder"]


@dataclass(frozen=True)
class Suite:
    """One row.

    Attributes:
        name: what the command line takes.
        about: what it is, in half a sentence.
        kind: episodes, or items.
        needs: folder: `--data` has to say where it lies.
        load: for episodes: (folder) → tasks; for items: (folder, variant, gathering) fills the gathering.
        variants: what `--variant` takes.
        seeds: how many of each task are played where nobody says; 1 where a seed changes nothing.
    """

    name: str
    about: str
    kind: Literal["episodes", "items"]
    needs: Needs
    load: Callable[..., Any]
    variants: str = ""
    seeds: int = 5


@dataclass(frozen=True)
class LoadedItems:
    """The items of a suite, as they were read.

    Attributes:
        skipped: complaints about items that were left out.
        data: hash over the data, how many items, variant.
    """

    items: list[Item]
    skipped: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def _demo(folder: Path | None) -> list[Task]:
    from envs.tasks import suite

    return list(suite("demo"))


def _desktop(folder: Path | None) -> list[Task]:
    from envs.tasks import suite

    return list(suite("desktop"))


def _apps(folder: Path | None) -> list[Task]:
    from envs.tasks import suite

    return list(suite("apps"))


def _osworld(folder: Path | None, skip_bad: bool = False) -> list[Task]:
    from envs.tasks import load
    from envs.tasks.check import paths
    from envs.tasks.registry import TaskFileError

    assert folder is not None
    if not folder.is_dir():
        raise ValueError(f"{folder}: is not a folder; --data takes the folder of task files")
    found: list[Task] = []
    complaints = []
    for path in paths(folder):
        try:
            found.append(load(path))
        except TaskFileError as error:
            complaints.append(str(error))
    if complaints and not (skip_bad and found):
        more = f"\nand {len(complaints) - 5} more" if len(complaints) > 5 else ""
        count = f"{len(complaints)} of {len(complaints) + len(found)} task files cannot be played"
        hint = "nothing is left" if skip_bad else "--skip-bad leaves them out"
        raise ValueError(f"{count}; {hint}:\n" + "\n".join(complaints[:5]) + more)
    return found


def _miniwob(part: str) -> Callable[[Path | None], list[Task]]:
    def load(folder: Path | None) -> list[Task]:
        from envs.tasks.suites.miniwob import tasks as miniwob

        return list(miniwob.tasks(part))

    return load


def _reader(module: str, name: str) -> Callable[..., None]:
    """The reader of that name; its module is loaded when the suite is."""

    def read(*arguments: Any) -> None:
        from importlib import import_module

        getattr(import_module(f"agent.evaluate.{module}"), name)(*arguments)

    return read


_ROWS = (
    Suite("demo", "the tasks of the bundled demo store", "episodes", "nothing", _demo),
    Suite("desktop", "the bundled tasks on desktop applications", "episodes", "nothing", _desktop),
    Suite("apps", "everyday tasks on real applications: --apps, --half", "episodes", "nothing", _apps, seeds=1),
    Suite("osworld", "a folder of OSWorld's task files", "episodes", "folder", _osworld),
    Suite("miniwob", "every task page of the miniwob package", "episodes", "nothing", _miniwob("all")),
    Suite(
        "miniwob-dev",
        "the 28 of them that may be looked at while developing",
        "episodes",
        "nothing",
        _miniwob("dev"),
    ),
    Suite(
        "miniwob-held-out",
        "all others: use --blind until the figure stands",
        "episodes",
        "nothing",
        _miniwob("held-out"),
    ),
    Suite(
        "miniwob-held-out-seen",
        "the half of them that may be looked at now (even hash of the name)",
        "episodes",
        "nothing",
        _miniwob("held-out-seen"),
    ),
    Suite(
        "miniwob-held-out-unseen",
        "the half that stays blind: use --blind",
        "episodes",
        "nothing",
        _miniwob("held-out-unseen"),
    ),
    Suite(
        "screenspot",
        "ScreenSpot: elements on phones, desktops and the web",
        "items",
        "folder",
        _reader("datasets.readers", "read_screenspot"),
    ),
    Suite(
        "screenspot-v2",
        "the same, corrected",
        "items",
        "folder",
        _reader("datasets.readers", "read_screenspot"),
    ),
    Suite(
        "screenspot-pro",
        "small elements of professional applications",
        "items",
        "folder",
        _reader("datasets.readers", "read_screenspot_pro"),
        "en, cn",
    ),
    Suite(
        "osworld-g",
        "OSWorld-G: boxes, polygons, and things that are not there",
        "items",
        "folder",
        _reader("datasets.readers", "read_osworld_g"),
        "plain, refined",
    ),
    Suite(
        "visualwebbench",
        "VisualWebBench: seven kinds of questions about web pages",
        "items",
        "folder",
        _reader("datasets.web_readers", "read_visualwebbench"),
        "a subset, or point",
    ),
    Suite(
        "websrc",
        "WebSRC: questions about web pages",
        "items",
        "folder",
        _reader("datasets.web_readers", "read_websrc"),
        "train, dev, test",
    ),
    Suite(
        "stepwise",
        "recorded phone episodes as CAGUI and AITZ have them",
        "items",
        "folder",
        _reader("recorded.stepwise_read", "read_stepwise"),
        "cagui, android-control",
    ),
    Suite(
        "android-control",
        "AndroidControl: recorded phone episodes",
        "items",
        "folder",
        _reader("recorded.stepwise_read", "read_android_control"),
        "high, low",
    ),
    Suite(
        "screenagent",
        "ScreenAgent's recorded desktop sessions",
        "items",
        "folder",
        _reader("recorded.screenagent", "read_screenagent"),
        "en, zh",
    ),
    Suite(
        "folder",
        "items of your own: items.jsonl and pictures",
        "items",
        "folder",
        _reader("datasets.readers", "read_own"),
    ),
)

SUITES: Registry[Suite] = Registry(
    {row.name: row for row in _ROWS}, "gui_agent.suites", lambda row: isinstance(row, Suite)
)


def find(name: str) -> Suite:
    """The row of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in SUITES:
        raise ValueError(f"suite: {name!r} is not known; accepted: {', '.join(SUITES)}")
    return SUITES[name]


def load_tasks(
    name: str, folder: Path | None = None, names: str | None = None, *, skip_bad: bool = False
) -> list[Task]:
    """The tasks of a suite of episodes, or those of them that `names` (separated by commas) lists.

    Args:
        skip_bad: leave out files of a folder that are no tasks which can be played here.

    Raises:
        ValueError: no such suite or task, its folder is missing, or what it needs is not installed.
    """
    from envs.tasks.base import SetupFailed

    row = find(name)
    if row.kind != "episodes":
        raise ValueError(f"suite: {name} has items, no episodes")
    _check_folder(row, folder)
    try:
        found: list[Task] = row.load(folder, skip_bad) if row.needs == "folder" else row.load(folder)
    except SetupFailed as error:
        raise ValueError(str(error)) from error
    return _chosen(name, found, names)


def load_items(
    name: str,
    folder: Path | None,
    *,
    variant: str = "",
    skip_bad: bool = False,
    names: str | None = None,
    limit: int | None = None,
) -> LoadedItems:
    """The items of a suite.

    Args:
        variant: see the suite's row; "": its default.
        skip_bad: count items that are not right and leave them out.
        names: ids, separated by commas: only these.
        limit: only so many, spread evenly over all.

    Raises:
        BadData: the data is not right; the message names file, item and field.
        ValueError: no such suite or id, or no folder given.
    """
    from agent.evaluate.datasets.records import Gathering, data_hash

    row = find(name)
    if row.kind != "items":
        raise ValueError(f"suite: {name} has episodes, no items")
    _check_folder(row, folder)
    if variant and not row.variants:
        raise ValueError(f"variant: {name} has none")
    gathering: Gathering[Item] = Gathering(skip_bad)
    row.load(folder, variant, gathering)
    items = gathering.items()
    digest = data_hash(dict.fromkeys(gathering.files), (item.picture for item in items))
    data = {"hash": digest, "items": len(items), "variant": variant, "skipped": len(gathering.complaints)}
    items = _chosen(name, items, names)
    if limit is not None and limit < len(items):
        items = [items[number * len(items) // limit] for number in range(limit)]
    return LoadedItems(items, tuple(gathering.complaints), data)


def _check_folder(row: Suite, folder: Path | None) -> None:
    if row.needs == "folder" and folder is None:
        raise ValueError(f"data: {row.name} needs --data FOLDER; docs/evaluation.md says what lies in it")
    if row.needs == "nothing" and folder is not None:
        raise ValueError(f"data: {row.name} is bundled and takes no --data")


def _chosen(name: str, found: list[Any], names: str | None) -> list[Any]:
    if names is None:
        return found
    by_id = {task.id: task for task in found}
    wanted = [part.strip() for part in names.split(",") if part.strip()]
    unknown = [part for part in wanted if part not in by_id]
    if unknown:
        have = sorted(by_id)
        listed = ", ".join(have[:200]) + (" …" if len(have) > 200 else "")
        raise ValueError(f"tasks: {', '.join(unknown)} not in {name}; it has {listed}")
    return [by_id[part] for part in wanted]
