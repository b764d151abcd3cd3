"""Draws windows of Qt widgets off screen: `python qt_program.py WORDS OUT SEED COUNT`; needs PySide6 alone.

Writes OUT/N.png and, a line a window on standard output, what is on it: JSON with `elements` of `kind`, `box` in
pixels, `text`, `states`.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6 import QtCore, QtGui, QtWidgets

_STANDARD = (
    "SP_TrashIcon", "SP_DirIcon", "SP_FileIcon", "SP_DialogSaveButton", "SP_BrowserReload", "SP_ArrowBack",
    "SP_ArrowForward", "SP_MediaPlay", "SP_MediaPause", "SP_ComputerIcon", "SP_DriveHDIcon",
)  # fmt: skip


class Window:
    """One window; `elements()` says what can be seen on it once it is shown."""

    def __init__(self, rng: random.Random, words: dict[str, Any]):
        self.rng, self.words = rng, words
        self.top = QtWidgets.QMainWindow()
        self.parts: list[tuple[str, QtWidgets.QWidget]] = []
        self._bar()
        middle = QtWidgets.QWidget()
        self.top.setCentralWidget(middle)
        columns = QtWidgets.QHBoxLayout(middle)
        for _ in range(rng.randint(1, 3)):
            column = QtWidgets.QVBoxLayout()
            columns.addLayout(column)
            for _ in range(rng.randint(1, 3)):
                rng.choice((self._form, self._form, self._choices, self._table, self._list, self._tabs))(column)
            column.addStretch()

    def _keep(self, kind: str, widget: QtWidgets.QWidget, state: bool = True) -> Any:
        if state and self.rng.random() < 0.1:
            widget.setEnabled(False)
        self.parts.append((kind, widget))
        return widget

    def _bar(self) -> None:
        bar = self.top.menuBar()
        for name in self.rng.sample(self.words["nav"], 4):
            bar.addAction(name)
        self.parts.append(("menubar", bar))
        tools = self.top.addToolBar("tools")
        tools.setIconSize(QtCore.QSize(*[self.rng.choice((16, 20, 24))] * 2))
        style = self.top.style()
        for name in self.rng.sample(_STANDARD, self.rng.randint(3, 7)):
            action = tools.addAction(style.standardIcon(getattr(QtWidgets.QStyle.StandardPixmap, name)), name)
            self.parts.append(("tool", tools.widgetForAction(action)))

    def _form(self, column: QtWidgets.QVBoxLayout) -> None:
        box = QtWidgets.QGroupBox(self.rng.choice(self.words["headings"]))
        form = QtWidgets.QFormLayout(box)
        for label, value in self.rng.sample(self.words["fields"], self.rng.randint(2, 4)):
            kind = self.rng.random()
            if kind < 0.5:
                field = QtWidgets.QLineEdit(value if self.rng.random() < 0.5 else "")
                field.setPlaceholderText(label)
                control = self._keep("field", field)
            elif kind < 0.8:
                select = QtWidgets.QComboBox()
                select.addItems([str(o) for o in self.rng.choice(self.words["selects"])[1]])
                control = self._keep("select", select)
            else:
                slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
                slider.setValue(self.rng.randint(5, 95))
                control = self._keep("slider", slider, state=False)
            form.addRow(self._keep("text", QtWidgets.QLabel(label), state=False), control)
        row = QtWidgets.QHBoxLayout()
        for name in self.rng.sample(self.words["actions"], self.rng.randint(1, 3)):
            row.addWidget(self._keep("button", QtWidgets.QPushButton(name)))
        row.addStretch()
        form.addRow(row)
        column.addWidget(box)

    def _choices(self, column: QtWidgets.QVBoxLayout) -> None:
        for name in self.rng.sample(self.words["checks"], self.rng.randint(2, 4)):
            check = QtWidgets.QCheckBox(name)
            check.setChecked(self.rng.random() < 0.5)
            column.addWidget(self._keep("checkbox", check))
        holder = QtWidgets.QWidget()
        rows = QtWidgets.QVBoxLayout(holder)
        names = self.rng.choice(self.words["radios"])
        chosen = self.rng.randrange(len(names))
        for i, name in enumerate(names):
            radio = QtWidgets.QRadioButton(name)
            radio.setChecked(i == chosen)
            rows.addWidget(self._keep("radio", radio))
        column.addWidget(holder)

    def _table(self, column: QtWidgets.QVBoxLayout) -> None:
        names = self.rng.sample(self.words["columns"], 3)
        table = QtWidgets.QTableWidget(self.rng.randint(3, 6), 3)
        table.setHorizontalHeaderLabels(names)
        for row in range(table.rowCount()):
            for place, words in enumerate(("people", "products", "statuses")):
                table.setItem(row, place, QtWidgets.QTableWidgetItem(self.rng.choice(self.words[words])))
        column.addWidget(self._keep("table", table, state=False))

    def _list(self, column: QtWidgets.QVBoxLayout) -> None:
        rows = QtWidgets.QListWidget()
        rows.addItems(self.rng.sample(self.words["nav"], self.rng.randint(3, 7)))
        rows.setCurrentRow(self.rng.randrange(rows.count()))
        column.addWidget(self._keep("list", rows, state=False))

    def _tabs(self, column: QtWidgets.QVBoxLayout) -> None:
        tabs = QtWidgets.QTabWidget()
        names = self.rng.choice(self.words["tabs"])
        for name in names:
            page = QtWidgets.QWidget()
            QtWidgets.QVBoxLayout(page)
            tabs.addTab(page, name)
        tabs.setCurrentIndex(self.rng.randrange(len(names)))
        inner = tabs.currentWidget().layout()
        assert isinstance(inner, QtWidgets.QVBoxLayout)
        self._choices(inner)
        column.addWidget(self._keep("tabs", tabs, state=False))

    def elements(self, scale: float) -> list[dict[str, Any]]:
        """What is on the window, boxes in pixels."""
        found: list[dict[str, Any]] = []

        def add(kind: str, widget: QtWidgets.QWidget, rect: QtCore.QRect, text: str = "", *states: str) -> None:
            seen = rect.intersected(widget.visibleRegion().boundingRect())
            if (
                seen.width() * seen.height() < 0.5 * rect.width() * rect.height()
                or min(seen.width(), seen.height()) < 4
            ):
                return
            corner = widget.mapTo(self.top, seen.topLeft())
            box = [corner.x(), corner.y(), corner.x() + seen.width(), corner.y() + seen.height()]
            told = list(states) + ([] if widget.isEnabled() else ["disabled"])
            found.append({"kind": kind, "box": [edge * scale for edge in box], "text": text, "states": told})

        part, element = QtWidgets.QStyle.SubElement, QtWidgets.QStyleOptionButton
        for kind, widget in self.parts:
            if not widget.isVisible():
                continue
            if isinstance(widget, QtWidgets.QCheckBox | QtWidgets.QRadioButton):
                option = element()
                option.initFrom(widget)
                which = part.SE_CheckBoxIndicator if kind == "checkbox" else part.SE_RadioButtonIndicator
                on = ["checked"] if widget.isChecked() else []
                add(kind, widget, widget.style().subElementRect(which, option, widget), widget.text(), *on)
                contents = part.SE_CheckBoxContents if kind == "checkbox" else part.SE_RadioButtonContents
                rect = widget.style().subElementRect(contents, option, widget)
                wide = widget.fontMetrics().horizontalAdvance(widget.text())
                add(
                    "text",
                    widget,
                    QtCore.QRect(rect.left(), rect.top(), min(wide, rect.width()), rect.height()),
                    widget.text(),
                )
            elif isinstance(widget, QtWidgets.QTableWidget):
                view = widget.viewport()
                for row in range(widget.rowCount()):
                    for place in range(widget.columnCount()):
                        item = widget.item(row, place)
                        add("cell", view, widget.visualItemRect(item), item.text())
                head = widget.horizontalHeader()
                for place in range(head.count()):
                    at, wide = head.sectionViewportPosition(place), head.sectionSize(place)
                    title = widget.horizontalHeaderItem(place).text()
                    add("cell", head.viewport(), QtCore.QRect(at, 0, wide, head.height()), title)
            elif isinstance(widget, QtWidgets.QListWidget):
                for row in range(widget.count()):
                    line = widget.item(row)
                    on = ["selected"] if line.isSelected() else []
                    add("menu_item", widget.viewport(), widget.visualItemRect(line), line.text(), *on)
            elif isinstance(widget, QtWidgets.QTabWidget):
                bar = widget.tabBar()
                for place in range(bar.count()):
                    on = ["selected"] if place == bar.currentIndex() else []
                    add("tab", bar, bar.tabRect(place), bar.tabText(place), *on)
            elif isinstance(widget, QtWidgets.QMenuBar):
                for action in widget.actions():
                    add("menu_item", widget, widget.actionGeometry(action), action.text())
            elif isinstance(widget, QtWidgets.QToolButton):
                size = widget.iconSize()
                middle = widget.rect().center()
                rect = QtCore.QRect(0, 0, size.width(), size.height())
                rect.moveCenter(middle)
                add("icon", widget, rect, "")
            else:
                rect = widget.rect()
                text = widget.text() if hasattr(widget, "text") else ""
                if kind == "text":
                    rect.setWidth(min(rect.width(), widget.fontMetrics().horizontalAdvance(text)))
                add(kind, widget, rect, text)
        return found


def main() -> None:
    """See the module."""
    words_file, out, seed, count = sys.argv[1:5]
    app = QtWidgets.QApplication([])
    for number in range(int(count)):
        rng = random.Random(f"{seed}/{number}")
        app.setStyle(rng.choice(("Fusion", "Fusion", "Windows")))
        font = QtGui.QFont(
            rng.choice(("DejaVu Sans", "Liberation Sans", "Nimbus Sans")), rng.choice((9, 10, 11, 13))
        )
        app.setFont(font)
        palette = QtGui.QPalette()
        if rng.random() < 0.3:
            role = QtGui.QPalette.ColorRole
            for name, colour in (
                (role.Window, 50),
                (role.Base, 30),
                (role.Button, 60),
                (role.Text, 230),
                (role.WindowText, 230),
                (role.ButtonText, 230),
            ):
                palette.setColor(name, QtGui.QColor(colour, colour, colour))
        app.setPalette(palette)
        language = "zh" if rng.random() < 0.15 else "en"
        window = Window(rng, json.loads(Path(words_file).read_text("utf-8"))[language])
        window.top.resize(rng.choice((900, 1100, 1280)), rng.choice((640, 720, 800)))
        window.top.show()
        app.processEvents()
        picture = window.top.grab()
        picture.save(str(Path(out) / f"{number}.png"))
        scale = picture.width() / window.top.width()
        line = {
            "number": number,
            "language": language,
            "scale": scale,
            "look": f"qt-{app.style().objectName().lower()}",
            "elements": window.elements(scale),
        }
        print(json.dumps(line), flush=True)
        window.top.close()


if __name__ == "__main__":
    main()
