"""The records of a data set, version 1 (docs/data-format.md).

A data set is a folder: `records.jsonl`, one record a line, and the pictures that the records name, each by a path
relative to the folder. All points and boxes are pixels of the original picture, origin at its top left corner; a
box is (left, top, right, bottom) with right and bottom outside. What a model family wants instead (another size,
another grid, its own prompt) is applied at training time (`model.training.data.render`), never stored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

VERSION = 1

# What a screen consists of. The order is the detector's: a new kind goes to the end.
ElementKind = Literal[
    "button", "link", "field", "checkbox", "radio", "switch", "select", "slider", "tab", "menu_item", "cell",
    "icon", "image", "dialog", "text", "heading",
]  # fmt: skip
ELEMENT_KINDS: tuple[str, ...] = get_args(ElementKind)
ElementState = Literal["checked", "selected", "disabled", "focused", "expanded"]
ELEMENT_STATES: tuple[str, ...] = get_args(ElementState)

Box = tuple[float, float, float, float]  # left, top, right, bottom; pixels of the picture
Split = Literal["train", "validation", "test"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Picture(_Record):
    """One picture of the data set."""

    path: str  # relative to the folder of the data set, with forward slashes, never climbing out of it
    width: int = Field(gt=0)  # pixels
    height: int = Field(gt=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")  # of the file
    phash: str = Field(pattern=r"^[0-9a-f]{16}$")  # 64-bit perceptual hash (DCT), hexadecimal
    scale: float = Field(default=1.0, gt=0)  # device pixels per CSS or logical pixel


class Origin(_Record):
    """Where a record comes from and what it may be used for. Stands on every record."""

    source: str = Field(min_length=1)  # "runs", "screenagent", "synth", …
    licence: str = Field(min_length=1)  # SPDX where there is one, "unknown" where nobody said
    language: str = Field(min_length=2)  # of the screen: "en", "zh", "mixed", "unknown"
    platform: str = Field(min_length=1)  # "web", "linux", "windows", "macos", "android", …
    split: Split = "train"


class Element(_Record):
    """One visible element of a screen."""

    kind: ElementKind
    box: Box
    text: str = ""  # what can be read on it, or its name where it has no text
    states: tuple[ElementState, ...] = ()
    purpose: str = ""  # what it does, in words, where that is known ("search", "close")


class GroundingItem(_Record):
    """Picture and instruction → where. `boxes` is empty exactly when `absent` is true: it is not on the screen."""

    record: Literal["grounding"] = "grounding"
    id: str = Field(min_length=1)
    origin: Origin
    picture: Picture
    instruction: str = Field(min_length=1)
    boxes: tuple[Box, ...] = ()  # any of them is right
    absent: bool = False
    kind: ElementKind | None = None
    text: str = ""  # what stands on the element
    asked_by: str = ""  # text, purpose, relation, state, caption, transition, …


class Step(_Record):
    """One step of an episode: what was seen, what was answered, what came of it."""

    picture: Picture
    frame: dict[str, Any] | None = None  # `Frame.to_json()` of the run, where the recording has one
    notes: tuple[str, ...] = ()  # what the model was told that no pixel shows
    thought: str = ""
    answer: str = ""  # the model's raw text, where there was a model
    action: (
        dict[str, Any] | None
    )  # canonical action (`action_space`), points in pixels of `picture`; None: no answer
    target: Box | None = None  # what the action hit, where that is known
    outcome: Literal["done", "failed", "unknown"] = "unknown"
    effect: str = ""  # what changed, in words
    error: str = ""  # why it was not done, in words
    learn: bool = True  # False: kept as history, never as a target (failed, undone, a secret)


class Episode(_Record):
    """A task and its steps in order."""

    record: Literal["episode"] = "episode"
    id: str = Field(min_length=1)
    origin: Origin
    task: str = Field(min_length=1)
    steps: tuple[Step, ...] = Field(min_length=1)
    actions: tuple[str, ...] = ()  # names of the actions that could be done there; (): all of `action_space`
    verdict: Literal["verified", "claimed", "failed", "unknown"] = "unknown"
    reward: float | None = None  # in [0, 1], of the environment's judge


class ParsedScreen(_Record):
    """A picture with every element that can be seen on it."""

    record: Literal["screen"] = "screen"
    id: str = Field(min_length=1)
    origin: Origin
    picture: Picture
    elements: tuple[Element, ...] = ()
    look: str = ""  # component library or style that drew it: what is held out as a whole


class TextItem(_Record):
    """Text in, text out: sentences and the goals they mean."""

    record: Literal["text"] = "text"
    id: str = Field(min_length=1)
    origin: Origin
    prompt: str = Field(min_length=1)
    completion: str = Field(min_length=1)


Record = GroundingItem | Episode | ParsedScreen | TextItem
RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="record")])
