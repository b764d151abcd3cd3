"""The action space, schema version 1: one frozen pydantic model per action.

The core is the GUI action space that MiMo-VL was trained on (MiMo-VL technical report, arXiv 2506.03569,
appendix D, table 5), with its action and field names. What that table lacks is an *extension*: a class with
``EXTENSION = True``, or a field marked ``x-extension`` in the JSON Schema.

Canonical conventions, whatever a model family says on the wire (``action_space.formats`` translates):

* a point is ``[x, y]``, integer pixels of the screenshot that the action answers, origin top left;
* a scroll direction is the direction in which the *view* moves: ``down`` reveals what is below;
* a distance is in screenshot pixels, a duration in milliseconds.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from action_space.keys import chord, struck

SCHEMA_VERSION = 1

Coordinate = Annotated[int, Field(ge=0, le=65535)]
Point = tuple[Coordinate, Coordinate]
Direction = Literal["up", "down", "left", "right"]
Button = Literal["left", "right", "middle"]
Modifier = Literal["ctrl", "shift", "alt", "meta"]
Keys = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=32)], ...], AfterValidator(chord)]
Status = Literal["success", "failed", "unsure", "infeasible"]

_POINT = "Pixels of the screenshot, origin top left."
_HERE = "Absent: where the pointer is."
_EXT: dict[str, Any] = {"x-extension": True}


class BaseAction(BaseModel):
    """What all actions share. Unknown fields are refused, values never change after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    EXTENSION: ClassVar[bool] = False
    EXAMPLE: ClassVar[dict[str, Any]] = {}

    action: str

    def points(self) -> dict[str, tuple[int, int]]:
        """Field name → point, for every point that this action carries."""
        named = (
            ("start_point", getattr(self, "start_point", None)),
            ("end_point", getattr(self, "end_point", None)),
        )
        return {name: value for name, value in named if value is not None}

    def to_json(self) -> dict[str, Any]:
        """The shortest JSON object that validates to this action: defaults are left out."""
        return {"action": self.action, **self.model_dump(mode="json", exclude_defaults=True)}


class Click(BaseAction):
    """Click at a point."""

    EXAMPLE = {"action": "click", "start_point": [640, 400]}
    action: Literal["click"] = "click"
    start_point: Point | None = Field(None, description=f"Where to click. {_POINT} {_HERE}", examples=[[640, 400]])
    text: str | None = Field(
        None,
        max_length=1000,
        description="The text on the element, for the record; does not change the click.",
        examples=["Add to cart"],
    )
    button: Button = Field("left", description="Mouse button.", json_schema_extra=_EXT, examples=["right"])
    clicks: int = Field(
        1, ge=1, le=3, description="1 single, 2 double, 3 triple click.", json_schema_extra=_EXT, examples=[2]
    )
    modifiers: tuple[Modifier, ...] = Field(
        (),
        max_length=4,
        description="Keys held down during the click.",
        json_schema_extra=_EXT,
        examples=[["ctrl"]],
    )


class Scroll(BaseAction):
    """Scroll the view in a direction."""

    EXAMPLE = {"action": "scroll", "direction": "down", "scroll_distance": 400}
    action: Literal["scroll"] = "scroll"
    direction: Direction = Field(
        description="Direction in which the view moves: 'down' reveals what is below.", examples=["down"]
    )
    scroll_distance: int | None = Field(
        None,
        ge=1,
        le=65535,
        examples=[400],
        description="How far, in screenshot pixels. Absent: about two thirds of the view.",
    )
    notches: int | None = Field(
        None,
        ge=1,
        le=1000,
        description="How far in notches of the wheel, for tools that count these. A wheel turns exactly so far, "
        "whatever `scroll_distance` says.",
        json_schema_extra=_EXT,
        examples=[5],
    )
    start_point: Point | None = Field(
        None,
        description=f"Scroll what lies under this point. {_POINT} Absent: the middle of the view.",
        json_schema_extra=_EXT,
        examples=[[640, 400]],
    )
    modifiers: tuple[Modifier, ...] = Field(
        (),
        max_length=4,
        description="Keys held down meanwhile.",
        json_schema_extra=_EXT,
        examples=[["ctrl"]],
    )


class Input(BaseAction):
    """Type text, at a point or where the focus is."""

    EXAMPLE = {"action": "input", "text": "SU7", "start_point": [640, 60]}
    action: Literal["input"] = "input"
    text: str = Field(
        max_length=100_000,
        description="Typed exactly as it stands: any Unicode, no escapes. A line break is Enter, a tab is Tab.",
        examples=["小米 SU7 🚗"],
    )
    start_point: Point | None = Field(
        None,
        description=f"Clicked first, to focus the field. {_POINT} Absent: types into what has the focus.",
        examples=[[640, 60]],
    )
    clear: bool = Field(
        False, description="Empty the field before typing.", json_schema_extra=_EXT, examples=[True]
    )
    submit: bool = Field(
        False, description="Press Enter once after typing.", json_schema_extra=_EXT, examples=[True]
    )


class Drag(BaseAction):
    """Press a button at one point, move, and release at another."""

    EXAMPLE = {"action": "drag", "start_point": [100, 300], "end_point": [400, 300]}
    action: Literal["drag"] = "drag"
    start_point: Point | None = Field(
        None, description=f"Where the button goes down. {_POINT} {_HERE}", examples=[[100, 300]]
    )
    end_point: Point = Field(description=f"Where the button is released. {_POINT}", examples=[[400, 300]])
    path: tuple[Point, ...] = Field(
        (),
        max_length=200,
        description="Points that the pointer passes on the way, in order, without the first and the last. "
        "Absent: a straight line.",
        json_schema_extra=_EXT,
        examples=[[[250, 280]]],
    )
    button: Button = Field("left", description="Mouse button.", json_schema_extra=_EXT, examples=["right"])
    modifiers: tuple[Modifier, ...] = Field(
        (),
        max_length=4,
        description="Keys held down during the drag.",
        json_schema_extra=_EXT,
        examples=[["ctrl"]],
    )

    def points(self) -> dict[str, tuple[int, int]]:
        """See `BaseAction.points`; those of the path are ``path.0``, ``path.1`` …"""
        return super().points() | {f"path.{number}": point for number, point in enumerate(self.path)}


class Open(BaseAction):
    """Open an application."""

    EXAMPLE = {"action": "open", "app": "Text Editor"}
    action: Literal["open"] = "open"
    app: str = Field(
        min_length=1, max_length=200, description="Name of the application.", examples=["Text Editor"]
    )


class Press(BaseAction):
    """Press one chord: all keys go down in order and come up in reverse order.

    A key that is named several times at the end is struck as often: ``["down", "down"]`` is `repeat` 2.
    """

    EXAMPLE = {"action": "press", "keys": ["ctrl", "a"]}
    action: Literal["press"] = "press"
    keys: tuple[Annotated[str, Field(min_length=1, max_length=32)], ...] = Field(
        min_length=1,
        max_length=6,
        examples=[["ctrl", "a"]],
        description="Key names of `action_space.keys` (lower case; aliases such as 'Return' or 'Control' are "
        "accepted), or one character.",
    )
    repeat: int = Field(
        1,
        ge=1,
        le=1000,
        description="How often the last key is struck, while those before it stay down.",
        json_schema_extra=_EXT,
        examples=[3],
    )
    duration_ms: int = Field(
        0,
        ge=0,
        le=60_000,
        description="How long the keys are held down, in milliseconds. 0: a tap.",
        json_schema_extra=_EXT,
        examples=[2000],
    )

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, given: Any) -> Any:
        names = given.get("keys") if isinstance(given, dict) else None
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            return given
        keys, often = struck(names)
        repeat = given.get("repeat", 1)
        return {**given, "keys": keys, "repeat": repeat * often if type(repeat) is int else repeat}


class Finished(BaseAction):
    """End the task and say how it went."""

    EXAMPLE = {"action": "finished", "status": "success"}
    action: Literal["finished"] = "finished"
    status: Status = Field(
        "success",
        examples=["success"],
        description="success: done. failed: not done. unsure: perhaps done. infeasible: it cannot be done here.",
    )
    answer: str | None = Field(
        None,
        max_length=100_000,
        description="The answer, where the task asked for one.",
        json_schema_extra=_EXT,
        examples=["42"],
    )
    reason: str | None = Field(
        None,
        max_length=10_000,
        description="Why this status.",
        json_schema_extra=_EXT,
        examples=["The wish list shows one SU7."],
    )


class LongPress(BaseAction):
    """Hold the left button down at a point."""

    EXAMPLE = {"action": "longpress", "start_point": [640, 400]}
    action: Literal["longpress"] = "longpress"
    start_point: Point | None = Field(None, description=f"Where to press. {_POINT} {_HERE}", examples=[[640, 400]])
    duration_ms: int = Field(
        800,
        ge=100,
        le=60_000,
        description="How long, in milliseconds.",
        json_schema_extra=_EXT,
        examples=[800],
    )


class Hover(BaseAction):
    """Rest the pointer over a point without pressing."""

    EXAMPLE = {"action": "hover", "start_point": [640, 400]}
    action: Literal["hover"] = "hover"
    start_point: Point | None = Field(
        None,
        description=f"Where to. {_POINT} Absent: the pointer stays where it is.",
        json_schema_extra=_EXT,
        examples=[[640, 400]],
    )


class Select(BaseAction):
    """Select text on the screen, or choose the option of that name in a list box at a point."""

    EXAMPLE = {"action": "select", "text": "Blue"}
    action: Literal["select"] = "select"
    text: str = Field(
        min_length=1,
        max_length=100_000,
        description="The text to select, or the option to choose.",
        examples=["Blue"],
    )
    start_point: Point | None = Field(
        None,
        description=f"Where that text, or the list box, is. {_POINT} Absent: the first place that has it.",
        json_schema_extra=_EXT,
        examples=[[640, 400]],
    )


class Wait(BaseAction):
    """Pause briefly."""

    EXAMPLE = {"action": "wait"}
    action: Literal["wait"] = "wait"
    duration_ms: int = Field(
        1000,
        ge=0,
        le=60_000,
        description="How long, in milliseconds.",
        json_schema_extra=_EXT,
        examples=[1000],
    )


class AppSwitch(BaseAction):
    """Switch to a running application."""

    EXAMPLE = {"action": "appswitch", "app": "Text Editor"}
    action: Literal["appswitch"] = "appswitch"
    app: str = Field(
        min_length=1, max_length=200, description="Name of the application.", examples=["Text Editor"]
    )


class Navigate(BaseAction):
    """Open an address in the current tab."""

    EXTENSION = True
    EXAMPLE = {"action": "navigate", "url": "https://example.com/"}
    action: Literal["navigate"] = "navigate"
    url: str = Field(
        min_length=1,
        max_length=20_000,
        pattern=r"^(https?://|file:///|about:blank$)",
        description="http, https or file address.",
        examples=["https://example.com/"],
    )


class Back(BaseAction):
    """Go back one page in the tab's history."""

    EXTENSION = True
    EXAMPLE = {"action": "back"}
    action: Literal["back"] = "back"


class NewTab(BaseAction):
    """Open a tab and switch to it."""

    EXTENSION = True
    EXAMPLE = {"action": "new_tab", "url": "https://example.com/"}
    action: Literal["new_tab"] = "new_tab"
    url: str | None = Field(
        None,
        max_length=20_000,
        pattern=r"^(https?://|file:///|about:blank$)",
        description="Address to open. Absent: an empty tab.",
        examples=["https://example.com/"],
    )


class SwitchTab(BaseAction):
    """Bring a tab to the front."""

    EXTENSION = True
    EXAMPLE = {"action": "switch_tab", "index": 0}
    action: Literal["switch_tab"] = "switch_tab"
    index: int = Field(
        ge=0, le=999, description="Position of the tab, from 0, in the order of opening.", examples=[0]
    )


class CloseTab(BaseAction):
    """Close a tab."""

    EXTENSION = True
    EXAMPLE = {"action": "close_tab"}
    action: Literal["close_tab"] = "close_tab"
    index: int | None = Field(
        None, ge=0, le=999, description="Position of the tab, from 0. Absent: the current tab.", examples=[1]
    )


class Upload(BaseAction):
    """Give files to a file field at a point, or to the file chooser that is open."""

    EXTENSION = True
    EXAMPLE = {"action": "upload", "paths": ["/home/me/photo.png"], "start_point": [640, 400]}
    action: Literal["upload"] = "upload"
    paths: tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...] = Field(
        min_length=1,
        max_length=100,
        description="Absolute paths of the files.",
        examples=[["/home/me/photo.png"]],
    )
    start_point: Point | None = Field(
        None,
        description=f"The file field or its button, clicked first. {_POINT} Absent: a chooser is already open.",
        examples=[[640, 400]],
    )


class Dialog(BaseAction):
    """Answer the JavaScript dialog (alert, confirm, prompt, leave page?) that is open."""

    EXTENSION = True
    EXAMPLE = {"action": "dialog", "response": "accept"}
    action: Literal["dialog"] = "dialog"
    response: Literal["accept", "dismiss"] = Field(description="Press OK, or Cancel.", examples=["accept"])
    text: str | None = Field(
        None, max_length=10_000, description="Text for a prompt; only with 'accept'.", examples=["Blue"]
    )


class AskUser(BaseAction):
    """Ask the person something that the agent cannot know or may not decide."""

    EXTENSION = True
    EXAMPLE = {"action": "ask_user", "question": "Which of the two addresses shall I use?"}
    action: Literal["ask_user"] = "ask_user"
    question: str = Field(
        min_length=1,
        max_length=10_000,
        description="The question, as a person would ask it.",
        examples=["Which of the two addresses shall I use?"],
    )


class _HalfOfPress(BaseAction):
    EXTENSION = True
    keys: Keys = Field(
        min_length=1,
        max_length=6,
        description="Names as for `press`, in the order in which they go down or up.",
        examples=[["shift"]],
    )


class KeyDown(_HalfOfPress):
    """Press keys and keep them down, until `key_up` or the end of the task."""

    EXAMPLE = {"action": "key_down", "keys": ["shift"]}
    action: Literal["key_down"] = "key_down"


class KeyUp(_HalfOfPress):
    """Let go of keys that `key_down` pressed."""

    EXAMPLE = {"action": "key_up", "keys": ["shift"]}
    action: Literal["key_up"] = "key_up"


class _HalfOfClick(BaseAction):
    EXTENSION = True
    start_point: Point | None = Field(
        None, description=f"Where; the pointer goes there first. {_POINT} {_HERE}", examples=[[640, 400]]
    )
    button: Button = Field("left", description="Mouse button.", examples=["right"])


class MouseDown(_HalfOfClick):
    """Press a mouse button and keep it down, until `mouse_up` or the end of the task."""

    EXAMPLE = {"action": "mouse_down", "start_point": [640, 400]}
    action: Literal["mouse_down"] = "mouse_down"


class MouseUp(_HalfOfClick):
    """Let go of a mouse button that `mouse_down` pressed."""

    EXAMPLE = {"action": "mouse_up", "start_point": [640, 400]}
    action: Literal["mouse_up"] = "mouse_up"


Action = Annotated[
    Click
    | Scroll
    | Input
    | Drag
    | Open
    | Press
    | Finished
    | LongPress
    | Hover
    | Select
    | Wait
    | AppSwitch
    | Navigate
    | Back
    | NewTab
    | SwitchTab
    | CloseTab
    | Upload
    | Dialog
    | AskUser
    | KeyDown
    | KeyUp
    | MouseDown
    | MouseUp,
    Field(discriminator="action"),
]

ACTIONS: dict[str, type[BaseAction]] = {
    cls.model_fields["action"].default: cls for cls in get_args(get_args(Action)[0])
}
CORE = tuple(name for name, cls in ACTIONS.items() if not cls.EXTENSION)
# One half of a press or a drag: for tools that speak in events. Never offered to a model that has whole actions.
HALVES = ("key_down", "key_up", "mouse_down", "mouse_up")
EXTENSIONS = tuple(name for name, cls in ACTIONS.items() if cls.EXTENSION)

ADAPTER: TypeAdapter[Any] = TypeAdapter(Action)
