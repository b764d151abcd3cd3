"""Our own looks: style sheets drawn by chance, so that no two pages of the training set look alike."""

from __future__ import annotations

import random

_FONTS = (
    "'DejaVu Sans'", "'Liberation Sans'", "'Liberation Serif'", "'Nimbus Sans'", "'Liberation Sans Narrow'",
    "'DejaVu Serif'", "'URW Gothic'", "'Liberation Mono'", "C059", "'WenQuanYi Micro Hei'", "sans-serif", "system-ui",
)  # fmt: skip

# Layout alone: it names no colour and may lie under any library.
LAYOUT = """
body{margin:0;min-height:100vh}
.own-row{margin-bottom:var(--gap);display:block}.own-row>label{display:block;margin-bottom:4px}
.own-inline .own-row{display:flex;align-items:center;gap:12px}.own-inline .own-row>label{min-width:120px;margin:0}
.own-check{display:inline-flex;align-items:center;gap:8px}
.own-line{display:flex;align-items:center;gap:var(--gap);flex-wrap:wrap}.own-push{margin-left:auto}
.own-bar{display:flex;align-items:center;gap:var(--gap);padding:8px 16px}
.own-grid{display:grid;gap:var(--gap)}.own-stack>*{margin-bottom:var(--gap)}
.own-side{display:flex;align-items:stretch;min-height:100vh}.own-side>aside{flex:none;padding:8px}.own-side>main{flex:1;min-width:0;padding:16px}
.own-pad{padding:16px}.own-middle{display:flex;justify-content:center;padding-top:6vh}
.own-list{list-style:none}ul.own-list{margin-top:0;margin-bottom:0}.own-block{display:block}
.own-static{position:static!important;transform:none!important;visibility:visible!important;opacity:1!important}
.own-shown{display:block!important}.own-none{display:none!important}
.own-over{position:fixed;inset:0;display:flex;align-items:center;justify-content:center;z-index:5000}
.own-dialog{min-width:300px;max-width:560px;max-height:90vh;overflow:auto;height:auto;display:block!important;margin:0!important;width:auto}
.own-sheet{background:var(--page,#fff)}
.own-head{display:flex;align-items:center;justify-content:space-between;gap:16px;padding:12px 16px}
.own-plain{all:unset;cursor:pointer;display:inline-flex;padding:4px;color:inherit}
.own-square{min-width:0}
.own-float{position:absolute;z-index:4000;min-width:140px}
img{max-width:100%}svg{vertical-align:middle;flex:none}
"""


def _switch(rng: random.Random) -> str:
    height = rng.choice((14, 16, 18, 20, 22, 24, 28))
    width = int(height * rng.choice((1.6, 1.75, 2, 2.2)))
    inset = rng.choice((1, 2, 2, 3))
    knob = height - 2 * inset
    kind = rng.choice(("pill", "pill", "outline", "thin", "square"))
    radius = 3 if kind == "square" else height
    track = {"outline": "background:transparent;box-shadow:inset 0 0 0 1.5px var(--muted)"}.get(
        kind, "background:var(--track)"
    )
    rail = ""
    if kind == "thin":
        knob, inset = height, 0
        track = (
            f"background:linear-gradient(var(--track),var(--track)) center/100% {int(height * 0.6)}px no-repeat"
        )
        rail = f"background:linear-gradient(var(--soft),var(--soft)) center/100% {int(height * 0.6)}px no-repeat"
    on = rail or "background:var(--main);box-shadow:none"
    knob_on = "background:var(--main)" if kind == "thin" else "background:#fff"
    knob_off = "background:var(--muted)" if kind == "outline" else "background:#fff;box-shadow:0 1px 2px #0006"
    return (
        f".own-switch{{display:inline-block;position:relative;flex:none;width:{width}px;height:{height}px;border-radius:{radius}px;{track}}}"
        f".own-switch>span{{position:absolute;top:{inset}px;left:{inset}px;width:{knob}px;height:{knob}px;"
        f"border-radius:{2 if kind == 'square' else knob}px;{knob_off}}}"
        f".own-switch.own-on{{{on}}}.own-switch.own-on>span{{left:{width - knob - inset}px;{knob_on}}}"
        ".own-switch.own-off{opacity:.45}"
    )


def _slider(rng: random.Random) -> str:
    rail, knob = rng.choice((2, 4, 4, 6, 8)), rng.choice((12, 14, 16, 20, 24))
    face = rng.choice(
        (
            "background:var(--main)",
            "background:#fff;border:2px solid var(--main)",
            "background:#fff;box-shadow:0 1px 3px #0007",
        )
    )
    return (
        f".own-slider{{position:relative;height:{knob}px;width:{rng.choice((120, 160, 200, 260))}px;max-width:100%}}"
        f".own-rail,.own-fill{{position:absolute;top:calc(50% - {rail / 2}px);height:{rail}px;border-radius:{rail}px;left:0}}"
        f".own-rail{{width:100%;background:var(--track)}}.own-fill{{background:var(--main)}}"
        f".own-knob{{position:absolute;top:0;width:{knob}px;height:{knob}px;box-sizing:border-box;margin-left:-{knob / 2}px;"
        f"border-radius:{rng.choice((knob, knob, 3))}px;{face}}}"
    )


def _tick(rng: random.Random) -> str:
    """Check boxes and radio buttons: the browser's own, or drawn."""
    size = rng.choice((13, 14, 16, 16, 18, 20, 24))
    if rng.random() < 0.4:
        return (
            f"input[type=checkbox].own-checkbox,input[type=radio].own-radio{{width:{size}px;height:{size}px;flex:none;"
            f"margin:0;accent-color:{rng.choice(('auto', 'var(--main)'))}}}"
        )
    border = rng.choice((1, 1, 2, 2))
    mark = rng.choice(("tick", "tick", "cross", "fill"))
    drawn = {
        "tick": "M3 8.500l3.500 3.500L13 4.500",
        "cross": "M4 4l8 8M12 4l-8 8",
        "fill": "M4 4h8v8H4z",
    }[mark]
    filled = mark != "fill" and rng.random() < 0.7
    stroke = "white" if filled else "%23" + f"{rng.randrange(0x1000000):06x}"
    picture = (
        "url(\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='"
        f"{drawn}' fill='{'none' if mark != 'fill' else stroke}' stroke='{stroke}' stroke-width='2'/%3E%3C/svg%3E\")"
    )
    back = "var(--main)" if filled else "var(--surface)"
    dot = rng.choice((0.25, 0.35, 0.45)) * size
    radio = rng.choice(
        (f"box-shadow:inset 0 0 0 {size / 2 - dot}px var(--main)", f"background:radial-gradient(var(--main) {dot:.1f}px,transparent {dot + 0.6:.1f}px)")
    )  # fmt: skip
    if "inset" in radio:
        radio = f"border:{size * 0.3:.1f}px solid var(--main)"
    return (
        f"input.own-checkbox,input.own-radio{{appearance:none;flex:none;margin:0;box-sizing:border-box;width:{size}px;height:{size}px;"
        f"border:{border}px solid var(--muted);background:var(--surface)}}"
        f"input.own-checkbox{{border-radius:{rng.choice((0, 2, 3, 4, 6))}px}}input.own-radio{{border-radius:50%}}"
        f"input.own-checkbox:checked{{background:{back} {picture} center/{rng.choice((80, 90, 100))}% no-repeat;"
        f"border-color:{'var(--main)' if filled else 'var(--muted)'}}}"
        f"input.own-radio:checked{{border-color:var(--main);{radio}}}input:disabled{{opacity:.5}}"
    )


def _tabs(rng: random.Random) -> str:
    kind = rng.choice(("line", "line", "box", "pill", "joined", "plain"))
    pad = f"{rng.choice((4, 6, 8, 10, 12))}px {rng.choice((8, 12, 16, 20))}px"
    base = f".own-tabs{{display:flex;gap:{rng.choice((0, 2, 4, 12))}px;flex-wrap:wrap}}.own-tab{{padding:{pad};color:inherit;text-decoration:none}}"
    return (
        base
        + {
            "line": ".own-tabs{border-bottom:1px solid var(--line)}.own-tab.own-on{box-shadow:inset 0 -2px var(--main);color:var(--main)}",
            "box": ".own-tabs{border-bottom:1px solid var(--line)}.own-tab{border:1px solid transparent;border-bottom:0}"
            ".own-tab.own-on{border-color:var(--line);background:var(--surface);border-radius:var(--r) var(--r) 0 0}",
            "pill": ".own-tab{border-radius:99px}.own-tab.own-on{background:var(--main);color:var(--on)}",
            "joined": ".own-tabs{display:inline-flex;gap:0;border:1px solid var(--line);border-radius:var(--r);overflow:hidden;background:var(--track)}"
            ".own-tab.own-on{background:var(--surface);font-weight:bold}",
            "plain": ".own-tab{color:var(--muted)}.own-tab.own-on{color:var(--text);font-weight:bold}",
        }[kind]
    )


def sheet(rng: random.Random, dark: bool) -> str:
    """The style sheet of one page: colours, type, spacing and the build of every component."""
    hue = rng.randrange(360)
    tint = rng.choice((0, 0, 4, 10, 25))
    if dark:
        light = rng.randrange(6, 20)
        bg, surface = f"hsl({hue} {tint}% {light}%)", f"hsl({hue} {tint}% {light + rng.randrange(2, 8)}%)"
        text, muted, line, track = (
            "hsl(0 0% 92%)",
            "hsl(0 0% 62%)",
            f"hsl({hue} {tint}% {light + 16}%)",
            "hsl(0 0% 40%)",
        )
    else:
        light = rng.randrange(92, 101)
        bg, surface = f"hsl({hue} {tint * 2}% {light}%)", "#fff"
        text, muted, line, track = (
            f"hsl({hue} {tint}% 14%)",
            "hsl(0 0% 46%)",
            f"hsl({hue} {tint}% {rng.randrange(74, 90)}%)",
            "hsl(0 0% 78%)",
        )
    main_hue = rng.randrange(360)
    main = f"hsl({main_hue} {rng.randrange(35, 96)}% {rng.randrange(35, 56)}%)" if rng.random() < 0.85 else text
    on = bg if main == text else "#fff"
    radius = rng.choice((0, 0, 2, 3, 4, 6, 8, 12, 20))
    pad_y, pad_x = rng.choice((2, 4, 6, 8, 10, 12)), rng.choice((6, 8, 12, 16, 20))
    size = rng.choice((12, 13, 14, 14, 15, 16, 16, 18))
    border = rng.choice((1, 1, 1, 2))
    field = rng.choice(
        (f"border:{border}px solid var(--line)", f"border:{border}px solid var(--muted)", "border:0;border-bottom:1px solid var(--muted);border-radius:0",
         "border:1px solid transparent;background:var(--soft)", "border:2px inset var(--line)")
    )  # fmt: skip
    button = rng.choice(("background:var(--surface);border:1px solid var(--line)", "background:var(--soft);border:1px solid transparent",
                         "background:transparent;border:1px solid var(--main);color:var(--main)",
                         "background:linear-gradient(var(--surface),var(--soft));border:1px solid var(--muted)", "border:2px outset var(--line);background:var(--soft)"))  # fmt: skip
    shadow = rng.choice(("none", "none", "0 1px 3px #0003", "0 4px 12px #0002", "2px 2px 0 #0005"))
    menu_on = rng.choice(("background:var(--soft)", "background:var(--main);color:var(--on)", "color:var(--main);font-weight:bold", "box-shadow:inset 3px 0 var(--main);background:var(--soft)"))  # fmt: skip
    row = rng.choice((4, 6, 8, 10, 12))
    return f"""
:root{{--bg:{bg};--surface:{surface};--text:{text};--muted:{muted};--line:{line};--track:{track};--main:{main};--on:{on};
--soft:color-mix(in srgb,{main} {rng.choice((6, 10, 16))}%,{surface});--r:{radius}px;--gap:{rng.choice((6, 8, 10, 12, 16, 20))}px}}
body{{background:var(--bg);color:var(--text);font:{size}px/{rng.choice((1.2, 1.35, 1.5, 1.6))} {rng.choice(_FONTS)},'WenQuanYi Micro Hei',sans-serif}}
.own-button{{font:inherit;padding:{pad_y}px {pad_x}px;border-radius:{rng.choice((radius, radius, 99))}px;color:var(--text);{button};box-shadow:{rng.choice(("none", "none", "0 1px 2px #0004"))}}}
.own-button.own-main{{background:var(--main);color:var(--on);border:1px solid var(--main)}}
.own-button.own-quiet{{{rng.choice(("background:var(--soft);border-color:transparent", "text-transform:uppercase;font-weight:bold", "border-style:dashed"))}}}
.own-button.own-square{{padding:{pad_y}px}}.own-button:disabled{{opacity:.5}}
a.own-link{{color:{rng.choice(("var(--main)", "var(--main)", "LinkText", "inherit"))};text-decoration:{rng.choice(("underline", "none"))}}}
.own-field,.own-textarea,.own-select{{font:inherit;color:inherit;box-sizing:border-box;background:var(--surface);padding:{pad_y}px 8px;border-radius:{min(radius, 12)}px;{field}}}
.own-field,.own-textarea{{width:100%}}.own-line .own-field,.own-bar .own-field{{width:{rng.choice((140, 180, 220, 300))}px}}
.own-field:focus{{outline:2px solid var(--main)}}:disabled{{opacity:.6}}
.own-custom{{display:inline-flex;align-items:center;justify-content:space-between;gap:8px;min-width:{rng.choice((110, 140, 180))}px}}
.own-select{{{rng.choice(("", "", "appearance:none;padding-right:28px;background:var(--surface) url(" + _ARROW + ") right 6px center/14px no-repeat"))}}}
.own-card{{background:var(--surface);padding:{rng.choice((8, 12, 16, 24))}px;border-radius:{radius}px;box-shadow:{shadow};border:{rng.choice(("0", "1px"))} solid var(--line)}}
.own-dialog{{background:var(--surface);color:var(--text);border-radius:{radius}px;border:1px solid var(--line);box-shadow:0 8px 40px #0006}}
.own-badge{{display:inline-block;padding:1px 8px;border-radius:{rng.choice((2, 4, 99))}px;background:var(--soft);font-size:.85em}}
.own-alert{{padding:10px 14px;background:var(--soft);border-left:{rng.choice((0, 4))}px solid var(--main)}}
.own-navbar{{background:{rng.choice(("var(--surface)", "var(--main)", "var(--text)"))};border-bottom:1px solid var(--line)}}
.own-navbar{{color:{rng.choice(("var(--text)",))}}}
.own-table{{border-collapse:collapse;width:100%;background:var(--surface)}}.own-table td,.own-table th{{padding:{row}px 10px;text-align:left;
{rng.choice(("border-bottom:1px solid var(--line)", "border:1px solid var(--line)", "border:0"))}}}
.own-table tr:nth-child(even) td{{{rng.choice(("", "background:var(--soft)"))}}}.own-table th{{{rng.choice(("", "background:var(--soft)", "color:var(--muted)"))}}}
.own-menu,.own-popup{{padding:4px;margin:0;list-style:none}}.own-menu_item,.own-popup_item{{display:block;padding:{row}px 12px;color:inherit;text-decoration:none;border-radius:{rng.choice((0, radius))}px}}
.own-menu_item.own-on{{{menu_on}}}.own-popup{{background:var(--surface);border:1px solid var(--line);border-radius:{radius}px;box-shadow:0 4px 16px #0004}}
{_switch(rng)}{_slider(rng)}{_tick(rng)}{_tabs(rng)}
"""


_ARROW = (
    "\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath d='M5 9l7 7 7-7' "
    "fill='none' stroke='gray' stroke-width='3'/%3E%3C/svg%3E\""
)
