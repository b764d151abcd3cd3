"""The two requests of the X Keyboard Extension that pressing keys needs: which group is in use, and use another.

python-xlib does not know the extension. Names and layouts are those of "The X Keyboard Extension: Protocol
Specification" (X Consortium), requests 0 (UseExtension), 4 (GetState) and 5 (LatchLockState).
"""

from __future__ import annotations

from typing import Any

from Xlib.protocol import rq

_CORE_KEYBOARD = 0x100


class _UseExtension(rq.ReplyRequest):  # type: ignore[misc,unused-ignore]
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(0), rq.RequestLength(), rq.Card16("major"), rq.Card16("minor")
    )
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Bool("supported"), rq.Card16("sequence_number"), rq.ReplyLength(), rq.Pad(24)
    )


class _GetState(rq.ReplyRequest):  # type: ignore[misc,unused-ignore]
    _request = rq.Struct(rq.Card8("opcode"), rq.Opcode(4), rq.RequestLength(), rq.Card16("device"), rq.Pad(2))
    _reply = rq.Struct(
        rq.ReplyCode(), rq.Card8("device"), rq.Card16("sequence_number"), rq.ReplyLength(),
        rq.Card8("mods"), rq.Card8("base_mods"), rq.Card8("latched_mods"), rq.Card8("locked_mods"),
        rq.Card8("group"), rq.Card8("locked_group"), rq.Pad(18),
    )  # fmt: skip


class _LatchLockState(rq.Request):  # type: ignore[misc,unused-ignore]
    _request = rq.Struct(
        rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device"),
        rq.Pad(2), rq.Bool("lock_group"), rq.Card8("group"), rq.Pad(6),
    )  # fmt: skip


class Groups:
    """The keyboard's groups, which are its layouts, 0 to 3, on one connection."""

    def __init__(self, display: Any) -> None:
        self._display = display.display
        known = display.query_extension("XKEYBOARD")
        self._opcode = known.major_opcode if known else 0
        if self._opcode:
            _UseExtension(display=self._display, opcode=self._opcode, major=1, minor=0)

    @property
    def known(self) -> bool:
        """Whether this server has the extension."""
        return bool(self._opcode)

    def now(self) -> int:
        """The group in use."""
        state = _GetState(display=self._display, opcode=self._opcode, device=_CORE_KEYBOARD)
        return int(state.group)

    def use(self, group: int) -> None:
        """Use another from here on; keys that are pressed after this are those of that group."""
        _LatchLockState(
            display=self._display, opcode=self._opcode, device=_CORE_KEYBOARD, lock_group=1, group=group
        )
