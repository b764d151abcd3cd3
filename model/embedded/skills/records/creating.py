"""Make a new record: find where it is made, fill its form, save, see that it is there."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.clauses import split_list
from model.embedded.language.fieldnames import synonyms
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Create, Goal, Setting, Target
from model.embedded.language.nouns import kind_before
from model.embedded.language.settings import is_field, settings, tail
from model.embedded.language.words import RECORDS, concept_of, concepts_within, fold, squash, tokens
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Thing
from model.embedded.matching.whereabouts import section_for
from model.embedded.skills.base import Skill
from model.embedded.skills.means import messages
from model.embedded.skills.means.adding import NEW, new_control
from model.embedded.skills.means.controls import save_button
from model.embedded.skills.means.put import field_named, fields_in_view, put
from model.embedded.skills.means.saving import after_save, press_save

NAME = Target(text="name")


def create(goal: Create, now: Now) -> Answer:
    """The next step."""
    wanted = _wanted(goal)
    if saved := now.tagged("save"):
        return after_save(now, saved, goal.name or goal.kind, lambda: _enter(goal, wanted, now))
    ready = bool(now.tagged("new")) or any("field" in s.memo for s in now.past)
    inline = not ready and bool(wanted) and _form_in_view(goal, wanted, now)
    if ready or inline:
        answer = _enter(goal, wanted, now)
        if (
            not isinstance(answer, Lost)
            or answer.final
            or len(now.tagged("new")) > 1
            or any("field" in s.memo for s in now.past)
        ):
            return answer
    made = [s for s in now.past if s.tag == "new"]
    control, section = new_control(goal.kind, now), section_for(goal.kind, now)
    been = bool(now.tagged("section"))
    if control and (control[1] >= 0.9 or not section or (been and control[1] >= 0.8)) and len(made) < 3:
        thing, score = control
        said = f"I start a new {goal.kind or 'entry'} with {name_of(thing)}."
        return Move(
            click_at(thing.point, thing.text),
            said,
            score,
            last=False,
            tag="new",
            memo={"known": messages.told(now.scene)},
        )
    if section and not been:
        said = f"I go to “{section[0].text}”, where a {goal.kind} may be made."
        return Move(click_at(section[0].point, section[0].text), said, section[1], last=False, tag="section")
    return Lost(f"I see no way to make a new {goal.kind or 'entry'}", Target(text=f"new {goal.kind}".strip()))


def _wanted(goal: Create) -> list[Setting]:
    named = [Setting(NAME, goal.name)] if goal.name else []
    if goal.name and " " in goal.name and any(fold(s.field.text) in ("name", "title") for s in goal.set):
        named = []
    return [*named, *goal.set]


def _enter(goal: Create, wanted: list[Setting], now: Now) -> Answer:
    """Field after field, then the button that saves."""
    missing: list[Setting] = []
    for one in _parted(wanted, now):
        answer = _halves(one, now) or put(one, now, goal.kind)
        if isinstance(answer, Move):
            return answer
        if isinstance(answer, Lost):
            if answer.final:
                return answer
            missing.append(one)
    if missing:
        if len(missing) == len(wanted) and not any("field" in s.memo for s in now.past):
            return Lost(f"there is no field for “{missing[0].field}”", missing[0].field)
        scrolls = [s for s in now.past if s.tag == "down"]
        if "scroll" in now.actions and len(scrolls) < 4 and not (scrolls and scrolls[-1].idle):
            action = {
                "action": "scroll",
                "direction": "down",
                "scroll_distance": int(0.5 * now.scene.screen.size.height),
            }
            return Move(
                action, f"The field “{missing[0].field}” is farther down, perhaps.", 0.8, last=False, tag="down"
            )
        return Lost(f"the form has no field for “{missing[0].field}”", final=True)
    return press_save(now, goal.kind)


def _parted(wanted: list[Setting], now: Now) -> list[Setting]:
    """ "Brno Bearings from Czechia": name and place, where the form asks for a place that nothing else is said for."""
    first = wanted[0] if wanted else None
    said = (
        re.match(r"^(?P<n>\S.*?) from (?P<p>[A-Z]\S.*)$", first.value) if first and first.field == NAME else None
    )
    place = Target(text="country")
    if first is None or said is None or any("place" in synonyms(fold(s.field.text)) for s in wanted[1:]):
        return wanted
    if not any(s.memo.get("field") == "country" for s in now.past) and not field_named(place, now):
        return wanted
    return [Setting(NAME, said["n"]), *wanted[1:], Setting(place, said["p"])]


def _halves(one: Setting, now: Now) -> Answer | None:
    """A person's name where the form asks for first and last name apart."""
    words = one.value.split()
    if one.field != NAME or len(words) < 2:
        return None
    first, last = (
        Setting(Target(text="first name"), words[0]),
        Setting(Target(text="last name"), " ".join(words[1:])),
    )
    begun = any(s.memo.get("field") == squash("first name") for s in now.past)
    exact = [f for f in fields_in_view(now) if any(squash(n) in ("name", "fullname", "title") for n in f.names)]
    if not begun and (
        exact
        or not (
            field_named(first.field, now) and any("last" in fold(n) for f in fields_in_view(now) for n in f.names)
        )
    ):
        return None
    for half in (first, last):
        answer = put(half, now)
        if not isinstance(answer, Done):
            return answer
    return Done("both names were entered", 0.93)


def _form_in_view(goal: Create, wanted: list[Setting], now: Now) -> bool:
    """Whether the fields of the new record are there already, with the button that makes it."""
    found = [field_named(one.field, now, goal.kind) for one in wanted]
    if not found[0] or any(c is None or c.score < 0.8 for c in found):
        return False
    makes = save_button(now, goal.kind, found[-1].thing.box.bottom if found[-1] else 0)
    field = found[0].thing
    said = " ".join(field.names).lower()
    asks = any(w in tokens(said) for w in NEW) or "needs to be done" in said
    near = (
        makes is not None
        and (set(tokens(makes[0].text)) & {*NEW, "submit", "save", "send"})
        and _together(field, makes[0], now)
    )
    return bool(asks or near) and not any("selected" in f.state for f in (field,))


def _together(field: Thing, button: Thing, now: Now) -> bool:
    """Whether a button stands with a field: behind it, or not far below it."""
    down = button.box.center[1] - field.box.center[1]
    level = abs(down) < 1.2 * now.scene.scale and 0 <= button.box.left - field.box.right < 4 * now.scene.scale
    return level or 0 < down < 30 * now.scene.scale


_MAKE = (
    "add|create|make me|make|set up|register|start|put|insert|log|write|compose|leave|book|schedule|new|enter|record|open|draft|"
    "file|raise|post|arrange|request|reserve|plan|place|save|note down|note"
)
_OFTEN = frozenset(("set up", "make me"))
_BARE = (
    "enter",
    "open",
    "record",
    "write",
    "post",
    "log",
    "save",
    "place",
    "note",
    "put",
    "leave",
    "start",
    "plan",
    "file",
    "make",
)
_HOLDS = (
    "list|folder|board|project|album|playlist|page|section|table|cart|calendar|notebook|column|group|category|team|channel"
    "|collection|shelf|directory|workspace|space"
)
_WHERE = re.compile(
    r"^(?P<what>.+?)\s+(?:to|in|into|on|onto|under|inside|within|at)\s+(?P<my>my|the|our|your|his|her|a|an)?\s*(?P<where>(?!\d)[^,]+)$",
    re.I,
)
_FRESH = (
    r"(?:(?:a|an|the|one|another|some|my)\s+)?(?:(?:brand-?)?new|fresh|further|additional|extra)\s+(?:one\s+)?"
)


def _read(found: re.Match[str], clause: Clause) -> list[Goal] | None:
    """ "add a contact named Ada with phone 555", "put a task 'X' on the list Home", "create an issue for this: X"."""
    verb, rest = fold(found["verb"]), found["rest"].strip()
    fresh = bool(re.match(_FRESH, rest, re.I)) or verb == "new"
    head, behind = tail(re.sub(r"\bfor (?:this|it)(?=\s*:)", "", rest, flags=re.I))
    if head.endswith(" for this") or not head:
        head = head.removesuffix(" for this")
    if re.match(r"^(?:that|saying|which says)\b", behind):
        return []
    said = re.match(r"^(?P<h>.+?)\s+(?:saying|that says|which says|reading)\s+(?P<n>.+)$", head, re.I)
    head, name_said = (said["h"], said["n"]) if said else (head, "")
    place, more = clause.place, []
    article = re.match(r"^(?:a|an|the|one|another|my)\s+", head, re.I)
    if (where := _WHERE.match(head)) and not re.search(r"\b(?:called|named|titled)\b", where["where"]):
        group = kind_before(re.sub(r"^(?:a|an)\s+", "", where["where"]))
        if concept_of(clause.value(where["where"])) & {"cart", "wishlist", "compare", "star"}:
            return []
        field = (
            group
            and group[0] in ("group", "category", "team", "role", "department", "tag")
            and not kind_before(_bare(where["what"]))
        )
        if group and field:
            more, head = [Setting(Target(text=group[0]), clause.value(group[1]))], where["what"]
        elif group or where["my"] or verb in ("add", "put", "insert", "create", "make", "new"):
            place, head = clause.value(group[1] if group else where["where"]), where["what"]
            place = re.sub(r"\s+(?:page|section|tab)$", "", place)
    kind, name, extra = _named(_bare(head), clause, verb, bool(article) or fresh)
    if name_said:
        kind, name = kind or name, clause.value(name_said)
    found_set, left = settings(behind, clause.quotes) if behind else ([], "")
    if left and kind and not name:
        name = clause.value(left)
    elif left and not (kind and name):
        name = f"{name} {clause.value(left)}".strip()
    if not kind and verb in _BARE and not fresh:
        return []
    if not (kind or name):
        return []
    called = next((one for one in found_set if fold(one.field.text) in ("name", "title", "subject")), None)
    if not name and called:
        name, found_set = called.value, [one for one in found_set if one is not called]
    more = [*extra, *found_set, *more]
    if verb in ("enter", "put", "leave", "place", "save") and not (kind in RECORDS or fresh):
        return []
    if verb == "open" and not fresh:
        return []
    if (about := clause.about) and not place:
        place = clause.value(about)
    return [Create(kind=kind, name=name, set=tuple(more), place=place)]


def _bare(text: str) -> str:
    text = re.sub(rf"^{_FRESH}", "", text, flags=re.I)
    return re.sub(r"^(?:a|an|the|one|another|some|my|me an?)\s+", "", text, flags=re.I)


def _named(text: str, clause: Clause, verb: str, article: bool) -> tuple[str, str, list[Setting]]:
    """Kind, name and further settings of what is to be made."""
    extra: list[Setting] = []
    if amount := re.match(
        r"^(?P<k>[a-z][a-z ]*?)\s+(?:of|over)\s+(?P<v>[$€£¥]?\d[\d.,]*)(?:\s+(?:for|at)\s+(?P<n>.+))?$", text
    ):
        return amount["k"], clause.value(amount["n"] or ""), [Setting(Target(text="amount"), amount["v"])]
    if named := re.match(
        r"^(?P<k>.*?)\s*\b(?:named|called|titled|entitled|by the name(?: of)?|with the (?:name|title))\s+(?:as\s+)?(?P<n>.+)$",
        text,
        re.I,
    ):
        kind = fold(clause.value(named["k"]))
        return ("" if kind == "one" else kind), clause.value(named["n"]), extra
    if before := kind_before(text):
        kind, name = before
        return kind, clause.value(re.sub(r"^(?:for|with|about)\s+(?=\S)", "", name)), extra
    if joined := re.match(
        r"^(?P<k>[a-z][a-z -]*?)\s+(?:for|with|about|of)\s+(?:the\s+)?(?P<n>[A-Z\ue000-\ue0ff].*)$", text
    ):
        return joined["k"].strip(), clause.value(joined["n"]), extra
    if re.fullmatch(r"[a-z]+", text) and (text in RECORDS or article):
        return text, "", extra
    if re.fullmatch(r"[a-z][a-z ]*", text) and article and fold(text.split()[-1]) in RECORDS:
        return text, "", extra
    if (
        (hit := re.match(r"^(?P<k>[a-z]+(?: [a-z]+)?)\s+(?P<n>[A-Z\ue000-\ue0ff].*)$", text))
        and article
        and not is_field(hit["k"])
    ):
        return hit["k"], clause.value(hit["n"]), extra
    return "", clause.value(text), extra


def _book(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "book a test drive of the YU7 for Anna Berg, phone number 5550142": of what, for whom, and further fields."""
    more, _ = settings(found["more"] or "", clause.quotes)
    thing = [Setting(Target(role="option"), clause.value(found["thing"]))] if found["thing"] else []
    return [Create(kind=fold(found["what"]), name=clause.value(found["name"]), set=(*thing, *more))]


def _several(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "create the tags red, blue and green": one of each."""
    names = split_list(found["names"])
    kind = found["kind"].lower().removesuffix("s")
    if len(names) < 2 or (kind not in RECORDS and kind not in ("categorie",)):
        return []
    return [
        Create(kind={"categorie": "category"}.get(kind, kind), name=clause.value(n), place=clause.place)
        for n in names
    ]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "新建一个名为X的项目", "添加联系人王芳，电话1380…"."""
    head, *rest = re.split(r"[，,]|并(?=[^，]{1,6}(?:为|是|设))", found["rest"])
    thing = clause.noun(re.sub(r"^(?:一个|一条|一位|一项|一名|新的|一)+", "", head))
    if concepts_within(thing.text) & {"cart", "wishlist", "compare"}:
        return []
    more = []
    for part in rest:
        if hit := re.match(
            r"^(?P<f>[\u3400-\u9fff]{2,5}?)(?:为|是|：|:|设为)?\s*(?P<v>[^\u3400-\u9fff].*|(?<=为|是|：).+)$", part
        ):
            more.append(Setting(Target(text=hit["f"]), clause.value(hit["v"])))
    if not thing.role and not more:
        return []
    return [Create(kind=thing.role, name=thing.text, set=tuple(more), place=clause.place)]


_PERSON = r"(?P<name>(?-i:[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*)*))"
SKILL = Skill(
    "create",
    {Create: create},
    verbs=_MAKE.replace("|post|", "|").replace("|place|", "|").replace("|plan|", "|").replace("|file|", "|").replace("|new", ""),
    english=(
        Form(r"^(?:add|create|make|new) (?:the |new |these |some )*(?P<kind>[a-z]+s):? (?P<names>.+(?:,| and ).+)$", _several),
        Form(rf"^(?:book|arrange|schedule|request|reserve) (?:an? )?(?P<what>[a-z][a-z ]*?)(?: (?:of|in) (?:the |an? )?(?P<thing>.+?))?"
             rf" for {_PERSON}(?P<more>,.*| with .*)?$", _book),
        Form(rf"^(?P<verb>{_MAKE})\s+(?P<rest>.+)$", _read),
    ),
    chinese=(Form(r"^(?:新建|新增|添加|创建|增加|建立)(?P<rest>.+)$", _chinese),),
    touches="change",
    most_steps=40,
)  # fmt: skip
