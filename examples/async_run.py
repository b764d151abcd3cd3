"""Two runs at once from an asyncio program. In a notebook, `await agent.arun(task)` stands in a cell as it is.

python examples/async_run.py
"""

import asyncio

from action_space import Finished, Scroll
from agent import Agent, RunResult
from envs import BrowserConfig, BrowserEnvironment, open_site
from model import ScriptedModel


async def scroll_down(seed: int) -> RunResult:
    site = await asyncio.to_thread(open_site, "store", seed)
    browser = await asyncio.to_thread(BrowserEnvironment, BrowserConfig(url=site.url))
    try:
        return await Agent(ScriptedModel([Scroll(direction="down"), Finished()]), browser).arun("scroll down")
    finally:
        await asyncio.to_thread(browser.close)
        await asyncio.to_thread(site.close)


async def main() -> None:
    for result in await asyncio.gather(scroll_down(1), scroll_down(2)):
        print(f"{result.status} after {result.steps} steps")


asyncio.run(main())
