"""Drive a browser by actions, without any model: the controller alone.

python examples/controller_only.py
python examples/controller_only.py https://example.com/
"""

import sys

from action_space import Hover, Press, Scroll
from envs import BrowserConfig, BrowserEnvironment, open_site
from envs.effect import describe

site = None if len(sys.argv) > 1 else open_site("store")
try:
    with BrowserEnvironment(BrowserConfig(url=site.url if site else sys.argv[1])) as browser:
        screen = browser.observe()
        print(f"{screen.title}: {screen.screenshot.width}×{screen.screenshot.height} pixels")
        for action in (
            Scroll(direction="down"),
            Press(keys=("end",)),
            Press(keys=("home",)),
            Hover(start_point=(5, 5)),
        ):
            outcome = browser.execute(action, screen)
            done = outcome.error.message if outcome.error else describe(outcome.effect)
            rest = f"at rest after {outcome.settled.waited_s:.2f} s"
            print(f"{action.action}: {done}; {rest}")
            screen = outcome.observation
        screen.screenshot.save("screen.png")
finally:
    if site:
        site.close()
