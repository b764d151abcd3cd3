"""Use the control of an object that stands for what is asked: a heart in a card, a star in a row, "add to cart"."""

# ruff: noqa: E501 (a pattern that is broken up cannot be read)

from __future__ import annotations

import re

from model.embedded.language.clauses import split_list, strip_purpose
from model.embedded.language.forms import Clause, Form
from model.embedded.language.goals import Find, Goal, Reach, Setting, Submit, Target, Type, Use
from model.embedded.language.nouns import QUOTED
from model.embedded.language.wording import text_score
from model.embedded.language.words import CONCEPTS, concept_of, concepts_within, fold
from model.embedded.matching.match import ENOUGH, SURE, find
from model.embedded.matching.memory import LOST, Answer, Done, Lost, Move, Now, click_at
from model.embedded.matching.places import distance
from model.embedded.matching.pointing import name_of
from model.embedded.matching.scene import Candidate, Scene, Thing
from model.embedded.matching.seek import wide
from model.embedded.matching.whereabouts import PLACES, in_head, within_place
from model.embedded.skills.base import Skill
from model.embedded.skills.fields.choosing import attributes
from model.embedded.skills.means.controls import NEAR, belongs, controls_for, far_from, prominent
from model.embedded.skills.means.put import put
from model.embedded.skills.means.saving import after_save, press_save

_LIKE = 0.7
"""How like its name a thing on a page of a site must be for something to be done with it at all."""
_DONE = re.compile(r"^\W*(?:in|on|saved|added|remove)\b|已", re.I)
"""What a control says once the thing was done."""


def use(goal: Use, now: Now) -> Answer:
    """The control of the object's card or row; else open the object, and look there."""
    scene = now.scene
    controls = [(t, s) for t, s in controls_for(goal.how, scene) if not now.tried(t.point)]
    opened = any(not s.idle for s in now.tagged("opened"))  # not by chance, in search of it
    target = goal.what
    if opened and (answer := _as_state(goal, now)):
        return answer
    opened = opened or any(
        isinstance(g, Find) and g.opened and g.what == target and target.text for g in now.goals[: now.index]
    )  # its page was opened, and its options chosen there
    anonymous = not (target.text or target.whose or target.nth or target.most) or fold(target.text) in (
        "it",
        "them",
        "this",
        "that",
    )
    if anonymous:
        return _act(goal, now, *prominent(controls, scene, None), 0.9) if controls else _lost(goal)
    things = [c for c in find(target, scene) if c.score >= ENOUGH and c.thing.kind not in ("field",)]
    now.trace += [
        {
            "for": str(target),
            "text": c.thing.text[:60],
            "score": round(c.score, 3),
            "at": list(c.point),
            "why": c.why,
        }
        for c in things[:4]
    ]
    if things:
        things = [c for c in things if c.score >= things[0].score - 0.02]
        least = 0.8 if within_place(now) else SURE
        if things[0].score < least and target.text and not (opened or now.relaxed):
            return Lost(f"only something like {target} is to be seen", target)
        if things[0].score < _LIKE and target.text and wide(scene) and not opened:
            return Lost(f"only something else than {target} is to be seen", target)  # another's control does harm
    if opened and not things:  # the name is scrolled out of view
        controls = _of_the_page(goal.how, controls, scene)
    on_page = opened or (
        bool(target.text) and text_score(target.text, scene.title)[0] >= 0.93 and _lone(things, scene)
    )
    pairs = [
        (score * thing.score / (1 + 0.01 * far), control, thing)
        for thing in things
        for control, score in controls
        if control != thing.thing
        and (far := far_from(control, thing.thing, scene)) <= NEAR
        and belongs(control, thing.thing, scene)
    ]
    if pairs:
        score, control, thing = max(pairs, key=lambda p: p[0])
        return _act(goal, now, control, min(1.0, score + 0.05), thing.score)
    signs = [] if controls or opened else _unread_signs(goal, things, scene)
    if len(signs) == 1:
        return _act(goal, now, signs[0], 0.65, things[0].score)
    if on_page and controls:
        control, score = prominent(controls, scene, things[0].thing if things else None)
        if in_head(control, scene) and not now.relaxed:
            return _lost(goal)  # it leads to the list of all such things
        entered = max((s.score for s in now.tagged("opened")), default=1.0)
        return _act(goal, now, control, score, min(0.95, entered))
    fresh = [c for c in things if not now.tried(c.point)]
    if fresh and not opened:
        return Move(
            click_at(fresh[0].point, fresh[0].thing.text),
            f"I open {name_of(fresh[0].thing)} to find “{goal.how}”.",
            fresh[0].score,
            last=False,
            tag="opened",
        )
    if opened:
        return _lost(goal)
    return Lost(f"{target} is not to be seen", target)


def _as_state(goal: Use, now: Now) -> Answer | None:
    """On the form of the record, the box that says that it was done ("Published"), ticked and saved."""
    if saved := now.tagged("save"):
        return after_save(now, saved, goal.what.called, None)
    names = {goal.how, f"{goal.how}ed", f"{goal.how}d", f"is {goal.how}ed", f"is {goal.how}d"}
    boxes = [t for t in now.scene.of("checkbox", "switch") if any(fold(n) in names for n in t.names)]
    if not boxes:
        return None
    answer = put(Setting(Target(text=boxes[0].text), "yes"), now)
    return press_save(now) if isinstance(answer, Done) else answer


def _unread_signs(goal: Use, things: list[Candidate], scene: Scene) -> list[Thing]:
    """Icons without a known name in the row of the object, where the task speaks of an icon."""
    if "icon" not in fold(goal.said) or not things:
        return []
    row = scene.row_of(things[0].thing.box.grown(0.5 * things[0].thing.box.height))
    return [t for t in row if t.kind == "icon" and not t.name and not t.text]


def _lost(goal: Use) -> Lost:
    words = CONCEPTS[goal.how][0][0] if goal.how in CONCEPTS else goal.how
    return Lost(f"there is no control for “{goal.how}”", Target(text=words))


def _act(goal: Use, now: Now, control: Thing, score: float, sure: float) -> Move | Done:
    lost = any(s.error == LOST and s.point and control.box.grown(6).contains(*s.point) for s in now.past)
    if lost and (control.name.endswith("-filled") or _DONE.search(control.text) or _counted(goal, now.scene)):
        return Done(f"{name_of(control)} shows that it is done", 0.93)
    return Move(
        click_at(control.point, control.text or goal.how),
        f"I use {name_of(control)} for “{goal.how}” of {goal.what}.",
        min(score, sure),
    )


def _of_the_page(concept: str, controls: list[tuple[Thing, float]], scene: Scene) -> list[tuple[Thing, float]]:
    """Controls that belong to the product of the page, not to cards below it: beside the button that buys it."""
    partners = [
        t
        for other in ("cart", "buy", "wishlist")
        if other != concept
        for t, _ in controls_for(other, scene)
        if not in_head(t, scene)
    ]
    placed = [(t, s) for t, s in controls if not in_head(t, scene)]
    return [
        (t, s)
        for t, s in placed
        if any(distance(scene, t.box, p.box) < 6 * scene.scale for p in partners if p != t)
        or (t.text and len(placed) == 1)
    ]


def _counted(goal: Use, scene: Scene) -> bool:
    """Whether a counter stands at the cart in the head of the page."""
    edge = 0.8 * scene.screen.size.width
    head = [t for t in scene.things if in_head(t, scene) and t.box.left > edge]
    return goal.how == "cart" and any(t.name == "circle" or t.text.strip().isdigit() for t in head)


def _lone(things: list[Candidate], scene: Scene) -> bool:
    """Whether the object is what the page is about: its name is written larger than most text."""
    return any(c.thing.box.height > 1.25 * scene.scale for c in things)


_CONCEPT = {
    "reply": "reply", "respond": "reply", "forward": "forward", "star": "star", "flag": "star", "bookmark": "star",
    "pin": "star", "favorite": "wishlist", "favourite": "wishlist", "like": "like", "share": "share", "retweet": "repost",
    "repost": "repost", "follow": "follow", "subscribe": "follow", "print": "print", "play": "play", "pause": "pause",
    "stop": "stop", "buy": "buy", "compare": "compare", "order": "buy", "purchase": "buy", "wishlist": "wishlist",
    "archive": "archive", "block": "block", "mute": "mute", "duplicate": "copy", "clone": "copy", "refresh": "refresh",
    "reload": "refresh", "restore": "restore", "publish": "publish", "unpublish": "unpublish", "run": "run", "retry": "retry",
    "restart": "restart", "approve": "approve", "reject": "reject", "lock": "lock", "unlock": "unlock", "undo": "undo",
    "unfollow": "unfollow", "unsubscribe": "unsubscribe",
}  # fmt: skip
_VERBS = "|".join(sorted(_CONCEPT, key=len, reverse=True))


def _concept(words: str) -> str:
    """The likeliest of several concepts that words may name."""
    found = concepts_within(words) & (PLACES | {"star", "like", "compare"}) or concept_of(words)
    order = ["star", "wishlist", "cart", "like", "compare"]
    return next((c for c in order if c in found), min(found, default=""))


def _put(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "add the lamp to the wish list", "put an X in red into the cart", "add A and B to the comparison"."""
    where = clause.value(found["where"])
    concept = _concept(where) if len(where.split()) <= 4 else ""
    if not concept or concept in ("account", "catalogue", "sign in", "accessories", "vehicles", "settings"):
        return []
    what = found["what"]
    source = re.match(r"^(?P<what>.+?) from (?:the |my |your )?(?P<where>.+)$", what, re.I)
    if source and concepts_within(clause.value(source["where"])):
        way = Find(what=clause.noun(source["where"]), opened=True)
        return [way, Use(how=concept, what=clause.noun(source["what"]))]
    names = split_list(what)
    if len(names) > 1 and all(re.match(r"(?:the|an?) ", n, re.I) for n in names):
        return [Use(how=concept, what=clause.noun(n)) for n in names]
    if dressed := attributes(what, clause):
        return [*dressed, Use(how=concept, what=dressed[0].what)]  # type: ignore[attr-defined]
    return [Use(how=concept, what=clause.noun(what))]


def _read(found: re.Match[str], clause: Clause) -> list[Goal]:
    """ "star the message from X", "reply to X with the text Y", "forward X to Y"."""
    verb, rest, tail = fold(found["verb"]), strip_purpose(found["rest"] or ""), []
    concept = _CONCEPT[verb]
    with_text = rf"(?:with|saying|using)\s+(?:the )?(?:text|message|reply|words?|comment)?\s*(?P<text>{QUOTED})"
    place = re.match(r"^(?P<what>.+?)\s+to\s+(?:the |my |your )?(?P<where>[^,]+)$", rest, re.I)
    if message := re.match(rf"^(?P<what>.*?)\s*{with_text}(?P<more>.*)$", rest, re.I):
        field = Target(kinds=("textarea", "field"), role="message")
        tail = [Type(text=clause.value(message["text"]), field=field), Submit(what=Target(text="send"))]
        rest = message["what"] + message["more"]
    elif concept in ("forward", "share") and place:
        tail = [Type(text=clause.value(place["where"]), field=Target(text="to")), Submit(what=Target(text="send"))]
        rest = place["what"]
    elif verb == "subscribe" and (news := re.match(r"^(?:to|for) .*?(?:\s(?P<mail>\S+@\S+))?$", rest, re.I)):
        if not news["mail"]:
            return [Use(how=concept)]
        mail = Target(text="email", kinds=("field",))
        here = Reach(places=("newsletter", "subscribe"), sign=mail, deep=True)
        return [here, Type(text=clause.value(news["mail"]), field=mail), Submit(what=Target(text="subscribe"))]
    rest = re.sub(r"^(?:to|on|from|for)\s+", "", rest, flags=re.I)
    what = clause.noun(rest)
    if joined := re.match(
        r"^(?:the |an? )?(?:\w+ )?(?:conversation|chat|thread|mail|e-?mail|message)s? (?:with|from|by|of) (?P<n>.+)$",
        rest,
        re.I,
    ):
        what = Target(role=fold(re.sub(r"^(?:the |an? )", "", rest)).split()[0], whose=clause.value(joined["n"]))
    way: list[Goal] = [Find(what=Target(text=clause.place), opened=True)] if clause.place else []
    return [*way, Use(how=concept, what=what), *tail]


def _starred(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [Use(how="star", what=clause.noun(found["what"]))]


def _chinese_put(found: re.Match[str], clause: Clause) -> list[Goal]:
    concept = _concept(clause.value(found["where"]))
    what = (
        Target()
        if found["what"] in ("", "它", "其", "这个", "该商品", "这辆车", "该车")
        else clause.noun(found["what"])
    )
    return [Use(how=concept, what=what)] if concept else []


def _chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    return [Use(how=_CHINESE[found["way"]], what=clause.noun(found["what"]))]


def _subscribe_chinese(found: re.Match[str], clause: Clause) -> list[Goal]:
    field = Target(text="邮箱", kinds=("field",))
    here = Reach(places=("订阅", "资讯"), sign=field, deep=True)
    return [here, Type(text=clause.value(found["what"]), field=field), Submit(what=Target(text="订阅"))]


_CHINESE = {
    "回复": "reply",
    "转发": "forward",
    "购买": "buy",
    "关注": "follow",
    "分享": "share",
    "对比": "compare",
    "点赞": "like",
    "收藏": "wishlist",
    "归档": "archive",
    "复制": "copy",
}
_INTO = r"(?:加入|添加到|添加进|加到|放入|放进|放到|收入|存入|保存到|添加至|加进|移入)"
SKILL = Skill(
    "use",
    {Use: use},
    verbs=_VERBS,
    english=(
        Form(
            r"^(?:add|put|save|move|place|mark|set)\s+(?P<what>.+)\s+(?:to|into|in|on|onto|as)\s+(?:the |my |your |a |an |our )?(?P<where>[^,]+)$",
            _put,
        ),
        Form(r"^(?:mark|flag|set)\s+(?P<what>.+?)\s+as (?:important|starred|a? ?favou?rite)$", _starred),
        Form(rf"^(?P<verb>{_VERBS})(?:\s+(?P<rest>.+))?$", _read),
    ),
    chinese=(
        Form(r"^用(?:邮箱|邮件地址|地址)(?P<what>.+?)(?P<rest>订阅.*)$", _subscribe_chinese),
        Form(rf"^(?:把|将)(?P<what>.*?){_INTO}(?P<where>.+)$", _chinese_put),
        Form(rf"^(?:{_INTO})(?P<what>)(?P<where>.+)$", _chinese_put),
        Form(rf"^(?:{_INTO}|添加)(?P<what>.+?)(?:到|至|进)(?P<where>.+)$", _chinese_put),
        Form(r"^(?:把|将)(?P<what>.+?)(?P<way>收藏)$", _chinese),
        Form(rf"^(?P<way>{'|'.join(_CHINESE)})(?P<what>.*)$", _chinese),
    ),
    touches="change",
)
