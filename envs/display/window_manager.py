"""The window manager of a private display, and the settings that make it predictable.

The system's own settings differ from machine to machine, and most let the wheel over the background switch
between desktops. These have one desktop, focus that follows clicks, and the usual ways to move and close windows.
"""

from __future__ import annotations

import shutil
from pathlib import Path

# In order of preference; the arguments keep them from taking part in a session of the user.
_MANAGERS: dict[str, tuple[str, ...]] = {
    "openbox": ("--sm-disable",),
    "xfwm4": ("--compositor=off", "--sm-client-disable"),
    "metacity": ("--no-composite", "--sm-disable"),
    "marco": ("--no-composite", "--sm-disable"),
    "icewm": (),
    "fluxbox": (),
    "twm": (),
}


def _bind(button: str, **actions: tuple[str, ...]) -> str:
    """Mouse bindings: mouse event (Press, Click, Drag, DoubleClick) → names of Openbox actions."""
    text = ""
    for event, names in actions.items():
        done = "".join(f'<action name="{name}"/>' for name in names)
        text += f'<mousebind button="{button}" action="{event}">{done}</mousebind>'
    return text


_TO_FRONT = ("Focus", "Raise", "Unshade")
_MOUSE = {
    "Frame": _bind("A-Left", Press=("Focus", "Raise"), Drag=("Move",)),
    "Titlebar": _bind("Left", Press=_TO_FRONT, Drag=("Move",), DoubleClick=("ToggleMaximize",)),
    "Client": "".join(_bind(button, Press=("Focus", "Raise")) for button in ("Left", "Middle", "Right")),
    "Close": _bind("Left", Press=_TO_FRONT, Click=("Close",)),
    "Maximize": _bind("Left", Press=_TO_FRONT, Click=("ToggleMaximize",)),
    "Iconify": _bind("Left", Press=_TO_FRONT, Click=("Iconify",)),
} | {
    f"{edge} Grip": _bind("Left", Press=_TO_FRONT, Drag=("Resize",))
    for edge in ("Top", "Bottom", "Left", "Right", "TLCorner", "TRCorner", "BLCorner", "BRCorner")
}


def _openbox() -> str:
    contexts = "".join(
        f'<context name="{name.replace(" Grip", "")}">{binds}</context>' for name, binds in _MOUSE.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
<focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
<placement><policy>Smart</policy><center>yes</center></placement>
<theme><name>Clearlooks</name><titleLayout>LIMC</titleLayout><animateIconify>no</animateIconify></theme>
<desktops><number>1</number><popupTime>0</popupTime></desktops>
<resize><drawContents>yes</drawContents><popupShow>Never</popupShow></resize>
<keyboard>
<keybind key="A-F4"><action name="Close"/></keybind>
<keybind key="A-Tab"><action name="NextWindow"><finalactions>
<action name="Focus"/><action name="Raise"/><action name="Unshade"/></finalactions></action></keybind>
</keyboard>
<mouse><dragThreshold>4</dragThreshold><doubleClickTime>400</doubleClickTime>{contexts}</mouse>
</openbox_config>
"""


def found(wanted: str) -> str | None:
    """Name of the window manager to use: the wanted one, else the first that is installed; None: there is none."""
    return next((name for name in (wanted, *_MANAGERS) if shutil.which(name)), None)


def command(name: str, folder: Path) -> list[str]:
    """How it is started; its settings, where it needs any, are written into `folder`."""
    argv = [name, *_MANAGERS.get(name, ())]
    if name == "openbox":
        settings = folder / "openbox.xml"
        settings.write_text(_openbox(), encoding="utf-8")
        argv += ["--config-file", str(settings)]
    return argv
