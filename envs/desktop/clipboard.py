"""The two selections of an X display, CLIPBOARD and PRIMARY: read, lent to a paste, and given back.

Runs in the process of mouse and keyboard. On X11 a clipboard's content lives in the program that owns it, so a
thread answers other programs for as long as something is owned, and sees which program asks. That decides what
it gets: a program that text was pasted into gets that text, however late it asks for it, and all others what the
clipboard held before. So a slow program never types what the user had copied.
"""

from __future__ import annotations

import functools
import math
import os
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_READ_S, _SERVE_S = 5.0, 2.0
# For how long the program that text was pasted into may ask for it again: where it was seen to arrive, and not.
_LATE_S, _UNSEEN_S = 3.0, 30.0
_CHUNK = 60_000  # bytes; below the longest request that every server takes
_SAVED_AT_MOST = 64 << 20  # bytes of another program's clipboard that are kept
_TEXTS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING")
_NO_DATA = ("TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY")

Content = dict[str, bytes]
"""Target (a MIME type or an X name) → data."""


@dataclass
class _Loan:
    """Text that was lent to one program. `back`: the others have back what they had."""

    content: Content
    client: int
    back: bool = False
    end: float = math.inf


class Selections:
    """Owner and reader of one display's selections.

    Args:
        connect: opens a connection; two are used, because one thread waits on each.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._reader, self._owner = connect(), connect()
        self._owned: dict[str, Content] = {}
        self._saved: dict[str, Content] = {}
        self._loans: dict[str, _Loan] = {}
        self._asked: list[int] = []
        self._lent = ""
        self._changed = threading.Condition()
        self._orders: list[Callable[[], None]] = []
        self._wake_end, self._wake = os.pipe()
        self._own_window = _window(self._owner)
        self._read_window = _window(self._reader)
        threading.Thread(target=self._serve, daemon=True).start()

    def lend(self, text: str, names: tuple[str, ...], window: int) -> None:
        """Put text into selections, keeping what was there for `give_back`.

        Args:
            window: X11's number of the one that it is pasted into; 0: not known, then whoever asks may be it.

        Raises:
            ValueError: what the clipboard holds is too large to be kept.
        """
        self._lent = text
        loan = _Loan(dict.fromkeys(_TEXTS, text.encode()), self._client(self._reader, window) if window else 0)
        self.forget_who_asked()
        for name in names:
            if name not in self._saved:
                self._saved[name] = self._content(name)
            self._order(functools.partial(self._take, name, loan.content, loan))

    def forget_who_asked(self) -> None:
        """From here on `taken` counts; some programs look at a clipboard whenever it changes."""
        with self._changed:
            self._asked.clear()

    def taken(self, limit_s: float = _SERVE_S) -> str:
        """Who has taken what was lent, after a wait: "program"; "other", as a clipboard manager; ""."""

        def program() -> bool:
            clients = {loan.client for loan in self._loans.values()}
            return bool(self._asked) and (0 in clients or bool(clients & set(self._asked)))

        with self._changed:
            if self._changed.wait_for(program, limit_s):
                return "program"
            return "other" if self._asked else ""

    def give_back(self, seen: bool = True) -> None:
        """Put back what `lend` replaced, for all but the program that it was lent to.

        That the content is another one is only announced when the loan is over: Chromium drops a paste that is
        under way when a clipboard changes.

        Args:
            seen: the text was seen to arrive; else that program may ask for it for longer.
        """
        for name, content in self._saved.items():
            loan = self._loans.get(name)
            if loan is not None:
                self._owned[name] = content
                loan.back, loan.end = True, time.monotonic() + (_LATE_S if seen else _UNSEEN_S)
            elif self.text(name) == self._lent:
                self._own(name, content)  # a clipboard manager took over what was only lent
        self._saved.clear()
        self._order(lambda: None)  # for the new end to be waited for

    def end_loans(self) -> None:
        """What is pasted from here on is what the clipboard holds for everybody."""
        for loan in self._loans.values():
            loan.end = 0.0 if loan.back else loan.end
        self._order(self._announce)

    def _announce(self) -> None:
        """End the loans that are over: the selection is what it was before, for all."""
        for name in [name for name, loan in self._loans.items() if loan.end <= time.monotonic()]:
            del self._loans[name]
            self._take(name, self._owned.get(name, {}))
        with self._changed:
            self._changed.notify_all()

    def forget(self, name: str) -> None:
        """Leave a selection without an owner, so that `text` tells a new one from the old."""
        self._own(name, {})

    def text(self, name: str) -> str | None:
        """The selection's text; None: there is none, or its owner does not answer."""
        for target in ("UTF8_STRING", "STRING"):
            data = self._read(name, target)
            if data is not None:
                return data.decode("utf-8" if target == "UTF8_STRING" else "latin-1", "replace")
        return None

    @property
    def lasting(self) -> bool:
        """Something is owned that a person may still want to paste."""
        return bool(self._owned.get("CLIPBOARD"))

    def outlive(self) -> None:
        """Answer until another program takes the clipboard over, as all programs that copy do."""
        with self._changed:
            self._changed.wait_for(lambda: not self.lasting and not self._loans)

    # -- owning ---------------------------------------------------------------------------------------------

    def _own(self, name: str, content: Content) -> None:
        self._order(functools.partial(self._take, name, content))

    def _take(self, name: str, content: Content, loan: _Loan | None = None) -> None:
        if loan is not None:
            self._loans[name] = loan
        selection = self._owner.intern_atom(name)
        self._owned[name] = content
        if content:
            self._own_window.set_selection_owner(selection, 0)
        else:
            from Xlib.protocol import request

            request.SetSelectionOwner(
                display=self._owner.display, onerror=None, window=0, selection=selection, time=0
            )
        self._owner.sync()

    def _order(self, act: Callable[[], None]) -> None:
        """Have the thread that owns the connection do something, and wait until it is done."""
        done = threading.Event()

        def order() -> None:
            act()
            done.set()

        self._orders.append(order)
        os.write(self._wake, b"!")
        done.wait(_READ_S)

    def _serve(self) -> None:
        from Xlib import X, error

        try:
            while True:
                while self._owner.pending_events():
                    event = self._owner.next_event()
                    if event.type == X.SelectionRequest:
                        self._answer(event)
                    elif event.type == X.SelectionClear:
                        with self._changed:
                            name = self._owner.get_atom_name(event.atom)
                            self._owned.pop(name, None)
                            self._loans.pop(name, None)
                            self._changed.notify_all()
                ends = min((loan.end for loan in self._loans.values()), default=math.inf)
                left = None if ends == math.inf else max(0.0, ends - time.monotonic())
                ready, _, _ = select.select([self._owner.fileno(), self._wake_end], [], [], left)
                self._announce()
                if self._wake_end in ready:
                    os.read(self._wake_end, 1)
                    self._orders.pop(0)()
        except (error.ConnectionClosedError, OSError):
            with self._changed:
                self._owned.clear()
                self._changed.notify_all()

    def _answer(self, asked: Any) -> None:
        from Xlib import X, Xatom
        from Xlib.protocol import event

        display = self._owner
        name, client = display.get_atom_name(asked.selection), self._client(display, asked.requestor.id)
        content = self._owned.get(name, {})
        loan = self._loans.get(name)
        if loan is not None and loan.back and loan.client in (0, client) and time.monotonic() < loan.end:
            content = loan.content
        target = display.get_atom_name(asked.target)
        into = asked.property or asked.target
        if target == "TARGETS":
            atoms = [display.intern_atom(name) for name in ("TARGETS", *content)]
            asked.requestor.change_property(into, Xatom.ATOM, 32, atoms)
        elif target in content:
            data = content[target]
            kind = display.intern_atom("UTF8_STRING" if target == "TEXT" else target)
            asked.requestor.change_property(into, kind, 8, data[:_CHUNK])
            for start in range(_CHUNK, len(data), _CHUNK):
                part = data[start : start + _CHUNK]
                asked.requestor.change_property(into, kind, 8, part, mode=X.PropModeAppend)
        else:
            into = X.NONE
        told = event.SelectionNotify(
            time=asked.time,
            requestor=asked.requestor,
            selection=asked.selection,
            target=asked.target,
            property=into,
        )
        asked.requestor.send_event(told)
        display.sync()
        if target in content:
            with self._changed:
                self._asked.append(client)
                self._changed.notify_all()

    def _client(self, display: Any, window: int) -> int:
        """The program that a window belongs to: its process; where that is not known, its connection."""
        from envs.display.windows import process_of

        return process_of(display, window) or window & ~self._reader.display.info.resource_id_mask

    # -- reading --------------------------------------------------------------------------------------------

    def _content(self, name: str) -> Content:
        """All that the selection's owner offers, within the limit; a big picture may be left out."""
        owner = self._reader.get_selection_owner(self._reader.intern_atom(name))
        if not owner:
            return {}
        if owner.id == self._own_window.id:
            return self._owned.get(name, {})
        atoms = self._read(name, "TARGETS")
        targets = ["UTF8_STRING", "STRING"]
        if atoms:
            numbers = memoryview(atoms[: len(atoms) // 4 * 4]).cast("I")
            targets = [self._reader.get_atom_name(number) for number in numbers if number]
        found: Content = {}
        left_out = False
        for target in targets[:24]:
            if target not in _NO_DATA and (data := self._read(name, target)) is not None:
                if sum(map(len, found.values())) + len(data) > _SAVED_AT_MOST:
                    left_out = True
                    continue
                found[target] = data
        if left_out and not found and name == "CLIPBOARD":
            raise ValueError(
                f"text: the clipboard holds more than {_SAVED_AT_MOST >> 20} MB, which pasting would lose; "
                "copy something small, or type only what the keyboard has"
            )
        return found

    def _read(self, name: str, target: str) -> bytes | None:
        from Xlib import X

        display, window = self._reader, self._read_window
        selection, into = display.intern_atom(name), display.intern_atom("AGENT_READ")
        if not display.get_selection_owner(selection):
            return None
        window.delete_property(into)
        window.convert_selection(selection, display.intern_atom(target), into, X.CurrentTime)
        told = self._event(lambda event: event.type == X.SelectionNotify)
        if told is None or told.property == X.NONE:
            return None
        found = window.get_full_property(into, X.AnyPropertyType)
        if found is None:
            return None
        if found.property_type != display.intern_atom("INCR"):
            return _bytes(found)
        data = b""
        window.delete_property(into)  # this asks for the first part; an empty one is the end
        while self._event(lambda event: event.type == X.PropertyNotify and event.state == X.PropertyNewValue):
            part = window.get_full_property(into, X.AnyPropertyType)
            window.delete_property(into)
            if part is None or not len(part.value):
                return data
            data += _bytes(part)
        return None

    def _event(self, wanted: Callable[[Any], bool]) -> Any:
        """The next event of that kind; None after the time limit."""
        display = self._reader
        deadline = time.monotonic() + _READ_S
        while (left := deadline - time.monotonic()) > 0:
            display.flush()
            while display.pending_events():
                event = display.next_event()
                if wanted(event):
                    return event
            select.select([display.fileno()], [], [], left)
        return None


def _window(display: Any) -> Any:
    from Xlib import X

    root = display.screen().root
    return root.create_window(-10, -10, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask)


def _bytes(found: Any) -> bytes:
    value = found.value
    return value if isinstance(value, bytes) else value.tobytes() if hasattr(value, "tobytes") else bytes(value)
