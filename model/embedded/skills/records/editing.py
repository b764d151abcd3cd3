"""Change fields of a record: in its row where it has them, else in its form; save; see that it holds."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re
from dataclasses import replace

from model.embedded.language.clauses import strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Choose, Edit, Goal, Setting, Target
from model.embedded.language.nouns import QUOTED, kind_before
from model.embedded.language.settings import FIELD, is_field, settings, tail
from model.embedded.language.statements import stated
from model.embedded.language.values import number_word, numbers
from model.embedded.language.words import concept_of, fold
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Candidate, Scene, Thing
from model.embedded.matching.whereabouts import in_head
from model.embedded.skills.base import Skill
from model.embedded.skills.means.controls import of_owner, of_page
from model.embedded.skills.means.put import field_named, put
from model.embedded.skills.means.rows import is_page_of, menu_item, more_menu, open_record, owners, sure_of
from model.embedded.skills.means.saving import after_save, press_save

_EDITS = ("edit", "rename", "modify", "change", "properties", "edit details", "编辑", "修改", "重命名")
_FINISHED = frozenset("done complete completed finished read paid resolved closed 完成 已完成 已读".split())
_MORE, _LESS = ("+", "＋"), ("-", "−", "–", "－", "一")


def edit(goal: Edit, now: Now) -> Answer:
    """The next step."""
    wanted = list(goal.set)
    if saved := now.tagged("save"):
        return after_save(now, saved, wanted[0].value if wanted else "", None)
    begun = [s for s in now.past if s.tag in ("edit", "record", "item")]
    entering = any("field" in s.memo for s in now.past)
    if wanted and (entering or begun or is_page_of(goal.name, now)) and (entering or _fields_here(wanted, now)):
        return _enter(wanted, now)
    if not entering and (move := menu_item(_EDITS, now)):
        return replace(move, tag="edit")
    found = owners(goal.name, now)
    on_page = is_page_of(goal.name, now)
    if not sure_of(found, goal.name, now) and not on_page:
        return Lost(f"{goal.name} is not to be seen", goal.name)
    if len(wanted) == 1 and found and (answer := _in_row(wanted[0], found[0], now)):
        return answer
    if not wanted and any(not s.idle for s in begun):
        return Done("its form is open", 0.92)
    concepts = ("rename", "edit") if any(fold(s.field.text) == "name" for s in wanted) else ("edit",)
    if len([s for s in begun if s.tag == "edit"]) < 3:
        for concept in concepts:
            if control := of_owner(concept, found, now):
                return _opens(control, goal, now)
        if on_page:
            for concept in concepts:
                if (page := of_page(concept, now)) and not in_head(page[0], now.scene):
                    return _opens(page, goal, now)
    if move := more_menu(found, now):
        return move
    if move := open_record(found, now):
        return move
    missing = wanted[0].field if wanted else None
    return Lost(f"I see no way to change “{missing or goal.name}” of {goal.name}", missing)


def _opens(control: tuple[Thing, float], goal: Edit, now: Now) -> Move:
    said = f"I use {name_of(control[0])} to change {goal.name}."
    return Move(click_at(control[0].point, control[0].text), said, control[1], last=False, tag="edit")


def _fields_here(wanted: list[Setting], now: Now) -> bool:
    """Whether the page has a field for at least one of what is wanted."""
    return any((found := field_named(one.field, now)) and found.score >= 0.78 for one in wanted) or any(
        fold(one.field.text) in ("status", "name") and field_named(one.field, now, "task") for one in wanted
    )


def _enter(wanted: list[Setting], now: Now) -> Answer:
    for one in wanted:
        answer = put(one, now)
        if isinstance(answer, Move):
            return answer
        if isinstance(answer, Lost):
            if answer.final:
                return answer
            scrolls = [s for s in now.past if s.tag == "down"]
            if "scroll" in now.actions and len(scrolls) < 4 and not (scrolls and scrolls[-1].idle):
                far = int(0.5 * now.scene.screen.size.height)
                action = {"action": "scroll", "direction": "down", "scroll_distance": far}
                return Move(action, f"“{one.field}” is farther down, perhaps.", 0.8, last=False, tag="down")
            return Lost(f"the form has no field for “{one.field}”", final=True)
    answer = press_save(now)
    if isinstance(answer, Lost) and any("field" in s.memo and not s.idle for s in now.past):
        return Done("it is entered, and the page has no button to save it", 0.9)
    return answer


def _in_row(one: Setting, owner: Candidate, now: Now) -> Answer | None:
    """A list, field, counter or box that stands in the record's own row."""
    scene = now.scene
    row = [t for t in scene.things if _beside(t, owner.thing, scene)]
    number = number_word(one.value)
    if fold(one.value) in _FINISHED:
        level = scene.row_of(owner.thing.box)
        boxes = [t for t in level if t.kind in ("checkbox", "switch")]
        if boxes:
            box = min(boxes, key=lambda t: abs(t.box.center[0] - owner.thing.box.left))
            if "checked" in box.state and "unchecked" not in box.state:
                return Done(f"the box of {owner.thing.text} is ticked", owner.score)
            if not now.tried(box.point):
                return Move(click_at(box.point), f"I tick the box of {name_of(owner.thing)}.", owner.score)
    for box in [t for t in row if t.kind in ("select", "field")]:
        shows = [n for n in box.names if numbers(n)] if number is not None else list(box.names)
        if number is not None and not shows:
            continue
        if number is None and not ((one.field.text and concept_of(one.field.text)) or box.kind == "select"):
            continue
        if any(fold(n) == fold(one.value) for n in box.names):
            return Done(f"it shows {one.value}", 0.97)
        if sum(s.kind in ("select", "input") for s in now.past) >= 2:
            return Lost(f"{one.field} stays as it was", final=True)
        kind = "select" if box.kind == "select" else "input"
        action: dict[str, object] = {"action": kind, "text": one.value, "start_point": list(box.point)}
        if kind == "input":
            action |= {"clear": True, "submit": True}
        return Move(action, f"I set {name_of(box)} to {one.value}.", owner.score, last=False, tag="row")
    if number is None or "quantity" not in concept_of(one.field.text):
        return None
    plus = next((t for t in row if t.name == "plus" or t.text in _MORE), None)
    minus = next((t for t in row if t.name == "minus" or t.text in _LESS), None)
    counts = [t for t in row if plus and t.text.strip().isdigit() and t.box.right <= plus.box.left + 3]
    if plus is None or not counts:
        return None
    count = max(counts, key=lambda t: t.box.left)
    shown = int(count.text)
    if shown == number:
        return Done(f"the number is {shown}", 0.97)
    if shown < number:
        return Move(click_at(plus.point, "+"), f"It is {shown}, I add one.", owner.score, last=False, tag="row")
    at = minus.point if minus else (int(2 * count.point[0] - plus.point[0]), plus.point[1])
    return Move(click_at(at, "-"), f"It is {shown}, I take one away.", owner.score, last=False, tag="row")


def _beside(thing: Thing, owner: Thing, scene: Scene) -> bool:
    """Whether it stands in the row that begins with the owner's name; a row may be a few lines high."""
    if thing is owner or thing.kind == "panel" or thing.box.left < owner.box.left:
        return False
    down = thing.box.center[1] - owner.box.center[1]
    return -2.2 * scene.scale < down < 4.5 * scene.scale


_CHANGE = "change|set|update|adjust|correct|modify|raise|lower|increase|decrease|reduce|make|turn|switch|alter|fix|put|move|reset|edit|extend"
_LEADING = r"(?:the |its |their |his |her |my |your )?"


def _to(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "change FIELD of RECORD to VALUE", "set RECORD's FIELD to VALUE", "FIELD to VALUE for RECORD"."""
    what, value = found["what"].strip(), strip_purpose(found["value"])
    what = re.sub(r"\s+from\s+\S+(?:\s\S+)?$", "", what) if not re.search(r"\bfrom the\b", what) else what
    what = re.sub(r"^(?:the )?(?:spelling|value|text|wording|content)s? of (?=the \S)", "", what, flags=re.I)
    record = clause.about
    if (
        behind := re.match(
            r"^(?P<v>.+?)\s+(?:for|of|on)\s+(?P<r>(?:the|our|my)\s+.+|[A-Z\ue000-\ue0ff].*)$", value
        )
    ) and not re.match(QUOTED, value):
        value, record = behind["v"], behind["r"]
    place = clause.place
    field = what
    owned = re.match(r"^(?P<r>.+?)(?:['’]s|s['’])\s+(?P<f>.+)$", what)
    listed = re.match(rf"^{_LEADING}(?P<f>[\w\ue000-\ue0ff ./-]+?)\s+(?:of|for|on|in)\s+(?P<r>.+)$", what, re.I)
    if owned and not re.match(r"^(?:it|that)$", owned["r"], re.I):
        record, field = owned["r"], owned["f"]
    elif listed and not concept_of(clause.value(what)):
        record, field = listed["r"], listed["f"]
    elif alone := re.match(rf"^(?:the )?(?P<r>.+?)\s+(?P<f>{FIELD})$", what):
        if kind_before(alone["r"]) or re.match(rf"[A-Z{QUOTED[1:-1]}]", alone["r"]):
            record, field = alone["r"], alone["f"]
    elif kind_before(re.sub(r"^(?:the|my|our)\s+", "", what)) and not is_field(what):
        return []
    inside = (
        re.match(r"^(?P<r>.+?)\s+(?:in|on|from|inside)\s+(?:the |my |our )?(?P<p>[^,]+)$", record)
        if record
        else None
    )
    if inside:
        record, place = inside["r"], re.sub(r"\s+(?:page|list|section|tab)$", "", clause.value(inside["p"]))
    field = clause.value(re.sub(rf"^{_LEADING}", "", field.strip(), flags=re.I))
    if not field:
        return []
    thing = clause.noun(record) if record else Target()
    if (
        re.match(r"^(?:the |your |page|site|store|app|settings|preferences)", record or "", re.I)
        and not (thing.role or thing.whose)
        and thing.text
        and thing.text.islower()
        and fold(thing.text) in ("page", "site", "store", "app", "settings", "system", "application")
    ):
        thing = Target()
    said = clause.value(value)
    if thing.called or thing.nth:
        return [Edit(name=thing, set=(Setting(Target(text=field), said),), place=place)]
    if re.search(r"\b(?:sliders?|spinner|stepper|counter)\b", field) or not _plain_field(field):
        return []
    if re.match(r"^(?:its|their|his|her)\s", what, re.I):
        return [Edit(set=(Setting(Target(text=field), said),), place=place)]
    quoted = bool(clause.quotes.first(value))
    return [Choose(option=Target(text=said, quoted=quoted), field=Target(text=field))]


def _plain_field(field: str) -> bool:
    return is_field(field) or len(field.split()) <= 3


def _rename(found: re.Match[str], clause: Clause) -> list[Goal]:
    name = strip_purpose(found["value"])
    place = clause.place
    what = found["what"]
    if inside := re.match(r"^(?P<r>.+?)\s+(?:in|on|from|of)\s+(?:the )?(?P<p>[A-Z][^,]*|\w+ \w+)$", what):
        what, place = inside["r"], clause.value(inside["p"])
    return [Edit(name=clause.noun(what), set=(Setting(Target(text="name"), clause.value(name)),), place=place)]


def _called(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "call it urgent", "call the project Apollo Artemis instead"."""
    rest = re.sub(r"\s+instead$", "", found["rest"])
    if it := re.match(r"^(?:it|this|that|them)\s+(.+)$", rest, re.I):
        return [Edit(set=(Setting(Target(text="name"), clause.value(it[1])),))]
    before = kind_before(re.sub(r"^(?:the|my|our)\s+", "", rest))
    if before and len(words := before[1].split()) >= 2:
        name = Target(text=clause.value(words[0]), role=before[0])
        return [Edit(name=name, set=(Setting(Target(text="name"), clause.value(" ".join(words[1:]))),))]
    return []


def _marked(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "mark invoice 77 as paid"."""
    if concept_of(found["value"]) & {"star"}:
        return []
    status = Setting(Target(text="status"), clause.value(strip_purpose(found["value"])))
    return [Edit(name=clause.noun(found["what"]), set=(status,), place=clause.place)]


def _assigned(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [
        Edit(
            name=clause.noun(found["what"]),
            set=(Setting(Target(text="assignee"), clause.value(found["value"])),),
            place=clause.place,
        )
    ]


_GROUPS = frozenset(("group", "team", "category", "role", "channel", "class", "department"))


def _moved(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "move the page X to the folder Archive", "put Ada into the group Family", "reschedule X to DAY"."""
    where = kind_before(re.sub(r"^(?:the|my|a)\s+", "", found["value"]))
    if clause.text.lower().startswith("add") and (tail(found["what"])[1] or not where or where[0] not in _GROUPS):
        return []
    if where and where[0] not in ("column", "page", "tab", "wiki", "slide", "card"):
        one = Setting(Target(text=where[0]), clause.value(where[1]))
        return [Edit(name=clause.noun(found["what"]), set=(one,), place=clause.place)]
    return []


def _rescheduled(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [
        Edit(
            name=clause.noun(found["what"]),
            set=(Setting(Target(text="date"), clause.value(found["value"])),),
            place=clause.place,
        )
    ]


def _given(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "give the album X a rating of 5"."""
    values, left = settings(found["value"], clause.quotes)
    return (
        [Edit(name=clause.noun(found["what"]), set=tuple(values), place=clause.place)]
        if values and not left
        else []
    )


def _replaced(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "replace the description (of X) with Y"."""
    what, record = found["what"], clause.about
    if listed := re.match(rf"^{_LEADING}(?P<f>.+?)\s+(?:of|for|in)\s+(?P<r>.+)$", what, re.I):
        what, record = listed["f"], listed["r"]
    field = Target(text=clause.value(re.sub(rf"^{_LEADING}", "", what, flags=re.I)))
    return [
        Edit(
            name=clause.noun(record) if record else Target(),
            set=(Setting(field, clause.value(found["value"])),),
            place=clause.place,
        )
    ]


def _let(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "let it begin on 22 March 2027", "have the course start at 9:00"."""
    said = stated(f"{found['what']} {found['rest']}", clause.quotes)
    if said is None and re.match(r"^(?:it|that|this|they|them)$", found["what"], re.I):
        said = stated(f"Thing {found['rest']}", clause.quotes)
        said = replace(said, name=Target()) if said else None
    return [replace(said, place=clause.place)] if said else []


def _edited(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "edit the book Dune", "edit the book Dune: year 1965", "update X with price 5"; changes may follow as clauses."""
    head, behind = tail(found["rest"])
    values, left = settings(behind, clause.quotes) if behind else ([], "")
    if left:
        return []
    place = clause.place
    if inside := re.match(r"^(?P<r>.+?)\s+in\s+(?:the )?(?P<p>[A-Z][^,]*)$", head):
        head, place = inside["r"], clause.value(inside["p"])
    return [Edit(name=clause.noun(head), set=tuple(values), place=place)]


def _value_first(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "put 555 as the phone number of Bo"."""
    field = Setting(Target(text=clause.value(found["field"])), clause.value(found["value"]))
    return [Edit(name=clause.noun(found["what"]), set=(field,), place=clause.place)]


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "把任务X的优先级改为高"."""
    value, what = clause.value(found["value"]), found["what"]
    owned = re.match(r"^(?P<r>.+)的(?P<f>[^的]+)$", what)
    if owned:
        thing = clause.noun(owned["r"])
        return [Edit(name=thing, set=(Setting(Target(text=clause.value(owned["f"])), value),), place=clause.place)]
    return []


def _chinese_name(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [
        Edit(
            name=clause.noun(found["what"]),
            set=(Setting(Target(text="名称"), clause.value(found["value"])),),
            place=clause.place,
        )
    ]


SKILL = Skill(
    "edit",
    {Edit: edit},
    verbs=f"{_CHANGE}|rename|call|mark|assign|reassign|give|replace|reschedule|postpone|edit|let",
    english=(
        Form(r"^(?:let|have)\s+(?P<what>it|that|this|the .+?|[A-Z\ue000-\ue0ff].*?)\s+(?P<rest>(?:begins?|starts?|ends?|finish|costs?|be (?:called|named)|take place)\b.+)$", _let),
        Form(r"^rename\s+(?P<what>.+?)\s+(?:to|as|into)\s+(?P<value>.+)$", _rename),
        Form(r"^call\s+(?P<rest>.+)$", _called),
        Form(r"^(?:mark|flag|set)\s+(?P<what>.+?)\s+as\s+(?P<value>.+)$", _marked),
        Form(r"^(?:assign|reassign|hand)\s+(?P<what>.+?)\s+to\s+(?P<value>.+)$", _assigned),
        Form(r"^(?:reschedule|postpone|shift)\s+(?P<what>.+?)\s+(?:to|until|for)\s+(?P<value>.+)$", _rescheduled),
        Form(r"^(?:move|put|add|transfer)\s+(?P<what>.+?)\s+(?:to|into|in)\s+(?P<value>(?:the|my|a)\s+.+)$", _moved),
        Form(r"^give\s+(?P<what>.+?)\s+(?P<value>(?:the|an?)\s+[a-z].*)$", _given),
        Form(rf"^(?:put|enter|set|use)\s+(?P<value>.+?)\s+as\s+the\s+(?P<field>{FIELD}(?: \w+)?)\s+(?:of|for)\s+(?P<what>.+)$", _value_first),
        Form(r"^(?:replace|swap)\s+(?P<what>.+?)\s+(?:with|by)\s+(?P<value>.+)$", _replaced),
        Form(rf"^(?:{_CHANGE})\s+(?P<what>(?!on\b|off\b).+?)\s+(?:to|into|=|at)\s+(?P<value>.+)$", _to),
        Form(r"^(?:edit|update|modify|amend)\s+(?P<rest>.+)$", _edited),
    ),
    chinese=(
        Form(r"^(?:把|将)?(?P<what>.+?)(?:重命名|改名)(?:为|成)(?P<value>.+)$", _chinese_name),
        Form(r"^(?:把|将)(?P<what>.+?)(?:改为|改成|设为|设置为|设成|更新为|修改为|调到|调整为)(?P<value>.+)$", _chinese),
    ),
    touches="change",
    most_steps=40,
)  # fmt: skip
