"""`python -m model.embedded.eyes IMAGE [--out PNG] [--json]`: what the embedded model sees on a screenshot."""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

from PIL import Image

from model.embedded.eyes.draw import draw
from model.embedded.eyes.reader import Reader


def main() -> None:
    """Read one picture, print what is seen, and draw it if asked."""
    parser = argparse.ArgumentParser(prog="python -m model.embedded.eyes", description=__doc__)
    parser.add_argument("image", type=Path)
    parser.add_argument("--out", type=Path, help="draw what is seen on the picture and save it here")
    parser.add_argument("--json", action="store_true", help="print the whole Screen as one JSON object")
    options = parser.parse_args()
    with Image.open(options.image) as file:
        image = file.convert("RGB")
    screen = Reader().look(image)
    if options.out:
        draw(image, screen).save(options.out)
    if options.json:
        print(json.dumps(dataclasses.asdict(screen), ensure_ascii=False, default=sorted))
        return
    for element in screen.elements:
        left, top, right, bottom = (round(side) for side in element.box)
        state = " ".join(sorted(element.state))
        place = f"{left:4} {top:4} {right:4} {bottom:4}"
        print(f"{element.kind:9} {place}  {element.text!r} {element.label!r} {element.name} {state}")
    print(
        f"scale {screen.scale:.0f}, CPU seconds", {part: round(spent, 3) for part, spent in screen.seconds.items()}
    )


if __name__ == "__main__":
    main()
