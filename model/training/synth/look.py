"""Components as markup: one `Look` draws buttons, fields, tabs … in a library's classes or in our own style.

What a component *is* stands in the markup (`data-e` and its kin, see label.js), never in the look: the same page in
another library has the same labels.
"""

from __future__ import annotations

import html
import json
import random
from pathlib import Path
from typing import Any

from model.training.synth.kits import Kit, fill

_HERE = Path(__file__).parent
WORDS: dict[str, Any] = json.loads((_HERE / "words.json").read_text("utf-8"))
_STROKES: dict[str, str] = json.loads((_HERE / "icons.json").read_text("utf-8"))
PURPOSES = sorted(_STROKES)
_OPTIONAL = (
    "switch",
    "slider",
    "tabs",
    "tab",
    "menu",
    "menu_item",
    "popup",
    "popup_item",
    "card",
    "badge",
    "alert",
)
_CHEVRON = "<svg viewBox='0 0 24 24' width='1em' height='1em'><path d='M5 9l7 7 7-7' fill='none' stroke='currentColor' stroke-width='2'/></svg>"  # fmt: skip


def _attr(text: str) -> str:
    return html.escape(text, quote=True)


class Look:
    """One page's way of drawing things: a kit (None: our own style), a set of pictograms, a language."""

    def __init__(self, rng: random.Random, kit: Kit | None, icons: Kit | None, language: str, pictures: list[str]):
        self.rng = rng
        self.kit = kit
        self.icons = icons
        self.language = language
        self.pictures = pictures  # addresses of pictures
        self.words = WORDS[language]
        self.parts: dict[str, Any] = dict(kit.parts) if kit else {}
        self._chosen: dict[str, str] = {}
        self._ids = 0
        self.stroke = rng.choice(("1.5", "2", "2.5"))
        self.icon_size = rng.choice((14, 16, 16, 18, 20, 24))

    # ── names and classes

    def new_id(self) -> str:
        self._ids += 1
        return f"n{self._ids}"

    def cls(self, part: str) -> str:
        """The class string of a part; one alternative for the whole page. Ours where the kit has none."""
        if part not in self._chosen:
            value = self.parts.get(part)
            if value is None:
                value = f"own-{part}" if self.kit is None or part in _OPTIONAL else ""
            elif isinstance(value, list):
                value = self.rng.choice(value)
            elif not value.lstrip("|").startswith("<"):
                value = self.rng.choice(value.split("|"))
            self._chosen[part] = value
        return self._chosen[part]

    def _template(self, part: str) -> str | None:
        value = self.parts.get(part)
        if isinstance(value, str) and value.startswith("<"):
            if part not in self._chosen:
                self._chosen[part] = self.rng.choice(value.split("|<")).lstrip("<")
            return "<" + self._chosen[part]
        return None

    def _fill(self, template: str, states: tuple[str, ...], **values: str) -> str:
        plain = {
            "checked": "checked" if "checked" in states else "",
            "dis": " disabled" if "disabled" in states else "",
            "s": " ".join(states),
            "chevron": _CHEVRON,
            "w": str(self.rng.randrange(120, 300, 20)),
        }
        return fill(template, self.rng, states, {**plain, **values})

    # ── small things

    def icon(self, purpose: str, size: int | None = None) -> str:
        size = size or self.icon_size
        says = WORDS["purposes"].get(purpose, [[], purpose])[1] if self.language == "zh" else purpose
        mark = f'data-e=icon data-p="{_attr(says)}"'
        names = self.icons.icons.get(purpose) if self.icons else None
        if names:
            return f'<i class="{self.rng.choice(names)}" style="font-size:{size}px" {mark}></i>'
        path = _STROKES.get(purpose) or _STROKES["more"]
        return (
            f'<svg {mark} width={size} height={size} viewBox="0 0 24 24" fill=none stroke=currentColor '
            f'stroke-width={self.stroke} stroke-linecap=round stroke-linejoin=round><path d="{path}"/></svg>'
        )

    def button(self, text: str, icon: str = "", states: tuple[str, ...] = (), purpose: str = "") -> str:
        kinds = self.parts.get("button", ["own-button", "own-button own-main", "own-button own-quiet"])
        quiet = "" if text else " own-square"
        says = WORDS["purposes"].get(icon, [[], icon])[1] if self.language == "zh" else icon
        named = f' data-p="{_attr(purpose or ("" if text else says))}" data-n="{_attr(text)}"'
        inside = (self.icon(icon) + (" " if text else "") if icon else "") + html.escape(text)
        return (
            f'<button type=button class="{self.rng.choice(kinds)}{quiet}" data-e=button data-s="{" ".join(states)}"'
            f"{named}{' disabled' if 'disabled' in states else ''}>{inside}</button>"
        )

    def link(self, text: str) -> str:
        return f'<a href="#" class="{self.cls("link")}" data-e=link>{html.escape(text)}</a>'

    def heading(self, text: str, level: int = 2) -> str:
        return f'<h{level} class="{self.cls("heading")}" data-e=heading>{html.escape(text)}</h{level}>'

    def paragraph(self, text: str) -> str:
        return f"<p>{html.escape(text)}</p>"

    def badge(self, text: str) -> str:
        return f'<span class="{self.cls("badge")}">{html.escape(text)}</span>'

    def image(self, width: int, height: int, name: str = "") -> str:
        source = self.rng.choice(self.pictures)
        round_ = self.rng.random() < 0.15 and abs(width - height) < 4
        style = f"width:{width}px;height:{height}px;object-fit:cover" + (";border-radius:50%" if round_ else "")
        return f'<img src="{source}" alt="" class="{self.cls("image")}" style="{style}" data-e=image data-n="{_attr(name)}">'

    # ── controls

    def field(self, label: str, value: str, states: tuple[str, ...] = (), placeholder: str = "") -> str:
        kind = "password" if "•" in value else self.rng.choice(("text", "text", "text", "email", "tel"))
        ident = self.new_id()
        template = self._template("field")
        if template:
            return self._fill(
                template, states, t=_attr(label), id=ident, type=kind, v=_attr(value), p=_attr(placeholder)
            )
        native = self.rng.random()
        if native < 0.06:
            kind, value = self.rng.choice((("date", "2026-04-12"), ("number", "3"), ("time", "14:30")))
        return (
            f'<input class="{self.cls("field")}" id={ident} type={kind} value="{_attr(value)}" data-e=field '
            f'placeholder="{_attr(placeholder)}" data-n="{_attr(label)}"{self._off(states)}>'
        )

    def area(self, label: str, value: str, rows: int = 3) -> str:
        shown = f">{html.escape(value)}" if self.rng.random() < 0.5 else f' placeholder="{_attr(value)}">'
        classes = (
            self.cls("textarea")
            if "textarea" in self.parts
            else ""
            if self._template("field")
            else self.cls("field")
        )
        return f'<textarea rows={rows} class="{classes}" data-e=field data-n="{_attr(label)}"{shown}</textarea>'

    def select(self, label: str, options: list[str], states: tuple[str, ...] = ()) -> str:
        value = self.rng.choice(options)
        items = "".join(f"<option{' selected' if o == value else ''}>{html.escape(o)}</option>" for o in options)
        template = self._template("select")
        ident = self.new_id()
        if template:
            return self._fill(template, states, t=_attr(label), id=ident, options=items, v=html.escape(value))
        if self.kit is None and self.rng.random() < 0.35:
            return (
                f'<div class="own-select own-custom" data-e=select data-n="{_attr(label)}" data-s="{" ".join(states)}">'
                f"<span>{html.escape(value)}</span>{_CHEVRON}</div>"
            )
        return (
            f'<select class="{self.cls("select")}" id={ident} data-e=select data-n="{_attr(label)}"'
            f"{self._off(states)}>{items}</select>"
        )

    def check(self, kind: str, label: str, states: tuple[str, ...] = (), group: str = "") -> str:
        """A check box, radio button or switch with its label."""
        ident = self.new_id()
        template = self._template(kind)
        if template:
            return self._fill(template, states, t=html.escape(label), id=ident)
        if kind == "switch" and "switch" not in self.parts:
            tick = " own-on" if "checked" in states else ""
            off = " own-off" if "disabled" in states else ""
            drawn = (
                f'<span class="own-switch{tick}{off}" data-e=switch data-s="{" ".join(states)}" '
                f'data-n="{_attr(label)}"><span></span></span>'
            )
            return f"<span class=own-check>{drawn}<span>{html.escape(label)}</span></span>"
        on = " checked" if "checked" in states else ""
        role = " role=switch" if kind == "switch" else ""
        input_kind = "radio" if kind == "radio" else "checkbox"
        box = (
            f'<input type={input_kind}{role} class="{self.cls(kind)}" id={ident} data-e={kind} name="{group or ident}" '
            f'data-n="{_attr(label)}"{on}{self._off(states)}>'
        )
        row = self.parts.get(f"{kind}_row", self.parts.get("check_row"))
        if row:
            return (
                f'<div class="{row}">{box} <label class="{self.parts.get("check_label", "")}" for={ident}>'
                f"{html.escape(label)}</label></div>"
            )
        own = "own-check" if self.kit is None else ""
        return f'<label class="{own}">{box} {html.escape(label)}</label>'

    def _off(self, states: tuple[str, ...]) -> str:
        return f' data-s="{" ".join(s for s in states if s != "checked")}"' + (
            " disabled" if "disabled" in states else ""
        )

    def slider(self, label: str, value: int) -> str:
        template = self._template("slider")
        if template:
            return self._fill(template, (), t=_attr(label), v=str(value), id=self.new_id())
        if "slider" in self.parts:
            return f'<input type=range class="{self.cls("slider")}" value={value} data-e=slider data-n="{_attr(label)}">'
        return (
            f'<div class=own-slider data-e=slider data-n="{_attr(label)}"><div class=own-rail></div>'
            f'<div class=own-fill style="width:{value}%"></div><div class=own-knob style="left:{value}%"></div></div>'
        )

    # ── groups

    def tabs(self, names: list[str], selected: int, icons: bool = False) -> str:
        items = []
        for i, name in enumerate(names):
            on = i == selected
            state = "selected" if on else ""
            shown = (self.icon(self.rng.choice(PURPOSES)) + " " if icons else "") + html.escape(name)
            own = self.parts.get("tab_html")
            if own:
                items.append(self._fill(own, (), t=shown, s=state, on=self.parts.get("tab_on", "") if on else ""))
                continue
            row = self.parts.get("tab_item", "") + (" " + self.parts.get("tab_item_on", "") if on else "")
            row_attrs = self.parts.get("tab_item_attr", "") + (
                " " + self.parts.get("tab_item_on_attr", "") if on else ""
            )
            link_class = self.cls("tab") + (" " + self.parts.get("tab_on", "own-on") if on else "")
            link_attrs = self.parts.get("tab_attr", "") if on else ""
            mark = f'data-e=tab data-s="{state}" data-n="{_attr(name)}"'
            if self.parts.get("tab_on_item"):
                items.append(f'<li class="{row}" {row_attrs} {mark}><a href="#">{shown}</a></li>')
            elif self.parts.get("tabs_flat") or self.kit is None or "tabs" not in self.parts:
                items.append(f'<a href="#" class="{link_class}" {link_attrs} {mark}>{shown}</a>')
            else:
                items.append(
                    f'<li class="{row}" {row_attrs}><a href="#" class="{link_class}" {link_attrs} {mark}>{shown}</a></li>'
                )
        template = self._template("tabs")
        variant = self.rng.choice(self.parts.get("tabs_variants", [""]))
        if template:
            return self._fill(template, (), items="".join(items), variant=variant)
        tag = "div" if self.parts.get("tabs_flat") or "tabs" not in self.parts else "ul"
        return f'<{tag} class="{self.cls("tabs")}">{"".join(items)}</{tag}>'

    def menu(self, names: list[str], selected: int | None = None, icons: bool = False, popup: bool = False) -> str:
        """A column of rows: a side bar, or (`popup`) an open menu."""
        part = "popup" if popup else "menu"
        whole_row = self.parts.get(f"{part}_row")
        items = []
        chosen = self.rng.sample(PURPOSES, k=min(len(names), len(PURPOSES)))
        for i, name in enumerate(names):
            on = i == selected
            state = "selected" if on else ""
            shown = (self.icon(chosen[i % len(chosen)]) + " " if icons else "") + html.escape(name)
            mark = f'data-e=menu_item data-s="{state}" data-n="{_attr(name)}"'
            on_class = " " + self.parts.get("menu_on", "own-on") if on else ""
            if whole_row:
                row_on = " " + self.parts.get("menu_row_on", "") if on else ""
                inner = shown if self.parts.get("menu_on_row") else f'<a href="#">{shown}</a>'
                items.append(f'<li class="{whole_row}{row_on}" {mark}>{inner}</li>')
            elif self.parts.get("menu_flat"):
                items.append(f'<a href="#" class="{self.cls(part + "_item")}{on_class}" {mark}>{shown}</a>')
            else:
                attrs = self.parts.get("menu_attr", "") if on else ""
                items.append(
                    f'<li><a href="#" class="own-block {self.cls(part + "_item")}{on_class}" {attrs} {mark}>{shown}</a></li>'
                )
        tag = "div" if self.parts.get("menu_flat") else "ul"
        return f'<{tag} class="own-list {self.cls(part)}">{"".join(items)}</{tag}>'

    def table(self, columns: list[str], rows: list[list[str]]) -> str:
        head = "".join(f'<th class="{self.parts.get("th", "")}" data-e=cell>{c}</th>' for c in columns)
        cell = f'<td class="{self.parts.get("td", "")}" data-e=cell>'
        body = "".join("<tr>" + "".join(f"{cell}{c}</td>" for c in row) + "</tr>" for row in rows)
        inner = (
            f'<thead class="{self.parts.get("thead", "")}"><tr>{head}</tr></thead>'
            f'<tbody class="{self.parts.get("tbody", "")}">{body}</tbody>'
        )
        template = self._template("table")
        return (
            self._fill(template, (), items=inner)
            if template
            else f'<table class="{self.cls("table")}">{inner}</table>'
        )

    def card(self, inner: str) -> str:
        template = self._template("card")
        return template.replace("{t}", inner) if template else f'<div class="{self.cls("card")}">{inner}</div>'

    def form_row(self, label: str, control: str) -> str:
        return f'<div class="own-row {self.cls("group")}"><label class="{self.cls("label")}">{html.escape(label)}</label>{control}</div>'

    def dialog(self, title: str, body: str, buttons: str) -> str:
        close = self.parts.get("close", "")
        if not close.startswith("<"):
            close = (
                f'<button class="{close}" data-e=icon data-p="close"></button>' if close
                else f"<button class=own-plain>{self.icon('close')}</button>"
            )  # fmt: skip
        return (
            f'<div class="own-dialog {self.cls("dialog")}" data-e=dialog data-n="{_attr(title)}">'
            f'<div class="own-head {self.cls("dialog_head")}"><span class="{self.cls("dialog_title")}">'
            f"<b data-e=heading>{html.escape(title)}</b></span>{close}</div>"
            f'<div class="own-pad {self.cls("dialog_body")}">{body}</div>'
            f'<div class="own-pad {self.cls("dialog_foot")}">{buttons}</div></div>'
        )
