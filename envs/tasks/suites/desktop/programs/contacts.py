"""Contacts: a list of people, and a form to add, change and delete them. Data: Documents/contacts.json."""

from __future__ import annotations

import tkinter as tk
from tkinter import ttk

from envs.tasks.suites.desktop.programs.layout import Box, box, load, save, tell

FILE = "contacts.json"
GROUPS = ("Family", "Friends", "Work")
_PEOPLE = [
    {"name": "Ada Brandt", "phone": "555 0113", "group": "Work"},
    {"name": "Bo Lindqvist", "phone": "555 0142", "group": "Friends"},
    {"name": "Carla Nunes", "phone": "555 0178", "group": "Family"},
]


class Contacts:
    """The window. What is saved is written at once."""

    def __init__(self, root: tk.Tk) -> None:
        self.people = load(FILE, _PEOPLE)
        self.chosen: int | None = None
        root.title("Contacts")
        root.geometry("640x420+120+80")
        self.list = tk.Listbox(root, font=("DejaVu Sans", 13), width=24, exportselection=False, activestyle="none")
        self.list.pack(side="left", fill="y", padx=8, pady=8)
        self.list.bind("<<ListboxSelect>>", lambda _: self._choose())
        form = ttk.Frame(root)
        form.pack(side="left", fill="both", expand=True, padx=8, pady=8)
        self.values = {"name": tk.StringVar(), "phone": tk.StringVar(), "group": tk.StringVar(value=GROUPS[0])}
        self.parts: dict[str, tk.Widget] = {}
        for name in ("name", "phone"):
            ttk.Label(form, text=name.capitalize()).pack(anchor="w")
            self.parts[name] = ttk.Entry(form, textvariable=self.values[name])
            self.parts[name].pack(fill="x", pady=(0, 8))
        for group in GROUPS:
            self.parts[group] = ttk.Radiobutton(form, text=group, value=group, variable=self.values["group"])
            self.parts[group].pack(anchor="w", pady=2)
        for label, act in (("New", self._new), ("Save", self._save), ("Delete", self._delete)):
            self.parts[label] = ttk.Button(form, text=label, command=act)
            self.parts[label].pack(fill="x", pady=3)
        self._show()
        save(FILE, self.people)
        tell(root, self._boxes)

    def _boxes(self) -> dict[str, Box]:
        found = {name: box(part) for name, part in self.parts.items()}
        for at, person in enumerate(self.people):
            line = self.list.bbox(at)
            if line:
                left, top, width, height = line
                found[person["name"]] = (
                    self.list.winfo_rootx() + left, self.list.winfo_rooty() + top, width, height
                )  # fmt: skip
        return found

    def _show(self) -> None:
        self.list.delete(0, "end")
        self.list.insert("end", *(person["name"] for person in self.people))

    def _choose(self) -> None:
        chosen = self.list.curselection()
        if chosen:
            self.chosen = int(chosen[0])
            for key, value in self.people[self.chosen].items():
                self.values[key].set(value)

    def _new(self) -> None:
        self.chosen = None
        self.list.selection_clear(0, "end")
        for key, value in (("name", ""), ("phone", ""), ("group", GROUPS[0])):
            self.values[key].set(value)
        self.parts["name"].focus_set()

    def _save(self) -> None:
        person = {key: value.get().strip() for key, value in self.values.items()}
        if not person["name"]:
            return
        if self.chosen is None:
            self.people.append(person)
        else:
            self.people[self.chosen] = person
        self._keep()

    def _delete(self) -> None:
        if self.chosen is not None:
            del self.people[self.chosen]
            self._keep()

    def _keep(self) -> None:
        save(FILE, self.people)
        self._show()
        self._new()


if __name__ == "__main__":
    window = tk.Tk()
    Contacts(window)
    window.mainloop()
