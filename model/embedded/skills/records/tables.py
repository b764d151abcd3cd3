"""The table in view, as rows of cells."""

from __future__ import annotations

from model.embedded.matching.scene import Scene, Thing


def rows(scene: Scene) -> list[list[Thing]]:
    """The rows of the table in view, its head first: lines of at least two texts whose left edges agree."""
    texts = [t for t in scene.things if t.text and t.kind in ("text", "link", "button", "checkbox", "icon")]
    levels: list[list[Thing]] = []
    for thing in sorted(texts, key=lambda t: t.box.center[1]):
        if levels and abs(levels[-1][0].box.center[1] - thing.box.center[1]) < 0.7 * scene.scale:
            levels[-1].append(thing)
        else:
            levels.append([thing])
    best: list[list[Thing]] = []
    for at, head in enumerate(levels):
        if len(head) < 2:
            continue
        run = [head]
        for level in levels[at + 1 :]:
            agree = sum(any(abs(a.box.left - b.box.left) < 0.8 * scene.scale for b in head) for a in level)
            if level[0].box.top - run[-1][0].box.bottom > 4 * scene.scale:
                break
            if agree >= min(2, len(head)):
                run.append(level)
        if len(run) > len(best):
            best = run
    return best
