"""What to do now: one decision from a task, a screen and the history, by the skills of the registry."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from model.embedded.language.goals import (
    Avoid,
    Create,
    Delete,
    Edit,
    Find,
    Goal,
    Reach,
    Remark,
    Target,
    Tick,
    Unknown,
    Use,
)
from model.embedded.language.parse import parse
from model.embedded.language.words import concept_of
from model.embedded.matching.clear import obstacle, uncalled_dialog
from model.embedded.matching.memory import (
    ACT,
    CLEAR,
    WAY,
    Answer,
    Done,
    Line,
    Lost,
    Move,
    Now,
    StepState,
    goal_reached,
    ledger_of,
    recall,
)
from model.embedded.matching.scene import Scene
from model.embedded.matching.seek import look
from model.embedded.matching.whereabouts import PLACES, bare_place, is_everything
from model.embedded.screen import Screen
from model.embedded.skills import desktop
from model.embedded.skills.ending import ending, written
from model.embedded.skills.fields.files import Upload
from model.embedded.skills.fields.submitting import implied_submit
from model.embedded.skills.means import messages
from model.embedded.skills.pages.dialogs import of_script
from model.embedded.skills.records.comparing import compared
from model.embedded.skills.registry import grammar, step_of


@dataclass(frozen=True)
class Decision:
    """One action with the reason for it.

    Attributes:
        action: canonical JSON.
        thought: one or two sentences, for people.
        confidence: 0–1.
        details: goals, candidates and ledger for the trace; the state of the step, which the history hands back.
    """

    action: dict[str, Any]
    thought: str
    confidence: float
    details: dict[str, Any] = field(default_factory=dict)


@lru_cache(maxsize=64)
def goals_of(task: str, on_desktop: bool = False) -> tuple[Goal, ...]:
    """The goals of a task as its words have them."""
    return parse(task, grammar(), on_desktop)


@lru_cache(maxsize=64)
def plan(task: str, on_desktop: bool = False) -> tuple[Goal, ...]:
    """The goals of a task with the ways to where they are reached."""
    goals = goals_of(task, on_desktop)
    planned: list[Goal] = []
    for at, goal in enumerate(goals):
        following = goals[at + 1] if at + 1 < len(goals) else None
        same = isinstance(following, Delete | Use) and following.target == goal.target
        if isinstance(goal, Find) and not goal.opened and same:
            continue
        if (
            isinstance(goal, Create | Edit | Delete | Tick | Upload)
            and goal.place
            and not is_everything(goal.place)
        ):
            places = min(concept_of(goal.place) & PLACES, default=bare_place(goal.place))
            named = (
                isinstance(goal, Edit | Delete)
                and goal.name.called
                and not goal.name.most
                and places not in PLACES
            )
            sign = goal.name if named and isinstance(goal, Edit | Delete) else None
            planned.append(Reach(f"in {goal.place}", places=(places,), sign=sign))
        if isinstance(goal, Use) and goal.how == "sign out" and not goal.what.called:
            planned.append(Reach("the account", places=("account",), sign=Target(text="sign out")))
        planned.append(goal)
    return tuple(planned)


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
        history: entries of the prompt's `history`: action, state, change, effect, error.
        notes: facts that no pixel shows.
        actions: names of the actions that can be done here.
    """
    on_desktop = desktop.on_desktop(actions)
    goals = plan(task, on_desktop)
    steps = recall(history)
    now = Now(Scene(screen, task), goals, 0, steps, notes, frozenset(actions), ledger=ledger_of(steps))
    if not goals:
        why = "I do not understand the task." if task.strip() else "There is no task."
        return _finish(now, "infeasible" if not task.strip() else "failed", why, 0.0)
    if stop := _not_understood(now):
        return stop
    now.index = min(_index(now), len(goals) - 1)
    if dialog := of_script(now):
        return _decision(now, dialog, CLEAR)
    if wait := _unready(now):
        return _decision(now, wait, CLEAR)
    if not on_desktop and (move := obstacle(now)):  # there, a window in front is what was asked for
        return _decision(now, move, CLEAR)
    now.index = _index(now)
    told: list[str] = []
    while now.index < len(goals):
        move_or = _pursue(now)
        if isinstance(move_or, Move):
            return _decision(now, move_or, ACT if move_or.last else WAY)
        if isinstance(move_or, Lost):
            return _give_up(now, move_or)
        if move_or.answer is not None:
            told.append(move_or.answer)
        now.ledger[now.index] = Line(move_or.why or "done", move_or.score)
        now.index += 1
    now.index = len(goals) - 1
    if _entered(goals) and (confirm := implied_submit(now)):
        return _decision(now, confirm, ACT)
    status, why, confidence = ending(now)
    return _finish(now, status, why, confidence, "\n".join(told) or None)


def _not_understood(now: Now) -> Decision | None:
    """Whether to go on where a part of the task was not understood: a person is asked, nobody is guessed at."""
    unknown = [g for g in now.goals if isinstance(g, Unknown)]
    if not unknown:
        return None
    words = "; ".join(f"“{g.what}”" for g in unknown)
    rest = [g.said for g in now.goals if not isinstance(g, Unknown | Remark | Avoid) and g.said]
    answered = next((n for n in now.notes if "The user answered:" in n), "")
    if answered:
        reply = answered.split("The user answered:", 1)[1].strip().lower()
        if reply.startswith(("y", "ok", "do", "go", "sure", "是", "好")):
            return None
        return _finish(now, "failed", f"I do not understand {words}.", 0.0)
    if not rest or "ask_user" not in now.actions:
        return _finish(now, "failed", f"I do not understand {words}, so I did nothing.", 0.0)
    question = f"I do not understand {words}. Shall I do the rest: {'; '.join(rest)}?"
    return Decision({"action": "ask_user", "question": question[:1000]}, question, 0.3, _details(now))


def _unready(now: Now) -> Move | None:
    """A moment for what is still loading, a few times at most."""
    text = messages.loading(now.scene)
    waits = [s for s in now.steps[-4:] if s.kind == "wait"]
    if not text or len(waits) > 3 or "wait" not in now.actions:
        return None
    return Move(
        {"action": "wait", "duration_ms": 1000}, f"The page says “{text}”, I wait.", 0.9, last=False, tag="wait"
    )


def _index(now: Now) -> int:
    """The goal at hand: the latest that steps were made for, or the one after it where it was reached."""
    made = [s for s in now.steps if s.mark != CLEAR]
    if not made:
        return 0
    latest = max(s.goal for s in made)
    if goal_reached([s for s in now.steps if s.goal == latest]):
        return latest + 1
    return min(latest, len(now.goals) - 1)


def _pursue(now: Now) -> Answer:
    goal = now.goal
    if isinstance(goal, Remark | Avoid | Unknown):
        return Done("nothing is to be done", 1.0)
    step, skill = step_of(goal)
    if len(now.past) >= skill.most_steps:
        return Lost(f"“{goal.said}” took too many steps", final=True)
    resolved = compared(goal, now)
    if not isinstance(resolved, Goal):
        return resolved
    if resolved != goal:  # it has a name now: what was done to find it is no part of the search for it
        goals = (*now.goals[: now.index], resolved, *now.goals[now.index + 1 :])
        known = next(i for i, s in reversed(list(enumerate(now.steps))) if s.tag == "best")
        later = replace(now, goals=goals, steps=now.steps[known + 1 :])
        return _pursue(later)
    result = step(goal, now)
    if isinstance(result, Lost) and not result.final and isinstance(result.looking_for, Target):
        if move := uncalled_dialog(now) or look(now, result.looking_for):
            return move
        if not now.relaxed:
            now.relaxed = True
            return _pursue(now)
    return result


def _entered(goals: tuple[Goal, ...]) -> bool:
    """Whether the task ends with something entered, and nothing was said about sending it."""
    acting = [g for g in goals if not isinstance(g, Remark | Avoid | Unknown)]
    return (
        bool(acting) and acting[-1].enters and not any(g.do in ("submit", "use", "press", "click") for g in acting)
    )


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
    if (
        not asked
        or not isinstance(now.goal, Use | Find | Edit | Delete)
        or (now.index and isinstance(now.goals[0], Reach))
    ):
        return False
    if any(s.kind == "input" and s.text != name for s in now.steps):
        return False  # a form was filled: this is about more than a thing that is missing
    return any(not s.idle for s in now.steps[asked[0] :])


def _decision(now: Now, move: Move, sign: str) -> Decision:
    state = StepState(
        now.index, sign, round(move.score, 3), move.why, move.tag, move.memo,
        {str(at): [line.seen[:200], round(line.sure, 3)] for at, line in now.ledger.items()},
    )  # fmt: skip
    thought = f"{now.index + 1}/{len(now.goals)} {sign} {move.why} ({round(100 * move.score)} %)"
    return Decision(move.action, thought, round(move.score, 3), {**_details(now), "state": state.to_json()})


def _finish(now: Now, status: str, why: str, confidence: float, told: str | None = None) -> Decision:
    action: dict[str, Any] = {"action": "finished", "status": status, "reason": why[:1000]}
    if told is not None:
        action["answer"] = told
    return Decision(action, why, round(confidence, 3), {**_details(now), "ledger": written(now)})


def _details(now: Now) -> dict[str, Any]:
    return {"goals": [g.gold() for g in now.goals], "candidates": now.trace[:20]}


__all__ = ["Decision", "decide", "goals_of", "plan"]
