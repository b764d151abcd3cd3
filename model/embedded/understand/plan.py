"""What to do now: one decision from a task, a screen and the history, by rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, cast

from model.embedded.screen import Screen
from model.embedded.understand import (
    act,
    answer,
    cards,
    carry,
    choose,
    dates,
    desktop,
    dials,
    enter,
    feedback,
    gesture,
    hands,
    offers,
    posts,
    puzzles,
    shop,
    synonyms,
)
from model.embedded.understand.clear import obstacle, uncalled_dialog
from model.embedded.understand.do import do
from model.embedded.understand.ending import ending
from model.embedded.understand.goals import (
    Adjust,
    Amount,
    Back,
    Choose,
    Click,
    Close,
    Consent,
    Do,
    Drag,
    Filter,
    Find,
    Fit,
    Goal,
    Language,
    Path,
    Pick,
    Press,
    Reach,
    Read,
    Scroll,
    Search,
    SelectText,
    Sort,
    Submit,
    Target,
    Tick,
    Type,
    Visit,
)
from model.embedded.understand.language import squash
from model.embedded.understand.memory import Answer, Lost, Move, Now, click_at, goal_reached, mark, recall
from model.embedded.understand.parse import parse
from model.embedded.understand.scene import Scene
from model.embedded.understand.seek import look
from model.embedded.understand.whereabouts import reach

MOST_STEPS = 18
"""Steps for one goal before it is given up; `_LONG` for goals that need many by their nature."""
_LONG = {Tick: 60, Sort: 60, Adjust: 60, Pick: 60, Scroll: 40, Amount: 30, Filter: 40}


@dataclass(frozen=True)
class Decision:
    """One action with the reason for it.

    Attributes:
        action: canonical JSON.
        thought: one or two sentences; its first mark and last number are read back by `memory.recall`.
        confidence: 0–1.
        details: goals and candidates, for the trace.
    """

    action: dict[str, Any]
    thought: str
    confidence: float
    details: dict[str, Any] = field(default_factory=dict)


def _press(goal: Press, now: Now) -> Answer:
    return Move({"action": "press", "keys": list(goal.keys)}, f"I press {'+'.join(goal.keys)}.", 0.95)


def _visit(goal: Visit, now: Now) -> Answer:
    return Move({"action": "navigate", "url": goal.url}, f"I open {goal.url}.", 0.97)


def _back(goal: Back, now: Now) -> Answer:
    return Move({"action": "back"}, "I go back.", 0.95)


_PUZZLES: dict[type[Goal], Callable[[Any, Now], Answer]] = {
    feedback.Guess: feedback.guess, feedback.Generate: feedback.generate, feedback.Until: feedback.until,
    feedback.Quantities: feedback.quantities, feedback.Shell: feedback.shell, hands.DragAll: hands.drag_all,
    hands.Arrange: hands.arrange, hands.PickRows: hands.pick_rows, hands.Style: hands.style,
    posts.OfOne: posts.of_one,
    hands.ValueOf: hands.value_of, hands.Nudge: hands.nudge, puzzles.Sides: puzzles.sides,
    puzzles.Figure: puzzles.figure,
    puzzles.Shades: puzzles.shades, puzzles.Parity: puzzles.parity, puzzles.Crossing: puzzles.crossing,
    puzzles.Resize: puzzles.resize, puzzles.Line: puzzles.line, puzzles.Oxo: puzzles.oxo,
    synonyms.Similar: synonyms.similar, offers.BestOf: offers.best_of,
    carry.Transcribe: carry.transcribe,
}  # fmt: skip
_HANDLERS: dict[type[Goal], Callable[[Any, Now], Answer]] = {
    Click: act.click, Submit: act.submit, Find: act.open_, Tick: act.tick, Path: act.follow, Drag: gesture.drag,
    Close: act.close, Sort: gesture.sort, SelectText: gesture.select_text, Scroll: gesture.scroll,
    Choose: choose.choose, Do: do, Type: enter.type_, Fit: enter.fit, Search: enter.search,
    Adjust: dials.adjust, Pick: dates.pick,
    Read: answer.read, Press: _press, Visit: _visit, Back: _back, Reach: reach, Amount: shop.amount,
    desktop.Launch: desktop.launch, desktop.Write: desktop.write, desktop.SaveAs: desktop.save_as,
    Consent: shop.consent, Filter: shop.filter_, Language: shop.language, **_PUZZLES,
}  # fmt: skip


@lru_cache(maxsize=64)
def goals_of(task: str, on_desktop: bool = False) -> tuple[Goal, ...]:
    """The goals of a task; parsing it once is enough."""
    return parse(task, on_desktop)


def decide(
    task: str,
    screen: Screen,
    history: list[dict[str, Any]],
    notes: tuple[str, ...] = (),
    actions: tuple[str, ...] = (),
) -> Decision:
    """The next action of a run.

    Args:
        task: as the person wrote it.
        screen: what is seen now.
        history: entries of the prompt's `history`: action, thought, effect, error.
        notes: facts that no pixel shows.
        actions: names of the actions that can be done here.
    """
    on_desktop = desktop.on_desktop(actions)
    goals = goals_of(task, on_desktop)
    steps = recall(history)
    scene = Scene(screen, task)
    now = Now(scene, goals, 0, steps, notes, frozenset(actions))
    if not goals:
        why = "I do not understand the task." if task.strip() else "There is no task."
        return _finish(now, "infeasible" if not task.strip() else "failed", why, 0.0)
    if dialog := _dialog(now):
        return _decision(now, dialog, "!")
    if not on_desktop and (move := obstacle(now)):  # there, a window in front is what was asked for
        now.index = min(_index(now), len(goals) - 1)
        return _decision(now, move, "!")
    now.index = _index(now)
    told: list[str] = []
    while now.index < len(goals):
        move_or = _pursue(now)
        if isinstance(move_or, Move):
            return _decision(now, move_or, "·" if move_or.last else "…")
        if isinstance(move_or, Lost):
            return _give_up(now, move_or)
        if move_or.answer is not None:
            told.append(move_or.answer)
        now.trace.append({"goal": now.index + 1, "done": move_or.why, "score": round(move_or.score, 3)})
        now.index += 1
    now.index = len(goals) - 1
    if _entered(goals) and (confirm := act.implied_submit(now)):
        return _decision(now, confirm, "·")
    if isinstance(goals[-1], Read) and told and (answered := _press_answer(now, told[-1])):
        return _decision(now, answered, "·")
    status, why, confidence = ending(now)
    return _finish(now, status, why, confidence, "\n".join(told) or None)


def _index(now: Now) -> int:
    """The goal at hand: the latest that steps were made for, or the one after it where it was reached."""
    made = [s for s in now.steps if s.mark != "!"]
    if not made:
        return 0
    latest = max(s.goal for s in made)
    return (
        latest + 1 if goal_reached([s for s in now.steps if s.goal == latest]) else min(latest, len(now.goals) - 1)
    )


def _pursue(now: Now) -> Answer:
    goal = now.goal
    if len(now.past) >= _LONG.get(type(goal), 60 if type(goal) in _PUZZLES else MOST_STEPS):
        return Lost(f"“{goal.said}” took too many steps")
    resolved = cards.compared(goal, now)
    if not isinstance(resolved, Goal):
        return resolved
    if resolved != goal:  # it has a name now: what was done to find it is no part of the search for it
        goals = (*now.goals[: now.index], resolved, *now.goals[now.index + 1 :])
        known = next(i for i, s in reversed(list(enumerate(now.steps))) if s.said.startswith("All seen"))
        later = replace(now, goals=goals, steps=now.steps[known + 1 :])
        return _pursue(later)
    result = _HANDLERS[type(goal)](goal, now)
    if isinstance(result, Lost) and isinstance(result.looking_for, Target):
        if move := uncalled_dialog(now) or look(now, result.looking_for):
            return move
        if not now.relaxed:
            now.relaxed = True
            return _pursue(now)
    return result


def _entered(goals: tuple[Goal, ...]) -> bool:
    """Whether the task ends with something entered, and nothing was said about sending it."""
    return isinstance(goals[-1], Type | Fit | Tick | Choose | Pick | Adjust | hands.Arrange) and not any(
        isinstance(g, Submit | Do) for g in goals
    )


def _press_answer(now: Now, told: str) -> Move | None:
    """Where short answers are offered as buttons, the one that says what was found out."""
    offers = [t for t in now.scene.of("button", "radio", "tab") if t.text and len(t.text) <= 12]
    same = [t for t in offers if squash(t.text) == squash(told)]
    alike = [t for t in offers if t.text.strip().isdigit() == told.strip().isdigit()]
    if len(same) != 1 or len(alike) < 2 or any(s.kind == "click" and s.mark == "·" for s in now.past):
        return None
    return Move(click_at(same[0].point, same[0].text), f"The answer is {told}, I press it.", 0.91)


def _dialog(now: Now) -> Move | None:
    """A dialog of the page's script is open: nothing else can be done before it is answered."""
    for note in now.notes:
        if "dialog" in note.lower() and any(
            k in note.lower() for k in ("alert", "confirm", "prompt", "beforeunload", "leave")
        ):
            asked = now.scene.task.lower()
            response = "dismiss" if any(w in asked for w in ("cancel", "dismiss", "取消")) else "accept"
            return Move(
                {"action": "dialog", "response": response}, "A dialog of the page waits for an answer.", 0.85
            )
    return None


def _give_up(now: Now, lost: Lost) -> Decision:
    reason = lost.reason[:1].upper() + lost.reason[1:]
    if _looked_for_in_vain(now, lost):
        return _finish(now, "infeasible", f"{reason}: the search brought nothing of that name.", 0.7)
    return _finish(now, "failed", f"{reason}.", 0.2)


def _looked_for_in_vain(now: Now, lost: Lost) -> bool:
    """Whether the site's own search was asked for the thing by its name, and answered without it."""
    target = lost.looking_for
    name = target.text if isinstance(target, Target) else ""
    asked = [i for i, s in enumerate(now.steps) if name and s.kind == "input" and s.text == name and not s.error]
    if not asked or not isinstance(now.goal, Do | Find) or (now.index and isinstance(now.goals[0], Reach)):
        return False
    if any(s.kind == "input" and s.text != name for s in now.steps):
        return False  # a form was filled: this is about more than a thing that is missing
    return any(not s.idle for s in now.steps[asked[0] :])


def _decision(now: Now, move: Move, sign: str) -> Decision:
    thought = mark(now.index, len(now.goals), sign, move.why, move.score)
    return Decision(move.action, thought, round(move.score, 3), _details(now))


def _finish(now: Now, status: str, why: str, confidence: float, told: str | None = None) -> Decision:
    action: dict[str, Any] = {"action": "finished", "status": status, "reason": why}
    if told is not None:
        action["answer"] = told
    return Decision(action, why, round(confidence, 3), _details(now))


def _details(now: Now) -> dict[str, Any]:
    return {"goals": [f"{type(g).__name__}: {cast(Any, g).said}" for g in now.goals], "candidates": now.trace[:20]}
