"""Forms: a field, list box or check box by its label, and whether it then holds what it was to hold."""

from __future__ import annotations

from dataclasses import replace

from pydantic import SecretStr

from action_space.actions import Click, Input, Select
from agent.rpa.errors import NotDone
from agent.rpa.query import Match, Query
from agent.rpa.session import Session
from envs.base import Observation, StepResult

_BOXES = ("checkbox", "switch", "radio")


def fill(
    session: Session, query: Query, text: str | SecretStr, *, clear: bool, submit: bool, timeout: float | None
) -> StepResult:
    """Type a text into the field that `query` names.

    Raises:
        NotDone: the field holds something else afterwards.
    """
    match, seen = session.one(_of(query, "field"), timeout)
    words = text.get_secret_value() if isinstance(text, SecretStr) else text
    outcome = session.act(Input(text=words, start_point=match.point, clear=clear, submit=submit), seen)
    if outcome.effect.typed == "differs":
        holds = "" if isinstance(text, SecretStr) else f": it holds “{outcome.effect.field_value}”"
        raise NotDone(
            f"{query}: the text did not arrive as it was typed{holds}", session.keep(outcome.observation)
        )
    return outcome


def choose(session: Session, query: Query, option: str, timeout: float | None) -> StepResult | None:
    """Choose an option of the list box that `query` names, or of the group of radio buttons below or beside it.

    Raises:
        NotOnScreen: there is no such list box, or no such option in it.
        NotDone: it shows something else afterwards.
    """
    seen = session.look()
    if not session.finder.find(_of(query, "select"), seen).matches:
        radios = session.finder.find(Query(option, near=query.text or None, kind="radio"), seen)
        if len(radios.matches) == 1:
            return tick(session, Query(option, near=query.text or None, kind="radio"), True, timeout)
    match, seen = session.one(_of(query, "select"), timeout)
    try:
        outcome = session.act(Select(text=option, start_point=match.point), seen)
    except NotDone:  # no list box of the browser's own: open it as a person does
        opened = session.act(Click(start_point=match.point), session.look())
        place, seen = session.one(Query(option, near=match, nth=None), timeout)
        if place.box == match.box:
            raise NotDone(f"{query}: did not open", session.keep(opened.observation)) from None
        outcome = session.act(Click(start_point=place.point), seen)
    return outcome


def tick(session: Session, query: Query, on: bool, timeout: float | None) -> StepResult | None:
    """Bring a check box, switch or radio button to a state; None: it was there already.

    Raises:
        NotDone: its state cannot be seen, or did not change.
    """
    match, seen = session.one(_box(session, query, timeout), timeout)
    if (state := _is_on(match)) is None:
        raise NotDone(f"{query}: whether it is ticked cannot be seen", session.keep(seen, (match,)), (match,))
    if state == on:
        return None
    outcome = session.act(Click(start_point=match.point), seen)
    for now in session.looks(timeout):
        again = [one for one in _at(session, query, now) if one.box.grown(4).contains(*match.box.center)]
        if again and _is_on(again[0]) == on:
            return outcome
    raise NotDone(f"{query}: was clicked and is not {'ticked' if on else 'cleared'}", session.keep(now, (match,)))


def _of(query: Query, kind: str) -> Query:
    return query if query.kind is not None or query.image is not None else replace(query, kind=kind)


def _box(session: Session, query: Query, timeout: float | None) -> Query:
    """The query with the kind of box that is there; check boxes where none is."""
    if query.kind is not None:
        return query
    for seen in session.looks(timeout):
        for kind in _BOXES:
            if session.finder.find(replace(query, kind=kind), seen).matches:
                return replace(query, kind=kind)
    return replace(query, kind="checkbox")


def _at(session: Session, query: Query, seen: Observation) -> list[Match]:
    kinds = (query.kind,) if query.kind else _BOXES
    return [one for kind in kinds for one in session.by_eyes(replace(query, kind=kind), seen).matches]


def _is_on(match: Match) -> bool | None:
    if match.state & {"checked", "selected"}:
        return True
    return False if "unchecked" in match.state or match.kind == "radio" else None
