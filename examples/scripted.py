"""Run a fixed list of actions through the whole loop: for tests of pages, for demonstrations, for replays.

python examples/scripted.py
"""

from pathlib import Path

from action_space import Finished, Input, Press, Scroll
from agent import Agent, build_report
from envs import BrowserConfig, BrowserEnvironment
from envs.tasks.base import Verdict
from model import ScriptedModel

PAGE = "<title>Greeting</title><input autofocus oninput=\"document.title='Hello '+value\"><p style=height:3000px>"
page = Path("greeting.html")
page.write_text(PAGE, "utf-8")

script = ScriptedModel([Input(text="小米 🚗"), Scroll(direction="down"), Press(keys=("home",)), Finished()])

with BrowserEnvironment(BrowserConfig(url=page.absolute().as_uri(), viewport=(800, 600))) as browser:

    def judge(answer: str | None, status: str) -> Verdict:
        title = browser.observe().title
        return Verdict(float(title == "Hello 小米 🚗"), f"the title is {title!r}")

    result = Agent(script, browser, trace_dir=Path("scripted-run"), judge=judge).run("type a greeting")

print(f"{result.status}: {result.verdict}")
print(build_report("scripted-run"))
