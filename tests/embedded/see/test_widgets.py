"""Widgets: kinds, states and labels on real pages, judged by what the page itself says is on it."""

from __future__ import annotations

from collections import Counter

import pytest

from action_space.geometry import Box
from model.embedded.screen import Element, Screen

from .conftest import Render

pytestmark = pytest.mark.browser
EXACT = ("checkbox", "radio", "switch", "field", "textarea", "select", "slider", "button", "swatch")


def only(screen: Screen, kind: str, label: str) -> Element:
    """The one element of a kind with a label or text."""
    found = [e for e in screen.elements if e.kind == kind and label in (e.label, e.text)]
    assert len(found) == 1, [(e.kind, e.text, e.label) for e in screen.elements]
    return found[0]


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize("page", ["form", "native", "dark", "chinese", "mail"])
def test_every_control_is_found_with_its_kind_and_state(render: Render, page: str, ratio: float) -> None:
    shot = render(page, ratio)
    missed = []
    for widget in shot.truth["widgets"]:
        if widget["kind"] not in EXACT:
            continue
        box = Box(*widget["box"])
        seen = [e for e in shot.screen.elements if e.kind == widget["kind"] and _overlap(e.box, box) > 0.3]
        if not seen or not set(widget.get("state", ())) <= seen[0].state:
            missed.append((widget["kind"], widget["label"], widget.get("state"), [sorted(e.state) for e in seen]))
    assert len(shot.truth["widgets"]) >= 8
    assert not missed


def _overlap(one: Box, other: Box) -> float:
    common = one.intersection(other).area
    return common / (one.area + other.area - common)


@pytest.mark.parametrize("page", ["form", "dark", "chinese"])
def test_no_control_is_made_up(render: Render, page: str) -> None:
    shot = render(page)
    real = Counter(w["kind"] for w in shot.truth["widgets"])
    seen = Counter(e.kind for e in shot.screen.elements)
    for kind in ("checkbox", "radio", "switch", "field", "textarea", "select", "slider"):
        assert seen[kind] == real[kind], kind


def test_ticks_and_fields_know_their_labels(render: Render) -> None:
    screen = render("form").screen
    for label in ("Weekly newsletter", "Product updates", "Share usage data", "Remember me", "Beta features"):
        only(screen, "checkbox", label)
    for label in ("Free", "Standard", "Business"):
        only(screen, "radio", label)
    for label in ("First name", "Last name", "Email address", "Password", "Number of seats"):
        only(screen, "field", label)
    assert only(screen, "select", "Country").text == "Switzerland"
    assert only(screen, "textarea", "About you").text == "I work on maps and like long walks."
    assert only(screen, "slider", "Volume").value == pytest.approx(0.3, abs=0.03)


@pytest.mark.parametrize("ratio", [1, 2])
def test_disabled_and_focused_show(render: Render, ratio: float) -> None:
    html = """<body style="font:15px Arial;margin:20px">
    <p>One <input id=a value=red></p><p>Two <input id=b value=blue></p>
    <p>Three <input id=c value=green></p><button disabled>Not now</button> <button>Now</button>"""
    screen = render(html, ratio, (420, 240), "document.getElementById('b').focus()").screen
    assert [("focused" in e.state) for e in screen.elements if e.kind == "field"] == [False, True, False]
    assert [(e.text.lower(), "disabled" in e.state) for e in screen.elements if e.kind == "button"] == [
        ("not now", True),
        ("now", False),
    ]


def test_tabs_are_a_row_with_one_chosen(render: Render) -> None:
    tabs = [e for e in render("dark").screen.elements if e.kind == "tab"]
    assert [tab.text for tab in tabs] == ["General", "Members", "Webhooks", "Security"]
    assert [("selected" in tab.state) for tab in tabs] == [True, False, False, False]


def test_the_swatch_with_a_ring_is_the_chosen_one(render: Render) -> None:
    swatches = [e for e in render("shop").screen.elements if e.kind == "swatch"]
    assert [("selected" in e.state) for e in swatches] == [False, True, False, False, False]
    assert swatches[0].color is not None
    assert max(abs(a - b) for a, b in zip(swatches[0].color, (0xC0, 0x39, 0x2B), strict=True)) < 12


def test_open_and_closed_sections_show(render: Render) -> None:
    screen = render("native").screen
    assert "collapsed" in only(screen, "text", "More options").state
    assert "expanded" in only(screen, "text", "Advanced").state


def test_a_dialog_holds_its_parts_and_stands_in_front(render: Render) -> None:
    screen = render("mail?dialog").screen
    dialogs = [i for i, e in enumerate(screen.elements) if e.kind == "panel" and e.name == "dialog"]
    assert len(dialogs) == 1
    held = [e.text for e in screen.elements if e.parent == dialogs[0]]
    assert "Delete this message?" in held
    assert "Keep it" in held
    assert all(e.name != "dialog" for e in render("mail").screen.elements)


def test_elements_refer_to_their_lines_and_stay_on_the_picture(render: Render) -> None:
    for page in ("form", "shop", "mail?dialog"):
        screen = render(page).screen
        for element in screen.elements:
            assert 0 <= element.box.left < element.box.right <= screen.size.width
            assert 0 <= element.box.top < element.box.bottom <= screen.size.height
            for number in element.lines:
                assert element.box.intersection(screen.lines[number].box).area > 0
            if element.parent >= 0:
                assert screen.elements[element.parent].kind in ("panel", "listbox")


def test_large_figures_are_seen_and_are_no_fields(render: Render) -> None:
    html = """<body style="margin:20px;font:14px Arial"><svg width=360 height=150 stroke="#000">
    <circle cx=60 cy=70 r=50 fill=none /><path d="M150 100l40-70 40 70z" fill="#e8c000"/>
    <circle cx=300 cy=70 r=38 fill="#3050d0"/></svg><p><button>Send it</button> <input value="a text"></p>"""
    seen = render(html, 1, (420, 260)).screen.elements
    figures = [(e.name, e.box.center) for e in seen if e.kind == "shape"]
    assert [name for name, _ in figures] == ["circle", "triangle", "circle"]
    assert [round(x) for _, (x, _) in figures] == pytest.approx([80, 210, 320], abs=2)
    assert [e.kind for e in seen if e.kind in ("button", "field")] == ["button", "field"]


def test_an_empty_field_with_a_coloured_ring_is_a_field(render: Render) -> None:
    html = (
        "<body style='font:14px sans-serif;background:#f4f4f4'><p>Household notes</p><p>for everyone here</p>"
        "<div style='width:178px;height:18px;border:2px solid #5778d8;background:#fff'></div><p>Recent</p></body>"
    )
    fields = [e for e in render(html).screen.elements if e.kind == "field"]
    assert len(fields) == 1
    assert 170 < fields[0].box.width < 190
