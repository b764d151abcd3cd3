"""Week board: cards to drag between days; a double click marks one as done. Data: Documents/board.json."""

from __future__ import annotations

import tkinter as tk

from envs.tasks.suites.desktop.programs.layout import Box, load, save, tell

FILE = "board.json"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_CARDS = [
    {"title": "Dentist", "day": "Monday", "done": "no"},
    {"title": "Invoices", "day": "Tuesday", "done": "no"},
    {"title": "Choir", "day": "Thursday", "done": "no"},
    {"title": "Shopping", "day": "Thursday", "done": "no"},
]
_COLUMN, _TOP, _CARD, _GAP, _HEIGHT = 170, 40, 46, 10, 420


class Board:
    """The window. Every drop and every mark is saved at once."""

    def __init__(self, root: tk.Tk) -> None:
        self.cards = load(FILE, _CARDS)
        self.held: tuple[int, int, int] | None = None
        root.title("Week board")
        root.geometry(f"{_COLUMN * len(DAYS)}x{_HEIGHT}+100+90")
        self.canvas = tk.Canvas(root, background="white", highlightthickness=0)
        self.canvas.pack(fill="both", expand=True)
        self.canvas.bind("<ButtonPress-1>", self._take)
        self.canvas.bind("<B1-Motion>", self._move)
        self.canvas.bind("<ButtonRelease-1>", self._drop)
        self.canvas.bind("<Double-Button-1>", self._mark)
        self._draw()
        save(FILE, self.cards)
        tell(root, self._boxes)

    def _places(self) -> list[tuple[int, int]]:
        """Left upper corner of each card."""
        used = dict.fromkeys(DAYS, 0)
        places = []
        for card in self.cards:
            row = used[card["day"]]
            used[card["day"]] += 1
            places.append((DAYS.index(card["day"]) * _COLUMN + _GAP, _TOP + row * (_CARD + _GAP)))
        return places

    def _boxes(self) -> dict[str, Box]:
        left, top = self.canvas.winfo_rootx(), self.canvas.winfo_rooty()
        found: dict[str, Box] = {
            card["title"]: (left + x, top + y, _COLUMN - 2 * _GAP, _CARD)
            for card, (x, y) in zip(self.cards, self._places(), strict=True)
        }
        for at, day in enumerate(DAYS):
            found[day] = (left + at * _COLUMN, top + _TOP, _COLUMN, _HEIGHT - _TOP)
        return found

    def _draw(self, shift: tuple[int, int] = (0, 0)) -> None:
        self.canvas.delete("all")
        for at, day in enumerate(DAYS):
            self.canvas.create_text(at * _COLUMN + _COLUMN // 2, 20, text=day, font=("DejaVu Sans", 12, "bold"))
            self.canvas.create_line(at * _COLUMN, 0, at * _COLUMN, _HEIGHT, fill="#bbbbbb")
        for at, (x, y) in enumerate(self._places()):
            dx, dy = shift if self.held and self.held[0] == at else (0, 0)
            done = self.cards[at]["done"] == "yes"
            self.canvas.create_rectangle(
                x + dx, y + dy, x + dx + _COLUMN - 2 * _GAP, y + dy + _CARD,
                fill="#cfe8cf" if done else "#fff1b8", outline="#888888",
            )  # fmt: skip
            words = ("✓ " if done else "") + self.cards[at]["title"]
            self.canvas.create_text(x + dx + 10, y + dy + _CARD // 2, text=words, anchor="w")

    def _under(self, event: tk.Event[tk.Canvas]) -> int | None:
        for at, (x, y) in enumerate(self._places()):
            if x <= event.x < x + _COLUMN - 2 * _GAP and y <= event.y < y + _CARD:
                return at
        return None

    def _take(self, event: tk.Event[tk.Canvas]) -> None:
        at = self._under(event)
        self.held = None if at is None else (at, event.x, event.y)

    def _move(self, event: tk.Event[tk.Canvas]) -> None:
        if self.held:
            self._draw((event.x - self.held[1], event.y - self.held[2]))

    def _drop(self, event: tk.Event[tk.Canvas]) -> None:
        if self.held is None:
            return
        card = self.cards[self.held[0]]
        day = DAYS[min(max(event.x // _COLUMN, 0), len(DAYS) - 1)]
        self.held = None
        if day != card["day"]:
            self.cards.remove(card)
            self.cards.append({**card, "day": day})
            save(FILE, self.cards)
        self._draw()

    def _mark(self, event: tk.Event[tk.Canvas]) -> None:
        at = self._under(event)
        if at is not None:
            self.cards[at] = {**self.cards[at], "done": "no" if self.cards[at]["done"] == "yes" else "yes"}
            save(FILE, self.cards)
            self._draw()


if __name__ == "__main__":
    window = tk.Tk()
    Board(window)
    window.mainloop()
