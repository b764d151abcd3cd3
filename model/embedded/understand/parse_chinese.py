"""Chinese tasks → goals: the same goals as `parse` makes, by a table for Chinese sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from model.embedded.understand.goals import (
    Adjust,
    Back,
    Choose,
    Click,
    Close,
    Do,
    Drag,
    Find,
    Goal,
    Pick,
    Press,
    Reach,
    Read,
    Scroll,
    Search,
    Sort,
    Submit,
    Target,
    Tick,
    Type,
    Visit,
)
from model.embedded.understand.language import concepts_within
from model.embedded.understand.nouns import QUOTED, Quotes, target
from model.embedded.understand.values import find_date, number_word

_VERBS = (
    "点击|单击|双击|右击|右键点击|长按|点选|点开|点一下|按下|输入|填写|填入|键入|选择|选中|选取|挑选|勾选"
    "|取消勾选|打开|进入|前往|访问|搜索|查找|"
    "搜一下|提交|关闭|删除|移除|收藏|滚动|向下滚动|向上滚动|拖动|拖拽|登录|回复|转发|确认|返回|把|将|从|在|加入"
    "|添加|购买|查看|展开|收起|切换|设置|告诉我|按"
)
_CUT = (
    rf"[，,。；;！!？?\n]+|\s+(?=(?:{_VERBS}))|(?:然后|接着|之后|随后|最后|并且|并|再)(?=(?:{_VERBS}))"
    rf"|(?<=[^，。；在从把将])(?<!点击)(?<!单击)(?<!双击)(?<!按下)(?<!点开)(?=(?:点击|单击|双击|输入|填写|勾选"
    rf"|搜索|提交|然后|选择|打开|将其|把它))"
)
_LEAD = re.compile(r"^(?:请|请你|帮我|帮忙|麻烦|首先|先|然后|接着|之后|随后|最后|并且|并|再|我想要?|我要|你需要)+")
_PRONOUN = ("它", "其", "这个", "该商品", "它们", "他", "这辆车", "该车", "")
_CONTROLS = r"(?:按钮|链接|选项卡|标签页|图标|键|菜单|选项)?"


def parse_chinese(task: str) -> tuple[Goal, ...]:
    """The goals of a Chinese task, in order."""
    quotes = Quotes(task)
    goals: list[Goal] = []
    thing: Target | None = None
    text = re.sub(r"[，,]\s*(?=搭配|配有|配上|配|带有|要)", "", quotes.text)
    text = re.sub(rf"\s*({QUOTED}|[A-Za-z0-9.@_+-]+(?: [A-Za-z0-9.@_+-]+)*)\s*", r"\1", text)
    for clause in _clauses(text):
        for goal in _clause(clause, quotes):
            if isinstance(goal, Do) and goal.thing.text in _PRONOUN and not goal.thing.nth and thing:
                goal = replace(goal, thing=thing)
            if isinstance(goal, Find):
                thing = goal.target
            elif isinstance(goal, Do):
                thing = goal.thing
            goals.append(replace(goal, said=goal.said or quotes.value(clause)))
    return tuple(goals)


def _clauses(text: str) -> list[str]:
    found = []
    for piece in re.split(_CUT, text):
        piece = _LEAD.sub("", (piece or "").strip())
        if piece and not re.match(r"^(?:不要|别|请勿|切勿)", piece):
            found.append(piece)
    return found


def _clause(clause: str, quotes: Quotes) -> list[Goal]:
    for pattern, build in _PATTERNS:
        if (found := re.match(pattern, clause)) and (goals := build(found, quotes)):
            return goals
    return []


def _target(text: str | None, quotes: Quotes) -> Target:
    text = (text or "").strip()
    found = target(text, quotes)
    return replace(found, text="") if found.text in _PRONOUN else found


def _concept(place: str, quotes: Quotes) -> str:
    found = concepts_within(quotes.value(place)) - {"menu", "add", "submit"}
    order = ["wishlist", "cart", "compare", "star", "delete"]
    return next((c for c in order if c in found), min(found, default=""))


def _put(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    concept = _concept(found["where"], quotes)
    return [Do(concept=concept, thing=_target(found["what"], quotes))] if concept else []


def _remove(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    goals: list[Goal] = [Find(target=_target(found["where"], quotes), opened=True)] if found["where"] else []
    return [*goals, Do(concept="delete", thing=_target(found["what"], quotes))]


def _pick(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    rest = found["rest"]
    if day := find_date(quotes.value(rest)):
        return [Pick(date=day.isoformat())]
    dressed = re.match(
        r"^(?:一[辆台款个件])?(?P<thing>.+?)[，,]?(?:配有|配上|配|带有|带|搭配|要)(?P<rest>.+)$", rest
    )
    if dressed:
        head = dressed["thing"]
        parts = [p for p in re.split(r"[、，,]|和|与|及|以及|配|加", dressed["rest"]) if p]
        if coloured := re.match(r"^(.+?)的(.+)$", head):
            parts, head = [coloured[1], *parts], coloured[2]
        return [Find(target=_target(head, quotes), opened=True), *(_option(p, quotes) for p in parts)]
    coloured = re.match(r"^(?:一[辆台款个件])(.+?)的(.+)$", rest) or re.match(
        r"^([\u3400-\u9fff]+?)的([A-Za-z].*)$", rest
    )
    if coloured:
        return [Find(target=_target(coloured[2], quotes), opened=True), _option(coloured[1], quotes)]
    names = [n for n in re.split(r"[、，,]|和|与|及|以及", rest) if n]
    if len(names) > 1:
        return [Tick(targets=tuple(_target(n, quotes) for n in names))]
    return [Choose(option=_target(rest, quotes))]


def _option(text: str, quotes: Quotes) -> Goal:
    text = re.sub(r"^(?:的|一个|一套|颜色为|颜色是)|(?:的)$", "", text)
    noun = re.match(r"^(.+?)的?(内饰|轮毂|轮圈|车漆|颜色|外观|座椅|版本|尺寸|配置)$", text)
    field = Target(text=noun[2]) if noun else Target()
    return Choose(option=Target(text=quotes.value(text)), field=field, said=quotes.value(text))


def _enter(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    what = found["what"].strip("为成：: ")
    field = _target(found.groupdict().get("field") or "", quotes)
    pairs = re.findall(
        rf"([\u3400-\u9fff]{{2,6}}?)(?:为|是|：|:)?({QUOTED}|[A-Za-z0-9@._+-]+)(?:和|、|以及|$)", what
    )
    if len(pairs) > 1 or (pairs and not field.text and not re.match(QUOTED, what)):
        return [Type(text=quotes.value(q), field=Target(text=n)) for n, q in pairs]
    value = quotes.first(what) or quotes.value(what)
    if day := find_date(value):
        return [Pick(date=day.isoformat(), field=field)]
    return [Type(text=value, field=field)]


def _click(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    verb, rest = found["verb"], found["rest"]
    how = (
        "double"
        if verb.startswith("双")
        else "right"
        if verb.startswith("右")
        else "long"
        if verb.startswith("长")
        else "left"
    )
    if re.fullmatch(r"(?:提交|确定|确认)(?:按钮|键)?", rest):
        return [Submit(target=Target(text=rest[:2]))]
    if verb in ("按下", "按") and (
        key := {"回车": "enter", "回车键": "enter", "Enter": "enter", "Esc": "escape"}.get(rest)
    ):
        return [Press(keys=(key,))]
    if order := re.match(r"^(.+?)[按以]?(?:从小到大|升序|从大到小|降序)", rest):
        return [
            Sort(
                order="ascending" if re.search(r"从小到大|升序", rest) else "descending",
                target=_target(order[1], quotes),
            )
        ]
    return [Click(target=_target(rest, quotes), how=how)]  # type: ignore[arg-type]


def _sign_in(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    goals: list[Goal] = []
    text = found[0]
    for name, pattern in (
        ("用户名", rf"(?:用户名?|账号|帐号|邮箱|用)\s*(?:为|是|：)?\s*({QUOTED}|[A-Za-z0-9@._+-]+)"),
        ("密码", rf"密码\s*(?:为|是|：)?\s*({QUOTED}|[A-Za-z0-9@._+-]+)"),
    ):
        if hit := re.search(pattern, text):
            goals.append(Type(text=quotes.value(hit[1]), field=Target(text=name)))
    here = Reach(places=("sign in", "account"), sign=Target(text="密码", kinds=("field",)))
    return [here, *goals, Submit(target=Target(text="登录"))]


def _set(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    value = quotes.value(found["value"])
    field = _target(found["field"], quotes)
    number = number_word(value)
    if number is not None and field.role == "滑块":
        return [Adjust(value=number, field=field)]
    return [Choose(option=Target(text=value), field=field)]


def _ask(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    text = re.sub(r"^(?:告诉我|查一下|看看)", "", found[0])
    if count := re.match(r"^(?:.*?)(?:有)?(?:多少|几)(?:个|款|条|项|辆|封)(.*)$", text):
        return [Read(what="count", target=_target(count[1], quotes))]
    if price := re.match(r"^(.+?)的?(?:(?:价格|售价)(?:是|要)?多少|(?:要)?多少钱)", text):
        return [
            Read(
                target=replace(
                    Target(text="price"), whose=quotes.value(price[1].removesuffix("的价格").removesuffix("的"))
                )
            )
        ]
    if owned := re.match(r"^(.+?)的(.+?)(?:是什么|是多少.*|有多少.*|是)?$", text):
        thing, prop = quotes.value(owned[1]), quotes.value(owned[2])
        read = Read(target=Target(text=prop, whose=thing))
        named = re.search(r"[A-Za-z0-9]", thing) is not None  # a name of its own: it may have a page
        return [Find(target=Target(text=thing), opened=True), read] if named else [read]
    return []


def _drag(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [
        Drag(
            source=_target(found["what"], quotes), to=_target(re.sub(r"(?:上|里|中|内)$", "", found["to"]), quotes)
        )
    ]


def _subscribe(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    field = Target(text="邮箱", kinds=("field",))
    here = Reach(places=("订阅", "资讯"), sign=field, deep=True)
    return [here, Type(text=quotes.value(found["what"]), field=field), Submit(target=Target(text="订阅"))]


def _choose(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Choose(option=_target(found["rest"], quotes), field=_target(found["field"], quotes))]


def _tick(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    names = [name for name in re.split(r"[、，,]|和|与|及", found["rest"]) if name]
    return [Tick(targets=tuple(_target(name, quotes) for name in names), on=found["verb"] == "勾选")]


def _do(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    return [Do(concept=_DOING[found["way"]], thing=_target(found["what"], quotes))]


def _scroll(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    direction = {"上": "up", "左": "left", "右": "right"}.get(found["way"] or "", "down")
    what = _target(re.sub(r"^页面|直到看到|底部|顶部", "", found["rest"]), quotes)
    return [Scroll(direction=direction, target=what, to_end=bool(re.search(r"底|顶", found["rest"])))]


def _open(found: re.Match[str], quotes: Quotes) -> list[Goal]:
    if re.match(r"https?://", found["rest"]):
        return [Visit(url=found["rest"])]
    return [Find(target=_target(found["rest"], quotes), opened=True)]


_DOING = {
    "回复": "reply",
    "转发": "forward",
    "购买": "buy",
    "删除": "delete",
    "移除": "delete",
    "关注": "follow",
    "分享": "share",
    "编辑": "edit",
    "对比": "compare",
    "点赞": "like",
}
Builder = Callable[[re.Match[str], Quotes], list[Goal]]
_PUT = r"(?:加入|添加到|添加进|加到|放入|放进|放到|收入|存入|保存到|添加至|加进|移入)"
_PATTERNS: tuple[tuple[str, Builder], ...] = (
    (r"^用(?:邮箱|邮件地址|地址)(?P<what>.+?)(?P<rest>订阅.*)$", _subscribe),
    (r"^.*(?:多少|几个|几款|是什么).*$|^告诉我.+", _ask),
    (r"^返回(?:上一页)?$", lambda f, q: [Back()]),
    (r"^(?:用|使用|以).*登录.*|^登录.*", _sign_in),
    (rf"^(?:把|将)(?P<what>.*?){_PUT}(?P<where>.+)$", _put),
    (rf"^(?:{_PUT})(?P<what>)(?P<where>.+)$", _put),
    (rf"^(?:{_PUT}|添加)(?P<what>.+?)(?:到|至|进)(?P<where>.+)$", _put),
    (r"^(?:把|将)(?P<what>.+?)(?:拖动到|拖到|拖拽到|移动到|移到)(?P<to>.+)$", _drag),
    (r"^(?:把|将)?(?P<what>.+?)从(?P<where>.+?)(?:中|里)?(?:删除|移除|移出|去掉)$", _remove),
    (r"^(?:把|将)(?P<where>)(?P<what>.+?)(?:删除|移除|删掉)$", _remove),
    (r"^从(?P<where>.+?)(?:中|里)?(?:把|将)?(?:删除|移除|去掉|拿掉|移出)(?P<what>.+)$", _remove),
    (r"^从(?P<where>.+?)(?:中|里)(?:把|将)?(?P<what>.+?)(?:删除|移除|去掉|移出)$", _remove),
    (r"^(?:把|将)(?P<what>.+?)收藏$", lambda f, q: [Do(concept="wishlist", thing=_target(f["what"], q))]),
    (r"^(?:收藏)(?P<what>.*)$", lambda f, q: [Do(concept="wishlist", thing=_target(f["what"], q))]),
    (
        r"^(?:把|将)(?P<field>.+?)(?:设为|设置为|设置成|设成|改为|改成|调到|调整到|切换为"
        r"|切换到)(?P<value>.+)$",
        _set,
    ),
    (r"^(?:在|往)(?P<field>.+?)(?:中|里|内|上)?(?:输入|填入|填写|键入)(?P<what>.+)$", _enter),
    (r"^(?:把|将)(?P<what>.+?)(?:输入到?|填入|填到|填写到)(?P<field>.+?)(?:中|里|内)?$", _enter),
    (rf"^(?P<field>[^，]+?)(?:中|里|处|栏)?(?:输入|填写|填入)(?P<what>{QUOTED}.*)$", _enter),
    (r"^(?:输入|填写|填入|键入)(?P<what>.+)$", _enter),
    (r"^(?:搜索|搜一下|查找|搜)(?P<rest>.+)$", lambda f, q: [Search(text=q.value(f["rest"]))]),
    (r"^在(?P<where>.+?)(?:中|里)?(?:搜索|查找)(?P<rest>.+)$", lambda f, q: [Search(text=q.value(f["rest"]))]),
    (r"^(?:在|从)(?P<field>.+?)(?:中|里|内)?(?:选择|选中|选)(?P<rest>.+)$", _choose),
    (r"^(?P<verb>勾选|取消勾选|取消选择)(?P<rest>.+)$", _tick),
    (r"^(?:选择|选中|选取|挑选|选)(?P<rest>.+)$", _pick),
    (r"^(?:提交|确认|确定)(?:表单|订单)?$", lambda f, q: [Submit(target=Target(text=f[0][:2]))]),
    (r"^(?P<verb>双击|右击|右键点击|长按|点击|单击|点选|点一下|点开|按下|按|点)(?P<rest>.+)$", _click),
    (r"^(?:关闭)(?P<rest>.*)$", lambda f, q: [Close(target=_target(f["rest"], q))]),
    (r"^(?:展开|收起)(?P<rest>.+)$", lambda f, q: [Click(target=_target(f["rest"], q))]),
    (rf"^(?P<way>{'|'.join(_DOING)})(?P<what>.*)$", _do),
    (r"^(?:向(?P<way>[上下左右]))?滚动(?:到|至)?(?P<rest>.*)$", _scroll),
    (r"^(?:打开|进入|前往|访问|查看|切换到|去)(?P<rest>.+)$", _open),
)
