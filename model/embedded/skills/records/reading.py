"""Read values off a screen: rows and columns of tables, labels, counts, sums, words of a text, yes or no."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.fieldnames import synonyms
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Find, Goal, Read, Target
from model.embedded.language.questions import question, question_chinese
from model.embedded.language.values import arithmetic, numbers, price, show, unknown
from model.embedded.language.wording import text_score
from model.embedded.language.words import STOP, fold, squash, tokens
from model.embedded.matching.figures import figure, page_of
from model.embedded.matching.match import find
from model.embedded.matching.memory import Answer, Done, Lost, Move, Now
from model.embedded.matching.places import distance, entries
from model.embedded.matching.scene import FIELDS, Candidate, Scene, Thing
from model.embedded.matching.whereabouts import place_of, stem
from model.embedded.skills.base import Skill
from model.embedded.skills.means.put import field_named
from model.embedded.skills.means.rows import is_page_of, open_record, owners, sure_of
from model.embedded.skills.records.tables import rows


def step(goal: Read, now: Now) -> Answer:
    """The value asked for; on the page of the record that it belongs to, where the list does not show it."""
    answer = read(goal, now)
    whose = goal.what.whose
    if not isinstance(answer, Lost) or not whose:
        return answer
    target = Target(text=whose, role=goal.what.role)
    if is_page_of(target, now) and (told := _in_form(goal, now)):
        return told
    found = owners(target, now)
    if sure_of(found, target, now) and (move := open_record(found, now)):
        return move
    if any(s.tag == "record" for s in now.past):
        return answer
    return Lost(f"“{whose}” is not to be seen", target) if not found else answer


def _in_form(goal: Read, now: Now) -> Done | None:
    """What stands in the field of that name, on the page of the record."""
    found = field_named(Target(text=goal.what.text), now)
    if found is None or found.score < 0.8 or len(found.thing.names) < 2:
        return None
    value = found.thing.names[-1]
    return Done(f"the field {found.thing.text} holds “{value}”", 0.93, value)


def read(goal: Read, now: Now) -> Answer:
    """The value asked for, as `Done.answer`."""
    return {
        "value": _value,
        "count": _count,
        "sum": _sum,
        "word": _word,
        "text": _text,
        "yesno": _yesno,
    }[goal.how](goal, now)


def _value(goal: Read, now: Now) -> Answer:
    scene, target = now.scene, goal.what
    if target.text in ("it", "that", "this") and not target.whose:
        return _text(goal, now)
    row, column = (target.whose, target.text) if target.whose else (target.text, "")
    if target.anchor and target.anchor.text and target.relation in ("row", "in") and row != "":
        row, column = target.anchor.text, target.text
    amount = bool({fold(column), fold(row)} & _AMOUNTS) or bool(
        re.match(r"(?:for )?how (?:many|much)", goal.said, re.I)
    )
    if column and row:
        crossing = next((cell for name in synonyms(column) if (cell := _cell(scene, row, name))), None)
        if crossing and (numbers(crossing[0]) or not amount):
            return Done(f"{column} of {row} is “{crossing[0]}”", crossing[1], crossing[0])
    if column and row and amount and (written := _with_unit(column, row, scene)):
        return Done(f"it says “{written[0]}”", 0.92, written[1])
    wanted = column or row
    if wanted and (not column or not row or page_of(row, scene)) and (told := figure(wanted, scene)):
        return Done(f"{wanted} of {row} is “{told[0]}”", told[1], told[0])
    found = [c for c in find(Target(text=wanted), scene) if c.score >= 0.8]
    if column and not found and fold(column) in ("price", "cost"):
        for c in [c for c in find(Target(text=row), scene) if c.score >= 0.8]:
            near = sorted(
                (distance(scene, c.thing.box, line.box), line.text)
                for _, line in scene.lines
                if price(line.text) is not None
            )
            if near:
                return Done(f"the price beside {row} is {near[0][1]}", 0.9 * c.score, near[0][1])
    if column and found and row:
        owners = [c for c in find(Target(text=row), scene) if c.score >= 0.8]
        if not owners:
            return Lost(f"“{row}” is not to be seen", Target(text=row))
        found.sort(key=lambda c: min(distance(scene, c.thing.box, o.thing.box) for o in owners))
    for c in found:
        value = beside(scene, c, wanted)
        if value and (numbers(value) or not (amount or re.match(r".*多少", goal.said))):
            return Done(f"beside “{c.thing.text}” stands “{value}”", 0.95 * c.score, value)
    if not wanted and not target.most and (total := arithmetic(scene.text)) is not None:
        return Done("it is a sum", 0.8, show(total))
    return Lost(f"“{wanted}” has no value that I can see", target)


def _with_unit(unit: str, name: str, scene: Scene) -> tuple[str, str] | None:
    """The only number that stands before a unit on a page about a thing ("simmer for 35 minutes"): line, number."""
    if not page_of(name, scene):
        return None
    word = re.escape(stem(unit))
    hits = [
        (line.text, hit[1])
        for _, line in scene.lines
        for hit in re.finditer(rf"(\d[\d.,]*)\s*{word}", line.text, re.I)
    ]
    return hits[0] if len(hits) == 1 else None


_AMOUNTS = frozenset(
    "price cost fee weight length height width size duration stock amount quantity number minutes hours seats".split()
)


def beside(scene: Scene, label: Candidate, wanted: str) -> str | None:
    """What stands behind a label: in its own line after a colon, to its right, else below it."""
    thing = label.thing
    line = next((line for i, line in scene.lines if i == thing.line), None)
    if line is not None:
        split = re.match(
            rf"^\W*{re.escape(wanted)}\s*[:：=]?\s+(\S.*)$|^\W*{re.escape(wanted)}\s*[:：=]\s*(\S.*)$",
            line.text,
            re.I,
        )
        if split:
            return (split[1] or split[2]).strip()
    right = [
        t
        for t in scene.row_of(thing.box)
        if t.box.left >= thing.box.right - 2 and t.text and t.kind not in ("panel",)
    ]
    if right:
        return _two_lines(scene, thing, right[0]) or right[0].text
    below = [
        t
        for t in scene.things
        if t.text
        and t.kind not in ("panel", "listbox")
        and 0 <= t.box.top - thing.box.bottom < 2.5 * scene.scale
        and min(t.box.right, thing.box.right) > max(t.box.left, thing.box.left)
    ]
    return below[0].text if below else None


def _two_lines(scene: Scene, label: Thing, value: Thing) -> str | None:
    """A value that is written in two lines, the label at the height between them."""
    y = label.box.center[1]
    lines = sorted(
        (
            t
            for t in scene.things
            if t.kind == "text"
            and abs(t.box.center[1] - y) < 1.2 * scene.scale
            and t.box.left >= label.box.right - 2
            and min(t.box.right, value.box.right) > max(t.box.left, value.box.left)
        ),
        key=lambda t: t.box.center[1],
    )
    if len(lines) == 2 and lines[0].box.center[1] < y - 2 and lines[1].box.center[1] > y + 2:
        return f"{lines[0].text} {lines[1].text}"
    return None


def _cell(scene: Scene, row: str, column: str) -> tuple[str, float] | None:
    """The cell of a table at the crossing of a row's first cell and a column's head."""
    rows = [c for c in find(Target(text=row), scene) if c.score >= 0.85]
    heads = [c for c in find(Target(text=column), scene) if c.score >= 0.85]
    best: tuple[float, str, float] | None = None
    for r in rows:
        for h in heads:
            if h.thing.box.center[1] >= r.thing.box.center[1] - 2:
                continue
            for cell in scene.row_of(r.thing.box):
                if cell == r.thing or not cell.text:
                    continue
                far = abs(cell.box.left - h.thing.box.left)
                middle = abs(cell.box.center[0] - h.thing.box.center[0])
                off = min(far, middle, abs(cell.box.right - h.thing.box.right))
                if off < 4 * scene.scale and (best is None or off < best[0]):
                    best = (off, cell.text, min(r.score, h.score))
    return (best[1], best[2]) if best else None


def _count(goal: Read, now: Now) -> Answer:
    """How many there are: as the page says it, else by the rows of its list."""
    target, scene = goal.what, now.scene
    words = [stem(w) for w in tokens(f"{target.text} {target.role}") if w not in STOP]
    if not words:
        return Lost("it is not said what to count", target)
    told = [
        (score, number)
        for _, line in scene.lines
        if (hit := _counted(line.text, words))
        for score, number in [hit]
    ]
    if told:
        score, number = max(told)
        return Done(f"the page says {number}", score, str(number))
    compare = re.search(
        r"(less|fewer|lower|cheaper|below|under|more|greater|higher|over|above) than ([\d.,万k]+)|(below|under"
        r"|over|above) \D?([\d.,万k]+)",
        fold(goal.said or target.text),
    )
    if compare:
        limit = numbers(compare[2] or compare[4])[0]
        low = (compare[1] or compare[3]) in ("less", "fewer", "lower", "cheaper", "below", "under")
        values = [price(line.text) for _, line in scene.lines]
        hits = [v for v in values if v is not None and (v < limit if low else v > limit)]
        return Done(f"{len(hits)} prices are {'below' if low else 'above'} {limit:g}", 0.7, str(len(hits)))
    narrowed = [w for w in words[:-1] if w not in ("row", "entri", "item")] if len(words) > 1 else []
    table = rows(scene)
    if len(table) > 1:
        body = table[1:]
        if narrowed:
            kept = [r for r in body if any(set(narrowed) <= {stem(w) for w in tokens(t.text)} for t in r)]
            return Done(f"{len(kept)} of {len(body)} rows say “{' '.join(narrowed)}”", 0.85, str(len(kept)))
        return Done(f"the list has {len(body)} rows", 0.85, str(len(body)))
    members = entries(scene)
    if len(members) > 1 and not narrowed:
        return Done(f"I count {len(members)} entries", 0.75, str(len(members)))
    standing = [t for _, line in scene.lines for t in tokens(line.text) if stem(t) == words[-1]]
    if standing:
        return Done(f"“{target.text}” stands {len(standing)} times", 0.7, str(len(standing)))
    return Lost(f"I see no {target} to count", target)


def _counted(text: str, words: list[str]) -> tuple[float, int] | None:
    """The number that a line gives for a noun: "12 users", "Users (12)", "1–10 of 57 users"."""
    said = tokens(text)
    stems = [stem(w) for w in said]
    if len(said) > 10 or not set(words) <= set(stems):
        return None
    if hit := re.search(r"\bof (\d+)\b|共\s*(\d+)", text):
        return 0.93, int(hit[1] or hit[2])
    whole = [int(w) for w in said if w.isdigit()]
    if len(whole) != 1 or len(said) > len(words) + 3:
        return None
    return 0.92, whole[0]


def _sum(goal: Read, now: Now) -> Answer:
    """The value of the sum that is written on the screen or in the task."""
    for text in [line.text for _, line in now.scene.lines] + [now.scene.text.replace("\n", " "), goal.said]:
        if (
            re.search(r"[a-z_?×χ]\s*[-+*/×=]|[-+*/×=]\s*[a-z_?×χ]", fold(text))
            and (found := unknown(text)) is not None
        ):
            return Done(f"“{text}” is solved by {show(found)}", 0.9, show(found))
        if (total := arithmetic(text)) is not None:
            return Done(f"“{text[:40]}” makes {show(total)}", 0.93, show(total))
    return Lost("I see no sum", None)


def _passage(goal: Read, now: Now) -> list[str]:
    """Lines of the text spoken of: a text area, else the plain text."""
    areas = now.scene.of("textarea")
    lines = sorted(
        now.scene.lines,
        key=lambda pair: (round(pair[1].box.center[1] / (0.7 * now.scene.scale)), pair[1].box.left),
    )
    fields = [f.box for f in now.scene.of("field")]
    buttons = [b.box for b in now.scene.of("button")]
    if areas:
        inside = [line.text for _, line in lines if areas[0].box.contains(*line.box.center)]
        if inside:
            return inside
    return [line.text for _, line in lines if not any(b.contains(*line.box.center) for b in fields + buttons)]


def _word(goal: Read, now: Now) -> Answer:
    """The n-th or last word of a text; to its end a long text is scrolled first."""
    area = next(iter(now.scene.of("textarea", "listbox")), None)
    past = [s for s in now.past if s.kind == "scroll"]
    if goal.number < 0 and not (past and (past[-1].idle or len(past) >= 6)) and "scroll" in now.actions:
        action: dict[str, object] = {
            "action": "scroll",
            "direction": "down",
            "scroll_distance": int(6 * now.scene.screen.size.height),
        }
        spot = (
            area.point if area else (int(now.scene.screen.size.width / 2), int(now.scene.screen.size.height / 2))
        )
        action["start_point"] = list(spot)
        return Move(action, "I scroll to the end of the text.", 0.9, last=False)
    lines = _passage(goal, now)
    words = [w for line in lines for w in line.split() if any(c.isalnum() for c in w)]
    index = goal.number - 1 if goal.number > 0 else len(words) + goal.number
    if not 0 <= index < len(words):
        return Lost("there is no such word", None)
    word = words[index].strip(".,;:!?\"'“”")
    return Done(f"the word is “{word}”", 0.9, word)


def _text(goal: Read, now: Now) -> Answer:
    """The text of the thing named, or all plain text there is."""
    if goal.what.text and goal.what.text not in ("it", "that", "this") and not goal.what.kinds:
        found = [c for c in find(goal.what, now.scene) if c.score >= 0.8]
        if found and (value := beside(now.scene, found[0], goal.what.text)):
            return Done(f"beside it stands “{value}”", 0.85, value)
    areas = [
        t for t in now.scene.of(*FIELDS) if any(t.box.contains(*line.box.center) for _, line in now.scene.lines)
    ]
    if areas and abs(goal.what.nth) <= len(areas):
        area = areas[goal.what.nth - 1 if goal.what.nth > 0 else goal.what.nth]
        text = " ".join(line.text for _, line in now.scene.lines if area.box.contains(*line.box.center))
        return Done("I read the text", 0.85, text)
    labels = {name for f in now.scene.of(*FIELDS) for name in f.names}
    passage = _passage(goal, now)
    lines = [line for line in passage if line not in labels] or passage
    return Done("I read the text", 0.7, " ".join(lines)) if lines else Lost("I see no text", None)


def _yesno(goal: Read, now: Now) -> Answer:
    """Whether something is to be seen."""
    wanted = goal.what.text or goal.what.whose
    seen = bool(wanted) and (
        squash(wanted) in squash(now.scene.text)
        or any(text_score(wanted, t.text)[0] >= 0.85 for t in now.scene.things)
    )
    return Done("I see it" if seen else "I do not see it", 0.7, "yes" if seen else "no")


def _ask(found: re.Match[str], clause: Clause) -> list[Goal]:
    return _placed(question(clause.text, clause.quotes), clause)


def _placed(goals: list[Goal], clause: Clause) -> list[Goal]:
    """The question behind the way to where it is answered."""
    return (
        [Find(what=Target(text=clause.place), opened=True), *goals]
        if clause.place and goals and not place_of(clause.place)
        else goals
    )


_ASK = (
    r"^(?:(?:for|at|in|on|to|from|by|with) (?=(?:how|which|what|whose)\b))?(?:what|which|who|whose|when|where|how|count|is|are|does|do|has|have|tell me|tell|report|read|find out|give me|return"
    r"|remember|note|look up (?:the|what|who|when|how)|check (?:what|which|who|whether|if|how|when|the)|see (?:what|which|who|how)"
    r"|calculate|compute|solve|answer|state|name the)\b.+"
)
SKILL = Skill(
    "read",
    {Read: step},
    verbs="count|tell me|tell|report|read|find out|give me|check|calculate|compute|solve|answer|what|which|who|how many|how much",
    english=(Form(_ASK, _ask),),
    chinese=(
        Form(
            r"^.*(?:多少|几个|几款|几位|几条|是什么|是谁|哪个|哪一).*$|^告诉我.+",
            lambda f, c: question_chinese(c.text, c.quotes),
        ),
    ),
)
