"""Pages of WebSRC: the tree of elements that its path score (POS) compares.

Every element of a page carries a `tid`. POS is the overlap of two paths from an element up to the root
(intersection over union of their tids; tids below 2 do not count), as in `compute_pos` of WebSRC's
`utils_evaluate.py` (Chen et al. 2021). Of several predicted elements the common part of their paths counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_HIDDEN = frozenset(("script", "style", "noscript", "template"))


@dataclass
class _Node:
    tid: int | None
    parent: _Node | None
    name: str
    texts: list[str] = field(default_factory=list)
    children: list[_Node] = field(default_factory=list)


class Page:
    """The elements of one page, by tid."""

    def __init__(self, html: str) -> None:
        reader = _Reader()
        reader.feed(html)
        reader.close()
        self._root = reader.root
        self._nodes = {node.tid: node for node in _all(self._root) if node.tid is not None}

    def path(self, tid: int) -> frozenset[int]:
        """The tids from an element up to below the root; that tid alone where the page has no such element."""
        found = {tid}
        node = self._nodes.get(tid)
        node = node.parent if node else None
        while node is not None and node.tid is not None and node.tid >= 2:
            found.add(node.tid)
            node = node.parent
        return frozenset(found)

    def has(self, tid: int) -> bool:
        """Whether there is an element of that tid."""
        return tid in self._nodes

    def deepest(self, text: str) -> int | None:
        """Tid of the deepest element that holds `text`, the first of several; None: it stands nowhere.

        Case and blanks do not matter.
        """
        wanted = _plain(text)
        if not wanted:
            return None
        best, depth = None, -1
        todo = [(self._root, 0)]
        while todo:
            node, level = todo.pop()
            if wanted not in _plain(_text(node)):
                continue
            if node.tid is not None and level > depth:
                best, depth = node.tid, level
            todo.extend((child, level + 1) for child in reversed(node.children))
        return best


@lru_cache(maxsize=256)
def read_page(path: Path) -> Page:
    """The page in a file.

    Raises:
        OSError: it cannot be read.
    """
    return Page(path.read_text("utf-8", "replace"))


def path_overlap(page: Page, truth: int, start: int, said: Sequence[int]) -> float:
    """POS of predicted elements, 0–1.

    Args:
        truth: tid that holds the right answer; -1: a yes/no question, which has none.
        start: `answer_start` of the data: for yes/no questions 1 means yes.
        said: predicted tids. For yes/no, WebSRC's models answer with one number past the last tid: that number
            plus one for yes.
    """
    if page.has(truth):
        paths = [page.path(tid) for tid in said]
        if not paths:
            return 0.0
        common, wanted = frozenset.intersection(*paths), page.path(truth)
        return len(common & wanted) / len(common | wanted)
    if len(said) != 1 or page.has(said[0]):
        return 0.0
    before = page.has(said[0] - 1)
    return float(not (start == 1 and before) and not (start == 0 and not before))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _text(node: _Node) -> str:
    parts = [] if node.name in _HIDDEN else list(node.texts)
    return " ".join([*parts, *(_text(child) for child in node.children if child.name not in _HIDDEN)])


def _all(root: _Node) -> list[_Node]:
    found, todo = [], [root]
    while todo:
        node = todo.pop()
        found.append(node)
        todo.extend(node.children)
    return found


class _Reader(HTMLParser):
    """Builds the tree; an end tag closes everything that was left open within."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = _Node(None, None, "")
        self._open = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs).get("tid") or ""
        node = _Node(int(said) if said.lstrip("-").isdigit() else None, self._open, tag)
        self._open.children.append(node)
        if tag not in _VOID:
            self._open = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        node: _Node | None = self._open
        while node is not None and node.name != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self._open = node.parent

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._open.texts.append(data)
