"""Whole pages: what stands where. Everything is drawn from one `random.Random`, so a seed is a page."""

from __future__ import annotations

import html
from collections.abc import Callable

from model.training.synth.look import PURPOSES, Look

_STATES: tuple[tuple[str, ...], ...] = ((), ("checked",), (), ("checked",), ("disabled",), ("checked", "disabled"))


class Builder:
    """Fills a page with what its kind usually shows."""

    def __init__(self, look: Look):
        self.look = look
        self.rng = look.rng
        self.words = look.words

    # ── chance

    def pick(self, list_name: str) -> str:
        return str(self.rng.choice(self.words[list_name]))

    def some(self, list_name: str, low: int, high: int) -> list[str]:
        return [str(w) for w in self.rng.sample(self.words[list_name], k=self.rng.randint(low, high))]

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def price(self) -> str:
        sign = "¥" if self.look.language == "zh" else self.rng.choice("€$£")
        return f"{sign}{self.rng.choice((9.9, 19, 24.5, 39.9, 120, 7.25, 299, 1499))}"

    def date(self) -> str:
        year, month, day = 2026, self.rng.randint(1, 12), self.rng.randint(1, 28)
        if self.look.language == "zh":
            return f"{year}年{month}月{day}日"
        return self.rng.choice((f"{year}-{month:02}-{day:02}", f"{day}/{month}/{year}", f"{day}.{month}.{year}"))

    def file(self) -> str:
        stem = self.rng.choice(("report", "budget", "photo", "notes", "plan", "invoice", "draft", "logo"))
        return f"{stem}{self.rng.choice(('', '_v2', '-2026', ' (1)'))}.{self.rng.choice(('pdf', 'xlsx', 'png', 'txt', 'zip'))}"

    def button(self, **more: str) -> str:
        states: tuple[str, ...] = ("disabled",) if self.maybe(0.1) else ()
        return self.look.button(self.pick("actions"), self.rng.choice(PURPOSES) if self.maybe(0.2) else "", states)

    def buttons(self, low: int = 1, high: int = 4) -> str:
        return (
            "<div class=own-line>" + " ".join(self.button() for _ in range(self.rng.randint(low, high))) + "</div>"
        )

    def tool(self) -> str:
        """An icon alone: bare, or in the frame of a button."""
        purpose = self.rng.choice(PURPOSES)
        if self.maybe(0.5):
            return f"<button type=button class=own-plain>{self.look.icon(purpose)}</button>"
        return self.look.button("", purpose)

    # ── controls with their labels

    def check(self, kind: str) -> str:
        label = self.pick("switches" if kind == "switch" else "checks")
        return self.look.check(kind, label, self.rng.choice(_STATES))

    def radios(self) -> str:
        names = list(self.rng.choice(self.words["radios"]))
        chosen, group = self.rng.randrange(len(names) + 1), self.look.new_id()
        rows = [
            self.look.check("radio", n, ("checked",) if i == chosen else (), group) for i, n in enumerate(names)
        ]
        return (
            f"<div class={self.rng.choice(('own-stack', 'own-line'))}>"
            + "".join(f"<div>{r}</div>" for r in rows)
            + "</div>"
        )

    def control(self) -> str:
        kind = self.rng.choices(
            ("field", "area", "select", "checkbox", "radio", "switch", "slider"), (30, 6, 18, 14, 14, 12, 10)
        )[0]
        states: tuple[str, ...] = ("disabled",) if self.maybe(0.1) else ()
        if kind == "field":
            label, value = self.rng.choice(self.words["fields"])
            shown, hint = (value, "") if self.maybe(0.5) else ("", value if self.maybe(0.6) else label)
            return self.look.form_row(label, self.look.field(label, shown, states, hint))
        if kind == "area":
            label, value = self.rng.choice(self.words["areas"])
            return self.look.form_row(label, self.look.area(label, value, self.rng.randint(2, 5)))
        if kind == "select":
            label, options = self.rng.choice(self.words["selects"])
            return self.look.form_row(label, self.look.select(label, options, states))
        if kind == "radio":
            return f"<div class=own-row>{self.radios()}</div>"
        if kind == "slider":
            label = self.pick("sliders")
            return self.look.form_row(label, self.look.slider(label, self.rng.randint(5, 95)))
        return f"<div class=own-row>{self.check(kind)}</div>"

    # ── sections

    def form(self) -> str:
        rows = [self.control() for _ in range(self.rng.randint(3, 9))]
        columns = self.rng.choice((1, 1, 2, 3))
        style = f"grid-template-columns:repeat({columns},1fr)"
        classes = self.look.parts.get("form", "") + (" own-inline" if columns == 1 and self.maybe(0.25) else "")
        end = self.buttons(1, 3)
        return f'<form class="{classes}" onsubmit="return false"><div class=own-grid style="{style}">{"".join(rows)}</div>{end}</form>'

    def table(self) -> str:
        columns = self.some("columns", 3, 6)
        picked, acts = self.maybe(0.4), self.maybe(0.5)
        rows = []
        for _ in range(self.rng.randint(3, 9)):
            row = [
                self.rng.choice((
                    lambda: html.escape(self.pick("people")), lambda: self.price(), lambda: self.date(), lambda: self.file(),
                    lambda: self.look.badge(self.pick("statuses")), lambda: self.look.link(self.pick("products")),
                    lambda: str(self.rng.randint(1, 5000)), lambda: html.escape(self.pick("products")),
                ))()
                for _ in columns
            ]  # fmt: skip
            if picked:
                row.insert(0, self.look.check("checkbox", "", self.rng.choice(((), ("checked",)))))
            if acts:
                row.append(self.rng.choice((self.tool() + self.tool(), self.button())))
            rows.append(row)
        names = ([""] if picked else []) + [html.escape(c) for c in columns] + ([""] if acts else [])
        pager = self.pager() if self.maybe(0.4) else ""
        return self.look.table(names, rows) + pager

    def pager(self) -> str:
        back, forth = self.look.icon("go back"), self.look.icon("go forward")
        pages = " ".join(self.look.link(str(i)) for i in range(1, self.rng.randint(3, 7)))
        return f"<div class=own-line><a class=own-plain>{back}</a> {pages} <a class=own-plain>{forth}</a></div>"

    def cards(self) -> str:
        """A shop, an album, a set of figures."""
        width = self.rng.choice((140, 170, 200, 240, 280))
        kind = self.rng.choice(("product", "product", "figure", "person", "photo"))
        cards = []
        for _ in range(self.rng.randint(3, 9)):
            name = self.pick("people" if kind == "person" else "products")
            if kind == "figure":
                inner = (
                    f"<small>{html.escape(self.pick('columns'))}</small><div style='font-size:1.8em'>{self.rng.randint(12, 9800)}</div>"
                    + self.chart(width - 40)
                )
            elif kind == "person":
                inner = f"<div class=own-line>{self.look.image(48, 48, name)}<div>{html.escape(name)}<br>{self.look.link(self.pick('links'))}</div></div>"
            else:
                inner = self.look.image(width - 40, self.rng.choice((80, 110, 140)), name)
                if kind == "product":
                    stars = "".join(
                        self.look.icon("add to favourites", 12) for _ in range(self.rng.choice((0, 0, 1)))
                    )
                    inner += (
                        f"<div>{html.escape(name)}</div><b>{self.price()}</b> {stars}<div>{self.button()}</div>"
                    )
            cards.append(self.look.card(inner))
        style = f"grid-template-columns:repeat(auto-fill,minmax({width}px,1fr))"
        return f'<div class=own-grid style="{style}">{"".join(cards)}</div>'

    def chart(self, width: int) -> str:
        points = " ".join(f"{x},{self.rng.randint(4, 56)}" for x in range(0, width, max(8, width // 12)))
        return f'<svg width={width} height=60 data-e=image data-n=chart><polyline points="{points}" fill=none stroke=currentColor stroke-width=2 /></svg>'

    def rows(self) -> str:
        """A list: mail, messages, files, tasks."""
        items = []
        kind = self.rng.choice(("mail", "file", "task", "setting", "track"))
        for _ in range(self.rng.randint(3, 9)):
            who, line = self.pick("people"), self.pick("sentences")
            if kind == "mail":
                inner = f"{self.look.check('checkbox', '')}{self.look.icon('add to favourites')}<b>{html.escape(who)}</b><span>{html.escape(line)}</span><small class=own-push>{self.date()}</small>"
            elif kind == "file":
                inner = f"{self.look.icon(self.rng.choice(('file', 'folder', 'image')))}{self.look.link(self.file())}<small class=own-push>{self.rng.randint(1, 900)} KB</small>{self.tool()}"
            elif kind == "task":
                inner = f"{self.look.check('checkbox', self.pick('actions'), self.rng.choice(_STATES[:3]))}{self.look.badge(self.pick('statuses'))}<span class=own-push>{self.tool()}</span>"
            elif kind == "setting":
                label = self.pick("switches")
                inner = f"<div>{html.escape(label)}<br><small>{html.escape(line)}</small></div><span class=own-push>{self.look.check('switch', '', self.rng.choice(_STATES))}</span>"
            else:
                inner = f"{self.look.icon('play')}{self.look.image(40, 40, who)}<span>{html.escape(self.pick('products'))}</span><span class=own-push>{self.look.slider(self.pick('sliders'), self.rng.randint(5, 95))}</span>"
            items.append(
                f'<div class=own-line style="padding:{self.rng.choice((4, 6, 8))}px 0;flex-wrap:nowrap;border-bottom:1px solid #8884">{inner}</div>'
            )
        return "".join(items)

    def toolbar(self) -> str:
        gap = self.rng.choice((2, 6, 10))
        tools = [self.tool() if self.maybe(0.75) else self.button() for _ in range(self.rng.randint(4, 10))]
        if self.maybe(0.4):
            label, options = self.rng.choice(self.words["selects"])
            tools.insert(self.rng.randrange(len(tools)), self.look.select(label, options))
        return f'<div class=own-line style="gap:{gap}px">{"".join(tools)}</div>'

    def editor(self) -> str:
        text = "".join(
            self.look.paragraph(" ".join(self.some("sentences", 2, 5))) for _ in range(self.rng.randint(1, 3))
        )
        return (
            self.toolbar()
            + f'<div class=own-pad contenteditable=true style="border:1px solid #8886;min-height:120px">{text}</div>'
        )

    def calendar(self) -> str:
        days = (
            ["一", "二", "三", "四", "五", "六", "日"]
            if self.look.language == "zh"
            else ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"]
        )
        start = self.rng.randrange(7)
        cells = [""] * start + [str(d) for d in range(1, 31)]
        cells += [""] * (-len(cells) % 7)
        weeks = [cells[i : i + 7] for i in range(0, len(cells), 7)]
        head = f"<div class=own-line>{self.look.icon('go back')}<b>{self.date()}</b>{self.look.icon('go forward')}</div>"
        return head + self.look.table(days, weeks)

    def tabbed(self) -> str:
        names = list(self.rng.choice(self.words["tabs"]))
        return self.look.tabs(names, self.rng.randrange(len(names)), self.maybe(0.15))

    def text(self) -> str:
        lines = self.look.paragraph(" ".join(self.some("sentences", 1, 4)))
        return lines + (self.look.link(self.pick("links")) if self.maybe(0.6) else "")

    def switches(self) -> str:
        kind = self.rng.choice(("switch", "checkbox", "radio"))
        if kind == "radio":
            return "".join(f"<div class=own-row>{self.radios()}</div>" for _ in range(self.rng.randint(1, 3)))
        rows = [self.check(kind) for _ in range(self.rng.randint(2, 6))]
        return (
            f"<div class={self.rng.choice(('own-stack', 'own-line'))}>"
            + "".join(f"<div>{r}</div>" for r in rows)
            + "</div>"
        )

    def alert(self) -> str:
        return f'<div class="{self.look.cls("alert")}">{html.escape(self.pick("sentences"))}</div>'

    # ── pages

    def section(self) -> str:
        kinds: list[tuple[Callable[[], str], int]] = [
            (self.form, 24), (self.table, 14), (self.cards, 12), (self.rows, 14), (self.toolbar, 6), (self.editor, 4),
            (self.calendar, 4), (self.switches, 12), (self.text, 4), (self.alert, 2),
        ]  # fmt: skip
        makers, weights = zip(*kinds, strict=True)
        inner = self.rng.choices(makers, weights)[0]()
        head = self.look.heading(self.pick("headings"), self.rng.choice((1, 2, 3))) if self.maybe(0.7) else ""
        tabs = self.tabbed() if self.maybe(0.4) else ""
        extra = self.buttons(1, 3) if self.maybe(0.2) else ""
        whole = head + tabs + inner + extra
        return self.look.card(whole) if self.maybe(0.45) else f"<section>{whole}</section>"

    def top(self) -> str:
        links = " ".join(self.look.link(n) for n in self.some("nav", 2, 5))
        label = self.rng.choice([f for f, v in self.words["fields"] if not v])
        search = self.look.field(label, "", (), label) if self.maybe(0.6) else ""
        ends = "".join(self.tool() for _ in range(self.rng.randint(0, 3)))
        face = self.look.image(28, 28, self.pick("people")) if self.maybe(0.3) else ""
        inner = f"<b>{html.escape(self.pick('products'))}</b>{links}<span class=own-push></span>{search}{ends}{face}{self.button() if self.maybe(0.4) else ''}"
        bar = self.look.cls("navbar") if not self.look.cls("navbar").startswith("<") else ""
        return f'<header class="{bar}"><div class=own-bar>{inner}</div></header>'

    def over(self) -> str:
        """A dialog above the page."""
        title, line = self.rng.choice(self.words["dialogs"])
        body = self.look.paragraph(line) + "".join(self.control() for _ in range(self.rng.randint(0, 3)))
        dialog = self.look.dialog(title, body, self.buttons(1, 3))
        veil = self.rng.choice(("#0000", "#0004", "#0006", "#0008", "#fff8"))
        return f'<div class=own-over style="background:{veil}"><div class=own-sheet>{dialog}</div></div>'

    def popup(self) -> str:
        menu = self.look.menu(list(self.rng.choice(self.words["menus"])), None, self.maybe(0.4), popup=True)
        left, top = self.rng.randrange(40, 700), self.rng.randrange(40, 400)
        return f'<div class="own-float own-sheet" style="left:{left}px;top:{top}px">{menu}</div>'

    def page(self) -> str:
        """The inside of <body>."""
        sections = "".join(self.section() for _ in range(self.rng.randint(2, 6)))
        frame = self.rng.choices(("side", "plain", "narrow", "columns"), (4, 4, 2, 2))[0]
        if frame == "side":
            names = self.some("nav", 4, 10)
            menu = self.look.menu(names, self.rng.randrange(len(names)), self.maybe(0.6))
            body = f'<div class=own-side><aside style="width:{self.rng.choice((150, 180, 210, 240))}px">{menu}</aside><main class=own-stack>{sections}</main></div>'
        elif frame == "narrow":
            body = f'<div class=own-middle><div class=own-stack style="width:{self.rng.choice((320, 380, 460, 560))}px">{sections}</div></div>'
        elif frame == "columns":
            body = f'<div class="own-grid own-pad" style="grid-template-columns:{self.rng.choice(("1fr 1fr", "2fr 1fr", "1fr 1fr 1fr"))};align-items:start">{sections}</div>'
        else:
            body = f'<div class="own-pad own-stack">{sections}</div>'
        top = self.top() if self.maybe(0.7) else ""
        dialog = self.maybe(0.16)
        inert = " inert" if dialog else ""
        floats = (self.popup() if self.maybe(0.15) else "") + (self.over() if dialog else "")
        return f"<div{inert}>{top}{body}</div>{floats}"
