"""Labels checked by pixels: what is taken out of the page must be missed in the picture, where its label says.

This shares nothing with the way labels are made (labels.py) but the picture itself.
"""

from __future__ import annotations

from model.training.data.records import Box, Element
from model.training.synth.labels import Labelled
from model.training.synth.render import Renderer, View, decode

_SEEN = 6  # grey levels of difference in some pixel


def unseen(renderer: Renderer, view: View) -> list[Element]:
    """The labels of the window's `view` behind which nothing is seen: hiding the element changes no pixel there.

    Elements whose boxes keep apart are hidden together. Table cells are left out: an empty one hides nothing.
    """
    import cv2

    whole = decode(view.png)
    wrong = []
    for group in _apart([one for one in view.elements if one.element.kind != "cell"]):
        numbers = [one.node for one in group]
        renderer.page.evaluate("n => labels.hide(n, true)", numbers)
        without = decode(renderer.shot())
        renderer.page.evaluate("n => labels.hide(n, false)", numbers)
        change = cv2.absdiff(whole, without)
        for one in group:
            left, top, right, bottom = (int(edge) for edge in one.element.box)
            if change[max(0, top - 2) : bottom + 2, max(0, left - 2) : right + 2].max() < _SEEN:
                wrong.append(one.element)
    return wrong


def _apart(elements: list[Labelled]) -> list[list[Labelled]]:
    groups: list[list[Labelled]] = []
    for one in elements:
        for group in groups:
            if all(_free(one.element.box, other.element.box) and one.node != other.node for other in group):
                group.append(one)
                break
        else:
            groups.append([one])
    return groups


def _free(one: Box, other: Box) -> bool:
    return one[2] + 4 < other[0] or other[2] + 4 < one[0] or one[3] + 4 < other[1] or other[3] + 4 < one[1]
