"""Goals reached by trying and reading what comes of it: guesses, draws, moving prices, counters, a shell."""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.embedded.screen import Line
from model.embedded.understand.act import best, name_of
from model.embedded.understand.goals import Goal, Target
from model.embedded.understand.language import fold, squash
from model.embedded.understand.match import ENOUGH, find
from model.embedded.understand.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.understand.scene import FIELDS, Thing
from model.embedded.understand.values import numbers, price, show
from model.embedded.understand.wording import text_score

_ANY = Target()


@dataclass(frozen=True)
class Guess(Goal):
    """Find a number between two by guesses that are answered with higher or lower."""

    low: int = 0
    high: int = 9


@dataclass(frozen=True)
class Generate(Goal):
    """Press the button that draws a number until it fits. `sign`: "<" or ">"."""

    sign: str = "<"
    limit: float = 0.0


@dataclass(frozen=True)
class Until(Goal):
    """Press a button as soon as the value shown fits. `sign`: "<" (or equal) or ">" (or equal)."""

    sign: str = "<"
    limit: float = 0.0
    target: Target = _ANY


@dataclass(frozen=True)
class Quantities(Goal):
    """Bring counters with plus buttons to these numbers."""

    items: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Shell(Goal):
    """Delete the file with an ending in a command line that is shown; "" for one without."""

    ending: str = ""


def guess(goal: Guess, now: Now) -> Answer:
    """Halve what is left after every answer."""
    low, high = goal.low, goal.high
    tries = [s for s in now.past if s.kind == "input" and not s.error]
    hint = re.search(r"\b(higher|larger|greater|bigger|lower|smaller|less)\b than (-?\d+)", fold(now.scene.text))
    for step in tries:
        said = re.search(r"between (-?\d+) and (-?\d+)", step.said)
        if said:
            low, high = int(said[1]), int(said[2])
    if hint and tries:
        at = int(hint[2])
        low, high = (
            (max(low, at + 1), high) if hint[1][0] in "hgb" or hint[1] == "larger" else (low, min(high, at - 1))
        )
    pressed = now.past[-1] if now.past else None
    buttons = [
        c
        for c in find(Target(text="submit", kinds=("button",)), now.scene)
        if c.thing.kind == "button" and c.score >= ENOUGH
    ] or [c for c in find(Target(kinds=("button",)), now.scene) if c.thing.kind == "button"]
    if pressed and pressed.kind == "input" and buttons:
        return Move(click_at(buttons[0].point, buttons[0].thing.text), "I try it.", 0.95, last=False)
    if low > high or len(tries) > 12:
        return Lost("no number is left to guess")
    spot = _entry(now)
    if spot is None:
        return Lost("there is no field for a guess", Target(kinds=("field",)))
    middle = (low + high) // 2
    action = {"action": "input", "text": str(middle), "start_point": list(spot), "clear": True}
    return Move(action, f"It is between {low} and {high}, I guess {middle}.", 0.9, last=False)


def _entry(now: Now) -> tuple[int, int] | None:
    """The field to write in; a number field that is taken for another box counts."""
    fields = now.scene.of(*FIELDS)
    if fields:
        return fields[0].point
    boxes = [t for t in now.scene.of("select", "button", "panel") if not re.search("[a-z]", fold(t.text))]
    return (int(boxes[0].box.left + 0.3 * boxes[0].box.width), boxes[0].point[1]) if boxes else None


def _fits(value: float, sign: str, limit: float, *, equal: bool) -> bool:
    return (equal and value == limit) or (value < limit if sign == "<" else value > limit)


def generate(goal: Generate, now: Now) -> Answer:
    values = [n for _, line in now.scene.lines if len(line.text) <= 8 for n in numbers(line.text)]
    drawn = any(s.kind == "click" for s in now.past)
    if drawn and len(values) == 1 and _fits(values[0], goal.sign, goal.limit, equal=False):
        return Done(f"the number generated is {show(values[0])}", 0.95)
    buttons = [t for t in now.scene.of("button") if t.text]
    named = [t for t in buttons if fold(t.text).startswith(("generat", "draw", "new", "random"))]
    if not (named or buttons):
        return Lost("there is no button that generates a number", Target(text="generate", kinds=("button",)))
    chosen = (named or buttons)[0]
    return Move(click_at(chosen.point, chosen.text), f"I press {name_of(chosen)}.", 0.93, last=False)


def until(goal: Until, now: Now) -> Answer:
    """Look again after a short while; press when the value fits."""
    if any(s.mark == "·" and not s.error for s in now.past):
        return Done("it was pressed in time", 0.9)
    found = best(goal.target, now)
    if not found or found.score < ENOUGH:
        return Lost(f"{goal.target} is not to be seen", goal.target)
    values = [v for _, line in now.scene.lines if (v := price(line.text)) is not None]
    if len(values) == 1 and _fits(values[0], goal.sign, goal.limit, equal=True):
        return Move(
            click_at(found.point, found.thing.text),
            f"It shows {show(values[0])}: I press {name_of(found.thing)}.",
            0.95,
        )
    if not values:
        return Lost("I see no price")
    return Move({"action": "wait", "duration_ms": 300}, f"It shows {show(values[0])}, I wait.", 0.9, last=False)


def quantities(goal: Quantities, now: Now) -> Answer:
    """The plus button in the row of each item until its counter shows the number."""
    scene = now.scene
    for count, name in goal.items:
        rows = [c for c in find(Target(text=name), scene) if c.score >= 0.8]
        if not rows and len(name) > 3:
            rows = [c for c in find(Target(text=name.rstrip("s")), scene) if c.score >= 0.8]
        if not rows:
            return Lost(f"“{name}” is not to be seen", Target(text=name))
        row = scene.row_of(rows[0].thing.box)
        shown = [n for t in row if re.fullmatch(r"\d{1,3}", t.text.strip()) for n in numbers(t.text)]
        plus = _sign(row, ("+", "plus"), rows[0].thing, now)
        pressed = sum(1 for s in now.past if s.kind == "click" and s.text == f"{name} +")
        have = shown[-1] if shown else float(pressed)
        if have == count:
            continue
        if plus is None or have > count:
            return Lost(f"there is no counter for “{name}”")
        return Move(
            click_at(plus.point, f"{name} +"), f"{name}: {show(have)} of {count}, I add one.", 0.92, last=False
        )
    return Done("all counters are right: " + ", ".join(f"{n} {name}" for n, name in goal.items), 0.95)


def _sign(row: list[Thing], words: tuple[str, ...], owner: Thing, now: Now) -> Thing | None:
    signs = [t for t in row if t.text.strip() in words or t.name in words or squash(t.text) in words[1:]]
    if signs:
        return signs[-1]
    buttons = [t for t in row if t.kind == "button" and t.box.left > owner.box.right]
    return buttons[-1] if len(buttons) == 2 else None


def shell(goal: Shell, now: Now) -> Answer:
    """List the files, then remove the one with the ending."""
    typed = [s for s in now.past if s.kind == "input" and not s.error]
    lines = sorted((line for _, line in now.scene.lines), key=lambda line: line.box.top)
    prompts = [line for line in lines if re.search(r"[$>#]\s*\S{0,2}$|^\w+[$>#]", line.text.strip())]
    if not prompts:
        return Lost("I see no command line")
    spot = [int(prompts[-1].box.right + now.scene.scale), int(prompts[-1].box.center[1])]
    if typed and typed[-1].text.startswith("rm "):
        return Done("the file was removed", 0.85)
    if not typed:
        return Move(_command("ls", spot), "I list the files.", 0.93, last=False)
    listed = [line for line in lines if _asked(prompts) < line.box.center[1] < prompts[-1].box.top]
    words = [w.strip(",;") for line in (lines if goal.ending else listed) for w in line.text.split()]
    names = [
        w
        for w in words
        if text_score(goal.ending, w.rpartition(".")[2])[0] >= 0.9 and "." in w and len(w) > len(goal.ending) + 1
    ] if goal.ending else [w for w in words if "." not in w]  # fmt: skip
    if not names:
        return Lost(f"no file ends in .{goal.ending}" if goal.ending else "every file has an ending")
    return Move(_command(f"rm {names[0]}", spot), f"I delete {names[0]}.", 0.9)


def _asked(prompts: list[Line]) -> float:
    """How far down the command stands that was answered last."""
    return prompts[-2].box.bottom if len(prompts) > 1 else 0.0


def _command(text: str, spot: list[int]) -> dict[str, object]:
    return {"action": "input", "text": text, "start_point": spot, "submit": True}
