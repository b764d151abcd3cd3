"""Where things are kept on a site: the cart, the wish list, the account, the catalogue, and the way there."""

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.goals import Find, Reach, Target
from model.embedded.language.wording import text_score
from model.embedded.language.words import CONCEPTS, concept_of, concepts_within, fold, icons_of, tokens
from model.embedded.matching.match import find
from model.embedded.matching.memory import Answer, Done, Move, Now, click_at
from model.embedded.matching.scene import FIELDS, Scene, Thing

PLACES = frozenset(("cart", "wishlist", "compare", "account", "sign in", "catalogue"))
"""Concepts that are places of a site, not things on a page."""
_ACTS = frozenset("add save move remove delete put buy 加入 添加 删除 移除".split())
_ICONS_ARE_WAYS = frozenset(("cart", "wishlist", "account", "sign in"))
_NO_WAY = ("panel", "field", "textarea", "listbox", "select", "checkbox", "radio", "slider", "switch", "swatch")
MOST_VIEWS = 6
"""Views down a page on which a way is looked for."""


def in_head(thing: Thing, scene: Scene) -> bool:
    """Whether it stands in the bar at the top of the page."""
    return thing.box.center[1] < min(0.12 * scene.screen.size.height, 6 * scene.scale)


def _at_edge(thing: Thing, scene: Scene) -> bool:
    """The arrows of a scroll bar."""
    return thing.box.left > scene.screen.size.width - 1.3 * scene.scale


def place_of(text: str) -> str:
    """The place that a name stands for, "" for none."""
    return min(concept_of(text) & PLACES, default="")


_CONTAINERS = "table|list|page|section|tab|view|folder|database|collection|area|overview|screen"


_EVERYTHING = re.compile(
    r"\b(?:database|wiki|site|website|app|application|system|program|administration|admin|tool|here)$", re.I
)


def is_everything(place: str) -> bool:
    """Whether a place is the application itself, in which one is already."""
    return bool(_EVERYTHING.search(place.strip()))


def bare_place(name: str) -> str:
    """A place without the noun that says what sort of place it is ("the customers table": customers)."""
    bare = re.sub(
        rf"^(?:the\s+)?(?:{_CONTAINERS})\s+(?=\S)|(?<=\S)\s+(?:{_CONTAINERS})$",
        "",
        re.sub(r"^the\s+", "", name.strip(), flags=re.I),
        flags=re.I,
    )
    return bare or name


def within_place(now: Now) -> bool:
    """Whether the step before led to a place (a cart) in which the thing of this goal is to be found."""
    for goal in reversed(now.goals[: now.index]):
        if isinstance(goal, Reach):
            return True
        if isinstance(goal, Find) and goal.opened:
            return bool(place_of(goal.what.text))
    return False


def way_to(place: str, now: Now) -> tuple[Thing, float] | None:
    """The control that leads to a place, by a concept or by the words of its name, with a score."""
    scene = now.scene
    found: list[tuple[float, Thing]] = []
    icons = icons_of(place) if place in _ICONS_ARE_WAYS else ()
    for thing in scene.things:
        if thing.kind in _NO_WAY or now.tried(thing.point) or _at_edge(thing, scene):
            continue
        head = in_head(thing, scene)
        words = tokens(thing.text)
        score = 0.0
        if words and words[0] in _ACTS:
            continue
        if place in concept_of(thing.text):
            score = 0.95
        elif (
            place in CONCEPTS and place in concepts_within(thing.text) and len(words) <= 3 and len(thing.text) < 20
        ):
            score = 0.88
        elif thing.name in icons and head:
            score = 0.93
        elif place not in CONCEPTS and len(words) <= 5:
            score = min(0.92, text_score(place, thing.text)[0])
        if score >= 0.75:
            found.append((score - (0 if head else 0.1), thing))
    if not found and place == "cart":  # it is the last picture of the bar at the top
        pictures = [
            t
            for t in scene.of("icon", "button")
            if in_head(t, scene) and not (t.text or now.tried(t.point) or _at_edge(t, scene))
        ]
        corner = [t for t in pictures if t.box.center[0] > 0.8 * scene.screen.size.width]
        if corner and max(corner, key=lambda t: t.box.left).name not in ("heart", "person", "magnifier", "menu"):
            found.append((0.8, max(corner, key=lambda t: t.box.left)))
    if not found:
        return None
    score, thing = max(found, key=lambda pair: pair[0])
    return thing, score


def shown(sign: Target, scene: Scene) -> bool:
    """Whether what is to be found at a place is in view already."""
    if sign.kinds and set(sign.kinds) <= FIELDS:
        fields = scene.of(*FIELDS)
        return any(c.score >= 0.6 for c in find(replace(sign, role=""), scene, fields)) if fields else False
    return any(c.score >= 0.85 for c in find(sign, scene))


def reach(goal: Reach, now: Now) -> Answer:
    """Go to the place by a control of the page's head, else by its menu, else by a link farther down."""
    scene = now.scene
    if goal.sign and shown(goal.sign, scene):
        return Done("it is here", 0.97)
    went = now.tagged("went")
    if went and (not went[-1].idle or len(went) > 2):
        there = {place for place in goal.places if place in concepts_within(scene.title)}
        named = any(text_score(place, went[-1].text)[0] >= 0.85 for place in goal.places if went[-1].text)
        return Done("I am there", 0.97 if there or named else min(0.93, went[-1].score))
    for place in goal.places:
        way = way_to(place, now)
        if way:
            thing, score = way
            name = thing.text or thing.name or thing.kind
            said = f"I go to “{place}” by “{name}”."
            return Move(click_at(thing.point, thing.text), said, min(0.95, score + 0.05), last=False, tag="went")
    menu = [t for t in scene.things if (t.name == "menu" or "menu" in concept_of(t.text)) and in_head(t, scene)]
    if menu and not now.tried(menu[0].point):
        return Move(click_at(menu[0].point, menu[0].text), "I open the menu.", 0.9, last=False)
    views = [s for s in now.past if s.kind == "scroll" and not s.error]
    if goal.deep and "scroll" in now.actions and len(views) < MOST_VIEWS and not any(s.idle for s in views):
        far = int((2 if len(views) < 2 else 1) * scene.screen.size.height)
        action = {"action": "scroll", "direction": "down", "scroll_distance": far}
        return Move(action, f"“{goal.places[0]}” is farther down, perhaps.", 0.9, last=False)
    if goal.sign is None and goal.places and not place_of(goal.places[0]):
        return Done(f"I know no way to “{goal.places[0]}”", 0.9 if goal.places[0] in scene.text else 0.8)
    return Done("I know no other way", 0.9)


def stem(word: str) -> str:
    """A noun without the ending of its plural."""
    word = fold(word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("xes", "ches", "shes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("se") else word  # "courses", "statuses": one or the other


def section_for(kind: str, now: Now) -> tuple[Thing, float] | None:
    """The link, tab or menu entry that leads to where things of a kind are kept, with a score."""
    if not kind:
        return None
    wanted, concepts = [stem(w) for w in tokens(kind)], concept_of(kind) | concept_of(f"{kind}s")
    best: tuple[float, float, Thing] | None = None
    for thing in now.scene.things:
        if (
            thing.kind not in ("link", "tab", "button", "text", "icon")
            or now.tried(thing.point)
            or "selected" in thing.state
        ):
            continue
        words = [stem(w) for w in tokens(re.sub(r"\(?\d+\)?$", "", thing.text))]
        score = 0.0
        if words and len(words) <= 4:
            if words == wanted:
                score = 0.93
            elif concepts & concept_of(thing.text):
                score = 0.9
            elif (
                wanted
                and wanted[-1] in words
                and words[0] in ("all", "my", "manage", "view", "browse", "list", "open")
            ):
                score = 0.88
            elif len(words) == 2 and len(wanted) == 1 and words[-1] == wanted[0] and thing.kind in ("link", "tab"):
                score = 0.76
        if thing.kind == "icon" and not thing.text:
            icons = [i for c in concepts for i in icons_of(c)]
            score = 0.8 if thing.name in icons and in_head(thing, now.scene) else 0.0
        if not score:
            continue
        plural = fold(thing.text).rstrip("0123456789() ").endswith("s") and not kind.endswith("s")
        score += 0.02 if plural else 0.0
        score -= 0.06 if thing.kind == "text" else 0.0
        if best is None or (score, -thing.box.top) > best[:2]:
            best = (score, -thing.box.top, thing)
    return (best[2], min(0.95, best[0])) if best and best[0] >= 0.75 else None
