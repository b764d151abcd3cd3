"""What stands in the way: cookie banners, newsletter pop-ups, dialogs that nobody asked for."""

from __future__ import annotations

import re

from action_space.geometry import Box
from model.embedded.language.goals import Target
from model.embedded.language.words import concepts_within, fold, squash
from model.embedded.matching.memory import Move, Now, click_at
from model.embedded.matching.scene import Scene, Thing

_TOPIC = re.compile(
    r"cookie|consent|gdpr|privacy (?:settings|choices)|newsletter|subscribe to|sign up (?:for|to) (?:our|the)"
    r"|join our (?:mailing|news)|"
    r"% off your (?:first|next)|get \d+ ?% off|stay in the loop|don.t miss|allow notifications|隐私设置"
    r"|邮件订阅|订阅(?:我们|邮件|资讯|新闻)|优惠券|接受所有",
    re.I,
)
_LEAST = re.compile(r"^(?:仅|只).*必[要需]|^(?:only|just) (?:the )?(?:necessary|essential|required)", re.I)
"""Answers that agree to as little as can be."""
_INVITES = re.compile(r"^(?:subscribe|sign me up|join|notify me|keep me posted|订阅|领取)", re.I)
"""Buttons of boxes that ask for an address to write to."""
# The least consenting first.
_WAYS_OUT = (
    (
        "reject all",
        "decline all",
        "reject",
        "decline",
        "refuse",
        "refuse all",
        "only necessary",
        "necessary only",
        "essential only",
        "only essential",
        "use necessary cookies only",
        "deny",
        "全部拒绝",
        "拒绝",
        "仅必要",
        "仅限必要",
        "仅使用必要",
    ),
    (
        "no thanks",
        "no, thanks",
        "not now",
        "maybe later",
        "later",
        "skip",
        "no",
        "dismiss",
        "不用了",
        "以后再说",
        "暂不",
        "跳过",
        "不了，谢谢",
        "不，谢谢",
    ),
    ("close", "x", "×", "✕", "关闭"),
    (
        "accept",
        "accept all",
        "accept cookies",
        "accept all cookies",
        "allow cookies",
        "ok",
        "okay",
        "got it",
        "agree",
        "i agree",
        "allow all",
        "allow",
        "同意",
        "接受",
        "接受全部",
        "全部接受",
        "知道了",
        "好的",
    ),
)


def obstacle(now: Now) -> Move | None:
    """The step that closes an uncalled-for banner or pop-up, or None if there is none."""
    scene = now.scene
    asked = {_sort(hit) for hit in _TOPIC.findall(fold(scene.task))}
    if move := _on_top(now, "news" not in asked):
        return move
    hits = [(line, _TOPIC.search(line.text)) for _, line in scene.lines]
    # A box of news lies over everything, a cookie banner only at the edge: what lies on top is closed first.
    for line, topic in sorted(hits, key=lambda hit: hit[1] is not None and _sort(hit[1][0]) == "cookie"):
        if not topic or _sort(topic[0]) in asked:
            continue
        area = _area(scene, line.box)
        if area is None or _meant(now, area) or _deaf(now, area):
            continue
        if _sort(topic[0]) == "news" and not any(
            t.kind in ("field", "button") and area.contains(*t.box.center) for t in scene.things
        ):
            continue  # it only speaks of it
        if way := _way_out(now, area, _WAYS_OUT):
            said = f"“{line.text[:40]}” is in the way, I close it."
            return Move(click_at(way.point, way.text), said, 0.9, last=False)
    return None


def _way_out(now: Now, area: Box, ways: tuple[tuple[str, ...], ...]) -> Thing | None:
    """The control in the area that leaves it, by the first of the ways that there is."""
    for words in ways:
        keys = {squash(w) for w in words}
        for thing in now.scene.things:
            if thing.kind in ("panel", "listbox", "field") or not area.contains(*thing.box.center):
                continue
            icon = words is _WAYS_OUT[2] and thing.name == "close"
            least = words is _WAYS_OUT[0] and thing.text and bool(_LEAST.search(thing.text))
            if not (icon or least or (thing.text and squash(thing.text) in keys)):
                continue
            pressed = [s for s in now.steps[-6:] if s.mark == "!" and s.point and _same(s.point, thing)]
            if len(pressed) < 2:
                return thing
    return None


def _on_top(now: Now, news: bool) -> Move | None:
    """A dialog box that asks for an address to write to; or any that the last click did not get past."""
    scene = now.scene
    last = now.steps[-1] if now.steps else None
    stuck = last.point if last and last.idle and last.kind == "click" and last.mark in "!·" else None
    for panel in scene.of("panel"):
        box = panel.box
        if panel.name != "dialog" or box.area > 0.7 * scene.screen.size.width * scene.screen.size.height:
            continue
        inside = [t for t in scene.things if t is not panel and box.contains(*t.box.center)]
        invites = news and any(_INVITES.search(t.text) for t in inside if t.kind in ("button", "link"))
        invites = invites and any(t.kind == "field" for t in inside)
        blocks = stuck is not None and not box.contains(*stuck)
        if not (invites or blocks) or _meant(now, box) or _deaf(now, box):
            continue
        if way := _way_out(now, box, _WAYS_OUT[:3]):
            said = "A box that nobody asked for lies on top, I close it."
            return Move(click_at(way.point, way.text), said, 0.9, last=False)
    return None


def _deaf(now: Now, area: Box) -> bool:
    """Whether clicks in an area had no effect since something was last cleared away: something lies over it."""
    idle = 0
    for step in reversed(now.steps):
        if step.mark == "!" and step.point and not step.idle:
            break
        idle += step.mark == "!" and step.point is not None and area.contains(*step.point)
    return idle >= 2


def _meant(now: Now, area: Box) -> bool:
    """Whether the task names a control of the banner itself."""
    targets = [getattr(goal, "what", None) for goal in now.goals]
    targets = [t for t in targets if isinstance(t, Target)]
    named = {squash(target.text) for target in targets if target and target.text}
    return any(squash(thing.text) in named for thing in now.scene.things if area.contains(*thing.box.center))


def _sort(topic: str) -> str:
    """Whether a banner is about cookies or about news."""
    return "cookie" if re.search(r"cookie|consent|gdpr|privacy|allow|隐私|接受", topic, re.I) else "news"


def banners(scene: Scene, topic: str) -> list[tuple[Thing, bool]]:
    """The answers of a banner about a topic, each with whether it agrees."""
    found: list[tuple[Thing, bool]] = []
    for _, line in scene.lines:
        hit = _TOPIC.search(line.text)
        area = _area(scene, line.box) if hit and _sort(hit[0]) == topic else None
        if area is None:
            continue
        for thing in scene.things:
            if (
                thing.kind not in ("button", "link", "text")
                or not area.contains(*thing.box.center)
                or any(thing is known for known, _ in found)
            ):
                continue
            key = squash(thing.text)
            if key in {squash(w) for w in _WAYS_OUT[0]} or _LEAST.search(thing.text):
                found.append((thing, False))
            elif key in {squash(w) for w in _WAYS_OUT[3]}:
                found.append((thing, True))
    return found


_NO = ("cancel", "no", "close", "dismiss", "not now", "no thanks", "later", "stay", "取消", "否", "关闭", "x", "×")
_YES = ("ok", "okay", "got it", "continue", "yes", "确定", "好的", "知道了")


def uncalled_dialog(now: Now) -> Move | None:
    """A panel with a message and its answers lies over the page while the goal is not to be seen: say no to it."""
    scene = now.scene
    size = scene.screen.size
    for panel in scene.of("panel"):
        if panel.box.area > 0.7 * size.width * size.height or (size.width >= 900 and panel.name != "dialog"):
            continue
        inside = [t for t in scene.things if t.kind != "panel" and panel.box.contains(*t.box.center)]
        if (
            any(t.kind in ("field", "textarea", "checkbox", "radio", "select", "tab") for t in inside)
            or len(inside) > 12
        ):
            continue
        buttons = [t for t in inside if t.kind in ("button", "link", "icon")]
        for words in (_NO, _YES):
            for thing in buttons:
                if (fold(thing.text) in words or (words is _NO and thing.name == "close")) and not now.tried(
                    thing.point
                ):
                    said = f"A dialog lies over the page, I answer “{thing.text or thing.name}”."
                    return Move(click_at(thing.point, thing.text), said, 0.8, last=False)
    return None


def _same(point: tuple[int, int], thing: Thing) -> bool:
    return abs(point[0] - thing.point[0]) < 6 and abs(point[1] - thing.point[1]) < 6


def _area(scene: Scene, box: Box) -> Box | None:
    """The banner around a line: its smallest panel that also holds a way out, else its surroundings."""
    words = {squash(w) for group in _WAYS_OUT for w in group}
    for index in scene.panels_around(box):
        panel = scene.screen.elements[index].box
        if panel.area > 0.7 * scene.screen.size.width * scene.screen.size.height:
            break
        if any(
            panel.contains(*t.box.center) and (squash(t.text) in words or t.name in ("close",))
            for t in scene.things
            if t.kind != "panel"
        ):
            return panel
    around = Box(0, box.top - 8 * scene.scale, scene.screen.size.width, box.bottom + 10 * scene.scale)
    if any(
        around.contains(*t.box.center) and t.kind in ("button", "icon") and (squash(t.text) in words)
        for t in scene.things
    ):
        return around
    return None


def close_controls(scene: Scene) -> list[tuple[Thing, float]]:
    """Controls that close what is open, the surest first."""
    found = []
    for thing in scene.things:
        if thing.kind in ("panel", "field", "textarea", "listbox"):
            continue
        if thing.name in ("close",) or fold(thing.text) in ("x", "×", "✕", "✖", "close", "关闭"):
            found.append((thing, 0.95))
        elif "close" in concepts_within(thing.text) and len(thing.text) < 16:
            found.append((thing, 0.9))
        elif fold(thing.text) in ("ok", "okay", "cancel", "dismiss", "got it", "done", "确定", "取消"):
            found.append((thing, 0.8))
    return sorted(found, key=lambda pair: -pair[1])
